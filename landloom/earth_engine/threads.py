"""Waiting for many answers at once, in a way that can be given up at any moment."""

from __future__ import annotations

import queue
import random
import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from ..job import Job
from . import client

T = TypeVar("T")
R = TypeVar("R")

NAME = "landloom-earth-engine"
POLL_S = 0.1
BASE_DELAY_S = 1.0
MOST_DELAY_S = 60.0


class GaveUp(Exception):
    """There was no answer; `error` is one of client.ERRORS, the last one."""

    def __init__(self, error: BaseException, attempts: int):
        super().__init__(str(error))
        self.error = error
        self.attempts = attempts


def persistently(ask: Callable[[], T], attempts: int, base_delay: float, stop: threading.Event) -> tuple[T, int]:
    """Ask until there is an answer; returns it and how often was asked.

    Before attempt n + 1 comes a wait between 0 and min(60 s, base_delay · 2^(n-1)), evenly at random ("full jitter":
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), so that many that were turned away
    together do not come back together. Raises GaveUp after the last attempt, at once where another would give the
    same, and when `stop` is set.
    """
    for attempt in range(1, attempts + 1):
        try:
            return ask(), attempt
        except client.ERRORS as error:
            wait = random.uniform(0, min(MOST_DELAY_S, base_delay * 2 ** (attempt - 1)))  # noqa: S311
            if client.is_final(error) or attempt == attempts or stop.wait(wait):
                raise GaveUp(error, attempt) from error
    raise AssertionError("at least one attempt")


def in_threads(work: Callable[[T], R], items: Iterable[T], number: int, job: Job) -> Iterator[R]:
    """Yield `work(item)` of all items, in the order in which they are done, at most `number` at the same time.

    What `work` raises is raised here. On cancel nobody waits for the work under way, and neither does the end of the
    program: that is why this is no ThreadPoolExecutor.
    """
    todo: queue.SimpleQueue = queue.SimpleQueue()
    done: queue.SimpleQueue = queue.SimpleQueue()

    def run() -> None:
        while (item := todo.get()) is not None:
            try:
                done.put((work(item[0]), None))
            except BaseException as error:
                done.put((None, error))

    left = iter(items)
    started = 0
    try:
        # As many again wait in line, so that nobody idles while the caller works on a result.
        waiting = _put(todo, islice(left, 2 * number))
        for _ in range(min(number, waiting)):
            threading.Thread(target=run, name=NAME, daemon=True).start()
            started += 1
        while waiting:
            job.check_cancelled()
            try:
                result, error = done.get(timeout=POLL_S)
            except queue.Empty:
                continue
            waiting += _put(todo, islice(left, 1)) - 1
            if error is not None:
                raise error
            yield result
    finally:
        _drain(todo)
        for _ in range(started):
            todo.put(None)


def _put(line: queue.SimpleQueue, items: Iterable[Any]) -> int:
    number = 0
    for item in items:
        line.put((item,))
        number += 1
    return number


def _drain(line: queue.SimpleQueue) -> None:
    try:
        while True:
            line.get_nowait()
    except queue.Empty:
        return
