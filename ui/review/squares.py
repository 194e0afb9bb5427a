"""Which training squares of a review a layer of polygons has already.

Each square is looked for among all polygons, so this is for a thread (ui/background.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from qgis.core import (
    QgsCoordinateTransform,
    QgsCsException,
    QgsFeatureRequest,
    QgsGeometry,
    QgsProject,
    QgsVectorLayerFeatureSource,
    QgsWkbTypes,
)

from ...landloom.stages import _places as fields
from ...processing_provider.parameters import tr
from .review_file import ReviewProblem

# Two polygons are the same where they differ by less than this part of their area.
SAME = 0.01


@dataclass(frozen=True)
class Square:
    """A training square as the layer of polygons would have it.

    `key` says which one it is, whatever its size; `value` is that of its class; `polygon` and `has_value` are the id of
    the polygon that the layer has there, None for none, and whether that one is of the class.
    """

    key: str
    note: str
    value: object
    geometry: QgsGeometry
    polygon: int | None
    has_value: bool


def question(training, polygons, class_field, mark) -> tuple:
    """What `look_up` needs of the two layers as they are now; asked for in the main thread."""
    index = polygons.fields().indexOf(class_field)
    return (
        QgsVectorLayerFeatureSource(training),
        QgsVectorLayerFeatureSource(polygons),
        QgsCoordinateTransform(training.crs(), polygons.crs(), QgsProject.instance()),
        fields.CLASS_ID if polygons.fields().at(index).isNumeric() else fields.CLASS_NAME,
        (index, polygons.fields().indexOf("note")),
        mark,
        QgsWkbTypes.isMultiType(polygons.wkbType()),
    )


def look_up(training, polygons, transform, class_is, columns, mark, multiple) -> list[Square] | ReviewProblem:
    """Look up all squares, or say why that cannot be.

    A polygon is a square's where it has the same shape, or lies there and has the note `mark` and the place's number.
    `class_is` names the squares' field with what the polygons have as class; `columns` are the numbers of the polygons'
    fields for the class and the note, -1 where there are no notes; `multiple`: the layer takes multipolygons.
    """
    found = []
    for square in training.getFeatures():
        note, geometry = f"{mark}{square[fields.PLACE]}", square.geometry()
        key = _key(note, geometry)
        try:
            geometry.transform(transform)
        except QgsCsException as problem:
            return ReviewProblem(tr("Nothing was added: {}").format(problem))
        if multiple:
            geometry.convertToMultiType()
        elif geometry.isMultipart():
            geometry.convertToSingleType()
        there, value = _polygon_of(polygons, geometry, note, columns), square[class_is]
        has_value = there is not None and there.attribute(columns[0]) == value
        found.append(Square(key, note, value, geometry, there.id() if there else None, has_value))
    return found


def _key(note, geometry) -> str:
    """With the place, since files of other reviews may have the same name."""
    centre = geometry.boundingBox().center()
    return f"{note} {centre.x():.10g} {centre.y():.10g}"


def _polygon_of(polygons, geometry, note, columns):
    same = None
    request = QgsFeatureRequest(geometry.boundingBox()).setSubsetOfAttributes([c for c in columns if c >= 0])
    for feature in polygons.getFeatures(request):
        other = feature.geometry()
        if columns[1] >= 0 and feature.attribute(columns[1]) == note and other.intersects(geometry):
            return feature
        if same is None and _are_same(other, geometry):
            same = feature
    return same


def _are_same(one, other) -> bool:
    most = SAME * other.area()
    return abs(one.area() - other.area()) < most and one.symDifference(other).area() < most
