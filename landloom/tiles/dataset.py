"""A tile data set: a folder of pairs of image and mask, and what lies where in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import rasterio
from rasterio.windows import Window

from ..errors import InputError, ParameterError
from ..folders import DataFolder

FORMAT = 1
# The remedy for a data set that is damaged.
AGAIN = "Run Cut tiles again with OVERWRITE."
CONFIG = "metadata/tiles_config.json"
TABLE = "metadata/tiles.csv"
PARTS = ("train", "val", "test")
# How a tile came about: cut from the raster, a further copy of a cut one, or between two of them (Chawla et al. 2002).
ORIGINS = ("cut", "copy", "smote")

_NEEDED = ("tile_id", "part", "origin", "image", "mask", "row", "col", "valid_share", "labelled_share")
_TEXTS = dict.fromkeys(("tile_id", "part", "origin", "parents", "block", "image", "mask"), str)


def share_column(class_id: int) -> str:
    """The column of the table that holds a class's share of a tile's labelled pixels."""
    return f"share_{class_id}"


@dataclass(frozen=True)
class TileSet(DataFolder):
    """Tiles that have been cut.

    `config` holds format, tile_size, overlap (pixels), block_size (pixels), ignore (the masks' value without a class),
    ordinal (whether the classes' order means something), classes, bands, grid, source and labels (what was cut, in
    words), statistics (of the training tiles that were cut, a dictionary a band: mean, deviation, minimum, maximum;
    null where a band has no data), seed …
    """

    @property
    def size(self) -> int:
        """The edge of a tile in pixels."""
        return self.config["tile_size"]

    @property
    def ignore(self) -> int:
        """What a mask holds where there is no class."""
        return self.config["ignore"]

    @property
    def ordinal(self) -> bool:
        """Whether the order of the class ids means something, as low < medium < high."""
        return bool(self.config["ordinal"])

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a tile: tile_id, part (train, val, test), origin, parents (ids, separated by spaces), block, row, col
        (upper left pixel on the grid), image, mask (paths below the folder), valid_share, labelled_share, and for each
        class `share_ID` of the labelled pixels.
        """
        path = self.folder / TABLE
        try:
            table = pd.read_csv(path, dtype=_TEXTS, keep_default_na=False, na_values=[""])
        except (OSError, ValueError) as error:
            raise InputError(f"{path} cannot be read: {str(error).rstrip('.')}. {AGAIN}") from None
        wrong = _damage(table, [share_column(i) for i in self.classes.ids])
        if wrong:
            raise InputError(f"{path} is damaged: {wrong}. {AGAIN}")
        return table.fillna({name: "" for name in _TEXTS if name in table})

    def rows(self, part: str, origins: Sequence[str] = ORIGINS) -> np.ndarray:
        """Row numbers of the tiles of a part of the split."""
        return np.flatnonzero((self.table["part"] == part) & self.table["origin"].isin(origins))

    def window(self, row: int) -> Window:
        """Where a tile lies on the grid."""
        place = self.table.iloc[row]
        return Window(int(place["col"]), int(place["row"]), self.size, self.size)

    def read_image(self, row: int) -> np.ndarray:
        """The pixels of a tile, (bands, h, w) float32, NaN where there is no data."""
        path = self.folder / self.table["image"].iat[row]
        with _opened(path) as raster:
            if (raster.count, raster.height, raster.width) != (len(self.bands), self.size, self.size):
                raise InputError(
                    f"The tile {path} is {raster.count} × {raster.height} × {raster.width} instead of"
                    f" {len(self.bands)} × {self.size} × {self.size} (bands, rows, columns). {AGAIN}"
                )
            values = _pixels(raster, path).astype(np.float32)
        for band, found in zip(self.bands, values, strict=True):
            if band.nodata is not None and np.isfinite(band.nodata):
                found[found == np.float32(band.nodata)] = np.nan
        values[~np.isfinite(values)] = np.nan
        return values

    def read_mask(self, row: int) -> np.ndarray:
        """The class ids of a tile, (h, w); `ignore` where there is none."""
        path = self.folder / self.table["mask"].iat[row]
        with _opened(path) as raster:
            if (raster.height, raster.width) != (self.size, self.size):
                raise InputError(f"The mask {path} is not {self.size} × {self.size} pixels. {AGAIN}")
            mask = _pixels(raster, path)[0]
        wrong = mask[~np.isin(mask, [*self.classes.ids, self.ignore])] if mask.dtype.kind in "iu" else mask.ravel()
        if len(wrong):
            raise InputError(
                f"The mask {path} holds {wrong[0]} ({mask.dtype}), which is no class id of the data set. To change"
                f" classes, change the labels. {AGAIN}"
            )
        return mask


def _damage(table: pd.DataFrame, shares: Sequence[str]) -> str:
    """What is wrong with a table of tiles, such as one that was edited by hand, in words; empty where all is well."""
    missing = [name for name in (*_NEEDED, *shares) if name not in table]
    if missing:
        return f"it has no column {', '.join(missing)}"
    if not len(table):
        return "it has no tiles"
    for name, words in (("part", PARTS), ("origin", ORIGINS)):
        other = table[name][~table[name].isin(words)]
        if len(other):
            return f"its column {name} holds '{other.iat[0]}', which is none of {', '.join(words)}"
    twice = table["tile_id"][table["tile_id"].duplicated()]
    if len(twice):
        return f"it has the tile {twice.iat[0]} twice"
    for name in ("row", "col", "valid_share", "labelled_share", *shares):
        numbers = pd.to_numeric(table[name], errors="coerce").to_numpy(float)
        sound = (numbers >= 0) & ((numbers % 1 == 0) if name in ("row", "col") else (numbers <= 1))
        if not sound.all():
            what = "whole numbers from 0" if name in ("row", "col") else "numbers from 0 to 1"
            return f"its column {name} holds '{table[name][~sound].iat[0]}' where {what} belong"
    return ""


def _opened(path: Path) -> rasterio.DatasetReader:
    try:
        return rasterio.open(path)
    except rasterio.RasterioIOError:
        raise InputError(f"The tile {path} is missing or damaged. {AGAIN}") from None


def _pixels(raster: rasterio.DatasetReader, path: Path) -> np.ndarray:
    try:
        return raster.read()
    except rasterio.RasterioIOError:
        raise InputError(f"The tile {path} is damaged. {AGAIN}") from None


def open_tiles(folder: str | Path) -> TileSet:
    """Open a tile data set; raises InputError where the folder holds none."""
    path = Path(folder) / CONFIG
    if not path.is_file():
        raise InputError(f"{folder} is no tile data set: it has no {CONFIG}. Choose a folder made by Cut tiles.")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        if config["format"] > FORMAT:
            raise InputError(f"The tile data set {folder} was made by a later version of Landloom. Upgrade Landloom.")
        tiles = TileSet(Path(folder), config)
        _ = tiles.classes, tiles.grid, tiles.ordinal, config["source"], config["labels"]
        if not isinstance(tiles.size, int) or not isinstance(tiles.ignore, int) or not tiles.bands:
            raise ValueError("a tile has no size or no bands")
        if tiles.size < 1 or tiles.ignore < 0 or tiles.ignore in tiles.classes.ids:
            raise ValueError("the tile size is below 1, or the value without class is below 0 or that of a class")
        statistics = config["statistics"]
        # There are none without tiles to train on.
        if len(statistics) not in (0, len(tiles.bands)) or not all(isinstance(band, dict) for band in statistics):
            raise ValueError("not each band has its statistics")
    except (OSError, ValueError, LookupError, TypeError, ParameterError) as error:
        reason = f"{type(error).__name__}: {error}".rstrip(".")
        raise InputError(f"{path} is damaged ({reason}). {AGAIN}") from None
    return tiles
