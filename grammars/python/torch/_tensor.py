"""Tensors and the functions of `torch` itself."""
import math

bool = native("dtype.bool")
uint8 = native("dtype.u8")
int8 = native("dtype.i8")
int16 = short = native("dtype.i16")
int32 = int = native("dtype.i32")
int64 = long = native("dtype.i64")
float16 = half = native("dtype.f16")
bfloat16 = native("dtype.bf16")
float32 = float = native("dtype.f32")
float64 = double = native("dtype.f64")
inf = math.inf
nan = math.nan
pi = math.pi
newaxis = None

strided = "strided"
contiguous_format = preserve_format = channels_last = "contiguous"

_arithmetic = native("wright.arithmetic")
_fresh = native("wright.fresh")
_shape = native("wright.shape")
_dtype = native("wright.dtype")
_may_equal = native("wright.may_equal")
_reshape = native("wright.reshape")
_view = native("wright.view")
_set = native("wright.set")
_undecided = native("python.undecided")


def _axis(input, dim):
    rank = len(_shape(input))
    if not -(rank or 1) <= dim < (rank or 1):
        raise IndexError(f"axis {dim} of a tensor with {rank} axes")
    return dim + rank if dim < 0 else dim


def _axes(input, dim):
    if dim is None:
        return list(range(len(_shape(input))))
    if isinstance(dim, (list, tuple)):
        if len(dim) == 0:
            return list(range(len(_shape(input))))
        return [_axis(input, d) for d in dim]
    return [_axis(input, dim)]


def _lengths(size):
    if len(size) == 1 and isinstance(size[0], (list, tuple)):
        return list(size[0])
    return list(size)


def _is_float(input):
    return _dtype(input).is_floating_point


def _floats(input):
    return input if _is_float(input) else input.to(float32)


# New tensors.


def tensor(data, dtype=None, device=None, requires_grad=False):
    if isinstance(data, Tensor):
        return clone(data if dtype is None else data.to(dtype))
    if isinstance(data, (list, tuple)) and any(isinstance(item, Tensor) for item in data):
        items = [item if isinstance(item, Tensor) else tensor(item) for item in data]
        return stack(items) if dtype is None else stack(items).to(dtype)
    return native("wright.tensor")(data, dtype)


def as_tensor(data, dtype=None, device=None):
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    return tensor(data, dtype)


scalar_tensor = tensor


def _of_type(dtype):
    """The constructor of tensors of a type, as `torch.LongTensor`: of lengths, or of numbers."""

    def made(*data):
        if len(data) == 1 and isinstance(data[0], (list, tuple, Tensor)):
            return tensor(data[0], dtype=dtype)
        return empty(*(data or (0,)), dtype=dtype)

    made.dtype = dtype
    return made


FloatTensor, DoubleTensor, HalfTensor = _of_type(float32), _of_type(float64), _of_type(float16)
ByteTensor, IntTensor, LongTensor = _of_type(uint8), _of_type(int32), _of_type(int64)
BoolTensor = _of_type(bool)
_LEGACY = {
    "Float": float32,
    "Double": float64,
    "Half": float16,
    "BFloat16": bfloat16,
    "Byte": uint8,
    "Char": int8,
    "Short": int16,
    "Int": int32,
    "Long": int64,
    "Bool": bool,
}


class finfo:
    _of = {
        float16: (65504.0, 0.0009765625, 6.103515625e-05),
        bfloat16: (3.3895313892515355e38, 0.0078125, 1.1754943508222875e-38),
        float32: (3.4028234663852886e38, 1.1920928955078125e-07, 1.1754943508222875e-38),
        float64: (1.7976931348623157e308, 2.220446049250313e-16, 2.2250738585072014e-308),
    }

    def __init__(self, dtype=float32):
        self.dtype = dtype
        self.max, self.eps, self.tiny = self._of[dtype]
        self.min, self.smallest_normal = -self.max, self.tiny


class iinfo:
    def __init__(self, dtype):
        self.dtype = dtype
        bits = dtype.itemsize * 8
        self.bits = bits
        if dtype == uint8:
            self.min, self.max = 0, 255
        else:
            self.max = 2 ** (bits - 2) - 1 + 2 ** (bits - 2)
            self.min = -self.max - 1


def from_numpy(array):
    return array


def empty(*lengths, size=None, dtype=float32, device=None, requires_grad=False, **options):
    return _fresh(_lengths(lengths) if size is None else list(size), "nothing", float32 if dtype is None else dtype)


def zeros(*lengths, size=None, dtype=float32, device=None, requires_grad=False, **options):
    return _fresh(_lengths(lengths) if size is None else list(size), 0, float32 if dtype is None else dtype)


def ones(*lengths, size=None, dtype=float32, device=None, requires_grad=False, **options):
    return _fresh(_lengths(lengths) if size is None else list(size), 1, float32 if dtype is None else dtype)


def randn(*lengths, size=None, dtype=float32, device=None, requires_grad=False, generator=None, **options):
    return _fresh(_lengths(lengths) if size is None else list(size), "random", float32 if dtype is None else dtype)


def rand(*lengths, size=None, dtype=float32, device=None, requires_grad=False, generator=None, **options):
    return _fresh(_lengths(lengths) if size is None else list(size), "random", float32 if dtype is None else dtype)


def randint(low, high=None, size=None, *, dtype=int64, device=None, generator=None, **options):
    if size is None:
        high, size = low, high
    return _fresh(_lengths((size,)), "random", int64 if dtype is None else dtype)


def randperm(n, *, dtype=int64, device=None, generator=None):
    return _fresh([n], "random", int64)


def full(size, fill_value, *, dtype=None, device=None, requires_grad=False, **options):
    if dtype is None:
        dtype = bool if isinstance(fill_value, native("bool")) else float32 if isinstance(fill_value, native("float")) else int64
    return _fresh(_lengths((size,)), fill_value, dtype)


def zeros_like(input, dtype=None, device=None, **options):
    return _fresh(_shape(input), 0, _dtype(input) if dtype is None else dtype)


def ones_like(input, dtype=None, device=None, **options):
    return _fresh(_shape(input), 1, _dtype(input) if dtype is None else dtype)


def full_like(input, fill_value, dtype=None, device=None, **options):
    return _fresh(_shape(input), fill_value, _dtype(input) if dtype is None else dtype)


def empty_like(input, dtype=None, device=None, **options):
    return _fresh(_shape(input), "nothing", _dtype(input) if dtype is None else dtype)


def randn_like(input, dtype=None, device=None, **options):
    return _fresh(_shape(input), "random", _dtype(input) if dtype is None else dtype)


rand_like = randn_like


def normal(mean=0.0, std=1.0, size=None, **options):
    return mean + std * randn(size)


def arange(start, end=None, step=1, *, dtype=None, device=None, requires_grad=False, **options):
    if end is None:
        start, end = 0, start
    if dtype is None:
        whole = not any(isinstance(number, native("float")) for number in (start, end, step))
        dtype = int64 if whole else float32
    return native("wright.arange")(start, end, step, dtype)


def linspace(start, end, steps, *, dtype=float32, device=None, **options):
    if steps == 1:
        return tensor([start], dtype=dtype)
    return tensor([start + (end - start) * i / (steps - 1) for i in range(steps)], dtype=dtype)


def eye(n, m=None, *, dtype=float32, device=None, **options):
    m = n if m is None else m
    rows = arange(n).unsqueeze(1)
    return (rows == arange(m)).to(dtype)


# Arithmetic.


def add(input, other, *, alpha=1):
    return _arithmetic("add", input, other if alpha == 1 else _arithmetic("mul", other, alpha))


def sub(input, other, *, alpha=1):
    return _arithmetic("sub", input, other if alpha == 1 else _arithmetic("mul", other, alpha))


subtract = sub


def mul(input, other):
    return _arithmetic("mul", input, other)


multiply = mul


def div(input, other, *, rounding_mode=None):
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode == "trunc":
        return trunc(_arithmetic("div", input, other)).to(native("wright.promoted")(input, other))
    return _arithmetic("div", input, other)


true_divide = divide = div


def floor_divide(input, other):
    if native("wright.promoted")(input, other).is_floating_point:
        return floor(_arithmetic("div", input, other))
    return _arithmetic("floor_div", input, other)


def remainder(input, other):
    return _arithmetic("rem", input, other)


def fmod(input, other):
    return _arithmetic("trunc_rem", input, other)


def pow(input, exponent):
    if isinstance(exponent, (native("int"), native("float"))):
        if exponent == 0.5:
            return sqrt(input)
        if exponent == -0.5:
            return rsqrt(input)
        if exponent == -1:
            return reciprocal(input)
        if exponent == 1:
            return clone(input)
    return _arithmetic("pow", input, exponent)


def maximum(input, other):
    return _arithmetic("maximum", input, other)


def minimum(input, other):
    return _arithmetic("minimum", input, other)


def atan2(input, other):
    return _arithmetic("atan2", input, other)


def eq(input, other):
    return _arithmetic("eq", input, other)


def ne(input, other):
    return _arithmetic("ne", input, other)


not_equal = ne


def lt(input, other):
    return _arithmetic("lt", input, other)


def le(input, other):
    return _arithmetic("le", input, other)


def gt(input, other):
    return _arithmetic("gt", input, other)


def ge(input, other):
    return _arithmetic("ge", input, other)


less, less_equal, greater, greater_equal = lt, le, gt, ge


def _truth(input):
    return input if _dtype(input) == bool else input != 0


def logical_and(input, other):
    return native("ir.logical_and")(_truth(input), _truth(other))


def logical_or(input, other):
    return native("ir.logical_or")(_truth(input), _truth(other))


def logical_xor(input, other):
    return native("ir.logical_xor")(_truth(input), _truth(other))


def logical_not(input):
    return native("ir.logical_not")(_truth(input))


def bitwise_not(input):
    if _dtype(input) == bool:
        return logical_not(input)
    return native("ir.bit_not")(input)


def where(condition, input=None, other=None):
    if input is None:
        _undecided("torch.where of a condition alone, whose number of results only running tells, is not supported")
    dtype = native("wright.promoted")(input, other)
    cast = native("wright.cast")
    return native("ir.select")(condition, cast(input, dtype), cast(other, dtype))


def clamp(input, min=None, max=None):
    if isinstance(min, Tensor):
        input, min = maximum(input, min), None
    if isinstance(max, Tensor):
        input, max = minimum(input, max), None
    return native("onnx.Clip")(input, min, max)


clip = clamp


def neg(input):
    return native("ir.neg")(input)


negative = neg


def abs(input):
    return native("ir.abs")(input)


absolute = abs


def sign(input):
    return native("ir.sign")(input)


def square(input):
    return native("ir.square")(input)


def sqrt(input):
    return native("ir.sqrt")(_floats(input))


def rsqrt(input):
    return native("ir.rsqrt")(_floats(input))


def reciprocal(input):
    return native("ir.reciprocal")(_floats(input))


def exp(input):
    return native("ir.exp")(_floats(input))


def expm1(input):
    return native("ir.expm1")(_floats(input))


def exp2(input):
    return exp(input * math.log(2))


def log(input):
    return native("ir.log")(_floats(input))


def log2(input):
    return log(input) / math.log(2)


def log10(input):
    return log(input) / math.log(10)


def log1p(input):
    return native("ir.log1p")(_floats(input))


def sin(input):
    return native("ir.sin")(_floats(input))


def cos(input):
    return native("ir.cos")(_floats(input))


def tan(input):
    return native("ir.tan")(_floats(input))


def asin(input):
    return native("ir.asin")(_floats(input))


def acos(input):
    return native("ir.acos")(_floats(input))


def atan(input):
    return native("ir.atan")(_floats(input))


def sinh(input):
    return native("ir.sinh")(_floats(input))


def cosh(input):
    return native("ir.cosh")(_floats(input))


def erf(input):
    return native("ir.erf")(_floats(input))


def floor(input):
    return native("ir.floor")(input)


def ceil(input):
    return native("ir.ceil")(input)


def round(input, *, decimals=0):
    if decimals != 0:
        return round(input * 10**decimals) / 10**decimals
    return native("ir.round")(input)


def trunc(input):
    return sign(input) * floor(abs(input))


def relu(input):
    return native("ir.relu")(input)


def sigmoid(input):
    return native("ir.sigmoid")(_floats(input))


def tanh(input):
    return native("ir.tanh")(_floats(input))


def softmax(input, dim, dtype=None):
    if dtype is not None:
        input = input.to(dtype)
    return native("ir.softmax")(input, _axis(input, dim))


def log_softmax(input, dim, dtype=None):
    if dtype is not None:
        input = input.to(dtype)
    return native("ir.log_softmax")(input, _axis(input, dim))


def isnan(input):
    return native("ir.is_nan")(input)


def isinf(input):
    return native("ir.is_inf")(input)


def isfinite(input):
    return logical_not(logical_or(isnan(input), isinf(input)))


def lerp(input, end, weight):
    return input + weight * (end - input)


def addcmul(input, tensor1, tensor2, *, value=1):
    return input + value * tensor1 * tensor2


def allclose(*arguments, **options):
    _undecided("a branch depends on the elements of a tensor, which only running tells")


# Products.


def matmul(input, other):
    a, b = _shape(input), _shape(other)
    dtype = native("wright.promoted")(input, other)
    if len(a) == 1 and len(b) == 1:
        return sum(input * other)
    inner = b[-2] if len(b) > 1 else b[0]
    if not _may_equal(a[-1], inner):
        raise RuntimeError(f"the product of {list(a)} and {list(b)}: {a[-1]} columns and {inner} rows")
    return native("ir.matmul")(input.to(dtype), other.to(dtype))


mm = bmm = spmm = matmul
mv = matmul


def dot(input, other):
    return sum(input * other)


def outer(input, vec2):
    return input.unsqueeze(1) * vec2.unsqueeze(0)


def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    product = matmul(mat1, mat2)
    product = product if alpha == 1 else product * alpha
    return product + (input if beta == 1 else input * beta)


baddbmm = addmm


def einsum(equation, *operands):
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = operands[0]
    return native("onnx.Einsum")(*operands, equation=equation)


def tensordot(a, b, dims=2):
    if not isinstance(dims, native("int")):
        first, second = [[_axis(t, axis) for axis in ([axes] if isinstance(axes, native("int")) else axes)] for t, axes in zip((a, b), dims)]
        a = permute(a, [axis for axis in range(len(_shape(a))) if axis not in first] + first)
        b = permute(b, second + [axis for axis in range(len(_shape(b))) if axis not in second])
        dims = len(first)
    shape_a, shape_b = _shape(a), _shape(b)
    inner = math.prod(shape_b[:dims])
    flat = matmul(reshape(a, (-1, inner)), reshape(b, (inner, -1)))
    return reshape(flat, shape_a[: len(shape_a) - dims] + shape_b[dims:])


# Reductions.


def _reduced(op, input, dim, keepdim):
    return op(input, _axes(input, dim), keepdim)


def _wide(input, dtype):
    """What is added up or multiplied: whole numbers as the longest."""
    if dtype is not None:
        return input.to(dtype)
    return input if _is_float(input) else input.to(int64)


def sum(input, dim=None, keepdim=False, *, dtype=None):
    return _reduced(native("ir.sum"), _wide(input, dtype), dim, keepdim)


def mean(input, dim=None, keepdim=False, *, dtype=None):
    if dtype is not None:
        input = input.to(dtype)
    return _reduced(native("ir.mean"), input, dim, keepdim)


def prod(input, dim=None, keepdim=False, *, dtype=None):
    input = _wide(input, dtype)
    return _reduced(native("ir.prod"), input, dim, keepdim)


class _Found:
    def __init__(self, values, indices):
        self.values = values
        self.indices = indices

    def __iter__(self):
        return iter((self.values, self.indices))

    def __getitem__(self, i):
        return (self.values, self.indices)[i]


def max(input, dim=None, keepdim=False):
    if isinstance(dim, Tensor):
        return maximum(input, dim)
    if dim is None:
        return _reduced(native("ir.max"), input, None, False)
    return _Found(_reduced(native("ir.max"), input, dim, keepdim), argmax(input, dim, keepdim))


def min(input, dim=None, keepdim=False):
    if isinstance(dim, Tensor):
        return minimum(input, dim)
    if dim is None:
        return _reduced(native("ir.min"), input, None, False)
    return _Found(_reduced(native("ir.min"), input, dim, keepdim), argmin(input, dim, keepdim))


def amax(input, dim=None, keepdim=False):
    return _reduced(native("ir.max"), input, dim, keepdim)


def amin(input, dim=None, keepdim=False):
    return _reduced(native("ir.min"), input, dim, keepdim)


def argmax(input, dim=None, keepdim=False):
    if dim is None:
        input, dim = flatten(input), 0
    return native("ir.argmax")(input, _axis(input, dim), keepdim)


def argmin(input, dim=None, keepdim=False):
    if dim is None:
        input, dim = flatten(input), 0
    return native("ir.argmin")(input, _axis(input, dim), keepdim)


def any(input, dim=None, keepdim=False):
    if isinstance(input, (list, tuple)) or not isinstance(input, Tensor):
        return native("any")(input)
    return _reduced(native("ir.max"), _truth(input).to(uint8), dim, keepdim).to(bool)


def all(input, dim=None, keepdim=False):
    return _reduced(native("ir.min"), _truth(input).to(uint8), dim, keepdim).to(bool)


def var(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    if correction is None:
        correction = 1 if unbiased else 0
    axes = _axes(input, dim)
    count = math.prod([_shape(input)[axis] for axis in axes])
    centered = input - mean(input, axes, True)
    if correction == 0:
        return mean(square(centered), axes, keepdim)
    return sum(square(centered), axes, keepdim) / (count - correction)


def std(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    return sqrt(var(input, dim, unbiased, keepdim, correction=correction))


def var_mean(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    return var(input, dim, unbiased, keepdim, correction=correction), mean(input, dim, keepdim)


def norm(input, p=2, dim=None, keepdim=False, dtype=None):
    if p in ("fro", 2):
        return sqrt(sum(square(input), dim, keepdim))
    if p == 1:
        return sum(abs(input), dim, keepdim)
    if p in (math.inf, -math.inf):
        return (amax if p > 0 else amin)(abs(input), dim, keepdim)
    if isinstance(p, str):
        _undecided(f"a norm of the kind {p} is not supported")
    if p == 0:
        return sum((input != 0).to(_dtype(input)), dim, keepdim)
    return pow(sum(pow(abs(input), p), dim, keepdim), 1 / p)


def logsumexp(input, dim, keepdim=False):
    return _reduced(native("ir.logsumexp"), input, dim, keepdim)


def cumsum(input, dim, *, dtype=None):
    return native("ir.cumsum")(_wide(input, dtype), _axis(input, dim))


def cumprod(input, dim, *, dtype=None):
    return native("ir.cumprod")(_wide(input, dtype), _axis(input, dim))


def topk(input, k, dim=-1, largest=True, sorted=True):
    values, indices = native("onnx.TopK")(input, [k], axis=_axis(input, dim), largest=largest, outputs=2)
    return _Found(values, indices)


def sort(input, dim=-1, descending=False, stable=False):
    return topk(input, _shape(input)[dim], dim, descending)


def argsort(input, dim=-1, descending=False, stable=False):
    return sort(input, dim, descending).indices


# Shapes.


def reshape(input, *shape):
    return _reshape(input, _lengths(shape))


def flatten(input, start_dim=0, end_dim=-1):
    shape = list(_shape(input))
    if len(shape) == 0:
        return _reshape(input, [1])
    start, end = _axis(input, start_dim), _axis(input, end_dim)
    if start == end:
        return input
    return _reshape(input, shape[:start] + [math.prod(shape[start : end + 1])] + shape[end + 1 :])


ravel = flatten


def unflatten(input, dim, sizes):
    shape = list(_shape(input))
    axis = _axis(input, dim)
    sizes = list(sizes)
    if -1 in sizes:
        known = math.prod([size for size in sizes if size != -1])
        sizes = [shape[axis] // known if size == -1 else size for size in sizes]
    return _reshape(input, shape[:axis] + sizes + shape[axis + 1 :])


def transpose(input, dim0, dim1):
    axes = list(range(len(_shape(input))))
    i, j = _axis(input, dim0), _axis(input, dim1)
    axes[i], axes[j] = axes[j], axes[i]
    return permute(input, axes)


swapaxes = swapdims = transpose


def permute(input, *dims):
    axes = [_axis(input, dim) for dim in _lengths(dims)]
    if axes == list(range(len(axes))):
        return input
    return _view(native("ir.permute")(input, axes), input)


def movedim(input, source, destination):
    if isinstance(source, (list, tuple)):
        froms, tos = [_axis(input, axis) for axis in source], [_axis(input, axis) for axis in destination]
        axes = [axis for axis in range(len(_shape(input))) if axis not in froms]
        for to, axis in sorted(zip(tos, froms)):
            axes.insert(to, axis)
        return permute(input, axes)
    source, destination = _axis(input, source), _axis(input, destination)
    axes = [axis for axis in range(len(_shape(input))) if axis != source]
    axes.insert(destination, source)
    return permute(input, axes)


def t(input):
    return transpose(input, 0, 1) if len(_shape(input)) == 2 else input


def unsqueeze(input, dim):
    rank = len(_shape(input))
    axis = dim + rank + 1 if dim < 0 else dim
    return _view(native("ir.expand_dims")(input, axis), input)


def squeeze(input, dim=None):
    shape = _shape(input)
    if dim is None:
        axes = [axis for axis in range(len(shape)) if shape[axis] == 1]
    else:
        axes = [axis for axis in _axes(input, dim) if shape[axis] == 1]
    result = input
    for axis in sorted(axes, reverse=True):
        result = _view(native("ir.squeeze")(result, axis), input)
    return result


def cat(tensors, dim=0):
    tensors = [t for t in tensors if len(_shape(t)) != 1 or _shape(t)[0] != 0 or len(tensors) == 1]
    dtype = _dtype(tensors[0])
    for other in tensors[1:]:
        dtype = native("wright.promoted")(_fresh([1], 0, dtype), _fresh([1], 0, _dtype(other)))
    if len(tensors) == 1:
        return clone(tensors[0])
    axis = _axis(tensors[0], dim)
    first = _shape(tensors[0])
    for other in tensors[1:]:
        shape = _shape(other)
        if len(shape) != len(first):
            raise RuntimeError(f"{list(first)} and {list(shape)} are not joined: their numbers of axes differ")
        for i in range(len(first)):
            if i != axis and not _may_equal(first[i], shape[i]):
                raise RuntimeError(f"{list(first)} and {list(shape)} are not joined along axis {axis}: axis {i} differs")
    return native("ir.concat")(axis, [t.to(dtype) for t in tensors])


concat = concatenate = cat


def stack(tensors, dim=0):
    rank = len(_shape(tensors[0])) + 1
    axis = dim + rank if dim < 0 else dim
    return cat([unsqueeze(t, axis) for t in tensors], axis)


def hstack(tensors):
    return cat(tensors, 0 if len(_shape(tensors[0])) == 1 else 1)


def vstack(tensors):
    return cat([t if len(_shape(t)) > 1 else t.unsqueeze(0) for t in tensors], 0)


def split(input, split_size_or_sections, dim=0):
    axis = _axis(input, dim)
    length = _shape(input)[axis]
    sizes = split_size_or_sections
    if isinstance(sizes, native("int")):
        whole, rest = length // sizes, length % sizes
        sizes = [sizes] * whole + ([rest] if rest else [])
    parts, start = [], 0
    for size in sizes:
        parts.append(narrow(input, axis, start, size))
        start = start + size
    return tuple(parts)


def chunk(input, chunks, dim=0):
    length = _shape(input)[dim]
    if isinstance(length, native("int")) and chunks > 0:
        return split(input, (length + chunks - 1) // chunks, dim)
    return split(input, length // chunks, dim)


def tensor_split(input, indices_or_sections, dim=0):
    axis = _axis(input, dim)
    length, places = _shape(input)[axis], indices_or_sections
    if isinstance(places, native("int")):
        each, longer = length // places, length % places
        places = [each * i + native("min")(i, longer) for i in range(1, places)]
    bounds = [0, *places, length]
    return tuple(narrow(input, axis, start, stop - start) for start, stop in zip(bounds[:-1], bounds[1:]))


def narrow(input, dim, start, length):
    key = [slice(None)] * _axis(input, dim) + [slice(start, start + length)]
    return native("wright.index")(input, tuple(key))


def unbind(input, dim=0):
    axis = _axis(input, dim)
    return tuple(select(input, axis, i) for i in range(_shape(input)[axis]))


def select(input, dim, index):
    key = [slice(None)] * _axis(input, dim) + [index]
    return native("wright.index")(input, tuple(key))


def diff(input, n=1, dim=-1):
    axis = _axis(input, dim)
    for _ in range(n):
        length = _shape(input)[axis]
        input = narrow(input, axis, 1, length - 1) - narrow(input, axis, 0, length - 1)
    return input


def flip(input, *dims):
    return native("ir.flip")(input, [_axis(input, dim) for dim in _lengths(dims)])


def roll(input, shifts, dims=None):
    if dims is None:
        return reshape(roll(flatten(input), shifts, 0), _shape(input))
    if isinstance(shifts, native("int")):
        shifts, dims = [shifts], [dims]
    for shift, dim in zip(shifts, dims):
        axis = _axis(input, dim)
        length = _shape(input)[axis]
        shift = shift % length
        if shift == 0:
            input = clone(input)
        else:
            input = cat([narrow(input, axis, length - shift, shift), narrow(input, axis, 0, length - shift)], axis)
    return input


def broadcast_to(input, size):
    return native("wright.expand")(input, list(size))


def broadcast_tensors(*tensors):
    total = tensors[0]
    for other in tensors[1:]:
        total = total + other
    return tuple(broadcast_to(t, _shape(total)) for t in tensors)


def tile(input, *dims):
    dims = _lengths(dims)
    return input.repeat(*[1] * (len(_shape(input)) - len(dims)), *dims)


def repeat_interleave(input, repeats, dim=None):
    if dim is None:
        input, dim = flatten(input), 0
    axis = _axis(input, dim)
    shape = list(_shape(input))
    if isinstance(repeats, Tensor):
        counts = repeats.tolist()
        return index_select(input, axis, tensor([i for i in range(len(counts)) for _ in range(counts[i])], dtype=int64))
    wide = native("wright.expand")(unsqueeze(input, axis + 1), shape[: axis + 1] + [repeats] + shape[axis + 1 :])
    return _reshape(wide, shape[:axis] + [shape[axis] * repeats] + shape[axis + 1 :])


def meshgrid(*tensors, indexing="ij"):
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tensors[0]
    swapped = indexing == "xy" and len(tensors) > 1
    tensors = list(tensors)
    if swapped:
        tensors[0], tensors[1] = tensors[1], tensors[0]
    lengths = [_shape(t)[0] for t in tensors]
    grids = []
    for i, t in enumerate(tensors):
        shape = [1] * len(lengths)
        shape[i] = lengths[i]
        grids.append(native("wright.expand")(_reshape(t, shape), lengths))
    if swapped:
        grids[0], grids[1] = grids[1], grids[0]
    return tuple(grids)


def tril(input, diagonal=0):
    return native("onnx.Trilu")(input, [diagonal], upper=0)


def triu(input, diagonal=0):
    return native("onnx.Trilu")(input, [diagonal], upper=1)


def gather(input, dim, index):
    return native("onnx.GatherElements")(input, index, axis=_axis(input, dim))


def index_select(input, dim, index):
    return native("ir.take")(input, index, _axis(input, dim))


def take_along_dim(input, indices, dim):
    return gather(input, dim, indices)


def scatter(input, dim, index, src):
    if not isinstance(src, Tensor):
        src = full(_shape(index), src, dtype=_dtype(input))
    return native("onnx.ScatterElements")(input, index, src, axis=_axis(input, dim))


def masked_select(*arguments):
    _undecided("torch.masked_select, whose number of results only running tells, is not supported")


def nonzero(*arguments, **options):
    _undecided("torch.nonzero, whose number of results only running tells, is not supported")


def multinomial(*arguments, **options):
    _undecided("torch.multinomial draws at random: generate the model that gives the probabilities")


def bernoulli(*arguments, **options):
    _undecided("torch.bernoulli draws at random")


def numel(input):
    return math.prod(_shape(input))


def clone(input):
    return native("wright.cast")(input, _dtype(input))


def dropout(input, p=0.5, train=True):
    return input


def _in_place(function):
    def method(self, *arguments, **options):
        return _set(self, function(self, *arguments, **options).to(_dtype(self)))

    return method


class Tensor:
    """A tensor; what it is made of the interpreter knows."""

    shape = property(lambda self: _shape(self))
    dtype = property(lambda self: _dtype(self))
    ndim = property(lambda self: len(_shape(self)))
    T = property(lambda self: permute(self, list(reversed(range(len(_shape(self)))))))
    mT = property(lambda self: transpose(self, -1, -2))
    data = property(lambda self: self)
    device = property(lambda self: "cpu")
    requires_grad = property(lambda self: False)
    grad = property(lambda self: None)
    is_cuda = property(lambda self: False)
    is_quantized = property(lambda self: False)
    is_sparse = property(lambda self: False)
    is_nested = property(lambda self: False)

    def size(self, dim=None):
        return _shape(self) if dim is None else _shape(self)[dim]

    def dim(self):
        return len(_shape(self))

    ndimension = dim

    def numel(self):
        return math.prod(_shape(self))

    nelement = numel

    def is_floating_point(self):
        return _is_float(self)

    def __len__(self):
        return _shape(self)[0]

    def __iter__(self):
        return iter(unbind(self, 0))

    def __getitem__(self, key):
        return native("wright.index")(self, key)

    def __setitem__(self, key, value):
        native("wright.assign")(self, key, value)

    def __add__(self, other):
        return add(self, other)

    def __radd__(self, other):
        return add(self, other)

    def __iadd__(self, other):
        return _set(self, add(self, other).to(_dtype(self)))

    def __sub__(self, other):
        return sub(self, other)

    def __rsub__(self, other):
        return _arithmetic("sub", other, self)

    def __isub__(self, other):
        return _set(self, sub(self, other).to(_dtype(self)))

    def __mul__(self, other):
        return mul(self, other)

    def __rmul__(self, other):
        return mul(self, other)

    def __imul__(self, other):
        return _set(self, mul(self, other).to(_dtype(self)))

    def __truediv__(self, other):
        return div(self, other)

    def __rtruediv__(self, other):
        return _arithmetic("div", other, self)

    def __itruediv__(self, other):
        return _set(self, div(self, other).to(_dtype(self)))

    def __floordiv__(self, other):
        return floor_divide(self, other)

    def __mod__(self, other):
        return remainder(self, other)

    def __pow__(self, other):
        return pow(self, other)

    def __rpow__(self, other):
        return _arithmetic("pow", native("wright.tensor")(other, float32), self)

    def __matmul__(self, other):
        return matmul(self, other)

    def __neg__(self):
        return neg(self)

    def __pos__(self):
        return self

    def __invert__(self):
        return bitwise_not(self)

    def __and__(self, other):
        return _arithmetic("bit_and", self, other)

    def __or__(self, other):
        return _arithmetic("bit_or", self, other)

    def __xor__(self, other):
        return _arithmetic("bit_xor", self, other)

    __rand__ = __and__
    __ror__ = __or__
    __iand__ = __and__
    __ior__ = __or__

    def __eq__(self, other):
        return eq(self, other)

    def __ne__(self, other):
        return ne(self, other)

    def __lt__(self, other):
        return lt(self, other)

    def __le__(self, other):
        return le(self, other)

    def __gt__(self, other):
        return gt(self, other)

    def __ge__(self, other):
        return ge(self, other)

    def to(self, *arguments, dtype=None, device=None, **options):
        for argument in arguments:
            if isinstance(argument, Tensor):
                dtype = _dtype(argument)
            elif native("type")(argument) == native("dtype"):
                dtype = argument
        if dtype is None or dtype == _dtype(self):
            return self
        return native("wright.cast")(self, dtype)

    def type(self, dtype=None):
        if dtype is None:
            return f"torch.{[name for name, of in _LEGACY.items() if of == _dtype(self)][0]}Tensor"
        if isinstance(dtype, str):
            dtype = _LEGACY[dtype.split(".")[-1].removesuffix("Tensor")]
        elif callable(dtype):
            dtype = dtype.dtype
        return self.to(dtype)

    def __new__(cls, *data):
        return FloatTensor(*data)

    def type_as(self, other):
        return self.to(_dtype(other))

    def float(self):
        return self.to(float32)

    def double(self):
        return self.to(float64)

    def half(self):
        return self.to(float16)

    def bfloat16(self):
        return self.to(bfloat16)

    def long(self):
        return self.to(int64)

    def int(self):
        return self.to(int32)

    def bool(self):
        return self.to(native("dtype.bool"))

    def byte(self):
        return self.to(uint8)

    def cpu(self):
        return self

    def cuda(self, *arguments, **options):
        return self

    def detach(self):
        return self

    def contiguous(self, *arguments, **options):
        return self

    def requires_grad_(self, mode=True):
        return self

    def backward(self, *arguments, **options):
        pass

    def retain_grad(self):
        pass

    def clone(self, *arguments, **options):
        return clone(self)

    def item(self):
        number = native("wright.numbers")(flatten(self)[0] if len(_shape(self)) else self)
        if number is None:
            _undecided("`.item()` is an element of a tensor, which only running tells")
        return number

    def tolist(self):
        numbers = native("wright.numbers")(self)
        if numbers is None:
            _undecided("`.tolist()` is the elements of a tensor, which only running tells")
        return numbers

    def numpy(self):
        return self

    def view(self, *shape):
        if len(shape) == 1 and native("type")(shape[0]) == native("dtype"):
            _undecided("a view as another element type is not supported")
        return reshape(self, *shape)

    reshape = view

    def view_as(self, other):
        return reshape(self, _shape(other))

    reshape_as = view_as

    def expand(self, *sizes):
        return native("wright.expand")(self, _lengths(sizes))

    def expand_as(self, other):
        return native("wright.expand")(self, list(_shape(other)))

    def repeat(self, *sizes):
        sizes = _lengths(sizes)
        result = self
        for _ in range(len(sizes) - len(_shape(self))):
            result = unsqueeze(result, 0)
        return native("ir.tile")(result, sizes)

    def masked_fill(self, mask, value):
        return native("ir.select")(_truth(mask), native("wright.cast")(value, _dtype(self)), self)

    def masked_fill_(self, mask, value):
        return _set(self, self.masked_fill(mask, value))

    def fill_(self, value):
        return _set(self, _fresh(_shape(self), value, _dtype(self)))

    def zero_(self):
        return self.fill_(0)

    def copy_(self, source):
        return _set(self, native("wright.expand")(source, list(_shape(self))).to(_dtype(self)))

    def normal_(self, *arguments, **options):
        return native("wright.draw")(self)

    uniform_ = random_ = bernoulli_ = exponential_ = log_normal_ = cauchy_ = normal_

    def new(self, *data):
        return _of_type(_dtype(self))(*data)

    def astype(self, dtype):
        return clone(self.to(dtype))

    def is_contiguous(self, **options):
        _undecided("whether a tensor is contiguous is not known: contiguous() leaves one that is as it is")

    def element_size(self):
        return _dtype(self).itemsize

    def new_zeros(self, *size, dtype=None, device=None):
        return _fresh(_lengths(size), 0, _dtype(self) if dtype is None else dtype)

    def new_ones(self, *size, dtype=None, device=None):
        return _fresh(_lengths(size), 1, _dtype(self) if dtype is None else dtype)

    def new_full(self, size, fill_value, dtype=None, device=None):
        return _fresh(list(size), fill_value, _dtype(self) if dtype is None else dtype)

    def new_empty(self, *size, dtype=None, device=None):
        return _fresh(_lengths(size), "nothing", _dtype(self) if dtype is None else dtype)

    def new_tensor(self, data, dtype=None, device=None):
        return tensor(data, _dtype(self) if dtype is None else dtype)

    def add_(self, other, *, alpha=1):
        return _set(self, add(self, other, alpha=alpha).to(_dtype(self)))

    def sub_(self, other, *, alpha=1):
        return _set(self, sub(self, other, alpha=alpha).to(_dtype(self)))

    def mul_(self, other):
        return _set(self, mul(self, other).to(_dtype(self)))

    def div_(self, other):
        return _set(self, div(self, other).to(_dtype(self)))

    def relu_(self):
        return _set(self, relu(self))

    def clamp_(self, min=None, max=None):
        return _set(self, clamp(self, min, max))

    def sigmoid_(self):
        return _set(self, sigmoid(self))

    def tanh_(self):
        return _set(self, tanh(self))

    def unsqueeze_(self, dim):
        _undecided("`.unsqueeze_()` changes a tensor's shape in place: write x = x.unsqueeze(dim)")

    def scatter_(self, dim, index, src):
        return _set(self, scatter(self, dim, index, src))

    def __lshift__(self, other):
        return self * 2**other

    def __rshift__(self, other):
        return floor_divide(self, 2**other)

    def unfold(self, dimension, size, step):
        axis = _axis(self, dimension)
        count = (_shape(self)[axis] - size) // step + 1
        places = (arange(count).unsqueeze(1) * step + arange(size)).reshape(-1)
        shape = list(_shape(self))
        parts = _reshape(index_select(self, axis, places), shape[:axis] + [count, size] + shape[axis + 1 :])
        return movedim(parts, axis + 1, len(shape))

    abs_ = _in_place(abs)
    addcdiv_ = _in_place(addcdiv)
    addcmul_ = _in_place(addcmul)
    ceil_ = _in_place(ceil)
    clamp_max_ = _in_place(clamp_max)
    clamp_min_ = _in_place(clamp_min)
    clip_ = _in_place(clamp)
    cos_ = _in_place(cos)
    exp_ = _in_place(exp)
    floor_ = _in_place(floor)
    index_add_ = _in_place(index_add)
    index_copy_ = _in_place(index_copy)
    index_fill_ = _in_place(index_fill)
    lerp_ = _in_place(lerp)
    log_ = _in_place(log)
    logical_and_ = _in_place(logical_and)
    logical_or_ = _in_place(logical_or)
    nan_to_num_ = _in_place(nan_to_num)
    neg_ = _in_place(neg)
    pow_ = _in_place(pow)
    reciprocal_ = _in_place(reciprocal)
    round_ = _in_place(round)
    rsqrt_ = _in_place(rsqrt)
    scatter_add_ = _in_place(scatter_add)
    scatter_reduce_ = _in_place(scatter_reduce)
    sin_ = _in_place(sin)
    sqrt_ = _in_place(sqrt)
    square_ = _in_place(square)
    tril_ = _in_place(tril)
    triu_ = _in_place(triu)

    # Methods that are the functions of the same name.
    abs = abs
    add = add
    amax = amax
    amin = amin
    argmax = argmax
    argmin = argmin
    argsort = argsort
    baddbmm = baddbmm
    bmm = bmm
    atan2 = atan2
    chunk = chunk
    clamp = clamp
    clip = clip
    cos = cos
    cumprod = cumprod
    cumsum = cumsum
    div = div
    dot = dot
    einsum = einsum
    eq = eq
    erf = erf
    exp = exp
    expm1 = expm1
    flatten = flatten
    flip = flip
    floor = floor
    floor_divide = floor_divide
    fmod = fmod
    gather = gather
    ge = ge
    gt = gt
    index_select = index_select
    isfinite = isfinite
    isinf = isinf
    isnan = isnan
    le = le
    lerp = lerp
    log = log
    log10 = log10
    log1p = log1p
    log2 = log2
    logical_and = logical_and
    logical_not = logical_not
    logical_or = logical_or
    log_softmax = log_softmax
    logsumexp = logsumexp
    lt = lt
    matmul = matmul
    max = max
    maximum = maximum
    mean = mean
    min = min
    minimum = minimum
    mm = mm
    movedim = movedim
    mul = mul
    multiply = multiply
    narrow = narrow
    ne = ne
    neg = neg
    norm = norm
    permute = permute
    pow = pow
    prod = prod
    reciprocal = reciprocal
    relu = relu
    remainder = remainder
    repeat_interleave = repeat_interleave
    roll = roll
    round = round
    rsqrt = rsqrt
    scatter = scatter
    select = select
    sigmoid = sigmoid
    sign = sign
    sin = sin
    softmax = softmax
    sort = sort
    split = split
    sqrt = sqrt
    square = square
    squeeze = squeeze
    std = std
    sub = sub
    subtract = subtract
    sum = sum
    swapaxes = swapaxes
    t = t
    tan = tan
    tanh = tanh
    tile = tile
    topk = topk
    transpose = transpose
    tril = tril
    triu = triu
    trunc = trunc
    unbind = unbind
    unflatten = unflatten
    unsqueeze = unsqueeze
    var = var

    def where(self, condition, other):
        return where(condition, self, other)

    ceil = ceil
    any = any
    all = all
    sinh = sinh
    cosh = cosh
    divide = divide
    true_divide = true_divide
    ravel = ravel
    swapdims = swapdims
    moveaxis = movedim
    tensor_split = tensor_split
    addmm = addmm
    asin = asin
    acos = acos
    atan = atan
    exp2 = exp2
    not_equal = not_equal
    logical_xor = logical_xor
    outer = outer
    mv = mv
    diag = diag
    diff = diff
    greater = greater
    less = less
    absolute = absolute
    negative = negative
    addcmul = addcmul
    addcdiv = addcdiv
    clamp_max = clamp_max
    clamp_min = clamp_min
    diagonal = diagonal
    fix = trunc
    frac = frac
    index_add = index_add
    index_copy = index_copy
    index_fill = index_fill
    kthvalue = kthvalue
    logaddexp = logaddexp
    logit = logit
    median = median
    nan_to_num = nan_to_num
    scatter_add = scatter_add
    scatter_reduce = scatter_reduce
    sgn = sgn
    trace = trace
    inverse = inverse
    det = det
    index_put = index_put


from ._complex import *
from ._more import *
