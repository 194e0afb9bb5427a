"""The pixels of a data set: a .npy file a patch, or all patches in one HDF5 file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import h5py
import numpy as np

from ..errors import InputError
from .dataset import Dataset

HDF5 = "patches/patches.h5"


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
