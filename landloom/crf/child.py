"""What a process of the crew does: it takes pieces from its standard input and answers on its standard output."""

from __future__ import annotations

import os
import pickle
import queue
import signal
import threading
from typing import Any, BinaryIO

from . import field


def main() -> None:
    """Refine piece after piece until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends this process
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever libraries print is no answer
    waiting: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(requests, waiting), daemon=True).start()
    while True:
        pickle.dump(_answer(waiting.get()), answers, protocol=5)
        answers.flush()


def _read(requests: BinaryIO, waiting: queue.SimpleQueue[tuple[Any, ...]]) -> None:
    """Take requests; where the input ends the parent is gone, so this process goes too, in the middle of its work."""
    try:
        while True:
            waiting.put(pickle.load(requests))  # noqa: S301  # from the process that started this one
    except (EOFError, OSError):
        os._exit(0)


def _answer(request: tuple[Any, ...]) -> Any:
    try:
        return field.refine(*request)
    except Exception as error:
        return error
