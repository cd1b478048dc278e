"""Complex numbers: a pair of tensors, as rotary embeddings and transforms that are written out have them."""
from ._more import hypot
from ._tensor import _shape, atan2, cos, sin, stack, unbind

complex64 = cfloat = "complex64"


def _each(name):
    def method(self, *arguments, **options):
        return Complex(getattr(self.real, name)(*arguments, **options), getattr(self.imag, name)(*arguments, **options))

    return method


class Complex:
    """A tensor of complex numbers."""

    dtype = complex64
    device = "cpu"
    shape = property(lambda self: self.real.shape)
    ndim = property(lambda self: self.real.ndim)
    T = property(lambda self: Complex(self.real.T, self.imag.T))

    def __init__(self, real, imag):
        self.real = real
        self.imag = imag

    def size(self, dim=None):
        return self.real.size(dim)

    def dim(self):
        return self.real.dim()

    def numel(self):
        return self.real.numel()

    def is_complex(self):
        return True

    def __len__(self):
        return len(self.real)

    def _same(self, *arguments, **options):
        return self

    to = cpu = cuda = detach = contiguous = _same
    view, reshape, flatten, expand, repeat = [_each(name) for name in ("view", "reshape", "flatten", "expand", "repeat")]
    unsqueeze, squeeze, clone, unflatten = [_each(name) for name in ("unsqueeze", "squeeze", "clone", "unflatten")]
    transpose, permute, __getitem__, __neg__ = [_each(name) for name in ("transpose", "permute", "__getitem__", "__neg__")]

    def conj(self):
        return Complex(self.real, -self.imag)

    def abs(self):
        return hypot(self.real, self.imag)

    def angle(self):
        return atan2(self.imag, self.real)

    def __add__(self, other):
        if isinstance(other, Complex):
            return Complex(self.real + other.real, self.imag + other.imag)
        return Complex(self.real + other, self.imag)

    def __sub__(self, other):
        return self + -other

    def __mul__(self, other):
        if isinstance(other, Complex):
            return Complex(self.real * other.real - self.imag * other.imag, self.real * other.imag + self.imag * other.real)
        return Complex(self.real * other, self.imag * other)

    __radd__ = __add__
    __rmul__ = __mul__


def complex(real, imag):
    return Complex(real, imag)


def polar(abs, angle):
    return Complex(abs * cos(angle), abs * sin(angle))


def view_as_complex(input):
    if _shape(input)[-1] != 2:
        raise RuntimeError(f"pairs make complex numbers, and it is given {list(_shape(input))}")
    return Complex(*unbind(input, -1))


def view_as_real(input):
    return stack([input.real, input.imag], -1)


def real(input):
    return input.real if isinstance(input, Complex) else input


def imag(input):
    return input.imag


def conj(input):
    return input.conj() if isinstance(input, Complex) else input


def angle(input):
    return input.angle()


def is_complex(input):
    return isinstance(input, Complex)
