"""Class tables from and to files: CSV, JSON and QGIS's styles; and from other layers."""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsFeatureRenderer,
    QgsMapLayer,
    QgsPalettedRasterRenderer,
    QgsProject,
    QgsReadWriteContext,
)
from qgis.PyQt.QtXml import QDomDocument

from ...processing_provider.parameters import tr
from .class_table import ClassProblem, LandClass, as_csv, as_json, from_csv, from_json, from_rows

SCHEMES = Path(__file__).resolve().parents[2] / "resources" / "schemes"


def read(path: str) -> list[LandClass]:
    """Read a class table by the kind of the file; raises ClassProblem, OSError."""
    readers = {".csv": from_csv, ".json": from_json, ".qml": _from_style}
    reader = readers.get(Path(path).suffix.lower())
    if reader is None:
        raise ClassProblem(tr("Choose a CSV, JSON or QML file."))
    try:
        return reader(Path(path).read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise ClassProblem(tr("The file is no text in UTF-8. Save it as 'CSV UTF-8'.")) from None


def write(path: str, classes, layer) -> None:
    """Write a class table by the kind of the file; a QML file gets the style of `layer`."""
    kind = Path(path).suffix.lower()
    if kind == ".qml":
        text, good = layer.saveNamedStyle(path, QgsMapLayer.Symbology)
        if not good:
            raise OSError(text)
    else:
        Path(path).write_text(as_json(classes) if kind == ".json" else as_csv(classes), encoding="utf-8")


def layers_with_classes(but=None) -> list:
    """The project's layers whose style has classes, without the layer of the id `but`."""
    layers = QgsProject.instance().mapLayers().values()
    kinds = (QgsCategorizedSymbolRenderer, QgsPalettedRasterRenderer)
    return [la for la in layers if la.id() != but and hasattr(la, "renderer") and isinstance(la.renderer(), kinds)]


def from_layer(layer) -> list[LandClass]:
    """The classes that a layer shows."""
    renderer = layer.renderer()
    if isinstance(renderer, QgsPalettedRasterRenderer):
        return from_rows({"id": c.value, "name": c.label, "colour": c.color.name()} for c in renderer.classes())
    return _from_categories(renderer)


def _from_categories(renderer) -> list[LandClass]:
    """Categories of whole numbers keep them as ids; names are numbered in their order."""
    shown = [(c.value(), c.label(), c.symbol().color().name()) for c in renderer.categories()]
    shown = [(value, label or str(value), colour) for value, label, colour in shown if value not in (None, "")]
    shown = [entry for entry in shown if not isinstance(entry[0], list)]
    try:
        rows = [{"id": int(value), "name": label, "colour": colour} for value, label, colour in shown]
    except (TypeError, ValueError):
        rows = [{"id": i, "name": value, "colour": colour} for i, (value, _, colour) in enumerate(shown, start=1)]
    return from_rows(rows)


def _from_style(text: str) -> list[LandClass]:
    document = QDomDocument()
    document.setContent(text)
    entries = document.elementsByTagName("paletteEntry")
    palette = [entries.at(i).toElement() for i in range(entries.count())]
    if palette:
        return from_rows(
            {"id": e.attribute("value"), "name": e.attribute("label"), "colour": e.attribute("color")} for e in palette
        )
    element = document.documentElement().firstChildElement("renderer-v2")
    renderer = None if element.isNull() else QgsFeatureRenderer.load(element, QgsReadWriteContext())
    if not isinstance(renderer, QgsCategorizedSymbolRenderer):
        raise ClassProblem(tr("The style has no classes."))
    return _from_categories(renderer)
