"""`torch.nn.init`: what a parameter begins with is of no account, for the file of weights has its elements; other tensors are set."""
import math

import torch


def constant_(tensor, val):
    return tensor.fill_(val)


def zeros_(tensor):
    return tensor.fill_(0.0)


def ones_(tensor):
    return tensor.fill_(1.0)


def eye_(tensor):
    return tensor.copy_(torch.eye(*tensor.shape))


def _drawn(tensor, *arguments, **options):
    return native("wright.draw")(tensor)


uniform_ = normal_ = trunc_normal_ = dirac_ = _drawn
xavier_uniform_ = xavier_normal_ = kaiming_uniform_ = kaiming_normal_ = orthogonal_ = sparse_ = _drawn
xavier_uniform = xavier_normal = kaiming_uniform = kaiming_normal = uniform = normal = orthogonal = _drawn
constant = constant_


def calculate_gain(nonlinearity, param=None):
    if nonlinearity == "tanh":
        return 5.0 / 3
    if nonlinearity == "relu":
        return math.sqrt(2.0)
    if nonlinearity == "leaky_relu":
        return math.sqrt(2.0 / (1 + (0.01 if param is None else param) ** 2))
    return 3.0 / 4 if nonlinearity == "selu" else 1.0


def _calculate_fan_in_and_fan_out(tensor):
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def _calculate_correct_fan(tensor, mode):
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return fan_in if mode == "fan_in" else fan_out


def _no_grad_trunc_normal_(tensor, *arguments, **options):
    return _drawn(tensor)
