"""`torch.nn.modules`: the same as `torch.nn`."""
from torch.nn import *
