"""The one adapter that turns a stage's declaration into a Processing algorithm."""

from __future__ import annotations

import html
import json
import os
import re
import time
from pathlib import Path

from qgis.core import (
    NULL,
    QgsLayerMetadata,
    QgsProcessingAlgorithm,
    QgsProcessingException,
    QgsProcessingLayerPostProcessorInterface,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QCoreApplication, QThread
from qgis.PyQt.QtGui import QIcon
from qgis.utils import iface

from ..landloom import stage as kinds
from ..landloom.errors import ParameterError
from ..landloom.stages._examples import qgis_process
from ..plugin import environment, runs, worker_client
from .parameters import definitions, help_of, key, output, tr
from .values import RequestBuilder, output_paths, project_dotenv, refuse_overwriting

ICONS = Path(__file__).resolve().parents[1] / "resources" / "icons"

# So much of a run's log goes into a layer's metadata; all of it is in the provenance beside the file.
LINES_OF_LOG = 200

NOT_READY = {
    "base": (
        "Landloom's Python environment is not set up yet, or belongs to another version of the plugin. In QGIS choose"
        " Plugins ▸ Landloom ▸ Set up…; without a window run in the plugin's folder:"
        " python3 -m plugin.environment install"
    ),
    "deep": (
        "This needs Landloom's deep-learning packages, which are not installed yet. In QGIS choose Plugins ▸ Landloom ▸"
        " Set up…, tick deep learning and install; without a window run in the plugin's folder:"
        " python3 -m plugin.environment install --layer deep"
    ),
    "crf": (
        "This needs the dense CRF, which is not installed yet. In QGIS choose Plugins ▸ Landloom ▸ Set up…, tick dense"
        " CRF and install; without a window run in the plugin's folder:"
        " python3 -m plugin.environment install --layer crf"
    ),
}


class StageAlgorithm(QgsProcessingAlgorithm):
    """An algorithm for a stage: everything comes from its declaration.

    `icon` is a file of resources/icons, `layer` what of the environment a run needs (see plugin/environment.py).
    """

    # The window gives its dialog here: a function of algorithm and parent. None: Processing's own.
    make_dialog = None

    # Post-processors must outlive the run, and QGIS keeps no reference to a Python object.
    _post_processors: list = []  # noqa: RUF012

    def __init__(self, stage: type[kinds.Stage], icon: str, layer: str = "base"):
        super().__init__()
        self.stage, self._icon, self.layer = stage, icon, layer

    def createInstance(self):  # noqa: N802
        return type(self)(self.stage, self._icon, self.layer)

    def name(self):
        return self.stage.id

    def displayName(self):  # noqa: N802
        return tr(self.stage.title)

    def group(self):
        return tr(self.stage.group)

    def groupId(self):  # noqa: N802
        return self.stage.group.lower().replace(" ", "_")

    def icon(self):
        return QIcon(self.svgIconPath())

    def svgIconPath(self):  # noqa: N802
        return str(ICONS / self._icon)

    def shortDescription(self):  # noqa: N802
        return tr(self.stage.description()[0])

    def shortHelpString(self):  # noqa: N802
        parts = [f"<p>{tr(text)}</p>" for text in self.stage.description()]
        for kind in self.stage.parameters().values():
            text = help_of(kind)
            if text:
                parts.append(f"<p><b>{tr(kind.label)}</b><br>{text}</p>")
        command = html.escape(qgis_process(self.stage))
        parts.append(f"<p><b>{tr('Without a window')}</b></p><pre style='white-space: pre-wrap'>{command}</pre>")
        return "".join(parts)

    def initAlgorithm(self, configuration=None):  # noqa: N802
        for name, kind in self.stage.kinds().items():
            for definition in definitions(name, kind):
                self.addParameter(definition)
            if isinstance(kind, (kinds.NumberOutput, kinds.TextOutput)):
                self.addOutput(output(name, kind))

    def createCustomParametersWidget(self, parent):  # noqa: N802 (what QGIS calls a dialog of one's own)
        make = StageAlgorithm.make_dialog
        return make(self, parent) if make else None

    def canExecute(self):  # noqa: N802
        """Say how to get the environment where it is missing; in a window our dialog does, with a button."""
        missing = self._missing()
        return (not missing or StageAlgorithm.make_dialog is not None, missing)

    def _missing(self) -> str:
        """What has to be installed first; empty where all is there."""
        now = environment.status()
        return next((tr(NOT_READY[layer]) for layer in ("base", self.layer) if not now.ready(layer)), "")

    def checkParameterValues(self, parameters, context):  # noqa: N802
        """What the stage itself can say about the values before it runs."""
        given = {
            name: _plain(parameters.get(key(name)), kind)
            for name, kind in self.stage.parameters().items()
            if not isinstance(kind, kinds.FileOut)
        }
        given.update((name, f"output.{kind.extension}") for name, kind in self.stage.files().items())
        environ = {}
        if project_dotenv(context.project()):  # what it sets is for the worker to read
            environ = {kind.variable: "given" for kind in self.stage.kinds().values() if kind.variable}
        try:
            self.stage.from_values(given, {**environ, **os.environ})
        except ParameterError as error:  # first, since it says what would do; QGIS only says "incorrect"
            return False, self._with_labels(str(error))
        return super().checkParameterValues(parameters, context)

    def prepareAlgorithm(self, parameters, context, feedback):  # noqa: N802
        """In the main thread: layers become files, stored connections become addresses."""
        if missing := self._missing():
            raise QgsProcessingException(missing)
        builder = RequestBuilder(self, parameters, context, feedback)
        self._request, self._copied = builder.build(), builder.copied
        self.complete_request(self._request, parameters, context)
        return True

    def complete_request(self, request, parameters, context):
        """For subclasses: add to the request what only QGIS knows."""

    def processAlgorithm(self, parameters, context, feedback):  # noqa: N802
        """Run the stage in the worker; whoever shows runs hears of its end, whichever it is."""
        asked = output_paths(self, parameters, context)
        refuse_overwriting(asked, self._copied)
        self._request["parameters"].update(asked)
        run = runs.RUNS.begin(self.stage.id, self.displayName(), self._request["parameters"])
        try:
            outputs = self._run_worker(run, feedback)
            for name in self.stage.files():
                if name in outputs and name not in asked:  # as the outputs of a chain can be, outside of its dialog
                    outputs[name] = str(Path(outputs[name]).absolute())
                    feedback.pushInfo(tr("No path was given for {}: it is {}.").format(key(name), outputs[name]))
            self._style_layers(outputs, context)
        except worker_client.WorkerCancelled:
            runs.RUNS.end(run, runs.CANCELLED)
            return {}
        except Exception as error:
            runs.RUNS.end(run, runs.FAILED, problem=str(error))
            raise
        runs.RUNS.end(run, runs.DONE, outputs)
        return {key(name): value for name, value in outputs.items()}

    def _run_worker(self, run, feedback):
        log = _Log(feedback)

        def handle(event):
            log(event)
            runs.RUNS.told.emit(run, event)

        try:
            return worker_client.run(
                environment.status().python,
                self._request,
                environment.default_home(),
                handle,
                feedback.pushDebugInfo,
                lambda: _is_cancelled(feedback),
                lambda: run.finish_asked,
            )
        except worker_client.WorkerFailed as error:
            raise QgsProcessingException(self._with_labels(str(error))) from None

    def _with_labels(self, text) -> str:
        """A message of the engine, which names keys, with the labels that the dialog shows behind them."""
        labels = {name: tr(kind.label) for name, kind in self.stage.parameters().items()}
        labels.pop("crs", None)  # stands for any CRS in our texts
        words = "|".join(labels) or "(?!)"
        pattern = rf"(?<![\w./\\-])({words.upper()})(?![\w/\\-]|\.\w)|'({words})'"
        return re.sub(pattern, lambda found: f"{found[0]} ({labels[(found[1] or found[2]).lower()]})", text)

    def _style_layers(self, outputs, context):
        vectors: list = []  # ids of this run's layers that are on the map
        loaded = [n for n in self.stage.files() if outputs.get(n) and context.willLoadLayerOnCompletion(outputs[n])]
        rasters = [name for name in loaded if isinstance(self.stage.kinds()[name], kinds.RasterOut)]
        for name in loaded:
            path = outputs[name]
            # Further rasters, such as probabilities, would hide the first.
            finish = _Finish(path, vectors, name not in rasters[1:])
            self._post_processors.append(finish)
            context.layerToLoadOnCompletionDetails(path).setPostProcessor(finish)


class _Finish(QgsProcessingLayerPostProcessorInterface):
    """Gives a loaded output its style and its place in the legend, and notes in its metadata what made it."""

    def __init__(self, path, vectors, is_shown):
        super().__init__()
        self._path, self._vectors, self._is_shown = Path(path), vectors, is_shown

    def postProcessLayer(self, layer, context, feedback):  # noqa: N802
        style = self._path.with_suffix(".qml")
        if style.exists():
            layer.loadNamedStyle(str(style))
        else:
            layer.loadDefaultStyle()  # a GeoPackage holds its style inside
        layer.triggerRepaint()
        self._place_in_legend(layer, (context.project() or QgsProject.instance()).layerTreeRoot())
        provenance = Path(f"{self._path}.json")
        if provenance.exists():
            layer.setMetadata(_metadata(layer, json.loads(provenance.read_text(encoding="utf-8"))))

    def _place_in_legend(self, layer, root):
        """Show the layer's classes, and the vectors of a run above the rasters that came with them, in any order."""
        node = root.findLayer(layer.id())
        if node is None:
            return
        node.setExpanded(self._is_shown)
        node.setItemVisibilityChecked(self._is_shown)
        if isinstance(layer, QgsVectorLayer):
            self._vectors.append(layer.id())
        for node in filter(None, map(root.findLayer, self._vectors)):
            parent = node.parent()
            parent.insertChildNode(0, node.clone())
            parent.removeChildNode(node)


def _metadata(layer, made) -> QgsLayerMetadata:
    metadata = layer.metadata()
    metadata.setTitle(layer.name())
    metadata.setAbstract(tr("Made by Landloom: {}").format(made["made_by"]["title"]))
    inputs = [
        f"{name}: {entry['source']} (SHA-256 {entry['sha256']})"
        for name, found in made["inputs"].items()
        for entry in found
    ]
    parameters = [f"{name}: {value}" for name, value in made["parameters"].items() if value is not None]
    versions = ", ".join(f"{name} {version}" for name, version in made["versions"].items())
    told = made["log"][-LINES_OF_LOG:]
    warnings = [text for text in made["warnings"] if text not in told]
    metadata.setHistory([*inputs, *parameters, versions, *warnings, *told])
    return metadata


def _plain(value, kind):
    """A value for checking without looking at layers: those only count as given or not."""
    # An empty field's widget gives NULL.
    if value is None or value == "" or value == NULL:
        return None
    if isinstance(
        kind, (kinds.Raster, kinds.Rasters, kinds.Vector, kinds.Area, kinds.Crs, kinds.Field, kinds.Connection)
    ):
        return "given"
    if isinstance(kind, kinds.FilesIn):
        return value if isinstance(value, (str, list, tuple)) else None
    return value if isinstance(value, (str, int, float, bool)) else None


def _is_cancelled(feedback) -> bool:
    """Whether the user wants the run to stop.

    `qgis_process` hears of Ctrl-C in its event loop only, which nobody else runs while we wait in its thread.
    """
    if iface is None and QThread.currentThread() == QCoreApplication.instance().thread():
        QCoreApplication.processEvents()
    return feedback.isCanceled()


class _Log:
    """Shows a worker's events in Processing's progress bar and log."""

    # Each text becomes a line of the log.
    SECONDS_BETWEEN_TEXTS = 10

    def __init__(self, feedback):
        self._feedback, self._last_text = feedback, time.monotonic()

    def __call__(self, event):
        if event["type"] == "progress":
            self._feedback.setProgress(100 * event["fraction"])
            self._tell_time_left(event)
        elif event["type"] == "message":
            self._feedback.pushInfo(event["text"])
        elif event["type"] == "warning":
            self._feedback.pushWarning(event["text"])

    def _tell_time_left(self, event):
        now = time.monotonic()
        if "eta_s" in event and now - self._last_text >= self.SECONDS_BETWEEN_TEXTS:
            self._last_text = now
            text = tr("{} % done, {} s left").format(round(100 * event["fraction"]), round(event["eta_s"]))
            self._feedback.pushInfo(f"{text}, {event['rate']}" if "rate" in event else text)
