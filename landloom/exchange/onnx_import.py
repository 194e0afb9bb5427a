"""From an ONNX file to a Landloom model: what the file says of itself, what the user says, and a trial."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import classes, models, provenance
from ..classes import ClassTable
from ..errors import ModelError, ParameterError
from ..networks import onnx_runtime
from ..rasters import Band, Stack
from . import deepness, graphs, onnx_cards
from .deepness import Deepness

# A network of which nothing else is known overlaps its tiles by this share.
USUAL_OVERLAP = 0.25
# Of a size in metres where no CRS is known.
METRES = 'LOCAL_CS["metres",UNIT["metre",1]]'
# Probabilities of all classes sum to 1 but for rounding.
SUM_TOLERANCE = 1e-3
LARGEST_CHANNELS_LAST = 16


@dataclass(frozen=True)
class Told:
    """What the user says of a network; None where nothing.

    `bands` are names in the order of the network's channels, `image` a raster like those it was trained on. `mean` and
    `deviation` are of pixels after they were divided by `division`; one number stands for all channels. `output` is
    one of `onnx_predictor.OUTPUTS`. `overlap` is in pixels, `pixel_size` in metres.
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


@dataclass(frozen=True)
class Imported:
    """A model of the kind onnx, and what the user should know."""

    card: models.Card
    weights: dict[str, np.ndarray]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Shape:
    """How the network is fed; None where it leaves that open."""

    tiles: int | None
    channels: int | None
    size: int | None


def import_model(path: str | Path, told: Told) -> Imported:
    """Read, check and try out an ONNX file.

    Raises ModelError for a file that cannot be mapped with, ParameterError for what is missing or does not fit.
    """
    content = graphs.read(path)
    onnx_runtime.refuse_unsafe(content, str(path))
    graph = onnx_runtime.Graph(content, str(path), 1)
    try:
        return _import(content, graph, Path(path).name, told)
    except ModelError as error:
        text = str(error)
        if text.startswith(str(path)):
            raise
        raise ModelError(f"{path}: {text}" if text.startswith("its ") else f"{path} {text}") from None


def _import(content: bytes, graph: onnx_runtime.Graph, name: str, told: Told) -> Imported:
    metadata = graphs.metadata(content)
    own, theirs = onnx_cards.read(metadata), deepness.read(metadata)
    notes: list[str] = []
    if theirs.model_type and theirs.model_type.lower() != "segmentor":
        raise ModelError(
            f"is a {theirs.model_type} by its metadata. Only networks that give classes of pixels can be imported."
        )
    known, fed, more = own or (None, {}, {})
    shape = _shape(content)
    bands = _bands(told, known, shape, notes)
    outputs = graphs.output_names(content)
    if len(outputs) > 1:
        notes.append(f"Of the network's outputs the first one is used; left out: {', '.join(outputs[1:])}.")
    size = _tile_size(told, fed, theirs, shape)
    answers = _tried(graph, shape, len(bands), size)
    kind = _kind(answers, told.output or fed.get("output"), notes)
    table = _classes(told, known, theirs, answers, kind)
    offset, scale = _scaling(told, fed, theirs, len(bands), notes)
    pixel_size, crs = _pixel_size(told, known, theirs)
    fixed = shape.size or shape.tiles
    network = {
        "architecture": "onnx",
        "channels": len(bands),
        "classes": len(table),
        "tile_size": size,
        "overlap": _overlap(told, fed, theirs, size),
        # 0 tiles: as many as one likes.
        "input_shape": [shape.tiles or 0, len(bands), size, size] if fixed else None,
        "output": kind,
        "offset": offset,
        "scale": scale,
    }
    if known:
        network["exported_from"] = known.network.get("exported_from", known.network) or known.kind
    card = models.Card(
        kind="onnx",
        bands=bands,
        inputs=tuple(band.name for band in bands),
        features=(),
        classes=table,
        pixel_size=pixel_size,
        crs=crs,
        training=known.training if known else {"imported": {"file": name, "sha256": _sha256(content)}},
        parameters=known.parameters if known else {"tile_size": size, "output": kind},
        metrics=known.metrics if known else {},
        versions=known.versions if known else provenance.versions(),
        network=network,
    )
    return Imported(card, {"onnx": np.frombuffer(content, np.uint8), **more}, tuple(notes))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _shape(content: bytes) -> _Shape:
    """How the network is fed; raises ModelError where that is no batch of square tiles."""
    inputs = graphs.inputs(content)
    if len(inputs) != 1:
        raise ModelError(f"has {len(inputs)} inputs, but only networks with one, the image, can be imported.")
    kind, shape = inputs[0]
    if kind != "float":
        raise ModelError(f"takes numbers of the type {kind}. Export it again with an input of float32.")
    if len(shape) != 4:
        raise ModelError(
            f"has an input of {len(shape)} dimensions {_listed(shape)}, not of 4: tiles, channels, height, width."
        )
    tiles, channels, height, width = shape
    if width is not None and width <= LARGEST_CHANNELS_LAST and (channels is None or channels > width):
        raise ModelError(
            f"takes its channels last (NHWC) by its input {_listed(shape)}. Export it with channels first (NCHW), such"
            " as with --inputs-as-nchw of tf2onnx."
        )
    if height != width:
        raise ModelError(f"takes tiles of {_listed(shape)}, which are not square. Export it with square ones.")
    return _Shape(tiles, channels, height)


def _listed(shape: Sequence[Any]) -> str:
    return "(" + ", ".join("free" if not isinstance(d, int) else str(d) for d in shape) + ")"


def _bands(told: Told, known: models.Card | None, shape: _Shape, notes: list[str]) -> tuple[Band, ...]:
    """The bands that the channels are fed with."""
    if told.image:
        wanted = told.bands or (tuple(b.name for b in known.bands) if known else tuple(told.image.names))
        bands = told.image.select(wanted).bands
    elif told.bands:
        similar = known.bands if known and len(known.bands) == len(told.bands) else ()
        dtype = "uint8" if told.division in (None, deepness.DIVISION) else "float32"
        bands = tuple(
            replace(similar[i], name=name) if similar else Band(name, dtype) for i, name in enumerate(told.bands)
        )
    elif known:
        bands = known.bands
    elif shape.channels:
        bands = tuple(Band(f"band_{i}", "uint8") for i in range(1, shape.channels + 1))
        notes.append(
            f"The file does not name its {shape.channels} bands, so the bands of an image will be taken in their order."
            " Name them in BANDS to have them matched by name."
        )
    else:
        raise ParameterError(
            "The network takes any number of channels and does not name its bands. Name them in BANDS, in the network's"
            " order."
        )
    if len({band.name for band in bands}) < len(bands):
        raise ParameterError(f"BANDS has a name twice: {', '.join(band.name for band in bands)}.")
    if shape.channels and shape.channels != len(bands):
        raise ParameterError(
            f"The network takes {shape.channels} channels, but {len(bands)} bands were given:"
            f" {', '.join(band.name for band in bands)}. Name as many in BANDS, in the network's order."
        )
    return bands


def _tile_size(told: Told, fed: Mapping[str, Any], theirs: Deepness, shape: _Shape) -> int:
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


def _overlap(told: Told, fed: Mapping[str, Any], theirs: Deepness, size: int) -> int:
    if told.overlap is not None:
        if told.overlap >= size:
            raise ParameterError(f"OVERLAP is {told.overlap}, but must be less than the tile, {size} pixels.")
        return told.overlap
    if "overlap" in fed:
        return min(int(fed["overlap"]), size - 1)
    return round(size * (USUAL_OVERLAP if theirs.tiles_overlap is None else theirs.tiles_overlap))


def _tried(graph: onnx_runtime.Graph, shape: _Shape, channels: int, size: int) -> np.ndarray:
    """What the network gives for zeros and for noise, (2, tiles, channels or none for class numbers, h, w).

    Raises ModelError where it fails, is not finite or is no map of the tile.
    """
    fed = (shape.tiles or 1, channels, size, size)
    noise = np.random.default_rng(0).normal(0, 1, fed).astype(np.float32)
    zeros, found = (np.asarray(graph(values)) for values in (np.zeros(fed, np.float32), noise))
    numbers = found.dtype.kind in "iub"
    if found.shape[-2:] != (size, size) or (found.ndim != 4 and not (numbers and found.ndim == 3)):
        last = " It gives its classes last (NHWC)." if found.ndim == 4 and found.shape[1:3] == (size, size) else ""
        raise ModelError(
            f"gives {_listed(found.shape)} for a tile of {size} × {size} pixels, which is no class a pixel (tiles,"
            f" classes, height, width).{last} Only segmentation networks can be imported."
        )
    answers = np.stack([zeros, found])
    if numbers and found.ndim == 3:
        answers = answers[:, :, np.newaxis]
    if numbers and answers.shape[2] != 1:
        raise ModelError(
            f"gives {answers.shape[2]} whole numbers a pixel, which are neither a class nor probabilities."
        )
    if not np.isfinite(answers).all():
        raise ModelError("gives numbers that are not finite (NaN or infinite) for a tile of zeros or noise.")
    return answers


def _kind(answers: np.ndarray, output: str | None, notes: list[str]) -> str:
    """What the outputs are: as the user or the file says, if that can be, else by how they look."""
    channels = answers.shape[2]
    shares = answers.min() >= -SUM_TOLERANCE and answers.max() <= 1 + SUM_TOLERANCE
    if answers.dtype.kind in "iub":
        possible = ["classes"]
    elif shares:
        possible = ["probabilities", "sigmoid"] if channels == 1 else ["probabilities", "logits", "sigmoid"]
    else:
        possible = ["sigmoid"] if channels == 1 else ["logits", "sigmoid"]
    chosen = output or possible[0]
    if chosen not in possible:
        raise ParameterError(
            f"OUTPUT is {chosen}, but the network gives {channels} numbers of the type {answers.dtype} from"
            f" {answers.min():.4g} to {answers.max():.4g} a pixel. It can be: {', '.join(possible)}."
        )
    if chosen == "probabilities" and channels > 1 and np.abs(answers.sum(axis=2) - 1).max() > SUM_TOLERANCE:
        notes.append(
            "The network gives each class a number from 0 to 1, and they do not add up to 1. They will be divided by"
            " their sum; the highest one is the class."
        )
    return chosen


def _classes(told: Told, known: models.Card | None, theirs: Deepness, answers: np.ndarray, kind: str) -> ClassTable:
    """The classes, by ascending id in the order of the outputs."""
    alone = kind != "classes" and answers.shape[2] == 1
    outputs = 2 if alone else answers.shape[2]
    table = told.class_table or (known.classes if known else None)
    if table is None and theirs.class_names is not None:
        names = theirs.class_names
        if alone and len(names) == 1:
            names = ("background", *names)
        try:
            table = classes.make_table({"id": i, "name": name} for i, name in enumerate(names))
        except ParameterError as error:
            raise ModelError(f"its class names cannot be used: {error} Name them in CLASSES.") from None
    if table is None:
        number = "" if kind == "classes" else f" {outputs}"
        raise ParameterError(
            f"The file does not name its{number} classes. Write them into CLASSES as id:name, one a line, in the order"
            " of the network's outputs."
        )
    if kind == "classes" and answers.max() >= len(table):
        raise ParameterError(
            f"The network gives the class number {answers.max()}, but only {len(table)} classes were given, 0 to"
            f" {len(table) - 1}: {', '.join(table.names)}. Write all of them into CLASSES."
        )
    if kind != "classes" and len(table) != outputs:
        raise ParameterError(
            f"The network knows {outputs} classes, but {len(table)} were given: {', '.join(table.names)}. Write as"
            " many into CLASSES, ids ascending in the order of the network's outputs."
        )
    return table


def _scaling(
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


def _pixel_size(told: Told, known: models.Card | None, theirs: Deepness) -> tuple[tuple[float, float], str | None]:
    """Width and height of the pixels that the network was trained on, and the CRS that they are measured in."""
    if told.pixel_size is not None:
        return (told.pixel_size, told.pixel_size), METRES
    if told.image:
        grid = told.image.grid
        return grid.pixel_size, grid.crs.to_wkt() if grid.crs else None
    if known:
        return known.pixel_size, known.crs
    if theirs.resolution is not None and math.isfinite(theirs.resolution):
        return (theirs.resolution, theirs.resolution), METRES
    raise ParameterError(
        "The file does not say how large the pixels are that it was trained on. Give PIXEL_SIZE in metres, or an image"
        " like those in IMAGES."
    )
