"""Particle filter: log weights, effective sample size and weighted covariance."""

import numpy as np


def particle_weights(particles, observation, H, noise):
    predicted = particles @ H.T
    error = observation - predicted
    log_weight = -0.5 * np.sum(error**2, axis=1) / noise**2
    peak = np.max(log_weight)
    log_total = peak + np.log(np.sum(np.exp(log_weight - peak)))
    weight = np.exp(log_weight - log_total)
    effective = 1.0 / np.sum(weight**2)
    mean = weight @ particles
    centered = particles - mean
    covariance = centered.T @ np.diag(weight) @ centered
    return weight, effective, mean, covariance


def example(rng):
    return rng.standard_normal((1500, 8)), rng.standard_normal(4), rng.standard_normal((4, 8)), 0.7
