"""The parts that a tile data set is made of: where tiles lie, how blocks are dealt, statistics, labels, storage."""

import json
from itertools import product

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import rasterio.features
import shapely
from affine import Affine
from conftest import write_raster
from rasterio.crs import CRS
from rasterio.transform import from_origin
from tile_sets import make_tiles

from landloom import attributes, rasters
from landloom.classes import make_table, parse
from landloom.errors import InputError, ParameterError
from landloom.grids import Grid
from landloom.tiles import dealing, labels, lattice, moments, storage
from landloom.tiles.dataset import open_tiles

UTM = CRS.from_epsg(32633)


def grid(height, width, crs=UTM):
    return Grid(height, width, from_origin(500_000, 5_400_000, 10, 10), crs)


# --- where tiles lie


@pytest.mark.parametrize(
    ("length", "size", "overlap", "expected"),
    [
        (64, 64, 0, [0]),
        (65, 64, 0, [0, 1]),  # a pixel more than a tile: the second is moved back
        (128, 64, 0, [0, 64]),
        (128, 64, 16, [0, 48, 64]),
        (10, 64, 0, [0]),  # smaller than a tile
    ],
)
def test_tiles_cover_a_length_and_end_with_it(length, size, overlap, expected):
    assert lattice.starts(length, size, overlap).tolist() == expected


def test_a_last_block_below_a_tile_joins_its_neighbour():
    assert lattice.segments(300, 128, 64) == [(0, 128), (128, 300)]
    assert lattice.segments(320, 128, 64) == [(0, 128), (128, 256), (256, 320)]
    assert lattice.segments(50, 128, 64) == [(0, 50)]


@pytest.mark.parametrize(
    ("height", "width", "overlap", "tiles"), [(200, 260, 0, 2), (97, 131, 8, 2), (33, 32, 0, 1), (150, 90, 20, 3)]
)
def test_no_pixel_is_in_tiles_of_two_blocks_and_every_pixel_is_in_one(height, width, overlap, tiles):
    found = lattice.by_blocks(grid(height, width), 32, overlap, tiles)
    owner = np.full((height, width), -1)
    for row, col, block in zip(found.row, found.col, found.block, strict=True):
        assert row + 32 <= height and col + 32 <= width
        claimed = owner[row : row + 32, col : col + 32]
        assert np.isin(claimed, [-1, block]).all()
        claimed[:] = block
    assert (owner >= 0).all()


def test_own_ground_counts_every_pixel_once():
    found = lattice.by_blocks(grid(97, 131), 32, 8, 2)
    counted = np.zeros((97, 131), int)
    for row, col, high, wide in zip(found.row, found.col, found.own_height, found.own_width, strict=True):
        counted[row : row + high, col : col + wide] += 1
    assert (counted == 1).all()


def test_an_image_smaller_than_a_tile_gets_one_tile():
    found = lattice.by_blocks(grid(20, 30), 32, 0, 1)
    assert (found.row.tolist(), found.col.tolist()) == ([0], [0])


def test_the_usual_block_leaves_enough_blocks():
    assert lattice.usual_block(grid(64 * 40, 64 * 40), 64, 0) == 4
    assert lattice.usual_block(grid(64 * 10, 64 * 10), 64, 0) == 2
    assert lattice.usual_block(grid(64 * 3, 64 * 3), 64, 0) == 1
    # Blocks of one tile would make an overlap idle.
    assert lattice.usual_block(grid(64 * 6, 64 * 6), 64, 16) == 2


def test_tiles_lie_wholly_in_the_polygons_of_their_part():
    g = grid(300, 300)
    areas = {
        "train": shapely.box(500_003, 5_398_000, 501_505, 5_399_995),  # half a pixel off the grid
        "val": shapely.Polygon([(502_000, 5_400_000), (503_000, 5_400_000), (503_000, 5_397_000)]),
    }
    found = lattice.by_polygons(g, 32, 0, areas)
    parts = [found.parts[b] for b in found.block]
    assert set(parts) == {"train", "val"}
    for row, col, part in zip(found.row, found.col, parts, strict=True):
        west, north = g.transform @ (col, row)
        assert areas[part].buffer(0.1).covers(shapely.box(west, north - 320, west + 320, north))
    # 1502 m × 1995 m hold 4 × 6 tiles of 320 m; moved back ones are the last row and column: 5 × 7.
    assert parts.count("train") == 5 * 7


# --- how blocks are dealt


def test_a_rare_class_is_in_every_part_and_shares_are_alike():
    random = np.random.default_rng(1)
    amounts = random.uniform(500, 1500, (40, 3))
    amounts[:, 1] = 0
    amounts[[3, 8, 14, 21, 33], 1] = 100  # in five of forty blocks
    part = dealing.deal(amounts, np.full(40, 4), {"train": 0.6, "val": 0.2, "test": 0.2}, 42)
    for name, share in (("train", 0.6), ("val", 0.2), ("test", 0.2)):
        found = amounts[part == name].sum(axis=0) / amounts.sum(axis=0)
        assert np.allclose(found, share, atol=0.03), (name, found)


@pytest.mark.parametrize(
    ("amounts", "tiles"),
    [
        ([[90, 1], [10, 9], [40, 0], [60, 5], [75, 2], [25, 8]], [4, 2, 3, 4, 4, 2]),
        # Without the rule that no part may lack a class, other parts would come nearer to the shares.
        ([[15, 0], [65, 0], [8, 70], [34, 86], [33, 0], [18, 54]], [1, 3, 3, 3, 4, 2]),
    ],
)
def test_the_best_of_all_deals_is_found_where_all_can_be_tried(amounts, tiles):
    amounts, tiles = np.array(amounts, float), np.array(tiles)
    shares = {"train": 0.6, "val": 0.2, "test": 0.2}

    def cost(part):
        total = 0.0
        for name, wanted in shares.items():
            mine = part == name
            loads = [*(amounts[mine].sum(axis=0) / amounts.sum(axis=0)), tiles[mine].sum() / tiles.sum()]
            total += sum((load - wanted) ** 2 / wanted for load in loads) + 1e6 * sum(load == 0 for load in loads)
        return total

    best = min(cost(np.array(deal, dtype=object)) for deal in product(shares, repeat=6))
    assert cost(dealing.deal(amounts, tiles, shares, 0)) == pytest.approx(best)


def test_a_class_of_one_block_is_for_training():
    amounts = np.array([[100, 0]] * 9 + [[100, 50]], float)
    part = dealing.deal(amounts, np.ones(10), {"train": 0.6, "val": 0.2, "test": 0.2}, 3)
    assert part[9] == "train"
    assert sorted(np.unique(part, return_counts=True)[1].tolist()) == [2, 2, 6]


def test_no_part_is_left_without_a_block():
    part = dealing.deal(np.array([[1e6], [1.0], [1.0]]), np.ones(3), {"train": 0.8, "val": 0.1, "test": 0.1}, 0)
    assert set(part) == {"train", "val", "test"}


# --- statistics


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
def test_moments_of_tiles_together_are_those_of_all_pixels(dtype):
    random = np.random.default_rng(0)
    tiles = [(random.normal(100, 30, (2, 9, 9))).astype(dtype) for _ in range(5)]
    valid = [random.random((2, 9, 9)) < 0.7 for _ in range(5)]
    valid[2][:] = False
    found = moments.joined([moments.of_pixels(t, v) for t, v in zip(tiles, valid, strict=True)])
    for band in range(2):
        pixels = np.concatenate([t[band][v[band]] for t, v in zip(tiles, valid, strict=True)]).astype(float)
        expected = [pixels.size, pixels.mean(), pixels.std(), pixels.min(), pixels.max()]
        got = [found.count[band], found.mean[band], found.deviation()[band], found.low[band], found.high[band]]
        assert np.allclose(got, expected, rtol=1e-12)


def test_far_from_zero_the_deviation_keeps_its_digits():
    tiles = [np.full((1, 4, 4), 1e9 + i, np.float64) for i in range(4)]
    found = moments.joined([moments.of_pixels(t, np.ones(t.shape, bool)) for t in tiles])
    assert found.deviation()[0] == pytest.approx(np.std([0, 1, 2, 3]), rel=1e-9)


def test_a_band_without_data_has_no_statistics():
    found = moments.of_pixels(np.full((1, 2, 2), np.nan, np.float32), np.zeros((1, 2, 2), bool))
    assert found.as_list() == [{"mean": None, "deviation": None, "minimum": None, "maximum": None}]


# --- labels


def polygon_table():
    return gpd.GeoDataFrame(
        {"polygon_id": [1, 2, 3], "class_id": [1, 2, 2]},
        geometry=[
            shapely.box(500_000, 5_399_800, 500_200, 5_400_000),
            shapely.Point(500_250, 5_399_800).buffer(95),
            shapely.box(500_100, 5_399_700, 500_260, 5_399_860),
        ],
        crs=UTM,
    )


@pytest.mark.parametrize("all_touched", [False, True])
def test_polygon_labels_are_those_of_rasterize_and_two_classes_make_none(all_touched):
    g, table = grid(40, 45), polygon_table()
    classes = make_table([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}])
    source = labels.PolygonLabels(table, classes, g, all_touched)
    window = rasterio.windows.Window(3, 5, 35, 30)
    burnt = [
        rasterio.features.rasterize([s], (40, 45), transform=g.transform, all_touched=all_touched)[5:35, 3:38] == 1
        for s in table.geometry
    ]
    one, two = burnt[0], burnt[1] | burnt[2]
    found = source.read(window)
    assert (one & two).any()
    assert np.array_equal(found.ids, np.where(one & two, 0, np.where(one, 1, np.where(two, 2, 0))))
    assert np.array_equal(found.refused, one & two)


def label_raster(path, values, **kwargs):
    return write_raster(path, np.asarray(values)[np.newaxis], **kwargs)


def open_labels(tmp_path, raster, **kwargs):
    image = write_raster(tmp_path / "image.tif", np.ones((1, 8, 10), np.uint8))
    stack = rasters.open_stack([image])
    return labels.of_raster(stack, str(image), str(raster), "labels.tif", **kwargs)


def test_a_label_raster_of_larger_pixels_is_brought_to_the_image_by_the_nearest(tmp_path):
    values = np.arange(1, 21, dtype=np.uint8).reshape(4, 5)
    raster = label_raster(tmp_path / "labels.tif", values, transform=from_origin(500_000, 5_400_000, 20, 20))
    source = open_labels(tmp_path, raster)
    assert np.array_equal(source.read(rasterio.windows.Window(0, 0, 10, 8)).ids, values.repeat(2, 0).repeat(2, 1))


def test_values_beyond_the_given_classes_have_none_and_are_counted(tmp_path):
    values = np.full((8, 10), 1, np.uint8)
    values[0, :3], values[1, :4], values[2, :5] = 2, 7, 9
    raster = label_raster(tmp_path / "labels.tif", values)
    source = open_labels(tmp_path, raster, given=parse("1:Low; 2:High"), unlabelled=9)
    found = source.read(rasterio.windows.Window(0, 0, 10, 8))
    assert [int((found.ids == i).sum()) for i in (0, 1, 2)] == [9, 80 - 12, 3]
    assert int(found.refused.sum()) == 4  # the sevens; nines stand for no class


def test_names_and_colours_come_from_an_attribute_table(tmp_path):
    raster = label_raster(tmp_path / "labels.tif", np.repeat([[1], [2]], 4, axis=0) * np.ones((8, 10), np.uint8))
    fields = (("Value", 0, 5), ("Klasse", 2, 2), ("R", 0, 6), ("G", 0, 7), ("B", 0, 8))
    rows = ((1, "Wald", 0, 100, 0), (2, "Wasser", 0, 0, 200))
    (tmp_path / "labels.tif.aux.xml").write_text(
        '<PAMDataset><PAMRasterBand band="1"><GDALRasterAttributeTable tableType="thematic">'
        + "".join(
            f'<FieldDefn index="{i}"><Name>{n}</Name><Type>{t}</Type><Usage>{u}</Usage></FieldDefn>'
            for i, (n, t, u) in enumerate(fields)
        )
        + "".join(f'<Row index="{i}">' + "".join(f"<F>{v}</F>" for v in row) + "</Row>" for i, row in enumerate(rows))
        + "</GDALRasterAttributeTable></PAMRasterBand></PAMDataset>"
    )
    assert attributes.read_names(str(raster)) == {1: ("Wald", "#006400"), 2: ("Wasser", "#0000c8")}
    found = open_labels(tmp_path, raster, ordinal=True).classes
    assert [(c.name, c.colour) for c in found] == [("Wald", "#006400"), ("Wasser", "#0000c8")]


def test_the_value_without_class_may_be_one_that_no_class_can_have(tmp_path):
    values = np.tile(np.array([1, 2, 65535, 65535, 2], np.uint16), (8, 2))
    raster = label_raster(tmp_path / "labels.tif", values, nodata=None)
    source = open_labels(tmp_path, raster, unlabelled=65535)
    assert source.classes.ids == [1, 2]
    assert not source.read(rasterio.windows.Window(0, 0, 10, 8)).refused.any()


def test_a_class_cannot_stand_for_none(tmp_path):
    raster = label_raster(tmp_path / "labels.tif", np.ones((8, 10), np.uint8))
    with pytest.raises(ParameterError, match="UNLABELLED is 2, which CLASSES names as the class High"):
        open_labels(tmp_path, raster, given=parse("1:Low; 2:High"), unlabelled=2)


def test_a_photograph_is_no_label_raster(tmp_path):
    values = np.arange(240, dtype=np.uint8).reshape(3, 8, 10)
    raster = write_raster(tmp_path / "labels.tif", values, photometric="RGB")
    with pytest.raises(InputError, match="holds colours"):
        open_labels(tmp_path, raster)
    assert open_labels(tmp_path, raster, given=parse("1:Low; 2:High")).classes.ids == [1, 2]


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_labels_without_a_place_say_how_to_give_them_that_of_the_image(tmp_path):
    with rasterio.open(tmp_path / "labels.png", "w", "PNG", 10, 8, 1, dtype=np.uint8) as picture:
        picture.write(np.ones((1, 8, 10), np.uint8))
    with pytest.raises(InputError) as told:
        open_labels(tmp_path, tmp_path / "labels.png")
    options = str(told.value).partition("additional parameters ")[2].split()
    assert options == ["-a_srs", "EPSG:32633", "-a_ullr", "500000.0", "5400000.0", "500100.0", "5399920.0"]


def test_category_names_are_read(tmp_path):
    raster = label_raster(tmp_path / "labels.tif", np.repeat([[1], [2]], 4, axis=0) * np.ones((8, 10), np.uint8))
    (tmp_path / "labels.tif.aux.xml").write_text(
        '<PAMDataset><PAMRasterBand band="1"><CategoryNames><Category></Category><Category>Low</Category>'
        "<Category>High</Category></CategoryNames></PAMRasterBand></PAMDataset>"
    )
    assert open_labels(tmp_path, raster).classes.names == ["Low", "High"]


def test_ordered_classes_get_a_ramp_unless_someone_chose_colours(tmp_path):
    raster = label_raster(tmp_path / "labels.tif", np.arange(80, dtype=np.uint8).reshape(8, 10) % 3 + 1)
    # As in resources/schemes/risk.csv.
    assert [c.colour for c in open_labels(tmp_path, raster, ordinal=True).classes] == ["#fde725", "#21918c", "#440154"]
    given = parse("1:Low:#112233; 2:Mid:#445566; 3:High:#778899")
    chosen = open_labels(tmp_path, raster, given=given, ordinal=True).classes
    assert [c.colour for c in chosen] == ["#112233", "#445566", "#778899"]
    assert labels.ramp(1) == ["#fde725"]
    assert labels.ramp(2) == ["#fde725", "#440154"]


def test_a_label_raster_elsewhere_is_refused(tmp_path):
    raster = label_raster(tmp_path / "l.tif", np.ones((8, 10), np.uint8), transform=from_origin(900_000, 1e6, 10, 10))
    with pytest.raises(InputError, match=r"labels\.tif does not overlap"):
        open_labels(tmp_path, raster)


def test_floating_point_labels_are_taken_where_they_are_whole_numbers(tmp_path):
    values = np.arange(80, dtype=np.float32).reshape(8, 10) % 3
    raster = label_raster(tmp_path / "l.tif", values, nodata=0)
    found = open_labels(tmp_path, raster)
    assert found.classes.ids == [1, 2]
    ids = found.read(rasterio.windows.Window(0, 0, 10, 8)).ids
    assert ids.dtype == np.uint8
    assert np.array_equal(ids, values)
    with pytest.raises(InputError, match=r"float32 numbers that are no class ids, such as 0\.5"):
        open_labels(tmp_path, label_raster(tmp_path / "half.tif", values / 2))


# --- storage


def form_of(tmp_path, arrays, nodata, padded=False):
    paths = [
        write_raster(tmp_path / f"{i}.tif", a, n, transform=from_origin(500_000, 5_400_000, *(pixel,) * 2))
        for i, (a, n, pixel) in enumerate(zip(arrays, nodata, (10, 10), strict=False))
    ]
    return storage.choose(rasters.open_stack(paths), padded)


def test_tiles_have_the_rasters_type_and_nodata(tmp_path):
    small = np.ones((2, 4, 4), np.int16)
    assert form_of(tmp_path, [small], [-9999]) == storage.Format(np.dtype("int16"), -9999)
    assert form_of(tmp_path, [small], [None]) == storage.Format(np.dtype("int16"), None)


def test_where_a_nodata_value_is_missing_the_type_grows(tmp_path):
    byte, word = np.ones((1, 4, 4), np.uint8), np.ones((1, 4, 4), np.uint16)
    assert form_of(tmp_path, [byte], [None], padded=True) == storage.Format(np.dtype("int16"), -32768)
    found = form_of(tmp_path, [word, word], [0, 7])
    assert found.dtype == np.float32
    assert np.isnan(found.nodata)


def test_what_is_stored_is_told_apart_from_nodata():
    form = storage.Format(np.dtype("int16"), -9999.0)
    stored = form.store(np.array([[[1, 2]]], np.int16), np.array([[[True, False]]]))
    assert stored.tolist() == [[[1, -9999]]]


def test_the_demo_data_set_is_whole(tmp_path):
    tiles = make_tiles(tmp_path / "ä b")
    assert {part: len(tiles.rows(part)) for part in ("train", "val", "test")} == {"train": 8, "val": 3, "test": 3}
    image, mask = tiles.read_image(0), tiles.read_mask(0)
    assert image.shape == (3, 64, 64)
    assert np.isnan(image).any() and set(np.unique(mask)) == {0, 1, 2, 3}
    pixels = np.stack([tiles.read_image(row) for row in tiles.rows("train")])
    for band, found in enumerate(tiles.config["statistics"]):
        assert found["mean"] == pytest.approx(np.nanmean(pixels[:, band], dtype=float))


def test_a_damaged_data_set_says_what_is_wrong(tmp_path):
    tiles = make_tiles(tmp_path / "t", parts={"train": 1})
    config = tiles.folder / "metadata/tiles_config.json"
    content = json.loads(config.read_text())
    del content["statistics"]
    config.write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"tiles_config\.json is damaged"):
        open_tiles(tiles.folder)
    with pytest.raises(InputError, match="is no tile data set"):
        open_tiles(tmp_path)


@pytest.mark.parametrize(
    "change",
    [{"statistics": []}, {"ignore": -1}, {"ignore": 1}, {"tile_size": 0}, {"bands": []}, {"statistics": ["x"]}],
)
def test_a_configuration_that_does_not_fit_together_is_refused(tmp_path, change):
    tiles = make_tiles(tmp_path / "t", parts={"train": 1})
    if change == {"statistics": []}:
        change = {"statistics": tiles.config["statistics"][:1]}
    (tiles.folder / "metadata/tiles_config.json").write_text(json.dumps({**tiles.config, **change}))
    with pytest.raises(InputError, match=r"tiles_config\.json is damaged .* Run Cut tiles again with OVERWRITE"):
        open_tiles(tiles.folder)


def test_a_mask_with_a_value_that_is_no_class_is_refused(tmp_path):
    tiles = make_tiles(tmp_path / "t", parts={"train": 1})
    with rasterio.open(tiles.folder / tiles.table["mask"].iat[0], "r+") as mask:
        values = mask.read()
        values[0, 5, 5] = 77
        mask.write(values)
    with pytest.raises(InputError, match=r"holds 77 \(uint8\), which is no class id of the data set"):
        tiles.read_mask(0)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("part", "Train", "its column part holds 'Train', which is none of train, val, test"),
        ("share_1", "x", "its column share_1 holds 'x' where numbers from 0 to 1 belong"),
        ("labelled_share", 1.5, "its column labelled_share holds '1.5'"),
        ("row", 0.5, "its column row holds '0.5' where whole numbers from 0 belong"),
        ("tile_id", "a", "it has the tile a twice"),
        ("share_1", None, "it has no column share_1"),
    ],
)
def test_a_table_that_was_edited_wrongly_says_what_is_wrong(tmp_path, column, value, words):
    tiles = make_tiles(tmp_path / "t", parts={"train": 2})
    table = pd.read_csv(tiles.folder / "metadata/tiles.csv")
    table = table.drop(columns=column) if value is None else table.assign(**{column: value})
    table.to_csv(tiles.folder / "metadata/tiles.csv", index=False)
    with pytest.raises(InputError, match=words):
        _ = open_tiles(tiles.folder).table


def test_grids_that_are_turned_keep_their_tiles_apart():
    turned = Grid(70, 90, Affine.rotation(30) * Affine.scale(10, -10), UTM)
    boxes = turned.squares(np.array([0, 0]), np.array([0, 32]), 32)
    assert boxes[0].intersection(boxes[1]).area == pytest.approx(0, abs=1e-6)
    assert boxes[0].area == pytest.approx((32 * 10) ** 2)
