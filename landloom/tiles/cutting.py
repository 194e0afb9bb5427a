"""Cutting tiles: the raster is read once, strip by strip, and every tile that has enough labels is written."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import rasterio
import shapely
from rasterio.windows import Window

from .. import windows
from ..job import Job
from ..rasters import Stack
from . import moments
from .labels import Labels
from .lattice import Lattice
from .moments import Moments
from .storage import Writer

# What is read at once; a raster stored in strips is read in its full width as long as that does not need much more.
READ_BYTES = 64 * 2**20
WIDE_BYTES = 256 * 2**20

NO_LABELS, FEW_LABELS, FEW_DATA = "without labels", "with too few labelled pixels", "with too little data"


@dataclass(frozen=True)
class Limits:
    """Shares of a tile's pixels below which it is left out."""

    labelled: float
    valid: float


class Tile(NamedTuple):
    """A tile that was written: its place on the lattice and what is in it. `counts` are pixels a class."""

    place: int
    image: str
    mask: str
    valid_share: float
    counts: np.ndarray
    moments: Moments


@dataclass
class Cut:
    """All tiles that were written, and what was left out: tiles by reason, labelled pixels that have no class, and
    whether each band had data anywhere.
    """

    tiles: list[Tile] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    has_data: np.ndarray | None = None


class _Read(NamedTuple):
    tiles: list[Tile]
    left_out: Counter[str]
    refused: int
    has_data: np.ndarray


@dataclass(frozen=True)
class Cutter:
    """Cuts tiles of one lattice; `area` is that outside of which nothing is labelled, in the grid's CRS."""

    stack: Stack
    labels: Labels
    lattice: Lattice
    writer: Writer
    limits: Limits
    area: shapely.Geometry | None = None

    def into(self, folder: Path) -> Cutter:
        """A cutter that writes into another folder."""
        return replace(self, writer=replace(self.writer, folder=folder))

    def run(self, jobs: int | None, job: Job) -> Cut:
        """Cut all tiles; the result does not depend on the number of threads."""
        groups = self.groups()
        self.writer.prepare()

        def one(group: np.ndarray) -> _Read:
            job.check_cancelled()
            with rasterio.Env():
                return self._cut(group)

        cut = Cut(has_data=np.zeros(len(self.stack.bands), bool))
        with closing(windows.each(one, groups, jobs)) as results:
            for done, (_, found) in enumerate(results, start=1):
                cut.tiles += found.tiles
                cut.left_out += found.left_out
                cut.refused += found.refused
                cut.has_data |= found.has_data
                job.progress(done / len(groups))
        return cut

    def groups(self) -> list[np.ndarray]:
        """Places of the tiles that are read together, in the order in which the raster is stored."""
        size, grid = self.writer.size, self.stack.grid
        pixel_bytes = len(self.stack.bands) * (self.stack.dtype.itemsize + 1) + 4
        in_strips = self.stack.block[1] >= grid.width
        if in_strips and grid.width * size * pixel_bytes <= WIDE_BYTES:
            wide, high = grid.width, max(size, READ_BYTES // (pixel_bytes * grid.width))
        else:
            wide = high = max(size, int(np.sqrt(READ_BYTES / pixel_bytes)))
        # Tiles that begin within the first `step` pixels end within the window.
        step_down, step_across = max(high - size + 1, 1), max(wide - size + 1, 1)
        down, across = self.lattice.row // step_down, self.lattice.col // step_across
        order = np.lexsort((self.lattice.col, self.lattice.row, across, down))
        changes = np.flatnonzero(np.diff(down[order]) | np.diff(across[order])) + 1
        return [group for group in np.split(order, changes) if len(group)]

    def _cut(self, group: np.ndarray) -> _Read:
        """Read the window around some tiles and write those that have enough in them."""
        lattice, size = self.lattice, self.writer.size
        rows, cols = lattice.row[group], lattice.col[group]
        top, left = int(rows.min()), int(cols.min())
        bottom = min(int(rows.max()) + size, self.stack.grid.height)
        right = min(int(cols.max()) + size, self.stack.grid.width)
        window = Window(left, top, right - left, bottom - top)
        ids, refused = self.labels.read(window)
        found = _Read([], Counter(), 0, np.zeros(len(self.stack.bands), bool))
        inside = self.stack.grid.inside(self.area, window)
        if inside is not None:
            ids[~inside] = self.writer.ignore
            refused &= inside
        count = self._count_refused(group, refused, top, left)
        if (ids == self.writer.ignore).all():
            found.left_out[NO_LABELS] += len(group)
            return found._replace(refused=count)
        values, valid = self.stack.read_by_band(window)
        found = found._replace(refused=count, has_data=np.asarray(valid.any(axis=(1, 2))))
        ids[~valid.all(axis=0)] = self.writer.ignore
        for place in group.tolist():
            here = (
                slice(int(lattice.row[place]) - top, int(lattice.row[place]) - top + size),
                slice(int(lattice.col[place]) - left, int(lattice.col[place]) - left + size),
            )
            tile = self._tile(place, values[:, *here], valid[:, *here], ids[here])
            if isinstance(tile, Tile):
                found.tiles.append(tile)
            else:
                found.left_out[tile] += 1
        return found

    def _count_refused(self, group: np.ndarray, refused: np.ndarray, top: int, left: int) -> int:
        """Pixels that several tiles share count once."""
        if not refused.any():
            return 0
        lattice = self.lattice
        rows, cols = lattice.row[group] - top, lattice.col[group] - left
        own = (rows, cols, lattice.own_height[group], lattice.own_width[group])
        return sum(int(refused[r : r + h, c : c + w].sum()) for r, c, h, w in np.stack(own, axis=1).tolist())

    def _tile(self, place: int, values: np.ndarray, valid: np.ndarray, ids: np.ndarray) -> Tile | str:
        """Write a tile, or say why not. What lies beyond the image has no data."""
        size, writer = self.writer.size, self.writer
        if ids.shape != (size, size):
            lacking = (0, size - ids.shape[0]), (0, size - ids.shape[1])
            values, valid = (np.pad(v, ((0, 0), *lacking)) for v in (values, valid))
            ids = np.pad(ids, lacking, constant_values=writer.ignore)
        counts = np.bincount(ids.ravel(), minlength=writer.ignore + 1)
        counts = np.array([counts[i] if i < len(counts) else 0 for i in writer.classes.ids])
        labelled, valid_share = counts.sum() / ids.size, float(valid.all(axis=0).mean())
        if valid_share < self.limits.valid:
            return FEW_DATA
        if labelled < self.limits.labelled or not labelled:
            return FEW_LABELS if labelled else NO_LABELS
        row, col = int(self.lattice.row[place]), int(self.lattice.col[place])
        names = writer.write(tile_name(row, col), row, col, writer.format.store(values, valid), ids)
        return Tile(place, *names, valid_share, counts, moments.of_pixels(values, valid))


def tile_name(row: int, col: int) -> str:
    """The id of a tile, from its upper left pixel."""
    return f"r{row:06d}_c{col:06d}"
