"""Cutting a raster into windows, and running a function over them on this machine's cores or a cluster."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

import joblib
from rasterio.windows import Window

Item = TypeVar("Item")
Result = TypeVar("Result")

# joblib's advice to programmers when a run is cancelled, which the user can do nothing with.
warnings.filterwarnings("ignore", message=".*adjusting the input task iterator", category=UserWarning)

# At the end of a batch jobs wait for the last ones, so a batch has some for each.
ITEMS_A_JOB = 8


def plan(height: int, width: int, block: int, maximum_pixels: int) -> list[Window]:
    """Cut height × width pixels into windows, row by row.

    A window's edges lie on multiples of `block`, so that no block of the output is written twice. It is one
    block high and as wide as `maximum_pixels` allows, at least one block: sources stored in strips are then
    read in long runs, and a window's shape has no influence on sources stored in tiles.
    """
    columns = max(1, maximum_pixels // (block * block)) * block
    return [
        Window(col, row, min(columns, width - col), min(block, height - row))
        for row in range(0, height, block)
        for col in range(0, width, columns)
    ]


def each(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    jobs: int | None = None,
    scheduler: str | None = None,
    most: int | None = None,
    check: Callable[[], None] = lambda: None,
) -> Generator[tuple[Item, Result]]:
    """Yield each item with its result, in the order of the items, while later ones are worked on.

    Args:
        function: takes an item, say a window; with a scheduler it is sent to other machines, so it must be
            picklable and all that it opens must be there under the same path.
        items: what to do.
        jobs: how many at once on this machine; None for one a core, or for all workers of the scheduler.
        scheduler: address of a dask.distributed scheduler, such as tcp://host:8786; its workers do the work.
        most: so many results at most are in memory at a time; None for eight a job.
        check: with a scheduler called while waiting; what it raises ends the work.

    A worker of the cluster that is lost is survived: its items are done again by another. Close the iterator
    (contextlib.closing) before what the function reads: after that, nothing is being worked on any more.
    """
    with _backend(scheduler, check), _Ended(function) as ended:
        call = function if scheduler else ended
        remaining = iter(items)
        with joblib.Parallel(n_jobs=jobs, return_as="generator") as parallel:
            batch = ITEMS_A_JOB * joblib.effective_n_jobs(jobs)
            while todo := list(islice(remaining, min(batch, most or batch))):
                yield from zip(todo, parallel(joblib.delayed(call)(item) for item in todo), strict=True)


class _Ended:
    """Calls a function; at the end waits for the calls that run, since joblib leaves threads alone when one fails."""

    def __init__(self, function: Callable[[Any], Any]):
        self._function, self._running, self._stopped = function, 0, False
        self._change = threading.Condition()

    def __call__(self, item: Any) -> Any:
        with self._change:
            if self._stopped:
                return None
            self._running += 1
        try:
            return self._function(item)
        finally:
            with self._change:
                self._running -= 1
                self._change.notify_all()

    def __enter__(self) -> _Ended:
        return self

    def __exit__(self, *exception: object) -> None:
        with self._change:
            self._stopped = True
            self._change.wait_for(lambda: not self._running)


@contextmanager
def _backend(scheduler: str | None, check: Callable[[], None]) -> Iterator[None]:
    if scheduler:
        from .cluster import cluster

        with cluster(scheduler, check):
            yield
    else:
        # Threads share the open model and need no copies; reading and the compiled forest release Python's lock.
        with joblib.parallel_config("threading", n_jobs=-1):
            yield
