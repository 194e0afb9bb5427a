"""Networks that say of each pixel of a tile of what class it is: architectures of segmentation-models-pytorch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..deep import smp
from ..errors import ModelError

ARCHITECTURE = "segmentation"
# By the names that the parameter has.
NETWORKS = {"unet": smp.Unet, "unetplusplus": smp.UnetPlusPlus, "deeplabv3plus": smp.DeepLabV3Plus, "fpn": smp.FPN}
# The encoders halve the image five times.
MULTIPLE = 32


@dataclass(frozen=True)
class Design:
    """What a network is built from.

    Args:
        network: key of NETWORKS.
        encoder: an encoder of segmentation-models-pytorch.
        channels, classes: of the input and the output.
        attention: channel and spatial attention on the deepest features.
        dropout: share of the features that is dropped before the last layer, while it learns.
        ordinal: whether there are cumulative outputs for ordered classes too (CORAL).
        decision: what probabilities come from: `classes`, `ordinal`, or their `mean`.
    """

    network: str
    encoder: str
    channels: int
    classes: int
    attention: bool = False
    dropout: float = 0.0
    ordinal: bool = False
    decision: str = "classes"


class SegmentationNetwork(nn.Module):
    """A network with its scaling: buffers standardise what comes in, `(value - offset) / scale`; no data becomes 0,
    which is the mean.
    """

    offset: Tensor
    scale: Tensor

    def __init__(self, design: Design):
        super().__init__()
        self.design = design
        self.register_buffer("offset", torch.zeros(design.channels))
        self.register_buffer("scale", torch.ones(design.channels))
        self.core = NETWORKS[design.network](
            design.encoder, encoder_weights=None, in_channels=design.channels, classes=design.classes
        )

    def forward(self, values: Tensor) -> Tensor:
        """Outputs of each pixel.

        Args:
            values: (n, channels, h, w) float32 as the image has them, h and w multiples of MULTIPLE; NaN is no data.

        Returns (n, classes, h, w) logits; an ordinal network adds classes - 1 cumulative logits behind them.
        """
        shape = (1, -1, 1, 1)
        scaled = (values - self.offset.view(shape)) / self.scale.view(shape)
        return self.core(torch.where(torch.isnan(scaled), torch.zeros_like(scaled), scaled))

    def probabilities(self, outputs: Tensor) -> Tensor:
        """Probabilities (n, classes, h, w) from outputs."""
        return outputs[:, : self.design.classes].softmax(1)

    def describe(self) -> dict[str, Any]:
        """What `from_arrays` needs beside the arrays."""
        return {"architecture": ARCHITECTURE, **asdict(self.design)}


def from_arrays(description: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> SegmentationNetwork:
    """The inverse of `SegmentationNetwork.describe` and `patch_cnn.as_arrays`, ready to map with.

    Raises ModelError where the two do not fit together.
    """
    try:
        design = Design(**{key: description[key] for key in Design.__dataclass_fields__})
        with torch.device("meta"):
            network = SegmentationNetwork(design)
        state = {name: torch.tensor(arrays[name]) for name in network.state_dict()}
        network.load_state_dict(state, assign=True)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ModelError(f"The network's weights do not fit its description: {error}") from None
    return network.eval()
