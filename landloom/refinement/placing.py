"""Where tile files lie: on one grid, or it is said which of them do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from affine import Affine
from rasterio.windows import Window

from ..errors import InputError
from ..grids import Grid
from . import tile_files
from .tile_files import BadTile, TileFile

# A tile's corner may be off the lattice of pixels by so many of them.
TOLERANCE = 0.01
# A raster of more pixels than this must not be so many times as large as its tiles together.
LARGEST_SPAN, EMPTIEST = 10**10, 1000
# So many names stand in a message.
MOST_NAMED = 5


@dataclass(frozen=True)
class Placed:
    """Tiles on one grid, whose extent is theirs.

    Args:
        tiles: n of them.
        row, col, height, width: of each, in pixels of the grid (n,).
        grid: which spans them.
        bands: of their array; 0 for classes, which have none.
        content: of the JSON file of the first one.
    """

    tiles: tuple[TileFile, ...]
    row: np.ndarray
    col: np.ndarray
    height: np.ndarray
    width: np.ndarray
    grid: Grid
    bands: int
    content: Mapping[str, Any]

    def touching(self, window: Window) -> Iterator[tuple[TileFile, int, int]]:
        """The tiles that have pixels in a window, with their row and column."""
        near = (self.row < window.row_off + window.height) & (self.row + self.height > window.row_off)
        near &= (self.col < window.col_off + window.width) & (self.col + self.width > window.col_off)
        for number in np.flatnonzero(near):
            yield self.tiles[number], int(self.row[number]), int(self.col[number])


def place(
    tiles: Sequence[TileFile], key: str, failed: dict[str, BadTile], tick: Callable[[float], None] = lambda share: None
) -> Placed:
    """Find out where tiles lie, without reading pixels; those that cannot be used are added to `failed` by name.

    `tick` is told the share that is done.

    Raises InputError where none is left, or where they have different grids, CRS or bands.
    """
    found: list[tuple[TileFile, Grid, tuple[int, ...]]] = []
    for number, tile in enumerate(tiles):
        tick(number / len(tiles))
        try:
            found.append((tile, *_look(tile, key)))
        except BadTile as bad:
            failed[tile.name] = bad
    if not found:
        name, reason = next(iter(failed.items()))
        raise InputError(f"None of the {len(tiles):,} tiles can be put together, such as {name}: {reason}.")
    _refuse_other_bands(found, key)
    first = found[0][1]
    _refuse_other_grids(found)
    col, row = (np.round(places).astype(np.int64) for places in _corners(found))
    height, width = (np.array([shape[i] for _, _, shape in found]) for i in (-2, -1))
    left, top = int(col.min()), int(row.min())
    grid = Grid(
        int((row + height).max()) - top,
        int((col + width).max()) - left,
        first.transform @ Affine.translation(left, top),
        first.crs,
    )
    _refuse_far_apart(found, row, col, height, width)
    shape = found[0][2]
    content = found[0][0].metadata.content
    placed = tuple(tile for tile, _, _ in found)
    return Placed(placed, row - top, col - left, height, width, grid, shape[0] if len(shape) == 3 else 0, content)


def _look(tile: TileFile, key: str) -> tuple[Grid, tuple[int, ...]]:
    shape = tile.shape(key)
    if len(shape) not in (2, 3) or 0 in shape:
        raise BadTile("wrong shape", f"its array '{key}' has the shape {shape} instead of (bands, height, width)")
    grid = tile.metadata.grid(*shape[-2:])
    if grid is None:
        raise BadTile("no georeference", f"its JSON file has no '{tile_files.GEOREFERENCE}' that says where it lies")
    return grid, shape


def _refuse_other_bands(found: Sequence[tuple[TileFile, Grid, tuple[int, ...]]], key: str) -> None:
    first, wanted = found[0][0], found[0][2][:-2]
    others = [tile.name for tile, _, shape in found if shape[:-2] != wanted]
    if others:
        raise InputError(
            f"The tiles do not have the same bands: '{key}' of {first.name} has {wanted[0] if wanted else 'none'}, that"
            f" of {_named(others)} has not. Put tiles of one kind into a folder."
        )


def _refuse_other_grids(found: Sequence[tuple[TileFile, Grid, tuple[int, ...]]]) -> None:
    """Refuse tiles with another CRS, pixel size, rotation, or corners between the pixels of the first."""
    first, wanted = found[0][:2]
    pixel = min(wanted.pixel_size)
    elsewhere = [tile.name for tile, grid, _ in found if grid.crs is not wanted.crs and grid.crs != wanted.crs]
    if elsewhere:
        raise InputError(
            f"The tiles do not have one coordinate reference system: {first.name} has {_crs(wanted)},"
            f" {_named(elsewhere)} another. Mosaic the tiles of each by themselves."
        )
    between = []
    off = np.max([np.abs(places - np.round(places)) for places in _corners(found)], axis=0)
    for (tile, grid, shape), beside in zip(found, off.tolist(), strict=True):
        # Over the whole tile, the pixels may drift by no more than the tolerance.
        steps = [abs(a - b) for a, b in zip(list(grid.transform)[:6], list(wanted.transform)[:6], strict=True)]
        drift = max(steps[0], steps[1], steps[3], steps[4]) * max(shape[-2:])
        if drift > TOLERANCE * pixel or beside > TOLERANCE:
            between.append(tile.name)
    if between:
        raise InputError(
            f"The tiles do not lie on one pixel grid: the pixels of {_named(between)} are of another size than those of"
            f" {first.name}, turned, or lie between them. Mosaic the tiles of each grid by themselves."
        )


def _refuse_far_apart(
    found: Sequence[tuple[TileFile, Grid, tuple[int, ...]]],
    row: np.ndarray,
    col: np.ndarray,
    height: np.ndarray,
    width: np.ndarray,
) -> None:
    """Refuse tiles of which one must have a wrong place: the raster that spans them would be all but empty."""
    high, wide = (int((place + size).max() - place.min()) for place, size in ((row, height), (col, width)))
    if high * wide > max(LARGEST_SPAN, EMPTIEST * int((height * width).sum())):
        away = np.hypot(row - np.median(row), col - np.median(col))
        raise InputError(
            f"The tiles lie too far apart for one raster: it would have {wide:,} × {high:,} pixels. The farthest from"
            f" the others is {found[int(away.argmax())][0].name}. Correct the place in its JSON file, or put the tiles"
            " of each place into a folder of their own."
        )


def _corners(found: Sequence[tuple[TileFile, Grid, tuple[int, ...]]]) -> tuple[np.ndarray, np.ndarray]:
    """The upper left corners, as columns and rows (n,) of the first tile's pixels."""
    x, y = (np.array([getattr(grid.transform, name) for _, grid, _ in found]) for name in ("c", "f"))
    return found[0][1].to_pixel(x, y)


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _crs(grid: Grid) -> str:
    return grid.crs.to_string() if grid.crs else "none"
