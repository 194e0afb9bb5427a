"""The class table as a table on the screen: number key and colour, id, name, polygons, pixels."""

from __future__ import annotations

from dataclasses import replace

from qgis.PyQt.QtCore import QAbstractTableModel, QModelIndex, Qt, pyqtSignal
from qgis.PyQt.QtGui import QFont

from ...processing_provider.parameters import tr
from ..widgets import swatch_icon
from .class_table import problem_of

KEY, ID, NAME, POLYGONS, PIXELS = range(5)


class ClassModel(QAbstractTableModel):
    """Shows the classes; id and name are edited in place.

    An edit is asked for by `edit_asked` (old class, new class) when it is valid, and refused by `refused` (why)
    when it is not. `active` is the number of the class that is drawn, -1 for none.
    """

    edit_asked = pyqtSignal(object, object)
    refused = pyqtSignal(str)

    def __init__(self, parent=None):
        super().__init__(parent)
        self.classes, self.by_name, self.active = [], False, -1
        self._polygons, self._pixels = {}, None

    def show(self, classes, by_name) -> None:
        """Show other classes."""
        self.beginResetModel()
        self.classes, self.by_name = list(classes), by_name
        self.endResetModel()

    def show_counts(self, polygons, pixels) -> None:
        """Show polygons and pixels by class value; `pixels` None: they are not known."""
        self._polygons, self._pixels = dict(polygons), pixels
        if self.classes:
            # These columns alone: a cell that is being edited would lose what was typed.
            self.dataChanged.emit(self.index(0, POLYGONS), self.index(len(self.classes) - 1, PIXELS))

    # --- what Qt asks for ---------------------------------------------------------------------
    # ruff: noqa: D102

    def rowCount(self, parent=QModelIndex()):  # noqa: N802, B008 (Qt's default)
        return 0 if parent.isValid() else len(self.classes)

    def columnCount(self, parent=QModelIndex()):  # noqa: N802, B008
        return 0 if parent.isValid() else 5

    def headerData(self, section, orientation, role=Qt.ItemDataRole.DisplayRole):  # noqa: N802
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (tr("Key"), tr("Id"), tr("Class"), tr("Polygons"), tr("Pixels"))[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return (
                tr("The number key that chooses the class while you draw, and its colour"),
                tr("The number of the class in the map"),
                tr("The name of the class"),
                tr("How many polygons the class has"),
                tr("How many pixels of the image lie in them"),
            )[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _aligned(section)
        return None

    def data(self, index, role=Qt.ItemDataRole.DisplayRole):
        land_class, column = self.classes[index.row()], index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self._text(land_class, index.row(), column)
        if role == Qt.ItemDataRole.DecorationRole and column == KEY:
            return swatch_icon(land_class.colour)
        if role == Qt.ItemDataRole.FontRole and index.row() == self.active:
            bold = QFont()
            bold.setBold(True)
            return bold
        if role == Qt.ItemDataRole.ToolTipRole:
            hint = tr("Click to draw, double-click to change.")
            return "\n".join(filter(None, (land_class.name, land_class.description, hint)))
        if role == Qt.ItemDataRole.AccessibleTextRole and column == KEY:
            return tr("Key {}, colour {}").format(index.row() + 1, land_class.colour)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _aligned(column)
        return None

    def _text(self, land_class, row, column):
        if column in (ID, NAME):
            return (land_class.id, land_class.name)[column - ID]
        if column == KEY:
            return str(row + 1) if row < 9 else ""
        if column == PIXELS and self._pixels is None:
            return "–"
        counts = self._polygons if column == POLYGONS else self._pixels
        return f"{counts.get(land_class.value(self.by_name), 0):n}"

    def setData(self, index, value, role=Qt.ItemDataRole.EditRole):  # noqa: N802
        old = self.classes[index.row()]
        try:
            new = replace(old, id=int(value)) if index.column() == ID else replace(old, name=str(value).strip())
        except ValueError:
            self.refused.emit(tr("The id must be a whole number."))
            return False
        if new == old:
            return False
        problem = problem_of(new, [c for c in self.classes if c is not old])
        if problem:
            self.refused.emit(problem)
            return False
        self.edit_asked.emit(old, new)
        return True

    def flags(self, index):
        plain = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        return plain | Qt.ItemFlag.ItemIsEditable if index.column() in (ID, NAME) else plain


def _aligned(column):
    side = Qt.AlignmentFlag.AlignLeft if column in (KEY, NAME) else Qt.AlignmentFlag.AlignRight
    both = side | Qt.AlignmentFlag.AlignVCenter
    return both.value if hasattr(both, "value") else int(both)  # Qt 6, Qt 5: views take a number
