"""Losses as modules."""
from . import functional as F
from .module import Module


class _Loss(Module):
    loss = None

    def __init__(self, *arguments, reduction="mean", **options):
        self.reduction = reduction
        self.options = options

    def forward(self, input, target):
        return type(self).loss(input, target, reduction=self.reduction, **self.options)


class MSELoss(_Loss):
    loss = F.mse_loss


class L1Loss(_Loss):
    loss = F.l1_loss


class SmoothL1Loss(_Loss):
    loss = F.smooth_l1_loss


class NLLLoss(_Loss):
    loss = F.nll_loss


class CrossEntropyLoss(_Loss):
    loss = F.cross_entropy


class BCELoss(_Loss):
    loss = F.binary_cross_entropy


class BCEWithLogitsLoss(_Loss):
    loss = F.binary_cross_entropy_with_logits


class KLDivLoss(_Loss):
    loss = F.kl_div
