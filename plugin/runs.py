"""The runs of this QGIS: whoever shows them hears of each, wherever it was started from."""

from __future__ import annotations

import itertools
import time

from qgis.PyQt.QtCore import QObject, pyqtSignal

RUNNING, DONE, FAILED, CANCELLED = "running", "done", "failed", "cancelled"


class Run:
    """One run of one stage, as the window sees it.

    `stage` is the stage's id, `parameters` what the worker was given; `outputs` is filled when it is DONE, `problem`
    says why it FAILED. `began` and `ended` are seconds since the epoch.
    """

    _numbers = itertools.count(1)

    def __init__(self, stage: str, title: str, parameters: dict):
        self.number = next(self._numbers)
        self.stage, self.title, self.parameters = stage, title, parameters
        self.state, self.outputs, self.problem = RUNNING, {}, ""
        self.began, self.ended = time.time(), None
        self.finish_asked = False

    def ask_to_finish(self) -> None:
        """Let a training end early and keep its best network; another kind of run takes no notice."""
        self.finish_asked = True


class Runs(QObject):
    """Tells of runs. Runs work in threads; who listens with a method of a QObject hears it in his own."""

    began = pyqtSignal(object)  # Run
    told = pyqtSignal(object, dict)  # Run, event of the worker (landloom/job.py)
    ended = pyqtSignal(object)  # Run

    def begin(self, stage: str, title: str, parameters: dict) -> Run:
        """Note that a run begins."""
        run = Run(stage, title, parameters)
        self.began.emit(run)
        return run

    def end(self, run: Run, state: str, outputs: dict | None = None, problem: str = "") -> None:
        """Note how a run ended."""
        run.state, run.outputs, run.problem, run.ended = state, dict(outputs or {}), problem, time.time()
        self.ended.emit(run)


# One for this QGIS: made where the plugin is loaded, which is the main thread.
RUNS = Runs()
