"""What programs of other people do with modules and tensors: weights that are computed, hooks, complex numbers, changes in place."""

import functools
import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.autograd import Variable
from torch.nn.utils import spectral_norm, weight_norm
from torch.nn.utils.parametrizations import weight_norm as parametrized


class Normed(nn.Module):
    """Weights by their direction and length, or divided by their largest singular value."""

    def __init__(self, width=6):
        super().__init__()
        self.first = weight_norm(nn.Conv1d(3, width, 2, padding=1))
        self.second = parametrized(nn.Linear(width, width))
        self.third = spectral_norm(nn.Linear(width, 4))
        self.first.weight.data.normal_(0, 0.01)

    def forward(self, x):
        x = F.relu(self.first(x)).transpose(1, 2)
        return self.third(torch.tanh(self.second(x)))


def doubled(forward):
    @functools.wraps(forward)
    def wrapper(self, *arguments, **options):
        return 2 * forward(self, *arguments, **options)

    return wrapper


class Rotary(nn.Module):
    """Pairs of features as complex numbers, turned by their place."""

    def __init__(self, width=8, longest=16):
        super().__init__()
        frequencies = 1.0 / 10000 ** (torch.arange(0, width, 2)[: width // 2].float() / width)
        angles = torch.outer(torch.arange(longest).float(), frequencies)
        self.turns = torch.polar(torch.ones_like(angles), angles)

    @doubled
    def forward(self, x):
        pairs = torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2))
        turns = self.turns[: x.shape[1]].view(1, x.shape[1], 1, -1)
        return torch.view_as_real(pairs * turns).flatten(3).type_as(x), pairs.abs()


class Configured(nn.Module):
    """What a constructor leaves beside its weights: statistics' epsilon, buffers, a hook, tensors that no file has."""

    def __init__(self, **options):
        super().__init__()
        self.__dict__.update(options)
        self.norm = nn.BatchNorm2d(3)
        self.conv = nn.Conv2d(3, 4, 3)
        self.apply(self.prepared)
        offset = torch.zeros(4, 1, 1)
        self.register_buffer("offset", offset, persistent=False)
        offset += 2
        self.scale = torch.empty(4, 1, 1)
        nn.init.constant_(self.scale, 3.0)
        self.conv.register_forward_hook(lambda module, given, result: result * self.gain)
        self.was_training = 1 if self.training else 0
        self.extra = nn.Parameter(torch.empty(size=(4, 1, 1)))

    @property
    def gain(self):
        return self._gain

    @gain.setter
    def gain(self, value):
        self._gain = value / 2

    def prepared(self, module):
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 0.5
        elif isinstance(module, nn.Conv2d):
            module.bias.data.fill_(0.01)
            self.gain = 5

    def forward(self, x):
        x = self.conv(self.norm(Variable(x))) * self.scale + self.offset
        return x + self.was_training * self._modules["conv"].bias.view(1, -1, 1, 1) + self.extra


class Copies(nn.Module):
    """Changes in place of what is a copy leave the tensor as it was."""

    def forward(self, x):
        changed = [torch.cat([x], 1), x**1, torch.roll(x, 0, 1), F.adaptive_avg_pool2d(x, x.shape[-2:]), x.new_tensor(x.shape) + 0 * x[..., :1, :1].sum()]
        for each in changed:
            each += 1
        noise = torch.zeros(3, 1, 1).fill_(2.0).pow_(2)
        return sum(each.sum() for each in changed) * x, noise * x


class Picked(nn.Module):
    """Indices of several axes, grids, patches, sizes by a factor."""

    def forward(self, x):
        rows, columns = torch.tensor([0, 2]), torch.tensor([1, 3])
        xs, ys = torch.meshgrid(torch.arange(3.0), torch.arange(4.0), indexing="xy")
        between = x[:, rows, columns]
        apart = x[torch.tensor([0, 1]), :, columns]
        chosen = x[:, torch.tensor([True, False, True])]
        wide = F.interpolate(x.unsqueeze(1), scale_factor=1.7, mode="bilinear")
        patches = F.unfold(x.unsqueeze(1), 2, padding=1, stride=2)
        added = torch.zeros(5, 4).index_add(0, torch.tensor([0, 4, 0]), x[0]) + torch.zeros(1).index_fill(0, torch.tensor([0]), math.pi)
        return between, apart, chosen, wide, patches, added, xs - 2 * ys, F.avg_pool2d(x, 2, divisor_override=3), x.norm(float("-inf"), dim=1)
