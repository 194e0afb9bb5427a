"""Bringing the bands of an image to values from 0 to 255, the same way in the whole raster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from rasterio.windows import Window

from .. import windows
from ..errors import InputError
from ..rasters import Stack

# Smaller rasters are looked at as a whole, larger ones in so many squares on a lattice.
WHOLE_PIXELS = 2**22
SQUARES_A_SIDE, SQUARE = 8, 256
# Where the squares hit hardly anything but nodata; and what is enough for percentiles then.
FEWEST_PIXELS, ENOUGH_PIXELS = 10_000, 2**20
PERCENTILES = (2, 98)
VISIBLE = ({"red", "r", "b4", "b04"}, {"green", "g", "b3", "b03"}, {"blue", "b", "b2", "b02"})


def visible_bands(names: Sequence[str]) -> list[str]:
    """The bands called red, green and blue, or as Sentinel-2 and Landsat 8 call them; else the first three."""
    found = [[name for name in names if name.strip().lower() in words] for words in VISIBLE]
    return [same[0] for same in found] if all(found) else list(names[:3])


@dataclass(frozen=True)
class Scaling:
    """The values of each band that become 0 and 255; what lies beyond is cut off."""

    low: tuple[float, ...]
    high: tuple[float, ...]

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Scale float32 (bands, h, w); a band with one value alone becomes 0. NaN stays NaN."""
        low = np.array(self.low, np.float32)[:, None, None]
        span = np.array(self.high, np.float32)[:, None, None] - low
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = np.where(span > 0, (values - low) * (np.float32(255) / span), values * 0)
        return np.clip(scaled, 0, 255).astype(np.float32, copy=False)


def measure(image: Stack, check: Callable[[], None] = lambda: None) -> Scaling:
    """Look at squares spread over the image: 2 % of their pixels are darker than 0, 2 % brighter than 255.

    Raises InputError for an image without data.
    """
    sample = _read(image, _squares(image), check)
    if sample.shape[1] < FEWEST_PIXELS:
        # Mostly nodata: take what there is.
        grid = image.grid
        sample = _read(image, windows.plan(grid.height, grid.width, 512, WHOLE_PIXELS), check)
    if not sample.shape[1]:
        raise InputError(
            f"{image.label} has no data where the probabilities lie. Choose the image that they were made from."
        )
    low, high = np.percentile(sample, PERCENTILES, axis=1)
    return Scaling(tuple(low.tolist()), tuple(high.tolist()))


def _squares(image: Stack) -> list[Window]:
    height, width = image.grid.height, image.grid.width
    if height * width <= WHOLE_PIXELS:
        return [Window(0, 0, width, height)]
    starts = [
        sorted({int(side * (i + 0.5) / SQUARES_A_SIDE) for i in range(SQUARES_A_SIDE)}) for side in (height, width)
    ]
    return [
        Window(col, row, min(SQUARE, width - col), min(SQUARE, height - row)) for row in starts[0] for col in starts[1]
    ]


def _read(image: Stack, places: list[Window], check: Callable[[], None]) -> np.ndarray:
    """The pixels of some windows in which all bands have data, (bands, n)."""
    found, count = [np.empty((len(image.bands), 0), np.float32)], 0
    for window in places:
        check()
        values = image.read_floats(window)
        found.append(values[:, ~np.isnan(values).any(axis=0)])
        count += found[-1].shape[1]
        if count > max(ENOUGH_PIXELS, SQUARES_A_SIDE**2 * SQUARE**2):
            break
    return np.concatenate(found, axis=1)
