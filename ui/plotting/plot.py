"""The one plot widget of Landloom."""

from __future__ import annotations

import html

from qgis.PyQt.QtCore import QPoint, QPointF, QSize, Qt
from qgis.PyQt.QtGui import QPainter
from qgis.PyQt.QtWidgets import QSizePolicy, QToolTip, QWidget

from .axes import digits
from .contents import Contents, Curve
from .drawing import Drawing

__all__ = ["SAFE_COLOURS", "Curve", "Plot"]

# Told apart by the colour-blind, too (Okabe & Ito 2008, Color universal design), and on light and dark grounds.
SAFE_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c8c8c")

# More values than this are not read at once: those nearest to the mouse are.
MOST_LINES_READ = 12


class Plot(QWidget):
    """Draws curves, with a legend that hides and shows them by a click, and the values under the mouse.

    With the keyboard: left and right read the values, up and down choose a curve of the legend, space hides it.
    """

    def __init__(self, parent=None):
        super().__init__(parent)
        self._contents = Contents()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._update()

    # --- what is shown ------------------------------------------------------------------------

    @property
    def curves(self) -> list[Curve]:
        """The curves, the hidden ones too."""
        return list(self._contents.curves)

    def set_curves(self, curves) -> None:
        """Show these curves, the last one on top; what was hidden by its name stays hidden."""
        self._contents.curves = list(curves)
        self._update()

    def set_labels(self, title="", x="", y="") -> None:
        """Name the plot and its axes, with units where there are any."""
        self._contents.title, self._contents.x_label, self._contents.y_label = title, x, y
        self.setAccessibleName(title)
        self._update()

    def set_ticks(self, labels) -> None:
        """Names for x = 0, 1, 2 …, instead of numbers; an empty list for numbers."""
        self._contents.ticks = list(labels)
        self._update()

    def set_empty_text(self, text) -> None:
        """What is said while there is nothing to draw."""
        self._contents.empty = text
        self.update()

    def set_logarithmic(self, on) -> None:
        """Scale y by its logarithm; values that have none are gaps."""
        self._contents.logarithmic = bool(on)
        self._update()

    def is_shown(self, name) -> bool:
        """Whether the curve of that name is drawn."""
        return name not in self._contents.hidden

    def set_shown(self, name, shown) -> None:
        """Draw the curve of that name or hide it."""
        (self._contents.hidden.discard if shown else self._contents.hidden.add)(name)
        self._update()

    def values_at(self, x) -> list:
        """The drawn curves that have a value at x, each with the value."""
        return self._contents.values_at(x)

    def drawing(self) -> Drawing:
        """Where everything lies, in pixels."""
        return Drawing(self._contents, self.width(), self.height(), self.font(), self.palette())

    # --- Qt's ---------------------------------------------------------------------------------

    def sizeHint(self):  # noqa: N802
        """A plot twice as wide as high."""
        return QSize(24 * self.fontMetrics().height(), max(self.minimumHeight(), 13 * self.fontMetrics().height()))

    def resizeEvent(self, event):  # noqa: N802
        """A narrow legend has more lines, which must not be taken from the curves."""
        super().resizeEvent(event)
        self._update()

    def paintEvent(self, event):  # noqa: N802
        """Draw all."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.drawing().draw(painter, self.hasFocus())
        painter.end()

    def _update(self):
        em = self.fontMetrics().height()
        self.setMinimumSize(10 * em, self.drawing().least_height())
        self.update()

    # --- mouse and keyboard -------------------------------------------------------------------

    def mousePressEvent(self, event):  # noqa: N802
        """A click on an entry of the legend hides or shows its curve."""
        entry = self._entry_at(event.pos())
        if event.button() == Qt.MouseButton.LeftButton and entry is not None:
            name = self._contents.curves[entry].name
            self.set_shown(name, not self.is_shown(name))
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event):  # noqa: N802
        """Read the values at the nearest x."""
        drawing, where = self.drawing(), event.pos()
        self.setCursor(
            Qt.CursorShape.ArrowCursor if self._entry_at(where) is None else Qt.CursorShape.PointingHandCursor
        )
        inside = drawing.x_axis and drawing.y_axis and drawing.area.adjusted(-4, -4, 4, 4).contains(QPointF(where))
        numbers = self._contents.numbers() if inside else []
        self._read(min(numbers, key=lambda x: abs(drawing.x(x) - where.x()), default=None), where)

    def leaveEvent(self, event):  # noqa: N802
        """Without the mouse nothing is read."""
        super().leaveEvent(event)
        self._read(None, QPoint())

    def keyPressEvent(self, event):  # noqa: N802
        """Read values and work the legend without a mouse."""
        key, contents = event.key(), self._contents
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and contents.numbers():
            self._step(1 if key == Qt.Key.Key_Right else -1)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and contents.curves:
            step = 1 if key == Qt.Key.Key_Down else -1
            contents.chosen = 0 if contents.chosen is None else (contents.chosen + step) % len(contents.curves)
            self.update()
        elif key == Qt.Key.Key_Space and contents.chosen is not None and contents.chosen < len(contents.curves):
            name = contents.curves[contents.chosen].name
            self.set_shown(name, not self.is_shown(name))
        else:
            super().keyPressEvent(event)

    def _step(self, step):
        numbers, now = self._contents.numbers(), self._contents.read
        at = numbers.index(now) + step if now in numbers else (0 if step > 0 else len(numbers) - 1)
        x, drawing = numbers[min(max(at, 0), len(numbers) - 1)], self.drawing()
        self._read(x, QPointF(drawing.x(x), drawing.area.top()).toPoint())

    def _entry_at(self, point):
        return next((n for n, box in enumerate(self.drawing().legend) if box.contains(QPointF(point))), None)

    # --- reading ------------------------------------------------------------------------------

    def _read(self, x, where):
        """Show the values at x in a tool tip near a point of the widget; None takes it away."""
        before, self._contents.read = self._contents.read, x
        if x is not None:
            QToolTip.showText(self.mapToGlobal(where), self.read_out(x, where.y()), self)
        elif before is not None:
            QToolTip.hideText()
        if x != before:
            self.update()

    def read_out(self, x, near=0.0) -> str:
        """The values at x as rich text; of very many those nearest to a height in the widget."""
        drawing, values = self.drawing(), self._contents.values_at(x)
        nearest = sorted(values, key=lambda pair: abs((drawing.y(pair[1]) or 0) - near))[:MOST_LINES_READ]
        rows = [
            f'<tr><td style="color:{drawing.colour(curve).name()}">■</td><td>{html.escape(curve.name)}&nbsp;&nbsp;</td>'
            f'<td align="right">{digits(value)}</td></tr>'
            for curve, value in values
            if any(curve is kept for kept, _ in nearest)
        ]
        return f"<b>{html.escape(self._contents.name_of(x))}</b><table>{''.join(rows)}</table>"
