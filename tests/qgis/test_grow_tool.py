"""The map tool that grows a polygon, on a canvas without a window."""

from __future__ import annotations

import numpy as np
import pytest
from waiting import until


class Project:
    """What the tool asks of the plugin's project."""

    def __init__(self):
        self.layers = []

    def images(self):
        return self.layers


@pytest.fixture
def image(plugin, tmp_path):
    """20 × 20 pixels of 100 in 60 × 60 of 10 to 12, with a hole without data; 10 m pixels."""
    from osgeo import gdal, osr
    from qgis.core import QgsProject, QgsRasterLayer

    values = np.random.default_rng(0).integers(10, 13, (60, 60)).astype("uint8")
    values[20:40, 20:40] = 100
    values[50:55, 50:55] = 0
    path = str(tmp_path / "image.tif")
    file = gdal.GetDriverByName("GTiff").Create(path, 60, 60)
    file.SetGeoTransform((500000, 10, 0, 5400000, 0, -10))
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(32633)
    file.SetProjection(crs.ExportToWkt())
    file.GetRasterBand(1).WriteArray(values)
    file.GetRasterBand(1).SetNoDataValue(0)
    del file
    yield QgsProject.instance().addMapLayer(QgsRasterLayer(path, "image"))
    QgsProject.instance().clear()


@pytest.fixture
def canvas(plugin, image):
    from qgis.gui import QgsMapCanvas
    from qgis.PyQt import sip

    canvas = QgsMapCanvas()
    canvas.resize(400, 400)
    canvas.setDestinationCrs(image.crs())
    canvas.setExtent(image.extent())
    canvas.show()
    yield canvas
    # Here, since at Python's end QGIS is gone before it.
    canvas.stopRendering()
    sip.delete(canvas)


@pytest.fixture
def tool(canvas, image):
    from landloom.ui.digitizing.grow_tool import GrowTool

    project = Project()
    project.layers = [image]
    tool = GrowTool(canvas, project)
    tool.project, tool.taken, tool.said = project, [], []
    tool.grown.connect(lambda geometry, crs: tool.taken.append((geometry, crs)))
    tool.told.connect(tool.said.append)
    canvas.setMapTool(tool)
    yield tool
    tool.close_down()


def click(canvas, row, column, button="LeftButton"):
    """Click on the middle of a pixel."""
    from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsPointXY, QgsProject
    from qgis.PyQt.QtCore import QPoint, Qt
    from qgis.PyQt.QtTest import QTest

    point = QgsPointXY(500005 + 10 * column, 5399995 - 10 * row)
    crs = QgsCoordinateReferenceSystem("EPSG:32633")
    point = QgsCoordinateTransform(crs, canvas.mapSettings().destinationCrs(), QgsProject.instance()).transform(point)
    where = canvas.getCoordinateTransform().transform(point)
    where = QPoint(round(where.x()), round(where.y()))
    QTest.mouseClick(canvas.viewport(), getattr(Qt.MouseButton, button), Qt.KeyboardModifier.NoModifier, where)


def number(value):
    """As the user's language writes it."""
    from qgis.PyQt.QtCore import QLocale

    return QLocale().toString(value)


def press(canvas, key):
    from qgis.PyQt.QtCore import Qt
    from qgis.PyQt.QtTest import QTest

    QTest.keyClick(canvas, getattr(Qt.Key, f"Key_{key}"))


def turn_wheel(canvas, notches, modifier="NoModifier"):
    from qgis.PyQt.QtCore import QPoint, QPointF, Qt
    from qgis.PyQt.QtGui import QWheelEvent
    from qgis.PyQt.QtWidgets import QApplication

    middle = QPointF(canvas.width() / 2, canvas.height() / 2)
    event = QWheelEvent(
        middle, QPointF(canvas.viewport().mapToGlobal(middle.toPoint())), QPoint(), QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton, getattr(Qt.KeyboardModifier, modifier), Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas.viewport(), event)


def shown(tool):
    """Wait until a region is shown, or until it is said why not."""
    until(lambda: tool.has_region or (tool.said and not tool.said[-1].startswith("Reading")))
    return tool.has_region


def test_a_click_shows_a_region_and_enter_takes_it(tool, canvas, image):
    click(canvas, 25, 30)
    assert shown(tool)
    assert tool.said[-1].startswith("400 pixels at tolerance 0.50.")
    assert tool.taken == []
    press(canvas, "Return")
    (geometry, crs), *more = tool.taken
    assert (geometry.area(), crs, more) == (400 * 100, image.crs(), [])
    assert not tool.has_region


def test_a_second_click_inside_or_the_right_button_takes_it(tool, canvas):
    for button, row in (("LeftButton", 37), ("RightButton", 2)):
        tool.said.clear()
        click(canvas, 25, 30)
        assert shown(tool)
        click(canvas, row, 22, button)
    assert [geometry.area() for geometry, _ in tool.taken] == [40_000, 40_000]


def test_a_click_elsewhere_starts_anew_and_escape_forgets(tool, canvas):
    click(canvas, 25, 30)
    assert shown(tool)
    click(canvas, 5, 5)
    assert shown(tool)
    assert tool.said[-1].startswith(f"{number(60 * 60 - 400 - 25)} pixels")
    press(canvas, "Escape")
    press(canvas, "Return")
    assert tool.taken == []
    assert not tool.has_region


def test_the_wheel_changes_the_region_at_once_and_with_ctrl_the_scale(tool, canvas):
    scale = canvas.scale()
    click(canvas, 25, 30)
    assert shown(tool)
    turn_wheel(canvas, 30)
    assert tool.tolerance == pytest.approx(0.5 * 1.1**30)
    assert tool.said[-1].startswith(f"{number(60 * 60 - 25)} pixels")
    assert canvas.scale() == scale
    press(canvas, "Minus")
    assert tool.tolerance == pytest.approx(0.5 * 1.1**29)
    turn_wheel(canvas, -29)
    assert tool.said[-1].startswith("400 pixels at tolerance 0.50.")
    turn_wheel(canvas, 1, "ControlModifier")
    assert canvas.scale() < scale
    assert tool.tolerance == pytest.approx(0.5)


def test_without_a_region_the_wheel_zooms(tool, canvas):
    scale = canvas.scale()
    turn_wheel(canvas, 1)
    assert canvas.scale() < scale


def test_a_region_is_no_larger_than_allowed(tool, canvas):
    tool.most_pixels = 50
    click(canvas, 25, 30)
    assert shown(tool)
    assert tool.said[-1].startswith("50 pixels")
    assert "as large as it may get" in tool.said[-1]
    tool.said.clear()
    tool.most_pixels = 5000
    assert shown(tool), "the same place is read anew"
    assert tool.said[-1].startswith("400 pixels")


def test_the_map_may_have_another_crs(tool, canvas, image):
    from qgis.core import QgsCoordinateReferenceSystem

    canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    canvas.setExtent(canvas.mapSettings().layerExtentToOutputExtent(image, image.extent()))
    click(canvas, 25, 30)
    assert shown(tool)
    click(canvas, 37, 22)
    assert tool.taken[0][0].area() == 40_000
    assert tool.taken[0][1] == image.crs()


def test_where_nothing_can_grow_it_says_why(tool, canvas):
    click(canvas, 52, 52)
    assert not shown(tool)
    assert tool.said[-1] == "The image has no data here."
    click(canvas, 70, 20)
    assert tool.said[-1] == "This is outside the image."
    tool.project.layers = []
    click(canvas, 25, 30)
    assert tool.said[-1] == "There is no image."


def test_the_image_may_go_while_it_is_read(tool, canvas, image):
    from qgis.core import QgsProject

    click(canvas, 25, 30)
    tool.project.layers = []
    QgsProject.instance().removeMapLayer(image.id())
    assert shown(tool)
    press(canvas, "Return")
    assert len(tool.taken) == 1


def test_another_tool_leaves_nothing_on_the_map(tool, canvas):
    from qgis.core import QgsApplication
    from qgis.gui import QgsMapToolPan

    click(canvas, 25, 30)
    pan = QgsMapToolPan(canvas)
    canvas.setMapTool(pan)
    until(lambda: QgsApplication.taskManager().countActiveTasks() == 0)
    assert not tool.has_region, "what was being read is dropped"
    canvas.unsetMapTool(pan)
