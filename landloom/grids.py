"""Where a raster's pixels lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import rasterio.features
import shapely
from affine import Affine
from rasterio.crs import CRS
from rasterio.windows import Window


@dataclass(frozen=True)
class Grid:
    """Where pixels lie: size in pixels, geotransform, and CRS (None where the raster has none)."""

    height: int
    width: int
    transform: Affine
    crs: CRS | None

    @property
    def pixel_size(self) -> tuple[float, float]:
        """Width and height of a pixel in units of the CRS."""
        t = self.transform
        return float(np.hypot(t.a, t.d)), float(np.hypot(t.b, t.e))

    @property
    def corners(self) -> list[tuple[float, float]]:
        """The outer corners of the raster in map coordinates, one after another around it."""
        pixels = ((0, 0), (self.width, 0), (self.width, self.height), (0, self.height))
        return [self.transform @ corner for corner in pixels]

    def squares(self, row: np.ndarray, col: np.ndarray, size: int) -> np.ndarray:
        """Squares of `size` pixels by their upper left pixels (n,), as polygons in units of the CRS."""
        corners = [(0, 0), (size, 0), (size, size), (0, size), (0, 0)]
        xy = [np.column_stack(self.to_map(col + float(right), row + float(down))) for right, down in corners]
        return shapely.polygons(np.stack(xy, axis=1))

    def aligned_with(self, other: Grid) -> bool:
        """Whether both have the same size, CRS and pixel corners (to a thousandth of a pixel)."""
        if (self.height, self.width, self.crs) != (other.height, other.width, other.crs):
            return False
        return bool(np.abs(np.subtract(self.corners, other.corners)).max() < 1e-3 * min(self.pixel_size))

    def to_map(self, col: np.ndarray, row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Map coordinates of pixel positions; a pixel's centre is at + 0.5."""
        t = self.transform
        return t.a * col + t.b * row + t.c, t.d * col + t.e * row + t.f

    def to_pixel(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Positions (columns, rows) of map coordinates, with fractions."""
        t = ~self.transform
        return t.a * x + t.b * y + t.c, t.d * x + t.e * y + t.f

    def window_transform(self, window: Window) -> Affine:
        """The geotransform of a window."""
        return self.transform @ Affine.translation(window.col_off, window.row_off)

    def bounds(self, window: Window | None = None) -> tuple[float, float, float, float]:
        """West, south, east, north of a window or of the whole, in units of the CRS."""
        w = window or Window(0, 0, self.width, self.height)
        part = Grid(w.height, w.width, self.window_transform(w), self.crs)
        xs, ys = zip(*part.corners, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    def inside(self, area: shapely.Geometry | None, window: Window) -> np.ndarray | None:
        """Which pixels' centres (h, w) of a window lie in an area in the same CRS; None where all do."""
        if area is None:
            return None
        frame = shapely.box(*self.bounds(window))
        if area.contains(frame):
            return None
        shape = (int(window.height), int(window.width))
        if not area.intersects(frame):
            return np.zeros(shape, dtype=bool)
        return rasterio.features.geometry_mask([area], shape, self.window_transform(window), invert=True)
