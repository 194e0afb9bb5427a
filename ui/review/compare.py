"""The map beside the image: flicker and swipe."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProject, QgsRasterLayer, QgsSettings
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from .swipe import Swipe

SECONDS = "landloom/review/seconds"
# Marks a layer in the legend that comes back with the map; saved with the project, which may be closed meanwhile.
_HIDDEN = "landloom/hidden_with_map"


class Compare(QObject):
    """Shows and hides the map's layer, by hand or by itself, and swipes over it.

    What else covers the image goes and comes with it: an earlier map, an uncertainty. `changed` is emitted
    when the map is shown or hidden, or swiping begins or ends.
    """

    changed = pyqtSignal()

    def __init__(self, canvas, project, parent=None):
        super().__init__(parent)
        self._canvas, self._project, self._layer_id, self._swipe = canvas, project, None, None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._flicker_by_itself)

    def set_layer(self, layer):
        """The map; None for none."""
        layer_id = layer.id() if layer else None
        if layer_id != self._layer_id:
            self.set_swiping(False)
            self._layer_id = layer_id

    def has_layer(self) -> bool:
        """Whether the map is in the project's legend."""
        return self._node() is not None

    def is_shown(self) -> bool:
        """Whether the map is visible on the canvas."""
        node = self._node()
        return node is not None and node.isVisible()

    def show_map(self, shown):
        """Show or hide the map on the canvas."""
        node = self._node()
        if shown:
            changed = [n for n in self._root().findLayers() if n.customProperty(_HIDDEN)]
            for other in changed:
                other.removeCustomProperty(_HIDDEN)
                other.setItemVisibilityChecked(True)
            if node is not None and not node.isVisible():
                node.setItemVisibilityCheckedParentRecursive(True)
                changed.append(node)
        else:
            changed = self._covering()
            for other in changed:
                if other.layerId() != self._layer_id:
                    other.setCustomProperty(_HIDDEN, True)
                other.setItemVisibilityChecked(False)
        if changed:
            self.changed.emit()

    def flicker(self):
        """Show the map if it is hidden, and the other way round."""
        self.show_map(not self.is_shown())

    def set_flickering(self, seconds):
        """Flicker by itself, each state for so many seconds; 0: no longer."""
        if seconds:
            self._timer.start(round(1000 * seconds))
        elif self._timer.isActive():
            self._timer.stop()
            self.show_map(True)

    def is_swiping(self) -> bool:
        """Whether the image is shown right of the mouse."""
        return self._swipe is not None

    def has_picture(self) -> bool:
        """Whether the image to swipe to has been drawn."""
        return self._swipe is not None and self._swipe.has_picture()

    def set_swiping(self, on):
        """Show the map left and the image right of a line that follows the mouse."""
        if on == self.is_swiping() or (on and self._node() is None):
            return
        if on:
            self.show_map(True)
            self._swipe = Swipe(self._canvas, lambda: {node.layerId() for node in self._covering()})
        else:
            self._swipe.close_down()
            self._swipe = None
        self.changed.emit()

    def close_down(self):
        """Leave the canvas with the map shown."""
        self._timer.stop()
        self.set_swiping(False)
        self.show_map(True)

    def _node(self):
        return self._root().findLayer(self._layer_id) if self._layer_id else None

    def _root(self):
        return QgsProject.instance().layerTreeRoot()

    def _covering(self) -> list:
        """What of the visible rasters hides the image, in the legend: the map, and all that lies above the image."""
        found, over = [], True
        images = [layer.id() for layer in self._project.images()]
        for layer in self._root().layerOrder():
            node = self._root().findLayer(layer.id())
            over = over and layer.id() not in images
            covers = over and isinstance(layer, QgsRasterLayer) and (bool(images) or _is_result(layer))
            if node is not None and node.isVisible() and (covers or layer.id() == self._layer_id):
                found.append(node)
        return found

    def _flicker_by_itself(self):
        # Each state is to be seen, however long the map takes to draw.
        if not self._canvas.isDrawing() and not self.is_swiping():
            self.flicker()


def _is_result(layer) -> bool:
    """Whether Landloom made a raster: beside its file lies how."""
    return Path(f"{layer.source()}.json").is_file()


class Comparison(QObject):
    """The panel's part for comparing, and whether the map may be seen at all."""

    def __init__(self, panel, canvas, project, parent):
        super().__init__(parent)
        self._panel, self._hidden = panel, False
        self.compare = Compare(canvas, project, self)
        panel.seconds.setValue(QgsSettings().value(SECONDS, 1.0, type=float))
        panel.seconds.valueChanged.connect(self._flicker_by_itself)
        panel.by_itself.toggled.connect(self._flicker_by_itself)
        self.compare.changed.connect(self.show)

    def hide_map(self, hidden):
        """Take the map from the canvas until it may be seen again."""
        changed, self._hidden = hidden != self._hidden, hidden
        if changed:
            self.compare.set_swiping(False)
            self._flicker_by_itself()
        if changed or hidden:  # a map may have come meanwhile
            self.compare.show_map(not hidden)
        self.show()

    def is_possible(self) -> bool:
        """Whether there is a map that may be seen."""
        return not self._hidden and self.compare.has_layer()

    def show(self):
        """Show in the panel how things are."""
        for button, on in (
            (self._panel.flicker, self.compare.is_shown()),
            (self._panel.swipe, self.compare.is_swiping()),
        ):
            button.setEnabled(self.is_possible())
            button.setChecked(on)

    def close_down(self):
        """Leave the canvas with the map shown."""
        self._panel.by_itself.setChecked(False)
        self.compare.close_down()
        self._hidden = False

    def _flicker_by_itself(self, _=None):
        QgsSettings().setValue(SECONDS, self._panel.seconds.value())
        on = self._panel.by_itself.isChecked() and self.is_possible()
        self.compare.set_flickering(self._panel.seconds.value() if on else 0)
