"""`torch.nn.functional`."""
import math

import torch
from torch import Tensor, ones, relu as _relu, sigmoid, softmax as _softmax, tanh, zeros
from torch._tensor import _axis, _dtype, _may_equal, _set, _shape

_undecided = native("python.undecided")


def _each(value, count):
    if isinstance(value, (list, tuple)):
        return list(value) if len(value) == count else list(value) * count
    return [value] * count


def _placed(input, result, inplace):
    return _set(input, result) if inplace else result


def _same_types(layer, input, weight):
    """Half precision is left out: autocast brings it in and out."""
    types = [_dtype(input), _dtype(weight)]
    if types[0] != types[1] and torch.float16 not in types and torch.bfloat16 not in types:
        raise RuntimeError(f"{layer} of {types[1]} is given {list(_shape(input))} of {types[0]}")


# Linear maps.


def linear(input, weight, bias=None):
    if len(_shape(weight)) == 1:
        return torch.matmul(input, weight)
    inner = _shape(input)[-1]
    if not _may_equal(inner, _shape(weight)[1]):
        raise RuntimeError(f"a linear layer from {_shape(weight)[1]} to {_shape(weight)[0]} is given {list(_shape(input))}")
    _same_types("a linear layer", input, weight)
    result = torch.matmul(input, torch.permute(weight, [1, 0]))
    return result if bias is None else result + bias


def bilinear(input1, input2, weight, bias=None):
    result = torch.einsum("...i,oij,...j->...o", input1, weight, input2)
    return result if bias is None else result + bias


def embedding(input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False):
    if _dtype(input) not in [torch.int32, torch.int64]:
        raise RuntimeError(f"an embedding, which takes indices, is given {list(_shape(input))} of {_dtype(input)}")
    return native("ir.take")(weight, input, 0)


def one_hot(tensor, num_classes=-1):
    if num_classes < 0:
        _undecided("F.one_hot without num_classes depends on the elements of a tensor")
    return (tensor.unsqueeze(-1) == torch.arange(num_classes)).to(torch.int64)


# Functions of each element.


def relu(input, inplace=False):
    return _placed(input, _relu(input), inplace)


def relu6(input, inplace=False):
    return _placed(input, torch.clamp(input, 0, 6), inplace)


def leaky_relu(input, negative_slope=0.01, inplace=False):
    return _placed(input, native("onnx.LeakyRelu")(input, alpha=negative_slope), inplace)


def prelu(input, weight):
    shape = [1] * len(_shape(input))
    if len(shape) > 1:
        shape[1] = _shape(weight)[0]
        weight = weight.reshape(shape)
    return torch.where(input > 0, input, input * weight)


def elu(input, alpha=1.0, inplace=False):
    return _placed(input, native("onnx.Elu")(input, alpha=float(alpha)), inplace)


def selu(input, inplace=False):
    return _placed(input, native("onnx.Selu")(input), inplace)


def celu(input, alpha=1.0, inplace=False):
    return _placed(input, native("onnx.Celu")(input, alpha=float(alpha)), inplace)


def gelu(input, approximate="none"):
    return native("ir.gelu")(input) if approximate == "none" else native("ir.gelu_tanh")(input)


def silu(input, inplace=False):
    return _placed(input, native("ir.silu")(input), inplace)


swish = silu


def mish(input, inplace=False):
    return _placed(input, native("ir.mish")(input), inplace)


def hardswish(input, inplace=False):
    return _placed(input, native("ir.hardswish")(input), inplace)


def hardsigmoid(input, inplace=False):
    return _placed(input, torch.clamp(input + 3, 0, 6) / 6, inplace)


def hardtanh(input, min_val=-1.0, max_val=1.0, inplace=False):
    return _placed(input, torch.clamp(input, min_val, max_val), inplace)


def logsigmoid(input):
    return -native("ir.softplus")(-input)


def softplus(input, beta=1.0, threshold=20.0):
    if beta == 1:
        return native("ir.softplus")(input)
    return native("ir.softplus")(input * beta) / beta


def threshold(input, threshold, value, inplace=False):
    return _placed(input, torch.where(input > threshold, input, value), inplace)


def hardshrink(input, lambd=0.5):
    return torch.where(torch.abs(input) > lambd, input, 0.0)


def softshrink(input, lambd=0.5):
    return torch.sign(input) * _relu(torch.abs(input) - lambd)


def rrelu(input, lower=1.0 / 8, upper=1.0 / 3, training=False, inplace=False):
    if training and not native("wright.only_shapes")():
        _undecided("F.rrelu with training=True draws at random")
    return leaky_relu(input, (lower + upper) / 2, inplace)


def relu_(input):
    return relu(input, True)


def leaky_relu_(input, negative_slope=0.01):
    return leaky_relu(input, negative_slope, True)


def softsign(input):
    return native("ir.softsign")(input)


def tanhshrink(input):
    return input - tanh(input)


def softmax(input, dim=None, _stacklevel=3, dtype=None):
    return _softmax(input, -1 if dim is None else dim, dtype)


def log_softmax(input, dim=None, _stacklevel=3, dtype=None):
    return torch.log_softmax(input, -1 if dim is None else dim, dtype)


def softmin(input, dim=None, _stacklevel=3, dtype=None):
    return softmax(-input, dim)


def gumbel_softmax(*arguments, **options):
    _undecided("F.gumbel_softmax draws at random")


def glu(input, dim=-1):
    a, b = torch.chunk(input, 2, dim)
    return a * sigmoid(b)


def dropout(input, p=0.5, training=True, inplace=False):
    if training and p > 0 and not native("wright.only_shapes")():
        _undecided("a dropout with training=True, which draws at random: give it training=self.training, or make the module in the constructor")
    return input


def dropout1d(input, p=0.5, training=True, inplace=False):
    return dropout(input, p, training)


dropout2d = dropout3d = feature_dropout = alpha_dropout = dropout1d


# Normalizations.


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    shape = [normalized_shape] if isinstance(normalized_shape, int) else list(normalized_shape)
    last = list(_shape(input))[len(_shape(input)) - len(shape) :]
    if not all(_may_equal(a, b) for a, b in zip(last, shape)):
        raise RuntimeError(f"a normalization of {shape} is given {list(_shape(input))}")
    if weight is None:
        weight = ones(shape)
    return native("onnx.LayerNormalization")(input, weight, bias, axis=-len(shape), epsilon=float(eps))


def rms_norm(input, normalized_shape, weight=None, eps=None):
    if eps is None:
        eps = 1.1920928955078125e-07
    axes = [axis - len(normalized_shape) for axis in range(len(normalized_shape))]
    result = input * torch.rsqrt(torch.mean(torch.square(input), axes, True) + eps)
    return result if weight is None else result * weight


def batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    channels = _shape(input)[1]
    if running_mean is not None and not _may_equal(channels, _shape(running_mean)[0]):
        raise RuntimeError(f"a normalization of {_shape(running_mean)[0]} channels is given {list(_shape(input))}")
    if training or running_mean is None:
        axes = [axis for axis in range(len(_shape(input))) if axis != 1]
        mean = torch.mean(input, axes, True)
        var = torch.mean(torch.square(input - mean), axes, True)
        result = (input - mean) * torch.rsqrt(var + eps)
        shape = [1, channels] + [1] * (len(_shape(input)) - 2)
        if weight is not None:
            result = result * weight.reshape(shape)
        return result if bias is None else result + bias.reshape(shape)
    weight = ones(channels) if weight is None else weight
    bias = zeros(channels) if bias is None else bias
    return native("onnx.BatchNormalization")(input, weight, bias, running_mean, running_var, epsilon=float(eps))


def instance_norm(input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1, eps=1e-5):
    if running_mean is not None:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    channels = _shape(input)[1]
    weight = ones(channels) if weight is None else weight
    bias = zeros(channels) if bias is None else bias
    return native("onnx.InstanceNormalization")(input, weight, bias, epsilon=float(eps))


def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    channels = _shape(input)[1]
    weight = ones(channels) if weight is None else weight
    bias = zeros(channels) if bias is None else bias
    return native("onnx.GroupNormalization")(input, weight, bias, num_groups=num_groups, epsilon=float(eps))


def local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1.0):
    return native("onnx.LRN")(input, size=size, alpha=float(alpha), beta=float(beta), bias=float(k))


def normalize(input, p=2.0, dim=1, eps=1e-12):
    return input / torch.clamp(torch.norm(input, p, dim, True), min=eps)


def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    lengths = torch.clamp(torch.norm(x1, 2, dim, True), min=eps) * torch.clamp(torch.norm(x2, 2, dim, True), min=eps)
    return torch.sum(x1 * x2 / lengths, dim)


def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    return torch.norm(x1 - x2 + eps, p, -1, keepdim)


# Convolutions and poolings.


def _pads(padding, kernel, dilation, axes):
    if padding == "valid":
        return [0] * (2 * axes)
    if padding == "same":
        total = [d * (k - 1) for d, k in zip(dilation, kernel)]
        return [t // 2 for t in total] + [t - t // 2 for t in total]
    padding = _each(padding, axes)
    return padding + padding


def _batched(input, axes):
    return input if len(_shape(input)) == axes + 2 else input.unsqueeze(0)


def _conv(input, weight, bias, stride, padding, dilation, groups, axes):
    whole = _batched(input, axes)
    if len(_shape(whole)) != axes + 2:
        raise RuntimeError(f"a convolution over {axes} axes is given {list(_shape(input))}")
    channels = _shape(weight)[1] * groups
    if not _may_equal(_shape(whole)[1], channels):
        raise RuntimeError(f"a convolution of {channels} channels is given {list(_shape(input))}")
    _same_types("a convolution", input, weight)
    dilation = _each(dilation, axes)
    pads = _pads(padding, list(_shape(weight)[2:]), dilation, axes)
    result = native("onnx.Conv")(whole, weight, bias, strides=_each(stride, axes), pads=pads, dilations=dilation, group=groups)
    return result if len(_shape(input)) == axes + 2 else result.squeeze(0)


def conv1d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    return _conv(input, weight, bias, stride, padding, dilation, groups, 1)


def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    return _conv(input, weight, bias, stride, padding, dilation, groups, 2)


def conv3d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    return _conv(input, weight, bias, stride, padding, dilation, groups, 3)


def _conv_transpose(input, weight, bias, stride, padding, output_padding, groups, dilation, axes):
    padding = _each(padding, axes)
    return native("onnx.ConvTranspose")(
        input,
        weight,
        bias,
        strides=_each(stride, axes),
        pads=padding + padding,
        dilations=_each(dilation, axes),
        output_padding=_each(output_padding, axes),
        group=groups,
    )


def conv_transpose1d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    return _conv_transpose(input, weight, bias, stride, padding, output_padding, groups, dilation, 1)


def conv_transpose2d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    return _conv_transpose(input, weight, bias, stride, padding, output_padding, groups, dilation, 2)


def _without_indices(return_indices):
    if return_indices:
        _undecided("a pooling with return_indices is not supported")


def _max_pool(input, kernel_size, stride, padding, dilation, ceil_mode, axes):
    whole = _batched(input, axes)
    kernel, padding = _each(kernel_size, axes), _each(padding, axes)
    result = native("onnx.MaxPool")(
        whole,
        kernel_shape=kernel,
        strides=kernel if stride is None else _each(stride, axes),
        pads=padding + padding,
        dilations=_each(dilation, axes),
        ceil_mode=ceil_mode,
    )
    return result if len(_shape(input)) == axes + 2 else result.squeeze(0)


def max_pool1d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    _without_indices(return_indices)
    return _max_pool(input, kernel_size, stride, padding, dilation, ceil_mode, 1)


def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    _without_indices(return_indices)
    return _max_pool(input, kernel_size, stride, padding, dilation, ceil_mode, 2)


def _avg_pool(input, kernel_size, stride, padding, ceil_mode, count_include_pad, axes):
    whole = _batched(input, axes)
    kernel, padding = _each(kernel_size, axes), _each(padding, axes)
    result = native("onnx.AveragePool")(
        whole,
        kernel_shape=kernel,
        strides=kernel if stride is None else _each(stride, axes),
        pads=padding + padding,
        ceil_mode=ceil_mode,
        count_include_pad=count_include_pad,
    )
    return result if len(_shape(input)) == axes + 2 else result.squeeze(0)


def avg_pool1d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    return _avg_pool(input, kernel_size, stride, padding, ceil_mode, count_include_pad, 1)


def avg_pool2d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
    if divisor_override is None:
        return _avg_pool(input, kernel_size, stride, padding, ceil_mode, count_include_pad, 2)
    if ceil_mode:
        _undecided("an average pooling with ceil_mode and divisor_override is not supported")
    return _avg_pool(input, kernel_size, stride, padding, False, True, 2) * (math.prod(_each(kernel_size, 2)) / divisor_override)


def _adaptive_pool(input, output_size, axes, is_max):
    shape = list(_shape(input))
    first = len(shape) - axes
    sizes = [shape[first + i] if size is None else size for i, size in enumerate(_each(output_size, axes))]
    reduced = torch.amax if is_max else torch.mean
    if all(size == 1 for size in sizes):
        return reduced(input, [first + i for i in range(axes)], True)
    kernel = []
    for i, size in enumerate(sizes):
        length = shape[first + i]
        if not isinstance(length, int) or length % size != 0:
            kernel = None
            break
        kernel.append(length // size)
    if kernel is not None and all(k == 1 for k in kernel):
        return torch.clone(input)
    if kernel is not None:
        pool = _max_pool if is_max else _avg_pool
        return pool(input, kernel, kernel, 0, *([1, False] if is_max else [False, True]), axes)
    for i, size in enumerate(sizes):
        axis, length = first + i, shape[first + i]
        parts = []
        for k in range(size):
            start, stop = k * length // size, -((-(k + 1) * length) // size)
            parts.append(reduced(torch.narrow(input, axis, start, stop - start), axis, True))
        input = torch.cat(parts, axis)
    return input


def adaptive_avg_pool1d(input, output_size):
    return _adaptive_pool(input, output_size, 1, False)


def adaptive_avg_pool2d(input, output_size):
    return _adaptive_pool(input, output_size, 2, False)


def adaptive_max_pool1d(input, output_size, return_indices=False):
    _without_indices(return_indices)
    return _adaptive_pool(input, output_size, 1, True)


def adaptive_max_pool2d(input, output_size, return_indices=False):
    _without_indices(return_indices)
    return _adaptive_pool(input, output_size, 2, True)


def pad(input, pad, mode="constant", value=None):
    rank, count = len(_shape(input)), len(pad) // 2
    before, behind = [0] * rank, [0] * rank
    for i in range(count):
        before[rank - 1 - i] = pad[2 * i]
        behind[rank - 1 - i] = pad[2 * i + 1]
    for axis in range(rank):
        if before[axis] < 0 or behind[axis] < 0:
            start = -before[axis] if before[axis] < 0 else 0
            stop = _shape(input)[axis] + (behind[axis] if behind[axis] < 0 else 0)
            input = torch.narrow(input, axis, start, stop - start)
            before[axis] = 0 if before[axis] < 0 else before[axis]
            behind[axis] = 0 if behind[axis] < 0 else behind[axis]
    modes = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    if mode == "constant":
        return native("onnx.Pad")(input, before + behind, 0.0 if value is None else value, mode="constant")
    return native("onnx.Pad")(input, before + behind, mode=modes[mode])


def interpolate(input, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None, antialias=False):
    if antialias:
        _undecided("an interpolation with antialias is not supported")
    shape = list(_shape(input))
    axes = len(shape) - 2
    if mode == "area":
        return _adaptive_pool(input, size if size is not None else [int(n * f) for n, f in zip(shape[2:], _each(scale_factor, axes))], axes, False)
    linear = {"linear": "linear", "bilinear": "linear", "trilinear": "linear"}
    how = {"nearest": "nearest", "nearest-exact": "nearest", "bicubic": "cubic", **linear}
    if mode not in how:
        _undecided(f"an interpolation of mode {mode} is not supported")
    if mode == "nearest":
        where, rounding = "asymmetric", "floor"
    elif mode == "nearest-exact":
        where, rounding = "half_pixel", "round_prefer_ceil"
    else:
        where, rounding = ("align_corners" if align_corners else "half_pixel"), "floor"
    scales = None
    if size is not None:
        sizes = shape[:2] + _each(size, axes)
    else:
        factors = _each(scale_factor, axes)
        if all(float(f) == int(f) for f in factors):
            sizes = shape[:2] + [length * int(f) for length, f in zip(shape[2:], factors)]
        elif recompute_scale_factor or align_corners:
            sizes = shape[:2] + [int(math.floor(length * f)) for length, f in zip(shape[2:], factors)]
        else:
            # Where the elements lie is then by the factor, not by the lengths that it comes to.
            sizes, scales = None, torch.tensor([1.0, 1.0, *map(float, factors)])
    return native("onnx.Resize")(
        input,
        None,
        scales,
        sizes,
        mode=how[mode],
        coordinate_transformation_mode=where,
        nearest_mode=rounding,
        cubic_coeff_a=-0.75,
    )


upsample = interpolate


def pixel_shuffle(input, upscale_factor):
    return native("onnx.DepthToSpace")(input, blocksize=upscale_factor, mode="CRD")


def channel_shuffle(input, groups):
    n, c, h, w = _shape(input)
    return input.reshape(n, groups, c // groups, h, w).transpose(1, 2).reshape(n, c, h, w)


def pixel_unshuffle(input, downscale_factor):
    n, c, h, w = _shape(input)
    r = downscale_factor
    parts = input.reshape(n, c, h // r, r, w // r, r).permute(0, 1, 3, 5, 2, 4)
    return parts.reshape(n, c * r * r, h // r, w // r)


def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    (rows, columns), (down, across), steps = _each(kernel_size, 2), _each(dilation, 2), _each(stride, 2)
    above, beside = _each(padding, 2)
    whole = pad(_batched(input, 2), (beside, beside, above, above))
    batch, channels, height, width = _shape(whole)
    high = (height - down * (rows - 1) - 1) // steps[0] + 1
    wide = (width - across * (columns - 1) - 1) // steps[1] + 1
    parts = []
    for i in range(rows):
        for j in range(columns):
            top, left = i * down, j * across
            part = whole[:, :, top : top + steps[0] * (high - 1) + 1 : steps[0], left : left + steps[1] * (wide - 1) + 1 : steps[1]]
            parts.append(part.reshape(batch, channels, 1, high * wide))
    result = torch.cat(parts, 2).reshape(batch, channels * rows * columns, high * wide)
    return result if len(_shape(input)) == 4 else result.squeeze(0)


def grid_sample(input, grid, mode="bilinear", padding_mode="zeros", align_corners=None):
    return native("onnx.GridSample")(input, grid, mode="linear" if mode == "bilinear" else mode, padding_mode=padding_mode, align_corners=bool(align_corners))


# Attention.


def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False):
    if scale is None:
        scale = 1 / math.sqrt(_shape(query)[-1])
    if enable_gqa and _shape(query)[-3] != _shape(key)[-3]:
        times = _shape(query)[-3] // _shape(key)[-3]
        key, value = torch.repeat_interleave(key, times, -3), torch.repeat_interleave(value, times, -3)
    if is_causal:
        return native("ir.attention_causal")(query, key, value, scale)
    if attn_mask is not None:
        shape = list(_shape(query))[:-1] + [_shape(key)[-2]]
        return native("ir.attention_masked")(query, key, value, native("wright.expand")(attn_mask, shape), scale)
    return native("ir.attention")(query, key, value, scale)


# Losses, which a model that returns one beside its result computes.


def _over(values, reduction):
    if reduction == "none":
        return values
    return values.sum() if reduction == "sum" else values.mean()


def mse_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    return _over(torch.square(input - target), reduction)


def l1_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    return _over(torch.abs(input - target), reduction)


def smooth_l1_loss(input, target, reduction="mean", beta=1.0):
    away = torch.abs(input - target)
    return _over(torch.where(away < beta, 0.5 * away * away / beta, away - 0.5 * beta), reduction)


def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean", **options):
    if weight is not None:
        _undecided("a loss with weights of classes is not supported")
    axis = 1 if len(_shape(input)) > 1 else 0
    wanted = [length for i, length in enumerate(_shape(input)) if i != axis]
    given = list(_shape(target))
    if len(given) != len(wanted) or not all(_may_equal(a, b) for a, b in zip(wanted, given)):
        raise ValueError(f"a loss of {list(_shape(input))} takes the classes of {wanted} and is given {given}")
    if _dtype(target) not in [torch.int64, torch.uint8]:
        raise RuntimeError(f"a loss takes the classes as torch.int64 and is given {given} of {_dtype(target)}")
    seen = target != ignore_index
    picked = torch.gather(input, axis, torch.where(seen, target, torch.zeros_like(target)).unsqueeze(axis)).squeeze(axis)
    values = torch.where(seen, -picked, torch.zeros_like(picked))
    if reduction == "mean":
        return values.sum() / seen.to(_dtype(input)).sum()
    return _over(values, reduction)


def huber_loss(input, target, reduction="mean", weight=None, delta=1.0):
    if weight is not None:
        _undecided("a loss with weights is not supported")
    away = torch.abs(input - target)
    return _over(torch.where(away < delta, 0.5 * away * away, delta * (away - 0.5 * delta)), reduction)


def triplet_margin_loss(anchor, positive, negative, margin=1.0, p=2, eps=1e-6, swap=False, size_average=None, reduce=None, reduction="mean"):
    near, far = pairwise_distance(anchor, positive, p, eps), pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = torch.minimum(far, pairwise_distance(positive, negative, p, eps))
    return _over(torch.clamp(margin + near - far, min=0), reduction)


def cross_entropy(input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean", label_smoothing=0.0):
    if label_smoothing != 0:
        _undecided("a loss with label smoothing is not supported")
    axis = 1 if len(_shape(input)) > 1 else 0
    if len(_shape(target)) == len(_shape(input)) and list(_shape(target)) == list(_shape(input)):
        if not _dtype(target).is_floating_point:
            raise RuntimeError(f"a loss takes probabilities of classes as numbers and is given {list(_shape(target))} of {_dtype(target)}")
        return _over(-(target * torch.log_softmax(input, axis)).sum(axis), reduction)
    return nll_loss(torch.log_softmax(input, axis), target, weight, ignore_index, reduction)


def _binary(input, target):
    given, wanted = list(_shape(target)), list(_shape(input))
    if len(given) != len(wanted) or not all(_may_equal(a, b) for a, b in zip(wanted, given)):
        raise ValueError(f"a loss of {wanted} takes as many targets and is given {given}")
    if _dtype(input).is_floating_point and not _dtype(target).is_floating_point:
        raise RuntimeError(f"a loss of {_dtype(input)} takes targets of the same type and is given {given} of {_dtype(target)}")


def binary_cross_entropy(input, target, weight=None, size_average=None, reduce=None, reduction="mean"):
    _binary(input, target)
    held = torch.clamp(torch.log(input), min=-100.0)
    other = torch.clamp(torch.log(1 - input), min=-100.0)
    return _over(-(target * held + (1 - target) * other), reduction)


def binary_cross_entropy_with_logits(input, target, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None):
    if pos_weight is not None:
        _undecided("a loss with pos_weight is not supported")
    _binary(input, target)
    return _over(torch.clamp(input, min=0) - input * target + native("ir.softplus")(-torch.abs(input)), reduction)


def kl_div(input, target, size_average=None, reduce=None, reduction="mean", log_target=False):
    values = torch.exp(target) * (target - input) if log_target else torch.where(target > 0, target * (torch.log(target) - input), 0.0 * input)
    return values.sum() / _shape(input)[0] if reduction == "batchmean" else _over(values, reduction)
