"""Where the patches of a data set lie: some around the middle of each polygon, moved a little at random."""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import rasterio
import shapely
from rasterio.windows import Window

from .. import samples
from ..classes import ClassTable
from ..errors import InputError
from ..grids import Grid
from ..job import Job
from ..vectors import Labelled

# Up to this size, centres are looked up one by one; above it is quicker to burn the polygon.
SMALL_PATCH = 32
CENTRES_AT_ONCE = 2**20


@dataclass(frozen=True)
class Layout:
    """How patches are laid out.

    Attributes:
        size: edge of a patch in pixels.
        per_polygon: patches a polygon.
        jitter: how far a patch is moved at most, in pixels, in each direction.
        smallest: polygons with fewer pixels (centres inside) are left out.
        seed: of the offsets.
    """

    size: int
    per_polygon: int
    jitter: int
    smallest: int
    seed: int


@dataclass(frozen=True)
class Plan:
    """Planned patches.

    `manifest` has a row a patch, `polygons` the outlines used (polygon_id, class_id), `left_out` why a polygon
    is not among them, by polygon_id. `over_others` says of each patch whether it covers ground of a polygon of
    another class.
    """

    manifest: pd.DataFrame
    polygons: gpd.GeoDataFrame
    classes: ClassTable
    left_out: dict[int, str]
    over_others: np.ndarray


def plan(labelled: Labelled, grid: Grid, layout: Layout, job: Job) -> Plan:
    """Lay out patches on a pixel grid.

    Args:
        labelled: polygons in the grid's CRS.
        grid: the pixels; north up.
        layout: how many, how large, how far apart.
        job: for progress and cancel.

    A patch lies around the polygon's centroid or, where that is not inside, around a point on its surface: its edge
    is the pixel edge nearest to where the exact middle would put it. To that, an offset is added, a different one
    for each patch of a polygon; all offsets are equally likely, and they depend on the seed and the polygon's id
    alone. Raises InputError where no polygon is left.
    """
    refuse_rotated(grid)
    nothing = labelled.table.geometry.is_empty
    table = labelled.table[~nothing].sort_values("polygon_id", ignore_index=True)
    if not table["polygon_id"].is_unique:
        twice = table["polygon_id"][table["polygon_id"].duplicated()].iat[0]
        raise InputError(f"Two polygons have the id {twice}, so their patches could not be told apart. Renumber them.")
    left_out = dict(labelled.left_out)
    left_out |= dict.fromkeys(
        labelled.table["polygon_id"][nothing].tolist(), "with an invalid outline that encloses nothing"
    )
    kept = _usable(table, grid, layout, left_out, job)
    if not kept.any():
        reasons = "; ".join(f"{reason}: {n}" for reason, n in pd.Series(left_out).value_counts().items())
        raise InputError(
            f"No polygon is left to plan patches for ({reasons}). Check that polygons and image have the right"
            " coordinate reference systems, and the smallest number of pixels."
        )
    table = table[kept].reset_index(drop=True)
    classes = labelled.classes.only(table["class_id"].tolist())
    manifest = _manifest(table, classes, grid, layout)
    manifest["inside_share"] = _inside_shares(table, manifest, grid, layout, job)
    return Plan(manifest, table, classes, dict(sorted(left_out.items())), _over_others(table, manifest))


def refuse_rotated(grid: Grid) -> None:
    """Raise InputError for a grid that is not north up: a patch's corners would not be those of a box."""
    if grid.transform.b or grid.transform.d:
        raise InputError(
            "The image is rotated against its coordinate reference system, so its patches have no west and no north."
            " Warp it to a north-up grid first (Raster ▸ Projections ▸ Warp)."
        )


def middles(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A point inside each polygon, x and y: its centroid where that lies inside, else a point on its surface."""
    points = shapely.centroid(shapes)
    outside = ~shapely.contains(shapes, points)
    points[outside] = shapely.point_on_surface(shapes[outside])
    return shapely.get_x(points), shapely.get_y(points)


def _usable(table: gpd.GeoDataFrame, grid: Grid, layout: Layout, left_out: dict[int, str], job: Job) -> np.ndarray:
    """Which polygons can have patches; the reasons of the others go into `left_out`."""
    shapes, ids = table.geometry.to_numpy(), table["polygon_id"].tolist()
    kept = np.zeros(len(table), dtype=bool)
    col, row = grid.to_pixel(*middles(shapes))
    central = (col >= 0) & (col < grid.width) & (row >= 0) & (row < grid.height)
    touching = shapely.intersects(shapes, shapely.box(*grid.bounds()))
    # Most polygons have enough pixels near their middle, which is quickly seen of all at once.
    edge = min(32, math.ceil(1.5 * math.sqrt(layout.smallest)))
    top, left = (np.floor(v - (edge - 1) / 2).astype(np.int64) for v in (row, col))
    enough = _centres_inside(shapes, grid, top, left, edge, within=True) >= layout.smallest
    with rasterio.Env():
        for i, polygon in enumerate(ids):
            if not touching[i]:
                left_out[polygon] = "outside the image"
            elif not central[i]:
                left_out[polygon] = "with their middle outside the image"
            elif not enough[i] and samples.count_pixels(grid, shapes[i], layout.smallest) < layout.smallest:
                left_out[polygon] = f"smaller than {layout.smallest} pixel" + "s" * (layout.smallest > 1)
            else:
                kept[i] = True
            if i % 256 == 0:
                job.progress(0.5 * i / len(ids))
    return kept


def _manifest(table: gpd.GeoDataFrame, classes: ClassTable, grid: Grid, layout: Layout) -> pd.DataFrame:
    polygons, number, size = len(table), layout.per_polygon, layout.size
    col, row = (np.floor(v - size / 2 + 0.5).astype(np.int64) for v in grid.to_pixel(*middles(table.geometry.values)))
    offsets = _offsets(table["polygon_id"].to_numpy(), layout)
    polygon = np.repeat(np.arange(polygons), number)
    jitter = np.tile(np.arange(number), polygons)
    x, y = offsets.reshape(-1, 2).T
    col, row = col[polygon] + x, row[polygon] + y
    left, top = grid.to_map(col, row)
    right, bottom = grid.to_map(col + size, row + size)
    middle_x, middle_y = grid.to_map(col + size / 2, row + size / 2)
    lon, lat = _degrees(grid, middle_x, middle_y)
    ids, class_ids = (table[name].to_numpy()[polygon] for name in ("polygon_id", "class_id"))
    names = np.array(classes.names, dtype=object)[np.searchsorted(classes.ids, class_ids)]
    return pd.DataFrame(
        {
            "patch_id": [f"{p:03d}_{k}" for p, k in zip(ids.tolist(), jitter.tolist(), strict=True)],
            "polygon_id": ids,
            "class_id": class_ids,
            "class_name": names,
            "jitter": jitter,
            "offset_x": x,
            "offset_y": y,
            "row": row,
            "col": col,
            "center_x": middle_x,
            "center_y": middle_y,
            "center_lon": lon,
            "center_lat": lat,
            "west": np.minimum(left, right),
            "south": np.minimum(bottom, top),
            "east": np.maximum(left, right),
            "north": np.maximum(bottom, top),
        }
    )


def _offsets(polygon_ids: np.ndarray, layout: Layout) -> np.ndarray:
    """Different offsets for the patches of each polygon, in pixels: (polygons, patches a polygon, 2), x and y."""
    edge = 2 * layout.jitter + 1
    drawn = np.empty((len(polygon_ids), layout.per_polygon), np.int64)
    for i, polygon in enumerate(polygon_ids.tolist()):
        # A seed must not be negative, which the id of a feature that was never saved is.
        random = np.random.default_rng([layout.seed, polygon % 2**63])
        drawn[i] = random.choice(edge**2, layout.per_polygon, replace=False)
    return np.stack([drawn % edge, drawn // edge], axis=-1) - layout.jitter


def _degrees(grid: Grid, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude (WGS 84), to a millimetre; NaN where the grid has no CRS."""
    if grid.crs is None:
        return np.full(len(x), np.nan), np.full(len(x), np.nan)
    lon, lat = pyproj.Transformer.from_crs(grid.crs.to_wkt(), "EPSG:4326", always_xy=True).transform(x, y)
    return np.round(lon, 8), np.round(lat, 8)


def _inside_shares(table: gpd.GeoDataFrame, manifest: pd.DataFrame, grid: Grid, layout: Layout, job: Job) -> np.ndarray:
    """The share of each patch's pixels whose centre lies in its polygon."""
    number, size = layout.per_polygon, layout.size
    rows, cols = (manifest[name].to_numpy().reshape(-1, number) for name in ("row", "col"))
    if size <= SMALL_PATCH:
        polygon = np.repeat(table.geometry.to_numpy(), number)
        return np.round(_centres_inside(polygon, grid, rows.ravel(), cols.ravel(), size) / size**2, 6)
    shares = np.zeros(rows.shape)
    with rasterio.Env():
        for i, shape in enumerate(table.geometry.to_numpy()):
            top, left = int(rows[i].min()), int(cols[i].min())
            height, width = int(rows[i].max()) + size - top, int(cols[i].max()) + size - left
            part, inside = samples.burn(grid, Window(left, top, width, height), shape, False)
            if inside.size:
                shares[i] = _counts(inside, rows[i] - part.row_off, cols[i] - part.col_off, size) / size**2
            if i % 256 == 0:
                job.progress(0.5 + 0.5 * i / len(table))
    return np.round(shares.ravel(), 6)


def _centres_inside(
    shapes: np.ndarray, grid: Grid, top: np.ndarray, left: np.ndarray, size: int, within: bool = False
) -> np.ndarray:
    """How many pixels' centres of a box of `size`, upper left at `top` and `left`, lie in the shape of each; with
    `within` only of pixels that the grid has.
    """
    counts = np.empty(len(shapes), np.int64)
    at_once = max(1, CENTRES_AT_ONCE // size**2)
    for start in range(0, len(shapes), at_once):
        part = slice(start, start + at_once)
        row = (top[part, np.newaxis] + np.arange(size))[:, :, np.newaxis]
        col = (left[part, np.newaxis] + np.arange(size))[:, np.newaxis]
        shapely.prepare(shapes[part])
        inside = shapely.contains_xy(shapes[part, np.newaxis, np.newaxis], *grid.to_map(col + 0.5, row + 0.5))
        if within:
            inside &= (row >= 0) & (row < grid.height) & (col >= 0) & (col < grid.width)
        counts[part] = inside.sum(axis=(1, 2))
        shapely.destroy_prepared(shapes[part])
    return counts


def _counts(inside: np.ndarray, row: np.ndarray, col: np.ndarray, size: int) -> np.ndarray:
    """How many pixels of boxes of `size`, upper left at `row` and `col`, are set; boxes may go beyond the array."""
    sums = np.pad(inside.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    top, bottom = (np.clip(v, 0, inside.shape[0]) for v in (row, row + size))
    left, right = (np.clip(v, 0, inside.shape[1]) for v in (col, col + size))
    return sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]


def _over_others(table: gpd.GeoDataFrame, manifest: pd.DataFrame) -> np.ndarray:
    """Which patches share ground with a polygon of another class; a common edge is none."""
    shapes = table.geometry.to_numpy()
    boxes = shapely.box(*(manifest[side].to_numpy() for side in ("west", "south", "east", "north")))
    patch, polygon = shapely.STRtree(shapes).query(boxes)
    other = manifest["class_id"].to_numpy()[patch] != table["class_id"].to_numpy()[polygon]
    patch, polygon = patch[other], polygon[other]
    shared = shapely.relate_pattern(boxes[patch], shapes[polygon], "T********")
    found = np.zeros(len(manifest), dtype=bool)
    found[patch[shared]] = True
    return found
