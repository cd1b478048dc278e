"""Functions of `torch` that are asked for less often, in terms of the others."""
import math

from ._tensor import (
    _axis,
    _dtype,
    _Found,
    _shape,
    _undecided,
    abs,
    amax,
    amin,
    arange,
    cat,
    clamp,
    clone,
    exp,
    eye,
    flatten,
    flip,
    index_select,
    int64,
    isinf,
    isnan,
    linspace,
    log,
    log1p,
    matmul,
    maximum,
    meshgrid,
    narrow,
    norm,
    permute,
    reshape,
    sign,
    sort,
    sqrt,
    square,
    stack,
    sum,
    tensor,
    transpose,
    trunc,
    unsqueeze,
    where,
    zeros_like,
)

fix = trunc
sgn = sign


def frac(input):
    return input - trunc(input)


def clamp_min(input, min):
    return clamp(input, min=min)


def clamp_max(input, max):
    return clamp(input, max=max)


def asinh(input):
    return native("onnx.Asinh")(input)


def acosh(input):
    return native("onnx.Acosh")(input)


def atanh(input):
    return native("onnx.Atanh")(input)


arcsinh, arccosh, arctanh = asinh, acosh, atanh


def logit(input, eps=None):
    input = input if eps is None else clamp(input, eps, 1 - eps)
    return log(input / (1 - input))


def erfc(input):
    return 1 - input.erf()


def deg2rad(input):
    return input * (math.pi / 180)


def rad2deg(input):
    return input * (180 / math.pi)


def hypot(input, other):
    return sqrt(square(input) + square(other))


def logaddexp(input, other):
    return maximum(input, other) + log1p(exp(-abs(input - other)))


def xlogy(input, other):
    return where(input == 0, zeros_like(input), input * log(other))


def heaviside(input, values):
    return where(input == 0, values.to(_dtype(input)), (input > 0).to(_dtype(input)))


def isclose(input, other, rtol=1e-5, atol=1e-8, equal_nan=False):
    if equal_nan:
        _undecided("torch.isclose with equal_nan is not supported")
    return (input == other) | (abs(input - other) <= atol + rtol * abs(other)) & ~isinf(input) & ~isinf(other)


def nan_to_num(input, nan=0.0, posinf=None, neginf=None):
    from torch import finfo

    most = finfo(_dtype(input)).max
    input = where(isnan(input), nan, input)
    input = where(isinf(input) & (input > 0), most if posinf is None else posinf, input)
    return where(isinf(input) & (input < 0), -most if neginf is None else neginf, input)


def addcdiv(input, tensor1, tensor2, *, value=1):
    return input + value * tensor1 / tensor2


def addmv(input, mat, vec, *, beta=1, alpha=1):
    return beta * input + alpha * matmul(mat, vec)


def addr(input, vec1, vec2, *, beta=1, alpha=1):
    return beta * input + alpha * ger(vec1, vec2)


def addbmm(input, batch1, batch2, *, beta=1, alpha=1):
    return beta * input + alpha * sum(matmul(batch1, batch2), 0)


def ger(input, vec2):
    return unsqueeze(input, 1) * unsqueeze(vec2, 0)


def cross(input, other, dim=-1):
    axis = _axis(input, dim)
    (a, b, c), (d, e, f) = input.unbind(axis), other.unbind(axis)
    return stack([b * f - c * e, c * d - a * f, a * e - b * d], axis)


def cdist(x1, x2, p=2.0, compute_mode=None):
    return norm(unsqueeze(x1, -2) - unsqueeze(x2, -3), p, -1)


def kron(input, other):
    if len(_shape(input)) != 2 or len(_shape(other)) != 2:
        _undecided("torch.kron of other than two matrices is not supported")
    (a, b), (c, d) = _shape(input), _shape(other)
    return reshape(reshape(input, a, 1, b, 1) * reshape(other, 1, c, 1, d), a * c, b * d)


# Diagonals.


def diagonal(input, offset=0, dim1=0, dim2=1):
    i, j = _axis(input, dim1), _axis(input, dim2)
    axes = [axis for axis in range(len(_shape(input))) if axis not in (i, j)]
    moved = permute(input, axes + [i, j])
    rows, columns = _shape(moved)[-2:]
    count = max(0, min(rows + min(offset, 0), columns - max(offset, 0)))
    places = (arange(count) - min(offset, 0)) * columns + arange(count) + max(offset, 0)
    return index_select(flatten(moved, -2, -1), -1, places)


def trace(input):
    return sum(diagonal(input))


def diag_embed(input, offset=0, dim1=-2, dim2=-1):
    if offset != 0 or (dim1, dim2) != (-2, -1):
        _undecided("torch.diag_embed is supported on the main diagonal of the last axes alone")
    return unsqueeze(input, -1) * eye(_shape(input)[-1], dtype=_dtype(input))


def diag(input, diagonal=0):
    if len(_shape(input)) == 2:
        return _diagonal(input, diagonal)
    return diag_embed(input, diagonal)


diagflat = diag
_diagonal = diagonal


def triu_indices(row, col, offset=0, **options):
    return tensor([[i for i in range(row) for j in range(col) if j - i >= offset], [j for i in range(row) for j in range(col) if j - i >= offset]], dtype=int64)


def tril_indices(row, col, offset=0, **options):
    return tensor([[i for i in range(row) for j in range(col) if j - i <= offset], [j for i in range(row) for j in range(col) if j - i <= offset]], dtype=int64)


def det(input):
    return native("onnx.Det")(input)


def inverse(input):
    _undecided("the inverse of a matrix is not supported in models")


# Shapes.


def dstack(tensors):
    return cat([t if len(_shape(t)) > 2 else unsqueeze(t, -1) for t in tensors], 2)


def column_stack(tensors):
    return cat([t if len(_shape(t)) > 1 else unsqueeze(t, 1) for t in tensors], 1)


def flipud(input):
    return flip(input, 0)


def fliplr(input):
    return flip(input, 1)


def rot90(input, k=1, dims=(0, 1)):
    for _ in range(k % 4):
        input = flip(transpose(input, *dims), dims[0])
    return input


def moveaxis(input, source, destination):
    return input.movedim(source, destination)


def atleast_1d(input):
    return reshape(input, 1) if len(_shape(input)) == 0 else input


def atleast_2d(input):
    return unsqueeze(atleast_1d(input), 0) if len(_shape(input)) < 2 else input


def cartesian_prod(*tensors):
    return stack([flatten(grid) for grid in meshgrid(*tensors, indexing="ij")], 1)


def combinations(input, r=2):
    if r != 2:
        _undecided("torch.combinations of other than pairs is not supported")
    rows, columns = triu_indices(_shape(input)[0], _shape(input)[0], 1)
    return stack([input[rows], input[columns]], 1)


def logspace(start, end, steps, base=10.0, **options):
    return base ** linspace(start, end, steps, **options)


def take(input, index):
    return index_select(flatten(input), 0, flatten(index)).reshape(_shape(index))


# What orders elements.


def kthvalue(input, k, dim=-1, keepdim=False):
    values, indices = sort(input, dim)
    axis = _axis(input, dim)
    parts = [narrow(found, axis, k - 1, 1) for found in (values, indices)]
    return _Found(*(parts if keepdim else [part.squeeze(axis) for part in parts]))


def median(input, dim=None, keepdim=False):
    if dim is None:
        return kthvalue(flatten(input), (input.numel() + 1) // 2, 0).values
    return kthvalue(input, (_shape(input)[dim] + 1) // 2, dim, keepdim)


class _Bounds:
    def __init__(self, min, max):
        self.min = min
        self.max = max

    def __iter__(self):
        return iter((self.min, self.max))


def aminmax(input, *, dim=None, keepdim=False):
    return _Bounds(amin(input, dim, keepdim), amax(input, dim, keepdim))


def searchsorted(sorted_sequence, input, *, out_int32=False, right=False, side=None):
    if len(_shape(sorted_sequence)) != 1:
        _undecided("torch.searchsorted in rows of their own is not supported")
    below = sorted_sequence <= unsqueeze(input, -1) if right or side == "right" else sorted_sequence < unsqueeze(input, -1)
    return sum(below.to(int64), -1)


def bucketize(input, boundaries, *, out_int32=False, right=False):
    return searchsorted(boundaries, input, right=right)


# What is written at indices.


def _spread(input, dim, index, like):
    """An index along an axis as one for each element of `like`."""
    shape = [1] * len(_shape(like))
    shape[_axis(input, dim)] = _shape(index)[0]
    return native("wright.expand")(reshape(index, shape), list(_shape(like)))


def _added(input, dim, index, source, reduction):
    return native("onnx.ScatterElements")(input, index, source, axis=_axis(input, dim), reduction=reduction)


def scatter_add(input, dim, index, src):
    return _added(input, dim, index, src, "add")


def scatter_reduce(input, dim, index, src, reduce, *, include_self=True):
    names = {"sum": "add", "prod": "mul", "amax": "max", "amin": "min"}
    if reduce not in names or not include_self:
        _undecided(f"scatter_reduce of {reduce}{'' if include_self else ' without the tensor itself'} is not supported")
    return _added(input, dim, index, src, names[reduce])


def index_add(input, dim, index, source, *, alpha=1):
    return _added(input, dim, _spread(input, dim, index, source), source if alpha == 1 else source * alpha, "add")


def index_copy(input, dim, index, source):
    return native("onnx.ScatterElements")(input, _spread(input, dim, index, source), source, axis=_axis(input, dim))


def index_fill(input, dim, index, value):
    rows = arange(_shape(input)[_axis(input, dim)])
    chosen = (unsqueeze(rows, 1) == unsqueeze(index, 0)).any(1)
    shape = [1] * len(_shape(input))
    shape[_axis(input, dim)] = _shape(rows)[0]
    return input.masked_fill(reshape(chosen, shape), value)


def index_put(input, indices, values, accumulate=False):
    if accumulate:
        _undecided("index_put with accumulate is not supported")
    result = clone(input)
    result[tuple(indices)] = values
    return result
