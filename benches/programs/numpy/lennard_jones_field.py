"""Lennard-Jones energy, virial and pair forces of a set of distances."""

import numpy as np


def lennard_jones_field(r, epsilon, sigma, cutoff):
    ratio = sigma / r
    repulsion = ratio**12
    attraction = ratio**6
    shift = (sigma / cutoff) ** 12 - (sigma / cutoff) ** 6
    pair = np.where(r < cutoff, 4.0 * epsilon * (repulsion - attraction - shift), 0.0)
    force = np.where(r < cutoff, 24.0 * epsilon * (2.0 * repulsion - attraction) / r, 0.0)
    virial = np.sum(force * r)
    return np.sum(pair), force, virial


def example(rng):
    return 0.9 + 2.0 * rng.random(200_000), 0.8, 1.1, 2.5
