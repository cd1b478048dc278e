"""Convolutions and poolings."""
from torch import empty, zeros

from . import functional as F
from .module import Module, Parameter


def _each(value, count):
    return (value,) * count if isinstance(value, int) else tuple(value)


class _Conv(Module):
    axes = 2

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        if in_channels % groups != 0 or out_channels % groups != 0:
            raise ValueError("the channels are not divisible by the groups")
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = _each(kernel_size, self.axes)
        self.stride = _each(stride, self.axes)
        self.padding = padding if isinstance(padding, str) else _each(padding, self.axes)
        self.dilation = _each(dilation, self.axes)
        self.groups = groups
        self.padding_mode = padding_mode
        self.weight = Parameter(empty(out_channels, in_channels // groups, *self.kernel_size, dtype=dtype))
        self.bias = Parameter(empty(out_channels, dtype=dtype)) if bias else None

    def forward(self, input):
        return self._conv_forward(input, self.weight, self.bias)

    def _conv_forward(self, input, weight, bias):
        padding = self.padding
        if self.padding_mode != "zeros":
            if isinstance(padding, str):
                native("python.undecided")("a convolution with padding by name and a padding_mode is not supported")
            around = []
            for each in reversed(padding):
                around += [each, each]
            input = F.pad(input, around, self.padding_mode)
            padding = 0
        return F._conv(input, weight, bias, self.stride, padding, self.dilation, self.groups, self.axes)


class Conv1d(_Conv):
    axes = 1


class Conv2d(_Conv):
    axes = 2


class Conv3d(_Conv):
    axes = 3


class _ConvTranspose(Module):
    axes = 2

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        self.kernel_size = _each(kernel_size, self.axes)
        self.stride = _each(stride, self.axes)
        self.padding = _each(padding, self.axes)
        self.output_padding = _each(output_padding, self.axes)
        self.dilation = _each(dilation, self.axes)
        self.groups = groups
        self.weight = Parameter(empty(in_channels, out_channels // groups, *self.kernel_size, dtype=dtype))
        self.bias = Parameter(empty(out_channels, dtype=dtype)) if bias else None

    def forward(self, input, output_size=None):
        if output_size is not None:
            native("python.undecided")("output_size of a transposed convolution is not supported: give output_padding")
        return F._conv_transpose(
            input, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation, self.axes
        )


class ConvTranspose1d(_ConvTranspose):
    axes = 1


class ConvTranspose2d(_ConvTranspose):
    axes = 2


class ConvTranspose3d(_ConvTranspose):
    axes = 3


class MaxPool2d(Module):
    axes = 2

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False):
        if return_indices:
            native("python.undecided")("a pooling that returns indices is not supported")
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.ceil_mode = ceil_mode

    def forward(self, input):
        return F._max_pool(input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.axes)


class MaxPool1d(MaxPool2d):
    axes = 1


class MaxPool3d(MaxPool2d):
    axes = 3


class AvgPool2d(Module):
    axes = 2

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input):
        return F._avg_pool(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad, self.axes)


class AvgPool1d(AvgPool2d):
    axes = 1


class AvgPool3d(AvgPool2d):
    axes = 3


class AdaptiveAvgPool2d(Module):
    axes = 2

    def __init__(self, output_size):
        self.output_size = output_size

    def forward(self, input):
        return F._adaptive_pool(input, self.output_size, self.axes, False)


class AdaptiveAvgPool1d(AdaptiveAvgPool2d):
    axes = 1


class AdaptiveAvgPool3d(AdaptiveAvgPool2d):
    axes = 3


class AdaptiveMaxPool2d(Module):
    axes = 2

    def __init__(self, output_size, return_indices=False):
        self.output_size = output_size

    def forward(self, input):
        return F._adaptive_pool(input, self.output_size, self.axes, True)


class AdaptiveMaxPool1d(AdaptiveMaxPool2d):
    axes = 1
