"""The classes of a polygon layer in QGIS: read from its style, its GeoPackage and its polygons, and written there."""

from __future__ import annotations

import json

from qgis.core import (
    NULL,
    QgsCategorizedSymbolRenderer,
    QgsEditorWidgetSetup,
    QgsExpression,
    QgsFeatureRequest,
    QgsFillSymbol,
    QgsRendererCategory,
    QgsSingleSymbolRenderer,
)
from qgis.PyQt.QtGui import QColor

from ...algorithms.class_style import class_table
from ..locks import begin_editing
from .class_table import LandClass, with_values

# Where a layer keeps its class table in the QGIS project; the only place that knows descriptions without a GeoPackage.
PROPERTY = "landloom/classes"
# A strong outline, and a fill that lets the image show through.
FILL_ALPHA = 70
# Widgets of the form that offer values from elsewhere: somebody has set them up with care.
KEPT_WIDGETS = ("ValueRelation", "RelationReference")


def field_index(layer, field) -> int:
    """The number of the class field; -1 where the layer has none of this name."""
    return layer.fields().indexOf(field) if layer is not None and field else -1


def by_name(layer, field) -> bool:
    """Whether the class field holds names."""
    return not layer.fields()[field_index(layer, field)].isNumeric()


def value_of(raw, names: bool):
    """A polygon's class as the table has it; None where the field is empty or holds what cannot be a class."""
    if raw is None or raw == NULL or raw == "":
        return None
    if names:
        return str(raw)
    try:
        return int(raw) if int(raw) == float(raw) else None
    except (TypeError, ValueError, OverflowError):
        return None


def read(layer, field) -> list[LandClass]:
    """The classes as the user sees them: those of the style first, then of the table, then those only polygons have."""
    names = by_name(layer, field)
    table = {c.value(names): c for c in _stored(layer) or _embedded(layer)}
    shown = _categories(layer, field, names)
    found: list[LandClass] = []
    for value, label, colour in shown:
        known = table.pop(value, None)
        number = (
            value if not names else (known.id if known else max([c.id for c in [*found, *table.values()]] or [0]) + 1)
        )
        found.append(LandClass(number, value if names else label, colour, known.description if known else ""))
    found += table.values()
    values = {value_of(raw, names) for raw in layer.uniqueValues(field_index(layer, field))} - {None}
    return with_values(_distinct(found), values, names)


def _distinct(classes) -> list[LandClass]:
    """Without classes whose id or name another one has: a style may say anything."""
    found: list[LandClass] = []
    for c in classes:
        if c.id in {other.id for other in found}:
            continue
        twin = c.name in {other.name for other in found}
        found.append(LandClass(c.id, f"{c.name} ({c.id})", c.colour, c.description) if twin else c)
    return found


def _categories(layer, field, names) -> list:
    """(value, label, colour) of a style by the class field."""
    renderer = layer.renderer()
    if not isinstance(renderer, QgsCategorizedSymbolRenderer) or renderer.classAttribute().strip('"') != field:
        return []
    valued = [(value_of(c.value(), names), c) for c in renderer.categories() if not isinstance(c.value(), list)]
    return [(v, c.label().strip() or str(v), c.symbol().color().name()) for v, c in valued if v is not None]


def _stored(layer) -> list[LandClass]:
    return [LandClass(**entry) for entry in json.loads(layer.customProperty(PROPERTY) or "[]")]


def _embedded(layer) -> list[LandClass]:
    rows = class_table(layer)
    return [LandClass(int(row["id"]), row["name"], row["colour"], row.get("description") or "") for row in rows]


def is_styled(layer, field) -> bool:
    """Whether the layer's style is by the class field."""
    renderer = layer.renderer()
    return isinstance(renderer, QgsCategorizedSymbolRenderer) and renderer.classAttribute().strip('"') == field


def may_be_styled(layer, field, classes) -> bool:
    """Whether nothing of the user's is lost when the layer is styled by the class field.

    So it is with one symbol for all, and where the same classes are shown by another field, such as ids by names.
    """
    renderer = layer.renderer()
    if isinstance(renderer, QgsCategorizedSymbolRenderer):
        labels = {c.label() for c in renderer.categories() if c.label()}
        return is_styled(layer, field) or labels == {c.name for c in classes}
    return isinstance(renderer, QgsSingleSymbolRenderer)


def show(layer, field, classes) -> None:
    """Give a layer the classes as style, as choices of its form, and as table in the project.

    Symbols that are there keep all but their colours; what the style has for other values stays at its end.
    A style of another kind, such as one by rules, stays as it is.
    """
    names = by_name(layer, field)
    layer.setCustomProperty(PROPERTY, json.dumps([vars(c) for c in classes]))
    if layer.editorWidgetSetup(field_index(layer, field)).type() not in KEPT_WIDGETS:
        choices = [{c.name: str(c.value(names))} for c in classes]
        layer.setEditorWidgetSetup(field_index(layer, field), QgsEditorWidgetSetup("ValueMap", {"map": choices}))
    if not may_be_styled(layer, field, classes):
        return
    old = layer.renderer().categories() if isinstance(layer.renderer(), QgsCategorizedSymbolRenderer) else []
    there = {value_of(c.value(), names): c for c in old if not isinstance(c.value(), list)}
    others = [c for c in old if isinstance(c.value(), list) or value_of(c.value(), names) is None]
    pattern = old[0].symbol() if old else _symbol()
    categories = []
    for c in classes:
        before = there.get(c.value(names))
        symbol = (before.symbol() if before else pattern).clone()
        _paint(symbol, QColor(c.colour))
        categories.append(QgsRendererCategory(c.value(names), symbol, c.name, before.renderState() if before else True))
    layer.setRenderer(QgsCategorizedSymbolRenderer(field, [*categories, *(QgsRendererCategory(c) for c in others)]))
    layer.emitStyleChanged()
    layer.triggerRepaint()


def _symbol():
    symbol = QgsFillSymbol.createSimple({"outline_width": "0.6", "outline_width_unit": "MM", "joinstyle": "bevel"})
    symbol.symbolLayer(0).setFillColor(QColor(0, 0, 0, FILL_ALPHA))
    return symbol


def _paint(symbol, colour) -> None:
    """Recolour a symbol; what lets the image show through still does."""
    for part in symbol.symbolLayers():
        for get, put in ((part.fillColor, part.setFillColor), (part.strokeColor, part.setStrokeColor)):
            painted = QColor(colour)
            painted.setAlpha(get().alpha() if get().isValid() else 255)
            put(painted)


def polygons_of(layer, field, value) -> list:
    """The ids of the polygons of a class."""
    # The provider is asked for them, and what it takes for the same is looked at again.
    request = QgsFeatureRequest().setFilterExpression(QgsExpression.createFieldEqualityExpression(field, value))
    request.setFlags(QgsFeatureRequest.NoGeometry).setSubsetOfAttributes([field_index(layer, field)])
    names = by_name(layer, field)
    return [f.id() for f in layer.getFeatures(request) if value_of(f[field], names) == value]


def recode(layer, field, old, new, text) -> str:
    """Give the polygons of a class another value, as one step that can be undone, `text`; gives a problem."""
    ids = polygons_of(layer, field, old)
    if not ids:
        return ""
    problem, _ = begin_editing(layer)
    if problem:
        return problem
    layer.beginEditCommand(text)
    for fid in ids:
        layer.changeAttributeValue(fid, field_index(layer, field), new)
    layer.endEditCommand()
    return ""
