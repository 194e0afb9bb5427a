"""A map against a reference: polygons, points or another raster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
from rasterio.windows import Window

from . import assessment, rasters, samples, windows
from .classes import ClassTable, make_table
from .errors import InputError
from .job import Job
from .maps import ClassMap
from .rasters import Stack
from .vectors import Labelled


@dataclass
class Comparison:
    """What was compared: `matrix` (K, K), rows mapped, in the order of `classes`; `left_out` counts by reason.

    `by_polygon` holds a matrix for each polygon (n, K, K), None for points and rasters.
    """

    classes: ClassTable
    matrix: np.ndarray
    left_out: dict[str, int] = field(default_factory=dict)
    by_polygon: np.ndarray | None = None


def against_features(mapped: ClassMap, labelled: Labelled, all_touched: bool, jobs: int | None, job: Job) -> Comparison:
    """Compare with polygons (all their pixels) or points (the pixel that each lies in)."""
    classes = _common(mapped.classes, labelled.classes)
    kinds = set(labelled.table.geometry.geom_type)
    if kinds <= {"Point", "MultiPoint"}:
        return _against_points(mapped, labelled.table.explode(), classes)
    reader = rasters.feature_reader(mapped.stack, None)
    table, counts = samples.extract(reader, labelled.table, job, all_touched, jobs)
    name = reader.names[0]
    known = table[name].isin(classes.ids)
    left_out = {
        "nodata in the map": counts.nodata,
        "under polygons of two classes": counts.two_classes,
        "values in the map that are no class": int((~known).sum()),
    }
    table = table[known]
    if table.empty:
        raise InputError(
            f"No pixel of {mapped.label} under the reference polygons holds a class. Check that they overlap."
        )
    by_polygon = [
        assessment.confusion(part[name].to_numpy(), part["class_id"].to_numpy(), classes.ids)
        for _, part in table.groupby("polygon_id")
    ]
    return Comparison(classes, np.sum(by_polygon, axis=0), _some(left_out), np.array(by_polygon))


def _against_points(mapped: ClassMap, points: gpd.GeoDataFrame, classes: ClassTable) -> Comparison:
    grid = mapped.stack.grid
    col, row = grid.to_pixel(points.geometry.x.to_numpy(), points.geometry.y.to_numpy())
    col, row = np.floor(col).astype(np.int64), np.floor(row).astype(np.int64)
    inside = (row >= 0) & (row < grid.height) & (col >= 0) & (col < grid.width)
    if not inside.any():
        raise InputError(f"No reference point lies on {mapped.label}. Check that both layers have the right CRS.")
    row, col, truth = row[inside], col[inside], points["class_id"].to_numpy()[inside]
    values, valid = _values_at(mapped.stack, row, col)
    known = valid & np.isin(values, classes.ids)
    left_out = {
        "outside the map": int((~inside).sum()),
        "nodata in the map": int((~valid).sum()),
        "values in the map that are no class": int((valid & ~known).sum()),
    }
    if not known.any():
        raise InputError(f"No pixel of {mapped.label} under the reference points holds a class.")
    return Comparison(classes, assessment.confusion(values[known], truth[known], classes.ids), _some(left_out))


def _values_at(stack: Stack, row: np.ndarray, col: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first band's values and validity at pixels, block by block."""
    values, valid = np.zeros(len(row), np.int64), np.zeros(len(row), bool)
    size = 512
    block = (row // size) * (stack.grid.width // size + 1) + col // size
    for one in np.unique(block):
        at = np.flatnonzero(block == one)
        top, left = int(row[at].min()), int(col[at].min())
        window = Window(left, top, int(col[at].max()) - left + 1, int(row[at].max()) - top + 1)
        found, good = stack.read(window)
        values[at], valid[at] = found[0, row[at] - top, col[at] - left], good[row[at] - top, col[at] - left]
    return values, valid


def against_raster(mapped: ClassMap, reference: ClassMap, jobs: int | None, job: Job) -> Comparison:
    """Compare pixel by pixel with a raster, brought to the map's grid by the nearest pixel where it has another."""
    classes = _common(mapped.classes, reference.classes)
    both = Stack(mapped.stack.grid, (*mapped.stack.parts, *reference.stack.parts), "nearest")
    plan = windows.plan(both.grid.height, both.grid.width, 512, 512 * 2048)
    matrix, missing = np.zeros((len(classes), len(classes)), np.int64), 0

    def one(window: Window) -> tuple[np.ndarray, int]:
        job.check_cancelled()
        values, valid = both.read(window)
        valid &= np.isin(values, classes.ids).all(axis=0)
        return assessment.confusion(values[0][valid], values[1][valid], classes.ids), int((~valid).sum())

    done = 0
    for batch in windows.run(one, plan, jobs):
        for _, (counts, absent) in batch:
            matrix += counts
            missing += absent
        done += len(batch)
        job.progress(done / len(plan))
    both.close()
    if not matrix.any():
        raise InputError(
            f"{mapped.label} and {reference.label} have no pixel in common that holds a class in both. Check that they"
            " overlap and that their class ids agree."
        )
    return Comparison(classes, matrix, _some({"nodata or no class in one of the two": missing}))


def _common(mapped: ClassTable, reference: ClassTable) -> ClassTable:
    """The classes of both; refuses tables that have nothing in common."""
    if not set(mapped.ids) & set(reference.ids):
        raise InputError(
            "Map and reference have no class in common: the map has"
            f" {_listed(mapped)}, the reference {_listed(reference)}. Use the same ids or names in both."
        )
    known = {c.id: c for c in (*reference, *mapped)}
    return make_table(known.values())


def _listed(classes: ClassTable) -> str:
    return ", ".join(f"{c.id} {c.name}" for c in classes)


def matching(mapped: ClassTable, reference: ClassTable) -> list[tuple[str, str, str]]:
    """A line a class: id, name in the map, name in the reference; for the report."""
    ids: Sequence[int] = sorted(set(mapped.ids) | set(reference.ids))
    return [
        (str(i), mapped.name_of(i) if i in mapped.ids else "–", reference.name_of(i) if i in reference.ids else "–")
        for i in ids
    ]


def _some(counts: dict[str, int]) -> dict[str, int]:
    return {reason: count for reason, count in counts.items() if count}
