"""Numerical code as it is written down first. The annotations and docstrings say what is what."""

import numpy as np
import numpy.typing as npt
import torch


def smoothed(A: npt.NDArray[np.float64], B: npt.NDArray[np.float64], v: npt.NDArray[np.float64]):
    """Two operators, applied to a vector.

    Parameters
    ----------
    A : ndarray of shape (n, m)
    B : ndarray of shape (m, k)
    v : ndarray of shape (k,)
    """
    operator = A @ B
    return operator @ v


def posterior_mean(X: npt.NDArray[np.float64], y: npt.NDArray[np.float64], noise: float):
    """Mean of the weights of a linear model.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    y : ndarray of shape (n_samples,)
    """
    precision = X.T @ X / noise + np.eye(X.shape[1])
    return np.linalg.inv(precision) @ (X.T @ y) / noise


def complexity(K: npt.NDArray[np.float64], S: npt.NDArray[np.float64]):
    """How much two covariances overlap.

    Parameters
    ----------
    K : ndarray of shape (n, n)
    S : ndarray of shape (n, n)
    """
    return np.trace(K @ S)


def log_probabilities(logits: torch.Tensor):
    """Of classes, for each row.

    Parameters
    ----------
    logits : Tensor of shape (n, classes)
    """
    return torch.log(torch.softmax(logits, dim=-1))
