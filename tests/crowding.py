"""How crowded the machine is: a promise in seconds is made for one that has nothing else to do."""

from __future__ import annotations

import time

ENOUGH_S = 0.5


def crowding() -> float:
    """How many times as long work takes now as it would alone: elapsed time by processor time of a computation."""
    began, used = time.monotonic(), time.thread_time()
    while time.thread_time() < used + ENOUGH_S:
        pass
    return (time.monotonic() - began) / ENOUGH_S
