"""`torch.nn.utils.parametrizations`: the state stands under `parametrizations`."""
import torch

from ..module import Module, Parameter
from . import _computed_by, _scale_shape, _scaled


def _state(module, name):
    if "parametrizations" not in module._modules:
        module.parametrizations = Module()
    state = Module()
    setattr(module.parametrizations, name, state)
    return state


def weight_norm(module, name="weight", dim=0):
    weight = getattr(module, name)
    delattr(module, name)
    state = _state(module, name)
    state.original0 = Parameter(torch.empty([] if dim is None or dim == -1 else _scale_shape(weight, dim)))
    state.original1 = Parameter(torch.empty(weight.shape))

    def compute(module):
        state = getattr(module.parametrizations, name)
        setattr(module, name, _scaled(state.original1, state.original0, dim))

    return _computed_by(module, compute)


def spectral_norm(module, *arguments, **options):
    native("python.undecided")("spectral_norm of torch.nn.utils.parametrizations is not supported: that of torch.nn.utils is")


def orthogonal(module, *arguments, **options):
    native("python.undecided")("orthogonal parametrization is not supported: remove it with remove_parametrizations and save the weights again")
