"""One measurement update of a Kalman filter, as textbooks print it."""

import numpy as np


def kalman_update(x, P, z, H, R):
    S = H @ P @ H.T + R
    K = P @ H.T @ np.linalg.inv(S)
    innovation = z - H @ x
    x_new = x + K @ innovation
    P_new = P - K @ H @ P
    log_likelihood = -0.5 * (innovation.T @ np.linalg.inv(S) @ innovation + np.log(np.linalg.det(S)))
    return x_new, P_new, log_likelihood


def example(rng):
    n, m = 120, 60
    A = rng.standard_normal((n, n))
    P = A @ A.T / n + np.eye(n)
    H = rng.standard_normal((m, n)) / np.sqrt(n)
    R = np.eye(m) * 0.3
    return rng.standard_normal(n), P, rng.standard_normal(m), H, R
