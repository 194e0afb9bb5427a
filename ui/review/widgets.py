"""Small widgets of the review dock."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QSizePolicy, QToolButton

from ..widgets import icon_button, wrapped


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
    """A button with one of QGIS's icons alone; like `button`."""
    made = icon_button(icon, tip)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made


def text(words="") -> QLabel:
    """A text of several lines, without any markup that a class's name may contain."""
    made = wrapped(words)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def row(*members) -> QHBoxLayout:
    """Widgets beside each other."""
    made = QHBoxLayout()
    for member in members:
        made.addWidget(member)
    return made
