"""The pixels whose centre lies in a polygon: how many they are, and what they are like."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from qgis.core import QgsGeometry, QgsWkbTypes

from ..imagery.grids import Window

# A polygon whose window has more pixels is read in part, in chunks spread evenly over it.
_READ_WHOLE = 128 * 128
_CHUNK, _CHUNKS, _ENOUGH = 16, 20, 5000
# A thin one lies in many chunks with few of its pixels each.
_CHUNKS_OF_THIN = 200


@dataclass(frozen=True)
class Moments:
    """Number, mean (bands,) and scatter (bands, bands) of pixels: sums of products of deviations from the mean."""

    count: int
    mean: np.ndarray
    scatter: np.ndarray

    @staticmethod
    def of(values):
        """Of pixels (bands, n)."""
        count = values.shape[1]
        mean = values.mean(axis=1) if count else np.zeros(len(values))
        centred = values - mean[:, None]
        return Moments(count, mean, centred @ centred.T)

    def __add__(self, other):
        """Of the pixels of both (Chan, Golub & LeVeque 1979), without the loss of digits of plain sums of squares."""
        count = self.count + other.count
        if not self.count or not other.count:
            return self if self.count else other
        difference = other.mean - self.mean
        return Moments(
            count,
            self.mean + difference * (other.count / count),
            self.scatter + other.scatter + np.outer(difference, difference) * (self.count * other.count / count),
        )

    @property
    def covariance(self):
        """Unbiased, (bands, bands); None below two pixels."""
        return self.scatter / (self.count - 1) if self.count > 1 else None


@dataclass(frozen=True)
class PolygonPixels:
    """The pixels of one polygon: how many there are, and the moments of those that were read."""

    pixels: int
    sampled: bool
    moments: Moments


def pixels_of(image, geometry) -> PolygonPixels:
    """Read the pixels whose centre lies in a polygon given in the image's CRS.

    Of a large polygon some 5,000 pixels are read, and `pixels` is estimated from its area.
    """
    none = Moments.of(np.empty((image.band_count, 0)))
    window = None if geometry.isEmpty() else image.grid.window_of(geometry.boundingBox())
    if window is None:
        return PolygonPixels(0, False, none)
    shape = _ogr(geometry)
    if window.height * window.width <= _READ_WHOLE:
        moments = _read(image, shape, window)
        return PolygonPixels(moments.count, False, moments)
    chunks = _chunks(image.grid, shape, window)
    area = geometry.intersection(QgsGeometry.fromRect(image.grid.extent)).area()
    pixels = round(area / (image.grid.pixel_width * image.grid.pixel_height))
    most = _CHUNKS if pixels > _ENOUGH else _CHUNKS_OF_THIN
    sampled = len(chunks) > most
    if sampled:
        chunks = [chunks[i] for i in np.linspace(0, len(chunks) - 1, most).round().astype(int)]
    moments = sum((_read(image, shape, chunk) for chunk in chunks), none)
    return PolygonPixels(pixels if sampled and moments.count else moments.count, sampled, moments)


def inside(shape, geotransform, height, width, touched=False):
    """The pixels whose centre lies in an OGR polygon, or that it touches: bool (h, w)."""
    from osgeo import gdal, ogr, osr

    # GDAL warns where it does not know that both are in the same system.
    crs = osr.SpatialReference()
    crs.SetLocalCS("image")
    raster = gdal.GetDriverByName("MEM").Create("", width, height, 1, gdal.GDT_Byte)
    raster.SetGeoTransform(geotransform)
    raster.SetSpatialRef(crs)
    source = ogr.GetDriverByName("Memory").CreateDataSource("")
    layer = source.CreateLayer("", crs, ogr.wkbUnknown)
    feature = ogr.Feature(layer.GetLayerDefn())
    feature.SetGeometry(shape)
    layer.CreateFeature(feature)
    options = ["ALL_TOUCHED=TRUE"] if touched else []
    gdal.RasterizeLayer(raster, [1], layer, burn_values=[1], options=options)
    return np.frombuffer(raster.ReadRaster(), dtype=np.uint8).reshape(height, width) > 0


def _read(image, shape, window):
    mask = inside(shape, image.grid.geotransform(window), window.height, window.width)
    if not mask.any():
        return Moments.of(np.empty((image.band_count, 0)))
    values, valid = image.read(window)
    return Moments.of(values[:, mask & valid])


def _chunks(grid, shape, window):
    """The chunks of a window that the polygon touches."""
    rows, columns = -(-window.height // _CHUNK), -(-window.width // _CHUNK)
    west, width, _, north, _, height = grid.geotransform(window)
    touched = inside(shape, (west, width * _CHUNK, 0, north, 0, height * _CHUNK), rows, columns, touched=True)
    end_row, end_column = window.row + window.height, window.column + window.width
    chunks = []
    for chunk_row, chunk_column in np.argwhere(touched).tolist():
        row, column = window.row + chunk_row * _CHUNK, window.column + chunk_column * _CHUNK
        chunks.append(Window(row, column, min(_CHUNK, end_row - row), min(_CHUNK, end_column - column)))
    return chunks


def _ogr(geometry):
    from osgeo import ogr

    return ogr.CreateGeometryFromWkb(bytes(geometry.asWkb()))


def count_pixels(grid, geometry, enough: int) -> int:
    """The pixels of a Grid inside a geometry in the grid's CRS; stops counting at `enough`.

    Quick enough for the main thread, without the image.
    """
    edges = _edges(grid, geometry)
    if not len(edges):
        return 0
    row0, column0, row1, column1 = edges.T
    first = max(0, math.ceil(row0.min() - 0.5))
    last = min(grid.rows - 1, math.floor(row0.max() - 0.5))
    found = 0
    for row in range(first, last + 1):
        centre = row + 0.5
        crossed = (row0 <= centre) != (row1 <= centre)
        share = (centre - row0[crossed]) / (row1[crossed] - row0[crossed])
        crossings = np.sort(column0[crossed] + share * (column1[crossed] - column0[crossed]))
        between = np.clip(np.ceil(crossings - 0.5), 0, grid.columns).astype(int)
        found += int((between[1::2] - between[::2]).sum())
        if found >= enough:
            break
    return found


def _edges(grid, geometry) -> np.ndarray:
    """The edges of all rings: (edges, 4), from row and column to row and column."""
    edges = [np.empty((0, 4))]
    for part in geometry.coerceToType(QgsWkbTypes.MultiPolygon):
        for polygon in part.asMultiPolygon():
            for ring in polygon:
                x, y = np.array([(p.x(), p.y()) for p in ring]).T
                corners = np.column_stack(grid.place(x, y))
                edges.append(np.hstack([corners[:-1], corners[1:]]))
    return np.vstack(edges)
