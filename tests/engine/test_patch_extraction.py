"""Pixels of planned patches: right, complete, whatever happens in between."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import rasterio
from conftest import ROOT, write_raster
from patch_scenes import drawn, extract, in_pixels, plan, scattered
from rasterio.windows import Window

from landloom import rasters
from landloom.errors import InputError, LandloomError, OutputError, ParameterError
from landloom.job import Job
from landloom.patches import extraction, from_rasters, store
from landloom.patches.dataset import LOG, open_dataset
from landloom.patches.store import open_patches

pytestmark = pytest.mark.usefixtures("without_pictures")

HEIGHT, WIDTH, NUMBER = 150, 200, 60
BLOCKS = {"tiled": True, "blockxsize": 32, "blockysize": 16, "compress": "deflate"}


def values(seed: int = 3) -> np.ndarray:
    """Pixels from -3000 to 3000, with 0 here and there, which is nodata; int16 (3, h, w)."""
    random = np.random.default_rng(seed)
    pixels = random.integers(-3000, 3000, (3, HEIGHT, WIDTH))
    return np.where(random.random(pixels.shape) < 0.1, 0, pixels).astype(np.int16)


@pytest.fixture(params=[8, 21])
def scene(request, tmp_path):
    """An image in small blocks, and a data set planned on it, some of its patches across the edge."""
    return planned(tmp_path, request.param)


@pytest.fixture
def small(tmp_path):
    """The same with patches of 8 pixels alone."""
    return planned(tmp_path, 8)


def planned(folder: Path, size: int) -> SimpleNamespace:
    pixels = values()
    write_raster(folder / "image.tif", pixels, 0, names=("a", "b", "c"), **BLOCKS)
    shapes = scattered(NUMBER, HEIGHT, WIDTH)
    found = plan(drawn(folder, shapes, [1 + i % 3 for i in range(NUMBER)]), patch_size=size)
    return SimpleNamespace(folder=folder, image=folder / "image.tif", pixels=pixels, plan=found, set=found.set)


def expected(scene, pixels: np.ndarray | None = None) -> np.ndarray:
    """What must come out, cut from the array with a frame of NaN around it: (n, h, w, bands)."""
    pixels = scene.pixels if pixels is None else pixels
    size = scene.set.size
    framed = np.pad(np.where(pixels == 0, np.nan, pixels), ((0, 0), (99, 99), (99, 99)), constant_values=np.nan)
    manifest = scene.plan.manifest
    corners = zip(manifest["row"] + 99, manifest["col"] + 99, strict=True)
    return np.stack([framed[:, r : r + size, c : c + size].transpose(1, 2, 0) for r, c in corners])


def read(dataset) -> np.ndarray:
    return open_patches(dataset).read(range(len(dataset.manifest())))


def content(folder: Path) -> dict[str, str]:
    """A hash of each file with pixels, and of the log without its times."""
    found = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in (folder / "patches").iterdir()}
    log = open_dataset(folder).table(LOG).drop(columns=["seconds", "finished"])
    return {**found, "log": log.to_csv()}


@pytest.fixture
def small_tiles(monkeypatch):
    """Tiles of a few blocks, so that many patches lie across several."""
    monkeypatch.setattr(from_rasters, "TILE_PIXELS", 32 * 32)


@pytest.mark.usefixtures("small_tiles")
@pytest.mark.parametrize("storage", ["npy", "hdf5"])
def test_patches_hold_the_pixels_of_the_image(scene, storage):
    found = extract(scene.set.folder, storage=storage, report=scene.folder / "report.html")
    right = expected(scene)
    assert np.isnan(right).any() and (right < 0).any()
    pixels = read(scene.set)
    assert pixels.dtype == np.float32
    np.testing.assert_array_equal(pixels, right)
    assert (found.patch_count, found.extracted_count, found.failed_count) == (len(right), len(right), 0)
    assert found.nan_share == pytest.approx(np.isnan(right).mean(), abs=1e-6)
    log = scene.set.table(LOG)
    assert list(log) == ["patch_id", "status", "seconds", "attempts", "nan_share", "error", "finished"]
    assert log["patch_id"].tolist() == scene.plan.manifest["patch_id"].tolist()
    assert (log["seconds"] > 0).all() and (log["attempts"] == 1).all()
    assert log["nan_share"].to_numpy() == pytest.approx(np.isnan(right).mean(axis=(1, 2, 3)), abs=1e-6)
    summary = (scene.set.folder / "reports/extraction_summary.txt").read_text(encoding="utf-8")
    assert f"{np.nanmin(right):g} to {np.nanmax(right):g}" in summary
    assert not (scene.set.folder / ".extraction").exists()


def test_an_image_stored_in_strips_gives_the_same(scene):
    write_raster(scene.image, scene.pixels, 0, names=("a", "b", "c"), tiled=False, blockysize=5, compress="deflate")
    extract(scene.set.folder)
    np.testing.assert_array_equal(read(scene.set), expected(scene))


@pytest.mark.usefixtures("small_tiles")
def test_a_mosaic_gives_the_pixels_across_its_tiles(tmp_path):
    pixels = values()
    (tmp_path / "tiles").mkdir()
    with rasterio.open(write_raster(tmp_path / "image.tif", pixels, 0)) as whole:
        for row in (0, 70):
            for col in (0, 90):
                part = Window(col, row, min(90 + 20 * (col > 0), WIDTH - col), min(70 + 10 * (row > 0), HEIGHT - row))
                write_raster(
                    tmp_path / f"tiles/{row}_{col}.tif",
                    whole.read(window=part),
                    0,
                    transform=whole.window_transform(part),
                )
    given = drawn(tmp_path, scattered(NUMBER, HEIGHT, WIDTH), [1] * NUMBER)
    found = plan({**given, "images": None}, mosaic=tmp_path / "tiles")
    extract(found.set.folder)
    scene = SimpleNamespace(pixels=pixels, set=found.set, plan=found)
    np.testing.assert_array_equal(read(found.set), expected(scene))


@pytest.mark.usefixtures("small_tiles")
def test_each_block_of_the_image_is_read_once(scene):
    windows: list[Window] = []

    class Counting(rasters.Stack):
        def read_floats(self, window: Window) -> np.ndarray:
            windows.append(window)
            return super().read_floats(window)

    stack = rasters.open_stack([scene.image])
    source = from_rasters.RasterSource(Counting(stack.grid, stack.parts, stack.resampling))
    manifest = scene.plan.manifest
    into = store.WorkingStore(scene.set.path("work"), manifest["patch_id"].to_numpy(), scene.set.shape)
    rows = np.arange(len(manifest))
    with Job() as job:
        outcomes = list(source.fetch(manifest, rows, into, 2, job))
    np.testing.assert_array_equal(into.read(rows), expected(scene))
    assert sorted(o.row for o in outcomes) == rows.tolist()
    blocks = [
        (row, col)
        for w in windows
        for row in range(w.row_off // 16, (w.row_off + w.height - 1) // 16 + 1)
        for col in range(w.col_off // 32, (w.col_off + w.width - 1) // 32 + 1)
    ]
    assert len(windows) > 10
    assert len(blocks) == len(set(blocks))


def test_floats_that_are_nan_infinite_or_masked_are_no_data(tmp_path):
    pixels = np.arange(2 * 30 * 40, dtype=np.float64).reshape(2, 30, 40)
    pixels[0, 10, 10:13] = np.nan, np.inf, -9999
    pixels[1, 12, 12] = 1e300
    write_raster(tmp_path / "image.tif", pixels, -9999)
    found = plan(drawn(tmp_path, [in_pixels(8, 8, 8, 8)], [1]), patches_per_polygon=1, jitter=0)
    extract(found.set.folder)
    right = pixels[:, 8:16, 8:16].transpose(1, 2, 0).copy()
    right[2, 2:5, 0] = np.nan
    right[4, 4, 1] = np.nan
    np.testing.assert_array_equal(read(found.set)[0], right)


def test_a_patch_beyond_the_image_holds_no_data(tmp_path):
    write_raster(tmp_path / "image.tif", np.ones((1, 64, 64), np.uint8), tiled=True, blockxsize=16, blockysize=16)
    given = drawn(tmp_path, [in_pixels(0, 0, 4, 4), in_pixels(60, 60, 4, 4)], [1, 2])
    found = plan(given, patch_size=4, patches_per_polygon=81, jitter=4)
    extracted = extract(found.set.folder)
    inside = read(found.set)[..., 0] == 1
    row, col = (found.manifest[name].to_numpy()[:, np.newaxis] + np.arange(4) for name in ("row", "col"))
    within = ((row >= 0) & (row < 64))[:, :, np.newaxis] & ((col >= 0) & (col < 64))[:, np.newaxis]
    np.testing.assert_array_equal(inside, within)
    assert extracted.extracted_count == 162


@pytest.mark.usefixtures("small_tiles")
def test_the_number_of_jobs_has_no_influence(small):
    extract(small.set.folder, jobs=1)
    one = content(small.set.folder)
    shutil.rmtree(small.set.folder / "patches")
    extract(small.set.folder, jobs=4)
    assert content(small.set.folder) == one


KILLED = """
import os, signal, sys
sys.path[:0] = [{root!r}, {tests!r}]
from landloom.patches import extraction, from_rasters, store
from patch_scenes import extract
from_rasters.TILE_PIXELS, extraction.SAVE_INTERVAL_S = 32 * 32, 0
number = 0
def count(function):
    def counted(*args, **named):
        global number
        number += 1
        if number == {after}:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **named)
    return counted
{where} = count({where})
extract({folder!r}, storage={storage!r}, jobs=2)
"""


def kill(folder: Path, where: str, after: int, storage: str = "npy") -> None:
    """Extract in another process, which is killed when it calls a function for the so-and-so-many-th time."""
    script = KILLED.format(
        root=str(ROOT), tests=str(ROOT / "tests/engine"), folder=str(folder), where=where, after=after, storage=storage
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9


@pytest.mark.usefixtures("small_tiles")
@pytest.mark.parametrize("storage", ["npy", "hdf5"])
def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(small, storage):
    whole = shutil.copytree(small.set.folder, small.folder / "whole")
    extract(whole, storage=storage)
    folder = small.set.folder
    kill(folder, "extraction._entry", 50, storage)
    assert not (folder / LOG).exists() and not any(folder.glob("patches/*"))
    where, after = {"npy": ("store.np.save", 30), "hdf5": ("store.WorkingStore.read", 1)}[storage]
    kill(folder, where, after, storage)
    assert not (folder / LOG).exists()
    found = extract(folder, storage=storage)
    assert any("Going on with an earlier run" in text for text in found.messages)
    assert content(folder) == content(whole)
    assert not (folder / ".extraction").exists()


def test_a_journal_whose_pixels_are_no_longer_beside_it_is_not_believed(small):
    # Killed after the working file had become the data set's, and before the log was written.
    kill(small.set.folder, "extraction._remove_others", 1, "hdf5")
    assert (small.set.folder / ".extraction/journal").is_file()
    extract(small.set.folder, storage="hdf5")
    np.testing.assert_array_equal(read(small.set), expected(small))


@pytest.mark.usefixtures("small_tiles")
@pytest.mark.parametrize("left", [b"", b"\x89HDF\r\n\x1a\n and nothing behind it"])
def test_a_working_file_that_a_power_cut_has_damaged_is_made_anew(small, left):
    kill(small.set.folder, "extraction._entry", 50)
    (small.set.folder / ".extraction/patches.h5").write_bytes(left)
    extract(small.set.folder)
    np.testing.assert_array_equal(read(small.set), expected(small))


@pytest.mark.usefixtures("small_tiles")
def test_what_a_killed_run_left_of_another_image_is_not_used(small):
    kill(small.set.folder, "extraction._entry", 50)
    other = values(seed=99)
    write_raster(small.image, other, 0, names=("a", "b", "c"), **BLOCKS)
    found = extract(small.set.folder)
    assert any("content has changed" in text for text in found.warnings)
    assert any("starting anew" in text for text in found.messages)
    np.testing.assert_array_equal(read(small.set), expected(small, other))


def test_patches_of_an_image_that_has_changed_are_extracted_anew(small):
    extract(small.set.folder)
    other = values(seed=99)
    write_raster(small.image, other, 0, names=("a", "b", "c"), **BLOCKS)
    found = extract(small.set.folder)
    assert any("extracted anew" in text for text in found.warnings)
    np.testing.assert_array_equal(read(small.set), expected(small, other))


def test_a_line_of_the_journal_that_was_cut_short_does_not_count(tmp_path):
    line = '{"row": 3, "status": "done"}\n'
    (tmp_path / "journal").write_text(line + line.replace("3", "4")[:-5])
    assert list(extraction._read_journal(tmp_path / "journal")) == [3]
    assert (tmp_path / "journal").read_text() == line


def test_run_again_only_what_is_missing_is_fetched(small):
    extract(small.set.folder)
    files = sorted((small.set.folder / "patches").iterdir())
    for path in files:
        os.utime(path, (1, 1))  # long ago, else what is written within one tick of the clock would look the same
    gone, before = files[5], {f: f.stat().st_mtime_ns for f in files}
    assert extract(small.set.folder).patches_per_second is None
    assert {f: f.stat().st_mtime_ns for f in files} == before
    gone.unlink()
    assert extract(small.set.folder).patches_per_second > 0
    # The summary is still about all patches.
    right, summary = expected(small), (small.set.folder / "reports/extraction_summary.txt").read_text(encoding="utf-8")
    assert f"{np.nanmin(right):g} to {np.nanmax(right):g}" in summary
    after = {f: f.stat().st_mtime_ns for f in files}
    assert [f for f in files if after[f] != before[f]] == [gone]
    np.testing.assert_array_equal(read(small.set), expected(small))


@pytest.mark.usefixtures("small_tiles")
@pytest.mark.parametrize("storage", ["npy", "hdf5"])
def test_damaged_blocks_cost_the_patches_on_them_alone_and_are_tried_again(small, storage):
    intact = small.image.read_bytes()
    with rasterio.open(small.image) as dataset:
        at = int(dataset.get_tag_item("BLOCK_OFFSET_2_3", "TIFF", bidx=1))
        length = int(dataset.get_tag_item("BLOCK_SIZE_2_3", "TIFF", bidx=1))
    small.image.write_bytes(intact[:at] + b"\xff" * length + intact[at + length :])
    found = extract(small.set.folder, storage=storage)
    log = small.set.table(LOG)
    failed = (log["status"] == "failed").to_numpy()
    assert 0 < failed.sum() < len(log) / 2 and found.failed_count == failed.sum()
    manifest = small.plan.manifest
    # The block spans columns 64 to 95 and rows 48 to 63; a tile is 32 × 32 pixels.
    hit = (manifest["col"] + 8 > 64) & (manifest["col"] < 96) & (manifest["row"] + 8 > 48) & (manifest["row"] < 64)
    assert hit.any() and failed[hit].all()
    assert all("image.tif cannot be read" in error for error in log["error"][failed])
    done = np.flatnonzero(~failed)
    np.testing.assert_array_equal(open_patches(small.set).read(done), expected(small)[done])
    if storage == "hdf5":
        assert np.isnan(open_patches(small.set).read(np.flatnonzero(failed))).all()
    assert "cannot be read" in (small.set.folder / "reports/extraction_summary.txt").read_text(encoding="utf-8")
    with pytest.raises(LandloomError, match=r"MOST_FAILED = 1 %"):
        extract(small.set.folder, storage=storage, most_failed=1)
    small.image.write_bytes(intact)
    assert extract(small.set.folder, storage=storage).failed_count == 0
    np.testing.assert_array_equal(read(small.set), expected(small))


def test_many_patches_go_into_one_file_of_their_own_accord(small, monkeypatch):
    monkeypatch.setattr(store, "MANY_PATCHES", 20)
    extract(small.set.folder)
    assert [p.name for p in (small.set.folder / "patches").iterdir()] == ["patches.h5"]
    # Once there are some, they stay as they are until something else is asked for.
    monkeypatch.setattr(store, "MANY_PATCHES", 5000)
    assert extract(small.set.folder).patches_per_second is None
    assert open_patches(small.set).in_one_file
    extract(small.set.folder, storage="npy")
    assert not open_patches(small.set).in_one_file
    np.testing.assert_array_equal(read(small.set), expected(small))
    extract(small.set.folder, storage="hdf5")
    assert [p.name for p in (small.set.folder / "patches").iterdir()] == ["patches.h5"]
    np.testing.assert_array_equal(read(small.set), expected(small))


def test_an_image_that_has_moved_is_found_where_it_is_given(small):
    moved = small.folder / "elsewhere.tif"
    small.image.rename(moved)
    with pytest.raises(InputError, match=r"image\.tif cannot be opened.*IMAGES or MOSAIC"):
        extract(small.set.folder)
    assert extract(small.set.folder, images=moved).warnings == []
    np.testing.assert_array_equal(read(small.set), expected(small))


def test_an_image_named_from_where_one_stood_is_found_from_elsewhere(small, monkeypatch):
    monkeypatch.chdir(small.folder)
    found = plan({"images": "image.tif", "polygons": "polygons.gpkg", "dataset": small.folder / "named"})
    monkeypatch.chdir(small.set.folder)
    assert extract(found.set.folder).failed_count == 0


def test_only_the_bands_of_the_plan_are_fetched_in_its_order(small):
    given = {"images": small.image, "polygons": small.folder / "polygons.gpkg", "dataset": small.folder / "two"}
    found = plan(given, bands="c,a")
    extract(found.set.folder)
    np.testing.assert_array_equal(read(found.set), expected(small)[..., [2, 0]])


def test_another_image_is_refused(small):
    write_raster(small.folder / "wide.tif", np.ones((3, HEIGHT, WIDTH + 1), np.int16), names=("a", "b", "c"))
    with pytest.raises(InputError, match="another pixel grid"):
        extract(small.set.folder, images=small.folder / "wide.tif")
    write_raster(small.folder / "poor.tif", np.ones((2, HEIGHT, WIDTH), np.int16), names=("a", "c"))
    with pytest.raises(InputError, match="lacks the bands b"):
        extract(small.set.folder, images=small.folder / "poor.tif")
    with pytest.raises(ParameterError, match="not both"):
        extract(small.set.folder, images=small.image, mosaic=small.folder)
    assert not (small.set.folder / "patches").exists()


def test_two_runs_at_once_are_refused(small):
    with small.set.locked(), pytest.raises(OutputError, match="Another run"):
        extract(small.set.folder)


def test_a_disk_that_is_too_small_is_told_before_the_work(small, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    with pytest.raises(OutputError, match=r"MiB free, but the patches need"):
        extract(small.set.folder)
    assert not (small.set.folder / ".extraction").exists()


@pytest.mark.parametrize("storage", ["npy", "hdf5"])
def test_patches_that_are_damaged_are_fetched_again(small, storage):
    extract(small.set.folder, storage=storage)
    patches = small.set.folder / "patches"
    if storage == "hdf5":
        path = patches / "patches.h5"
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    else:
        first, second, third = sorted(patches.iterdir())[:3]
        first.write_bytes(b"rubbish")
        second.write_bytes(second.read_bytes()[:-1])
        third.write_bytes(b"?" * third.stat().st_size)
    extract(small.set.folder, storage=storage)
    np.testing.assert_array_equal(read(small.set), expected(small))


def test_a_damaged_log_costs_the_work_but_is_no_dead_end(small):
    extract(small.set.folder)
    (small.set.folder / LOG).write_text("nothing\n1\n", encoding="utf-8")
    assert extract(small.set.folder).failed_count == 0
    np.testing.assert_array_equal(read(small.set), expected(small))


def test_where_every_patch_fails_so_does_the_step_and_says_why(small):
    with rasterio.open(small.image) as dataset:
        blocks = [f"{col}_{row}" for row in range(-(-HEIGHT // 16)) for col in range(-(-WIDTH // 32))]
        starts = [int(dataset.get_tag_item(f"BLOCK_OFFSET_{block}", "TIFF", bidx=1)) for block in blocks]
    content = bytearray(small.image.read_bytes())
    for start in starts:
        content[start : start + 8] = b"\xff" * 8
    small.image.write_bytes(content)
    with pytest.raises(LandloomError, match=r"None of .* could be extracted.*cannot be read"):
        extract(small.set.folder)


def test_another_projection_of_the_same_grid_is_told_apart_in_the_message(small):
    write_raster(small.folder / "other.tif", small.pixels, 0, names=("a", "b", "c"), crs="EPSG:32634")
    with pytest.raises(InputError, match=r"EPSG:32634.*EPSG:32633"):
        extract(small.set.folder, images=[str(small.folder / "other.tif")])
