"""Capon beamformer weights and output power for one steering vector (real model)."""

import numpy as np


def beamformer(snapshots: np.ndarray, steering: np.ndarray, loading: float):
    """Minimum-variance weights.

    Parameters
    ----------
    snapshots : ndarray of shape (n_sensors, n_snapshots)
    steering : ndarray of shape (n_sensors,)
    loading : float
    """
    n_sensors, n_snapshots = snapshots.shape
    covariance = snapshots @ snapshots.T / n_snapshots
    loaded = covariance + loading * np.eye(n_sensors)
    weights = np.linalg.inv(loaded) @ steering
    weights = weights / (steering @ weights)
    output = weights @ snapshots
    power = np.sum(output * output) / n_snapshots
    total = np.trace(snapshots @ snapshots.T) / n_snapshots
    return weights, power, power / total


def example(rng):
    return rng.standard_normal((200, 1000)), rng.standard_normal(200), 0.1
