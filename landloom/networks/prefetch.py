"""Making the next items while the last ones are worked on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
# One is ready while the next is being made.
DEPTH = 2
_END: Any = object()


def ahead(items: Iterable[T], depth: int = DEPTH) -> Iterator[T]:
    """The same items in the same order, up to `depth` of them made beforehand in a thread; what that raises, too."""
    source = iter(items)
    with ThreadPoolExecutor(1, "ahead") as maker:
        coming = deque(maker.submit(next, source, _END) for _ in range(depth))
        try:
            while (item := coming.popleft().result()) is not _END:
                coming.append(maker.submit(next, source, _END))
                yield item
        finally:
            for future in coming:
                future.cancel()
