"""Pixels of a raster layer as arrays, in the raster's own grid."""

from __future__ import annotations

import numpy as np
from qgis.core import Qgis, QgsRaster

from ...processing_provider.parameters import tr
from .grids import Grid, Window

_TYPES = {
    Qgis.DataType.Byte: np.uint8,
    Qgis.DataType.UInt16: np.uint16,
    Qgis.DataType.Int16: np.int16,
    Qgis.DataType.UInt32: np.uint32,
    Qgis.DataType.Int32: np.int32,
    Qgis.DataType.Float32: np.float32,
    Qgis.DataType.Float64: np.float64,
}
if hasattr(Qgis.DataType, "Int8"):  # since QGIS 3.30
    _TYPES[Qgis.DataType.Int8] = np.int8

# Python code of other threads waits while a block is read, so blocks are small.
_PIXELS_AT_ONCE = 2**17


def can_be_read(layer) -> bool:
    """Whether a raster layer has pixels of numbers: a web map's pictures have none."""
    if layer is None or not layer.isValid():
        return False
    provider = layer.dataProvider()
    return provider.xSize() > 0 and provider.ySize() > 0 and all(
        provider.sourceDataType(band) in _TYPES for band in range(1, provider.bandCount() + 1)
    )  # fmt: skip


def grid_of(provider) -> Grid:
    """The grid of a raster layer's provider."""
    return Grid(provider.extent(), provider.ySize(), provider.xSize(), provider.crs())


def bands_of(provider) -> list[int]:
    """The numbers of the bands that hold values: all but those that say where there are any."""
    return [b for b in range(1, provider.bandCount() + 1) if not _is_alpha(provider, b)]


def read(provider, bands, window, step=1):
    """Bands (from 1) of a window, as values float64 (bands, h, w) and valid bool (h, w).

    A pixel is valid where no band is nodata (each by its own value, or by what the user declared as such), NaN or
    infinite, and no alpha band is 0. Elsewhere the values mean nothing. With a `step` above 1 only about every
    step-th pixel is read. Raises OSError where the raster cannot be read. In another thread: on a clone.
    """
    height, width = -(-window.height // step), -(-window.width // step)
    values = np.empty((len(bands), height, width))
    valid = np.ones((height, width), dtype=bool)
    grid = grid_of(provider)
    alpha = [b for b in range(1, provider.bandCount() + 1) if _is_alpha(provider, b)]
    rows = max(1, _PIXELS_AT_ONCE // width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        first, end = top * step, min(bottom * step, window.height)
        part = Window(window.row + first, window.column, end - first, window.width)
        for number, band in enumerate(bands):
            values[number, top:bottom], there = _read_band(provider, band, grid.extent_of(part), bottom - top, width)
            valid[top:bottom] &= there
        for band in alpha:
            opaque, _ = _read_band(provider, band, grid.extent_of(part), bottom - top, width)
            valid[top:bottom] &= opaque > 0
    return values, valid


def _is_alpha(provider, band):
    return provider.colorInterpretation(band) == QgsRaster.AlphaBand


def _read_band(provider, band, extent, height, width):
    block = provider.block(band, extent, width, height)
    kind = _TYPES.get(block.dataType())
    if not block.isValid() or block.isEmpty() or kind is None:
        raise OSError(tr("Band {band} cannot be read.").format(band=band))
    raw = np.frombuffer(bytes(block.data()), dtype=kind).reshape(height, width)
    values = raw.astype(np.float64)
    valid = np.isfinite(values)
    if block.hasNoDataValue():
        with np.errstate(over="ignore", invalid="ignore"):
            valid &= raw != np.float64(block.noDataValue()).astype(kind)
    for nodata in provider.userNoDataValues(band):
        valid &= ~((values >= nodata.min()) & (values <= nodata.max()))
    return values, valid
