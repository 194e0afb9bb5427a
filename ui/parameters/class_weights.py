"""How much each class counts: none, balanced, or a number for each, by the classes' names."""

from __future__ import annotations

import json
from pathlib import Path

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDoubleSpinBox,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ...processing_provider.parameters import tr
from ..background import Background
from ..widgets import swatch_icon, wrapped
from .base import Wrapper, as_text

# As in landloom/tiles/dataset.py and landloom/patches/dataset.py.
CONFIGS = ("metadata/tiles_config.json", "metadata/dataset_config.json")
MOST_ROWS = 6
OWN = "own"


def classes_of(folder: str) -> list:
    """(name, colour) of the classes of a data set in the order of their ids; [] where the folder holds none."""
    for name in CONFIGS:
        try:
            found = json.loads(Path(folder, name).read_text(encoding="utf-8"))["classes"]
            return [(c["name"], c["colour"]) for c in sorted(found, key=lambda c: c["id"])]
        except (OSError, ValueError, LookupError, TypeError):
            continue
    return []


def numbers_in(text: str) -> list:
    """The numbers in a text such as `0.4, 2.5`; [] where it holds something else."""
    try:
        return [float(part) for part in text.replace(";", ",").split(",")]
    except ValueError:
        return []


class ClassWeightsWidget(QWidget):
    """A box for none, balanced and own; for own a table of the classes, or a line while they are not known.

    `line` always holds the value.
    """

    def __init__(self):
        super().__init__()
        self._classes, self._filling = [], False
        self.box = QComboBox()
        for word, label in (
            ("none", tr("None: every pixel counts the same")),
            ("balanced", tr("Balanced: rare classes count as much as frequent ones")),
            (OWN, tr("Own numbers…")),
        ):
            self.box.addItem(label, word)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.line = QLineEdit("none")
        self.line.setPlaceholderText(tr("A number for each class in the order of the ids, such as 0.4, 2.5, 2.0"))
        self.table = QTableWidget(0, 2)
        self.table.setHorizontalHeaderLabels([tr("Class"), tr("Weight")])
        self.table.verticalHeader().hide()
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.setTabKeyNavigation(False)
        self.note = wrapped()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.box, self.line, self.table, self.note):
            layout.addWidget(widget)
        self.setFocusProxy(self.box)
        self.box.activated.connect(self._choose)
        self.line.textChanged.connect(self._show)
        self._show()

    def set_classes(self, classes) -> None:
        """Offer these classes, (name, colour); none: a line for the numbers."""
        if list(classes or []) != self._classes:
            self._classes = list(classes or [])
            self._show()

    def _choose(self, *_):
        word = self.box.currentData()
        self.line.setText(", ".join("1" for _ in self._classes) if word == OWN else word)
        self._show()

    def _show(self, *_):
        """From the value to box and table."""
        if self._filling:
            return
        text = self.line.text().strip().lower()
        word = text if text in ("none", "balanced") else OWN
        own = word == OWN
        self.box.setCurrentIndex(self.box.findData(word))
        numbers = numbers_in(text) if text else [1.0] * len(self._classes)
        fits = bool(self._classes) and len(numbers) == len(self._classes)
        self.table.setVisible(own and fits)
        self.line.setVisible(own and not fits)
        note = ""
        if own and not fits:
            note = tr("Choose the data set first, and its classes are listed here.")
            if self._classes:
                names = ", ".join(name for name, _ in self._classes)
                note = tr("{} numbers for {} classes: {}.").format(len(numbers), len(self._classes), names)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        if own and fits:
            self._fill(numbers)

    def _fill(self, numbers):
        self._filling = True
        self.table.setRowCount(len(numbers))
        for row, ((name, colour), number) in enumerate(zip(self._classes, numbers)):
            item = QTableWidgetItem(swatch_icon(colour), name)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            spin = QDoubleSpinBox()
            spin.setRange(0.0, 1e6)
            spin.setDecimals(3)
            spin.setSingleStep(0.1)
            spin.setValue(number)
            spin.setAccessibleName(tr("Weight of {}").format(name))
            spin.valueChanged.connect(self._write)
            self.table.setItem(row, 0, item)
            self.table.setCellWidget(row, 1, spin)
        self.table.resizeRowsToContents()
        rows = sum(self.table.rowHeight(row) for row in range(min(len(numbers), MOST_ROWS)))
        self.table.setFixedHeight(rows + self.table.horizontalHeader().sizeHint().height() + 2 * 2)
        self._filling = False
        if not self.line.text().strip():
            self._write()

    def _write(self, *_):
        """From the table to the value."""
        if self._filling:
            return
        self._filling = True
        spins = [self.table.cellWidget(row, 1) for row in range(self.table.rowCount())]
        self.line.setText(", ".join(f"{spin.value():.10g}" for spin in spins))
        self._filling = False


class ClassWeightsWrapper(Wrapper):
    """The weights of the classes of the data set in the parameter `parent`."""

    def createWidget(self, parent=""):  # noqa: N802 (Processing's name)
        """Make it."""
        self._parent = parent
        widget = ClassWeightsWidget()
        widget.box.setToolTip(self.parameterDefinition().toolTip())
        widget.line.textChanged.connect(self.tell)
        self._background = Background(widget)
        self._background.answered.connect(widget.set_classes)
        return widget

    def linked_to(self):
        """The data set."""
        return [self._parent]

    def follow(self, values):
        """Read the classes of the data set."""
        self._background.ask(classes_of, as_text(values[0]) if values else "")

    def setValue(self, value):  # noqa: N802 (Processing's name)
        """Text."""
        self.widget.line.setText(as_text(value))

    def value(self):
        """Text."""
        return self.widget.line.text().strip()
