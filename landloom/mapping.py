"""Mapping a whole raster window by window: the same for every kind of model.

What is painted lives in a working folder beside the result, with a journal of the finished windows. A run
that was killed goes on from there and ends with the same bytes as an uninterrupted one.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import psutil
import rasterio
from rasterio.windows import Window

from . import cog, files, provenance, windows, workspaces
from .cog import Canvas, Layout
from .job import Job
from .rasters import Stack

# Larger windows save nothing more and smaller ones cost reads of the same blocks, with sources stored in tiles.
LARGEST_WINDOW_PIXELS = 2**19
# So much work is lost at most when a run is killed, beside the windows that are being worked on.
SAVE_INTERVAL_S = 5.0
JOURNAL = "journal"
M_ARENA_MAX = -8  # of malloc.h


@dataclass(frozen=True)
class Product:
    """One raster that comes out: where it goes and what it looks like."""

    path: Path
    layout: Layout


@dataclass(frozen=True)
class Effort:
    """How the work is spread: jobs (None: one a core), Dask scheduler, memory budget in MiB, block size."""

    jobs: int | None = None
    scheduler: str | None = None
    memory_mb: int = 1024
    block: int = 512
    compression: str = "deflate"


class Task(Protocol):
    """Makes the values of one window; with a scheduler it is sent to other machines, so it must be picklable."""

    def __call__(self, window: Window, check: Callable[[], None] = ...) -> Mapping[str, np.ndarray] | None:
        """Return the window's values for each product by name, None where everything in it is nodata.

        `check` is to be called about once a second; it raises Cancelled.
        """


def map_windows(
    task: Task,
    stack: Stack,
    products: Mapping[str, Product],
    identity: dict,
    effort: Effort,
    job: Job,
    plan: Sequence[Window] | None = None,
) -> None:
    """Run `task` over all windows of a raster and write each product as a COG.

    Args:
        task: makes the values of a window.
        stack: what the task reads; its grid is that of the products.
        products: what comes out, by name.
        identity: whatever determines the result (fingerprints of model and image, parameters); a run is only
            continued where it is the same.
        effort: how the work is spread; has no influence on the result.
        job: for progress and cancel.
        plan: the windows in the order in which they are done, for a task that needs others than `windows.plan` makes;
            their edges lie on multiples of the effort's block.

    Raises OutputError where another run is writing the same result or the disk is full.
    """
    _share_one_heap()
    grid, sizes = stack.grid, _sizes(stack, sum(p.layout.pixel_bytes for p in products.values()), effort)
    plan = plan or windows.plan(grid.height, grid.width, effort.block, sizes.window_pixels)
    first = next(iter(products.values())).path
    whole_identity = [identity, effort.block, repr(grid), provenance.versions()]
    with workspaces.workspace(first, whole_identity, job, JOURNAL) as folder, rasterio.Env(GDAL_CACHEMAX=sizes.cache):
        cog.refuse_full_disk(folder, grid, [p.layout for p in products.values()])
        canvases = {
            name: Canvas(folder / f"{name}.tif", grid, product.layout, effort.block)
            for name, product in products.items()
        }
        try:
            _paint(task, plan, canvases, folder / JOURNAL, sizes, effort, job.part(0.0, 0.95))
            job.part(0.95, 1.0)
            for number, (name, product) in enumerate(products.items()):
                job.progress(number / len(products))
                canvases[name].finish(product.path, effort.compression)
        finally:
            for canvas in canvases.values():
                canvas.close()


def _paint(
    task: Task,
    plan: Sequence[Window],
    canvases: Mapping[str, Canvas],
    journal: Path,
    sizes: _Sizes,
    effort: Effort,
    job: Job,
) -> None:
    done = _read_journal(journal, effort.block)
    todo = [w for w in plan if not _blocks(w, effort.block) <= done]
    if len(todo) < len(plan):
        job.message(f"Going on with an earlier run: {len(plan) - len(todo)} of {len(plan)} windows are finished.")
    counter = _Counter(job, sum(w.width * w.height for w in plan), sum(w.width * w.height for w in todo))
    finished: dict[Window, Mapping[str, np.ndarray] | None] = {}  # and not painted: an earlier window is still awaited
    painted: list[Window] = []

    def counted(window: Window) -> Mapping[str, np.ndarray] | None:
        job.check_cancelled()
        result = finished[window] = task(window, job.check_cancelled)
        counter.add(window)
        return result

    def paint(window: Window, result: Mapping[str, np.ndarray] | None) -> None:
        for name, values in (result or {}).items():
            canvases[name].paint(window, values)
        painted.append(window)

    def save() -> None:
        if not painted:
            return
        for canvas in canvases.values():
            canvas.flush()
        with journal.open("a", encoding="ascii") as stream:
            stream.writelines(f"{w.col_off} {w.row_off} {w.width} {w.height}\n" for w in painted)
            stream.flush()
            os.fsync(stream.fileno())
        painted.clear()

    def paint_the_rest() -> None:
        while finished:
            paint(*finished.popitem())

    function = task if effort.scheduler else counted
    results = windows.each(function, todo, effort.jobs, effort.scheduler, sizes.results, job.check_cancelled)
    with ExitStack() as at_the_end:  # also of a run that is stopped: what was told as done is kept
        at_the_end.callback(save)
        at_the_end.callback(paint_the_rest)
        at_the_end.enter_context(closing(results))
        saved = time.monotonic()
        for window, result in results:
            finished.pop(window, None)
            paint(window, result)
            if effort.scheduler:
                counter.add(window)
            if time.monotonic() - saved > SAVE_INTERVAL_S:
                save()
                saved = time.monotonic()


@dataclass(frozen=True)
class _Sizes:
    """What the budget is spent on: bytes of GDAL's cache, pixels a window, and windows whose results are in memory."""

    cache: int
    window_pixels: int
    results: int


def _sizes(stack: Stack, pixel_bytes: int, effort: Effort) -> _Sizes:
    """Give half of the free budget to results, of `pixel_bytes` a pixel; the other half is for `strips`."""
    jobs, budget = effort.jobs or os.cpu_count() or 1, effort.memory_mb * 2**20
    blocks = sum(
        part.block[0] * part.block[1] * sum(np.dtype(band.dtype).itemsize for band in part.bands)
        for part in stack.parts
    )
    cache = min(max(cog.SMALLEST_CACHE_BYTES, 2 * jobs * blocks), budget // 4)
    free = max(budget - psutil.Process().memory_info().rss - cache, budget // 10)
    pixels = free // 2 // pixel_bytes
    largest = stack.grid.width * effort.block if _in_compressed_strips(stack) else LARGEST_WINDOW_PIXELS
    window_pixels = min(largest, max(pixels // (windows.ITEMS_A_JOB * jobs), effort.block**2))
    return _Sizes(cache, window_pixels, max(1, pixels // window_pixels))


def _in_compressed_strips(stack: Stack) -> bool:
    """Whether reading a part of a row costs as much as reading all of it."""
    for part in stack.parts:
        with rasterio.open(part.where) as dataset:
            if dataset.compression and part.block[1] >= dataset.width:
                return True
    return False


def _share_one_heap() -> None:
    """Let all threads allocate from one heap.

    glibc gives each thread its own, where memory that it frees is lost for the others. Ours ask for few and
    large arrays, so they hardly ever wait for each other.
    """
    if sys.platform == "linux":
        with suppress(AttributeError):  # another C library
            ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def strips(window: Window, pixel_bytes: int, effort: Effort) -> list[Window]:
    """Cut a window into strips that can be read and classified at once within the budget.

    `pixel_bytes` is what one pixel takes while the model works on it. The cut depends on the parameters
    alone, not on what memory happens to be free.
    """
    rows = int(min(window.height, max(1, pixels_at_once(pixel_bytes, effort) // window.width)))
    return [
        Window(window.col_off, row, window.width, min(rows, window.row_off + window.height - row))
        for row in range(window.row_off, window.row_off + window.height, rows)
    ]


def pixels_at_once(pixel_bytes: int, effort: Effort) -> int:
    """How many pixels a job may work on at once, a quarter of the budget being for all jobs together."""
    jobs = effort.jobs or os.cpu_count() or 1
    return effort.memory_mb * 2**20 // 4 // jobs // max(pixel_bytes, 1)


class _Counter:
    """Adds up finished pixels from several threads and tells the progress and the rate."""

    def __init__(self, job: Job, total: int, todo: int):
        self._job, self._total, self._done, self._now = job, total, total - todo, 0
        self._lock, self._started = threading.Lock(), time.monotonic()

    def add(self, window: Window) -> None:
        with self._lock:
            self._now += window.width * window.height
            rate = self._now / max(time.monotonic() - self._started, 1e-3) / 1e6
            self._job.progress((self._done + self._now) / self._total, f"{rate:.2f} Mpixel/s")


def _blocks(window: Window, block: int) -> set[tuple[int, int]]:
    """Row and column of each block that a window covers."""
    rows = range(window.row_off // block, -(-(window.row_off + window.height) // block))
    cols = range(window.col_off // block, -(-(window.col_off + window.width) // block))
    return {(row, col) for row in rows for col in cols}


def _read_journal(journal: Path, block: int) -> set[tuple[int, int]]:
    """The finished blocks. A line that was cut short by a kill does not count and is removed."""
    if not journal.exists():
        return set()
    lines = journal.read_text(encoding="ascii").splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        files.write_text(journal, "".join(lines[:-1]))
        lines.pop()
    done = (_blocks(Window(*map(int, line.split())), block) for line in lines)
    return set().union(*done)
