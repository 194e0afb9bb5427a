"""What a review begins and ends with: the dialogs of Queue places and Evaluate, and the training polygons."""

from __future__ import annotations

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ...landloom.stages import _places as fields
from ...plugin import runs
from ...processing_provider.parameters import tr
from ..places import fresh
from .opening import find_map, is_shown
from .review_file import ReviewProblem
from .training import add_to_polygons

# Processing puts a run's outputs on the map a moment after the run has ended.
LOADING_S = 5


class QueueDialog(QObject):
    """Opens the dialog of Queue places; `made` tells the path of a queue that was made, wherever it was asked for."""

    made = pyqtSignal(str)

    def __init__(self, parent):
        super().__init__(parent)
        self._dialog, self._path = None, ""
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.timeout.connect(self._tell)
        runs.RUNS.ended.connect(self._hear)
        QgsProject.instance().layersAdded.connect(self._see)

    def open(self, project):
        """Show the dialog, filled in from the project."""
        polygons = project.polygons()
        given = {
            "MAP": _raster(project, "map"),
            "UNCERTAINTY": _raster(project, "uncertainty"),
            "AVOID": polygons.id() if polygons else None,
            "PLACES": fresh("review", ".gpkg"),
        }
        self._dialog = open_dialog("landloom:queue_places", given)

    def close_down(self):
        """Listen no more."""
        runs.RUNS.ended.disconnect(self._hear)
        QgsProject.instance().layersAdded.disconnect(self._see)
        self._late.stop()

    def _hear(self, run):
        if run.stage == "queue_places" and run.state == runs.DONE and run.outputs.get("places"):
            self._path = run.outputs["places"]
            self._late.start(1000 * LOADING_S)

    def _see(self, _):
        if self._path and is_shown(self._path):
            self._late.start(0)  # once Processing is done with the layer

    def _tell(self):
        path, self._path = self._path, ""
        self.made.emit(path)


def open_dialog(algorithm, given):
    """Show an algorithm's dialog; what is None is left to its default."""
    import processing

    dialog = processing.createAlgorithmDialog(algorithm, {k: v for k, v in given.items() if v is not None})
    dialog.show()
    return dialog


def open_evaluate(review, at_random):
    """Show the dialog of Evaluate a map, filled in with a review."""
    layer = find_map(review)
    given = {
        "MAP": layer.id() if layer else review.map,
        "REFERENCE": review.places_layer().id(),
        "CLASS_FIELD": fields.CLASS_ID,
    }
    if at_random:
        given.update({"STRATUM_FIELD": fields.STRATUM, "WEIGHT_FIELD": fields.WEIGHT})
    return open_dialog("landloom:evaluate", given)


def add_training(review, project) -> str:
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


def _raster(project, key):
    layer = project.layer_of(key)
    return layer.id() if layer else project.file(key) or None
