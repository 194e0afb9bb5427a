"""What is done with each tile, and what has changed in the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from rasterio.windows import Window

from .. import windows
from ..grids import Grid
from ..rasters import Stack
from .crew import Crew
from .field import Settings
from .scaling import Scaling
from .shares import Shares

COUNTED_PIXELS = 2**20


@dataclass(frozen=True)
class RefineTask:
    """Refines one tile; see `mapping.Task`. `margin` is how many pixels around it are looked at as well."""

    shares: Shares
    image: Stack
    scaling: Scaling
    settings: Settings
    margin: int
    probabilities: bool
    crew: Crew

    def __call__(self, window: Window, check: Callable[[], None] = lambda: None) -> Mapping[str, np.ndarray] | None:
        """The map and the refined probabilities of a tile, None where all of it is nodata."""
        around = _grown(window, self.margin, self.shares.stack.grid)
        shares, known = self.shares.read(around)
        own = _within(window, around)
        if not known[own].any():
            return None
        check()
        image = self.scaling(self.image.read_floats(around))
        seen = known & ~np.isnan(image).any(axis=0)
        origin = around.row_off, around.col_off
        arguments = (shares, image, seen, origin, self.settings, self.shares.lowest)
        refined = self.crew.refine(arguments, check) if seen[own].any() else shares
        # What the image does not show stays as it is.
        refined = np.where(seen[own], refined[:, *own], shares[:, *own])
        known = known[own]
        ids = np.array(self.shares.classes.ids, self.shares.classes.dtype)
        layouts = self.shares.layouts(self.probabilities)
        result = {"map": np.where(known, ids[refined.argmax(axis=0)], ids.dtype.type(layouts["map"].nodata))[None]}
        if self.probabilities:
            layout = layouts["probabilities"]
            values = np.rint(refined * 100) if self.shares.percent else refined
            result["probabilities"] = np.where(known, values, layout.nodata).astype(layout.dtype)
        return result


@dataclass(frozen=True)
class Counts:
    """Pixels of a refined map: refined, kept since the image has no data there, without data, and changed."""

    refined: int
    kept: int
    nodata: int
    changed: int


def count(shares: Shares, image: Stack, refined: Stack, check: Callable[[], None] = lambda: None) -> Counts:
    """Compare a refined map with the classes that were the likeliest before."""
    grid, ids = shares.stack.grid, np.array(shares.classes.ids)
    totals = np.zeros(4, np.int64)
    for window in windows.plan(grid.height, grid.width, 512, COUNTED_PIXELS):
        check()
        before, known = shares.read(window)
        seen = known & ~np.isnan(image.read_floats(window)).any(axis=0)
        after, _ = refined.read(window)
        changed = known & (ids[before.argmax(axis=0)] != after[0])
        totals += [seen.sum(), (known & ~seen).sum(), (~known).sum(), changed.sum()]
    return Counts(*totals.tolist())


def _grown(window: Window, margin: int, grid: Grid) -> Window:
    top, left = max(window.row_off - margin, 0), max(window.col_off - margin, 0)
    bottom = min(window.row_off + window.height + margin, grid.height)
    right = min(window.col_off + window.width + margin, grid.width)
    return Window(left, top, right - left, bottom - top)


def _within(inner: Window, outer: Window) -> tuple[slice, slice]:
    """Where a window is in an array of a larger one."""
    row, column = inner.row_off - outer.row_off, inner.col_off - outer.col_off
    return slice(row, row + inner.height), slice(column, column + inner.width)
