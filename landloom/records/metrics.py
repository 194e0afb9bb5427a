"""Quality metrics: what values they can have, and which values are far from the others."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import scipy.special

_SHARE, _CORRELATION, _ERROR = (0.0, 1.0), (-1.0, 1.0), (0.0, math.inf)
# What each metric can be. Of two images within a range the mean squared error is at most the square of that range, so
# a PSNR below 0 is of images beyond it.
RANGES = {
    **dict.fromkeys(("ssim", "ms_ssim", "edge_correlation", "kappa", "rho"), _CORRELATION),
    **dict.fromkeys(
        ("accuracy", "overall_accuracy", "balanced_accuracy", "adjusted_accuracy", "mean_iou", "mean_f1", "ece"), _SHARE
    ),
    **dict.fromkeys(("psnr", "mse", "rmse", "mae", "ndvi_rmse", "spectral_angle", "lpips"), _ERROR),
}
# Errors are spread over orders of magnitude, so that their distances are told by the logarithm.
ERRORS = ("mse", "rmse", "mae", "ndvi_rmse", "spectral_angle", "lpips")
# What is perfect counts as so far from it, as a share of the range: a thousand pixels tell no more.
NEAREST = 1e-3
# What lies between two ends can be anything between them: where most are good, one that is bad is a bad result and no
# slip. So its spread, as a logit, counts as at least this: 0.4 among 0.95s is 3.3 spreads away, 0.0 is 10.
LEAST_LOGIT_SPREAD = 1.0
# Of how many values a spread can be told.
FEWEST = 20
# 20 log10 of the value ranges of reflectance, bytes, reflectance × 10,000 and 16 bits.
USUAL_PEAKS_DB = 20 * np.log10([1.0, 255.0, 10_000.0, 65_535.0])
# Rounding, and means over bands, of which the PSNR is not that of the mean error, move it by less.
PEAK_TOLERANCE_DB = 1.0
# A smaller mean squared error counts as none, and the PSNR is cut off somewhere.
SMALLEST_MSE = 1e-9
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_UNKNOWN, _INFINITE = ("", "nan", "none", "null", "na", "n/a", "-"), ("inf", "infinity")


def number_of(value: Any) -> float | None:
    """A number as it stands in a file; NaN where it says that it is unknown, None where it is no number."""
    if value is None:
        return math.nan
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        try:
            return float(value)
        except OverflowError:  # a whole number of hundreds of digits
            return math.inf if value > 0 else -math.inf
    text = str(value).strip().lower()
    if text in _UNKNOWN:
        return math.nan
    if text.lstrip("+-") in _INFINITE:
        return -math.inf if text.startswith("-") else math.inf
    return float(text) if _NUMBER.fullmatch(text) else None


def impossible(metrics: dict[str, float]) -> str:
    """What cannot be among the metrics of a record, in words; empty where all can be. NaN is unknown."""
    for name, value in metrics.items():
        low, high = RANGES.get(name, (-math.inf, math.inf))
        if math.isnan(value) or (name == "psnr" and value == math.inf and metrics.get("mse", 0.0) in (0.0, math.inf)):
            continue
        if math.isinf(value) or not low <= value <= high:
            between = f"from {low:g} to {high:g}" if math.isfinite(high) else f"a finite number of at least {low:g}"
            return f"{name} is {value:g}, but can only be {between if math.isfinite(low) else 'a finite number'}"
    return ""


def robust_z(values: np.ndarray, least: float = 0.0) -> np.ndarray:
    """How far each value lies from the median, in robust standard deviations of at least `least`; NaN for NaN.

    By the median absolute deviation (Iglewicz and Hoaglin 1993); where more than half of the values are the same, which
    has none, by the standard deviation. All 0 where all values are the same.
    """
    distance = values - np.nanmedian(values)
    spread = max(least, 1.4826 * np.nanmedian(np.abs(distance)) or np.nanstd(values))
    return distance / spread if spread else np.where(np.isnan(distance), np.nan, 0.0)


def is_bounded(name: str) -> bool:
    """Whether a metric lies between two ends, such as an accuracy."""
    return bool(np.isfinite(RANGES.get(name, (-math.inf, math.inf))).all())


def scaled(name: str, values: np.ndarray) -> np.ndarray:
    """A metric (n,) on the scale on which its values are compared and learnt, NaN where there is none.

    Of errors the logarithm, NaN for an error of 0; of what lies between two ends the logit of where it lies between
    them: 0.99 and 0.999 are as different as 0.9 and 0.99.
    """
    if name in ERRORS:
        return np.log10(values, where=values > 0, out=np.full(len(values), np.nan))
    if is_bounded(name):
        low, high = RANGES[name]
        return scipy.special.logit(((values - low) / (high - low)).clip(NEAREST, 1 - NEAREST))
    return values


def unscaled(name: str, values: np.ndarray) -> np.ndarray:
    """The inverse of `scaled`, within what the metric can be."""
    low, high = RANGES.get(name, (-math.inf, math.inf))
    found = values
    if name in ERRORS:
        found = 10 ** np.clip(values, -300, 300)
    elif is_bounded(name):
        share = scipy.special.expit(values)
        # What is as near to an end as can be told is the end: else no interval would hold what is perfect.
        share = np.where(share > 1 - 1.001 * NEAREST, 1.0, np.where(share < 1.001 * NEAREST, 0.0, share))
        found = low + (high - low) * share
    return found.clip(low, high)


def outlying(name: str, values: np.ndarray) -> np.ndarray:
    """How far each value of a metric lies from the median of all, in robust standard deviations on its scale."""
    return robust_z(scaled(name, values), LEAST_LOGIT_SPREAD if is_bounded(name) else 0.0)


def contradicting(mse: np.ndarray, psnr: np.ndarray, limit: float) -> np.ndarray:
    """Where PSNR = 10 log10(peak² / MSE) asks for a peak that is neither usual nor that of the other records.

    `limit` is in robust standard deviations; NaN and an error of next to nothing contradict nothing.
    """
    both = np.isfinite(psnr) & np.isfinite(mse) & (mse > SMALLEST_MSE)
    found = np.zeros(len(mse), bool)
    if not both.any():
        return found
    peak = psnr[both] + 10 * np.log10(mse[both])
    usual = (np.abs(peak[:, np.newaxis] - USUAL_PEAKS_DB) <= PEAK_TOLERANCE_DB).any(axis=1)
    if len(peak) >= FEWEST:
        middle = np.median(peak)
        spread = 1.4826 * np.median(np.abs(peak - middle))
        usual |= np.abs(peak - middle) <= max(PEAK_TOLERANCE_DB, limit * spread)
    found[both] = ~usual
    return found
