"""True ground areas of pixels, whatever the raster's CRS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
import shapely.affinity
from rasterio.windows import Window

from . import assessment, windows
from .classes import ClassTable
from .grids import Grid
from .rasters import Stack

SQUARE_METRES_A_HECTARE = 10_000.0
WINDOW_PIXELS = 2**20
# Where a projection's scale is looked up in each row of a window: at the middles of so many parts.
PARTS_OF_A_ROW = 8
# PROJ takes the scale at a pole from a point beside it.
LARGEST_LATITUDE = 89.999


def hectares_by_row(grid: Grid, window: Window) -> np.ndarray | None:
    """The mean ground area of a pixel in each row of a window, (h,), in hectares; None without a CRS.

    It is the area on the ellipsoid, not that in the plane of the projection: Web Mercator shows a pixel at 45°
    twice as large as it is. What lies beyond the earth's edge in a projection has no area.
    """
    if grid.crs is None:
        return None
    rows = np.arange(window.row_off, window.row_off + window.height) + 0.5
    columns = window.col_off + window.width * (np.arange(PARTS_OF_A_ROW) + 0.5) / PARTS_OF_A_ROW
    x, y = (v.ravel() for v in grid.to_map(*np.meshgrid(columns, rows)))
    crs = pyproj.CRS.from_wkt(grid.crs.to_wkt())
    to_si = crs.axis_info[0].unit_conversion_factor  # radians or metres
    plane = abs(grid.transform.determinant) * to_si**2
    if crs.is_geographic:
        ground = plane * _square_metres_a_square_radian(crs, y * to_si)
    elif crs.geodetic_crs is None:  # a plane of its own, somewhere on the earth
        ground = np.full(len(x), plane)
    else:
        ground = plane / _plane_a_ground(crs, x, y)
    by_row = np.ma.masked_invalid(ground.reshape(len(rows), -1)).mean(axis=1)
    return by_row.filled(0.0) / SQUARE_METRES_A_HECTARE


def _plane_a_ground(crs: pyproj.CRS, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How many times as large as on the ellipsoid an area is in the plane of a projection.

    From the derivatives of the projection: the areal scale that PROJ gives is that of a sphere for Web Mercator and
    all projections of a sphere, which is wrong by up to 0.7 %.
    """
    to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    longitude, latitude = to_degrees.transform(x, y)
    latitude = np.clip(latitude, -LARGEST_LATITUDE, LARGEST_LATITUDE)
    factors = pyproj.Proj(crs).get_factors(longitude, latitude)
    dx_dlam, dx_dphi, dy_dlam, dy_dphi = map(
        np.asarray, (factors.dx_dlam, factors.dx_dphi, factors.dy_dlam, factors.dy_dphi)
    )
    with np.errstate(invalid="ignore"):  # beyond the earth's edge all of it is infinite
        determinant = np.abs(dx_dlam * dy_dphi - dx_dphi * dy_dlam)  # for a semi-major axis of 1
        return _ellipsoid(crs).a ** 2 * determinant / _square_metres_a_square_radian(crs, np.radians(latitude))


def _square_metres_a_square_radian(crs: pyproj.CRS, latitude: np.ndarray) -> np.ndarray:
    """On the ellipsoid, at latitudes in radians (Snyder 1987, equations 4-18 to 4-20)."""
    geod = _ellipsoid(crs)
    root = 1 - geod.es * np.sin(latitude) ** 2
    meridian, prime_vertical = geod.a * (1 - geod.es) / root**1.5, geod.a / root**0.5
    return meridian * prime_vertical * np.cos(latitude)


def _ellipsoid(crs: pyproj.CRS) -> pyproj.Geod:
    geod = crs.get_geod()
    assert geod is not None  # every CRS on the earth has one
    return geod


@dataclass(frozen=True)
class ClassAreas:
    """Pixels (K,) and hectares (K,) of each class of a map; hectares are None without a CRS."""

    pixels: np.ndarray
    hectares: np.ndarray | None

    @property
    def measured(self) -> tuple[np.ndarray, str]:
        """The areas in the best unit there is, and its name: hectares, else pixels."""
        return (self.pixels, "pixels") if self.hectares is None else (self.hectares, "hectares")


def class_areas(stack: Stack, classes: ClassTable, area: shapely.Geometry | None = None) -> ClassAreas:
    """Add up the classes in the first band of `stack`, window by window; with an `area` only inside it."""
    pixels, hectares = np.zeros(len(classes), np.int64), np.zeros(len(classes))
    grid = stack.grid
    for window in windows.plan(grid.height, grid.width, 512, WINDOW_PIXELS):
        inside = grid.inside(area, window)
        if inside is not None and not inside.any():
            continue
        values, valid = stack.read(window)
        place, known = assessment.places(values[0], classes.ids)
        counted = valid & known if inside is None else valid & known & inside
        cell = np.nonzero(counted)[0] * len(classes) + place[counted]
        by_row = np.bincount(cell, minlength=values.shape[1] * len(classes)).reshape(-1, len(classes))
        pixels += by_row.sum(axis=0)
        ground = hectares_by_row(grid, window)
        if ground is not None:
            hectares += ground @ by_row
    return ClassAreas(pixels, hectares if grid.crs else None)


def footprint(grid: Grid) -> shapely.Geometry | None:
    """The raster's outline in EPSG:4326, with points along the edges; in parts where it crosses 180°.

    None where its place is not known, or where its edges lie beyond the earth's.
    """
    if grid.crs is None or pyproj.CRS.from_wkt(grid.crs.to_wkt()).geodetic_crs is None:
        return None
    outline = shapely.Polygon(grid.corners)
    dense = shapely.segmentize(outline, max_segment_length=outline.length / 128)
    to_degrees = pyproj.Transformer.from_crs(grid.crs.to_wkt(), "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(*dense.exterior.xy)
    if not np.isfinite([longitude, latitude]).all():
        return None
    longitude = np.unwrap(longitude, period=360)
    ring = [*zip(longitude, latitude, strict=True)]
    if abs(longitude[-1] - longitude[0]) > 180:  # once around a pole
        pole = np.copysign(90.0, np.mean(latitude))
        ring += [(longitude[-1], pole), (longitude[0], pole)]
    return _from_180_to_180(shapely.make_valid(shapely.Polygon(ring)))


def _from_180_to_180(shape: shapely.Geometry) -> shapely.Geometry:
    """A polygon whose longitudes go on beyond 180°, cut there and laid where the parts belong."""
    west, _, east, _ = shape.bounds
    parts = []
    for turn in range(int((west + 180) // 360), int((east + 180) // 360) + 1):
        part = shape.intersection(shapely.box(360 * turn - 180, -90, 360 * turn + 180, 90))
        parts.append(shapely.affinity.translate(part, -360 * turn))
    return shapely.union_all([p for p in shapely.get_parts(parts) if p.geom_type == "Polygon"])
