"""Tasks over tensors."""

import torch


def normalize_rows(x):
    """Scale each row to length 1.

    >>> normalize_rows(torch.tensor([[3.0, 4.0], [0.0, 2.0]]))
    tensor([[0.6000, 0.8000],
            [0.0000, 1.0000]])
    >>> normalize_rows(torch.tensor([[1.0, 2.0, 2.0]]))
    tensor([[0.3333, 0.6667, 0.6667]])
    >>> normalize_rows(torch.tensor([[1.0, 1.0], [6.0, 8.0], [-2.0, 0.0]]))
    tensor([[ 0.7071,  0.7071],
            [ 0.6000,  0.8000],
            [-1.0000,  0.0000]])
    """
    ...


def mse(x, y):
    """The mean squared error.

    >>> mse(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
    tensor(2.)
    >>> mse(torch.tensor([0.0, 0.0, 3.0]), torch.tensor([1.0, -1.0, 2.0]))
    tensor(1.)
    >>> mse(torch.tensor([5.0]), torch.tensor([2.0]))
    tensor(9.)
    """
    ...


def swish(x):
    """x times its logistic function.

    >>> swish(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7311])
    >>> swish(torch.tensor([-2.0, 3.0, 0.5]))
    tensor([-0.2384,  2.8577,  0.3112])
    >>> swish(torch.tensor([[1.0, -1.0]]))
    tensor([[ 0.7311, -0.2689]])
    """
    ...


def attention_weights(q, k):
    """The softmax of q times k transposed over the root of the width.

    >>> attention_weights(torch.tensor([[1.0, 2.0]]), torch.tensor([[0.5, 0.25], [0.0, 1.0]]))
    tensor([[0.3302, 0.6698]])
    >>> attention_weights(torch.tensor([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]]), torch.tensor([[1.0, 1.0, 1.0], [0.5, 0.0, 0.0]]))
    tensor([[0.8090, 0.1910],
            [0.7604, 0.2396]])
    >>> attention_weights(torch.tensor([[2.0], [3.0]]), torch.tensor([[0.5], [1.0]]))
    tensor([[0.2689, 0.7311],
            [0.1824, 0.8176]])
    """
    ...


def rms_norm(x):
    """Each row over the root of its mean square.

    >>> rms_norm(torch.tensor([[3.0, 4.0], [1.0, 2.0]]))
    tensor([[0.8485, 1.1314],
            [0.6325, 1.2649]])
    >>> rms_norm(torch.tensor([[1.0, 2.0, 2.0]]))
    tensor([[0.5774, 1.1547, 1.1547]])
    >>> rms_norm(torch.tensor([[1.0, 1.0], [6.0, 8.0], [-2.0, 0.0]]))
    tensor([[ 1.0000,  1.0000],
            [ 0.8485,  1.1314],
            [-1.4142,  0.0000]])
    """
    ...


def masked_mean(x, m):
    """The mean of the elements where m is 1.

    >>> masked_mean(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 0.0, 1.0]))
    tensor(2.)
    >>> masked_mean(torch.tensor([4.0, 6.0]), torch.tensor([0.0, 1.0]))
    tensor(6.)
    >>> masked_mean(torch.tensor([1.0, 5.0, 7.0, 3.0]), torch.tensor([1.0, 1.0, 1.0, 0.0]))
    tensor(4.3333)
    """
    ...


def gaussian_kl(mu, logvar):
    """-1/2 times the sum of 1 + logvar - mu^2 - exp(logvar).

    >>> gaussian_kl(torch.tensor([0.0, 1.0]), torch.tensor([0.0, 0.0]))
    tensor(0.5000)
    >>> gaussian_kl(torch.tensor([2.0]), torch.tensor([1.0]))
    tensor(2.3591)
    >>> gaussian_kl(torch.tensor([0.5, -1.0, 3.0]), torch.tensor([0.5, 0.25, -1.0]))
    tensor(5.4003)
    """
    ...


def center(x):
    """Subtract the mean of each column.

    >>> center(torch.tensor([[1.0, 2.0], [3.0, 6.0]]))
    tensor([[-1., -2.],
            [ 1.,  2.]])
    >>> center(torch.tensor([[1.0, 0.0, 5.0], [2.0, 2.0, 2.0], [3.0, 7.0, 2.0]]))
    tensor([[-1., -3.,  2.],
            [ 0., -1., -1.],
            [ 1.,  4., -1.]])
    >>> center(torch.tensor([[4.0], [0.0]]))
    tensor([[ 2.],
            [-2.]])
    """
    ...


def top_class(x):
    """The place of the largest element of each row.

    >>> top_class(torch.tensor([[1.0, 2.0], [4.0, 3.0]]))
    tensor([1, 0])
    >>> top_class(torch.tensor([[0.0, 5.0, 2.0]]))
    tensor([1])
    >>> top_class(torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]))
    tensor([0, 2])
    """
    ...


def lerp(a, b, w):
    """a plus w times the way to b.

    >>> lerp(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]), 0.5)
    tensor([2., 3.])
    >>> lerp(torch.tensor([0.0]), torch.tensor([8.0]), 0.25)
    tensor([2.])
    >>> lerp(torch.tensor([5.0, -1.0]), torch.tensor([1.0, 1.0]), 0.75)
    tensor([2.0000, 0.5000])
    """
    ...
