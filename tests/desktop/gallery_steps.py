"""Every dock, the set-up and two dialogs, for pictures in other clothes: a large screen, a dark theme, German."""

from __future__ import annotations

from pathlib import Path

import dialog_steps
import monitor_steps
import setup_steps
from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QAction
from qgis.utils import iface
from window import click_canvas, drawn, screenshot, zoom_to
from workbench_steps import show

KEPT = ("samples", "model", "map", "uncertainty", "review", "reference")


def gallery(given):
    """Open a project in which everything is there, and look at each part of the window."""
    project = QgsProject.instance()
    image = iface.addRasterLayer(given["image"], "Image")
    polygons = project.addMapLayer(QgsVectorLayer(given["polygons"], "Training polygons", "ogr"))
    project.write(str(Path(given["folder"], "village.qgz")))
    workbench = show("workbench")
    ours = workbench._project
    ours.set_images([image])
    ours.set_polygons(polygons)
    for key in KEPT:
        ours.set_file(key, given[key])
    zoom_to(image)
    yield lambda: "84" in workbench.steps[0].text.text() and drawn()
    screenshot("workbench")

    digitizing = show("digitizing")
    yield lambda: digitizing.training.classes and not digitizing.statistics.is_reading and drawn()
    digitizing.grow.click()
    click_canvas(next(polygons.getFeatures()).geometry().pointOnSurface().asPoint())
    yield drawn
    screenshot("digitizing")
    iface.actionPan().trigger()
    polygons.rollBack()

    review = show("review")
    assert review.open_review(given["review"])
    yield drawn
    screenshot("review")
    iface.mainWindow().resizeDocks([review], [420], Qt.Orientation.Horizontal)

    dialog = dialog_steps._opened("predict", MODEL=given["model"], IMAGES=[image.id()])
    yield lambda: dialog.estimate.text()
    screenshot("predict")
    dialog.close()

    values = {"DATASET": given["dataset"], "EPOCHS": "40", "MODEL": str(Path(given["folder"], "network.landloom"))}
    dialog = yield from monitor_steps.started({"algorithm": "train_patch_classifier", **values})
    dialog.hide()
    monitor = monitor_steps.dock()
    yield lambda: monitor.current().done >= 12
    screenshot("monitor")
    monitor.current().run.ask_to_finish()
    yield lambda: not monitor.current().running

    entry = next(a for a in iface.mainWindow().findChildren(QAction) if a.objectName() == "LandloomSetupAction")
    yield from setup_steps.look({"menu": entry.text(), "name": "setup"})
    return {}
