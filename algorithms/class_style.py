"""Names and colours of classes from a layer's style, or from the class table in its GeoPackage."""

from __future__ import annotations

from qgis.core import QgsCategorizedSymbolRenderer, QgsProviderRegistry, QgsVectorLayer

from ..processing_provider.adapter import StageAlgorithm


class PolygonsAlgorithm(StageAlgorithm):
    """For stages with training polygons: takes names and colours of the classes from the layer's own style."""

    def complete_request(self, request, parameters, context):
        """Where no class table was given, that of the layer as QGIS shows it."""
        if "classes" not in request["parameters"]:
            layer = self.parameterAsVectorLayer(parameters, "POLYGONS", context)
            found = classes_of_layer(layer, request["parameters"].get("class_field"))
            if found:
                request["parameters"]["classes"] = found


def classes_of_layer(layer, class_field) -> str | None:
    """The class table of a layer, as the stages read it; None where there is none for all classes that occur.

    What the user sees goes first: the categories of a layer that is styled by its class field.
    """
    if layer is None or layer.fields().indexOf(class_field or "") < 0:
        return None
    numeric = layer.fields()[layer.fields().indexOf(class_field)].isNumeric()
    present = {str(v) for v in layer.uniqueValues(layer.fields().indexOf(class_field)) if v not in (None, "")}
    for entries in (_categories(layer, class_field, numeric), _embedded(layer)):
        known = {str(entry[0] if numeric else entry[1]) for entry in entries}
        if present and present <= known:
            return "\n".join(f"{i}:{_word(name)}:{colour}" for i, name, colour in entries)
    return None


def _categories(layer, class_field, numeric) -> list:
    """(id, name, colour) of the style's categories; classes by name are numbered in alphabetical order."""
    renderer = layer.renderer()
    if not isinstance(renderer, QgsCategorizedSymbolRenderer) or renderer.classAttribute().strip('"') != class_field:
        return []
    valued = [(_id_or_name(c.value(), numeric), c) for c in renderer.categories()]
    named = sorted(((value, c) for value, c in valued if value is not None), key=lambda pair: pair[0])
    return [
        (value, c.label() or str(value), c.symbol().color().name())
        if numeric
        else (number, value, c.symbol().color().name())
        for number, (value, c) in enumerate(named, start=1)
    ]


def _id_or_name(value, numeric):
    """What a category stands for; None for one of several values merged, and for that of all other values."""
    if not numeric:
        return value if isinstance(value, str) and value else None
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _embedded(layer) -> list:
    """(id, name, colour) of the table in its GeoPackage."""
    return [(row["id"], row["name"], row["colour"]) for row in class_table(layer)]


def geopackage(layer) -> str:
    """The GeoPackage that a layer lies in; empty where it lies elsewhere."""
    path = QgsProviderRegistry.instance().decodeUri("ogr", layer.source()).get("path") or ""
    return path if layer.providerType() == "ogr" and path.lower().endswith(".gpkg") else ""


def class_table(layer) -> list:
    """The rows, {field: value}, of the table `classes` that Create training layer puts into the layer's GeoPackage."""
    path = geopackage(layer)
    table = QgsVectorLayer(f"{path}|layername=classes", "classes", "ogr") if path else None
    if table is None or not table.isValid() or not {"id", "name", "colour"} <= {f.name() for f in table.fields()}:
        return []
    return [dict(zip(table.fields().names(), row.attributes())) for row in table.getFeatures()]


def _word(name) -> str:
    """A name without the characters that separate entries."""
    return str(name).replace(":", " ").replace(";", " ").replace("\n", " ")
