"""Ground areas and footprints, against geodesic polygons on the ellipsoid."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from affine import Affine
from conftest import write_raster
from rasterio.crs import CRS
from rasterio.windows import Window

from landloom import areas, classes, rasters
from landloom.grids import Grid

TABLE = classes.parse("1:Field;2:Forest;5:Water")
FEET = 0.3048


def geodesic_hectares(crs, transform, height, width, points=200):
    """The area of a raster's outline on the ellipsoid (Karney 2013), edges cut into short geodesics."""
    t = np.linspace(0, 1, points, endpoint=False)
    col = np.concatenate([t, np.ones(points), 1 - t, np.zeros(points)]) * width
    row = np.concatenate([np.zeros(points), t, np.ones(points), 1 - t]) * height
    x, y = transform @ (col, row)
    crs = pyproj.CRS(crs)
    to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    unit = 1.0 if not crs.is_geographic else np.degrees(crs.axis_info[0].unit_conversion_factor)
    longitude, latitude = (x * unit, y * unit) if crs.is_geographic else to_degrees.transform(x, y)
    return abs(crs.get_geod().polygon_area_perimeter(longitude, latitude)[0]) / 1e4


def hectares(crs, transform, height, width):
    grid = Grid(height, width, transform, CRS.from_user_input(crs))
    return areas.hectares_by_row(grid, Window(0, 0, width, height)).sum() * width


@pytest.mark.parametrize(
    ("crs", "transform"),
    [
        pytest.param("EPSG:32633", Affine(10, 0, 500_000, 0, -10, 5_400_000), id="metres"),
        pytest.param("EPSG:32633", Affine(8, 6, 500_000, 6, -8, 5_400_000), id="turned"),
        pytest.param("EPSG:2263", Affine(30, 0, 980_000, 0, -30, 200_000), id="US survey feet"),
        pytest.param("EPSG:2222", Affine(30, 0, 700_000, 0, -30, 1_000_000), id="feet"),
        pytest.param("EPSG:2048", Affine(10, 0, 50_000, 0, -10, -3_700_000), id="axes west and south"),
        pytest.param("EPSG:5514", Affine(10, 0, -700_000, 0, -10, -1_050_000), id="oblique"),
        pytest.param("EPSG:25832+5783", Affine(10, 0, 500_000, 0, -10, 5_400_000), id="with heights"),
        pytest.param("EPSG:3857", Affine(4.77, 0, -6_700_000, 0, -4.77, -400_000), id="web mercator, tropics"),
        pytest.param("EPSG:3857", Affine(10, 0, 1_000_000, 0, -10, 9_000_000), id="web mercator, north"),
        pytest.param("ESRI:54009", Affine(500, 0, 1_000_000, 0, -500, 300_000), id="equal areas on a sphere"),
        pytest.param("EPSG:4326", Affine(0.0001, 0, 15, 0, -0.0001, 48), id="degrees"),
        pytest.param("EPSG:4326", Affine(0.0001, 0, 179.9968, 0, -0.0001, -17), id="degrees across 180"),
        pytest.param("EPSG:4807", Affine(0.0001, 0, 2, 0, -0.0001, 52), id="grads"),
    ],
)
def test_pixels_have_their_area_on_the_ellipsoid(crs, transform):
    assert hectares(crs, transform, 64, 64) == pytest.approx(geodesic_hectares(crs, transform, 64, 64), rel=1e-6)


@pytest.mark.parametrize(
    ("crs", "transform", "height", "width"),
    [
        ("EPSG:32633", Affine(30, 0, 200_000, 0, -30, 5_400_000), 512, 2048),
        ("EPSG:3034", Affine(1000, 0, 2_500_000, 0, -1000, 4_000_000), 512, 2048),
        ("EPSG:3995", Affine(1000, 0, -256_000, 0, -1000, 256_000), 512, 512),
        ("EPSG:3995", Affine(1000, 0, -500, 0, -1000, 500), 8, 8),  # the pole in the middle of a pixel
        ("EPSG:4326", Affine(0.1, 0, 15, 0, -0.1, 80), 100, 100),
    ],
)
def test_the_scale_may_change_within_a_window(crs, transform, height, width):
    expected = geodesic_hectares(crs, transform, height, width, points=2000)
    assert hectares(crs, transform, height, width) == pytest.approx(expected, rel=5e-5)


def test_web_mercator_is_not_taken_at_face_value():
    """At 60° the plane shows areas four times as large."""
    y = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform(0, 60)[1]
    found = hectares("EPSG:3857", Affine(100, 0, 0, 0, -100, y), 1, 1)
    assert found == pytest.approx(0.25, rel=0.01)


def test_a_plane_of_its_own_counts_in_its_unit():
    crs = CRS.from_wkt('LOCAL_CS["site",UNIT["foot",0.3048]]')
    assert hectares(crs, Affine(10, 0, 0, 0, -10, 0), 3, 2) == pytest.approx(6 * (10 * FEET) ** 2 / 1e4)


def test_without_a_crs_there_are_no_hectares(tmp_path):
    values = np.array([[[1, 2, 2]]], np.uint8)
    sizes = areas.class_areas(rasters.open_stack([write_raster(tmp_path / "map.tif", values, 0, crs=None)]), TABLE)
    assert sizes.hectares is None
    assert sizes.measured[0].tolist() == [1, 2, 0]
    assert sizes.measured[1] == "pixels"


def test_beyond_the_earths_edge_there_is_no_area():
    grid = Grid(100, 100, Affine(360_000, 0, -18_000_000, 0, -180_000, 9_000_000), CRS.from_user_input("ESRI:54009"))
    found = areas.hectares_by_row(grid, Window(0, 0, 10, 100))
    assert found[0] == 0 and found[-1] == 0, "the corners of a map of the world"
    assert np.isfinite(found).all() and found[50] > 0


def test_classes_are_added_up_over_windows(tmp_path, monkeypatch):
    values = np.random.default_rng(0).choice(np.array([0, 1, 2, 5, 9], np.uint8), (1, 1100, 700))
    transform = Affine(0.001, 0, 15, 0, -0.001, 48)
    path = write_raster(tmp_path / "map.tif", values, 0, "EPSG:4326", transform)
    monkeypatch.setattr(areas, "WINDOW_PIXELS", 1)  # 512 × 512 is the least
    sizes = areas.class_areas(rasters.open_stack([path]), TABLE)
    assert sizes.pixels.tolist() == [np.count_nonzero(values == i) for i in (1, 2, 5)]
    # A strip of a row at a time; 9 is no class.
    strip = np.array(
        [geodesic_hectares("EPSG:4326", transform @ Affine.translation(0, r), 1, 1, 4) for r in range(1100)]
    )
    expected = [(strip * np.count_nonzero(values[0] == i, axis=1)).sum() for i in (1, 2, 5)]
    assert sizes.hectares == pytest.approx(expected, rel=1e-6)


def test_in_an_area_only_pixels_whose_centre_lies_in_it_count(tmp_path):
    path = write_raster(tmp_path / "map.tif", np.full((1, 4, 4), 2, np.uint8), 0)
    left_half = shapely.box(500_000, 5_399_000, 500_019, 5_400_000)
    sizes = areas.class_areas(rasters.open_stack([path]), TABLE, left_half)
    assert sizes.pixels.tolist() == [0, 8, 0]
    elsewhere = shapely.box(0, 0, 1, 1)
    assert areas.class_areas(rasters.open_stack([path]), TABLE, elsewhere).pixels.sum() == 0


# --- footprints -------------------------------------------------------------------------------


def grid_of(crs, transform, size=100):
    return Grid(size, size, transform, CRS.from_user_input(crs))


def test_a_footprint_follows_the_bent_edges():
    transform = Affine(2_000, 0, 300_000, 0, -2_000, 7_000_000)
    found = areas.footprint(grid_of("EPSG:32633", transform))
    to_degrees = pyproj.Transformer.from_crs("EPSG:32633", "EPSG:4326", always_xy=True)
    col = np.linspace(0, 100, 57)
    for row in (0, 100):
        edge = shapely.points(np.transpose(to_degrees.transform(*(transform @ (col, np.full(57, row))))))
        assert shapely.distance(edge, found.boundary).max() < 2e-3, "a tenth of a pixel in degrees"
    assert found.geom_type == "Polygon" and found.is_valid


@pytest.mark.parametrize(
    ("crs", "transform"),
    [
        pytest.param("EPSG:32660", Affine(1_000, 0, 620_000, 0, -1_000, 7_000_000), id="UTM zone 60, to the east"),
        pytest.param("EPSG:32601", Affine(1_000, 0, 280_000, 0, -1_000, 7_000_000), id="UTM zone 1, to the west"),
        pytest.param("EPSG:3832", Affine(10_000, 0, 2_800_000, 0, -10_000, 0), id="Pacific"),
        pytest.param("EPSG:4326", Affine(0.1, 0, 175, 0, -0.1, -10), id="degrees beyond 180"),
    ],
)
def test_a_footprint_across_180_degrees_is_cut_there(crs, transform):
    found = areas.footprint(grid_of(crs, transform))
    west, _, east, _ = found.bounds
    assert (west, east) == (-180, 180)
    assert found.geom_type == "MultiPolygon" and len(found.geoms) == 2 and found.is_valid
    assert sum(g.bounds[2] - g.bounds[0] for g in found.geoms) < 15, "no belt around the earth"
    geod = pyproj.Geod(ellps="WGS84")
    covered = sum(abs(geod.geometry_area_perimeter(shapely.segmentize(g, 0.05))[0]) for g in found.geoms) / 1e4
    assert covered == pytest.approx(geodesic_hectares(crs, transform, 100, 100), rel=1e-3)


def test_a_footprint_around_a_pole_reaches_it():
    found = areas.footprint(grid_of("EPSG:3995", Affine(10_000, 0, -500_000, 0, -10_000, 500_000)))
    assert found.is_valid and found.bounds[3] == 90 and found.bounds[0] == -180 and found.bounds[2] == 180
    assert found.contains(shapely.Point(37, 89.9)) and not found.contains(shapely.Point(37, 80))


def test_the_footprint_of_the_world_is_the_world():
    world = areas.footprint(grid_of("EPSG:4326", Affine(3.6, 0, -180, 0, -1.8, 90)))
    assert world.bounds == (-180, -90, 180, 90) and world.area == pytest.approx(360 * 180)
    edge = 20_037_508.342789244
    mercator = areas.footprint(grid_of("EPSG:3857", Affine(edge / 50, 0, -edge, 0, -edge / 50, edge)))
    assert mercator.area == pytest.approx(360 * 2 * 85.0511287798066)


def test_no_footprint_where_the_place_is_not_known():
    somewhere = Affine(10, 0, 0, 0, -10, 0)
    assert areas.footprint(Grid(2, 2, somewhere, None)) is None
    assert areas.footprint(grid_of(CRS.from_wkt('LOCAL_CS["site",UNIT["metre",1]]'), somewhere)) is None
    full_disk = Affine(110_000, 0, -5_500_000, 0, -110_000, 5_500_000)
    assert areas.footprint(grid_of("+proj=geos +h=35785831 +ellps=WGS84", full_disk)) is None
