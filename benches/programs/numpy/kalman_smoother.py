"""Prediction and update of an extended Kalman filter with the identity spelled out, and one smoothing gain."""

import numpy as np


def kalman_smoother(x, P, F, Q, H, R, z):
    x_pred = F @ x
    P_pred = F @ P @ F.T + Q
    S = H @ P_pred @ H.T + R
    K = P_pred @ H.T @ np.linalg.inv(S)
    x_new = x_pred + K @ (z - H @ x_pred)
    P_new = (np.eye(P_pred.shape[0]) - K @ H) @ P_pred
    gain = P @ F.T @ np.linalg.inv(P_pred)
    x_smooth = x + gain @ (x_new - x_pred)
    nis = (z - H @ x_pred).T @ np.linalg.inv(S) @ (z - H @ x_pred)
    return x_new, P_new, x_smooth, nis


def example(rng):
    n, m = 150, 6
    A = rng.standard_normal((n, n))
    F = np.eye(n) + 0.01 * rng.standard_normal((n, n))
    H = rng.standard_normal((m, n))
    return rng.standard_normal(n), A @ A.T / n + np.eye(n), F, 0.1 * np.eye(n), H, np.eye(m), rng.standard_normal(m)
