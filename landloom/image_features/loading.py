"""Features as PyTorch reads them: batch by batch from the HDF5 file, standardised by what was trained on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from .. import files
from ..errors import InputError
from ..records.table import Records
from .feature_store import FEATURES, Store, read_rows

# A batch is drawn from so many chunks of the file, so that reading it unpacks little that is not used.
_CHUNKS_A_BATCH = 8
_MEASURED_AT_ONCE = 2048


@dataclass(frozen=True)
class Normalisation:
    """Mean and deviation of each feature, (dimension,) float32, of the rows that are trained on."""

    mean: np.ndarray
    deviation: np.ndarray

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """(n, dimension) with mean 0 and deviation 1; a feature that never varied becomes its distance to the mean."""
        return (features - self.mean) / self.deviation

    def save(self, path: str | Path) -> None:
        """Write a JSON file."""
        content = {"mean": self.mean.tolist(), "deviation": self.deviation.tolist()}
        files.write_text(path, json.dumps(content) + "\n")


def load_normalisation(path: str | Path) -> Normalisation:
    """The inverse of `Normalisation.save`. Raises InputError."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        mean, deviation = (np.array(content[name], np.float32) for name in ("mean", "deviation"))
        if mean.shape != deviation.shape or mean.ndim != 1 or not (deviation > 0).all() or not np.isfinite(mean).all():
            raise ValueError("not as many deviations above 0 as means")
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise InputError(f"{path} holds no normalisation of features ({str(error).rstrip('.')}).") from None
    return Normalisation(mean, deviation)


def measure(store: Store, rows: np.ndarray) -> Normalisation:
    """Mean and deviation (of the population) over these rows, in little memory, of what is finite.

    Raises InputError without rows.
    """
    if not len(rows):
        raise InputError(f"No row of {store.path} is to be trained on, so nothing can be normalised by it.")
    rows = np.sort(rows)
    # Sums around a first guess: far from 0, squares would lose what varies (Chan et al. 1983).
    guess = np.nan_to_num(store.read(rows[:1])[0].astype(np.float64), posinf=0, neginf=0)
    count, total, squares = (np.zeros(store.dimension) for _ in range(3))
    for start in range(0, len(rows), _MEASURED_AT_ONCE):
        values = store.read(rows[start : start + _MEASURED_AT_ONCE]).astype(np.float64) - guess
        known = np.isfinite(values)
        values[~known] = 0
        count += known.sum(0)
        total += values.sum(0)
        squares += (values**2).sum(0)
    count = np.maximum(count, 1)
    mean = total / count
    deviation = np.sqrt(np.maximum(squares / count - mean**2, 0))
    return Normalisation((mean + guess).astype(np.float32), np.where(deviation > 1e-6, deviation, 1).astype(np.float32))


class FeatureDataset(Dataset):
    """Rows of a feature store, with parameters and targets where they are given.

    An item, and a batch of items, is a tuple of float32 tensors: features (…, dimension), parameters (…, p) and targets
    (…, t), the latter two only where given. Each process opens the file for itself when it first reads, since an open
    HDF5 file cannot be handed to another process.

    Args:
        store: the features.
        rows: of the store, (n,).
        normalisation: applied to the features; it must come from rows that are trained on.
        parameters: (n, p), of the same rows.
        targets: (n, t), of the same rows.
    """

    def __init__(
        self,
        store: Store,
        rows: np.ndarray | None = None,
        normalisation: Normalisation | None = None,
        parameters: np.ndarray | None = None,
        targets: np.ndarray | None = None,
    ):
        self.store = store
        self.rows = np.arange(len(store)) if rows is None else np.asarray(rows, np.int64)
        self.normalisation = normalisation
        self._beside = [np.asarray(a, np.float32) for a in (parameters, targets) if a is not None]
        if any(len(a) != len(self.rows) for a in self._beside):
            raise ValueError("parameters and targets need a row for each row of the features")
        self._file: h5py.File | None = None
        self._owner = 0

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, item: int) -> tuple[Tensor, ...]:
        return tuple(values[0] for values in self.__getitems__([item]))

    def __getitems__(self, items: Sequence[int]) -> tuple[Tensor, ...]:
        """A whole batch at once: each chunk of the file that it needs is read once."""
        places = np.asarray(items, np.int64)
        features = read_rows(self._features(), self.rows[places])
        if self.normalisation:
            features = self.normalisation(features)
        return tuple(torch.from_numpy(values) for values in (features, *(beside[places] for beside in self._beside)))

    def _features(self) -> h5py.Dataset:
        if self._file is None or self._owner != os.getpid():
            self._file, self._owner = h5py.File(self.store.path), os.getpid()
        return self._file[FEATURES]

    def __getstate__(self) -> dict[str, Any]:
        """For a worker process: without the open file."""
        return {**self.__dict__, "_file": None}


class ChunkSampler:
    """Batches in a new random order each time: chunks of the file in random order, several of them mixed together.

    Nearly as random as single rows, since rows lie in the file in the order of the records, yet a batch unpacks few
    chunks. Without shuffling, the rows in their order.

    Args:
        rows: of the store, as in the data set.
        chunk: rows a chunk of the file.
        batch: items a batch.
        shuffle: whether the order is random.
        seed: of the order; the n-th pass has an order of its own.
    """

    def __init__(self, rows: np.ndarray, chunk: int, batch: int, shuffle: bool, seed: int):
        self._rows, self._chunk, self._batch, self._shuffle, self._seed = rows, chunk, batch, shuffle, seed
        self._passes = 0

    def __len__(self) -> int:
        return -(-len(self._rows) // self._batch)

    def __iter__(self) -> Iterator[list[int]]:
        order = np.arange(len(self._rows))
        if self._shuffle:
            random = np.random.default_rng((self._seed, self._passes))
            self._passes += 1
            order = order[np.argsort(self._rows // self._chunk, kind="stable")]
            chunks = self._rows[order] // self._chunk
            parts = np.split(order, np.flatnonzero(np.diff(chunks)) + 1) if len(order) else []
            mixed = max(_CHUNKS_A_BATCH, -(-4 * self._batch // self._chunk))
            turn = random.permutation(len(parts))
            order = np.concatenate(
                [
                    random.permutation(np.concatenate([parts[i] for i in turn[start : start + mixed]]))
                    for start in range(0, len(parts), mixed)
                ]
            )
        for start in range(0, len(order), self._batch):
            yield order[start : start + self._batch].tolist()


def loader(
    dataset: FeatureDataset, batch: int, shuffle: bool = False, seed: int = 0, workers: int = 0, prefetch: int = 2
) -> DataLoader:
    """Batches of a data set as tuples of tensors.

    Args:
        dataset: what to read.
        batch: items a batch; the last one may be smaller.
        shuffle: see `ChunkSampler`.
        seed: of the order.
        workers: processes that read ahead; 0 reads in this one, which is quicker for stores of some thousand images.
        prefetch: batches that each worker has ready.
    """
    sampler: Any = ChunkSampler(dataset.rows, dataset.store.chunk, batch, shuffle, seed)
    ahead: dict[str, Any] = {"prefetch_factor": prefetch, "persistent_workers": True} if workers else {}
    return DataLoader(dataset, batch_sampler=sampler, num_workers=workers, collate_fn=_as_it_is, **ahead)


def _as_it_is(batch: Any) -> Any:
    return batch


def join(store: Store, records: Records) -> tuple[np.ndarray, np.ndarray]:
    """Which row of the store belongs to which row of the records: two arrays (n,) of row numbers, in the order of the
    records. Records without features are left out. Raises InputError where none has some.
    """
    rows = store.find(records.table["record_id"].to_numpy())
    placed = np.flatnonzero(rows >= 0)
    if not len(placed):
        raise InputError(
            f"No record of {records.path} has features in {store.path}: their ids differ. Run Extract features with"
            " this table of records."
        )
    return rows[placed], placed
