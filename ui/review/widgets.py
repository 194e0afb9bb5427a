"""Small widgets of the review dock."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtGui import QColor, QIcon, QPainter, QPixmap
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QSizePolicy, QToolButton


class Note(QLineEdit):
    """A line of text whose Enter goes no further, where it would accept the place."""

    def __init__(self, panel):
        super().__init__()
        self._panel = panel

    def keyPressEvent(self, event):  # noqa: N802 (Qt's name)
        """Leave the field at its end."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self._panel.page.setFocus()  # which writes the note down
            event.accept()
        else:
            super().keyPressEvent(event)


def swatch_size(widget) -> QSize:
    """The size of a colour beside a line of text."""
    side = widget.fontMetrics().height()
    return QSize(side, side)


def swatch(colour, widget) -> QIcon:
    """A square in a class's colour, with a rim in the colour of the text."""
    size, ratio = swatch_size(widget), widget.devicePixelRatioF()
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(QColor(colour))
    painter = QPainter(pixmap)
    painter.setPen(widget.palette().windowText().color())
    painter.drawRect(0, 0, size.width() - 1, size.height() - 1)
    painter.end()
    return QIcon(pixmap)


def button(label, tip, icon=None, theme="") -> QPushButton:
    """A button that takes no focus by the mouse: the keys of reviewing go on where they were."""
    made = QPushButton(label)
    made.setToolTip(tip)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    if icon or theme:
        made.setIcon(QIcon(str(icon)) if icon else QgsApplication.getThemeIcon(f"/{theme}"))
    return made


def tool(icon, tip) -> QToolButton:
    """A button with one of QGIS's icons alone."""
    made = QToolButton()
    made.setIcon(QgsApplication.getThemeIcon(f"/{icon}"))
    made.setToolTip(tip)
    made.setAccessibleName(tip)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setAutoRaise(True)
    return made


def text(words="") -> QLabel:
    """A text of several lines, without any markup that a class's name may contain."""
    made = QLabel(words)
    made.setWordWrap(True)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def row(*members) -> QHBoxLayout:
    """Widgets beside each other."""
    made = QHBoxLayout()
    for member in members:
        made.addWidget(member)
    return made
