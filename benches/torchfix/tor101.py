import functorch
import torch
import torch as th
from torch import nn
from torch.backends import cuda
from torch.utils import _pytree

A = torch.randn(3, 3)
lower = torch.cholesky(A @ A.T)
upper = th.cholesky(A @ A.T, upper=True)
q, r = torch.qr(A)
q, r = torch.qr(A, some=False)
product = torch.chain_matmul(A, A, A)
outer = torch.ger(A[0], A[1])
length = torch.norm(A)
lengths = torch.norm(A, p=1, dim=1, keepdim=True)
odd = torch.norm(A, p="nuc")
count = torch.range(0, 9)
back = torch.range(5, 1, step=-1)
u, s, v = torch.svd(A)
x = torch.triangular_solve(A, A)
x, _ = torch.triangular_solve(A, A, upper=False)
factors = torch.lu(A)
x = torch.lu_solve(A, *factors)
up = nn.UpsamplingNearest2d(scale_factor=2)
up = torch.nn.UpsamplingBilinear2d(scale_factor=2)
layer = nn.utils.weight_norm(nn.Linear(2, 3))
torch.testing.assert_allclose(A, A)
_pytree._register_pytree_node(tuple, None, None)
mapped = functorch.vmap(torch.sin)(A)
with cuda.sdp_kernel(enable_flash=True, enable_math=False, enable_mem_efficient=False):
    pass
with torch.backends.cuda.sdp_kernel(enable_flash=count.any()):
    pass
