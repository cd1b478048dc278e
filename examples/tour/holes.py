"""A function that is yet to be written: its examples say what it does."""

import numpy as np


def shares(counts: np.ndarray) -> np.ndarray:
    """The part that each number has of the sum of its row.

    >>> shares(np.array([[1.0, 3.0], [5.0, 5.0]]))
    array([[0.25, 0.75],
           [0.5 , 0.5 ]])
    >>> shares(np.array([[4.0, 1.0, 0.0]]))
    array([[0.8, 0.2, 0. ]])
    """
    ...
