"""Tasks over numbers."""

import math


def celsius(f):
    """Fahrenheit in Celsius: 5/9 of what is above 32.

    >>> celsius(32.0)
    0.0
    >>> celsius(212.0)
    100.0
    >>> celsius(50.0)
    10.0
    >>> celsius(100.0)
    37.77777777777778
    >>> celsius(70.5)
    21.38888888888889
    """
    ...


def hypotenuse(a, b):
    """The longest side of a right triangle.

    >>> hypotenuse(3.0, 4.0)
    5.0
    >>> hypotenuse(1.0, 1.0)
    1.4142135623730951
    >>> hypotenuse(5.0, 12.0)
    13.0
    >>> hypotenuse(2.0, 0.5)
    2.0615528128088303
    """
    ...


def circle_area(r):
    """The area of a circle.

    >>> circle_area(1.0)
    3.141592653589793
    >>> circle_area(2.0)
    12.566370614359172
    >>> circle_area(0.5)
    0.7853981633974483
    """
    ...


def compound_interest(p, r, n):
    """An amount p after n years at the rate r.

    >>> compound_interest(100.0, 0.5, 2)
    225.0
    >>> compound_interest(10.0, 1.0, 3)
    80.0
    >>> compound_interest(200.0, 0.25, 1)
    250.0
    """
    ...


def body_mass_index(w, h):
    """The weight over the square of the height.

    >>> body_mass_index(80.0, 2.0)
    20.0
    >>> body_mass_index(60.0, 1.5)
    26.666666666666668
    >>> body_mass_index(100.0, 1.8)
    30.864197530864196
    """
    ...


def logit(p):
    """The logarithm of the odds.

    >>> logit(0.5)
    0.0
    >>> logit(0.8)
    1.3862943611198908
    >>> logit(0.1)
    -2.197224577336219
    """
    ...


def triangle_number(n):
    """The sum of the numbers from 1 to n.

    >>> triangle_number(1)
    1
    >>> triangle_number(4)
    10
    >>> triangle_number(10)
    55
    >>> triangle_number(7)
    28
    """
    ...


def discriminant(a, b, c):
    """b squared minus 4 a c.

    >>> discriminant(1.0, 2.0, 1.0)
    0.0
    >>> discriminant(1.0, 5.0, 6.0)
    1.0
    >>> discriminant(2.0, 1.0, -3.0)
    25.0
    >>> discriminant(0.5, 3.5, 2.5)
    7.25
    """
    ...
