import torch
import torch.utils.checkpoint
from torch.utils.checkpoint import checkpoint


def f(block, x):
    y = checkpoint(block, x)
    z = torch.utils.checkpoint.checkpoint(block, y)
    return checkpoint(block, z, use_reentrant=True)
