"""The class table with its buttons: add, remove, change, order, and those of ClassExchange."""

from __future__ import annotations

from functools import partial

from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QInputDialog,
    QSizePolicy,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ...processing_provider.parameters import tr
from ..widgets import icon_button
from .class_dialog import ClassDialog
from .class_exchange import ClassExchange
from .class_model import ID, KEY, NAME, PIXELS, POLYGONS, ClassModel
from .class_table import LandClass, free_colour, free_id, free_name
from .drawing import number_of


class _Table(QTableView):
    """Number keys, Enter and Space choose a class; Delete removes it."""

    chosen = pyqtSignal(int)
    removal_asked = pyqtSignal()

    def keyPressEvent(self, event):  # noqa: N802
        if number_of(event):
            self.chosen.emit(number_of(event) - 1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self.currentIndex().row())
        elif event.key() == Qt.Key.Key_Delete:
            self.removal_asked.emit()
        else:
            super().keyPressEvent(event)

    def sizeHint(self):  # noqa: N802
        """As high as the classes, from five to twelve of them."""
        rows = min(max(self.model().rowCount(), 5), 12) if self.model() else 5
        header = self.horizontalHeader().sizeHint().height()
        return QSize(200, header + rows * self.verticalHeader().defaultSectionSize() + 2 * self.frameWidth())

    def minimumSizeHint(self):  # noqa: N802
        """The width is the dock's business."""
        return QSize(0, self.sizeHint().height())


class ClassPanel(QWidget):
    """Shows and edits the classes of a layer; what becomes of an edit is the dock's business.

    `polygon_count` gives the number of a class's polygons by its value; `layer` the layer that is shown, or None.
    """

    chosen = pyqtSignal(int)  # a class was clicked
    edited = pyqtSignal(list, dict, str)  # the classes; polygons' values to replace, old to new; what was done
    refused = pyqtSignal(str)  # why an edit is not possible

    def __init__(self, polygon_count, layer, parent=None):
        super().__init__(parent)
        self._polygon_count, self._layer = polygon_count, layer
        self.model = ClassModel(self)
        self.table = self._make_table()
        buttons = QHBoxLayout()
        buttons.setSpacing(2)
        self.add = self._button(buttons, "symbologyAdd.svg", tr("Add class…"), self._add)
        self.remove = self._button(buttons, "symbologyRemove.svg", tr("Remove class"), self._remove)
        self.change = self._button(buttons, "symbologyEdit.svg", tr("Change class…"), self._change)
        self.up = self._button(buttons, "mActionArrowUp.svg", tr("Move up"), partial(self._move, -1))
        self.down = self._button(buttons, "mActionArrowDown.svg", tr("Move down"), partial(self._move, 1))
        buttons.addStretch(1)
        self.exchange = ClassExchange(self.model, polygon_count, layer)
        self.exchange.taken.connect(lambda classes: self.edited.emit(classes, {}, ""))
        self.exchange.refused.connect(self.refused)
        buttons.addWidget(self.exchange)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(buttons)
        layout.addWidget(self.table)
        # Later, when the cell's editor is done with the model.
        self.model.edit_asked.connect(self._replace, Qt.ConnectionType.QueuedConnection)
        self.model.refused.connect(self.refused)
        self._show_buttons()

    def show_classes(self, classes, by_name) -> None:
        """Show other classes; the current one stays current."""
        row = self.row()
        self.model.show(classes, by_name)
        self.table.updateGeometry()
        self.table.setColumnHidden(ID, by_name)  # where names are the classes, numbers are made when they are used
        if classes:
            self.select(min(max(row, 0), len(classes) - 1))
        self._show_buttons()

    def show_active(self, row) -> None:
        """Mark the class that is drawn; -1: none."""
        self.model.active = row
        # Without telling that data changed, by which a cell that is being edited would lose what was typed.
        self.table.viewport().update()

    # --- widgets ------------------------------------------------------------------------------

    def _make_table(self):
        table = _Table()
        table.setModel(self.model)
        table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        table.setAccessibleName(tr("Classes"))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        triggers = QAbstractItemView.EditTrigger
        table.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(round(1.6 * table.fontMetrics().height()))
        header = table.horizontalHeader()
        header.setMinimumSectionSize(2 * table.fontMetrics().height())
        header.setHighlightSections(False)
        for column in (KEY, ID, POLYGONS, PIXELS):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        table.clicked.connect(lambda index: self.chosen.emit(index.row()))
        table.doubleClicked.connect(lambda index: index.column() in (ID, NAME) or self._change())
        table.chosen.connect(self.chosen)
        table.removal_asked.connect(self._remove)
        table.selectionModel().currentRowChanged.connect(self._show_buttons)
        return table

    def _button(self, layout, icon, text, slot):
        button = icon_button(icon, text)
        button.clicked.connect(lambda: slot())
        layout.addWidget(button)
        return button

    def _show_buttons(self, *_):
        row, count = self.row(), len(self.model.classes)
        there = self._layer() is not None
        self.add.setEnabled(there)
        self.exchange.show_state()
        for button in (self.remove, self.change):
            button.setEnabled(row >= 0)
        self.up.setEnabled(row > 0)
        self.down.setEnabled(0 <= row < count - 1)

    def row(self) -> int:
        """The row of the current class; -1 for none."""
        return self.table.currentIndex().row()

    def select(self, row) -> None:
        """Make a class the current one."""
        self.table.setCurrentIndex(self.model.index(row, NAME))

    # --- edits --------------------------------------------------------------------------------

    def _replace(self, old, new):
        """One class for another; its polygons go with it."""
        classes = [new if c == old else c for c in self.model.classes]
        before, after = old.value(self.model.by_name), new.value(self.model.by_name)
        self.edited.emit(classes, {before: after} if before != after else {}, tr("Change class {}").format(old.name))

    def _add(self):
        classes = self.model.classes
        name = free_name(tr("New class"), classes)
        fresh = LandClass(free_id(classes), name, free_colour(classes))
        self._ask(fresh, classes, tr("Add class"), lambda new: self._show_new([*classes, new]))

    def _show_new(self, classes):
        self.edited.emit(classes, {}, "")
        self.select(len(classes) - 1)

    def _change(self):
        if self.row() < 0:
            return
        old = self.model.classes[self.row()]
        others = [c for c in self.model.classes if c is not old]
        self._ask(old, others, tr("Change class"), lambda new: new == old or self._replace(old, new))

    def _ask(self, land_class, others, title, then):
        dialog = ClassDialog(land_class, others, title, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.id.setEnabled(not self.model.by_name)
        dialog.accepted.connect(lambda: then(dialog.land_class()))
        dialog.open()

    def _move(self, step):
        classes, row = list(self.model.classes), self.row()
        classes.insert(row + step, classes.pop(row))
        self.edited.emit(classes, {}, "")
        self.select(row + step)

    def _remove(self):
        row = self.row()
        if row < 0:
            return
        old = self.model.classes[row]
        others = [c for c in self.model.classes if c is not old]
        count = self._polygon_count(old.value(self.model.by_name))
        values = {}
        if count and not others:
            self.refused.emit(tr("{} is the only class and has polygons.").format(old.name))
            return
        if count:
            question = tr("{} has {} polygons. Which class shall they have?").format(old.name, count)
            names = [c.name for c in others]
            name, agreed = QInputDialog.getItem(self, tr("Remove class"), question, names, 0, False)
            if not agreed:
                return
            heir = others[names.index(name)]
            values = {old.value(self.model.by_name): heir.value(self.model.by_name)}
        self.edited.emit(others, values, tr("Remove class {}").format(old.name))
