"""The pixels of a data set: a .npy file a patch, or all patches in one HDF5 file."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from .. import files, npy
from ..errors import InputError
from .dataset import Dataset

HDF5 = "patches/patches.h5"
# With more patches than this, one file is handier than a file each: folders get slow, and so does copying them.
MANY_PATCHES = 5000
# What is copied at once, and what HDF5 reads at once.
BATCH_BYTES = 16 * 2**20
_CHUNK_BYTES = 256 * 2**10


def file_of(patch_id: str) -> str:
    """The file of one patch, below the data set's folder."""
    return f"patches/patch_{patch_id}.npy"


@dataclass(frozen=True)
class Patches:
    """The pixels of all patches of a data set, whichever way they are stored.

    `ids` are the patches' ids in the order of the manifest.
    """

    dataset: Dataset
    ids: tuple[str, ...]

    @property
    def in_one_file(self) -> bool:
        """Whether all patches are in one HDF5 file."""
        return self.dataset.has(HDF5)

    def read(self, rows: Iterable[int]) -> np.ndarray:
        """The patches in these rows of the manifest, (n, height, width, bands) float32.

        Raises InputError for a patch that is missing, damaged or of another shape.
        """
        rows = np.asarray(list(rows), dtype=np.int64)
        if self.in_one_file:
            path = self.dataset.folder / HDF5
            try:
                with h5py.File(path) as file:
                    order = np.argsort(rows, kind="stable")
                    unique, back = np.unique(rows[order], return_inverse=True)
                    found = np.empty((len(rows), *self.dataset.shape), np.float32)
                    found[order] = file["patches"][unique][back]
                    return found
            except (OSError, KeyError, ValueError, TypeError) as error:
                raise InputError(f"{path} cannot be read: {error}. Run Extract patches again.") from None
        return np.stack([self._read_file(self.ids[row]) for row in rows]) if len(rows) else self._none()

    def _none(self) -> np.ndarray:
        return np.empty((0, *self.dataset.shape), np.float32)

    def _read_file(self, patch_id: str) -> np.ndarray:
        path = self.dataset.folder / file_of(patch_id)
        try:
            patch = npy.load(path)
        except FileNotFoundError:
            raise InputError(f"The patch {path} is missing. Run Extract patches again.") from None
        except OSError as error:
            raise InputError(f"The patch {path} cannot be read: {error}. Run Extract patches again.") from None
        except (ValueError, EOFError):
            raise InputError(f"The patch {path} cannot be read: it is damaged. Run Extract patches again.") from None
        if patch.shape != self.dataset.shape or patch.dtype.kind not in "iuf":
            raise InputError(
                f"The patch {path} is {patch.shape} {patch.dtype} instead of {self.dataset.shape} float32 (height,"
                " width, bands). Run Extract patches again."
            )
        return patch.astype(np.float32, copy=False)


def open_patches(dataset: Dataset) -> Patches:
    """The pixels of a data set."""
    return Patches(dataset, tuple(dataset.manifest()["patch_id"]))


def holds(path: Path, ids: Sequence[str] | np.ndarray, shape: tuple[int, int, int]) -> bool:
    """Whether an HDF5 file is one of these patches, by its structure."""
    try:
        with h5py.File(path) as file:
            return file["patches"].shape == (len(ids), *shape) and file["patch_id"].asstr()[:].tolist() == list(ids)
    except (OSError, KeyError, ValueError, TypeError):
        return False


def stored_whole(dataset: Dataset, ids: Sequence[str]) -> np.ndarray:
    """Which patches are there as they were written, (patches,) bool, judged by size and header, not by every pixel."""
    if dataset.has(HDF5):
        return np.full(len(ids), holds(dataset.folder / HDF5, ids, dataset.shape))
    sample = io.BytesIO()
    np.save(sample, np.zeros(dataset.shape, np.float32))
    size, header = sample.tell(), sample.getvalue()[: -4 * int(np.prod(dataset.shape))]
    with os.scandir(dataset.path(HDF5).parent) as entries:
        sizes = {f"patches/{entry.name}": entry.stat().st_size for entry in entries}

    def whole(name: str) -> bool:
        if sizes.get(name) != size:
            return False
        with (dataset.folder / name).open("rb") as stream:
            return stream.read(len(header)) == header

    return np.array([whole(file_of(patch_id)) for patch_id in ids], dtype=bool)


class WorkingStore:
    """The HDF5 file of a data set while patches are extracted: `patches` (n, height, width, bands) and `patch_id`.

    All room is set aside at the beginning, and patches are written to their places in the file past the HDF5 library.
    So what has been written survives a kill of the process, threads may write at the same time, and memory stays
    small. Patches that nobody has written take no room on most disks. A chunk holds as many whole patches as make
    about 256 KiB.
    """

    def __init__(self, path: Path, ids: np.ndarray, shape: tuple[int, int, int]):
        self.shape, self._path, self._lock = shape, path, threading.Lock()
        if not holds(path, ids, shape):
            with files.replacing(path) as temporary:
                _reserve(temporary, ids, shape)
        with h5py.File(path) as file:
            self._starts, self._in_chunk = _places(file["patches"])
        self._file = path.open("r+b", buffering=0)

    def put(self, patch: int, pixels: np.ndarray, row: int = 0, col: int = 0) -> None:
        """Write a piece (h, w, bands) of a patch, whose upper left pixel is at `row` and `col`; by default all of it.

        Raises OutputError where the disk is full.
        """
        _, width, bands = self.shape
        pixels = np.ascontiguousarray(pixels, np.float32)
        start = self._start(patch) + 4 * (row * width + col) * bands
        with self._lock, files.telling(self._path):
            if pixels.shape[1] == width:
                self._write(start, pixels)
            else:
                for number, line in enumerate(pixels):
                    self._write(start + 4 * number * width * bands, line)

    def blank(self, patch: int) -> None:
        """Let a patch hold no data at all."""
        self.put(patch, np.full(self.shape, np.nan, np.float32))

    def read(self, patches: np.ndarray) -> np.ndarray:
        """Patches, (n, height, width, bands)."""
        found = np.empty((len(patches), *self.shape), np.float32)
        with self._path.open("rb", buffering=0) as file:
            for place, patch in enumerate(patches.tolist()):
                file.seek(self._start(patch))
                file.readinto(found[place].view(np.uint8))
        return found

    def flush(self) -> None:
        """Bring all that is written to the disk."""
        with files.telling(self._path):
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _start(self, patch: int) -> int:
        return int(self._starts[patch // self._in_chunk]) + patch % self._in_chunk * 4 * int(np.prod(self.shape))

    def _write(self, start: int, values: np.ndarray) -> None:
        self._file.seek(start)
        left = values.data.cast("B")
        while left:  # of very many bytes, or where the disk gets full, a part is written
            left = left[self._file.write(left) :]


def _reserve(path: Path, ids: np.ndarray, shape: tuple[int, int, int]) -> None:
    """Make the file, with room for all chunks and nothing in it."""
    in_chunk = max(1, min(len(ids), _CHUNK_BYTES // (4 * int(np.prod(shape)))))
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_chunk((in_chunk, *shape))
    plan.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    plan.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    plan.set_obj_track_times(False)
    with h5py.File(path, "w") as file:
        file["patch_id"] = ids.astype(h5py.string_dtype())
        space = h5py.h5s.create_simple((len(ids), *shape))
        h5py.h5d.create(file.id, b"patches", h5py.h5t.IEEE_F32LE, space, plan)


def _places(patches: h5py.Dataset) -> tuple[np.ndarray, int]:
    """Where each chunk begins in the file, and how many patches a chunk holds."""
    in_chunk = patches.chunks[0]
    starts = np.zeros(-(-len(patches) // in_chunk), np.int64)

    def note(chunk: Any) -> None:
        starts[chunk.chunk_offset[0] // in_chunk] = chunk.byte_offset

    patches.id.chunk_iter(note)
    return starts, in_chunk


def batches(rows: np.ndarray, shape: tuple[int, ...]) -> list[np.ndarray]:
    """Cut rows into parts whose patches together are some MiB at most."""
    at_once = max(1, BATCH_BYTES // (4 * int(np.prod(shape))))
    return [rows[start : start + at_once] for start in range(0, len(rows), at_once)]


def write_files(dataset: Dataset, ids: Iterable[str], pixels: np.ndarray) -> None:
    """Write patches (n, height, width, bands) as a .npy file each."""
    dataset.path(HDF5)  # makes the folder
    for patch_id, patch in zip(ids, pixels, strict=True):
        with files.replacing(dataset.folder / file_of(patch_id)) as temporary:
            np.save(temporary, patch)
