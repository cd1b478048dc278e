import torch
from torch.library import Library

library = Library("aten", "IMPL")


def test_it():
    own = torch.library.Library("own", "DEF")
    return own
