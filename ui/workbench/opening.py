"""Opening things: an algorithm's dialog filled in, a report in the browser, a result on the map."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsMapLayer, QgsProject, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices

# Python would throw away its half of a dialog that nobody holds.
_open: list = []


def open_algorithm(stage, values) -> None:
    """Show an algorithm's dialog, filled in; it stays open beside the map."""
    import processing

    dialog = processing.createAlgorithmDialog(f"landloom:{stage}", values)
    _open.append(dialog)
    dialog.destroyed.connect(lambda: _open.remove(dialog))
    dialog.show()
    dialog.raise_()


def open_file(iface, project, key) -> None:
    """Show one of the project's files: a layer on the map, anything else in the program for it."""
    path = project.file(key)
    if Path(path).suffix.lower() not in (".tif", ".gpkg"):
        QDesktopServices.openUrl(QUrl.fromLocalFile(path))
        return
    layer = project.layer_of(key) or _load(path)
    if layer is not None:
        node = QgsProject.instance().layerTreeRoot().findLayer(layer.id())
        node.setItemVisibilityCheckedParentRecursive(True)
        iface.setActiveLayer(layer)
        iface.zoomToActiveLayer()


def _load(path) -> QgsMapLayer | None:
    make = QgsRasterLayer if path.endswith(".tif") else QgsVectorLayer
    layer = make(path, Path(path).stem)
    return QgsProject.instance().addMapLayer(layer) if layer.isValid() else None
