"""Synthetic tiles between tiles (SMOTE: Chawla et al. 2002), without holding all of them in memory."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from imblearn.over_sampling import SMOTE
from sklearn.base import BaseEstimator

from ..job import Job
from .dataset import TileSet

# Tiles that are compared with each other at once take so much memory, and so many values a tile at a time.
CHUNK_BYTES = 128 * 2**20
SLAB = 65_536
# From this share of the other parent on, a pixel of two classes is of neither.
UNSURE = 1 / 3


class Pair(NamedTuple):
    """A synthetic tile: base + weight × (neighbour - base); both are places among the tiles that were given.

    The base is the nearer of the two, so the weight is at most 0.5.
    """

    base: int
    neighbour: int
    weight: float


def neighbours(tiles: TileSet, rows: np.ndarray, number: int, job: Job) -> np.ndarray:
    """The nearest tiles of each, (n, number + 1) places in `rows`, each tile itself first.

    The distance is Euclid's over all pixels and bands, each band scaled by the mean and deviation of the training
    tiles; a pixel without data counts as the mean.
    """
    mean, deviation = (
        np.array([[0.0 if band[key] is None else band[key]] for band in tiles.config["statistics"]])
        for key in ("mean", "deviation")
    )
    deviation[deviation == 0] = 1.0

    def read(places: np.ndarray) -> np.ndarray:
        chunk = np.empty((len(places), len(tiles.bands) * tiles.size**2), np.float32)
        for line, row in zip(chunk, rows[places].tolist(), strict=True):
            job.check_cancelled()
            scaled = (tiles.read_image(row).reshape(len(tiles.bands), -1) - mean) / deviation
            line[:] = np.nan_to_num(scaled, nan=0.0).ravel()
        return chunk

    count = max(1, CHUNK_BYTES // (4 * len(tiles.bands) * tiles.size**2))
    chunks = [np.arange(start, min(start + count, len(rows))) for start in range(0, len(rows), count)]
    product = np.empty((len(rows), len(rows)))
    done = 0
    for i, these in enumerate(chunks):
        left = read(these)
        for those in chunks[i:]:
            right = left if those is these else read(those)
            found = np.zeros((len(these), len(those)))
            for start in range(0, left.shape[1], SLAB):  # in double precision, but never all of it
                slab = slice(start, start + SLAB)
                found += left[:, slab].astype(np.float64) @ right[:, slab].astype(np.float64).T
            product[np.ix_(these, those)], product[np.ix_(those, these)] = found, found.T
            done += 1
            job.progress(done / (len(chunks) * (len(chunks) + 1) / 2))
    own = np.diagonal(product)
    distance = own[:, np.newaxis] + own - 2 * product
    np.fill_diagonal(distance, -np.inf)
    return np.argsort(distance, axis=1, kind="stable")[:, : number + 1]


class _Known(BaseEstimator):
    """Neighbours that are known already, as SMOTE asks for them."""

    def __init__(self, order: Any = None):
        self.order = order

    def fit(self, X: Any, y: Any = None) -> _Known:  # noqa: N803 (scikit-learn's name)
        """Nothing is left to learn."""
        return self

    def kneighbors(self, X: Any, return_distance: bool = True) -> np.ndarray:  # noqa: N803
        """The places of the neighbours."""
        return self.order

    def kneighbors_graph(self, X: Any) -> Any:  # noqa: N803
        """SMOTE wants it to be there and does not call it."""
        raise NotImplementedError


def choose(order: np.ndarray, number: int, seed: int) -> list[Pair]:
    """Let SMOTE choose `number` pairs and how far between the two a synthetic tile lies.

    SMOTE does not tell what it has chosen, so it gets unit vectors instead of tiles: each of its synthetic vectors has
    two entries, at the base and at the neighbour. Its choice depends on the neighbours, the number and the seed
    alone, so it is the one that it would make in the space of flattened tiles.

    Args:
        order: see `neighbours`.
    """
    count = len(order)
    # It wants to see a second class; one vector of it is enough.
    vectors = np.vstack([np.eye(count), np.zeros(count)])
    kinds = np.append(np.ones(count, int), 0)
    smote = SMOTE(sampling_strategy={1: count + number}, k_neighbors=_Known(order), random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "After over-sampling")
        made = smote.fit_resample(vectors, kinds)[0][count + 1 :]
    return [_parents(vector) for vector in made]


def _parents(vector: np.ndarray) -> Pair:
    """Both parents; which of them SMOTE began at makes no difference to what lies between."""
    first, second = np.argsort(-vector, kind="stable")[:2].tolist()
    if vector[second] == 0:  # no way was gone at all
        return Pair(first, first, 0.0)
    return Pair(first, second, float(vector[second]))


def mix(base: np.ndarray, neighbour: np.ndarray, weight: float, dtype: np.dtype, nodata: float | None) -> np.ndarray:
    """The pixels of a synthetic tile in the raster's type.

    Args:
        base, neighbour: (bands, h, w) float32; NaN is no data, and where one of them has none, so has the result.
        weight: 0 for the base, 1 for the neighbour.
        nodata: what stands for no data; a value that comes out as this by chance is replaced by the base's.
    """
    first = base.astype(np.float64)
    mixed = first + weight * (neighbour.astype(np.float64) - first)
    there = np.isfinite(mixed)
    if dtype.kind in "iu":
        mixed = np.rint(mixed)
    if nodata is not None:
        mixed = np.where(there & (mixed == nodata), first, mixed)
    return np.where(there, mixed, 0 if nodata is None else nodata).astype(dtype)


def blend(base: np.ndarray, neighbour: np.ndarray, weight: float, ignore: int) -> np.ndarray:
    """The mask of a synthetic tile: the class on which both parents agree, else that of the base.

    Where they do not agree and the neighbour makes up more than UNSURE of the mixture, there is no class: a mixture of
    two classes about half and half is neither.
    """
    if weight <= UNSURE:
        return base
    return np.where(base == neighbour, base, np.array(ignore, base.dtype))
