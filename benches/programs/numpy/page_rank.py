"""PageRank of a dense link matrix by fixed-point iteration."""

import numpy as np


def page_rank(links, damping, n_iter):
    n = links.shape[0]
    out = links.sum(axis=0)
    transition = np.where(out > 0, links / np.maximum(out, 1.0), 1.0 / n)
    rank = np.full(n, 1.0 / n)
    for _ in range(n_iter):
        updated = damping * (transition @ rank) + (1.0 - damping) / n
        change = np.abs(updated - rank).sum()
        rank = updated
    return rank, change


def example(rng):
    return (rng.random((300, 300)) < 0.05).astype(float), 0.85, 20
