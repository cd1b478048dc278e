"""A Levenberg-Marquardt step of a robust bundle of residuals."""

import numpy as np


def gauss_newton(J, r, scale, damping):
    weights = 1.0 / (1.0 + (r / scale) ** 2)
    W = np.diag(weights)
    normal = J.T @ W @ J
    damped = normal + damping * np.diag(np.diag(normal))
    gradient = J.T @ W @ r
    step = -np.linalg.inv(damped) @ gradient
    predicted = 0.5 * step.T @ (damping * np.diag(np.diag(normal)) @ step - gradient)
    cost = 0.5 * np.sum(weights * r**2)
    return step, cost, predicted


def example(rng):
    return rng.standard_normal((1600, 40)), rng.standard_normal(1600), 1.5, 1e-2
