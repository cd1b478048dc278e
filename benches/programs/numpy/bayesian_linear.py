"""Bayesian linear regression: posterior, predictive mean and variance, and evidence."""

import numpy as np


def bayesian_linear(Phi, t, Phi_new, alpha, beta):
    n, m = Phi.shape
    precision = alpha * np.eye(m) + beta * Phi.T @ Phi
    covariance = np.linalg.inv(precision)
    mean = beta * covariance @ Phi.T @ t
    predicted = Phi_new @ mean
    variance = 1.0 / beta + np.diag(Phi_new @ covariance @ Phi_new.T)
    error = 0.5 * beta * np.sum((t - Phi @ mean) ** 2) + 0.5 * alpha * mean.T @ mean
    evidence = 0.5 * (m * np.log(alpha) + n * np.log(beta)) - error - 0.5 * np.log(np.linalg.det(precision / beta))
    effective = m - alpha * np.trace(covariance)
    return predicted, variance, evidence, effective


def example(rng):
    Phi = rng.standard_normal((1000, 30))
    return Phi, Phi @ rng.standard_normal(30) + 0.3 * rng.standard_normal(1000), rng.standard_normal((1200, 30)), 0.5, 9.0
