"""Classifying pixels with a forest, several times faster than scikit-learn and equal to it to the last bit."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from . import kernels
from .arrays import ForestArrays
from .packing import can_pack, pack

__all__ = ["CompiledForest", "can_pack"]

# Pixels that are converted to float32 at a time, so that a large window is never held twice.
CHUNK = 2**16


class CompiledForest:
    """A forest ready to classify raster windows.

    Threads may share one: it does not change. Its methods run on the calling thread alone and hold the interpreter
    lock only for moments, so several windows can be classified at once (joblib's threading backend).
    """

    def __init__(self, arrays: ForestArrays):
        """Lay out the forest; ValueError if `can_pack(arrays)` is false, then `arrays.to_sklearn()` remains."""
        self._arrays = arrays
        self._packed = pack(arrays)

    def predict(self, pixels: np.ndarray) -> np.ndarray:
        """The class of each pixel, exactly as RandomForestClassifier.predict says, ties included.

        Args:
            pixels: (features, n) of integers or floats; cast to float32 as scikit-learn does. NaN goes the way that
                each split has learnt for it, slowly. Infinities, which scikit-learn refuses, are the largest values.

        Returns:
            uint16 (n,), indices into the forest's `classes`.

        Raises ValueError for pixels that are no numbers or have another number of features than the forest.
        """
        self._check(pixels)
        result = np.empty(pixels.shape[1], np.uint16)
        for part, values in _chunks(pixels):
            kernels.classify(self._packed, values, result[part])
            missing = np.isnan(values).any(axis=0)
            if missing.any():
                result[part][missing] = self._with_nan(values[:, missing]).argmax(axis=1)
        return result

    def probabilities(self, pixels: np.ndarray) -> np.ndarray:
        """Class probabilities, bit by bit those of RandomForestClassifier.predict_proba with ``n_jobs=1``.

        Args:
            pixels: as in `predict`.

        Returns:
            float64 (n, K), columns in the order of the forest's `classes`.

        Raises ValueError as `predict` does.
        """
        self._check(pixels)
        result = np.zeros((pixels.shape[1], self._packed.n_classes))
        for part, values in _chunks(pixels):
            kernels.sum_votes(self._packed, values, result[part])
            result[part] /= self._arrays.n_trees
            missing = np.isnan(values).any(axis=0)
            if missing.any():
                result[part][missing] = self._with_nan(values[:, missing])
        return result

    def _check(self, pixels: np.ndarray) -> None:
        expected = self._arrays.n_features
        if pixels.ndim != 2 or len(pixels) != expected or pixels.dtype.kind not in "iuf":
            raise ValueError(
                f"'pixels' must be numbers of the shape ({expected}, n). Got {pixels.dtype} of {pixels.shape} instead."
            )

    @cached_property
    def _trees(self) -> list:
        return [estimator.tree_ for estimator in self._arrays.to_sklearn().estimators_]

    def _with_nan(self, values: np.ndarray) -> np.ndarray:
        """Probabilities by scikit-learn's own trees: a node's word has no room for where NaN goes, and NaN is rare."""
        rows = np.ascontiguousarray(values.T)
        total = np.zeros((len(rows), self._packed.n_classes))
        for tree in self._trees:
            total += tree.predict(rows)
        return total / len(self._trees)


def _chunks(pixels: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Slices of the pixels and their values as contiguous float32 (features, at most CHUNK)."""
    for start in range(0, pixels.shape[1], CHUNK):
        part = slice(start, start + CHUNK)
        with np.errstate(over="ignore"):  # beyond float32 lies infinity
            values = pixels[:, part].astype(np.float32, order="C")
        yield part, values
