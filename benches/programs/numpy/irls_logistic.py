"""Logistic regression by iteratively reweighted least squares, with standard errors."""

import numpy as np


def irls_logistic(X, y, n_iter):
    n, d = X.shape
    beta = np.zeros(d)
    for _ in range(n_iter):
        eta = X @ beta
        p = 1.0 / (1.0 + np.exp(-eta))
        W = np.diag(p * (1.0 - p))
        gradient = X.T @ (y - p)
        hessian = X.T @ W @ X
        beta = beta + np.linalg.inv(hessian) @ gradient
    p = 1.0 / (1.0 + np.exp(-(X @ beta)))
    covariance = np.linalg.inv(X.T @ np.diag(p * (1.0 - p)) @ X)
    standard_error = np.sqrt(np.diag(covariance))
    return beta, standard_error, beta / standard_error


def example(rng):
    X = rng.standard_normal((1200, 20))
    y = (rng.random(1200) < 1.0 / (1.0 + np.exp(-X[:, 0]))).astype(float)
    return X, y, 5
