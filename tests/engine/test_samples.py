"""Pixels under polygons: which ones, with which values, and what is left out; against counting with shapely."""

import json
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.feather
import pyarrow.parquet
import pytest
import rasterio
import shapely
from affine import Affine
from conftest import ROOT, write_raster
from rasterio.transform import from_origin

from landloom import rasters, samples
from landloom.errors import Cancelled, InputError, OutputError, ParameterError
from landloom.features import feature_reader
from landloom.job import Job
from landloom.rasters import open_stack
from landloom.runner import run_stage
from landloom.stages import extract_samples, find_stage

NORTH_UP = from_origin(500_000, 5_400_000, 10, 10)
ROTATED = Affine.translation(500_000, 5_400_000) @ Affine.rotation(25) @ Affine.scale(10, -8)
SOUTH_UP = Affine(10, 0, 500_000, 0, 10, 5_398_000)


def wild_shapes(transform, height, width, count=25, seed=0):
    """Polygons with holes, of several parts, thin, tiny, and beyond the raster, at pixel positions anywhere."""
    random = np.random.default_rng(seed)
    shapes = []
    for number in range(count):
        col, row = random.uniform(-8, width + 8), random.uniform(-8, height + 8)
        around = np.sort(random.uniform(0, 2 * np.pi, 9))
        radius = random.uniform(0.3, 1) * random.choice([0.8, 6, 25])
        ring = np.column_stack([col + radius * np.cos(around), row + radius * np.sin(around)])
        shape = shapely.Polygon(ring).buffer(0)
        if number % 3 == 0:
            shape = shape.difference(shapely.Point(col, row).buffer(radius / 3))
        if number % 4 == 0:
            left, top = col + random.uniform(0, 20), row + random.uniform(0, 20)
            shape = shapely.union_all([shape, shapely.box(left, top, left + 5.3, top + 2.7)])
        shapes.append(shape)
    return shapely.transform(shapes, lambda xy: np.column_stack(transform @ tuple(xy.T)))


def inside(shape, transform, height, width, all_touched):
    """Rows and columns of a polygon's pixels, one by one."""
    if all_touched:
        row, col = np.divmod(np.arange(height * width), width)
        cells = shapely.box(col, row, col + 1, row + 1)
        cells = shapely.transform(cells, lambda xy: np.column_stack(transform @ tuple(xy.T)))
        hit = shapely.intersects(shape, cells).reshape(height, width)
    else:
        col, row = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        hit = shapely.contains_xy(shape, *(transform @ (col, row)))
    return set(zip(*np.nonzero(hit), strict=True))


def expected_samples(shapes, class_ids, transform, shape, all_touched=False):
    """Polygon by row and column, and the number of pixels under two classes: the first polygon counts."""
    owner, clash = {}, set()
    for number, polygon in enumerate(shapes):
        for pixel in inside(polygon, transform, *shape, all_touched):
            if pixel in owner and class_ids[owner[pixel]] != class_ids[number]:
                clash.add(pixel)
            owner.setdefault(pixel, number)
    return {pixel: number for pixel, number in owner.items() if pixel not in clash}, len(clash)


def extract(path, shapes, class_ids, all_touched=False, jobs=1, features=()):
    polygons = gpd.GeoDataFrame({"polygon_id": range(len(shapes)), "class_id": class_ids}, geometry=list(shapes))
    with Job() as job:
        reader = feature_reader(open_stack([path]), None, features)
        return samples.extract(reader, polygons, job, all_touched, jobs)


@pytest.mark.parametrize("all_touched", [False, True])
@pytest.mark.parametrize("transform", [NORTH_UP, ROTATED, SOUTH_UP], ids=["north up", "rotated", "south up"])
def test_the_pixels_are_those_that_shapely_finds(tmp_path, transform, all_touched):
    height, width = (90, 110) if not all_touched else (36, 48)
    values = np.random.default_rng(1).integers(1, 60_000, (3, height, width)).astype(np.uint16)
    values[:, np.random.default_rng(2).random((height, width)) < 0.1] = 0
    path = write_raster(tmp_path / "image.tif", values, 0, transform=transform)
    shapes = wild_shapes(transform, height, width)
    class_ids = np.arange(len(shapes)) % 3 + 1
    table, counts = extract(path, shapes, class_ids, all_touched)
    expected, clashes = expected_samples(shapes, class_ids, transform, (height, width), all_touched)
    assert clashes == counts.two_classes > 0
    assert counts.inside == len(expected) + clashes
    good = {pixel: number for pixel, number in expected.items() if values[0][pixel]}
    assert counts.nodata == len(expected) - len(good) > 0
    found = dict(zip(zip(table["row"], table["col"], strict=True), table["polygon_id"], strict=True))
    assert found == good
    np.testing.assert_array_equal(table[["band_1", "band_2", "band_3"]].T, values[:, table["row"], table["col"]])
    x, y = transform @ (table["col"].to_numpy() + 0.5, table["row"].to_numpy() + 0.5)
    np.testing.assert_allclose(table[["x", "y"]], np.column_stack([x, y]), atol=1e-6)
    np.testing.assert_array_equal(table["class_id"], class_ids[table["polygon_id"]])
    kept = pd.Series(good).value_counts().reindex(range(len(shapes)), fill_value=0)
    np.testing.assert_array_equal(counts.polygons["kept"], kept)
    by_polygon = [len(inside(s, transform, height, width, all_touched)) for s in shapes]
    np.testing.assert_array_equal(counts.polygons["inside"], by_polygon)


@pytest.mark.parametrize("layout", [
    {"tiled": True, "blockxsize": 32, "blockysize": 16}, {"blockysize": 3},
    {"tiled": True, "blockxsize": 256, "blockysize": 256},
], ids=["small tiles", "strips", "large tiles"])  # fmt: skip
def test_neither_tiles_nor_jobs_change_the_table(tmp_path, monkeypatch, layout):
    values = np.random.default_rng(1).integers(1, 60_000, (2, 300, 400)).astype(np.uint16)
    path = write_raster(tmp_path / "image.tif", values, 0, **layout)
    shapes = wild_shapes(NORTH_UP, 300, 400, 60)
    class_ids = np.arange(60) % 4 + 1
    first, first_counts = extract(path, shapes, class_ids)
    for pixels, jobs in ((64 * 64, 1), (64 * 64, 3), (100_000, 2)):
        monkeypatch.setattr(samples, "TILE_PIXELS", pixels)
        table, counts = extract(path, shapes, class_ids, jobs=jobs)
        pd.testing.assert_frame_equal(table, first)
        pd.testing.assert_frame_equal(counts.polygons, first_counts.polygons)
        assert counts.as_dict() == first_counts.as_dict()


def test_samples_are_in_the_order_of_polygon_row_and_column(tmp_path):
    path = write_raster(tmp_path / "image.tif", np.ones((1, 300, 400), np.uint8))
    table, _ = extract(path, wild_shapes(NORTH_UP, 300, 400, 30), np.ones(30, int))
    order = list(zip(table["polygon_id"], table["row"], table["col"], strict=True))
    assert order == sorted(order)


def test_a_pixel_under_two_polygons_of_one_class_belongs_to_the_first(tmp_path):
    path = write_raster(tmp_path / "image.tif", np.ones((1, 10, 10), np.uint8))
    left, right = (
        shapely.box(500_000, 5_399_900, 500_060, 5_400_000),
        shapely.box(500_040, 5_399_900, 500_100, 5_400_000),
    )
    table, counts = extract(path, [left, right], [1, 1])
    assert table["polygon_id"].value_counts().to_dict() == {0: 60, 1: 40}
    assert counts.as_dict() == {
        "under polygons": 100, "nodata, NaN or masked": 0, "under polygons of two classes": 0, "left out by a cap": 0,
        "kept": 100,
    }  # fmt: skip


def test_bands_keep_their_types_in_the_table(tmp_path):
    a = write_raster(tmp_path / "a.tif", np.full((1, 4, 4), -5, np.int16), names=["a"])
    b = write_raster(tmp_path / "b.tif", np.full((1, 4, 4), 0.25, np.float32), names=["b"])
    polygons = gpd.GeoDataFrame(
        {"polygon_id": [1], "class_id": [1]}, geometry=[shapely.box(5e5, 5_399_960, 500_040, 54e5)]
    )
    with Job() as job:
        table, _ = samples.extract(feature_reader(open_stack([a, b]), None), polygons, job)
    assert [str(table[c].dtype) for c in ("a", "b")] == ["int16", "float32"]
    assert table["a"].tolist() == [-5] * 16


# --- the stage ------------------------------------------------------------------------------------


@pytest.fixture
def stage(scene, run):
    """Run the stage on the tiny scene; values given win."""

    def runner(**values):
        defaults = {
            "images": scene.image, "polygons": scene.polygons, "class_field": "class_id",
            "samples": scene.folder / "samples.parquet",
        }  # fmt: skip
        done = run("extract_samples", **{k: v for k, v in {**defaults, **values}.items() if v is not None})
        done.read = samples.read(done.samples)
        return done

    return runner


def test_the_table_has_bands_class_polygon_and_place_and_says_where_it_comes_from(stage, scene):
    done = stage(name_field="class_name", year=2025, month=6)
    table, meta = done.read.table, done.read.meta
    assert table.columns.tolist() == ["B2", "B3", "B4", "B8", *rasters.PLACE_COLUMNS]
    assert len(table) == done.sample_count == 36 * len(scene.table)
    assert done.polygon_count == len(scene.table)
    assert done.class_count == 3
    np.testing.assert_array_equal(scene.truth[table["row"], table["col"]], table["class_id"])
    assert {(i, n) for i, n in zip(table["class_id"], table["class_name"], strict=True)} == {
        (1, "Field"), (2, "Forest"), (3, "Water"),
    }  # fmt: skip
    assert set(table["polygon_id"]) == set(range(1, len(scene.table) + 1))
    assert meta["crs"].startswith("PROJCS")
    assert meta["bands"][1] == {"name": "B3", "dtype": "uint16", "nodata": 0.0, "scale": 1.0, "offset": 0.0}
    assert (meta["image"], meta["polygons"]) == (str(scene.image), str(scene.polygons))
    assert (meta["aoi"], meta["year"], meta["month"], meta["pixel_size"]) == (None, 2025, 6, [10, 10])
    assert meta["counts"]["kept"] == len(table)


@pytest.mark.parametrize(("name", "reader"), [
    ("s.parquet", pyarrow.parquet.read_table), ("s.feather", pyarrow.feather.read_table),
    ("s.FEATHER", pyarrow.feather.read_table),
])  # fmt: skip
def test_parquet_and_feather_carry_the_same_table_and_metadata(stage, scene, name, reader):
    done = stage(samples=scene.folder / name)
    table = reader(done.samples)
    assert json.loads(table.schema.metadata[b"landloom"])["classes"][0]["id"] == 1
    first = stage(samples=scene.folder / "other.parquet")
    pd.testing.assert_frame_equal(done.read.table, first.read.table)
    assert table.to_pandas()["class_name"].astype(str).tolist() == first.read.table["class_name"].tolist()


def test_one_job_and_two_give_the_same_bytes(stage, scene):
    options = {"most_per_class": 50, "features": "NDVI = (B8 - B4) / (B8 + B4)"}
    one = Path(stage(jobs=1, samples=scene.folder / "1.parquet", **options).samples).read_bytes()
    two = Path(stage(jobs=2, samples=scene.folder / "2.parquet", **options).samples).read_bytes()
    assert one == two


def test_caps_are_kept_for_each_polygon_and_class(stage):
    every = stage().read.table
    assert every.groupby("polygon_id").size().max() == 36
    capped = stage(most_per_polygon=10).read.table
    assert set(capped.groupby("polygon_id").size()) == {10}
    both = stage(most_per_polygon=10, most_per_class=25)
    assert set(both.read.table.groupby("class_id").size()) == {25}
    assert both.left_out_count == len(every) - 75
    assert both.read.meta["counts"]["left out by a cap"] == len(every) - 75


def test_which_samples_a_cap_keeps_depends_on_the_seed_alone(stage, monkeypatch):
    def places(**values):
        table = stage(most_per_class=30, **values).read.table
        return set(zip(table["row"], table["col"], strict=True))

    first = places()
    assert places(jobs=2) == first
    monkeypatch.setattr(samples, "TILE_PIXELS", 4096)
    assert places() == first
    assert len(places(seed=7) & first) < 60


def test_a_cap_draws_evenly_and_not_the_first_pixels(stage):
    table = stage(most_per_polygon=9).read.table
    by_column = table.groupby(table["col"] % 15).size()  # the squares repeat every 15 pixels
    assert by_column.min() > 0.5 * by_column.mean()


@pytest.mark.parametrize("how", ["mean", "median"])
def test_one_sample_a_polygon_is_the_mean_or_median_of_its_pixels(stage, how):
    pixels = stage().read.table
    done = stage(aggregation=how).read.table
    assert len(done) == pixels["polygon_id"].nunique()
    expected = pixels.groupby("polygon_id")[["B2", "B3", "B4", "B8"]].agg(how)
    np.testing.assert_allclose(done.set_index("polygon_id")[["B2", "B3", "B4", "B8"]], expected, rtol=1e-6)
    middle = pixels.groupby("polygon_id")[["x", "y"]].mean()
    distance = np.abs(done.set_index("polygon_id")[["x", "y"]] - middle).max().max()
    assert distance <= 5  # the squares have an even number of pixels: the middle is on a corner


def test_only_polygons_that_touch_the_area_are_used(stage, scene, tmp_path):
    frame = shapely.box(500_000, 5_399_400, 500_600, 5_400_000)
    touched = set((np.flatnonzero(scene.table.intersects(frame)) + 1).tolist())
    assert 0 < len(touched) < len(scene.table)
    area = gpd.GeoDataFrame(geometry=[frame], crs=32633)
    forms = [frame.wkt, f"SRID=32633;{frame.wkt}", f"SRID=4326;{area.to_crs(4326).geometry[0].wkt}"]
    for extension in ("gpkg", "geojson", "shp"):
        area.to_crs(4326).to_file(tmp_path / f"area.{extension}")
        forms.append(str(tmp_path / f"area.{extension}"))
    for form in forms:
        done = stage(aoi=form)
        assert set(done.read.table["polygon_id"]) == touched
        assert shapely.from_wkt(done.read.meta["aoi"]).area == pytest.approx(frame.area, rel=1e-3)


def test_an_area_off_the_image_or_without_polygons_is_told(stage):
    with pytest.raises(InputError, match="does not touch the image"):
        stage(aoi="POLYGON ((0 0, 9 0, 9 9, 0 0))")
    with pytest.raises(InputError, match=r"No polygon of .* touches the area of interest"):
        stage(aoi="POLYGON ((500000 5400000, 500005 5400000, 500005 5399995, 500000 5400000))")


# --- trouble --------------------------------------------------------------------------------------


def with_polygons(folder, features, **columns):
    path = folder / "other.gpkg"
    crs = columns.pop("crs", "EPSG:32633")
    gpd.GeoDataFrame(
        {"class_id": [f[0] for f in features], **columns}, geometry=[f[1] for f in features], crs=crs
    ).to_file(path)
    return path


def square(col, row, size=4):
    return shapely.box(
        500_000 + 10 * col, 5_400_000 - 10 * (row + size), 500_000 + 10 * (col + size), 5_400_000 - 10 * row
    )


def test_a_polygon_that_yields_nothing_is_named_with_the_reason(stage, scene):
    with rasterio.open(scene.image, "r+") as dataset:
        dataset.write(np.zeros((4, 20, 20), np.uint16), window=rasterio.windows.Window(100, 80, 20, 20))
    path = with_polygons(scene.folder, [(1, square(10, 10)), (2, square(40.6, 10.6, 0.5)), (1, square(105, 85)),
                                        (2, square(60, 60)), (2, square(400, 60))])  # fmt: skip
    done = stage(polygons=path)
    assert set(done.read.table["polygon_id"]) == {1, 4}
    assert any("outside the image or smaller than a pixel): 2, 5." in w for w in done.warnings)
    assert any("nodata, lie under two classes or are above a cap): 3." in w for w in done.warnings)
    assert done.left_out_count == 16


def test_a_class_of_which_nothing_is_left_and_a_single_class_are_told(stage, scene):
    path = with_polygons(scene.folder, [(1, square(10, 10)), (2, square(40.6, 10.6, 0.5))])
    done = stage(polygons=path)
    assert any("No sample is left of the classes Class 2" in w for w in done.warnings)
    assert any("All samples are of one class, Class 1" in w for w in done.warnings)
    assert done.class_count == 1


def test_very_many_samples_are_told_with_the_remedy(stage, monkeypatch):
    assert not any("take long" in w for w in stage().warnings)
    monkeypatch.setattr(extract_samples, "MANY_SAMPLES", 100)
    assert any("samples take long to train on" in w and "MOST_PER_CLASS" in w for w in stage().warnings)


def test_pixels_under_two_classes_are_dropped_counted_and_told(stage, scene):
    done = stage(polygons=with_polygons(scene.folder, [(1, square(10, 10)), (2, square(12, 10)), (3, square(40, 10))]))
    assert any("two classes, which were dropped: 8." in w for w in done.warnings)
    assert done.sample_count == 8 + 8 + 16
    assert done.left_out_count == 8


def test_bands_that_hold_nothing_but_nodata_are_named_with_a_ready_value_for_bands(stage, scene, tmp_path):
    with rasterio.open(scene.image) as dataset:
        good = dataset.read()
    values = np.stack([good[0], good[0] * 0, good[1], good[2], good[0] * 0, good[0] * 0, good[3]])
    image = write_raster(tmp_path / "seven.tif", values, 0)
    with pytest.raises(InputError, match=r"3 bands \(2,5-6\) hold nothing else. Leave them out with BANDS=1,3-4,7\."):
        stage(images=image)
    assert stage(images=image, bands="1,3-4,7").sample_count == 36 * len(scene.table)
    with pytest.raises(InputError, match=r"1 bands \(5\) hold nothing else. Leave them out with BANDS=3-4\."):
        stage(images=image, bands="3-5")


def test_a_formula_that_is_no_number_anywhere_is_told_and_not_blamed_on_the_image(stage):
    with pytest.raises(InputError, match=r"The formula of X gives no number .* Correct it in FEATURES"):
        stage(features="R = B8 / B2; X = B8 / (B4 - B4)")
    with pytest.raises(InputError, match="The formula of A, B gives no number"):
        stage(features="A = sqrt(B2 - 1e6); B = log(0 * B2)")


def test_three_hundred_bands_bring_no_complaints_of_libraries(stage, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.PerformanceWarning)
        done = stage(images=write_raster(tmp_path / "many.tif", np.ones((300, 120, 150), np.uint8)))
    assert done.read.table.shape[1] == 300 + 7


def test_an_image_that_is_all_nodata_is_told(stage, tmp_path):
    with pytest.raises(InputError, match="No pixel under the polygons can be used"):
        stage(images=write_raster(tmp_path / "empty.tif", np.zeros((2, 120, 150), np.uint8), 0))


def test_polygons_that_miss_the_image_are_told_with_both_extents(stage, scene):
    path = with_polygons(scene.folder, [(1, square(400, 10)), (2, square(500, 10))])
    with pytest.raises(InputError, match=r"raster spans 500000, 5.3988e\+06, 501500, 5.4e\+06 .* polygons 504000"):
        stage(polygons=path)


def test_polygons_in_another_crs_give_the_same_samples(stage, scene):
    expected = stage().read.table
    scene.table.to_crs("EPSG:3035").to_file(scene.folder / "laea.gpkg")
    pd.testing.assert_frame_equal(stage(polygons=scene.folder / "laea.gpkg").read.table, expected)


def test_an_image_in_degrees_gives_the_pixels_under_the_polygons(stage, scene, tmp_path):
    degrees = scene.table.to_crs(4326)
    west, south, east, north = degrees.total_bounds
    transform = from_origin(west - 1e-4, north + 1e-4, 1.1e-4, 0.9e-4)
    shape = int((north - south) / 0.9e-4) + 4, int((east - west) / 1.1e-4) + 4
    values = np.random.default_rng(0).random((2, *shape)).astype(np.float32)
    done = stage(images=write_raster(tmp_path / "ll.tif", values, crs="EPSG:4326", transform=transform))
    expected, _ = expected_samples(degrees.geometry, degrees["class_id"], transform, shape)
    table = done.read.table
    found = dict(zip(zip(table["row"], table["col"], strict=True), table["polygon_id"] - 1, strict=True))
    assert found == expected


def test_crs_on_one_side_only_is_refused_and_on_neither_taken_as_it_is(stage, scene, tmp_path):
    with rasterio.open(scene.image) as dataset:
        bare = write_raster(tmp_path / "bare.tif", dataset.read(), 0, crs=None, names=dataset.descriptions)
    shapes = [(c, g) for c, g in zip(scene.table["class_id"], scene.table.geometry, strict=True)]
    without = with_polygons(scene.folder, shapes, crs=None)
    with pytest.raises(InputError, match="The raster has no coordinate reference system"):
        stage(images=bare)
    with pytest.raises(InputError, match=r"other\.gpkg has no coordinate reference system"):
        stage(polygons=without)
    pd.testing.assert_frame_equal(stage(images=bare, polygons=without).read.table, stage().read.table)


def test_layers_without_features_and_missing_fields_are_told(stage, scene):
    gpd.GeoDataFrame({"class_id": []}, geometry=[], crs=32633).to_file(scene.folder / "empty.gpkg")
    with pytest.raises(InputError, match=r"empty\.gpkg has no features"):
        stage(polygons=scene.folder / "empty.gpkg")
    with pytest.raises(ParameterError, match=r"has no field 'klass'\. Its fields are: class_id, class_name"):
        stage(class_field="klass")
    with pytest.raises(ParameterError, match="has no field 'label'"):
        stage(name_field="label")
    with pytest.raises(ParameterError, match="No training polygons were given"):
        stage(polygons=None)


def test_a_band_that_is_not_there_is_told(stage):
    with pytest.raises(ParameterError, match=r"no band 'B99'\. Its bands are: B2, B3, B4, B8"):
        stage(bands="B2,B99")


def test_a_damaged_image_leaves_no_table(stage, scene):
    with rasterio.open(scene.image) as dataset:
        values = dataset.read()
    write_raster(scene.image, values, 0, compress="deflate", blockysize=8)
    content = bytearray(scene.image.read_bytes())
    content[20_000:60_000] = bytes(40_000)
    scene.image.write_bytes(content)
    with pytest.raises(InputError, match=r"image\.tif cannot be read at column"):
        stage()
    assert not list(scene.folder.glob("*samples*"))


def test_a_folder_that_cannot_be_written_is_told_before_the_work(stage, scene):
    (scene.folder / "file").write_text("")
    with pytest.raises(OutputError, match="Cannot write 'samples'"):
        stage(samples=scene.folder / "file" / "s.parquet")


def test_long_paths_with_blanks_and_umlauts_work(stage, scene):
    folder = scene.folder / ("Übungs daten " + "x" * 90) / ("ß " * 45).strip()
    folder.mkdir(parents=True)
    for name in ("image.tif", "polygons.gpkg"):
        (folder / name).write_bytes((scene.folder / name).read_bytes())
    done = stage(images=folder / "image.tif", polygons=folder / "polygons.gpkg", samples=folder / "tabelle ä.parquet")
    assert len(done.samples) > 200
    assert done.sample_count == 36 * len(scene.table)


def test_a_band_named_like_a_column_of_the_table_keeps_its_values(stage, scene):
    with rasterio.open(scene.image, "r+") as dataset:
        dataset.descriptions = ("x", "y", "class_id", "row")
        values = dataset.read()
    table = stage().read.table
    assert table.columns.tolist()[:4] == ["r1_x", "r1_y", "r1_class_id", "r1_row"]
    np.testing.assert_array_equal(table["r1_x"], values[0][table["row"], table["col"]])


def test_what_is_no_sample_table_is_told(tmp_path):
    for name in ("gone.parquet", "gone.feather"):
        with pytest.raises(InputError, match="does not exist"):
            samples.read(tmp_path / name)
    (tmp_path / "text.parquet").write_text("no table")
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "foreign.parquet")
    for name in ("text.parquet", "foreign.parquet"):
        with pytest.raises(InputError, match="is not a sample table"):
            samples.read(tmp_path / name)


def test_the_report_shows_bands_but_not_features_of_another_scale(stage, scene):
    done = stage(features="NDVI = (B8 - B4) / (B8 + B4)", name_field="class_name", report=scene.folder / "r.html")
    page = Path(done.report).read_text(encoding="utf-8")
    plot = page[page.index("<svg") : page.index("</svg>")]
    assert all(f">{band}<" in plot for band in ("B2", "B3", "B4", "B8"))
    assert "NDVI" not in plot
    for text in ("Forest", f"{done.sample_count:,}", "under polygons of two classes"):
        assert text in page


def test_a_cancelled_run_leaves_no_table(scene):
    cancel = threading.Event()
    with Job(lambda event: cancel.set(), cancel) as job, pytest.raises(Cancelled):
        values = {"images": str(scene.image), "polygons": str(scene.polygons), "class_field": "class_id"}
        run_stage(find_stage("extract_samples"), {**values, "samples": str(scene.folder / "s.parquet")}, job)
    assert not list(scene.folder.glob("*.parquet*"))


def command(scene, *more):
    """The command line, as a process of its own."""
    values = {"--images": scene.image, "--polygons": scene.polygons, "--class-field": "class_id",
              "--samples": scene.folder / "s.parquet"}  # fmt: skip
    words = [str(word) for pair in values.items() for word in pair]
    return subprocess.Popen(
        [sys.executable, "-m", "landloom", "extract_samples", *words, *more],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )


def test_a_run_that_is_killed_half_way_leaves_no_table(scene):
    with rasterio.open(scene.image) as dataset:
        large = np.tile(dataset.read(), (1, 12, 12))
    write_raster(scene.image, large, 0, compress="deflate", tiled=True)
    with_polygons(scene.folder, [(1, square(0, 0, 1400)), (2, square(1440, 1440, 300))]).rename(scene.polygons)
    process = command(scene, "--jobs", "1")
    for line in process.stderr:
        if "%" in line:
            break
    process.kill()
    process.communicate()
    assert process.returncode != 0
    assert not (scene.folder / "s.parquet").exists()


def test_two_runs_at_once_leave_one_whole_table(scene):
    processes = [command(scene), command(scene)]
    for process in processes:
        _, told = process.communicate()
        assert process.returncode == 0, told
    assert len(samples.read(scene.folder / "s.parquet").table) == 36 * len(scene.table)
    assert {p.name for p in scene.folder.glob("*s.parquet*")} == {"s.parquet", "s.parquet.json"}


MEASURE = """
import sys
sys.path.insert(0, sys.argv[1])
import geopandas as gpd, shapely
from landloom import samples
from landloom.job import Job
from landloom.features import feature_reader
from landloom.rasters import open_stack
lines = shapely.LineString([(500_000, 5_400_000), (500_000 + 10 * int(sys.argv[3]), 5_400_000 - 10 * int(sys.argv[3]))])
polygons = gpd.GeoDataFrame({"polygon_id": [1], "class_id": [1]}, geometry=[lines.buffer(6)])
with Job() as job:
    table, _ = samples.extract(feature_reader(open_stack([sys.argv[2]]), None), polygons, job, jobs=2)
# getrusage would tell the peak of whoever started this program, where that is higher.
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(len(table), int(peak) // 1024)
"""


def test_memory_does_not_grow_with_the_raster(tmp_path):
    """One diagonal polygon through a raster and through one 16 times as large; 6 bands, 12 MB and 192 MB a file."""
    peaks = []
    for edge in (1000, 4000):
        path = tmp_path / f"{edge}.tif"
        profile = {"driver": "GTiff", "width": edge, "height": edge, "count": 6, "dtype": "uint16", "tiled": True,
                   "crs": "EPSG:32633", "transform": NORTH_UP, "blockxsize": 256, "blockysize": 256}  # fmt: skip
        with rasterio.open(path, "w", **profile) as dataset:
            for _, window in dataset.block_windows():
                dataset.write(np.full((6, window.height, window.width), 7, np.uint16), window=window)
        command = [sys.executable, "-c", MEASURE, str(ROOT), str(path), str(edge)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONWARNINGS": "ignore"}
        )
        path.unlink()
        peaks.append(int(done.stdout.split()[1]))
    assert peaks[1] < 1.15 * peaks[0] + 40, peaks
