"""Linear discriminant of two classes: within-class scatter, direction and Fisher criterion."""

import numpy as np


def lda_scatter(A, B):
    mean_a = np.mean(A, axis=0)
    mean_b = np.mean(B, axis=0)
    centered_a = A - mean_a
    centered_b = B - mean_b
    within = centered_a.T @ centered_a + centered_b.T @ centered_b
    difference = mean_a - mean_b
    w = np.linalg.inv(within) @ difference
    w = w / np.sqrt(np.sum(w * w))
    between = np.outer(difference, difference)
    criterion = (w @ between @ w) / (w @ within @ w)
    threshold = 0.5 * (np.mean(A @ w) + np.mean(B @ w))
    return w, threshold, criterion


def example(rng):
    return rng.standard_normal((800, 150)) + 0.3, rng.standard_normal((700, 150))
