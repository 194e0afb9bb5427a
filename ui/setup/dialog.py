"""The dialog that installs, upgrades, repairs and removes the worker's environment."""

from __future__ import annotations

from qgis.core import Qgis
from qgis.gui import QgsMessageBar
from qgis.PyQt.QtCore import QCoreApplication, QEvent
from qgis.PyQt.QtWidgets import (
    QApplication,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
)

from ...plugin import environment, graphics_card
from ...plugin.privacy import shortened
from ...processing_provider.parameters import tr
from .. import disk
from ..background import Background
from ..widgets import wrapped
from . import sizes
from .choices import Choices
from .work import Work

# A set-up that is asked to stop does so within this time.
STOP_MS = 10_000


class SetupDialog(QDialog):
    """Shows what is installed and does what is asked; may be closed while it works, which cancels."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self.setObjectName("SetupDialog")
        self.setWindowTitle(tr("Set up Landloom"))
        self._work, self._cards, self._replaces = None, None, False
        self._build()
        self.install.clicked.connect(self._install)
        self.remove.clicked.connect(self._remove)
        self.copy.clicked.connect(self._copy)
        self.closeButton.clicked.connect(self.reject)
        self.choices.changed.connect(self._follow)
        QCoreApplication.instance().aboutToQuit.connect(self._stop)
        self._show_state()
        self.install.setFocus()
        search = Background(self)
        search.answered.connect(self._show_cards)
        search.ask(graphics_card.cards)

    def _build(self):
        self.bar = QgsMessageBar()
        introduction = wrapped(
            tr(
                "Landloom computes in a Python environment of its own, so that nothing in QGIS is changed. Here it is"
                " installed, upgraded, repaired or removed."
            )
        )
        self.folder = QLineEdit()
        self.folder.setReadOnly(True)
        self.folder.setToolTip(tr("Another folder can be named in the environment variable LANDLOOM_HOME."))
        self.card = wrapped(tr("Looking for one …"))
        self.torch = wrapped()
        self.form = QFormLayout()
        self.form.addRow(tr("Folder"), self.folder)
        self.form.addRow(tr("Graphics card"), self.card)
        self.form.addRow(tr("PyTorch"), self.torch)
        self.choices = Choices()
        self.size = wrapped()
        self.progress = QProgressBar()
        self.progress.setMaximum(1000)
        self.progress.setTextVisible(False)
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setAccessibleName(tr("Log"))
        self.log.setPlaceholderText(tr("What is done is shown here."))
        self.log.setMinimumHeight(self.fontMetrics().lineSpacing() * 6)
        self.install, self.remove = QPushButton(), QPushButton(tr("&Remove…"))
        self.copy, self.closeButton = QPushButton(tr("&Copy diagnostics")), QPushButton(tr("Close"))
        self.copy.setToolTip(tr("Versions, states and the log, without private paths: to be sent with a report."))
        self.install.setDefault(True)
        buttons = QHBoxLayout()
        for button in (self.install, self.remove, self.copy):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.closeButton)
        layout = QVBoxLayout(self)
        layout.addWidget(self.bar)
        layout.addWidget(introduction)
        layout.addLayout(self.form)
        for widget in (self.choices, self.size, self.progress):
            layout.addWidget(widget)
        layout.addWidget(self.log, 1)
        layout.addLayout(buttons)
        self.resize(self.fontMetrics().averageCharWidth() * 100, self.fontMetrics().lineSpacing() * 36)

    def reject(self):
        """Close; work that is going on is cancelled first."""
        if self._work is None:
            super().reject()
        else:
            self._work.requestInterruption()
            self.closeButton.setEnabled(False)

    def event(self, event):
        """A narrower dialog needs more lines, a longer text too; Qt itself gives wrapped texts too little height."""
        handled = super().event(event)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self.setMinimumHeight(self.layout().minimumHeightForWidth(self.width()))
        return handled

    # --- what is there ------------------------------------------------------------------------

    def _show_state(self):
        now = environment.status()
        self.folder.setText(str(now.folder))
        self.choices.show_state(now, environment.unfinished())
        self.torch.setText(_torch(now.torch()))
        for widget in (self.torch, self.form.labelForField(self.torch)):
            widget.setVisible(bool(now.torch()))
        self.remove.setEnabled(now.folder.exists())
        self.progress.setValue(1000 if now.ready() else 0)
        self._follow()

    def _show_cards(self, cards):
        self._cards = cards
        texts = [
            tr("{} with {}, driver {}").format(card.name, disk.in_words(card.memory_mib * 2**20), card.driver)
            if card.memory_mib
            else tr("{}, driver {}").format(card.name, card.driver)
            for card in cards
        ]
        self.card.setText("\n".join(texts) or tr("None of NVIDIA's was found; neural networks use the processor."))
        self.choices.show_cards(cards)

    def _follow(self):
        """Name the button by what it will do, say how large that is, and refuse what has no room."""
        now, layers, torch = environment.status(), self.choices.layers(), self.choices.torch.torch()
        missing = [name for name in layers if not now.ready(name)]
        build = now.torch()
        if "deep" in layers and "deep" not in missing and build and bool(build["cuda"]) != (torch == "cuda"):
            missing.append("deep")
        self._replaces = not missing
        self.install.setText(self._verb(now, missing))
        download, needed = sizes.of(missing or layers, torch)
        free = disk.free(now.folder)
        text = tr("To download: about {}. On the disk: about {}, of {} that are free.")
        words = text.format(*map(disk.in_words, (download, needed, free)))
        room = self._replaces or needed <= free
        if not room:
            words += " " + tr("That is too little: free some space, or name a folder on another disk in LANDLOOM_HOME.")
        self.size.setText(
            tr("All that is chosen is installed; a repair installs it anew.") if self._replaces else words
        )
        self.install.setEnabled(room and self._work is None)

    def _verb(self, now, missing):
        if environment.unfinished():
            return tr("&Continue")
        if any(name in now.layers and not now.ready(name) for name in missing):
            return tr("&Upgrade")
        return tr("&Install") if missing else tr("&Repair…")

    # --- what is asked for --------------------------------------------------------------------

    def _install(self):
        layers, torch = self.choices.layers(), self.choices.torch
        replaces = self._replaces
        if replaces:
            download = disk.in_words(sizes.of(layers, torch.torch())[0])
            question = tr("Everything is removed and installed anew: about {} are downloaded. Go on?")
            if not self._agrees(question.format(download)):
                return
        torch.remember()
        # Where nobody has asked for deep learning its build does not matter.
        build = (torch.torch(), torch.torch_index()) if "deep" in layers else ("", "")

        def work(tell, cancelled):
            if replaces:
                environment.remove()
            environment.install(layers, None, tell, cancelled, *build)

        self._begin(work, tr("Landloom is ready."))

    def _remove(self):
        question = tr("Delete the environment in {}? Models, maps and the catalogue stay.")
        if self._agrees(question.format(environment.status().folder)):
            self._begin(lambda tell, cancelled: environment.remove(), tr("The environment was removed."))

    def _agrees(self, question):
        return QMessageBox.question(self, self.windowTitle(), question) == QMessageBox.StandardButton.Yes

    def _copy(self):
        parts = [environment.diagnostics(cards=self._cards or []), shortened(self.log.toPlainText())]
        QApplication.clipboard().setText("\n\n".join(filter(None, parts)))

    def _begin(self, work, done):
        self.log.clear()
        self.bar.clearWidgets()
        self._work = Work(work, self)
        self._work.told.connect(self._tell)
        self._work.ended.connect(lambda problem: self._end(problem, done))
        self._set_busy(True)
        self._work.start()

    def _tell(self, fraction, text):
        self.progress.setValue(round(1000 * fraction))
        self.log.appendPlainText(text)

    def _end(self, problem, done):
        self._work.wait()
        self._work = None
        self._set_busy(False)
        self._show_state()
        self.log.appendPlainText(problem or done)
        if problem:
            self.bar.pushMessage("", problem.split("\n")[0], Qgis.MessageLevel.Warning, 0)
        else:
            self.bar.pushMessage("", done, Qgis.MessageLevel.Success, 0)

    def _stop(self):
        """QGIS is about to end: a thread must not outlive it. The next set-up goes on."""
        if self._work is not None:
            self._work.requestInterruption()
            self._work.wait(STOP_MS)

    def _set_busy(self, busy):
        for widget in (self.install, self.remove, self.choices):
            widget.setEnabled(not busy)
        self.closeButton.setText(tr("Cancel") if busy else tr("Close"))
        self.closeButton.setEnabled(True)


def _torch(build) -> str:
    """The build of PyTorch that is installed, and what it computes on."""
    if not build:
        return ""
    version = build["version"].partition("+")[0]
    if not build["cuda"]:
        return tr("{} for the processor").format(version)
    if build["usable"]:
        return tr("{} for CUDA {}, computes on {}").format(version, build["cuda"], build["card"])
    return tr(
        "{} for CUDA {}, but it sees no graphics card that it can use, so it computes on the processor. Update the"
        " card's driver, or choose another build."
    ).format(version, build["cuda"])
