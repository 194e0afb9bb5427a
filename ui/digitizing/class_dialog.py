"""The dialog that edits one class."""

from __future__ import annotations

from qgis.gui import QgsColorButton
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QVBoxLayout,
)

from ...processing_provider.parameters import tr
from ..widgets import wrapped
from .class_table import MAXIMUM_ID, LandClass, problem_of


class ClassDialog(QDialog):
    """Edits a class; says at once what stands against it. `others` are the classes beside it."""

    def __init__(self, land_class, others, title, parent=None):
        super().__init__(parent)
        self.setWindowTitle(title)
        self._others = others
        self.id = QSpinBox()
        self.id.setRange(0, MAXIMUM_ID)
        self.id.setValue(land_class.id)
        self.name = QLineEdit(land_class.name)
        self.colour = QgsColorButton()
        self.colour.setColorDialogTitle(tr("Colour of the class"))
        self.colour.setColor(QColor(land_class.colour))
        self.description = QPlainTextEdit(land_class.description)
        self.description.setTabChangesFocus(True)
        self.description.setFixedHeight(4 * self.fontMetrics().lineSpacing())
        self.problem = wrapped()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        form = QFormLayout()
        form.addRow(tr("&Name"), self.name)
        form.addRow(tr("&Id"), self.id)
        form.addRow(tr("&Colour"), self.colour)
        form.addRow(tr("&Description"), self.description)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        for signal in (self.id.valueChanged, self.name.textChanged, self.colour.colorChanged):
            signal.connect(self._check)
        self.name.selectAll()
        self._check()

    def land_class(self) -> LandClass:
        """The class as it stands in the dialog."""
        text = self.description.toPlainText().strip()
        return LandClass(self.id.value(), self.name.text().strip(), self.colour.color().name(), text)

    def _check(self, *_):
        problem = problem_of(self.land_class(), self._others)
        self.problem.setText(problem)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not problem)
