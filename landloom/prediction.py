"""What is done in each window of a map: read, classify, and lay out the products."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from rasterio.windows import Window

from . import mapping, predictors
from .classes import ClassTable
from .cog import Layout
from .features import FeatureReader
from .mapping import Effort

PERCENT_NODATA = 255
# Some tenths of a second of work for a large forest: so often it is looked whether the user has cancelled.
PIXELS_AT_ONCE = 2**17


@dataclass(frozen=True)
class WindowTask:
    """Classifies one window; can be sent to another process, which opens model and image for itself.

    `model` is the file and `model_sha256` its hash. `wanted` are the names of the products beside the map:
    probabilities, confidence, entropy. As `percent` they are whole percents with 255 as nodata, else float32 with NaN.
    """

    reader: FeatureReader
    model: str
    model_sha256: str
    classes: ClassTable
    area: shapely.Geometry | None
    wanted: tuple[str, ...]
    percent: bool
    effort: Effort

    @property
    def strip_pixel_bytes(self) -> int:
        """What a pixel takes at most while it is read and classified."""
        column = self.reader.dtype.itemsize * len(self.reader.names)
        raw = self.reader.stack.dtype.itemsize * len(self.reader.stack.bands)
        probabilities = 8 * len(self.classes) if self.wanted else 0
        return 2 * column + 2 * raw + 8 * len(self.reader.features) + 2 * probabilities

    def __call__(self, window: Window, check: Callable[[], None] = lambda: None) -> Mapping[str, np.ndarray] | None:
        """The products of a window by name, None where all of it is nodata; see `mapping.Task`."""
        inside = self.reader.stack.grid.inside(self.area, window)
        if inside is not None and not inside.any():
            return None
        result = {
            name: np.full((len(layout.band_names), window.height, window.width), layout.nodata, layout.dtype)
            for name, layout in self.layouts().items()
        }
        flat = {name: array.reshape(len(array), -1) for name, array in result.items()}
        found = False
        for strip in mapping.strips(window, self.strip_pixel_bytes, self.effort):
            first = (strip.row_off - window.row_off) * window.width
            pixels = slice(first, first + strip.height * strip.width)
            values, valid = self.reader.read(strip)
            if inside is not None:
                valid &= inside.reshape(-1)[pixels].reshape(valid.shape)
            found |= bool(valid.any())
            self._classify(values, valid, {name: array[:, pixels] for name, array in flat.items()}, check)
        return result if found else None

    def layouts(self) -> dict[str, Layout]:
        """What each product looks like."""
        dtype, nodata = ("uint8", PERCENT_NODATA) if self.percent else ("float32", float("nan"))
        unit = "%" if self.percent else ""
        bands = {
            "probabilities": tuple(self.classes.names),
            "confidence": ("probability of the mapped class",),
            "entropy": (
                "entropy of the probabilities, 0 to 1" if not self.percent else "entropy of the probabilities",
            ),
        }
        result = {"map": Layout(self.classes.dtype, ("class",), self.classes.nodata, self.classes)}
        return result | {name: Layout(dtype, bands[name], nodata, unit=unit) for name in self.wanted}

    def _classify(
        self,
        values: np.ndarray,
        valid: np.ndarray,
        result: Mapping[str, np.ndarray],
        check: Callable[[], None],
    ) -> None:
        """Classify the valid pixels of `values` (columns, h, w) into the arrays (bands, h·w) of `result`."""
        predictor = predictors.open_once(self.model, self.model_sha256)
        ids = predictor.class_ids.astype(self.classes.dtype)
        columns, where = values.reshape(len(values), -1), np.flatnonzero(valid)
        for start in range(0, len(where), PIXELS_AT_ONCE):
            check()
            at = where[start : start + PIXELS_AT_ONCE]
            pixels = columns[:, at]
            if not self.wanted:
                result["map"][0, at] = ids[predictor.classify(pixels)]
                continue
            probabilities = predictor.probabilities(pixels)
            best = np.argmax(probabilities, axis=1)
            result["map"][0, at] = ids[best]
            for name in self.wanted:
                result[name][:, at] = self._scaled(_PRODUCTS[name](probabilities, best))

    def _scaled(self, shares: np.ndarray) -> np.ndarray:
        return np.rint(shares * 100).astype(np.uint8) if self.percent else shares.astype(np.float32)


def _probabilities(probabilities: np.ndarray, best: np.ndarray) -> np.ndarray:
    return probabilities.T


def _confidence(probabilities: np.ndarray, best: np.ndarray) -> np.ndarray:
    return probabilities[np.arange(len(best)), best]


def _entropy(probabilities: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Shannon's entropy divided by that of equal probabilities: 0 certain, 1 no idea."""
    classes = probabilities.shape[1]
    if classes < 2:
        return np.zeros(len(best))
    logs = np.log(probabilities, where=probabilities > 0, out=np.zeros_like(probabilities))
    return -(probabilities * logs).sum(axis=1) / np.log(classes)


_PRODUCTS = {"probabilities": _probabilities, "confidence": _confidence, "entropy": _entropy}
