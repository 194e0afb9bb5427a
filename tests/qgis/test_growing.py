"""Pixels of layers, and regions that grow in them."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def ui(plugin):
    """The plugin's modules that need QGIS; the plugin must be loaded first."""
    from landloom.ui.digitizing import growing
    from landloom.ui.imagery import grids, image, pixels

    class Modules:
        pass

    Modules.grids, Modules.image, Modules.pixels = grids, image, pixels
    Modules.growing = growing
    return Modules


def grow(ui, values, valid, seed, tolerance, most_pixels):
    """The pixels of a region: bool (h, w)."""
    distance = ui.growing.spectral_distance(values, valid, seed)
    return ui.growing.Growth(distance, seed, most_pixels).region(tolerance)


@pytest.fixture
def raster(tmp_path):
    """Writes a GeoTIFF (bands, h, w) and opens it as a layer."""
    from osgeo import gdal, osr
    from qgis.core import QgsRasterLayer

    def write(
        values, name="räster 1.tif", geotransform=(500000, 10, 0, 5400000, 0, -10), epsg=32633, nodata=None, options=()
    ):
        kinds = {"uint8": 1, "uint16": 2, "int16": 3, "float32": 6, "float64": 7}
        bands, height, width = values.shape
        path = str(tmp_path / name)
        file = gdal.GetDriverByName("GTiff").Create(
            path, width, height, bands, kinds[values.dtype.name], ["INTERLEAVE=PIXEL", *options]
        )
        file.SetGeoTransform(geotransform)
        if epsg:
            crs = osr.SpatialReference()
            crs.ImportFromEPSG(epsg)
            file.SetProjection(crs.ExportToWkt())
        for number, band in enumerate(values, 1):
            file.GetRasterBand(number).WriteArray(band)
            if nodata is not None:
                file.GetRasterBand(number).SetNoDataValue(nodata)
        del file
        layer = QgsRasterLayer(path, name)
        assert layer.isValid()
        return layer

    return write


def slowly_grown(distance, seed, tolerance, most):
    """The region as its definition says it: again and again the most similar neighbour of what there is."""
    region = {seed}
    while len(region) < most:
        around = {(r + a, c + b) for r, c in region for a, b in ((0, 1), (1, 0), (0, -1), (-1, 0))} - region
        around = [p for p in around if 0 <= p[0] < distance.shape[0] and 0 <= p[1] < distance.shape[1]]
        best = min(around, key=lambda p: distance[p], default=None)
        if best is None or distance[best] > tolerance:
            break
        region.add(best)
    mask = np.zeros(distance.shape, dtype=bool)
    mask[tuple(zip(*region))] = True
    return mask


# --- growing --------------------------------------------------------------------------------------


def test_a_region_is_what_is_similar_and_connected_by_edges(ui):
    values = np.array(
        [
            [1, 1, 9, 1],
            [1, 9, 9, 1],
            [9, 1, 1, 9],
        ],
        dtype=float,
    )
    found = grow(ui, values[None], np.ones((3, 4), bool), (0, 0), 0.9, 100)
    # The mean around the seed is 3, the deviation of the window 4: the ones lie 0.5 away, the nines 1.5.
    assert found.tolist() == [[True, True, False, False], [True, False, False, False], [False] * 4]


@pytest.mark.parametrize("most", [1, 7, 40, 10_000])
@pytest.mark.parametrize("tolerance", [0.0, 0.4, 0.8, 9.0])
def test_growth_takes_the_most_similar_neighbour_first(ui, most, tolerance):
    distance = np.random.default_rng(most).random((17, 13))
    distance[8, 6] = 0
    grown = ui.growing.Growth(distance, (8, 6), most)
    assert (grown.region(tolerance) == slowly_grown(distance, (8, 6), tolerance, most)).all()
    assert grown.count(tolerance) == grown.region(tolerance).sum() <= most
    larger = slowly_grown(distance, (8, 6), tolerance, 17 * 13).sum() > most
    assert grown.is_cut(tolerance) == larger


def test_equal_pixels_give_a_compact_region(ui):
    rows, columns = np.nonzero(ui.growing.Growth(np.zeros((399, 399)), (200, 200), 1000).region(1))
    assert max(np.ptp(rows), np.ptp(columns)) < 2 * 1000**0.5


def test_the_tolerance_means_the_same_whatever_the_units(ui):
    reflectance = np.random.default_rng(1).normal(0.2, 0.01, (4, 40, 40))
    reflectance[:, 10:30, 15:30] += 0.05
    valid = np.ones((40, 40), bool)
    numbers = reflectance * 10_000 * np.array([1, 3, 0.1, 7])[:, None, None] + 17
    one, other = (grow(ui, v, valid, (20, 20), 0.9, 900) for v in (reflectance, numbers))
    assert one[10:30, 15:30].mean() > 0.9
    assert one.sum() == one[10:30, 15:30].sum()
    assert (one == other).all()
    assert (grow(ui, np.repeat(reflectance, 3, axis=0), valid, (20, 20), 0.9, 900) == one).all()


def test_one_band_lies_as_many_deviations_away_as_by_hand(ui):
    values = np.array([[[0.0, 0, 0, 2, 4]]])
    distance = ui.growing.spectral_distance(values, np.ones((1, 5), bool), (0, 0))
    deviation = (((0 - 1.2) ** 2 * 3 + (2 - 1.2) ** 2 + (4 - 1.2) ** 2) / 5) ** 0.5
    np.testing.assert_allclose(distance, [[0, 0, 0, 2 / deviation, 4 / deviation]])


def test_growth_stops_at_pixels_without_data(ui):
    valid = np.ones((5, 5), bool)
    valid[:, 2] = False
    values = np.zeros((2, 5, 5))
    values[:, :, 2] = np.nan
    grown = grow(ui, values, valid, (2, 0), 5, 100)
    assert grown[:, :2].all()
    assert not grown[:, 2:].any()
    assert not grow(ui, values, valid, (2, 2), 5, 100).any()


# --- outlines -------------------------------------------------------------------------------------


def test_an_outline_keeps_a_pond_and_fills_an_odd_pixel(ui, raster):
    mask = np.zeros((20, 20), bool)
    mask[2:18, 3:17] = True
    mask[5, 5] = False
    mask[8:11, 8:11] = False
    layer = raster(np.zeros((1, 20, 20), dtype="uint8"))
    grid = ui.pixels.grid_of(layer.dataProvider())
    polygon = ui.growing.outline(mask, grid, ui.grids.Window(0, 0, 20, 20))
    assert polygon.area() == (16 * 14 - 9) * 100
    box = polygon.boundingBox()
    assert (box.xMinimum(), box.yMaximum()) == (500030, 5400000 - 20)
    assert len(polygon.asPolygon()) == 2, "the outline and the pond's"


def test_an_outline_is_valid_however_the_region_looks(ui):
    from qgis.core import QgsCoordinateReferenceSystem, QgsRectangle

    grid = ui.grids.Grid(QgsRectangle(0, 0, 30, 30), 30, 30, QgsCoordinateReferenceSystem())
    window = ui.grids.Window(0, 0, 30, 30)
    for seed in range(20):
        noise = np.random.default_rng(seed).random((30, 30))
        noise[15, 15] = 0
        region = ui.growing.Growth(noise, (15, 15), 500).region(0.7)
        polygon = ui.growing.made_valid(ui.growing.outline(region, grid, window))
        assert polygon.isGeosValid()
        assert region.sum() <= polygon.area()
        inside = [polygon.contains(ui_point(c + 0.5, 29.5 - r)) for r, c in np.argwhere(region)]
        assert all(inside)
    assert ui.growing.outline(np.zeros((3, 3), bool), grid, window).isEmpty()


def ui_point(x, y):
    from qgis.core import QgsPointXY

    return QgsPointXY(x, y)


# --- pixels ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("geotransform", "epsg"),
    [((500003.3, 9.7, 0, 5400001.9, 0, -9.7), 32633), ((14.123456, 0.0000897, 0, 48.7654321, 0, -0.0000897), 4326)],
)
def test_a_window_has_the_pixels_of_the_file(ui, raster, geotransform, epsg):
    values = np.random.default_rng(0).integers(1, 60000, (3, 70, 90)).astype("uint16")
    layer = raster(values, geotransform=geotransform, epsg=epsg)
    for window in (ui.grids.Window(0, 0, 70, 90), ui.grids.Window(13, 31, 40, 23), ui.grids.Window(69, 89, 1, 1)):
        read, valid = ui.pixels.read(layer.dataProvider(), [3, 1], window)
        rows, columns = (
            slice(window.row, window.row + window.height),
            slice(window.column, window.column + window.width),
        )
        assert (read == values[[2, 0], rows, columns]).all()
        assert valid.all()


def test_nodata_nan_and_what_the_user_declares_are_not_valid(ui, raster):
    from qgis.core import QgsRasterRange

    values = np.arange(24, dtype="float32").reshape(2, 3, 4)
    values[0, 0, 0] = np.nan
    layer = raster(values, nodata=5.0)
    provider = layer.dataProvider()
    provider.setUserNoDataValue(2, [QgsRasterRange(20, 21.5)])
    _, valid = ui.pixels.read(provider, [1, 2], ui.grids.Window(0, 0, 3, 4))
    assert np.argwhere(~valid.ravel()).ravel().tolist() == [0, 5, 8, 9]
    without = raster(values, "zwei.tif")
    undeclared = without.dataProvider()
    undeclared.setUserNoDataValue(1, [QgsRasterRange(2, 3)])
    _, valid = ui.pixels.read(undeclared, [1, 2], ui.grids.Window(0, 0, 3, 4))
    assert np.argwhere(~valid.ravel()).ravel().tolist() == [0, 2, 3]


def test_an_alpha_band_is_no_band_but_says_what_is_valid(ui, raster):
    values = np.full((4, 3, 4), 200, dtype="uint8")
    values[3, 1, 2] = 0
    layer = raster(values, options=["PHOTOMETRIC=RGB", "ALPHA=YES"])
    image = ui.image.Image([layer])
    read, valid = image.read(ui.grids.Window(0, 0, 3, 4))
    assert read.shape == (3, 3, 4)
    assert np.argwhere(~valid).tolist() == [[1, 2]]


def test_rasters_are_read_at_the_places_of_the_first(ui, raster):
    from qgis.core import QgsCoordinateTransform, QgsProject

    first = raster(np.zeros((1, 30, 30), dtype="uint8"))
    # Every pixel of the second says its row and column; it lies in degrees and covers only a part.
    rows, columns = np.mgrid[:400, :300].astype("float32")
    second = raster(np.stack([rows, columns]), "zwei.tif", (15.0001, 0.00001, 0, 48.7532, 0, -0.00001), 4326, nodata=-1)
    image = ui.image.Image([first, second])
    window = ui.grids.Window(4, 0, 20, 30)
    values, valid = image.read(window)
    assert values.shape == (3, 20, 30)
    transform = QgsCoordinateTransform(first.crs(), second.crs(), QgsProject.instance())
    seen = 0
    for row in range(20):
        for column in range(30):
            point = transform.transform(ui_point(500005 + 10 * column, 5400000 - 45 - 10 * row))
            at = (48.7532 - point.y()) / 0.00001, (point.x() - 15.0001) / 0.00001
            inside = 0 <= at[0] < 400 and 0 <= at[1] < 300
            assert valid[row, column] == inside
            if inside:
                seen += 1
                assert np.abs(values[1:, row, column] - np.floor(at)).max() <= 1
    assert 0 < seen < 600


def test_a_rotated_raster_is_read_where_qgis_shows_it(ui, raster):
    values = np.zeros((1, 60, 60), dtype="uint8")
    values[0, 20:40, 20:40] = 100
    turned = raster(values, geotransform=(500000, 8, 6, 5400000, 6, -8))
    image = ui.image.Image([turned])
    # The middle of the square, by the raster's own six numbers.
    middle = ui_point(500000 + 30 * 8 + 30 * 6, 5400000 + 30 * 6 - 30 * 8)
    seed = image.pixel_at(middle)
    window = ui.grids.Window(0, 0, image.grid.rows, image.grid.columns)
    read, valid = image.read(window)
    region = grow(ui, read, valid, seed, 0.5, 10_000)
    polygon = ui.growing.outline(region, image.grid, window)
    assert polygon.area() == pytest.approx(20 * 20 * 100, rel=0.05)
    assert polygon.centroid().asPoint().distance(middle) < 10


def test_an_image_of_nothing_or_of_pictures_says_so(ui):
    from qgis.core import QgsRasterLayer

    with pytest.raises(ValueError, match="no image"):
        ui.image.Image([])
    web = QgsRasterLayer("type=xyz&url=file:///nowhere/%7Bz%7D/%7Bx%7D/%7By%7D.png", "a web map", "wms")
    with pytest.raises(ValueError, match="a web map"):
        ui.image.Image([web])


def test_a_window_of_a_huge_raster_reads_little_of_it(ui, tmp_path):
    from osgeo import gdal
    from qgis.core import QgsRasterLayer

    path = str(tmp_path / "huge.tif")
    options = ["TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256", "SPARSE_OK=TRUE", "INTERLEAVE=PIXEL"]
    file = gdal.GetDriverByName("GTiff").Create(path, 10_000, 10_000, 4, gdal.GDT_UInt16, options)
    file.SetGeoTransform((0, 10, 0, 0, 0, -10))
    patch = np.random.default_rng(0).integers(1, 1000, (1536, 1536)).astype("uint16")
    for band in range(1, 5):
        file.GetRasterBand(band).WriteArray(patch, 5120, 5120)
    del file
    image = ui.image.Image([QgsRasterLayer(path, "huge")])
    before = bytes_read()
    values, _ = image.read(image.grid.window(5632, 5632, 5632 + 256, 5632 + 256))
    assert (values[2] == patch[512:768, 512:768]).all()
    # The tiles of 0.5 MB that the window touches, and the file's index; of 800 MB.
    assert bytes_read() - before < 3e6


def bytes_read():
    from pathlib import Path

    text = Path("/proc/self/io").read_text()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("rchar")))
