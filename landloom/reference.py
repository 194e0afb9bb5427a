"""Maps at places whose class is known: polygons, points, another raster, or the masks of a tile data set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import shapely
from rasterio.windows import Window

from . import features, maps, samples, vrt, windows
from .classes import ClassTable, make_table
from .designs import Design, Purposive
from .errors import InputError
from .grids import Grid
from .job import Job
from .maps import ClassMap
from .rasters import Stack
from .tiles.dataset import TileSet
from .vectors import Labelled

OUTSIDE, NODATA, NO_CLASS = "outside the map", "nodata in the map", "values in the map that are no class"
BLOCK = 512
# Each pixel takes some dozens of bytes while it is compared.
WINDOW_PIXELS = 2**18
MOST_LISTED = 20
# A raster is cut into so many squares a side for the intervals, fewer where their matrices would take much memory.
SQUARES_A_SIDE = 16
SQUARES_CELLS = 2**18

Result = TypeVar("Result")


@dataclass(frozen=True)
class Pixels:
    """The reference pixels of a window: their places in it and their true class ids (n,), what each map shows there
    (maps, n), and the group of alike neighbours that each belongs to (n,).
    """

    window: Window
    row: np.ndarray
    col: np.ndarray
    truth: np.ndarray
    shown: np.ndarray
    group: np.ndarray


@dataclass
class Reference:
    """Places whose class is known, and what maps show there.

    `classes` are those of map and reference together, `own` those of the reference. Windows lie on `grid`. `grouping`
    says what the `groups` are within which pixels are alike, empty where there are none; `neighbours` whether pixels
    beside one another are compared. `left_out` counts by reason, once `each` has come to its end. `empty` counts the
    polygons in which no pixel lies. `ordinal` is whether the reference says that the order of its classes means
    something. `design` is how points were chosen, where that is known; if it has strata, these are the groups.
    """

    classes: ClassTable
    own: ClassTable
    grid: Grid
    items: Sequence[Any]
    read: Callable[[Any], tuple[Pixels, dict[str, int]]]
    nothing: str
    groups: int = 1
    grouping: str = ""
    neighbours: bool = True
    empty: int = 0
    ordinal: bool = False
    design: Design | Purposive | None = None
    left_out: dict[str, int] = field(default_factory=dict)
    stacks: tuple[Stack, ...] = ()

    def each(self, measure: Callable[[Pixels], Result], jobs: int | None, job: Job) -> Iterator[Result]:
        """What `measure` finds in each window; raises InputError where no pixel of any holds a class in all."""

        def one(item: Any) -> tuple[Result | None, dict[str, int], int]:
            job.check_cancelled()
            pixels, missing = self.read(item)
            return (measure(pixels) if len(pixels.truth) else None), missing, len(pixels.truth)

        compared, done = 0, 0
        with closing(windows.each(one, self.items, jobs)) as results:
            for _, (result, missing, number) in results:
                for reason, count in missing.items():
                    self.left_out[reason] = self.left_out.get(reason, 0) + count
                compared, done = compared + number, done + 1
                if result is not None:
                    yield result
                job.progress(done / len(self.items))
        self.left_out = {reason: count for reason, count in self.left_out.items() if count}
        if not compared:
            raise InputError(self.nothing)

    def close(self) -> None:
        """Close the files that were opened for it."""
        for stack in self.stacks:
            stack.close()


def from_features(
    mapped: ClassMap,
    labelled: Labelled,
    all_touched: bool,
    jobs: int | None,
    job: Job,
    design: Design | Purposive | None = None,
) -> Reference:
    """Polygons (all their pixels) or points (the pixel that each lies in). A map of several bands is several maps."""
    classes = _common(mapped, labelled.classes)
    if set(labelled.table.geometry.geom_type) <= {"Point", "MultiPoint"}:
        return _from_points(mapped, labelled, classes, design)
    reader = features.feature_reader(mapped.stack, None)
    table, counts = samples.extract(reader, labelled.table, job.part(0.0, 0.8), all_touched, jobs)
    job.part(0.8, 1.0)
    polygons, group = np.unique(table["polygon_id"].to_numpy(), return_inverse=True)
    found = _Found(
        table["row"].to_numpy(),
        table["col"].to_numpy(),
        table["class_id"].to_numpy(),
        np.stack([table[name].to_numpy() for name in reader.names]),
        group,
    )
    return Reference(
        classes,
        labelled.classes,
        mapped.stack.grid,
        found.blocks(mapped.stack.grid),
        lambda item: found.read(item, classes.ids),
        f"No pixel of {mapped.label} under the reference polygons holds a class. Check that they overlap.",
        len(polygons),
        "polygons",
        empty=int((counts.polygons["inside"] == 0).sum()),
        design=design,
        left_out={NODATA: counts.nodata, "under polygons of two classes": counts.two_classes},
    )


def _from_points(
    mapped: ClassMap, labelled: Labelled, classes: ClassTable, design: Design | Purposive | None
) -> Reference:
    grid, points = mapped.stack.grid, labelled.table.explode()
    col, row = grid.to_pixel(points.geometry.x.to_numpy(), points.geometry.y.to_numpy())
    col, row = np.floor(col), np.floor(row)
    inside = (row >= 0) & (row < grid.height) & (col >= 0) & (col < grid.width)
    if not inside.any():
        raise InputError(f"No reference point lies on {mapped.label}. Check that both layers have the right CRS.")
    row, col = row[inside].astype(np.int64), col[inside].astype(np.int64)
    truth = points["class_id"].to_numpy()[inside]
    group, groups = np.zeros(len(row), np.int64), 1
    if isinstance(design, Design):
        group, groups = points["polygon_id"][inside].map(design.stratum).to_numpy(dtype=np.int64), len(design.names)
    found = _Found(row, col, truth, np.empty((len(mapped.stack.bands), 0), np.int64), group)
    return Reference(
        classes,
        labelled.classes,
        grid,
        found.blocks(grid),
        lambda item: found.read(item, classes.ids, mapped.stack),
        f"No pixel of {mapped.label} under the reference points holds a class.",
        groups,
        neighbours=False,
        design=design,
        left_out={OUTSIDE: int((~inside).sum())},
    )


@dataclass(frozen=True)
class _Found:
    """Pixels at any places of a grid, as in `Pixels`, to be taken block by block; `shown` may be empty."""

    row: np.ndarray
    col: np.ndarray
    truth: np.ndarray
    shown: np.ndarray
    group: np.ndarray

    def blocks(self, grid: Grid) -> list[np.ndarray]:
        """The numbers of the pixels in each block that has some."""
        block = (self.row // BLOCK).astype(np.int64) * (grid.width // BLOCK + 1) + self.col // BLOCK
        order = np.argsort(block, kind="stable")
        return [at for at in np.split(order, np.flatnonzero(np.diff(block[order])) + 1) if len(at)]

    def read(self, at: np.ndarray, ids: Sequence[int], stack: Stack | None = None) -> tuple[Pixels, dict[str, int]]:
        """The pixels with these numbers; what maps show there is read from the stack where there is one."""
        row, col = self.row[at].astype(np.int64), self.col[at].astype(np.int64)
        top, left = int(row.min()), int(col.min())
        window = Window(left, top, int(col.max()) - left + 1, int(row.max()) - top + 1)
        row, col = row - top, col - left
        if stack is None:
            shown, valid = self.shown[:, at], np.ones(len(at), dtype=bool)
        else:
            values, good = stack.read(window)
            shown, valid = values[:, row, col], good[row, col]
        known = valid & np.isin(shown, ids).all(axis=0)
        missing = {NODATA: int(np.count_nonzero(~valid)), NO_CLASS: int(np.count_nonzero(valid & ~known))}
        pixels = Pixels(window, row[known], col[known], self.truth[at][known], shown[:, known], self.group[at][known])
        return pixels, missing


def from_raster(mapped: ClassMap, reference: ClassMap, area: shapely.Geometry | None) -> Reference:
    """Each pixel of a raster, brought to the map's grid by the nearest pixel where it has another.

    With an `area`, only pixels whose centre lies in it.
    """
    classes, grid = _common(mapped, reference.classes), mapped.stack.grid
    part = maps.side_by_side(mapped, reference).parts[-1]
    theirs = Stack(grid, (part,), "nearest")
    squares = _Squares.of(grid, len(classes))

    def read(window: Window) -> tuple[Pixels, dict[str, int]]:
        (values, good), (truth, there) = mapped.stack.read(window), theirs.read(window)
        inside = grid.inside(area, window)
        inside = np.ones(good.shape, dtype=bool) if inside is None else inside
        known = np.isin(values, classes.ids).all(axis=0) & np.isin(truth[0], classes.ids)
        missing = {
            NODATA: inside & ~good,
            "outside the reference or nodata in it": inside & good & ~there,
            "values in map or reference that are no class": inside & good & there & ~known,
        }
        row, col = np.nonzero(inside & good & there & known)
        pixels = Pixels(window, row, col, truth[0][row, col], values[:, row, col], squares.group(window, row, col))
        return pixels, {reason: int(np.count_nonzero(where)) for reason, where in missing.items()}

    return Reference(
        classes,
        reference.classes,
        grid,
        windows.plan(grid.height, grid.width, BLOCK, WINDOW_PIXELS),
        read,
        f"{mapped.label} and {reference.label} have no pixel in common that holds a class in both. Check that they"
        " overlap and that their class ids agree.",
        squares.number,
        f"squares of {squares.edge} × {squares.edge} pixels" if squares.number > 1 else "",
        stacks=(theirs,),
    )


@dataclass(frozen=True)
class _Squares:
    """A lattice of squares on a grid, whose pixels are taken together since neighbours are alike."""

    edge: int
    columns: int
    number: int

    @classmethod
    def of(cls, grid: Grid, classes: int) -> _Squares:
        side = min(SQUARES_A_SIDE, int((SQUARES_CELLS / classes**2) ** 0.5)) or 1
        edge = -(-max(grid.height, grid.width) // side)
        columns = -(-grid.width // edge)
        return cls(edge, columns, columns * -(-grid.height // edge))

    def group(self, window: Window, row: np.ndarray, col: np.ndarray) -> np.ndarray:
        return (row + window.row_off) // self.edge * self.columns + (col + window.col_off) // self.edge


def from_tiles(mapped: ClassMap, tiles: TileSet, part: str, area: shapely.Geometry | None) -> Reference:
    """Each pixel of the masks of a part of a tile data set, once though tiles overlap.

    The map is brought to the grid of the tiles by the nearest pixel where it has another. An `area` is in the CRS of
    the tiles. Raises InputError where map and tiles do not lie together.
    """
    classes, rows = _common(mapped, tiles.classes), tiles.rows(part, ("cut",))
    if not len(rows):
        there = ", ".join(dict.fromkeys(tiles.table["part"]))
        raise InputError(
            f"{tiles.folder} has no tiles of the part '{part}'; it has {there}. Choose another TILES_PART."
        )
    grid = tiles.grid
    _refuse_elsewhere(mapped, tiles)
    stack = Stack(grid, mapped.stack.parts, "nearest")
    own = [_clipped(tiles.window(row), grid) for row in rows]
    corners = np.array([(window.row_off, window.col_off) for window in own])
    names, block = np.unique(tiles.table["block"].to_numpy(dtype=str)[rows], return_inverse=True)

    def read(number: int) -> tuple[Pixels, dict[str, int]]:
        window = own[number]
        truth = tiles.read_mask(int(rows[number]))[: window.height, : window.width]
        labelled = (truth != tiles.ignore) & _first_seen(own, corners, tiles.size, number)
        inside = grid.inside(area, window)
        labelled &= True if inside is None else inside
        values, good = stack.read(window)
        known = np.isin(values, classes.ids).all(axis=0) & np.isin(truth, classes.ids)
        missing = {NODATA: labelled & ~good, NO_CLASS: labelled & good & ~known}
        row, col = np.nonzero(labelled & good & known)
        group = np.full(len(row), block[number])
        pixels = Pixels(window, row, col, truth[row, col], values[:, row, col], group)
        return pixels, {reason: int(np.count_nonzero(where)) for reason, where in missing.items()}

    return Reference(
        classes,
        tiles.classes,
        grid,
        range(len(rows)),
        read,
        f"No labelled pixel of the part '{part}' of {tiles.folder} lies where {mapped.label} shows a class. Check that"
        " they show the same place.",
        len(names),
        "blocks of the tile data set",
        ordinal=tiles.ordinal,
        stacks=(stack,),
    )


def _refuse_elsewhere(mapped: ClassMap, tiles: TileSet) -> None:
    here, there = mapped.stack.grid, tiles.grid
    if (here.crs is None) != (there.crs is None):
        which = mapped.label if here.crs is None else f"the tile data set {tiles.folder}"
        raise InputError(
            f"{which} has no coordinate reference system, so map and tiles cannot be laid on each other. Assign one"
            " (Raster ▸ Projections ▸ Assign Projection)"
            + ("." if here.crs is None else " to the raster that was cut, and run Cut tiles again.")
        )
    if not vrt.overlap(here, there).area:
        raise InputError(
            f"{mapped.label} does not overlap the tile data set {tiles.folder}. Check that both show the same place and"
            " have the right coordinate reference system."
        )


def _clipped(window: Window, grid: Grid) -> Window:
    """A tile without what reaches beyond the grid."""
    return Window(
        window.col_off,
        window.row_off,
        min(window.width, grid.width - window.col_off),
        min(window.height, grid.height - window.row_off),
    )


def _first_seen(tiles: Sequence[Window], corners: np.ndarray, size: int, number: int) -> np.ndarray:
    """Which pixels (h, w) of a tile lie in none of the tiles before it; `corners` are rows and columns (n, 2)."""
    own = tiles[number]
    new = np.ones((own.height, own.width), dtype=bool)
    apart = np.abs(corners[:number] - corners[number]).max(axis=1, initial=0)
    for near in np.flatnonzero(apart < size):
        other = tiles[int(near)]
        top, left = other.row_off - own.row_off, other.col_off - own.col_off
        bottom, right = top + other.height, left + other.width
        if bottom > 0 and right > 0:
            new[max(top, 0) : bottom, max(left, 0) : right] = False
    return new


def _common(mapped: ClassMap, reference: ClassTable) -> ClassTable:
    """The classes of both, by the map's names if it has any; refuses tables without or with contradicting classes."""
    if not set(mapped.classes.ids) & set(reference.ids):
        raise InputError(
            "Map and reference have no class in common: the map has"
            f" {_listed(mapped.classes)}, the reference {_listed(reference)}. Use the same ids or names in both, or"
            " give the map's ids and the reference's names in CLASSES."
        )
    theirs = {c.name: c.id for c in reference}
    for c in mapped.classes:
        if theirs.get(c.name, c.id) != c.id:
            raise InputError(
                f"Map and reference number their classes otherwise: {c.name} is {c.id} in the map and"
                f" {theirs[c.name]} in the reference. The map has {_listed(mapped.classes)}, the reference"
                f" {_listed(reference)}. Give the reference the map's ids, or a field with class names."
            )
    tables = (reference, mapped.classes) if mapped.named else (mapped.classes, reference)
    return make_table({c.id: c for table in tables for c in table}.values())


def _listed(classes: ClassTable) -> str:
    shown = [f"{c.id} {c.name}" for c in classes][:MOST_LISTED]
    return ", ".join(shown) + (" …" if len(classes) > MOST_LISTED else "")


def matching(mapped: ClassTable, reference: ClassTable) -> list[tuple[str, str, str]]:
    """A line a class: id, name in the map, name in the reference, for the report; none where one has no names."""
    if any(all(c.name == f"Class {c.id}" for c in table) for table in (mapped, reference)):
        return []
    ids: Sequence[int] = sorted(set(mapped.ids) | set(reference.ids))
    return [
        (str(i), mapped.name_of(i) if i in mapped.ids else "–", reference.name_of(i) if i in reference.ids else "–")
        for i in ids
    ]


def doubts(mapped: ClassMap, found: Reference, matrix: np.ndarray) -> list[str]:
    """What the user should know of the classes that were compared as one, or stand alone.

    `matrix` are the counts (K, K), rows mapped, in the order of the classes of `found`.
    """
    reference = found.own
    used = [c for c, n in zip(found.classes, matrix.sum(axis=0), strict=True) if n and c.id in reference.ids]
    alone = [c.name for c in used if c.id not in mapped.classes.ids]
    notes = []
    if alone:
        notes.append(f"The map has no class {', '.join(alone)}; its reference counts as mapped wrongly.")
    pairs = [(c.id, mapped.classes.name_of(c.id), reference.name_of(c.id)) for c in used if c.name not in alone]
    unlike = [
        f"{i} is {here} in the map and {there} in the reference"
        for i, here, there in pairs
        if mapped.named and there not in (here, f"Class {i}")
    ]
    if unlike:
        notes.append(
            f"Classes were compared by their ids, but {'; '.join(unlike)}. If these are not the same, give the"
            " reference the map's ids, or a field with class names."
        )
    return notes
