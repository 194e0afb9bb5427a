"""A map against a reference: polygons, points or another raster."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely
from rasterio.windows import Window

from . import areas, assessment, features, maps, samples, windows
from .classes import ClassTable, make_table
from .errors import InputError
from .job import Job
from .maps import ClassMap
from .rasters import Stack
from .vectors import Labelled

OUTSIDE, NODATA, NO_CLASS = "outside the map", "nodata in the map", "values in the map that are no class"
BLOCK = 512
MOST_LISTED = 20


@dataclass
class Comparison:
    """What was compared: `matrix` (K, K), rows mapped, in the order of `classes`; `left_out` counts by reason.

    `neighbours` tells whether pixels beside one another were compared, as with polygons and rasters. `by_polygon`
    holds a matrix for each polygon (n, K, K), None where there are not several. `empty` counts the polygons in which
    no pixel lies.
    """

    classes: ClassTable
    matrix: np.ndarray
    left_out: dict[str, int] = field(default_factory=dict)
    neighbours: bool = False
    by_polygon: np.ndarray | None = None
    empty: int = 0


def against_features(mapped: ClassMap, labelled: Labelled, all_touched: bool, jobs: int | None, job: Job) -> Comparison:
    """Compare with polygons (all their pixels) or points (the pixel that each lies in)."""
    classes = _common(mapped, labelled.classes)
    kinds = set(labelled.table.geometry.geom_type)
    if kinds <= {"Point", "MultiPoint"}:
        return _against_points(mapped, labelled.table.explode(), classes)
    reader = features.feature_reader(mapped.stack, None)
    table, counts = samples.extract(reader, labelled.table, job, all_touched, jobs)
    values, truth = table[reader.names[0]].to_numpy(), table["class_id"].to_numpy()
    known = np.isin(values, classes.ids)
    left_out = {
        NODATA: counts.nodata,
        "under polygons of two classes": counts.two_classes,
        NO_CLASS: int((~known).sum()),
    }
    if not known.any():
        raise InputError(
            f"No pixel of {mapped.label} under the reference polygons holds a class. Check that they overlap."
        )
    by_polygon = assessment.confusion_by_group(
        values[known], truth[known], table["polygon_id"].to_numpy()[known], classes.ids
    )
    empty = int((counts.polygons["inside"] == 0).sum())
    several = by_polygon if len(by_polygon) > 1 else None
    return Comparison(classes, by_polygon.sum(axis=0), _some(left_out), True, several, empty)


def _against_points(mapped: ClassMap, points: gpd.GeoDataFrame, classes: ClassTable) -> Comparison:
    grid = mapped.stack.grid
    col, row = grid.to_pixel(points.geometry.x.to_numpy(), points.geometry.y.to_numpy())
    col, row = np.floor(col), np.floor(row)
    inside = (row >= 0) & (row < grid.height) & (col >= 0) & (col < grid.width)
    if not inside.any():
        raise InputError(f"No reference point lies on {mapped.label}. Check that both layers have the right CRS.")
    row, col = row[inside].astype(np.int64), col[inside].astype(np.int64)
    truth = points["class_id"].to_numpy()[inside]
    values, valid = _values_at(mapped.stack, row, col)
    known = valid & np.isin(values, classes.ids)
    left_out = {
        OUTSIDE: int((~inside).sum()),
        NODATA: int((~valid).sum()),
        NO_CLASS: int((valid & ~known).sum()),
    }
    if not known.any():
        raise InputError(f"No pixel of {mapped.label} under the reference points holds a class.")
    return Comparison(classes, assessment.confusion(values[known], truth[known], classes.ids), _some(left_out))


def _values_at(stack: Stack, row: np.ndarray, col: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first band's values and validity at pixels, block by block."""
    values, valid = np.zeros(len(row), np.int64), np.zeros(len(row), bool)
    block = (row // BLOCK) * (stack.grid.width // BLOCK + 1) + col // BLOCK
    order = np.argsort(block, kind="stable")
    for at in np.split(order, np.flatnonzero(np.diff(block[order])) + 1):
        top, left = int(row[at].min()), int(col[at].min())
        window = Window(left, top, int(col[at].max()) - left + 1, int(row[at].max()) - top + 1)
        found, good = stack.read(window)
        values[at], valid[at] = found[0, row[at] - top, col[at] - left], good[row[at] - top, col[at] - left]
    return values, valid


def against_raster(
    mapped: ClassMap, reference: ClassMap, area: shapely.Geometry | None, jobs: int | None, job: Job
) -> Comparison:
    """Compare pixel by pixel with a raster, brought to the map's grid by the nearest pixel where it has another.

    With an `area`, only pixels whose centre lies in it.
    """
    classes = _common(mapped, reference.classes)
    both = maps.side_by_side(mapped, reference)
    ours, theirs = (Stack(both.grid, (part,), both.resampling) for part in both.parts)
    plan = windows.plan(both.grid.height, both.grid.width, BLOCK, areas.WINDOW_PIXELS)

    def one(window: Window) -> tuple[np.ndarray, np.ndarray]:
        job.check_cancelled()
        (values, good), (truth, there) = ours.read(window), theirs.read(window)
        inside = both.grid.inside(area, window)
        inside = np.ones(good.shape, dtype=bool) if inside is None else inside
        known = np.isin(values[0], classes.ids) & np.isin(truth[0], classes.ids)
        missing = [inside & ~good, inside & good & ~there, inside & good & there & ~known]
        used = inside & good & there & known
        counts = assessment.confusion(values[0][used], truth[0][used], classes.ids)
        return counts, np.array([np.count_nonzero(m) for m in missing])

    matrix, missing, done = np.zeros((len(classes), len(classes)), np.int64), np.zeros(3, np.int64), 0
    # What was opened last is closed first: no window is read any more when the files are closed.
    with closing(ours), closing(theirs), closing(windows.each(one, plan, jobs)) as results:
        for _, (counts, absent) in results:
            matrix, missing, done = matrix + counts, missing + absent, done + 1
            job.progress(done / len(plan))
    if not matrix.any():
        raise InputError(
            f"{mapped.label} and {reference.label} have no pixel in common that holds a class in both. Check that they"
            " overlap and that their class ids agree."
        )
    reasons = (NODATA, "outside the reference or nodata in it", "values in map or reference that are no class")
    return Comparison(classes, matrix, _some(dict(zip(reasons, missing.tolist(), strict=True))), True)


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


def doubts(mapped: ClassMap, reference: ClassTable, found: Comparison) -> list[str]:
    """What the user should know of the classes that were compared as one, or stand alone."""
    used = [c for c, n in zip(found.classes, found.matrix.sum(axis=0), strict=True) if n and c.id in reference.ids]
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


def _some(counts: dict[str, int]) -> dict[str, int]:
    return {reason: count for reason, count in counts.items() if count}
