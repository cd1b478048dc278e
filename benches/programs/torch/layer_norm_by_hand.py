"""A pre-norm feed-forward block with its layer norm and GELU spelled out."""

import math

import torch


def layer_norm_by_hand(x, gain, bias, w1, w2):
    mean = x.mean(dim=-1, keepdim=True)
    centered = x - mean
    variance = torch.mean(centered * centered, dim=-1, keepdim=True)
    normalized = centered / torch.sqrt(variance + 1e-5)
    scaled = normalized * gain + bias
    hidden = scaled @ w1
    cube = hidden * hidden * hidden
    inner = math.sqrt(2.0 / math.pi) * (hidden + 0.044715 * cube)
    activated = 0.5 * hidden * (1.0 + torch.tanh(inner))
    return x + activated @ w2


def example(torch):
    return torch.randn(128, 256), torch.randn(256), torch.randn(256), torch.randn(256, 1024) * 0.05, torch.randn(1024, 256) * 0.05
