"""The pixels of a data set: a .npy file a patch, or all patches in one HDF5 file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from .. import files
from ..errors import InputError
from .dataset import Dataset

HDF5 = "patches/patches.h5"
# With more patches than this, one file is handier than a file each: folders get slow, and so does copying them.
MANY_PATCHES = 5000
# What is copied at once, and what HDF5 reads and writes at once.
_BATCH_BYTES = 32 * 2**20
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
            patch = np.load(path, allow_pickle=False)
        except FileNotFoundError:
            raise InputError(f"The patch {path} is missing. Run Extract patches again.") from None
        except (OSError, ValueError, EOFError) as error:
            raise InputError(f"The patch {path} cannot be read: {error}. Run Extract patches again.") from None
        if patch.shape != self.dataset.shape or patch.dtype.kind not in "iuf":
            raise InputError(
                f"The patch {path} is {patch.shape} {patch.dtype} instead of {self.dataset.shape} float32 (height,"
                " width, bands). Run Extract patches again."
            )
        return patch.astype(np.float32, copy=False)


def open_patches(dataset: Dataset) -> Patches:
    """The pixels of a data set."""
    return Patches(dataset, tuple(dataset.manifest()["patch_id"]))


class WorkingStore:
    """Pixels that are being extracted: one raw file of float32 (patches, height, width, bands), mapped into memory.

    What has been written survives a kill of the process. Patches that nobody has written take no room on the disk.
    """

    def __init__(self, path: Path, patches: int, shape: tuple[int, int, int]):
        whole = (patches, *shape)
        size = 4 * int(np.prod(whole))
        with path.open("ab") as stream:  # made where it is missing, kept where it is not
            if stream.tell() != size:
                os.truncate(stream.fileno(), size)
        self._map = np.memmap(path, np.float32, "r+", shape=whole)
        # The same memory as a plain array, whose parts are handed out several times faster.
        self.pixels = np.asarray(self._map)

    def clear(self, rows: np.ndarray) -> None:
        """Let patches hold no data at all."""
        for part in batches(rows, self.pixels.shape[1:]):
            self.pixels[part] = np.nan

    def flush(self) -> None:
        """Bring all that is written to the disk."""
        self._map.flush()


def batches(rows: np.ndarray, shape: tuple[int, ...]) -> list[np.ndarray]:
    """Cut rows into parts whose patches together are no larger than some tens of MiB."""
    at_once = max(1, _BATCH_BYTES // (4 * int(np.prod(shape))))
    return [rows[start : start + at_once] for start in range(0, len(rows), at_once)]


def write_files(dataset: Dataset, ids: np.ndarray, rows: np.ndarray, read: Callable[[np.ndarray], np.ndarray]) -> None:
    """Write patches as a .npy file each.

    Args:
        dataset: whose patches they are.
        ids: of all patches, in the order of the manifest.
        rows: those to write.
        read: gives (n, height, width, bands) float32 for n rows.
    """
    dataset.path(HDF5)  # makes the folder
    for part in batches(rows, dataset.shape):
        for patch_id, patch in zip(ids[part], read(part), strict=True):
            with files.replacing(dataset.folder / file_of(patch_id)) as temporary:
                np.save(temporary, patch)


def write_hdf5(dataset: Dataset, ids: np.ndarray, read: Callable[[np.ndarray], np.ndarray]) -> None:
    """Write all patches into one HDF5 file: `patches` (n, height, width, bands) and `patch_id`, as in the manifest.

    `read` gives float32 for rows of the manifest. A chunk holds as many whole patches as make about 256 KiB.
    """
    patch_bytes = 4 * int(np.prod(dataset.shape))
    chunk = (max(1, min(len(ids), _CHUNK_BYTES // patch_bytes)), *dataset.shape)
    with files.replacing(dataset.path(HDF5)) as temporary, h5py.File(temporary, "w") as file:
        file["patch_id"] = ids.astype(h5py.string_dtype())
        pixels = file.create_dataset("patches", (len(ids), *dataset.shape), np.float32, chunks=chunk)
        for part in batches(np.arange(len(ids)), dataset.shape):
            pixels[part[0] : part[-1] + 1] = read(part)
