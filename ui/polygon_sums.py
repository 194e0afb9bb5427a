"""What is counted of polygons: how many of each class, and what tells whether they have changed.

All polygons have to be looked at, so this is for a thread (ui/background.py).
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

from qgis.core import NULL, QgsFeatureRequest, QgsVectorLayerFeatureSource

# More than survives where a file keeps fewer digits than memory does.
DIGITS = 10


@dataclass(frozen=True)
class PolygonSums:
    """`classes` is how many there are; `fingerprint` (lists of texts and numbers, fit for JSON) changes with polygons.

    It does not depend on their order, nor on whether they are saved.
    """

    classes: int
    fingerprint: list


def question(layer, class_field) -> tuple:
    """What `sum_up` needs of a layer, with its unsaved changes as they are now; asked for in the main thread."""
    return QgsVectorLayerFeatureSource(layer), layer.fields().indexOf(class_field)


def sum_up(source, field) -> PolygonSums:
    """Sum up polygons by class, `field` being the number of the field that holds it."""
    found = defaultdict(list)
    for feature in source.getFeatures(QgsFeatureRequest().setSubsetOfAttributes([field])):
        value, geometry = feature.attribute(field), feature.geometry()
        centre = geometry.boundingBox().center() if not geometry.isEmpty() else None
        name = "" if value is None or value == NULL else str(value)
        found[name].append((geometry.area(), centre.x(), centre.y()) if centre else (0.0, 0.0, 0.0))
    sums = [
        [name, len(rows), *(f"{math.fsum(column):.{DIGITS}g}" for column in zip(*rows))]
        for name, rows in sorted(found.items())
    ]
    return PolygonSums(len([name for name in found if name]), sums)
