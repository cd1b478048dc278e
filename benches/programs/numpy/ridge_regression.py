"""Ridge regression by the normal equations, with its residual statistics."""

import numpy as np


def ridge_regression(X: np.ndarray, y: np.ndarray, alpha: float):
    """Fit ridge regression.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Training data.
    y : ndarray of shape (n_samples,)
        Target values.
    alpha : float
        Strength of the penalty.
    """
    n_samples, n_features = X.shape
    gram = X.T @ X + alpha * np.eye(n_features)
    coef = np.linalg.inv(gram) @ (X.T @ y)
    fitted = X @ coef
    residual = y - fitted
    rss = np.sum(residual * residual)
    sigma = np.sqrt(rss / (n_samples - n_features))
    hat = X @ np.linalg.inv(gram) @ X.T
    leverage = np.diag(hat)
    return coef, sigma, leverage


def example(rng):
    X = rng.standard_normal((600, 40))
    return X, X @ rng.standard_normal(40) + 0.1 * rng.standard_normal(600), 0.5
