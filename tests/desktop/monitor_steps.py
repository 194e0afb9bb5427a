"""What is done with the training monitor. See window.py."""

from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtCore import QPoint
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QScrollArea
from qgis.utils import iface
from window import click, landloom, screenshot


def dock():
    """The training monitor."""
    return iface.mainWindow().findChild(landloom("ui.monitor.dock").MonitorDock)


def started(given):
    """Start a training from its dialog and wait for its first figures, which bring the monitor; gives the dialog."""
    import processing

    values = {"RECORD": False, **{k: v for k, v in given.items() if k.isupper()}}
    dialog = processing.createAlgorithmDialog(f"landloom:{given['algorithm']}", values)
    dialog.show()
    yield lambda: dialog.isVisible()
    click(dialog.runButton())
    yield lambda: dock().isVisible()
    return dialog


def stop_and_keep_the_best(given):
    """Start a training, look at it, end it early, and look at the report's button and the model."""
    assert not dock().isVisible()
    dialog = yield from started(given)
    monitor = dock()
    dialog.hide()
    monitor.setMinimumWidth(int(given.get("width", 420)))
    yield lambda: monitor.current().done >= 3 and monitor.current().sheets
    yield lambda: monitor.sheets.view.height() > 100
    screenshot(f"monitor_running{given['name']}")
    area = monitor.findChild(QScrollArea)
    area.ensureWidgetVisible(monitor.sheets, 0, 1000)
    yield lambda: True
    screenshot(f"monitor_sheets{given['name']}")
    area.verticalScrollBar().setValue(0)
    yield lambda: True
    plot = monitor.curves.plots[0]
    where = plot.drawing()
    QTest.mouseMove(plot, QPoint(round(where.x(2)), round(where.area.center().y())))
    yield lambda: True
    click(monitor.stop)
    asked = {"enabled": monitor.stop.isEnabled(), "note": monitor.note.text()}
    screenshot(f"monitor_stopping{given['name']}")
    yield lambda: not monitor.current().running
    yield lambda: True
    screenshot(f"monitor_done{given['name']}")
    watched = monitor.current()
    return {
        "asked": asked,
        "state": watched.run.state,
        "epochs": watched.done,
        "best": watched.best[1],
        "outputs": watched.run.outputs,
        "report": monitor.report.isVisible(),
        "plots": [plot.accessibleName() for plot in monitor.curves.plots if plot.isVisible()],
        "model": Path(given["MODEL"]).exists(),
    }
