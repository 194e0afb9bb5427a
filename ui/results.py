"""Taking the results of runs into the project, wherever a run was started from."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from pathlib import Path

from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ..plugin import runs
from .background import Background
from .made_with import models_of
from .polygon_sums import question, sum_up
from .project import same_file

# Processing puts a run's outputs on the map a moment after the run has ended, if at all.
LOADING_MS = 5000


@dataclass(frozen=True)
class Taken:
    """What of a stage's outputs the project keeps: `files` maps outputs to project.FILES.

    A run counts where its input `of` is that of the project (the polygons, or one of FILES), or where the project has
    none yet: so that a run on other data, started from the toolbox, does not push its way in. Of `probabilities` the
    models that made them count: the project's model, or that of its map.
    """

    files: dict
    of: tuple  # (parameter, polygons or one of FILES or probabilities)
    figures: tuple = field(default=("overall_accuracy", "kappa", "sample_count", "polygon_count", "class_count"))


_COUNTS = ("train_count", "val_count", "test_count", "class_count")
_MODEL = {"model": "model", "report": "model_report"}
_MAP = {"map": "map", "entropy": "uncertainty"}
TAKEN = {
    "check_training_polygons": Taken({"report": "polygons_report"}, ("polygons", "polygons"), ()),
    "extract_samples": Taken({"samples": "samples", "report": "samples_report"}, ("polygons", "polygons")),
    "build_patch_dataset": Taken({"dataset": "dataset", "report": "dataset_report"}, ("polygons", "polygons"), _COUNTS),
    "cut_tiles": Taken({"tiles": "tiles", "report": "tiles_report"}, ("polygons", "polygons"), _COUNTS),
    "train_random_forest": Taken(_MODEL, ("samples", "samples")),
    "train_patch_classifier": Taken(_MODEL, ("dataset", "dataset")),
    "train_segmentation": Taken(_MODEL, ("tiles", "tiles")),
    "predict": Taken(_MAP, ("model", "model"), ("mapped_hectares",)),
    "refine_crf": Taken({"map": "map"}, ("probabilities", "probabilities"), ("mapped_hectares",)),
    "map_month": Taken({**_MAP, **_MODEL, "samples": "samples"}, ("polygons", "polygons"), ("mapped_hectares",)),
    "queue_places": Taken({"places": "review"}, ("map", "map"), ()),
}

# Outputs of these that come to the legend, round after round.
RASTERS = ("map", "probabilities", "confidence", "entropy", "margin", "variance", "refined")


class Results(QObject):
    """Listens to all runs; of those that belong to the project it notes files and figures."""

    queued = pyqtSignal(str)  # the path of a review file that a run has made, whichever map it is about

    def __init__(self, project, parent=None):
        super().__init__(parent)
        self._project = project
        self._awaited = {}  # path of a layer that Processing is about to load: what to do with it
        self._opened = 0  # how many projects have been opened
        self._begun_in = {}  # number of a run: the project that it was begun in, as `_opened` and as its file
        self._polygons_of = {}  # number of a run: the _Fingerprint when it began; polygons may change meanwhile
        runs.RUNS.began.connect(self._note_beginning)
        runs.RUNS.ended.connect(self._take)
        QgsProject.instance().cleared.connect(self._leave_project)
        QgsProject.instance().layersAdded.connect(self._look_at_layers)

    def close_down(self) -> None:
        """Listen no more."""
        runs.RUNS.began.disconnect(self._note_beginning)
        runs.RUNS.ended.disconnect(self._take)
        QgsProject.instance().cleared.disconnect(self._leave_project)
        QgsProject.instance().layersAdded.disconnect(self._look_at_layers)

    def _note_beginning(self, run) -> None:
        self._begun_in[run.number] = self._opened, QgsProject.instance().fileName()
        if run.stage in TAKEN and TAKEN[run.stage].of[:1] == ("polygons",):
            layer, class_field = self._project.polygons(), self._project.class_field()
            if layer is not None and layer.fields().indexOf(class_field) >= 0:
                self._polygons_of[run.number] = _Fingerprint(layer, class_field, self)

    def _leave_project(self) -> None:
        self._opened += 1
        self._awaited.clear()

    def _was_begun_here(self, run) -> bool:
        """Whether the run was begun in this project, which may have been closed and opened again meanwhile."""
        opened, path = self._begun_in.pop(run.number, (self._opened, ""))
        return opened == self._opened or (bool(path) and path == QgsProject.instance().fileName())

    def _take(self, run) -> None:
        polygons = self._polygons_of.pop(run.number, None)
        if not self._was_begun_here(run) or run.state != runs.DONE:
            return
        if run.stage == "create_training_layer":
            self._awaited[run.outputs["layer"]] = self._take_polygons
        elif run.stage == "create_demo_scene":
            self._awaited[run.outputs["image"]] = self._take_image
            self._awaited[run.outputs["polygons"]] = self._take_polygons
            self._project.set_file("reference", run.outputs["reference"])
        elif run.stage == "evaluate":
            self._take_evaluation(run)
        elif run.stage == "queue_places":
            self._await_queue(run.outputs["places"])
        if run.stage in TAKEN and "map" in TAKEN[run.stage].files.values():
            self._awaited.update((path, self._tell_apart) for path in map(run.outputs.get, RASTERS) if path)
        if run.stage in TAKEN and self._is_ours(run, TAKEN[run.stage]):
            self._keep(run, TAKEN[run.stage])
            if polygons is not None:
                polygons.tell(lambda fingerprint: self._note_polygons(run, fingerprint))
        self._look_at_layers(QgsProject.instance().mapLayers().values())

    def _is_ours(self, run, taken) -> bool:
        parameter, part = taken.of
        given = _path(run.parameters.get(parameter))
        if part == "probabilities":
            return self._is_of_our_models(given)
        if part == "polygons":
            layer = self._project.polygons()
            # A layer with unsaved changes or a selection reaches the stage as a copy, which tells nothing.
            return layer is None or given == _path(layer.source()) or "processing_" in str(given)
        ours = self._project.file(part)
        return not ours or not Path(ours).exists() or given == _path(ours)

    def _is_of_our_models(self, raster) -> bool:
        made, of_map = models_of(raster), models_of(self._project.file("map"))
        ours = self._project.file("model")
        return bool(made.keys() & of_map.keys()) or any(same_file(source, ours) for source in made.values())

    def _keep(self, run, taken) -> None:
        for output, part in taken.files.items():
            path = run.outputs.get(output)
            if not path:  # what an earlier run has made says nothing of this one
                self._project.set_file(part, "")
                continue
            figures = {name: run.outputs[name] for name in taken.figures if run.outputs.get(name) is not None}
            figures["made"] = time.time()
            if part in ("map", "uncertainty"):
                self._replace_layer(part, path)
            if part == "map":
                self._project.set_file("map_report", "")
            self._project.set_figures(part, figures)
            self._project.set_file(part, path)

    def _note_polygons(self, run, fingerprint) -> None:
        for output, part in TAKEN[run.stage].files.items():
            if same_file(run.outputs.get(output), self._project.file(part)):
                self._project.set_figures(part, {**self._project.figures(part), "polygons": fingerprint})

    def _replace_layer(self, part, path) -> None:
        """The layer that has shown a part makes way, once the new one is there."""
        earlier = self._project.layer_of(part)
        if earlier is None or same_file(earlier.source(), path):
            return
        earlier_id = earlier.id()

        def take(layer):
            self._tell_apart(layer)
            # Once Processing has put it into the legend.
            QTimer.singleShot(0, lambda: _put_above(layer.id(), earlier_id))

        self._awaited[path] = take

    def _tell_apart(self, layer) -> None:
        """Number a layer that Processing names like an earlier one; it may also be set to name layers after files."""
        name = layer.name()
        others = {other.name() for other in QgsProject.instance().mapLayers().values() if other is not layer}
        if name not in others or name == Path(layer.source()).stem:
            return
        numbers = itertools.count(2)
        layer.setName(next(text for text in (f"{name} ({number})" for number in numbers) if text not in others))

    def _take_evaluation(self, run) -> None:
        ours = self._project.file("map")
        if not ours or _path(run.parameters.get("map")) != _path(ours):
            return
        if run.outputs.get("report"):
            self._project.set_file("map_report", run.outputs["report"])
        found = {name: run.outputs.get(name) for name in ("overall_accuracy", "kappa", "adjusted_accuracy")}
        self._project.set_figures("map", {**self._project.figures("map"), **found})

    def _await_queue(self, path) -> None:
        # Once Processing is done with the layer, and also where it does not load it.
        self._awaited[path] = lambda _: QTimer.singleShot(0, lambda: self.queued.emit(path))
        QTimer.singleShot(LOADING_MS, lambda: self._awaited.pop(path, lambda _: None)(None))

    def _look_at_layers(self, layers) -> None:
        for layer in layers:
            take = self._awaited.pop(layer.source().split("|")[0], None)
            if take:
                take(layer)

    def _take_polygons(self, layer) -> None:
        if isinstance(layer, QgsVectorLayer):
            self._project.set_polygons(layer)

    def _take_image(self, layer) -> None:
        self._project.set_images([layer])


def _put_above(new_id, earlier_id) -> None:
    """Put a layer above an earlier one in the legend, and fold and hide that.

    QGIS puts what is new above the current layer, which may be in the group of a review, and hide its places.
    """
    root = QgsProject.instance().layerTreeRoot()
    new, earlier = root.findLayer(new_id), root.findLayer(earlier_id)
    if new is None or earlier is None:
        return
    earlier.setItemVisibilityChecked(False)
    earlier.setExpanded(False)
    group = earlier.parent()
    group.insertChildNode(group.children().index(earlier), new.clone())
    new.parent().removeChildNode(new)


class _Fingerprint(QObject):
    """What tells whether polygons have changed, of a layer as it is now; a thread finds it."""

    def __init__(self, layer, class_field, parent):
        super().__init__(parent)
        self._found, self._then = None, None
        background = Background(self)
        background.answered.connect(self._take)
        background.ask(sum_up, *question(layer, class_field))

    def tell(self, then) -> None:
        """Call `then` with it, as soon as it is known."""
        self._then = then
        if self._found is not None:
            then(self._found)

    def _take(self, sums):
        if sums is not None:
            self._found = sums.fingerprint
            if self._then is not None:
                self._then(self._found)


def _path(value) -> Path | None:
    if isinstance(value, (list, tuple)):
        value = value[0] if value else None
    return Path(str(value).split("|")[0]) if value else None
