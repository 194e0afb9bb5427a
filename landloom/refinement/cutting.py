"""Cutting a raster into tile files: which bands, in which unit, what stands where there is no data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from rasterio.windows import Window
from scipy import ndimage

from .. import layers, styles
from ..blending import Lattice
from ..errors import InputError, ParameterError
from ..folders import OwnFiles
from ..grids import Grid
from ..rasters import Band, Stack
from . import masks, tile_files
from .tile_files import BadTile, TileFile

COLOURS = ("blue", "green", "red", "near infrared")
# As bands are called, the numbers those of Sentinel-2.
_NAMES = (r"b0?2|blue", r"b0?3|green", r"b0?4|red", r"b0?8|nir|near[ _-]?infrared")
# Tiles and pixels that the unit is told from.
SAMPLED_TILES, SAMPLED_PIXELS = 16, 10_000
# One of 1000 values may be brighter than any reflectance. Where all others are darker than DARKEST, or the type of the
# pixels ends below BRIGHT, the scale is not theirs.
BRIGHTEST, SHARE = tile_files.LARGEST, 99.9
DARKEST, BRIGHT = 0.01, 0.1

COLOUR = "#0072b2"
CONFIG = "cutting.json"
OWN = OwnFiles(
    "tile files of an earlier run",
    CONFIG,
    ("provenance",),
    re.compile(
        # Not below the folder: people put the results of other stages there.
        r"cutting\.json|[^/]*_r\d+_c\d+\.(npz|json)|provenance/\w+\.json"
        r"|(provenance/)?\.[^/]*\.[0-9a-f]{8}\.part[^/]*|\.lock"
    ),
)


def optical_bands(stack: Stack) -> list[str]:
    """The bands for blue, green, red and near infrared by their names.

    Raises ParameterError where the names do not tell.
    """
    found = [next((n for n in stack.names if re.fullmatch(p, n.strip().lower())), None) for p in _NAMES]
    missing = [colour for colour, name in zip(COLOURS, found, strict=True) if name is None]
    if missing:
        raise ParameterError(
            f"{stack.label} has no band that is called {' or '.join(missing)}: its bands are {', '.join(stack.names)}."
            " Name four bands in BANDS, in the order blue, green, red, near infrared."
        )
    return [name for name in found if name]


@dataclass(frozen=True)
class Scaling:
    """From a band's stored numbers to values: times `gain`, plus `shift`, one of each for every band.

    `reflectance` says that values are to lie between 0 and 1.
    """

    gain: tuple[float, ...]
    shift: tuple[float, ...]
    reflectance: bool

    @classmethod
    def of(cls, bands: Sequence[Band], scale: float, offset: float, reflectance: bool) -> Scaling:
        """By the tags of a band where it has some; else, for reflectance, `offset` is added and divided by `scale`."""
        other = (1 / scale, offset / scale) if reflectance else (1.0, 0.0)
        pairs = [(band.scale, band.offset) if is_tagged(band) else other for band in bands]
        return cls(tuple(gain for gain, _ in pairs), tuple(shift for _, shift in pairs), reflectance)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Scale (bands, …) to float32."""
        column = (-1, *(1,) * (values.ndim - 1))
        return (values * np.reshape(self.gain, column) + np.reshape(self.shift, column)).astype(np.float32)


def is_tagged(band: Band) -> bool:
    """Whether a raster says itself how a band's numbers are to be read."""
    return (band.scale, band.offset) != (1.0, 0.0)


@dataclass(frozen=True)
class Cut:
    """What became of one tile: its name, the share of its pixels with data, and of its values those beyond 0–1."""

    name: str
    valid_share: float
    beyond: int = 0
    was_there: bool = False


@dataclass(frozen=True)
class Cutter:
    """Cuts the tiles of a raster.

    Args:
        stack: the bands, in their order.
        scaling: to the values that are stored.
        area: outside of which nothing is valid, in the grid's CRS; None for everywhere.
        size, overlap: of tiles, in pixels.
        folder: is there.
        key: of the array.
        stem: what the tiles' names begin with.
        content: of all JSON files.
    """

    stack: Stack
    scaling: Scaling
    area: shapely.Geometry | None
    size: int
    overlap: int
    folder: Path
    key: str
    stem: str
    content: Mapping[str, Any]

    def windows(self) -> list[Window]:
        """The tiles, row by row, each within the raster; the last of a row or column is moved back to end with it."""
        grid = self.stack.grid
        lattice = Lattice.over(grid.height, grid.width, self.size, self.overlap)
        high, wide = min(self.size, grid.height), min(self.size, grid.width)
        found = [Window(left, top, wide, high) for top in lattice.rows.starts for left in lattice.columns.starts]
        if self.area is None:
            return found
        shapely.prepare(self.area)
        frames = shapely.box(*np.transpose([grid.bounds(window) for window in found]))
        return [window for window, near in zip(found, shapely.intersects(self.area, frames), strict=True) if near]

    def name(self, window: Window) -> str:
        """The name of a tile, from its upper left pixel."""
        return f"{self.stem}_r{window.row_off:06d}_c{window.col_off:06d}"

    def refuse_other_unit(self, windows: Sequence[Window], check: Callable[[], None]) -> None:
        """Raise InputError where the values of some tiles are no reflectance from 0 to 1."""
        sample = np.concatenate([*self._sample(windows, check)], axis=1)
        if not sample.shape[1]:
            return
        stored, values = (float(np.percentile(v, SHARE)) for v in (sample, self.scaling(sample)))
        if (DARKEST if self._could_be_bright() else np.inf) <= values <= BRIGHTEST:
            return
        if stored <= 0:
            raise InputError(
                f"{self.stack.label} holds values up to {stored:.6g}, which are no reflectance. Check its bands and its"
                " nodata value; or choose to take the bands as they are."
            )
        tagged = any(map(is_tagged, self.stack.bands))
        by = "by the scale and offset in its tags" if tagged else "divided by SCALE"
        remedy = "Correct the tags, or remove them" if tagged else f"Set SCALE to {_likely_scale(stored)}"
        raise InputError(
            f"{self.stack.label} holds values up to {stored:.6g}, which {by} are {values:.3g}, where reflectance from 0"
            f" to 1 is expected. {remedy}, so that they come to lie there; or choose to take the bands as they are."
        )

    def _could_be_bright(self) -> bool:
        """Whether the largest numbers that the bands can hold are bright: 8 bits divided by 10000 are not."""
        if not all(np.issubdtype(band.dtype, np.integer) for band in self.stack.bands):
            return True
        largest = [np.iinfo(band.dtype).max for band in self.stack.bands]
        return float(self.scaling(np.array(largest, np.float64)).max()) > BRIGHT

    def _sample(self, windows: Sequence[Window], check: Callable[[], None]) -> Iterator[np.ndarray]:
        """Valid pixels (bands, n) as they are stored, of tiles spread over the raster until there are enough."""
        yield np.empty((len(self.stack.bands), 0))
        step = -(-len(windows) // SAMPLED_TILES)
        pixels = 0
        for number, window in enumerate(window for first in range(step) for window in windows[first::step]):
            if number >= SAMPLED_TILES and pixels >= SAMPLED_PIXELS:
                return
            check()
            values, valid = self.stack.read(window)
            thinned = values[:, valid][:, :: -(-valid.size // SAMPLED_PIXELS)]
            pixels += thinned.shape[1]
            yield thinned

    def __call__(self, window: Window) -> Cut | None:
        """Cut one tile, unless an earlier run has; None where it has no data."""
        name = self.name(window)
        earlier = self._earlier_share(name)
        if earlier is not None:
            return Cut(name, earlier, was_there=True)
        values, with_data = self.stack.read(window)
        inside = self.stack.grid.inside(self.area, window)
        valid = with_data if inside is None else with_data & inside
        if not valid.any():
            return None
        scaled = filled(self.scaling(values), with_data)
        beyond = 0
        if self.scaling.reflectance:
            beyond = int(((scaled < 0) | (scaled > 1))[:, valid].sum())
            scaled = scaled.clip(0, 1)
        share = float(valid.mean())
        tile_files.write_tile(
            self.folder, name, {self.key: scaled}, {**self._content(name, window, share), **masks.content(valid)}
        )
        return Cut(name, share, beyond)

    def _earlier_share(self, name: str) -> float | None:
        """The share with data of a tile that an earlier run has cut; None where one of its files is not whole."""
        tile = TileFile(self.folder / f"{name}.npz")
        try:
            tile.shape(self.key)
        except BadTile:
            return None
        share = tile.metadata.content.get("valid_share")
        return float(share) if isinstance(share, int | float) else None

    def _content(self, name: str, window: Window, share: float) -> dict[str, Any]:
        return {
            **self.content,
            "tile_id": name,
            "row": int(window.row_off),
            "col": int(window.col_off),
            "bands": {self.key: self.stack.names},
            "valid_share": round(share, 6),
            tile_files.GEOREFERENCE: tile_files.georeference(_part(self.stack.grid, window)),
        }


def filled(values: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Values (bands, h, w) in which each pixel without data has those of the nearest one with data.

    A network sees what goes on there, not an edge that is none.
    """
    if valid.all():
        return values
    nearest = ndimage.distance_transform_edt(~valid, return_distances=False, return_indices=True)
    return values[:, *nearest]


def _likely_scale(stored: float) -> int:
    """What numbers of this size are usually divided by to become reflectance."""
    usual = ((2, 1), (100, 100), (255, 255), (20_000, 10_000))
    return next((scale for largest, scale in usual if stored <= largest), 65_535)


def stem(label: str) -> str:
    """What the names of a raster's tiles begin with: its own name, without what file systems do not like."""
    return re.sub(r"[^\w.-]+", "_", Path(label.split(", ")[0]).stem).strip("._") or "tile"


def write_footprints(path: str | Path, cuts: Sequence[tuple[Cut, Window]], grid: Grid) -> None:
    """Write the outlines of tiles as a polygon layer."""
    shapes = [_part(grid, window).corners for _, window in cuts]
    table = {
        "tile_id": [cut.name for cut, _ in cuts],
        "row": [window.row_off for _, window in cuts],
        "col": [window.col_off for _, window in cuts],
        "valid_share": [cut.valid_share for cut, _ in cuts],
    }
    crs = grid.crs.to_wkt() if grid.crs else None
    layer = gpd.GeoDataFrame(table, geometry=[shapely.Polygon(corners) for corners in shapes], crs=crs)
    layers.write(path, layer, "tiles", "Polygon", styles.outlines(COLOUR))


def _part(grid: Grid, window: Window) -> Grid:
    return Grid(int(window.height), int(window.width), grid.window_transform(window), grid.crs)
