"""Keys for reviewing, on the canvas and in the dock, beside those of QGIS."""

from __future__ import annotations

from qgis.gui import QgsMapTool
from qgis.PyQt.QtCore import QEvent, QObject, Qt
from qgis.PyQt.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit

ACCEPT, SKIP, NEXT, PREVIOUS, FLICKER, SWIPE, UNDO = "accept", "skip", "next", "previous", "flicker", "swipe", "undo"

_KEYS = {
    Qt.Key.Key_Space: ACCEPT,
    Qt.Key.Key_Return: ACCEPT,
    Qt.Key.Key_Enter: ACCEPT,
    Qt.Key.Key_S: SKIP,
    Qt.Key.Key_Right: NEXT,
    Qt.Key.Key_N: NEXT,
    Qt.Key.Key_Left: PREVIOUS,
    Qt.Key.Key_P: PREVIOUS,
    Qt.Key.Key_F: FLICKER,
    Qt.Key.Key_W: SWIPE,
}
# Where a key is part of what is typed or chosen.
_TYPING = (QLineEdit, QAbstractSpinBox, QTextEdit, QPlainTextEdit, QComboBox)
_EVENTS = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease)


class ReviewKeys(QObject):
    """Takes the keys of reviewing from the canvas and from a page of the dock.

    An action is one of the words above, or the number of a class from 0; `wants(action)` says whether it can be done
    now, else the key stays with QGIS; `act(action)` does it.
    """

    def __init__(self, canvas, page, wants, act):
        super().__init__(page)
        self._canvas, self._page, self._wants, self._act = canvas, page, wants, act
        for widget in (canvas, page):
            widget.installEventFilter(self)

    def close_down(self):
        """Leave the keys to QGIS."""
        for widget in (self._canvas, self._page):
            widget.removeEventFilter(self)

    def eventFilter(self, watched, event):  # noqa: N802 (Qt's name)
        """Take a key that is ours."""
        if event.type() not in _EVENTS:
            return False
        action = _action(event)
        if action is None or not self._is_free(watched) or not self._wants(action):
            return False
        # A key that is held decides once.
        if event.type() == QEvent.Type.KeyPress and (not event.isAutoRepeat() or action in (NEXT, PREVIOUS)):
            self._act(action)
        event.accept()  # of ShortcutOverride: no shortcut of QGIS gets it
        return True

    def _is_free(self, watched) -> bool:
        if isinstance(QApplication.focusWidget(), _TYPING):
            return False
        tool = self._canvas.mapTool()
        # Who draws needs the keys himself.
        return watched is not self._canvas or tool is None or not tool.flags() & QgsMapTool.Flag.EditTool


def _action(event):
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if modifiers == Qt.KeyboardModifier.ControlModifier and event.key() == Qt.Key.Key_Z:
        return UNDO
    # On some keyboards digits are typed with Shift.
    if modifiers in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier):
        digit = event.key() - Qt.Key.Key_0
        if 0 <= digit <= 9:
            return (digit - 1) % 10
    return _KEYS.get(event.key()) if modifiers == Qt.KeyboardModifier.NoModifier else None
