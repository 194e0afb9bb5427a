"""What is done inside the QGIS window: the workbench."""

from __future__ import annotations

import time
from pathlib import Path

from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QSpinBox
from qgis.utils import iface, plugins
from window import button, click, dialog_for, drawn, landloom, screenshot, zoom_to


def show(name):
    """A dock, as its button in the toolbar shows it."""
    desktop = plugins["landloom"]._desktop
    if not desktop._actions[name].isChecked():
        desktop._actions[name].trigger()
    return desktop.docks[name]


def step_texts(dock):
    """What the steps say."""
    return [widget.text.text() for widget in dock.steps]


def run_step(step, stage):
    """Press a step's button, run its algorithm from the dialog, and wait until the step shows the result."""
    before = step.text.text()
    yield step.main.isEnabled
    click(step.main)
    yield lambda: dialog_for(stage)
    dialog = dialog_for(stage)
    if stage == "train_random_forest":
        next(box for box in dialog.findChildren(QSpinBox) if box.value() == 500).setValue(20)
    screenshot(f"workbench_{stage}")
    click(button(dialog, "Run"))
    yield lambda: step.text.text() != before
    dialog.close()


def way_to_a_map(given):
    """From an image and polygons to a map, pressing the main button of each step in turn."""
    project = QgsProject.instance()
    project.write(str(Path(given["folder"], "fields ü.qgz")))
    dock = show("workbench")
    yield dock.isVisible
    screenshot("workbench_empty")
    seen = {"empty": step_texts(dock), "enabled": [w.main.isEnabled() for w in dock.steps]}

    image = iface.addRasterLayer(given["image"], "image")
    polygons = project.addMapLayer(QgsVectorLayer(given["polygons"], "polygons", "ogr"))
    zoom_to(image)
    yield lambda: dock.inputs.images.text() == "image"
    dock.inputs.polygons.setLayer(polygons)
    dock.inputs.polygons.activated.emit(dock.inputs.polygons.currentIndex())
    yield lambda: "84 polygons in 5 classes" in dock.steps[0].text.text()
    for number, stage in enumerate(("extract_samples", "train_random_forest", "predict"), start=1):
        yield from run_step(dock.steps[number], stage)
    yield lambda: project.mapLayersByName("Map") and drawn()
    screenshot("workbench_mapped")
    seen["texts"] = step_texts(dock)
    seen["links"] = [w.links.text() for w in dock.steps]
    seen["files"] = sorted(p.name for p in Path(given["folder"], "landloom").iterdir())
    seen["model_first"] = dock._project.file("model")

    # it is all there again when the project is opened anew
    project.write()
    project.clear()
    yield lambda: "No map yet" in dock.steps[3].text.text()
    project.read(str(Path(given["folder"], "fields ü.qgz")))
    yield lambda: dock.steps[3].text.text() == seen["texts"][3]
    seen["again"] = step_texts(dock)
    project.read(str(Path(given["folder"], "fields ü.qgz")))  # the layers have the same ids, and are others

    # a polygon that is drawn later makes the data set outdated
    polygons = dock._project.polygons()
    polygons.startEditing()
    first = next(polygons.getFeatures())
    polygons.deleteFeature(first.id())
    polygons.commitChanges()
    yield lambda: dock.steps[1].warning.text()
    seen["outdated"] = dock.steps[1].warning.text()
    screenshot("workbench_outdated")
    return seen


def moment():
    """Now, as the main thread has lived it: without the time that it waited for a processor others had."""
    waited_ns = int(Path("/proc/self/schedstat").read_text().split()[1])
    return time.monotonic() - waited_ns / 1e9


def gaps_while_mapping(given):
    """How long QGIS's event loop was away at most, from the press on Run until the worker has ended.

    The smaller of two runs: what we do holds up each, a thread of QGIS that waits for a processor while we wait for
    it holds up one.
    """
    image = iface.addRasterLayer(given["image"], "image")
    zoom_to(image)
    show("workbench")
    yield drawn
    first = yield from _map_and_listen(given["model"], image)
    second = yield from _map_and_listen(given["model"], image)
    return min(first, second, key=lambda seen: seen["longest"])


def _map_and_listen(model, image):
    import processing

    runs = landloom("plugin.runs")
    values = {"MODEL": model, "IMAGES": [image.id()], "MAP": "TEMPORARY_OUTPUT", "ENTROPY": "TEMPORARY_OUTPUT"}
    dialog = processing.createAlgorithmDialog("landloom:predict", values)
    dialog.show()
    yield lambda: dialog.isVisible() and drawn()
    ticks, ended = [], []
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(moment()))
    listen = runs.RUNS.ended.connect(lambda run: (ended.append(run), timer.stop()))
    click(button(dialog, "Run"))
    timer.start(5)
    yield lambda: ended and button(dialog, "Run").isEnabled()
    runs.RUNS.ended.disconnect(listen)
    dialog.close()
    gaps = [after - before for before, after in zip(ticks, ticks[1:])]
    return {"longest": max(gaps), "ticks": len(ticks), "lasted": ticks[-1] - ticks[0], "state": ended[0].state}
