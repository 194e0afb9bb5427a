"""What is done in each window of a map: read, classify, and lay out the products."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import shapely
from rasterio.windows import Window

from . import mapping, predictors, styles
from .classes import ClassTable
from .cog import Layout
from .features import FeatureReader
from .mapping import Effort
from .predictors import PatchPredictor, Predictor
from .probabilities import encoding

# Of a probability: half of the answers say 0, half say 1.
LARGEST_VARIANCE = 0.25
# Some tenths of a second of work for a large forest: so often it is looked whether the user has cancelled.
PIXELS_AT_ONCE = 2**17
# What a network works on at once has this edge, less where its layers would take more memory than that; smaller tiles
# would compute more at their borders twice, larger ones leave the processor's caches.
TILE = 256
TILE_BYTES = 32 * 2**20


@dataclass(frozen=True)
class Products:
    """The rasters that come out. `wanted` are the names of those beside the map: probabilities, confidence, entropy,
    margin, variance.

    As `percent` they are whole percents with 255 as nodata, else float32 with NaN; variances, which are small, always
    are the latter.
    """

    classes: ClassTable
    wanted: tuple[str, ...] = ()
    percent: bool = True

    def layouts(self) -> dict[str, Layout]:
        """What each product looks like."""
        dtype, nodata, unit = encoding(self.percent)
        bands = {
            "probabilities": tuple(self.classes.names),
            "confidence": ("probability of the mapped class",),
            "entropy": (
                "entropy of the probabilities, 0 to 1" if not self.percent else "entropy of the probabilities",
            ),
            "margin": ("probability of the mapped class less that of the second",),
            "variance": ("variance of the answers' probabilities",),
        }
        result = {"map": Layout(self.classes.dtype, ("class",), self.classes.nodata, self.classes)}
        for name in self.wanted:
            band_classes = self.classes if name == "probabilities" else None
            result[name] = Layout(dtype, bands[name], nodata, unit=unit, band_classes=band_classes)
        if "variance" in self.wanted:
            result["variance"] = Layout("float32", bands["variance"], float("nan"))
        return result

    def span(self, name: str) -> tuple[float, float, tuple[str, ...], str]:
        """From where to where a product's values go, with colours and unit, as `styles.write_ramp` takes them."""
        if name == "variance":
            return 0, LARGEST_VARIANCE, styles.VIRIDIS, ""
        return (0, 100, styles.VIRIDIS, " %") if self.percent else (0, 1, styles.VIRIDIS, "")

    def empty(self, window: Window) -> dict[str, np.ndarray]:
        """Each product's values in a window (bands, h, w), all nodata."""
        return {
            name: np.full((len(layout.band_names), window.height, window.width), layout.nodata, layout.dtype)
            for name, layout in self.layouts().items()
        }

    def fill(
        self,
        result: Mapping[str, np.ndarray],
        where: tuple[Any, ...],
        class_ids: np.ndarray,
        best: np.ndarray,
        probabilities: np.ndarray | None,
        variance: np.ndarray | None = None,
    ) -> None:
        """Write answers for n pixels into arrays (bands, …) of each product.

        Args:
            result: the arrays.
            where: index of the n pixels behind the bands: an array of places, or one a dimension.
            class_ids: of the model.
            best: (n,) place of each pixel's class among them.
            probabilities: (n, classes), may be None where only the map is wanted.
            variance: (n,), where that is wanted.
        """
        result["map"][0][where] = class_ids.astype(self.classes.dtype)[best]
        for name in self.wanted:
            if name == "variance":
                result[name][0][where] = variance
                continue
            assert probabilities is not None
            result[name][:, *where] = self._scaled(_MEASURES[name](probabilities, best))

    def _scaled(self, shares: np.ndarray) -> np.ndarray:
        return np.rint(shares * 100).astype(np.uint8) if self.percent else shares.astype(np.float32)


def _probabilities(probabilities: np.ndarray, best: np.ndarray) -> np.ndarray:
    return probabilities.T


def _confidence(probabilities: np.ndarray, best: np.ndarray) -> np.ndarray:
    return probabilities[np.arange(len(best)), best]


def _entropy(probabilities: np.ndarray, best: np.ndarray) -> np.ndarray:
    return entropy(probabilities, axis=1)


def _margin(probabilities: np.ndarray, best: np.ndarray) -> np.ndarray:
    if probabilities.shape[1] < 2:
        return _confidence(probabilities, best)
    second, first = np.partition(probabilities, -2, axis=1)[:, -2:].T
    return first - second


def entropy(probabilities: np.ndarray, axis: int) -> np.ndarray:
    """Shannon's entropy divided by that of equal probabilities: 0 certain, 1 no idea."""
    classes = probabilities.shape[axis]
    if classes < 2:
        return np.zeros_like(probabilities.sum(axis=axis))
    logs = np.log(probabilities, where=probabilities > 0, out=np.zeros_like(probabilities))
    return -(probabilities * logs).sum(axis=axis) / np.log(classes)


_MEASURES = {"probabilities": _probabilities, "confidence": _confidence, "entropy": _entropy, "margin": _margin}


@dataclass(frozen=True)
class WindowTask(ABC):
    """Classifies one window; can be sent to another process, which opens model and image for itself.

    `model` is the file and `model_sha256` its hash. What each kind of model does with the pixels is in the subclasses.
    """

    reader: FeatureReader
    model: str
    model_sha256: str
    products: Products
    area: shapely.Geometry | None
    effort: Effort

    def __call__(self, window: Window, check: Callable[[], None] = lambda: None) -> Mapping[str, np.ndarray] | None:
        """The products of a window by name, None where all of it is nodata; see `mapping.Task`."""
        inside = self.reader.stack.grid.inside(self.area, window)
        if inside is not None and not inside.any():
            return None
        result = self.products.empty(window)
        found = False
        for part in self._parts(window):
            own = within(part, window)
            wanted = None if inside is None else inside[own]
            if wanted is None or wanted.any():
                views = {name: array[:, *own] for name, array in result.items()}
                found |= self._classify(part, wanted, views, check)
        return result if found else None

    def identity(self) -> dict[str, Any]:
        """What determines the result beside model, image and products."""
        return {}

    def plan(self) -> list[Window] | None:
        """The windows in the order in which they are done; None: as `mapping.map_windows` does it by itself."""
        return None

    def close(self) -> None:
        """Let go what this process holds for the task."""
        self.reader.stack.close()

    @abstractmethod
    def _parts(self, window: Window) -> Iterator[Window]:
        """The pieces of a window that are worked on at once."""

    @abstractmethod
    def _classify(
        self,
        part: Window,
        wanted: np.ndarray | None,
        result: Mapping[str, np.ndarray],
        check: Callable[[], None],
    ) -> bool:
        """Classify a piece into arrays (bands, h, w), where `wanted` (h, w; None: everywhere); whether it has data."""


@dataclass(frozen=True)
class PixelTask(WindowTask):
    """For models that look at single pixels."""

    @property
    def strip_pixel_bytes(self) -> int:
        """What a pixel takes at most while it is read and classified."""
        column = self.reader.dtype.itemsize * len(self.reader.names)
        raw = self.reader.stack.dtype.itemsize * len(self.reader.stack.bands)
        probabilities = 8 * len(self.products.classes) if self.products.wanted else 0
        return 2 * column + 2 * raw + 8 * len(self.reader.features) + 2 * probabilities

    def _parts(self, window: Window) -> Iterator[Window]:
        yield from mapping.strips(window, self.strip_pixel_bytes, self.effort)

    def _classify(
        self, part: Window, wanted: np.ndarray | None, result: Mapping[str, np.ndarray], check: Callable[[], None]
    ) -> bool:
        values, valid = self.reader.read(part)
        if wanted is not None:
            valid &= wanted
        predictor = cast(Predictor, predictors.open_once(self.model, self.model_sha256))
        columns, rows = values.reshape(len(values), -1), np.flatnonzero(valid)
        # A strip is as wide as its window, so these are views.
        flat = {name: array.reshape(len(array), -1) for name, array in result.items()}
        for start in range(0, len(rows), PIXELS_AT_ONCE):
            check()
            at = rows[start : start + PIXELS_AT_ONCE]
            pixels = columns[:, at]
            if self.products.wanted:
                probabilities = predictor.probabilities(pixels)
                best = np.argmax(probabilities, axis=1)
            else:
                probabilities, best = None, predictor.classify(pixels)
            self.products.fill(flat, (at,), predictor.class_ids, best, probabilities)
        return bool(len(rows))


@dataclass(frozen=True)
class PatchTask(WindowTask):
    """For networks that look at the patch around a pixel.

    `stride` is the edge of the squares of pixels that get one answer each, that of the patch whose middle they are.
    The squares lie on a lattice that begins in the image's corner, and are computed in tiles of fixed size and place:
    how windows are cut has no influence on a single bit.
    """

    patch_size: int
    width: int
    stride: int
    device: str

    @property
    def tile(self) -> int:
        """The edge of a tile in pixels, which divides the smallest block of a map."""
        edge = TILE
        while edge > 32 and 4 * 2 * self.width * (edge + self.patch_size) ** 2 > TILE_BYTES:
            edge //= 2
        return edge

    def identity(self) -> dict[str, Any]:
        """A graphics card rounds otherwise than a processor."""
        from .networks import devices, torch_version

        return {"stride": self.stride, "device": devices.choose(self.device).type, "torch": torch_version()}

    def _parts(self, window: Window) -> Iterator[Window]:
        """Rows of tiles that are read at once, as wide as the budget allows: sources in strips need long reads."""
        bands = self.reader.stack.bands
        pixels = mapping.pixels_at_once((8 + self.reader.stack.dtype.itemsize) * len(bands), self.effort)
        width = max(1, pixels // (self.tile + self.patch_size) // self.tile) * self.tile
        yield from pieces(window, self.tile, width)

    def _classify(
        self, part: Window, wanted: np.ndarray | None, result: Mapping[str, np.ndarray], check: Callable[[], None]
    ) -> bool:
        around = self._around(part)
        values = _read_beyond(self.reader, around)
        found = False
        for tile in pieces(part, self.tile, self.tile):
            check()
            own = within(tile, part)
            valid = ~np.isnan(values[:, *within(tile, around)]).any(axis=0)
            if wanted is not None:
                valid &= wanted[own]
            if valid.any():
                shown = values[:, *within(self._around(tile), around)]
                self._answer(tile, shown, valid, {name: array[:, *own] for name, array in result.items()})
                found = True
        return found

    def _answer(self, tile: Window, values: np.ndarray, valid: np.ndarray, result: Mapping[str, np.ndarray]) -> None:
        """Classify the valid pixels (h, w) of a tile into arrays (bands, h, w); `values` are those around it."""
        predictor = cast(PatchPredictor, predictors.open_once(self.model, self.model_sha256, self.device))
        best, probabilities = predictor.answer(values, self.stride)
        row, column = np.nonzero(valid)
        # The square that each pixel lies in, counted from the tile's first one.
        square = (
            (tile.row_off + row) // self.stride - tile.row_off // self.stride,
            (tile.col_off + column) // self.stride - tile.col_off // self.stride,
        )
        shares = probabilities[:, *square].T if self.products.wanted else None
        self.products.fill(result, (row, column), predictor.class_ids, best[square], shares)

    def _around(self, part: Window) -> Window:
        """The patches of all squares that a window has a share in."""
        stride, before = self.stride, (self.patch_size - self.stride) // 2
        starts, sizes = [], []
        for start, size in ((part.col_off, part.width), (part.row_off, part.height)):
            first, last = start // stride, (start + size - 1) // stride
            starts.append(first * stride - before)
            sizes.append((last - first) * stride + self.patch_size)
        return Window(*starts, *sizes)


def pieces(window: Window, height: int, width: int) -> Iterator[Window]:
    """Pieces of a window, counted from its upper left corner, row by row."""
    bottom, right = window.row_off + window.height, window.col_off + window.width
    for row in range(window.row_off, bottom, height):
        for column in range(window.col_off, right, width):
            yield Window(column, row, min(width, right - column), min(height, bottom - row))


def within(inner: Window, outer: Window) -> tuple[slice, slice]:
    """Where a window is in an array of a larger one."""
    row, column = inner.row_off - outer.row_off, inner.col_off - outer.col_off
    return slice(row, row + inner.height), slice(column, column + inner.width)


def _read_beyond(reader: FeatureReader, window: Window) -> np.ndarray:
    """Read a window that may reach beyond the image, float32 (bands, h, w); NaN is no data, and what is beyond."""
    grid = reader.stack.grid
    top, left = max(window.row_off, 0), max(window.col_off, 0)
    bottom = min(window.row_off + window.height, grid.height)
    right = min(window.col_off + window.width, grid.width)
    values = np.full((len(reader.stack.bands), window.height, window.width), np.nan, np.float32)
    inner = Window(left, top, right - left, bottom - top)
    values[:, *within(inner, window)] = reader.stack.read_floats(inner)
    return values
