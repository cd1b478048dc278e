"""A function that is yet to be written: its examples say what it does."""


def pairwise_gaps(values: list[float]) -> list[float]:
    """Differences of neighbours.

    >>> pairwise_gaps([1, 4, 9])
    [3, 5]
    >>> pairwise_gaps([2])
    []
    """
    ...
