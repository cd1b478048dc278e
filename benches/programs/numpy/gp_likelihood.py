"""Log marginal likelihood of a Gaussian process and its gradient in the length scale."""

import numpy as np


def gp_likelihood(X, y, length_scale, noise):
    sq = np.sum(X**2, axis=1)
    distance = sq[:, None] + sq[None, :] - 2.0 * (X @ X.T)
    distance = np.maximum(distance, 0.0)
    K = np.exp(-0.5 * distance / length_scale**2)
    Ky = K + noise * np.eye(len(y))
    K_inv = np.linalg.inv(Ky)
    alpha = K_inv @ y
    dK = K * distance / length_scale**3
    data_fit = -0.5 * y.T @ alpha
    complexity = -0.5 * np.log(np.linalg.det(Ky))
    gradient = 0.5 * np.trace((np.outer(alpha, alpha) - K_inv) @ dK)
    return data_fit + complexity, gradient


def example(rng):
    X = rng.standard_normal((300, 5))
    return X, np.sin(X[:, 0]), 1.3, 0.1
