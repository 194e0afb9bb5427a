"""Tile files become a raster: exact where nothing was changed, blended where tiles differ, nodata where nothing is."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import rasterio
from affine import Affine
from conftest import BANDS, write_raster
from rasterio.crs import CRS
from tile_folders import make_tiles

from landloom.cog import read_band_classes, read_classes
from landloom.errors import Cancelled, InputError, ParameterError
from landloom.grids import Grid
from landloom.refinement import masks, mosaicking
from landloom.refinement.tile_files import georeference, list_tiles, write_tile

UTM = CRS.from_epsg(32633)


def put(folder, name, values, left=0, top=0, key="opt_v2", crs=UTM, pixel=10.0, **content):
    """Write a tile with its upper left corner so many pixels from the corner of a scene."""
    folder.mkdir(exist_ok=True)
    transform = Affine(pixel, 0, 500_000 + left * pixel, 0, -pixel, 5_400_000 - top * pixel)
    grid = Grid(*values.shape[-2:], transform, crs)
    write_tile(folder, name, {key: values}, {"georeference": georeference(grid), **content})


def flat(value, height=16, width=16, bands=4):
    return np.full((bands, height, width), value, np.float32)


def read(path):
    with rasterio.open(path) as dataset:
        return dataset.read(), dataset.profile, dataset.descriptions


def same_place(path, other) -> bool:
    with rasterio.open(path) as a, rasterio.open(other) as b:
        return (a.transform, a.crs, a.shape) == (b.transform, b.crs, b.shape)


@pytest.fixture
def mosaic(run, tmp_path):
    def making(**given):
        return run("tiles_to_raster", **{"tiles": tmp_path / "tiles", "raster": tmp_path / "mosaic.tif", **given})

    return making


@pytest.mark.parametrize(("size", "overlap"), [(32, 8), (48, 0), (33, 20), (400, 32)])
def test_a_raster_comes_back_exactly_from_its_tiles(run, mosaic, tmp_path, size, overlap):
    values = np.random.default_rng(0).integers(1, 10_001, (4, 90, 110)).astype(np.uint16)
    values[:, 20:60, 30:37] = 0
    values[:, 80:, :] = 0
    values[1, 5, 100] = 0  # without data in one band, a pixel is without data
    source = write_raster(tmp_path / "source.tif", values, 0, names=BANDS)
    tiles = tmp_path / "tiles"
    run("raster_to_tiles", images=source, tile_size=size, overlap=overlap, tiles=tiles)
    found = mosaic(key="opt_v1")
    back, profile, names = read(found.raster)
    there = (values != 0).all(axis=0)
    assert (profile["dtype"], profile["nodata"]) == ("uint16", 65535)
    np.testing.assert_array_equal(back, np.where(there, values, 65535))
    assert names == BANDS
    assert found.valid_share == pytest.approx(there.mean(), abs=1e-6)
    assert same_place(source, found.raster)


def test_floating_point_numbers_come_back_exactly(run, mosaic, tmp_path):
    values = np.random.default_rng(1).random((4, 60, 50)).astype(np.float32)
    values[:, 10:20, 10:20] = np.nan
    source = write_raster(tmp_path / "source.tif", values, np.nan, names=BANDS)
    run("raster_to_tiles", images=source, scale=1, tile_size=24, overlap=9, tiles=tmp_path / "tiles")
    found = mosaic(key="opt_v1", dtype="float32")
    np.testing.assert_array_equal(read(found.raster)[0], values)


def test_rasters_that_are_put_together_in_many_pieces_come_back(run, mosaic, tmp_path):
    values = np.random.default_rng(2).integers(1, 10_001, (4, 40, 1700)).astype(np.uint16)
    source = write_raster(tmp_path / "source.tif", values, 0, names=BANDS)
    run("raster_to_tiles", images=source, tile_size=100, overlap=10, tiles=tmp_path / "tiles")
    # So many jobs have room for a few rows of a window each.
    found = mosaic(key="opt_v1", memory=256, jobs=64)
    np.testing.assert_array_equal(read(found.raster)[0], values)
    assert same_place(source, found.raster)


def test_a_tile_fades_into_the_next_by_the_distance_to_their_borders(mosaic, tmp_path):
    put(tmp_path / "tiles", "west", flat(0.2, width=20))
    put(tmp_path / "tiles", "east", flat(0.6, width=20), left=12)
    row = read(mosaic(dtype="float32").raster)[0][0, 8]
    # 8 pixels are shared: of pixel i, the distance to the east tile's border is i + 0.5, to the west tile's 7.5 - i.
    east, west = (np.arange(8) + 0.5) ** 4, (7.5 - np.arange(8)) ** 4
    expected = (0.2 * west + 0.6 * east) / (west + east)
    np.testing.assert_allclose(row, [0.2] * 12 + expected.tolist() + [0.6] * 12, rtol=1e-6)


def test_gaps_have_no_data(mosaic, tmp_path):
    put(tmp_path / "tiles", "a", flat(0.1))
    put(tmp_path / "tiles", "b", flat(0.3), left=20, top=4)
    found = mosaic()
    expected = np.full((20, 36), 65535)
    expected[:16, :16], expected[4:, 20:] = 1000, 3000
    np.testing.assert_array_equal(read(found.raster)[0], np.broadcast_to(expected, (4, 20, 36)))
    assert found.valid_share == pytest.approx(2 * 256 / 720, abs=1e-6)


def test_what_another_stage_wrote_keeps_its_mask(mosaic, tmp_path):
    valid = np.ones((16, 16), bool)
    valid[:4, :5] = False
    put(tmp_path / "tiles", "a", flat(0.1), **masks.content(valid))
    np.testing.assert_array_equal(read(mosaic().raster)[0] == 1000, np.broadcast_to(valid, (4, 16, 16)))


def test_each_pixel_has_the_class_of_the_tile_in_which_it_is_farthest_from_the_border(mosaic, tmp_path):
    listed = [{"id": 1, "name": "Wald", "colour": "#117733"}, {"id": 7, "name": "Wasser", "colour": "#0072b2"}]
    put(tmp_path / "tiles", "west", np.full((16, 20), 1, np.uint8), key="classes", classes=listed)
    put(tmp_path / "tiles", "east", np.full((16, 20), 7, np.uint8), left=12, key="classes", classes=listed)
    found = mosaic(key="classes")
    values, profile, _ = read(found.raster)
    np.testing.assert_array_equal(values[0], np.broadcast_to([1] * 16 + [7] * 16, (16, 32)))
    assert (profile["dtype"], profile["nodata"]) == ("uint8", 0)
    assert read_classes(found.raster).names == ["Wald", "Wasser"]
    assert "Wasser" in (tmp_path / "mosaic.qml").read_text("utf-8")


def test_a_tile_without_class_leaves_the_pixel_to_the_other(mosaic, tmp_path):
    listed = [{"id": 1, "name": "Wald"}, {"id": 7, "name": "Wasser"}]
    empty = np.full((16, 20), 1, np.uint8)
    empty[:, 15:] = 0  # which is no class, so it stands for nodata
    put(tmp_path / "tiles", "west", empty, key="classes", classes=listed)
    put(tmp_path / "tiles", "east", np.full((16, 20), 7, np.uint8), left=12, key="classes", classes=listed)
    values = read(mosaic(key="classes").raster)[0][0]
    np.testing.assert_array_equal(values, np.broadcast_to([1] * 15 + [7] * 17, (16, 32)))


def test_a_class_that_is_in_no_table_makes_a_tile_unusable(mosaic, tmp_path):
    for number in range(2):
        values = np.full((8, 8), 1 + 4 * number, np.uint8)
        put(tmp_path / "tiles", f"t{number}", values, 8 * number, key="classes", classes=[{"id": 1, "name": "Wald"}])
    found = mosaic(key="classes")
    assert found.failed_count == 1
    assert "has 5, which is no class" in found.warnings[0]


def test_classes_without_a_table_are_called_by_their_numbers(mosaic, tmp_path):
    put(tmp_path / "tiles", "a", np.array([[0, 3], [3, 300]], np.uint16), key="classes")
    found = mosaic(key="classes")
    assert read(found.raster)[0].tolist() == [[[0, 3], [3, 300]]]
    assert read_classes(found.raster).names == ["0", "3", "300"]
    assert "do not say what their classes are" in found.warnings[0]


def test_tiles_with_different_class_tables_are_refused(mosaic, tmp_path):
    for number, name in enumerate(("Wald", "Wasser")):
        values = np.ones((4, 4), np.uint8)
        put(tmp_path / "tiles", name, values, 4 * number, key="classes", classes=[{"id": 1, "name": name}])
    with pytest.raises(InputError, match="Wasser are others than those of Wald"):
        mosaic(key="classes")


def test_blended_probabilities_add_up_to_one(mosaic, tmp_path):
    random = np.random.default_rng(3)
    listed = [{"id": 1, "name": "Wald"}, {"id": 2, "name": "Wasser"}, {"id": 3, "name": "Feld"}]
    for number in range(3):
        shares = random.dirichlet([1, 1, 1], (16, 16)).transpose(2, 0, 1).astype(np.float32)
        put(tmp_path / "tiles", f"t{number}", shares, left=10 * number, key="probabilities", classes=listed)
    found = mosaic(key="probabilities")
    values, profile, names = read(found.raster)
    assert names == ("Wald", "Wasser", "Feld")
    assert profile["dtype"] == "float32"
    np.testing.assert_allclose(values.sum(axis=0), 1, rtol=1e-6)
    assert read_band_classes(found.raster).ids == [1, 2, 3]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"crs": CRS.from_epsg(32634)}, "EPSG:32633, stranger another"),
        ({"crs": None}, "EPSG:32633, stranger another"),
        ({"pixel": 20.0}, "the pixels of stranger are of another size"),
        ({"left": 16.3}, "the pixels of stranger"),
    ],
)
def test_tiles_that_do_not_lie_on_one_grid_are_refused_by_name(mosaic, tmp_path, other, message):
    for number in range(2):
        put(tmp_path / "tiles", f"a{number}", flat(0.1), left=16 * number)
    put(tmp_path / "tiles", "stranger", flat(0.2), **{"top": 16, **other})
    with pytest.raises(InputError, match=message):
        mosaic()
    assert not (tmp_path / "mosaic.tif").exists()


def test_tiles_of_other_bands_are_refused_by_name(mosaic, tmp_path):
    put(tmp_path / "tiles", "a", flat(0.1))
    put(tmp_path / "tiles", "b", flat(0.1, bands=3), left=16)
    with pytest.raises(InputError, match="of b has not"):
        mosaic()


def test_tiles_without_a_place_are_an_error(mosaic, tmp_path):
    make_tiles(tmp_path / "tiles", 2, key="opt_v2")
    with pytest.raises(InputError, match="georeference"):
        mosaic()


def test_another_key_is_an_error_that_names_those_found(mosaic, tmp_path):
    make_tiles(tmp_path / "tiles", 2, key="opt_v1", georeferenced=True)
    with pytest.raises(InputError, match="has no array 'opt_v2', but opt_v1"):
        mosaic()


def test_bad_tiles_are_left_out_and_listed(mosaic, tmp_path):
    make_tiles(tmp_path / "tiles", 6, 16, "opt_v2", georeferenced=True, columns=6)
    tiles = list_tiles(tmp_path / "tiles")
    (tmp_path / "tiles" / "tile_001.npz").write_bytes(b"no archive")
    values = tiles[2].pixels("opt_v2")
    values[0, 3, 3] = np.nan
    write_tile(tmp_path / "tiles", "tile_002", {"opt_v2": values}, tiles[2].metadata.content)
    numbers = 10_000 * tiles[3].pixels("opt_v2")
    write_tile(tmp_path / "tiles", "tile_003", {"opt_v2": numbers}, tiles[3].metadata.content)
    (tmp_path / "tiles" / "tile_004.json").unlink()
    found = mosaic(failed=tmp_path / "failed.csv")
    assert (found.tile_count, found.failed_count) == (2, 4)
    with (tmp_path / "failed.csv").open(encoding="utf-8") as stream:
        listed = {row["tile"]: row["kind"] for row in csv.DictReader(stream)}
    assert listed == {
        "tile_001": "unreadable", "tile_002": "not finite", "tile_003": "not 0–1", "tile_004": "no georeference",
    }  # fmt: skip
    known = read(found.raster)[0][0, 8] != 65535
    assert known.tolist() == [True] * 16 + [False] * 64 + [True] * 16
    assert "4 of 6 tiles could not be used" in found.warnings[0]


def test_a_run_that_goes_on_still_tells_which_tiles_failed_before(mosaic, tmp_path, monkeypatch):
    for number, value in enumerate((np.nan, 0.3, 0.3)):
        put(tmp_path / "tiles", f"tile_{number}", flat(value, height=600), top=600 * number)
    read_tile = mosaicking.Blend.pixels

    def stopping(task, tile):
        if tile.name == "tile_2":
            raise Cancelled
        return read_tile(task, tile)

    with monkeypatch.context() as patch, pytest.raises(Cancelled):
        patch.setattr(mosaicking.Blend, "pixels", stopping)
        mosaic(jobs=1)
    done = mosaic(jobs=1)
    assert any("Going on with an earlier run" in event.get("text", "") for event in done.events)
    assert (done.tile_count, done.failed_count) == (2, 1)


def test_where_no_tile_can_be_used_nothing_is_written(mosaic, tmp_path):
    put(tmp_path / "tiles", "a", flat(np.nan))
    with pytest.raises(InputError, match="NaN"):
        mosaic()
    assert not [*tmp_path.glob("mosaic*")]


def test_radar_is_kept_as_floating_point_numbers(mosaic, tmp_path):
    decibels = np.random.default_rng(4).normal(-12, 4, (2, 16, 16)).astype(np.float32)
    put(tmp_path / "tiles", "a", decibels, key="sar", bands={"sar": ["VV", "VH"]})
    with pytest.raises(ParameterError, match="Choose float32"):
        mosaic(key="sar")
    values, profile, names = read(mosaic(key="sar", dtype="float32").raster)
    np.testing.assert_array_equal(values, decibels)
    assert names == ("VV", "VH")
    assert np.isnan(profile["nodata"])


def test_whole_numbers_are_not_made_of_what_is_no_reflectance(mosaic, tmp_path):
    put(tmp_path / "tiles", "a", -12 * flat(1), key="sar")
    with pytest.raises(InputError, match="down to -12"):
        mosaic(key="sar")


def test_the_mosaic_is_shown_in_true_colour(mosaic, tmp_path):
    make_tiles(tmp_path / "tiles", 4, key="opt_v2", georeferenced=True)
    mosaic()
    style = (tmp_path / "mosaic.qml").read_text("utf-8")
    assert 'redBand="3" greenBand="2" blueBand="1"' in style


def test_the_mosaic_does_not_depend_on_the_jobs(mosaic, tmp_path):
    make_tiles(tmp_path / "tiles", 5, 16, "opt_v2", georeferenced=True)
    first, again = (mosaic(raster=tmp_path / f"{n}.tif", jobs=n) for n in (1, 2))
    np.testing.assert_array_equal(read(first.raster)[0], read(again.raster)[0])


def test_a_tile_with_a_place_far_off_is_told_before_the_work(mosaic, tmp_path):
    for number, left in enumerate((0, 160, 5_000_000)):
        put(tmp_path / "tiles", f"tile_{number}", flat(0.3), left=left, top=left)
    with pytest.raises(InputError, match=r"farthest from the others is tile_2"):
        mosaic()
