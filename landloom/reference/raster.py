"""Another raster as a reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from rasterio.windows import Window

from .. import maps, windows
from ..grids import Grid
from ..maps import ClassMap
from ..rasters import Stack
from .class_match import common_classes
from .pixels import BLOCK, NODATA, Pixels, Reference

# Each pixel takes some dozens of bytes while it is compared.
WINDOW_PIXELS = 2**18
# The raster is cut into so many squares a side for the intervals, fewer where their matrices would take much memory.
SQUARES_A_SIDE = 16
SQUARES_CELLS = 2**18


def from_raster(mapped: ClassMap, reference: ClassMap, area: shapely.Geometry | None) -> Reference:
    """Each pixel of a raster, brought to the map's grid by the nearest pixel where it has another.

    With an `area`, only pixels whose centre lies in it.
    """
    classes, grid = common_classes(mapped, reference.classes), mapped.stack.grid
    part = maps.side_by_side(mapped, reference).parts[-1]
    theirs = Stack(grid, (part,), "nearest")
    squares = _Squares.of(grid, len(classes))

    def read(window: Window) -> tuple[Pixels, dict[str, int]]:
        (values, good), (truth, there) = mapped.stack.read(window), theirs.read(window)
        inside = grid.inside(area, window)
        inside = np.ones(good.shape, dtype=bool) if inside is None else inside
        known = np.isin(values, classes.ids).all(axis=0) & np.isin(truth[0], classes.ids)
        missing = {
            NODATA: inside & ~good,
            "outside the reference or nodata in it": inside & good & ~there,
            "values in map or reference that are no class": inside & good & there & ~known,
        }
        row, col = np.nonzero(inside & good & there & known)
        pixels = Pixels(window, row, col, truth[0][row, col], values[:, row, col], squares.group(window, row, col))
        return pixels, {reason: int(np.count_nonzero(where)) for reason, where in missing.items()}

    return Reference(
        classes,
        reference.classes,
        grid,
        windows.plan(grid.height, grid.width, BLOCK, WINDOW_PIXELS),
        read,
        f"{mapped.label} and {reference.label} have no pixel in common that holds a class in both. Check that they"
        " overlap and that their class ids agree.",
        squares.number,
        f"squares of {squares.edge} × {squares.edge} pixels" if squares.number > 1 else "",
        stacks=(theirs,),
    )


@dataclass(frozen=True)
class _Squares:
    """A lattice of squares on a grid, whose pixels are taken together since neighbours are alike."""

    edge: int
    columns: int
    number: int

    @classmethod
    def of(cls, grid: Grid, classes: int) -> _Squares:
        side = min(SQUARES_A_SIDE, int((SQUARES_CELLS / classes**2) ** 0.5)) or 1
        edge = -(-max(grid.height, grid.width) // side)
        columns = -(-grid.width // edge)
        return cls(edge, columns, columns * -(-grid.height // edge))

    def group(self, window: Window, row: np.ndarray, col: np.ndarray) -> np.ndarray:
        return (row + window.row_off) // self.edge * self.columns + (col + window.col_off) // self.edge
