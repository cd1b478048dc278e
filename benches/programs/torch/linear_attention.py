"""Kernelized (linear) attention, written with the matrix of all pairs of positions."""

import torch


def linear_attention(q, k, v, w_out):
    phi_q = torch.relu(q) + 1e-3
    phi_k = torch.relu(k) + 1e-3
    scores = phi_q @ phi_k.transpose(-2, -1)
    context = scores @ v
    normalizer = phi_q @ phi_k.sum(dim=0)
    attended = context / normalizer.unsqueeze(-1)
    return attended @ w_out


def example(torch):
    return torch.randn(2048, 64), torch.randn(2048, 64), torch.randn(2048, 64), torch.randn(64, 64)
