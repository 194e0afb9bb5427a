"""Work beside the window."""

from __future__ import annotations

import traceback

from qgis.core import QgsMessageLog, QgsTask
from qgis.PyQt.QtCore import QObject, QRunnable, QThreadPool, pyqtSignal

# Closing QGIS or the project does not ask about such a task, and its end is not announced (QGIS 3.26 and later).
QUIET = QgsTask.Flag.CanCancel | QgsTask.Flag.CancelWithoutPrompt
if hasattr(QgsTask.Flag, "Silent"):
    QUIET |= QgsTask.Flag.Silent


class Background(QObject):
    """Calls functions in a thread, one after another; what was asked before the latest question is not answered.

    `answered` brings what the function returned, in the thread of this object. The function must not touch layers or
    widgets.
    """

    answered = pyqtSignal(object)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._latest, self._waiting, self._busy = 0, None, False

    def ask(self, function, *arguments) -> None:
        """Ask anew; an earlier question that is still open is dropped."""
        self._latest += 1
        self._waiting = (self._latest, function, arguments)
        self._go_on()

    def _go_on(self):
        if self._busy or self._waiting is None:
            return
        self._busy = True
        call = _Call(*self._waiting)
        self._waiting = None
        call.signals.done.connect(self._take)
        QThreadPool.globalInstance().start(call)

    def _take(self, number, answer):
        self._busy = False
        if number == self._latest:
            self.answered.emit(answer)
        self._go_on()


class _Signals(QObject):
    done = pyqtSignal(int, object)


class _Call(QRunnable):
    def __init__(self, number, function, arguments):
        super().__init__()
        # Without a parent, so that it outlives whoever asked.
        self.signals = _Signals()
        self._number, self._function, self._arguments = number, function, arguments

    def run(self):
        """The thread's work."""
        answer = None
        try:
            answer = self._function(*self._arguments)
        except Exception:  # a defect of ours: who asked must not wait for ever
            QgsMessageLog.logMessage(traceback.format_exc(), "Landloom")
        self.signals.done.emit(self._number, answer)
