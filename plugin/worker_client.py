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
from collections.abc import Callable, Mapping
from pathlib import Path

WINDOWS = os.name == "nt"
ENGINE = Path(__file__).resolve().parents[1] / "landloom" / "__main__.py"

# The worker tidies up by itself when asked; after this it is ended with all its children.
GRACE_S = 4.0
POLL_S = 0.1

# What QGIS sets for itself would make the worker load QGIS's copies of Python packages, GDAL, PROJ or Qt.
_QGIS_VARIABLES = (
    "PYTHON",
    "PROJ_",
    "GDAL_DATA",
    "GDAL_DRIVER_PATH",
    "GDAL_PAM_",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "DYLD_",
    "PIP_",
    "QT_",
    "QGIS_",
    "QML",
    "VIRTUAL_ENV",
    "CONDA",
    "OSGEO4W",
    "O4W_",
    "GISBASE",
    "GRASS_",
    "SAGA",
)

Event = dict
OnEvent = Callable[[Event], None]


class WorkerFailed(Exception):
    """The worker ended without a result; the message is for the user."""


class WorkerCancelled(Exception):
    """The run was cancelled."""


def worker_environment(environ: Mapping[str, str], home: Path) -> dict:
    """The environment variables for the worker: the user's, for data access and proxies, without QGIS's own."""
    kept = {name: value for name, value in environ.items() if not name.upper().startswith(_QGIS_VARIABLES)}
    cache = str(home / "cache")
    kept.update(LANDLOOM_HOME=str(home), NUMBA_CACHE_DIR=cache, MPLCONFIGDIR=cache)
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
        is_cancelled: asked ten times a second.
        environ: environment variables; those of this process where None.
        engine: the engine's `__main__.py`.

    Raises WorkerFailed with a message for the user, or WorkerCancelled.
    """
    scratch = tempfile.mkdtemp(prefix="landloom-")
    process = _start(python, engine, worker_environment(environ if environ is not None else os.environ, home))
    try:
        return _Conversation(process, on_event, on_log, is_cancelled).hold({**request, "scratch": scratch})
    finally:
        end(process)
        shutil.rmtree(scratch, ignore_errors=True)


def _start(python: Path, engine: Path, environ: Mapping[str, str]) -> subprocess.Popen:
    # Isolated mode: neither the user's site packages nor the current folder can put another engine in its place.
    # A group of its own, so that it can be ended with all its children.
    group: dict = (
        {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
        if WINDOWS
        else {"start_new_session": True}
    )
    try:
        return subprocess.Popen(
            [str(python), "-I", "-X", "utf8", str(engine), "worker"],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **group,
        )
    except OSError as error:
        raise WorkerFailed(
            f"The worker's Python {python} cannot be started: {error.strerror}. Repair the environment"
            " (Plugins ▸ Landloom ▸ Set up…)."
        ) from None


def end(process: subprocess.Popen) -> None:
    """End a worker with all its children, now, and collect what is left of it."""
    if process.poll() is None:
        if WINDOWS:
            kill = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
            subprocess.run(kill, capture_output=True, check=False, creationflags=subprocess.CREATE_NO_WINDOW)
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        with contextlib.suppress(OSError):
            stream.close()


class _Conversation:
    """The talk with one worker: both its pipes are always drained, by a thread each."""

    def __init__(self, process: subprocess.Popen, on_event: OnEvent, on_log: Callable, is_cancelled: Callable):
        self._process, self._on_event, self._on_log, self._is_cancelled = process, on_event, on_log, is_cancelled
        self._lines: queue.Queue = queue.Queue()
        self._outputs: dict | None = None
        self._error: Event | None = None
        self._cancelled_at: float | None = None

    def hold(self, request: Mapping) -> dict:
        """Send the request and listen to the end."""
        readers = [
            threading.Thread(target=self._drain, args=(stream, kind), daemon=True)
            for stream, kind in ((self._process.stdout, "event"), (self._process.stderr, "log"))
        ]
        for reader in readers:
            reader.start()
        self._send(request)
        while readers[0].is_alive():
            self._handle_lines(POLL_S)
            self._watch_cancel()
        # The worker has closed its events. Its children may hold the log open, so that is not waited for long.
        readers[1].join(1.0)
        self._handle_lines(0)
        return self._conclude()

    def _send(self, message: Mapping) -> None:
        with contextlib.suppress(OSError):  # a worker that is gone already says why by its status
            self._process.stdin.write((json.dumps(message) + "\n").encode("utf-8"))
            self._process.stdin.flush()

    def _drain(self, stream, kind: str) -> None:
        with contextlib.suppress(ValueError):  # closed while reading
            for line in stream:
                self._lines.put((kind, line.decode("utf-8", "replace").rstrip()))

    def _handle_lines(self, wait: float) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                kind, line = self._lines.get(timeout=wait) if wait else self._lines.get_nowait()
                wait = 0
                if kind == "log":
                    self._on_log(line)
                else:
                    self._handle_event(json.loads(line))

    def _handle_event(self, event: Event) -> None:
        if event["type"] == "result":
            self._outputs = event["outputs"]
        elif event["type"] == "error":
            self._error = event
        else:
            self._on_event(event)

    def _watch_cancel(self) -> None:
        now = time.monotonic()
        if self._cancelled_at is None and self._is_cancelled():
            self._cancelled_at = now
            self._send({"cancel": True})
        elif self._cancelled_at is not None and now - self._cancelled_at > GRACE_S:
            end(self._process)

    def _conclude(self) -> dict:
        status = self._process.wait()
        if self._cancelled_at is not None or (self._error and self._error["kind"] == "Cancelled"):
            raise WorkerCancelled("The run was cancelled.")
        if self._error:
            raise WorkerFailed(self._error["message"])
        if status == 0 and self._outputs is not None:
            return self._outputs
        raise WorkerFailed(_cause_of_death(status))


def _cause_of_death(status: int) -> str:
    """Say in words why a worker ended without a result."""
    if status == -9 or status in (0xC0000017, 0xC000012D):
        return (
            "The worker was killed by the system, most likely because the memory ran out. Close other programs, or"
            " give the run a smaller memory budget or fewer jobs at once."
        )
    if status < 0 or status >= 0xC0000000:
        name = signal.Signals(-status).name if status < 0 else f"{status:#x}"
        return (
            f"The worker crashed in native code ({name}). The log has what it printed last. Try again; if it happens"
            " again, please report it with the log."
        )
    return f"The worker ended with status {status} and without a result. The log has what it printed last."
