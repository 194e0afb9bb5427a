"""Several answers about the same tiles, and what they amount to.

A tile can be shown turned and at other scales (test-time augmentation), to several networks (an ensemble), and several
times with other features dropped out (Gal & Ghahramani 2016, Monte Carlo dropout). The answers about each look are
turned back and averaged; the networks then vote.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import ParameterError
from .prediction import entropy
from .predictors import TilePredictor

# Each is a number of quarter turns, and whether the tile is mirrored before.
TURNS = {
    "none": ((0, False),),
    "flips": ((0, False), (0, True), (2, False), (2, True)),
    "turns": tuple((quarters, mirrored) for quarters in range(4) for mirrored in (False, True)),
}
VOTES = ("mean", "weighted", "uncertainty")
# So that networks that all have no idea count the same.
LEAST_WEIGHT = 1e-6


@dataclass(frozen=True)
class Looks:
    """How a tile is looked at and how answers are put together.

    Args:
        turns: key of TURNS.
        scales: the tile is enlarged by each of these factors.
        vote: `mean` of the networks; `weighted` by `weights`; by `uncertainty`: in each pixel by 1 minus the entropy of
            a network's probabilities as a share of the largest there is.
        weights: of the networks, for the weighted mean.
        dropout_passes: how often each network is asked with features dropped out; 0 is once without.
        seed: of what is dropped.
    """

    turns: str = "none"
    scales: tuple[float, ...] = (1.0,)
    vote: str = "mean"
    weights: tuple[float, ...] = ()
    dropout_passes: int = 0
    seed: int = 42

    def number(self, members: int) -> int:
        """How many answers there are about a tile, which say how far they differ."""
        opinions = members * max(1, self.dropout_passes)
        return opinions if opinions > 1 else len(TURNS[self.turns]) * len(self.scales)

    def answer(
        self, members: Sequence[TilePredictor], values: np.ndarray, place: tuple[int, ...], variance: bool
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """What all answers about tiles amount to.

        Args:
            members: the networks.
            values: (n, channels, h, h) float32, NaN is no data.
            place: where the tiles are; with the seed it says which features are dropped.
            variance: whether that is wanted too.

        Returns probabilities (n, classes, h, h) float32, and (n, h, h) the variance of the answers' probabilities
        (population variance, mean over the classes): between networks and dropout passes, or, where there is one
        answer of these only, between turns and scales.
        """
        opinions, views = Spread(), Spread()
        votes: Any = 0
        total: Any = 0
        for number, member in enumerate(members):
            own = Spread()
            for turn in range(max(1, self.dropout_passes)):
                seed = _seed(self.seed, number, turn, *place) if self.dropout_passes else None
                view = Spread()
                for shares in self._views(member, values, seed):
                    view.add(shares, variance)
                own.add(view.mean, False)
                opinions.add(view.mean, variance)
                views = view
            weight = self._weight(number, own.mean)
            votes, total = votes + weight * own.mean, total + weight
        spread = opinions if opinions.count > 1 else views
        return votes / total, spread.variance() if variance else None

    def _views(self, member: TilePredictor, values: np.ndarray, seed: int | None) -> Iterator[np.ndarray]:
        """The answers about each scale and turn, as the tile lies."""
        edge = values.shape[-1]
        for scale in self.scales:
            size = max(1, round(edge * scale))
            scaled = values if size == edge else resampled(values, size)
            for turn in TURNS[self.turns]:
                shares = turned_back(member.probabilities(turned(scaled, *turn), seed), *turn)
                yield shares if size == edge else resampled(shares, edge)

    def _weight(self, number: int, shares: np.ndarray) -> np.ndarray | np.float32:
        if self.vote == "weighted":
            return np.float32(self.weights[number])
        if self.vote == "uncertainty":
            certainty = 1 - entropy(shares, axis=1).astype(np.float32)
            return np.maximum(certainty, np.float32(LEAST_WEIGHT))[:, np.newaxis]
        return np.float32(1)


class Spread:
    """Mean and variance of arrays that come one after another (Welford 1962)."""

    def __init__(self) -> None:
        self.count = 0
        self.mean: np.ndarray
        self._squares: np.ndarray | None = None

    def add(self, values: np.ndarray, variance: bool) -> None:
        """Take another array; `variance` says whether that will be asked for."""
        self.count += 1
        if self.count == 1:
            self.mean = values
            self._squares = np.zeros_like(values) if variance else None
            return
        difference = values - self.mean
        self.mean = self.mean + difference / np.float32(self.count)
        if self._squares is not None:
            self._squares += difference * (values - self.mean)

    def variance(self) -> np.ndarray:
        """The population variance (n, h, h), mean over the classes."""
        assert self._squares is not None
        return self._squares.mean(axis=1) / np.float32(self.count)


def turned(values: np.ndarray, quarters: int, mirrored: bool) -> np.ndarray:
    """Mirror tiles (…, h, w) left to right, then turn them by quarters counter-clockwise."""
    return np.ascontiguousarray(np.rot90(values[..., ::-1] if mirrored else values, quarters, axes=(-2, -1)))


def turned_back(values: np.ndarray, quarters: int, mirrored: bool) -> np.ndarray:
    """The inverse of `turned`."""
    back = np.rot90(values, -quarters, axes=(-2, -1))
    return np.ascontiguousarray(back[..., ::-1] if mirrored else back)


def resampled(values: np.ndarray, size: int) -> np.ndarray:
    """Bring tiles (…, h, h) to another edge, bilinearly; pixels' centres lie at halves, as in PyTorch's `interpolate`.

    NaN does not spread: what is there is averaged, and a pixel is NaN where more than half of its weight is.
    """
    missing = np.isnan(values)
    if not missing.any():
        return _linear(_linear(values, size, -1), size, -2)
    known = resampled((~missing).astype(np.float32), size)
    sums = resampled(np.where(missing, np.float32(0), values), size)
    return np.where(known >= 0.5, sums / np.where(known >= 0.5, known, 1), np.float32(np.nan))


def _linear(values: np.ndarray, size: int, axis: int) -> np.ndarray:
    """Resample one axis."""
    length = values.shape[axis]
    place = np.clip((np.arange(size) + 0.5) * length / size - 0.5, 0, length - 1)
    first = np.minimum(place.astype(int), max(length - 2, 0))
    share = (place - first).astype(np.float32).reshape((-1,) + (1,) * (-1 - axis))
    before, behind = values.take(first, axis), values.take(np.minimum(first + 1, length - 1), axis)
    return before + share * (behind - before)


def _seed(*numbers: int) -> int:
    """A seed of its own for each tile, network and pass."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


def parse_scales(text: str) -> tuple[float, ...]:
    """Read scales such as `0.75, 1, 1.25`; raises ParameterError for what is none."""
    try:
        scales = tuple(float(part) for part in text.replace(";", ",").split(","))
        if not scales or len(set(scales)) < len(scales) or not all(0.25 <= scale <= 4 for scale in scales):
            raise ValueError
    except ValueError:
        raise ParameterError(
            f"SCALES must be different numbers from 0.25 to 4, separated by commas, such as 0.75, 1, 1.25. Got '{text}'"
            " instead."
        ) from None
    return scales
