"""NumPy, as far as programs that build models compute their constants with it: arrays are tensors of double precision."""
import math

import torch

pi = math.pi
inf = math.inf
nan = math.nan
float32 = torch.float32
float64 = torch.float64
int32 = torch.int32
int64 = torch.int64
bool_ = torch.bool
uint8 = torch.uint8
float16 = torch.float16
ndarray = torch.Tensor
newaxis = None


def _number(scalar, whole):
    def function(x):
        return scalar(x) if isinstance(x, (int, float)) else whole(x)

    return function


sqrt = _number(math.sqrt, torch.sqrt)
exp = _number(math.exp, torch.exp)
log = _number(math.log, torch.log)
log2 = _number(math.log2, torch.log2)
sin = _number(math.sin, torch.sin)
cos = _number(math.cos, torch.cos)
floor = _number(math.floor, torch.floor)
ceil = _number(math.ceil, torch.ceil)


def _plain(data):
    """Numbers in lists, for tensors in them too."""
    if isinstance(data, torch.Tensor):
        return data.tolist()
    return [_plain(item) for item in data] if isinstance(data, (list, tuple)) else data


def _typed(data, dtype):
    data = _plain(data)
    if dtype is not None:
        return torch.tensor(data, dtype=dtype)
    made = torch.tensor(data)
    return made.double() if made.dtype == torch.float32 else made


def array(data, dtype=None):
    return data if isinstance(data, torch.Tensor) else _typed(data, dtype)


asarray = array


def arange(*bounds, dtype=None):
    made = torch.arange(*bounds, dtype=torch.float64 if any(isinstance(bound, float) for bound in bounds) else torch.int64)
    return made if dtype is None else made.to(dtype)


def eye(n, m=None, dtype=torch.float64):
    return torch.eye(n, m, dtype=dtype)


identity = eye


def full(shape, fill_value, dtype=None):
    made = torch.full([shape] if isinstance(shape, int) else shape, fill_value, dtype=dtype)
    return made.double() if dtype is None and isinstance(fill_value, float) else made


def concatenate(arrays, axis=0):
    return torch.cat([array(each) for each in arrays], axis)


def stack(arrays, axis=0):
    return torch.stack([array(each) for each in arrays], axis)


def triu(m, k=0):
    return torch.triu(m, k)


def tril(m, k=0):
    return torch.tril(m, k)


def outer(a, b):
    return torch.outer(array(a), array(b))


def expand_dims(a, axis):
    return a.unsqueeze(axis)


def transpose(a, axes=None):
    return a.T if axes is None else a.permute(*axes)


def linspace(start, stop, num=50, dtype=None):
    return torch.linspace(start, stop, num, dtype=torch.float64 if dtype is None else dtype)


def zeros(shape, dtype=torch.float64):
    return torch.zeros(shape, dtype=dtype)


def ones(shape, dtype=torch.float64):
    return torch.ones(shape, dtype=dtype)


def prod(values):
    return math.prod(values.tolist() if isinstance(values, torch.Tensor) else values)


def cumsum(values, axis=None, dtype=None):
    values = array(values)
    return torch.cumsum(values.flatten() if axis is None else values, 0 if axis is None else axis, dtype=dtype)


def power(a, b):
    return a**b
