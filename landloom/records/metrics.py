"""Quality metrics: what values they can have, and which values are far from the others."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

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


def robust_z(values: np.ndarray) -> np.ndarray:
    """How far each value lies from the median, in robust standard deviations; NaN for NaN.

    By the median absolute deviation (Iglewicz and Hoaglin 1993); where more than half of the values are the same, which
    has none, by the standard deviation. All 0 where all values are the same.
    """
    distance = values - np.nanmedian(values)
    spread = 1.4826 * np.nanmedian(np.abs(distance)) or np.nanstd(values)
    return distance / spread if spread else np.where(np.isnan(distance), np.nan, 0.0)


def scaled(name: str, values: np.ndarray) -> np.ndarray:
    """A metric on the scale on which its values are compared: the logarithm of errors, NaN for an error of 0."""
    if name not in ERRORS:
        return values
    return np.log10(values, where=values > 0, out=np.full(len(values), np.nan))


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
