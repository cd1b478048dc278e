"""Symmetric normalized graph Laplacian and one step of label propagation."""

import numpy as np


def graph_laplacian(W, F, Y, alpha):
    degree = np.sum(W, axis=1)
    scale = 1.0 / np.sqrt(degree + 1e-12)
    S = np.diag(scale) @ W @ np.diag(scale)
    L = np.eye(W.shape[0]) - S
    spread = alpha * (S @ F) + (1 - alpha) * Y
    smoothness = np.trace(spread.T @ L @ spread)
    fit = np.sum((spread - Y) ** 2)
    return spread, smoothness + fit


def example(rng):
    W = rng.random((500, 500))
    return (W + W.T) / 2, rng.random((500, 8)), rng.random((500, 8)), 0.9
