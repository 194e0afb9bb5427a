"""Mapping a whole raster window by window: the same for every kind of model.

What is painted lives in a working folder beside the result, with a journal of the finished windows. A run
that was killed goes on from there and ends with the same bytes as an uninterrupted one.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import filelock
import numpy as np
import psutil
import rasterio
from rasterio.windows import Window

from . import cog, windows
from .cog import Canvas, Layout
from .errors import OutputError
from .job import Job
from .rasters import Grid

# GDAL would else let its cache of blocks grow to a share of the computer's memory.
GDAL_CACHE_MB = 64
# Larger windows save nothing more, smaller ones cost reads of the same blocks.
LARGEST_WINDOW_PIXELS = 1024 * 1024


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


Task = Callable[[Window], Mapping[str, np.ndarray] | None]


def map_windows(
    task: Task, grid: Grid, products: Mapping[str, Product], identity: dict, effort: Effort, job: Job
) -> None:
    """Run `task` over all windows of `grid` and write each product as a COG.

    Args:
        task: takes a window, returns the painted values of each product by name, or None where everything
            in the window is nodata. With a scheduler it must be picklable.
        grid: of the products.
        products: what comes out, by name.
        identity: whatever determines the result (fingerprints of model and image, parameters); a run is only
            continued where it is the same.
        effort: how the work is spread; has no influence on the result.
        job: for progress and cancel.

    Raises OutputError where another run is writing the same result or the disk is full.
    """
    first = next(iter(products.values())).path
    with (
        _workspace(first, {**identity, "block": effort.block}) as folder,
        rasterio.Env(GDAL_CACHEMAX=GDAL_CACHE_MB),
    ):
        cog.refuse_full_disk(folder, grid, [p.layout for p in products.values()])
        canvases = {
            name: Canvas(folder / f"{name}.tif", grid, product.layout, effort.block)
            for name, product in products.items()
        }
        try:
            _paint(task, grid, canvases, folder / "journal", effort, job.part(0.0, 0.95))
            job.part(0.95, 1.0)
            for number, (name, product) in enumerate(products.items()):
                job.progress(number / len(products))
                canvases[name].finish(product.path, effort.compression)
        finally:
            for canvas in canvases.values():
                canvas.close()


def _paint(task: Task, grid: Grid, canvases: Mapping[str, Canvas], journal: Path, effort: Effort, job: Job) -> None:
    pixel_bytes = sum(canvas.layout.pixel_bytes for canvas in canvases.values())
    window_pixels, windows_a_job = _window_size(pixel_bytes, effort)
    done = _read_journal(journal, effort.block)
    plan = windows.plan(grid.height, grid.width, effort.block, window_pixels)
    todo = [w for w in plan if not _blocks(w, effort.block) <= done]
    if len(todo) < len(plan):
        job.message(f"Going on with an earlier run: {len(plan) - len(todo)} of {len(plan)} windows are finished.")
    counter = _Counter(job, sum(w.width * w.height for w in plan), sum(w.width * w.height for w in todo))

    def counted(window: Window) -> Mapping[str, np.ndarray] | None:
        job.check_cancelled()
        result = task(window)
        counter.add(window)
        return result

    function = task if effort.scheduler else counted
    for batch in windows.run(function, todo, effort.jobs, effort.scheduler, windows_a_job):
        for window, result in batch:
            for name, values in (result or {}).items():
                canvases[name].paint(window, values)
            if effort.scheduler:
                counter.add(window)
        for canvas in canvases.values():
            canvas.flush()
        with journal.open("a", encoding="ascii") as stream:
            stream.writelines(f"{w.col_off} {w.row_off} {w.width} {w.height}\n" for w, _ in batch)
            stream.flush()
            os.fsync(stream.fileno())


def _window_size(pixel_bytes: int, effort: Effort) -> tuple[int, int]:
    """Pixels a window and windows a job, so that the results that wait take a quarter of the budget at most."""
    jobs = effort.jobs or os.cpu_count() or 1
    waiting = free_bytes(effort.memory_mb) // 4 // (jobs * pixel_bytes)
    window_pixels = min(LARGEST_WINDOW_PIXELS, max(waiting // 8, effort.block**2))
    return window_pixels, int(min(8, max(1, waiting // window_pixels)))


def free_bytes(memory_mb: int) -> int:
    """What a budget leaves beside what the process has already and GDAL's cache; at least a tenth of it."""
    budget = memory_mb * 2**20
    return max(budget - psutil.Process().memory_info().rss - GDAL_CACHE_MB * 2**20, budget // 10)


def strips(window: Window, pixel_bytes: int, effort: Effort) -> list[Window]:
    """Cut a window into strips that can be read and classified at once within the budget.

    `pixel_bytes` is what one pixel takes while the model works on it. The cut depends on the parameters
    alone, not on what memory happens to be free.
    """
    jobs = effort.jobs or os.cpu_count() or 1
    pixels = effort.memory_mb * 2**20 // 4 // jobs // max(pixel_bytes, 1)
    rows = int(min(window.height, max(1, pixels // window.width)))
    return [
        Window(window.col_off, row, window.width, min(rows, window.row_off + window.height - row))
        for row in range(window.row_off, window.row_off + window.height, rows)
    ]


class _Counter:
    """Adds up finished pixels from several threads and tells the progress and the rate."""

    def __init__(self, job: Job, total: int, todo: int):
        self._job, self._total, self._done, self._now = job, total, total - todo, 0
        self._lock, self._started = threading.Lock(), time.monotonic()

    def add(self, window: Window) -> None:
        with self._lock:
            self._now += window.width * window.height
            rate = self._now / (time.monotonic() - self._started) / 1e6
            self._job.progress((self._done + self._now) / self._total, f"{rate:.2f} Mpixel/s")


def _blocks(window: Window, block: int) -> set[tuple[int, int]]:
    """Row and column of each block that a window covers."""
    rows = range(window.row_off // block, -(-(window.row_off + window.height) // block))
    cols = range(window.col_off // block, -(-(window.col_off + window.width) // block))
    return {(row, col) for row in rows for col in cols}


def _read_journal(journal: Path, block: int) -> set[tuple[int, int]]:
    """The finished blocks. A line that was cut short by a kill does not count."""
    done: set[tuple[int, int]] = set()
    if journal.exists():
        for line in journal.read_text(encoding="ascii").splitlines(keepends=True):
            if line.endswith("\n"):
                done |= _blocks(Window(*map(int, line.split())), block)
    return done


@contextmanager
def _workspace(result: Path, identity: dict) -> Iterator[Path]:
    """The working folder of a result, emptied where it stems from another run; refuses two runs at once.

    It is removed when the block ends well and kept when it does not.
    """
    folder = result.with_name(f".{result.name}.landloom")
    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / "lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise OutputError(
            f"Another run is writing {result} at this moment. Wait for it or choose another name."
        ) from None
    try:
        digest = hashlib.sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()
        mark = folder / "identity"
        if not mark.exists() or mark.read_text(encoding="ascii") != digest:
            _clear(folder)
            mark.write_text(digest, encoding="ascii")
        yield folder
        _clear(folder)
    finally:
        lock.release()
    with suppress(OSError):  # somebody else may have begun here in this very moment
        (folder / "lock").unlink(missing_ok=True)
        folder.rmdir()


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name != "lock":
            path.unlink()
