"""Mapping with networks that classify whole tiles: tiles on a lattice, blended where they overlap.

A window needs all tiles that lie over it, and its neighbours need some of the same. So tiles are kept for a while, and
windows are done in an order that needs few of them: strips from top to bottom, so wide that some rows of tiles fit
the memory budget. What is added up for a pixel, and in which order, is given by the lattice alone: windows, jobs, the
budget and interruptions have no influence on a single bit.
"""

from __future__ import annotations

import math
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from rasterio.windows import Window

from . import predictors
from .blending import Lattice
from .ensembles import Looks
from .prediction import WindowTask, pieces, within
from .predictors import TilePredictor
from .tile_cache import Cache
from .windows import ITEMS_A_JOB

# So many tiles at once are the least that keeps a graphics card busy.
BATCH_ON_A_CARD = 16
# About what U-Nets hold of a tile's pixel while they work on it (measured with EfficientNet-B4; by ONNX Runtime).
NETWORK_PIXEL_BYTES = 450


@dataclass(frozen=True)
class Member:
    """A model of an ensemble: its file, that file's hash, and what computes it."""

    path: str
    sha256: str
    engine: str


@dataclass(frozen=True)
class TileTask(WindowTask):
    """For networks that say of each pixel of a tile what it is.

    `batch` tiles of a row are computed at once, always the same ones. Each result is (classes [+ 1: the variance], h,
    w) float32 over the tile's reach, NaN where a band has no data; None where no pixel has any.
    """

    members: tuple[Member, ...]
    looks: Looks
    lattice: Lattice
    device: str
    batch: int = 1
    # Tells runs apart, so that each process lets go of what it kept for the last one.
    run: str = field(default_factory=lambda: uuid.uuid4().hex)

    def identity(self) -> dict[str, Any]:
        """What is computed where decides how it is rounded."""
        from .networks import devices, torch_version

        return {
            "members": [(member.sha256, member.engine) for member in self.members],
            "looks": repr(self.looks),
            "tile": (self.lattice.rows.tile, self.lattice.rows.overlap, self.batch),
            "device": devices.choose(self.device).type,
            "torch": torch_version(),
        }

    @property
    def wants_variance(self) -> bool:
        """Whether answers are compared with each other."""
        return "variance" in self.products.wanted

    @property
    def layers(self) -> int:
        """How many numbers are kept for a pixel."""
        return len(self.products.classes) + self.wants_variance

    def plan(self) -> list[Window]:
        """Strips from top to bottom, in windows of a block; on a cluster, where each worker has tiles of its own,
        squares.
        """
        grid, block = self.reader.stack.grid, self.effort.block
        if self.effort.scheduler:
            edge = max(1, math.isqrt(self._results()) // block) * block
            return list(pieces(Window(0, 0, grid.width, grid.height), edge, edge))
        width = self.strip_blocks * block
        return [
            window
            for left in range(0, grid.width, width)
            for window in pieces(Window(left, 0, min(width, grid.width - left), grid.height), block, block)
        ]

    def _results(self) -> int:
        """Pixels that a window may have so that the results of all that wait to be written take a quarter of the
        budget.
        """
        pixel = sum(layout.pixel_bytes for layout in self.products.layouts().values())
        return self.effort.memory_mb * 2**20 // 4 // pixel // (ITEMS_A_JOB * self._jobs)

    @property
    def strip_blocks(self) -> int:
        """The width of a strip in blocks: all are of the same, and as few as the budget for tiles allows."""
        blocks = -(-self.reader.stack.grid.width // self.effort.block)
        most = next((n for n in range(blocks, 1, -1) if self.kept_bytes(n) <= self.tile_budget), 1)
        return -(-blocks // -(-blocks // most))

    @property
    def tile_budget(self) -> int:
        """How many bytes of tiles are kept: a quarter of the memory budget."""
        return self.effort.memory_mb * 2**20 // 4

    @property
    def at_once(self) -> int:
        """How many tiles the networks work on at once: one a job, as far as a quarter of the budget is enough."""
        if self.looks.dropout_passes:  # there is one source of chance
            return 1
        shown = max(1.0, *self.looks.scales) * self.lattice.rows.tile
        return int(min(max(self.tile_budget // (NETWORK_PIXEL_BYTES * shown**2), 1), self._jobs))

    @property
    def threads(self) -> int:
        """How many cores work on each of them."""
        return max(1, self._jobs // self.at_once)

    @property
    def _jobs(self) -> int:
        return self.effort.jobs or os.cpu_count() or 1

    def kept_bytes(self, blocks: int) -> int:
        """What the tiles take that are needed at a time by a strip of so many blocks."""
        rows, columns, block = self.lattice.rows, self.lattice.columns, self.effort.block
        across = min(-(-(blocks * block + columns.tile) // columns.step) + self.batch, len(columns.starts))
        # Those over one row of windows, and those that the next one needs beside.
        down = min(-(-(block + rows.tile) // rows.step) + 1, len(rows.starts))
        return 4 * self.layers * across * down * rows.tile * columns.tile

    @property
    def repeated(self) -> float:
        """The share of tiles that are computed again since they lie over two strips."""
        columns, width = self.lattice.columns, self.strip_blocks * self.effort.block
        touching = [
            columns.touching(left, min(left + width, columns.length)) for left in range(0, columns.length, width)
        ]
        units = [{number // self.batch for number in numbers} for numbers in touching]
        return sum(map(len, units)) / len(set().union(*units)) - 1

    def close(self) -> None:
        """Let go the tiles and models of this run."""
        with _states_lock:
            _states.pop(self.run, None)
        super().close()

    def _parts(self, window: Window) -> Iterator[Window]:
        """Windows of a block are small enough to be worked on at once."""
        yield from pieces(window, self.effort.block, self.effort.block)

    def _classify(
        self, part: Window, wanted: np.ndarray | None, result: Mapping[str, np.ndarray], check: Callable[[], None]
    ) -> bool:
        state = _state(self)
        tiles = list(self._tiles_over(part, wanted))
        units = [(row, column // self.batch) for row, column in tiles]
        state.tiles.fill(dict.fromkeys(units), check)
        total = np.zeros((self.layers, part.height, part.width), np.float32)
        for (row, column), unit in zip(tiles, units, strict=True):
            tile = state.tiles.get(unit, check)[column % self.batch]
            reach = self.lattice.reach(row, column)
            common = _common(reach, part)
            if tile is None:
                total[:, *within(common, part)] = np.nan
                continue
            at = within(common, reach)
            total[:, *within(common, part)] += tile[:, *at] * self.lattice.weights(row, column)[at]
        valid = ~np.isnan(total[0])
        if wanted is not None:
            valid &= wanted
        if not valid.any():
            return False
        classes = len(self.products.classes)
        shares = np.ascontiguousarray(total[:classes, valid].T)
        self.products.fill(
            result,
            np.nonzero(valid),
            state.members[0].class_ids,
            shares.argmax(axis=1),
            shares,
            total[classes, valid] if self.wants_variance else None,
        )
        return True

    def _tiles_over(self, part: Window, wanted: np.ndarray | None) -> Iterator[tuple[int, int]]:
        """Row and column of each tile that counts for any wanted pixel of a window."""
        for row in self.lattice.rows.touching(part.row_off, part.row_off + part.height):
            for column in self.lattice.columns.touching(part.col_off, part.col_off + part.width):
                if wanted is None or wanted[within(_common(self.lattice.reach(row, column), part), part)].any():
                    yield row, column

    def compute(self, members: list[TilePredictor], unit: tuple[int, int]) -> list[np.ndarray | None]:
        """The results of the tiles of a unit: those of a row from column `unit[1] * batch` on."""
        row, first = unit[0], unit[1] * self.batch
        columns = range(first, min(first + self.batch, len(self.lattice.columns.starts)))
        pixels = {column: self.read(row, column) for column in columns}
        valid = {column: ~np.isnan(values).any(axis=0) for column, values in pixels.items()}
        shown = [column for column in columns if valid[column].any()]
        results: list[np.ndarray | None] = [None] * len(columns)
        if not shown:
            return results
        values = np.stack([pixels[column] for column in shown])
        shares, variance = self.looks.answer(members, values, unit, self.wants_variance)
        for number, column in enumerate(shown):
            tile = (
                shares[number] if variance is None else np.concatenate([shares[number], variance[number : number + 1]])
            )
            window, reach = self.lattice.window(row, column), self.lattice.reach(row, column)
            at = within(reach, window)
            results[column - first] = np.where(valid[column][at], tile[:, *at], np.float32(np.nan))
        return results

    def read(self, row: int, column: int) -> np.ndarray:
        """The pixels of a tile (channels, h, w) float32; beyond a small image its pixels are mirrored."""
        window, grid = self.lattice.window(row, column), self.reader.stack.grid
        inner = Window(
            window.col_off,
            window.row_off,
            min(window.width, grid.width - window.col_off),
            min(window.height, grid.height - window.row_off),
        )
        values = self.reader.stack.read_floats(inner)
        missing = ((0, 0), (0, window.height - inner.height), (0, window.width - inner.width))
        return np.pad(values, missing, mode="symmetric") if any(map(any, missing)) else values


@dataclass(frozen=True)
class _State:
    """What a process holds for a run."""

    members: list[TilePredictor]
    tiles: Cache[tuple[int, int], list[np.ndarray | None]]


_states: dict[str, _State] = {}
_states_lock = threading.Lock()


def _state(task: TileTask) -> _State:
    with _states_lock:
        if task.run not in _states:
            _states.clear()
            members = []
            for number, member in enumerate(task.members):
                opened = predictors.open_once(member.path, member.sha256, task.device, beside=number > 0)
                members.append(cast(TilePredictor, opened))
                members[-1].use(member.engine, task.threads, task.at_once)
            limit = max(task.tile_budget, task.kept_bytes(task.strip_blocks))
            cache: Cache[tuple[int, int], list[np.ndarray | None]] = Cache(
                lambda unit: task.compute(members, unit), _bytes, limit
            )
            _states[task.run] = _State(members, cache)
        return _states[task.run]


def _bytes(tiles: list[np.ndarray | None]) -> int:
    return sum(tile.nbytes for tile in tiles if tile is not None)


def _common(one: Window, other: Window) -> Window:
    left, top = max(one.col_off, other.col_off), max(one.row_off, other.row_off)
    right = min(one.col_off + one.width, other.col_off + other.width)
    bottom = min(one.row_off + one.height, other.row_off + other.height)
    return Window(left, top, max(right - left, 0), max(bottom - top, 0))
