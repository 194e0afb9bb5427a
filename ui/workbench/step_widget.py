"""One step of the workbench on the screen."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
)

from ...processing_provider.adapter import ICONS
from ...processing_provider.parameters import tr
from ..widgets import wrapped

DONE, WARNED, OPEN = "done", "warned", "open"


class StepWidget(QFrame):
    """Shows how far a step is and offers what it can do: `asked` tells an Action, `opened` one of project.FILES."""

    asked = pyqtSignal(object)
    opened = pyqtSignal(str)

    def __init__(self, number, step, parent=None):
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setObjectName(f"step{number}")
        self._step = step
        self._mark = QLabel()
        self._title = QLabel(f"{number}  {tr(step.title)}")
        bold = self._title.font()
        bold.setBold(True)
        self._title.setFont(bold)
        self.text = wrapped()
        self.warning = wrapped()
        self.links = wrapped()
        self.links.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.links.linkActivated.connect(self.opened)
        self.main = QPushButton()
        self.main.clicked.connect(lambda: self.asked.emit(self._action))
        self.more = QToolButton()
        self.more.setText("…")
        self.more.setToolTip(tr("More for this step"))
        self.more.setAccessibleName(tr("More for this step"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setVisible(bool(step.more))
        self.more.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._menu = QMenu(self.more)
        self._entries = [(action, self._menu.addAction(tr(action.label))) for action in step.more]
        for action, entry in self._entries:
            entry.triggered.connect(lambda _=False, action=action: self.asked.emit(action))
        self.more.setMenu(self._menu)
        self._lay_out()

    def _lay_out(self):
        head = QHBoxLayout()
        head.addWidget(self._mark)
        head.addWidget(self._title, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.main, 1)
        buttons.addWidget(self.more)
        layout = QVBoxLayout(self)
        layout.addLayout(head)
        for widget in (self.text, self.warning, self.links):
            layout.addWidget(widget)
        layout.addLayout(buttons)

    def show_state(self, project, counting, is_next) -> bool:
        """Show the step as it is in the project; `is_next`: this is what to do next. Gives whether it is done."""
        state = self._step.state(project, counting)
        self._action = self._step.main(project)
        missing = self._action.needs(project)
        kind = WARNED if state.warning else DONE if state.done else OPEN
        size = self.fontMetrics().height()
        self._mark.setPixmap(_icon(kind, is_next and not state.done).pixmap(QSize(size, size)))
        self._mark.setAccessibleName({DONE: tr("done"), WARNED: tr("look at this"), OPEN: tr("not done")}[kind])
        _show_text(self.text, state.text)
        _show_text(self.warning, state.warning)
        shown = [
            (key, label)
            for key, label in self._step.files(project)
            if project.file(key) and Path(project.file(key)).exists()
        ]
        _show_text(self.links, " · ".join(f'<a href="{key}">{tr(label)}</a>' for key, label in shown))
        self.main.setText(tr(self._action.label))
        self.main.setEnabled(not missing)
        self.main.setToolTip(missing)
        for action, entry in self._entries:
            entry.setEnabled(not action.needs(project))
        return state.done


def _show_text(label, text) -> None:
    label.setText(text)
    label.setVisible(bool(text))


def _icon(kind, is_next) -> QIcon:
    if is_next:
        return QIcon(str(ICONS / "step_next.svg"))
    return {
        DONE: QIcon(str(ICONS / "step_done.svg")),
        WARNED: QgsApplication.getThemeIcon("/mIconWarning.svg"),
        OPEN: QIcon(str(ICONS / "step_open.svg")),
    }[kind]
