"""Reading rasters window by window: files, mosaics of tiles, and stacks of several sources on one grid."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.enums import MaskFlags, Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from . import formulas, mosaics
from .errors import InputError, ParameterError

# Rasters without a place, such as arrays of other programs, are taken as they are.
warnings.filterwarnings("ignore", category=NotGeoreferencedWarning)

RESAMPLINGS = ("nearest", "bilinear", "cubic", "average")


@dataclass(frozen=True)
class Grid:
    """Where pixels lie: size in pixels, geotransform, and CRS (None where the raster has none)."""

    height: int
    width: int
    transform: Affine
    crs: CRS | None

    @property
    def pixel_size(self) -> tuple[float, float]:
        """Width and height of a pixel in units of the CRS."""
        t = self.transform
        return float(np.hypot(t.a, t.d)), float(np.hypot(t.b, t.e))

    def aligned_with(self, other: Grid) -> bool:
        """Whether both have the same size, CRS and pixel corners (to a thousandth of a pixel)."""
        if (self.height, self.width, self.crs) != (other.height, other.width, other.crs):
            return False
        corners = np.array([(0, 0), (self.width, 0), (0, self.height)], dtype=float)
        shift = [np.subtract(self.transform @ c, other.transform @ c) for c in corners]
        return bool(np.abs(shift).max() < 1e-3 * min(self.pixel_size))

    def to_map(self, col: np.ndarray, row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Map coordinates of pixel positions; a pixel's centre is at + 0.5."""
        t = self.transform
        return t.a * col + t.b * row + t.c, t.d * col + t.e * row + t.f

    def to_pixel(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Positions (columns, rows) of map coordinates, with fractions."""
        t = ~self.transform
        return t.a * x + t.b * y + t.c, t.d * x + t.e * y + t.f

    def window_transform(self, window: Window) -> Affine:
        """The geotransform of a window."""
        return self.transform @ Affine.translation(window.col_off, window.row_off)

    def bounds(self, window: Window | None = None) -> tuple[float, float, float, float]:
        """West, south, east, north of a window or of the whole, in units of the CRS."""
        w = window or Window(0, 0, self.width, self.height)
        rows, cols = (w.row_off, w.row_off + w.height), (w.col_off, w.col_off + w.width)
        corners = [self.transform @ (c, r) for c in cols for r in rows]
        xs, ys = zip(*corners, strict=True)
        return min(xs), min(ys), max(xs), max(ys)


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
    """The bands that a stack takes from one source. `where` is what GDAL opens."""

    label: str
    where: str
    bands: tuple[Band, ...]
    indexes: tuple[int, ...]
    grid: Grid
    masked: bool
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
        return ", ".join(part.label for part in self.parts)

    def select(self, wanted: Sequence[str]) -> Stack:
        """The stack with these bands alone, by name or number from 1, in this order.

        Raises ParameterError for a band that is not there.
        """
        places = [(p, b) for p, part in enumerate(self.parts) for b in range(len(part.bands))]
        order = [places[self._position(name)] for name in wanted]
        parts: list[_Part] = []
        for p, b in order:
            band, index, source = self.parts[p].bands[b], self.parts[p].indexes[b], self.parts[p]
            if parts and parts[-1].where == source.where:
                last = parts.pop()
                parts.append(replace(last, bands=(*last.bands, band), indexes=(*last.indexes, index)))
            else:
                parts.append(replace(source, bands=(band,), indexes=(index,)))
        return Stack(self.grid, tuple(parts), self.resampling)

    def renamed(self, names: Sequence[str]) -> Stack:
        """The stack with other names for its bands, one a band in their order."""
        left = iter(names)
        parts = tuple(replace(p, bands=tuple(replace(b, name=next(left)) for b in p.bands)) for p in self.parts)
        return Stack(self.grid, parts, self.resampling)

    def _position(self, name: str) -> int:
        if name in self.names:
            return self.names.index(name)
        if name.isdigit() and 1 <= int(name) <= len(self.names):
            return int(name) - 1
        raise ParameterError(f"{self.label} has no band '{name}'. Its bands are: {', '.join(self.names)}.")

    def read(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Read a window; returns values (bands, h, w) and valid (h, w).

        A pixel is valid where no band is nodata (each by its own value), masked or NaN. Raises InputError
        where a file is damaged or has gone.
        """
        height, width = int(window.height), int(window.width)
        values = np.empty((len(self.bands), height, width), dtype=self.dtype)
        valid = np.ones((height, width), dtype=bool)
        start = 0
        for part in self.parts:
            stop = start + len(part.bands)
            try:
                self._read_part(part, window, values[start:stop], valid)
            except RasterioError as error:
                raise InputError(
                    f"{part.label} cannot be read at column {window.col_off}, row {window.row_off}: {error}. The file"
                    " is damaged or no longer within reach; open it in QGIS to check, and copy or download it again."
                ) from error
            start = stop
        return values, valid

    def _read_part(self, part: _Part, window: Window, values: np.ndarray, valid: np.ndarray) -> None:
        for nodata, picked in _by_nodata(part):
            dataset = self._handles.get(part, nodata, self.grid, self.resampling)
            indexes = [part.indexes[i] for i in picked]
            data = dataset.read(indexes, window=window)
            for i, layer in zip(picked, data, strict=True):
                values[i] = layer
                if np.issubdtype(layer.dtype, np.floating):
                    valid &= np.isfinite(layer)
                if nodata is not None and not np.isnan(nodata):
                    valid &= layer != _as_stored(nodata, layer.dtype)
            if part.masked or isinstance(dataset, WarpedVRT):
                valid &= dataset.dataset_mask(window=window) != 0

    def close(self) -> None:
        """Close all files that this process has open for the stack."""
        self._handles.close()

    def __getstate__(self) -> dict:
        return {"grid": self.grid, "parts": self.parts, "resampling": self.resampling}

    def __setstate__(self, state: dict) -> None:
        for name, value in {**state, "_handles": _Handles()}.items():
            object.__setattr__(self, name, value)


class _Handles:
    """Open datasets, one set a thread, since GDAL's may not be shared between threads."""

    def __init__(self) -> None:
        self._local = threading.local()
        self._opened: list[Any] = []
        self._lock = threading.Lock()

    def get(self, part: _Part, nodata: float | None, grid: Grid, resampling: str) -> Any:
        cache = self._local.__dict__.setdefault("cache", {})
        key = (part.where, nodata)
        if key not in cache:
            dataset = rasterio.open(part.where)
            opened = [dataset]
            if not part.grid.aligned_with(grid):
                dataset = _warped(dataset, nodata, grid, resampling)
                opened.insert(0, dataset)
            with self._lock:
                self._opened.extend(opened)
            cache[key] = dataset
        return cache[key]

    def close(self) -> None:
        with self._lock:
            for dataset in self._opened:
                dataset.close()
            self._opened.clear()
            self._local = threading.local()


def _warped(dataset: Any, nodata: float | None, grid: Grid, resampling: str) -> WarpedVRT:
    """The dataset on another grid.

    The exact transformation (tolerance 0) is used: an approximated one would depend on the windows that
    are read. Without nodata an alpha band marks the pixels outside the source.
    """
    options = {"src_nodata": nodata, "nodata": nodata} if nodata is not None else {"add_alpha": True}
    if dataset.mask_flag_enums[0] == [MaskFlags.per_dataset, MaskFlags.alpha]:
        options = {}
    return WarpedVRT(
        dataset,
        crs=grid.crs,
        transform=grid.transform,
        height=grid.height,
        width=grid.width,
        resampling=Resampling[resampling],
        tolerance=0,
        warp_mem_limit=64,
        **options,
    )


def _by_nodata(part: _Part) -> list[tuple[float | None, list[int]]]:
    """Group the positions of a part's bands by nodata value; a warp takes one value at a time."""
    groups: dict[Any, list[int]] = {}
    for i, band in enumerate(part.bands):
        key = "nan" if band.nodata is not None and np.isnan(band.nodata) else band.nodata
        groups.setdefault(key, []).append(i)
    return [(float("nan") if key == "nan" else key, picked) for key, picked in groups.items()]


def _as_stored(nodata: float, dtype: np.dtype) -> Any:
    """The nodata value as pixels of this type hold it: -3.4e38 in a text tag is not exactly a float32."""
    return np.float32(nodata) if dtype == np.float32 else nodata


def open_stack(
    sources: Iterable[str | Path], resampling: str = "bilinear", labels: Sequence[str] | None = None
) -> Stack:
    """Open sources as one stack of bands on the first one's grid.

    Args:
        sources: rasters, GDAL paths (`/vsis3/…`), folders of tiles or tile indexes; each of the latter is
            one mosaic.
        resampling: how sources on another grid are resampled, one of RESAMPLINGS.
        labels: what the user calls each source, for messages.

    Raises InputError for what cannot be opened, has no raster bands, complex numbers, or no common place.
    """
    parts = []
    for number, source in enumerate(sources):
        label = labels[number] if labels else str(source)
        parts.append(_describe(label, mosaics.as_gdal_source(source)))
    if not parts:
        raise ParameterError("No raster was given.")
    grid = parts[0].grid
    for part in parts[1:]:
        if (part.grid.crs is None) != (grid.crs is None):
            without = part.label if part.grid.crs is None else parts[0].label
            raise InputError(
                f"{without} has no coordinate reference system, so it cannot be stacked with the other rasters."
                " Assign one (Raster ▸ Projections ▸ Assign Projection)."
            )
    return Stack(grid, _named_apart(parts), resampling)


def _describe(label: str, where: str) -> _Part:
    try:
        with rasterio.open(where) as dataset:
            if not dataset.count:
                raise InputError(f"{label} has no raster bands; it may be a container. Choose one of its subdatasets.")
            kept = mosaics.data_bands(dataset)
            for i in kept:
                if dataset.dtypes[i - 1].startswith("complex"):
                    raise InputError(f"Band {i} of {label} holds complex numbers. Convert it to amplitude first.")
            bands = tuple(
                Band(
                    (dataset.descriptions[i - 1] or f"band_{i}").strip(),
                    dataset.dtypes[i - 1],
                    dataset.nodatavals[i - 1],
                    dataset.scales[i - 1],
                    dataset.offsets[i - 1],
                )
                for i in kept
            )
            masked = any(MaskFlags.per_dataset in flags for flags in dataset.mask_flag_enums)
            grid = Grid(dataset.height, dataset.width, dataset.transform, dataset.crs)
            return _Part(label, where, bands, tuple(kept), grid, masked, dataset.block_shapes[0])
    except RasterioError as error:
        raise InputError(
            f"{label} cannot be opened as a raster: {error}. Check the path, and whether QGIS can show the file."
        ) from None


def _named_apart(parts: list[_Part]) -> tuple[_Part, ...]:
    """Give a band whose name an earlier band has already the number of its source as prefix."""
    taken: set[str] = set()
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


@dataclass(frozen=True)
class FeatureReader:
    """Reads what a model or a sample needs: bands of a stack and features computed from them."""

    stack: Stack
    bands: tuple[str, ...]
    features: tuple[formulas.Formula, ...] = ()

    @property
    def names(self) -> list[str]:
        """The columns: bands, then features."""
        return [*self.bands, *(f.name for f in self.features)]

    @property
    def dtype(self) -> np.dtype:
        """The type of the values: that of the bands, float32 as soon as a feature is computed."""
        return np.dtype(np.float32) if self.features else self.stack.dtype

    def read(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Read a window; returns values (columns, h, w) and valid (h, w), where no feature is NaN either."""
        values, valid = self.stack.read(window)
        if not self.features:
            return values, valid
        by_alias = {formulas.alias(n): v for n, v in zip(self.stack.names, values, strict=True)}
        computed = [formula.evaluate(by_alias) for formula in self.features]
        for layer in computed:
            valid &= ~np.isnan(layer)
        kept = values[: len(self.bands)].astype(np.float32)
        return np.concatenate([kept, np.stack(computed)]), valid


def feature_reader(
    stack: Stack, bands: Sequence[str] | None, features: Sequence[formulas.Formula] = ()
) -> FeatureReader:
    """Choose bands (all where None) and features; bands that only formulas use are read but no columns."""
    chosen = stack.select(bands) if bands else stack
    by_alias = {formulas.alias(name): name for name in stack.names}
    needed = [by_alias[a] for f in features for a in f.bands]
    extra = [name for name in dict.fromkeys(needed) if name not in chosen.names]
    whole = stack.select([*chosen.names, *extra]) if extra else chosen
    return FeatureReader(whole, tuple(chosen.names), tuple(features))
