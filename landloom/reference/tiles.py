"""The masks of a tile data set as a reference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from rasterio.windows import Window

from .. import vrt
from ..errors import InputError
from ..maps import ClassMap
from ..rasters import Stack
from ..tiles.dataset import TileSet
from .class_match import common_classes
from .pixels import NO_CLASS, NODATA, Pixels, Reference


def from_tiles(mapped: ClassMap, tiles: TileSet, part: str, area: shapely.Geometry | None) -> Reference:
    """Each pixel of the masks of a part of a tile data set, once though tiles overlap.

    The map is brought to the grid of the tiles by the nearest pixel where it has another. An `area` is in the CRS of
    the tiles. Raises InputError where map and tiles do not lie together.
    """
    classes, rows = common_classes(mapped, tiles.classes), tiles.rows(part, ("cut",))
    if not len(rows):
        there = ", ".join(dict.fromkeys(tiles.table["part"]))
        raise InputError(
            f"{tiles.folder} has no tiles of the part '{part}'; it has {there}. Choose another TILES_PART."
        )
    grid = tiles.grid
    _refuse_elsewhere(mapped, tiles)
    stack = Stack(grid, mapped.stack.parts, "nearest")
    image = Window(0, 0, grid.width, grid.height)
    own = [tiles.window(row).intersection(image) for row in rows]  # tiles may reach beyond it
    corners = np.array([(window.row_off, window.col_off) for window in own])
    names, block = np.unique(tiles.table["block"].to_numpy(dtype=str)[rows], return_inverse=True)

    def read(number: int) -> tuple[Pixels, dict[str, int]]:
        window = own[number]
        truth = tiles.read_mask(int(rows[number]))[: window.height, : window.width]
        labelled = (truth != tiles.ignore) & _first_seen(own, corners, tiles.size, number)
        inside = grid.inside(area, window)
        labelled &= True if inside is None else inside
        values, good = stack.read(window)
        known = np.isin(values, classes.ids).all(axis=0) & np.isin(truth, classes.ids)
        missing = {NODATA: labelled & ~good, NO_CLASS: labelled & good & ~known}
        row, col = np.nonzero(labelled & good & known)
        group = np.full(len(row), block[number])
        pixels = Pixels(window, row, col, truth[row, col], values[:, row, col], group)
        return pixels, {reason: int(np.count_nonzero(where)) for reason, where in missing.items()}

    return Reference(
        classes,
        tiles.classes,
        grid,
        range(len(rows)),
        read,
        f"No labelled pixel of the part '{part}' of {tiles.folder} lies where {mapped.label} shows a class. Check that"
        " they show the same place.",
        len(names),
        "blocks of the tile data set",
        ordinal=tiles.ordinal,
        stacks=(stack,),
    )


def _refuse_elsewhere(mapped: ClassMap, tiles: TileSet) -> None:
    here, there = mapped.stack.grid, tiles.grid
    if (here.crs is None) != (there.crs is None):
        which = mapped.label if here.crs is None else f"the tile data set {tiles.folder}"
        raise InputError(
            f"{which} has no coordinate reference system, so map and tiles cannot be laid on each other. Assign one"
            " (Raster ▸ Projections ▸ Assign Projection)"
            + ("." if here.crs is None else " to the raster that was cut, and run Cut tiles again.")
        )
    if not vrt.overlap(here, there).area:
        raise InputError(
            f"{mapped.label} does not overlap the tile data set {tiles.folder}. Check that both show the same place and"
            " have the right coordinate reference system."
        )


def _first_seen(tiles: Sequence[Window], corners: np.ndarray, size: int, number: int) -> np.ndarray:
    """Which pixels (h, w) of a tile lie in none of the tiles before it; `corners` are rows and columns (n, 2)."""
    own = tiles[number]
    new = np.ones((own.height, own.width), dtype=bool)
    apart = np.abs(corners[:number] - corners[number]).max(axis=1, initial=0)
    for near in np.flatnonzero(apart < size):
        other = tiles[int(near)]
        top, left = other.row_off - own.row_off, other.col_off - own.col_off
        bottom, right = top + other.height, left + other.width
        if bottom > 0 and right > 0:
            new[max(top, 0) : bottom, max(left, 0) : right] = False
    return new
