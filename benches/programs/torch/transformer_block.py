"""The feed-forward half of a transformer block with its normalization written out."""

import math

import torch


def gelu(x):
    return 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0))))


def transformer_block(x, weight, bias, w_in, b_in, w_out, b_out):
    mean = x.mean(-1, keepdim=True)
    var = (x - mean).pow(2).mean(-1, keepdim=True)
    normed = weight * ((x - mean) / torch.sqrt(var + 1e-5)) + bias
    hidden = gelu(normed @ w_in + b_in)
    return x + hidden @ w_out + b_out


def example(torch):
    d, h = 128, 512
    return (
        torch.randn(1024, d),
        torch.randn(d),
        torch.randn(d),
        torch.randn(d, h) * 0.05,
        torch.randn(h),
        torch.randn(h, d) * 0.05,
        torch.randn(d),
    )
