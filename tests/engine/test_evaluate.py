"""Evaluating maps against polygons, points and rasters; the expected numbers are counted from the arrays themselves."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
import rasterio.features
import shapely
import sklearn.calibration
import sklearn.metrics
from conftest import CLASSES, ROOT, class_image, squares, write_raster
from rasterio.transform import from_origin
from tile_sets import make_tiles

from landloom import classes, cog, lineage, provenance, training_area
from landloom.errors import InputError, LandloomError, ParameterError
from landloom.folders import grid_as_dict
from landloom.grids import Grid
from landloom.reference import raster

TABLE = "1:Field:#f0e442;2:Forest:#117733;3:Water:#0072b2"
TEN_METRES = from_origin(500_000, 5_400_000, 10, 10)


def write_map(path, values, table=TABLE, **more):
    """A class map, with its class table inside unless `table` is None."""
    write_raster(path, values[np.newaxis], 0, **more)
    if table:
        with rasterio.open(path, "r+") as dataset:
            cog.describe_classes(dataset, classes.parse(table))
    return path


def wrong_here_and_there(truth, share=0.15, seed=0):
    """The truth with errors in so many of its pixels."""
    random = np.random.default_rng(seed)
    return np.where(random.random(truth.shape) < share, random.integers(1, 4, truth.shape), truth).astype(np.uint8)


@pytest.fixture
def mapped():
    return wrong_here_and_there(class_image())


@pytest.fixture
def map_path(tmp_path, mapped):
    return write_map(tmp_path / "map.tif", mapped)


@pytest.fixture
def evaluate(tmp_path, run):
    """Run the stage; gives its outputs, and as `.result` what stands in the JSON."""

    def runner(**values):
        done = run("evaluate", metrics=tmp_path / "metrics.json", **values)
        done.result = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
        return done

    return runner


def features(path, rows, crs="EPSG:32633"):
    """Write shapes with the fields `class_id` and `class_name`."""
    frame = gpd.GeoDataFrame(
        [{"class_id": i, "class_name": CLASSES.get(i, "Town"), "geometry": shape} for i, shape in rows], crs=crs
    )
    frame.to_file(path, driver="GPKG")
    return path


def at(row, col):
    """The middle of a pixel."""
    return shapely.Point(500_000 + 10 * col + 5, 5_400_000 - 10 * row - 5)


def pixels(row, col, height, width):
    """The outline of a block of pixels."""
    return shapely.box(
        500_000 + 10 * col, 5_400_000 - 10 * (row + height), 500_000 + 10 * (col + width), 5_400_000 - 10 * row
    )


def counted(mapped, truth, used, ids=(1, 2, 3)):
    """The confusion matrix, rows mapped, by scikit-learn."""
    return sklearn.metrics.confusion_matrix(truth[used], mapped[used], labels=list(ids)).T.tolist()


# --- polygons ---------------------------------------------------------------------------------


@pytest.mark.parametrize("all_touched", [False, True])
def test_polygons_are_compared_pixel_by_pixel(tmp_path, mapped, map_path, evaluate, all_touched):
    table = squares(class_image())
    table.geometry = table.geometry.translate(3, 4)  # so that edges cut pixels
    table.to_file(tmp_path / "reference.gpkg")
    truth = rasterio.features.rasterize(
        zip(table.geometry, table.class_id, strict=True), mapped.shape, 0, transform=TEN_METRES, all_touched=all_touched
    )
    done = evaluate(
        map=map_path, reference=tmp_path / "reference.gpkg", class_field="class_id", all_touched=all_touched
    )
    expected = counted(mapped, truth, truth > 0)
    assert done.result["confusion_matrix"] == expected
    assert done.pixel_count == np.sum(expected)
    assert done.overall_accuracy == pytest.approx(np.trace(expected) / np.sum(expected), abs=1e-6)
    low, high = done.result["intervals"]["overall_accuracy"]
    assert low < done.overall_accuracy < high
    assert any("Pixels beside one another are alike" in text for text in done.warnings)


def test_pixels_left_out_are_counted_by_reason(tmp_path, evaluate):
    mapped = class_image(20, 20)
    mapped[:10] = 1
    mapped[0, :4] = 0  # nodata
    mapped[1, :3] = 77  # no class of the map
    path = write_map(tmp_path / "map.tif", mapped)
    tiny, outside = pixels(7, 7, 0.1, 0.1), pixels(500, 500, 3, 3)
    given = features(tmp_path / "r.gpkg", [(1, pixels(0, 0, 4, 10)), (2, pixels(3, 8, 2, 4)), (1, tiny), (3, outside)])
    done = evaluate(map=path, reference=given, class_field="class_id")
    assert done.result["left_out"] == {
        "nodata in the map": 4, "under polygons of two classes": 2, "values in the map that are no class": 3,
    }  # fmt: skip
    assert done.left_out_count == 9
    assert done.pixel_count == 40 + 8 - 2 * 2 - 4 - 3
    assert any("without a pixel, too small or outside the map: 2" in text for text in done.warnings)


def test_polygons_in_another_crs_are_brought_to_the_maps(tmp_path, mapped, map_path, evaluate):
    table = squares(class_image())
    table.to_crs("EPSG:4326").to_file(tmp_path / "degrees.gpkg")
    table.to_file(tmp_path / "metres.gpkg")
    both = [
        evaluate(map=map_path, reference=tmp_path / name, class_field="class_id").result["confusion_matrix"]
        for name in ("degrees.gpkg", "metres.gpkg")
    ]
    assert both[0] == both[1]


# --- points -----------------------------------------------------------------------------------


def test_points_are_compared_with_the_pixel_they_lie_in(tmp_path, mapped, map_path, evaluate):
    random = np.random.default_rng(2)
    x, y = random.uniform(500_000, 501_500, 400), random.uniform(5_398_800, 5_400_000, 400)
    truth = random.integers(1, 4, 400)
    gpd.GeoDataFrame({"class_id": truth}, geometry=gpd.points_from_xy(x, y, crs="EPSG:32633")).to_file(
        tmp_path / "points.gpkg"
    )
    with rasterio.open(map_path) as dataset:
        there = np.array([value[0] for value in dataset.sample(zip(x, y, strict=True))])
    done = evaluate(map=map_path, reference=tmp_path / "points.gpkg", class_field="class_id")
    assert done.result["confusion_matrix"] == counted(there, truth, truth > 0)
    assert done.result["intervals"]["by"] == "points"
    assert not any("alike" in text for text in done.warnings), "points may be independent"


def test_points_on_large_maps_are_read_where_they_lie(tmp_path, evaluate):
    values = np.random.default_rng(3).integers(1, 4, (1100, 1300)).astype(np.uint8)
    rows, cols = np.divmod(np.random.default_rng(4).choice(values.size, 500, replace=False), 1300)
    path = write_map(tmp_path / "map.tif", values, tiled=True)
    given = features(tmp_path / "r.gpkg", [(int(values[r, c]), at(r, c)) for r, c in zip(rows, cols, strict=True)])
    assert evaluate(map=path, reference=given, class_field="class_id").overall_accuracy == 1.0


def test_points_outside_on_nodata_and_on_other_values_are_left_out(tmp_path, evaluate):
    mapped = np.array([[1, 2], [0, 9]], np.uint8)
    given = [(1, at(0, 0)), (1, at(0, 1)), (2, at(1, 0)), (2, at(1, 1)), (1, at(-1, 0)), (1, at(0, 2))]
    done = evaluate(map=write_map(tmp_path / "map.tif", mapped), reference=features(tmp_path / "r.gpkg", given),
                    class_field="class_id")  # fmt: skip
    assert done.result["left_out"] == {
        "outside the map": 2, "nodata in the map": 1, "values in the map that are no class": 1,
    }  # fmt: skip
    assert done.result["confusion_matrix"] == [[1, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert "Reference points outside the map, which were left out: 2." in done.warnings


def test_a_multipoint_is_several_points(tmp_path, evaluate):
    path = write_map(tmp_path / "map.tif", np.array([[1, 2]], np.uint8))
    given = features(tmp_path / "r.gpkg", [(1, shapely.MultiPoint([at(0, 0), at(0, 1)]))])
    assert evaluate(map=path, reference=given, class_field="class_id").pixel_count == 2


# --- rasters ----------------------------------------------------------------------------------


def test_a_raster_on_the_same_grid_is_compared_pixel_by_pixel(tmp_path, mapped, evaluate):
    truth = class_image()
    truth[:7], mapped[:, :5] = 0, 0
    done = evaluate(map=write_map(tmp_path / "map.tif", mapped), reference_raster=write_map(tmp_path / "r.tif", truth))
    assert done.result["confusion_matrix"] == counted(mapped, truth, (mapped > 0) & (truth > 0))
    assert done.result["left_out"] == {
        "nodata in the map": 120 * 5, "outside the reference or nodata in it": 7 * 145,
    }  # fmt: skip
    assert any("alike" in text for text in done.warnings)


def test_a_map_compared_with_itself_is_told(map_path, evaluate):
    done = evaluate(map=map_path, reference_raster=map_path)
    assert any("compared with itself" in text for text in done.warnings)


def test_a_raster_on_another_grid_is_brought_to_the_maps_by_the_nearest_pixel(tmp_path, mapped, map_path, evaluate):
    random = np.random.default_rng(7)
    truth, degrees = random.integers(1, 4, (90, 120)).astype(np.uint8), from_origin(15.004, 48.7515, 0.00017, 0.00011)
    path = write_map(tmp_path / "r.tif", truth, crs="EPSG:4326", transform=degrees)
    to_degrees = pyproj.Transformer.from_crs("EPSG:32633", "EPSG:4326", always_xy=True)
    row, col = np.indices(mapped.shape)
    x, y = to_degrees.transform(*(TEN_METRES @ (col + 0.5, row + 0.5)))
    col, row = np.floor(~degrees @ (x, y)).astype(int)
    inside = (row >= 0) & (row < 90) & (col >= 0) & (col < 120)
    warped = np.where(inside, truth[row.clip(0, 89), col.clip(0, 119)], 0)
    assert 0.2 < np.mean(warped > 0) < 0.95, "they overlap in part"
    done = evaluate(map=map_path, reference_raster=path)
    assert done.result["confusion_matrix"] == counted(mapped, warped, warped > 0)


def test_whole_numbers_in_floats_are_classes_with_the_names_of_an_attribute_table(tmp_path, mapped, evaluate):
    truth = class_image().astype(np.float32)
    truth[:7] = np.nan
    reference = write_raster(tmp_path / "truth.tif", truth[np.newaxis])
    (tmp_path / "truth.tif.aux.xml").write_text(
        '<PAMDataset><PAMRasterBand band="1"><CategoryNames><Category></Category><Category>Acker</Category>'
        "<Category>Wald</Category><Category>See</Category></CategoryNames></PAMRasterBand></PAMDataset>"
    )
    done = evaluate(map=write_raster(tmp_path / "m.tif", mapped[np.newaxis], 0), reference_raster=reference)
    assert done.result["confusion_matrix"] == counted(mapped, class_image(), np.isfinite(truth))
    assert [c["name"] for c in done.result["classes"]] == ["Acker", "Wald", "See"]
    done = evaluate(map=reference, reference_raster=write_map(tmp_path / "other.tif", mapped))
    assert done.result["confusion_matrix"] == counted(class_image(), mapped, np.isfinite(truth))


def test_jobs_and_windows_do_not_change_the_result(tmp_path, evaluate, monkeypatch):
    truth = class_image(700, 1100)
    paths = {"map": write_map(tmp_path / "map.tif", wrong_here_and_there(truth)),
             "reference_raster": write_map(tmp_path / "r.tif", truth)}  # fmt: skip
    one = evaluate(jobs=1, **paths).result
    assert evaluate(jobs=3, **paths).result == one
    monkeypatch.setattr(raster, "BLOCK", 300)
    assert evaluate(**paths).result["confusion_matrix"] == one["confusion_matrix"]


def test_memory_does_not_grow_with_the_map(tmp_path):
    """One 20 times as large in pixels would, read as a whole, take hundreds of megabytes more."""
    peaks = [_peak_of_evaluating(tmp_path, size) for size in (1024, 4608)]
    assert peaks[1] - peaks[0] < 80 * 2**20


def _peak_of_evaluating(folder, size):
    for name, seed in (("map", 0), ("truth", 1)):
        tile = np.random.default_rng(seed).integers(1, 4, (1, 512, 512)).astype(np.uint8)
        where = folder / f"{name}{size}.tif"
        with rasterio.open(where, "w", "GTiff", size, size, 1, "EPSG:32633", TEN_METRES, "uint8", 0,
                           tiled=True, blockxsize=512, blockysize=512) as dataset:  # fmt: skip
            for _, window in dataset.block_windows(1):
                dataset.write(tile, window=window)
    program = (
        "import sys, resource; from landloom import runner, stages; from landloom.job import Job; f, n = sys.argv[1:];"
        "values = {'map': f'{f}/map{n}.tif', 'reference_raster': f'{f}/truth{n}.tif', 'metrics': f'{f}/m.json'};"
        "runner.run_stage(stages.find_stage('evaluate'), values, Job());"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, folder, str(size)], cwd=ROOT, capture_output=True, check=True
    )
    return int(told.stdout) * (1 if sys.platform == "darwin" else 1024)


# --- classes ----------------------------------------------------------------------------------


def test_class_names_are_found_in_the_maps_table(tmp_path, mapped, map_path, evaluate):
    squares(class_image()).to_file(tmp_path / "reference.gpkg")
    by = {
        name: evaluate(map=map_path, reference=tmp_path / "reference.gpkg", class_field=name).result
        for name in ("class_id", "class_name")
    }
    assert by["class_id"] == by["class_name"] | {"matching": by["class_id"]["matching"]}
    assert by["class_name"]["matching"] == [["1", "Field", "Field"], ["2", "Forest", "Forest"], ["3", "Water", "Water"]]


def test_a_reference_class_that_the_map_lacks_counts_as_wrong_and_is_told(tmp_path, evaluate):
    path = write_map(tmp_path / "map.tif", np.array([[1, 2]], np.uint8))
    given = features(tmp_path / "r.gpkg", [(1, at(0, 0)), (8, at(0, 1))])
    for name in ("class_id", "class_name"):
        done = evaluate(map=path, reference=given, class_field=name)
        assert done.overall_accuracy == 0.5
        assert any("The map has no class" in text and "counts as mapped wrongly" in text for text in done.warnings)


def test_classes_without_anything_in_common_are_refused_with_both_lists(tmp_path, evaluate):
    path = write_map(tmp_path / "map.tif", np.array([[1, 2]], np.uint8))
    given = features(tmp_path / "r.gpkg", [(8, at(0, 0))])
    with pytest.raises(InputError, match=r"no class in common: the map has 1 Field.*Town.*same ids or names"):
        evaluate(map=path, reference=given, class_field="class_name")


def test_classes_that_are_numbered_otherwise_are_refused(tmp_path, map_path, evaluate):
    other = write_map(tmp_path / "other.tif", class_image(), "1:Forest;2:Field;3:Water")
    with pytest.raises(InputError, match=r"Field is 1 in the map and 2 in the reference.*Give the reference"):
        evaluate(map=map_path, reference_raster=other)


def test_an_id_with_two_names_is_compared_and_told(tmp_path, map_path, evaluate):
    other = write_map(tmp_path / "other.tif", class_image(), "1:Field;2:Wald;3:Water")
    done = evaluate(map=map_path, reference_raster=other)
    assert any("2 is Forest in the map and Wald in the reference" in text for text in done.warnings)


def test_a_class_outside_the_given_table_is_refused_with_what_to_do(tmp_path, map_path, evaluate):
    squares(class_image()).to_file(tmp_path / "reference.gpkg")
    with pytest.raises(InputError, match=r"class id 3.*not in the class table: 1, 2. Add it to the table or correct"):
        evaluate(
            map=map_path, reference=tmp_path / "reference.gpkg", class_field="class_id", classes="1:Field;2:Forest"
        )


def test_a_map_of_another_program_gets_its_names_from_the_class_table(tmp_path, mapped, evaluate):
    path = write_map(tmp_path / "plain.tif", mapped, None)
    squares(class_image()).to_file(tmp_path / "reference.gpkg")
    with pytest.raises(InputError, match=r"no class in common.*CLASSES"):
        evaluate(map=path, reference=tmp_path / "reference.gpkg", class_field="class_name")
    done = evaluate(map=path, reference=tmp_path / "reference.gpkg", class_field="class_name", classes=TABLE)
    assert [c["name"] for c in done.result["classes"]] == ["Field", "Forest", "Water"]
    assert done.overall_accuracy > 0.8
    raster = write_map(tmp_path / "truth.tif", class_image(), None)
    done = evaluate(map=path, reference_raster=raster, classes=TABLE)
    assert [c["name"] for c in done.result["classes"]] == ["Field", "Forest", "Water"]


# --- what the numbers are weighted by -----------------------------------------------------------


def test_area_adjusted_figures_are_weighted_by_the_maps_hectares(tmp_path, evaluate):
    """Two strata of 300 and 100 pixels; 3 of 4 and 2 of 2 units right."""
    mapped = np.ones((20, 20), np.uint8)
    mapped[15:] = 2
    given = [(1, at(0, 0)), (1, at(1, 1)), (1, at(2, 2)), (2, at(3, 3)), (2, at(15, 0)), (2, at(16, 0))]
    done = evaluate(map=write_map(tmp_path / "map.tif", mapped, "1:Field;2:Forest"),
                    reference=features(tmp_path / "r.gpkg", given), class_field="class_id")  # fmt: skip
    assert done.adjusted_accuracy == pytest.approx(0.75 * 0.75 + 0.25, abs=1e-6)
    # √(0.75² · 0.75 · 0.25 / 3) = 0.1875
    assert done.adjusted_interval == pytest.approx(1.96 * 0.1875, abs=1e-4)
    found, hectare = done.result["area_adjusted"], 0.01 / 0.9996**2
    assert found["unit"] == "hectares"
    assert found["map_areas"] == pytest.approx([300 * hectare, 100 * hectare], abs=1e-4)
    assert found["areas"] == pytest.approx([225 * hectare, 175 * hectare], abs=1e-4)
    assert found["areas_error"] == pytest.approx([0.1875 * 400 * hectare] * 2, abs=1e-4)


def test_areas_in_degrees_are_those_on_the_ellipsoid(tmp_path, evaluate):
    mapped = np.repeat(np.array([[1], [2]], np.uint8), 30, axis=0) * np.ones((60, 40), np.uint8)
    path = write_map(tmp_path / "map.tif", mapped, "1:Field;2:Forest", crs="EPSG:4326",
                     transform=from_origin(15, 60, 0.02, 0.02))  # fmt: skip
    found = evaluate(map=path, reference_raster=path).result["area_adjusted"]
    geod = pyproj.Geod(ellps="WGS84")
    for number, (south, north) in enumerate([(59.4, 60), (58.8, 59.4)]):
        outline = shapely.segmentize(shapely.box(15, south, 15.8, north), 0.001)
        expected = abs(geod.geometry_area_perimeter(outline)[0]) / 1e4
        assert found["map_areas"][number] == pytest.approx(expected, rel=1e-6)


def test_an_area_of_interest_limits_reference_and_areas_alike(tmp_path, mapped, map_path, evaluate):
    area, inside = pixels(20, 30, 40, 50), (slice(20, 60), slice(30, 80))
    truth = class_image()
    done = evaluate(map=map_path, reference_raster=write_map(tmp_path / "r.tif", truth), aoi=area.wkt)
    assert done.result["confusion_matrix"] == counted(mapped[inside], truth[inside], truth[inside] > 0)
    by_class = [np.count_nonzero(mapped[inside] == i) * 0.01 / 0.9996**2 for i in (1, 2, 3)]
    assert done.result["area_adjusted"]["map_areas"] == pytest.approx(by_class, abs=1e-2)
    squares(truth).to_file(tmp_path / "r.gpkg")
    done = evaluate(map=map_path, reference=tmp_path / "r.gpkg", class_field="class_id", aoi=area.wkt)
    touching = squares(truth).intersects(area).sum()
    assert done.pixel_count == 36 * touching
    assert done.result["area_adjusted"]["map_areas"] == pytest.approx(by_class, abs=1e-2)


def test_a_mapped_class_without_reference_makes_the_adjusted_figures_undetermined(tmp_path, map_path, evaluate):
    given = features(tmp_path / "r.gpkg", [(1, at(10, 50)), (1, at(11, 50)), (2, at(10, 100)), (2, at(12, 100))])
    done = evaluate(map=map_path, reference=given, class_field="class_id", report=tmp_path / "r.html")
    assert done.adjusted_accuracy is None
    assert any("cannot be estimated" in text and "Water" in text for text in done.warnings)


def test_an_area_of_interest_without_a_pixel_has_no_adjusted_figures(tmp_path, map_path, evaluate):
    squares(class_image()).to_file(tmp_path / "r.gpkg")
    between_centres = shapely.box(500_000, 5_399_951, 501_500, 5_399_954)
    done = evaluate(map=map_path, reference=tmp_path / "r.gpkg", class_field="class_id", aoi=between_centres.wkt)
    assert done.adjusted_accuracy is None
    assert any("no class in the area of interest" in text for text in done.warnings)


def test_without_a_crs_areas_are_pixels(tmp_path, mapped, evaluate):
    paths = [write_map(tmp_path / f"{name}.tif", values, crs=None) for name, values in
             (("map", mapped), ("truth", class_image()))]  # fmt: skip
    found = evaluate(map=paths[0], reference_raster=paths[1]).result["area_adjusted"]
    assert found["unit"] == "pixels"
    assert found["map_areas"] == [np.count_nonzero(mapped == i) for i in (1, 2, 3)]


def test_an_order_of_the_classes_gives_its_scores(tmp_path, mapped, map_path, evaluate):
    truth = class_image()
    done = evaluate(map=map_path, reference_raster=write_map(tmp_path / "r.tif", truth), ordinal=True)
    pair = truth.ravel(), mapped.ravel()
    assert done.quadratic_kappa == pytest.approx(
        sklearn.metrics.cohen_kappa_score(*pair, weights="quadratic"), abs=1e-6
    )
    expected = np.abs(truth.astype(int) - mapped).mean()
    assert done.mean_class_error == pytest.approx(expected, abs=1e-6)
    assert 0 < done.rho < 1


# --- where the model was trained ------------------------------------------------------------------


@pytest.fixture
def made(scene, model, run):
    """The scene's model and its map."""
    run("predict", model=model, images=scene.image, map=scene.folder / "map.tif", record=False)
    return scene


def flattered(done):
    return [text for text in done.warnings if "the accuracy is flattered" in text]


def test_a_reference_that_the_model_was_trained_on_is_told(made, evaluate):
    done = evaluate(map=made.folder / "map.tif", reference=made.polygons, class_field="class_id")
    assert len(flattered(done)) == 1
    shared = int(flattered(done)[0].split(" of the ")[0])
    # Some polygons were held out while the model was tested, but the model itself has learnt from all.
    assert 0 < shared <= len(made.table)
    as_points = made.table.set_geometry(made.table.representative_point())
    as_points.to_file(made.folder / "points.gpkg")
    done = evaluate(map=made.folder / "map.tif", reference=made.folder / "points.gpkg", class_field="class_id")
    assert flattered(done)[0].startswith(f"{shared} of the ")
    assert training_area.overlapping(made.folder / "map.tif", as_points.to_crs("EPSG:4326")) == shared


def test_a_reference_beside_the_training_polygons_is_not(made, evaluate):
    beside = made.table.translate(60, 0)  # they share an edge
    table = gpd.GeoDataFrame({"class_id": made.table["class_id"]}, geometry=beside)
    table.to_file(made.folder / "beside.gpkg")
    assert not flattered(
        evaluate(map=made.folder / "map.tif", reference=made.folder / "beside.gpkg", class_field="class_id")
    )


def test_the_model_is_found_where_it_was_moved_with_the_map(made, model, evaluate, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for path in (made.folder / "map.tif", made.folder / "map.tif.json", model):
        shutil.move(path, folder)
    assert flattered(evaluate(map=folder / "map.tif", reference=made.polygons, class_field="class_id"))


def test_nothing_is_claimed_of_a_model_that_is_not_the_maps(made, model, evaluate, run):
    run("train_random_forest", samples=made.folder / "samples.parquet", trees=3, seed=7, model=model, record=False)
    assert not flattered(evaluate(map=made.folder / "map.tif", reference=made.polygons, class_field="class_id"))


def test_a_refined_map_was_made_by_the_models_of_its_probabilities(scene, model, run, evaluate):
    """The provenance of a refined map is written by hand, so that no CRF is needed."""
    folder = scene.folder
    run("predict", model=model, images=scene.image, map=folder / "map.tif", probabilities=folder / "p.tif",
        record=False)  # fmt: skip
    (folder / "map.tif").rename(folder / "refined.tif")
    record = {
        "parameters": {"probabilities": str(folder / "p.tif")},
        "inputs": {"probabilities": [{"source": "a layer", **provenance.fingerprint(folder / "p.tif")}]},
    }
    (folder / "refined.tif.json").write_text(json.dumps(record))
    assert lineage.models_of(folder / "refined.tif") == [model]
    assert flattered(evaluate(map=folder / "refined.tif", reference=scene.polygons, class_field="class_id"))


def test_all_models_that_voted_are_told(scene, model, run):
    other = scene.folder / "other.landloom"
    run("train_random_forest", samples=scene.folder / "samples.parquet", trees=3, seed=7, model=other, record=False)
    entries = [{"source": str(path), **provenance.fingerprint(path)} for path in (model, other)]
    record = {"parameters": {}, "inputs": {"model": entries[:1], "further_models": entries[1:]}}
    (scene.folder / "map.tif.json").write_text(json.dumps(record))
    assert lineage.models_of(scene.folder / "map.tif") == [model, other]
    assert lineage.hashes(scene.folder / "map.tif") == {entry["sha256"] for entry in entries}


@pytest.mark.parametrize(
    "content", ["[1]", "{}", '{"inputs": [], "parameters": 3}', '{"inputs": {"model": [1]}}', "no"]
)
def test_a_file_of_another_program_beside_a_map_tells_nothing(tmp_path, content):
    (tmp_path / "map.tif.json").write_text(content)
    assert (lineage.models_of(tmp_path / "map.tif"), lineage.hashes(tmp_path / "map.tif")) == ([], set())


def test_the_monthly_job_tells_its_model_too(scene, run, evaluate):
    run("map_month", images=scene.image, polygons=scene.polygons, class_field="class_id", trees=5, year=2025, month=6,
        samples=scene.folder / "s.parquet", model=scene.folder / "m.landloom", map=scene.folder / "map.tif",
        record=False)  # fmt: skip
    assert flattered(evaluate(map=scene.folder / "map.tif", reference=scene.polygons, class_field="class_id"))


# --- tiles ------------------------------------------------------------------------------------


def tile_set(folder, truth, places, size=16, crs="EPSG:32633"):
    """A tile data set whose masks are cut from a truth at (row, col, part, block); 0 is no class."""
    made = make_tiles(folder, size=size, parts={"test": len(places)}, classes=tuple(CLASSES.values()), crs=crs)
    table = made.table.copy()
    table[["row", "col", "part", "block"]] = places
    for mask, (row, col, *_) in zip(table["mask"], places, strict=True):
        with rasterio.open(folder / mask, "r+") as raster:
            cut = np.zeros((size, size), np.uint8)
            inside = truth[row : row + size, col : col + size]
            cut[: inside.shape[0], : inside.shape[1]] = inside
            raster.write(cut, 1)
    table.to_csv(folder / "metadata/tiles.csv", index=False)
    grid = Grid(*truth.shape, TEN_METRES, rasterio.CRS.from_string(crs) if crs else None)
    config = made.config | {"grid": grid_as_dict(grid), "classes": classes.parse(TABLE).as_list()}
    (folder / "metadata/tiles_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def overlapping(row, col, part="test", block="a"):
    """Four tiles of 16 pixels that overlap by a half."""
    return [(row + down, col + right, part, block) for down in (0, 8) for right in (0, 8)]


def test_each_pixel_of_tiles_counts_once_though_they_overlap(tmp_path, mapped, map_path, evaluate):
    truth = class_image()
    truth[30:33] = 0  # no class
    places = overlapping(20, 30) + overlapping(60, 80, block="b") + overlapping(90, 10, "train", "c")
    done = evaluate(map=map_path, tiles=tile_set(tmp_path / "tiles", truth, places))
    used = np.zeros(truth.shape, bool)
    used[20:44, 30:54] = used[60:84, 80:104] = True
    assert done.result["confusion_matrix"] == counted(mapped, truth, used & (truth > 0))
    assert done.pixel_count == 2 * 24 * 24 - 3 * 24
    assert done.result["left_out"] == {}
    assert (done.result["intervals"]["by"], done.result["intervals"]["groups"]) == ("blocks of the tile data set", 2)


@pytest.mark.parametrize("ordinal", [True, False])
def test_tiles_say_themselves_whether_their_classes_have_an_order(tmp_path, map_path, evaluate, ordinal):
    folder = tile_set(tmp_path / "tiles", class_image(), overlapping(20, 30))
    config = folder / "metadata/tiles_config.json"
    config.write_text(json.dumps(json.loads(config.read_text(encoding="utf-8")) | {"ordinal": ordinal}))
    done = evaluate(map=map_path, tiles=folder)
    assert ("ordinal" in done.result, done.rho is not None) == (ordinal, ordinal)


def test_the_intervals_of_tiles_draw_their_blocks(tmp_path, mapped, map_path, evaluate):
    places = [(row, col, "test", f"b{row}") for row in (0, 20, 40, 60, 80, 100) for col in (0, 40, 100)]
    done = evaluate(map=map_path, tiles=tile_set(tmp_path / "tiles", class_image(), places), seed=3)
    right = mapped == class_image()
    share = [np.mean([right[r : r + 16, c : c + 16].mean() for c in (0, 40, 100)]) for r in range(0, 120, 20)]
    random = np.random.default_rng(8)
    expected = np.percentile([random.choice(share, 6).mean() for _ in range(4000)], [2.5, 97.5])
    assert done.result["intervals"]["overall_accuracy"] == pytest.approx(expected, abs=0.15 * np.ptp(expected))
    assert any("stand on only 6 blocks of the tile data set" in text for text in done.warnings)


@pytest.mark.parametrize(("part", "words"), [("train", "learn from the training"), ("val", "chosen by the validation")])
def test_tiles_that_networks_have_seen_are_told(tmp_path, map_path, evaluate, part, words):
    given = tile_set(tmp_path / "tiles", class_image(), overlapping(0, 0, part) + overlapping(60, 60))
    assert any(words in text for text in evaluate(map=map_path, tiles=given, tiles_part=part).warnings)
    assert not any("Networks" in text for text in evaluate(map=map_path, tiles=given).warnings)


def test_tiles_may_reach_beyond_the_image(tmp_path, mapped, map_path, evaluate):
    done = evaluate(map=map_path, tiles=tile_set(tmp_path / "tiles", class_image(), [(110, 140, "test", "a")]))
    used = np.zeros(mapped.shape, bool)
    used[110:, 140:] = True
    assert done.result["confusion_matrix"] == counted(mapped, class_image(), used)
    assert "intervals" not in done.result, "one block alone"


def test_copies_and_synthetic_tiles_are_no_reference(tmp_path, map_path, evaluate):
    folder = tile_set(tmp_path / "tiles", class_image(), [(0, 0, "train", "a"), (50, 50, "train", "b")])
    table = pd.read_csv(folder / "metadata/tiles.csv")
    table.loc[1, "origin"] = "smote"
    table.to_csv(folder / "metadata/tiles.csv", index=False)
    assert evaluate(map=map_path, tiles=folder, tiles_part="train").pixel_count == 256


def test_a_map_on_another_grid_is_brought_to_the_tiles_by_the_nearest_pixel(tmp_path, mapped, evaluate):
    half = write_map(tmp_path / "half.tif", mapped[::2, ::2], transform=from_origin(500_000, 5_400_000, 20, 20))
    done = evaluate(map=half, tiles=tile_set(tmp_path / "tiles", class_image(), overlapping(21, 31)), jobs=1)
    shown, used = np.repeat(np.repeat(mapped[::2, ::2], 2, 0), 2, 1), np.zeros(mapped.shape, bool)
    used[21:45, 31:55] = True
    assert done.result["confusion_matrix"] == counted(shown, class_image(), used)


def test_tiles_where_the_map_has_nothing_are_left_out(tmp_path, mapped, evaluate):
    mapped[:25] = 0
    path = write_map(tmp_path / "m.tif", mapped)
    given = tile_set(tmp_path / "tiles", class_image(), overlapping(20, 30))
    area = pixels(0, 0, 44, 34).wkt
    assert evaluate(map=path, tiles=given).result["left_out"] == {"nodata in the map": 5 * 24}
    assert evaluate(map=path, tiles=given, aoi=area).pixel_count == 19 * 4


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tiles_part": "val"}, "has no tiles of the part 'val'; it has test"),
        ({"tiles": "nowhere"}, "is no tile data set"),
        ({"map": {"transform": from_origin(0, 0, 10, 10)}}, "does not overlap the tile data set"),
        ({"map": {"crs": None}}, "has no coordinate reference system, so map and tiles"),
        ({"aoi": "POLYGON((501400 5398900,501450 5398900,501450 5398950,501400 5398900))"}, "No labelled pixel"),
    ],
)
def test_tiles_that_do_not_fit_are_refused_in_words(tmp_path, mapped, run, change, words):
    given = {"tiles": tile_set(tmp_path / "tiles", class_image(), overlapping(20, 30))} | change
    given["map"] = write_map(tmp_path / "m.tif", mapped, **change.get("map", {}))
    with pytest.raises(InputError, match=words):
        run("evaluate", metrics=tmp_path / "metrics.json", **given)


# --- calibration ------------------------------------------------------------------------------


def write_probabilities(path, values, names=("Field", "Forest", "Water"), nodata=float("nan"), **more):
    return write_raster(path, values, nodata, names=names, **more)


@pytest.fixture
def shares(mapped):
    """Probabilities (3, h, w) whose largest one is the mapped class's, with a corner of nodata."""
    random = np.random.default_rng(6)
    top = random.uniform(0.5, 1, mapped.shape)
    values = np.repeat(((1 - top) / 2)[np.newaxis], 3, axis=0)
    np.put_along_axis(values, mapped[np.newaxis].astype(int) - 1, top[np.newaxis], axis=0)
    values[:, :10, :10] = np.nan
    return values.astype(np.float32)


@pytest.mark.parametrize("kind", ["raster", "polygons"])
def test_calibration_is_that_of_scikit_learn(tmp_path, mapped, map_path, shares, evaluate, kind):
    table = squares(class_image())
    table.to_file(tmp_path / "reference.gpkg")
    burnt = rasterio.features.rasterize(
        zip(table.geometry, table.class_id, strict=True), mapped.shape, 0, transform=TEN_METRES
    )
    truth = class_image() if kind == "raster" else burnt
    given = (
        {"reference_raster": write_map(tmp_path / "t.tif", truth)}
        if kind == "raster"
        else {"reference": tmp_path / "reference.gpkg", "class_field": "class_id"}
    )
    done = evaluate(map=map_path, probabilities=write_probabilities(tmp_path / "p.tif", shares), **given)
    used = (truth > 0) & np.isfinite(shares[0])
    top, hit = shares.max(axis=0)[used].astype(float), (mapped == truth)[used]
    accuracy, confidence = sklearn.calibration.calibration_curve(hit, top, n_bins=15)
    number = np.histogram(top, np.linspace(0, 1, 16))[0]
    found = done.result["calibration"]
    error = np.abs(accuracy - confidence)
    assert done.ece == found["ece"] == pytest.approx((error * number[number > 0]).sum() / used.sum(), abs=1e-6)
    assert found["maximum_error"] == pytest.approx(error.max(), abs=1e-6)
    one_hot = truth[used][:, np.newaxis] == np.arange(1, 4)
    assert found["brier_of_all_classes"] == pytest.approx(
        ((shares[:, used].T - one_hot) ** 2).sum(axis=1).mean(), abs=1e-6
    )
    forest = sklearn.metrics.brier_score_loss(one_hot[:, 1], shares[1][used].astype(float))
    assert found["by_class"][1]["brier"] == pytest.approx(forest, abs=1e-6)
    assert found["without_probability"] == np.sum((truth > 0) & ~np.isfinite(shares[0]))
    assert found["samples"] == used.sum()


def test_percents_are_shares_and_bands_go_by_their_names(tmp_path, map_path, shares, evaluate):
    reference = write_map(tmp_path / "t.tif", class_image())
    percent = np.where(np.isnan(shares), 255, np.rint(np.nan_to_num(shares) * 100)).astype(np.uint8)
    one = write_probabilities(tmp_path / "a.tif", percent, nodata=255)
    other = write_probabilities(
        tmp_path / "b.tif",
        percent[::-1] / np.float32(100) + np.where(percent == 255, np.float32(np.nan), 0),
        ("Water", "Forest", "Field"),
    )
    both = [
        evaluate(map=map_path, probabilities=p, reference_raster=reference).result["calibration"] for p in (one, other)
    ]
    assert both[0]["samples"] == both[1]["samples"] == 120 * 150 - 100
    assert both[0]["ece"] == pytest.approx(both[1]["ece"], abs=1e-3)


def test_what_is_no_probability_is_refused(tmp_path, map_path, shares, run):
    given = {"map": map_path, "reference_raster": map_path, "metrics": tmp_path / "m.json"}
    for path, words in (
        (write_probabilities(tmp_path / "a.tif", shares * 100), "which is no probability"),
        (
            write_probabilities(tmp_path / "b.tif", shares, ("Field", "Forest", "Town")),
            "must be called like the classes",
        ),
        (write_probabilities(tmp_path / "c.tif", shares, transform=from_origin(0, 0, 10, 10)), "does not lie where"),
        (map_path, "must be called like the classes"),
    ):
        with pytest.raises(InputError, match=words):
            run("evaluate", probabilities=path, **given)
    assert not (tmp_path / "m.json").exists()


# --- targets, intervals, scores ---------------------------------------------------------------


def test_targets_get_a_verdict_everywhere(tmp_path, map_path, evaluate):
    (tmp_path / "t.json").write_text('{"kappa": ">= 0.5", "recall[Forest]": 0.999, "rho": 0.1}')
    done = evaluate(map=map_path, reference_raster=write_map(tmp_path / "t.tif", class_image()),
                    targets=tmp_path / "t.json", scores=tmp_path / "s.csv", report=tmp_path / "r.html")  # fmt: skip
    assert (done.targets_met, done.targets_missed, done.targets_undecided) == (1, 1, 1)
    assert [t["verdict"] for t in done.result["targets"]] == ["met", "missed", "cannot be decided"]
    assert [t["settled"] for t in done.result["targets"]] == [True, True, None]
    told = [e["text"] for e in done.events if e["type"] == "message"]
    assert any("Target Recall (producer's accuracy), Forest >= 0.999: missed with 0." in text for text in told)
    with (tmp_path / "s.csv").open(encoding="utf-8", newline="") as stream:
        rows = {(r["metric"], r["class"]): r for r in csv.DictReader(stream)}
    assert rows["recall", "Forest"]["verdict"] == "missed" and rows["kappa", ""]["target"] == ">= 0.5"
    assert float(rows["iou", "Water"]["value"]) == done.result["scores"]["iou"][2]
    assert float(rows["kappa", ""]["low"]) == done.result["intervals"]["kappa"][0]
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "cannot be decided" in page and "the interval settles it" in page


def test_without_targets_their_counts_are_not_determined(map_path, evaluate):
    done = evaluate(map=map_path, reference_raster=map_path)
    assert (done.targets_met, done.targets_missed, done.targets_undecided, done.ece) == (None, None, None, None)


def test_a_target_for_a_class_that_is_not_there_is_refused(tmp_path, map_path, run):
    (tmp_path / "t.json").write_text('{"recall[Lawn]": 0.9}')
    with pytest.raises(InputError, match=r"there is no class 'Lawn'. The classes are: 1 Field, 2 Forest, 3 Water"):
        run(
            "evaluate",
            map=map_path,
            reference_raster=map_path,
            targets=tmp_path / "t.json",
            metrics=tmp_path / "m.json",
        )


def test_intervals_of_a_raster_draw_squares(tmp_path, mapped, map_path, evaluate):
    done = evaluate(map=map_path, reference_raster=write_map(tmp_path / "t.tif", class_image()))
    # 150 pixels in 16 parts: squares of 10 × 10, 12 rows of 15.
    right = (mapped == class_image()).reshape(12, 10, 15, 10).sum(axis=(1, 3)).ravel()
    random = np.random.default_rng(5)
    drawn = [random.choice(right, 180).sum() / 18_000 for _ in range(4000)]
    found = done.result["intervals"]
    assert (found["by"], found["groups"]) == ("squares of 10 × 10 pixels", 180)
    expected = np.percentile(drawn, [2.5, 97.5])
    assert found["overall_accuracy"] == pytest.approx(expected, abs=0.15 * np.ptp(expected))


def test_intervals_of_points_are_those_of_the_binomial_distribution(tmp_path, evaluate):
    mapped = np.ones((20, 20), np.uint8)
    mapped[:5] = 2
    given = features(tmp_path / "r.gpkg", [(1, at(r, c)) for r in range(20) for c in range(20)])
    found = evaluate(map=write_map(tmp_path / "m.tif", mapped), reference=given, class_field="class_id").result
    half = 1.96 * (0.75 * 0.25 / 400) ** 0.5  # the normal approximation
    assert found["intervals"]["overall_accuracy"] == pytest.approx([0.75 - half, 0.75 + half], abs=0.006)


def test_pixels_of_a_raster_in_training_polygons_are_told(made, evaluate):
    done = evaluate(map=made.folder / "map.tif", reference_raster=made.truth_raster)
    trained = sum(round(shape.area / 100) for shape in made.table.geometry)
    assert flattered(done) and flattered(done)[0].startswith(f"{trained:,} of the {done.pixel_count:,} pixels")


# --- files ------------------------------------------------------------------------------------


def test_matrix_and_report_hold_what_the_metrics_hold(tmp_path, mapped, map_path, evaluate):
    table = "1:Field & <b>:#f0e442;2:Forest:#117733;3:Wässer:#0072b2"
    path, other = write_map(tmp_path / "m.tif", mapped, table), write_map(tmp_path / "r.tif", class_image(), table)
    done = evaluate(
        map=path, reference_raster=other, matrix=tmp_path / "m.csv", report=tmp_path / "r.html", ordinal=True
    )
    with (tmp_path / "m.csv").open(encoding="utf-8", newline="") as stream:
        head, *rows = list(csv.reader(stream))
    assert head[1:] == [row[0] for row in rows] == ["Field & <b>", "Forest", "Wässer"]
    assert [[int(v) for v in row[1:]] for row in rows] == done.result["confusion_matrix"]
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert f"{100 * done.overall_accuracy:.1f} %" in page
    assert "Field &amp; &lt;b&gt;" in page and "Field & <b>" not in page
    assert "<svg" in page and "Spearman" in page
    assert "95 % interval" in page


def test_everything_in_the_metrics_is_plain_json(tmp_path, evaluate):
    path = write_map(tmp_path / "map.tif", np.array([[1, 1]], np.uint8), "1:Field;2:Forest")
    evaluate(map=path, reference=features(tmp_path / "r.gpkg", [(1, at(0, 0))]), class_field="class_id", ordinal=True)
    text = (tmp_path / "metrics.json").read_text(encoding="utf-8")
    assert "NaN" not in text and "Infinity" not in text


# --- what cannot be evaluated -----------------------------------------------------------------


def far(folder):
    return {"reference": features(folder / "far.gpkg", [(1, pixels(9000, 9000, 5, 5))]), "class_field": "class_id"}


def far_points(folder):
    return {"reference": features(folder / "far.gpkg", [(1, at(9000, 9000))]), "class_field": "class_id"}


def far_raster(folder):
    return {"reference_raster": write_map(folder / "far.tif", class_image(), transform=from_origin(0, 0, 10, 10))}


def beyond_the_area(folder):
    squares(class_image()).to_file(folder / "r.gpkg")
    return {"reference": folder / "r.gpkg", "class_field": "class_id", "aoi": pixels(0, 145, 1, 1).wkt}


def without_crs(folder):
    frame = squares(class_image())
    gpd.GeoDataFrame({"class_id": frame["class_id"]}, geometry=frame.geometry.to_numpy()).to_file(folder / "no.gpkg")
    return {"reference": folder / "no.gpkg", "class_field": "class_id"}


def raster_without_crs(folder):
    return {"reference_raster": write_map(folder / "no.tif", class_image(), crs=None)}


def lines(folder):
    return {"reference": features(folder / "l.gpkg", [(1, shapely.LineString([(0, 0), (1, 1)]))]),
            "class_field": "class_id"}  # fmt: skip


def a_raster_as_layer(folder):
    return {"reference": write_map(folder / "r.tif", class_image()), "class_field": "class_id"}


def on_nodata(folder):
    return {"reference": features(folder / "n.gpkg", [(1, pixels(0, 0, 2, 2))]), "class_field": "class_id",
            "map": write_map(folder / "hole.tif", np.pad(class_image(20, 20), ((4, 0), (4, 0))))}  # fmt: skip


def nodata_raster(folder):
    values = np.zeros((120, 150), np.uint8)
    values[0, 0] = 1
    map_path = write_map(folder / "hole.tif", np.where(values, 0, class_image()).astype(np.uint8))
    return {"reference_raster": write_map(folder / "one.tif", values), "map": map_path}


def halves(folder):
    values = np.full((1, 5, 5), 0.5, np.float32)
    return {"reference_raster": write_raster(folder / "halves.tif", values)}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (lambda folder: {}, "Give one reference"),
        (lambda folder: far(folder) | far_raster(folder), "Give one reference"),
        (lambda folder: far(folder) | {"class_field": None}, "CLASS_FIELD is missing"),
        (lambda folder: far(folder) | {"class_field": "kind"}, "has no field 'kind'. Its fields are: class_id"),
        (far, "No polygon lies on the raster"),
        (far_points, "No reference point lies on .* Check that both layers have the right CRS"),
        (far_raster, "does not overlap"),
        (beyond_the_area, "No feature of .* touches the area of interest"),
        (without_crs, "has no coordinate reference system. Assign it"),
        (raster_without_crs, "has no coordinate reference system"),
        (lines, "geometry type LineString. Choose a layer of"),
        (a_raster_as_layer, "cannot be read as a vector layer"),
        (on_nodata, "under the reference polygons holds a class. Check that they overlap"),
        (nodata_raster, "no pixel in common that holds a class in both"),
        (halves, "float32 numbers that are no class ids, such as"),
        (lambda folder: {"reference_raster": folder / "gone.tif"}, "cannot be opened as a raster"),
        (lambda folder: {"reference": folder / "gone.gpkg", "class_field": "class_id"}, "does not exist"),
    ],
)
def test_a_reference_that_cannot_be_used_is_refused_in_words(tmp_path, map_path, run, given, words):
    with pytest.raises(LandloomError, match=words):
        run("evaluate", **{"map": map_path, "metrics": tmp_path / "metrics.json", **given(tmp_path)})
    assert not (tmp_path / "metrics.json").exists()


def test_the_map_may_not_be_overwritten(tmp_path, map_path, run):
    other = write_map(tmp_path / "r.json", class_image())
    with pytest.raises(ParameterError, match="would overwrite"):
        run("evaluate", map=map_path, reference_raster=other, metrics=other)


def test_any_path_will_do(tmp_path, mapped, run):
    folder = tmp_path / "Übung mit Leerzeichen 森林" / ("lang" * 30)
    folder.mkdir(parents=True)
    path = write_map(folder / "Karte vom Juni.tif", mapped)
    squares(class_image()).to_file(folder / "Prüfflächen neu.gpkg", layer="Flächen")
    done = run("evaluate", map=path, reference=f"{folder / 'Prüfflächen neu.gpkg'}|layername=Flächen",
               class_field="class_id", metrics=folder / "Güte.json", matrix=folder / "Güte.csv",
               report=folder / "Güte.html")  # fmt: skip
    assert done.overall_accuracy > 0.8
    assert len(list(folder.glob("Güte.*"))) == 6, "three files and what made each"
