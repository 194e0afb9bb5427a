"""Mean, deviation, minimum and maximum of many pixels, tile by tile, exact to rounding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Moments:
    """Of each band (bands,): count, mean, sum of squared distances from the mean, minimum and maximum."""

    count: np.ndarray
    mean: np.ndarray
    squares: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def deviation(self) -> np.ndarray:
        """The standard deviation of each band; that of all pixels, not of a sample."""
        return np.sqrt(self.squares / np.maximum(self.count, 1))

    def as_list(self) -> list[dict[str, Any]]:
        """A dictionary a band for JSON; None where a band has no data."""
        columns = {"mean": self.mean, "deviation": self.deviation(), "minimum": self.low, "maximum": self.high}
        return [
            {name: float(values[b]) if self.count[b] else None for name, values in columns.items()}
            for b in range(len(self.count))
        ]


def of_pixels(values: np.ndarray, valid: np.ndarray) -> Moments:
    """Those of a tile, (bands, h, w); pixels that are not valid are left out."""
    count = valid.sum(axis=(1, 2))
    numbers = values.astype(np.float64)
    numbers[~valid] = 0.0
    mean = numbers.sum(axis=(1, 2)) / np.maximum(count, 1)
    low, high = (
        np.where(count, pick(np.where(valid, values, empty), axis=(1, 2)), 0.0)
        for pick, empty in ((np.min, _largest(values.dtype)), (np.max, _least(values.dtype)))
    )
    numbers -= mean[:, np.newaxis, np.newaxis]
    numbers[~valid] = 0.0
    return Moments(count, mean, np.square(numbers, out=numbers).sum(axis=(1, 2)), low, high)


def _largest(dtype: np.dtype) -> Any:
    return np.inf if dtype.kind == "f" else np.iinfo(dtype).max


def _least(dtype: np.dtype) -> Any:
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def joined(parts: list[Moments]) -> Moments:
    """Those of all pixels of several tiles together (Chan, Golub and LeVeque 1983)."""
    count, mean, squares, low, high = (np.stack([getattr(p, f) for p in parts]) for f in Moments.__dataclass_fields__)
    total = count.sum(axis=0)
    middle = (count * mean).sum(axis=0) / np.maximum(total, 1)
    there = count > 0
    return Moments(
        total,
        middle,
        squares.sum(axis=0) + (count * (mean - middle) ** 2).sum(axis=0),
        np.where(there, low, np.inf).min(axis=0),
        np.where(there, high, -np.inf).max(axis=0),
    )
