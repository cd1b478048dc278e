import torch

x = torch.rand(5, 5)
a = torch.log(torch.sum(torch.exp(x), 1, keepdim=True))
b = torch.log(torch.sum(torch.exp(x + 2.5), dim=1))
c = torch.log(torch.sum(torch.exp(x)))
d = torch.log(torch.sum(torch.exp(x), None, keepdim=True))
