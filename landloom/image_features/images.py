"""Images of any kind in one form: GeoTIFF, PNG, JPEG, NPZ and NPY; any bands, size and type."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio.enums import ColorInterp, MaskFlags, Resampling
from rasterio.errors import NotGeoreferencedWarning

from .. import mosaics, npy
from ..errors import InputError, ParameterError
from ..grids import Grid
from ..records import image_check
from ..records.table import Records
from ..refinement import tile_files
from ..tiles.dataset import CONFIG, open_tiles

RASTERS, ARRAYS = (".tif", ".tiff", ".png", ".jpg", ".jpeg"), (".npz", ".npy")
EXTENSIONS = (*RASTERS, *ARRAYS)
# Of an NPZ file with several arrays, and no name given, the first that is there.
USUAL_KEYS = (tile_files.STAGE2_KEY, tile_files.STAGE1_KEY, "sar")
# Rasters with longer edges are read coarser; arrays cannot be, so larger ones are refused.
LONGEST_EDGE = 2048
MOST_VALUES = 2**27
MOST_SAMPLED = 200


class BadImage(Exception):
    """An image that cannot be used, while others can; `kind` is what such images are counted by."""

    def __init__(self, kind: str, text: str):
        super().__init__(text)
        self.kind = kind


@dataclass(frozen=True)
class Item:
    """One image by its id. `name` is its path as it was given, `path` where it lies; None where none was given."""

    id: str
    name: str
    path: Path | None
    footprint: str = ""
    crs: str = ""


@dataclass(frozen=True)
class Reading:
    """What of a file is the image.

    Args:
        key: name of the array in an NPZ file; empty: the one of USUAL_KEYS, else the only one.
        axis: of an array, where its bands are: `first`, `last`, or `auto`, the shorter one of the two.
        bands: numbers from 1, in the order wanted; empty: all.
        alpha: whether a band of a GeoTIFF that is called alpha is a `mask` or `data`, as near infrared that GDAL calls
            so; see `alpha_of`.
    """

    key: str = ""
    axis: str = "auto"
    bands: tuple[int, ...] = ()
    alpha: str = "mask"


@dataclass(frozen=True)
class Look:
    """What is known of an image without its pixels. `bytes` is the file's size, `dtype` that of the pixels."""

    sha256: str
    bytes: int
    bands: int
    height: int
    width: int
    dtype: np.dtype
    footprint: str
    crs: str


def of_folder(folder: str | Path, pattern: str | None) -> list[Item]:
    """The images below a folder by name, or those of a tile data set. Raises InputError where there is none."""
    root = Path(folder)
    if not root.is_dir():
        raise InputError(f"The folder of images {folder} does not exist or is no folder. Check the path.")
    if pattern and Path(pattern).is_absolute():
        raise ParameterError(f"PATTERN is {pattern}, but must be a name such as *.tif, without a folder before it.")
    if (root / CONFIG).is_file():
        table = open_tiles(root).table
        return [Item(i, name, root / name) for i, name in zip(table["tile_id"], table["image"], strict=True)]
    found: dict[str, Item] = {}
    for path in sorted(root.rglob(pattern or "*")):
        below = path.relative_to(root)
        if path.suffix.lower() not in EXTENSIONS or not path.is_file() or any(p.startswith(".") for p in below.parts):
            continue
        item = Item(below.with_suffix("").as_posix(), below.as_posix(), path)
        if item.id in found:
            raise InputError(
                f"{folder} holds both {found[item.id].name} and {item.name}, which would get the same id. Choose one"
                " kind by PATTERN, such as *.tif."
            )
        found[item.id] = item
    if not found:
        what = f" whose names fit {pattern}" if pattern else ""
        raise InputError(f"{folder} holds no images ({', '.join(EXTENSIONS)}){what}. Choose another folder.")
    return list(found.values())


def of_records(records: Records) -> list[Item]:
    """The images of a table of records. Raises InputError where no record has one."""
    table = records.table
    if not len(table) or not (table["image"] != "").any():
        raise InputError(f"No record of {records.path} has an image. Give a table with paths in the column image.")
    columns = zip(table["record_id"], table["image"], records.images, table["footprint"], table["crs"], strict=True)
    return [Item(*row) for row in columns]


def alpha_of(items: Sequence[Item]) -> str:
    """Whether bands of GeoTIFFs that are called alpha are a `mask` or `data`, the same for all images.

    One of them may hold too little to tell, as where near infrared is all 255. Up to MOST_SAMPLED are looked at.
    """
    rasters = [item.path for item in items if item.path and item.path.suffix.lower() in (".tif", ".tiff")]
    for path in rasters[:: max(1, -(-len(rasters) // MOST_SAMPLED))]:
        try:
            with _opened(path) as raster:
                if _called_alpha(raster) and mosaics.alpha_band(raster) is None:
                    return "data"
        except rasterio.RasterioIOError:  # it is told of when it is looked at
            continue
    return "mask"


def look(item: Item, reading: Reading) -> Look:
    """Find out what an image is, and the hash of its content. Raises BadImage."""
    if item.path is None:
        raise BadImage("no image", "the record names no image")
    with _telling(item.path):
        try:
            sha256 = image_check.sha256(item.path)
            size = item.path.stat().st_size
        except (FileNotFoundError, IsADirectoryError):
            raise BadImage("missing", "the file does not exist") from None
        if item.path.suffix.lower() in RASTERS:
            with _opened(item.path) as raster:
                bands = len(_chosen(_data_bands(raster, reading), reading))
                height, width, grid = raster.height, raster.width, _grid_of_raster(raster)
                dtype = np.dtype("uint8") if _has_palette(raster) else np.dtype(raster.dtypes[0])
                bands = 3 if _has_palette(raster) else bands
        else:
            shape, dtype, key = _header(item.path, reading.key)
            bands, height, width = _as_bands(shape, reading, key)
            bands = len(_chosen(list(range(1, bands + 1)), reading))
            grid = None if item.footprint else _grid_of_tile(item.path, height, width)
            if bands * height * width > MOST_VALUES:
                raise BadImage("too large", f"its array {shape} has more than {MOST_VALUES:,} values")
    if dtype.kind not in "biuf":
        raise BadImage("wrong type", f"its pixels are of the type {dtype}, not numbers")
    if 0 in (bands, height, width):
        raise BadImage("wrong shape", f"it has {bands} bands of {height} × {width} pixels")
    footprint, crs = (item.footprint, item.crs) if item.footprint else image_check.outline(grid) if grid else ("", "")
    return Look(sha256, size, bands, height, width, dtype, footprint, crs)


def read(path: Path, reading: Reading) -> np.ndarray:
    """The pixels of an image, (bands, h, w) float32, NaN where there is no data. Raises BadImage.

    Rasters with edges longer than LONGEST_EDGE are averaged to that.
    """
    with _telling(path):
        values = _read_raster(path, reading) if path.suffix.lower() in RASTERS else _read_array(path, reading)
    values[~np.isfinite(values)] = np.nan
    if np.isnan(values).all():
        raise BadImage("no data", "all its pixels are nodata")
    return values


def _read_raster(path: Path, reading: Reading) -> np.ndarray:
    with _opened(path) as raster:
        scale = min(1.0, LONGEST_EDGE / max(raster.height, raster.width))
        shape = max(1, round(raster.height * scale)), max(1, round(raster.width * scale))
        if _has_palette(raster):
            table = np.zeros((256, 3), np.float32)
            for value, colour in raster.colormap(1).items():
                table[value] = colour[:3]
            return table[raster.read(1, out_shape=shape)].transpose(2, 0, 1)
        bands = _chosen(_data_bands(raster, reading), reading)
        size = (len(bands), *shape)
        values = raster.read(bands, out_shape=size, resampling=Resampling.average)
        with np.errstate(over="ignore"):  # what is beyond becomes infinite, and so no data
            values = values.astype(np.float32)
        values[_missing(raster, reading, bands, size)] = np.nan
        return values


def _read_array(path: Path, reading: Reading) -> np.ndarray:
    shape, _, key = _header(path, reading.key)
    values = npy.load(path, key)
    if values.ndim == 2:
        values = values[np.newaxis]
    elif not _bands_first(shape, reading, key):
        values = values.transpose(2, 0, 1)
    chosen = _chosen(list(range(1, len(values) + 1)), reading)
    return values[[band - 1 for band in chosen]].astype(np.float32)


def _header(path: Path, key: str) -> tuple[tuple[int, ...], np.dtype, str]:
    """Shape and type of the array, and its name in an NPZ file (else empty)."""
    if path.suffix.lower() == ".npy":
        with path.open("rb") as stream:
            shape, _, dtype = npy.read_header(stream)
            return shape, dtype, ""
    with zipfile.ZipFile(path) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
        wanted = [key] if key else [*USUAL_KEYS, *(names if len(names) == 1 else [])]
        name = next((name for name in wanted if name in names), None)
        if name is None:
            asked = f"no array '{key}'" if key else "several arrays" if names else "no array"
            raise BadImage("no key", f"it has {asked}; it has: {', '.join(names) or 'none'}. Choose one by KEY")
        with archive.open(f"{name}.npy") as stream:
            shape, _, dtype = npy.read_header(stream)
            return shape, dtype, name


def _as_bands(shape: tuple[int, ...], reading: Reading, key: str) -> tuple[int, int, int]:
    """An array's shape as (bands, height, width)."""
    if len(shape) == 2:
        return 1, *shape
    if len(shape) != 3:
        raise BadImage("wrong shape", f"its array has the shape {shape} instead of (bands, height, width)")
    return shape if _bands_first(shape, reading, key) else (shape[2], shape[0], shape[1])


def _bands_first(shape: tuple[int, ...], reading: Reading, key: str) -> bool:
    if reading.axis == "auto":
        return key in USUAL_KEYS or shape[0] <= shape[2]
    return reading.axis == "first"


def _chosen(bands: list[int], reading: Reading) -> list[int]:
    """Of the numbers of the bands there are those that are wanted."""
    lost = [band for band in reading.bands if band not in bands]
    if lost:
        raise BadImage("no band", f"it has no band {lost[0]}, but {len(bands)} bands")
    return list(reading.bands) or bands


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except BadImage:
        raise
    except Exception as error:  # damaged bytes can make any part of the way stumble
        told = str(error.__cause__ or error).strip() or type(error).__name__  # GDAL's own words stand in the cause
        raise BadImage("unreadable", f"it is damaged or no image ({told.splitlines()[0][:200]})") from None


@contextmanager
def _opened(path: Path) -> Iterator[rasterio.DatasetReader]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path) as raster:
            yield raster


def _has_palette(raster: rasterio.DatasetReader) -> bool:
    return raster.count == 1 and raster.colorinterp[0] == ColorInterp.palette and raster.dtypes[0] == "uint8"


def _alpha(raster: rasterio.DatasetReader, reading: Reading) -> int | None:
    """The band that is a mask. In a PNG it is what it is called."""
    return _called_alpha(raster) if raster.driver == "PNG" or reading.alpha == "mask" else None


def _called_alpha(raster: rasterio.DatasetReader) -> int | None:
    called = [number for number, kind in enumerate(raster.colorinterp, start=1) if kind == ColorInterp.alpha]
    return called[-1] if called else None


def _data_bands(raster: rasterio.DatasetReader, reading: Reading) -> list[int]:
    alpha = _alpha(raster, reading)
    return [number for number in raster.indexes if number != alpha]


def _missing(
    raster: rasterio.DatasetReader, reading: Reading, bands: list[int], size: tuple[int, int, int]
) -> np.ndarray:
    """Where bands have no data, as they are read in a `size`."""
    alpha = _alpha(raster, reading)
    if alpha:
        return np.broadcast_to(raster.read(alpha, out_shape=size[1:]) == 0, size)
    if any(MaskFlags.alpha in raster.mask_flag_enums[band - 1] for band in bands):  # data that is only called a mask
        return np.zeros(size, bool)
    return raster.read_masks(bands, out_shape=size) == 0


def _grid_of_raster(raster: rasterio.DatasetReader) -> Grid | None:
    if raster.crs is None and raster.transform == Affine.identity():
        return None
    return Grid(raster.height, raster.width, raster.transform, raster.crs)


def _grid_of_tile(path: Path, height: int, width: int) -> Grid | None:
    """Where a tile file lies by its JSON file; what is beside other arrays is not looked at closer."""
    if not path.with_suffix(".json").is_file():
        return None
    try:
        return tile_files.TileFile(path).metadata.grid(height, width)
    except tile_files.BadTile:
        return None
