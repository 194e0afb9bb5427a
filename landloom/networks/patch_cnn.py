"""A small convolutional network that says of what class a patch is, and maps whole windows exactly as it would patch
by patch.

All convolutions are "valid": nothing is padded, so an output depends on the pixels of its own patch alone. Shown a
window larger than a patch, the network gives at every position what it would give for the patch there, and
neighbouring patches share what they have in common (Sermanet et al. 2014, OverFeat; Long et al. 2015). Instead of
pooling, which would make an output depend on where the window begins, the dilation grows (Yu & Koltun 2016).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ..errors import ModelError
from .weights import fill

ARCHITECTURE = "patch_cnn"
MAXIMUM_PATCH = 512


def dilations(patch_size: int) -> list[int]:
    """The dilations of the 3 × 3 convolutions: 1, 1, 2, 2, 4, 4 … as long as a field of 2 × 2 or more remains."""
    found: list[int] = []
    rest = patch_size
    while (largest := (rest - 2) // 2) > 0:
        found.append(min(2 ** (len(found) // 2), largest))
        rest -= 2 * found[-1]
    return found


class PatchCNN(nn.Module):
    """The network; `width` is the number of channels of each layer.

    Buffers standardise what comes in: `(value - offset) / scale`, each (channels,); no data becomes `fill`.
    """

    offset: Tensor
    scale: Tensor
    fill: Tensor

    def __init__(self, channels: int, classes: int, patch_size: int, width: int = 32, dropout: float = 0.2):
        super().__init__()
        self.channels, self.classes, self.patch_size, self.width = channels, classes, patch_size, width
        self.register_buffer("offset", torch.zeros(channels))
        self.register_buffer("scale", torch.ones(channels))
        self.register_buffer("fill", torch.zeros(channels))
        steps = dilations(patch_size)
        self.remaining_field = patch_size - 2 * sum(steps)
        # The first layer mixes the bands of each pixel, the others look around.
        self.layers = nn.Sequential(
            _layer(channels, width, 1, 1), *(_layer(width, width, 3, dilation) for dilation in steps)
        )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Conv2d(width, classes, 1)

    def forward(self, values: Tensor, stride: int = 1) -> Tensor:
        """Logits of the patches of a window, as many as fit at this stride from the upper left corner.

        Args:
            values: (n, channels, h, w) float32 as the image has them; NaN is no data.
            stride: pixels from one patch to the next, down and to the right.

        Returns (n, classes, rows, columns), 1 × 1 for a single patch.
        """
        size = self.patch_size
        if self._is_cheaper_patch_by_patch(stride):
            patches = values.unfold(2, size, stride).unfold(3, size, stride)  # (n, channels, rows, columns, size, size)
            n, _, rows, columns = patches.shape[:4]
            flat = patches.permute(0, 2, 3, 1, 4, 5).reshape(-1, self.channels, size, size)
            return self._dense(flat, 1).reshape(n, rows, columns, self.classes).permute(0, 3, 1, 2)
        return self._dense(values, stride)

    def _is_cheaper_patch_by_patch(self, stride: int) -> bool:
        """Whether patches have so little in common that sharing it costs more: by positions that are convolved."""
        sizes = self.patch_size - 2 * np.cumsum([0, *dilations(self.patch_size)])
        return int((sizes[1:] ** 2).sum()) < len(sizes[1:]) * stride**2

    def _dense(self, values: Tensor, stride: int) -> Tensor:
        shape = (1, -1, 1, 1)
        scaled = (values - self.offset.view(shape)) / self.scale.view(shape)
        scaled = torch.where(torch.isnan(scaled), self.fill.view(shape), scaled)
        averaged = avg_pool2d(self.layers(scaled), self.remaining_field, stride)
        return self.head(self.dropout(averaged))

    def describe(self) -> dict[str, Any]:
        """What `from_arrays` needs beside the arrays."""
        return {
            "architecture": ARCHITECTURE,
            "channels": self.channels,
            "classes": self.classes,
            "patch_size": self.patch_size,
            "width": self.width,
        }


def _layer(channels_in: int, channels: int, kernel: int, dilation: int) -> nn.Sequential:
    convolution = nn.Conv2d(channels_in, channels, kernel, dilation=dilation, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(channels), nn.ReLU(inplace=True))


def from_arrays(description: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> PatchCNN:
    """The inverse of `PatchCNN.describe` and `weights.as_arrays`, ready to map with.

    Raises ModelError where the two do not fit together. Nothing is allocated but what the arrays hold.
    """
    try:
        if description["architecture"] != ARCHITECTURE:
            raise ModelError(f"This version of Landloom does not know the architecture {description['architecture']}.")
        channels, classes, size, width = (int(description[k]) for k in ("channels", "classes", "patch_size", "width"))
        if min(channels, classes, size, width) < 1 or size > MAXIMUM_PATCH:
            raise ValueError("a size that cannot be")
        with torch.device("meta"):
            network = PatchCNN(channels, classes, size, width)
        fill(network, arrays)
    except (KeyError, TypeError, ValueError, OverflowError, RuntimeError) as error:
        raise ModelError(f"The network's weights do not fit its description: {error}") from None
    return network.eval()


def fused(network: PatchCNN) -> PatchCNN:
    """A copy for mapping, its normalisations worked into the convolutions; equal but for rounding."""
    result = copy.deepcopy(network).eval()
    layers: Any = result.layers
    for number, (convolution, normalisation, activation) in enumerate(layers):
        layers[number] = nn.Sequential(fuse_conv_bn_eval(convolution, normalisation), activation)
    return result.requires_grad_(False)
