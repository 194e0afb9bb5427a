"""Patches on disk: as files, as one file, and while they are being extracted."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest
from affine import Affine

from landloom.errors import InputError
from landloom.patches import store
from landloom.patches.dataset import CONFIG, MANIFEST, open_dataset


@pytest.fixture
def dataset(tmp_path):
    """A data set of 50 patches of 4 × 4 pixels and 3 bands, and what they hold."""
    config = {
        "format": 1, "patch_size": 4, "classes": [{"id": 1, "name": "A"}], "source": {}, "bands":
        [{"name": name, "dtype": "uint16"} for name in "abc"],
        "grid": {"height": 9, "width": 9, "transform": list(Affine.identity())[:6], "crs": None},
    }  # fmt: skip
    (tmp_path / "metadata").mkdir()
    (tmp_path / CONFIG).write_text(json.dumps(config))
    ids = [f"{i:03d}_0" for i in range(50)]
    (tmp_path / MANIFEST).write_text("\n".join(["patch_id", *ids]))
    return open_dataset(tmp_path)


PIXELS = np.random.default_rng(0).normal(size=(50, 4, 4, 3)).astype(np.float32)
IDS = np.array([f"{i:03d}_0" for i in range(50)], dtype=object)


def test_files_can_be_read_by_numpy_alone(dataset):
    store.write_files(dataset, IDS, np.array([3, 7]), lambda rows: PIXELS[rows])
    assert sorted(p.name for p in (dataset.folder / "patches").iterdir()) == ["patch_003_0.npy", "patch_007_0.npy"]
    np.testing.assert_array_equal(np.load(dataset.folder / "patches/patch_007_0.npy"), PIXELS[7])


def test_one_file_can_be_read_by_h5py_alone(dataset, monkeypatch):
    monkeypatch.setattr(store, "_BATCH_BYTES", 7 * PIXELS[0].nbytes)
    store.write_hdf5(dataset, IDS, lambda rows: PIXELS[rows])
    with h5py.File(dataset.folder / "patches/patches.h5") as file:
        np.testing.assert_array_equal(file["patches"][:], PIXELS)
        assert file["patches"].dtype == np.float32 and file["patches"].chunks
        assert file["patch_id"].asstr()[:].tolist() == IDS.tolist()


@pytest.mark.parametrize("one_file", [True, False])
def test_rows_are_read_in_any_order_and_more_than_once(dataset, one_file):
    if one_file:
        store.write_hdf5(dataset, IDS, lambda rows: PIXELS[rows])
    else:
        store.write_files(dataset, IDS, np.arange(50), lambda rows: PIXELS[rows])
    rows = [40, 3, 3, 17, 0]
    np.testing.assert_array_equal(store.open_patches(dataset).read(rows), PIXELS[rows])
    assert store.open_patches(dataset).read([]).shape == (0, 4, 4, 3)


def test_a_writer_that_fails_leaves_nothing_half_written(dataset):
    def fail(rows):
        raise InputError("no")

    with pytest.raises(InputError):
        store.write_hdf5(dataset, IDS, fail)
    assert list((dataset.folder / "patches").iterdir()) == []


def test_a_damaged_or_missing_patch_is_told(dataset):
    store.write_files(dataset, IDS, np.arange(3), lambda rows: PIXELS[rows])
    (dataset.folder / "patches/patch_001_0.npy").write_bytes(b"\x93NUMPY")
    np.save(dataset.folder / "patches/patch_002_0.npy", np.zeros((5, 5)))
    patches = store.open_patches(dataset)
    for row, reason in ((1, "cannot be read"), (2, r"is \(5, 5\) float64 instead of \(4, 4, 3\)"), (9, "missing")):
        with pytest.raises(InputError, match=reason):
            patches.read([row])


def test_the_working_store_keeps_what_was_written_and_takes_no_room_for_the_rest(tmp_path):
    shape = (64, 64, 4)
    first = store.WorkingStore(tmp_path / "pixels", 2000, shape)
    first.clear(np.array([5, 6]))
    first.pixels[5, 1, 2] = 7
    first.flush()
    again = store.WorkingStore(tmp_path / "pixels", 2000, shape)
    assert again.pixels[5, 1, 2].tolist() == [7, 7, 7, 7] and np.isnan(again.pixels[6]).all()
    status = (tmp_path / "pixels").stat()
    assert status.st_size == 2000 * 4 * 64 * 64 * 4
    if hasattr(status, "st_blocks"):
        assert status.st_blocks * 512 < status.st_size / 100
