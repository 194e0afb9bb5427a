"""Sheets of pictures, a row a sample: images, classes, words below them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

# What is sent of a sheet, bytes; the pictures on it become smaller until it fits.
LARGEST = 150_000
EDGES = (160, 128, 112, 96, 72, 56)
GAP, LINE, LETTER = 6, 16, 12
NO_CLASS = "#ffffff"

Label = tuple[str, str]  # a text and the colour of the spot before it


@dataclass(frozen=True)
class Cell:
    """A picture (h, w, 3) uint8, with labels below it; `smooth` ones show light, the others classes."""

    picture: np.ndarray
    labels: Sequence[Label] = ()
    smooth: bool = True


def draw(rows: Sequence[Sequence[Cell]], legend: Sequence[Label] = (), largest: int = EDGES[0]) -> bytes:
    """A sheet as PNG of at most LARGEST bytes, or as small as it gets, its pictures of an edge of at most `largest`.

    Words are names only, of no language: whoever shows the sheet says in his what it shows.
    """
    for edge in (edge for edge in EDGES if edge <= largest):
        found = _drawn(rows, legend, edge)
        if len(found) <= LARGEST:
            break
    return found


def shown_bands(names: Sequence[str]) -> list[int]:
    """Places of the bands that stand for red, green and blue: by name, else the first three, else one in grey."""
    lower = [name.lower() for name in names]
    wanted = ({"red", "r", "b4", "b04"}, {"green", "g", "b3", "b03"}, {"blue", "b", "b2", "b02"})
    found = [next((i for i, name in enumerate(lower) if name in one), None) for one in wanted]
    known = [i for i in found if i is not None]
    if len(known) == 3:
        return known
    return [0, 1, 2] if len(lower) >= 3 else [0, 0, 0]


def stretched(values: np.ndarray, like: np.ndarray | None = None) -> np.ndarray:
    """Bands (3, h, w) as a picture (h, w, 3) from 0 to 1, each from its 2nd to its 98th percentile, or those of the
    bands `like`; no data is white.
    """
    picture = np.ones((*values.shape[1:], 3))
    for place, (band, measure) in enumerate(zip(values, values if like is None else like, strict=True)):
        known = np.isfinite(band)
        if known.any() and np.isfinite(measure).any():
            low, high = np.nanpercentile(measure, [2, 98])
            picture[known, place] = np.clip((band[known] - low) / max(high - low, 1e-12), 0, 1)
    return picture


def as_bytes(picture: np.ndarray) -> np.ndarray:
    """A picture from 0 to 1 as uint8."""
    return np.round(255 * picture).astype(np.uint8)


def coloured(places: np.ndarray, colours: Sequence[str]) -> np.ndarray:
    """Places among classes (h, w) as a picture (h, w, 3) in their colours; below 0 is white."""
    table = np.array([ImageColor.getrgb(colour)[:3] for colour in (NO_CLASS, *colours)], np.uint8)
    return table[np.maximum(places, -1) + 1]


def _drawn(rows: Sequence[Sequence[Cell]], legend: Sequence[Label], edge: int) -> bytes:
    lines = max((len(cell.labels) for row in rows for cell in row), default=0)
    width = GAP + max(map(len, rows)) * (edge + GAP)
    places, below = _flow(legend, width)
    high = edge + lines * LINE + GAP
    sheet = Image.new("RGB", (width, GAP + len(rows) * high + below), "white")
    pen = ImageDraw.Draw(sheet)
    for down, row in enumerate(rows):
        for across, cell in enumerate(row):
            left, top = GAP + across * (edge + GAP), GAP + down * high
            sheet.paste(_fitted(cell, edge), (left, top))
            for number, label in enumerate(cell.labels):
                _write(pen, left, top + edge + number * LINE, label, edge)
    for label, (left, top) in zip(legend, places, strict=True):
        _write(pen, left, GAP + len(rows) * high + top, label, width - 2 * GAP)
    stream = io.BytesIO()
    sheet.save(stream, "PNG", optimize=False)
    return stream.getvalue()


def _fitted(cell: Cell, edge: int) -> Image.Image:
    """The picture with its longer edge so long; a larger one of light is averaged."""
    picture = Image.fromarray(cell.picture)
    scale = edge / max(picture.size)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    smooth = cell.smooth and scale < 1
    return picture.resize(size, Image.Resampling.BOX if smooth else Image.Resampling.NEAREST)


def _flow(legend: Sequence[Label], width: int) -> tuple[list[tuple[int, int]], int]:
    """Where the legend's entries stand, as many in a line as fit, and how high it is."""
    places, left, top = [], GAP, 0
    for text, _ in legend:
        wide = round(_font().getlength(text)) + LINE + 2 * GAP
        if left > GAP and left + wide > width:
            left, top = GAP, top + LINE
        places.append((left, top))
        left += wide
    return places, top + LINE + GAP if legend else 0


def _write(pen: ImageDraw.ImageDraw, left: int, top: int, label: Label, width: int) -> None:
    text, colour = label
    while text and _font().getlength(text) > width - LINE:
        text = text[:-2] + "…" if len(text) > 2 else ""
    pen.rectangle((left, top + 3, left + LETTER - 2, top + LETTER + 1), colour, "#777777")
    pen.text((left + LINE, top), text, "black", _font())


@cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf"), LETTER)
