import pickle

import torch

a = torch.load("a.pt")
b = torch.load("b.pt", "cpu", pickle)
c = torch.load("c.pt", map_location="cpu")
d = torch.load("d.pt", weights_only=True)
e = torch.load("e.pt", weights_only=False)
