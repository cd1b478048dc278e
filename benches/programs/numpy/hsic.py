"""Hilbert-Schmidt independence criterion and centered kernel alignment of two samples."""

import numpy as np


def hsic(X, Y, gamma):
    n = X.shape[0]
    K = np.exp(-gamma * np.sum((X[:, None, :] - X[None, :, :]) ** 2, axis=2))
    L = Y @ Y.T
    H = np.eye(n) - np.ones((n, n)) / n
    Kc = H @ K @ H
    Lc = H @ L @ H
    dependence = np.trace(Kc @ Lc) / (n - 1) ** 2
    alignment = np.trace(Kc @ Lc) / np.sqrt(np.trace(Kc @ Kc) * np.trace(Lc @ Lc))
    return dependence, alignment


def example(rng):
    X = rng.standard_normal((500, 3))
    return X, np.sin(X) + 0.1 * rng.standard_normal((500, 3)), 0.5
