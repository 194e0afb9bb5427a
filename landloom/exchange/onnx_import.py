"""From an ONNX file to a Landloom model: what the file says of itself, what the user says, and a trial."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import classes, models, provenance
from ..classes import ClassTable
from ..errors import ModelError, ParameterError
from ..networks import onnx_runtime
from ..rasters import Band
from . import deepness, graphs, image_import, onnx_cards
from .deepness import Deepness
from .importing import IMAGE, Imported, Shape, Told, listed, scaling_of, sha256, shape_of, tile_size_of

# A network of which nothing else is known overlaps its tiles by this share.
USUAL_OVERLAP = 0.25
# Of a size in metres where no CRS is known.
METRES = 'LOCAL_CS["metres",UNIT["metre",1]]'
# Probabilities of all classes sum to 1 but for rounding.
SUM_TOLERANCE = 1e-3


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
    if told.output == IMAGE or (own and own[1].get("architecture") == image_import.ARCHITECTURE):
        return image_import.make(content, graph, name, told, own)
    notes: list[str] = []
    if theirs.model_type and theirs.model_type.lower() != "segmentor":
        raise ModelError(
            f"is a {theirs.model_type} by its metadata. Only networks that give classes of pixels can be imported."
        )
    known, fed, more = own or (None, {}, {})
    shape = shape_of(content)
    bands = _bands(told, known, shape, notes)
    outputs = graphs.output_names(content)
    if len(outputs) > 1:
        notes.append(f"Of the network's outputs the first one is used; left out: {', '.join(outputs[1:])}.")
    size = tile_size_of(told, fed, theirs, shape)
    answers = _tried(graph, shape, len(bands), size)
    kind = _kind(answers, told.output or fed.get("output"), notes)
    table = _classes(told, known, theirs, answers, kind)
    offset, scale = scaling_of(told, fed, theirs, len(bands), notes)
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
        training=known.training if known else {"imported": {"file": name, "sha256": sha256(content)}},
        parameters=known.parameters if known else {"tile_size": size, "output": kind},
        metrics=known.metrics if known else {},
        versions=known.versions if known else provenance.versions(),
        network=network,
    )
    return Imported(card, {"onnx": np.frombuffer(content, np.uint8), **more}, tuple(notes))


def _bands(told: Told, known: models.Card | None, shape: Shape, notes: list[str]) -> tuple[Band, ...]:
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


def _overlap(told: Told, fed: Mapping[str, Any], theirs: Deepness, size: int) -> int:
    if told.overlap is not None:
        if told.overlap >= size:
            raise ParameterError(f"OVERLAP is {told.overlap}, but must be less than the tile, {size} pixels.")
        return told.overlap
    if "overlap" in fed:
        return min(int(fed["overlap"]), size - 1)
    return round(size * (USUAL_OVERLAP if theirs.tiles_overlap is None else theirs.tiles_overlap))


def _tried(graph: onnx_runtime.Graph, shape: Shape, channels: int, size: int) -> np.ndarray:
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
            f"gives {listed(found.shape)} for a tile of {size} × {size} pixels, which is no class a pixel (tiles,"
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
            " of the network's outputs; or set OUTPUT to image where it gives images."
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
