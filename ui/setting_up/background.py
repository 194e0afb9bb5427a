"""What the set-up dialog does in the background."""

from __future__ import annotations

import threading
import traceback

from qgis.PyQt.QtCore import QObject, QThread, QTimer, pyqtSignal

from ...plugin import graphics_card
from ...plugin.programs import EnvironmentProblem, SetupCancelled

LOOK_MS = 100


class Work(QThread):
    """Runs `work(tell, cancelled)` in a thread; tells how far it is and how it ended (an empty text: well)."""

    told = pyqtSignal(float, str)
    ended = pyqtSignal(str)

    def __init__(self, work, parent):
        super().__init__(parent)
        self._work = work

    def run(self):
        """The thread's work."""
        try:
            self._work(self.told.emit, self.isInterruptionRequested)
            self.ended.emit("")
        except (EnvironmentProblem, SetupCancelled) as problem:
            self.ended.emit(str(problem))
        except Exception:  # a defect of ours: without a word the dialog would wait for ever
            self.ended.emit(traceback.format_exc())


class CardSearch(QObject):
    """Looks for graphics cards. The thread holds nothing of Qt: it may outlive the dialog and QGIS's end."""

    found = pyqtSignal(object)  # list of graphics_card.Card

    def __init__(self, parent):
        super().__init__(parent)
        self._cards: list = []
        self._thread = threading.Thread(target=self._look, args=(self._cards,), daemon=True)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._tell)

    def start(self):
        """Begin; `found` comes within seconds."""
        self._thread.start()
        self._timer.start()

    @staticmethod
    def _look(found):
        found.extend(graphics_card.cards())

    def _tell(self):
        if not self._thread.is_alive():
            self._timer.stop()
            self.found.emit(self._cards)
