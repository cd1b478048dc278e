"""Posterior of a Bayesian linear model and its predictive variance."""

import torch


def gaussian_posterior(X, y, X_new, prior_precision, noise_precision):
    d = X.shape[1]
    precision = prior_precision * torch.eye(d) + noise_precision * (X.T @ X)
    covariance = torch.linalg.inv(precision)
    mean = noise_precision * (covariance @ X.T @ y)
    predicted = X_new @ mean
    variance = 1.0 / noise_precision + torch.diagonal(X_new @ covariance @ X_new.T)
    evidence = 0.5 * torch.log(torch.linalg.det(covariance))
    return predicted, variance, evidence


def example(torch):
    return torch.randn(1000, 60), torch.randn(1000), torch.randn(800, 60), 1.0, 4.0
