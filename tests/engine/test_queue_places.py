"""Queueing places for review: which pixels are chosen, what the file holds, and what is refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from conftest import CLASSES, class_image, squares, write_raster
from rasterio.transform import Affine
from test_evaluate import TABLE, pixels, write_map

from landloom import windows
from landloom.errors import InputError, OutputError, ParameterError
from landloom.review import choosing, population

NAMES = dict(enumerate(CLASSES.values(), start=1))


def rows_and_columns(places):
    return (
        ((5_400_000 - places.geometry.y.to_numpy()) // 10).astype(int),
        ((places.geometry.x.to_numpy() - 500_000) // 10).astype(int),
    )


def distances(row, col):
    """Of each pair of places, in pixels."""
    apart = np.hypot(row[:, None] - row, col[:, None] - col)
    return apart[np.triu_indices(len(row), 1)]


@pytest.fixture
def mapped(tmp_path):
    """The tiny scene as a map, 120 × 150 pixels; three of its corners are nodata, no class and very few water."""
    values = class_image()
    values[:10, :10], values[-10:, :10] = 0, 77
    write_map(tmp_path / "map.tif", values)
    return values


@pytest.fixture
def unsure(tmp_path, mapped):
    """An uncertainty that grows towards the east, in whole percents as Map with a model writes it."""
    values = np.tile(np.linspace(0, 100, 150), (120, 1)).astype(np.uint8)
    write_raster(tmp_path / "entropy.tif", values[np.newaxis], 255, names=["entropy of the probabilities"])
    return values


@pytest.fixture
def queue(tmp_path, run):
    """Run the stage on the map; gives its outputs, the places as `.table`, their `.row` and `.col`."""

    def runner(**values):
        if values.get("design", "uncertainty") == "uncertainty":
            values.setdefault("uncertainty", tmp_path / "entropy.tif")
        path = values.setdefault("places", tmp_path / "review.gpkg")
        done = run("queue_places", **{"map": tmp_path / "map.tif", **values})
        done.table = pyogrio.read_dataframe(path, layer="places")
        done.row, done.col = rows_and_columns(done.table)
        return done

    return runner


# --- where the map is unsure ------------------------------------------------------------------


def test_the_least_sure_pixels_come_first_and_keep_their_distance(queue, unsure):
    done = queue(count=30, spacing=8)
    assert done.table.score.is_monotonic_decreasing
    assert done.table.score.tolist() == unsure[done.row, done.col].tolist()
    assert distances(done.row, done.col).min() >= 8
    # Some 15 places fit into the easternmost stripe of 8 columns, so three stripes are enough.
    assert done.col.min() >= 150 - 4 * 8
    assert done.place_count == len(done.table) == 30
    assert done.table.weight.isna().all()
    assert set(done.table.stratum) == {""}
    assert any("not how good the map" in e["text"] for e in done.events if e["type"] == "message")


def test_without_spacing_it_is_simply_the_top_of_the_list(queue, unsure, mapped):
    done = queue(count=500, spacing=1)
    best = np.sort(unsure[np.isin(mapped, (1, 2, 3))])[-500:]
    assert sorted(done.table.score) == best.tolist()
    assert len(set(zip(done.row, done.col, strict=True))) == 500


@pytest.mark.parametrize("spacing", [1, 6])
def test_a_map_that_is_equally_unsure_everywhere_is_looked_at_everywhere(queue, tmp_path, unsure, spacing):
    write_raster(tmp_path / "flat.tif", np.full((1, *unsure.shape), 50, np.uint8), names=["entropy"])
    done = queue(count=60, spacing=spacing, uncertainty=tmp_path / "flat.tif")
    quarters, number = np.unique(2 * (done.row >= 60) + (done.col >= 75), return_counts=True)
    assert len(quarters) == 4
    assert number.min() >= 4


@pytest.mark.parametrize(("name", "sense"), [("probability of the mapped class", "auto"), ("anything", "low")])
def test_of_confidence_low_numbers_are_unsure(queue, tmp_path, unsure, name, sense):
    shares = 0.5 + unsure / 250
    write_raster(tmp_path / "confidence.tif", shares[np.newaxis].astype(np.float32), names=[name])
    done = queue(count=10, spacing=1, uncertainty=tmp_path / "confidence.tif", unsure=sense)
    assert done.col.max() < 15
    assert done.table.score.to_numpy() == pytest.approx(1 - shares[done.row, done.col], abs=1e-6)


def test_an_uncertainty_that_does_not_say_which_way_round_is_refused(queue, tmp_path, unsure):
    write_raster(tmp_path / "some.tif", unsure[np.newaxis], names=["band"])
    with pytest.raises(ParameterError, match=r"'band'\. Say so in UNSURE: high or low"):
        queue(uncertainty=tmp_path / "some.tif")
    write_raster(tmp_path / "three.tif", np.stack([unsure] * 3), names=["Field", "Forest", "Water"])
    with pytest.raises(InputError, match="several bands, but one band is needed"):
        queue(uncertainty=tmp_path / "three.tif")
    far = rasterio.transform.from_origin(700_000, 5_400_000, 10, 10)
    write_raster(tmp_path / "far.tif", unsure[np.newaxis], names=["entropy"], transform=far)
    with pytest.raises(InputError, match="does not lie where"):
        queue(uncertainty=tmp_path / "far.tif")
    with pytest.raises(ParameterError, match="UNCERTAINTY is missing"):
        queue(uncertainty=None)


def test_an_uncertainty_or_another_measurement_is_not_taken_for_the_map(queue, tmp_path, unsure):
    with pytest.raises(ParameterError, match=r"MAP is no map of classes: .* 'entropy of the probabilities'.*in MAP"):
        queue(map=tmp_path / "entropy.tif")
    few = write_raster(tmp_path / "few.tif", (unsure[np.newaxis] // 50).astype(np.uint8), names=["Confidence"])
    with pytest.raises(ParameterError, match="'Confidence'"):
        queue(map=few)
    many = write_raster(tmp_path / "many.tif", unsure[np.newaxis], 255)
    with pytest.raises(ParameterError, match=r"holds 101 different numbers without any names.*MAP.*CLASSES"):
        queue(map=many)
    shares = write_raster(tmp_path / "shares.tif", unsure[np.newaxis].astype(np.float32) / 100)
    with pytest.raises(InputError, match="no class ids"):
        queue(map=shares)
    assert queue(map=many, classes="0: nothing\n100: all", design="random", count=5).place_count == 5


def test_an_uncertainty_on_another_grid_is_brought_to_the_maps(queue, tmp_path, unsure):
    coarse = write_raster(
        tmp_path / "coarse.tif", unsure[np.newaxis, ::5, ::5], 255, names=["entropy"],
        transform=rasterio.transform.from_origin(500_000, 5_400_000, 50, 50),
    )  # fmt: skip
    done = queue(count=20, uncertainty=coarse)
    assert done.table.score.tolist() == unsure[::5, ::5][done.row // 5, done.col // 5].tolist()


def test_no_place_lies_where_map_or_uncertainty_hold_nothing(queue, tmp_path, unsure, mapped):
    unsure[:, 100:] = 255
    write_raster(tmp_path / "entropy.tif", unsure[np.newaxis], 255, names=["entropy"])
    done = queue(count=100_000, spacing=1)
    assert done.place_count == np.isin(mapped[:, :100], (1, 2, 3)).sum() == done.pixel_count
    assert any(f"only {done.place_count} pixels to choose from" in text for text in done.warnings)


def test_more_places_than_fit_are_not_squeezed_in(queue, unsure):
    done = queue(count=1000, spacing=30)
    assert 8 <= done.place_count < 30
    assert distances(done.row, done.col).min() >= 30
    assert any("Lower SPACING for more" in text for text in done.warnings)


# --- at random --------------------------------------------------------------------------------


def test_a_stratified_sample_stands_for_the_whole_map(queue, mapped):
    done = queue(design="stratified", count=120, minimum=20)
    number, weight = done.table.stratum.value_counts(), done.table.groupby("stratum").weight.agg(["sum", "min", "max"])
    for class_id, name in NAMES.items():
        assert weight.loc[name, "sum"] == pytest.approx((mapped == class_id).sum())
        assert weight.loc[name, "min"] == weight.loc[name, "max"]
        assert number[name] >= 20
    assert number.sum() == 120
    assert (mapped[done.row, done.col] == done.table.map_class).all()
    assert done.table.stratum.tolist() == done.table.map_name.tolist()


def test_whoever_stops_early_has_a_share_of_every_stratum(queue, mapped):
    first = queue(design="stratified", count=120, minimum=20).table.head(60).stratum.value_counts()
    whole = queue(design="stratified", count=120, minimum=20).table.stratum.value_counts()
    assert (first - whole[first.index] / 2).abs().max() <= 1


def test_a_class_with_few_pixels_is_taken_whole(queue, tmp_path):
    values = np.ones((60, 60), np.uint8)
    values[0, :4] = 3
    write_map(tmp_path / "map.tif", values)
    done = queue(design="stratified", count=30, minimum=10)
    water = done.table[done.table.stratum == "Water"]
    assert len(water) == 4
    assert water.weight.tolist() == [1.0] * 4
    assert done.place_count == 30
    assert any("fewer than 10 pixels, of which all are queued: Water" in text for text in done.warnings)
    more = queue(design="stratified", count=5, minimum=10)
    assert more.place_count == 14
    assert any("14 places instead of 5" in text for text in more.warnings)


@pytest.mark.parametrize(
    ("sizes", "wanted", "least", "expected"),
    [
        ([700, 200, 100], 100, 2, [70, 20, 10]),
        ([700, 200, 100], 100, 15, [66, 19, 15]),  # 85 shared out as 7 to 2: 66.1 and 18.9
        ([9000, 900, 0, 100], 50, 10, [30, 10, 0, 10]),
        ([5, 1000], 100, 10, [5, 95]),
        ([3, 4], 100, 2, [3, 4]),
        ([1, 1, 1], 2, 2, [1, 1, 1]),
    ],
)
def test_places_are_shared_out_by_size_but_not_below_the_least(sizes, wanted, least, expected):
    assert choosing.shared_out(np.array(sizes), wanted, least).tolist() == expected


def test_a_random_sample_takes_every_pixel_as_likely(queue, mapped):
    done = queue(design="random", count=2000)
    assert done.table.weight.sum() == pytest.approx(np.isin(mapped, (1, 2, 3)).sum())
    share = np.isin(mapped, (1, 2, 3)) / np.isin(mapped, (1, 2, 3)).sum()
    for lines, axis in ((done.row, 1), (done.col, 0)):
        expected = share.sum(axis=axis).reshape(10, -1).sum(axis=1) * 2000
        found = np.bincount(lines * 10 // mapped.shape[1 - axis], minlength=10)
        chi2 = ((found - expected) ** 2 / expected).sum()
        assert chi2 < 27.9  # nine degrees of freedom, one in a thousand
    assert abs(np.corrcoef(done.row, done.col)[0, 1]) < 0.08


def test_more_places_with_the_same_seed_are_the_same_ones_and_others(queue, mapped):
    few, many = queue(design="random", count=20), queue(design="random", count=60)
    others = queue(design="random", count=20, seed=7)
    assert few.table.geometry.tolist() == many.table.geometry.tolist()[:20]
    assert few.table.geometry.tolist() != others.table.geometry.tolist()


# --- where another map disagrees --------------------------------------------------------------


@pytest.fixture
def second(tmp_path, mapped):
    """Another map with other numbers, names in other letters, and a class of its own in a corner."""
    values = np.select([mapped == 1, mapped == 2, mapped == 3], [7, 1, 3], 0).astype(np.uint8)
    values[20:40, 20:30], values[100:110, 100:110], values[50:60, 140:] = 1, 5, 0
    write_map(tmp_path / "other.tif", values, "1:forest;3:WATER;5:Town;7:Field")
    return values


def test_classes_are_matched_by_their_names(queue, tmp_path, mapped, second):
    done = queue(design="disagreement", other=tmp_path / "other.tif", count=1000, spacing=1)
    assert done.place_count == 200 + 100
    forest = done.table[done.table.map_name == "Water"]
    assert set(zip(forest.other_class, forest.other_name, strict=True)) == {(2, "Forest")}
    town = done.table[done.table.map_name == "Field"]
    assert set(zip(town.other_class, town.other_name, strict=True)) == {(5, "Town")}
    assert any("has no class Town" in text for text in done.warnings)
    table = pyogrio.read_dataframe(tmp_path / "review.gpkg", layer="classes")
    assert dict(zip(table["id"], table["name"], strict=True)) == {**NAMES, 5: "Town"}
    assert done.table.score.isna().all()


def test_a_class_that_only_the_other_map_has_gets_a_free_number(queue, tmp_path, mapped):
    other = np.where(mapped == 1, 2, mapped)  # its 2 is the town, which the map does not have
    other[mapped == 2] = 9
    write_map(tmp_path / "other.tif", other, "2:Town;3:Water;9:Forest")
    done = queue(design="disagreement", other=tmp_path / "other.tif", count=10)
    assert set(zip(done.table.map_class, done.table.other_class, done.table.other_name, strict=True)) == {
        (1, 10, "Town")
    }


def test_maps_without_names_are_matched_by_number(queue, tmp_path, mapped):
    other = np.where(mapped == 3, 2, mapped)
    write_map(tmp_path / "other.tif", other, None)
    done = queue(design="disagreement", other=tmp_path / "other.tif", count=20)
    assert set(done.table.map_name) == {"Water"}
    assert set(done.table.other_name) == {"Forest"}
    write_map(tmp_path / "nothing.tif", np.where(mapped > 0, 50, 0).astype(np.uint8), None)
    with pytest.raises(InputError, match="no class in common"):
        queue(design="disagreement", other=tmp_path / "nothing.tif")


def test_the_least_sure_of_those_that_disagree_come_first(queue, tmp_path, unsure, second):
    done = queue(design="disagreement", other=tmp_path / "other.tif", uncertainty=tmp_path / "entropy.tif", count=5)
    assert done.col[0] >= 105
    assert done.table.score.is_monotonic_decreasing


def test_another_map_of_other_pixels_is_laid_over(queue, tmp_path, mapped):
    coarse = np.full((12, 15), 2, np.uint8)
    write_map(tmp_path / "other.tif", coarse, transform=rasterio.transform.from_origin(500_000, 5_400_000, 100, 100))
    done = queue(design="disagreement", other=tmp_path / "other.tif", count=50)
    assert set(done.table.map_name) == {"Field", "Water"}


def test_where_all_agree_there_is_nothing_to_queue(queue, tmp_path, mapped):
    with pytest.raises(InputError, match="both agree wherever they lie together"):
        queue(design="disagreement", other=tmp_path / "map.tif")
    with pytest.raises(ParameterError, match="OTHER is missing"):
        queue(design="disagreement")


# --- where to look ----------------------------------------------------------------------------


def test_area_classes_and_polygons_limit_where_places_lie(queue, tmp_path, mapped):
    area = gpd.GeoSeries([pixels(20, 60, 60, 60)], crs="EPSG:32633").to_crs("EPSG:4326")
    area.to_frame("geometry").to_file(tmp_path / "area.gpkg")
    avoided = squares(mapped)
    avoided.geometry = avoided.geometry.translate(3, 0)  # so that edges cut pixels
    avoided.to_crs("EPSG:3857").to_file(tmp_path / "avoided.gpkg")
    given = {"aoi": tmp_path / "area.gpkg", "map_classes": "Forest, 3", "avoid": tmp_path / "avoided.gpkg"}
    for design in ("random", "stratified"):
        done = queue(design=design, count=3000, **given)
        assert done.row.min() >= 20
        assert done.row.max() < 80
        assert done.col.min() >= 60
        assert done.col.max() < 120
        assert set(done.table.map_name) == {"Forest"}
        x, y = done.table.geometry.x.to_numpy(), done.table.geometry.y.to_numpy()
        outlines = shapely.box(x - 4.9, y - 4.9, x + 4.9, y + 4.9)
        assert not shapely.intersects(shapely.union_all(avoided.geometry.to_numpy()), outlines).any()
        assert done.table.weight.sum() == pytest.approx(done.pixel_count)
        assert 1000 < done.pixel_count < 40 * 45


def test_limits_that_leave_nothing_are_named(queue, tmp_path, mapped):
    area = "POLYGON ((500100 5399000, 500200 5399000, 500200 5399900, 500100 5399900, 500100 5399000))"
    with pytest.raises(InputError, match="no pixel in the classes of MAP_CLASSES and inside the area of interest"):
        queue(design="random", map_classes="Forest", aoi=area)
    with pytest.raises(ParameterError, match="MAP_CLASSES names 'Town'"):
        queue(design="random", map_classes="Town")


def test_an_empty_layer_of_polygons_keeps_nothing_out(queue, tmp_path, mapped, run):
    run("create_training_layer", classes=TABLE, crs="EPSG:32633", layer=tmp_path / "empty.gpkg")
    assert queue(design="random", count=5, avoid=f"{tmp_path / 'empty.gpkg'}|layername=training_polygons").place_count


def test_a_map_without_names_takes_them_from_the_class_table(queue, tmp_path, mapped):
    write_map(tmp_path / "map.tif", np.where(mapped == 77, 0, mapped), None)
    done = queue(design="stratified", count=30, classes=f"{TABLE};4:Town")
    assert set(done.table.stratum) == set(NAMES.values())
    names = pyogrio.read_dataframe(tmp_path / "review.gpkg", layer="classes")["name"].tolist()
    assert names == [*NAMES.values(), "Town"]  # a reviewer may see what the map does not know
    plain = queue(design="stratified", count=30)
    assert set(plain.table.stratum) == {"Class 1", "Class 2", "Class 3"}


# --- the same whatever the work is cut into ---------------------------------------------------


@pytest.mark.parametrize("design", ["uncertainty", "stratified", "random"])
def test_neither_windows_nor_jobs_matter(queue, tmp_path, unsure, monkeypatch, design):
    random = np.random.default_rng(0)
    write_raster(tmp_path / "entropy.tif", random.integers(0, 5, (1, 120, 150)).astype(np.uint8), names=["entropy"])
    given = {"design": design, "count": 80, "spacing": 7}
    whole = queue(**given, jobs=1).table
    monkeypatch.setattr(population, "BLOCK", 16)
    monkeypatch.setattr(population, "WINDOW_PIXELS", 256)
    cut = queue(**given, jobs=3).table
    assert whole.drop(columns="geometry").equals(cut.drop(columns="geometry"))
    assert whole.geometry.tolist() == cut.geometry.tolist()


def test_memory_does_not_grow_with_the_raster(queue, unsure, monkeypatch):
    """What is kept of each window is no more than what can become a place."""
    seen = []
    each = windows.each

    def watched(function, items, *given):
        for item, result in each(function, items, *given):
            seen.append(len(result[1]) if isinstance(result, tuple) else len(result))
            yield item, result

    monkeypatch.setattr(windows, "each", watched)
    for design in ("uncertainty", "stratified", "random"):
        queue(design=design, count=20, spacing=2)
    assert max(seen) <= 20 * choosing.SQUARES_A_PLACE


# --- the file ---------------------------------------------------------------------------------


def test_the_file_holds_all_that_a_review_needs(queue, tmp_path, unsure):
    queue(count=10)
    path = tmp_path / "review.gpkg"
    assert dict(pyogrio.list_layers(path)) == {
        "places": "Point", "training": "Polygon", "classes": None, "review": None, "layer_styles": None,
    }  # fmt: skip
    info = pyogrio.read_info(path, layer="places")
    assert dict(zip(info["fields"], info["ogr_types"], strict=True)) == {
        "place": "OFTInteger", "design": "OFTString", "stratum": "OFTString", "weight": "OFTReal",
        "map_class": "OFTInteger", "map_name": "OFTString", "other_class": "OFTInteger", "other_name": "OFTString",
        "score": "OFTReal", "state": "OFTString", "class_id": "OFTInteger", "class_name": "OFTString",
        "note": "OFTString", "decided": "OFTString",
    }  # fmt: skip
    assert info["crs"] == "EPSG:32633"
    table = pyogrio.read_dataframe(path, layer="places")
    assert table.place.tolist() == list(range(1, 11))
    assert set(table.state) == {"open"}
    assert table.class_id.isna().all()
    assert set(table.class_name) | set(table.note) | set(table.decided) == {""}
    assert ((table.geometry.x % 10 == 5) & (table.geometry.y % 10 == 5)).all()  # the middle of a pixel
    about = pyogrio.read_dataframe(path, layer="review").iloc[0]
    assert about["map"] == str(tmp_path / "map.tif")
    assert about.uncertainty == str(tmp_path / "entropy.tif")
    assert (about.design, about.pixel_width, about.pixel_height) == ("uncertainty", 10.0, 10.0)
    assert about.geotransform == "500000.0 10.0 0.0 5400000.0 0.0 -10.0"
    assert len(about.map_sha256) == 64
    shown = pyogrio.read_dataframe(path, layer="layer_styles")
    assert dict(zip(shown.f_table_name, shown.useAsDefault, strict=True)) == {"places": True, "training": True}
    assert 'attr="state"' in shown.styleQML[0]


@pytest.mark.parametrize("change", ["state = 'accepted'", "note = 'a field?'"])
def test_decisions_are_never_overwritten(queue, tmp_path, unsure, change):
    queue(count=10)
    queue(count=12)  # nothing is lost yet
    with closing(sqlite3.connect(tmp_path / "review.gpkg")) as database, database:
        # They need functions that only GDAL and QGIS give to SQLite.
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute(f"UPDATE places SET {change} WHERE place = 3")
    before = (tmp_path / "review.gpkg").read_bytes()
    with pytest.raises(OutputError, match=r"holds 1 places that have been decided already.* Choose another name"):
        queue(count=10)
    assert (tmp_path / "review.gpkg").read_bytes() == before


def test_a_review_that_is_open_elsewhere_is_left_alone(queue, tmp_path, unsure):
    queue(count=10)
    with closing(sqlite3.connect(tmp_path / "review.gpkg")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE something (a)")
        database.commit()
        with pytest.raises(OutputError, match="is open in another program"):
            queue(count=10)


def test_another_file_of_that_name_is_replaced(queue, tmp_path, unsure):
    squares(class_image()).to_file(tmp_path / "review.gpkg")
    assert queue(count=5).place_count == 5


def test_a_turned_map_without_a_crs_has_its_places_in_the_middle_of_pixels(queue, tmp_path, mapped):
    turned = Affine.translation(100, 200) * Affine.rotation(30) * Affine.scale(2, -2)
    write_map(tmp_path / "map.tif", np.where(mapped == 77, 0, mapped), transform=turned, crs=None)
    table = queue(design="random", count=40).table
    col, row = ~turned * (table.geometry.x.to_numpy(), table.geometry.y.to_numpy())
    assert np.abs(np.concatenate([col, row]) % 1 - 0.5).max() < 1e-6
    assert (mapped[row.astype(int), col.astype(int)] == table.map_class).all()
    assert table.crs is None or table.crs.name.startswith("Undefined")


def test_training_polygons_of_a_review_can_be_learnt_from(queue, scene, run, tmp_path):
    write_map(tmp_path / "map.tif", scene.truth)
    queue(design="random", count=10)
    path = tmp_path / "review.gpkg"
    drawn = gpd.GeoDataFrame(
        {"place": [1, 2], "design": ["random"] * 2, "class_id": [1, 3], "class_name": ["Field", "Water"]},
        geometry=[pixels(70, 60, 3, 3), pixels(70, 10, 3, 3)], crs="EPSG:32633",
    )  # fmt: skip
    pyogrio.write_dataframe(drawn, path, layer="training", driver="GPKG", append=True)
    done = run(
        "extract_samples", images=scene.image, polygons=f"{path}|layername=training", class_field="class_id",
        samples=tmp_path / "samples.parquet",
    )  # fmt: skip
    assert done.sample_count == 18
    assert done.class_count == 2
