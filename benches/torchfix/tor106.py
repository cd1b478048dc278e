import torch

x = torch.rand(5)
a = torch.log(1 + x)
b = torch.log(x + 1)
c = torch.log(1.0 + x * 2)
d = torch.log(x**2 + 1.0)
e = torch.log(2 + x)
f = (x + 1).log()
