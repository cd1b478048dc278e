"""Weighted least squares with leverages and the effective degrees of freedom."""

import numpy as np


def weighted_least_squares(X: np.ndarray, y: np.ndarray, weights: np.ndarray):
    """Fit by the weighted normal equations.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    y : ndarray of shape (n_samples,)
    weights : ndarray of shape (n_samples,)
        Inverse variances of the observations.
    """
    n_samples, n_features = X.shape
    W = np.diag(weights)
    gram = X.T @ W @ X
    beta = np.linalg.inv(gram) @ X.T @ W @ y
    residual = y - X @ beta
    chi2 = residual @ W @ residual
    reduced = chi2 / (n_samples - n_features)
    hat = X @ np.linalg.inv(gram) @ X.T @ W
    leverage = np.diag(hat)
    return beta, chi2, reduced, leverage


def example(rng):
    X = rng.standard_normal((1500, 25))
    return X, X @ rng.standard_normal(25) + rng.standard_normal(1500), rng.random(1500) + 0.5
