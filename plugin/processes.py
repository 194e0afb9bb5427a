"""Programs that are ended together with all that they start, at the latest when this process dies.

Standard library only and Python 3.9; knows nothing of QGIS.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

WINDOWS = sys.platform == "win32"

# What QGIS sets for itself would make another Python load QGIS's packages, GDAL, PROJ or Qt.
_OF_QGIS = (
    "PYTHON",
    "__PYVENV_LAUNCHER__",
    "VIRTUAL_ENV",
    "CONDA",
    "PROJ_",
    "GDAL_DATA",
    "GDAL_DRIVER_PATH",
    "PDAL_DRIVER_PATH",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "DYLD_",
    "OPENSSL_ENGINES",
    "OPENSSL_MODULES",
    "QT_",
    "QML",
    "QGIS",
    "OSGEO4W",
    "O4W_",
    "GISBASE",
    "GRASS_",
    "SAGA",
)


def without_qgis(environ: Mapping[str, str]) -> dict:
    """Return the environment variables without those by which QGIS would lead another program astray."""
    return {name: value for name, value in environ.items() if not name.upper().startswith(_OF_QGIS)}


class Program(contextlib.AbstractContextManager):
    """A program that runs in the background, in a group of its own with all that it starts.

    On leaving the block the whole group is ended. If this process dies before, however it dies, the group
    is ended too: on Windows at once, because the job that holds it closes; elsewhere, after `grace_s`
    seconds, by a guard, which notices the death by the end of its input.

    Args:
        command: the program's path and its arguments.
        environ: its environment variables.
        grace_s: whole seconds in which the program may end by itself when this process has died.
        options: its streams, as for subprocess.Popen.

    Raises OSError where the program cannot be started. A program that leaves its group, as daemons do,
    is not ended (on Windows it cannot leave).
    """

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], grace_s: int = 0, **options: Any):
        self._group = _Job() if WINDOWS else _Session(grace_s)
        self.process = self._group.start(command, env=dict(environ), **options)
        self._ended = False

    def __exit__(self, *exception: object) -> None:
        self.end()

    def end(self) -> None:
        """End the program with all that it started, now; does nothing the second time."""
        if not self._ended:
            self._ended = True
            self._group.end(self.process)
            # A system call that cannot be interrupted, such as one on a hanging network drive, outlives even this.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(2)


class _Session:
    """Everywhere but on Windows: a session, whose process group can be killed as one."""

    # Reading ends when whoever holds the other end of the pipe is gone.
    _GUARD = 'read -r _; sleep "$2"; kill -s KILL -- "-$1"'

    def __init__(self, grace_s: int):
        self._grace_s = grace_s

    def start(self, command: Sequence[str], **options: Any) -> subprocess.Popen:
        process = subprocess.Popen(command, start_new_session=True, **options)
        try:
            self._guard = subprocess.Popen(
                ["/bin/sh", "-c", self._GUARD, "sh", str(process.pid), str(self._grace_s)],
                env={"PATH": os.environ.get("PATH", os.defpath)},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            _kill_group(process)
            raise
        return process

    def end(self, process: subprocess.Popen) -> None:
        # The group goes first: if this process died in between, the guard would still be there.
        _kill_group(process)
        self._guard.kill()
        self._guard.wait()
        self._guard.stdin.close()  # type: ignore[union-attr]


def _kill_group(process: subprocess.Popen) -> None:
    # macOS refuses permission where all of the group are dead but not collected yet.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


class _Limits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION of the Windows API."""

    _fields_ = (
        ("per_process_user_time", ctypes.c_int64),
        ("per_job_user_time", ctypes.c_int64),
        ("flags", ctypes.c_uint32),
        ("minimum_working_set", ctypes.c_size_t),
        ("maximum_working_set", ctypes.c_size_t),
        ("active_processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority_class", ctypes.c_uint32),
        ("scheduling_class", ctypes.c_uint32),
        ("io_counters", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process_memory", ctypes.c_size_t),
        ("peak_job_memory", ctypes.c_size_t),
    )


class _Job:
    """On Windows: a job object. It ends all its processes when its last handle closes, thus also when we die."""

    _EXTENDED_LIMITS = 9
    _KILL_ON_CLOSE = 0x2000

    def __init__(self) -> None:
        self._kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        self._kernel.CreateJobObjectW.restype = ctypes.c_void_p
        self._handle = ctypes.c_void_p(self._kernel.CreateJobObjectW(None, None))
        limits = _Limits(flags=self._KILL_ON_CLOSE)
        self._kernel.SetInformationJobObject(
            self._handle, self._EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits)
        )

    def start(self, command: Sequence[str], **options: Any) -> subprocess.Popen:
        # No console window flashes up.
        process = subprocess.Popen(command, creationflags=subprocess.CREATE_NO_WINDOW, **options)
        self._holds = self._kernel.AssignProcessToJobObject(self._handle, ctypes.c_void_p(int(process._handle)))
        return process

    def end(self, process: subprocess.Popen) -> None:
        if self._holds:
            self._kernel.TerminateJobObject(self._handle, 1)
        elif process.poll() is None:
            kill = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
            subprocess.run(kill, capture_output=True, check=False, creationflags=subprocess.CREATE_NO_WINDOW)
        self._kernel.CloseHandle(self._handle)
