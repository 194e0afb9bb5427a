"""Describe map tiles: parameters, images, metrics, groups, several scenes in one table."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
import sklearn.metrics
from conftest import write_raster
from rasterio.enums import ColorInterp
from rasterio.transform import from_origin
from rasterio.windows import Window

from landloom import classes, cog, rasters
from landloom.errors import InputError, OutputError, ParameterError
from landloom.quality import map_tiles
from landloom.records.table import open_records, write_records

# Two tiles of 4 × 4 pixels: stripes of two classes in the west, one class with a hole in the east.
MAP = np.array(
    [
        [1, 2, 1, 2, 3, 3, 3, 3],
        [1, 2, 1, 2, 3, 0, 3, 3],
        [1, 2, 1, 2, 3, 3, 3, 3],
        [1, 2, 1, 2, 3, 3, 3, 3],
    ],
    np.uint8,
)
TRUTH = np.array(
    [
        [1, 2, 1, 2, 3, 3, 1, 1],
        [1, 2, 1, 2, 3, 3, 1, 1],
        [1, 2, 1, 2, 3, 3, 0, 0],
        [2, 1, 2, 1, 3, 3, 0, 0],
    ],
    np.uint8,
)


@pytest.fixture
def small(tmp_path):
    """The map of two tiles, an image of two bands, an entropy in percent, and the truth."""
    random = np.random.default_rng(3)
    image = random.integers(1, 1000, (2, 4, 8)).astype(np.uint16)
    entropy = np.full((1, 4, 8), 20, np.uint8)
    entropy[0, :, 4:] = 80
    entropy[0, 1, 5] = 255
    entropy[0, 0, 0] = 100
    return SimpleNamespace(
        image=write_raster(tmp_path / "image.tif", image, names=("red", "nir")),
        map=write_raster(tmp_path / "map.tif", MAP[np.newaxis], 0),
        entropy=write_raster(tmp_path / "entropy.tif", entropy, 255),
        reference=write_raster(tmp_path / "truth.tif", TRUTH[np.newaxis], 0),
        pixels=image,
        folder=tmp_path / "tiles",
        records=tmp_path / "tiles" / "records.csv",
    )


def describe(run, small, **more):
    """The records of the small map; what is found out as attributes of `found`."""
    given = {
        "map": small.map,
        "images": small.image,
        "tile_size": 4,
        "tiles": small.folder,
        "records": small.records,
    }
    found = run("describe_map_tiles", **given | more)
    return open_records(more.get("records", small.records)), found


def test_parameters_of_each_tile(run, small):
    records, found = describe(run, small, entropy=small.entropy)
    west, east = (records.table.iloc[i] for i in range(2))
    # 12 of the 12 pairs beside one another differ, none of the 12 below one another.
    assert west["param_edge_density"] == 0.5
    assert west["param_region_density"] == 4 / 16
    assert (west["param_share_1"], west["param_share_2"], west["param_share_3"]) == (0.5, 0.5, 0)
    assert west["param_mean_entropy"] == pytest.approx((15 * 0.2 + 1) / 16)
    assert west["param_entropy_p90"] == pytest.approx(0.2)
    assert west["param_nodata_share"] == 0
    # The hole has no class, so no pair with it counts.
    assert (east["param_edge_density"], east["param_region_density"]) == (0, 1 / 15)
    assert east["param_mean_entropy"] == pytest.approx(0.8)
    assert east["param_nodata_share"] == 1 / 16
    assert west["param_mean_red"] == pytest.approx(small.pixels[0, :, :4].mean())
    assert west["param_deviation_nir"] == pytest.approx(small.pixels[1, :, :4].std())
    assert not records.metrics
    assert (found.tile_count, found.referenced_count, found.mean_accuracy) == (2, 0, None)


def test_regions_and_edges_of_a_chessboard():
    board = np.array([[1, 2], [2, 1]])
    assert map_tiles.regions(board, np.ones((2, 2), bool)) == 4
    assert map_tiles.edge_density(board, np.ones((2, 2), bool)) == 1


def test_bands_are_told_in_their_units_and_nodata_counts(run, small, tmp_path):
    """Nodata of one band is enough to make a pixel one without data; tiles keep scale, offset and nodata."""
    pixels = small.pixels.copy()
    pixels[0, 0, :3] = 0
    image = write_raster(tmp_path / "scaled.tif", pixels, 0, names=("red", "nir"))
    with rasterio.open(image, "r+") as raster:
        raster.scales, raster.offsets = (0.5, 1.0), (3.0, 0.0)
    percent = np.arange(32, dtype=np.uint8).reshape(1, 4, 8)
    entropy = write_raster(tmp_path / "e.tif", percent)
    records, _ = describe(run, small, images=image, entropy=entropy)
    west = records.table.iloc[0]
    assert west["param_mean_red"] == pytest.approx(0.5 * pixels[0, :, :4][pixels[0, :, :4] > 0].mean() + 3)
    assert west["param_mean_nir"] == pytest.approx(pixels[1, :, :4].mean())
    assert west["param_nodata_share"] == 3 / 16
    for q in (10, 50, 90):
        assert west[f"param_entropy_p{q}"] == pytest.approx(np.percentile(percent[0, :, :4], q) / 100)
    with rasterio.open(records.images[0]) as tile:
        assert (tile.scales, tile.offsets, tile.nodatavals) == ((0.5, 1.0), (3.0, 0.0), (0, 0))


def test_metrics_are_those_of_scikit_learn(run, small):
    records, found = describe(run, small, reference=small.reference)
    table = records.table
    assert table["metric_accuracy"].tolist() == [12 / 16, 7 / 11]
    truth, mapped = TRUTH[:, :4].ravel(), MAP[:, :4].ravel()
    assert table["metric_kappa"][0] == pytest.approx(sklearn.metrics.cohen_kappa_score(truth, mapped))
    assert table["metric_mean_f1"][0] == pytest.approx(sklearn.metrics.f1_score(truth, mapped, average="macro"))
    assert table["reference_pixels"].tolist() == [16, 11]
    assert "reference_pixels" not in [*records.parameters, *records.metrics]
    assert found.mean_accuracy == pytest.approx((12 / 16 + 7 / 11) / 2, abs=1e-6)


def test_metrics_are_unknown_where_too_little_is_known(run, small):
    records, found = describe(run, small, reference=small.reference, minimum_reference=0.9)
    assert records.table["metric_accuracy"].isna().tolist() == [False, True]
    assert records.table["reference_pixels"].tolist() == [16, 11]
    assert found.referenced_count == 1


def test_tile_images_are_the_image_where_it_lies(run, small):
    records, _ = describe(run, small)
    assert [path.exists() for path in records.images] == [True, True]
    with rasterio.open(records.images[1]) as tile, rasterio.open(small.image) as image:
        assert np.array_equal(tile.read(), small.pixels[:, :, 4:])
        assert tile.crs == image.crs
        assert tile.descriptions == ("red", "nir")
        assert tile.transform.c == image.transform.c + 4 * image.transform.a
    outline = shapely.from_wkt(records.table["footprint"][1])
    assert outline.bounds == (500_040, 5_399_960, 500_080, 5_400_000)
    assert records.table["crs"].tolist() == ["EPSG:32633"] * 2


def test_near_infrared_that_gdal_calls_alpha_is_a_band_of_the_tiles(run, small, tmp_path):
    """Also of a tile where it is saturated, or all or nothing, so that by itself it could be a mask."""
    pixels = np.random.default_rng(0).integers(1, 255, (4, 4, 8)).astype(np.uint8)
    pixels[3, :, 4:], pixels[3, 0, 4:] = 255, 0
    image = write_raster(tmp_path / "rgbn.tif", pixels)
    with rasterio.open(image) as whole:
        assert whole.colorinterp[3] == ColorInterp.alpha
    records, _ = describe(run, small, images=image)
    with rasterio.open(records.images[1]) as tile:
        assert np.array_equal(tile.read(), pixels[:, :, 4:])
        assert ColorInterp.alpha not in tile.colorinterp
    stack = rasters.open_stack([str(records.images[1])])
    assert len(stack.bands) == 4
    assert stack.read(Window(0, 0, 4, 4))[1].all()
    stack.close()


def test_measures_come_from_probabilities_where_not_given(run, small, tmp_path):
    shares = np.zeros((3, 4, 8), np.float32)
    shares[0], shares[1] = 0.75, 0.25
    path = write_raster(tmp_path / "p.tif", shares, names=("1", "2", "3"))
    records, _ = describe(run, small, probabilities=path, entropy=small.entropy)
    row = records.table.iloc[1]
    assert row["param_mean_confidence"] == pytest.approx(0.75)
    assert row["param_mean_margin"] == pytest.approx(0.5)
    assert row["param_mean_entropy"] == pytest.approx(0.8)
    records, _ = describe(run, small, probabilities=path)
    expected = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25)) / np.log(3)
    assert records.table["param_mean_entropy"][0] == pytest.approx(expected, rel=1e-6)


def test_tiles_with_little_data_and_cut_off_tiles(run, small):
    """Of tiles of 5 × 5 pixels the western one has 20 mapped, the eastern one, which is cut off, 11."""
    records, found = describe(run, small, tile_size=5)
    assert len(records) == 1
    assert (found.tile_count, found.left_out_count) == (1, 1)
    assert any("1 of 2" in text for text in found.warnings)
    records, _ = describe(run, small, tile_size=5, minimum_valid=0.4)
    with rasterio.open(records.images[1]) as tile:
        assert tile.shape == (4, 3)
    assert shapely.from_wkt(records.table["footprint"][1]).bounds == (500_050, 5_399_960, 500_080, 5_400_000)


def test_windows_cut_no_tile(run, small, tmp_path, monkeypatch):
    """What comes out does not depend on how much is read at once."""
    random = np.random.default_rng(0)
    big = SimpleNamespace(
        **vars(small)
        | {
            "image": write_raster(tmp_path / "i.tif", random.random((3, 50, 70), np.float32)),
            "map": write_raster(tmp_path / "m.tif", random.integers(1, 4, (1, 50, 70)).astype(np.uint8), 0),
        }
    )
    whole, _ = describe(run, big, tile_size=8)
    monkeypatch.setattr(map_tiles, "WINDOW_BYTES", 1000)
    monkeypatch.setattr(map_tiles, "WINDOW_ROWS", 8)
    pieces, _ = describe(run, big, tile_size=8)
    assert len(whole) == 6 * 9
    assert sorted(whole.table["record_id"]) == sorted(pieces.table["record_id"])
    both = whole.table.set_index("record_id"), pieces.table.set_index("record_id")
    assert both[0].equals(both[1].loc[both[0].index])


def test_image_on_another_grid_is_brought_to_the_map(run, small, tmp_path):
    coarse = write_raster(
        tmp_path / "coarse.tif", np.array([[[5, 9]]], np.uint8), transform=from_origin(500_000, 5_400_000, 40, 40)
    )
    records, _ = describe(run, small, images=coarse, resampling="nearest")
    assert records.table["param_mean_band_1"].tolist() == [5, 9]


def test_scenes_add_up_to_one_table(run, small, tmp_path):
    describe(run, small, scene="Jänner 1", reference=small.reference)
    other = write_raster(tmp_path / "other.tif", np.where(MAP == 1, 4, MAP)[np.newaxis], 0)
    records, found = describe(run, small, scene="two", map=other, append=True, year=2024, month=5, method="forest 7")
    table = records.table
    assert table["group"].tolist() == ["Jänner_1"] * 2 + ["two"] * 2
    assert table["time"].tolist() == ["", "", "2024-05", "2024-05"]
    assert table["method"].tolist() == ["", "", "forest 7", "forest 7"]
    assert all(path.exists() for path in records.images)
    # No pixel of the first map is of class 4.
    assert table["param_share_4"].tolist() == [0, 0, 0.5, 0]
    assert table["metric_accuracy"].isna().tolist() == [False, False, True, True]
    assert (found.record_count, found.tile_count, found.group_count) == (4, 2, 2)
    # A split of fewer records no longer holds.
    write_records(small.records, table.assign(part="train", fold=0, inspect=0))
    again, _ = describe(run, small, scene="two", append=True)
    assert len(again) == 4
    assert not {"part", "fold", "inspect"} & set(again.table)


def test_without_append_earlier_tiles_go_and_other_files_stay(run, small):
    describe(run, small, scene="one")
    (small.folder / "features.h5").write_bytes(b"mine")
    records, _ = describe(run, small, scene="two")
    assert len(list((small.folder / "images").iterdir())) == len(records) == 2
    assert (small.folder / "features.h5").exists()


def test_blocks_of_tiles_are_groups(run, small, tmp_path):
    records, found = describe(run, small, group_tiles=1)
    assert found.group_count == 2
    assert records.table["group"].tolist() == ["map_block_0_0", "map_block_0_1"]
    large = write_raster(tmp_path / "large.tif", np.tile(MAP, (1, 2, 2)), 0)
    records, _ = describe(run, small, map=large, images=large, scene="map", group_tiles=2)
    assert sorted(records.table["group"].tolist()) == ["map_block_0_0"] * 4 + ["map_block_0_1"] * 4


def test_records_elsewhere_find_the_images(run, small, tmp_path):
    records, _ = describe(run, small, records=tmp_path / "ö" / "r.csv")
    assert all(path.is_absolute() and path.exists() for path in records.images)


def test_footprints_are_a_layer(run, small, tmp_path):
    describe(run, small, reference=small.reference, footprints=tmp_path / "f.gpkg")
    layer = gpd.read_file(tmp_path / "f.gpkg", layer="map_tiles")
    assert layer["metric_accuracy"].tolist() == [12 / 16, 7 / 11]
    assert layer.crs.to_epsg() == 32633


def test_reference_value_without_class(run, small, tmp_path):
    bare = write_raster(tmp_path / "bare.tif", TRUTH[np.newaxis])
    records, _ = describe(run, small, reference=bare, no_class=0)
    assert records.table["reference_pixels"].tolist() == [16, 11]


def test_a_value_that_is_none_of_the_classes_of_the_map_is_not_mapped(run, small, tmp_path):
    path = write_raster(tmp_path / "strange.tif", np.where(np.arange(8) == 0, 9, MAP)[np.newaxis].astype(np.uint8), 0)
    with rasterio.open(path, "r+") as dataset:
        cog.describe_classes(dataset, classes.parse("1:A;2:B;3:C"))
    records, _ = describe(run, small, map=path)
    west = records.table.iloc[0]
    assert (west["param_share_1"], west["param_share_2"]) == pytest.approx((4 / 12, 8 / 12))
    assert west["param_nodata_share"] == pytest.approx(4 / 16)


def test_what_does_not_fit_is_refused(run, small, tmp_path):
    away = write_raster(tmp_path / "away.tif", MAP[np.newaxis], 0, transform=from_origin(0, 0, 10, 10))
    with pytest.raises(InputError, match="does not lie where the map"):
        describe(run, small, entropy=away)
    with pytest.raises(InputError, match="does not lie where the map"):
        describe(run, small, images=away)
    with pytest.raises(InputError, match="does not overlap"):
        describe(run, small, reference=away)
    with pytest.raises(InputError, match="2 bands, but a raster of the entropy has one"):
        describe(run, small, entropy=small.image)
    wrong = write_raster(tmp_path / "wrong.tif", np.full((1, 4, 8), 7, np.float32))
    with pytest.raises(InputError, match="no probability"):
        describe(run, small, entropy=wrong)
    with pytest.raises(ParameterError, match="tile_size"):
        describe(run, small, tile_size=2**20)
    hole = write_raster(tmp_path / "hole.tif", np.pad(MAP, ((0, 96), (0, 92)))[np.newaxis], 0)
    with pytest.raises(InputError, match="Choose a smaller TILE_SIZE"):
        describe(run, small, map=hole, tile_size=64)


def test_a_reference_with_none_of_the_classes_is_refused(run, small, tmp_path):
    other = write_raster(tmp_path / "other.tif", (TRUTH + 7 * (TRUTH > 0))[np.newaxis], 0)
    with pytest.raises(InputError, match=r"its class ids are 8, 9, 10, those of the map 1, 2, 3"):
        describe(run, small, reference=other)


@pytest.mark.parametrize("name", ["map", "reference"])
def test_a_map_of_several_bands_is_refused(run, small, name):
    with pytest.raises(InputError, match=r"image\.tif has 2 bands, but a map has one, with the class ids"):
        describe(run, small, **{name: small.image})


def test_tiles_without_any_image_are_told(run, small, tmp_path):
    values = small.pixels.copy()
    values[:, :, 4:] = 0
    half = write_raster(tmp_path / "half.tif", values, 0)
    _, found = describe(run, small, images=half)
    assert any("Tiles whose image has no data: 1 of 2" in text for text in found.warnings)


def test_a_folder_with_other_files_is_refused(run, small):
    small.folder.mkdir()
    (small.folder / "thesis.docx").write_bytes(b"")
    with pytest.raises(OutputError, match="thesis"):
        describe(run, small)


def test_a_reference_that_knows_nothing_is_told(run, small, tmp_path):
    nothing = np.zeros_like(TRUTH)
    nothing[1, 5] = 1  # under the map's hole
    path = write_raster(tmp_path / "n.tif", nothing[np.newaxis], 0)
    records, found = describe(run, small, reference=path)
    assert any("No tile has enough pixels with a reference" in text for text in found.warnings)
    assert records.table["reference_pixels"].tolist() == [0, 0]
