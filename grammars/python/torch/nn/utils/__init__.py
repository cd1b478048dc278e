"""`torch.nn.utils`."""
import torch

from ..module import Module, Parameter


def clip_grad_norm_(*arguments, **options):
    pass


clip_grad_value_ = clip_grad_norm_


def _computed_by(module, compute):
    module._computed = (*module._computed, compute)
    compute(module)
    return module


def _scale_shape(weight, dim):
    return [weight.shape[axis] if axis == dim else 1 for axis in range(weight.dim())]


def _scaled(v, g, dim):
    """What weight normalization makes of a direction and a length."""
    axes = None if dim is None or dim == -1 else [axis for axis in range(v.dim()) if axis != dim]
    return v * (g / torch.norm(v, 2, axes, True).reshape(g.shape))


def weight_norm(module, name="weight", dim=0):
    weight = getattr(module, name)
    shape = [] if dim is None or dim == -1 else _scale_shape(weight, dim)
    delattr(module, name)
    module.register_parameter(name + "_g", Parameter(torch.empty(shape)))
    module.register_parameter(name + "_v", Parameter(torch.empty(weight.shape)))

    def compute(module):
        v, g = getattr(module, name + "_v"), getattr(module, name + "_g")
        setattr(module, name, _scaled(v, g, dim))

    return _computed_by(module, compute)


def remove_weight_norm(module, name="weight"):
    shape = getattr(module, name + "_v").shape
    delattr(module, name + "_g")
    delattr(module, name + "_v")
    module._computed = ()
    setattr(module, name, Parameter(torch.empty(shape)))
    return module


def _spectral(weight, u, v, dim):
    """What spectral normalization makes of a weight when it is not trained."""
    axes = [dim] + [axis for axis in range(weight.dim()) if axis != dim]
    rows = weight.permute(axes).reshape(weight.shape[dim], -1)
    return weight / torch.dot(u, torch.mv(rows, v))


def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    if dim is None:
        dim = 1 if type(module).__name__.startswith("ConvTranspose") else 0
    weight = getattr(module, name)
    delattr(module, name)
    module.register_parameter(name + "_orig", Parameter(torch.empty(weight.shape)))
    module.register_buffer(name + "_u", torch.empty(weight.shape[dim]))
    module.register_buffer(name + "_v", torch.empty(weight.numel() // weight.shape[dim]))

    def compute(module):
        parts = [getattr(module, name + suffix) for suffix in ("_orig", "_u", "_v")]
        setattr(module, name, native("wright.role")(torch.empty(weight.shape), True, False) if module.training else _spectral(*parts, dim))

    return _computed_by(module, compute)
