"""The outline of a region of pixels."""

from __future__ import annotations

import numpy as np
from qgis.core import QgsGeometry

# As many pixels as a training polygon has at least: what is smaller inside a region is noise, not another thing.
_LEAST_HOLE = 9


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
