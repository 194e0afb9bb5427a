"""Regions of similar pixels that grow from one, and their outlines."""

from __future__ import annotations

import heapq

import numpy as np
from qgis.core import QgsGeometry

# So many pixels tell how much a window's bands vary.
_PIXELS_FOR_SCALE = 2**15
# As many pixels as a training polygon has at least: what is smaller inside a region is noise, not another thing.
_LEAST_HOLE = 9


def spectral_distance(values, valid, seed):
    """How far each pixel's spectrum is from the seed's, in standard deviations: float (h, w), inf where not valid.

    The seed's spectrum is the mean of the valid pixels of the 3 × 3 around `seed` (row, column). The difference in
    each band is divided by the band's standard deviation in the window, so that 1 means the same for reflectances
    between 0 and 1, for digital numbers and for decibels, and a band that varies much does not drown the others; the
    distance is the root of the mean over the bands of its square, so that it does not grow with their number.
    """
    row, column = seed
    near = (slice(max(0, row - 1), row + 2), slice(max(0, column - 1), column + 2))
    step = max(1, int(np.sqrt(valid.size / _PIXELS_FOR_SCALE)))
    there = valid[::step, ::step]
    if not there.any() or not valid[row, column]:
        return np.full(valid.shape, np.inf)
    total = np.zeros(valid.shape)
    for band in values:
        deviation = band[::step, ::step][there].std()
        if deviation > 0:
            difference = band - band[near][valid[near]].mean()
            difference *= difference
            difference *= 1 / deviation**2
            total += difference
    total /= len(values)
    np.sqrt(total, out=total)
    total[~valid] = np.inf
    # The pixel that was clicked is always meant, also where its surroundings differ from it.
    total[row, column] = 0
    return total


class Growth:
    """All regions around a pixel, for every tolerance, up to a size.

    The region takes the most similar pixel among its four-connected neighbours, again and again (Prim's order). Up to
    a tolerance it is exactly the connected pixels within it; where these are too many, it has those that are reached
    first. A region for a higher tolerance holds that for a lower one.

    Attributes
    ----------
        order: int (n,), the pixels as they are reached, as indices into the raveled window.
        level: float (n,), the tolerance from which on each of them belongs to the region; never decreases.
        shape: the window's.
    """

    def __init__(self, distance, seed, most_pixels):
        height, width = self.shape = distance.shape
        # A border that is never entered spares asking for the window's edges.
        bordered = np.full((height + 2, width + 2), np.inf)
        bordered[1:-1, 1:-1] = distance
        cost, stride = memoryview(bordered.ravel()), width + 2
        seen = bytearray(np.isinf(bordered).tobytes())
        start = (seed[0] + 1) * stride + seed[1] + 1
        # Among equals the one that was found first, so that the region stays compact. Infinite costs are seen already.
        waiting = [] if seen[start] else [(cost[start], 0, start)]
        seen[start] = 1
        found, order, level, highest = 0, [], [], 0.0
        pop, push = heapq.heappop, heapq.heappush
        while waiting and len(order) < most_pixels:
            reached, _, pixel = pop(waiting)
            highest = max(highest, reached)
            order.append(pixel)
            level.append(highest)
            for neighbour in (pixel - stride, pixel - 1, pixel + 1, pixel + stride):
                if not seen[neighbour]:
                    seen[neighbour] = 1
                    found += 1
                    push(waiting, (cost[neighbour], found, neighbour))
        rows, columns = np.divmod(np.array(order, dtype=np.int64), stride)
        self.order, self.level = (rows - 1) * width + columns - 1, np.array(level)
        self._next = max(highest, waiting[0][0]) if waiting else np.inf

    def count(self, tolerance) -> int:
        """How many pixels the region has."""
        return int(np.searchsorted(self.level, tolerance, side="right"))

    def is_cut(self, tolerance) -> bool:
        """Whether the region would be larger if it might be."""
        return self._next <= tolerance

    def region(self, tolerance):
        """The region's pixels: bool (h, w)."""
        mask = np.zeros(self.shape[0] * self.shape[1], dtype=bool)
        mask[self.order[: self.count(tolerance)]] = True
        return mask.reshape(self.shape)


def outline(mask, grid, window) -> QgsGeometry:
    """The polygon around the pixels of a connected region, in the grid's CRS; empty where there are none.

    Holes of fewer than nine pixels are filled: single odd pixels belong to what surrounds them, and a class whose
    training area leaves them out seems purer than it is. A larger hole is something else, such as a pond in a wood,
    and stays one.
    """
    from osgeo import gdal, ogr

    rows, columns = np.nonzero(mask)
    if not len(rows):
        return QgsGeometry()
    top, left = int(rows.min()), int(columns.min())
    part = np.ascontiguousarray(mask[top : rows.max() + 1, left : columns.max() + 1]).astype(np.uint8)
    height, width = part.shape
    west, pixel_width, _, north, _, pixel_height = grid.geotransform(window)
    raster = gdal.GetDriverByName("MEM").Create("", width, height, 1, gdal.GDT_Byte)
    raster.SetGeoTransform((west + left * pixel_width, pixel_width, 0, north + top * pixel_height, 0, pixel_height))
    band = raster.GetRasterBand(1)
    band.WriteRaster(0, 0, width, height, part.tobytes())
    source = ogr.GetDriverByName("Memory").CreateDataSource("")
    layer = source.CreateLayer("", None, ogr.wkbPolygon)
    # The band is its own mask, so that nothing but the region is outlined; four-connected without an option.
    gdal.Polygonize(band, band, layer, -1, [])
    # Kept in a name while its geometry is used, which is only lent.
    feature = layer.GetNextFeature()
    geometry = QgsGeometry()
    geometry.fromWkb(bytes(feature.GetGeometryRef().ExportToWkb()))
    return geometry.removeInteriorRings((_LEAST_HOLE - 0.5) * abs(pixel_width * pixel_height))


def made_valid(geometry) -> QgsGeometry:
    """The same area with rings that do not touch themselves, as older versions of GDAL outline holes that meet."""
    return geometry if geometry.isGeosValid() else geometry.makeValid()
