"""What is done inside the QGIS window: a review by its keys."""

from __future__ import annotations

from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAction, QDockWidget
from qgis.utils import iface
from window import canvas_at, click, drawn, landloom, open_dialog, screenshot

KEY = Qt.Key


def show_dock():
    """Show the review dock by its action in the menu."""
    iface.mainWindow().findChild(QAction, "LandloomReviewAction").trigger()
    return iface.mainWindow().findChild(QDockWidget, "LandloomReview")


def press(key, modifier=Qt.KeyboardModifier.NoModifier):
    """Press a key on the canvas."""
    iface.mapCanvas().setFocus()
    QTest.keyClick(iface.mapCanvas(), key, modifier)


def review_by_keys(given):
    """Decide places by keys on the canvas and in the dock, take one back, compare, close and go on."""
    iface.addRasterLayer(given["image"], "image")
    if given.get("probabilities"):
        iface.addRasterLayer(given["probabilities"], "Probabilities")
    dock = show_dock()
    yield lambda: dock.isVisible()
    panel = dock.panel
    screenshot(f"review_empty_{given['look']}")
    assert dock.open_review(given["review"])
    yield drawn
    seen = {"group": [n.name() for n in QgsProject.instance().layerTreeRoot().findGroups()]}
    place = dock.review.places()[0]
    middle = canvas_at(place.point)
    canvas = iface.mapCanvas()
    seen["off_middle"] = max(abs(middle.x() - canvas.width() / 2), abs(middle.y() - canvas.height() / 2))
    seen["narrowest"] = dock.minimumSizeHint().width()
    screenshot(f"review_{given['look']}")

    press(KEY.Key_Space)  # place 1 is accepted
    press(KEY.Key_3)  # place 2 is water
    QTest.keyClicks(canvas, "s")  # place 3 is skipped
    seen["number"] = panel.number.text()
    panel.note.setFocus()
    QTest.keyClicks(panel.note, "s 2 nw")  # keys of reviewing, but typed
    seen["typed"] = panel.note.text()
    QTest.keyClick(panel.note, KEY.Key_Return)
    seen["note_saved"] = dock.review.places()[3].note
    click(panel.class_buttons[1])  # place 4 is forest
    QTest.keyClick(panel.page, KEY.Key_1)  # place 5, with the focus in the dock
    QTest.keyClick(panel.page, KEY.Key_Z, Qt.KeyboardModifier.ControlModifier)
    seen["after_undo"] = panel.number.text()
    press(KEY.Key_Right)
    seen["next"] = panel.number.text()
    press(KEY.Key_Left)

    press(KEY.Key_F)
    seen["hidden"] = not dock.compare.is_shown()
    press(KEY.Key_F)
    panel.seconds.setValue(0.2)
    click(panel.by_itself)
    yield lambda: not dock.compare.is_shown()
    yield dock.compare.is_shown
    click(panel.by_itself)
    press(KEY.Key_W)
    yield lambda: dock.compare.is_swiping() and dock.compare.has_picture() and drawn()
    QTest.mouseMove(canvas.viewport(), QPoint(canvas.width() // 3, canvas.height() // 2))
    screenshot(f"review_swipe_{given['look']}")
    press(KEY.Key_W)
    seen["swiping"] = dock.compare.is_swiping()
    press(KEY.Key_X)  # no key of ours
    seen["progress"] = panel.decided.text()

    # The squares become training polygons; while one draws such, the keys are not ours.
    click(panel.add)
    seen["without_polygons"] = iface.messageBar().currentItem().text()
    polygons = QgsVectorLayer("MultiPolygon?crs=EPSG:4326&field=class_id:integer", "mine", "memory")
    landloom("ui.project").LandloomProject().set_polygons(QgsProject.instance().addMapLayer(polygons))
    click(panel.add)
    yield panel.add.isEnabled
    seen["added"] = iface.messageBar().currentItem().text()
    iface.setActiveLayer(polygons)
    iface.actionAddFeature().trigger()
    press(KEY.Key_1)
    seen["while_drawing"] = panel.number.text()
    iface.actionPan().trigger()
    screenshot(f"review_added_{given['look']}")
    polygons.undoStack().undo()
    seen["polygons_after_undo"] = polygons.featureCount()
    polygons.rollBack()
    QgsProject.instance().removeMapLayer(polygons.id())

    # The project is closed and opened again: the review goes on where it was.
    QgsProject.instance().write(given["project"])
    iface.newProject(False)
    yield lambda: not QgsProject.instance().mapLayers()
    seen["closed"] = not panel.area.isVisible() and dock.review is None
    press(KEY.Key_1)
    iface.addProject(given["project"])
    yield lambda: dock.review is not None and drawn()
    seen["reopened"] = panel.number.text()
    screenshot(f"review_reopened_{given['look']}")

    # A layer of the review is removed while it is looked at.
    QgsProject.instance().removeMapLayer(dock.review.training_layer().id())
    yield lambda: not panel.area.isVisible()
    press(KEY.Key_1)
    assert dock.open_review(given["review"])
    press(KEY.Key_2)
    press(KEY.Key_2)
    yield lambda: panel.done.isVisible() and drawn()
    screenshot(f"review_done_{given['look']}")
    return seen


def review_blind(given):
    """Places that were drawn at random: the map stays hidden until one has decided, and then judges the map."""
    iface.addRasterLayer(given["image"], "image")
    dock = show_dock()
    assert dock.open_review(given["review"])
    yield lambda: drawn() and dock.isVisible()
    panel = dock.panel
    seen = {
        "map": panel.facts["map"][2].text(),
        "shown": dock.compare.is_shown(),
        "square": panel.square.currentData(),
    }
    screenshot("review_blind")
    for key in (KEY.Key_Space, KEY.Key_F, KEY.Key_W):  # they would say what the map says
        press(key)
    seen["progress"] = panel.decided.text()
    press(KEY.Key_1)
    panel.filter.setCurrentIndex(1)
    press(KEY.Key_P)
    seen["decided"] = panel.facts["map"][2].text(), panel.facts["decision"][2].text(), dock.compare.is_shown()
    click(panel.evaluate)
    yield open_dialog
    found = open_dialog().createProcessingParameters()
    seen["evaluate"] = {k: found.get(k) for k in ("CLASS_FIELD", "STRATUM_FIELD", "WEIGHT_FIELD")}
    screenshot("review_evaluate")
    open_dialog().close()

    # Another queue is made: as Processing does, its places come to the map after the run has ended.
    runs = landloom("plugin.runs")
    run = runs.RUNS.begin("queue_places", "Queue places for review", {})
    runs.RUNS.end(run, runs.DONE, {"places": given["second"]})
    QgsProject.instance().addMapLayer(QgsVectorLayer(given["second"], "Places", "ogr"))
    yield lambda: dock.review.path == given["second"]
    seen["places_layers"] = len(
        [x for x in QgsProject.instance().mapLayers().values() if x.name().startswith("Places")]
    )
    seen["groups"] = [len(group.findLayers()) for group in QgsProject.instance().layerTreeRoot().findGroups()]
    seen["second_square"] = panel.square.currentData(), panel.blind.isChecked()
    dock.close_down()
    press(KEY.Key_1)
    return seen
