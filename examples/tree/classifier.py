"""A loss by hand."""

import torch


def loss(logits: torch.Tensor, target: torch.Tensor):
    log_probs = torch.log(torch.softmax(logits, dim=-1))
    return -(target * log_probs).sum(dim=-1).mean()


def adapt(x, weight, down, up):
    assert x.ndim == 2 and weight.ndim == 2 and down.ndim == 2 and up.ndim == 2
    return torch.matmul(torch.matmul(x, down.T), up.T)
