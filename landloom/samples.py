"""Pixels under polygons as a table of samples: extraction, and the table as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import rasterio
import rasterio.features
import shapely
from rasterio.windows import Window

from . import files, windows
from .classes import ClassTable
from .errors import InputError
from .features import FeatureReader
from .grids import Grid
from .job import Job
from .rasters import PLACE_COLUMNS

META_KEY = b"landloom"
# A tile is what is read at once: so many pixels, and so many bytes of them at most.
TILE_PIXELS = 512 * 1024
TILE_BYTES = 64 * 2**20
# Rows looked at at once to count a polygon's pixels.
STRIP_ROWS = 512
# Pieces of polygons by which a band without data is told.
LOOKED_AT = 200


@dataclass
class Samples:
    """A table of samples: feature columns, then PLACE_COLUMNS. `meta` says where it comes from."""

    table: pd.DataFrame
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """The feature columns: bands, then computed features."""
        return [c for c in self.table.columns if c not in PLACE_COLUMNS]

    @property
    def values(self) -> np.ndarray:
        """The features, float32 (samples, columns), as scikit-learn's trees see them."""
        return self.table[self.columns].to_numpy(dtype=np.float32)


@dataclass
class Counts:
    """What became of the pixels. `polygons` has a row a polygon: pixels inside and pixels kept.

    `inside` counts each pixel once: inside = nodata + two_classes + capped + kept.
    """

    inside: int = 0
    nodata: int = 0
    two_classes: int = 0
    capped: int = 0
    polygons: pd.DataFrame = field(default_factory=pd.DataFrame)

    def as_dict(self) -> dict[str, int]:
        """The sums, for reports."""
        return {
            "under polygons": self.inside,
            "nodata, NaN or masked": self.nodata,
            "under polygons of two classes": self.two_classes,
            "left out by a cap": self.capped,
            "kept": int(self.polygons["kept"].sum()),
        }


def extract(
    reader: FeatureReader, polygons: gpd.GeoDataFrame, job: Job, all_touched: bool = False, jobs: int | None = None
) -> tuple[pd.DataFrame, Counts]:
    """Read the pixels under polygons; returns the table and what was left out.

    Args:
        reader: the bands and features.
        polygons: with the columns polygon_id and class_id, in the raster's CRS.
        job: for progress and cancel.
        all_touched: take every pixel that a polygon touches, not only those whose centre lies inside.
        jobs: threads; None for one a core. Has no influence on the result.

    A pixel under polygons of two classes is dropped; one under two polygons of one class belongs to the
    first. Works through the raster in the order of its blocks, tile by tile, so that none is read twice and
    memory does not grow with the raster. The table is in the order of polygon, row and column.
    """
    work = _Work(reader, polygons, all_touched)
    tiles = work.tiles()
    if not tiles:
        raise InputError(_nowhere(reader.stack.grid, polygons))

    def one(tile: tuple[Window, np.ndarray]) -> _Found:
        job.check_cancelled()
        with rasterio.Env():  # once a tile: else rasterio sets one up for each polygon, and threads wait for each other
            return work.extract(*tile)

    found: list[_Found] = []
    with closing(windows.each(one, tiles, jobs)) as results:
        for _, result in results:
            found.append(result)
            job.progress(len(found) / len(tiles))
    return _table(reader, polygons, found), _counts(polygons, found)


class _Found(NamedTuple):
    """The samples of a tile, grouped by polygon: the polygons' places in the table of polygons and the numbers of
    pixels inside and kept of each, then rows, columns and values of all; and how many pixels were met and left out.
    """

    polygons: np.ndarray
    inside: np.ndarray
    kept: np.ndarray
    row: np.ndarray
    col: np.ndarray
    values: np.ndarray
    met: int
    two_classes: int


@dataclass(frozen=True)
class _Work:
    """The polygons of one extraction on one raster."""

    reader: FeatureReader
    polygons: gpd.GeoDataFrame
    all_touched: bool

    def tiles(self) -> list[tuple[Window, np.ndarray]]:
        """The tiles that polygons may touch, and the places of these polygons in the table."""
        tree = shapely.STRtree(self.polygons.geometry.to_numpy())
        grid = self.reader.stack.grid
        found = ((window, np.sort(tree.query(shapely.box(*grid.bounds(window))))) for window in _tiles(self.reader))
        return [(window, hit) for window, hit in found if len(hit)]

    def burn(self, window: Window, hit: np.ndarray) -> Iterator[tuple[int, Window, np.ndarray]]:
        """The number in `hit`, the part of the window and the pixels in it of each polygon."""
        for number, place in enumerate(hit):
            shape = self.polygons.geometry.iat[place]
            part, inside = burn(self.reader.stack.grid, window, shape, self.all_touched)
            if inside.any():
                yield number, part, inside

    def extract(self, window: Window, hit: np.ndarray) -> _Found:
        """Burn the polygons of a tile one by one, read the pixels that one class claims, leave out nodata."""
        class_ids = self.polygons["class_id"].to_numpy()[hit]
        shape = int(window.height), int(window.width)
        owner, clash, inside = np.full(shape, -1, np.int32), np.zeros(shape, bool), np.zeros(len(hit), np.int64)
        for number, part, burnt in self.burn(window, hit):
            inside[number] = np.count_nonzero(burnt)
            here = _slices(part, window)
            mine = owner[here]
            other = burnt & (mine >= 0)
            if other.any():
                clash[here] |= other & (class_ids[mine] != class_ids[number])
            mine[burnt & ~other] = number
        met, two_classes = int(np.count_nonzero(owner >= 0)), int(np.count_nonzero(clash))
        row, col = np.nonzero((owner >= 0) & ~clash)
        values = np.empty((len(self.reader.names), 0), self.reader.dtype)
        owners = owner[row, col]
        if len(row):
            top, left = int(row.min()), int(col.min())
            size = int(col.max()) - left + 1, int(row.max()) - top + 1
            pixels, valid = self.reader.read(Window(window.col_off + left, window.row_off + top, *size))
            good = valid[row - top, col - left]
            # Grouped by polygon; within each the order of rows and columns stays.
            row, col, owners = row[good], col[good], owners[good]
            order = np.argsort(owners.astype(np.uint16) if len(hit) < 2**16 else owners, kind="stable")
            row, col = row[order], col[order]
            values = pixels[:, row - top, col - left]
        return _Found(
            hit,
            inside,
            np.bincount(owners, minlength=len(hit)),
            (row + window.row_off).astype(np.int32),
            (col + window.col_off).astype(np.int32),
            values,
            met,
            two_classes,
        )


def _tiles(reader: FeatureReader) -> list[Window]:
    """Tiles along the blocks of the first source: full-width where it is stored in strips."""
    grid, (block_height, block_width) = reader.stack.grid, reader.stack.block
    pixel_bytes = reader.stack.dtype.itemsize * len(reader.stack.bands) + reader.dtype.itemsize * len(reader.names)
    pixels = max(64 * 64, min(TILE_PIXELS, TILE_BYTES // pixel_bytes))
    if block_width >= grid.width and block_height * grid.width <= pixels:
        height = pixels // grid.width // block_height * block_height
        return [Window(0, row, grid.width, min(height, grid.height - row)) for row in range(0, grid.height, height)]
    edge = 2 ** int(np.log2(np.sqrt(pixels)))
    if block_height <= 2 * edge:
        edge = -(-edge // block_height) * block_height
    return windows.plan(grid.height, grid.width, edge, pixels)


def _slices(part: Window, whole: Window) -> tuple[slice, slice]:
    """Where a window lies in an array of another one that holds it."""
    row, col = part.row_off - whole.row_off, part.col_off - whole.col_off
    return slice(row, row + part.height), slice(col, col + part.width)


def burn(grid: Grid, window: Window, shape: shapely.Geometry, all_touched: bool) -> tuple[Window, np.ndarray]:
    """The part of a window where a polygon lies, and its pixels in it, bool (h, w); 0 × 0 where there are none."""
    part = _around(grid, window, shape)
    if not part.width:
        return part, np.zeros((0, 0), bool)
    burnt = rasterio.features.rasterize(
        [shape],
        out_shape=(part.height, part.width),
        transform=grid.window_transform(part),
        all_touched=all_touched,
        dtype="uint8",
    )
    return part, burnt.view(bool)


def _around(grid: Grid, window: Window, shape: shapely.Geometry) -> Window:
    """The part of a window around a polygon, with a pixel to spare; 0 × 0 where they do not meet."""
    west, south, east, north = shape.bounds
    cols, rows = grid.to_pixel(np.array([west, west, east, east]), np.array([south, north, south, north]))
    top = max(int(np.floor(rows.min())) - 1, window.row_off)
    left = max(int(np.floor(cols.min())) - 1, window.col_off)
    bottom = min(int(np.ceil(rows.max())) + 1, window.row_off + window.height)
    right = min(int(np.ceil(cols.max())) + 1, window.col_off + window.width)
    if bottom <= top or right <= left:
        return Window(window.col_off, window.row_off, 0, 0)
    return Window(left, top, right - left, bottom - top)


def count_pixels(grid: Grid, shape: shapely.Geometry, enough: int) -> int:
    """How many pixels' centres lie in a polygon; strip by strip, until it is clear that there are `enough`."""
    whole = _around(grid, Window(0, 0, grid.width, grid.height), shape)
    count = 0
    for row in range(whole.row_off, whole.row_off + whole.height, STRIP_ROWS):
        strip = Window(whole.col_off, row, whole.width, min(STRIP_ROWS, whole.row_off + whole.height - row))
        count += int(np.count_nonzero(burn(grid, strip, shape, False)[1]))
        if count >= enough:
            break
    return count


def _table(reader: FeatureReader, polygons: gpd.GeoDataFrame, found: Sequence[_Found]) -> pd.DataFrame:
    """Join the tiles into one table, in the order of polygon, row and column, whatever the tiles were."""
    grid = reader.stack.grid
    polygon = np.concatenate([np.repeat(f.polygons, f.kept) for f in found])
    row, col = np.concatenate([f.row for f in found]), np.concatenate([f.col for f in found])
    # Each tile is in order already, which a stable sort makes use of.
    order = np.argsort((polygon * grid.height + row) * grid.width + col, kind="stable")
    polygon, row, col = polygon[order], row[order], col[order]
    table = {}
    for i, name in enumerate(reader.names):
        column = np.concatenate([f.values[i] for f in found])[order]
        table[name] = column.astype(_column_type(reader, name), copy=False)
    x, y = grid.to_map(col + 0.5, row + 0.5)
    places = {
        "class_id": polygons["class_id"].to_numpy()[polygon],
        "polygon_id": polygons["polygon_id"].to_numpy()[polygon],
    }
    return pd.DataFrame({**table, **places, "row": row, "col": col, "x": x, "y": y}, copy=False)


def _counts(polygons: gpd.GeoDataFrame, found: Sequence[_Found]) -> Counts:
    inside, kept = np.zeros(len(polygons), np.int64), np.zeros(len(polygons), np.int64)
    for f in found:
        inside[f.polygons] += f.inside
        kept[f.polygons] += f.kept
    met, two_classes = sum(f.met for f in found), sum(f.two_classes for f in found)
    return Counts(
        inside=met,
        nodata=met - two_classes - int(kept.sum()),
        two_classes=two_classes,
        polygons=pd.DataFrame(
            {
                "polygon_id": polygons["polygon_id"].to_numpy(),
                "class_id": polygons["class_id"].to_numpy(),
                "inside": inside,
                "kept": kept,
            }
        ),
    )


def _column_type(reader: FeatureReader, name: str) -> str:
    return next((band.dtype for band in reader.stack.bands if band.name == name), "float32")


def _nowhere(grid: Grid, polygons: gpd.GeoDataFrame) -> str:
    raster = ", ".join(f"{v:.6g}" for v in grid.bounds())
    drawn = ", ".join(f"{v:.6g}" for v in polygons.total_bounds)
    return (
        f"No polygon lies on the raster: the raster spans {raster} (west, south, east, north), the polygons {drawn} in"
        " the raster's coordinate reference system. Check that both layers have the right CRS."
    )


def bands_without_data(reader: FeatureReader, polygons: gpd.GeoDataFrame, all_touched: bool) -> list[str]:
    """The bands that hold nothing but nodata under polygons; to explain an empty table."""
    stack = reader.stack
    empty = np.ones(len(stack.bands), dtype=bool)
    for part, inside in _first_pieces(reader, polygons, all_touched):
        empty &= ~stack.valid_by_band(part)[:, inside].any(axis=1)
        if not empty.any():
            break
    return [name for name, nothing in zip(stack.names, empty, strict=True) if nothing]


def features_without_data(reader: FeatureReader, polygons: gpd.GeoDataFrame, all_touched: bool) -> list[str]:
    """The computed features that are no number wherever the bands have data; to explain an empty table."""
    left = list(reader.features)
    for part, inside in _first_pieces(reader, polygons, all_touched):
        left = [f for f in left if not replace(reader, features=(f,)).read(part)[1][inside].any()]
        if not left:
            break
    return [feature.name for feature in left]


def _first_pieces(
    reader: FeatureReader, polygons: gpd.GeoDataFrame, all_touched: bool
) -> Iterator[tuple[Window, np.ndarray]]:
    """Some of the polygons' pieces: a window, and which of its pixels are under the polygon."""
    work = _Work(reader, polygons, all_touched)
    pieces = (piece for tile in work.tiles() for piece in work.burn(*tile))
    return ((part, inside) for _, part, inside in islice(pieces, LOOKED_AT))


def with_class_names(table: pd.DataFrame, classes: ClassTable) -> pd.DataFrame:
    """The table with the name of each sample's class, kept once for each class, as the column class_name."""
    names = pd.Categorical.from_codes(np.searchsorted(classes.ids, table["class_id"]), classes.names)
    # Not put into the table itself: of hundreds of bands pandas complains then.
    return pd.concat([table, pd.Series(names, table.index, name="class_name")], axis=1)


def as_ranges(numbers: Sequence[int]) -> str:
    """Write ascending numbers as ranges, `1-7,9`, the way the BANDS parameter takes them."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def cap(table: pd.DataFrame, column: str, most: int, seed: int) -> pd.DataFrame:
    """Keep at most `most` samples a value of `column`, chosen by a hash of their place.

    The choice depends on seed, row and column alone: neither on the order of the table nor on other samples.
    """
    key = _place_hash(table["row"].to_numpy(), table["col"].to_numpy(), seed)
    rank = pd.Series(key, index=table.index).groupby(table[column]).rank(method="first")
    return table[rank <= most]


def _place_hash(row: np.ndarray, col: np.ndarray, seed: int) -> np.ndarray:
    """SplitMix64 (Steele, Lea and Flood 2014) of row, column and seed."""
    z = (row.astype(np.uint64) << np.uint64(32)) | col.astype(np.uint64)
    z += np.uint64(seed * 0x9E3779B97F4A7C15 % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        z = (z ^ (z >> np.uint64(shift))) * np.uint64(factor)
    return z ^ (z >> np.uint64(31))


def aggregate(table: pd.DataFrame, columns: Sequence[str], how: str) -> pd.DataFrame:
    """One row a polygon: mean or median of its pixels; the place is that of the pixel nearest the middle."""
    grouped = table.groupby("polygon_id", sort=False)
    result = grouped[list(columns)].agg(how).astype(np.float32)
    middle = grouped[["x", "y"]].transform("mean")
    distance = (table["x"] - middle["x"]) ** 2 + (table["y"] - middle["y"]) ** 2
    nearest = table.loc[distance.groupby(table["polygon_id"], sort=False).idxmin(), list(PLACE_COLUMNS)]
    return pd.concat([result.reset_index(drop=True), nearest.reset_index(drop=True)], axis=1)


def write(path: str | Path, samples: Samples) -> None:
    """Write Parquet, or Feather where the name ends so; `meta` goes into the schema's metadata as JSON."""
    arrow = pa.Table.from_pandas(samples.table, preserve_index=False)
    meta = json.dumps(samples.meta, ensure_ascii=False).encode()
    arrow = arrow.replace_schema_metadata({META_KEY: meta})
    with files.replacing(path) as temporary:
        if Path(path).suffix.lower() == ".feather":
            pa.feather.write_feather(arrow, temporary, compression="zstd")
        else:
            pa.parquet.write_table(arrow, temporary, compression="zstd")


def read(path: str | Path) -> Samples:
    """Read a sample table; raise InputError for a file that is none."""
    try:
        reader = pa.feather.read_table if Path(path).suffix.lower() == ".feather" else pa.parquet.read_table
        arrow = reader(path)
        meta = json.loads((arrow.schema.metadata or {})[META_KEY])
    except FileNotFoundError:
        raise InputError(f"The sample table {path} does not exist. Make it with Extract samples.") from None
    except (pa.ArrowException, OSError, KeyError, ValueError):
        raise InputError(
            f"{path} is not a sample table of Landloom or is damaged. Make it with Extract samples."
        ) from None
    return Samples(arrow.to_pandas(), meta)
