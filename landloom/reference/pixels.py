"""Reference pixels and what maps show there, window by window, wherever the reference comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from rasterio.windows import Window

from .. import windows
from ..classes import ClassTable
from ..designs import Design, Purposive
from ..errors import InputError
from ..grids import Grid
from ..job import Job
from ..rasters import Stack

OUTSIDE, NODATA, NO_CLASS = "outside the map", "nodata in the map", "values in the map that are no class"
BLOCK = 512

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
