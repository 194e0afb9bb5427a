"""A picture of some planned patches of each class, over the image."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from markupsafe import Markup
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outline
from rasterio.windows import Window

from ..classes import LandClass
from ..errors import InputError
from ..rasters import Stack
from .dataset import Dataset
from .pictures import colour_bands, save, shortened, true_colour
from .planning import Plan

PATH = "visualizations/jitter_pattern_samples.png"
# Polygons shown of each class, and classes shown.
SHOWN = 4
MOST_CLASSES = 12
# With more pixels across, a grid would hide the image.
MOST_GRID_LINES = 80


def draw(path: Path, dataset: Dataset, plan: Plan, stack: Stack | None) -> None:
    """Draw polygons spread over each class, with the outlines of their patches and the pixel grid; PNG.

    `stack` is the image, in true colour as far as its bands' names tell; None draws on white.
    """
    classes = list(plan.classes)[:MOST_CLASSES]
    drawn = Figure(figsize=(2.5 * SHOWN, 2.6 * len(classes) + 0.5), layout="constrained")
    rows = drawn.subplots(len(classes), SHOWN, squeeze=False)
    chosen = [_spread(plan, c.id) for c in classes]
    frames = [[_frame(plan, place, dataset.size) for place in places] for places in chosen]
    pictures = _pictures(stack, [frame for row in frames for frame in row])
    for land_class, axes, places, windows in zip(classes, rows, chosen, frames, strict=True):
        for axis in axes[len(places) :]:
            axis.set_visible(False)
        for axis, place, window in zip(axes, places, windows, strict=False):
            _panel(axis, dataset, plan, place, window, pictures.pop(0), land_class)
        axes[0].set_ylabel(shortened(land_class.name, 28), fontsize=11, color="#1d2733")
    more = f", {len(plan.classes) - len(classes)} more classes not shown" if len(plan.classes) > len(classes) else ""
    c = dataset.config
    drawn.suptitle(
        f"{c['patches_per_polygon']} patches a polygon of {c['patch_size']} × {c['patch_size']} pixels, jitter"
        f" {c['jitter']}{more}",
        fontsize=11,
        color="#1d2733",
    )
    save(drawn, path)


def as_image(dataset: Dataset) -> Markup:
    """The picture to stand in a page."""
    text = base64.b64encode((dataset.folder / PATH).read_bytes()).decode()
    return Markup(f'<img style="max-width: 100%" alt="" src="data:image/png;base64,{text}">')  # noqa: S704


def _spread(plan: Plan, class_id: int) -> list[int]:
    """Places in the table of polygons, evenly among those of a class."""
    places = np.flatnonzero(plan.polygons["class_id"] == class_id)
    return places[np.unique(np.linspace(0, len(places) - 1, SHOWN).round().astype(int))].tolist()


def _patches(plan: Plan, place: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of a polygon's patches."""
    number = len(plan.manifest) // len(plan.polygons)
    part = plan.manifest.iloc[place * number : (place + 1) * number]
    return part["row"].to_numpy(), part["col"].to_numpy()


def _frame(plan: Plan, place: int, size: int) -> Window:
    """A square around a polygon's patches with a margin."""
    rows, cols = _patches(plan, place)
    edge = max(np.ptp(rows), np.ptp(cols)) + size
    margin = max(2, round(0.15 * edge))
    middle_row, middle_col = (int(v.min() + v.max() + size) // 2 for v in (rows, cols))
    half = int(edge) // 2 + margin
    return Window(middle_col - half, middle_row - half, 2 * half, 2 * half)


def _pictures(stack: Stack | None, frames: Sequence[Window]) -> list[np.ndarray | None]:
    """The image in each frame, (h, w, 4) from 0 to 1, all stretched alike; transparent where there is no data."""
    if stack is None:
        return [None] * len(frames)
    bands = colour_bands(stack.names)
    shown = stack.select(bands)
    try:
        raw = [_read(shown, frame) for frame in frames]
    finally:
        shown.close()
    colours = true_colour(bands, np.concatenate([picture.reshape(-1, len(bands)) for picture in raw]))
    return [colours.render(picture) for picture in raw]


def _read(stack: Stack, frame: Window) -> np.ndarray:
    """A window that may go beyond the image, (h, w, bands), NaN there."""
    picture = np.full((frame.height, frame.width, len(stack.bands)), np.nan, np.float32)
    top, left = max(frame.row_off, 0), max(frame.col_off, 0)
    bottom = min(frame.row_off + frame.height, stack.grid.height)
    right = min(frame.col_off + frame.width, stack.grid.width)
    if bottom > top and right > left:
        here = slice(top - frame.row_off, bottom - frame.row_off), slice(left - frame.col_off, right - frame.col_off)
        # Where the image is damaged the extraction says so; a picture does not end the plan.
        with suppress(InputError):
            picture[here] = stack.read_floats(Window(left, top, right - left, bottom - top)).transpose(1, 2, 0)
    return picture


def _panel(
    axis: Any,
    dataset: Dataset,
    plan: Plan,
    place: int,
    frame: Window,
    picture: np.ndarray | None,
    land_class: LandClass,
) -> None:
    left, top = frame.col_off, frame.row_off
    right, bottom = left + frame.width, top + frame.height
    if picture is not None:
        axis.imshow(picture, extent=(left, right, bottom, top), interpolation="nearest")
    if frame.width <= MOST_GRID_LINES:
        lines = [[(v, top), (v, bottom)] for v in range(left, right + 1)]
        lines += [[(left, v), (right, v)] for v in range(top, bottom + 1)]
        axis.add_collection(
            LineCollection(
                lines,
                colors="#ffffff" if picture is not None else "#d9dee3",
                linewidths=0.3,
                alpha=0.45 if picture is not None else 1,
            )
        )
    outline = _in_pixels(plan.polygons.geometry.iat[place], dataset)
    axis.add_patch(PathPatch(outline, facecolor=land_class.colour, edgecolor="none", alpha=0.3))
    for colour, width in (("#1d2733", 3.6), (land_class.colour, 2.4)):
        axis.add_patch(PathPatch(outline, facecolor="none", edgecolor=colour, linewidth=width))
    for row, col in zip(*_patches(plan, place), strict=True):
        for colour, width in (("#1d2733", 2.2), ("#ffffff", 1.1)):
            axis.add_patch(
                Rectangle((col, row), dataset.size, dataset.size, fill=False, edgecolor=colour, linewidth=width)
            )
    axis.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[], aspect="equal")
    axis.set_title(f"Polygon {plan.polygons['polygon_id'].iat[place]}", fontsize=8, color="#5b6773", pad=3)
    for spine in axis.spines.values():
        spine.set_color("#9aa5b0")


def _in_pixels(shape: shapely.Geometry, dataset: Dataset) -> Outline:
    """The outline of a polygon in pixel positions, holes included."""
    rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
    paths = []
    for ring in rings:
        x, y = shapely.get_coordinates(ring).T
        paths.append(Outline(np.column_stack(dataset.grid.to_pixel(x, y)), closed=True))
    return Outline.make_compound_path(*paths)
