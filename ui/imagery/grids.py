"""The grid that a raster's pixels form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from qgis.core import QgsCoordinateReferenceSystem, QgsRectangle


@dataclass(frozen=True)
class Window:
    """Pixels of a grid: from `row` and `column`, `height` × `width` of them."""

    row: int
    column: int
    height: int
    width: int


@dataclass(frozen=True)
class Grid:
    """Where pixels lie: the rectangle that `rows` × `columns` of them fill, row 0 in the north.

    A raster that is rotated is shown by QGIS north up; its grid is the one that is shown.
    """

    extent: QgsRectangle
    rows: int
    columns: int
    crs: QgsCoordinateReferenceSystem

    @property
    def pixel_width(self) -> float:
        """In units of the CRS."""
        return self.extent.width() / self.columns

    @property
    def pixel_height(self) -> float:
        """In units of the CRS, positive."""
        return self.extent.height() / self.rows

    def place(self, x, y):
        """Rows and columns as fractions: 0, 0 is the north-west corner of the first pixel."""
        return (self.extent.yMaximum() - y) / self.pixel_height, (x - self.extent.xMinimum()) / self.pixel_width

    def window(self, first_row, first_column, end_row, end_column) -> Window | None:
        """The pixels between these rows and columns, ends excluded, that there are; None for none."""
        row, column = max(0, first_row), max(0, first_column)
        height, width = min(self.rows, end_row) - row, min(self.columns, end_column) - column
        return Window(row, column, height, width) if height > 0 and width > 0 else None

    def window_of(self, extent) -> Window | None:
        """The pixels that a rectangle in the grid's CRS touches; None where it lies outside."""
        top, left = self.place(extent.xMinimum(), extent.yMaximum())
        bottom, right = self.place(extent.xMaximum(), extent.yMinimum())
        if not np.isfinite([top, left, bottom, right]).all():
            return None
        whole = [max(min(v, 2.0**31), -(2.0**31)) for v in (top, left, bottom, right)]
        return self.window(*(int(np.floor(v)) for v in whole[:2]), *(int(np.ceil(v)) for v in whole[2:]))

    def geotransform(self, window) -> tuple:
        """GDAL's six numbers for the window."""
        west = self.extent.xMinimum() + window.column * self.pixel_width
        north = self.extent.yMaximum() - window.row * self.pixel_height
        return west, self.pixel_width, 0.0, north, 0.0, -self.pixel_height

    def extent_of(self, window) -> QgsRectangle:
        """The rectangle that the window fills; at the grid's edges it is exactly the grid's."""
        west, width, _, north, _, height = self.geotransform(window)
        ends_row, ends_column = window.row + window.height, window.column + window.width
        east = self.extent.xMaximum() if ends_column == self.columns else west + window.width * width
        south = self.extent.yMinimum() if ends_row == self.rows else north + window.height * height
        return QgsRectangle(west, south, east, north)
