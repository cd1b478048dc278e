"""Tasks over arrays and matrices."""

import numpy as np


def normalize(x):
    """Scale a vector to length 1.

    >>> normalize(np.array([3.0, 4.0]))
    array([0.6, 0.8])
    >>> normalize(np.array([1.0, 2.0, 2.0]))
    array([0.33333333, 0.66666667, 0.66666667])
    >>> normalize(np.array([-5.0, 0.0]))
    array([-1.,  0.])
    """
    ...


def standardize(x):
    """Shift and scale to mean 0 and standard deviation 1.

    >>> standardize(np.array([1.0, 2.0, 3.0]))
    array([-1.22474487,  0.        ,  1.22474487])
    >>> standardize(np.array([2.0, 4.0, 4.0, 10.0]))
    array([-1.        , -0.33333333, -0.33333333,  1.66666667])
    >>> standardize(np.array([-1.0, 1.0]))
    array([-1.,  1.])
    """
    ...


def min_max_scale(x):
    """Scale to the range from 0 to 1.

    >>> min_max_scale(np.array([1.0, 3.0, 2.0]))
    array([0. , 1. , 0.5])
    >>> min_max_scale(np.array([-2.0, 0.0, 2.0, 6.0]))
    array([0.  , 0.25, 0.5 , 1.  ])
    >>> min_max_scale(np.array([5.0, 10.0]))
    array([0., 1.])
    """
    ...


def softmax(x):
    """The softmax of a vector.

    >>> softmax(np.array([1.0, 2.0, 3.0]))
    array([0.09003057, 0.24472847, 0.66524096])
    >>> softmax(np.array([0.0, 0.0]))
    array([0.5, 0.5])
    >>> softmax(np.array([-1.0, 0.5, 2.0, 0.0]))
    array([0.03535379, 0.15844471, 0.71009992, 0.09610157])
    """
    ...


def sigmoid(x):
    """The logistic function.

    >>> sigmoid(np.array([0.0, 1.0]))
    array([0.5       , 0.73105858])
    >>> sigmoid(np.array([-2.0, 3.0, 0.5]))
    array([0.11920292, 0.95257413, 0.62245933])
    >>> sigmoid(np.array([[1.0, -1.0]]))
    array([[0.73105858, 0.26894142]])
    """
    ...


def relu(x):
    """Negative elements become 0.

    >>> relu(np.array([1.0, -2.0, 3.0]))
    array([1., 0., 3.])
    >>> relu(np.array([[-1.0, 0.5], [0.0, -3.0]]))
    array([[0. , 0.5],
           [0. , 0. ]])
    >>> relu(np.array([-4.0]))
    array([0.])
    """
    ...


def leaky(x):
    """Negative elements are multiplied by 0.1.

    >>> leaky(np.array([1.0, -2.0, 3.0]))
    array([ 1. , -0.2,  3. ])
    >>> leaky(np.array([[-1.0, 0.5], [0.0, -3.0]]))
    array([[-0.1,  0.5],
           [ 0. , -0.3]])
    >>> leaky(np.array([-4.0, 10.0]))
    array([-0.4, 10. ])
    """
    ...


def clip_unit(x):
    """Clip to the range from -1 to 1.

    >>> clip_unit(np.array([0.5, 2.0, -3.0]))
    array([ 0.5,  1. , -1. ])
    >>> clip_unit(np.array([1.5, -0.25]))
    array([ 1.  , -0.25])
    >>> clip_unit(np.array([[-1.0, -7.0], [0.0, 4.0]]))
    array([[-1., -1.],
           [ 0.,  1.]])
    """
    ...


def clip_range(x, low, high):
    """Clip to a range.

    >>> clip_range(np.array([0.5, 2.0, -3.0]), 0.0, 1.0)
    array([0.5, 1. , 0. ])
    >>> clip_range(np.array([1.0, 5.0, 9.0]), 2.0, 6.0)
    array([2., 5., 6.])
    >>> clip_range(np.array([-1.0, 1.0]), -0.5, 0.5)
    array([-0.5,  0.5])
    """
    ...


def moving_average(x, n):
    """The mean of each window of n elements.

    >>> moving_average(np.array([1.0, 2.0, 3.0, 4.0]), 2)
    array([1.5, 2.5, 3.5])
    >>> moving_average(np.array([3.0, 6.0, 9.0]), 3)
    array([6.])
    >>> moving_average(np.array([1.0, 0.0, 2.0, 5.0, 4.0]), 2)
    array([0.5, 1. , 3.5, 4.5])
    """
    ...


def polynomial(c, x):
    """The value of a polynomial with coefficients c, the lowest first.

    >>> polynomial(np.array([1.0, 2.0, 3.0]), 2.0)
    np.float64(17.0)
    >>> polynomial(np.array([0.0, 1.0]), 5.0)
    np.float64(5.0)
    >>> polynomial(np.array([2.0, 0.0, 0.0, 1.0]), 3.0)
    np.float64(29.0)
    >>> polynomial(np.array([4.0, -1.0, 0.5]), -2.0)
    np.float64(8.0)
    """
    ...


def rms(x):
    """The root of the mean square.

    >>> rms(np.array([3.0, 4.0]))
    np.float64(3.5355339059327378)
    >>> rms(np.array([1.0, -1.0, 1.0]))
    np.float64(1.0)
    >>> rms(np.array([2.0, 4.0, 6.0, 0.0]))
    np.float64(3.7416573867739413)
    >>> rms(np.array([0.5, -2.5, 1.0]))
    np.float64(1.5811388300841898)
    """
    ...


def log_sum_exp(x):
    """The logarithm of the sum of exponentials.

    >>> log_sum_exp(np.array([0.0, 0.0]))
    np.float64(0.6931471805599453)
    >>> log_sum_exp(np.array([1.0, 2.0, 3.0]))
    np.float64(3.40760596444438)
    >>> log_sum_exp(np.array([-1.0, 4.0]))
    np.float64(4.006715348489118)
    >>> log_sum_exp(np.array([0.5, 2.5, -3.0]))
    np.float64(2.630521164270609)
    """
    ...


def entropy(p):
    """The entropy of a distribution.

    >>> entropy(np.array([0.5, 0.5]))
    np.float64(0.6931471805599453)
    >>> entropy(np.array([0.25, 0.25, 0.5]))
    np.float64(1.0397207708399179)
    >>> entropy(np.array([0.9, 0.1]))
    np.float64(0.3250829733914482)
    >>> entropy(np.array([0.7, 0.2, 0.1]))
    np.float64(0.8018185525433372)
    """
    ...


def kl_divergence(p, q):
    """The divergence of q from p.

    >>> kl_divergence(np.array([0.5, 0.5]), np.array([0.9, 0.1]))
    np.float64(0.5108256237659907)
    >>> kl_divergence(np.array([0.2, 0.8]), np.array([0.4, 0.6]))
    np.float64(0.09151622184943578)
    >>> kl_divergence(np.array([0.3, 0.3, 0.4]), np.array([0.2, 0.5, 0.3]))
    np.float64(0.08346467428336446)
    >>> kl_divergence(np.array([0.1, 0.9]), np.array([0.35, 0.65]))
    np.float64(0.16760386354162837)
    """
    ...


def cosine_similarity(a, b):
    """The cosine of the angle between two vectors.

    >>> cosine_similarity(np.array([1.0, 0.0]), np.array([1.0, 1.0]))
    np.float64(0.7071067811865475)
    >>> cosine_similarity(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    np.float64(0.9838699100999074)
    >>> cosine_similarity(np.array([1.0, 2.0, 2.0]), np.array([2.0, 0.0, 1.0]))
    np.float64(0.5962847939999439)
    >>> cosine_similarity(np.array([0.0, -3.0]), np.array([4.0, 2.0]))
    np.float64(-0.4472135954999579)
    """
    ...


def euclidean(a, b):
    """The distance of two points.

    >>> euclidean(np.array([0.0, 0.0]), np.array([3.0, 4.0]))
    np.float64(5.0)
    >>> euclidean(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    np.float64(2.0)
    >>> euclidean(np.array([1.0, 2.0, 3.0]), np.array([3.0, 1.0, 2.0]))
    np.float64(2.449489742783178)
    >>> euclidean(np.array([0.5]), np.array([7.25]))
    np.float64(6.75)
    """
    ...


def manhattan(a, b):
    """The sum of absolute differences.

    >>> manhattan(np.array([0.0, 0.0]), np.array([3.0, 4.0]))
    np.float64(7.0)
    >>> manhattan(np.array([1.0, 2.0]), np.array([-1.0, 0.0]))
    np.float64(4.0)
    >>> manhattan(np.array([1.0, 5.0, 3.0]), np.array([3.0, 1.0, 2.0]))
    np.float64(7.0)
    >>> manhattan(np.array([0.5, 9.0]), np.array([7.25, 1.5]))
    np.float64(14.25)
    """
    ...


def chebyshev(a, b):
    """The largest absolute difference.

    >>> chebyshev(np.array([0.0, 0.0]), np.array([3.0, 4.0]))
    np.float64(4.0)
    >>> chebyshev(np.array([1.0, 2.0]), np.array([-1.0, 1.0]))
    np.float64(2.0)
    >>> chebyshev(np.array([1.0, 5.0, 3.0]), np.array([3.0, 1.0, 2.0]))
    np.float64(4.0)
    >>> chebyshev(np.array([0.5, 9.0]), np.array([7.25, 1.5]))
    np.float64(7.5)
    """
    ...


def mean_squared_error(y, p):
    """The mean of squared differences.

    >>> mean_squared_error(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    np.float64(2.0)
    >>> mean_squared_error(np.array([0.0, 0.0, 3.0]), np.array([1.0, -1.0, 2.0]))
    np.float64(1.0)
    >>> mean_squared_error(np.array([5.0]), np.array([2.0]))
    np.float64(9.0)
    >>> mean_squared_error(np.array([1.5, 4.0, 0.25]), np.array([1.0, 9.0, 2.0]))
    np.float64(9.4375)
    """
    ...


def mean_absolute_error(y, p):
    """The mean of absolute differences.

    >>> mean_absolute_error(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    np.float64(1.0)
    >>> mean_absolute_error(np.array([0.0, 0.0, 3.0]), np.array([1.0, -1.0, 2.0]))
    np.float64(1.0)
    >>> mean_absolute_error(np.array([5.0]), np.array([2.0]))
    np.float64(3.0)
    >>> mean_absolute_error(np.array([1.5, 4.0, 0.25]), np.array([1.0, 9.0, 2.0]))
    np.float64(2.4166666666666665)
    """
    ...


def r_squared(y, p):
    """The part of the variance that is explained.

    >>> r_squared(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0]))
    np.float64(0.5)
    >>> r_squared(np.array([0.0, 2.0]), np.array([0.5, 1.0]))
    np.float64(0.375)
    >>> r_squared(np.array([1.0, 4.0, 2.0, 5.0]), np.array([1.5, 3.0, 2.5, 4.0]))
    np.float64(0.75)
    >>> r_squared(np.array([2.5, 0.5, 7.0]), np.array([2.0, 1.0, 6.5]))
    np.float64(0.9661654135338346)
    """
    ...


def accuracy(y, p):
    """The fraction of equal labels.

    >>> accuracy(np.array([0, 1, 1, 0]), np.array([0, 1, 0, 0]))
    np.float64(0.75)
    >>> accuracy(np.array([2, 1]), np.array([2, 1]))
    np.float64(1.0)
    >>> accuracy(np.array([1, 2, 3]), np.array([3, 2, 1]))
    np.float64(0.3333333333333333)
    >>> accuracy(np.array([5, 0, 2, 2, 1]), np.array([5, 1, 2, 0, 1]))
    np.float64(0.6)
    """
    ...


def hinge_loss(y, s):
    """The mean of max(0, 1 - y s).

    >>> hinge_loss(np.array([1.0, -1.0]), np.array([0.5, 0.5]))
    np.float64(1.0)
    >>> hinge_loss(np.array([1.0, 1.0, -1.0]), np.array([2.0, -1.0, -3.0]))
    np.float64(0.6666666666666666)
    >>> hinge_loss(np.array([-1.0]), np.array([0.0]))
    np.float64(1.0)
    >>> hinge_loss(np.array([1.0, -1.0, 1.0]), np.array([0.25, -0.75, 3.5]))
    np.float64(0.3333333333333333)
    """
    ...


def cross_entropy(y, p):
    """The mean binary cross entropy.

    >>> cross_entropy(np.array([1.0, 0.0]), np.array([0.5, 0.5]))
    np.float64(0.6931471805599453)
    >>> cross_entropy(np.array([1.0, 1.0, 0.0]), np.array([0.9, 0.4, 0.2]))
    np.float64(0.414931599615397)
    >>> cross_entropy(np.array([0.0]), np.array([0.3]))
    np.float64(0.35667494393873245)
    >>> cross_entropy(np.array([0.0, 1.0, 1.0]), np.array([0.1, 0.7, 0.6]))
    np.float64(0.3242870277875165)
    """
    ...


def covariance(x, y):
    """The covariance of two samples, divided by n.

    >>> covariance(np.array([1.0, 2.0, 3.0]), np.array([1.0, 4.0, 4.0]))
    np.float64(1.0)
    >>> covariance(np.array([0.0, 2.0]), np.array([3.0, 1.0]))
    np.float64(-1.0)
    >>> covariance(np.array([1.0, 5.0, 2.0, 4.0]), np.array([2.0, 2.0, 0.0, 8.0]))
    np.float64(2.0)
    >>> covariance(np.array([2.5, 0.5, 7.0]), np.array([1.0, 3.5, 0.0]))
    np.float64(-3.5833333333333335)
    """
    ...


def correlation(x, y):
    """Pearson's correlation.

    >>> correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 4.0, 4.0]))
    np.float64(0.8660254037844385)
    >>> correlation(np.array([0.0, 2.0, 1.0]), np.array([3.0, 1.0, 5.0]))
    np.float64(-0.5)
    >>> correlation(np.array([1.0, 5.0, 2.0, 4.0]), np.array([2.0, 2.0, 0.0, 8.0]))
    np.float64(0.4216370213557839)
    >>> correlation(np.array([2.5, 0.5, 7.0]), np.array([1.0, 3.5, 0.0]))
    np.float64(-0.8955742347499436)
    """
    ...


def weighted_mean(x, w):
    """The mean with weights.

    >>> weighted_mean(np.array([1.0, 2.0]), np.array([1.0, 3.0]))
    np.float64(1.75)
    >>> weighted_mean(np.array([4.0, 0.0, 2.0]), np.array([1.0, 1.0, 2.0]))
    np.float64(2.0)
    >>> weighted_mean(np.array([5.0, 6.0]), np.array([0.5, 0.25]))
    np.float64(5.333333333333333)
    >>> weighted_mean(np.array([2.5, 7.0, 1.0]), np.array([0.5, 1.5, 3.0]))
    np.float64(2.95)
    """
    ...


def geometric_mean(x):
    """The exponential of the mean logarithm.

    >>> geometric_mean(np.array([1.0, 4.0]))
    np.float64(2.0)
    >>> geometric_mean(np.array([2.0, 8.0, 4.0]))
    np.float64(4.0)
    >>> geometric_mean(np.array([3.0, 5.0]))
    np.float64(3.872983346207417)
    >>> geometric_mean(np.array([0.5, 2.5, 7.0]))
    np.float64(2.0606426499042785)
    """
    ...


def harmonic_mean(x):
    """The reciprocal of the mean reciprocal.

    >>> harmonic_mean(np.array([1.0, 4.0]))
    np.float64(1.6)
    >>> harmonic_mean(np.array([2.0, 8.0, 4.0]))
    np.float64(3.4285714285714284)
    >>> harmonic_mean(np.array([3.0, 5.0]))
    np.float64(3.75)
    >>> harmonic_mean(np.array([0.5, 2.5, 7.0]))
    np.float64(1.1797752808988764)
    """
    ...


def cumulative_mean(x):
    """The mean of all elements so far.

    >>> cumulative_mean(np.array([1.0, 3.0, 5.0]))
    array([1., 2., 3.])
    >>> cumulative_mean(np.array([2.0, 0.0]))
    array([2., 1.])
    >>> cumulative_mean(np.array([4.0, 4.0, 1.0, 7.0]))
    array([4., 4., 3., 4.])
    """
    ...


def differences(x):
    """The difference of each element to the one before.

    >>> differences(np.array([1.0, 4.0, 9.0]))
    array([3., 5.])
    >>> differences(np.array([2.0, 2.0]))
    array([0.])
    >>> differences(np.array([5.0, 3.0, 8.0, 8.5]))
    array([-2. ,  5. ,  0.5])
    """
    ...


def growth_rates(x):
    """The relative change of each element to the one before.

    >>> growth_rates(np.array([1.0, 2.0, 3.0]))
    array([1. , 0.5])
    >>> growth_rates(np.array([4.0, 2.0]))
    array([-0.5])
    >>> growth_rates(np.array([5.0, 10.0, 8.0, 12.0]))
    array([ 1. , -0.2,  0.5])
    """
    ...


def second_differences(x):
    """The differences of the differences.

    >>> second_differences(np.array([1.0, 4.0, 9.0, 16.0]))
    array([2., 2.])
    >>> second_differences(np.array([2.0, 2.0, 5.0]))
    array([3.])
    >>> second_differences(np.array([1.0, 0.0, 3.0, 8.0]))
    array([4., 2.])
    """
    ...


def midpoints(x):
    """The middle of each two neighbours.

    >>> midpoints(np.array([1.0, 4.0, 9.0]))
    array([2.5, 6.5])
    >>> midpoints(np.array([2.0, 2.0]))
    array([2.])
    >>> midpoints(np.array([5.0, 3.0, 8.0, 0.0]))
    array([4. , 5.5, 4. ])
    """
    ...


def trapezoid(y, h):
    """The integral by the trapezoidal rule with steps of h.

    >>> trapezoid(np.array([0.0, 1.0, 4.0]), 1.0)
    np.float64(3.0)
    >>> trapezoid(np.array([2.0, 2.0]), 0.5)
    np.float64(1.0)
    >>> trapezoid(np.array([1.0, 3.0, 2.0, 5.0]), 0.25)
    np.float64(2.0)
    >>> trapezoid(np.array([0.5, 2.5, 7.0]), 2.0)
    np.float64(12.5)
    """
    ...


def above_mean(x):
    """How many elements are above the mean.

    >>> above_mean(np.array([1.0, 2.0, 6.0]))
    np.int64(1)
    >>> above_mean(np.array([1.0, 5.0, 5.0, 5.0]))
    np.int64(3)
    >>> above_mean(np.array([2.0, 2.0]))
    np.int64(0)
    >>> above_mean(np.array([10.0, 20.0, 30.0, 50.0]))
    np.int64(2)
    """
    ...


def count_positive(x):
    """How many elements are positive.

    >>> count_positive(np.array([1.0, -2.0, 6.0]))
    np.int64(2)
    >>> count_positive(np.array([-1.0, 0.0]))
    np.int64(0)
    >>> count_positive(np.array([3.0, 4.0, 5.0, -1.0]))
    np.int64(3)
    >>> count_positive(np.array([0.0, 2.0, -3.0, 0.5, 9.0]))
    np.int64(3)
    """
    ...


def sum_of_positive(x):
    """The sum of the positive elements.

    >>> sum_of_positive(np.array([1.0, -2.0, 6.0]))
    np.float64(7.0)
    >>> sum_of_positive(np.array([-1.0, 0.0]))
    np.float64(0.0)
    >>> sum_of_positive(np.array([3.0, 4.0, -5.0]))
    np.float64(7.0)
    >>> sum_of_positive(np.array([0.25, -7.5, 2.5, 9.0]))
    np.float64(11.75)
    """
    ...


def even_mask(x):
    """Whether each element is even.

    >>> even_mask(np.array([1, 2, 3]))
    array([False,  True, False])
    >>> even_mask(np.array([4, 6]))
    array([ True,  True])
    >>> even_mask(np.array([7, 0, 11, 10]))
    array([False,  True, False,  True])
    """
    ...


def between(x, low, high):
    """Whether each element is between two bounds, bounds included.

    >>> between(np.array([1.0, 2.0, 3.0]), 1.5, 3.0)
    array([False,  True,  True])
    >>> between(np.array([0.0, 5.0]), 0.0, 1.0)
    array([ True, False])
    >>> between(np.array([4.0, 6.0, 8.0, 2.0]), 3.0, 7.0)
    array([ True,  True, False, False])
    """
    ...


def is_sorted(x):
    """Whether no element is below the one before.

    >>> is_sorted(np.array([1.0, 2.0, 3.0]))
    np.True_
    >>> is_sorted(np.array([3.0, 1.0]))
    np.False_
    >>> is_sorted(np.array([1.0, 1.0, 2.0]))
    np.True_
    >>> is_sorted(np.array([0.0, 5.0, 4.0, 6.0]))
    np.False_
    >>> is_sorted(np.array([2.0, 4.0]))
    np.True_
    """
    ...


def spread(x):
    """The difference of the largest and the smallest element.

    >>> spread(np.array([1.0, 2.0, 6.0]))
    np.float64(5.0)
    >>> spread(np.array([3.0, -1.0]))
    np.float64(4.0)
    >>> spread(np.array([4.0, 4.0]))
    np.float64(0.0)
    >>> spread(np.array([0.25, -7.5, 2.5, 9.0]))
    np.float64(16.5)
    """
    ...


def second_largest(x):
    """The second largest element.

    >>> second_largest(np.array([1.0, 2.0, 6.0]))
    np.float64(2.0)
    >>> second_largest(np.array([3.0, -1.0]))
    np.float64(-1.0)
    >>> second_largest(np.array([4.0, 9.0, 8.0, 1.0]))
    np.float64(8.0)
    >>> second_largest(np.array([7.5, 2.5, 0.5, 6.25, 3.0]))
    np.float64(6.25)
    """
    ...


def ranks(x):
    """The place of each element in the order of all, from 0.

    >>> ranks(np.array([3.0, 1.0, 2.0]))
    array([2, 0, 1])
    >>> ranks(np.array([10.0, 20.0]))
    array([0, 1])
    >>> ranks(np.array([0.5, 4.0, 1.0, 3.0]))
    array([0, 3, 1, 2])
    """
    ...


def decibels(p, reference):
    """10 times the decimal logarithm of a ratio.

    >>> decibels(np.array([1.0, 10.0]), 1.0)
    array([ 0., 10.])
    >>> decibels(np.array([50.0]), 0.5)
    array([20.])
    >>> decibels(np.array([2.0, 3.0, 4.0]), 2.0)
    array([0.        , 1.76091259, 3.01029996])
    """
    ...


def gaussian(x, mu, sigma):
    """exp(-(x - mu)^2 / (2 sigma^2))

    >>> gaussian(np.array([0.0, 1.0]), 0.0, 1.0)
    array([1.        , 0.60653066])
    >>> gaussian(np.array([2.0, 3.0, 5.0]), 1.0, 2.0)
    array([0.8824969 , 0.60653066, 0.13533528])
    >>> gaussian(np.array([-1.0, 0.5]), 0.5, 0.5)
    array([0.011109, 1.      ])
    """
    ...


def normalize_rows(x):
    """Scale each row to length 1.

    >>> normalize_rows(np.array([[3.0, 4.0], [0.0, 2.0]]))
    array([[0.6, 0.8],
           [0. , 1. ]])
    >>> normalize_rows(np.array([[1.0, 2.0, 2.0]]))
    array([[0.33333333, 0.66666667, 0.66666667]])
    >>> normalize_rows(np.array([[1.0, 1.0], [6.0, 8.0], [-2.0, 0.0]]))
    array([[ 0.70710678,  0.70710678],
           [ 0.6       ,  0.8       ],
           [-1.        ,  0.        ]])
    """
    ...


def row_stochastic(x):
    """Make the rows sum to 1.

    >>> row_stochastic(np.array([[1.0, 3.0], [2.0, 2.0]]))
    array([[0.25, 0.75],
           [0.5 , 0.5 ]])
    >>> row_stochastic(np.array([[1.0, 1.0, 2.0]]))
    array([[0.25, 0.25, 0.5 ]])
    >>> row_stochastic(np.array([[5.0, 0.0], [1.0, 4.0], [3.0, 3.0]]))
    array([[1. , 0. ],
           [0.2, 0.8],
           [0.5, 0.5]])
    """
    ...


def softmax_rows(x):
    """The softmax of each row.

    >>> softmax_rows(np.array([[0.0, 0.0], [1.0, 2.0]]))
    array([[0.5       , 0.5       ],
           [0.26894142, 0.73105858]])
    >>> softmax_rows(np.array([[1.0, 2.0, 3.0]]))
    array([[0.09003057, 0.24472847, 0.66524096]])
    >>> softmax_rows(np.array([[0.5, -1.0], [2.0, 2.0], [0.0, 3.0]]))
    array([[0.81757448, 0.18242552],
           [0.5       , 0.5       ],
           [0.04742587, 0.95257413]])
    """
    ...


def center_columns(x):
    """Subtract the mean of each column.

    >>> center_columns(np.array([[1.0, 2.0], [3.0, 6.0]]))
    array([[-1., -2.],
           [ 1.,  2.]])
    >>> center_columns(np.array([[1.0, 0.0, 5.0], [2.0, 2.0, 2.0], [3.0, 7.0, 2.0]]))
    array([[-1., -3.,  2.],
           [ 0., -1., -1.],
           [ 1.,  4., -1.]])
    >>> center_columns(np.array([[4.0], [0.0]]))
    array([[ 2.],
           [-2.]])
    """
    ...


def standardize_columns(x):
    """Shift and scale each column to mean 0 and standard deviation 1.

    >>> standardize_columns(np.array([[1.0, 2.0], [3.0, 6.0]]))
    array([[-1., -1.],
           [ 1.,  1.]])
    >>> standardize_columns(np.array([[1.0, 0.0, 5.0], [2.0, 2.0, 2.0], [4.0, 7.0, 2.0]]))
    array([[-1.06904497, -1.01904933,  1.41421356],
           [-0.26726124, -0.33968311, -0.70710678],
           [ 1.33630621,  1.35873244, -0.70710678]])
    >>> standardize_columns(np.array([[4.0], [0.0], [1.0]]))
    array([[ 1.37281295],
           [-0.98058068],
           [-0.39223227]])
    """
    ...


def pairwise_distances(a, b):
    """The distance of each row of a to each row of b.

    >>> pairwise_distances(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0], [1.0, 0.0]]))
    array([[5., 1.]])
    >>> pairwise_distances(np.array([[1.0, 2.0], [1.0, 1.0]]), np.array([[4.0, -2.0]]))
    array([[5.        ],
           [4.24264069]])
    >>> pairwise_distances(np.array([[2.0, 1.0, 0.0], [0.0, 1.0, 5.0]]), np.array([[1.0, 3.0, 2.0], [2.0, 2.0, 2.0]]))
    array([[3.        , 2.23606798],
           [3.74165739, 3.74165739]])
    """
    ...


def gram(x):
    """The products of all rows with each other.

    >>> gram(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[ 5., 11.],
           [11., 25.]])
    >>> gram(np.array([[1.0, 0.0, 2.0]]))
    array([[5.]])
    >>> gram(np.array([[2.0], [3.0], [1.0]]))
    array([[4., 6., 2.],
           [6., 9., 3.],
           [2., 3., 1.]])
    """
    ...


def covariance_matrix(x):
    """The covariance of the columns, divided by n.

    >>> covariance_matrix(np.array([[1.0, 2.0], [3.0, 6.0]]))
    array([[1., 2.],
           [2., 4.]])
    >>> covariance_matrix(np.array([[1.0, 0.0], [2.0, 2.0], [6.0, 7.0]]))
    array([[4.66666667, 6.33333333],
           [6.33333333, 8.66666667]])
    >>> covariance_matrix(np.array([[4.0], [0.0], [1.0]]))
    array([[2.88888889]])
    """
    ...


def least_squares(x, y):
    """The coefficients of the linear fit by the normal equations.

    >>> least_squares(np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), np.array([1.0, 3.0, 5.0]))
    array([1., 2.])
    >>> least_squares(np.array([[2.0], [1.0]]), np.array([4.0, 1.0]))
    array([1.8])
    >>> least_squares(np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 4.0], [1.0, 3.0]]), np.array([0.0, 1.0, 4.0, 2.0]))
    array([-1.5,  1.3])
    """
    ...


def quadratic_form(x, a):
    """x transposed times a times x.

    >>> quadratic_form(np.array([1.0, 2.0]), np.array([[1.0, 0.0], [0.0, 3.0]]))
    np.float64(13.0)
    >>> quadratic_form(np.array([2.0, -1.0]), np.array([[1.0, 4.0], [2.0, 1.0]]))
    np.float64(-7.0)
    >>> quadratic_form(np.array([3.0]), np.array([[2.0]]))
    np.float64(18.0)
    >>> quadratic_form(np.array([0.5, 3.0]), np.array([[2.0, 1.5], [0.5, 4.0]]))
    np.float64(39.5)
    """
    ...


def mahalanobis(x, mu, s):
    """The square root of (x - mu) s^-1 (x - mu).

    >>> mahalanobis(np.array([1.0, 2.0]), np.array([0.0, 0.0]), np.array([[1.0, 0.0], [0.0, 4.0]]))
    np.float64(1.4142135623730951)
    >>> mahalanobis(np.array([3.0, 1.0]), np.array([1.0, 0.0]), np.array([[2.0, 0.5], [0.5, 1.0]]))
    np.float64(1.5118578920369088)
    >>> mahalanobis(np.array([2.0]), np.array([5.0]), np.array([[9.0]]))
    np.float64(1.0)
    >>> mahalanobis(np.array([0.5, 3.0]), np.array([2.5, 1.0]), np.array([[2.0, 0.5], [0.5, 4.0]]))
    np.float64(1.9007638532459656)
    """
    ...


def one_hot(labels, k):
    """A row for each label that is 1 at its place.

    >>> one_hot(np.array([0, 2, 1]), 3)
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 1., 0.]])
    >>> one_hot(np.array([1]), 2)
    array([[0., 1.]])
    >>> one_hot(np.array([3, 3, 0]), 4)
    array([[0., 0., 0., 1.],
           [0., 0., 0., 1.],
           [1., 0., 0., 0.]])
    """
    ...


def confusion(y, p, k):
    """How often each label y comes with each label p.

    >>> confusion(np.array([0, 1, 1]), np.array([0, 1, 0]), 2)
    array([[1., 0.],
           [1., 1.]])
    >>> confusion(np.array([2, 2, 0]), np.array([2, 1, 0]), 3)
    array([[1., 0., 0.],
           [0., 0., 0.],
           [0., 1., 1.]])
    >>> confusion(np.array([1, 0, 1, 1]), np.array([1, 1, 1, 0]), 2)
    array([[0., 1.],
           [1., 2.]])
    """
    ...


def class_counts(labels, k):
    """How often each label occurs.

    >>> class_counts(np.array([0, 1, 1]), 2)
    array([1, 2])
    >>> class_counts(np.array([2, 2, 0]), 3)
    array([1, 0, 2])
    >>> class_counts(np.array([1, 0, 1, 1]), 4)
    array([1, 3, 0, 0])
    """
    ...


def causal_mask(k):
    """Which positions each position may look at: itself and those before it.

    >>> causal_mask(2)
    array([[1., 0.],
           [1., 1.]])
    >>> causal_mask(3)
    array([[1., 0., 0.],
           [1., 1., 0.],
           [1., 1., 1.]])
    >>> causal_mask(1)
    array([[1.]])
    """
    ...


def mask_rows(x, m):
    """Rows where m is 0 become 0.

    >>> mask_rows(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 0.0]))
    array([[1., 2.],
           [0., 0.]])
    >>> mask_rows(np.array([[5.0, 6.0, 7.0]]), np.array([1.0]))
    array([[5., 6., 7.]])
    >>> mask_rows(np.array([[1.0], [2.0], [3.0]]), np.array([0.0, 0.0, 1.0]))
    array([[0.],
           [0.],
           [3.]])
    """
    ...


def outer_sum(a, b):
    """The sum of each element of a with each of b.

    >>> outer_sum(np.array([1.0, 2.0]), np.array([10.0, 20.0]))
    array([[11., 21.],
           [12., 22.]])
    >>> outer_sum(np.array([0.0, 5.0, 1.0]), np.array([3.0, 4.0]))
    array([[3., 4.],
           [8., 9.],
           [4., 5.]])
    >>> outer_sum(np.array([7.0]), np.array([1.0, -1.0]))
    array([[8., 6.]])
    """
    ...


def symmetrize(a):
    """The symmetric part of a matrix.

    >>> symmetrize(np.array([[1.0, 2.0], [4.0, 3.0]]))
    array([[1., 3.],
           [3., 3.]])
    >>> symmetrize(np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0]]))
    array([[0., 2., 4.],
           [2., 4., 6.],
           [4., 6., 8.]])
    >>> symmetrize(np.array([[5.0]]))
    array([[5.]])
    """
    ...


def row_argmax(x):
    """The place of the largest element of each row.

    >>> row_argmax(np.array([[1.0, 2.0], [4.0, 3.0]]))
    array([1, 0])
    >>> row_argmax(np.array([[0.0, 5.0, 2.0]]))
    array([1])
    >>> row_argmax(np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 3.0, 2.0]]))
    array([0, 2, 1])
    """
    ...


def frobenius(a):
    """The root of the sum of all squares.

    >>> frobenius(np.array([[3.0, 4.0]]))
    np.float64(5.0)
    >>> frobenius(np.array([[1.0, 1.0], [1.0, 1.0]]))
    np.float64(2.0)
    >>> frobenius(np.array([[2.0, -1.0], [0.0, 2.0], [4.0, 0.0]]))
    np.float64(5.0)
    >>> frobenius(np.array([[1.0, 2.0], [3.0, 0.5]]))
    np.float64(3.774917217635375)
    """
    ...


def laplacian(a):
    """The degrees on the diagonal minus the adjacency.

    >>> laplacian(np.array([[0.0, 1.0], [1.0, 0.0]]))
    array([[ 1., -1.],
           [-1.,  1.]])
    >>> laplacian(np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]))
    array([[ 2., -1., -1.],
           [-1.,  1.,  0.],
           [-1.,  0.,  1.]])
    >>> laplacian(np.array([[0.0, 2.0], [2.0, 0.0]]))
    array([[ 2., -2.],
           [-2.,  2.]])
    """
    ...


def off_diagonal_sum(a):
    """The sum of all elements that are not on the diagonal.

    >>> off_diagonal_sum(np.array([[1.0, 2.0], [4.0, 3.0]]))
    np.float64(6.0)
    >>> off_diagonal_sum(np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0]]))
    np.float64(24.0)
    >>> off_diagonal_sum(np.array([[5.0]]))
    np.float64(0.0)
    >>> off_diagonal_sum(np.array([[2.5, 1.0], [0.5, 9.0]]))
    np.float64(1.5)
    """
    ...


def layer_norm(x):
    """Each row minus its mean, over the root of its variance plus 1e-5.

    >>> layer_norm(np.array([[1.0, 3.0], [0.0, 4.0]]))
    array([[-0.999995  ,  0.999995  ],
           [-0.99999875,  0.99999875]])
    >>> layer_norm(np.array([[1.0, 2.0, 6.0]]))
    array([[-0.92581911, -0.46290955,  1.38872866]])
    >>> layer_norm(np.array([[2.0, 2.5], [1.0, 0.0], [5.0, 9.0]]))
    array([[-0.99992001,  0.99992001],
           [ 0.99998   , -0.99998   ],
           [-0.99999875,  0.99999875]])
    """
    ...


def attention_scores(q, k):
    """q times k transposed, over the root of the width.

    >>> attention_scores(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [0.0, 1.0]]))
    array([[7.77817459, 1.41421356]])
    >>> attention_scores(np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]]), np.array([[1.0, 1.0, 1.0]]))
    array([[1.73205081],
           [1.15470054]])
    >>> attention_scores(np.array([[2.0], [3.0]]), np.array([[4.0], [1.0]]))
    array([[ 8.,  2.],
           [12.,  3.]])
    """
    ...


def linear_layer(x, w, b):
    """x times w transposed plus b.

    >>> linear_layer(np.array([[1.0, 2.0]]), np.array([[1.0, 0.0], [2.0, 1.0]]), np.array([1.0, -1.0]))
    array([[2., 3.]])
    >>> linear_layer(np.array([[1.0], [3.0]]), np.array([[2.0]]), np.array([0.5]))
    array([[2.5],
           [6.5]])
    >>> linear_layer(np.array([[0.0, 1.0, 2.0]]), np.array([[1.0, 1.0, 1.0], [0.0, 2.0, 0.0]]), np.array([0.0, 3.0]))
    array([[3., 5.]])
    """
    ...
