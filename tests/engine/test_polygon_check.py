"""What is wrong with training polygons: every kind of problem on hand-made layers, and nothing on a clean one."""

import time
from collections import Counter
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from conftest import class_image, squares, write_raster
from rasterio.crs import CRS

from landloom import polygon_check, vectors
from landloom.errors import InputError, ParameterError
from landloom.grids import Grid

WEST, NORTH = 500_000, 5_400_000


def pixels(col, row, width, height):
    """A rectangle of pixels of 10 m."""
    left, top = WEST + 10 * col, NORTH - 10 * row
    return shapely.box(left, top - 10 * height, left + 10 * width, top)


@pytest.fixture
def image(tmp_path):
    return write_raster(tmp_path / "image.tif", np.ones((1, 100, 100), np.uint8))


@pytest.fixture
def check(tmp_path, run, image):
    """Check features given as (class, geometry); gives the stage's outputs and its layer of problems by kind."""

    def checker(features, crs="EPSG:32633", with_image=True, names=None, **values):
        data = {"class": [f[0] for f in features]} | ({"name": names} if names else {})
        table = gpd.GeoDataFrame(data, geometry=[f[1] for f in features], crs=crs)
        table.to_file(tmp_path / "polygons.gpkg")
        if with_image:
            values["images"] = image
        done = run(
            "check_training_polygons", polygons=tmp_path / "polygons.gpkg", class_field="class",
            name_field="name" if names else None, problems=tmp_path / "problems.gpkg",
            report=tmp_path / "report.html", **values,
        )  # fmt: skip
        done.layer = gpd.read_file(done.problems)
        done.found = Counter(done.layer["problem"])
        return done

    return checker


def clean(classes=("a", "b"), each=5):
    """Polygons of 4 × 4 pixels without any problem."""
    places = [(10 * (i % 9), 10 * (i // 9)) for i in range(len(classes) * each)]
    return [(classes[i // each], pixels(col, row, 4, 4)) for i, (col, row) in enumerate(places)]


def test_a_clean_layer_has_no_problems(check):
    done = check(clean())
    assert done.layer.empty
    assert (done.polygon_count, done.error_count, done.warning_count) == (10, 0, 0)
    assert "Nothing was found" in Path(done.report).read_text(encoding="utf-8")
    assert done.warnings == []


BOW = shapely.Polygon([(WEST + 500, NORTH - 500), (WEST + 560, NORTH - 560), (WEST + 560, NORTH - 500),
                       (WEST + 500, NORTH - 560)])  # fmt: skip


@pytest.mark.parametrize(("kind", "features", "ids"), [
    ("no geometry", [("a", None), ("b", shapely.Polygon())], [11, 12]),
    ("no class", [(None, pixels(50, 50, 4, 4)), ("  ", pixels(60, 50, 4, 4))], [11, 12]),
    ("invalid geometry", [("a", BOW)], [11]),
    ("overlap of classes", [("a", pixels(50, 50, 4, 4)), ("b", pixels(52, 50, 4, 4))], [11]),
    ("outside the image", [("a", pixels(150, 50, 4, 4))], [11]),
    ("partly outside the image", [("a", pixels(97, 50, 6, 4))], [11]),
    ("no pixel inside", [("a", pixels(50.6, 50.6, 0.8, 0.8))], [11]),
    ("too small", [("a", pixels(50, 50, 4, 2))], [11]),
    ("duplicate", [("a", pixels(0, 0, 4, 4))], [11]),
    ("class spelt otherwise", [("A", pixels(50, 50, 4, 4)), ("B ", pixels(60, 50, 4, 4))], [11, 12]),
    ("only polygon of its class", [("c", pixels(50, 50, 4, 4))], [11]),
    ("few polygons of its class", [("c", pixels(50, 50, 4, 4)), ("c", pixels(60, 50, 4, 4))], [11]),
])  # fmt: skip
def test_each_kind_of_problem_is_found_in_its_polygon(check, kind, features, ids):
    done = check(clean() + features)
    layer = done.layer[done.layer["problem"] == kind]
    assert layer["polygon_id"].tolist() == ids
    level, remedy = polygon_check.PROBLEMS[kind]
    assert set(layer["severity"]) == {level}
    assert set(layer["remedy"]) == {remedy}
    assert done.error_count + done.warning_count == len(done.layer)
    if kind not in ("class spelt otherwise",):  # two polygons of two spellings are rare classes too
        assert set(done.found) == {kind}
    if kind != "no geometry":
        for found, polygon_id in zip(layer.geometry, ids, strict=True):
            assert found.intersects(features[polygon_id - 11][1].buffer(0))
    text = Path(done.report).read_text(encoding="utf-8")
    assert kind in text
    assert remedy in text


def test_an_overlap_is_shown_where_it_is(check):
    done = check([*clean(), ("a", pixels(50, 50, 4, 4)), ("b", pixels(52, 50, 4, 4))])
    (shape,) = done.layer.geometry
    assert shape.equals(pixels(52, 50, 2, 4))
    assert done.layer["detail"].tolist() == ["a with b of polygon 12"]


def test_neighbours_that_share_an_edge_or_overlap_by_a_rounding_error_do_not_overlap(check):
    beside = shapely.box(WEST + 540 - 1e-7, NORTH - 540, WEST + 580, NORTH - 500)
    assert check([*clean(), ("a", pixels(50, 50, 4, 4)), ("b", beside)]).layer.empty


def test_overlaps_of_one_class_however_it_is_written_are_no_problem(check):
    assert check([*clean(), ("a", pixels(50, 50, 4, 4)), (" a ", pixels(52, 50, 4, 4))]).layer.empty


@pytest.mark.parametrize("impossible", [-1, 65535, 1.5, np.inf])
def test_ids_that_no_map_can_hold_are_errors(check, impossible):
    done = check([*clean((1, 2)), (impossible, pixels(50, 50, 4, 4))])
    assert done.found["impossible class id"] == 1
    assert any("impossible class id: 1" in event.get("text", "") for event in done.events)
    assert set(done.layer.loc[done.layer["problem"] == "impossible class id", "detail"]) == {str(impossible)}


def test_ids_are_told_as_whole_numbers_though_missing_ones_make_the_field_one_of_floats(check):
    done = check([*clean((1, 2)), (3, pixels(50, 50, 4, 4)), (None, pixels(60, 50, 4, 4))])
    assert "class 3: 1 of 5" in done.layer["detail"].tolist()


def test_polygons_whose_name_disagrees_with_their_id_are_errors(check):
    features = clean((1, 2))
    names = ["forest"] * 4 + ["water"] + ["water"] * 4 + [None]
    done = check(features, names=names)
    assert done.layer["detail"].tolist() == ["id 1 is forest elsewhere, water here"]
    assert done.layer["polygon_id"].tolist() == [5]


def test_one_class_alone_and_a_missing_crs_are_problems_of_the_layer(check):
    done = check(clean(("a",)), crs=None)
    assert done.found == {"one class only": 1, "no coordinate reference system": 1}
    assert done.layer["polygon_id"].isna().all()
    assert done.layer.geometry.isna().all()


def test_without_an_image_size_and_place_are_not_checked(check):
    done = check([*clean(), ("a", pixels(500, 500, 1, 1))], with_image=False)
    assert done.layer.empty
    assert any("No image was given" in e.get("text", "") for e in done.events)


def test_polygons_in_another_crs_are_checked_against_the_image_and_shown_where_they_were_drawn(check):
    features = clean()
    degrees = gpd.GeoSeries([g for _, g in features] + [pixels(150, 50, 4, 4)], crs=32633).to_crs(4326)
    done = check([*zip([c for c, _ in features] + ["a"], degrees, strict=True)], crs="EPSG:4326")
    assert done.found == {"outside the image": 1}
    assert done.layer.crs.to_epsg() == 4326
    assert done.layer.geometry[0].equals_exact(shapely.MultiPolygon([degrees.iloc[-1]]), 1e-9)


def test_counts_sum_up_what_was_found(check):
    done = check([
        *clean(), ("a", None), (None, pixels(50, 50, 4, 4)), ("a", BOW), ("a", pixels(150, 50, 4, 4)),
        ("a", pixels(97, 20, 6, 4)), ("b", pixels(60.6, 60.6, 0.8, 0.8)), ("c", pixels(50, 70, 4, 1)),
    ])  # fmt: skip
    assert (done.invalid_count, done.unlabelled_count, done.outside_count) == (2, 1, 2)
    assert (done.small_count, done.rare_class_count, done.overlap_count) == (2, 1, 0)
    assert done.error_count == 5
    assert done.warning_count == 3


def test_the_limits_are_those_asked_for(check):
    features = clean(each=3)
    assert check(features, smallest=16, fewest=3).layer.empty
    assert check(features, smallest=17, fewest=4).found == {"too small": 6, "few polygons of its class": 2}


def test_corners_of_a_rotated_image_are_its_own(check, tmp_path):
    """Beside the image, but within the box around it."""
    rotated = Affine.translation(WEST, NORTH) @ Affine.rotation(-45) @ Affine.scale(10, -10)
    image = write_raster(tmp_path / "rotated.tif", np.ones((1, 100, 100), np.uint8), transform=rotated)
    inside, beside = shapely.Point(WEST, NORTH - 700).buffer(30), shapely.Point(WEST - 650, NORTH - 60).buffer(30)
    done = check([*[("a", inside), ("b", inside.buffer(-1))] * 5, ("a", beside)], with_image=False, images=image)
    assert done.layer.loc[done.layer["problem"] == "outside the image", "polygon_id"].tolist() == [11]
    assert "no pixel inside" not in done.found


def test_what_cannot_be_checked_at_all_is_told(check, tmp_path, run):
    with pytest.raises(InputError, match="has no features"):
        check([])
    with pytest.raises(InputError, match="geometry type Point"):
        check([("a", shapely.Point(0, 0))])
    check(clean())
    with pytest.raises(ParameterError, match=r"has no field 'klass'. Its fields are: class\."):
        run("check_training_polygons", polygons=tmp_path / "polygons.gpkg", class_field="klass",
            problems=tmp_path / "p.gpkg")  # fmt: skip


def test_five_thousand_polygons_take_less_than_half_a_minute(tmp_path):
    random = np.random.default_rng(0)
    x, y = random.uniform(WEST, WEST + 90_000, 5000), random.uniform(NORTH - 90_000, NORTH, 5000)
    shapes = shapely.buffer(shapely.points(x, y), random.uniform(30, 250, 5000))
    table = gpd.GeoDataFrame({"class": random.integers(1, 6, 5000)}, geometry=shapes, crs="EPSG:32633")

    grid = Grid(9000, 9000, Affine(10, 0, WEST, 0, -10, NORTH), CRS.from_epsg(32633))
    began = time.process_time()  # other programs do not count
    found = polygon_check.check(table, "the layer", "class", None, grid, 9, 5)
    assert time.process_time() - began < 30
    pairs = table.sjoin(table, predicate="intersects")
    clashes = pairs[(pairs["class_left"] != pairs["class_right"]) & (pairs.index < pairs["index_right"])]
    assert sum(p.kind == "overlap of classes" for p in found) == len(clashes)


def test_a_huge_polygon_is_counted_without_holding_the_image(tmp_path):
    grid = Grid(500_000, 500_000, Affine(10, 0, 0, 0, -10, 0), None)
    table = gpd.GeoDataFrame({"class": ["a", "b"]}, geometry=[shapely.box(-10, -6e6, 6e6, 10), pixels(0, 0, 4, 4)])
    kinds = {p.kind for p in polygon_check.check(table, "the layer", "class", None, grid, 9, 1)}
    assert "partly outside the image" in kinds
    assert "too small" not in kinds


def test_the_tiny_scene_of_the_other_tests_is_clean(check):
    polygons = squares(class_image())
    assert vectors.holds_ids(polygons["class_id"])
    assert check([*zip(polygons["class_name"], polygons.geometry, strict=True)], with_image=False).layer.empty
