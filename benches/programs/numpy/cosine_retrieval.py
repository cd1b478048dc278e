"""Cosine similarities of a query against a corpus under a learned metric."""

import numpy as np


def cosine_retrieval(corpus, projection, query, k):
    embedded = corpus @ projection.T @ projection
    scores = embedded @ query
    lengths = np.sqrt(np.sum(corpus * corpus, axis=1))
    scale = np.sqrt(np.sum(query * query))
    similarity = scores / (lengths * scale)
    best = np.argsort(similarity)[::-1][:k]
    top = np.sort(similarity)[-1]
    return best, similarity, top


def example(rng):
    return rng.standard_normal((4000, 128)), rng.standard_normal((64, 128)), rng.standard_normal(128), 10
