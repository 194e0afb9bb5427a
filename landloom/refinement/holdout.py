"""Which tiles are learnt from and which are held out, so that nothing is measured on ground that was learnt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import rasterio.warp
import shapely
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .. import splits
from ..errors import InputError
from ..grids import Grid

PARTS = ("train", "val", "test")
GROUPINGS = ("auto", "group", "blocks", "tiles")
# Of an extent, where the edge of a block is not given.
BLOCK_SHARE = 0.1
DEGREES = CRS.from_epsg(4326)
FEWEST = {"train": 2, "val": 1}
LACKING = {
    "group": "no tile's JSON file names a group or a raster",
    "blocks": "no tile's JSON file says where it lies",
}


@dataclass(frozen=True)
class Plan:
    """How to hold out.

    Args:
        grouping: what stands whole on one side: tiles of one `group`, tiles of one spatial block (`blocks`), or each of
            the `tiles` by itself; `auto` takes the first of these of which there are enough. Groups and tiles that
            overlap stand together; at the borders of blocks, tiles that overlap held-out ones are left out.
        block_size: edge of a block in units of the tiles' CRS (degrees where they have several); None: a tenth of the
            tiles' extent, but a tile at least.
        val_share, test_share: of the tiles.
        seed: of the shuffling.
    """

    grouping: str = "auto"
    block_size: float | None = None
    val_share: float = 0.15
    test_share: float = 0.15
    seed: int = 42


@dataclass(frozen=True)
class Parts:
    """Where each tile stands: `part` is train, val, test or empty (left out at a border), `group` a number.

    `grouping` is what was taken, `block_size` the edge of a block where these were.
    """

    part: np.ndarray
    group: np.ndarray
    grouping: str
    block_size: float | None = None

    def rows(self, part: str) -> np.ndarray:
        """Indices of the tiles of a part; those left out for the empty one."""
        return np.flatnonzero(self.part == part)


def hold_out(places: Sequence[Grid | None], labels: Sequence[str | None], plan: Plan) -> Parts:
    """Deal n tiles to the parts.

    Args:
        places: where each lies, None where that is not known.
        labels: the group that each belongs to, None where it has none: then it is one by itself.
        plan: see there.

    Raises InputError where too few are left on a side.
    """
    ground = footprints(places)
    pairs = overlaps(ground, places)
    needed = 3 if plan.test_share else 2
    names = [plan.grouping] if plan.grouping != "auto" else ["group", "blocks", "tiles"]
    if plan.grouping in LACKING and not _makes_sense(plan.grouping, ground, labels):
        raise InputError(
            f"GROUPING is {plan.grouping}, and {LACKING[plan.grouping]}. Let it be auto or tiles, or complete the"
            " files."
        )
    for name in names:
        group, block_size = _groups(name, ground, labels, pairs, plan)
        if len(np.unique(group)) >= needed and (name == plan.grouping or _makes_sense(name, ground, labels)):
            break
    else:
        raise InputError(
            f"Nothing can be held out: {len(places)} tiles make {len(np.unique(group))} groups by"
            f" {plan.grouping if plan.grouping != 'auto' else 'tiles that do not overlap'}, and {needed} are needed."
            " Give more tiles, choose another GROUPING or a smaller BLOCK_SIZE, or do without a test part"
            " (TEST_SHARE 0)."
        )
    part = _dealt(group, plan)
    if name == "blocks":
        part[_crossing(part, pairs)] = ""
    for side, least in FEWEST.items():
        if (part == side).sum() < least:
            raise InputError(
                f"The part '{side}' has {(part == side).sum()} tiles of {len(part)}, and at least {least} are needed."
                " Give more tiles, or change VAL_SHARE, TEST_SHARE, GROUPING or BLOCK_SIZE."
            )
    return Parts(part, group, name, block_size)


def footprints(places: Sequence[Grid | None]) -> np.ndarray:
    """The outline of each tile in the CRS that all have, else in degrees; None where its place is not known.

    Tiles without a CRS have a place among themselves only.
    """
    known = Counter(grid.crs for grid in places if grid)
    if len(known) > 1:
        known.pop(None, None)
    common = next(iter(known)) if len(known) == 1 else DEGREES
    return np.array([_outline(grid, common) if grid and grid.crs in known else None for grid in places], dtype=object)


def _outline(grid: Grid, crs: CRS | None) -> shapely.Polygon | None:
    xs, ys = zip(*grid.corners, strict=True)
    if grid.crs != crs:
        try:
            xs, ys = rasterio.warp.transform(grid.crs, crs, xs, ys)
        except CPLE_BaseError as error:
            raise InputError(
                f"The tiles have several coordinate reference systems, and a tile's corners {xs[0]:g}, {ys[0]:g} in"
                f" {str(grid.crs)[:80]} cannot be brought to degrees: {str(error)[:80]}. Correct what its JSON"
                " file says under 'georeference', or remove that."
            ) from None
    if not np.isfinite([*xs, *ys]).all():
        return None
    outline = shapely.Polygon(zip(xs, ys, strict=True))
    return outline if outline.is_valid and outline.area > 0 else None


def overlaps(ground: np.ndarray, places: Sequence[Grid | None]) -> np.ndarray:
    """Pairs (m, 2) of tiles that share ground, each pair once."""
    known = np.flatnonzero(~shapely.is_missing(ground))
    pixels = np.array([grid.height * grid.width if grid else 0 for grid in places], float)[known]
    # Edges that touch are no common ground.
    inner = shapely.buffer(ground[known], -0.25 * np.sqrt(shapely.area(ground[known]) / pixels), join_style="mitre")
    left, right = shapely.STRtree(inner).query(inner, predicate="intersects")
    return known[np.column_stack([left, right])[left < right]].reshape(-1, 2)


def _groups(
    name: str, ground: np.ndarray, labels: Sequence[str | None], pairs: np.ndarray, plan: Plan
) -> tuple[np.ndarray, float | None]:
    """A number for each tile that is the same for all of a group, and the edge of a block if it is one."""
    single = np.arange(len(ground))
    if name != "blocks":
        if name == "group":
            keys = [f"tile {i}" if label is None else f"group {label}" for i, label in enumerate(labels)]
            single = np.unique(keys, return_inverse=True)[1]
        left, right = single[pairs].T
        graph = coo_array((np.ones(len(pairs), bool), (left, right)), shape=(len(ground), len(ground)))
        return connected_components(graph, directed=False)[1][single], None
    known = np.flatnonzero(~shapely.is_missing(ground))
    size = plan.block_size
    if len(known):
        bounds = shapely.bounds(ground[known])
        if size is None:
            edges = bounds[:, 2:] - bounds[:, :2]
            size = float(max(np.ptp(bounds.reshape(-1, 2, 2), axis=(0, 1)).max() * BLOCK_SHARE, np.median(edges)))
        middle = (bounds[:, :2] + bounds[:, 2:]) / 2
        block = splits.blocks(middle[:, 0], middle[:, 1], np.arange(len(known)), size)
        single[known] = len(ground) + block
    return single, size


def _makes_sense(name: str, ground: np.ndarray, labels: Sequence[str | None]) -> bool:
    """Whether a grouping says anything: groups where tiles have any, blocks where any tile has a place."""
    if name == "group":
        return any(label is not None for label in labels)
    return name == "tiles" or not shapely.is_missing(ground).all()


def _dealt(group: np.ndarray, plan: Plan) -> np.ndarray:
    """The part of each tile; the groups are shuffled, and the shares hold as well as the groups' sizes allow."""
    part = np.full(len(group), "train", dtype=object)
    share = 0.0
    for side, wanted in (("test", plan.test_share), ("val", plan.val_share)):
        if wanted:
            rest = np.flatnonzero(part == "train")
            found = splits.split(
                np.zeros(len(rest)), group[rest], "polygons", wanted / (1 - share), 1, plan.seed, by_size=True
            )
            part[rest[found.folds[0][1]]] = side
            share += wanted
    return part


def _crossing(part: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """The tiles without which no two of different parts overlap; of such a pair the one of the lesser part."""
    rank = np.array([PARTS.index(one) for one in part])
    left, right = pairs.T
    across = rank[left] != rank[right]
    return np.unique(np.where(rank[left] < rank[right], left, right)[across])
