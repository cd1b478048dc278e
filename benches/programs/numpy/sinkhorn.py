"""Entropic optimal transport by Sinkhorn's iterations: the plan, its cost and marginals."""

import numpy as np


def sinkhorn(a, b, C, epsilon, n_iter):
    K = np.exp(-C / epsilon)
    u = np.ones(C.shape[0])
    v = np.ones(C.shape[1])
    for _ in range(n_iter):
        u = a / (K @ v)
        v = b / (K.T @ u)
    plan = np.diag(u) @ K @ np.diag(v)
    cost = np.sum(plan * C)
    error = np.abs(np.sum(plan, axis=1) - a).max()
    return plan, cost, error


def example(rng):
    x, y = rng.random((400, 2)), rng.random((500, 2))
    C = np.sum((x[:, None, :] - y[None, :, :]) ** 2, axis=2)
    return np.full(400, 1 / 400), np.full(500, 1 / 500), C, 0.1, 20
