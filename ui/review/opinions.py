"""What the model thinks at a place: the values of uncertainty and probabilities on the map."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsCoordinateTransform, QgsCsException, QgsProject, QgsRasterLayer


def value_at(layer, band, point, crs) -> float | None:
    """A raster's value at a point in `crs`; None outside, for nodata, and where it would have to be fetched."""
    if not isinstance(layer, QgsRasterLayer) or not layer.isValid() or not Path(layer.source()).is_file():
        return None
    try:
        point = QgsCoordinateTransform(crs, layer.crs(), QgsProject.instance()).transform(point)
    except QgsCsException:
        return None
    value, found = layer.dataProvider().sample(point, band)
    return value if found and value == value else None


def probabilities_at(classes, point, crs) -> list:
    """[(class, probability from 0 to 1)], the most probable first, of the first raster with a band for each class.

    Map with a model calls the bands after the classes and gives whole percents or numbers from 0 to 1.
    """
    for layer in QgsProject.instance().mapLayers().values():
        bands = _class_bands(layer, classes)
        if bands:
            values = [value_at(layer, band, point, crs) for band in bands]
            if None in values or sum(values) <= 0:
                continue
            # Percents are rounded, so that their sum is not quite 100.
            total = 100 if sum(values) > 1.5 else 1
            found = [(land_class, value / total) for land_class, value in zip(classes, values)]
            return sorted(found, key=lambda pair: -pair[1])
    return []


def _class_bands(layer, classes) -> list:
    """The bands with the names of the classes, in their order."""
    if not isinstance(layer, QgsRasterLayer) or not classes or layer.bandCount() != len(classes):
        return []
    # QGIS says "Band 1: Forest", and of some files adds more in brackets.
    names = [layer.bandName(band).split(":", 1)[-1].split("(")[0].strip() for band in range(1, len(classes) + 1)]
    return [names.index(c.name) + 1 for c in classes] if all(c.name in names for c in classes) else []
