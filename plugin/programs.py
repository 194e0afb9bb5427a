"""Running programs during set-up: progress from their output, cancel, and advice where they fail.

Standard library only and Python 3.9.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

WINDOWS = os.name == "nt"

Tell = Callable[[float, str], None]


class EnvironmentProblem(Exception):
    """The environment cannot be made; the message says why and what to do."""


class SetupCancelled(Exception):
    """The user cancelled the set-up."""


class Runner:
    """Runs programs with progress and cancel; turns what they print on failure into advice."""

    def __init__(self, tell: Tell, cancelled: Callable[[], bool]):
        self._tell, self._cancelled = tell, cancelled
        self._low, self._high = 0.0, 0.05

    def span(self, low: float, high: float) -> None:
        """Let the shares of `say` run from `low` to `high` of the whole."""
        self._low, self._high = low, high

    def say(self, text: str, share: float) -> None:
        """Tell what is going on."""
        self._tell(self._low + (self._high - self._low) * share, text)

    def __call__(
        self, command: Sequence[str], count_of: tuple | None = None, more_environment: dict | None = None
    ) -> None:
        """Run a program and raise EnvironmentProblem where it fails.

        `count_of` is a pattern of output lines, how many of them make the whole, and the share that whole is.
        """
        lines: list = []
        with _process(command, more_environment) as process:
            reader = threading.Thread(target=self._read, args=(process, lines, count_of), daemon=True)
            reader.start()
            while reader.is_alive():
                reader.join(0.2)
                if self._cancelled():
                    _end(process)
                    raise SetupCancelled("The set-up was cancelled.")
        if process.returncode:
            raise EnvironmentProblem(advice("\n".join(lines), command))

    def _read(self, process: subprocess.Popen, lines: list, count_of: tuple | None) -> None:
        seen = 0
        for raw in process.stdout:
            line = raw.decode("utf-8", "replace").rstrip()
            lines.append(line)
            if count_of and re.match(count_of[0], line):
                seen += 1
                self.say(line.split(" (")[0], min(seen / count_of[1], 1.0) * count_of[2])

    def output(self, command: Sequence[str]) -> str:
        """What a program prints on standard output."""
        return subprocess.run(
            command, env=clean_environment(), stdout=subprocess.PIPE, check=True, **_QUIET
        ).stdout.decode()

    def failure(self, command: Sequence[str]) -> str | None:
        """Why a program fails, in one line; None where it does not."""
        try:
            done = subprocess.run(
                command, env=clean_environment(), capture_output=True, timeout=300, check=False, **_QUIET
            )
        except (OSError, subprocess.SubprocessError) as error:
            return str(error)
        if done.returncode == 0:
            return None
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        return last[0] if last else f"it ended with status {done.returncode}"

    def succeeds(self, command: Sequence[str]) -> bool:
        """Whether a program ends well."""
        return self.failure(command) is None


# No console window flashes up on Windows, and no program waits for input.
_QUIET: dict = {"stdin": subprocess.DEVNULL, **({"creationflags": subprocess.CREATE_NO_WINDOW} if WINDOWS else {})}


def clean_environment() -> dict:
    """The environment variables without those by which QGIS would lead another Python astray.

    pip's own (PIP_INDEX_URL …) and those of proxies stay.
    """
    dropped = (
        "PYTHON",
        "QT_",
        "QGIS",
        "GDAL_DATA",
        "GDAL_DRIVER_PATH",
        "PROJ_",
        "LD_LIBRARY_PATH",
        "DYLD_",
        "VIRTUAL_ENV",
    )
    return {name: value for name, value in os.environ.items() if not name.upper().startswith(dropped)}


@contextlib.contextmanager
def _process(command: Sequence[str], more_environment: dict | None) -> Iterator[subprocess.Popen]:
    try:
        process = subprocess.Popen(
            command,
            env={**clean_environment(), **(more_environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=not WINDOWS,
            **_QUIET,
        )
    except OSError as error:
        raise EnvironmentProblem(f"{command[0]} cannot be started: {error.strerror}.") from None
    try:
        with process:
            yield process
    except BaseException:
        _end(process)
        raise


def _end(process: subprocess.Popen) -> None:
    """End a program with all that it started."""
    if process.poll() is not None:
        return
    if WINDOWS:
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False, **_QUIET)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


_ADVICE = (
    (r"No space left on device|\[Errno 28\]", "The disk is full. Free some gigabytes and try again."),
    (
        r"ProxyError|Cannot connect to proxy|407 ",
        "The proxy refuses. Set HTTPS_PROXY to your proxy's address (with user and password if it asks) and try again.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        "The server's certificate is not trusted here, as happens behind some company networks. Give pip the company's"
        " certificate: pip config set global.cert FILE",
    ),
    (
        r"Temporary failure in name resolution|Failed to establish a new connection|NewConnectionError|ConnectTimeout"
        r"|Read timed out|Network is unreachable|getaddrinfo failed|NameResolutionError",
        "The package index cannot be reached. Check the network connection; offline, put the wheels into a folder"
        " and set PIP_NO_INDEX=1 and PIP_FIND_LINKS to it.",
    ),
    (
        r"Microsoft Visual C\+\+|command '?(gcc|g\+\+|cc|c\+\+|clang)|unable to execute '?(gcc|g\+\+|cc)",
        "A package has to be built and there is no C++ compiler. On Debian and Ubuntu: sudo apt install g++"
        " python3-dev; on Windows: the Visual Studio Build Tools.",
    ),
    (
        r"Permission denied|Access is denied|\[Errno 13\]",
        "A file cannot be written. Close other programs that use Landloom's environment, or choose another folder in"
        " LANDLOOM_HOME.",
    ),
    (
        r"No matching distribution found|Could not find a version",
        "The package index has no version for this Python and platform. Check PIP_INDEX_URL and PIP_FIND_LINKS, or give"
        " another Python in LANDLOOM_PYTHON (3.11 to 3.14).",
    ),
)


def advice(output: str, command: Sequence[str]) -> str:
    """Turn the output of a program that failed into what to do, with its last lines."""
    tail = "\n".join(line for line in output.splitlines() if line.strip())[-1500:]
    for pattern, text in _ADVICE:
        if re.search(pattern, output):
            return f"{text}\n\n{tail}"
    return f"{Path(command[0]).name} failed.\n\n{tail}"
