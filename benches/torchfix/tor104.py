import torch
from torch.utils.data import _utils

a = _utils.collate.default_collate([1, 2])
b = torch.utils.data._utils.collate.default_convert([1, 2])
