"""Processes that refine pieces side by side: pydensecrf holds Python's lock, so threads would wait for each other."""

from __future__ import annotations

import pickle
import queue
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import LandloomError

CHECK_INTERVAL_S = 0.2
ROOT = Path(__file__).resolve().parents[2]
# Started by path and isolated, as the worker is: no other copy of the engine gets in the way.
PROGRAM = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from {__package__} import child; child.main()"


class Crew(AbstractContextManager):
    """Some processes for `field.refine`, started when they are needed, ended with the block or with this process."""

    def __init__(self, size: int):
        self._free: queue.SimpleQueue[_Member | None] = queue.SimpleQueue()
        for _ in range(size):
            self._free.put(None)
        self._size, self._threads = size, ThreadPoolExecutor(size)

    def __exit__(self, *exception: object) -> None:
        for _ in range(self._size):
            member = self._free.get()
            if member:
                member.end()
        self._threads.shutdown()

    def refine(self, arguments: tuple[Any, ...], check: Callable[[], None]) -> np.ndarray:
        """Call `field.refine` in a process that is free; whatever `check` raises ends the work.

        Raises LandloomError where the process comes to an end.
        """
        member = self._take(check)
        try:
            member = member or _Member()
            answer = self._threads.submit(member.ask, arguments)
            while not wait([answer], CHECK_INTERVAL_S).done:
                check()
            result = answer.result()
        except BaseException:
            if member:
                member.end()
            member = None
            raise
        finally:
            self._free.put(member)
        if isinstance(result, Exception):
            raise result
        return result

    def _take(self, check: Callable[[], None]) -> _Member | None:
        while True:
            check()
            with suppress(queue.Empty):
                return self._free.get(timeout=CHECK_INTERVAL_S)


class _Member:
    """One process."""

    def __init__(self) -> None:
        # No console window flashes up on Windows.
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
        command = [sys.executable, "-I", "-c", PROGRAM]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, creationflags=flags)

    def ask(self, arguments: tuple[Any, ...]) -> Any:
        """Send arguments, wait for the result."""
        assert self._process.stdin and self._process.stdout
        try:
            pickle.dump(arguments, self._process.stdin, protocol=5)
            self._process.stdin.flush()
            return pickle.load(self._process.stdout)  # noqa: S301  # from the process that was started here
        except (EOFError, OSError, pickle.UnpicklingError):
            status = self._process.wait()
            how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
            raise LandloomError(
                f"A process that refines a piece of the raster {how}. Most likely the memory of this computer was used"
                " up: lower MEMORY or JOBS, or close other programs, and run it again; it goes on where it was."
            ) from None

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                stream.close()  # type: ignore[union-attr]
