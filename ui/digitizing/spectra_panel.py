"""The spectra of the classes as a plot, and how well they can be told apart."""

from __future__ import annotations

from qgis.PyQt.QtCore import QLocale, Qt
from qgis.PyQt.QtGui import QColor, QFontMetrics
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ...processing_provider.parameters import tr
from ..plotting.plot import SAFE_COLOURS, Curve, Plot
from ..widgets import wrapped
from .separability import GOOD, POOR

# With more classes the table has more pairs than anybody reads; the worst are first.
_MOST_PAIRS = 200


class SpectraPanel(QWidget):
    """Plot and table of `TrainingStatistics`. `set_style` says what a class is called and its colour."""

    def __init__(self, statistics, parent=None):
        super().__init__(parent)
        self._statistics, self._style = statistics, None
        self._shown_pairs = None  # what the table was made of
        self.plot = Plot()
        self.message = wrapped()
        self.table = QTableWidget(0, 3)
        self.table.setAccessibleName(tr("Pairs of classes, the worst first"))
        self.table.setHorizontalHeaderLabels([tr("Classes"), tr("Distance"), tr("Separability")])
        self.table.horizontalHeaderItem(1).setToolTip(
            tr("Jeffries–Matusita distance: 0 where two classes look the same, 2 where they are never confused.")
        )
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        # Tab leaves the table, as it does everywhere else in a dock.
        self.table.setTabKeyNavigation(False)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        # Two long names take two lines in a narrow dock.
        header.sectionResized.connect(lambda section, *_: section or self._fit_rows())
        self.table.setMinimumHeight(6 * self.fontMetrics().height())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot, 3)
        layout.addWidget(self.message)
        layout.addWidget(self.table, 2)
        statistics.changed.connect(self.show_all)
        self.show_all()

    def set_style(self, style) -> None:
        """`style(class value)` gives the name and the colour of a class; call it again when these have changed."""
        self._style = style
        self.show_all()

    def close_down(self) -> None:
        """Listen no more."""
        self._statistics.changed.disconnect(self.show_all)

    def show_all(self) -> None:
        """Show what the statistics say now."""
        statistics = self._statistics
        self._show_plot()
        self._show_pairs()
        notes = self._notes()
        self.message.setText("\n".join(notes))
        self.message.setVisible(bool(notes))
        self.table.setVisible(bool(statistics.pairs))

    def _look(self, value):
        """A class's name and colour."""
        if self._style is not None:
            name, colour = self._style(value)
            return str(name), QColor(colour)
        number = list(self._statistics.classes).index(value) if value in self._statistics.classes else 0
        return str(value), QColor(SAFE_COLOURS[number % len(SAFE_COLOURS)])

    def _show_plot(self):
        statistics = self._statistics
        self.plot.set_empty_text(statistics.problem or tr("The spectra of the classes appear here."))
        at = statistics.wavelengths
        order = sorted(range(len(statistics.band_names)), key=lambda i: at[i] if at else i)
        x = [at[i] if at else i for i in order]
        curves = []
        for value, spectrum in statistics.classes.items():
            if spectrum.mean is not None:
                mean, low, high = (
                    [float(v) for v in spectrum.mean[order] + side * _or_zero(spectrum.deviation, order)]
                    for side in (0, -1, 1)
                )
                curves.append(Curve(*self._look(value), x, mean, low, high))
        self.plot.set_ticks([] if at else statistics.band_names)
        self.plot.set_labels(tr("Mean ± standard deviation"), tr("Wavelength (nm)") if at else tr("Band"), tr("Value"))
        self.plot.set_curves(curves)

    def _show_pairs(self):
        found = self._statistics.pairs[:_MOST_PAIRS]
        name_of = {value: self._look(value)[0] for value in self._statistics.classes}
        shown = found, name_of, len(self._statistics.band_names)
        if shown == self._shown_pairs:
            return
        self._shown_pairs = shown
        self.table.setRowCount(len(found))
        model = self.table.model()
        model.blockSignals(True)  # told of each cell, the view takes seconds for 200 pairs
        for row, pair in enumerate(found):
            names = tr("{first} – {second}").format(first=name_of[pair.first], second=name_of[pair.second])
            number = "–" if pair.distance is None else QLocale().toString(pair.distance, "f", 2)
            for column, text in enumerate((names, number, _word(pair.distance))):
                item = QTableWidgetItem(text)
                item.setToolTip(text if column == 0 else self._why(pair))
                if column == 1:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                if pair.distance is not None and pair.distance < POOR:
                    font = item.font()
                    font.setBold(True)
                    item.setFont(font)
                self.table.setItem(row, column, item)
        model.blockSignals(False)
        model.layoutChanged.emit()
        self._fit_rows()

    def _fit_rows(self):
        """Two lines where two names need them; Qt's own way forgets its margins and cuts names that nearly fit."""
        font = self.table.font()
        font.setBold(True)
        metrics = QFontMetrics(font)
        line = metrics.lineSpacing()
        for row in range(self.table.rowCount()):
            item = self.table.item(row, 0)
            if item is not None:
                fits = metrics.horizontalAdvance(item.text()) + line <= self.table.columnWidth(0)
                height = line * (1 if fits else 2) + line // 3
                if self.table.rowHeight(row) != height:
                    self.table.setRowHeight(row, height)

    def _why(self, pair):
        if pair.distance is None:
            return tr("Needs at least {count} pixels of each class, one more than there are bands.").format(
                count=len(self._statistics.band_names) + 1
            )
        if pair.distance < POOR:
            return tr("These classes look alike: a map will confuse them often. Check their polygons, or join them.")
        if pair.distance < GOOD:
            return tr("A map will confuse these classes now and then.")
        return tr("These classes look different.")

    def _notes(self):
        statistics = self._statistics
        if statistics.problem or not statistics.classes:
            return []
        found, spectra = [], statistics.classes.values()
        if len(statistics.classes) == 1:
            found.append(tr("Draw polygons of a second class to see how well the two can be told apart."))
        empty = sum(spectrum.empty for spectrum in spectra)
        if empty:
            found.append(tr("Polygons without a pixel of the image: {count}.").format(count=empty))
        if any(spectrum.read < spectrum.pixels for spectrum in spectra):
            found.append(tr("Of large polygons a part of the pixels is read."))
        if len(statistics.pairs) > _MOST_PAIRS:
            found.append(tr("The {count} worst pairs are listed.").format(count=_MOST_PAIRS))
        return found


def _word(distance):
    if distance is None:
        return tr("too few pixels")
    if distance < POOR:
        return tr("poor")
    return tr("moderate") if distance < GOOD else tr("good")


def _or_zero(deviation, order):
    """One pixel alone has no deviation."""
    return 0 if deviation is None else deviation[order]
