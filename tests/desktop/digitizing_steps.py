"""What is done in the digitizing dock: classes, polygons drawn on the map, warnings, exchange of class tables."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsEditFormConfig, QgsPointXY, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAction, QApplication, QDialogButtonBox, QFileDialog, QLineEdit
from qgis.utils import iface
from window import button, click, click_canvas, drawn, in_front, landloom, open_dialog, screenshot, zoom_to

PIXEL = 10  # metres, of the demo scene


def open_dock():
    """The dock, opened from the menu."""
    iface.mainWindow().findChild(QAction, "LandloomDigitizingAction").trigger()
    return iface.mainWindow().findChild(landloom("ui.digitizing.dock").DigitizingDock)


def project():
    import qgis.utils

    return qgis.utils.plugins["landloom"]._desktop.project


def click_cell(dock, row, column, double=False):
    """Click or double-click on a cell of the class table."""
    table = dock.panel.table
    where = table.visualRect(table.model().index(row, column)).center()
    for act in (QTest.mouseClick, QTest.mouseDClick) if double else (QTest.mouseClick,):
        act(table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)


def cell(dock, row, column):
    model = dock.panel.model
    return model.data(model.index(row, column))


def draw(corner, columns, rows):
    """Draw a rectangle by clicks, from its upper left corner; sizes in pixels of the image."""
    x, y, width, height = corner.x(), corner.y(), columns * PIXEL, rows * PIXEL
    for point in ((x, y), (x + width, y), (x + width, y - height), (x, y - height)):
        click_canvas(QgsPointXY(*point))
    click_canvas(QgsPointXY(x, y - height), Qt.MouseButton.RightButton)


def warnings(dock):
    """The warnings as they stand in the list; empty where it says that there are none."""
    texts = [dock.warnings.item(i).text() for i in range(dock.warnings.count())]
    return [text for text in texts if text != "Nothing to mend."]


def ready(dock):
    return lambda: not dock.checks.busy and not dock.statistics.is_reading


def answer_file_dialog(path):
    """Fill in the file dialog that is about to open, and press Enter."""

    def fill():
        dialog = next((w for w in QApplication.topLevelWidgets() if isinstance(w, QFileDialog) and w.isVisible()), None)
        if dialog is None:
            QTimer.singleShot(100, fill)
            return
        line = dialog.findChild(QLineEdit, "fileNameEdit")
        line.setText(str(path))  # typed letters would open a list of files, which takes the Enter
        QTest.keyClick(line, Qt.Key.Key_Return)

    QTimer.singleShot(100, fill)


def undo():
    QTest.keyClick(iface.mainWindow(), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


def colours(layer):
    return {c.label(): c.symbol().color().name() for c in layer.renderer().categories()}


def prepare(given):
    """The image on the map and the dock beside it, as wide as the test wants it."""
    image = iface.addRasterLayer(given["image"], "image")
    project().set_images([image])
    dock = open_dock()
    iface.mainWindow().resizeDocks([dock], [int(given.get("width", 420))], Qt.Orientation.Horizontal)
    zoom_to(image)
    return image, dock


def digitize(given):
    """From a new layer through drawing, warning, undo and keys to other classes and their exchange."""
    image, dock = prepare(given)
    yield lambda: dock.isVisible() and drawn()
    QTimer.singleShot(0, lambda: click(dock.inputs.new))
    yield open_dialog
    dialog = open_dialog()
    crs = dialog.mainWidget().createProcessingParameters()["CRS"]
    dialog.setParameters({"CRS": image.crs(), "LAYER": given["layer"]})
    click(button(dialog, "Run"))
    yield lambda: dock.training.layer() is not None
    dialog.close()
    layer = dock.training.layer()
    seen = {"crs": str(getattr(crs, "authid", lambda: crs)())}
    yield ready(dock)

    # A polygon of Forest, then one of Urban across it.
    corner = QgsPointXY(image.extent().xMinimum() + 500, image.extent().yMaximum() - 500)
    click_cell(dock, 1, 2)
    yield lambda: dock.draw.isChecked()
    draw(corner, 60, 60)
    yield lambda: cell(dock, 1, 3) == "1"
    yield ready(dock)
    seen["pixels"] = cell(dock, 1, 4)
    QTest.keyClick(iface.mapCanvas(), Qt.Key.Key_4)
    yield lambda: dock.panel.model.active == 3
    draw(QgsPointXY(corner.x() + 400, corner.y() - 400), 60, 60)
    yield lambda: cell(dock, 3, 3) == "1"
    yield ready(dock)
    seen["overlap"] = warnings(dock)
    screenshot("digitizing")
    item = dock.warnings.visualItemRect(dock.warnings.item(0)).center()
    QTest.mouseClick(dock.warnings.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, item)
    yield drawn
    seen["shown"] = iface.mapCanvas().extent().contains(QgsPointXY(corner.x() + 500, corner.y() - 500))
    seen["closer"] = iface.mapCanvas().extent().width() < 0.5 * image.extent().width()
    yield in_front
    undo()
    yield lambda: cell(dock, 3, 3) == "0"
    yield ready(dock)
    seen["undone"] = warnings(dock)

    # Rename in the table, recolour in the dialog.
    click_cell(dock, 1, 2, double=True)
    yield lambda: dock.panel.table.findChild(QLineEdit) is not None
    line = dock.panel.table.findChild(QLineEdit)
    line.selectAll()
    QTest.keyClicks(line, "Woodland")
    QTest.keyClick(line, Qt.Key.Key_Return)
    yield lambda: "Woodland" in colours(layer)
    click_cell(dock, 1, 0, double=True)
    yield lambda: dock.findChild(landloom("ui.digitizing.class_dialog").ClassDialog) is not None
    dialog = dock.findChild(landloom("ui.digitizing.class_dialog").ClassDialog)
    screenshot("digitizing_class")
    dialog.colour.setColor(QColor("#332288"))
    click(dialog.buttons.button(QDialogButtonBox.StandardButton.Ok))
    yield lambda: colours(layer)["Woodland"] == "#332288"
    seen["legend"] = colours(layer)
    seen["polygons"] = cell(dock, 1, 3)

    # Out and in again.
    answer_file_dialog(given["table"])
    click(dock.panel.exchange.export)
    seen["exported"] = Path(given["table"]).read_text(encoding="utf-8")
    Path(given["table"]).write_text(
        "id;name;colour\n2;Woodland;#117733\n7;Eis und Schnee ä;#88ccee\n", encoding="utf-8"
    )
    answer_file_dialog(given["table"])
    dock.panel.exchange.imports.menu().aboutToShow.emit()
    dock.panel.exchange.imports.menu().actions()[0].trigger()
    yield lambda: "Eis und Schnee ä" in colours(layer)
    seen["imported"] = colours(layer)
    iface.actionSaveActiveLayerEdits().trigger()
    yield lambda: not layer.isModified()
    yield ready(dock)
    seen["saved"] = cell(dock, 0, 3)
    layer.rollBack()  # ends the edit mode; all has been saved
    seen["form"] = layer.editFormConfig().suppress() == QgsEditFormConfig.SuppressDefault
    yield lambda: dock.inputs.field.currentField() == "class_id"
    seen["active"] = dock.panel.model.active

    # The layer goes while the dock shows it.
    QgsProject.instance().removeMapLayer(layer.id())
    yield lambda: dock.training.layer() is None
    seen["hint"] = dock.hint.text()
    dock.close_down()
    return seen


def look(given):
    """The dock beside a layer that is there already, narrow; classes by name, a region grown by a click."""
    image, dock = prepare({**given, "width": 300})
    layer = QgsVectorLayer(given["polygons"], "polygons", "ogr")
    QgsProject.instance().addMapLayer(layer)
    project().set_polygons(layer, "class_name")
    yield lambda: dock.isVisible() and drawn()
    yield ready(dock)
    seen = {"classes": [c.name for c in dock.training.classes], "counted": cell(dock, 1, 3)}
    click(dock.grow)
    yield lambda: dock.grow.isChecked()
    QTest.keyClick(dock.panel.table, Qt.Key.Key_2)
    yield lambda: dock.panel.model.active == 1
    place = image.extent().center()
    click_canvas(QgsPointXY(place.x() + 1000, place.y() + 1000))
    yield lambda: dock.grow_tool.has_region
    screenshot(f"digitizing_narrow{given['name']}")
    before = layer.featureCount()
    click_canvas(place, Qt.MouseButton.RightButton)
    yield lambda: layer.featureCount() == before + 1
    seen["grown"] = [f["class_name"] for f in layer.getFeatures() if f.id() < 0]
    seen["width"] = dock.width()
    seen["undo"] = layer.undoStack().undoText()
    click(dock.panel.add)
    yield lambda: dock.findChild(landloom("ui.digitizing.class_dialog").ClassDialog) is not None
    screenshot(f"digitizing_add{given['name']}")
    return seen
