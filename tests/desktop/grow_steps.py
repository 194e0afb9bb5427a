"""What is done inside the QGIS window: polygons grown from pixels, and the spectra of their classes."""

from __future__ import annotations

import numpy as np
from osgeo import gdal, ogr
from qgis.core import QgsFeature, QgsPointXY, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QWheelEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QDockWidget
from qgis.utils import iface
from window import click_canvas, drawn, landloom, screenshot, zoom_to

NAMES = {1: "Agriculture", 2: "Forest", 3: "Parcels", 4: "Urban", 5: "Water"}
COLOURS = {1: "#e69f00", 2: "#009e73", 3: "#f0e442", 4: "#d55e00", 5: "#0072b2"}


class Desk:
    """The tool on the canvas, and a dock with the spectra, as the digitizing dock puts them together."""

    def __init__(self, image, polygons, active):
        canvas = iface.mapCanvas()
        self.project = landloom("ui.project").LandloomProject()
        self.project.set_images([image])
        self.tool = landloom("ui.digitizing.grow_tool").GrowTool(canvas, self.project)
        self.tool.set_colour(COLOURS[active])
        self.told = []
        self.tool.told.connect(self.told.append)
        self.tool.told.connect(iface.mainWindow().statusBar().showMessage)
        self.tool.grown.connect(self.add)
        canvas.setMapTool(self.tool)
        self.polygons, self.active = polygons, active
        if polygons is not None:
            self.statistics = landloom("ui.digitizing.spectra").TrainingStatistics()
            self.panel = landloom("ui.digitizing.spectra_panel").SpectraPanel(self.statistics)
            self.panel.set_style(lambda value: (NAMES.get(value, str(value)), COLOURS.get(value, "#888888")))
            self.dock = QDockWidget("Spectra and separability", iface.mainWindow())
            self.dock.setWidget(self.panel)
            iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
            self.statistics.watch(polygons.id(), "class_id", [image])

    def add(self, geometry, crs):
        """Add what was grown in the active class."""
        feature = QgsFeature(self.polygons.fields())
        feature.setGeometry(geometry)
        feature["class_id"] = self.active
        self.polygons.startEditing()
        self.polygons.addFeature(feature)
        self.polygons.triggerRepaint()


def turn_wheel(notches):
    """Turn the wheel over the middle of the map."""
    viewport = iface.mapCanvas().viewport()
    middle = QPoint(viewport.width() // 2, viewport.height() // 2)
    event = QWheelEvent(
        QPointF(middle), QPointF(viewport.mapToGlobal(middle)), QPoint(), QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(viewport, event)


def a_field(truth, value):
    """The middle of a square of 21 pixels of one class, as row and column."""
    same = truth == value
    sums = np.pad(same.astype(int).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    full = sums[21:, 21:] - sums[:-21, 21:] - sums[21:, :-21] + sums[:-21, :-21] == 21 * 21
    row, column = np.argwhere(full)[full.sum() // 2]
    return int(row) + 10, int(column) + 10


def grow_in_the_demo(given):
    """Grow a polygon with the mouse, change it with the wheel, take it; see the spectra follow."""
    image = iface.addRasterLayer(given["image"], "image")
    polygons = QgsProject.instance().addMapLayer(QgsVectorLayer(given["polygons"], "polygons", "ogr"))
    zoom_to(image)
    yield drawn
    desk = Desk(image, polygons, active=2)
    yield lambda: desk.statistics.classes
    before = desk.statistics.classes[2]
    truth = gdal.Open(given["truth"]).ReadAsArray()
    row, column = a_field(truth, 2)
    west, size, _, north, _, _ = gdal.Open(given["truth"]).GetGeoTransform()
    click_canvas(QgsPointXY(west + (column + 0.5) * size, north - (row + 0.5) * size))
    yield lambda: desk.tool.has_region
    sizes = [desk.told[-1]]
    turn_wheel(-3)
    sizes.append(desk.told[-1])
    turn_wheel(5)
    sizes.append(desk.told[-1])
    screenshot(f"grow_region{given['name']}")
    QTest.keyClick(iface.mapCanvas(), Qt.Key.Key_Return)
    yield lambda: desk.statistics.classes[2].polygons == before.polygons + 1
    grown = next(f for f in polygons.getFeatures() if f.id() < 0)
    pixels = landloom("ui.digitizing.polygon_pixels")
    shape = ogr.CreateGeometryFromWkb(bytes(grown.geometry().asWkb()))
    inside = pixels.inside(shape, (west, size, 0, north, 0, -size), *truth.shape)
    curves = len(desk.panel.plot.curves)
    added = desk.statistics.classes[2].pixels - before.pixels
    polygons.changeAttributeValue(grown.id(), polygons.fields().lookupField("class_id"), 77)
    yield lambda: 77 in desk.statistics.classes
    screenshot(f"spectra{given['name']}")
    return {
        "told": sizes,
        "pixels": int(inside.sum()),
        "right": float((truth[inside] == 2).mean()),
        "added": added,
        "curves": [curves, len(desk.panel.plot.curves)],
        "worst": [desk.panel.table.item(0, c).text() for c in range(3)],
    }


def grow_in_the_demo_and_in_a_huge_raster(given):
    """Both, in one window."""
    demo = yield from grow_in_the_demo(given)
    huge = yield from grow_in_a_huge_raster(given)
    return {**demo, "huge": huge}


def grow_in_a_huge_raster(given):
    """Click into ten thousand by ten thousand pixels."""
    image = iface.addRasterLayer(given["huge"], "huge")
    canvas = iface.mapCanvas()
    desk = Desk(image, None, active=5)
    canvas.setCenter(QgsPointXY(50_000, 50_000))
    canvas.zoomScale(20_000)
    yield drawn
    desk.tool.most_pixels = 20_000
    click_canvas(QgsPointXY(50_005, 50_005))
    yield lambda: desk.tool.has_region
    turn_wheel(2)
    screenshot("grow_in_a_huge_raster")
    return desk.told[-1]
