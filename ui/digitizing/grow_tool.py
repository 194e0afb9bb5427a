"""The map tool that grows a polygon from a pixel."""

from __future__ import annotations

from dataclasses import dataclass

from qgis.core import QgsApplication, QgsCoordinateReferenceSystem, QgsGeometry, QgsTask, QgsWkbTypes
from qgis.gui import QgsMapTool, QgsRubberBand
from qgis.PyQt.QtCore import QLocale, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor

from ...processing_provider.parameters import tr
from ..background import QUIET
from ..imagery.grids import Grid, Window
from ..imagery.image import Image, to_crs
from .growing import Growth, made_valid, outline, spectral_distance

LEAST_TOLERANCE, MOST_TOLERANCE = 0.02, 10.0
# The most that is outlined within a notch of the wheel, even where the image is all noise.
LEAST_PIXELS, MOST_PIXELS = 9, 20_000
# A notch of the wheel changes the tolerance by a tenth of it.
_STEP = 1.1
_LEAST_WINDOW, _LARGEST_WINDOW = 256, 1024


def tolerance_help() -> str:
    """What the tolerance means, for tooltips."""
    return tr(
        "How different a pixel may be from the place that was clicked, as the mean over the bands. 1 is one standard "
        "deviation of the image around that place, whatever the units of the image. Turn the mouse wheel on the map "
        "to change it."
    )


@dataclass(frozen=True)
class _Grown:
    growth: Growth
    grid: Grid
    window: Window

    def outline(self, tolerance) -> QgsGeometry:
        return outline(self.growth.region(tolerance), self.grid, self.window)


class _Reading(QgsTask):
    """Reads a window of an image around a pixel and lets the region grow to its full size."""

    def __init__(self, image, pixel, most_pixels, then):
        super().__init__(tr("Growing a region"), QUIET)
        self._image, self._pixel, self._most_pixels, self._then = image, pixel, most_pixels, then
        self._grown, self._problem = None, ""

    def run(self):
        try:
            row, column = self._pixel
            # Four times as wide as the largest compact region.
            size = min(max(_LEAST_WINDOW, int(4 * self._most_pixels**0.5)), _LARGEST_WINDOW)
            top, left = row - size // 2, column - size // 2
            window = self._image.grid.window(top, left, top + size, left + size)
            values, valid = self._image.read(window)
            seed = row - window.row, column - window.column
            if not valid[seed]:
                self._problem = tr("The image has no data here.")
            elif not self.isCanceled():
                growth = Growth(spectral_distance(values, valid, seed), seed, self._most_pixels)
                self._grown = _Grown(growth, self._image.grid, window)
        except Exception as error:  # a task must not throw; what went wrong is told
            self._problem = str(error)
        return self._grown is not None

    def finished(self, _):
        self._then(self, self._grown, self._problem)


class GrowTool(QgsMapTool):
    """A click on the map grows a polygon over similar pixels of the project's image.

    The mouse wheel, + and - change the tolerance while a polygon is shown (with Ctrl the wheel zooms as ever); a
    click into it, the right button or Enter takes it, Esc throws it away, a click elsewhere starts anew.
    """

    grown = pyqtSignal(QgsGeometry, QgsCoordinateReferenceSystem)  # in the image's CRS
    told = pyqtSignal(str)  # what there is, and what one can do

    def __init__(self, canvas, project):
        super().__init__(canvas)
        self._canvas, self._project = canvas, project
        self._tolerance, self._most_pixels = 0.5, 5000
        self._colour = QColor("#d55e00")
        self._task, self._shown, self._geometry, self._clicked = None, None, QgsGeometry(), None
        self._band = QgsRubberBand(canvas, QgsWkbTypes.PolygonGeometry)
        self.set_colour(self._colour)
        self.setCursor(Qt.CursorShape.CrossCursor)

    def close_down(self) -> None:
        """Take everything off the map."""
        self.discard()
        if self._canvas.mapTool() is self:
            self._canvas.unsetMapTool(self)
        self._canvas.scene().removeItem(self._band)

    # --- what can be set ----------------------------------------------------------------------

    def set_colour(self, colour) -> None:
        """The colour of the class that is drawn."""
        self._colour = QColor(colour)
        fill = QColor(colour)
        fill.setAlpha(90)
        self._band.setStrokeColor(self._colour)
        self._band.setFillColor(fill)
        # A white line below the class's own, so that it shows on dark and on light images.
        self._band.setSecondaryStrokeColor(QColor(255, 255, 255, 160))
        self._band.setWidth(2)

    @property
    def tolerance(self) -> float:
        """In standard deviations; see `growing.spectral_distance`."""
        return self._tolerance

    @tolerance.setter
    def tolerance(self, value):
        value = min(max(float(value), LEAST_TOLERANCE), MOST_TOLERANCE)
        if value != self._tolerance:
            self._tolerance = value
            self._show()

    @property
    def most_pixels(self) -> int:
        """The most pixels that a region may have."""
        return self._most_pixels

    @most_pixels.setter
    def most_pixels(self, value):
        value = min(max(int(value), LEAST_PIXELS), MOST_PIXELS)
        if value != self._most_pixels:
            self._most_pixels = value
            if self._clicked is not None:
                self._start(self._clicked)

    @property
    def has_region(self) -> bool:
        """Whether a region waits to be taken."""
        return self._shown is not None

    # --- the region ---------------------------------------------------------------------------

    def accept(self) -> None:
        """Hand over the region that is shown."""
        if self._shown is None or self._geometry.isEmpty():
            return
        geometry, crs = made_valid(self._geometry), self._shown.grid.crs
        self.discard()
        self.told.emit("")
        self.grown.emit(geometry, crs)

    def discard(self) -> None:
        """Forget the region, also one that is being read."""
        if self._task is not None:
            self._task.cancel()
        self._task, self._shown, self._geometry, self._clicked = None, None, QgsGeometry(), None
        self._band.reset(QgsWkbTypes.PolygonGeometry)

    def _start(self, point):
        """Grow from a point in the canvas's CRS."""
        self.discard()
        try:
            image = Image(self._project.images())
        except ValueError as error:
            self.told.emit(str(error))
            return
        place = to_crs(point, self._canvas.mapSettings().destinationCrs(), image.grid.crs)
        pixel = image.pixel_at(place) if place is not None else None
        if pixel is None:
            self.told.emit(tr("This is outside the image."))
            return
        self._clicked = point
        self._task = _Reading(image, pixel, self._most_pixels, self._take)
        self.told.emit(tr("Reading the image…"))
        QgsApplication.taskManager().addTask(self._task)

    def _take(self, task, grown, problem):
        """What a reading found, unless it is outdated."""
        if task is not self._task:
            return
        self._task = None
        if grown is None:
            self._clicked = None
            self.told.emit(problem)
            return
        self._shown = grown
        self._show()

    def _show(self):
        if self._shown is None:
            return
        self._geometry = self._shown.outline(self._tolerance)
        self._band.setToGeometry(self._geometry, self._shown.grid.crs)
        text = tr("{count} pixels at tolerance {tolerance}.").format(
            count=QLocale().toString(self._shown.growth.count(self._tolerance)),
            tolerance=QLocale().toString(self._tolerance, "f", 2),
        )
        if self._shown.growth.is_cut(self._tolerance):
            text += " " + tr("This is as large as it may get.")
        self.told.emit(text + " " + tr("Wheel: tolerance. Enter or a click: take it. Esc: throw it away."))

    # --- Qt's and QGIS's ----------------------------------------------------------------------

    def deactivate(self):
        """Another tool was chosen."""
        self.discard()
        super().deactivate()

    def canvasReleaseEvent(self, event):  # noqa: N802
        """Left starts or takes, right takes."""
        if event.button() == Qt.MouseButton.RightButton:
            self.accept()
        elif event.button() == Qt.MouseButton.LeftButton:
            point = self.toMapCoordinates(event.pos())
            drawn = self._band.asGeometry()
            if self._shown is not None and drawn is not None and drawn.contains(point):
                self.accept()
            else:
                self._start(point)

    def wheelEvent(self, event):  # noqa: N802
        """The tolerance follows the wheel while there is something to see."""
        if self._shown is None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        self.tolerance = self._tolerance * _STEP ** (event.angleDelta().y() / 120)
        event.accept()

    def keyPressEvent(self, event):  # noqa: N802
        """The same without a mouse; other keys are for others."""
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._shown is not None:
            self.accept()
        elif key == Qt.Key.Key_Escape and (self._shown is not None or self._task is not None):
            self.discard()
            self.told.emit("")
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus) and self._shown is not None:
            self.tolerance = self._tolerance * (_STEP if key == Qt.Key.Key_Plus else 1 / _STEP)
        else:
            event.ignore()
            return
        event.accept()
