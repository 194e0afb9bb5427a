"""The files that come out: Cloud-Optimized GeoTIFFs by independent validators, the same every time, or not at all."""

import errno
import os
import resource
import subprocess
from collections import namedtuple

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.windows import Window
from rio_cogeo.cogeo import cog_validate

from landloom import cog
from landloom.classes import make_table
from landloom.cog import Canvas, Layout
from landloom.errors import OutputError
from landloom.grids import Grid

CLASSES = make_table(
    [{"id": 1, "name": "Field"}, {"id": 2, "name": "Forêt & bois", "colour": "#117733"}, {"id": 5, "name": "Water"}]
)
MAP = Layout("uint8", ("class",), 0, CLASSES)
PLACES = {"utm": "EPSG:32633", "degrees": "EPSG:4326", "nowhere": None}


def grid(height, width, crs="EPSG:32633"):
    return Grid(height, width, Affine(10, 0, 500_000, 0, -10, 5_400_000), crs and CRS.from_user_input(crs))


def write(path, layout, values, crs="EPSG:32633", block=256, compression="deflate"):
    """Paint all of `values` (bands, h, w) and finish."""
    canvas = Canvas(path.with_name("canvas.tif"), grid(*values.shape[1:], crs), layout, block)
    canvas.paint(Window(0, 0, values.shape[2], values.shape[1]), values)
    canvas.flush()
    canvas.finish(path, compression)
    return path


def some_classes(height, width, seed=0):
    return np.random.default_rng(seed).choice([0, 1, 2, 5], size=(1, height, width)).astype(np.uint8)


# GDAL's own validator comes with its Python bindings, which the engine does not need.
_VALIDATE = """
import sys
from osgeo_utils.samples.validate_cloud_optimized_geotiff import validate
warnings, errors, _ = validate(sys.argv[1], full_check=True)
sys.exit("; ".join([*warnings, *errors]) or 0)
"""


def assert_valid(path):
    valid, errors, warnings = cog_validate(path, strict=True)
    assert (valid, errors, warnings) == (True, [], [])
    if subprocess.run(["/usr/bin/python3", "-c", "import osgeo_utils"], capture_output=True).returncode:
        pytest.skip("GDAL's validator is not installed (python3-gdal)")
    result = subprocess.run(["/usr/bin/python3", "-c", _VALIDATE, path], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("crs", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("size", [(1, 1), (3, 700), (700, 3), (256, 256), (1100, 900)], ids=str)
def test_a_map_of_any_size_is_a_valid_cog(size, crs, tmp_path):
    values = some_classes(*size)
    path = write(tmp_path / "map.tif", MAP, values, crs)
    assert_valid(path)
    with rasterio.open(path) as dataset:
        assert np.array_equal(dataset.read(), values)
        assert (dataset.crs, dataset.transform) == (crs and CRS.from_user_input(crs), grid(*size).transform)


@pytest.mark.parametrize("compression", ["deflate", "lzw", "zstd"])
def test_measurements_of_many_bands_are_a_valid_cog(compression, tmp_path):
    values = np.random.default_rng(0).random((7, 600, 700), dtype=np.float32)
    values[:, :100] = np.nan
    layout = Layout("float32", tuple("abcdefg"), float("nan"), unit="m")
    path = write(tmp_path / "values.tif", layout, values, compression=compression)
    assert_valid(path)
    with rasterio.open(path) as dataset:
        assert np.array_equal(dataset.read(), values, equal_nan=True)
        assert (dataset.descriptions, dataset.units) == (tuple("abcdefg"), ("m",) * 7)
        assert np.isnan(dataset.nodata)


def test_a_map_carries_nodata_colours_and_names(tmp_path):
    path = write(tmp_path / "map.tif", MAP, some_classes(600, 600))
    with rasterio.open(path) as dataset:
        assert dataset.nodata == 0
        assert dataset.colormap(1)[2] == (0x11, 0x77, 0x33, 255)
        assert dataset.tags(1)["CLASS_2"] == "Forêt & bois"
    assert cog.read_classes(path) == CLASSES
    names = subprocess.run(["gdalinfo", path], capture_output=True, text=True).stdout
    if names:
        assert "2: Forêt & bois" in names
        assert "5: Water" in names


def test_overviews_of_classes_show_the_most_frequent_class(tmp_path):
    values = np.ones((1, 600, 600), np.uint8)
    values[:, ::2, ::2] = 5  # a quarter of each 2 × 2: the average would make up class 2
    with rasterio.open(write(tmp_path / "map.tif", MAP, values)) as dataset:
        assert dataset.overviews(1) == [2, 4]
    with rasterio.open(tmp_path / "map.tif", overview_level=0) as overview:
        assert np.unique(overview.read(1)).tolist() == [1]


def test_overviews_of_measurements_are_averages(tmp_path):
    values = np.tile(np.array([[0.0, 1.0], [1.0, 1.0]], np.float32), (1, 300, 300))
    write(tmp_path / "values.tif", Layout("float32", ("p",), float("nan")), values)
    with rasterio.open(tmp_path / "values.tif", overview_level=0) as overview:
        assert np.unique(overview.read(1)).tolist() == [0.75]


def test_the_same_pixels_give_the_same_bytes(tmp_path):
    values = some_classes(700, 1300)
    first = write(tmp_path / "a.tif", MAP, values).read_bytes()
    (tmp_path / "canvas.tif").unlink()
    canvas = Canvas(tmp_path / "canvas.tif", grid(700, 1300), MAP, 256)
    for row, col in [(r, c) for r in (512, 0, 256) for c in range(0, 1300, 256)]:
        part = values[:, row : row + 256, col : col + 256]
        canvas.paint(Window(col, row, part.shape[2], part.shape[1]), part)
        canvas.flush()
    canvas.finish(tmp_path / "b.tif", "deflate")
    assert (tmp_path / "b.tif").read_bytes() == first


def test_blocks_of_hundreds_of_bands_are_smaller_so_that_memory_holds_them(tmp_path):
    values = np.zeros((300, 130, 130), np.float32)
    path = write(tmp_path / "many.tif", Layout("float32", tuple(map(str, range(300))), float("nan")), values, block=512)
    with rasterio.open(path) as dataset:
        assert dataset.block_shapes[0] == (128, 128)


def test_what_stood_beside_an_earlier_file_is_removed(tmp_path):
    (tmp_path / "p.tif.aux.xml").write_text("<PAMDataset><!-- statistics of another file --></PAMDataset>")
    write(tmp_path / "p.tif", Layout("float32", ("p",), float("nan")), np.zeros((1, 20, 20), np.float32))
    assert not (tmp_path / "p.tif.aux.xml").exists()


def test_the_result_may_lie_on_another_disk_than_the_canvas(tmp_path, monkeypatch):
    def another_disk(self, target):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    values = some_classes(300, 300)
    monkeypatch.setattr(os, "rename", lambda *paths: another_disk(*paths))
    with rasterio.open(write(tmp_path / "map.tif", MAP, values)) as dataset:
        assert np.array_equal(dataset.read(), values)
    assert {p.name for p in tmp_path.iterdir()} == {"canvas.tif", "map.tif", "map.tif.aux.xml"}


# --- a full disk --------------------------------------------------------------------------------


def test_a_disk_that_is_too_small_is_told_before_the_work(tmp_path, monkeypatch):
    # 10,000² pixels of one byte and a fifth for the compressed file: 0.12 GB.
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(cog.shutil, "disk_usage", lambda path: usage(10**9, 0, 119_000_000))
    with pytest.raises(OutputError, match=r"has 119\.0 MB free, the map needs up to 120\.0 MB"):
        cog.refuse_full_disk(tmp_path, grid(10_000, 10_000), [MAP])
    monkeypatch.setattr(cog.shutil, "disk_usage", lambda path: usage(10**9, 0, 121_000_000))
    cog.refuse_full_disk(tmp_path, grid(10_000, 10_000), [MAP])


def test_what_an_earlier_run_has_written_needs_no_further_space(tmp_path, monkeypatch):
    Canvas(tmp_path / "map.tif", grid(1000, 1000), MAP, 256).close()
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(cog.shutil, "disk_usage", lambda path: usage(10**9, 0, 250_000))
    cog.refuse_full_disk(tmp_path, grid(1000, 1000), [MAP])


@pytest.fixture
def file_size_limit():
    """Let files grow to a size at most, as a full disk does; gives a function that sets it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_space_that_is_missing_for_the_canvas_is_told_when_it_is_made(tmp_path, file_size_limit):
    file_size_limit(500_000)
    with pytest.raises(OutputError, match="free some space"):
        Canvas(tmp_path / "map.tif", grid(1000, 1000), MAP, 256)
    assert not list(tmp_path.iterdir())


def test_the_canvas_has_its_place_on_the_disk_from_the_beginning(tmp_path):
    canvas = Canvas(tmp_path / "map.tif", grid(1000, 1000), MAP, 256)
    assert (tmp_path / "map.tif").stat().st_blocks * 512 >= 1024 * 1024
    canvas.close()


# GDAL itself reports only some of these: the others leave a file that is cut short.
@pytest.mark.parametrize("share", [0.05, 0.5, 0.74, 0.76, 0.9, 0.97, 0.999])
def test_a_file_that_could_not_be_written_to_its_end_is_never_delivered(share, tmp_path, file_size_limit):
    values = np.random.default_rng(0).integers(1, 255, (1, 700, 700)).astype(np.uint8)
    layout = Layout("uint8", ("value",), 0)
    size = write(tmp_path / "whole.tif", layout, values).stat().st_size
    canvas = Canvas(tmp_path / "canvas.tif", grid(700, 700), layout, 256)
    file_size_limit(int(share * size))
    with pytest.raises(OutputError, match="free some space"):
        canvas.finish(tmp_path / "map.tif", "deflate")
    assert not (tmp_path / "map.tif").exists()


def test_painting_that_did_not_reach_the_disk_is_noticed(tmp_path):
    canvas = Canvas(tmp_path / "map.tif", grid(300, 300), MAP, 256)
    canvas.paint(Window(0, 0, 300, 300), some_classes(300, 300))
    canvas.close()
    other = Canvas(tmp_path / "map.tif", grid(300, 300), MAP, 256)  # somebody else's write is as good as a lost one
    other.paint(Window(0, 0, 300, 300), some_classes(300, 300, seed=1))
    other.close()
    with pytest.raises(OutputError, match="could not be written completely"):
        canvas.flush()
