"""Swiping: the map left and the image right of a line that follows the mouse."""

from __future__ import annotations

from qgis.core import QgsMapRendererParallelJob
from qgis.gui import QgsMapCanvasItem
from qgis.PyQt.QtCore import QEvent, QObject, QRectF, Qt
from qgis.PyQt.QtGui import QColor, QPen


class Swipe(QObject):
    """Draws the canvas without some layers in the background and shows that right of the mouse.

    `left_out` gives their ids.
    """

    def __init__(self, canvas, left_out):
        super().__init__(canvas)
        self._canvas, self._left_out, self._job = canvas, left_out, None
        self._item = _Curtain(canvas)
        canvas.extentsChanged.connect(self._forget)
        canvas.layersChanged.connect(self._forget)
        canvas.mapCanvasRefreshed.connect(self._draw)
        canvas.viewport().installEventFilter(self)
        self._draw()

    def has_picture(self) -> bool:
        """Whether the image is ready to be seen."""
        return self._item.picture is not None

    def close_down(self):
        """Take everything from the canvas."""
        self._canvas.extentsChanged.disconnect(self._forget)
        self._canvas.layersChanged.disconnect(self._forget)
        self._canvas.mapCanvasRefreshed.disconnect(self._draw)
        self._canvas.viewport().removeEventFilter(self)
        self._stop()
        self._canvas.scene().removeItem(self._item)
        self._item = None
        self.deleteLater()

    def eventFilter(self, watched, event):  # noqa: N802 (Qt's name)
        """Let the line follow the mouse, and the mouse to its map tool."""
        if event.type() == QEvent.Type.MouseMove:
            place = event.position() if hasattr(event, "position") else event.pos()
            self._item.follow(place.x())
        return False

    def _forget(self):
        self._stop()
        self._item.show_picture(None)

    def _stop(self):
        if self._job is not None:
            self._job.finished.disconnect(self._take)
            # Deleted only when its threads have ended.
            job, self._job = self._job, None
            _dying.append(job)
            job.finished.connect(lambda: _dying.remove(job))
            job.cancelWithoutBlocking()

    def _draw(self):
        self._stop()
        settings = self._canvas.mapSettings()
        left_out = self._left_out()
        settings.setLayers([layer for layer in settings.layers() if layer.id() not in left_out])
        self._job = QgsMapRendererParallelJob(settings)
        self._job.finished.connect(self._take)
        self._job.start()

    def _take(self):
        self._item.show_picture(self._job.renderedImage())
        self._job = None


# Jobs that were cancelled and have not ended yet.
_dying: list = []


class _Curtain(QgsMapCanvasItem):
    """The picture right of the line."""

    def __init__(self, canvas):
        super().__init__(canvas)
        self._canvas, self.picture, self._line = canvas, None, canvas.width() / 2
        self.setZValue(-5)  # above the map, below outlines and what tools draw

    def show_picture(self, picture):
        """Show a picture of the canvas; None for none."""
        self.picture = picture
        self.prepareGeometryChange()
        self.setPos(0, 0)
        self.update()

    def follow(self, x):
        """Put the line to a pixel of the canvas."""
        self._line = min(max(x, 0), self._canvas.width())
        self.update()

    def updatePosition(self):  # noqa: N802 (QGIS's name)
        """It covers the canvas whatever the extent is."""
        self.setPos(0, 0)

    def boundingRect(self):  # noqa: N802 (Qt's name)
        """The whole canvas."""
        return QRectF(0, 0, self._canvas.width(), self._canvas.height())

    def paint(self, painter, option=None, widget=None):
        """Draw the picture right of the line, and the line."""
        if self.picture is None:
            return
        ratio = self.picture.devicePixelRatio()
        right = QRectF(self._line, 0, self._canvas.width() - self._line, self._canvas.height())
        source = QRectF(right.x() * ratio, 0, right.width() * ratio, right.height() * ratio)
        painter.drawImage(right, self.picture, source)
        for colour, width in ((Qt.GlobalColor.white, 3), (Qt.GlobalColor.black, 1)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawLine(right.topLeft(), right.bottomLeft())
