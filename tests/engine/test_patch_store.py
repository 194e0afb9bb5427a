"""Patches on disk: as files, as one file, and while they are being extracted."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from datasets import make_dataset

from landloom.errors import InputError
from landloom.patches import store


@pytest.fixture
def dataset(tmp_path):
    """A data set of 50 patches of 4 × 4 pixels and 3 bands, none of them stored yet."""
    return make_dataset(tmp_path, PIXELS, [1] * 50, failed=range(50))


PIXELS = np.random.default_rng(0).normal(size=(50, 4, 4, 3)).astype(np.float32)
IDS = np.array([f"{i:03d}_0" for i in range(50)], dtype=object)


def write_one_file(dataset):
    """All patches in one file, put there from the last to the first."""
    work = store.WorkingStore(dataset.path(store.HDF5), IDS, dataset.shape)
    for patch in reversed(range(50)):
        work.put(patch, PIXELS[patch])
    work.close()


def test_files_can_be_read_by_numpy_alone(dataset):
    store.write_files(dataset, IDS[[3, 7]], PIXELS[[3, 7]])
    assert sorted(p.name for p in (dataset.folder / "patches").iterdir()) == ["patch_003_0.npy", "patch_007_0.npy"]
    np.testing.assert_array_equal(np.load(dataset.folder / "patches/patch_007_0.npy"), PIXELS[7])


def test_one_file_can_be_read_by_h5py_alone(dataset, monkeypatch):
    monkeypatch.setattr(store, "_CHUNK_BYTES", 7 * PIXELS[0].nbytes)  # the last chunk is not full
    write_one_file(dataset)
    with h5py.File(dataset.folder / "patches/patches.h5") as file:
        np.testing.assert_array_equal(file["patches"][:], PIXELS)
        assert file["patches"].dtype == np.float32 and file["patches"].chunks == (7, 4, 4, 3)
        assert file["patch_id"].asstr()[:].tolist() == IDS.tolist()


@pytest.mark.parametrize("one_file", [True, False])
def test_rows_are_read_in_any_order_and_more_than_once(dataset, one_file):
    if one_file:
        write_one_file(dataset)
    else:
        store.write_files(dataset, IDS, PIXELS)
    rows = [40, 3, 3, 17, 0]
    np.testing.assert_array_equal(store.open_patches(dataset).read(rows), PIXELS[rows])
    assert store.open_patches(dataset).read([]).shape == (0, 4, 4, 3)


def test_a_damaged_or_missing_patch_is_told(dataset):
    store.write_files(dataset, IDS[:3], PIXELS[:3])
    (dataset.folder / "patches/patch_001_0.npy").write_bytes(b"\x93NUMPY")
    np.save(dataset.folder / "patches/patch_002_0.npy", np.zeros((5, 5)))
    patches = store.open_patches(dataset)
    for row, reason in ((1, "cannot be read"), (2, r"is \(5, 5\) float64 instead of \(4, 4, 3\)"), (9, "missing")):
        with pytest.raises(InputError, match=reason):
            patches.read([row])


def test_the_working_store_keeps_what_was_written_and_takes_no_room_for_the_rest(tmp_path):
    shape = (64, 64, 4)
    pixels = np.arange(64 * 64 * 4, dtype=np.float32).reshape(shape)
    ids = np.array([str(i) for i in range(2000)], dtype=object)
    first = store.WorkingStore(tmp_path / "pixels", ids, shape)
    first.put(5, pixels)
    first.blank(6)
    first.put(6, pixels[:10, :20], row=3, col=40)
    first.close()
    again = store.WorkingStore(tmp_path / "pixels", ids, shape)
    expected = np.full(shape, np.nan)
    expected[3:13, 40:60] = pixels[:10, :20]
    np.testing.assert_array_equal(again.read(np.array([5, 6])), [pixels, expected])
    np.testing.assert_array_equal(again.read(np.array([6, 1, 5])), [expected, np.zeros(shape), pixels])
    again.close()
    status = (tmp_path / "pixels").stat()
    assert status.st_size > 2000 * 4 * 64 * 64 * 4
    if hasattr(status, "st_blocks"):
        assert status.st_blocks * 512 < status.st_size / 100
