"""Prithvi, the vision transformer of IBM and NASA for images of the Earth, and its published weights.

Jakubik et al. 2023, Foundation models for generalist geospatial artificial intelligence (Prithvi-EO-1.0);
Szwarcman et al. 2024, Prithvi-EO-2.0: a versatile multi-temporal foundation model. Here one image at a time, without
the decoder that the masked autoencoder was trained with, and without the date and place that the variants TL can be
told: they were trained to do without.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, interpolate

from .. import models
from ..deep import timm
from ..errors import InputError
from .encoders import Loaded, listed, tensors_of_file

# Width and height of the images that it was trained on; where the position embedding is exact.
IMAGE = 224
# The bands of the published weights in their order: blue, green, red, narrow near infrared, SWIR 1, SWIR 2.
BANDS = ("B02", "B03", "B04", "B8A", "B11", "B12")
# Sentinel-2's wide near infrared is the nearest that 10 m have.
SAME_BAND = {"B08": "B8A"}
# Mean and standard deviation a band by the version of Prithvi, of reflectance that is stored times 10,000.
STORED = 10_000
FIRST = "patch_embed.proj.weight"
SCALING = {
    1: ((775, 1081, 1229, 2497, 2204, 1611), (1282, 1270, 1399, 1368, 1292, 1155)),
    2: ((1087, 1342, 1433, 2734, 1958, 1363), (2248, 2179, 2178, 1850, 1242, 1049)),
}


@dataclass(frozen=True)
class Size:
    """Features a token, transformer layers, heads of their attention, pixels along a token's edge."""

    width: int
    depth: int
    heads: int
    patch: int = 16


# `tiny` is ours, for trials; of the others there are published weights, of `small` as Prithvi-EO-2.0-tiny.
SIZES = {
    "tiny": Size(96, 2, 3, 8),
    "small": Size(192, 12, 3),
    "100M": Size(768, 12, 12),
    "300M": Size(1024, 24, 16),
    "600M": Size(1280, 32, 16, 14),
}


class PrithviEncoder(nn.Module):
    """From an image to features of its tokens. Weights are named as in the published files.

    The buffers `offset` and `scale` standardise what comes in; for optical bands they begin as Prithvi-EO-2.0 has
    them, for others as 0 and 1.

    Args:
        size: of the transformer.
        bands: names of the channels; those of BANDS (and B08) can take published weights.
    """

    offset: Tensor
    scale: Tensor
    pos_embed: Tensor

    def __init__(self, size: Size, bands: Sequence[str]):
        super().__init__()
        self.size, self.bands = size, tuple(bands)
        for name, values in zip(("offset", "scale"), _scaling(self.bands, 2), strict=True):
            self.register_buffer(name, torch.tensor(values))
        # Convolved over one image at a time; the weights have three axes for series of images.
        self.patch_embed = nn.ModuleDict(
            {"proj": nn.Conv3d(len(bands), size.width, (1, size.patch, size.patch), (1, size.patch, size.patch))}
        )
        self.cls_token = nn.Parameter(torch.zeros(1, 1, size.width))
        tokens = IMAGE // size.patch
        self.register_buffer("pos_embed", position_embedding(size.width, tokens, tokens))
        self.blocks = nn.ModuleList(_block(size) for _ in range(size.depth))
        self.norm = nn.LayerNorm(size.width)
        self._begin()

    @torch.no_grad()
    def _begin(self) -> None:
        """Random weights as those of the published training."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        nn.init.xavier_uniform_(self.projection.weight.flatten(1))
        nn.init.normal_(self.cls_token, std=0.02)

    @property
    def projection(self) -> nn.Conv3d:
        """The first layer, (width, bands, 1, patch, patch)."""
        layer = self.patch_embed["proj"]
        assert isinstance(layer, nn.Conv3d)
        return layer

    def standardised(self, values: Tensor) -> Tensor:
        """(n, bands, h, w) as the network sees it; no data becomes 0, which is the mean."""
        shape = (1, -1, 1, 1)
        scaled = (values - self.offset.view(shape)) / self.scale.view(shape)
        return torch.where(torch.isfinite(scaled), scaled, torch.zeros_like(scaled))

    def forward(self, standardised: Tensor) -> Tensor:
        """Features (n, width, h / patch, w / patch) of the last layer.

        Args:
            standardised: (n, bands, h, w) float32 of `standardised`; h and w are multiples of the patch.
        """
        layer, patch = self.projection, self.size.patch
        tokens = conv2d(standardised, layer.weight[:, :, 0], layer.bias, patch)
        rows, columns = tokens.shape[-2:]
        tokens = tokens.flatten(2).transpose(1, 2) + self._places(rows, columns)
        # The place of the class token is all zeros.
        tokens = torch.cat([self.cls_token.expand(tokens.shape[0], -1, -1), tokens], 1)
        for block in self.blocks:
            tokens = block(tokens)
        return self.norm(tokens)[:, 1:].transpose(1, 2).unflatten(2, (rows, columns))

    def _places(self, rows: int, columns: int) -> Tensor:
        """The position embedding (1, rows · columns, width): stretched for images of another size."""
        known = IMAGE // self.size.patch
        places = self.pos_embed[:, 1:]
        if (rows, columns) == (known, known):
            return places
        image = places.transpose(1, 2).unflatten(2, (known, known))
        return interpolate(image, (rows, columns), mode="bicubic", align_corners=True).flatten(2).transpose(1, 2)


def _block(size: Size) -> nn.Module:
    """A layer of the transformer."""
    # PyTorch's normalisation adds 1e-5 to the variance, as Prithvi was trained; timm's own adds 1e-6.
    return timm.models.vision_transformer.Block(size.width, size.heads, qkv_bias=True, norm_layer=nn.LayerNorm)


def position_embedding(width: int, rows: int, columns: int) -> Tensor:
    """Sines and cosines of each token's place, (1, 1 + rows · columns, width), behind zeros for the class token.

    Of the features 6/16 tell the column, 6/16 the row and 4/16 the time, here 0; `width` is a multiple of 16.
    """
    sixteenth = width // 16
    row, column = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    parts = [(column, 6 * sixteenth), (row, 6 * sixteenth), (torch.zeros_like(row), 4 * sixteenth)]
    places = torch.cat([_waves(place.flatten(), number) for place, number in parts], 1)
    return torch.cat([torch.zeros(1, width), places])[None]


def _waves(place: Tensor, number: int) -> Tensor:
    """Sines, then cosines of n places, (n, number), of wavelengths from 2π to 20,000π (Vaswani et al. 2017)."""
    half = number // 2
    angles = place.double()[:, None] / 10_000 ** (torch.arange(half, dtype=torch.float64) / half)
    return torch.cat([angles.sin(), angles.cos()], 1).float()


def _scaling(bands: Sequence[str], version: int) -> tuple[list[float], list[float]]:
    """Mean and deviation of reflectance 0–1 a band; 0 and 1 for bands that Prithvi does not know."""
    mean, deviation = (dict(zip(BANDS, numbers, strict=True)) for numbers in SCALING[version])
    names = [SAME_BAND.get(band, band) for band in bands]
    return [mean.get(n, 0) / STORED for n in names], [deviation.get(n, STORED) / STORED for n in names]


@dataclass(frozen=True)
class LoadedPrithvi(Loaded):
    """What of an encoder has begun with published weights.

    Args:
        version: of Prithvi, 1 or 2, by the layout of the file; pixels are scaled for it.
        new_bands: those that the file does not know, whose first weights are random.
    """

    version: int = 2
    new_bands: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """What was loaded, in words."""
        text = (
            f"The encoder begins with {len(self.taken)} weights from {self.source}; pixels are scaled as for"
            f" Prithvi-EO-{self.version}.0."
        )
        return f"{text} Left aside: {listed(self.unused)}." if self.unused else text

    @property
    def warning(self) -> str:
        """What is not as one would expect, in words; empty where all is."""
        if not self.new_bands:
            return ""
        return (
            f"Prithvi does not know the bands {', '.join(self.new_bands)}: the first layer's weights for them begin at"
            " random."
        )


@torch.no_grad()
def load_encoder(encoder: PrithviEncoder, path: str | Path) -> LoadedPrithvi:
    """Give an encoder the weights of a published file, and the scaling of pixels that they were trained with.

    Files of Prithvi-EO-1.0 (100M) and 2.0 (tiny, 100M, 300M, 600M, each also TL), also inside another model under any
    prefix; read without running code. Of the first layer the bands are taken by name. The position embedding is
    computed, not read: the files' own is for series of images.

    Raises InputError where the file cannot be read, or is of another size or no Prithvi at all.
    """
    given = tensors_of_file(Path(path), "leave the encoder's weights empty")
    prefix = _prefix(given, path)
    content = {name.removeprefix(prefix): value for name, value in given.items() if name.startswith(prefix)}
    _check_size(encoder, content, path)

    # look whether all is there, and sound
    state = encoder.state_dict()
    wanted = [name for name in state if name not in ("offset", "scale", "pos_embed")]
    missing = [name for name in wanted if name not in content]
    unfit = [n for n in wanted if n in content and n != FIRST and content[n].shape != state[n].shape]
    if missing or unfit:
        what = f"lacks {listed(missing)}" if missing else f"has other shapes in {listed(unfit)}"
        raise InputError(f"{path} is no complete Prithvi encoder: it {what}. Download the file again.")
    broken = [name for name in wanted if not content[name].isfinite().all()]
    if broken:
        raise InputError(f"{path} is damaged: not all numbers of {listed(broken)} are finite.")

    # load
    known = [SAME_BAND.get(band, band) for band in encoder.bands]
    for name in wanted:
        if name != FIRST:
            state[name].copy_(content[name])
    # Version 2 keeps its decoder apart.
    version = 1 if {"mask_token", "decoder_embed.weight"} & content.keys() else 2
    offset, scale = _scaling(encoder.bands, version)
    for channel, band in enumerate(known):
        if band in BANDS:
            state[FIRST][:, channel] = content[FIRST][:, BANDS.index(band)]
            state["offset"][channel], state["scale"][channel] = offset[channel], scale[channel]
    new = tuple(name for name, band in zip(encoder.bands, known, strict=True) if band not in BANDS)
    random = (FIRST,) if len(new) == len(known) else ()
    taken = tuple(name for name in wanted if name not in random)
    unused = tuple(name for name in given if not name.startswith(prefix) or name.removeprefix(prefix) not in wanted)
    return LoadedPrithvi(str(path), taken, random, unused, None, models.sha256(path), version, new)


def _prefix(given: Mapping[str, Tensor], path: str | Path) -> str:
    """What stands before the names of the encoder's weights in a file."""
    for name, value in given.items():
        if name.endswith(FIRST) and value.ndim == 5:
            return name.removesuffix(FIRST)
    raise InputError(
        f"{path} holds no Prithvi encoder: nothing in it is named {FIRST}. It holds"
        f" {listed(list(given)) or 'no weights'}. Give a file of Prithvi-EO-1.0 or 2.0 (Prithvi_EO_V….pt)."
    )


def _check_size(encoder: PrithviEncoder, content: Mapping[str, Tensor], path: str | Path) -> None:
    """Raise InputError where a file is of another size than an encoder."""
    width, bands, images, patch, _ = content[FIRST].shape
    if bands != len(BANDS) or images != 1:
        raise InputError(
            f"{path} takes {bands} bands and {images} images at once, where the published Prithvi takes {len(BANDS)}"
            f" bands ({', '.join(BANDS)}) and 1. Give a published file."
        )
    layers = [int(name.split(".")[1]) for name in content if re.match(r"blocks\.\d+\.", name)]
    found, size = (width, max(layers, default=-1) + 1, patch), encoder.size
    if found != (size.width, size.depth, size.patch):
        raise InputError(
            f"{path} is of another size of Prithvi than the network. Expected:"
            f" {_named(size.width, size.depth, size.patch)}. Found: {_named(*found)}. Choose the size that the"
            " file is of, or the file of this size."
        )


def _named(width: int, depth: int, patch: int) -> str:
    """A size in words, with the name that it has where it has one."""
    known = [name for name, s in SIZES.items() if (s.width, s.depth, s.patch) == (width, depth, patch)]
    what = f"{width} features, {depth} layers, patches of {patch} pixels"
    return f"{known[0]} ({what})" if known else what
