"""One step of k-means: distances, assignment, new centers and inertia."""

import numpy as np


def kmeans_step(X: np.ndarray, centers: np.ndarray):
    """One Lloyd iteration.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    centers : ndarray of shape (n_clusters, n_features)
    """
    n_clusters = centers.shape[0]
    x_norm = np.sum(X * X, axis=1)
    c_norm = np.sum(centers * centers, axis=1)
    distance = x_norm[:, None] - 2.0 * (X @ centers.T) + c_norm[None, :]
    labels = np.argmin(distance, axis=1)
    one_hot = np.eye(n_clusters)[labels]
    counts = np.sum(one_hot, axis=0)
    sums = one_hot.T @ X
    new_centers = np.diag(1.0 / np.maximum(counts, 1.0)) @ sums
    inertia = np.sum(np.min(distance, axis=1))
    return new_centers, labels, inertia


def example(rng):
    X = rng.standard_normal((2000, 16))
    return X, X[:200].copy()
