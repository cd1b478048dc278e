"""Rigid-body dynamics: inertia in world axes, angular acceleration and energy for many bodies in turn."""

import numpy as np


def rigid_body(R, inertia, omega, torque):
    body_inertia = np.diag(inertia)
    world_inertia = R @ body_inertia @ R.T
    momentum = R @ body_inertia @ R.T @ omega
    gyroscopic = np.cross(omega, momentum)
    acceleration = np.linalg.inv(world_inertia) @ (torque - gyroscopic)
    energy = 0.5 * np.sum(omega * momentum)
    speed = np.sqrt(np.sum(omega * omega))
    return acceleration, energy, speed


def example(rng):
    Q, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    return Q, np.array([1.0, 2.0, 3.0]), rng.standard_normal(3), rng.standard_normal(3)
