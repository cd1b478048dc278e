"""A function that is yet to be written: its examples say what it does."""

import numpy as np


def normalized_rows(x):
    """Each row divided by its length.

    >>> normalized_rows(np.array([[3.0, 4.0], [0.0, 2.0]]))
    array([[0.6, 0.8],
           [0. , 1. ]])
    >>> normalized_rows(np.array([[1.0, 2.0, 2.0]]))
    array([[0.33333333, 0.66666667, 0.66666667]])
    """
    ...
