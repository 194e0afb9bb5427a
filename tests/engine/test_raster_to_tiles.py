"""A raster becomes a folder of tile files: bands, unit, nodata, places, and going on after a stop."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from conftest import BANDS, write_raster
from rasterio.transform import from_origin

from landloom.errors import InputError, OutputError, ParameterError
from landloom.refinement import masks
from landloom.refinement.tile_files import BadTile, list_tiles

WEST, NORTH = 500_000, 5_400_000


@pytest.fixture
def values():
    """Reflectance × 10000 of four bands, 1 to 9999."""
    return np.random.default_rng(0).integers(1, 10_000, (4, 50, 70)).astype(np.uint16)


@pytest.fixture
def image(tmp_path, values):
    return write_raster(tmp_path / "bild_grün 1.tif", values, 0, names=BANDS)


@pytest.fixture
def cut(run, tmp_path, image):
    """Cut the image, or another, into tiles of 32 pixels: the outputs, and the tiles by name."""

    def cutting(**given):
        settings = {"images": image, "tile_size": 32, "overlap": 8, "tiles": tmp_path / "tiles", **given}
        found = run("raster_to_tiles", **settings)
        return found, {tile.name: tile for tile in list_tiles(settings["tiles"])}

    return cutting


def at(tile) -> tuple[int, int]:
    return tile.metadata.content["row"], tile.metadata.content["col"]


def test_tiles_hold_blue_green_red_and_near_infrared_as_reflectance(cut, values, tmp_path):
    other_order = write_raster(
        tmp_path / "s2.tif", values[[3, 0, 0, 2, 1]], 0, names=["B08", "aerosol", "B02", "B04", "B03"]
    )
    found, tiles = cut(images=other_order)
    assert found.tile_count == len(tiles) == 6
    for tile in tiles.values():
        row, col = at(tile)
        expected = values[:, row : row + 32, col : col + 32] / 10_000
        np.testing.assert_allclose(tile.pixels("opt_v1"), expected, rtol=1e-6)
        assert tile.shape("opt_v1") == (4, 32, 32)


def test_the_last_tile_is_moved_back_to_end_with_the_raster(cut):
    _, tiles = cut()
    assert sorted(map(at, tiles.values())) == [(0, 0), (0, 24), (0, 38), (18, 0), (18, 24), (18, 38)]


def test_the_json_says_where_a_tile_lies_and_what_is_known_of_it(cut):
    found, tiles = cut(month=7, biome=4)
    tile = tiles["bild_grün_1_r000018_c000024"]
    grid = tile.metadata.grid(32, 32)
    assert (tile.metadata.month, tile.metadata.biome, tile.metadata.problems) == (7, 4, ())
    assert tile.metadata.content["tile_id"] == tile.name
    assert tile.metadata.content["raster"] == "bild_grün 1.tif"
    assert grid.crs.to_epsg() == 32633
    assert grid.bounds() == (WEST + 240, NORTH - 180 - 320, WEST + 240 + 320, NORTH - 180)
    assert found.warnings == []


def test_without_month_and_biome_what_will_be_taken_is_told(cut):
    found, tiles = cut()
    assert len(found.warnings) == 1
    assert "June" in found.warnings[0]
    assert "biome 0" in found.warnings[0]
    assert next(iter(tiles.values())).metadata.month == 6


def test_a_raster_smaller_than_a_tile_becomes_one_of_its_size(cut, values):
    found, tiles = cut(tile_size=64)
    assert found.tile_count == 2
    assert {tile.shape("opt_v1") for tile in tiles.values()} == {(4, 50, 64)}


def test_pixels_without_data_have_the_values_of_the_nearest_and_a_mask_says_so(cut, values, tmp_path):
    values[:, :20, :20] = 0
    values[2, 5:9, 30:33] = 0  # one band is enough
    found, tiles = cut(images=write_raster(tmp_path / "holes.tif", values, 0, names=BANDS))
    there = (values[:, :32, :32] != 0).all(axis=0)
    tile = tiles["holes_r000000_c000000"]
    np.testing.assert_array_equal(masks.read(tile.metadata.content, 32, 32), there)
    assert tile.metadata.content["valid_share"] == pytest.approx(there.mean(), abs=1e-6)
    pixels, places = tile.pixels("opt_v1"), np.argwhere(there)
    for row, col in np.argwhere(~there):
        distances = np.hypot(*(places - (row, col)).T)
        nearest = places[distances == distances.min()]
        assert any(np.allclose(pixels[:, row, col], values[:, r, c] / 10_000) for r, c in nearest)
    assert found.partial_count == 3  # both holes reach into the second, the first into the one below
    assert masks.read(tiles["holes_r000018_c000038"].metadata.content, 32, 32) is None


def test_tiles_without_any_data_are_left_out(cut, values, tmp_path):
    values[:, :, :60] = 0
    found, tiles = cut(images=write_raster(tmp_path / "east.tif", values, 0, names=BANDS))
    assert found.empty_count == 4
    assert sorted(map(at, tiles.values())) == [(0, 38), (18, 38)]


def test_a_raster_without_any_data_is_an_error_and_leaves_no_tiles(cut, values, tmp_path):
    with pytest.raises(InputError, match="has no data"):
        cut(images=write_raster(tmp_path / "none.tif", 0 * values, 0, names=BANDS))
    assert not [*(tmp_path / "tiles").glob("*.npz")]


def test_outside_of_the_area_of_interest_nothing_is_valid(cut):
    _, tiles = cut(aoi=shapely.box(WEST, NORTH - 100, WEST + 100, NORTH).wkt)  # 10 × 10 pixels in the corner
    assert [at(tile) for tile in tiles.values()] == [(0, 0)]
    valid = masks.read(next(iter(tiles.values())).metadata.content, 32, 32)
    assert valid[:10, :10].all()
    assert valid.sum() == 100


def test_a_tile_without_a_pixel_in_the_area_is_left_out(cut):
    # The second tile begins 240 m from the west, the centre of its first pixel lies at 245 m.
    found, tiles = cut(aoi=shapely.box(WEST, NORTH - 100, WEST + 243, NORTH).wkt)
    assert [at(tile) for tile in tiles.values()] == [(0, 0)]
    assert found.empty_count == 1


def test_pixels_outside_of_the_area_keep_their_values(cut, values):
    _, tiles = cut(aoi=shapely.box(WEST, NORTH - 100, WEST + 100, NORTH).wkt)
    pixels = next(iter(tiles.values())).pixels("opt_v1")
    np.testing.assert_allclose(pixels, values[:, :32, :32] / 10_000, rtol=1e-6)


def test_scale_and_offset_in_the_tags_count(cut, values, tmp_path):
    path = write_raster(tmp_path / "tagged.tif", values, 0, names=BANDS)
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets = (0.00005,) * 4, (0.1,) * 4
    _, tiles = cut(images=path)
    pixels = tiles["tagged_r000000_c000000"].pixels("opt_v1")
    np.testing.assert_allclose(pixels, values[:, :32, :32] * 0.00005 + 0.1, rtol=1e-6)


def test_the_offset_is_added_before_the_scale_divides_and_what_lies_beyond_is_cut_off(cut, values):
    found, tiles = cut(offset=-1000)
    pixels = tiles["bild_grün_1_r000000_c000000"].pixels("opt_v1")
    shifted = (values.astype(float) - 1000) / 10_000
    np.testing.assert_allclose(pixels, shifted[:, :32, :32].clip(0, 1), atol=1e-6)
    assert found.beyond_share == pytest.approx((shifted < 0).mean(), abs=0.02)


@pytest.mark.parametrize(
    ("stored", "given", "remedy"),
    [
        (lambda v: (v / 10_000).astype(np.float32), {}, "SCALE to 1,"),
        (lambda v: (v // 40).astype(np.uint8), {}, "SCALE to 255,"),
        (lambda v: (v / 100).astype(np.float32), {}, "SCALE to 100,"),
        (lambda v: v, {"scale": 1}, "SCALE to 10000,"),
    ],
)
def test_values_of_another_unit_are_refused_with_the_scale_that_fits(cut, values, tmp_path, stored, given, remedy):
    image = write_raster(tmp_path / "unit.tif", stored(values), names=BANDS)
    with pytest.raises(InputError, match=remedy):
        cut(images=image, **given)
    assert not (tmp_path / "tiles").exists()
    scale = float(remedy.split()[-1].rstrip(","))
    found, _ = cut(images=image, scale=scale)
    assert found.tile_count == 6


def test_a_scene_of_dark_water_is_no_other_unit(cut, values, tmp_path):
    found, _ = cut(images=write_raster(tmp_path / "water.tif", values // 40 + 1, 0, names=BANDS))
    assert found.tile_count == 6


def test_bands_that_names_do_not_tell_must_be_named(cut, values, tmp_path):
    image = write_raster(tmp_path / "rgbn.tif", values[[2, 1, 0, 3]], 0)
    with pytest.raises(ParameterError, match="BANDS, in the order blue, green, red, near infrared"):
        cut(images=image)
    _, tiles = cut(images=image, bands="3,2,1,4")
    np.testing.assert_allclose(tiles["rgbn_r000000_c000000"].pixels("opt_v1"), values[:, :32, :32] / 10_000, rtol=1e-6)
    with pytest.raises(ParameterError, match="3 bands where reflectance needs four"):
        cut(images=image, bands="3,2,1")


def test_radar_is_taken_as_it_is(cut, tmp_path):
    decibels = np.random.default_rng(1).normal(-12, 4, (2, 40, 40)).astype(np.float32)
    decibels[0, 3, 3] = np.nan
    found, tiles = cut(images=write_raster(tmp_path / "s1.tif", decibels, names=["VV", "VH"]), content="as_is")
    tile = tiles["s1_r000008_c000008"]
    np.testing.assert_array_equal(tile.pixels("sar", 2), decibels[:, 8:, 8:])
    assert tile.metadata.content["bands"] == {"sar": ["VV", "VH"]}
    assert np.isfinite(tiles["s1_r000000_c000000"].pixels("sar", 2)).all()
    assert found.warnings == []


@pytest.mark.parametrize("crs", [None, "EPSG:4326"])
def test_rasters_without_crs_and_in_degrees_can_be_cut(cut, values, tmp_path, crs):
    transform = from_origin(13, 52, 0.0001, 0.0001)
    _, tiles = cut(images=write_raster(tmp_path / "a.tif", values, 0, crs, transform, BANDS))
    grid = tiles["a_r000018_c000024"].metadata.grid(32, 32)
    assert (grid.crs.to_epsg() if crs else grid.crs) == (4326 if crs else None)
    assert grid.transform.c == pytest.approx(13 + 24 * 0.0001)
    assert grid.transform.f == pytest.approx(52 - 18 * 0.0001)


def test_outlines_are_those_of_the_tiles(cut, tmp_path):
    cut(footprints=tmp_path / "outlines.gpkg")
    table = gpd.read_file(tmp_path / "outlines.gpkg", layer="tiles").set_index("tile_id")
    assert len(table) == 6
    assert table.crs.to_epsg() == 32633
    expected = shapely.box(WEST + 240, NORTH - 500, WEST + 560, NORTH - 180)
    assert table.geometry["bild_grün_1_r000018_c000024"].symmetric_difference(expected).area == pytest.approx(0)


def test_a_run_that_was_stopped_goes_on(cut, tmp_path):
    _, tiles = cut()
    content = {name: tile.path.read_bytes() for name, tile in tiles.items()}
    first, *lost = tiles.values()
    for tile in lost:
        tile.path.unlink()
    (tmp_path / "tiles" / ".left.1234abcd.part.npz").write_text("half of a tile")
    written = first.path.stat().st_mtime_ns
    found, tiles = cut()
    assert found.tile_count == 6
    assert {name: tile.path.read_bytes() for name, tile in tiles.items()} == content
    assert first.path.stat().st_mtime_ns == written
    assert any("1 tiles were there" in event.get("text", "") for event in found.events)


def test_tiles_of_other_settings_are_only_replaced_when_told_to(cut, tmp_path):
    cut()
    (tmp_path / "tiles" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="OVERWRITE"):
        cut(overlap=0)
    found, tiles = cut(overlap=0, overwrite=True)
    assert found.tile_count == len(tiles) == 6
    assert (0, 32) in map(at, tiles.values())
    assert (tmp_path / "tiles" / "notes.txt").read_text() == "mine"


def test_results_in_a_folder_below_survive_overwriting(cut, tmp_path):
    cut()
    name = list_tiles(tmp_path / "tiles")[0].path.name
    (tmp_path / "tiles" / "refined").mkdir()
    result = tmp_path / "tiles" / "refined" / name
    result.write_text("hours of work")
    cut(overlap=0, overwrite=True)
    assert result.read_text() == "hours of work"


@pytest.mark.parametrize("damage", ["npz", "json", "share"])
def test_a_tile_whose_files_were_damaged_is_cut_again(cut, tmp_path, damage):
    _, tiles = cut()
    tile = next(iter(tiles.values()))
    metadata = tile.path.with_suffix(".json")
    pixels, text = tile.path.read_bytes(), metadata.read_text()
    if damage == "npz":
        tile.path.write_bytes(pixels[:100])
    elif damage == "json":
        metadata.unlink()
    else:
        metadata.write_text(json.dumps({**json.loads(text), "valid_share": "all"}))
    assert cut()[0].tile_count == 6
    assert (tile.path.read_bytes(), metadata.read_text()) == (pixels, text)


def test_a_damaged_configuration_counts_as_one_of_other_settings(cut, tmp_path):
    cut()
    (tmp_path / "tiles" / "cutting.json").write_bytes(b"\xff\xfe")
    with pytest.raises(OutputError, match="OVERWRITE"):
        cut()


def test_an_array_can_have_any_name(cut, values):
    _, tiles = cut(key="file")
    tile = tiles["bild_grün_1_r000000_c000000"]
    np.testing.assert_allclose(tile.pixels("file"), values[:, :32, :32] / 10_000, rtol=1e-6)


def test_an_image_with_nothing_above_0_is_told_from_one_of_another_unit(cut, values, tmp_path):
    black = write_raster(tmp_path / "black.tif", 0 * values, None, names=BANDS)
    with pytest.raises(InputError, match="Check its bands and its nodata value"):
        cut(images=black)


def test_a_folder_of_other_files_is_refused(cut, tmp_path):
    (tmp_path / "tiles").mkdir()
    (tmp_path / "tiles" / "other.npz").write_text("")
    with pytest.raises(OutputError, match=r"other\.npz"):
        cut()


def test_a_damaged_mask_is_told(tmp_path):
    valid = np.eye(5, 7, dtype=bool)
    content = json.loads(json.dumps(masks.content(valid)))
    np.testing.assert_array_equal(masks.read(content, 5, 7), valid)
    with pytest.raises(BadTile, match="9 × 9"):
        masks.read(content, 9, 9)
    with pytest.raises(BadTile, match="valid_mask"):
        masks.read({"valid_mask": "rubbish"}, 5, 7)
