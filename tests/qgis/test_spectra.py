"""The statistics of classes, how they follow edits, and how well classes can be told apart."""

from __future__ import annotations

import math
from collections import namedtuple

import numpy as np
import pytest
from waiting import until

WEST, NORTH = 500000, 5400000


@pytest.fixture
def ui(plugin):
    """The plugin's modules that need QGIS; the plugin must be loaded first."""
    from landloom.ui.digitizing import polygon_pixels, separability, spectra, spectra_panel
    from landloom.ui.imagery import image, wavelengths
    from landloom.ui.plotting import plot

    Modules = namedtuple("Modules", "image plot polygon_pixels separability spectra spectra_panel wavelengths")
    return Modules(image, plot, polygon_pixels, separability, spectra, spectra_panel, wavelengths)


@pytest.fixture
def project(application):
    from qgis.core import QgsProject

    yield QgsProject.instance()
    QgsProject.instance().clear()


@pytest.fixture
def scene(project, tmp_path):
    """A raster of two bands: the first says the row, the second 100 + the column; 10 m pixels."""
    from osgeo import gdal, osr
    from qgis.core import QgsRasterLayer

    path = str(tmp_path / "bild ü.tif")
    file = gdal.GetDriverByName("GTiff").Create(path, 300, 300, 2, gdal.GDT_Float32)
    file.SetGeoTransform((WEST, 10, 0, NORTH, 0, -10))
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(32633)
    file.SetProjection(crs.ExportToWkt())
    rows, columns = np.mgrid[:300, :300]
    for number, (band, name) in enumerate(((rows, "B2"), (columns + 100, "B3")), 1):
        file.GetRasterBand(number).WriteArray(band)
        file.GetRasterBand(number).SetDescription(name)
        file.GetRasterBand(number).SetNoDataValue(-1)
    del file
    return project.addMapLayer(QgsRasterLayer(path, "scene"))


@pytest.fixture
def polygons(project):
    from qgis.core import QgsVectorLayer

    return project.addMapLayer(QgsVectorLayer("Polygon?crs=EPSG:32633&field=class:integer", "polygons", "memory"))


@pytest.fixture
def statistics(ui):
    found = ui.spectra.TrainingStatistics()
    yield found
    found.close_down()


def box(row, column, height, width):
    """The rectangle over these pixels."""
    from qgis.core import QgsGeometry, QgsRectangle

    x, y = WEST + 10 * column, NORTH - 10 * row
    return QgsGeometry.fromRect(QgsRectangle(x, y - 10 * height, x + 10 * width, y))


def add(layer, geometry, value):
    """Add a polygon as drawing does, in the edit buffer; its id."""
    from qgis.core import QgsFeature

    feature = QgsFeature(layer.fields())
    feature.setGeometry(geometry)
    feature.setAttributes([value])
    layer.startEditing()
    assert layer.addFeature(feature)
    return feature.id()


def settle(statistics):
    """Let the events go on until nothing is read any more."""
    until(lambda: not statistics.is_reading)


# --- one polygon ----------------------------------------------------------------------------------


def test_the_pixels_of_a_polygon_are_those_whose_centre_lies_in_it(ui, scene):
    # From a little before the centres of row 10 and column 20 to just before those of row 13 and column 24.
    polygon = box(10.49, 20.49, 3, 4)
    found = ui.polygon_pixels.pixels_of(ui.image.Image([scene]), polygon)
    assert (found.pixels, found.sampled) == (12, False)
    assert found.moments.mean.tolist() == [11, 121.5]


def test_parts_and_holes_of_a_polygon_count(ui, scene):
    from qgis.core import QgsGeometry

    ring = box(0, 0, 5, 5).difference(box(1, 1, 3, 3))
    both = QgsGeometry.collectGeometry([ring, box(100, 100, 2, 2)])
    assert ui.polygon_pixels.pixels_of(ui.image.Image([scene]), both).pixels == 16 + 4


def test_outside_the_image_there_are_no_pixels(ui, scene):
    from qgis.core import QgsGeometry

    image = ui.image.Image([scene])
    assert ui.polygon_pixels.pixels_of(image, box(-50, -50, 9, 9)).pixels == 0
    assert ui.polygon_pixels.pixels_of(image, box(-2, -3, 4, 5)).pixels == 4
    assert ui.polygon_pixels.pixels_of(image, QgsGeometry()).pixels == 0


def test_a_large_polygon_is_read_in_part_and_its_pixels_are_counted_by_its_area(ui, scene):
    found = ui.polygon_pixels.pixels_of(ui.image.Image([scene]), box(20, 30, 250, 200))
    assert (found.pixels, found.sampled) == (50_000, True)
    assert 3000 < found.moments.count <= 5120
    # Chunks all over it give nearly the mean and the deviation of all.
    np.testing.assert_allclose(found.moments.mean, [144.5, 100 + 129.5], rtol=0.1)
    np.testing.assert_allclose(np.sqrt(np.diag(found.moments.covariance)), [250 / 12**0.5, 200 / 12**0.5], rtol=0.2)


def test_a_long_thin_polygon_is_read_wholly(ui, scene):
    found = ui.polygon_pixels.pixels_of(ui.image.Image([scene]), box(145, 0, 2, 300).combine(box(0, 145, 300, 2)))
    assert (found.pixels, found.sampled, found.moments.count) == (2 * 600 - 4, False, 2 * 600 - 4)


def test_moments_add_up(ui):
    values = np.random.default_rng(0).normal([[1e6], [3]], [[1], [2]], (2, 50))
    moments = ui.polygon_pixels.Moments
    both = moments.of(values[:, :13]) + moments.of(values[:, 13:13]) + moments.of(values[:, 13:])
    assert both.count == 50
    np.testing.assert_allclose(both.mean, values.mean(axis=1))
    np.testing.assert_allclose(both.covariance, np.cov(values), rtol=1e-6)


# --- classes, followed ----------------------------------------------------------------------------


def test_statistics_follow_what_is_drawn(ui, statistics, scene, polygons):
    told = []
    statistics.changed.connect(lambda: told.append(1))
    first = add(polygons, box(0, 0, 4, 4), 1)
    statistics.watch(polygons.id(), "class", [scene])
    settle(statistics)
    assert statistics.band_names == ["B2", "B3"]
    only = statistics.classes[1]
    assert (only.polygons, only.empty, only.pixels, only.read) == (1, 0, 16, 16)
    assert only.mean.tolist() == [1.5, 101.5]
    np.testing.assert_allclose(only.deviation, [(16 * 1.25 / 15) ** 0.5] * 2)
    np.testing.assert_allclose(only.covariance, [[4 / 3, 0], [0, 4 / 3]], atol=1e-12)

    other = add(polygons, box(200, 200, 3, 1), 2)
    settle(statistics)
    assert statistics.classes[2].mean.tolist() == [201, 300]
    assert statistics.classes[2].covariance is not None, "three pixels are enough for two bands"

    polygons.changeGeometry(other, box(210, 200, 1, 2))
    settle(statistics)
    assert statistics.classes[2].mean.tolist() == [210, 300.5]
    assert statistics.classes[2].covariance is None
    assert statistics.pairs[0].distance is None

    polygons.changeAttributeValue(other, 0, 1)
    settle(statistics)
    assert list(statistics.classes) == [1]
    assert statistics.classes[1].pixels == 18

    polygons.undoStack().undo()
    settle(statistics)
    assert statistics.classes[2].pixels == 2

    polygons.deleteFeature(first)
    settle(statistics)
    assert list(statistics.classes) == [2]

    assert polygons.commitChanges()
    settle(statistics)
    assert statistics.classes[2].pixels == 2, "saved features have other ids"
    assert told


def test_only_what_changed_is_read_again(ui, statistics, scene, polygons, monkeypatch):
    read = []
    really = ui.spectra.pixels_of
    monkeypatch.setattr(ui.spectra, "pixels_of", lambda image, shape: read.append(shape.area()) or really(image, shape))
    moved = [add(polygons, box(10 * i, 0, 2, i + 1), 1) for i in range(4)][2]
    statistics.watch(polygons.id(), "class", [scene])
    settle(statistics)
    assert sorted(read) == [200, 400, 600, 800]
    read.clear()
    polygons.changeGeometry(moved, box(100, 0, 7, 7))
    polygons.changeAttributeValue(moved, 0, 5)
    polygons.commitChanges()
    settle(statistics)
    assert read == [4900]
    assert statistics.classes[5].pixels == 49


def test_polygons_may_have_another_crs_and_no_class(ui, statistics, scene, project):
    from qgis.core import QgsCoordinateTransform, QgsVectorLayer

    layer = project.addMapLayer(QgsVectorLayer("MultiPolygon?crs=EPSG:4326&field=class:string", "degrees", "memory"))
    transform = QgsCoordinateTransform(scene.crs(), layer.crs(), project)
    for row, value in ((10, "wood"), (60, None)):
        shape = box(row - 0.3, 9.7, 5.6, 5.6)
        shape.transform(transform)
        shape.convertToMultiType()
        add(layer, shape, value)
    statistics.watch(layer.id(), "class", [scene])
    settle(statistics)
    assert list(statistics.classes) == ["wood"]
    assert statistics.classes["wood"].pixels == 25
    assert statistics.classes["wood"].mean.tolist() == [12, 112]


def test_what_is_missing_is_said(ui, statistics, scene, polygons, project):
    panel = ui.spectra_panel.SpectraPanel(statistics)

    def said():
        settle(statistics)
        return statistics.problem or panel.message.text()

    statistics.watch(None, "", [])
    assert said() == "Choose an image to see the spectra of the classes."
    statistics.watch(None, "", [scene])
    assert said() == "Choose a layer of polygons to see the spectra of their classes."
    statistics.watch(polygons.id(), "kind", [scene])
    assert said() == "The polygons have no field kind."
    statistics.watch(polygons.id(), "class", [scene])
    assert said() == "Draw polygons to see the spectra of their classes."
    outside = add(polygons, box(-90, 0, 5, 5), 1)
    assert said() == "No polygon has pixels of the image inside."
    polygons.changeGeometry(outside, box(0, 0, 5, 5))
    assert said() == "Draw polygons of a second class to see how well the two can be told apart."
    add(polygons, box(-90, 0, 5, 5), 1)
    assert said().endswith("Polygons without a pixel of the image: 1.")
    polygons.rollBack()
    assert said() == "Draw polygons to see the spectra of their classes."
    project.removeMapLayer(polygons.id())
    assert said() == "Choose a layer of polygons to see the spectra of their classes."
    project.removeMapLayer(scene.id())
    assert said() == "Choose an image to see the spectra of the classes."


def test_a_project_may_be_closed_while_polygons_are_read(ui, statistics, scene, polygons, project):
    from qgis.core import QgsApplication

    for i in range(400):
        add(polygons, box(i % 250, i % 200, 20, 20), i % 7)
    statistics.watch(polygons.id(), "class", [scene])
    until(lambda: QgsApplication.taskManager().countActiveTasks())
    project.clear()
    settle(statistics)
    assert statistics.classes == {}


# --- told apart -----------------------------------------------------------------------------------


def test_one_band_is_as_far_apart_as_by_hand(ui):
    # Means 0 and 2, variances 1 and 3: B = 4 / (8 * 2) + ln(2 / sqrt(3)) / 2.
    b = 4 / 16 + math.log(2 / math.sqrt(3)) / 2
    found = ui.separability.jeffries_matusita(np.array([0.0]), np.eye(1), np.array([2.0]), 3 * np.eye(1))
    assert found == pytest.approx(2 * (1 - math.exp(-b)), rel=1e-5)


def test_two_bands_are_as_far_apart_as_by_hand(ui):
    # Covariances [[2, 1], [1, 2]] and the unit's; S = [[1.5, 0.5], [0.5, 1.5]] with determinant 2, inverse
    # [[0.75, -0.25], [-0.25, 0.75]]. Difference (1, 3): d'S^-1d = 0.75 - 2 * 0.75 + 6.75 = 6; determinants 3 and 1.
    b = 6 / 8 + math.log(2 / math.sqrt(3)) / 2
    one, other = np.array([[2.0, 1], [1, 2]]), np.eye(2)
    found = ui.separability.jeffries_matusita(np.array([1.0, 3]), one, np.zeros(2), other)
    assert found == pytest.approx(2 * (1 - math.exp(-b)), rel=1e-5)


def test_the_same_class_is_zero_apart_and_a_far_one_two(ui):
    mean, spread = np.array([5.0, 7, 0]), np.diag([1.0, 2, 0])
    assert ui.separability.jeffries_matusita(mean, spread, mean, spread) == 0
    assert ui.separability.jeffries_matusita(mean, spread, mean + 100, spread) == pytest.approx(2)
    constant = np.zeros((3, 3))
    assert ui.separability.jeffries_matusita(mean, constant, mean, constant) == 0
    assert ui.separability.jeffries_matusita(mean, constant, mean + 1, constant) == pytest.approx(2)


def test_pairs_come_worst_first_in_words(ui, statistics, scene, polygons):
    panel = ui.spectra_panel.SpectraPanel(statistics)
    panel.set_style(lambda value: ({1: "Wood", 2: "Bog", 3: "Lake", 4: "Ice", 5: "Town"}[value], "#0072b2"))
    for shape, value in (
        *((box(0, 0, 20, 20), 1), (box(4, 2, 20, 20), 2)),
        *((box(12, 20, 20, 20), 3), (box(250, 250, 1, 2), 4)),
        (box(150, 150, 20, 20), 5),
    ):
        add(polygons, shape, value)
    statistics.watch(polygons.id(), "class", [scene])
    settle(statistics)
    rows = [[panel.table.item(row, column).text() for column in range(3)] for row in range(panel.table.rowCount())]
    assert rows[0][0] == "Wood – Bog"
    assert [row[2] for row in rows[:6]] == ["poor", "moderate", "moderate", "good", "good", "good"]
    assert [row[1:] for row in rows[6:]] == [["–", "too few pixels"]] * 4
    numbers = [float(row[1]) for row in rows[:6]]
    assert numbers == sorted(numbers)
    # Squares of equal size: variances alike, so that B is an eighth of the squared shift in deviations (4 and 2 rows).
    variance = np.arange(20).repeat(20).var(ddof=1)
    assert numbers[0] == pytest.approx(2 * (1 - math.exp(-(4**2 + 2**2) / variance / 8)), abs=0.005)
    assert [curve.name for curve in panel.plot.curves] == ["Wood", "Bog", "Lake", "Ice", "Town"]
    assert panel.plot.curves[0].y == [9.5, 109.5]
    assert panel.plot.curves[0].low[0] == pytest.approx(9.5 - np.arange(20).repeat(20).std(ddof=1))


# --- wavelengths ----------------------------------------------------------------------------------


def test_wavelengths_are_known_where_the_file_tells_them_for_all_bands(ui, tmp_path):
    from osgeo import gdal

    path = str(tmp_path / "cube.tif")
    file = gdal.GetDriverByName("GTiff").Create(path, 2, 2, 2)
    file.GetRasterBand(1).SetMetadata({"wavelength": "0.49", "wavelength_units": "Micrometers"})
    file.GetRasterBand(2).SetMetadata({"wavelength": "842", "wavelength_units": "Nanometers"})
    del file
    sources = [("gdal", path, 1), ("gdal", path, 2)]
    assert ui.wavelengths.wavelengths_of(sources) == [490, 842]
    file = gdal.Open(path, gdal.GA_Update)
    file.GetRasterBand(2).SetMetadata({})
    del file
    assert ui.wavelengths.wavelengths_of(sources) is None
    assert ui.wavelengths.wavelengths_of([("postgresraster", "", 1)]) is None
