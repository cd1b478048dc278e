"""Spectral filtering of signals on a graph by its eigenvectors."""

import numpy as np


def graph_filter(U, eigenvalues, signal, tau, alpha):
    heat = np.exp(-tau * eigenvalues)
    smooth = U @ np.diag(heat) @ U.T @ signal
    ridge = 1.0 / (1.0 + alpha * eigenvalues)
    denoised = U @ np.diag(ridge) @ U.T @ signal
    detail = signal - smooth
    roughness = denoised.T @ U @ np.diag(eigenvalues) @ U.T @ denoised
    energy = np.sqrt(np.sum(detail**2))
    return smooth, denoised, roughness, energy


def example(rng):
    A = rng.random((400, 400))
    values, U = np.linalg.eigh(A + A.T)
    return U, np.abs(values), rng.standard_normal(400), 0.3, 2.0
