import torch

x = torch.rand(5)
a = torch.exp(x) - 1
b = torch.exp(2 * x) - 1.0
c = (torch.exp(x) - 1) * torch.exp(x)
d = -1 + torch.exp(x)
e = torch.exp(x) - 2
f = x.exp() - 1
