"""Where the patches of a data set lie, and the folder that a plan makes."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import pytest
import rasterio
import shapely
from affine import Affine
from conftest import write_raster
from patch_scenes import NORTH, WEST, drawn, extract, in_pixels, plan, served
from rasterio.crs import CRS

from landloom.classes import make_table
from landloom.errors import InputError, OutputError, ParameterError
from landloom.grids import Grid
from landloom.job import Job
from landloom.patches import planning, planning_picture
from landloom.patches.dataset import open_dataset
from landloom.patches.planning import Layout
from landloom.vectors import Labelled


@pytest.fixture
def folder(tmp_path):
    """An image of 60 × 80 pixels in a folder of an awkward name."""
    place = tmp_path / "Bäume und Äcker"
    place.mkdir()
    values = np.random.default_rng(1).integers(1, 4000, (4, 60, 80)).astype(np.uint16)
    write_raster(place / "image.tif", values, 0, names=("B2", "B3", "B4", "B8"))
    return place


def test_a_patch_lies_around_the_centroid_on_the_pixel_grid(folder):
    # Middles in pixels: column 23, row 13 · column 40.3, row 30.9.
    given = drawn(folder, [in_pixels(20, 10, 6, 6), in_pixels(38.3, 28.9, 4, 4)], [1, 2])
    found = plan(given, patch_size=8, patches_per_polygon=1, jitter=0)
    assert found.manifest[["col", "row"]].to_numpy().tolist() == [[19, 9], [36, 27]]
    odd = plan(given, patch_size=5, patches_per_polygon=1, jitter=0)
    # Column 40.3 lies in the pixel 40, row 30.9 in the pixel 30: two pixels to each side.
    assert odd.manifest[["col", "row"]].to_numpy()[1].tolist() == [38, 28]


def test_the_manifest_tells_each_patchs_place(folder):
    found = plan(drawn(folder, [in_pixels(20, 10, 6, 6)], [7]), patches_per_polygon=3, jitter=2)
    assert list(found.manifest) == [
        "patch_id", "polygon_id", "class_id", "class_name", "jitter", "offset_x", "offset_y", "row", "col", "center_x",
        "center_y", "center_lon", "center_lat", "west", "south", "east", "north", "inside_share",
    ]  # fmt: skip
    assert found.manifest["patch_id"].tolist() == ["001_0", "001_1", "001_2"]
    transform = pyproj.Transformer.from_crs(32633, 4326, always_xy=True)
    for _, patch in found.manifest.iterrows():
        assert (patch.col, patch.row) == (19 + patch.offset_x, 9 + patch.offset_y)
        assert (patch.west, patch.north) == (WEST + 10 * patch.col, NORTH - 10 * patch.row)
        assert (patch.east, patch.south) == (patch.west + 80, patch.north - 80)
        assert (patch.center_x, patch.center_y) == (patch.west + 40, patch.north - 40)
        degrees = transform.transform(patch.center_x, patch.center_y)
        assert (patch.center_lon, patch.center_lat) == pytest.approx(degrees, abs=1e-8)


def test_the_patches_of_a_polygon_have_different_offsets_within_the_jitter(folder):
    given = drawn(folder, [in_pixels(20, 10, 6, 6), in_pixels(40, 30, 6, 6)], [1, 2])
    found = plan(given, patches_per_polygon=25, jitter=2)
    every = {(x, y) for x in range(-2, 3) for y in range(-2, 3)}
    for _, part in found.manifest.groupby("polygon_id"):
        assert len(part) == 25 and set(zip(part["offset_x"], part["offset_y"], strict=True)) == every


def test_all_offsets_are_equally_likely():
    offsets = planning._offsets(np.arange(9000), Layout(8, 2, 1, 1, 42))
    counts = np.bincount(((offsets + 1) @ [1, 3]).ravel(), minlength=9)
    # 18000 draws among 9 places: a standard deviation of about 40.
    assert np.abs(counts - 2000).max() < 200


def test_a_feature_that_was_never_saved_has_a_negative_id_and_offsets_too():
    offsets = planning._offsets(np.array([-7, 7]), Layout(8, 9, 1, 1, 42))
    assert all(len({tuple(o) for o in polygon}) == 9 for polygon in offsets.tolist())


def test_offsets_depend_on_the_seed_and_the_polygon_alone(folder):
    shapes, classes = [in_pixels(10 + 8 * i, 20, 5, 5) for i in range(6)], [1, 2, 1, 2, 1, 2]
    whole = plan(drawn(folder, shapes, classes), patches_per_polygon=4).manifest
    area = f"SRID=32633;{in_pixels(30, 15, 25, 15).wkt}"
    part = plan(drawn(folder, shapes, classes), patches_per_polygon=4, aoi=area).manifest
    assert 0 < part["polygon_id"].nunique() < 6
    pd.testing.assert_frame_equal(part, whole[whole["polygon_id"].isin(part["polygon_id"])].reset_index(drop=True))
    other = plan(drawn(folder, shapes, classes), patches_per_polygon=4, seed=43).manifest
    assert not other[["offset_x", "offset_y"]].equals(whole[["offset_x", "offset_y"]])


def test_more_patches_than_there_are_offsets_are_refused(folder):
    with pytest.raises(ParameterError, match=r"PATCHES_PER_POLYGON is 10, .*JITTER 1 .*only 9 places"):
        plan(drawn(folder, [in_pixels(20, 10, 6, 6)], [1]), patches_per_polygon=10, jitter=1)


def test_the_middle_of_a_horseshoe_lies_on_it(folder):
    shoe = in_pixels(10, 10, 21, 21).difference(in_pixels(13, 10, 15, 18))
    assert not shoe.contains(shoe.centroid)
    found = plan(drawn(folder, [shoe], [1]), patch_size=3, patches_per_polygon=1, jitter=0).manifest
    assert shoe.contains(shapely.Point(found["center_x"][0], found["center_y"][0]))


def test_polygons_without_patches_are_listed_with_the_reason(folder):
    bow = shapely.Polygon([(WEST + 100, NORTH - 100), (WEST + 200, NORTH - 100), (WEST + 100, NORTH - 100)])
    shapes = [
        in_pixels(20, 10, 6, 6),
        in_pixels(30.1, 10.1, 2.8, 2.8),  # 3 × 3 centres
        in_pixels(500, 10, 6, 6),
        in_pixels(76, 10, 30, 6),
        in_pixels(40, 10, 6, 6),
        bow,
    ]
    given = drawn(folder, shapes, [1, 1, 1, 1, None, 1])
    found = plan(given, smallest=10, report=folder / "plan.html")
    reasons = {
        2: "smaller than 10 pixels",
        3: "outside the image",
        4: "with their middle outside the image",
        5: "without a class",
        6: "with an invalid outline that encloses nothing",
    }
    assert {i["polygon_id"]: i["reason"] for i in found.set.config["left_out"]} == reasons
    assert (found.patch_count, found.polygon_count, found.left_out_count, found.class_count) == (3, 1, 5, 1)
    summary = (found.set.folder / "reports/extraction_strategy_summary.txt").read_text(encoding="utf-8")
    for polygon, reason in reasons.items():
        assert f"{polygon}: {reason}" in summary
        assert any(reason in text and str(polygon) in text for text in found.warnings)
        assert reason in Path(found.report).read_text(encoding="utf-8")
    assert plan(given, smallest=9).polygon_count == 2


def test_pixels_beyond_the_image_do_not_count(folder):
    # Three of its five columns are on the image, two rows high.
    given = drawn(folder, [in_pixels(-2, 10, 5, 2), in_pixels(20, 10, 6, 6)], [1, 2])
    assert plan(given, smallest=6).polygon_count == 2
    assert plan(given, smallest=7).set.config["left_out"] == [{"polygon_id": 1, "reason": "smaller than 7 pixels"}]


def test_a_plan_without_any_polygon_says_why(folder):
    with pytest.raises(InputError, match="outside the image: 2"):
        plan(drawn(folder, [in_pixels(500, 10, 6, 6), in_pixels(600, 10, 6, 6)], [1, 2]))
    assert not (folder / "set").exists()


@pytest.mark.parametrize("size", [8, 40])
def test_the_share_inside_counts_the_pixels_whose_centre_is_in_the_polygon(folder, size):
    circle = shapely.Point(WEST + 303, NORTH - 304).buffer(47)
    shapes = [circle, in_pixels(0, 0, 5, 5), in_pixels(8.2, 6.2, 60, 45)]
    found = plan(drawn(folder, shapes, [1, 2, 2]), patches_per_polygon=5, patch_size=size).manifest
    for _, patch in found.iterrows():
        x, y = np.meshgrid(patch.west + 10 * np.arange(size) + 5, patch.north - 10 * np.arange(size) - 5)
        inside = shapely.contains_xy(shapes[patch.polygon_id - 1], x, y)
        assert patch.inside_share == pytest.approx(inside.mean(), abs=1e-6)


def test_patches_over_a_polygon_of_another_class_are_told(folder):
    # The patches (8 pixels) of 1 reach over to 2, those of 3 touch the edge of 4, 5 and 6 are of one class.
    shapes = [
        in_pixels(10, 10, 4, 4), in_pixels(15, 10, 4, 4), in_pixels(40, 10, 8, 8), in_pixels(48, 10, 8, 8),
        in_pixels(10, 40, 4, 4), in_pixels(15, 40, 4, 4),
    ]  # fmt: skip
    found = plan(drawn(folder, shapes, [1, 2, 1, 2, 3, 3]), patches_per_polygon=1, jitter=0)
    assert found.set.config["over_other_classes"] == 2
    assert any("another class: 2, such as 001_0, 002_0" in text for text in found.warnings)


def test_polygons_in_degrees_are_brought_to_the_image(folder):
    shapes, classes = [in_pixels(20.2, 10.2, 6, 6), in_pixels(40.2, 30.2, 9, 6)], [1, 2]
    straight = plan(drawn(folder, shapes, classes)).manifest
    degrees = list(gpd.GeoSeries(shapes, crs=32633).to_crs(4326))
    there = plan(drawn(folder, degrees, classes, crs="EPSG:4326"), dataset=folder / "other").manifest
    pd.testing.assert_frame_equal(there.drop(columns="inside_share"), straight.drop(columns="inside_share"))
    assert open_dataset(folder / "other").grid.crs.to_epsg() == 32633
    assert pyogrio.read_dataframe(folder / "other/metadata/polygons.gpkg").crs.to_epsg() == 32633


def test_an_image_without_a_place_has_patches_without_degrees(folder):
    write_raster(folder / "image.tif", np.ones((2, 60, 80), np.uint8), crs=None)
    found = plan(drawn(folder, [in_pixels(20, 10, 6, 6)], [1], crs=None))
    assert found.manifest[["center_lon", "center_lat"]].isna().all(axis=None)
    assert found.set.grid.crs is None


def test_an_image_in_degrees_has_patches_in_degrees(folder):
    write_raster(folder / "image.tif", np.ones((1, 60, 80), np.uint8), crs="EPSG:4326",
                 transform=Affine(1e-4, 0, 15, 0, -1e-4, 48))  # fmt: skip
    shapes = [shapely.box(15.002, 47.997, 15.0026, 47.9976)]
    found = plan(drawn(folder, shapes, [1], crs="EPSG:4326"), patches_per_polygon=1, jitter=0).manifest
    assert found[["col", "row"]].to_numpy().tolist() == [[19, 23]]
    assert found[["center_lon", "center_lat"]].to_numpy()[0] == pytest.approx([15.0023, 47.9973])


def test_a_rotated_image_is_refused(folder):
    write_raster(folder / "image.tif", np.ones((1, 60, 80), np.uint8),
                 transform=Affine(10, 1, WEST, 1, -10, NORTH))  # fmt: skip
    with pytest.raises(InputError, match=r"rotated.*Warp"):
        plan(drawn(folder, [in_pixels(20, 10, 6, 6)], [1]))


def test_a_plan_keeps_what_the_next_steps_need(folder):
    shapes = [in_pixels(20, 10, 6, 6), in_pixels(40, 30, 6, 6)]
    given = drawn(folder, shapes, ["Water", "Forest"])
    found = plan(given, bands="B8,2", year=2024, month=6, footprints=folder / "footprints.gpkg")
    config = json.loads((found.set.folder / "metadata/dataset_config.json").read_text(encoding="utf-8"))
    assert config["source"]["kind"] == "rasters" and config["source"]["sources"] == [str(folder / "image.tif")]
    assert [band["name"] for band in config["bands"]] == ["B8", "B3"]
    assert [(c["id"], c["name"]) for c in config["classes"]] == [(1, "Forest"), (2, "Water")]
    assert (config["patch_size"], config["patches_per_polygon"], config["jitter"], config["seed"]) == (8, 3, 2, 42)
    outlines = pyogrio.read_dataframe(found.set.folder / "metadata/polygons.gpkg", layer="polygons")
    assert outlines["class_id"].tolist() == [2, 1]
    assert all(a.equals(b) for a, b in zip(outlines.geometry, map(shapely.MultiPolygon, [[s] for s in shapes]),
                                           strict=True))  # fmt: skip
    summary = (found.set.folder / "reports/extraction_strategy_summary.txt").read_text(encoding="utf-8").split("\n")
    inside = found.manifest.groupby("class_name")["inside_share"].mean()
    for name in ("Forest", "Water"):
        (line,) = [line for line in summary if line.startswith(name)]
        assert line.split()[2:] == ["1", "3", f"{100 * inside[name]:.1f}", "%"]
    assert "Patch:                8 × 8 pixels of 10 × 10 m" in summary
    assert "numpy" in json.loads((found.set.folder / "metadata/environment_info.json").read_text())["versions"]
    assert len(pyogrio.read_dataframe(found.footprints)) == 6
    with rasterio.open(found.set.folder / "visualizations/jitter_pattern_samples.png") as picture:
        assert min(picture.shape) > 300 and picture.read(1).std() > 10


def test_classes_without_any_polygon_left_are_no_classes_of_the_data_set(folder):
    given = drawn(folder, [in_pixels(20, 10, 6, 6), in_pixels(500, 10, 6, 6)], [3, 5])
    found = plan(given, classes="3:Water;5:Forest;9:Snow")
    assert found.set.classes.names == ["Water"]
    assert any("one class, Water" in text for text in found.warnings)


def test_the_same_plan_again_keeps_the_patches(folder):
    given = drawn(folder, [in_pixels(20, 10, 6, 6)], [1])
    plan(given)
    patch = folder / "set/patches/patch_001_0.npy"
    patch.parent.mkdir()
    patch.write_bytes(b"pixels")
    plan(given)
    assert patch.read_bytes() == b"pixels"


@pytest.mark.parametrize("change", [{"jitter": 3}, {"seed": 7}, {"bands": "1,2"}, {"patch_size": 9}])
def test_another_plan_does_not_take_the_place_of_patches_unasked(folder, change):
    given = drawn(folder, [in_pixels(20, 10, 6, 6)], [1])
    plan(given)
    patch, notes = folder / "set/patches/patch_001_0.npy", folder / "set/patches/my notes.txt"
    patch.parent.mkdir()
    patch.write_bytes(b"pixels")
    notes.write_text("mine")
    before = (folder / "set/metadata/dataset_config.json").read_bytes()
    with pytest.raises(OutputError, match=r"another plan.*OVERWRITE"):
        plan(given, **change)
    assert patch.exists() and (folder / "set/metadata/dataset_config.json").read_bytes() == before
    plan(given, **change, overwrite=True)
    assert not patch.exists() and notes.read_text() == "mine"


def test_moved_outlines_are_another_plan(folder):
    # The patch lies where it lay; how much of it is inside has changed.
    plan(drawn(folder, [in_pixels(20, 10, 6, 6)], [1]))
    (folder / "set/patches").mkdir()
    (folder / "set/patches/patch_001_0.npy").write_bytes(b"pixels")
    with pytest.raises(OutputError, match="another plan"):
        plan(drawn(folder, [in_pixels(19, 9, 8, 8)], [1]))


def test_a_folder_with_other_files_is_refused(folder):
    given = drawn(folder, [in_pixels(20, 10, 6, 6)], [1])
    (folder / "set/reports").mkdir(parents=True)
    (folder / "set/reports/thesis.docx").write_text("years of work")
    with pytest.raises(OutputError, match=r"other files, such as reports.thesis\.docx"):
        plan(given, overwrite=True)
    assert [p.name for p in (folder / "set").rglob("*")] == ["reports", "thesis.docx"]


def test_a_plan_that_fails_halfway_is_no_data_set_and_can_be_planned_again(folder, monkeypatch):
    given = drawn(folder, [in_pixels(20, 10, 6, 6)], [1])

    def fail(*_):
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(planning_picture, "draw", fail)
        with pytest.raises(MemoryError):
            plan(given)
    with pytest.raises(InputError, match="no patch data set"):
        open_dataset(folder / "set")
    assert plan(given).patch_count == 3


def labelled(ids: list[int]) -> Labelled:
    """Boxes on the image with ids of one's own."""
    shapes = [in_pixels(20 + 10 * i, 10, 6, 6) for i in range(len(ids))]
    table = gpd.GeoDataFrame({"polygon_id": ids, "class_id": 1}, geometry=shapes, crs=32633)
    return Labelled(table, make_table([{"id": 1, "name": "Water"}]), {}, {})


GRID = Grid(60, 80, Affine(10, 0, WEST, 0, -10, NORTH), CRS.from_epsg(32633))


def test_patches_are_in_the_order_of_the_polygons_ids():
    with Job() as job:
        found = planning.plan(labelled([30, 4, 17]), GRID, Layout(8, 2, 2, 1, 42), job)
    assert found.manifest["patch_id"].tolist() == ["004_0", "004_1", "017_0", "017_1", "030_0", "030_1"]
    assert found.manifest["col"].sub(found.manifest["offset_x"]).tolist() == [29, 29, 39, 39, 19, 19]
    assert found.polygons["polygon_id"].tolist() == [4, 17, 30]


def test_two_polygons_with_one_id_are_refused():
    with Job() as job, pytest.raises(InputError, match="Two polygons have the id 4"):
        planning.plan(labelled([4, 17, 4]), GRID, Layout(8, 2, 2, 1, 42), job)


def test_the_configuration_is_json_that_all_can_read(folder):
    """JSON has no NaN, which Python writes all the same."""
    write_raster(folder / "image.tif", np.ones((1, 60, 80), np.float32), float("nan"))
    found = plan(drawn(folder, [in_pixels(20, 10, 6, 6)], [1]))

    def refuse(constant):
        pytest.fail(constant)

    text = (found.set.folder / "metadata/dataset_config.json").read_text(encoding="utf-8")
    assert json.loads(text, parse_constant=refuse)["bands"][0]["nodata"] is None


def test_passwords_and_tokens_in_addresses_are_not_kept(folder):
    given = drawn(folder, [in_pixels(20, 10, 6, 6)], [1])
    with served(folder) as address:
        secret = f"/vsicurl/{address}/image.tif?token=s3cr3t"
        found = plan({**given, "images": secret})
        for file in found.set.folder.rglob("*.*"):
            assert b"s3cr3t" not in file.read_bytes()
        with pytest.raises(InputError, match=r"password or token.*Give it again in IMAGES"):
            extract(found.set.folder)
        assert extract(found.set.folder, images=secret).extracted_count == 3


def test_a_layer_of_other_geometries_is_refused(folder):
    with pytest.raises(InputError, match="geometry type Point"):
        plan(drawn(folder, [shapely.Point(WEST + 100, NORTH - 100)], [1]))
