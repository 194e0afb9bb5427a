"""Starting the worker and talking to it: a request in, events out, and an end within seconds when asked.

Standard library only and Python 3.9; knows nothing of QGIS. The protocol is that of landloom/worker.py.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

from .processes import WINDOWS, Program, without_qgis

ENGINE = Path(__file__).resolve().parents[1] / "landloom" / "__main__.py"

# The worker tidies up by itself when asked to stop, or when it finds us gone; after this it is ended.
GRACE_S = 3
# With its result given there is nothing left to do but to end.
EXIT_S = 20
# Where a program has left the worker's group and holds its pipes, they never close.
PIPES_S = 5

POLL_S = 0.1
# So much is kept in memory of what libraries print faster than it can be shown; then they have to wait.
LINES_WAITING = 10_000

Event = dict
OnEvent = Callable[[Event], None]


class WorkerFailed(Exception):
    """The worker ended without a result; the message is for the user."""


class WorkerCancelled(Exception):
    """The run was cancelled."""


def worker_environment(environ: Mapping[str, str], home: Path) -> dict:
    """The environment variables for the worker: the user's, for data access and proxies, without QGIS's own."""
    kept = {name: value for name, value in without_qgis(environ).items() if not name.upper().startswith("PIP_")}
    kept["LANDLOOM_HOME"] = str(home)
    cache = home / "cache"
    # An office may share a home that its people cannot write; Numba and Matplotlib then find a folder themselves.
    if os.access(cache if cache.exists() else home, os.W_OK):
        kept.update(NUMBA_CACHE_DIR=str(cache), MPLCONFIGDIR=str(cache))
    # Isolated mode does not go over to the Pythons that a stage starts, such as joblib's.
    kept.update(PYTHONSAFEPATH="1", PYTHONUTF8="1")
    if WINDOWS:
        # QGIS puts its own libraries on the path; the worker's packages bring theirs.
        root = environ.get("SYSTEMROOT", r"C:\Windows")
        kept["PATH"] = os.pathsep.join([rf"{root}\System32", root])
    return kept


def run(
    python: Path,
    request: Mapping,
    home: Path,
    on_event: OnEvent = lambda event: None,
    on_log: Callable[[str], None] = lambda line: None,
    is_cancelled: Callable[[], bool] = lambda: False,
    shall_finish: Callable[[], bool] = lambda: False,
    environ: Mapping[str, str] | None = None,
    engine: Path = ENGINE,
) -> dict:
    """Run one request in a worker process and return its outputs.

    Args:
        python: the environment's Python.
        request: `stage`, `parameters` and, as wished, `secrets`, `environ`, `origins`, `dotenv`; goes to the
            worker's standard input, never into its arguments.
        home: folder for Landloom's own files.
        on_event: takes each progress, message, warning and metric event.
        on_log: takes each line that libraries print; tracebacks too.
        is_cancelled: asked at least ten times a second.
        shall_finish: asked as often: whether a training shall end early and keep its best network.
        environ: environment variables; those of this process where None.
        engine: the engine's `__main__.py`.

    All functions are called in the thread of the caller. Raises WorkerFailed with a message for the user, or
    WorkerCancelled.
    """
    environ = worker_environment(os.environ if environ is None else environ, home)
    with _scratch() as scratch, _worker(python, engine, environ) as program:
        return _Conversation(program, on_event, on_log, is_cancelled, shall_finish).hold(
            {**request, "scratch": scratch}
        )


@contextlib.contextmanager
def _scratch() -> Iterator[str]:
    try:
        folder = tempfile.mkdtemp(prefix="landloom-")
    except OSError as error:
        raise WorkerFailed(
            f"There is no place for temporary files: {error.strerror}. Free some space on the disk, or name another"
            " folder in the environment variable TMPDIR (on Windows TEMP)."
        ) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _worker(python: Path, engine: Path, environ: Mapping[str, str]) -> Program:
    # Isolated mode: neither the user's site packages nor the current folder can put another engine in its place.
    # The fault handler writes to the log where Python stood when native code crashed.
    command = [str(python), "-I", "-X", "utf8", "-X", "faulthandler", str(engine), "worker"]
    try:
        pipe = subprocess.PIPE
        return Program(command, environ, grace_s=GRACE_S, stdin=pipe, stdout=pipe, stderr=pipe)
    except OSError as error:
        raise WorkerFailed(
            f"The worker's Python {python} cannot be started: {error.strerror}. Repair the environment"
            " (Plugins ▸ Landloom ▸ Set up…)."
        ) from None


class _Conversation:
    """The talk with one worker: all its pipes are served all the time, by a thread each."""

    def __init__(
        self, program: Program, on_event: OnEvent, on_log: Callable, is_cancelled: Callable, shall_finish: Callable
    ):
        self._program, self._process = program, program.process
        self._on_event, self._on_log = on_event, on_log
        self._is_cancelled, self._shall_finish = is_cancelled, shall_finish
        self._messages: queue.Queue = queue.Queue()
        self._lines: queue.Queue = queue.Queue(LINES_WAITING)
        self._open_pipes = 2
        self._over = False
        self._cancelled = self._asked_to_finish = False
        self._outputs: dict | None = None
        self._error: Event | None = None
        self._deadline = float("inf")

    def hold(self, request: Mapping) -> dict:
        """Send the request, listen to the end, and return the outputs."""
        self._messages.put(request)
        _in_background(self._send)
        _in_background(self._drain, self._process.stdout, self._handle_event)
        _in_background(self._drain, self._process.stderr, self._on_log)
        try:
            while self._process.poll() is None and time.monotonic() < self._deadline:
                self._handle_next_line(POLL_S)
                self._watch_wishes()
            status = self._process.poll()
            # Also where the worker itself has ended: its children may go on, and hold the pipes.
            self._program.end()
            while self._open_pipes and not self._cancelled and self._handle_next_line(PIPES_S):
                pass
        finally:
            self._release_threads()
        return self._conclude(status)

    # --- in threads: none of the pipes makes another one wait ---------------------------------

    def _send(self) -> None:
        with contextlib.suppress(OSError), self._process.stdin as stream:  # one that is gone says why by its status
            for message in iter(self._messages.get, None):
                stream.write((json.dumps(message) + "\n").encode("utf-8"))
                stream.flush()

    def _drain(self, stream: IO[bytes], handle: Callable[[str], None]) -> None:
        with stream:
            for line in stream:
                if self._over:
                    return
                self._lines.put((handle, line.decode("utf-8", "replace").rstrip()))
        self._lines.put((self._count_closed_pipe, ""))

    # --- in the caller's thread ---------------------------------------------------------------

    def _handle_next_line(self, wait: float) -> bool:
        try:
            handle, line = self._lines.get(timeout=wait)
        except queue.Empty:
            return False
        handle(line)
        return True

    def _handle_event(self, line: str) -> None:
        try:
            event = json.loads(line)
        except ValueError:  # the worker was killed while it wrote
            self._on_log(line)
            return
        if event["type"] in ("result", "error"):
            self._outputs = event.get("outputs")
            self._error = event if event["type"] == "error" else None
            self._deadline = min(self._deadline, time.monotonic() + EXIT_S)
        else:
            self._on_event(event)

    def _count_closed_pipe(self, _: str) -> None:
        self._open_pipes -= 1

    def _watch_wishes(self) -> None:
        if not self._asked_to_finish and self._shall_finish():
            self._asked_to_finish = True
            self._messages.put({"finish": True})
        if not self._cancelled and self._is_cancelled():
            self._cancelled = True
            self._messages.put({"cancel": True})
            self._deadline = time.monotonic() + GRACE_S

    def _release_threads(self) -> None:
        self._over = True
        self._messages.put(None)
        with contextlib.suppress(queue.Empty):  # makes room for a thread that waits for it
            while True:
                self._lines.get_nowait()

    def _conclude(self, status: int | None) -> dict:
        if self._cancelled or (self._error and self._error["kind"] == "Cancelled"):
            raise WorkerCancelled("The run was cancelled.")
        if self._error:
            raise WorkerFailed(self._error["message"])
        if status == 0 and self._outputs is not None:
            return self._outputs
        raise WorkerFailed(_cause_of_death(status, self._outputs is not None))


def _in_background(work: Callable, *arguments: object) -> None:
    threading.Thread(target=work, args=arguments, daemon=True).start()


def _cause_of_death(status: int | None, gave_result: bool) -> str:
    """Say in words why a run counts as failed, by the worker's exit status (None: it did not end by itself)."""
    if status is None:
        return (
            f"The worker gave a result, but then did not end within {EXIT_S} seconds and was stopped. Its files may be"
            " complete all the same; run it again to be sure. The log has what it printed last."
        )
    if status == -9 or status in _OUT_OF_MEMORY:
        return (
            "The worker was killed by the system, most likely because the memory ran out. Close other programs, or"
            " give the run a smaller memory budget or fewer jobs at once."
        )
    if status < 0 and -status in _STOPPED:
        return f"The worker was stopped from outside ({_signal(-status)}). Run it again."
    if status < 0 or status >= 0xC0000000:
        return (
            f"The worker crashed in native code ({_signal(-status) if status < 0 else hex(status)}). The log has where."
            " Try again; if it happens again, please report it with the log."
        )
    how = "after its result, which may be incomplete" if gave_result else "without a result"
    return f"The worker ended with status {status} {how}. The log has what it printed last."


# What Windows gives as exit status where it has no memory left.
_OUT_OF_MEMORY = (0xC0000017, 0xC000012D)
_STOPPED = tuple(int(getattr(signal, name, 0)) for name in ("SIGTERM", "SIGINT", "SIGHUP"))


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
