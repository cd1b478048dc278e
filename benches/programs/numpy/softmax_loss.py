"""Softmax regression: loss, accuracy and gradient of one batch."""

import numpy as np


def softmax_loss(W: np.ndarray, X: np.ndarray, T: np.ndarray, decay: float):
    """Loss and gradient.

    Parameters
    ----------
    W : ndarray of shape (n_features, n_classes)
    X : ndarray of shape (n_samples, n_features)
    T : ndarray of shape (n_samples, n_classes)
        One-hot targets.
    decay : float
    """
    n_samples = X.shape[0]
    scores = X @ W
    scores = scores - np.max(scores, axis=1, keepdims=True)
    exp_scores = np.exp(scores)
    total = np.sum(exp_scores, axis=1, keepdims=True)
    probs = exp_scores / total
    log_probs = np.log(probs)
    data_loss = -np.sum(T * log_probs) / n_samples
    penalty = 0.5 * decay * np.sum(W * W)
    grad = X.T @ (probs - T) / n_samples + decay * W
    accuracy = np.mean(np.argmax(scores, axis=1) == np.argmax(T, axis=1))
    return data_loss + penalty, grad, accuracy


def example(rng):
    X = rng.standard_normal((800, 60))
    T = np.eye(10)[rng.integers(0, 10, 800)]
    return rng.standard_normal((60, 10)) * 0.1, X, T, 1e-3
