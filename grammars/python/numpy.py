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


def _typed(data, dtype):
    if dtype is not None:
        return torch.tensor(data, dtype=dtype)
    made = torch.tensor(data)
    return made.double() if made.dtype == torch.float32 else made


def array(data, dtype=None):
    return data if isinstance(data, torch.Tensor) else _typed(data, dtype)


asarray = array


def arange(*bounds, dtype=None):
    return torch.arange(*bounds, dtype=dtype)


def linspace(start, stop, num=50, dtype=None):
    return torch.linspace(start, stop, num, dtype=torch.float64 if dtype is None else dtype)


def zeros(shape, dtype=torch.float64):
    return torch.zeros(shape, dtype=dtype)


def ones(shape, dtype=torch.float64):
    return torch.ones(shape, dtype=dtype)


def prod(values):
    return math.prod(values.tolist() if isinstance(values, torch.Tensor) else values)


def cumsum(values):
    return torch.cumsum(array(values), 0)


def power(a, b):
    return a**b
