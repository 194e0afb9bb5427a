"""The worker process: one JSON request on standard input, JSON lines on standard output.

The request is one line: `{"stage", "parameters", "secrets", "environ", "origins", "scratch"}`. Standard
input then stays open: a line `{"cancel": true}` asks to stop, and its end means that whoever started the
worker is gone. Events go to the original standard output; what libraries print goes to standard error.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import threading
import traceback
from collections.abc import Iterator

from .errors import Cancelled, LandloomError

# After being asked to stop, tidying up may take this long; the one who asked ends us after that anyway.
GRACE_S = 3.0

EXIT_OK, EXIT_FAILED, EXIT_CANCELLED = 0, 1, 3


def main() -> int:
    """Serve one request; returns the exit status."""
    events = _claim_stdout()
    lock = threading.Lock()

    def emit(event: dict) -> None:
        with lock, contextlib.suppress(BrokenPipeError):
            events.write(json.dumps(event) + "\n")
            events.flush()

    cancel, done = threading.Event(), threading.Event()
    try:
        lines = _stdin_lines()
        request = json.loads(next(lines, "{}"))
        threading.Thread(target=_watch_stdin, args=(lines, cancel, done), daemon=True).start()
        emit({"type": "result", "outputs": _serve(request, emit, cancel)})
        return EXIT_OK
    except Cancelled as error:
        emit({"type": "error", "kind": "Cancelled", "message": str(error)})
        return EXIT_CANCELLED
    except LandloomError as error:
        traceback.print_exc()
        emit({"type": "error", "kind": type(error).__name__, "message": str(error)})
    except MemoryError:
        traceback.print_exc()
        emit(
            {
                "type": "error",
                "kind": "MemoryError",
                "message": "The memory of this computer is used up."
                " Close other programs, or give the stage less to do at once (a lower memory budget, fewer jobs).",
            }
        )
    except Exception as error:
        traceback.print_exc()
        emit(
            {
                "type": "error",
                "kind": type(error).__name__,
                "message": "This should not have happened and is a"
                f" defect of Landloom: {type(error).__name__}: {error}. The log has the details for a report.",
            }
        )
    finally:
        done.set()
    return EXIT_FAILED


def _serve(request: dict, emit, cancel: threading.Event) -> dict:
    from .configuration import environment
    from .job import Job
    from .runner import run_stage

    environ = environment(request.get("environ"), request.get("dotenv"))
    with Job(emit, cancel, request.get("secrets"), environ, request.get("origins"), request.get("scratch")) as job:
        return run_stage(request["stage"], request["parameters"], job)


def _claim_stdout() -> io.TextIOWrapper:
    """Keep the original standard output for events; let everything else that prints go to standard error."""
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return events


def _stdin_lines() -> Iterator[bytes]:
    """Yield the lines of standard input, read without Python's buffer: a thread that waits inside that
    buffer at the end of the program would abort it.
    """
    rest = b""
    while chunk := os.read(0, 65536):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
    if rest:
        yield rest


def _watch_stdin(lines: Iterator[bytes], cancel: threading.Event, done: threading.Event) -> None:
    """Set `cancel` on a cancel line or at the end of input; then end the whole process group."""
    for line in lines:
        if line.strip() and json.loads(line).get("cancel"):
            break
    cancel.set()
    if not done.wait(GRACE_S):
        _end_everything()


def _end_everything() -> None:
    """End this process and its children without asking again: they may be deep in native code."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    import psutil

    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            child.kill()
    os._exit(EXIT_CANCELLED)
