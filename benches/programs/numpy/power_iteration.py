"""Largest singular value and its vectors by power iteration."""

import numpy as np


def power_iteration(A, start, n_iter):
    v = start / np.linalg.norm(start)
    for _ in range(n_iter):
        v = A.T @ A @ v
        v = v / np.linalg.norm(v)
    u = A @ v
    sigma = np.linalg.norm(u)
    residual = A.T @ u - sigma**2 * v
    return sigma, u / sigma, v, np.linalg.norm(residual) / sigma


def example(rng):
    return rng.standard_normal((400, 300)), rng.standard_normal(300), 12
