"""The dialog that installs, repairs and removes the worker's environment."""

from __future__ import annotations

import traceback
from pathlib import Path

from qgis.PyQt import uic
from qgis.PyQt.QtCore import QCoreApplication, QThread, pyqtSignal
from qgis.PyQt.QtWidgets import QApplication, QDialog, QMessageBox

from ..plugin import environment
from ..plugin.programs import EnvironmentProblem, SetupCancelled

# Layers that are installed when they are ticked.
EXTRA = ("deep", "crf")
BASE_DOWNLOAD_MB, BASE_DISK_GB = 330, 1.3


class _Installation(QThread):
    """Installs in the background; tells how far it is and how it ended (an empty text: well)."""

    told = pyqtSignal(float, str)
    ended = pyqtSignal(str)

    def __init__(self, layers, parent):
        super().__init__(parent)
        self._layers = layers

    def run(self):
        """The thread's work."""
        try:
            environment.install(self._layers, tell=self.told.emit, cancelled=self.isInterruptionRequested)
            self.ended.emit("")
        except (EnvironmentProblem, SetupCancelled) as problem:
            self.ended.emit(str(problem))
        except Exception:  # a defect of ours: without a word the dialog would wait for ever
            self.ended.emit(traceback.format_exc())


class SetupDialog(QDialog):
    """Shows what is installed and does what is asked; may be closed while it works, which cancels."""

    def __init__(self, parent=None):
        super().__init__(parent)
        uic.loadUi(str(Path(__file__).with_suffix(".ui")), self)
        self._installation = None
        self.install.clicked.connect(self._install)
        self.remove.clicked.connect(self._remove)
        self.copy.clicked.connect(lambda: QApplication.clipboard().setText(environment.diagnostics()))
        self.closeButton.clicked.connect(self.reject)
        self._show_state()

    def tr(self, text):
        """Translate."""
        return QCoreApplication.translate("Landloom", text)

    def reject(self):
        """Close; a running installation is cancelled first."""
        if self._installation is not None:
            self._installation.requestInterruption()
            self.closeButton.setEnabled(False)
            return
        super().reject()

    def _show_state(self):
        now = environment.status()
        self.folder.setText(str(now.folder))
        size = self.tr("not installed (downloads about {} MB, takes {} GB on the disk)").format(
            BASE_DOWNLOAD_MB, BASE_DISK_GB
        )
        self.baseState.setText(self._state(now, "base", size))
        ready = now.ready()
        for layer in EXTRA:
            getattr(self, f"{layer}State").setText(self._state(now, layer, self.tr("not installed")))
            getattr(self, layer).setVisible(not now.ready(layer))
        self.install.setText(self.tr("Repair") if ready else self.tr("Install"))
        self.remove.setEnabled(now.folder.exists())
        self.progress.setValue(1000 if ready else 0)

    def _state(self, now, layer, missing):
        if now.ready(layer):
            return self.tr("ready")
        return self.tr("of another version of the plugin: install again") if layer in now.layers else missing

    def _install(self):
        now = environment.status()
        # What is installed is installed again.
        layers = ["base", *(name for name in now.layers if name != "base")]
        layers += [layer for layer in EXTRA if getattr(self, layer).isChecked() and layer not in layers]
        if all(now.ready(layer) for layer in layers) and not self._delete():
            return
        self.log.clear()
        self._installation = _Installation(layers, self)
        self._installation.told.connect(self._tell)
        self._installation.ended.connect(self._end)
        self._set_busy(True)
        self._installation.start()

    def _tell(self, fraction, text):
        self.progress.setValue(round(1000 * fraction))
        self.log.appendPlainText(text)

    def _end(self, problem):
        self._installation.wait()
        self._installation = None
        self._set_busy(False)
        self.log.appendPlainText(problem or self.tr("Landloom is ready."))
        self._show_state()

    def _remove(self):
        question = self.tr("Delete the environment in {}? Models, maps and the catalogue stay.")
        answer = QMessageBox.question(self, self.windowTitle(), question.format(environment.status().folder))
        if answer == QMessageBox.StandardButton.Yes:
            self._delete()
            self._show_state()

    def _delete(self):
        """Delete the environment; says why where it cannot be and gives False."""
        try:
            environment.remove()
        except EnvironmentProblem as problem:
            QMessageBox.warning(self, self.windowTitle(), str(problem))
            return False
        return True

    def _set_busy(self, busy):
        for button in (self.install, self.remove, self.deep, self.crf):
            button.setEnabled(not busy)
        self.closeButton.setText(self.tr("Cancel") if busy else self.tr("Close"))
        self.closeButton.setEnabled(True)
