"""Loss of a variational autoencoder with Bernoulli outputs, from logits."""

import torch


def vae_loss(logits, x, mu, logvar, beta):
    probs = torch.sigmoid(logits)
    reconstruction = -(x * torch.log(probs) + (1 - x) * torch.log(1 - probs))
    reconstruction = reconstruction.sum(dim=-1).mean()
    std = torch.exp(0.5 * logvar)
    variance = std * std
    divergence = -0.5 * torch.sum(1 + logvar - mu * mu - variance, dim=-1)
    total = reconstruction + beta * divergence.mean()
    spread = torch.sqrt(torch.sum(mu * mu, dim=-1)).mean()
    return total, spread


def example(torch):
    return torch.randn(256, 784), torch.rand(256, 784).round(), torch.randn(256, 32), torch.randn(256, 32), 1.0
