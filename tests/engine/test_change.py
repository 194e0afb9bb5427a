"""Change between maps: a from-to matrix by hand, and pairs of maps that do not fit at first."""

from __future__ import annotations

import csv
import threading
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from conftest import write_raster
from rasterio.transform import from_origin

from landloom import change, classes, cog, mapping
from landloom.errors import Cancelled, InputError, LandloomError, ParameterError
from landloom.job import Job
from landloom.runner import run_stage
from landloom.stages.change_between_maps import ChangeBetweenMaps

TABLE = "1:Field:#f0e442;2:Forest:#117733;3:Water:#0072b2"
JUNE = np.array([[2, 2, 2, 1], [2, 2, 1, 1], [3, 3, 1, 0]], np.uint8)
JULY = np.array([[2, 2, 1, 1], [1, 1, 1, 2], [3, 0, 1, 1]], np.uint8)
# Field, forest and water before (rows) and after; two pixels have no class in one of the months.
PIXELS = [[3, 1, 0], [3, 2, 0], [0, 0, 1]]
TEN_METRES_UTM = 0.01 / 0.9996**2  # hectares of 10 m × 10 m in the middle of a UTM zone


def write_map(path, values, table=TABLE, **more):
    """A class map, with its class table inside unless `table` is None."""
    write_raster(path, values[np.newaxis], 0, **more)
    if table:
        with rasterio.open(path, "r+") as dataset:
            cog.describe_classes(dataset, classes.parse(table))
    return path


@pytest.fixture
def pair(tmp_path):
    return SimpleNamespace(
        before=write_map(tmp_path / "june.tif", JUNE), after=write_map(tmp_path / "july.tif", JULY), folder=tmp_path
    )


def matrix(path):
    """Corner, column names, row names and values of a written matrix."""
    with path.open(encoding="utf-8", newline="") as stream:
        (corner, *columns), *rows = list(csv.reader(stream))
    return corner, columns, [row[0] for row in rows], np.array([[float(v) for v in row[1:]] for row in rows])


def test_the_matrix_holds_the_hectares_from_class_to_class(pair, run):
    done = run("change_between_maps", before=pair.before, after=pair.after, change=pair.folder / "change.tif",
               matrix=pair.folder / "m.csv", report=pair.folder / "r.html")  # fmt: skip
    corner, columns, rows, found = matrix(pair.folder / "m.csv")
    assert corner == "before \\ after (hectares)"
    assert columns == rows == ["Field", "Forest", "Water"]
    assert found == pytest.approx(np.array(PIXELS) * TEN_METRES_UTM, rel=1e-6)
    assert done.changed_pixels == 4
    assert done.changed_hectares == pytest.approx(4 * TEN_METRES_UTM, abs=1e-4)
    assert done.unchanged_hectares == pytest.approx(6 * TEN_METRES_UTM, abs=1e-4)
    page = (pair.folder / "r.html").read_text(encoding="utf-8")
    assert "hectares changed" in page and "any class to any other" in page


def test_the_raster_tells_each_transition_by_value_name_and_colour(pair, run):
    run("change_between_maps", before=pair.before, after=pair.after, change=pair.folder / "change.tif")
    with rasterio.open(pair.folder / "change.tif") as dataset:
        values, names, colours = dataset.read(1), dataset.tags(1), dataset.colormap(1)
        assert dataset.nodata == 0
    # Codes run through the pairs row by row: 1 is Field → Field, 4 is Forest → Field.
    assert values.tolist() == [[5, 5, 4, 1], [4, 4, 1, 2], [9, 0, 1, 0]]
    assert names["CLASS_4"] == "Forest → Field" and names["CLASS_5"] == "Forest unchanged"
    assert colours[4] == (0xF0, 0xE4, 0x42, 255), "the colour of what it became"
    assert (pair.folder / "change.qml").is_file()


@pytest.mark.parametrize(
    ("before", "after", "pixels"),
    [("Forest", "Field", 3), ("2", "", 3), ("", "2", 1), ("Forest, Field,", "", 4), ("Water", "", 0), ("", "", 4)],
)
def test_deforestation_is_the_change_of_the_chosen_classes(pair, run, before, after, pixels):
    done = run("change_between_maps", before=pair.before, after=pair.after, from_classes=before, to_classes=after,
               change=pair.folder / "change.tif")  # fmt: skip
    assert done.chosen_hectares == pytest.approx(pixels * TEN_METRES_UTM, abs=1e-4)


def test_a_chosen_class_that_is_none_is_refused_with_the_classes_there_are(pair, run):
    with pytest.raises(ParameterError, match=r"FROM_CLASSES names 'Wood'.*1 Field, 2 Forest, 3 Water"):
        run("change_between_maps", before=pair.before, after=pair.after, from_classes="Wood",
            change=pair.folder / "change.tif")  # fmt: skip
    assert not (pair.folder / "change.tif").exists()


def test_what_has_no_class_in_the_second_map_is_told_and_not_counted(pair, run):
    done = run("change_between_maps", before=pair.before, after=pair.after, change=pair.folder / "change.tif")
    assert any("Of 0.11 hectares that have a class before, 0.01 have none after" in text for text in done.warnings)
    same = run("change_between_maps", before=pair.before, after=pair.before, change=pair.folder / "none.tif")
    assert same.warnings == [f"BEFORE and AFTER are the same map, {pair.before}, so nothing can have changed."]
    assert (same.changed_hectares, same.changed_pixels) == (0, 0)


def test_only_the_area_of_interest_counts(pair, run):
    upper_left = shapely.box(500_000, 5_399_980, 500_020, 5_400_000).wkt  # two by two pixels
    done = run("change_between_maps", before=pair.before, after=pair.after, aoi=upper_left,
               change=pair.folder / "change.tif")  # fmt: skip
    assert done.changed_pixels == 2
    assert done.warnings == [], "all of it could be compared"
    assert done.unchanged_hectares == pytest.approx(2 * TEN_METRES_UTM, abs=1e-4)


def test_a_run_that_was_cancelled_is_not_continued_with_another_area(tmp_path, run, monkeypatch):
    monkeypatch.setattr(mapping, "LARGEST_WINDOW_PIXELS", 512 * 512)
    maps = {name: write_map(tmp_path / f"{name}.tif", np.full((1024, 1024), i + 1, np.uint8))
            for i, name in enumerate(("before", "after"))}  # fmt: skip
    given = {**maps, "change": tmp_path / "change.tif", "jobs": 1}
    area = shapely.box(500_000, 5_390_000, 500_100, 5_400_000)  # ten columns
    cancel = threading.Event()
    with Job(lambda event: event.get("fraction", 0) > 0.4 and cancel.set(), cancel) as job, pytest.raises(Cancelled):
        run_stage(ChangeBetweenMaps, {name: str(value) for name, value in given.items()}, job)
    assert run("change_between_maps", **given, aoi=area.wkt).changed_pixels == 10 * 1000


def test_classes_are_matched_by_name_where_the_maps_number_them_otherwise(pair, run):
    renumbered = np.array([0, 7, 4, 9], np.uint8)[JULY]
    after = write_map(pair.folder / "other.tif", renumbered, "4:Forest;7:Field;9:Water")
    run("change_between_maps", before=pair.before, after=after, change=pair.folder / "change.tif",
        matrix=pair.folder / "m.csv")  # fmt: skip
    _, columns, _, found = matrix(pair.folder / "m.csv")
    order = [columns.index(name) for name in ("Field", "Forest", "Water")]
    assert found[:, order] == pytest.approx(np.array(PIXELS) * TEN_METRES_UTM, rel=1e-6)


def test_classes_that_only_one_map_has_are_counted(pair, run):
    after = write_map(pair.folder / "town.tif", np.where(JULY == 2, 8, JULY).astype(np.uint8), "1:Field;3:Water;8:Town")
    done = run("change_between_maps", before=pair.before, after=after, from_classes="Forest", to_classes="Town",
               change=pair.folder / "change.tif")  # fmt: skip
    assert done.chosen_hectares == pytest.approx(2 * TEN_METRES_UTM, abs=1e-4)


def test_a_class_that_is_only_called_otherwise_is_told(pair, run):
    after = write_map(pair.folder / "german.tif", JULY, "1:Field;2:Wald;3:Water")
    done = run("change_between_maps", before=pair.before, after=after, change=pair.folder / "change.tif")
    assert any("2 is Forest before and Wald after" in text for text in done.warnings)


def test_a_map_without_names_takes_those_of_the_other(pair, run):
    after = write_map(pair.folder / "plain.tif", JULY, None)
    for order in ((pair.before, after), (after, pair.before)):
        run("change_between_maps", before=order[0], after=order[1], change=pair.folder / "c.tif",
            matrix=pair.folder / "m.csv")  # fmt: skip
        assert matrix(pair.folder / "m.csv")[1:3] == (["Field", "Forest", "Water"],) * 2


def test_another_grid_and_crs_is_brought_to_the_first_maps_by_the_nearest_pixel(tmp_path, run):
    random = np.random.default_rng(0)
    june = random.integers(1, 4, (40, 50)).astype(np.uint8)
    july = random.integers(1, 4, (60, 60)).astype(np.uint8)
    utm, degrees = from_origin(500_000, 5_400_000, 30, 30), from_origin(15.002, 48.7525, 0.0003, 0.0002)
    before = write_map(tmp_path / "june.tif", june, transform=utm)
    after = write_map(tmp_path / "july.tif", july, crs="EPSG:4326", transform=degrees)
    to_degrees = pyproj.Transformer.from_crs("EPSG:32633", "EPSG:4326", always_xy=True)
    row, col = np.indices(june.shape)
    x, y = to_degrees.transform(*(utm @ (col + 0.5, row + 0.5)))
    col, row = np.floor(~degrees @ (x, y)).astype(int)
    inside = (row >= 0) & (row < 60) & (col >= 0) & (col < 60)
    expected = np.where(inside, july[row.clip(0, 59), col.clip(0, 59)], 0)
    assert 0.2 < np.mean(expected > 0) < 0.9, "they overlap in part"
    done = run("change_between_maps", before=before, after=after, change=tmp_path / "change.tif")
    with rasterio.open(tmp_path / "change.tif") as dataset:
        values = dataset.read(1)
        assert (dataset.crs, dataset.transform) == ("EPSG:32633", utm)
    codes = np.where(expected > 0, (june.astype(int) - 1) * 3 + expected, 0)
    assert np.array_equal(values, codes)
    assert any("different pixel grids" in text for text in done.warnings)
    assert any("have none after" in text for text in done.warnings)


def test_hectares_in_degrees_are_those_on_the_ellipsoid(tmp_path, run):
    degrees = from_origin(-60, -3, 0.01, 0.01)
    before = write_map(tmp_path / "a.tif", np.full((2, 3), 2, np.uint8), crs="EPSG:4326", transform=degrees)
    after = write_map(tmp_path / "b.tif", np.ones((2, 3), np.uint8), crs="EPSG:4326", transform=degrees)
    done = run("change_between_maps", before=before, after=after, change=tmp_path / "change.tif")
    outline = shapely.segmentize(shapely.box(-60, -3.02, -59.97, -3), 0.001)
    expected = abs(pyproj.Geod(ellps="WGS84").geometry_area_perimeter(outline)[0]) / 1e4
    assert done.changed_hectares == pytest.approx(expected, rel=1e-6)


def test_without_a_crs_pixels_are_counted_and_no_hectares_claimed(tmp_path, run):
    before = write_map(tmp_path / "a.tif", JUNE, crs=None)
    after = write_map(tmp_path / "b.tif", JULY, crs=None)
    done = run("change_between_maps", before=before, after=after, change=tmp_path / "c.tif", matrix=tmp_path / "m.csv")
    assert done.changed_pixels == 4
    assert done.changed_hectares is done.unchanged_hectares is done.chosen_hectares is None
    corner, _, _, found = matrix(tmp_path / "m.csv")
    assert corner == "before \\ after (pixels)" and found.tolist() == PIXELS


def test_more_transitions_than_a_byte_holds(tmp_path, run):
    ids = np.arange(1, 26, dtype=np.uint8).reshape(5, 5)
    before, after = write_map(tmp_path / "a.tif", ids, None), write_map(tmp_path / "b.tif", ids[::-1], None)
    done = run("change_between_maps", before=before, after=after, change=tmp_path / "change.tif")
    with rasterio.open(tmp_path / "change.tif") as dataset:
        assert dataset.dtypes == ("uint16",)
        assert np.array_equal(dataset.read(1), (ids.astype(int) - 1) * 25 + ids[::-1])
    assert done.changed_pixels == 20


def test_too_many_transitions_are_refused():
    many = classes.make_table({"id": i, "name": f"Class {i}"} for i in range(300))
    with pytest.raises(InputError, match="300 classes before and 300 after make more than 65534"):
        change.Transitions(many, many)


def test_many_jobs_and_windows_give_the_same_bytes(tmp_path, run):
    random = np.random.default_rng(1)
    paths = [
        write_map(tmp_path / f"{n}.tif", random.integers(0, 4, (700, 1300)).astype(np.uint8), None) for n in (1, 2)
    ]
    outputs = []
    for jobs in (1, 3):
        run("change_between_maps", before=paths[0], after=paths[1], jobs=jobs, change=tmp_path / f"c{jobs}.tif")
        outputs.append((tmp_path / f"c{jobs}.tif").read_bytes())
    assert outputs[0] == outputs[1]


# --- maps that cannot be compared ---------------------------------------------------------------


def far_away(folder):
    return write_map(folder / "far.tif", JULY, transform=from_origin(900_000, 5_000_000, 10, 10))


def without_crs(folder):
    return write_map(folder / "no_crs.tif", JULY, crs=None)


def measurements(folder):
    return write_raster(folder / "ndvi.tif", np.random.default_rng(0).random((1, 3, 4)).astype(np.float32))


def a_text(folder):
    (folder / "notes.tif").write_text("not a raster")
    return folder / "notes.tif"


def polygons(folder):
    gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:32633").to_file(folder / "fields.gpkg")
    return folder / "fields.gpkg"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (far_away, "does not overlap"),
        (without_crs, "has no coordinate reference system.*Assign one"),
        (measurements, "float32 numbers that are no class ids, such as"),
        (a_text, "cannot be opened as a raster"),
        (polygons, "give the rasters themselves"),
        (lambda folder: folder / "gone.tif", "cannot be opened as a raster"),
        (lambda folder: write_map(folder / "empty.tif", np.zeros_like(JULY), None), "nothing but nodata"),
    ],
)
def test_a_map_that_cannot_be_compared_is_refused_in_words(pair, run, make, words):
    with pytest.raises(LandloomError, match=words):
        run("change_between_maps", before=pair.before, after=make(pair.folder), change=pair.folder / "change.tif")
    assert not (pair.folder / "change.tif").exists()


def test_maps_without_a_pixel_in_common_leave_nothing_behind(pair, run):
    apart = [write_map(pair.folder / f"{i}.tif", np.where(i == JUNE, i, 0).astype(np.uint8)) for i in (1, 2)]
    with pytest.raises(InputError, match="no pixel in common that holds a class in both"):
        run("change_between_maps", before=apart[0], after=apart[1], change=pair.folder / "change.tif")
    assert not [path.name for path in pair.folder.iterdir() if "change" in path.name]
