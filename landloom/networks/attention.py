"""Attention on a feature map: which channels count, then which places."""

from __future__ import annotations

import torch
from torch import Tensor, nn

REDUCTION = 16
KERNEL = 7


class Attention(nn.Module):
    """Channel attention, then spatial attention (CBAM: Woo et al. 2018, Convolutional Block Attention Module).

    With s the logistic function, ⊗ the product at each channel or place, and `mlp` two layers with channels / 16
    features between them, which the averages and the maxima share:

        F'  = F  ⊗ s(mlp(mean of F over places) + mlp(maximum of F over places))
        F'' = F' ⊗ s(7 × 7 convolution of [mean of F' over channels, maximum of F' over channels])
    """

    def __init__(self, channels: int):
        super().__init__()
        between = max(1, channels // REDUCTION)
        # Convolutions of single pixels are the layers of the MLP, without reshaping.
        self.mlp = nn.Sequential(nn.Conv2d(channels, between, 1), nn.ReLU(), nn.Conv2d(between, channels, 1))
        self.spatial = nn.Conv2d(2, 1, KERNEL, padding=KERNEL // 2, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """Weighted features of the same shape (n, channels, h, w)."""
        mean, highest = features.mean((2, 3), keepdim=True), features.amax((2, 3), keepdim=True)
        features = features * (self.mlp(mean) + self.mlp(highest)).sigmoid()
        maps = torch.cat([features.mean(1, keepdim=True), features.amax(1, keepdim=True)], 1)
        return features * self.spatial(maps).sigmoid()
