"""Landloom's algorithm dialog: Processing's own, with what is missing at its top and an estimate at its bottom."""

from __future__ import annotations

from pathlib import Path

from processing.gui.AlgorithmDialog import AlgorithmDialog
from qgis.core import Qgis, QgsProcessingOutputLayerDefinition, QgsProcessingUtils
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QApplication, QDialogButtonBox, QPushButton, QSplitter
from qgis.utils import iface

from ...landloom import stage as kinds
from ...plugin import environment
from ...processing_provider.parameters import key, tr, wkt_key
from .. import disk
from ..background import Background
from ..parameters.base import as_text
from ..parameters.rasters import sources_of
from ..widgets import wrapped
from . import estimates
from .command import command

# The dialog waits so long after a change before it estimates anew.
PAUSE_MS = 300
# Processing's words for "somewhere temporary".
TEMPORARY = ("TEMPORARY_OUTPUT", "memory:")


def make_dialog(algorithm, parent=None):
    """The dialog of one of our algorithms."""
    return LandloomDialog(algorithm, parent)


class LandloomDialog(AlgorithmDialog):
    """Asks for the parameters of a stage and runs it."""

    def __init__(self, algorithm, parent=None):
        super().__init__(algorithm.create(), parent=iface.mainWindow() if iface else parent)
        # The algorithm is QGIS's by now, and may come back without its Python part.
        self._stage, self._layer = algorithm.stage, algorithm.layer
        self._partly = self._short = False
        self._background = Background(self)
        self._background.answered.connect(self._show_estimate)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._estimate)
        self.estimate = wrapped()
        self.estimate.setAccessibleName(tr("Estimate"))
        # Below parameters and log, above the progress.
        layout = self.layout()
        layout.insertWidget(layout.indexOf(self.findChild(QSplitter)) + 1, self.estimate)
        for wrapper in self.mainWidget().wrappers.values():
            wrapper.widgetValueHasChanged.connect(self._timer.start)
        if not hasattr(self.algorithm(), "asQgisProcessCommand"):
            self._add_copy_button()
        self._show_missing()
        self._timer.start()

    # --- the environment ----------------------------------------------------------------------

    def resetAdditionalGui(self):  # noqa: N802 (Processing's name)
        """After a run."""
        super().resetAdditionalGui()
        self._enable()

    def _missing(self):
        now = environment.status()
        texts = {
            "base": tr("Landloom's Python environment is missing or outdated."),
            "deep": tr("The deep-learning packages are missing or outdated."),
            "crf": tr("The dense CRF is missing or outdated."),
        }
        return next((texts[layer] for layer in ("base", self._layer) if not now.ready(layer)), "")

    def _enable(self):
        missing = self._missing()
        for button in (self.runButton(), self.runAsBatchButton):
            button.setEnabled(not missing)
            button.setToolTip(missing)

    def _show_missing(self, *_):
        self._enable()
        bar, text = self.messageBar(), self._missing()
        bar.clearWidgets()
        if not text:
            return
        item = bar.createMessage(text)
        button = QPushButton(tr("Set up…"))
        button.clicked.connect(self._set_up)
        item.layout().addWidget(button)
        # No warning: it would go to QGIS's log as well.
        bar.pushWidget(item, Qgis.Info)

    def _set_up(self):
        from ..setup.dialog import SetupDialog

        dialog = SetupDialog(self)
        dialog.finished.connect(self._show_missing)
        dialog.open()

    # --- the estimate -------------------------------------------------------------------------

    def _values(self) -> dict:
        """What is in the dialog, as the worker would get it; layers and areas other than rasters only as given."""
        wrappers = self.mainWidget().wrappers
        given = {name: wrapper.parameterValue() for name, wrapper in wrappers.items()}
        values = {}
        for name, kind in self._stage.parameters().items():
            value = given.get(key(name))
            if isinstance(kind, (kinds.Raster, kinds.Rasters)):
                sources = sources_of(value)
                value = (sources if isinstance(kind, kinds.Rasters) else sources[0]) if sources else None
            elif isinstance(kind, kinds.Area):
                value = as_text(value) or as_text(given.get(wkt_key(name))) or None
            elif isinstance(kind, kinds.FileOut):
                value = _path(value)
            elif not isinstance(value, (str, int, float, bool, list)):
                value = as_text(value) or None
            if value not in (None, ""):
                values[name] = value
        return values

    def _estimate(self):
        values = self._values()
        # A training may end before its last epoch.
        self._partly = bool(values.get("aoi")) or "patience" in values
        paths = [values[name] for name in self._stage.files() if name in values]
        path = next(iter(paths), "")
        folder = QgsProcessingUtils.tempFolder() if path.startswith(TEMPORARY) or not path else str(Path(path).parent)
        rates = estimates.RATES.all()
        self._background.ask(estimates.estimate, self._stage.id, values, rates, folder)

    def _show_estimate(self, found):
        text = estimates.in_words(found, self._partly)
        self._short = found is not None and found.short
        if self._short:
            text += " <b>" + tr("Only {} are free there.").format(disk.in_words(found.free)) + "</b>"
        self.estimate.setText(text)
        self.estimate.setToolTip(estimates.explained(found))
        self.estimate.setVisible(bool(text))

    # --- a command ----------------------------------------------------------------------------

    def _add_copy_button(self):
        button = QPushButton(tr("Copy command"))
        button.setToolTip(tr("Copy this run as a command for qgis_process"))
        button.clicked.connect(self._copy)
        self.buttonBox().addButton(button, QDialogButtonBox.ButtonRole.ResetRole)
        # A new button makes Qt show those, too, that were hidden.
        self.updateRunButtonVisibility()

    def _copy(self):
        wrappers = self.mainWidget().wrappers
        given = {name: wrapper.parameterValue() for name, wrapper in wrappers.items()}
        defaults = {d.name(): d.defaultValue() for d in self.algorithm().parameterDefinitions()}
        given = {name: value for name, value in given.items() if value != defaults[name]}
        QApplication.clipboard().setText(command(self.algorithm(), given))


def _path(value) -> str:
    """Where an output goes; empty where it is not made."""
    if isinstance(value, QgsProcessingOutputLayerDefinition):
        value = value.sink.staticValue()
    return as_text(value)
