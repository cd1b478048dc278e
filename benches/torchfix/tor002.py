import torch

x = torch.zeros(2)
x.require_grad = True
flag = bool(x.sum())
x.require_grad = flag
x.requires_grad = False
require_grad = flag
