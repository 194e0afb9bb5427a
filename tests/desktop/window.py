"""Driving a QGIS window from inside: what the steps of all areas share. Runs in QGIS.

A step is a generator function of a module `*steps.py`: it yields a condition, and goes on as soon as that is true.
It gets what the test gave (texts by name) and returns what the test looks at.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import time
import traceback
from pathlib import Path

from qgis.core import Qgis
from qgis.PyQt.QtCore import QPoint, Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QDialog, QDockWidget, QPushButton, QTreeView
from qgis.utils import iface

TASK = json.loads(os.environ["LANDLOOM_DRIVE"])
# A condition that has not come true by then never will, however busy the machine is.
LONGEST_S = 180
log: list = []


def remember(text, tag, level):
    """Keep what must not be in the log."""
    ours = "landloom" in text.lower() or tag in ("Landloom", "Python error", "Plugins")
    if ours and level in (Qgis.Warning, Qgis.Critical):
        log.append(f"{tag}: {text}")


def screenshot(name):
    """Take a picture of the whole screen."""
    QApplication.processEvents()
    subprocess.run(["import", "-window", "root", Path(TASK["screenshots"], f"{name}.png")], check=True)


def click(widget):
    """Click into the middle of a widget with the left button."""
    QTest.mouseClick(
        widget,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        QPoint(widget.width() // 2, widget.height() // 2),
    )


def toolbox():
    """The toolbox's tree."""
    dock = iface.mainWindow().findChild(QDockWidget, "ProcessingToolbox")
    dock.show()
    dock.raise_()
    return dock.findChild(QTreeView)


def row(tree, text, parent=None):
    """The tree's entry whose text begins so, whatever depth it has."""
    model = tree.model()
    count = model.rowCount(parent) if parent is not None else model.rowCount()
    for number in range(count):
        index = model.index(number, 0, parent) if parent is not None else model.index(number, 0)
        if str(model.data(index)).startswith(text):
            return index
        found = row(tree, text, index)
        if found is not None:
            return found
    return None


def open_dialog():
    """The algorithm dialog that is open, if any."""
    found = [
        w
        for w in QApplication.topLevelWidgets()
        if isinstance(w, QDialog) and w.isVisible() and hasattr(w, "algorithm")
    ]
    return found[0] if found else None


def dialog_for(stage):
    """The open dialog of one algorithm, if any."""
    dialogs = (w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible())
    return next((d for d in dialogs if hasattr(d, "algorithm") and d.algorithm().name() == stage), None)


def canvas_at(point):
    """Where a point in map coordinates lies on the canvas, in its pixels."""
    where = iface.mapCanvas().getCoordinateTransform().transform(point)
    return QPoint(round(where.x()), round(where.y()))


def click_canvas(point, button=Qt.MouseButton.LeftButton):
    """Click on the map at a point in map coordinates."""
    viewport = iface.mapCanvas().viewport()
    QTest.mouseMove(viewport, canvas_at(point))
    QTest.mouseClick(viewport, button, Qt.KeyboardModifier.NoModifier, canvas_at(point))


def xdotool(*arguments):
    """Real events of the window system."""
    subprocess.run(["xdotool", *map(str, arguments)], check=True)


def zoom_to(layer):
    """Show a layer; to be followed by waiting for `drawn`."""
    canvas = iface.mapCanvas()
    canvas.setExtent(canvas.mapSettings().layerExtentToOutputExtent(layer, layer.extent()))
    canvas.refresh()


def drawn():
    """Whether the map has been drawn."""
    return not iface.mapCanvas().isDrawing()


def landloom(module):
    """A module of the plugin, such as `ui.project`."""
    return importlib.import_module(f"landloom.{module}")


def worker_runs():
    """Whether a worker of this QGIS is alive."""
    children = " ".join(map(_content, Path("/proc/self/task").glob("*/children"))).split()
    return any(_content(Path(f"/proc/{child}/cmdline")).endswith("worker\0") for child in children)


def _content(path):
    """What a file says of a process or a thread; nothing where that has just ended."""
    try:
        return path.read_text()
    except OSError:
        return ""


def button(dialog, text):
    """A dialog's button by its text."""
    return next(b for b in dialog.findChildren(QPushButton) if b.text().replace("&", "") == text)


def in_front():
    """Whether the main window has the keyboard, which its shortcuts need; one that is closed gives it back late."""
    return iface.mainWindow().isActiveWindow()


def _is_large():
    window = iface.mainWindow()
    return window.frameGeometry().contains(window.screen().availableGeometry())


def _lines(step):
    """Where a generator stands, and those that it goes through."""
    while step is not None:
        yield f"{step.gi_code.co_name}:{step.gi_frame.f_lineno}"
        step = step.gi_yieldfrom


class Driver:
    """Runs a step; asks its condition ten times a second, writes down the end and closes QGIS."""

    def __init__(self):
        iface.mainWindow().showMaximized()
        self.step = self.run()
        self.waiting, self.began = (lambda: True), time.monotonic()
        self.timer = QTimer()
        self.timer.timeout.connect(self.go_on)
        self.timer.start(100)

    def run(self):
        """The step, once the window is as large as the screen and has the keyboard."""
        module, function = TASK["step"].split(":")
        step = getattr(importlib.import_module(module), function)(TASK["given"])
        yield lambda: _is_large() and in_front()
        return (yield from step)

    def go_on(self):
        """Go on if what is waited for has come true."""
        self.timer.stop()
        try:
            if self.waiting():
                self.waiting, self.began = next(self.step), time.monotonic()
            elif time.monotonic() > self.began + LONGEST_S:
                screenshot(f"too_long_{os.getpid()}")
                raise TimeoutError(f"waited too long in {' > '.join(_lines(self.step))}")
            self.timer.start(100)
        except StopIteration as stop:
            self.end({"returned": stop.value, "log": log})
        except Exception:
            self.end({"error": "\n".join([traceback.format_exc(), *log])})

    def end(self, found):
        """Write the result and leave at once: a question about an unsaved project would wait for ever."""
        Path(TASK["result"]).write_text(json.dumps(found), encoding="utf-8")
        os._exit(0)
