"""A place on the canvas: the view of it, and the outlines of its pixel and of its training square."""

from __future__ import annotations

from qgis.core import QgsCoordinateTransform, QgsProject, QgsWkbTypes
from qgis.gui import QgsRubberBand
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor


class PlaceOnCanvas:
    """Outlines without a fill; light within dark, so that they stand out from any image."""

    def __init__(self, canvas):
        self._canvas = canvas
        self._pixel = self._band(Qt.GlobalColor.white, Qt.PenStyle.SolidLine)
        self._square = self._band(Qt.GlobalColor.yellow, Qt.PenStyle.DashLine)

    def outline(self, review, place, size):
        """Outline the pixel of a place and a training square of `size` pixels (0: none)."""
        for band, side in ((self._pixel, 1), (self._square, size)):
            band.reset(QgsWkbTypes.GeometryType.PolygonGeometry)
            if side:
                band.setToGeometry(review.square(place, side), review.places_layer())

    def hide(self):
        """Outline nothing."""
        for band in (self._pixel, self._square):
            band.reset(QgsWkbTypes.GeometryType.PolygonGeometry)

    def zoom(self, review, place, pixels):
        """Show so many pixels around a place. Raises QgsCsException where the canvas's CRS does not reach."""
        crs, project = review.places_layer().crs(), QgsProject.instance()
        to_canvas = QgsCoordinateTransform(crs, self._canvas.mapSettings().destinationCrs(), project)
        self._canvas.setExtent(to_canvas.transformBoundingBox(review.square(place, pixels).boundingBox()))
        self._canvas.refresh()

    def close_down(self):
        """Take them from the canvas."""
        for band in (self._pixel, self._square):
            self._canvas.scene().removeItem(band)

    def _band(self, colour, style):
        band = QgsRubberBand(self._canvas, QgsWkbTypes.GeometryType.PolygonGeometry)
        band.setFillColor(QColor(0, 0, 0, 0))
        band.setStrokeColor(QColor(colour))
        band.setSecondaryStrokeColor(QColor(Qt.GlobalColor.black))
        band.setLineStyle(style)
        band.setWidth(2)
        return band
