"""Waiting for what happens beside the test: in threads, tasks and timers."""

from __future__ import annotations

import time

from qgis.PyQt.QtCore import QCoreApplication

# What has not come by then never will, however busy the machine is.
LONGEST_S = 180


def until(condition):
    """Serve QGIS's events until something is so."""
    end = time.monotonic() + LONGEST_S
    while not condition():
        assert time.monotonic() < end, "waited too long"
        QCoreApplication.processEvents()
        time.sleep(0.005)
