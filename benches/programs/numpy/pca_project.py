"""Principal components by the covariance matrix, projection and reconstruction error."""

import numpy as np


def pca_project(X, k):
    mean = np.mean(X, axis=0)
    centered = X - mean
    cov = centered.T @ centered / (X.shape[0] - 1)
    values, vectors = np.linalg.eigh(cov)
    basis = vectors[:, ::-1][:, :k]
    scores = centered @ basis
    restored = centered @ basis @ basis.T
    error = np.sqrt(np.sum((centered - restored) ** 2) / X.size)
    explained = np.trace(basis.T @ cov @ basis) / np.trace(cov)
    return scores, error, explained


def example(rng):
    return rng.standard_normal((1500, 120)) @ rng.standard_normal((120, 120)), 8
