"""Opening things: an algorithm's dialog filled in from the project, a report in the browser, a result on the map."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsMapLayer, QgsProject, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices

from ..landloom.stages._places import UNCERTAINTY
from .project import fresh

# Python would throw away its half of a dialog that nobody holds.
_open: list = []


def open_algorithm(stage, values) -> None:
    """Show the dialog of a stage's algorithm, filled in; it stays open beside the map."""
    import processing

    dialog = processing.createAlgorithmDialog(f"landloom:{stage}", values)
    _open.append(dialog)
    dialog.destroyed.connect(lambda: _open.remove(dialog))
    dialog.show()
    dialog.raise_()


def training_layer_values(project) -> dict:
    """For Create a training layer: in the image's CRS, or the project's."""
    crs = [layer.crs() for layer in project.images()] or [QgsProject.instance().crs()]
    return {"CRS": crs[0], "LAYER": fresh("training_polygons", ".gpkg")}


def queue_values(project) -> dict:
    """For Queue places for review: where the map is unsure, if the project knows that."""
    values = {"PLACES": fresh("review", ".gpkg")}
    if project.file("map"):  # else the dialog offers a raster by itself
        values["MAP"] = _layer_or_path(project, "map")
    if project.polygons():
        values["AVOID"] = project.polygons().id()  # the map is sure there, having learnt them
    if project.file("uncertainty"):
        values.update(DESIGN=UNCERTAINTY, UNCERTAINTY=_layer_or_path(project, "uncertainty"))
    return values


def _layer_or_path(project, key) -> str:
    layer = project.layer_of(key)
    return layer.id() if layer else project.file(key)


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
