"""From an ONNX file of a network that makes images of images to a model that refines or translates tiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from .. import models, provenance
from ..classes import ClassTable
from ..errors import ModelError, ParameterError
from ..networks import onnx_runtime
from ..rasters import Band
from ..refinement.steps import REFINEMENT, STEPS, Step
from ..refinement.tile_files import BANDS, USUAL_BIOME, USUAL_MONTH
from . import graphs
from .deepness import Deepness
from .importing import IMAGE, Imported, Shape, Told, listed, scaling_of, sha256, shape_of, tile_size_of

KIND = ARCHITECTURE = "onnx_image"
# Month and biome.
CONDITIONS = 2
# A network that takes any size is tried on this one.
USUAL_TILE = 256
# What an untrained eye would still take for reflectance, of networks that do not end in a bounded layer.
PLAUSIBLE = (-0.5, 1.5)
Own = tuple[models.Card, dict[str, Any], dict[str, np.ndarray]]


def make(content: bytes, graph: onnx_runtime.Graph, name: str, told: Told, own: Own | None) -> Imported:
    """Check and try out a network, and make the model.

    Args:
        content, graph: of the file that is called `name`.
        told: what the user says.
        own: what the file says of itself, where Landloom exported it.

    Raises ModelError for a network that makes no optical images, ParameterError for what is missing or does not fit.
    """
    notes: list[str] = []
    known, fed = own[:2] if own else (None, {})
    if fed and fed.get("architecture") != ARCHITECTURE:
        raise ParameterError("OUTPUT is image, but the file gives classes by its own metadata. Set OUTPUT to auto.")
    if told.output not in (None, IMAGE):
        raise ParameterError(f"OUTPUT is {told.output}, but the file gives images by its own metadata. Set it to auto.")
    shape, step = shape_of(content), _step(told, fed)
    conditioned = bool(fed.get("conditioned", False)) if told.conditioned is None else told.conditioned
    bands = _bands(told, known, step, shape, conditioned, notes)
    outputs = graphs.output_names(content)
    if len(outputs) > 1:
        notes.append(f"Of the network's outputs the first one is used; left out: {', '.join(outputs[1:])}.")
    size = tile_size_of(told, {"tile_size": USUAL_TILE, **fed}, Deepness(), shape)
    bounds = _output_range(told, fed)
    answers = _tried(graph, shape, len(bands), size, conditioned)
    if told.output_range is None and not fed:
        _doubt_range(answers, bounds, notes)
    offset, scale = _scaling(told, fed, len(bands), notes)
    fixed = shape.size or shape.tiles
    network = {
        "architecture": ARCHITECTURE,
        "stage": step.stage,
        "input_key": step.input_key,
        "output_key": step.output_key,
        "channels": len(bands),
        "outputs": len(BANDS),
        "conditioned": conditioned,
        "tile_size": size,
        # 0 tiles: as many as one likes.
        "input_shape": [shape.tiles or 0, len(bands) + CONDITIONS * conditioned, size, size] if fixed else None,
        "offset": offset,
        "scale": scale,
        "output_range": list(bounds),
    }
    if known:
        network["exported_from"] = known.network.get("exported_from", known.network)
    card = models.Card(
        kind=KIND,
        bands=bands,
        inputs=tuple(band.name for band in bands),
        features=(),
        classes=ClassTable(()),
        pixel_size=known.pixel_size if known else (1.0, 1.0),
        crs=known.crs if known else None,
        training=known.training if known else {"imported": {"file": name, "sha256": sha256(content)}},
        parameters=known.parameters if known else {"tile_size": size, "stage": step.stage},
        metrics=known.metrics if known else {},
        versions=known.versions if known else provenance.versions(),
        network=network,
    )
    return Imported(card, {"onnx": np.frombuffer(content, np.uint8)}, tuple(notes))


def _step(told: Told, fed: Mapping[str, Any]) -> Step:
    if told.step:
        return told.step
    stage = fed.get("stage", REFINEMENT.stage)
    if stage not in STEPS:
        raise ModelError(f"is for the unknown stage {stage!r} by its metadata. Export the model again.")
    return STEPS[stage]


def _bands(
    told: Told, known: models.Card | None, step: Step, shape: Shape, conditioned: bool, notes: list[str]
) -> tuple[Band, ...]:
    """The bands of the tiles that the network is fed with."""
    channels = None if shape.channels is None else shape.channels - CONDITIONS * conditioned
    if step is REFINEMENT:
        names: tuple[str, ...] = BANDS
        if told.bands and tuple(told.bands) != BANDS:
            raise ParameterError(
                f"BANDS is {', '.join(told.bands)}, but tiles that are refined have the bands {', '.join(BANDS)}. Leave"
                " it empty, or import the network for translation."
            )
    elif told.bands:
        names = tuple(told.bands)
    elif known:
        names = tuple(band.name for band in known.bands)
    elif channels:
        names = tuple(f"channel_{i}" for i in range(1, channels + 1))
        notes.append(f"The file does not name its {channels} channels. Name them in BANDS for the model's card.")
    else:
        raise ParameterError(
            "The network takes any number of channels and does not name them. Name them in BANDS, in the network's"
            " order."
        )
    if len(set(names)) < len(names):
        raise ParameterError(f"BANDS has a name twice: {', '.join(names)}.")
    if shape.channels is not None and channels != len(names):
        further = " and month and biome" if conditioned else ""
        remedy = (
            " If its last two channels are month and biome, set MONTH_AND_BIOME."
            if channels == len(names) + CONDITIONS and not conditioned
            else " Choose the step that it is for, and name the bands of a translation in BANDS."
        )
        raise ParameterError(
            f"The network takes {shape.channels} channels, but tiles have {len(names)} bands"
            f" ({', '.join(names)}){further}.{remedy}"
        )
    return tuple(Band(name, "float32") for name in names)


def _output_range(told: Told, fed: Mapping[str, Any]) -> tuple[float, float]:
    """Which of the network's numbers are the reflectances 0 and 1."""
    bounds = told.output_range or tuple(float(value) for value in fed.get("output_range", (0, 1)))
    if len(bounds) != 2 or not bounds[0] < bounds[1]:
        raise ParameterError(
            "OUTPUT_RANGE must be two numbers, the lower one first: what the network gives for the reflectance 0 and"
            f" for 1, such as -1,1. Got {', '.join(f'{value:g}' for value in bounds)} instead."
        )
    return bounds[0], bounds[1]


def _tried(graph: onnx_runtime.Graph, shape: Shape, channels: int, size: int, conditioned: bool) -> np.ndarray:
    """What the network makes of zeros and of noise, (2, tiles, 4, h, w).

    Raises ModelError where that is no optical image of the tile.
    """
    random = np.random.default_rng(0)
    tiles = shape.tiles or 1
    noise = random.normal(0, 1, (tiles, channels, size, size)).astype(np.float32)
    if conditioned:
        planes = np.broadcast_to(
            np.array([USUAL_MONTH, USUAL_BIOME], np.float32).reshape(1, CONDITIONS, 1, 1),
            (tiles, CONDITIONS, size, size),
        )
        noise = np.concatenate([noise, planes], axis=1)
    zeros = noise.copy()
    zeros[:, :channels] = 0
    answers = [np.asarray(graph(values)) for values in (zeros, noise)]
    wanted = (tiles, len(BANDS), size, size)
    for found in answers:
        if found.shape != wanted or found.dtype.kind != "f":
            raise ModelError(
                f"gives {listed(found.shape)} of the type {found.dtype} for {tiles} × {channels} bands of {size} ×"
                f" {size} pixels. An image of the bands {', '.join(BANDS)} is needed: {listed(wanted)} of float32."
            )
        if not np.isfinite(found).all():
            raise ModelError("gives numbers that are not finite (NaN or infinite) for a tile of zeros or noise.")
    return np.stack(answers)


def _doubt_range(answers: np.ndarray, bounds: tuple[float, float], notes: list[str]) -> None:
    """Note where the numbers do not look like reflectance."""
    low, high = float(answers.min()), float(answers.max())
    if not (PLAUSIBLE[0] <= low and high <= PLAUSIBLE[1]):
        notes.append(
            f"For zeros and noise the network gives numbers from {low:.4g} to {high:.4g}. They will be taken as"
            f" reflectance from {bounds[0]:g} to {bounds[1]:g} and clipped; if others stand for 0 and 1, such as -1 and"
            " 1 or 0 and 10000, name them in OUTPUT_RANGE."
        )


def _scaling(told: Told, fed: Mapping[str, Any], channels: int, notes: list[str]) -> tuple[list[float], list[float]]:
    """`offset` and `scale`, a number a channel: the network is fed `(value - offset) / scale`."""
    given = (told.division, told.mean, told.deviation) != (None, None, None)
    if not given and not fed:
        notes.append(
            "The network is fed the tiles' values as they are. If it wants them scaled, give DIVISION, or MEAN and"
            " DEVIATION."
        )
    # Tiles hold reflectance, which nothing needs to be divided by.
    said = replace(told, division=told.division or 1.0) if given or not fed else told
    return scaling_of(said, fed, Deepness(), channels, [])
