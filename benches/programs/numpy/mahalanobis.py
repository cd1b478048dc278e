"""Squared Mahalanobis distances of many points to a fitted Gaussian, and their log densities."""

import numpy as np


def mahalanobis(X, mean, cov):
    d = X.shape[1]
    centered = X - mean
    precision = np.linalg.inv(cov)
    squared = np.diag(centered @ precision @ centered.T)
    log_norm = -0.5 * (d * np.log(2 * np.pi) + np.log(np.linalg.det(cov)))
    log_density = log_norm - 0.5 * squared
    outlier = squared > np.mean(squared) + 3 * np.std(squared)
    return squared, log_density, outlier


def example(rng):
    A = rng.standard_normal((40, 40))
    return rng.standard_normal((900, 40)), rng.standard_normal(40), A @ A.T / 40 + np.eye(40)
