"""Where tiles and the blocks of the split lie on a raster. All numbers are pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import shapely

from ..grids import Grid

# With fewer blocks than this, smaller ones are tried: each part is to have several of each class.
ENOUGH_BLOCKS = 24
# Tiles of blocks of one tile never overlap, so where an overlap is wanted so few blocks of more are enough.
FEW_BLOCKS = 6
LARGEST_BLOCK = 4
# Outlines that were drawn along pixels' edges may be off by rounding.
TOLERANCE = 1e-3
_TILES = ("row", "col", "own_height", "own_width", "block")


@dataclass(frozen=True)
class Lattice:
    """Tiles, n of them, and the blocks that they lie in.

    Args:
        row, col: upper left pixel of each tile.
        own_height, own_width: the upper left part of each tile that no other one claims: counted there, each pixel of a
            block counts once although tiles overlap.
        block: place of each tile's block among `names`.
        names: of the blocks.
        outlines: of the blocks, in units of the grid's CRS.
        parts: the part that each block is in, empty where that is still to be decided.
    """

    row: np.ndarray
    col: np.ndarray
    own_height: np.ndarray
    own_width: np.ndarray
    block: np.ndarray
    names: tuple[str, ...]
    outlines: np.ndarray
    parts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.row)

    def only(self, chosen: np.ndarray) -> Lattice:
        """The lattice with some of its tiles."""
        return replace(self, **{name: getattr(self, name)[chosen] for name in _TILES})


def starts(length: int, size: int, overlap: int) -> np.ndarray:
    """Where tiles begin along `length` pixels; the last one is moved back so that it ends with them.

    A single tile where they are fewer than a tile has.
    """
    last = max(length - size, 0)
    found = np.arange(0, last + 1, size - overlap)
    return found if found[-1] == last else np.append(found, last)


def segments(length: int, edge: int, size: int) -> list[tuple[int, int]]:
    """Cut `length` pixels into blocks of `edge`: begin and end of each; a last one below a tile joins its neighbour."""
    begins = list(range(0, length, edge))
    if len(begins) > 1 and length - begins[-1] < size:
        begins.pop()
    return list(zip(begins, [*begins[1:], length], strict=True))


def block_edge(size: int, overlap: int, tiles: int) -> int:
    """The edge of a block that `tiles` tiles fill, along each side."""
    return size + (tiles - 1) * (size - overlap)


def usual_block(grid: Grid, size: int, overlap: int) -> int:
    """How many tiles a block has along a side where nobody says so: as many as leave enough blocks to split."""

    def blocks(tiles: int) -> int:
        edge = block_edge(size, overlap, tiles)
        return len(segments(grid.height, edge, size)) * len(segments(grid.width, edge, size))

    large = next((n for n in range(LARGEST_BLOCK, 1, -1) if blocks(n) >= ENOUGH_BLOCKS), 1)
    return 2 if large == 1 and overlap and blocks(2) >= FEW_BLOCKS else large


def by_blocks(grid: Grid, size: int, overlap: int, tiles: int) -> Lattice:
    """Blocks of `tiles` tiles along each side; a tile lies wholly within one, so no pixel is in tiles of two."""
    edge = block_edge(size, overlap, tiles)
    found: list[np.ndarray] = []
    names: list[str] = []
    outlines = []
    for down, (top, bottom) in enumerate(segments(grid.height, edge, size)):
        for across, (left, right) in enumerate(segments(grid.width, edge, size)):
            found.append(_fill(top, left, bottom - top, right - left, size, overlap, len(names)))
            names.append(f"b{down:03d}_{across:03d}")
            corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
            outlines.append(shapely.Polygon([grid.transform @ corner for corner in corners]))
    return _joined(found, names, outlines, [""] * len(names))


def by_polygons(grid: Grid, size: int, overlap: int, areas: Mapping[str, shapely.Geometry]) -> Lattice:
    """Each polygon of an area is a block, filled with the tiles that lie wholly in it.

    Args:
        areas: by part, in the grid's CRS; they do not overlap.
    """
    found = [np.empty((5, 0), np.int64)]
    names: list[str] = []
    outlines, parts = [], []
    for part, area in areas.items():
        for number, polygon in enumerate(_in_reading_order(area), start=1):
            top, left, bottom, right = _span(grid, polygon)
            tiles = _fill(top, left, bottom - top, right - left, size, overlap, len(names))
            # A tile is shrunk by a hair, since outlines are drawn to a hair's breadth.
            low, high = TOLERANCE, size - TOLERANCE
            corners = [(low, low), (high, low), (high, high), (low, high), (low, low)]
            xy = [np.column_stack(grid.to_map(tiles[1] + right_, tiles[0] + down)) for right_, down in corners]
            inside = shapely.covers(polygon, shapely.polygons(np.stack(xy, axis=1)))
            inside &= (tiles[0] + size <= grid.height) & (tiles[1] + size <= grid.width)
            found.append(tiles[:, inside])
            names.append(f"{part}_{number}")
            outlines.append(polygon)
            parts.append(part)
    return _joined(found, names, outlines, parts)


def _joined(found: list[np.ndarray], names: list[str], outlines: list[shapely.Polygon], parts: list[str]) -> Lattice:
    row, col, own_height, own_width, block = np.concatenate(found, axis=1)
    return Lattice(row, col, own_height, own_width, block, tuple(names), np.array(outlines), tuple(parts))


def _fill(top: int, left: int, height: int, width: int, size: int, overlap: int, block: int) -> np.ndarray:
    """Tiles of a block: row, col, own height, own width and the block of each, (5, n)."""
    rows, cols = starts(height, size, overlap), starts(width, size, overlap)
    own_height, own_width = (np.append(np.diff(places), size) for places in (rows, cols))
    row, col = np.meshgrid(rows + top, cols + left, indexing="ij")
    heights, widths = np.meshgrid(own_height, own_width, indexing="ij")
    return np.stack([v.ravel() for v in (row, col, heights, widths, np.full(row.shape, block))])


def _in_reading_order(area: shapely.Geometry) -> list[shapely.Polygon]:
    """The polygons of an area from north to south and west to east, whatever order they were drawn in."""
    return sorted(shapely.get_parts(area), key=lambda p: (-p.bounds[3], p.bounds[0], p.bounds[1], p.bounds[2]))


def _span(grid: Grid, polygon: shapely.Polygon) -> tuple[int, int, int, int]:
    """First and last row and column of the pixels within a polygon's bounds and the grid."""
    x, y = shapely.get_coordinates(polygon).T
    cols, rows = grid.to_pixel(x, y)
    top, left = (max(int(np.ceil(v.min() - TOLERANCE)), 0) for v in (rows, cols))
    bottom = min(int(np.floor(rows.max() + TOLERANCE)), grid.height)
    right = min(int(np.floor(cols.max() + TOLERANCE)), grid.width)
    return top, left, max(bottom, top), max(right, left)
