"""Results that several threads need, each computed once and kept while there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

# So often somebody who waits for another thread looks whether the user has cancelled.
WAIT_S = 0.5


class Cache(Generic[Key, Value]):
    """Keeps what was used last, up to `limit` in the unit of `size`; what has gone is computed again when asked for."""

    def __init__(self, make: Callable[[Key], Value], size: Callable[[Value], int], limit: int):
        self._make, self._size, self._limit = make, size, limit
        self._kept: OrderedDict[Key, Value] = OrderedDict()
        self._held, self._running = 0, set[Key]()
        self._change = threading.Condition()

    def fill(self, keys: Iterable[Key], check: Callable[[], None] = lambda: None) -> None:
        """Compute what is missing, first what no other thread is computing; returns when all of it was there once.

        `check` is called before each and while waiting; what it raises ends it.
        """
        left = list(keys)
        while left:
            check()
            with self._change:
                for key in left:
                    if key in self._kept:
                        self._kept.move_to_end(key)
                left = [key for key in left if key not in self._kept]
                free = next((key for key in left if key not in self._running), None)
                if free is None:
                    if left:
                        self._change.wait(WAIT_S)
                    continue
                self._running.add(free)
            self._compute(free)
            left.remove(free)

    def get(self, key: Key, check: Callable[[], None] = lambda: None) -> Value:
        """The result for a key."""
        while True:
            check()
            with self._change:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
                if key in self._running:
                    self._change.wait(WAIT_S)
                    continue
                self._running.add(key)
            return self._compute(key)

    def _compute(self, key: Key) -> Value:
        """Compute what has been marked as running."""
        try:
            value = self._make(key)
            with self._change:
                self._kept[key] = value
                self._held += self._size(value)
                while self._held > self._limit and len(self._kept) > 1:
                    _, oldest = self._kept.popitem(last=False)
                    self._held -= self._size(oldest)
            return value
        finally:
            with self._change:
                self._running.remove(key)
                self._change.notify_all()
