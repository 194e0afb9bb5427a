"""Processing's list of reports, put behind our docks: it comes up by itself after a run and takes half their room."""

from __future__ import annotations

import time

from processing.core.ProcessingResults import resultsList
from qgis.PyQt.QtCore import QObject, QTimer
from qgis.PyQt.QtWidgets import QDockWidget

REPORTS = "ResultsViewer"
# Processing shows its list within this time.
SOON_MS = 150


class ReportsTab(QObject):
    """Watches over our docks' place. What the user has put elsewhere stays there."""

    def __init__(self, main_window):
        super().__init__(main_window)
        self._main_window = main_window
        self._front, self._left = None, 0.0  # which of our docks is in front, or was and when it ceased to be
        self._is_tucked = False
        resultsList.resultAdded.connect(self._wait)

    def close_down(self) -> None:
        """Leave the list to Processing."""
        resultsList.resultAdded.disconnect(self._wait)

    def watch(self, dock) -> None:
        """Note when a dock of ours comes in front or ceases to be there; it may be there already."""
        dock.visibilityChanged.connect(lambda _: self._note(dock))
        self._note(dock)

    def _note(self, dock):
        if dock.isUserVisible():
            self._front, self._left = dock, 0.0
        elif dock is self._front:
            self._left = time.monotonic()

    def _wait(self):
        QTimer.singleShot(SOON_MS, self._tuck)

    def _tuck(self):
        """Put the list behind our dock, once; then bring the dock back in front of it, if it was there."""
        dock, window = self._front, self._main_window
        reports = window.findChild(QDockWidget, REPORTS)
        if dock is None or reports is None or dock.isHidden() or dock.isFloating():
            return
        was_in_front = not self._left or time.monotonic() - self._left < 4 * SOON_MS / 1000
        same_side = not reports.isFloating() and window.dockWidgetArea(reports) == window.dockWidgetArea(dock)
        if not self._is_tucked and same_side and reports not in window.tabifiedDockWidgets(dock):
            window.tabifyDockWidget(dock, reports)
            self._is_tucked = True
        if was_in_front:
            dock.setUserVisible(True)
