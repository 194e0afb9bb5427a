"""True ground areas of pixels, whatever the raster's CRS."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import rasterio
import shapely
from rasterio.windows import Window

from . import windows
from .classes import ClassTable
from .rasters import Grid

SQUARE_METRES_A_HECTARE = 10_000.0


def hectares_by_row(grid: Grid, window: Window) -> np.ndarray | None:
    """The ground area of a pixel in each row of a window, (h,), in hectares; None without a CRS.

    In degrees it is the area on the ellipsoid; in a projection the plane area divided by the projection's
    areal scale at the row's middle. That matters: Web Mercator shows a pixel at 45° twice as large as it is.
    """
    if grid.crs is None:
        return None
    rows = np.arange(window.row_off, window.row_off + window.height) + 0.5
    middle = window.col_off + window.width / 2
    x, y = grid.to_map(np.full(len(rows), middle), rows)
    crs = pyproj.CRS.from_wkt(grid.crs.to_wkt())
    if crs.is_geographic:
        return _on_ellipsoid(crs, grid, y) / SQUARE_METRES_A_HECTARE
    metre = crs.axis_info[0].unit_conversion_factor
    plane = abs(grid.transform.determinant) * metre**2
    to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    longitude, latitude = to_degrees.transform(x, y)
    scale = pyproj.Proj(crs).get_factors(longitude, latitude).areal_scale
    return plane / np.asarray(scale) / SQUARE_METRES_A_HECTARE


def _on_ellipsoid(crs: pyproj.CRS, grid: Grid, latitude: np.ndarray) -> np.ndarray:
    """Square metres of a pixel at each latitude: a narrow strip between two parallels."""
    geod = crs.get_geod()
    assert geod is not None  # every geographic CRS has an ellipsoid
    width, height = np.radians(grid.pixel_size)
    phi = np.radians(latitude)
    e2 = geod.es
    # Radii of curvature in the meridian and in the prime vertical (Snyder 1987, equations 4-18 to 4-20).
    meridian = geod.a * (1 - e2) / (1 - e2 * np.sin(phi) ** 2) ** 1.5
    parallel = geod.a * np.cos(phi) / np.sqrt(1 - e2 * np.sin(phi) ** 2)
    return np.abs(meridian * height * parallel * width)


@dataclass(frozen=True)
class ClassAreas:
    """Pixels (K,) and hectares (K,) of each class of a map; hectares are None without a CRS."""

    pixels: np.ndarray
    hectares: np.ndarray | None


def class_areas(path: str | Path, classes: ClassTable) -> ClassAreas:
    """Count a map's classes, strip by strip."""
    pixels, hectares = np.zeros(len(classes), np.int64), np.zeros(len(classes))
    with rasterio.open(path) as dataset:
        grid = Grid(dataset.height, dataset.width, dataset.transform, dataset.crs)
        for window in windows.plan(grid.height, grid.width, 512, 512 * 8192):
            values = dataset.read(1, window=window)
            ground = hectares_by_row(grid, window)
            for k, class_id in enumerate(classes.ids):
                by_row = np.count_nonzero(values == class_id, axis=1)
                pixels[k] += by_row.sum()
                if ground is not None:
                    hectares[k] += by_row @ ground
    return ClassAreas(pixels, hectares if grid.crs else None)


def footprint(grid: Grid) -> shapely.Geometry | None:
    """The raster's outline in EPSG:4326, with points along the edges; None without a CRS."""
    if grid.crs is None:
        return None
    corners = [
        grid.transform @ corner for corner in ((0, 0), (grid.width, 0), (grid.width, grid.height), (0, grid.height))
    ]
    outline = shapely.segmentize(
        shapely.Polygon(corners), max_segment_length=max(grid.width, grid.height) * max(grid.pixel_size) / 8
    )
    return gpd.GeoSeries([outline], crs=grid.crs.to_wkt()).to_crs("EPSG:4326")[0]
