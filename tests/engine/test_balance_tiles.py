"""Balance tiles: copies and synthetic tiles, whose parents are known and right."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import filelock
import numpy as np
import pytest
import rasterio
from conftest import ROOT
from datasets import run_stage_class
from imblearn.over_sampling import SMOTE
from tile_sets import make_tiles

from landloom.errors import InputError, OutputError, ParameterError
from landloom.job import Job
from landloom.stages.balance_tiles import BalanceTiles
from landloom.tiles import smote
from landloom.tiles.dataset import open_tiles, share_column

RICH = 6


def with_a_rare_class(folder, rich=RICH, size=32, plain=20, **kwargs):
    """A data set whose second class is found in the first `rich` training tiles alone: 40 % of each of them."""
    tiles = make_tiles(folder, size=size, parts={"train": rich + plain, "val": 2, "test": 2}, ignore_share=0, **kwargs)
    table = tiles.table
    high = round(0.4 * size)
    for row in range(len(table)):
        path = tiles.folder / table["mask"].iat[row]
        with rasterio.open(path, "r+") as raster:
            mask = raster.read(1)
            mask[mask == 2] = 1
            if row < rich:
                mask[:] = 1
                mask[row % 3 : row % 3 + high] = 2
            raster.write(mask, 1)
        for c in tiles.classes:
            table.loc[row, share_column(c.id)] = (mask == c.id).mean()
    tiles.write_table("metadata/tiles.csv", table)
    return open_tiles(folder)


def balance(tiles, **values):
    return run_stage_class(BalanceTiles, tiles=tiles.folder, **values)


def share_in_training(tiles, class_id):
    masks = np.stack([tiles.read_mask(row) for row in tiles.rows("train")])
    return (masks == class_id).sum() / (masks != tiles.ignore).sum()


def content(tiles, parts=("train", "val", "test"), origins=("cut", "copy", "smote")):
    table = tiles.table[tiles.table["part"].isin(parts) & tiles.table["origin"].isin(origins)]
    names = [*table["image"], *table["mask"]]
    return {n: hashlib.sha256((tiles.folder / n).read_bytes()).hexdigest() for n in names}, table.to_csv()


def test_copies_then_synthetic_tiles_bring_the_rarest_class_to_its_shares(tmp_path):
    tiles = with_a_rare_class(tmp_path / "Kacheln ä")
    before = share_in_training(tiles, 2)
    assert before == pytest.approx(RICH * 13 / 32 / 26)  # 13 of 32 rows in 6 of 26 tiles
    found = balance(tiles, duplicate_share=0.15, smote_share=0.2)
    after = open_tiles(tiles.folder)
    assert found.balanced_class == "medium"
    assert found.rich_count == RICH
    assert found.share_before == pytest.approx(before)
    # The smallest number of copies that reaches 15 %: (6 + n) · 13/32 / (26 + n) ≥ 0.15.
    copies = next(n for n in range(100) if (RICH + n) * 13 / 32 / (26 + n) >= 0.15)
    assert found.copy_count == copies == len(after.rows("train", ("copy",)))
    assert found.synthetic_count == len(after.rows("train", ("smote",))) > 0
    assert found.share_after == pytest.approx(share_in_training(after, 2))
    assert 0.2 <= found.share_after < 0.22
    assert found.train_count == 26 + copies + found.synthetic_count


def test_a_copy_shows_its_parents_files(tmp_path):
    tiles = with_a_rare_class(tmp_path / "t")
    balance(tiles, duplicate_share=0.25, smote_share=0)
    table = open_tiles(tiles.folder).table
    copies = table[table["origin"] == "copy"]
    assert table["tile_id"].is_unique
    parents = table.set_index("tile_id").loc[copies["parents"]]
    for name in ("image", "mask", "row", "col", "block", "part", "labelled_share", "share_2"):
        assert copies[name].tolist() == parents[name].tolist()
    assert set(copies["part"]) == {"train"}
    each = copies["parents"].value_counts()
    assert len(each) == RICH
    assert each.max() - each.min() <= 1


def flattened(tiles, rows):
    """Tiles as rows of a matrix, each band scaled by the statistics of the training tiles."""
    mean, deviation = (np.array([s[k] for s in tiles.config["statistics"]]) for k in ("mean", "deviation"))
    images = np.stack([tiles.read_image(row) for row in rows]).astype(float)
    return ((images - mean[:, None, None]) / deviation[:, None, None]).reshape(len(rows), -1), mean, deviation


def test_synthetic_tiles_are_those_of_smote_in_the_space_of_flattened_tiles(tmp_path):
    tiles = with_a_rare_class(tmp_path / "t", rich=9)
    balance(tiles, duplicate_share=0, smote_share=0.3)
    after = open_tiles(tiles.folder)
    made = after.rows("train", ("smote",))
    matrix, mean, deviation = flattened(tiles, range(9))
    others = np.zeros((9 + len(made) + 1, matrix.shape[1]))
    kinds = np.repeat([1, 0], [9, len(others)])
    resampled = SMOTE(sampling_strategy={1: 9 + len(made)}, k_neighbors=5, random_state=42).fit_resample(
        np.vstack([matrix, others]), kinds
    )[0]
    expected = resampled[9 + len(others) :].reshape(len(made), 3, 32, 32)
    expected = np.rint(expected * deviation[:, None, None] + mean[:, None, None])
    found = np.stack([after.read_image(row) for row in made])
    assert len(made) > 10
    assert np.abs(found - expected).max() <= 1  # a half may be rounded either way
    assert (found != expected).mean() < 1e-3


def test_parents_and_weights_are_recorded_and_right(tmp_path):
    tiles = with_a_rare_class(tmp_path / "t")
    balance(tiles, smote_share=0.25)
    after = open_tiles(tiles.folder)
    rows = {tile_id: row for row, tile_id in enumerate(after.table["tile_id"])}
    recorded = json.loads((tiles.folder / "metadata/balance.json").read_text())["synthetic"]
    assert len(recorded) == len(after.rows("train", ("smote",)))
    for entry in recorded:
        row = rows[entry["tile_id"]]
        assert after.table["parents"].iat[row] == f"{entry['base']} {entry['neighbour']}"
        base, other = rows[entry["base"]], rows[entry["neighbour"]]
        assert set(after.table["part"].iloc[[row, base, other]]) == {"train"}
        assert 0 <= entry["weight"] <= 0.5
        a, b = after.read_image(base).astype(float), after.read_image(other).astype(float)
        assert np.array_equal(after.read_image(row), np.rint(a + entry["weight"] * (b - a)))
        first, second = after.read_mask(base), after.read_mask(other)
        expected = first if entry["weight"] <= 1 / 3 else np.where(first == second, first, after.ignore)
        assert np.array_equal(after.read_mask(row), expected)
        with rasterio.open(after.folder / after.table["image"].iat[row]) as raster:
            assert (raster.dtypes[0], raster.nodata) == ("uint16", 0)
    # Some of each kind, else this shows nothing.
    assert {entry["weight"] <= 1 / 3 for entry in recorded} == {True, False}


def test_the_nearest_tiles_are_euclids(tmp_path):
    tiles = with_a_rare_class(tmp_path / "t", rich=7)
    random = np.random.default_rng(5)
    for row in range(7):
        with rasterio.open(tiles.folder / tiles.table["image"].iat[row], "r+") as raster:
            raster.write(random.integers(1, 2000, (32, 32)).astype(np.uint16), 1)
    tiles.config["statistics"][0]["deviation"] /= 100  # so that the first band decides
    matrix, mean, deviation = flattened(tiles, range(7))

    def nearest(values):
        return np.argsort(np.linalg.norm(values[:, None] - values, axis=2), axis=1)[:, :4]

    expected = nearest(matrix)
    raw = matrix.reshape(7, 3, -1) * deviation[:, None] + mean[:, None]
    assert not np.array_equal(nearest(raw.reshape(7, -1)), expected)
    with Job() as job:
        assert np.array_equal(smote.neighbours(tiles, np.arange(7), 3, job), expected)


def test_comparing_tiles_in_pieces_makes_no_difference(tmp_path, monkeypatch):
    tiles = with_a_rare_class(tmp_path / "t", rich=7)
    with Job() as job:
        whole = smote.neighbours(tiles, np.arange(7), 6, job)
        monkeypatch.setattr(smote, "CHUNK_BYTES", 2 * 4 * 3 * 32 * 32)
        monkeypatch.setattr(smote, "SLAB", 100)
        assert np.array_equal(smote.neighbours(tiles, np.arange(7), 6, job), whole)


def test_no_data_stays_no_data_and_has_no_class(tmp_path):
    tiles = with_a_rare_class(tmp_path / "t")
    for row in range(RICH):
        with rasterio.open(tiles.folder / tiles.table["image"].iat[row], "r+") as raster:
            pixels = raster.read()
            pixels[row % 3, row : row + 8, 5:9] = 0
            raster.write(pixels)
    table = tiles.table.assign(valid_share=0.9)
    tiles.write_table("metadata/tiles.csv", table)
    balance(tiles, smote_share=0.25)
    after = open_tiles(tiles.folder)
    rows = {tile_id: row for row, tile_id in enumerate(after.table["tile_id"])}
    for row in after.rows("train", ("smote",)):
        base, other = (after.read_image(rows[p]) for p in after.table["parents"].iat[row].split())
        missing = np.isnan(base) | np.isnan(other)
        assert missing.any()
        assert np.array_equal(np.isnan(after.read_image(row)), missing)
        mask = after.read_mask(row)
        assert (mask[missing.any(axis=0)] == after.ignore).all()
        assert after.table["valid_share"].iat[row] == (~missing).all(axis=0).mean()
        assert after.table["labelled_share"].iat[row] == (mask != after.ignore).mean()


def test_a_mixture_never_becomes_nodata_by_chance():
    first, second = np.full((1, 1, 2), -10, np.float32), np.array([[[10, np.nan]]], np.float32)
    mixed = smote.mix(first, second, 0.5, np.dtype("int16"), 0.0)
    assert mixed.tolist() == [[[-10, 0]]]
    floats = smote.mix(first, second, 0.25, np.dtype("float32"), float("nan"))
    assert floats[0, 0, 0] == -5 and np.isnan(floats[0, 0, 1])


def test_validation_and_test_stay_as_they_are(tmp_path):
    tiles = with_a_rare_class(tmp_path / "t")
    before = content(tiles, ("val", "test"))
    cut = content(tiles, origins=("cut",))
    balance(tiles, smote_share=0.25)
    after = open_tiles(tiles.folder)
    assert content(after, ("val", "test")) == before
    assert content(after, origins=("cut",)) == cut


def test_running_again_replaces_what_was_added(tmp_path):
    tiles = with_a_rare_class(tmp_path / "t")
    untouched = content(tiles)
    balance(tiles, smote_share=0.25)
    first = content(open_tiles(tiles.folder))
    balance(tiles, smote_share=0.2, duplicate_share=0)
    other = content(open_tiles(tiles.folder))
    assert other != first
    balance(tiles, smote_share=0.25, jobs=1)
    assert content(open_tiles(tiles.folder)) == first
    found = balance(tiles, smote_share=0, duplicate_share=0)
    assert (found.copy_count, found.synthetic_count) == (0, 0)
    assert content(open_tiles(tiles.folder)) == untouched
    assert not list(tiles.folder.rglob("smote_*"))


def test_too_few_tiles_lower_the_number_of_neighbours(tmp_path):
    tiles = with_a_rare_class(tmp_path / "t", rich=3)
    found = balance(tiles, smote_share=0.1)
    assert any(text.startswith("NEIGHBOURS was lowered from 5 to 2: only 3 training tiles") for text in found.warnings)
    assert found.synthetic_count > 0


def test_a_single_rich_tile_is_copied_but_not_mixed(tmp_path):
    tiles = with_a_rare_class(tmp_path / "t", rich=1)
    before = content(tiles)
    with pytest.raises(InputError, match=r"at least 2 training tiles that are rich in medium.*SMOTE_SHARE=0"):
        balance(tiles)
    assert content(open_tiles(tiles.folder)) == before
    assert balance(tiles, smote_share=0).copy_count > 0


def test_without_a_rich_tile_the_remedy_is_named(tmp_path):
    tiles = with_a_rare_class(tmp_path / "t")
    with pytest.raises(InputError, match=r"at most 40\.6 % .*RICH_SHARE wants 60 %\. Lower RICH_SHARE"):
        balance(tiles, rich_share=0.6, duplicate_share=0.2, smote_share=0.3)


@pytest.mark.parametrize("wanted", ["high", "3", " 3 "])
def test_the_class_may_be_named(tmp_path, wanted):
    tiles = with_a_rare_class(tmp_path / "t")
    assert balance(tiles, class_name=wanted).balanced_class == "high"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"class_name": "enormous"}, r"no class 'enormous'.*medium \(2\)"),
        ({"duplicate_share": 0.5, "smote_share": 0}, r"DUPLICATE_SHARE \(0\.5\) cannot be reached.*0\.406"),
        ({"duplicate_share": 0, "smote_share": 0.6}, r"SMOTE_SHARE \(0\.6\) cannot be reached"),
        ({"duplicate_share": 0.2, "smote_share": 0.1}, r"SMOTE_SHARE \(0\.1\) must be larger"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_changes(tmp_path, values, words):
    tiles = with_a_rare_class(tmp_path / "t")
    balance(tiles, smote_share=0.2)
    before = content(open_tiles(tiles.folder))
    with pytest.raises((ParameterError, InputError), match=words):
        balance(tiles, **values)
    assert content(open_tiles(tiles.folder)) == before


def test_many_rich_tiles_are_compared_at_random_and_that_is_told(tmp_path, monkeypatch):
    tiles = with_a_rare_class(tmp_path / "t", rich=12)
    monkeypatch.setattr("landloom.tiles.balancing.MOST_COMPARED", 5)
    found = balance(tiles, smote_share=0.25, duplicate_share=0)
    assert any("random choice of 5 of the 12 tiles" in text for text in found.warnings)
    table = open_tiles(tiles.folder).table
    assert len({p for parents in table["parents"] for p in parents.split()}) <= 5


def test_two_runs_at_once_are_refused(tmp_path):
    tiles = with_a_rare_class(tmp_path / "t")
    with filelock.FileLock(tiles.folder / ".lock"), pytest.raises(OutputError, match="Another run is changing"):
        balance(tiles)


KILLED = """
import os, signal, sys
sys.path[:0] = [{root!r}, {tests!r}]
from landloom.tiles import storage
written = []
write = storage.Writer.write
def until_killed(self, *args):
    if len(written) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    written.append(1)
    return write(self, *args)
storage.Writer.write = until_killed
from datasets import run_stage_class
from landloom.stages.balance_tiles import BalanceTiles
run_stage_class(BalanceTiles, tiles={tiles!r}, smote_share=0.25, jobs=1)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill")
def test_a_killed_run_leaves_the_tiles_that_were_cut(tmp_path):
    tiles = with_a_rare_class(tmp_path / "t")
    before = content(tiles)
    balance(tiles, smote_share=0.3)
    code = KILLED.format(root=str(ROOT), tests=str(ROOT / "tests/engine"), tiles=str(tiles.folder))
    assert subprocess.run([sys.executable, "-c", code], check=False, env=os.environ).returncode == -signal.SIGKILL
    assert content(open_tiles(tiles.folder)) == before
    found = balance(tiles, smote_share=0.25)
    assert len(list((tiles.folder / "images").glob("smote_*"))) == found.synthetic_count


def test_a_full_disk_leaves_the_tiles_that_were_cut(tmp_path, monkeypatch):
    tiles = with_a_rare_class(tmp_path / "t")
    before = content(tiles)

    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="disk is full"):
        balance(tiles, smote_share=0.25)
    assert content(open_tiles(tiles.folder)) == before
    assert not list(tiles.folder.rglob("smote_*"))


def test_a_run_that_fails_leaves_no_word_of_additions_that_are_gone(tmp_path, monkeypatch):
    tiles = with_a_rare_class(tmp_path / "t")
    balance(tiles, smote_share=0.25)
    told = [tiles.folder / "metadata/balance.json", tiles.folder / "reports/balance_summary.txt"]
    assert all(path.is_file() for path in told)

    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="disk is full"):
        balance(tiles, smote_share=0.25)
    assert not any(path.exists() for path in told)


def test_a_report_shows_parents_and_children(tmp_path):
    tiles = with_a_rare_class(tmp_path / "t")
    found = balance(tiles, smote_share=0.25, report=tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Synthetic tiles and their parents" in page
    assert f"<b>{found.synthetic_count}</b>synthetic tiles" in page
    assert found.tiles_out == str(tiles.folder)
    assert (tiles.folder / "provenance/balance_tiles.json").is_file()
    assert "medium" in (tiles.folder / "reports/balance_summary.txt").read_text(encoding="utf-8")
