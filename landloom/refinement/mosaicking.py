"""Putting tile files together to one raster.

Where tiles overlap, the nearer a pixel is to the border of a tile, the less the tile counts: a network sees least
there. The weight is the fourth power of the distance to the border along each side, so that a tile fades into the next
whatever their overlap is, and weights need not add up to 1: sums are divided by theirs. Classes cannot be blended; each
pixel has the class of the tile in which it is farthest from the border.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from rasterio.windows import Window

from .. import mapping, npy
from ..classes import ClassTable, make_table
from ..cog import Layout
from ..errors import InputError, ParameterError
from ..mapping import Effort
from . import masks
from .placing import Placed
from .tile_files import BANDS, BadTile, TileFile

# Whole numbers of reflectance, as Sentinel-2 has them.
SCALE, NODATA = 10_000, 65_535
# Where a tile's JSON file lists its classes.
CLASSES = "classes"
# Tiles, and pixels of each, that the stretch of colours is taken from.
STRETCHED_TILES, STRETCHED_PIXELS = 16, 4096


@dataclass(frozen=True)
class Blend:
    """A `mapping.Task`: the mosaic of an image, or of probabilities, in a window.

    Args:
        placed: the tiles.
        key: of their array.
        layout: of the result; whole numbers are reflectance × 10000.
        effort: how much memory may be used.
        failed: takes the tiles that turn out not to be usable, by name.
        seen: takes the names of all tiles that were read.
    """

    placed: Placed
    key: str
    layout: Layout
    effort: Effort
    failed: dict[str, BadTile] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def __call__(self, window: Window, check: Callable[[], None] = lambda: None) -> Mapping[str, np.ndarray] | None:
        """See `mapping.Task`."""
        result = np.full((self.placed.bands, window.height, window.width), self.layout.nodata, self.layout.dtype)
        pixel_bytes = 3 * 8 * (self.placed.bands + 1)
        known = [
            self._fill(result[:, strip.row_off - window.row_off :][:, : strip.height], strip, check)
            for strip in mapping.strips(window, pixel_bytes, self.effort)
        ]
        return {"raster": result} if any(known) else None

    def _fill(self, result: np.ndarray, window: Window, check: Callable[[], None]) -> bool:
        """Blend into a strip; whether it has any data."""
        # In float64: what all tiles agree on then comes out as it went in.
        total, weight = np.zeros(result.shape), np.zeros(result.shape[1:])
        for values, counts, here, there in _read(self, window, check):
            total[:, *here] += values[:, *there] * counts
            weight[here] += counts
        known = weight > 0
        blended = total[:, known] / weight[known]
        if self.layout.dtype == "uint16":
            blended = np.round(blended * SCALE).clip(0, NODATA - 1)
        result[:, known] = blended
        return bool(known.any())

    def pixels(self, tile: TileFile) -> np.ndarray:
        """The array of a tile, (bands, h, w). Raises BadTile."""
        return tile.reflectance(self.key) if self.layout.dtype == "uint16" else tile.pixels(self.key, self.placed.bands)


@dataclass(frozen=True)
class Nearest:
    """A `mapping.Task`: the mosaic of classes in a window; see `Blend` for the arguments."""

    placed: Placed
    key: str
    classes: ClassTable
    failed: dict[str, BadTile] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    @property
    def layout(self) -> Layout:
        """See Blend."""
        return Layout(self.classes.dtype, ("class",), self.classes.nodata, self.classes)

    def __call__(self, window: Window, check: Callable[[], None] = lambda: None) -> Mapping[str, np.ndarray] | None:
        """See `mapping.Task`."""
        result = np.full((window.height, window.width), self.classes.nodata, self.classes.dtype)
        best = np.zeros(result.shape)
        for values, counts, here, there in _read(self, window, check):
            nearer = counts > best[here]
            result[here][nearer] = values[there][nearer]
            best[here][nearer] = counts[nearer]
        return {"raster": result} if best.any() else None

    def pixels(self, tile: TileFile) -> np.ndarray:
        """The classes of a tile, (h, w). Raises BadTile."""
        values = read_classes(tile, self.key)
        strange = np.setdiff1d(values, [*self.classes.ids, self.classes.nodata])
        if strange.size:
            raise BadTile("unknown class", f"its array '{self.key}' has {strange[0]}, which is no class of its table")
        return values.astype(self.classes.dtype)


_Slices = tuple[slice, slice]


def _read(
    task: Blend | Nearest, window: Window, check: Callable[[], None]
) -> Iterator[tuple[np.ndarray, np.ndarray, _Slices, _Slices]]:
    """The tiles in a window: all pixels, how much each counts in the window, and the slices of the window and of the
    tile where they meet.
    """
    for tile, top, left in task.placed.touching(window):
        check()
        found = _opened(task, tile)
        if found is None:
            continue
        values, valid = found
        rows = _overlap(window.row_off, window.height, top, values.shape[-2])
        cols = _overlap(window.col_off, window.width, left, values.shape[-1])
        here, there = (rows[0], cols[0]), (rows[1], cols[1])
        counts = np.outer(_weights(values.shape[-2])[rows[1]], _weights(values.shape[-1])[cols[1]])
        if valid is not None:
            counts *= valid[there]
        if isinstance(task, Nearest):
            counts[values[there] == task.classes.nodata] = 0
        yield values, counts, here, there


def _opened(task: Blend | Nearest, tile: TileFile) -> tuple[np.ndarray, np.ndarray | None] | None:
    """The pixels of a tile, and where they are valid; None where it has failed."""
    if tile.name in task.failed:
        return None
    task.seen.add(tile.name)
    try:
        values = task.pixels(tile)
        return values, masks.read(tile.metadata.content, *values.shape[-2:])
    except BadTile as bad:
        task.failed[tile.name] = bad
        return None


def look_at_the_rest(task: Blend | Nearest, check: Callable[[], None]) -> None:
    """Read the tiles that were not: an earlier run has put them together, but which of them failed it did not say."""
    for tile in task.placed.tiles:
        check()
        if tile.name not in task.seen:
            _opened(task, tile)


def _overlap(start: int, size: int, begin: int, length: int) -> tuple[slice, slice]:
    """Where a window and a tile meet along one side, as slices of the window and of the tile."""
    first, behind = max(start, begin), min(start + size, begin + length)
    return slice(first - start, behind - start), slice(first - begin, behind - begin)


def _weights(length: int) -> np.ndarray:
    """How much each pixel along a side of a tile counts."""
    place = np.arange(length) + 0.5
    return (np.minimum(place, length - place) / length) ** 4


def read_classes(tile: TileFile, key: str) -> np.ndarray:
    """Class ids (h, w) of a tile. Raises BadTile."""
    try:
        values = npy.load(tile.path, key)
    except Exception as error:  # damaged bytes can make any part of the way stumble
        raise BadTile("unreadable", f"its array '{key}' is damaged ({error})") from None
    if values.dtype.kind not in "iu":
        raise BadTile("wrong type", f"its array '{key}' is of the type {values.dtype}, not of whole numbers")
    return values


def class_table(placed: Placed, check: Callable[[], None] = lambda: None) -> ClassTable | None:
    """The classes of the tiles by the JSON file of the first; None where it does not say.

    Raises InputError where another tile says otherwise.
    """
    tables: dict[str, str] = {}
    for tile in placed.tiles:
        check()
        text = repr(tile.metadata.content.get(CLASSES))
        tables.setdefault(text, tile.name)
    if len(tables) > 1:
        first, other = list(tables.values())[:2]
        raise InputError(
            f"The tiles do not have the same classes: those of {other} are others than those of {first}. Mosaic the"
            " tiles of each model by themselves."
        )
    listed = placed.content.get(CLASSES)
    if not listed:
        return None
    try:
        return make_table(listed)
    except (ParameterError, TypeError, AttributeError) as error:
        raise InputError(f"The classes in the JSON file of {placed.tiles[0].name} cannot be read: {error}") from None


def classes_found(placed: Placed, key: str, check: Callable[[], None] = lambda: None) -> ClassTable:
    """The classes that occur in tiles which do not say what they are; 0 is taken for one."""
    ids: set[int] = set()
    bad = None
    for tile in placed.tiles:
        check()
        try:
            ids.update(np.unique(read_classes(tile, key)).tolist())
        except BadTile as error:
            bad = bad or f"{tile.name}: {error}"  # the others are told when they are read again
    if not ids:
        raise InputError(f"None of the {len(placed.tiles):,} tiles has class ids that can be read, such as {bad}.")
    if min(ids) < 0:
        raise InputError(f"The array '{key}' of the tiles holds {min(ids)}, and class ids are not negative.")
    return make_table([{"id": i, "name": str(i)} for i in sorted(ids)])


def band_names(placed: Placed, key: str, classes: ClassTable | None) -> tuple[str, ...]:
    """What the bands of a mosaic are called: as the classes or the tiles say, else as Sentinel-2 calls four."""
    if classes is not None and len(classes) == placed.bands:
        return tuple(classes.names)
    listed = placed.content.get("bands")
    named = listed.get(key) if isinstance(listed, dict) else None
    if isinstance(named, list) and len(named) == placed.bands:
        return tuple(map(str, named))
    return BANDS if placed.bands == len(BANDS) else tuple(f"band_{i}" for i in range(1, placed.bands + 1))


def stretch(task: Blend) -> tuple[float, float]:
    """The reflectance that is shown as black and as white, from some tiles."""
    step = -(-len(task.placed.tiles) // STRETCHED_TILES)
    sample = [np.empty(0, np.float32)]
    for tile in task.placed.tiles[::step]:
        try:
            values = task.pixels(tile)[:3]
        except BadTile:
            continue
        sample.append(values.reshape(3, -1)[:, :: -(-values[0].size // STRETCHED_PIXELS)].ravel())
    low, high = np.percentile(np.concatenate(sample), (1, 99)).tolist() if len(sample) > 1 else (0.0, 0.3)
    return low, high if high > low else low + 1e-4
