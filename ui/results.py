"""Taking the results of runs into the project, wherever a run was started from."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from qgis.core import QgsFeatureRequest, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ..plugin import runs

# Processing puts a run's outputs on the map a moment after the run has ended, if at all.
LOADING_MS = 5000


@dataclass(frozen=True)
class Taken:
    """What of a stage's outputs the project keeps: `files` maps outputs to project.FILES.

    A run counts where its input `of` is that of the project (the polygons, or one of FILES), or where the project has
    none yet: so that a run on other data, started from the toolbox, does not push its way in.
    """

    files: dict
    of: tuple = ()  # (parameter, polygons or one of FILES)
    figures: tuple = field(default=("overall_accuracy", "kappa", "sample_count", "polygon_count", "class_count"))


_COUNTS = ("train_count", "val_count", "test_count", "class_count")
_MODEL = {"model": "model", "report": "model_report"}
_MAP = {"map": "map", "entropy": "uncertainty"}
TAKEN = {
    "check_training_polygons": Taken({"report": "polygons_report"}, ("polygons", "polygons"), ()),
    "extract_samples": Taken({"samples": "samples", "report": "samples_report"}, ("polygons", "polygons")),
    "build_patch_dataset": Taken({"dataset": "dataset", "report": "samples_report"}, ("polygons", "polygons"), _COUNTS),
    "cut_tiles": Taken({"tiles": "tiles", "report": "samples_report"}, ("polygons", "polygons"), _COUNTS),
    "train_random_forest": Taken(_MODEL, ("samples", "samples")),
    "train_patch_classifier": Taken(_MODEL, ("dataset", "dataset")),
    "train_segmentation": Taken(_MODEL, ("tiles", "tiles")),
    "predict": Taken(_MAP, ("model", "model"), ("mapped_hectares",)),
    "refine_crf": Taken({"map": "map"}, (), ("mapped_hectares",)),
    "map_month": Taken({**_MAP, **_MODEL, "samples": "samples"}, ("polygons", "polygons"), ("mapped_hectares",)),
    "queue_places": Taken({"places": "review"}, ("map", "map"), ()),
}


class Results(QObject):
    """Listens to all runs; of those that belong to the project it notes files and figures."""

    queued = pyqtSignal(str)  # the path of a review file that a run has made, whichever map it is about

    def __init__(self, project, parent=None):
        super().__init__(parent)
        self._project = project
        self._awaited = {}  # path of a layer that Processing is about to load: what to do with it
        self._opened = 0  # how many projects have been opened
        self._begun_in = {}  # number of a run: the project that it was begun in, as `_opened` and as its file
        self._polygons_of = {}  # number of a run: the polygons' fingerprint when it began; they may change meanwhile
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
            self._polygons_of[run.number] = fingerprint(self._project.polygons(), self._project.class_field())

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
        if run.stage in TAKEN and self._is_ours(run, TAKEN[run.stage]):
            self._keep(run, TAKEN[run.stage], polygons)
        self._look_at_layers(QgsProject.instance().mapLayers().values())

    def _is_ours(self, run, taken) -> bool:
        if not taken.of:
            return True
        parameter, part = taken.of
        given = _path(run.parameters.get(parameter))
        if part == "polygons":
            layer = self._project.polygons()
            # A layer with unsaved changes or a selection reaches the stage as a copy, which tells nothing.
            return layer is None or given == _path(layer.source()) or "processing_" in str(given)
        ours = self._project.file(part)
        return not ours or not Path(ours).exists() or given == _path(ours)

    def _keep(self, run, taken, polygons) -> None:
        for output, part in taken.files.items():
            path = run.outputs.get(output)
            if path is None and output == "entropy":
                self._project.set_file(part, "")  # that of an earlier map says nothing of this one
            if path is None:
                continue
            figures = {name: run.outputs[name] for name in taken.figures if run.outputs.get(name) is not None}
            figures["made"] = time.time()
            if polygons:
                figures["polygons"] = polygons
            self._project.set_figures(part, figures)
            self._project.set_file(part, path)

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


def _path(value) -> Path | None:
    if isinstance(value, (list, tuple)):
        value = value[0] if value else None
    return Path(str(value).split("|")[0]) if value else None


def fingerprint(layer, class_field) -> list:
    """What tells whether polygons have changed: how many of each class, and the sum of their areas and extent."""
    if layer is None:
        return []
    counts, area = Counter(), 0.0
    for feature in layer.getFeatures(QgsFeatureRequest().setSubsetOfAttributes([class_field], layer.fields())):
        counts[str(feature[class_field])] += 1
        area += feature.geometry().area()
    corner = layer.extent().xMinimum(), layer.extent().yMinimum()
    return [sorted(counts.items()), *(f"{value:.6g}" for value in (area, *corner))]
