"""A linear layer with a low-rank update, written with the product of the factors."""

import torch


def lora_forward(x, weight, down, up, scale):
    base = x @ weight.T
    update = x @ (down.T @ up.T)
    hidden = base + scale * update
    activated = hidden * torch.sigmoid(hidden)
    norm = torch.sqrt(torch.mean(activated * activated, dim=-1, keepdim=True) + 1e-6)
    return activated / norm


def example(torch):
    return torch.randn(64, 768), torch.randn(768, 768), torch.randn(8, 768), torch.randn(768, 8), 2.0
