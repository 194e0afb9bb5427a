"""What to do before anything else, at the top of the workbench."""

from __future__ import annotations

from qgis.PyQt.QtGui import QPalette
from qgis.PyQt.QtWidgets import QFrame, QHBoxLayout, QPushButton

from ..widgets import wrapped


class Hint(QFrame):
    """A text with a button, of as many lines as it needs: QGIS's message bar cuts it in a narrow dock."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.AlternateBase)
        self.setAutoFillBackground(True)
        self.text, self.button = wrapped(), QPushButton()
        self.button.clicked.connect(lambda: self._act())
        row = QHBoxLayout(self)
        row.addWidget(self.text, 1)
        row.addWidget(self.button)
        self.hide()

    def say(self, text, label, act) -> None:
        """Show a text; the button with the label calls `act`."""
        self._act = act
        self.text.setText(text)
        self.button.setText(label)
        self.show()
