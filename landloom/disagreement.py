"""Where several class maps of one place differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import shapely
from rasterio.windows import Window

from . import areas, windows
from .classes import ClassTable, make_table
from .job import Job
from .rasters import Stack
from .reference.pixels import BLOCK

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def legend(maps: int) -> ClassTable:
    """What the pixels of a map of disagreement stand for: how many different classes so many maps show."""
    colours = ("#d9dee3", "#e69f00", "#d55e00", "#882255")
    return make_table(
        {
            "id": number,
            "name": "all agree" if number == 1 else f"{NUMBERS[number] if number <= 10 else number} classes",
            "colour": colours[min(number, len(colours)) - 1] if maps <= len(colours) else "",
        }
        for number in range(1, maps + 1)
    )


@dataclass(frozen=True)
class DisagreementTask:
    """Counts the different classes of each pixel of a window; see `mapping.map_windows`."""

    stack: Stack
    classes: ClassTable
    area: shapely.Geometry | None

    def __call__(self, window: Window, check: Callable[[], None] = lambda: None) -> Mapping[str, np.ndarray] | None:
        """How many there are by the name `disagreement`, 0 where a map has no class; None where there is nothing."""
        values, valid = self.stack.read(window)
        inside = self.stack.grid.inside(self.area, window)
        valid &= np.isin(values, self.classes.ids).all(axis=0)
        if inside is not None:
            valid &= inside
        if not valid.any():
            return None
        ordered = np.sort(values, axis=0)
        number = 1 + (ordered[1:] != ordered[:-1]).sum(axis=0)
        return {"disagreement": np.where(valid, number, 0).astype(np.uint8)[np.newaxis]}


def count(task: DisagreementTask, jobs: int | None, job: Job) -> np.ndarray:
    """How many pixels have one, two … different classes, (maps,)."""
    grid, maps = task.stack.grid, len(task.stack.bands)
    plan = windows.plan(grid.height, grid.width, BLOCK, areas.WINDOW_PIXELS)

    def one(window: Window) -> np.ndarray:
        job.check_cancelled()
        found = task(window)
        counts = np.zeros(maps + 1, np.int64)
        return counts if found is None else np.bincount(found["disagreement"].ravel(), minlength=maps + 1)

    total = np.zeros(maps + 1, np.int64)
    with closing(windows.each(one, plan, jobs)) as results:
        for done, (_, counts) in enumerate(results, start=1):
            total += counts
            job.progress(done / len(plan))
    return total[1:]
