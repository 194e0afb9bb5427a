"""From a review file to its layers in the project."""

from __future__ import annotations

import math
from pathlib import Path

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsFillSymbol,
    QgsMarkerSymbol,
    QgsProcessingUtils,
    QgsProject,
    QgsProviderRegistry,
    QgsRasterLayer,
    QgsRendererCategory,
    QgsUnitTypes,
    QgsVectorLayer,
)
from qgis.PyQt.QtWidgets import QFileDialog

from ...landloom.stages import _places as fields
from ...processing_provider.parameters import tr
from ..project import same_file
from .review_file import PLACE_FIELDS, LandClass, ReviewFile, ReviewProblem

_STYLED = "landloom/review_style"
# The diameter of a place's ring, so that all of its pixel is to be seen inside.
RING_PIXELS = 2.4
# Okabe & Ito's colours, which any kind of colour vision can tell apart; shapes differ as well.
STATE_STYLES = {
    fields.OPEN: ("#f0e442", "circle"),
    fields.ACCEPTED: ("#009e73", "square"),
    fields.RELABELLED: ("#d55e00", "diamond"),
    fields.SKIPPED: ("#999999", "hexagon"),
}


def open_file(path) -> ReviewFile:
    """Open a review file and see that its layers are in the project, styled and in a group of their own.

    Raises ReviewProblem where it is none.
    """
    path = str(Path(path).absolute())
    if not Path(path).is_file():
        raise ReviewProblem(tr("The review file {} does not exist.").format(path))
    places, training = (_find(path, name) or _load(path, name) for name in (fields.PLACES, fields.TRAINING))
    missing = [name for name in PLACE_FIELDS if places.fields().indexOf(name) < 0]
    if missing:
        raise ReviewProblem(tr("{} is no review file: its places have no field {}.").format(path, missing[0]))
    about = next(iter(_rows(path, fields.ABOUT)), None)
    if about is None or about.fields().indexOf(fields.GEOTRANSFORM) < 0:
        raise ReviewProblem(tr("{} is no review file: it does not say which map it is about.").format(path))
    classes = [LandClass(row["id"], row["name"], row["colour"]) for row in _rows(path, fields.CLASSES)]
    geotransform = [float(number) for number in about[fields.GEOTRANSFORM].split()]
    _put_in_group(places, training, Path(path).stem)
    _style(places, training, classes, geotransform)
    _show_alone(places, training)
    return ReviewFile(path, places.id(), training.id(), classes, geotransform, _map_of(path, about[fields.MAP] or ""))


def _map_of(path, told) -> str:
    """Where the map of a review file is: beside it, where both were moved to another folder."""
    beside = Path(path).parent / Path(told).name
    return str(beside) if told and beside.is_file() and not Path(told).is_file() else told


def ask_for_file(parent, project) -> str:
    """Let the user choose a review file; empty if he does not."""
    start = project.file("review") or QgsProject.instance().homePath()
    return QFileDialog.getOpenFileName(parent, tr("Open a review file"), start, tr("GeoPackage (*.gpkg)"))[0]


def find_map(review) -> QgsRasterLayer | None:
    """The layer that shows the map of a review."""
    layers = QgsProject.instance().mapLayers().values()
    return next((x for x in layers if isinstance(x, QgsRasterLayer) and same_file(x.source(), review.map)), None)


def add_map(review) -> QgsRasterLayer | None:
    """The layer that shows the map of a review; added below the review's group if it is not there and exists."""
    layer, project = find_map(review), QgsProject.instance()
    if layer is not None or not Path(review.map).is_file():
        return layer
    layer = QgsRasterLayer(review.map, Path(review.map).stem)
    if not layer.isValid():
        return None
    project.addMapLayer(layer, False)
    project.layerTreeRoot().insertLayer(1, layer)
    return layer


def is_shown(path) -> bool:
    """Whether the places of a review file are in the project."""
    return _find(path, fields.PLACES) is not None


def is_temporary(path) -> bool:
    """Whether a file goes when QGIS ends."""
    return Path(QgsProcessingUtils.tempFolder()) in Path(path).parents


def _find(path, name) -> QgsVectorLayer | None:
    for layer in QgsProject.instance().mapLayers().values():
        if isinstance(layer, QgsVectorLayer) and layer.isValid() and layer.providerType() == "ogr":
            parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
            # The layer of a run's output has no name in its source: it is the file's first one.
            shown = parts.get("layerName") or fields.PLACES
            if shown == name and same_file(parts.get("path", ""), path):
                return layer
    return None


def _load(path, name) -> QgsVectorLayer:
    layer = QgsVectorLayer(f"{path}|layername={name}", "", "ogr")
    if not layer.isValid():
        text = tr("{} is no review file: it has no layer {}. Make one with Queue places for review.")
        raise ReviewProblem(text.format(path, name))
    return layer


def _rows(path, name) -> list:
    table = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
    return list(table.getFeatures()) if table.isValid() else []


def _put_in_group(places, training, name):
    """Once: later they stay where the user has put them."""
    project = QgsProject.instance()
    root = project.layerTreeRoot()
    texts = ((places, tr("Places to review: {}")), (training, tr("Training squares: {}")))
    titles = [(layer, text.format(name)) for layer, text in texts]
    new = [(layer, title) for layer, title in titles if not layer.customProperty(_STYLED)]
    if not new:
        return
    others = [root.findLayer(layer.id()) for layer, _ in titles if layer.customProperty(_STYLED)]
    group = others[0].parent() if any(others) else root.insertGroup(0, tr("Review: {}").format(name))
    for layer, title in new:
        layer.setName(title)
        old = root.findLayer(layer.id())  # as Processing has put it
        project.addMapLayer(layer, False)
        group.addLayer(layer).setExpanded(False)
        if old is not None:
            old.parent().removeChildNode(old)


def _show_alone(places, training):
    """Hide other reviews: their open places look the same, and what was decided there would sway."""
    for node in QgsProject.instance().layerTreeRoot().findLayers():
        if node.layer() in (places, training):
            node.setItemVisibilityCheckedParentRecursive(True)
        elif node.layer() is not None and node.layer().customProperty(_STYLED):
            node.setItemVisibilityChecked(False)


def _style(places, training, classes, geotransform):
    """Rings and outlines: what lies below is to be seen. Once, so that a style of the user is kept."""
    if not places.customProperty(_STYLED):
        _, across_x, down_x, _, across_y, down_y = geotransform
        pixel = math.sqrt(abs(across_x * down_y - down_x * across_y))
        metres = pixel * QgsUnitTypes.fromUnitToUnitFactor(places.crs().mapUnits(), QgsUnitTypes.DistanceMeters)
        labels = state_labels()
        categories = [
            QgsRendererCategory(state, _ring(colour, shape, RING_PIXELS * metres), labels[state])
            for state, (colour, shape) in STATE_STYLES.items()
        ]
        places.setRenderer(QgsCategorizedSymbolRenderer(fields.STATE, categories))
    if not training.customProperty(_STYLED):
        categories = [QgsRendererCategory(c.id, _outline(c.colour), c.name) for c in classes]
        training.setRenderer(QgsCategorizedSymbolRenderer(fields.CLASS_ID, categories))
    for layer in (places, training):
        layer.setCustomProperty(_STYLED, True)


def state_labels() -> dict:
    """What the states of a place are called."""
    return {
        fields.OPEN: tr("Open"),
        fields.ACCEPTED: tr("Accepted"),
        fields.RELABELLED: tr("Relabelled"),
        fields.SKIPPED: tr("Skipped"),
    }


def _ring(colour, shape, metres):
    """A coloured line on a dark one, which stands out from any image; around the pixel, and never below 3 mm."""
    properties = {
        "name": shape,
        "color": "0,0,0,0",
        "size": str(metres),
        "size_unit": "RenderMetersInMapUnits",
        "size_map_unit_scale": "3x:0,0,1,3,0,0",
    }
    symbol = QgsMarkerSymbol.createSimple({**properties, "outline_color": "black", "outline_width": "0.9"})
    line = {**properties, "outline_color": colour, "outline_width": "0.5"}
    symbol.appendSymbolLayer(QgsMarkerSymbol.createSimple(line).takeSymbolLayer(0))
    return symbol


def _outline(colour):
    symbol = QgsFillSymbol.createSimple({"style": "no", "outline_color": "black", "outline_width": "0.9"})
    line = {"style": "no", "outline_color": colour, "outline_width": "0.5"}
    symbol.appendSymbolLayer(QgsFillSymbol.createSimple(line).takeSymbolLayer(0))
    return symbol
