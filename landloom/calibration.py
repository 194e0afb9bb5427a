"""Whether probabilities mean what they say: of the pixels called 80 % sure, are 80 % right?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from . import report

BINS = 15  # as Guo et al. (2017)


@dataclass(frozen=True)
class Reliability:
    """Predictions sorted by their probability into bins of equal width, (low, high]; parts of a raster add up with +.

    Arrays are (bins,): how many predictions, the sum of their probabilities and how many came true; `squares` is the
    sum of the squared differences of probability and outcome.
    """

    counts: np.ndarray
    sums: np.ndarray
    hits: np.ndarray
    squares: float = 0.0

    def __add__(self, other: Reliability) -> Reliability:
        return Reliability(
            self.counts + other.counts, self.sums + other.sums, self.hits + other.hits, self.squares + other.squares
        )

    @property
    def total(self) -> int:
        """How many predictions there are."""
        return int(self.counts.sum())

    @property
    def confidence(self) -> np.ndarray:
        """The mean probability in each bin; NaN where it is empty."""
        return _share(self.sums, self.counts)

    @property
    def accuracy(self) -> np.ndarray:
        """The share that came true in each bin; NaN where it is empty."""
        return _share(self.hits, self.counts)

    @property
    def ece(self) -> float:
        """Expected calibration error: mean distance of accuracy and probability, weighted by the bins' counts.

        NaN without predictions. Source: Guo et al. (2017), On calibration of modern neural networks, equation 3.
        """
        return float(np.abs(self.hits - self.sums).sum() / self.total) if self.total else np.nan

    @property
    def maximum_error(self) -> float:
        """Maximum calibration error: the largest of these distances (Guo et al. 2017, equation 5)."""
        return float(np.nanmax(np.abs(self.accuracy - self.confidence))) if self.total else np.nan

    @property
    def brier(self) -> float:
        """Mean squared difference of probability and outcome (Brier 1950, for one event)."""
        return self.squares / self.total if self.total else np.nan

    def as_dict(self) -> dict[str, Any]:
        """As plain numbers and lists for JSON, None where undetermined."""
        width = 1 / len(self.counts)
        return {
            "ece": _plain(self.ece),
            "maximum_error": _plain(self.maximum_error),
            "brier": _plain(self.brier),
            "samples": self.total,
            "bins": [
                {
                    "low": round(i * width, 6),
                    "high": round((i + 1) * width, 6),
                    "samples": int(count),
                    "confidence": _plain(confidence),
                    "accuracy": _plain(accuracy),
                }
                for i, (count, confidence, accuracy) in enumerate(
                    zip(self.counts, self.confidence, self.accuracy, strict=True)
                )
            ],
        }


def reliability(confidence: np.ndarray, hit: np.ndarray, bins: int = BINS) -> Reliability:
    """Sort predictions into bins.

    Args:
        confidence: (n,) the probability that each prediction was given, 0 to 1; that of the mapped class.
        hit: (n,) whether it came true.
        bins: how many.
    """
    confidence = np.clip(np.asarray(confidence, dtype=np.float64), 0.0, 1.0)
    hit = np.asarray(hit, dtype=bool)
    place = np.searchsorted(np.arange(1, bins) / bins, confidence, side="left")
    return Reliability(
        np.bincount(place, minlength=bins),
        np.bincount(place, confidence, minlength=bins),
        np.bincount(place[hit], minlength=bins),
        float(((confidence - hit) ** 2).sum()),
    )


def none(bins: int = BINS) -> Reliability:
    """Of no prediction at all, to add others to."""
    return reliability(np.empty(0), np.empty(0), bins)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def _plain(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None


def plot(found: Reliability, what: str = "pixels") -> Markup:
    """Accuracy over probability as SVG, and below how many of `what` lie in each bin."""
    drawn, axes = report.figure(width=5.2, height=5.0)
    grid = drawn.add_gridspec(2, 1, height_ratios=(3, 1))
    axes.set_subplotspec(grid[0])
    below = drawn.add_subplot(grid[1], sharex=axes)
    bins = len(found.counts)
    middles, used = (np.arange(bins) + 0.5) / bins, found.counts > 0
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.plot([0, 1], [0, 1], color="#777777", linewidth=1, linestyle="--", label="as sure as right")
    axes.plot(found.confidence[used], found.accuracy[used], color="#0072b2", marker="o", markersize=5, label="measured")
    axes.set(xlim=(0, 1.02), ylim=(0, 1.02), ylabel="Share that is right")
    axes.tick_params(labelbottom=False)
    axes.legend(frameon=False, loc="upper left")
    below.spines[["top", "right"]].set_visible(False)
    below.bar(middles, found.counts / max(found.total, 1), width=0.9 / bins, color="#9aa5b0")
    below.set(xlabel="Probability of the mapped class", ylabel=f"Share of\n{what}")
    return report.svg(drawn)
