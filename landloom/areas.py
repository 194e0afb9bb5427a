"""True ground areas of pixels, whatever the raster's CRS."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from rasterio.windows import Window

from . import assessment, windows
from .classes import ClassTable
from .grids import Grid
from .rasters import Stack

SQUARE_METRES_A_HECTARE = 10_000.0
WINDOW_PIXELS = 2**20


def hectares_by_row(grid: Grid, window: Window) -> np.ndarray | None:
    """The ground area of a pixel in each row of a window, (h,), in hectares; None without a CRS.

    In degrees it is the area on the ellipsoid; in a projection the plane area divided by the projection's
    areal scale at the row's middle. That matters: Web Mercator shows a pixel at 45° twice as large as it is.
    """
    if grid.crs is None:
        return None
    rows = np.arange(window.row_off, window.row_off + window.height) + 0.5
    x, y = grid.to_map(np.full(len(rows), window.col_off + window.width / 2), rows)
    crs = pyproj.CRS.from_wkt(grid.crs.to_wkt())
    to_si = crs.axis_info[0].unit_conversion_factor  # radians or metres
    plane = abs(grid.transform.determinant) * to_si**2
    if crs.is_geographic:
        ground = plane * _square_metres_a_square_radian(crs, y * to_si)
    elif crs.geodetic_crs is None:  # a plane of its own, somewhere on the earth
        ground = np.full(len(rows), plane)
    else:
        to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
        longitude, latitude = to_degrees.transform(x, y)
        ground = plane / np.asarray(pyproj.Proj(crs).get_factors(longitude, latitude).areal_scale)
    return ground / SQUARE_METRES_A_HECTARE


def _square_metres_a_square_radian(crs: pyproj.CRS, latitude: np.ndarray) -> np.ndarray:
    """On the ellipsoid, at latitudes in radians (Snyder 1987, equations 4-18 to 4-20)."""
    geod = crs.get_geod()
    assert geod is not None  # every geographic CRS has an ellipsoid
    root = 1 - geod.es * np.sin(latitude) ** 2
    meridian, prime_vertical = geod.a * (1 - geod.es) / root**1.5, geod.a / root**0.5
    return meridian * prime_vertical * np.cos(latitude)


@dataclass(frozen=True)
class ClassAreas:
    """Pixels (K,) and hectares (K,) of each class of a map; hectares are None without a CRS."""

    pixels: np.ndarray
    hectares: np.ndarray | None

    @property
    def measured(self) -> tuple[np.ndarray, str]:
        """The areas in the best unit there is, and its name: hectares, else pixels."""
        return (self.pixels, "pixels") if self.hectares is None else (self.hectares, "hectares")


def class_areas(stack: Stack, classes: ClassTable) -> ClassAreas:
    """Add up the classes in the first band of `stack`, window by window."""
    pixels, hectares = np.zeros(len(classes), np.int64), np.zeros(len(classes))
    grid = stack.grid
    for window in windows.plan(grid.height, grid.width, 512, WINDOW_PIXELS):
        values, valid = stack.read(window)
        place, known = assessment.places(values[0], classes.ids)
        row = np.nonzero(valid & known)[0]
        cell = row * len(classes) + place[valid & known]
        by_row = np.bincount(cell, minlength=values.shape[1] * len(classes)).reshape(-1, len(classes))
        pixels += by_row.sum(axis=0)
        ground = hectares_by_row(grid, window)
        if ground is not None:
            hectares += ground @ by_row
    return ClassAreas(pixels, hectares if grid.crs else None)


def footprint(grid: Grid) -> shapely.Geometry | None:
    """The raster's outline in EPSG:4326, with points along the edges; None where its place is not known."""
    if grid.crs is None or pyproj.CRS.from_wkt(grid.crs.to_wkt()).geodetic_crs is None:
        return None
    outline = shapely.Polygon(grid.corners)
    dense = shapely.segmentize(outline, max_segment_length=outline.length / 32)
    return gpd.GeoSeries([dense], crs=grid.crs.to_wkt()).to_crs("EPSG:4326")[0]
