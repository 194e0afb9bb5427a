"""Installing and removing in a thread."""

from __future__ import annotations

import traceback

from qgis.PyQt.QtCore import QThread, pyqtSignal

from ...plugin.programs import EnvironmentProblem, SetupCancelled


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
