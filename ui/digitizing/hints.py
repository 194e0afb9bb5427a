"""What to do next in the digitizing dock, in words."""

from __future__ import annotations

from qgis.core import QgsVectorDataProvider

from ...processing_provider.parameters import tr


def hint_of(chosen, training, drawing, active) -> str:
    """The next thing to do. `chosen` is the project's layer, `active` the value of the class that is drawn."""
    layer = training.layer()
    if chosen is None:
        return tr("Choose a layer of polygons, or create one with New…")
    if layer is None:
        return tr("Choose the field that holds the class. A layer without one needs a new field first.")
    if not can_be_drawn_in(layer):
        return tr("{} is read-only, so nothing can be drawn in it.").format(layer.name())
    if not training.classes:
        return tr("Add a class, or take a preset.")
    name = training.look_of(active)[0]
    if drawing.draws:
        return tr("{}: click corners on the map, right-click to end. Ctrl+Z takes back.").format(name)
    if drawing.grows:
        return tr("{}: click a pixel on the map.").format(name)
    return tr("Click a class to draw polygons of it.")


def can_be_drawn_in(layer) -> bool:
    """Whether QGIS can add features to a layer."""
    can_add = layer.dataProvider().capabilities() & QgsVectorDataProvider.AddFeatures
    return bool(can_add) and not layer.readOnly()
