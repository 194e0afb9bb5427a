"""A run as a command for `qgis_process`. From QGIS 3.24 on its own dialogs offer that."""

from __future__ import annotations

import shlex

from qgis.core import QgsMapLayer, QgsProcessingOutputLayerDefinition, QgsProject, QgsProperty

from ..parameters.base import as_text


def command(algorithm, parameters: dict) -> str:
    """The command that runs an algorithm with the values of a dialog; a list becomes one argument an item."""
    words = ["qgis_process", "run", algorithm.id(), "--"]
    for name, value in parameters.items():
        items = value if isinstance(value, (list, tuple)) else [value]
        words += [f"{name}={text}" for text in map(_written, items) if text]
    return " ".join(map(shlex.quote, words))


def _written(value) -> str:
    if isinstance(value, QgsProcessingOutputLayerDefinition):
        return _written(value.sink)
    if isinstance(value, QgsProperty):
        return _written(value.staticValue())
    if isinstance(value, QgsMapLayer):
        return value.source()
    if hasattr(value, "authid"):  # a coordinate reference system
        return value.authid() or value.toWkt()
    if hasattr(value, "source"):  # a vector layer with further wishes
        return _written(value.source)
    layer = QgsProject.instance().mapLayer(value) if isinstance(value, str) else None
    return as_text(value) if layer is None else layer.source()
