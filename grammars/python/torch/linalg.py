"""`torch.linalg`."""
from torch import norm as _norm


def norm(A, ord=None, dim=None, keepdim=False):
    return _norm(A, 2 if ord is None else ord, dim, keepdim)


def vector_norm(x, ord=2, dim=None, keepdim=False):
    return _norm(x, ord, dim, keepdim)
