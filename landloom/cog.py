"""Writing Cloud-Optimized GeoTIFFs window by window, so that a killed run can go on where it stopped."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.errors import RasterioError
from rasterio.windows import Window

from . import files
from .classes import ClassTable, make_table
from .errors import OutputError
from .rasters import Grid

COMPRESSIONS = ("deflate", "lzw", "zstd")
CLASSES_TAG = "LANDLOOM_CLASSES"


@dataclass(frozen=True)
class Layout:
    """What a raster to be written looks like. `classes` makes it a class map with a colour table."""

    dtype: str
    band_names: tuple[str, ...]
    nodata: float
    classes: ClassTable | None = None
    unit: str = ""

    @property
    def pixel_bytes(self) -> int:
        """Bytes a pixel takes uncompressed, over all bands."""
        return np.dtype(self.dtype).itemsize * len(self.band_names)


class Canvas:
    """A raster being painted, in an ordinary tiled file, until `finish` turns it into a COG.

    All blocks are allocated at once and uncompressed: what is painted is then written in place and the
    file's directory never changes, so a process that is killed leaves every finished window readable.
    """

    def __init__(self, path: Path, grid: Grid, layout: Layout, block: int):
        """Open `path` to go on painting, or create it where it does not exist."""
        self.path, self.grid, self.layout, self.block = path, grid, layout, block
        if not path.exists():
            self._create()
        self._dataset = rasterio.open(path, "r+")

    def _create(self) -> None:
        layout, grid = self.layout, self.grid
        with files.replacing(self.path) as temporary:
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
                "interleave": "pixel",
                "photometric": "minisblack",
            }
            try:
                with rasterio.open(temporary, "w", **profile) as dataset:
                    for index, name in enumerate(layout.band_names, start=1):
                        dataset.set_band_description(index, name)
                    if layout.unit:
                        dataset.units = (layout.unit,) * len(layout.band_names)
                    if layout.classes:
                        describe_classes(dataset, layout.classes)
            except RasterioError as error:
                raise OutputError(f"Cannot write {self.path}: {error}. Is the disk full?") from error

    def paint(self, window: Window, values: np.ndarray) -> None:
        """Write a window; `values` is (bands, h, w) or (h, w) of the layout's type."""
        try:
            self._dataset.write(values.reshape(-1, *values.shape[-2:]), window=window)
        except RasterioError as error:
            raise OutputError(f"Cannot write {self.path}: {error}. Is the disk full?") from error

    def flush(self) -> None:
        """Put all that was painted into the file; after that it survives the end of this process."""
        self.close()
        self._dataset = rasterio.open(self.path, "r+")

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._dataset.close()

    def finish(self, path: Path, compression: str) -> None:
        """Write the COG to `path`, with overviews, and beside it the class names as GDAL expects them."""
        self.close()
        resampling = "mode" if self.layout.classes else "average"
        options: dict[str, Any] = {
            "COMPRESS": compression.upper(),
            "BLOCKSIZE": str(self.block),
            "OVERVIEW_RESAMPLING": resampling,
            "BIGTIFF": "IF_SAFER",
            "NUM_THREADS": "ALL_CPUS",
            "STATISTICS": "NO",
        }
        if compression in ("deflate", "lzw", "zstd"):
            options["PREDICTOR"] = "NO" if self.layout.classes else "YES"
        with files.replacing(path) as temporary:
            try:
                rasterio.shutil.copy(self.path, temporary, driver="COG", **options)
            except RasterioError as error:
                raise OutputError(f"Cannot write {path}: {error}. Is the disk full?") from error
            # PAM's file of the temporary name, where GDAL made one.
            Path(f"{temporary}.aux.xml").unlink(missing_ok=True)
        if self.layout.classes:
            _write_category_names(path, self.layout.classes)


def describe_classes(dataset: Any, classes: ClassTable) -> None:
    """Put colours and names of the classes inside a file open for writing, where they cannot be lost."""
    colours = {c.id: (*bytes.fromhex(c.colour[1:]), 255) for c in classes}
    if dataset.dtypes[0] == "uint8":
        dataset.write_colormap(1, {**dict.fromkeys(range(256), (0, 0, 0, 0)), **colours})
    dataset.update_tags(**{CLASSES_TAG: json.dumps(classes.as_list(), ensure_ascii=False)})
    dataset.update_tags(1, **{f"CLASS_{c.id}": c.name for c in classes})


def _write_category_names(path: Path, classes: ClassTable) -> None:
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


def refuse_full_disk(folder: Path, grid: Grid, layouts: Sequence[Layout]) -> None:
    """Raise OutputError where the canvases and the COGs made from them will not fit on the disk.

    A class map compresses to a fraction; probabilities hardly do, so they are counted twice.
    """
    pixels = grid.height * grid.width
    needed = sum(pixels * layout.pixel_bytes * (1.2 if layout.classes else 2.0) for layout in layouts)
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise OutputError(
            f"The disk of {folder} has {free / 1e9:.1f} GB free, the map needs up to {needed / 1e9:.1f} GB while it is"
            " made. Free some space, choose another disk, or leave out the probabilities."
        )
