"""The worker process: one JSON request on standard input, JSON lines on standard output.

The request is one line: `{"stage", "parameters", "secrets", "environ", "origins", "dotenv", "scratch"}`.
Standard input then stays open. A further line, `{"finish": true}`, asks a training to end early and keep its best
network; `{"cancel": true}` asks to stop, and so does the end of the input, which means that whoever started the
worker is gone. A worker that does not stop is ended from outside, with all its children (plugin/processes.py), since
it may be deep in native code.

Events go to the original standard output; what libraries print goes to standard error.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from typing import BinaryIO

from .errors import Cancelled, LandloomError, in_words

EXIT_OK, EXIT_FAILED, EXIT_CANCELLED = 0, 1, 3
FINISH = b'{"finish": true}'
REPORT = "The log has the details for a report."


def main() -> int:
    """Serve one request; returns the exit status."""
    requests, events = _claim_pipes()
    lock = threading.Lock()

    def emit(event: dict) -> None:
        line = json.dumps(event) + "\n"
        with lock, contextlib.suppress(OSError):  # nobody is there any more
            events.write(line.encode())
            events.flush()

    cancel, finish = threading.Event(), threading.Event()
    try:
        request = json.loads(requests.readline())
        threading.Thread(target=_watch, args=(requests, cancel, finish), daemon=True).start()
        emit({"type": "result", "outputs": _serve(request, emit, cancel, finish)})
        return EXIT_OK
    except Exception as error:
        emit({"type": "error", "kind": type(error).__name__, "message": in_words(error, REPORT)})
        if isinstance(error, Cancelled):
            return EXIT_CANCELLED
        if not isinstance(error, LandloomError) or error.__cause__ is not None:  # else the message says it all
            traceback.print_exc()
        return EXIT_FAILED


def _serve(request: dict, emit: Callable[[dict], None], cancel: threading.Event, finish: threading.Event) -> dict:
    from .configuration import environment
    from .job import Job
    from .runner import run_stage
    from .stages import find_stage

    environ = environment(request.get("environ"), request.get("dotenv"))
    given = {name: request.get(name) for name in ("secrets", "origins", "scratch")}
    with Job(emit, cancel, environ=environ, finish=finish, pictures=True, **given) as job:
        return run_stage(find_stage(request["stage"]), request["parameters"], job)


def _claim_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the original standard input and output for requests and events.

    Everything else, programs that libraries start included, reads nothing and prints to standard error.
    """
    requests, events = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return requests, events


def _watch(requests: BinaryIO, cancel: threading.Event, finish: threading.Event) -> None:
    for line in iter(requests.readline, b""):
        if line.strip() != FINISH:
            break
        finish.set()
    cancel.set()
