"""Pixels under polygons as a table of samples: extraction, and the table as a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
from .errors import InputError
from .job import Job
from .rasters import FeatureReader, Grid

META_KEY = b"landloom"
# What every table has beside its feature columns.
PLACE_COLUMNS = ("class_id", "class_name", "polygon_id", "row", "col", "x", "y")
TILE = 512


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
    """What became of the pixels. `polygons` has a row a polygon: pixels inside and pixels kept."""

    inside: int = 0
    nodata: int = 0
    two_classes: int = 0
    twice: int = 0
    capped: int = 0
    polygons: pd.DataFrame = field(default_factory=pd.DataFrame)

    def as_dict(self) -> dict[str, int]:
        """The sums, for reports."""
        return {
            "pixels in polygons": self.inside,
            "nodata, NaN or masked": self.nodata,
            "under polygons of two classes": self.two_classes,
            "under two polygons of one class": self.twice,
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
    first. Works through the raster in its own order, so no block is read twice.
    """
    grid = reader.stack.grid
    shapes = polygons.geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    tiles = []
    for window in windows.plan(grid.height, grid.width, TILE, 2 * TILE * TILE):
        hit = np.sort(tree.query(shapely.box(*grid.bounds(window))))
        if len(hit):
            tiles.append((window, hit))
    class_ids = polygons["class_id"].to_numpy()

    def one(index: int) -> dict[str, np.ndarray]:
        job.check_cancelled()
        window, hit = tiles[index]
        return _extract_tile(reader, grid, window, shapes, hit, class_ids, all_touched)

    found: list[dict[str, np.ndarray]] = []
    for batch in windows.run(one, list(range(len(tiles))), jobs):
        found.extend(result for _, result in batch)
        job.progress(len(found) / len(tiles))
    return _collect(reader, polygons, found)


def _extract_tile(
    reader: FeatureReader,
    grid: Grid,
    window: Window,
    shapes: np.ndarray,
    hit: np.ndarray,
    class_ids: np.ndarray,
    all_touched: bool,
) -> dict[str, np.ndarray]:
    """The pixels of one tile: polygon's place, row, col and values; and pixels inside a polygon."""
    pieces = [burn(grid, window, shapes[i], all_touched) for i in hit]
    polygon = np.concatenate([np.full(len(rows), i) for i, (rows, _) in zip(hit, pieces, strict=True)])
    row, col = (np.concatenate([piece[k] for piece in pieces]) for k in (0, 1))
    result = {"inside": np.bincount(polygon.astype(np.int64), minlength=len(shapes))}
    keep, clash, twice = _once(row * grid.width + col, class_ids[polygon.astype(np.int64)])
    polygon, row, col = polygon[keep].astype(np.int64), row[keep], col[keep]
    result |= {"two_classes": np.array(clash), "twice": np.array(twice)}
    if not len(row):
        nothing = np.empty((len(reader.names), 0), dtype=reader.dtype)
        return {**result, "polygon": polygon, "row": row, "col": col, "values": nothing, "nodata": np.array(0)}
    top, left = int(row.min()), int(col.min())
    read = Window(left, top, int(col.max()) - left + 1, int(row.max()) - top + 1)
    values, valid = reader.read(read)
    good = valid[row - top, col - left]
    polygon, row, col = polygon[good], row[good], col[good]
    picked = values[:, row - top, col - left]
    return {**result, "polygon": polygon, "row": row, "col": col, "values": picked, "nodata": np.array(np.sum(~good))}


def burn(grid: Grid, window: Window, shape: shapely.Geometry, all_touched: bool) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns (in the raster) of the pixels of a window that lie in a polygon, int64 each."""
    corners = shapely.get_coordinates(shapely.box(*shape.bounds))
    cols, rows = grid.to_pixel(corners[:, 0], corners[:, 1])
    top = max(int(np.floor(rows.min())) - 1, window.row_off)
    left = max(int(np.floor(cols.min())) - 1, window.col_off)
    bottom = min(int(np.ceil(rows.max())) + 1, window.row_off + window.height)
    right = min(int(np.ceil(cols.max())) + 1, window.col_off + window.width)
    if bottom <= top or right <= left:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    part = Window(left, top, right - left, bottom - top)
    burnt = rasterio.features.rasterize(
        [shape],
        out_shape=(bottom - top, right - left),
        transform=grid.window_transform(part),
        all_touched=all_touched,
        dtype="uint8",
    )
    row, col = np.nonzero(burnt)
    return row + top, col + left


def _once(pixel: np.ndarray, class_id: np.ndarray) -> tuple[np.ndarray, int, int]:
    """Which entries to keep so that each pixel occurs once, and how many pixels clashed or came twice."""
    unique, first, inverse, count = np.unique(pixel, return_index=True, return_inverse=True, return_counts=True)
    lowest, highest = np.full(len(unique), np.iinfo(np.int64).max), np.full(len(unique), np.iinfo(np.int64).min)
    np.minimum.at(lowest, inverse, class_id)
    np.maximum.at(highest, inverse, class_id)
    clash = lowest != highest
    return np.sort(first[~clash]), int(clash.sum()), int(((count > 1) & ~clash).sum())


def _collect(reader: FeatureReader, polygons: gpd.GeoDataFrame, found: Sequence[dict]) -> tuple[pd.DataFrame, Counts]:
    """Join the tiles into one table, in the order of polygon, row, column, whatever the tiles were."""
    if not found:
        raise InputError(_nowhere(reader.stack.grid, polygons))
    polygon, row, col = (np.concatenate([f[k] for f in found]) for k in ("polygon", "row", "col"))
    values = np.concatenate([f["values"] for f in found], axis=1)
    order = np.lexsort((col, row, polygon))
    polygon, row, col = polygon[order], row[order], col[order]
    x, y = reader.stack.grid.to_map(col + 0.5, row + 0.5)
    table = pd.DataFrame(
        {name: values[i, order].astype(_column_type(reader, name)) for i, name in enumerate(reader.names)}
    )
    table["class_id"] = polygons["class_id"].to_numpy()[polygon]
    table["polygon_id"] = polygons["polygon_id"].to_numpy()[polygon]
    table["row"], table["col"], table["x"], table["y"] = row.astype(np.int32), col.astype(np.int32), x, y
    counts = Counts(
        inside=int(sum(f["inside"].sum() for f in found)),
        nodata=int(sum(f["nodata"] for f in found)),
        two_classes=int(sum(f["two_classes"] for f in found)),
        twice=int(sum(f["twice"] for f in found)),
        polygons=pd.DataFrame(
            {
                "polygon_id": polygons["polygon_id"].to_numpy(),
                "class_id": polygons["class_id"].to_numpy(),
                "inside": np.sum([f["inside"] for f in found], axis=0),
                "kept": np.bincount(polygon, minlength=len(polygons)),
            }
        ),
    )
    return table, counts


def _column_type(reader: FeatureReader, name: str) -> str:
    return next((band.dtype for band in reader.stack.bands if band.name == name), "float32")


def _nowhere(grid: Grid, polygons: gpd.GeoDataFrame) -> str:
    raster = ", ".join(f"{v:.6g}" for v in grid.bounds())
    drawn = ", ".join(f"{v:.6g}" for v in polygons.total_bounds)
    return (
        f"No polygon lies on the raster: the raster spans {raster} (west, south, east, north), the polygons {drawn} in"
        " the raster's coordinate reference system. Check that both layers have the right CRS."
    )


def nodata_bands(reader: FeatureReader, polygons: gpd.GeoDataFrame, all_touched: bool) -> list[int]:
    """The numbers (from 1) of bands that hold nothing but nodata under polygons; to explain an empty table."""
    grid, empty = reader.stack.grid, np.ones(len(reader.bands), dtype=bool)
    for shape in polygons.geometry[:20]:
        row, col = burn(grid, Window(0, 0, grid.width, grid.height), shape, all_touched)
        if len(row):
            window = Window(int(col[0]), int(row[0]), 1, 1)
            empty &= [not reader.stack.select([name]).read(window)[1].any() for name in reader.bands]
    return [int(i) + 1 for i in np.flatnonzero(empty)]


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
        if Path(path).suffix == ".feather":
            pa.feather.write_feather(arrow, temporary, compression="zstd")
        else:
            pa.parquet.write_table(arrow, temporary, compression="zstd")


def read(path: str | Path) -> Samples:
    """Read a sample table; raise InputError for a file that is none."""
    try:
        reader = pa.feather.read_table if Path(path).suffix == ".feather" else pa.parquet.read_table
        arrow = reader(path)
        meta = json.loads((arrow.schema.metadata or {})[META_KEY])
    except FileNotFoundError:
        raise InputError(f"The sample table {path} does not exist. Make it with Extract samples.") from None
    except (pa.ArrowException, OSError, KeyError, ValueError):
        raise InputError(
            f"{path} is not a sample table of Landloom or is damaged. Make it with Extract samples."
        ) from None
    return Samples(arrow.to_pandas(), meta)
