"""Several rasters that together are one image."""

from __future__ import annotations

import numpy as np
from qgis.core import QgsCoordinateTransform, QgsCsException, QgsLineString, QgsPointXY, QgsProject

from ...processing_provider.parameters import tr
from .grids import Grid, Window
from .pixels import bands_of, can_be_read, read

# A much finer second raster is thinned out when it is read, so that memory stays bounded.
_MOST_PIXELS = 2**22


class Image:
    """Rasters that together are one image: the first gives the grid, the others are read at the same places.

    Made in the main thread; holds clones, so that it can then be used in one other thread, whatever becomes of the
    layers. Raises ValueError where there is no layer or one has no pixels.
    """

    def __init__(self, layers):
        layers = list(layers)
        if not layers:
            raise ValueError(tr("There is no image."))
        self._parts = []
        self.band_names, self.sources = [], []
        context = QgsProject.instance().transformContext()
        for layer in layers:
            if not can_be_read(layer):
                raise ValueError(tr("The pixels of {layer} cannot be read.").format(layer=layer.name()))
            provider = layer.dataProvider().clone()
            provider.enableProviderResampling(False)
            bands = bands_of(provider)
            # The layer's CRS is the one that the user may have corrected.
            grid = Grid(provider.extent(), provider.ySize(), provider.xSize(), layer.crs())
            if not self._parts:
                self.grid = grid
            self._parts.append((provider, bands, grid, QgsCoordinateTransform(self.grid.crs, layer.crs(), context)))
            self.band_names += [layer.bandName(b).partition(": ")[2] or layer.bandName(b) for b in bands]
            self.sources += [(provider.name(), provider.dataSourceUri(), b) for b in bands]

    @property
    def band_count(self) -> int:
        """Bands of all rasters together."""
        return len(self.band_names)

    def pixel_at(self, point) -> tuple[int, int] | None:
        """The row and column of the grid's pixel at a point in its CRS; None outside."""
        row, column = (int(np.floor(v)) for v in self.grid.place(point.x(), point.y()))
        return (row, column) if 0 <= row < self.grid.rows and 0 <= column < self.grid.columns else None

    def read(self, window):
        """The bands of all rasters in a window of the grid: values float64 (bands, h, w), valid bool (h, w)."""
        values, valid = read(*self._parts[0][:2], window)
        all_values = [values]
        for provider, bands, grid, transform in self._parts[1:]:
            more, there = _read_at(provider, bands, grid, transform, self.grid, window)
            all_values.append(more)
            valid &= there
        return np.concatenate(all_values) if len(all_values) > 1 else values, valid


def _read_at(provider, bands, grid, transform, target, window):
    """The raster's pixels that lie nearest to the centres of the target grid's pixels."""
    rows, columns = _places(grid, transform, target, window)
    inside = (rows >= 0) & (rows < grid.rows) & (columns >= 0) & (columns < grid.columns)
    shape = (window.height, window.width)
    if not inside.any():
        return np.zeros((len(bands), *shape)), np.zeros(shape, dtype=bool)
    rows, columns = np.where(inside, np.floor(rows), 0).astype(int), np.where(inside, np.floor(columns), 0).astype(int)
    top, left = rows[inside].min(), columns[inside].min()
    source = Window(top, left, rows[inside].max() - top + 1, columns[inside].max() - left + 1)
    source = Window(*(int(v) for v in (source.row, source.column, source.height, source.width)))
    step = int(np.ceil(np.sqrt(source.height * source.width / _MOST_PIXELS)))
    values, valid = read(provider, bands, source, step)
    rows, columns = np.where(inside, rows - top, 0) // step, np.where(inside, columns - left, 0) // step
    return values[:, rows, columns], valid[rows, columns] & inside


def _places(grid, transform, target, window):
    """Fractional rows and columns in `grid` of the window's pixel centres; NaN where they have no place in its CRS.

    Projected exactly on a lattice of some hundred points and linearly between them: over the few kilometres of a
    window no map projection bends by a noticeable part of a pixel.
    """
    west, width, _, north, _, height = target.geotransform(window)
    lattice_rows = np.linspace(0.5, window.height - 0.5, min(window.height, 17))
    lattice_columns = np.linspace(0.5, window.width - 0.5, min(window.width, 17))
    y, x = np.meshgrid(north + lattice_rows * height, west + lattice_columns * width, indexing="ij")
    if transform.isValid() and not transform.isShortCircuited():
        line = QgsLineString(x.ravel().tolist(), y.ravel().tolist())
        line.transform(transform)
        points = line.points()
        x = np.array([p.x() for p in points]).reshape(x.shape)
        y = np.array([p.y() for p in points]).reshape(y.shape)
    rows, columns = grid.place(x, y)
    inner_rows, inner_columns = np.arange(window.height) + 0.5, np.arange(window.width) + 0.5
    return tuple(
        _between(_between(v, lattice_rows, inner_rows).T, lattice_columns, inner_columns).T for v in (rows, columns)
    )


def _between(values, known, wanted):
    """Linear interpolation along the first axis."""
    if len(known) == 1:
        return np.repeat(values, len(wanted), axis=0)
    left = np.clip(np.searchsorted(known, wanted, side="right") - 1, 0, len(known) - 2)
    part = ((wanted - known[left]) / (known[left + 1] - known[left]))[:, None]
    return values[left] * (1 - part) + values[left + 1] * part


def to_crs(point, source, target) -> QgsPointXY | None:
    """A point in another CRS; None where it has no place there. Without a CRS the coordinates stay."""
    transform = QgsCoordinateTransform(source, target, QgsProject.instance().transformContext())
    try:
        return transform.transform(point) if transform.isValid() else point
    except QgsCsException:
        return None
