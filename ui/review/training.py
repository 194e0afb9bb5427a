"""From a review's training squares to the layer of training polygons."""

from __future__ import annotations

from dataclasses import dataclass

from qgis.core import (
    QgsCoordinateTransform,
    QgsCsException,
    QgsFeature,
    QgsFeatureRequest,
    QgsProject,
    QgsVectorLayerUtils,
    QgsWkbTypes,
)

from ...landloom.stages import _places as fields
from ...processing_provider.parameters import tr
from .review_file import ReviewProblem

# Two polygons are the same where they differ by less than this part of their area.
SAME = 0.01


@dataclass
class Added:
    """How many squares were added, were there with another class, and were there already."""

    new: int = 0
    changed: int = 0
    there: int = 0


def add_training_squares(review, project) -> str:
    """Add the training squares to the project's polygons; says what was done. Raises ReviewProblem."""
    training, polygons = review.training_layer(), project.polygons()
    if polygons is None:
        raise ReviewProblem(
            tr("The project has no training polygons yet. Choose them in the dock Classes and polygons.")
        )
    if training is None:
        raise ReviewProblem(tr("A layer of the review was removed. Open the review file again."))
    if not training.featureCount():
        raise ReviewProblem(
            tr("This review has no training squares: choose the size of the training square before you decide.")
        )
    added = add_to_polygons(training, polygons, project.class_field(), review.mark())
    text = tr("{} squares added to {}, {} given another class, {} there already. Save the layer's edits to keep them.")
    return text.format(added.new, polygons.name(), added.changed, added.there)


def add_to_polygons(training, polygons, class_field, mark) -> Added:
    """Add training squares to a layer of polygons as one edit command, each once, however often this is done.

    A square counts as added where the layer has the same polygon, or one with the note `mark` and its place; of such
    a one the class is renewed. The layer stays in edit mode, so that all can be undone.

    Raises ReviewProblem where the layer cannot take them.
    """
    index = polygons.fields().indexOf(class_field)
    if index < 0:
        raise ReviewProblem(tr("The layer {} has no field {}.").format(polygons.name(), class_field))
    if polygons.geometryType() != QgsWkbTypes.GeometryType.PolygonGeometry:
        raise ReviewProblem(tr("The layer {} does not hold polygons.").format(polygons.name()))
    if not polygons.isEditable() and not polygons.startEditing():
        raise ReviewProblem(tr("The layer {} cannot be edited.").format(polygons.name()))
    note = polygons.fields().indexOf("note")
    by_number = polygons.fields().at(index).isNumeric()
    transform = QgsCoordinateTransform(training.crs(), polygons.crs(), QgsProject.instance())
    marked = _marked(polygons, note, mark)
    added = Added()
    polygons.beginEditCommand(tr("Add training squares of the review"))
    try:
        for square in training.getFeatures():
            value = square[fields.CLASS_ID] if by_number else square[fields.CLASS_NAME]
            text = f"{mark}{square[fields.PLACE]}"
            geometry = square.geometry()
            geometry.transform(transform)
            old = marked.get(text) or _same(polygons, geometry)
            if old is None:
                attributes = {index: value, **({note: text} if note >= 0 else {})}
                _add(polygons, geometry, attributes)
                added.new += 1
            elif old[class_field] != value:
                polygons.changeAttributeValue(old.id(), index, value)
                added.changed += 1
            else:
                added.there += 1
    except (QgsCsException, ReviewProblem) as problem:
        polygons.destroyEditCommand()
        raise ReviewProblem(tr("Nothing was added: {}").format(problem)) from None
    polygons.endEditCommand()
    polygons.triggerRepaint()
    return added


def _marked(polygons, note, mark) -> dict:
    if note < 0:
        return {}
    return {f[note]: f for f in polygons.getFeatures() if isinstance(f[note], str) and f[note].startswith(mark)}


def _same(polygons, geometry) -> QgsFeature | None:
    for feature in polygons.getFeatures(QgsFeatureRequest(geometry.boundingBox())):
        other = feature.geometry()
        if abs(other.area() - geometry.area()) < SAME * geometry.area() and (
            other.symDifference(geometry).area() < SAME * geometry.area()
        ):
            return feature
    return None


def _add(polygons, geometry, attributes):
    if QgsWkbTypes.isMultiType(polygons.wkbType()):
        geometry.convertToMultiType()
    elif geometry.isMultipart():
        geometry.convertToSingleType()
    if not polygons.addFeature(QgsVectorLayerUtils.createFeature(polygons, geometry, attributes)):
        raise ReviewProblem(tr("the layer {} refused a polygon").format(polygons.name()))
