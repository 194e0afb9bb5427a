"""From a review's training squares to the layer of training polygons."""

from __future__ import annotations

import json
from dataclasses import dataclass

from qgis.core import (
    QgsCoordinateTransform,
    QgsCsException,
    QgsExpression,
    QgsFeature,
    QgsFeatureRequest,
    QgsProject,
    QgsVectorLayerUtils,
    QgsWkbTypes,
)
from qgis.PyQt import QtGui, QtWidgets, sip

from ...algorithms.class_style import geopackage
from ...landloom.stages import _places as fields
from ...processing_provider.parameters import tr
from .locks import lock_of
from .review_file import ReviewProblem

QUndoCommand = getattr(QtGui, "QUndoCommand", None) or QtWidgets.QUndoCommand  # it has moved in Qt 6

# Two polygons are the same where they differ by less than this part of their area.
SAME = 0.01
# Where a layer of polygons keeps, in the QGIS project, which squares it has been given, and with which class.
ADDED = "landloom/added_squares"


@dataclass
class Added:
    """How many squares were added, were there with another class, were there already, or had been deleted again."""

    new: int = 0
    changed: int = 0
    there: int = 0
    deleted: int = 0


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
    return _text(add_to_polygons(training, polygons, project.class_field(), review.mark()), polygons.name())


def _text(added, name) -> str:
    text = tr("{} squares added to {}, {} given another class, {} there already.")
    parts = [text.format(added.new, name, added.changed, added.there)]
    if added.deleted:
        parts.append(tr("Left out, since you have deleted them: {}.").format(added.deleted))
    if added.new or added.changed:
        parts.append(tr("Save the layer's edits to keep them."))
    return " ".join(parts)


def add_to_polygons(training, polygons, class_field, mark) -> Added:
    """Add training squares to a layer of polygons as one edit command, each once, however often this is done.

    A square counts as added where the layer has the same polygon, or one at its place with the note `mark` and the
    place's number; of such a one the class is renewed. One that was added earlier and is not there any more was deleted
    by the user: it comes again only if its place has another class since. The layer stays in edit mode, so that all can
    be undone; where there is nothing to add or renew, it is left as it was.

    Raises ReviewProblem where the layer cannot take them.
    """
    index = polygons.fields().indexOf(class_field)
    if index < 0:
        raise ReviewProblem(tr("The layer {} has no field {}.").format(polygons.name(), class_field))
    if polygons.geometryType() != QgsWkbTypes.GeometryType.PolygonGeometry:
        raise ReviewProblem(tr("The layer {} does not hold polygons.").format(polygons.name()))
    was_edited = polygons.isEditable()
    _begin_editing(polygons)
    note = polygons.fields().indexOf("note")
    by_number = polygons.fields().at(index).isNumeric()
    transform = QgsCoordinateTransform(training.crs(), polygons.crs(), QgsProject.instance())
    marked = _marked(polygons, note, mark)
    known = json.loads(polygons.customProperty(ADDED) or "{}")
    now = dict(known)
    added = Added()
    polygons.beginEditCommand(tr("Add training squares of the review"))
    try:
        for square in training.getFeatures():
            value = square[fields.CLASS_ID] if by_number else square[fields.CLASS_NAME]
            text = f"{mark}{square[fields.PLACE]}"
            geometry = square.geometry()
            key = _key(text, geometry)
            geometry.transform(transform)
            old = _at_place(marked.get(text, ()), geometry) or _same(polygons, geometry)
            if old is None and known.get(key) == value:
                added.deleted += 1
                continue
            now[key] = value
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
        _take_back(polygons, was_edited)
        raise ReviewProblem(tr("Nothing was added: {}").format(problem)) from None
    if not (added.new or added.changed):
        _take_back(polygons, was_edited)
        _remember(polygons, now)
        return added
    polygons.undoStack().push(_Memory.kept(polygons, known, now))
    polygons.endEditCommand()
    polygons.triggerRepaint()
    return added


def _begin_editing(polygons):
    if polygons.isEditable():
        return
    # GDAL would hold the window up for many seconds where another program has locked the file.
    problem = lock_of(geopackage(polygons))
    if problem:
        text = tr("Free the layer {}: its file is locked or read-only.").format(polygons.name())
        raise ReviewProblem(text, f"{geopackage(polygons)}\n\n{problem}")
    if not polygons.startEditing():
        raise ReviewProblem(tr("The layer {} cannot be edited.").format(polygons.name()))


def _take_back(polygons, was_edited):
    polygons.destroyEditCommand()
    if not was_edited:
        polygons.rollBack()


class _Memory(QUndoCommand):
    """A part of the edit command: what is undone is not remembered, and may be added again."""

    # Python would throw away its half of a command that only Qt holds, and undoing would do nothing.
    _alive: list = []  # noqa: RUF012

    @classmethod
    def kept(cls, *arguments):
        """Make one that lives as long as Qt needs it."""
        cls._alive[:] = [command for command in cls._alive if not sip.isdeleted(command)]
        cls._alive.append(cls(*arguments))
        return cls._alive[-1]

    def __init__(self, polygons, before, after):
        super().__init__()
        self._polygons, self._before, self._after = polygons, before, after

    def redo(self):
        _remember(self._polygons, self._after)

    def undo(self):
        _remember(self._polygons, self._before)


def _remember(polygons, squares):
    text = json.dumps(squares)
    if text != (polygons.customProperty(ADDED) or "{}"):
        polygons.setCustomProperty(ADDED, text)
        QgsProject.instance().setDirty(True)


def _key(text, geometry) -> str:
    """Which square it is, whatever its size: files of other reviews may have the same name."""
    centre = geometry.boundingBox().center()
    return f"{text} {centre.x():.10g} {centre.y():.10g}"


def _marked(polygons, note, mark) -> dict:
    """{note: polygons} of those whose note begins with the mark."""
    found: dict = {}
    if note >= 0:
        begin = QgsExpression.quotedValue(mark)
        request = QgsFeatureRequest().setFilterExpression(f'left("note", {len(mark)}) = {begin}')
        for feature in polygons.getFeatures(request):
            found.setdefault(feature[note], []).append(feature)
    return found


def _at_place(features, geometry) -> QgsFeature | None:
    return next((feature for feature in features if feature.geometry().intersects(geometry)), None)


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
