"""What the tutorial tells, done inside the QGIS window by mouse and keys; its pictures are taken on the way.

Whoever digitizes and reviews knows the truth of the demo scene, as a person who knows the place would.
"""

from __future__ import annotations

from pathlib import Path

from osgeo import gdal
from qgis.core import QgsPointXY, QgsProject
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.utils import iface
from window import button, click, click_canvas, dialog_for, drawn, landloom, screenshot, zoom_to
from workbench_steps import show

REGIONS_A_CLASS = 2
PLACES = 30


class Truth:
    """What is where in the demo scene."""

    def __init__(self, path):
        dataset = gdal.Open(path)
        self.classes, self.place = dataset.ReadAsArray(), dataset.GetGeoTransform()

    def at(self, point):
        """The class id at a point."""
        left, width, _, top, _, height = self.place
        return int(self.classes[int((point.y() - top) / height), int((point.x() - left) / width)])

    def inside(self, class_id, count, margin=4):
        """Points far inside areas of a class and far from one another."""
        rows, columns = self.classes.shape
        found = []
        for row in range(margin, rows - margin, 3):
            for column in range(margin, columns - margin, 3):
                around = self.classes[row - margin : row + margin + 1, column - margin : column + margin + 1]
                if (around == class_id).all() and all(abs(row - r) + abs(column - c) > rows / 4 for r, c in found):
                    found.append((row, column))
        left, width, _, top, _, height = self.place
        return [QgsPointXY(left + (c + 0.5) * width, top + (r + 0.5) * height) for r, c in found[:count]]

    def agreement(self, path):
        """The share of the scene that a map shows right, of all pixels that it maps."""
        mapped = gdal.Open(path).ReadAsArray()
        return float((mapped == self.classes)[(mapped > 0) & (self.classes > 0)].mean())


def press(key):
    """Press a key on the canvas."""
    iface.mapCanvas().setFocus()
    QTest.keyClick(iface.mapCanvas(), key)


def open_step(dock, step, stage, label=None):
    """Open a step's dialog with its main button, or the entry of its menu with a label."""
    if label:
        next(entry for action, entry in step._entries if action.label == label).trigger()
    else:
        yield step.main.isEnabled
        click(step.main)
    yield lambda: dialog_for(stage)


def run_dialog(stage, picture=None, **values):
    """Set some of a dialog's values as a person would, press Run and wait for the end."""
    runs = landloom("plugin.runs")
    dialog, ended = dialog_for(stage), []
    if values:
        dialog.setParameters({**dialog.createProcessingParameters(), **values})
    if picture:
        yield drawn
        screenshot(picture)
    listen = runs.RUNS.ended.connect(lambda run: ended.append(run))
    click(button(dialog, "Run"))
    yield lambda: ended and button(dialog, "Run").isEnabled()
    runs.RUNS.ended.disconnect(listen)
    assert ended[0].state == runs.DONE, ended[0].problem
    dialog.close()


def make_map(dock, pictures=()):
    """Steps 2 to 4 of the workbench."""
    for step, stage, values in (
        (dock.steps[1], "extract_samples", {}),
        (dock.steps[2], "train_random_forest", {"TREES": 100}),
        (dock.steps[3], "predict", {}),
    ):
        yield from open_step(dock, step, stage)
        yield from run_dialog(stage, stage if stage in pictures else None, **values)
    yield drawn


def evaluate(dock, picture=None):
    """Compare the map with the reference points; gives the share that agrees."""
    yield from open_step(dock, dock.steps[3], "evaluate", "Evaluate the map…")
    yield from run_dialog("evaluate", picture)
    yield lambda: "Overall accuracy" in dock.steps[3].text.text()
    return dock._project.figures("map")["overall_accuracy"]


def tutorial(given):
    """From an empty project to a reviewed map; gives the accuracy before and after the review."""
    project = QgsProject.instance()
    project.write(str(Path(given["folder"], "village.qgz")))
    dock = show("workbench")
    yield dock.isVisible
    screenshot("workbench_empty")

    # the scene
    yield from open_step(dock, dock.steps[0], "create_demo_scene", "Create demo scene…")
    yield from run_dialog("create_demo_scene", "create_demo_scene", SIZE=384, POINTS=400, POLYGONS=given["unused"])
    yield lambda: dock.inputs.images.text() == "Image"
    for name in ("Training polygons", "Reference points"):  # those of the demo: we draw our own
        project.removeMapLayer(project.mapLayersByName(name)[0].id())
    image = dock._project.images()[0]
    zoom_to(image)

    # polygons
    yield from open_step(dock, dock.steps[0], "create_training_layer", "New training layer…")
    yield from run_dialog("create_training_layer", "create_training_layer")
    yield lambda: dock._project.polygons() is not None and drawn()
    truth = Truth(given["truth"])
    click(dock.steps[0].main)
    digitizing = iface.mainWindow().findChild(landloom("ui.digitizing.dock").DigitizingDock)
    yield lambda: digitizing is not None and digitizing.isVisible()
    yield lambda: len(digitizing.training.values()) == 5
    click(digitizing.grow)
    for class_id in digitizing.training.values():
        press(Qt.Key(Qt.Key.Key_0 + class_id))
        yield lambda class_id=class_id: digitizing._active == class_id
        for number, point in enumerate(truth.inside(class_id, REGIONS_A_CLASS)):
            before = digitizing.training.layer().featureCount()
            click_canvas(point)
            yield lambda: "pixels" in digitizing.hint.text()
            if (class_id, number) == (2, 0):
                screenshot("grow_region")
            press(Qt.Key.Key_Return)
            yield lambda before=before: digitizing.training.layer().featureCount() > before
    yield lambda: not digitizing.statistics.is_reading and not digitizing.checks.busy and drawn()
    screenshot("digitizing")
    iface.setActiveLayer(digitizing.training.layer())
    iface.actionSaveActiveLayerEdits().trigger()
    yield lambda: not digitizing.training.layer().isModified()
    iface.actionToggleEditing().trigger()

    # the first map
    show("workbench")
    yield from make_map(dock, ("extract_samples", "train_random_forest", "predict"))
    yield from evaluate(dock, "evaluate")
    before, first = dock._project.figures("map")["overall_accuracy"], dock._project.file("map")
    for _ in range(5):
        yield lambda: True
    screenshot("workbench_mapped")

    # the review
    yield from open_step(dock, dock.steps[4], "queue_places")
    yield from run_dialog("queue_places", "queue_places", COUNT=PLACES)
    yield lambda: dock.steps[4].main.text() == "Review places"
    click(dock.steps[4].main)
    review = iface.mainWindow().findChild(landloom("ui.review.dock").ReviewDock)
    yield lambda: review is not None and review.isVisible() and review.review is not None and drawn()
    yield drawn
    screenshot("review")
    relabelled = 0
    for number, place in enumerate(review.review.places()):
        right = truth.at(place.point)
        relabelled += right != place.map_class
        press(Qt.Key.Key_Space if right == place.map_class else Qt.Key(Qt.Key.Key_0 + right))
        yield lambda number=number: review.review.places()[number].state != "open"
    yield lambda: review.panel.done.isVisible() and drawn()
    screenshot("review_done")
    polygons = dock._project.polygons()
    drawn_by_hand = polygons.featureCount()
    click(review.panel.add)
    yield polygons.isModified
    iface.setActiveLayer(polygons)
    iface.actionSaveActiveLayerEdits().trigger()
    yield lambda: not polygons.isModified()
    iface.actionToggleEditing().trigger()

    # the second map
    show("workbench")
    yield lambda: dock.steps[1].warning.text()
    yield from make_map(dock)
    yield lambda: dock._project.file("map") != first
    yield from evaluate(dock)
    zoom_to(image)
    yield drawn
    screenshot("workbench_reviewed")
    return {
        "before": before,
        "after": dock._project.figures("map")["overall_accuracy"],
        "scene_before": truth.agreement(first),
        "scene_after": truth.agreement(dock._project.file("map")),
        "relabelled": relabelled,
        "decided": len([p for p in review.review.places() if p.state in ("accepted", "relabelled")]),
        "added": polygons.featureCount() - drawn_by_hand,
    }
