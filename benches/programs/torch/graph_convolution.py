"""Two graph convolutions with a low-dimensional output, as papers write them."""

import torch


def graph_convolution(adjacency: torch.Tensor, features: torch.Tensor, w1: torch.Tensor, w2: torch.Tensor):
    degree = torch.sum(adjacency, dim=1)
    scale = torch.rsqrt(degree + 1e-9)
    normalized = torch.diag(scale) @ adjacency @ torch.diag(scale)
    hidden = torch.relu(normalized @ features @ w1)
    scores = normalized @ hidden @ w2
    log_probs = torch.log(torch.softmax(scores, dim=-1))
    return log_probs


def example(torch):
    A = torch.rand(700, 700)
    return A + A.T, torch.randn(700, 300), torch.randn(300, 64), torch.randn(64, 7)
