"""The pixels of a map from which places are chosen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import rasterio.features
import shapely
from rasterio.windows import Window

from .. import assessment, windows
from ..job import Job
from ..maps import ClassMap
from ..rasters import Stack
from .numbering import Numbering
from .uncertainty import Uncertainty

BLOCK, WINDOW_PIXELS = 512, 2**18

# A pixel that may become a place: `key` is its random number, `place` that of its class in the map's table, `other`
# the class id of the other map (-1: none), `score` the uncertainty (NaN: not known).
PIXEL = np.dtype(
    [("row", "i8"), ("col", "i8"), ("key", "u8"), ("place", "i4"), ("other", "i4"), ("score", "f4")],
)


@dataclass(frozen=True)
class Population:
    """What places are chosen from: a map's pixels, less those that are excluded.

    `chosen` (K,) says which classes of the map are asked for. Only pixels inside `area` count, and none that a polygon
    of `avoided` touches; both are in the map's CRS. With `differing` only those count where the other map shows
    another class, with `scored` only those whose uncertainty is known.
    """

    mapped: ClassMap
    chosen: np.ndarray
    seed: int
    area: shapely.Geometry | None = None
    avoided: shapely.STRtree | None = None
    other: Stack | None = None
    numbering: Numbering | None = None
    uncertainty: Uncertainty | None = None
    differing: bool = False
    scored: bool = False

    def read(self, window: Window) -> np.ndarray:
        """The pixels of a window that may become places, (n,) of the type PIXEL."""
        grid = self.mapped.stack.grid
        values, good = self.mapped.stack.read(window)
        place, known = assessment.places(values[0], self.mapped.classes.ids)
        good &= known
        good &= self.chosen[place]
        inside = grid.inside(self.area, window)
        if inside is not None:
            good &= inside
        self._take_out_avoided(good, window)
        if not good.any():
            return np.empty(0, PIXEL)
        other, score = self._others(window), self._scores(window)
        if self.differing:
            good &= (other >= 0) & (other != np.array(self.mapped.classes.ids)[place])
        if self.scored:
            good &= ~np.isnan(score)
        row, col = np.nonzero(good)
        found = np.empty(len(row), PIXEL)
        found["place"], found["other"], found["score"] = place[row, col], other[row, col], score[row, col]
        found["row"], found["col"] = row + window.row_off, col + window.col_off
        found["key"] = random_numbers(self.seed, found["row"], found["col"])
        return found

    def _take_out_avoided(self, good: np.ndarray, window: Window) -> None:
        if self.avoided is None:
            return
        grid = self.mapped.stack.grid
        near = self.avoided.geometries[self.avoided.query(shapely.box(*grid.bounds(window)))]
        if len(near):
            # Pixels at the rim were learnt from too, where the samples took every pixel that is touched.
            good &= rasterio.features.geometry_mask(near, good.shape, grid.window_transform(window), all_touched=True)

    def _others(self, window: Window) -> np.ndarray:
        if self.other is None or self.numbering is None:
            return np.full((window.height, window.width), -1, np.int32)
        values, good = self.other.read(window)
        return self.numbering.translated(values[0], good)

    def _scores(self, window: Window) -> np.ndarray:
        if self.uncertainty is None:
            return np.full((window.height, window.width), np.nan, np.float32)
        return self.uncertainty.read(window)

    def each(self, function, jobs: int | None, job: Job) -> Iterator:
        """What `function` makes of the pixels of each window, in the order of the windows."""
        grid = self.mapped.stack.grid
        plan = windows.plan(grid.height, grid.width, BLOCK, WINDOW_PIXELS)

        def one(window: Window):
            job.check_cancelled()
            return function(self.read(window))

        with closing(windows.each(one, plan, jobs)) as results:
            for done, (_, result) in enumerate(results, start=1):
                yield result
                job.progress(done / len(plan))


def random_numbers(seed: int, row: np.ndarray, col: np.ndarray) -> np.ndarray:
    """A random number (n,), uint64, for each pixel: the same for a seed, however the raster is cut into windows.

    The finalizer of SplitMix64 (Steele, Lea & Flood 2014), twice, over seed and place.
    """
    place = (row.astype(np.uint64) << np.uint64(32)) | col.astype(np.uint64)
    start = _mixed(np.array([seed], np.uint64) + np.uint64(0x9E3779B97F4A7C15))
    return _mixed(_mixed(place ^ start) + start)


def _mixed(z: np.ndarray) -> np.ndarray:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
