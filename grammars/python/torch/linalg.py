"""`torch.linalg`."""
from torch import det, inverse
from torch import norm as _norm


def norm(A, ord=None, dim=None, keepdim=False):
    axes = [dim] if isinstance(dim, int) else dim
    of_matrix = ord is not None and (len(A.shape) == 2 if axes is None else len(axes) == 2)
    if of_matrix and ord != "fro":
        native("python.undecided")(f"a norm of matrices of order {ord} is not supported")
    return _norm(A, 2 if ord is None or ord == "fro" else ord, dim, keepdim)


def vector_norm(x, ord=2, dim=None, keepdim=False):
    return _norm(x, ord, dim, keepdim)


def matrix_norm(A, ord="fro", dim=(-2, -1), keepdim=False):
    return norm(A, ord, dim, keepdim)


def multi_dot(tensors):
    product = tensors[0]
    for tensor in tensors[1:]:
        product = product @ tensor
    return product


inv = inverse
