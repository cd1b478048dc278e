"""Tasks over lists of numbers."""

import numpy as np


def double_all(xs):
    """Twice each number.

    >>> double_all([1, 2, 3])
    [2, 4, 6]
    >>> double_all([5])
    [10]
    >>> double_all([0, -4])
    [0, -8]
    """
    ...


def total(xs):
    """The sum.

    >>> total([1, 2, 3])
    6
    >>> total([5])
    5
    >>> total([0, -4, 10, 1])
    7
    """
    ...


def mean(xs):
    """The mean.

    >>> mean([1.0, 2.0, 6.0])
    3.0
    >>> mean([5.0])
    5.0
    >>> mean([0.0, -4.0])
    -2.0
    >>> mean([2.5, 7.0, 1.0])
    3.5
    """
    ...


def running_sum(xs):
    """The sums of all numbers so far.

    >>> running_sum([1, 2, 3])
    [1, 3, 6]
    >>> running_sum([5])
    [5]
    >>> running_sum([0, -4, 10, 1])
    [0, -4, 6, 7]
    """
    ...


def reversed_list(xs):
    """From the last to the first.

    >>> reversed_list([1, 2, 3])
    [3, 2, 1]
    >>> reversed_list([5])
    [5]
    >>> reversed_list([0, -4, 10, 1])
    [1, 10, -4, 0]
    """
    ...


def dot_product(xs, ys):
    """The sum of the products.

    >>> dot_product([1, 2, 3], [4, 5, 6])
    32
    >>> dot_product([2], [7])
    14
    >>> dot_product([1, -1], [3, 4])
    -1
    >>> dot_product([2, 5, 0], [7, 3, 9])
    29
    """
    ...


def largest_gap(xs):
    """The largest difference of neighbours in order.

    >>> largest_gap([1, 5, 2])
    3
    >>> largest_gap([10, 7])
    3
    >>> largest_gap([3, 9, 4, 20])
    11
    >>> largest_gap([8, 0, 3, 6, 25])
    17
    """
    ...


def count_even(xs):
    """How many numbers are even.

    >>> count_even([1, 2, 4])
    2
    >>> count_even([5])
    0
    >>> count_even([0, 6, 3, 8, 9])
    3
    >>> count_even([2, 2, 7, 4, 6, 1])
    4
    """
    ...


def sum_of_squares(xs):
    """The sum of the squares.

    >>> sum_of_squares([1, 2, 3])
    14
    >>> sum_of_squares([5])
    25
    >>> sum_of_squares([0, -4])
    16
    """
    ...


def all_positive(xs):
    """Whether all numbers are positive.

    >>> all_positive([1, 2, 3])
    True
    >>> all_positive([5, -1])
    False
    >>> all_positive([0, 4])
    False
    >>> all_positive([7])
    True
    >>> all_positive([3, 0, -2, 8])
    False
    """
    ...
