"""The list of what is wrong with the polygons; a click shows the place."""

from __future__ import annotations

from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem

from ...processing_provider.parameters import tr
from . import checks

MOST = 200  # more are too many to be read, and would take long to show


class WarningsList(QListWidget):
    """Shows Problems; `asked` hands over the one that was clicked, or chosen by Enter."""

    asked = pyqtSignal(object)

    def __init__(self, parent=None):
        super().__init__(parent)
        self.setWordWrap(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(tr("Warnings"))
        self.itemClicked.connect(self._ask)
        self._problems = []

    def show_problems(self, problems, name_of) -> None:
        """Show problems; `name_of` gives the name of a class by its value."""
        if problems == self._problems and self.count():
            return
        self._problems = problems
        self.clear()
        for problem in problems[:MOST]:
            item = QListWidgetItem(text_of(problem, name_of))
            item.setData(Qt.ItemDataRole.UserRole, problem)
            if problem.where is not None:
                item.setToolTip(tr("Click to see it on the map"))
            self.addItem(item)
        if len(problems) > MOST:
            self.addItem(tr("… and {} more").format(len(problems) - MOST))
        if not problems:
            self.addItem(tr("Nothing to mend."))
            self.item(0).setFlags(Qt.ItemFlag.ItemIsEnabled)

    def sizeHint(self):  # noqa: N802
        """Some four lines."""
        return QSize(super().sizeHint().width(), 6 * self.fontMetrics().lineSpacing())

    def minimumSizeHint(self):  # noqa: N802
        """See `sizeHint`."""
        return QSize(0, 4 * self.fontMetrics().lineSpacing())

    def keyPressEvent(self, event):  # noqa: N802
        """Enter does what a click does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentItem() is not None:
            self._ask(self.currentItem())
        else:
            super().keyPressEvent(event)

    def _ask(self, item):
        problem = item.data(Qt.ItemDataRole.UserRole)
        if problem is not None and problem.where is not None:
            self.asked.emit(problem)


def text_of(problem, name_of) -> str:
    """A problem in words."""
    names = sorted(name_of(value) for value in problem.values)
    if problem.kind == checks.OVERLAP:
        return tr("{} and {} overlap. Pixels there are not used.").format(*names)
    if problem.kind == checks.CROSSING:
        return tr("{}: the outline crosses itself.").format(*names)
    if problem.kind == checks.OUTSIDE:
        return tr("{}: a polygon lies outside the image.").format(*names)
    if problem.kind == checks.PARTLY:
        return tr("{}: a polygon lies partly outside the image.").format(*names)
    if problem.kind == checks.SMALL:
        return tr("{}: a polygon has {} pixels; draw at least {}.").format(*names, problem.pixels, checks.SMALLEST)
    if problem.kind == checks.NO_CLASS:
        return tr("A polygon has no class.")
    return tr("The layer has no coordinate reference system. Right-click it ▸ Layer CRS to assign one.")
