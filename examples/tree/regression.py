"""Bayesian linear regression, as it is often written down."""

import numpy as np
import numpy.typing as npt


def posterior(X: npt.NDArray[np.float64], y: npt.NDArray[np.float64], noise: float):
    """Posterior of the weights.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    y : ndarray of shape (n_samples,)
    noise : float
    """
    precision = X.T @ X / noise + np.eye(X.shape[1])
    mean = np.linalg.inv(precision) @ (X.T @ y) / noise
    return mean


def evidence(K: npt.NDArray[np.float64], S: npt.NDArray[np.float64]):
    """Terms of the evidence.

    Parameters
    ----------
    K : ndarray of shape (n, n)
    S : ndarray of shape (n, n)
    """
    complexity = np.trace(K @ S)  # only the diagonal of the product is needed
    log_volume = np.log(np.linalg.det(K))
    return complexity, log_volume


def smooth(A: npt.NDArray[np.float64], B: npt.NDArray[np.float64], v: npt.NDArray[np.float64]):
    """Apply two operators to a vector.

    Parameters
    ----------
    A : ndarray of shape (n, m)
    B : ndarray of shape (m, k)
    v : ndarray of shape (k,)
    """
    operator = A @ B
    result = operator @ v
    return result
