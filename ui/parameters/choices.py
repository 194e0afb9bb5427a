"""One of several words, shown by their labels; and the devices that a network can compute on."""

from __future__ import annotations

from qgis.core import QgsProcessingParameterDefinition
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QComboBox

from ...plugin.graphics_card import cards
from ...processing_provider.parameters import tr
from ..background import Background
from .base import Wrapper, as_text

ROLE = Qt.ItemDataRole.ToolTipRole
MIB_IN_GIB = 1024


class ChoiceWrapper(Wrapper):
    """A box with the labels; the value is the word."""

    in_batch = True

    def createWidget(self, labels=()):  # noqa: N802 (Processing's name)
        """Make the box."""
        definition = self.parameterDefinition()
        self.box = QComboBox()
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(12)
        self.box.setToolTip(definition.toolTip())
        if definition.flags() & QgsProcessingParameterDefinition.FlagOptional:
            self.box.addItem(tr("[Not selected]"), None)
        for word, label in zip(definition.options(), labels):
            self.box.addItem(label, word)
            self.box.setItemData(self.box.count() - 1, word, ROLE)
        self.box.currentIndexChanged.connect(self.tell)
        return self.box

    def setValue(self, value):  # noqa: N802 (Processing's name)
        """Choose the word; an unknown one leaves the box empty, and the run says so."""
        value = value[0] if isinstance(value, (list, tuple)) and value else value
        self.box.setCurrentIndex(self.box.findData(as_text(value) or None))

    def value(self):
        """The word."""
        return self.box.currentData()


class DeviceWrapper(ChoiceWrapper):
    """Where a network computes: with the graphics card and its free memory, as soon as its driver answers."""

    def createWidget(self, labels=()):  # noqa: N802 (Processing's name)
        """Make the box, and ask for the cards."""
        box = super().createWidget(labels)
        self._background = Background(box)
        self._background.answered.connect(self._show)
        self._background.ask(cards)
        return box

    def _show(self, found):
        auto, cuda = self.box.findData("auto"), self.box.findData("cuda")
        if not found:
            self.box.setItemText(auto, tr("The processor, since no graphics card was found"))
            self.box.setItemText(cuda, tr("An NVIDIA graphics card (none was found)"))
            return
        card = found[0]
        memory = tr("{} of {} GiB free").format(_gib(card.free_mib), _gib(card.memory_mib))
        name = f"{card.name} ({memory})" if card.memory_mib else card.name
        self.box.setItemText(auto, tr("The graphics card {}, else the processor").format(card.name))
        self.box.setItemText(cuda, name)
        more = "\n".join(f"{c.name}: {_gib(c.free_mib)} / {_gib(c.memory_mib)} GiB" for c in found)
        self.box.setItemData(cuda, tr("{}\nDriver {}").format(more, card.driver), ROLE)


def _gib(mib) -> str:
    return f"{mib / MIB_IN_GIB:.3g}"
