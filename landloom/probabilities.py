"""How rasters of probabilities are stored: a band a class, as whole percents or as numbers from 0 to 1."""

from __future__ import annotations

import numpy as np

from .errors import InputError

PERCENT_NODATA = 255
# Numbers that were computed may be off by so much.
TOLERANCE = 1e-3


def encoding(percent: bool) -> tuple[str, float, str]:
    """Type, nodata value and unit of a band."""
    return ("uint8", PERCENT_NODATA, "%") if percent else ("float32", float("nan"), "")


def as_shares(values: np.ndarray, percent: bool, label: str) -> np.ndarray:
    """Probabilities from 0 to 1 of what a raster holds; NaN, which stands for no data, stays.

    Raises InputError where a value is no probability; `label` is what the user calls the raster.
    """
    top, slack = (100, 0.0) if percent else (1, TOLERANCE)
    wrong = values[(values < -slack) | (values > top + slack)]
    if len(wrong):
        raise InputError(
            f"{label} holds {wrong[0]:g}, which is no probability. It must hold whole percents from 0 to 100, or"
            " floating-point numbers from 0 to 1, as Map with a model writes them."
        )
    return values / np.float32(top)
