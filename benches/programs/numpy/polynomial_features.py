"""Cubic smoothing kernel of Wendland's family over pairwise distances."""

import numpy as np


def polynomial_features(r, support):
    q = np.abs(r) / support
    inside = np.where(q < 1.0, 1.0 - q, 0.0)
    weight = inside**4 * (4.0 * q + 1.0)
    slope = -20.0 * q * inside**3
    curvature = 20.0 * inside**3 - 60.0 * q * inside**2
    moment = np.sum(weight * q**3)
    return weight, slope, curvature, moment


def example(rng):
    return rng.standard_normal(200_000), 1.5
