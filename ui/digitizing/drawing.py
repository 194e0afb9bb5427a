"""Drawing polygons of the active class: QGIS's own tool, the class filled in without a form, classes by number keys."""

from __future__ import annotations

import json

from qgis.core import (
    QgsCoordinateTransform,
    QgsCsException,
    QgsDefaultValue,
    QgsEditFormConfig,
    QgsExpression,
    QgsGeometry,
    QgsProject,
    QgsVectorDataProvider,
    QgsVectorLayerUtils,
)
from qgis.PyQt.QtCore import QEvent, QObject, Qt, pyqtSignal

from ...processing_provider.parameters import tr
from ..locks import begin_editing
from .layer_classes import by_name, field_index

# What the layer's form was like before we drew; kept in the layer, since a project may be saved while one draws.
PROPERTY = "landloom/form_before_drawing"
_STATES = (QgsEditFormConfig.SuppressDefault, QgsEditFormConfig.SuppressOn, QgsEditFormConfig.SuppressOff)


class Drawing(QObject):
    """Lets new polygons of one layer have the active class. While it is on, the layer's form does not pop up."""

    key_pressed = pyqtSignal(int)  # a number key, 1 to 9
    changed = pyqtSignal()  # it was turned on or off, or another tool was chosen

    def __init__(self, iface, grow_tool, parent=None):
        super().__init__(parent)
        self._iface, self._grow_tool = iface, grow_tool
        self._canvas = iface.mapCanvas()
        self._layer_id, self._field, self._value = None, "", None
        self._canvas.installEventFilter(self)
        self._canvas.mapToolSet.connect(self._tool_changed)
        iface.currentLayerChanged.connect(self._tool_changed)

    def close_down(self) -> None:
        """Leave layer and map as they were."""
        self.end()
        self._canvas.removeEventFilter(self)
        self._canvas.mapToolSet.disconnect(self._tool_changed)
        self._iface.currentLayerChanged.disconnect(self._tool_changed)

    # --- on and off ---------------------------------------------------------------------------

    def begin(self, layer, field, value, grow=False) -> str:
        """Draw polygons of a class, or let them grow; gives a problem where the layer cannot be edited."""
        if self._layer_id != layer.id():
            self.end()
        problem, _ = begin_editing(layer)
        if problem:
            return problem
        if self._layer_id is None:
            self._layer_id = layer.id()
            layer.editingStopped.connect(self.end)
        self._field, self._value = field, value
        self._fill_in(layer)
        if self._iface.activeLayer() is not layer:
            self._iface.setActiveLayer(layer)
        # A tool that is at work goes on, with what has been drawn so far.
        if grow and not self.grows:
            self._canvas.setMapTool(self._grow_tool)
        elif not grow and not self.draws:
            self._iface.actionAddFeature().trigger()
        self.changed.emit()
        return ""

    def end(self) -> None:
        """Draw no more; the layer stays in edit mode, so that nothing is lost."""
        layer = self.layer()
        self._layer_id = None
        if layer is not None:
            layer.editingStopped.disconnect(self.end)
            restore_form(layer)
        if self._canvas.mapTool() is self._grow_tool:
            self._canvas.unsetMapTool(self._grow_tool)
        self.changed.emit()

    def layer(self):
        """The layer that is drawn in; None while it is off or where the layer is gone."""
        return QgsProject.instance().mapLayer(self._layer_id) if self._layer_id else None

    @property
    def grows(self) -> bool:
        """Whether a click on the map grows a region."""
        return self.layer() is not None and self._canvas.mapTool() is self._grow_tool

    @property
    def draws(self) -> bool:
        """Whether a click on the map sets a corner of a polygon."""
        chosen = self._iface.actionAddFeature().isChecked() and self._iface.activeLayer() is self.layer()
        return self.layer() is not None and chosen

    def set_value(self, value) -> None:
        """The class that is drawn has another value by now."""
        self._value = value
        self._fill_in(self.layer())

    def pause_form(self, layer):
        """Give a layer its own form for a moment, such as to save its style; `resume_form` afterwards."""
        if layer is self.layer():
            restore_form(layer)

    def resume_form(self, layer):
        """See `pause_form`."""
        if layer is self.layer():
            self._fill_in(layer)

    # --- features -----------------------------------------------------------------------------

    def add(self, geometry, crs) -> str:
        """Add a polygon in another CRS with the active class, as one step that can be undone; gives a problem."""
        layer = self.layer()
        placed = QgsGeometry(geometry)
        try:
            placed.transform(QgsCoordinateTransform(crs, layer.crs(), QgsProject.instance()))
        except QgsCsException:
            return tr("The layer's coordinate reference system cannot show this place.")
        feature = QgsVectorLayerUtils.createFeature(layer, placed, {field_index(layer, self._field): self._value})
        fitting = QgsVectorLayerUtils.makeFeatureCompatible(feature, layer)
        layer.beginEditCommand(tr("Grow region"))
        good = all(layer.addFeature(part) for part in fitting)
        if not good:
            layer.destroyEditCommand()
            return tr("The layer did not take the polygon.")
        layer.endEditCommand()
        layer.triggerRepaint()
        return ""

    def _fill_in(self, layer):
        """New features get the class by default, and no form asks for it."""
        index = field_index(layer, self._field)
        config = layer.editFormConfig()
        if not layer.customProperty(PROPERTY):
            default = layer.defaultValueDefinition(index)
            before = {
                "field": self._field,
                "suppress": _STATES.index(config.suppress()),
                "default": default.expression(),
                "on_update": default.applyOnUpdate(),
            }
            layer.setCustomProperty(PROPERTY, json.dumps(before))
        config.setSuppress(QgsEditFormConfig.SuppressOn)
        layer.setEditFormConfig(config)
        value = QgsExpression.quotedValue(self._value if by_name(layer, self._field) else int(self._value))
        layer.setDefaultValueDefinition(index, QgsDefaultValue(value, False))

    # --- keys and tools -----------------------------------------------------------------------

    def _tool_changed(self, *_):
        self.changed.emit()

    def eventFilter(self, watched, event):  # noqa: N802
        """Number keys on the map choose the class while one draws."""
        if event.type() == QEvent.Type.KeyPress and (self.draws or self.grows):
            number = number_of(event)
            if number:
                self.key_pressed.emit(number)
                return True
        return False


def number_of(event) -> int:
    """The number key of a key event, 1 to 9; 0 for other keys and with Ctrl, Alt or Shift."""
    held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    number = event.key() - Qt.Key.Key_0
    return number if held == Qt.KeyboardModifier.NoModifier and 1 <= number <= 9 else 0


def restore_form(layer) -> None:
    """Give a layer back the form and the default that it had before one drew."""
    text = layer.customProperty(PROPERTY)
    if not text:
        return
    before = json.loads(text)
    layer.removeCustomProperty(PROPERTY)
    config = layer.editFormConfig()
    config.setSuppress(_STATES[before["suppress"]])
    layer.setEditFormConfig(config)
    index = field_index(layer, before["field"])
    if index >= 0:
        layer.setDefaultValueDefinition(index, QgsDefaultValue(before["default"], before["on_update"]))


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
