from functorch import grad, vmap
from torch import (
    cholesky,
    norm,
    randn,
)
from torch.backends.cuda import sdp_kernel
from torch.nn.utils import weight_norm

A = cholesky(randn(3, 3))
n = norm(A)
