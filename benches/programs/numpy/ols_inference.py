"""Ordinary least squares with standard errors and the F statistic."""

import numpy as np


def ols_inference(X, y):
    n, k = X.shape
    XtX_inv = np.linalg.inv(X.T @ X)
    beta = XtX_inv @ X.T @ y
    fitted = X @ beta
    residual = y - fitted
    s2 = np.sum(residual**2) / (n - k)
    standard_error = np.sqrt(np.diag(s2 * XtX_inv))
    t = beta / standard_error
    total = np.sum((y - np.mean(y)) ** 2)
    r2 = 1 - np.sum(residual**2) / total
    return beta, standard_error, t, r2


def example(rng):
    X = rng.standard_normal((3000, 50))
    return X, X @ rng.standard_normal(50) + rng.standard_normal(3000)
