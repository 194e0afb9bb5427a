"""Bands by name, ticked and put in order."""

from __future__ import annotations

from qgis.gui import QgsFilterLineEdit
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ...landloom import stage as kinds
from ...processing_provider.parameters import tr
from ..background import Background
from ..widgets import icon_button, wrapped
from .base import Wrapper, as_text
from .rasters import band_names, sources_of

MOST_ROWS = 6
TICKED, NOT_TICKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked


def written(names: list, positions: list) -> str:
    """The text that chooses the bands at these positions: names, and numbers from 1 for names with a comma or so."""
    return ", ".join(names[p] if _speaks(names[p]) else str(p + 1) for p in positions)


def _speaks(name) -> bool:
    try:
        return kinds.Bands("").accept(name) == (name,)
    except ValueError:
        return False


def positions_of(names: list, text: str) -> tuple:
    """The positions of the bands that a text chooses, each once, and the first item that is no band (else empty)."""
    found, unknown = [], ""
    try:
        items = kinds.Bands("").accept(text)
    except ValueError:
        return found, text.strip()
    for item in items:
        if item in names:
            position = names.index(item)
        elif item.isdecimal() and 1 <= int(item) <= len(names):
            position = int(item) - 1
        else:
            unknown = unknown or item
            continue
        if position not in found:
            found.append(position)
    return found, unknown


class _List(QListWidget):
    def __init__(self, move):
        super().__init__()
        self._move = move

    def keyPressEvent(self, event):  # noqa: N802 (Qt's name)
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(event.key())
        if step and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._move(step)
        else:
            super().keyPressEvent(event)


class BandsWidget(QWidget):
    """A line with the value and, as soon as the raster's bands are known, a list of them to tick and to drag.

    The line is the truth: what is typed there shows in the list, if it can.
    """

    def __init__(self, found_if_empty=False):
        super().__init__()
        self._names, self._found_if_empty, self._filling = [], found_if_empty, False
        self.line = QgsFilterLineEdit()
        self.line.setPlaceholderText(tr("Found by their names") if found_if_empty else tr("All bands"))
        self.list = _List(self._move)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setAccessibleName(tr("Bands in order"))
        self.list.setToolTip(tr("Tick the bands to use; drag them into order, or move them with Alt+Up and Alt+Down"))
        self.note = wrapped()
        self.up = self._button("mActionArrowUp.svg", tr("Move up"), lambda: self._move(-1))
        self.down = self._button("mActionArrowDown.svg", tr("Move down"), lambda: self._move(1))
        self.all = self._button("mActionSelectAll.svg", tr("Tick all, in the order of the raster"), self._tick_all)
        buttons = QVBoxLayout()
        for button in (self.up, self.down, self.all):
            buttons.addWidget(button)
        buttons.addStretch()
        self._below = QWidget()
        below = QHBoxLayout(self._below)
        below.setContentsMargins(0, 0, 0, 0)
        below.addWidget(self.list)
        below.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.line, self._below, self.note):
            layout.addWidget(widget)
        self.setFocusProxy(self.line)
        self.line.textChanged.connect(self._show)
        self.list.itemChanged.connect(self._write)
        self.list.model().rowsMoved.connect(self._write)
        self._show()

    def set_names(self, names) -> None:
        """Offer these bands; none: the line alone."""
        if list(names or []) != self._names:
            self._names = list(names or [])
            self._show()

    def _button(self, icon, text, slot):
        button = icon_button(icon, text)
        button.clicked.connect(slot)
        return button

    def _show(self, *_):
        """From the line to the list."""
        text = self.line.text().strip()
        self._below.setVisible(bool(self._names))
        if text:
            chosen, unknown = positions_of(self._names, text)
        else:
            chosen, unknown = ([] if self._found_if_empty else list(range(len(self._names)))), ""
        self._say(tr("The image has no band '{}'.").format(unknown) if unknown and self._names else "")
        if self._filling or not self._names:
            return
        self._filling = True
        self.list.clear()
        others = [p for p in range(len(self._names)) if p not in chosen]
        for position in [*chosen, *others]:
            item = QListWidgetItem(self._names[position])
            item.setFlags(
                Qt.ItemFlag.ItemIsUserCheckable
                | Qt.ItemFlag.ItemIsEnabled
                | Qt.ItemFlag.ItemIsSelectable
                | Qt.ItemFlag.ItemIsDragEnabled
            )
            item.setCheckState(TICKED if position in chosen else NOT_TICKED)
            item.setData(Qt.ItemDataRole.UserRole, position)
            item.setToolTip(tr("Band {}").format(position + 1))
            self.list.addItem(item)
        rows = min(len(self._names), MOST_ROWS)
        self.list.setFixedHeight(rows * self.list.sizeHintForRow(0) + 2 * self.list.frameWidth())
        self._filling = False

    def _write(self, *_):
        """From the list to the line."""
        if self._filling:
            return
        items = [self.list.item(row) for row in range(self.list.count())]
        chosen = [item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() == TICKED]
        everything = chosen == list(range(len(self._names))) and not self._found_if_empty
        self._filling = True
        self.line.setText("" if everything else written(self._names, chosen))
        self._filling = False
        if not chosen and not self._found_if_empty:
            self._say(tr("No band is ticked: all are used."))

    def _say(self, text):
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def _move(self, step):
        row = self.list.currentRow()
        to = row + step
        if row < 0 or not 0 <= to < self.list.count():
            return
        self._filling = True
        self.list.insertItem(to, self.list.takeItem(row))
        self.list.setCurrentRow(to)
        self._filling = False
        self._write()

    def _tick_all(self):
        names = range(len(self._names))
        self.line.setText(written(self._names, list(names)) if self._found_if_empty else "")
        self._show()


class BandsWrapper(Wrapper):
    """The bands of the rasters in the parameters `parents`."""

    def createWidget(self, parents=(), found_if_empty=False):  # noqa: N802 (Processing's name)
        """Make it."""
        self._parents = list(parents)
        widget = BandsWidget(found_if_empty)
        widget.line.setToolTip(self.parameterDefinition().toolTip())
        widget.line.textChanged.connect(self.tell)
        self._background = Background(widget)
        self._background.answered.connect(widget.set_names)
        return widget

    def linked_to(self):
        """The rasters."""
        return self._parents

    def follow(self, values):
        """Read the names of the rasters' bands."""
        sources = next((found for found in map(sources_of, values) if found), [])
        self._background.ask(band_names, sources)

    def setValue(self, value):  # noqa: N802 (Processing's name)
        """Text, or a list of bands."""
        self.widget.line.setText(as_text(value))

    def value(self):
        """Text; None for the default."""
        return self.widget.line.text().strip() or None
