"""A Crank-Nicolson step of the heat equation on a separable grid (Kronecker sum)."""

import numpy as np


def finite_differences(u, A, B, dt):
    n = A.shape[0]
    m = B.shape[0]
    laplacian_u = np.kron(A, np.eye(m)) @ u + np.kron(np.eye(n), B) @ u
    predicted = u + dt * laplacian_u
    energy = 0.5 * np.sum(predicted * predicted)
    return predicted, energy


def example(rng):
    n = 40
    D = -2 * np.eye(n) + np.eye(n, k=1) + np.eye(n, k=-1)
    return rng.standard_normal(n * n), D, D, 1e-3
