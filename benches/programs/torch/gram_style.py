"""Style loss of two feature maps by their Gram matrices, and a content loss."""

import torch


def gram_style(features: torch.Tensor, reference: torch.Tensor):
    channels, positions = features.shape
    gram = features @ features.T / positions
    target = reference @ reference.T / positions
    difference = gram - target
    style = torch.sum(difference * difference) / channels**2
    overlap = torch.trace(features @ reference.T) / positions
    content = torch.mean((features - reference) ** 2)
    return style, overlap, content


def example(torch):
    return torch.randn(128, 4096), torch.randn(128, 4096)
