"""Cutting a raster into windows, and running a function over them on this machine's cores or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

import joblib
from rasterio.windows import Window

from .errors import LandloomError, ParameterError

Item = TypeVar("Item")
Result = TypeVar("Result")


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


def run(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    jobs: int | None = None,
    scheduler: str | None = None,
    items_a_job: int = 8,
) -> Iterator[list[tuple[Item, Result]]]:
    """Yield the results batch by batch, in the order of the items.

    Args:
        function: takes an item, say a window; with a scheduler it is sent to other machines, so it must be
            picklable and all that it opens must be there under the same path.
        jobs: how many at once on this machine; None for one a core, or for all workers of the scheduler.
        scheduler: address of a dask.distributed scheduler, such as tcp://host:8786; its workers do the work.
        items_a_job: a batch has so many items a job; its results wait in memory until it is complete.

    A worker of the cluster that is lost is survived: its items are done again by another.
    """
    with _backend(scheduler):
        batch = items_a_job * joblib.effective_n_jobs(jobs)
        remaining = iter(items)
        with joblib.Parallel(n_jobs=jobs) as parallel:
            while todo := list(islice(remaining, batch)):
                yield list(zip(todo, parallel(joblib.delayed(function)(item) for item in todo), strict=True))


@contextmanager
def _backend(scheduler: str | None) -> Iterator[None]:
    if not scheduler:
        # Threads share the open model and need no copies; reading and the compiled forest release Python's lock.
        with joblib.parallel_config("threading", n_jobs=-1):
            yield
        return
    from distributed import Client

    try:
        client = Client(scheduler, timeout="20s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise ParameterError(
            f"The Dask scheduler {scheduler} does not answer: {error}. Check that it runs and that the address has the"
            " form tcp://host:8786."
        ) from None
    with client:
        if not client.scheduler_info()["workers"]:
            raise LandloomError(f"The Dask scheduler {scheduler} has no workers. Start some: dask worker {scheduler}")
        with joblib.parallel_config("dask", client=client, n_jobs=-1):
            yield
