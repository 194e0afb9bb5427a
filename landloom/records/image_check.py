"""Opening the images of records: whether they can be read, how large they are, and where they lie."""

from __future__ import annotations

import hashlib
import warnings
import zipfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import rasterio
import shapely
from rasterio.errors import NotGeoreferencedWarning
from rasterio.windows import Window

from .. import npy
from ..grids import Grid
from ..refinement.tile_files import BadTile, TileFile

ARRAYS = (".npy", ".npz")
DRIVERS = {"GTiff": (".tif", ".tiff"), "PNG": (".png",), "JPEG": (".jpg", ".jpeg")}
SUFFIXES = (*ARRAYS, *(suffix for suffixes in DRIVERS.values() for suffix in suffixes))
FORMATS = "GeoTIFF, PNG, JPEG, NPY or NPZ"
MISSING, UNREADABLE, UNSUPPORTED = "image missing", "image unreadable", "image of an unsupported format"
# libjpeg fills up what is missing of a file and only warns.
_STRICT = {"GDAL_ERROR_ON_LIBJPEG_WARNING": True, "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR"}


@dataclass(frozen=True)
class Image:
    """An image: height and width, SHA-256 of its file, its outline as WKT in `crs`; or what is wrong with it."""

    size: tuple[int, int] = (0, 0)
    sha256: str = ""
    footprint: str = ""
    crs: str = ""
    kind: str = ""
    text: str = ""


def look_at(
    paths: Iterable[Path], jobs: int, tick: Callable[[float, str], None] = lambda share, rate: None
) -> dict[Path, Image]:
    """Open images in threads; `tick` is told the share that is done, and may raise to stop."""
    wanted = sorted(set(paths))
    found: dict[Path, Image] = {}
    # Here and not in the threads, which would undo one another's filters.
    with warnings.catch_warnings(), ThreadPoolExecutor(jobs) as pool:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            for path, image in zip(wanted, pool.map(look, wanted), strict=True):
                found[path] = image
                tick(len(found) / len(wanted), f"{len(found):,} of {len(wanted):,} images")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return found


def look(path: Path) -> Image:
    """Open an image, read its last row, without which the file is cut off, and its content's hash."""
    try:
        if not path.is_file():
            return Image(kind=MISSING, text=f"{path} does not exist")
        size, grid = _array(path) if path.suffix.lower() in ARRAYS else _raster(path)
        footprint, crs = outline(grid) if grid else ("", "")
        return Image(size, sha256(path), footprint, crs)
    except BadTile as error:
        return Image(kind=UNREADABLE, text=f"{path}: {error}")
    except _Unsupported as error:
        return Image(kind=UNSUPPORTED, text=f"{path}: {error}; use {FORMATS}")
    except Exception as error:  # damaged bytes can make any part of the way stumble
        if path.suffix.lower() in SUFFIXES:
            return Image(kind=UNREADABLE, text=f"{path} cannot be read or is cut off ({str(error) or type(error)})")
        return Image(kind=UNSUPPORTED, text=f"{path} is no image; use {FORMATS}")


def sha256(path: Path) -> str:
    """The hash of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def outline(grid: Grid) -> tuple[str, str]:
    """The outline of a grid as WKT and its CRS as EPSG:… or WKT; rotated ones keep their angle."""
    code = grid.crs.to_epsg() if grid.crs else None
    crs = f"EPSG:{code}" if code else grid.crs.to_wkt() if grid.crs else ""
    return shapely.to_wkt(shapely.Polygon(grid.corners), rounding_precision=9), crs


class _Unsupported(Exception):
    """An image that can be read, but not by all that comes after."""


def _raster(path: Path) -> tuple[tuple[int, int], Grid | None]:
    with rasterio.Env(**_STRICT), rasterio.open(path) as dataset:
        if dataset.driver not in DRIVERS:
            raise _Unsupported(f"it is a {dataset.driver} file")
        height, width = dataset.shape
        dataset.read(window=Window(0, height - 1, width, 1))
        placed = dataset.crs is not None or not dataset.transform.is_identity
        return (height, width), Grid(height, width, dataset.transform, dataset.crs) if placed else None


def _array(path: Path) -> tuple[tuple[int, int], Grid | None]:
    """Size and place of an array (h, w), (bands, h, w) or (h, w, bands); in an NPZ file of the first such."""
    if path.suffix.lower() == ".npy":
        values = npy.load(path)
        return _size(values.shape, values.dtype.kind), None
    with zipfile.ZipFile(path) as archive:
        keys = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
    shapes = [(values.shape, values.dtype.kind) for values in (npy.load(path, key) for key in keys)]
    images = [(shape, kind) for shape, kind in shapes if len(shape) in (2, 3)]
    if not images:
        raise _Unsupported("it holds no array of two or three dimensions")
    size = _size(*images[0])
    tile = TileFile(path)
    return size, tile.metadata.grid(*size) if path.with_suffix(".json").is_file() else None


def _size(shape: tuple[int, ...], kind: str) -> tuple[int, int]:
    if len(shape) not in (2, 3) or 0 in shape or kind not in "biuf":
        raise _Unsupported(f"its array has the shape {shape} and the type '{kind}'")
    if len(shape) == 2:
        return shape[0], shape[1]
    # Bands are fewer than rows and columns.
    return (shape[1], shape[2]) if shape[0] <= shape[2] else (shape[0], shape[1])
