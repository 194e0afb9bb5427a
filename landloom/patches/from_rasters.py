"""Patches from rasters: the image is read tile by tile, and each patch takes its piece of every tile it lies on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import rasterio
from rasterio.windows import Window

from .. import windows
from ..errors import InputError
from ..job import Job
from ..rasters import Stack
from .sources import Outcome
from .store import WorkingStore

# A tile is read at once: about so many pixels, and so many bytes of them at most.
TILE_PIXELS = 512 * 512
TILE_BYTES = 64 * 2**20


class _Tile(NamedTuple):
    """A part of the image, and the patches (rows of the manifest) that lie on it at least in part."""

    window: Window
    patches: np.ndarray


class _Read(NamedTuple):
    seconds: float
    error: str


@dataclass(frozen=True)
class RasterSource:
    """A stack of rasters on the data set's grid."""

    stack: Stack

    def fetch(
        self, manifest: pd.DataFrame, todo: np.ndarray, into: WorkingStore, jobs: int | None, job: Job
    ) -> Iterator[Outcome]:
        """Fill patches with pixels; see `sources.Source`.

        Tiles lie along the blocks in which the first raster is stored, so that each block is read and decompressed
        once, whatever the number of patches on it, and memory does not grow with the image or the data set. A patch
        whose tile is damaged fails with the reason. What lies beyond the image is NaN.
        """
        top, left = (manifest[name].to_numpy() for name in ("row", "col"))
        tiles = self._tiles(top, left, todo, into.shape[0])
        for row in todo[self._reaches_beyond(top[todo], left[todo], into.shape[0])].tolist():
            into.blank(row)

        def read(tile: _Tile) -> _Read:
            job.check_cancelled()
            began = time.perf_counter()
            try:
                with rasterio.Env():
                    self._copy(tile, top, left, into)
            except InputError as error:
                return _Read(time.perf_counter() - began, str(error))
            return _Read(time.perf_counter() - began, "")

        missing = np.zeros(len(manifest), np.int64)  # tiles that a patch waits for
        for tile in tiles:
            missing[tile.patches] += 1
        seconds, errors = np.zeros(len(manifest)), dict[int, str]()
        yield from (Outcome(row, 0.0) for row in todo[missing[todo] == 0].tolist())
        with closing(windows.each(read, tiles, jobs)) as results:
            for tile, result in results:
                seconds[tile.patches] += result.seconds / len(tile.patches)
                missing[tile.patches] -= 1
                if result.error:
                    errors |= dict.fromkeys(tile.patches.tolist(), result.error)
                for row in tile.patches[missing[tile.patches] == 0].tolist():
                    yield Outcome(row, float(seconds[row]), error=errors.get(row, ""))

    def _reaches_beyond(self, top: np.ndarray, left: np.ndarray, size: int) -> np.ndarray:
        grid = self.stack.grid
        return (top < 0) | (left < 0) | (top + size > grid.height) | (left + size > grid.width)

    def _tiles(self, top: np.ndarray, left: np.ndarray, todo: np.ndarray, size: int) -> list[_Tile]:
        """The tiles that patches lie on, in the image's order."""
        grid, (height, width) = self.stack.grid, self._tile_shape()
        first_row, last_row = _span(top[todo], size, grid.height, height)
        first_col, last_col = _span(left[todo], size, grid.width, width)
        rows, cols = np.maximum(last_row - first_row + 1, 0), np.maximum(last_col - first_col + 1, 0)
        # Each patch once for each of its tiles, which are numbered row by row.
        count = rows * cols
        patch = np.repeat(np.arange(len(todo)), count)
        number = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        across = -(-grid.width // width)
        tile = (first_row[patch] + number // cols[patch]) * across + first_col[patch] + number % cols[patch]
        order = np.argsort(tile, kind="stable")
        tiles, starts = np.unique(tile[order], return_index=True)
        found = []
        for place, patches in zip(tiles.tolist(), np.split(todo[patch[order]], starts)[1:], strict=True):
            row, col = place // across * height, place % across * width
            whole = Window(col, row, min(width, grid.width - col), min(height, grid.height - row))
            found.append(_Tile(_around(whole, top[patches], left[patches], size), patches))
        return found

    def _tile_shape(self) -> tuple[int, int]:
        """Height and width of a tile: whole blocks, all across the image where that is how it is stored."""
        grid, (block_height, block_width) = self.stack.grid, self.stack.block
        pixel_bytes = len(self.stack.bands) * (self.stack.dtype.itemsize + 4)
        pixels = min(TILE_PIXELS, TILE_BYTES // pixel_bytes)
        if block_width >= grid.width:
            return _multiple(block_height, max(1, pixels // grid.width)), grid.width
        edge = int(np.sqrt(pixels))
        return _multiple(block_height, edge), _multiple(block_width, edge)

    def _copy(self, tile: _Tile, top: np.ndarray, left: np.ndarray, into: WorkingStore) -> None:
        """Read a tile and give each patch its piece of it."""
        w, size = tile.window, into.shape[0]
        # Bands last in memory too, so that a row of a patch is copied in one go.
        pixels = np.ascontiguousarray(self.stack.read_floats(w).transpose(1, 2, 0))
        row, col = top[tile.patches] - w.row_off, left[tile.patches] - w.col_off
        # From where to where in the tile, clipped to it.
        first_row, last_row = np.clip(row, 0, w.height), np.clip(row + size, 0, w.height)
        first_col, last_col = np.clip(col, 0, w.width), np.clip(col + size, 0, w.width)
        spans = (tile.patches, first_row, last_row, first_col, last_col, first_row - row, first_col - col)
        for patch, a, b, c, d, down, right in zip(*(v.tolist() for v in spans), strict=True):
            into.put(patch, pixels[a:b, c:d], down, right)


def _multiple(block: int, wanted: int) -> int:
    """About `wanted` pixels in whole blocks; a block that is much larger is cut, so that memory stays bounded."""
    return wanted if block > 2 * wanted else max(1, wanted // block) * block


def _span(start: np.ndarray, size: int, end: int, step: int) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last tile along one axis that patches lie on; the last is before the first for none."""
    first, last = np.maximum(start, 0) // step, (np.minimum(start + size, end) - 1) // step
    return first, np.where((start + size <= 0) | (start >= end), first - 1, last)


def _around(tile: Window, top: np.ndarray, left: np.ndarray, size: int) -> Window:
    """The part of a tile that holds all pieces of its patches."""
    row, col = max(tile.row_off, int(top.min())), max(tile.col_off, int(left.min()))
    bottom = min(tile.row_off + tile.height, int(top.max()) + size)
    right = min(tile.col_off + tile.width, int(left.max()) + size)
    return Window(col, row, right - col, bottom - row)
