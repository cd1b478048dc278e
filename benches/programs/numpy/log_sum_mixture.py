"""Responsibilities of a Gaussian mixture with diagonal covariances, in logarithms."""

import numpy as np


def log_sum_mixture(X: np.ndarray, means: np.ndarray, variances: np.ndarray, weights: np.ndarray):
    """E step.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    means : ndarray of shape (n_components, n_features)
    variances : ndarray of shape (n_components, n_features)
    weights : ndarray of shape (n_components,)
    """
    precision = 1.0 / variances
    quadratic = (X**2) @ precision.T - 2.0 * (X @ (means * precision).T) + np.sum(means**2 * precision, axis=1)
    log_det = np.log(np.prod(variances, axis=1))
    log_prob = np.log(weights) - 0.5 * (quadratic + log_det)
    shifted = log_prob - np.max(log_prob, axis=1, keepdims=True)
    normalizer = np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    responsibilities = np.exp(shifted - normalizer)
    counts = np.sum(responsibilities, axis=0)
    return responsibilities, counts


def example(rng):
    return (
        rng.standard_normal((3000, 12)),
        rng.standard_normal((20, 12)),
        rng.random((20, 12)) + 0.5,
        np.full(20, 0.05),
    )
