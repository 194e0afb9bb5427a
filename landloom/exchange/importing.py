"""What all imports of ONNX files share: what the user says, how a network is fed, how pixels are scaled for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import models
from ..classes import ClassTable
from ..errors import ModelError, ParameterError
from ..rasters import Stack
from ..refinement.steps import Step
from . import deepness, graphs, onnx_cards
from .deepness import Deepness

# An output that is no class of a pixel.
IMAGE = "image"
LARGEST_CHANNELS_LAST = 16


@dataclass(frozen=True)
class Told:
    """What the user says of a network; None where nothing.

    `bands` are names in the order of the network's channels, `image` a raster like those it was trained on. `mean` and
    `deviation` are of pixels after they were divided by `division`; one number stands for all channels. `output` is
    one of `onnx_predictor.OUTPUTS`, or IMAGE. `overlap` is in pixels, `pixel_size` in metres. The rest is of networks
    that give images: the `step` that they are for, which of their numbers are the reflectances 0 and 1, and whether
    month and biome are their last two channels.
    """

    bands: tuple[str, ...] | None = None
    image: Stack | None = None
    class_table: ClassTable | None = None
    division: float | None = None
    mean: tuple[float, ...] | None = None
    deviation: tuple[float, ...] | None = None
    tile_size: int | None = None
    overlap: int | None = None
    pixel_size: float | None = None
    output: str | None = None
    step: Step | None = None
    output_range: tuple[float, ...] | None = None
    conditioned: bool | None = None


@dataclass(frozen=True)
class Imported:
    """A model of the kind onnx or onnx_image, and what the user should know."""

    card: models.Card
    weights: dict[str, np.ndarray]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Shape:
    """How the network is fed; None where it leaves that open."""

    tiles: int | None
    channels: int | None
    size: int | None


def shape_of(content: bytes) -> Shape:
    """How the network is fed; raises ModelError where that is no batch of square tiles."""
    inputs = graphs.inputs(content)
    if len(inputs) != 1:
        raise ModelError(f"has {len(inputs)} inputs, but only networks with one, the image, can be imported.")
    kind, shape = inputs[0]
    if kind != "float":
        raise ModelError(f"takes numbers of the type {kind}. Export it again with an input of float32.")
    if len(shape) != 4:
        raise ModelError(
            f"has an input of {len(shape)} dimensions {listed(shape)}, not of 4: tiles, channels, height, width."
        )
    tiles, channels, height, width = shape
    if width is not None and width <= LARGEST_CHANNELS_LAST and (channels is None or channels > width):
        raise ModelError(
            f"takes its channels last (NHWC) by its input {listed(shape)}. Export it with channels first (NCHW), such"
            " as with --inputs-as-nchw of tf2onnx."
        )
    if height != width:
        raise ModelError(f"takes tiles of {listed(shape)}, which are not square. Export it with square ones.")
    return Shape(tiles, channels, height)


def listed(shape: Sequence[Any]) -> str:
    """A shape in words."""
    return "(" + ", ".join("free" if not isinstance(d, int) else str(d) for d in shape) + ")"


def tile_size_of(told: Told, fed: Mapping[str, Any], theirs: Deepness, shape: Shape) -> int:
    """The edge of the tiles that a network was trained on, in pixels."""
    if shape.size and told.tile_size and told.tile_size != shape.size:
        raise ParameterError(
            f"TILE_SIZE is {told.tile_size}, but the network takes tiles of {shape.size} pixels alone. Leave it empty."
        )
    size = shape.size or told.tile_size or fed.get("tile_size") or theirs.tile_size
    if not size:
        raise ParameterError(
            "The network takes tiles of any size and does not say which it was trained on. Give TILE_SIZE, in pixels."
        )
    return int(size)


def scaling_of(
    told: Told, fed: Mapping[str, Any], theirs: Deepness, channels: int, notes: list[str]
) -> tuple[list[float], list[float]]:
    """`offset` and `scale`, a number a channel: the network is fed `(pixel - offset) / scale`."""
    given = (told.division, told.mean, told.deviation)
    if fed and not any(value is not None for value in given):
        offset, scale = ([float(value) for value in fed[key]] for key in ("offset", "scale"))
        if len(offset) != channels or len(scale) != channels:
            raise ModelError(f"its metadata '{onnx_cards.KEY}' are damaged. Export the model again.")
        return offset, scale
    division = told.division
    if division is None:
        if not theirs and not fed:
            raise ParameterError(
                "The file does not say how pixels are scaled for it. Give DIVISION: what pixels are divided by, such as"
                " 255 for images of bytes, 10000 for reflectance, or 1 for no division; then MEAN and DEVIATION if"
                " there are any."
            )
        division = deepness.DIVISION
    if (told.mean is None) != (told.deviation is None):
        raise ParameterError("Give both MEAN and DEVIATION, or neither.")
    # Numbers of the file belong to its own division.
    from_file = told.division in (None, deepness.DIVISION)
    mean = told.mean or (theirs.mean if from_file else None) or (0.0,)
    deviation = told.deviation or (theirs.deviation if from_file else None) or (1.0,)
    if not told.mean and not (from_file and theirs.mean):
        notes.append(f"The network is fed pixels divided by {division:g}, with no mean and deviation.")
    for name, numbers in (("MEAN", mean), ("DEVIATION", deviation)):
        if len(numbers) not in (1, channels):
            raise ParameterError(
                f"{name} has {len(numbers)} numbers, but the network takes {channels} channels. Give one for all, or"
                " one a channel."
            )
    if min(deviation) <= 0:
        raise ParameterError(f"DEVIATION must be above 0. Got {min(deviation):g} instead.")
    one_each = np.ones(channels)
    return (division * np.array(mean) * one_each).tolist(), (division * np.array(deviation) * one_each).tolist()


def sha256(content: bytes) -> str:
    """Of a file's bytes."""
    return hashlib.sha256(content).hexdigest()
