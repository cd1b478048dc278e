import torch
from torch import symeig as eigen

A = torch.randn(3, 3)
B = torch.randn(3, 1)
x = torch.solve(B, A).solution
pair = torch.solve(B, A)
values, vectors = torch.symeig(A, eigenvectors=True)
alone, _ = eigen(A)
rank = torch.matrix_rank(A)
least = torch.lstsq(B, A)
