"""Writing Cloud-Optimized GeoTIFFs window by window, so that a killed run can go on where it stopped."""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import rasterio
import rasterio.shutil
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError
from rasterio.windows import Window

from . import files, windows
from .classes import ClassTable, make_table
from .errors import OutputError
from .grids import Grid

CLASSES_TAG = "LANDLOOM_CLASSES"
# Not the same as that of a map, so that nobody takes a raster of probabilities for one.
BAND_CLASSES_TAG = "LANDLOOM_BAND_CLASSES"
# So much of two rasters is held in memory while they are compared.
COMPARED_BYTES = 2**22
# A block holds all bands, and several blocks are compressed at once: hundreds of bands get smaller ones.
LARGEST_BLOCK_BYTES = 2**25
SMALLEST_BLOCK = 128
# GDAL would else let its cache of blocks grow to a share of the computer's memory.
SMALLEST_CACHE_BYTES = 2**24


@dataclass(frozen=True)
class Layout:
    """What a raster to be written looks like.

    `classes` makes it a class map with a colour table. `band_classes` says that there is a band a class, in the order
    of the table: ids, names and colours go into the file, where `read_band_classes` finds them.
    """

    dtype: str
    band_names: tuple[str, ...]
    nodata: float
    classes: ClassTable | None = None
    unit: str = ""
    band_classes: ClassTable | None = None

    @property
    def pixel_bytes(self) -> int:
        """Bytes a pixel takes uncompressed, over all bands."""
        return np.dtype(self.dtype).itemsize * len(self.band_names)


class Canvas:
    """A raster being painted, in an ordinary tiled file, until `finish` turns it into a COG.

    The file has its full size from the beginning, uncompressed: what is painted is written in place and the
    file's directory never changes, so a process that is killed leaves every finished window readable.
    """

    def __init__(self, path: Path, grid: Grid, layout: Layout, block: int):
        """Open `path` to go on painting, or create it where it does not exist."""
        self.path, self.grid, self.layout, self.block = path, grid, layout, block
        while self.block > SMALLEST_BLOCK and self.block**2 * layout.pixel_bytes > LARGEST_BLOCK_BYTES:
            self.block //= 2
        self._painted: list[tuple[Window, int]] = []
        if not path.exists():
            self._create()
        self._dataset = rasterio.open(path, "r+")

    def _create(self) -> None:
        layout, grid = self.layout, self.grid
        profile = {
            "driver": "GTiff",
            "height": grid.height,
            "width": grid.width,
            "count": len(layout.band_names),
            "dtype": layout.dtype,
            "crs": grid.crs,
            "transform": grid.transform,
            "nodata": layout.nodata,
            "tiled": True,
            "blockxsize": self.block,
            "blockysize": self.block,
            "bigtiff": "if_safer",
            "interleave": "band",
            "photometric": "minisblack",
        }
        with files.replacing(self.path) as temporary:
            with _told(self.path), rasterio.open(temporary, "w", **profile) as dataset:
                for index, name in enumerate(layout.band_names, start=1):
                    dataset.set_band_description(index, name)
                if layout.unit:
                    dataset.units = (layout.unit,) * len(layout.band_names)
                if layout.classes:
                    describe_classes(dataset, layout.classes)
                if layout.band_classes:
                    describe_band_classes(dataset, layout.band_classes)
            if temporary.stat().st_size < grid.height * grid.width * layout.pixel_bytes:
                raise _unwritable(self.path)
            _reserve(temporary)

    def paint(self, window: Window, values: np.ndarray) -> None:
        """Write a window; `values` is (bands, h, w) or (h, w) of the layout's type."""
        with _told(self.path):
            self._dataset.write(values.reshape(-1, *values.shape[-2:]), window=window)
        self._painted.append((window, _checksum(values)))

    def flush(self) -> None:
        """Put all that was painted onto the disk; after that it survives the end of this process.

        It is read back, since GDAL does not tell whether it could write what it does when it closes a file.
        """
        self.close()
        with _told(self.path):
            with self.path.open("r+b") as stream:  # Windows wants the right to write
                os.fsync(stream.fileno())
            self._dataset = rasterio.open(self.path, "r+")
            if any(_checksum(self._dataset.read(window=window)) != written for window, written in self._painted):
                raise _unwritable(self.path)
        self._painted.clear()

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._dataset.close()

    def finish(self, path: Path, compression: str) -> None:
        """Write the COG to `path`, with overviews, and beside it the class names as GDAL expects them."""
        self.close()
        options: dict[str, Any] = {
            "COMPRESS": compression.upper(),
            "BLOCKSIZE": str(self.block),
            "OVERVIEW_RESAMPLING": "mode" if self.layout.classes else "average",
            "PREDICTOR": "NO" if self.layout.classes else "YES",
            "BIGTIFF": "IF_SAFER",
            "NUM_THREADS": "ALL_CPUS",
            "STATISTICS": "NO",
        }
        finished = self.path.with_suffix(".cog.tif")
        block_bytes = self.block**2 * self.layout.pixel_bytes
        with _told(path), rasterio.Env(GDAL_CACHEMAX=max(2 * block_bytes, SMALLEST_CACHE_BYTES)):
            rasterio.shutil.copy(self.path, finished, driver="COG", **options)
            if not _same_pixels(self.path, finished):
                raise _unwritable(path)
        with files.replacing(path) as temporary:
            shutil.move(finished, temporary)  # a rename, where both are on one disk
        # What GDAL or QGIS noted beside an earlier file of this name, such as statistics, is out of date.
        Path(f"{path}.aux.xml").unlink(missing_ok=True)
        if self.layout.classes:
            write_category_names(path, self.layout.classes)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what GDAL raises while it writes into words."""
    try:
        yield
    except (RasterioError, CPLE_BaseError, SystemError) as error:  # the last is what rasterio makes of no message
        raise _unwritable(path) from error


def _unwritable(path: Path) -> OutputError:
    return OutputError(
        f"{path} could not be written completely. Most likely the disk is full: free some space or choose another disk."
    )


def _reserve(path: Path) -> None:
    """Take the file's whole space on the disk now, so that it cannot run out half-way."""
    if hasattr(os, "posix_fallocate"):  # other systems do so by themselves
        with path.open("r+b") as stream:
            os.posix_fallocate(stream.fileno(), 0, path.stat().st_size)


def _checksum(values: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(values).data)


def _same_pixels(path: Path, other: Path) -> bool:
    """Whether two rasters hold the same pixels and all overviews of the second can be read.

    When the disk gets full, GDAL may leave a file cut short and not say so.
    """
    with rasterio.open(path) as a, rasterio.open(other) as b:
        pixel_bytes = np.dtype(a.dtypes[0]).itemsize * a.count
        for window in windows.plan(a.height, a.width, b.block_shapes[0][0], COMPARED_BYTES // pixel_bytes):
            if not np.array_equal(a.read(window=window), b.read(window=window), equal_nan=True):
                return False
        overviews = len(b.overviews(1))
    for level in range(overviews):
        with rasterio.open(other, overview_level=level) as overview:
            for _, window in overview.block_windows(1):
                overview.read(window=window)
    return True


def describe_classes(dataset: Any, classes: ClassTable) -> None:
    """Put colours and names of the classes inside a file open for writing, where they cannot be lost."""
    colours = {c.id: (*bytes.fromhex(c.colour[1:]), 255) for c in classes}
    if dataset.dtypes[0] == "uint8":
        dataset.write_colormap(1, {**dict.fromkeys(range(256), (0, 0, 0, 0)), **colours})
    dataset.update_tags(**{CLASSES_TAG: json.dumps(classes.as_list(), ensure_ascii=False)})
    dataset.update_tags(1, **{f"CLASS_{c.id}": c.name for c in classes})


def write_category_names(path: Path, classes: ClassTable) -> None:
    """GeoTIFF has no place for GDAL's category names; GDAL, and through it QGIS, reads them from beside."""
    names = {c.id: c.name for c in classes}
    listed = "".join(f"      <Category>{escape(names.get(i, ''))}</Category>\n" for i in range(max(names) + 1))
    files.write_text(
        f"{path}.aux.xml",
        '<PAMDataset>\n  <PAMRasterBand band="1">\n    <CategoryNames>\n'
        + listed
        + "    </CategoryNames>\n  </PAMRasterBand>\n</PAMDataset>\n",
    )


def read_classes(path: str | Path) -> ClassTable | None:
    """The class table that Landloom wrote into a map, or None."""
    with rasterio.open(path) as dataset:
        text = dataset.tags().get(CLASSES_TAG)
    return make_table(json.loads(text)) if text else None


def describe_band_classes(dataset: Any, classes: ClassTable) -> None:
    """Say in a file open for writing which class each band is for: band 1 for the first of the table, and so on."""
    dataset.update_tags(**{BAND_CLASSES_TAG: json.dumps(classes.as_list(), ensure_ascii=False)})


def read_band_classes(path: str | Path) -> ClassTable | None:
    """The classes of a raster of probabilities that Landloom wrote, in the order of its bands; None for any other."""
    with rasterio.open(path) as dataset:
        text = dataset.tags().get(BAND_CLASSES_TAG)
    return make_table(json.loads(text)) if text else None


def refuse_full_disk(folder: Path, grid: Grid, layouts: Sequence[Layout]) -> None:
    """Raise OutputError where the canvases and the COGs made from them will not fit on the disk.

    A class map compresses to a fraction; probabilities hardly do, so they and their overviews are counted in full.
    What an earlier run has left in `folder` is there already.
    """
    pixels = grid.height * grid.width
    needed = sum(pixels * layout.pixel_bytes * (1.2 if layout.classes else 2.4) for layout in layouts)
    needed -= sum(file.stat().st_size for file in folder.iterdir())
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise OutputError(
            f"The disk of {folder.parent} has {free / 1e6:,.1f} MB free, the map needs up to {needed / 1e6:,.1f} MB"
            " while it is made. Free some space, choose another disk, or leave out the probabilities."
        )
