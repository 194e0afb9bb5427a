"""Names and colours of classes from a layer's style and form."""

from __future__ import annotations

from qgis.core import QgsCategorizedSymbolRenderer


def classes_of_layer(layer, class_field) -> str | None:
    """The class table of a layer that is styled by categories of its class field, as the stages read it.

    None where the layer has another style, or where a class that occurs has no category.
    """
    if layer is None or not class_field or not isinstance(layer.renderer(), QgsCategorizedSymbolRenderer):
        return None
    renderer = layer.renderer()
    index = layer.fields().indexOf(class_field)
    if renderer.classAttribute().strip('"') != class_field or index < 0:
        return None
    categories = [c for c in renderer.categories() if c.value() not in (None, "")]
    styled = {str(c.value()) for c in categories}
    present = {str(value) for value in layer.uniqueValues(index) if value not in (None, "")}
    if not present or not present <= styled:
        return None
    numeric = layer.fields()[index].isNumeric()
    entries = []
    for number, category in enumerate(sorted(categories, key=lambda c: c.value()), start=1):
        class_id = int(category.value()) if numeric else number
        name = str(category.label() or category.value()) if numeric else str(category.value())
        entries.append(f"{class_id}:{name.replace(':', ' ').replace(';', ' ')}:{category.symbol().color().name()}")
    return "\n".join(entries)
