"""Reading rasters window by window: files, mosaics of tiles, and stacks of several sources on one grid."""

from __future__ import annotations

import threading
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import rasterio
from rasterio.enums import MaskFlags
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from . import mosaics, vrt
from .errors import InputError, ParameterError
from .grids import Grid
from .mosaics import Tiles

# Rasters without a place, such as arrays of other programs, are taken as they are.
warnings.filterwarnings("ignore", category=NotGeoreferencedWarning)

# What a sample table has beside its bands and features; a band of such a name gets another one.
PLACE_COLUMNS = ("class_id", "class_name", "polygon_id", "row", "col", "x", "y")


@dataclass(frozen=True)
class Band:
    """One band of a stack: its name and how its numbers are to be read."""

    name: str
    dtype: str
    nodata: float | None = None
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class _Part:
    """The bands that a stack takes from one source. `where` is what GDAL opens.

    `masked` where the source has a mask of its own, `alpha` is the number of the band that holds it, if one does.
    """

    label: str
    where: str
    bands: tuple[Band, ...]
    indexes: tuple[int, ...]
    grid: Grid
    masked: bool
    alpha: int | None
    block: tuple[int, int]


@dataclass(frozen=True)
class Stack:
    """Bands of one or more sources on the grid of the first; can be sent to another process.

    Sources with another CRS, pixel size or origin are resampled to the first's grid as they are read.
    """

    grid: Grid
    parts: tuple[_Part, ...]
    resampling: str = "bilinear"
    _handles: _Handles = field(default_factory=lambda: _Handles(), compare=False, repr=False)

    @property
    def bands(self) -> tuple[Band, ...]:
        """All bands in order."""
        return tuple(band for part in self.parts for band in part.bands)

    @property
    def names(self) -> list[str]:
        """The bands' names in order."""
        return [band.name for band in self.bands]

    @property
    def dtype(self) -> np.dtype:
        """The type that holds every band's values."""
        return np.result_type(*(band.dtype for band in self.bands))

    @property
    def block(self) -> tuple[int, int]:
        """Height and width of the first source's blocks."""
        return self.parts[0].block

    @property
    def label(self) -> str:
        """The sources as the user knows them."""
        return ", ".join(dict.fromkeys(part.label for part in self.parts))

    def select(self, wanted: Sequence[str]) -> Stack:
        """The stack with these bands alone, by name or number from 1, in this order.

        Raises ParameterError for a band that is not there or is named twice.
        """
        places = [(p, b) for p, part in enumerate(self.parts) for b in range(len(part.bands))]
        positions = [self._position(name) for name in wanted]
        for position, count in Counter(positions).items():
            if count > 1:
                raise ParameterError(f"The band '{self.names[position]}' of {self.label} is chosen twice.")
        parts: list[_Part] = []
        last = None
        for p, b in (places[position] for position in positions):
            band, index = self.parts[p].bands[b], self.parts[p].indexes[b]
            if p == last:
                one = parts.pop()
                parts.append(replace(one, bands=(*one.bands, band), indexes=(*one.indexes, index)))
            else:
                parts.append(replace(self.parts[p], bands=(band,), indexes=(index,)))
            last = p
        return Stack(self.grid, tuple(parts), self.resampling)

    def renamed(self, names: Sequence[str]) -> Stack:
        """The stack with other names for its bands, one a band in their order."""
        left = iter(names)
        parts = tuple(replace(p, bands=tuple(replace(b, name=next(left)) for b in p.bands)) for p in self.parts)
        return Stack(self.grid, parts, self.resampling)

    def _position(self, name: str) -> int:
        if name in self.names:
            return self.names.index(name)
        if name.isdecimal() and 1 <= int(name) <= len(self.names):
            return int(name) - 1
        raise ParameterError(f"{self.label} has no band '{name}'. Its bands are: {', '.join(self.names)}.")

    def read(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Read a window; returns values (bands, h, w) and valid (h, w).

        A pixel is valid where no band is nodata (each by its own value), masked or NaN. Raises InputError
        where a file is damaged or has gone.
        """
        shape = int(window.height), int(window.width)
        values = np.empty((len(self.bands), *shape), dtype=self.dtype)
        valid = np.ones(shape, dtype=bool)
        for position, layer, good in self._layers(window):
            values[position] = layer
            if good is not None:
                valid &= good
        return values, valid

    def read_floats(self, window: Window) -> np.ndarray:
        """Read a window as float32 (bands, h, w), each band NaN where that band has no data."""
        values = np.empty((len(self.bands), int(window.height), int(window.width)), dtype=np.float32)
        for position, layer, good in self._layers(window):
            with np.errstate(over="ignore"):
                values[position] = layer
            if good is not None:
                values[position][~good] = np.nan
            if layer.dtype == np.float64:  # beyond what float32 holds
                values[position][np.isinf(values[position])] = np.nan
        return values

    def read_by_band(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Read a window as it is stored; returns values and where each band has data, both (bands, h, w)."""
        values = np.empty((len(self.bands), int(window.height), int(window.width)), dtype=self.dtype)
        valid = np.ones(values.shape, dtype=bool)
        for position, layer, good in self._layers(window):
            values[position] = layer
            if good is not None:
                valid[position] = good
        return values, valid

    def valid_by_band(self, window: Window) -> np.ndarray:
        """Where each band has data in a window, (bands, h, w)."""
        valid = np.ones((len(self.bands), int(window.height), int(window.width)), dtype=bool)
        for position, _, good in self._layers(window):
            if good is not None:
                valid[position] = good
        return valid

    def _layers(self, window: Window) -> Iterator[tuple[int, np.ndarray, np.ndarray | None]]:
        """Each band's position, values and where they are valid (None: everywhere)."""
        start = 0
        for number, part in enumerate(self.parts):
            try:
                for view in self._handles.get(self, number):
                    for position, layer, good in view.layers(window):
                        yield start + position, layer, good
            except RasterioError as error:
                raise InputError(
                    f"{part.label} cannot be read at column {window.col_off}, row {window.row_off}: {_reason(error)}."
                    " The file is damaged or no longer within reach; open it in QGIS to check, and copy or download it"
                    " again."
                ) from error
            start += len(part.bands)

    def close(self) -> None:
        """Close all files that this process has open for the stack."""
        self._handles.close()

    def __getstate__(self) -> dict:
        return {"grid": self.grid, "parts": self.parts, "resampling": self.resampling}

    def __setstate__(self, state: dict) -> None:
        for name, value in {**state, "_handles": _Handles()}.items():
            object.__setattr__(self, name, value)


class _View(NamedTuple):
    """An open dataset on the stack's grid with some of a part's bands.

    `indexes` are read for the bands at `positions` of the part. `mask` says where all of them are valid: the number
    of a band that is 0 where they are not, True for the dataset's own mask, False for none.
    """

    dataset: Any
    indexes: list[int]
    positions: list[int]
    nodata: list[float | None]
    mask: int | bool

    def layers(self, window: Window) -> Iterator[tuple[int, np.ndarray, np.ndarray | None]]:
        """The position in the part, values and validity of each band."""
        mask_index = [] if isinstance(self.mask, bool) else [self.mask]
        data = self.dataset.read([*self.indexes, *mask_index], window=window)
        common = None
        if mask_index:
            common = data[-1] != 0
        elif self.mask:
            common = self.dataset.dataset_mask(window=window) != 0
        for position, nodata, layer in zip(self.positions, self.nodata, data, strict=False):
            good = _holds_data(layer, nodata)
            if common is not None:
                good = common if good is None else good & common
            yield position, layer, good


def _holds_data(layer: np.ndarray, nodata: float | None) -> np.ndarray | None:
    """Where a band is neither nodata nor NaN nor infinite; None where that cannot be."""
    # In the band's own type, since else each pixel would be converted to be compared.
    other = layer != layer.dtype.type(nodata) if nodata is not None and np.isfinite(nodata) else None
    if np.issubdtype(layer.dtype, np.floating):
        finite = np.isfinite(layer)
        return finite if other is None else finite & other
    return other


class _Handles:
    """Open datasets, one set a thread, since GDAL's may not be shared between threads."""

    def __init__(self) -> None:
        self._local = threading.local()
        self._opened: list[Any] = []
        self._lock = threading.Lock()

    def get(self, stack: Stack, number: int) -> list[_View]:
        """The views of a part of the stack."""
        views: dict[int, list[_View]] = self._local.__dict__.setdefault("views", {})
        if number not in views:
            views[number] = _open(stack.parts[number], stack.grid, stack.resampling)
            with self._lock:
                self._opened.extend(view.dataset for view in views[number])
        return views[number]

    def close(self) -> None:
        with self._lock:
            for dataset in self._opened:
                dataset.close()
            self._opened.clear()
            self._local = threading.local()


def _open(part: _Part, grid: Grid, resampling: str) -> list[_View]:
    """Open a part on a grid: as it is where it has that grid, else warped.

    GDAL warps bands of one nodata value at a time, and rasterio reads bands of one type at a time.
    """
    as_it_is = rasterio.open(part.where) if part.grid.aligned_with(grid) else None
    views = []
    for dtype, nodata, positions in _alike(part):
        indexes = [part.indexes[i] for i in positions]
        dataset: Any = as_it_is
        mask: int | bool = part.masked
        if dataset is None:
            text = vrt.warped(part.where, part.grid, grid, indexes, dtype, nodata, part.alpha, resampling)
            dataset = rasterio.open(text)
            indexes = list(range(1, len(positions) + 1))
            mask = len(positions) + 1 if nodata is None else False
        views.append(_View(dataset, indexes, positions, [part.bands[i].nodata for i in positions], mask))
    return views


def _alike(part: _Part) -> list[tuple[str, float | None, list[int]]]:
    """Types, nodata values to warp with, and the positions in the part of the bands that share both.

    GDAL does not look at a mask where it is given a nodata value. A floating-point band without one gets NaN, so
    that a NaN does not spread to its neighbours.
    """
    groups: dict[tuple[str, str], tuple[str, float | None, list[int]]] = {}
    for i, band in enumerate(part.bands):
        nodata = float("nan") if band.nodata is None and band.dtype.startswith("float") else band.nodata
        if part.masked:
            nodata = None
        groups.setdefault((band.dtype, str(nodata)), (band.dtype, nodata, []))[2].append(i)
    return list(groups.values())


def _reason(error: BaseException) -> str:
    """What GDAL said first: what comes after it is a consequence."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error).rstrip(".")


def open_stack(
    sources: Iterable[str | Path | Sequence[str] | Tiles],
    resampling: str = "bilinear",
    labels: Sequence[str] | None = None,
) -> Stack:
    """Open sources as one stack of bands on the first one's grid.

    Args:
        sources: rasters, GDAL paths (`/vsis3/…`), folders of tiles, tile indexes or tiles; each of the latter
            three is one mosaic.
        resampling: how sources on another grid are resampled: nearest, bilinear, cubic or average.
        labels: what the user calls each source, for messages.

    Raises InputError for what cannot be opened, has no raster bands, complex numbers, or no common place.
    """
    parts = []
    for number, source in enumerate(sources):
        label = labels[number] if labels else source if isinstance(source, str) else _label(source)
        parts.append(_describe(label, mosaics.as_gdal_source(source)))
    if not parts:
        raise ParameterError("No raster was given.")
    first = parts[0]
    for part in parts[1:]:
        if (part.grid.crs is None) != (first.grid.crs is None):
            raise InputError(
                f"{(part if part.grid.crs is None else first).label} has no coordinate reference system, so it cannot"
                " be stacked with the other rasters. Assign one (Raster ▸ Projections ▸ Assign Projection)."
            )
        if not vrt.overlap(part.grid, first.grid).area:
            raise InputError(
                f"{part.label} does not overlap {first.label}. Rasters are stacked where they lie; check that both show"
                " the same place and have the right coordinate reference system."
            )
    return Stack(first.grid, _named_apart(parts), resampling)


def _label(source: Path | Sequence[str] | Tiles) -> str:
    if isinstance(source, Tiles):
        return f"asset {source.name}"
    return str(source) if isinstance(source, Path) else f"{source[0]} and {len(source) - 1} further tiles"


def _describe(label: str, where: str) -> _Part:
    try:
        with rasterio.open(where) as dataset:
            if not dataset.count:
                inside = "".join(f"\n  {name}" for name in dataset.subdatasets[:20])
                raise InputError(
                    f"{label} has no raster bands of its own. Give one of the rasters inside it"
                    + (f" instead:{inside}" if inside else ", or another file.")
                )
            alpha = mosaics.alpha_band(dataset)
            kept = [i for i in dataset.indexes if i != alpha]
            for i in kept:
                if dataset.dtypes[i - 1].startswith("complex"):
                    raise InputError(
                        f"Band {i} of {label} holds complex numbers. Convert it first, such as to its amplitude"
                        " (Raster ▸ Raster Calculator)."
                    )
            bands = tuple(
                Band(
                    (dataset.descriptions[i - 1] or "").strip() or f"band_{i}",
                    dataset.dtypes[i - 1],
                    _nodata(dataset.nodatavals[i - 1], dataset.dtypes[i - 1]),
                    dataset.scales[i - 1],
                    dataset.offsets[i - 1],
                )
                for i in kept
            )
            flags = dataset.mask_flag_enums[kept[0] - 1]
            # A band that is only called alpha makes GDAL say that there is a mask.
            masked = alpha is not None or (MaskFlags.per_dataset in flags and MaskFlags.alpha not in flags)
            grid = Grid(dataset.height, dataset.width, dataset.transform, dataset.crs)
            _refuse_impossible_degrees(label, grid)
            return _Part(label, where, bands, tuple(kept), grid, masked, alpha, dataset.block_shapes[0])
    except RasterioError as error:
        raise InputError(
            f"{label} cannot be opened as a raster: {_reason(error)}. Check the path, and whether QGIS can show the"
            " file."
        ) from None


def _refuse_impossible_degrees(label: str, grid: Grid) -> None:
    """Refuse metres that are called degrees: areas, and where things lie, would be nonsense."""
    if grid.crs is None or not grid.crs.is_geographic:
        return
    west, south, east, north = grid.bounds()
    if max(abs(west), abs(east)) > 2 * 360 or max(abs(south), abs(north)) > 2 * 90:
        raise InputError(
            f"{label} cannot lie where it says: in degrees ({grid.crs.to_string()}) it would span {west:.6g} to"
            f" {east:.6g} from west to east and {south:.6g} to {north:.6g} from south to north. Assign it the right"
            " coordinate reference system (Raster ▸ Projections ▸ Assign Projection)."
        )


def _nodata(value: float | None, dtype: str) -> float | None:
    """A band's nodata value; None where its type cannot hold it, so that no pixel can have it."""
    if value is None or np.issubdtype(dtype, np.floating):
        # -3.4e38 in a text tag is not exactly a float32.
        return None if value is None else float(np.dtype(dtype).type(value))
    limits = np.iinfo(dtype)
    return value if float(value).is_integer() and limits.min <= value <= limits.max else None


def _named_apart(parts: list[_Part]) -> tuple[_Part, ...]:
    """Give a band whose name an earlier band has already the number of its source as prefix."""
    taken = set(PLACE_COLUMNS)
    result = []
    for number, part in enumerate(parts, start=1):
        bands = []
        for band in part.bands:
            name = band.name
            if name in taken:
                name = f"r{number}_{band.name}"
            count = 2
            while name in taken:
                name, count = f"r{number}_{band.name}_{count}", count + 1
            taken.add(name)
            bands.append(replace(band, name=name))
        result.append(replace(part, bands=tuple(bands)))
    return tuple(result)
