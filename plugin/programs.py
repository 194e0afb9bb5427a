"""Running programs during set-up: progress from their output, cancel, and advice where they fail.

Standard library only and Python 3.9.
"""

from __future__ import annotations

import os
import queue
import re
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from typing import IO

from .processes import Program, without_qgis

# A check that takes longer has got stuck.
CHECK_S = 300
POLL_S = 0.2
# So often it is told how much of a file has been downloaded.
TELL_S = 2.0

# What pip does between the packages; with large ones that takes a while.
_WORTH_TELLING = re.compile(r"\s*(Downloading|Building|Installing|Attempting uninstall|Successfully) ")

Tell = Callable[[float, str], None]


class EnvironmentProblem(Exception):
    """The environment cannot be made; the message says why and what to do."""


class SetupCancelled(Exception):
    """The user cancelled the set-up."""


class Runner:
    """Runs programs with progress and cancel; turns what they print on failure into advice.

    `tell` and `cancelled` are called in the thread of the caller; `cancelled` at least five times a second.
    """

    def __init__(self, tell: Tell = lambda share, text: None, cancelled: Callable[[], bool] = lambda: False):
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

        `count_of` is a pattern of output lines, how many of them make the whole, and the share that whole is. Those
        lines and what pip says between them are told.
        """
        seen, last, told = 0, "", 0.0

        def count(line: str) -> None:
            nonlocal seen, last, told
            if not count_of:
                return
            share = min(seen / count_of[1], 1.0) * count_of[2]
            loaded = re.match(r"Progress (\d+) of (\d+)$", line)  # pip's raw progress bar
            if loaded:
                if time.monotonic() - told > TELL_S:
                    told = time.monotonic()
                    done, whole = (round(int(size) / 1e6) for size in loaded.groups())
                    self.say(f"{last}: {done} of {whole} MB", share)
                return
            counts = re.match(count_of[0], line) is not None
            if counts or _WORTH_TELLING.match(line):
                seen += counts
                last, told = line.strip().split(" (")[0], time.monotonic()
                self.say(last, min(seen / count_of[1], 1.0) * count_of[2])

        status, lines = self._follow(command, count, more_environment)
        if status:
            raise EnvironmentProblem(advice("\n".join(lines)))

    def output(self, command: Sequence[str], more_environment: dict | None = None) -> str:
        """The last line that a program prints; raises EnvironmentProblem where it fails."""
        status, lines = self._follow(command, more_environment=more_environment)
        if status or not lines:
            raise EnvironmentProblem(advice("\n".join(lines)))
        return lines[-1]

    def failure(self, command: Sequence[str]) -> str | None:
        """Why a program fails, in one line; None where it does not."""
        try:
            status, lines = self._follow(command, limit_s=CHECK_S)
        except EnvironmentProblem as problem:
            return str(problem)
        if status == 0:
            return None
        if status is None:
            return f"it was not done after {CHECK_S} seconds"
        if status < 0:
            return f"it crashed (signal {-status})"
        return lines[-1] if lines else f"it ended with status {status}"

    def succeeds(self, command: Sequence[str]) -> bool:
        """Whether a program ends well."""
        return self.failure(command) is None

    def _follow(
        self,
        command: Sequence[str],
        on_line: Callable[[str], None] = lambda line: None,
        more_environment: dict | None = None,
        limit_s: float = float("inf"),
    ) -> tuple:
        """Run a program; returns its status (None: stopped after `limit_s`) and its lines, without empty ones."""
        environ = {**clean_environment(), **(more_environment or {})}
        try:
            program = Program(
                command, environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
        except OSError as error:
            raise EnvironmentProblem(f"{command[0]} cannot be started: {error.strerror}.") from None
        lines: list = []
        waiting: queue.Queue = queue.Queue()
        deadline = time.monotonic() + limit_s
        with program:
            threading.Thread(target=_read, args=(program.process.stdout, waiting), daemon=True).start()
            while time.monotonic() < deadline:
                if self._cancelled():
                    raise SetupCancelled("The set-up was cancelled.")
                try:
                    line = waiting.get(timeout=POLL_S)
                except queue.Empty:
                    if program.process.poll() is not None:
                        program.end()  # what it has left behind holds its pipe
                    continue
                if line is None:
                    return program.process.wait(), lines
                if line:
                    lines.append(line)
                    on_line(line)
        return None, lines


def _read(stream: IO[bytes], lines: queue.Queue) -> None:
    with stream:
        for line in stream:
            lines.put(line.decode("utf-8", "replace").rstrip())
    lines.put(None)


def clean_environment() -> dict:
    """The environment variables for pip and Python, without QGIS's own.

    pip's (PIP_INDEX_URL …) and those of proxies stay, except the two that would have it refuse to install.
    """
    return {**without_qgis(os.environ), "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}


# What pip, compilers and uv print, the most particular first: where a build fails, pip may have retried a
# download before.
_ADVICE = (
    (
        r"No space left on device|Disk quota exceeded|\[Errno 28\]|\[WinError 112\]",
        "The disk is full. Free some gigabytes and try again.",
    ),
    (
        r"Microsoft Visual C\+\+|command '[^']*(cc|\+\+|clang)[^']*' failed|directory: '[^']*(cc|\+\+|clang)'",
        "A package has to be built and there is no C++ compiler. On Debian and Ubuntu: sudo apt install g++"
        " python3-dev; on Windows: the Visual Studio Build Tools; on macOS: xcode-select --install.",
    ),
    (
        r"Permission denied|Access is denied|\[Errno 13\]|\[WinError (5|32)\]",
        "A file cannot be written. Close other programs that use Landloom's environment, or choose another folder in"
        " LANDLOOM_HOME.",
    ),
    (
        r"ProxyError|Tunnel connection failed|407 Proxy",
        "The proxy refuses. Set HTTPS_PROXY to your proxy's address (with user and password if it asks) and try again.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError|invalid peer certificate",
        "The server's certificate is not trusted here, as happens behind some company networks. Give pip the company's"
        " certificate: pip config set global.cert FILE",
    ),
    (
        r"NewConnectionError|NameResolutionError|name resolution|getaddrinfo failed|timed out|ConnectTimeout"
        r"|Network is unreachable|Connection (refused|reset|aborted)|IncompleteRead|error sending request",
        "The package index cannot be reached. Check the network connection and, if one is set, the proxy in"
        " HTTPS_PROXY; offline, put the wheels into a folder and set PIP_NO_INDEX=1 and PIP_FIND_LINKS to its address"
        " (file:///…).",
    ),
    (
        r"No matching distribution found for torch(vision)?==[\w.]+\+",
        "pip does not find this build of PyTorch. pytorch.org ▸ Get started shows the address that it lies at, after"
        " --index-url: give it in the set-up dialog, with --torch-index, or in the environment variable"
        " LANDLOOM_TORCH_INDEX.",
    ),
    (
        r"No matching distribution found|Could not find a version",
        "The package index has no version for this Python and platform. Check PIP_INDEX_URL and PIP_FIND_LINKS, or give"
        " another Python in LANDLOOM_PYTHON (3.11 to 3.14).",
    ),
)


def advice(output: str) -> str:
    """Turn the output of a program that failed into what to do, with its last lines."""
    tail = "\n".join(line for line in output.splitlines() if line.strip())[-1500:]
    meant = (text for pattern, text in _ADVICE if re.search(pattern, output))
    return next(meant, "It failed for a reason that Landloom does not know. What was printed last:") + f"\n\n{tail}"
