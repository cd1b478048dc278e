"""A K-FAC step for one layer: damped Kronecker factors precondition its gradient."""

import torch


def kronecker_precondition(activations: torch.Tensor, errors: torch.Tensor, grad: torch.Tensor, damping: float):
    count = activations.shape[0]
    A = activations.T @ activations / count + damping * torch.eye(activations.shape[1])
    G = errors.T @ errors / count + damping * torch.eye(errors.shape[1])
    step = torch.linalg.inv(G) @ grad @ torch.linalg.inv(A)
    curvature = torch.trace(step.T @ G @ step @ A)
    size = torch.sqrt(torch.sum(step**2))
    return step, curvature, size


def example(torch):
    return torch.randn(512, 200), torch.randn(512, 100), torch.randn(100, 200), 0.1
