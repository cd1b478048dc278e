"""Policy evaluation of a Markov decision process, its occupancy measure, and the advantage of another policy."""

import numpy as np


def value_iteration(P, Q, r, start, gamma):
    n = P.shape[0]
    value = np.linalg.inv(np.eye(n) - gamma * P) @ r
    occupancy = start @ np.linalg.inv(np.eye(n) - gamma * P)
    advantage = r + gamma * (Q @ value) - value
    expected = np.sum(occupancy * r)
    two_step = P @ P @ value
    return value, occupancy, advantage, expected, two_step


def example(rng):
    P = rng.random((250, 250))
    P /= P.sum(axis=1, keepdims=True)
    Q = rng.random((250, 250))
    Q /= Q.sum(axis=1, keepdims=True)
    return P, Q, rng.random(250), np.full(250, 1 / 250), 0.95
