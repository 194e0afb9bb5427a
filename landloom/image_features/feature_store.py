"""Features of images in one HDF5 file: a row an image."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import h5py
import numpy as np
import pandas as pd

from .. import files, provenance
from ..errors import InputError
from ..records.table import placed

FORMAT = 1
EXTENSION = "h5"
FEATURES = "features"
# What is known of each image; text. `sha256` is of the file's content, `footprint` a polygon as WKT in `crs`, empty for
# what has no place.
TEXTS = ("id", "image", "sha256", "footprint", "crs")
# What HDF5 reads at once. Smaller, it would compress less; larger, a batch from here and there would read too much.
_CHUNK_BYTES = 64 * 2**10
_BLOCK_BYTES = 16 * 2**20
AGAIN = "Run Extract features again."


@dataclass(frozen=True)
class Store:
    """Features that have been extracted. `attributes` holds encoder, weights, recipe … as `write_store` got them."""

    path: Path
    attributes: Mapping[str, Any]
    count: int
    dimension: int
    dtype: str
    chunk: int

    def __len__(self) -> int:
        return self.count

    @property
    def encoder(self) -> str:
        """The name of the encoder, such as resnet50."""
        return self.attributes["encoder"]

    @property
    def weights(self) -> dict[str, Any]:
        """The encoder's weights: `source`, and `sha256` of the numbers themselves."""
        return self.attributes["weights"]

    @property
    def recipe(self) -> dict[str, Any]:
        """Whatever determines the features of an image: encoder, weights, bands, scaling, size. Only features of the
        same recipe can be compared.
        """
        return self.attributes["recipe"]

    @property
    def ids(self) -> np.ndarray:
        """The id of each row, (n,) str objects."""
        return self.table["id"].to_numpy()

    @cached_property
    def table(self) -> pd.DataFrame:
        """What is known of each row: the columns of TEXTS."""
        with _reading(self.path) as file:
            return pd.DataFrame({name: file[name].asstr()[:] for name in TEXTS}, dtype=object)

    @cached_property
    def _rows(self) -> pd.Series:
        return pd.Series(np.arange(self.count), index=self.table["id"])

    def find(self, ids: Sequence[str] | np.ndarray) -> np.ndarray:
        """The row of each id, (n,) int; -1 for ids that are not there."""
        return self._rows.reindex(pd.Index(ids, dtype=object)).fillna(-1).to_numpy(np.int64)

    def read(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """The features in these rows, (n, dimension) float32, in any order and as often as asked."""
        with _reading(self.path) as file:
            return read_rows(file[FEATURES], np.asarray(rows, np.int64))

    def blocks(self) -> Iterator[tuple[int, np.ndarray]]:
        """All features, some MiB at a time: the first row and (n, dimension) float32."""
        step = self.chunk * max(1, _BLOCK_BYTES // (4 * self.dimension * self.chunk))
        with _reading(self.path) as file:
            for start in range(0, self.count, step):
                yield start, file[FEATURES][start : start + step].astype(np.float32)

    def footprints(self) -> gpd.GeoDataFrame | None:
        """The rows that have a place: columns id and image, polygons in the CRS of the first of them; the index is the
        row number. None where no row has one.
        """
        return placed(self.table.drop(columns="sha256"), self.path)


def read_rows(features: h5py.Dataset, rows: np.ndarray) -> np.ndarray:
    """Rows of an open data set, (n, dimension) float32; each chunk is read and unpacked once."""
    if len(rows) and (rows.min() < 0 or rows.max() >= len(features)):
        raise IndexError(f"rows from 0 to {len(features) - 1} are there, not {rows.min()} to {rows.max()}")
    found = np.empty((len(rows), features.shape[1]), np.float32)
    size = features.chunks[0]
    order = np.argsort(rows, kind="stable")
    chunks = rows[order] // size
    for places in np.split(order, np.flatnonzero(np.diff(chunks)) + 1) if len(rows) else []:
        begin = int(rows[places[0]]) // size * size
        found[places] = features[begin : begin + size][rows[places] - begin]
    return found


def open_store(path: str | Path) -> Store:
    """Open a feature store. Raises InputError where the file is none."""
    if not Path(path).is_file():
        raise InputError(f"The feature store {path} does not exist. Make one with Extract features.")
    with _reading(Path(path)) as file:
        features = file[FEATURES]
        attributes = {name: file.attrs[name] for name in ("encoder", "version", "format")}
        if int(attributes["format"]) > FORMAT:
            raise InputError(f"{path} was made by a later version of Landloom. Upgrade Landloom.")
        attributes |= {name: json.loads(file.attrs[name]) for name in ("weights", "recipe", "facts")}
        if features.ndim != 2 or features.dtype.kind != "f" or not features.chunks:
            raise ValueError("its features are no table of numbers")
        if any(file[name].shape != features.shape[:1] for name in TEXTS):
            raise ValueError("not each row has its id")
        count, dimension = features.shape
        return Store(Path(path), attributes, count, dimension, str(features.dtype), features.chunks[0])


def write_store(
    path: str | Path,
    table: pd.DataFrame,
    features: Iterator[np.ndarray],
    dimension: int,
    dtype: str,
    attributes: Mapping[str, Any],
) -> None:
    """Write a feature store; the same content gives the same bytes.

    Args:
        path: of the file.
        table: a row an image, the columns of TEXTS.
        features: parts (n, dimension) in the order of the table.
        dimension: features an image.
        dtype: float16 or float32.
        attributes: encoder (name), weights (source, sha256), recipe (see `Store.recipe`), facts (counts for people).
    """
    rows = len(table)
    chunk = max(1, min(max(rows, 1), _CHUNK_BYTES // (np.dtype(dtype).itemsize * dimension)))
    with files.replacing(path) as temporary, h5py.File(temporary, "w") as file:
        made = file.create_dataset(
            FEATURES, (rows, dimension), dtype, chunks=(chunk, dimension), compression="gzip", compression_opts=4,
            shuffle=True,
        )  # fmt: skip
        start, kept = 0, np.empty((0, dimension), dtype)
        for part in features:
            # Whole chunks only, since a chunk that is touched twice is packed twice.
            kept = np.concatenate([kept, part.astype(dtype, copy=False)])
            whole = len(kept) // chunk * chunk
            made[start : start + whole] = kept[:whole]
            start, kept = start + whole, kept[whole:]
        made[start : start + len(kept)] = kept
        for name in TEXTS:
            texts = table[name].to_numpy(object)
            file.create_dataset(
                name, data=texts, dtype=h5py.string_dtype(), chunks=(max(1, rows),), compression="gzip", shuffle=True
            )
        file.attrs["encoder"] = attributes["encoder"]
        file.attrs["dimension"] = dimension
        file.attrs["version"] = provenance.version()
        file.attrs["format"] = FORMAT
        for name in ("weights", "recipe", "facts"):
            file.attrs[name] = json.dumps(attributes[name], ensure_ascii=False, sort_keys=True)


class _reading:  # noqa: N801 (used as a function)
    """An open file; tells in words what is wrong with it."""

    def __init__(self, path: Path):
        self._path = path

    def __enter__(self) -> h5py.File:
        try:
            self._file = h5py.File(self._path)
        except OSError as error:
            raise self._damaged(error) from None
        return self._file

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._file.close()
        if isinstance(error, (OSError, KeyError, ValueError, TypeError, RuntimeError)):
            raise self._damaged(error) from None

    def _damaged(self, error: BaseException) -> InputError:
        return InputError(f"{self._path} is no feature store or is damaged ({str(error).rstrip('.')}). {AGAIN}")
