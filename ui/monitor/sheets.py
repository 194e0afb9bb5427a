"""The sheets of sample predictions of a run, with a slider over its epochs."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QPainter, QPalette, QPixmap
from qgis.PyQt.QtWidgets import (
    QGraphicsScene,
    QGraphicsView,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...processing_provider.parameters import tr
from ..widgets import wrapped
from . import wording

LARGEST_ZOOM = 8


class SheetView(QGraphicsView):
    """A picture that fits the width and can be enlarged: by buttons, the keys + − 0, or the wheel with Ctrl; then it
    is dragged.
    """

    def __init__(self, parent=None):
        super().__init__(parent)
        self._scene = QGraphicsScene(self)
        self.setScene(self._scene)
        self._item = self._scene.addPixmap(QPixmap())
        self._item.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        self._zoom = 1.0
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Sample predictions"))

    def show_picture(self, pixmap) -> None:
        """Show another picture at the zoom that there is; one of another size is fitted."""
        changed = pixmap.size() != self._item.pixmap().size()
        self._item.setPixmap(pixmap)
        self._scene.setSceneRect(self._item.boundingRect())
        if changed:
            self._zoom = 1.0
        self._fit()

    @property
    def zoom(self) -> float:
        """How many times as large as it fits."""
        return self._zoom

    def zoom_by(self, factor) -> None:
        """Enlarge, or make smaller down to the whole picture; 0 for that at once."""
        self._zoom = min(max(self._zoom * factor, 1.0), LARGEST_ZOOM)
        self._fit()

    def _fit(self):
        size = self._item.pixmap().size()
        if size.isEmpty():
            return
        # No scroll bar comes and goes, which would change the width again.
        bars = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setHorizontalScrollBarPolicy(bars)
        self.setVerticalScrollBarPolicy(bars)
        scale = max(self.width() - 2 * self.frameWidth(), 1) / size.width()
        self.resetTransform()
        self.scale(scale * self._zoom, scale * self._zoom)
        self.setFixedHeight(round(scale * size.height()) + 2 * self.frameWidth())

    def resizeEvent(self, event):  # noqa: N802
        """Fit the new width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def wheelEvent(self, event):  # noqa: N802
        """With Ctrl the wheel zooms; without it scrolls what is around."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(1.25 if event.angleDelta().y() > 0 else 0.8)
        else:
            event.ignore()

    def keyPressEvent(self, event):  # noqa: N802
        """The keys + − 0 zoom."""
        factor = {Qt.Key.Key_Plus: 1.25, Qt.Key.Key_Minus: 0.8, Qt.Key.Key_0: 0}.get(event.key())
        if factor is None:
            super().keyPressEvent(event)
        else:
            self.zoom_by(factor)


class Sheets(QWidget):
    """The sheets of one run; the newest is followed until an earlier one is chosen."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self.caption, self.epoch = wrapped(), QLabel()
        self.view, self.slider = SheetView(), QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(tr("Epoch of the sample predictions"))
        self.slider.setPageStep(1)
        self._watched, self._steps, self._shown = None, [], None
        line = QHBoxLayout()
        line.addWidget(self.epoch)
        line.addWidget(self.slider, 1)
        for icon, text, factor in (
            ("mActionZoomIn.svg", tr("Zoom in"), 1.25),
            ("mActionZoomOut.svg", tr("Zoom out"), 0.8),
            ("mActionZoomFullExtent.svg", tr("Show the whole sheet"), 0),
        ):
            line.addWidget(self._button(icon, text, factor))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line)
        column.addWidget(self.view)
        column.addWidget(self.caption)
        self.slider.valueChanged.connect(self._show)

    def _button(self, icon, text, factor):
        button = QToolButton()
        button.setIcon(QgsApplication.getThemeIcon(icon))
        button.setToolTip(text)
        button.setAccessibleName(text)
        button.setAutoRaise(True)
        button.clicked.connect(lambda: self.view.zoom_by(factor))
        return button

    def show_run(self, watched) -> None:
        """Show the sheets of a run; None for none."""
        newest = self._watched is not watched or self.slider.value() >= len(self._steps) - 1
        step = self._steps[self.slider.value()] if self._steps and not newest else None
        self._watched, self._steps = watched, sorted(watched.sheets) if watched else []
        self.caption.setText(wording.caption(watched.run.stage) if watched else "")
        self.slider.blockSignals(True)
        self.slider.setMaximum(max(len(self._steps) - 1, 0))
        self.slider.setValue(self._steps.index(step) if step in self._steps else self.slider.maximum())
        self.slider.setEnabled(len(self._steps) > 1)
        self.slider.blockSignals(False)
        self._show()

    def _show(self, *_):
        if not self._steps:
            return
        step = self._steps[self.slider.value()]
        is_best = self._watched.best is not None and self._watched.best[1] == step
        self.epoch.setText((tr("Epoch {} (best)") if is_best else tr("Epoch {}")).format(int(step)))
        content = self._watched.sheets[step]
        if content is not self._shown:
            self._shown = content
            pixmap = QPixmap()
            pixmap.loadFromData(content, "PNG")
            self.view.show_picture(pixmap)
