"""From a review's training squares to the layer of training polygons."""

from __future__ import annotations

import json
from dataclasses import dataclass

from qgis.core import QgsProject, QgsVectorLayerUtils, QgsWkbTypes
from qgis.PyQt import QtGui, QtWidgets, sip
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...processing_provider.parameters import tr
from ..background import Background
from ..locks import begin_editing, lock_on
from .review_file import ReviewProblem
from .squares import look_up, question

QUndoCommand = getattr(QtGui, "QUndoCommand", None) or QtWidgets.QUndoCommand  # it has moved in Qt 6

# Where a layer of polygons keeps, in the QGIS project, which squares it has been given, and with which class.
ADDED = "landloom/added_squares"


@dataclass
class Added:
    """How many squares were added, were there with another class, were there already, or had been deleted again."""

    new: int = 0
    changed: int = 0
    there: int = 0
    deleted: int = 0


class AddingSquares(QObject):
    """Adds the training squares of a review to the project's polygons; they are looked up beside the window.

    Where the polygons are edited meanwhile, they are looked up anew. Where another review is open by then (`review()`
    gives it, or None), or the project has other polygons, nothing is added.
    """

    busy = pyqtSignal(bool)
    added = pyqtSignal(str)  # what was done
    failed = pyqtSignal(object)  # the ReviewProblem why nothing was

    def __init__(self, review, project, parent=None):
        super().__init__(parent)
        self._review, self._project = review, project
        self._asked = None  # the review, its polygons and their class field; None while nothing is looked up
        self._background = Background(self)
        self._background.answered.connect(self._take)

    def start(self) -> None:
        """Add the squares of the review that is open."""
        if self._asked is None:
            self._asked = self._now()
            self._hear_edits(True)
            self.busy.emit(True)
            self._ask()

    def stop(self) -> None:
        """Drop what is being looked up."""
        if self._asked is not None:
            self._hear_edits(False)
            self._asked = None
            self.busy.emit(False)

    def _now(self):
        polygons = self._project.polygons()
        return self._review(), polygons.id() if polygons else "", self._project.class_field()

    def _hear_edits(self, on):
        polygons = QgsProject.instance().mapLayer(self._asked[1])
        for signal in (polygons.layerModified, polygons.afterCommitChanges, polygons.afterRollBack) if polygons else ():
            (signal.connect if on else signal.disconnect)(self._ask)

    def _ask(self):
        if self._asked != self._now():
            return
        review, _, field = self._asked
        try:
            layers = _layers(review, self._project, field)
        except ReviewProblem as problem:
            self._fail(problem)
        else:
            self._background.ask(look_up, *question(*layers, field, review.mark()))

    def _take(self, found):
        asked, is_outdated = self._asked, self._asked != self._now()
        self.stop()
        if found is None or asked is None or is_outdated:
            return
        try:
            polygons = self._project.polygons()
            self.added.emit(_text(add_to_polygons(found, polygons, asked[2]), polygons.name()))
        except ReviewProblem as problem:
            self.failed.emit(problem)

    def _fail(self, problem):
        self.stop()
        self.failed.emit(problem)


def _layers(review, project, field) -> tuple:
    """Training squares and polygons. Raises ReviewProblem where there are none, or these take none."""
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
    if polygons.fields().indexOf(field) < 0:
        raise ReviewProblem(tr("The layer {} has no field {}.").format(polygons.name(), field))
    if polygons.geometryType() != QgsWkbTypes.GeometryType.PolygonGeometry:
        raise ReviewProblem(tr("The layer {} does not hold polygons.").format(polygons.name()))
    problem = lock_on(polygons)
    if problem[0]:
        raise ReviewProblem(*problem)
    return training, polygons


def _text(added, name) -> str:
    text = tr("{} squares added to {}, {} given another class, {} there already.")
    parts = [text.format(added.new, name, added.changed, added.there)]
    if added.deleted:
        parts.append(tr("Left out, since you have deleted them: {}.").format(added.deleted))
    if added.new or added.changed:
        parts.append(tr("Save the layer's edits to keep them."))
    return " ".join(parts)


def add_to_polygons(squares, polygons, class_field) -> Added:
    """Add squares (as of `look_up`) to a layer of polygons as one edit command, each once, however often this is done.

    Where the layer has a square already, its class is renewed. One that was added earlier and is not there any more was
    deleted by the user: it comes again only if its place has another class since. The layer stays in edit mode, so that
    all can be undone; where there is nothing to add or renew, it is left as it was.

    Raises ReviewProblem where the layer cannot take them.
    """
    known = json.loads(polygons.customProperty(ADDED) or "{}")
    deleted = [s for s in squares if s.polygon is None and known.get(s.key) == s.value]
    new = [s for s in squares if s.polygon is None and known.get(s.key) != s.value]
    changed = [s for s in squares if s.polygon is not None and not s.has_value]
    now = {**known, **{s.key: s.value for s in squares}}
    added = Added(len(new), len(changed), len(squares) - len(new) - len(changed) - len(deleted), len(deleted))
    if new or changed:
        _edit(polygons, class_field, new, changed, _Memory.kept(polygons, known, now))
    else:
        _remember(polygons, now)
    return added


def _edit(polygons, class_field, new, changed, memory):
    """Add and change polygons in one edit command."""
    was_edited = polygons.isEditable()
    problem = begin_editing(polygons)
    if problem[0]:
        raise ReviewProblem(*problem)
    index, note = polygons.fields().indexOf(class_field), polygons.fields().indexOf("note")
    features = [
        QgsVectorLayerUtils.QgsFeatureData(s.geometry, {index: s.value, **({note: s.note} if note >= 0 else {})})
        for s in new
    ]
    polygons.beginEditCommand(tr("Add training squares of the review"))
    if not polygons.addFeatures(QgsVectorLayerUtils.createFeatures(polygons, features)):
        polygons.destroyEditCommand()
        if not was_edited:
            polygons.rollBack()
        text = tr("the layer {} refused a polygon").format(polygons.name())
        raise ReviewProblem(tr("Nothing was added: {}").format(text))
    for square in changed:
        polygons.changeAttributeValue(square.polygon, index, square.value)
    polygons.undoStack().push(memory)
    polygons.endEditCommand()
    polygons.triggerRepaint()


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
