"""Networks from tiles to tiles: what refines optical tiles, and what translates other images into optical ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, interpolate

from ..errors import ModelError, ParameterError
from ..refinement.tile_files import BANDS, BIOMES
from .mirroring import grown
from .prithvi import SIZES, PrithviEncoder
from .weights import fill

ARCHITECTURE = "refiner"
# Month and biome, as planes behind the channels.
CONDITIONS = 2
# More than any image has; what a damaged model file claims is compared with it before anything is built.
MOST_CHANNELS = 4096
# Features of each pixel by size, and of the biome.
WIDTHS = {"tiny": 16, "small": 32, "100M": 48, "300M": 64, "600M": 64}
BIOME_WIDTH = 8
# Typical reflectance; where a translation begins.
TYPICAL = 0.15
# A feature that varies less than this, as all do on tiles that are flat, is not blown up further.
FLAT = 1e-3


@dataclass(frozen=True)
class Design:
    """What a network is built from. Raises ParameterError for what cannot be.

    Args:
        size: key of prithvi.SIZES.
        channels, outputs: of the images that come in and go out.
        conditioned: whether month and biome matter.
        optical: the channels are reflectance 0–1 of the bands B02, B03, B04 and B08, and so are the outputs: what is
            learnt is the difference between both.
    """

    size: str
    channels: int
    outputs: int = len(BANDS)
    conditioned: bool = True
    optical: bool = True

    def __post_init__(self) -> None:
        if self.size not in SIZES:
            raise ParameterError(f"The size '{self.size}' is unknown. Choose one of: {', '.join(SIZES)}.")
        for what, number in (("channels", self.channels), ("outputs", self.outputs)):
            if not 1 <= number <= MOST_CHANNELS:
                raise ParameterError(f"A network cannot have {number} {what}; 1 to {MOST_CHANNELS} are possible.")
        if self.optical and (self.channels, self.outputs) != (len(BANDS), len(BANDS)):
            raise ParameterError(
                f"A network for optical tiles has the {len(BANDS)} bands {', '.join(BANDS)} as channels and as outputs,"
                f" not {self.channels} and {self.outputs}. For other images set optical to False."
            )


class RefinerNetwork(nn.Module):
    """What a pixel looks like in detail, from a few convolutions, joined by what Prithvi makes of its surroundings.

    Both are shifted and scaled feature by feature depending on month and biome (FiLM: Perez et al. 2018). On optical
    tiles the last layer begins as zeros, so that a network that has learnt nothing gives back what it was given.
    Other images are standardised with the encoder's buffers `offset` and `scale`, which are 0 and 1 until set.
    """

    def __init__(self, design: Design):
        super().__init__()
        self.design = design
        bands = BANDS if design.optical else [f"channel_{i}" for i in range(1, design.channels + 1)]
        size, width = SIZES[design.size], WIDTHS[design.size]
        self.encoder = PrithviEncoder(size, bands)
        # Height and width that the network computes with are multiples of it.
        self.multiple: int = size.patch
        self.near = nn.Sequential(_convolution(design.channels, width), nn.GELU(), _convolution(width, width))
        self.far = nn.Sequential(nn.Conv2d(size.width, 4 * width, 1), nn.GELU(), _convolution(4 * width, width))
        self.biome = nn.Embedding(BIOMES, BIOME_WIDTH)
        # Of the features of both branches a factor and a summand each.
        self.film = nn.Sequential(nn.Linear(2 + BIOME_WIDTH, 4 * width), nn.GELU(), nn.Linear(4 * width, 4 * width))
        self.joined = nn.Sequential(_convolution(2 * width, width), nn.GELU(), _convolution(width, width), nn.GELU())
        self.last = _convolution(width, design.outputs)
        nn.init.zeros_(self.film[-1].weight)  # type: ignore[arg-type]
        nn.init.zeros_(self.film[-1].bias)  # type: ignore[arg-type]
        nn.init.zeros_(self.last.weight)
        nn.init.constant_(self.last.bias, 0.0 if design.optical else TYPICAL)  # type: ignore[arg-type]

    @torch.no_grad()
    def begin(self, images: Tensor) -> None:
        """Scale the layers that see details so that each feature begins with mean 0 and variance 1 over some images.

        Layer-sequential unit variance (Mishkin & Matas 2016, All you need is a good init). The detail of reflectance is
        a small part of what Prithvi's scaling makes 1; without it the first hundreds of steps learn next to nothing.

        Args:
            images: (n, channels, h, w) of those that are learnt from.
        """
        seen = self.encoder.standardised(images)
        for layer in self.near:
            if isinstance(layer, nn.Conv2d):
                assert layer.bias is not None
                found = layer(seen)
                mean, deviation = found.mean((0, 2, 3)), found.std((0, 2, 3)).clamp_min(FLAT)
                layer.weight.div_(deviation.view(-1, 1, 1, 1))
                layer.bias.sub_(mean).div_(deviation)
            seen = layer(seen)

    def forward(self, values: Tensor) -> Tensor:
        """The tiles as they should be, (n, outputs, h, w); clipped to 0–1 except while it learns.

        Clipped while it learns, a pixel beyond the bounds would not be told the way back.

        Args:
            values: (n, channels + 2, h, w) float32 of `with_conditions`, of any height and width. NaN is no data, and
                becomes the mean.
        """
        height, width = values.shape[-2:]
        channels = self.design.channels
        images = grown(values[:, :channels], self.multiple, self.multiple)
        images = torch.where(torch.isfinite(images), images, self.encoder.offset.view(1, -1, 1, 1))
        standardised = self.encoder.standardised(images)
        near = self.near(standardised)
        far = self.far(self.encoder(standardised))
        far = interpolate(far, near.shape[-2:], mode="bilinear", align_corners=False)
        features = torch.cat([near, far], 1)
        if self.design.conditioned:
            features = self._conditioned(features, values[:, channels:, 0, 0])
        outputs = self.last(self.joined(gelu(features)))
        if self.design.optical:
            outputs = outputs + images
        outputs = outputs[..., :height, :width]
        return outputs if self.training else outputs.clamp(0, 1)

    def _conditioned(self, features: Tensor, conditions: Tensor) -> Tensor:
        """Features (n, f, h, w) shifted and scaled by month and biome, (n, 2)."""
        # Months come round: December is next to January.
        angle = conditions[:, :1] * (2 * math.pi / 12)
        biome = self.biome(conditions[:, 1].round().long().clamp(0, BIOMES - 1))
        factor, summand = self.film(torch.cat([angle.sin(), angle.cos(), biome], 1))[:, :, None, None].chunk(2, 1)
        return features * (1 + factor) + summand

    def describe(self) -> dict[str, Any]:
        """What `from_arrays` needs beside the arrays."""
        return {"architecture": ARCHITECTURE, **asdict(self.design)}


def _convolution(inputs: int, outputs: int) -> nn.Conv2d:
    # Of zeros around them, tiles would get rims.
    return nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="replicate")


def with_conditions(values: np.ndarray, months: Sequence[int], biomes: Sequence[int]) -> np.ndarray:
    """Tiles (n, channels, h, w) with month, 1 to 12, and biome, 0 to 15, as planes behind: (n, channels + 2, h, w)."""
    shape = (len(values), CONDITIONS, *values.shape[2:])
    conditions = np.stack([months, biomes], 1).astype(np.float32)[:, :, np.newaxis, np.newaxis]
    return np.concatenate([np.asarray(values, np.float32), np.broadcast_to(conditions, shape)], 1)


def from_arrays(description: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> RefinerNetwork:
    """The inverse of `RefinerNetwork.describe` and `weights.as_arrays`, ready to compute with.

    Raises ModelError where the two do not fit together. Nothing is allocated before they do.
    """
    try:
        if description["architecture"] != ARCHITECTURE:
            found = description["architecture"]
            raise ModelError(f"A network of the architecture '{ARCHITECTURE}' was expected, but this is '{found}'.")
        design = _design(description)
        with torch.device("meta"):
            network = RefinerNetwork(design)
        fill(network, arrays)
        if not (network.encoder.scale > 0).all():
            raise ValueError("a scale that is not above 0")
    except (KeyError, TypeError, ValueError, OverflowError, RuntimeError, ParameterError) as error:
        raise ModelError(f"The network's weights do not fit its description: {error}") from None
    return network.eval()


def _design(description: Mapping[str, Any]) -> Design:
    """The design of a description from a file, each value of the type that it must have."""
    values = {key: description[key] for key in Design.__dataclass_fields__}
    for key, kind in {"size": str, "channels": int, "outputs": int, "conditioned": bool, "optical": bool}.items():
        if type(values[key]) is not kind:
            raise ValueError(f"{key} is {values[key]!r}")
    return Design(**values)
