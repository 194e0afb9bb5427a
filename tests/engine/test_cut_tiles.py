"""Cut tiles: what stands in the tiles, how they are split, and what is said where something is wrong."""

import filecmp
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import filelock
import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import rasterio.features
import rasterio.merge
import shapely
from conftest import BANDS, ROOT, class_image, reflectance, write_raster
from datasets import run_stage_class
from rasterio.enums import ColorInterp
from rasterio.transform import from_origin
from rasterio.windows import Window

from landloom.errors import InputError, OutputError, ParameterError
from landloom.job import Cancelled, Job
from landloom.runner import run_stage
from landloom.stages.cut_tiles import CutTiles
from landloom.tiles.dataset import open_tiles

# The other tests draw pictures of all kinds of images.
plainly = pytest.mark.usefixtures("without_pictures")
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def truth_with_a_rare_class(height=256, width=320):
    truth = np.where(class_image(height, width) == 3, 3, 1).astype(np.uint8)
    for top in range(20, height - 20, 60):
        for left in range(30, width - 20, 60):
            truth[top : top + 12, left : left + 12] = 2
    return truth


@pytest.fixture
def pair(tmp_path):
    """An image and its labels, three classes of which the second is rare (about 3 %)."""
    folder = tmp_path / "Bäume und Wasser"
    folder.mkdir()
    truth = truth_with_a_rare_class()
    image = write_raster(folder / "image.tif", reflectance(truth), 0, names=BANDS)
    labels = write_raster(folder / "labels.tif", truth[np.newaxis], 0)
    return image, labels


def cut(tmp_path, image, labels=None, **values):
    values = {"tile_size": 32, "tiles": tmp_path / "Kacheln ä", **values}
    if labels:
        values["label_raster"] = labels
    return run_stage_class(CutTiles, images=image, **values)


@plainly
def test_tiles_hold_the_pixels_of_image_and_labels(tmp_path, pair):
    found = cut(tmp_path, *pair, overlap=8)
    tiles = open_tiles(found.tiles)
    assert len(tiles.table) == found.tile_count == found.train_count + found.val_count + found.test_count
    with rasterio.open(pair[0]) as image, rasterio.open(pair[1]) as labels:
        for row in range(0, len(tiles.table), 7):
            window = tiles.window(row)
            assert np.array_equal(tiles.read_image(row), image.read(window=window).astype(np.float32))
            assert np.array_equal(tiles.read_mask(row), labels.read(1, window=window))
            with rasterio.open(tiles.folder / tiles.table["image"].iat[row]) as tile:
                assert tile.transform.almost_equals(image.window_transform(window))
                assert (tile.crs, tile.dtypes[0], tile.nodata, tile.descriptions) == (image.crs, "uint16", 0, BANDS)
            with rasterio.open(tiles.folder / tiles.table["mask"].iat[row]) as mask:
                assert mask.nodata == tiles.ignore == 0
                assert "#{:02x}{:02x}{:02x}".format(*mask.colormap(1)[2][:3]) == tiles.classes.classes[1].colour


@plainly
@pytest.mark.parametrize("overlap", [0, 12])
def test_no_pixel_is_in_two_parts(tmp_path, pair, overlap):
    tiles = open_tiles(cut(tmp_path, *pair, overlap=overlap, block_tiles=2).tiles)
    owner = np.full((256, 320), "", object)
    for place in tiles.table.itertuples():
        here = owner[place.row : place.row + 32, place.col : place.col + 32]
        assert set(np.unique(here)) <= {"", place.part}
        here[:] = place.part
    assert (owner != "").all()


@plainly
def test_a_rare_class_has_the_same_share_in_each_part(tmp_path, pair):
    found = cut(tmp_path, *pair)
    tiles = open_tiles(found.tiles)
    shares = {}
    for part in ("train", "val", "test"):
        masks = np.stack([tiles.read_mask(row) for row in tiles.rows(part)])
        shares[part] = [(masks == i).mean() for i in (1, 2, 3)]
        assert len(masks) / found.tile_count == pytest.approx({"train": 0.6}.get(part, 0.2), abs=0.03)
    assert np.allclose(shares["val"], shares["train"], rtol=0.12)
    assert np.allclose(shares["test"], shares["train"], rtol=0.12)
    with rasterio.open(pair[1]) as labels:
        rare = (labels.read(1) == 2).mean()
    assert 0.02 < rare < 0.04
    assert found.rarest_class_share == pytest.approx(rare, rel=0.1)


@plainly
def test_statistics_are_those_of_all_pixels_of_the_training_tiles(tmp_path):
    truth = class_image(130, 190)
    truth[20:60, 30:80] = 0  # no data
    image = write_raster(tmp_path / "image.tif", reflectance(truth), 0, names=BANDS)
    labels = write_raster(tmp_path / "labels.tif", class_image(130, 190)[np.newaxis], 0)
    tiles = open_tiles(cut(tmp_path, image, labels, overlap=8, block_tiles=2).tiles)
    with rasterio.open(image) as raster:
        windows = [tiles.window(row) for row in tiles.rows("train")]
        pixels = np.stack([raster.read(window=w).astype(float) for w in windows])
    pixels[pixels == 0] = np.nan
    assert np.isnan(pixels).any()
    for band, found in enumerate(tiles.config["statistics"]):
        values = pixels[:, band]
        expected = [np.nanmean(values), np.nanstd(values), np.nanmin(values), np.nanmax(values)]
        got = [found[key] for key in ("mean", "deviation", "minimum", "maximum")]
        assert np.allclose(got, expected, rtol=1e-12)
    table = pd.read_csv(tiles.folder / "metadata/statistics.csv")
    assert table["band"].tolist() == list(BANDS)
    assert table["count"].tolist() == np.isfinite(pixels).sum(axis=(0, 2, 3)).tolist()


@plainly
def test_the_table_counts_what_the_masks_hold(tmp_path):
    truth = class_image(96, 128)
    truth[:40, :50] = 0
    image = write_raster(tmp_path / "image.tif", reflectance(class_image(96, 128)), 0, names=BANDS)
    labels = write_raster(tmp_path / "labels.tif", truth[np.newaxis], 0)
    found = cut(tmp_path, image, labels, minimum_labelled=0.2)
    tiles = open_tiles(found.tiles)
    for row, place in enumerate(tiles.table.itertuples()):
        mask = tiles.read_mask(row)
        assert place.labelled_share == (mask > 0).mean() >= 0.2
        assert [place.share_1, place.share_2, place.share_3] == [(mask[mask > 0] == i).mean() for i in (1, 2, 3)]
    assert (found.tile_count, found.left_out_count) == (11, 1)  # the first one has no labels
    assert "Tiles left out without labels: 1 of 12." in found.warnings


@plainly
def test_pixels_without_data_in_a_band_have_no_class(tmp_path):
    pixels = reflectance(class_image(96, 96)).astype(np.int16)
    pixels[1, 5:20, 5:20] = -99
    pixels[2, 40:60, 40:60] = -99
    image = write_raster(tmp_path / "image.tif", pixels, -99, names=BANDS)
    labels = write_raster(tmp_path / "labels.tif", class_image(96, 96)[np.newaxis], 0)
    tiles = open_tiles(cut(tmp_path, image, labels).tiles)
    for row in range(len(tiles.table)):
        here = tiles.window(row).toslices()
        there = pixels[:, *here] != -99
        assert np.array_equal(np.isfinite(tiles.read_image(row)), there)
        assert np.array_equal(tiles.read_mask(row) == 0, ~there.all(axis=0))
        assert tiles.table["valid_share"].iat[row] == there.all(axis=0).mean()


def test_bands_with_nodata_values_of_their_own_keep_their_gaps(tmp_path):
    one = reflectance(class_image(64, 96))[:1]
    other = one.copy()
    one[0, 3:9, 3:9], other[0, 50:60, 50:60] = 0, 65535
    other[0, 20, 20] = 0  # a value there, nodata in the first
    a, b = write_raster(tmp_path / "a.tif", one, 0), write_raster(tmp_path / "b.tif", other, 65535)
    labels = write_raster(tmp_path / "labels.tif", class_image(64, 96)[np.newaxis], 0)
    tiles = open_tiles(cut(tmp_path, (str(a), str(b)), labels).tiles)
    first = tiles.read_image(0)
    assert np.array_equal(np.isnan(first[0]), one[0, :32, :32] == 0)
    assert not np.isnan(first[1]).any()
    assert first[1, 20, 20] == 0
    last = next(row for row in range(6) if (tiles.window(row).row_off, tiles.window(row).col_off) == (32, 32))
    assert np.array_equal(np.isnan(tiles.read_image(last)[1]), other[0, 32:, 32:64] == 65535)


def test_an_image_with_a_transparent_band_keeps_its_gaps(tmp_path):
    pixels = np.full((4, 64, 64), 7, np.uint8)
    pixels[3] = 255
    pixels[3, 10:30, 10:30] = 0
    with rasterio.open(
        tmp_path / "rgba.tif", "w", "GTiff", 64, 64, 4, "EPSG:32633", from_origin(0, 640, 10, 10), "uint8",
        photometric="RGB", alpha="YES",
    ) as raster:  # fmt: skip
        raster.write(pixels)
    labels = write_raster(
        tmp_path / "labels.tif", np.full((1, 64, 64), 3, np.uint8), 0, transform=from_origin(0, 640, 10, 10)
    )
    tiles = open_tiles(cut(tmp_path, tmp_path / "rgba.tif", labels).tiles)
    assert len(tiles.bands) == 3
    assert np.isnan(tiles.read_image(0)[:, 10:30, 10:30]).all()
    assert (tiles.read_mask(0) == 0).sum() == 400
    assert tiles.config["statistics"][0]["deviation"] == 0


def test_near_infrared_that_gdal_calls_alpha_is_a_band_of_the_tiles(tmp_path):
    """Also of a tile where it is saturated, or all or nothing, so that by itself it could be a mask."""
    pixels = np.random.default_rng(0).integers(1, 255, (4, 64, 64)).astype(np.uint8)
    pixels[3, :, 32:], pixels[3, 0, 32:] = 255, 0
    image = write_raster(tmp_path / "rgbn.tif", pixels)
    labels = write_raster(tmp_path / "labels.tif", np.full((1, 64, 64), 3, np.uint8), 0)
    with rasterio.open(image) as whole:
        assert whole.colorinterp[3] == ColorInterp.alpha
    tiles = open_tiles(cut(tmp_path, image, labels).tiles)
    assert len(tiles.bands) == 4
    with rasterio.open(tiles.folder / "images" / "r000000_c000032.tif") as tile:
        assert ColorInterp.alpha not in tile.colorinterp
        assert np.array_equal(tile.read(), pixels[:, :32, 32:])
        assert tile.read_masks().all()


def test_floats_with_nan_in_degrees(tmp_path):
    pixels = (reflectance(class_image(80, 100)) / 10_000).astype(np.float32)
    pixels[:, 10:15, 10:15] = np.nan
    place = {"crs": "EPSG:4326", "transform": from_origin(15.0, 48.7, 1e-4, 1e-4)}
    image = write_raster(tmp_path / "image.tif", pixels, None, names=BANDS, **place)
    labels = write_raster(tmp_path / "labels.tif", class_image(80, 100)[np.newaxis], 0, **place)
    found = cut(tmp_path, image, labels, footprints=tmp_path / "f.gpkg", blocks=tmp_path / "b.gpkg")
    tiles = open_tiles(found.tiles)
    assert np.isnan(tiles.read_image(0)[:, 10:15, 10:15]).all()
    shown = gpd.read_file(tmp_path / "f.gpkg", layer="tiles")
    assert shown.crs.to_epsg() == 4326
    with rasterio.open(image) as raster:
        for row in shown.itertuples():
            bounds = raster.window_bounds(Window(row.col, row.row, 32, 32))
            assert np.allclose(row.geometry.bounds, bounds, atol=1e-9)
    blocks = gpd.read_file(tmp_path / "b.gpkg", layer="blocks")
    assert set(blocks["part"]) == {"train", "val", "test"}
    assert int(blocks["tiles"].sum()) == found.tile_count


def test_without_a_coordinate_reference_system(tmp_path):
    truth = class_image(70, 90)
    image = write_raster(tmp_path / "image.tif", reflectance(truth), 0, crs=None)
    labels = write_raster(tmp_path / "labels.tif", truth[np.newaxis], 0, crs=None)
    found = cut(tmp_path, image, labels, footprints=tmp_path / "f.gpkg")
    assert open_tiles(found.tiles).grid.crs is None
    assert len(pyogrio.read_dataframe(tmp_path / "f.gpkg", layer="tiles")) == found.tile_count


@plainly
@pytest.mark.parametrize(("height", "width", "tiles"), [(64, 65, 6), (33, 96, 6), (65, 97, 12)])
def test_an_image_a_pixel_larger_than_its_tiles_is_covered(tmp_path, height, width, tiles):
    truth = class_image(height, width)
    image = write_raster(tmp_path / "image.tif", reflectance(truth), 0)
    found = cut(tmp_path, image, write_raster(tmp_path / "labels.tif", truth[np.newaxis], 0))
    table = open_tiles(found.tiles).table
    assert len(table) == tiles
    assert (int(table["row"].max()), int(table["col"].max())) == (height - 32, width - 32)


def test_an_image_smaller_than_a_tile_is_filled_up_with_no_data(tmp_path):
    truth = class_image(20, 26)
    image = write_raster(tmp_path / "image.tif", truth[np.newaxis], None)
    labels = write_raster(tmp_path / "labels.tif", truth[np.newaxis], None)
    with pytest.raises(InputError, match=r"1 block of the split, too few for 3 parts.*VAL_SHARE=0, TEST_SHARE=0"):
        cut(tmp_path, image, labels)
    tiles = open_tiles(cut(tmp_path, image, labels, val_share=0, test_share=0).tiles)
    assert len(tiles.table) == 1
    pixels, mask = tiles.read_image(0), tiles.read_mask(0)
    assert np.array_equal(pixels[0, :20, :26], truth)
    assert np.isnan(pixels[0, 20:]).all() and np.isnan(pixels[0, :, 26:]).all()
    assert np.array_equal(mask[:20, :26], truth) and (mask[20:] == 0).all()
    assert tiles.config["statistics"][0]["mean"] == pytest.approx(truth.mean())


def test_polygons_label_the_pixels_whose_centres_they_hold(tmp_path, scene):
    found = run_stage_class(
        CutTiles, images=scene.image, polygons=scene.polygons, class_field="class_id", name_field="class_name",
        tile_size=32, minimum_labelled=0.01, tiles=tmp_path / "tiles",
    )  # fmt: skip
    tiles = open_tiles(found.tiles)
    with rasterio.open(scene.image) as raster:
        shapes = list(zip(scene.table.geometry, scene.table["class_id"], strict=True))
        burnt = rasterio.features.rasterize(shapes, raster.shape, transform=raster.transform, dtype="uint8")
    assert tiles.classes.names == ["Field", "Forest", "Water"]
    for row in range(len(tiles.table)):
        assert np.array_equal(tiles.read_mask(row), burnt[tiles.window(row).toslices()])


@plainly
def test_pixels_under_two_classes_are_told_once(tmp_path, scene):
    table = scene.table.copy()
    table.loc[len(table)] = {**table.iloc[0].to_dict(), "class_id": 1 + table["class_id"].iat[0] % 3}
    table.to_file(tmp_path / "two.gpkg")
    found = run_stage_class(
        CutTiles, images=scene.image, polygons=tmp_path / "two.gpkg", class_field="class_id", tile_size=32, overlap=24,
        minimum_labelled=0.0, tiles=tmp_path / "tiles",
    )  # fmt: skip
    assert found.refused_count == 36  # a square of 6 × 6 pixels, in many tiles
    assert "Labelled pixels without class, under polygons of two classes: 36." in found.warnings


@plainly
def test_parts_can_be_drawn(tmp_path, pair):
    west, north = 500_000, 5_400_000
    areas = gpd.GeoDataFrame(
        {"teil": ["Train", "val", "test", "val"]},
        geometry=[
            shapely.box(west, north - 2560, west + 1600, north),
            shapely.box(west + 1600, north - 1100, west + 3200, north),
            shapely.box(west + 1600, north - 2560, west + 3200, north - 1500),
            shapely.box(west + 1600, north - 1500, west + 3200, north - 1100),
        ],
        crs="EPSG:32633",
    )
    areas.to_crs(4326).to_file(tmp_path / "parts.gpkg")
    found = cut(tmp_path, *pair, parts=tmp_path / "parts.gpkg", parts_field="teil", blocks=tmp_path / "blocks.gpkg")
    tiles = open_tiles(found.tiles)
    drawn = {"train": areas.geometry.iat[0], "test": areas.geometry.iat[2]}
    drawn["val"] = shapely.union(areas.geometry.iat[1], areas.geometry.iat[3])
    assert set(tiles.table["part"]) == {"train", "val", "test"}
    for place in tiles.table.itertuples():
        corner = west + 10 * place.col, north - 10 * place.row
        box = shapely.box(corner[0], corner[1] - 320, corner[0] + 320, corner[1])
        assert drawn[place.part].buffer(0.5).covers(box)
    assert tiles.config["block_size"] is None
    shown = gpd.read_file(tmp_path / "blocks.gpkg", layer="blocks")
    for part, shape in shown.dissolve("part").geometry.items():
        assert shape.symmetric_difference(drawn[part]).area < 0.001 * shape.area


def test_areas_for_training_need_labels(tmp_path, pair):
    with rasterio.open(pair[1], "r+") as labels:
        values = labels.read(1)
        values[:, :160] = 0
        labels.write(values, 1)
    halves = [shapely.box(500_000, 5_390_000, 501_600, 5_400_000), shapely.box(501_600, 5_390_000, 504_000, 5_400_000)]
    gpd.GeoDataFrame({"part": ["train", "val"]}, geometry=halves, crs=32633).to_file(tmp_path / "parts.gpkg")
    with pytest.raises(InputError, match="No tile in the polygons for training has enough labels"):
        cut(tmp_path, *pair, parts=tmp_path / "parts.gpkg", parts_field="part")


def test_areas_of_two_parts_must_not_overlap(tmp_path, pair):
    box = shapely.box(500_000, 5_397_500, 501_600, 5_400_000)
    areas = gpd.GeoDataFrame({"part": ["train", "val"]}, geometry=[box, box.buffer(-500)], crs="EPSG:32633")
    areas.to_file(tmp_path / "parts.gpkg")
    with pytest.raises(InputError, match=r"values train and val .* overlap"):
        cut(tmp_path, *pair, parts=tmp_path / "parts.gpkg", parts_field="part")
    areas["part"] = ["train", "learn"]
    areas.to_file(tmp_path / "parts.gpkg")
    with pytest.raises(InputError, match="holds 'learn'"):
        cut(tmp_path, *pair, parts=tmp_path / "parts.gpkg", parts_field="part")


@plainly
def test_outside_of_the_area_nothing_is_labelled(tmp_path, pair):
    area = shapely.box(500_400, 5_398_000, 503_000, 5_399_500)
    tiles = open_tiles(cut(tmp_path, *pair, aoi=area.wkt).tiles)
    with rasterio.open(pair[1]) as raster:
        inside = rasterio.features.geometry_mask([area], raster.shape, raster.transform, invert=True)
        expected = np.where(inside, raster.read(1), 0)
    for row in range(len(tiles.table)):
        assert np.array_equal(tiles.read_mask(row), expected[tiles.window(row).toslices()])


def same_files(left: Path, right: Path):
    names = sorted(p.relative_to(left) for p in left.rglob("*") if p.is_file() and p.parent.name != "provenance")
    assert names == sorted(
        p.relative_to(right) for p in right.rglob("*") if p.is_file() and p.parent.name != "provenance"
    )
    return [str(n) for n in names if not filecmp.cmp(left / n, right / n, shallow=False)]


def test_two_runs_give_the_same_bytes_whatever_the_number_of_threads(tmp_path, pair):
    for name, jobs in (("a", 1), ("b", 3)):
        cut(tmp_path, *pair, tiles=tmp_path / name, jobs=jobs, overlap=8)
    assert same_files(tmp_path / "a", tmp_path / "b") == []


@plainly
def test_groups_of_tiles_give_what_one_read_gives(tmp_path, pair, monkeypatch):
    cut(tmp_path, *pair, tiles=tmp_path / "a", overlap=8)
    monkeypatch.setattr("landloom.tiles.cutting.READ_BYTES", 100_000)
    monkeypatch.setattr("landloom.tiles.cutting.WIDE_BYTES", 100_000)
    cut(tmp_path, *pair, tiles=tmp_path / "b", overlap=8)
    assert same_files(tmp_path / "a", tmp_path / "b") == []


def test_the_same_request_finds_its_tiles_and_another_one_is_refused(tmp_path, pair):
    folder = tmp_path / "Kacheln ä"
    first = cut(tmp_path, *pair)
    own = folder / "notes.txt"
    own.write_text("mine")
    begun = (folder / "metadata/tiles.csv").stat().st_mtime_ns
    again = cut(tmp_path, *pair, report=tmp_path / "report.html")
    assert (again.tile_count, again.rarest_class_share) == (first.tile_count, first.rarest_class_share)
    assert (folder / "metadata/tiles.csv").stat().st_mtime_ns == begun
    with pytest.raises(OutputError, match="cut otherwise"):
        cut(tmp_path, *pair, tile_size=64)
    other = cut(tmp_path, *pair, tile_size=64, overwrite=True)
    assert open_tiles(folder).size == 64
    assert len(list((folder / "images").iterdir())) == other.tile_count
    assert own.read_text() == "mine"


@plainly
def test_another_content_of_the_class_table_is_another_request(tmp_path, pair):
    table = tmp_path / "classes.csv"
    table.write_text("id,name\n1,Low\n2,Medium\n3,High\n")
    cut(tmp_path, *pair, classes=table)
    table.write_text("id,name\n1,Low\n3,High\n")
    with pytest.raises(OutputError, match="cut otherwise"):
        cut(tmp_path, *pair, classes=table)


@plainly
@pytest.mark.parametrize("name", ["images/r000000_c000032.tif", "metadata/blocks.csv"])
def test_a_damaged_data_set_is_told_and_can_be_cut_anew(tmp_path, pair, name):
    folder = tmp_path / "Kacheln ä"
    cut(tmp_path, *pair)
    (folder / name).unlink()
    if name.endswith(".tif"):
        (folder / name).write_bytes(b"no tile")
    with pytest.raises(OutputError, match=rf"{name} is missing or damaged\. Choose OVERWRITE"):
        cut(tmp_path, *pair)
    cut(tmp_path, *pair, overwrite=True)
    cut(tmp_path, *pair, tiles=tmp_path / "afresh")
    assert same_files(folder, tmp_path / "afresh") == []


@plainly
def test_tiles_that_are_to_be_replaced_stay_where_the_new_ones_fail(tmp_path, pair):
    folder = tmp_path / "Kacheln ä"
    cut(tmp_path, *pair)
    cut(tmp_path, *pair, tiles=tmp_path / "afresh")
    with pytest.raises(InputError, match="too few for 3 parts"):
        cut(tmp_path, *pair, tile_size=256, overwrite=True)
    values = {"images": str(pair[0]), "label_raster": str(pair[1]), "tiles": str(folder), "overwrite": True}
    with Job() as job, pytest.raises(Cancelled):
        run_stage(CutTiles, {**values, "tile_size": 16}, _Impatient(job))
    assert same_files(folder, tmp_path / "afresh") == []
    assert not (folder / ".cutting").exists()


@plainly
def test_left_out_tiles_are_told_as_a_part_of_all(tmp_path, pair):
    with rasterio.open(pair[1], "r+") as labels:
        values = labels.read(1)
        values[:, :64] = 0  # two columns of tiles
        values[:20] = 0  # more than half of the first row of tiles
        labels.write(values, 1)
    found = cut(tmp_path, *pair, minimum_labelled=0.5)
    told = [text for text in found.warnings if text.startswith("Tiles left out")]
    assert sorted(told) == [
        "Tiles left out with too few labelled pixels: 8 of 80.", "Tiles left out without labels: 16 of 80."
    ]  # fmt: skip


def test_an_image_without_data_is_told(tmp_path, pair):
    empty = write_raster(tmp_path / "empty.tif", np.zeros((3, 256, 320), np.uint8), 0)
    with pytest.raises(InputError, match=r"empty\.tif holds nothing but nodata where the labels are"):
        cut(tmp_path, empty, pair[1])


def test_a_folder_with_other_files_is_refused(tmp_path, pair):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/me.jpg").touch()
    with pytest.raises(OutputError, match=r"other files, such as me\.jpg"):
        cut(tmp_path, *pair, tiles=tmp_path / "photos")


def test_a_run_that_is_cancelled_leaves_no_data_set(tmp_path, pair):
    values = {"images": str(pair[0]), "label_raster": str(pair[1]), "tile_size": 16, "tiles": str(tmp_path / "tiles")}
    with Job() as job, pytest.raises(Cancelled):
        run_stage(CutTiles, values, _Impatient(job))
    left = [p.name for p in (tmp_path / "tiles").rglob("*") if p.is_file()]
    assert left in ([], [".lock"])


class _Impatient:
    """A job that is cancelled as soon as something has been done."""

    def __init__(self, job):
        self._job = job

    def __getattr__(self, name):
        return getattr(self._job, name)

    def part(self, low, high):
        return self

    def progress(self, fraction, rate=""):
        raise Cancelled("The run was cancelled.")


KILLED = """
import os, signal, sys
sys.path[:0] = [{root!r}, {tests!r}]
from landloom.tiles import storage
written = []
write = storage.Writer.write
def until_killed(self, *args):
    if len(written) == 20:
        os.kill(os.getpid(), signal.SIGKILL)
    written.append(1)
    return write(self, *args)
storage.Writer.write = until_killed
from datasets import run_stage_class
from landloom.stages.cut_tiles import CutTiles
run_stage_class(CutTiles, images={image!r}, label_raster={labels!r}, tile_size=32, tiles={tiles!r})
"""


@plainly
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill")
def test_a_killed_run_leaves_no_data_set_and_the_next_one_makes_it(tmp_path, pair):
    folder = tmp_path / "Kacheln ä"
    code = KILLED.format(
        root=str(ROOT), tests=str(ROOT / "tests/engine"), image=str(pair[0]), labels=str(pair[1]), tiles=str(folder)
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, env=os.environ).returncode == -signal.SIGKILL
    assert any((folder / "images").iterdir())
    with pytest.raises(InputError, match="is no tile data set"):
        open_tiles(folder)
    cut(tmp_path, *pair)
    cut(tmp_path, *pair, tiles=tmp_path / "afresh")
    assert same_files(folder, tmp_path / "afresh") == []


def test_two_runs_at_once_are_refused(tmp_path, pair):
    folder = tmp_path / "Kacheln ä"
    folder.mkdir()
    with filelock.FileLock(folder / ".lock"), pytest.raises(OutputError, match="Another run is changing"):
        cut(tmp_path, *pair)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"overlap": 32}, r"OVERLAP \(32\) must be smaller than TILE_SIZE"),
        ({"val_share": 0.5, "test_share": 0.5}, "leave too little for training"),
        ({"parts": "x.gpkg"}, "Give both PARTS and PARTS_FIELD"),
        ({"polygons": "x.gpkg"}, "either LABEL_RASTER or POLYGONS"),
        ({"label_raster": None}, "No labels were given"),
        ({"label_raster": None, "polygons": "x.gpkg"}, "CLASS_FIELD"),
        ({"tile_size": 8}, "from 16 to 8192"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(tmp_path, values, words):
    given = {"images": "i.tif", "label_raster": "l.tif", "tile_size": 32, "tiles": str(tmp_path / "t"), **values}
    with pytest.raises(ParameterError, match=words):
        CutTiles.from_values(given)


def test_a_band_without_data_is_named(tmp_path):
    truth = class_image(64, 64)
    pixels = reflectance(truth)
    pixels[2] = 0
    image = write_raster(tmp_path / "image.tif", pixels, 0, names=BANDS)
    labels = write_raster(tmp_path / "labels.tif", truth[np.newaxis], 0)
    with pytest.raises(InputError, match=r"1 bands \(3\) hold nothing else than nodata.*BANDS=1-2,4"):
        cut(tmp_path, image, labels)
    assert not list((tmp_path / "Kacheln ä").rglob("*.tif"))
    tiles = open_tiles(cut(tmp_path, image, labels, bands="1-2,4").tiles)
    assert [band.name for band in tiles.bands] == ["B2", "B3", "B8"]


def test_too_few_labels_say_what_to_lower(tmp_path, scene):
    with pytest.raises(InputError, match="Lower MINIMUM_LABELLED"):
        run_stage_class(
            CutTiles, images=scene.image, polygons=scene.polygons, class_field="class_id", tile_size=64,
            minimum_labelled=0.9, tiles=tmp_path / "tiles",
        )  # fmt: skip


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path, pair, monkeypatch):
    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="disk is full"):
        cut(tmp_path, *pair)
    assert not list((tmp_path / "Kacheln ä").rglob("*.tif"))


def test_a_report_shows_shares_and_pictures(tmp_path, pair):
    found = cut(tmp_path, *pair, report=tmp_path / "report.html", ordinal=True)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png") == 3
    assert f"<b>{found.train_count}</b>training tiles" in page
    tiles = open_tiles(found.tiles)
    assert tiles.ordinal
    assert [c.colour for c in tiles.classes] == ["#fde725", "#21918c", "#440154"]
    config = json.loads((tiles.folder / "metadata/tiles_config.json").read_text(encoding="utf-8"))
    assert config["split"].startswith("blocks of")
    assert "Class 2" in (tiles.folder / "reports/tiles_summary.txt").read_text(encoding="utf-8")


@pytest.mark.skipif(not (DATA / "mangrove_s2").is_dir(), reason="the scenes for trying are not here")
@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")  # the masks are PNG
def test_a_real_mosaic_is_cut(tmp_path):
    """Scattered scenes as one image, their masks as one label raster, against rasterio's own mosaics."""
    folder = DATA / "mangrove_s2/Training"
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    chosen = sorted((folder / "images").glob("*.tif"))[:4]
    for image in chosen:
        (tmp_path / "images" / image.name).symlink_to(image)
        with rasterio.open(image) as raster, rasterio.open(folder / "masks" / f"{image.stem}.png") as drawn:
            mask, place = (drawn.read(1) > 0).astype(np.uint8), {"crs": raster.crs, "transform": raster.transform}
        write_raster(tmp_path / "masks" / image.name, mask[np.newaxis], 255, **place)
    found = run_stage_class(
        CutTiles, mosaic=tmp_path / "images", label_raster=tmp_path / "masks", classes="0:Other; 1:Mangrove",
        tile_size=128, tiles=tmp_path / "tiles", minimum_labelled=0.0,
    )  # fmt: skip
    tiles = open_tiles(found.tiles)
    assert (tiles.ignore, tiles.classes.names) == (255, ["Other", "Mangrove"])
    labels, _ = rasterio.merge.merge(sorted((tmp_path / "masks").iterdir()), nodata=255)
    pixels, _ = rasterio.merge.merge(sorted((tmp_path / "images").iterdir()))
    met = np.zeros(labels.shape[1:], bool)
    for row in range(len(tiles.table)):
        here = tiles.window(row).toslices()
        met[here] = True
        mask = tiles.read_mask(row)
        image = tiles.read_image(row)
        there = np.isfinite(image).all(axis=0)
        assert np.array_equal(image[:, there], pixels[:, *here][:, there])
        assert np.array_equal(mask[there], labels[0][here][there])
    assert met[labels[0] != 255].all()
