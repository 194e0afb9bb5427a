"""Polygons and points as a reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rasterio.windows import Window

from .. import features, samples
from ..classes import ClassTable
from ..designs import Design, Purposive
from ..errors import InputError
from ..grids import Grid
from ..job import Job
from ..maps import ClassMap
from ..rasters import Stack
from ..vectors import Labelled
from .class_match import common_classes
from .pixels import BLOCK, NO_CLASS, NODATA, OUTSIDE, Pixels, Reference


def from_features(
    mapped: ClassMap,
    labelled: Labelled,
    all_touched: bool,
    jobs: int | None,
    job: Job,
    design: Design | Purposive | None = None,
) -> Reference:
    """Polygons (all their pixels) or points (the pixel that each lies in). A map of several bands is several maps."""
    classes = common_classes(mapped, labelled.classes)
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
