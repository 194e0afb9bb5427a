"""What the set-up dialog offers: the layers of the environment, and the build of PyTorch."""

from __future__ import annotations

import sys

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFormLayout,
    QGridLayout,
    QGroupBox,
    QLabel,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from ...plugin import torch_build
from ...plugin.torch_build import CUDA, PROCESSOR
from ...processing_provider.parameters import tr
from .. import disk
from ..widgets import wrapped
from . import sizes

LAYERS = ("base", "deep", "crf")


class TorchChoice(QWidget):
    """The processor or CUDA, and where that build of PyTorch is to be found. What was chosen last is remembered."""

    changed = pyqtSignal()

    def __init__(self, parent=None):
        super().__init__(parent)
        self.processor = QRadioButton(tr("the &processor ({} to download)").format(_download(PROCESSOR)))
        self.cuda = QRadioButton(tr("an &NVIDIA graphics card, with CUDA ({} to download)").format(_download(CUDA)))
        self._builds = QButtonGroup(self)
        for button in (self.processor, self.cuda):
            self._builds.addButton(button)
        self.index = QLineEdit(torch_build.index_of(QgsSettings().value("landloom/torch_index", "", str)))
        self.index.setPlaceholderText(tr("the usual package index"))
        self.index.setClearButtonEnabled(True)
        self.hint = wrapped()
        layout = QFormLayout(self)
        layout.setContentsMargins(self.fontMetrics().averageCharWidth() * 3, 0, 0, 0)
        layout.addRow(tr("PyTorch for"), self.processor)
        layout.addRow("", self.cuda)
        layout.addRow(tr("Packages &from"), self.index)
        layout.addRow("", self.hint)
        self.index.setToolTip(tr("The address of PyTorch's own package index, for builds that others do not have."))
        self.processor.toggled.connect(self._follow)
        self.index.textChanged.connect(self.changed)
        self.choose(QgsSettings().value("landloom/torch", PROCESSOR, str))

    def torch(self):
        """Give "cpu" or "cuda"."""
        return CUDA if self.cuda.isChecked() else PROCESSOR

    def torch_index(self):
        """The address of PyTorch's index; may be empty."""
        return self.index.text().strip()

    def choose(self, torch):
        """Choose "cpu" or "cuda"; there is no CUDA on macOS."""
        self.cuda.setEnabled(sys.platform != "darwin")
        (self.cuda if torch == CUDA and self.cuda.isEnabled() else self.processor).setChecked(True)
        self._follow()

    def remember(self):
        """Keep the choice for the next time; an address that holds a password is not kept."""
        QgsSettings().setValue("landloom/torch", self.torch())
        index = self.torch_index()
        QgsSettings().setValue("landloom/torch_index", "" if "@" in index else index)

    def _follow(self):
        self.hint.setText(_hint(self.torch(), sys.platform))
        self.changed.emit()


class Choices(QGroupBox):
    """The layers with their states; those that are installed stay ticked."""

    changed = pyqtSignal()

    def __init__(self, parent=None):
        super().__init__(tr("What is installed"), parent)
        names = {
            "base": tr("Forests, maps, accuracy"),
            "deep": tr("&Deep learning"),
            "crf": tr("D&ense CRF"),
        }
        self.boxes = {name: QCheckBox(text) for name, text in names.items()}
        # In the place of a box for what is not a question: many themes show a box that cannot be used badly.
        self.names = {name: QLabel(text.replace("&", "")) for name, text in names.items()}
        about = {
            "base": tr("What every algorithm needs."),
            "deep": tr("Neural networks, with PyTorch."),
            "crf": tr("Refines maps. It is built here, with a C++ compiler."),
        }
        self.states = {name: QLabel() for name in LAYERS}
        self.torch = TorchChoice()
        self._card_known = False
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        for row, name in enumerate(LAYERS):
            note = wrapped(about[name])
            self.states[name].setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.boxes[name].setToolTip(about[name])
            self.boxes[name].toggled.connect(self._follow)
            grid.addWidget(self.boxes[name], 2 * row, 0)
            grid.addWidget(self.names[name], 2 * row, 0)
            grid.addWidget(note, 2 * row, 1)
            grid.addWidget(self.states[name], 2 * row, 2)
        grid.addWidget(self.torch, 3, 0, 1, 3)
        self.torch.changed.connect(self.changed)
        layout = QVBoxLayout(self)
        layout.addLayout(grid)
        self._follow()

    def layers(self) -> list:
        """The layers that shall be there."""
        return [name for name in LAYERS if self.boxes[name].isChecked()]

    def show_state(self, now, unfinished):
        """Show what is installed, and tick it, or what a set-up that was stopped had been asked for."""
        for name, box in self.boxes.items():
            there = name in now.layers
            box.setChecked(box.isChecked() or name == "base" or there or name in unfinished.get("layers", ()))
            is_question = not there and name != "base"
            box.setVisible(is_question)
            self.names[name].setVisible(not is_question)
            self.states[name].setText(_state(now, name))
        if unfinished.get("torch") or now.torch():
            self._card_known = True
            self.torch.choose(unfinished.get("torch") or (CUDA if now.torch()["cuda"] else PROCESSOR))

    def show_cards(self, cards):
        """Where nothing has been chosen yet, choose CUDA if there is a card for it."""
        if not self._card_known and not QgsSettings().contains("landloom/torch"):
            self.torch.choose(CUDA if cards else PROCESSOR)

    def _follow(self):
        self.torch.setVisible(self.boxes["deep"].isChecked())
        self.changed.emit()


def _download(torch) -> str:
    return disk.in_words(sizes.of(["deep"], torch)[0])


def _state(now, name) -> str:
    if now.ready(name):
        return tr("installed")
    return tr("needs an upgrade") if name in now.layers else tr("not installed")


def _hint(torch, platform) -> str:
    if platform == "darwin":
        return ""
    if platform == "win32" and torch == PROCESSOR:
        return tr("Can be left empty.")
    if platform == "win32":
        return tr("Needed for CUDA on Windows: pytorch.org ▸ Get started shows the address, after --index-url.")
    if torch == PROCESSOR:
        return tr(
            "For Linux the usual package index has the large CUDA build alone. pytorch.org ▸ Get started shows the"
            " address of the build for the processor, after --index-url."
        )
    return tr(
        "Leave it empty for the usual version of CUDA. If the card's driver is older, pytorch.org ▸ Get started shows"
        " the address of a build that fits, after --index-url."
    )
