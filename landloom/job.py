"""What a running stage may ask of its surroundings: progress, messages, cancel, a scratch folder.

The worker turns the events into JSON lines, the command line into text; a stage does not know which.
"""

from __future__ import annotations

import base64
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from .errors import Cancelled

# More often than this nobody can read it, and the pipe is not for free.
PROGRESS_INTERVAL_S = 0.1


class Job(AbstractContextManager):
    """One run of one stage.

    Args:
        emit: takes each event, a dict with a `type` (progress, message, warning, metric, best, picture).
        cancel: set by somebody else when the run shall stop.
        finish: set by somebody else when a training shall end early and keep its best network.
        pictures: whether anybody looks at pictures of how far a training is; else none need be drawn.
        secrets: passwords and tokens by name; never written anywhere.
        environ: environment variables, those of a `.env` file included.
        origins: what the user calls an input that reaches us as a temporary copy, by parameter name.
        scratch: a folder for intermediate files; a temporary one, removed at the end, where None.
    """

    def __init__(
        self,
        emit: Callable[[dict], None] = lambda event: None,
        cancel: threading.Event | None = None,
        secrets: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
        origins: Mapping[str, str] | None = None,
        scratch: str | Path | None = None,
        finish: threading.Event | None = None,
        pictures: bool = False,
    ):
        self._tell, self._emit = emit, self._remember
        self._cancel = cancel or threading.Event()
        self._finish = finish or threading.Event()
        self.pictures = pictures
        self.secrets = dict(secrets or {})
        self.environ = dict(environ or {})
        self.origins = dict(origins or {})
        self.warnings: list[str] = []
        self.log: list[str] = []  # messages and warnings as they were told
        self.looked_up: dict[str, tuple[str, ...]] = {}  # inputs of the stage that no parameter names
        self._own_scratch = None if scratch else tempfile.TemporaryDirectory(prefix="landloom-")
        self.scratch = Path(scratch or self._own_scratch.name)  # type: ignore[union-attr]
        self._started = time.monotonic()
        self._last_progress = 0.0
        self._outer = self._span = (0.0, 1.0)

    def __exit__(self, *exception: object) -> None:
        if self._own_scratch:
            self._own_scratch.cleanup()

    def check_cancelled(self) -> None:
        """Raise Cancelled if the user wants the run to stop. Call it once a window, tree or epoch."""
        if self._cancel.is_set():
            raise Cancelled("The run was cancelled.")

    @property
    def finish_asked(self) -> bool:
        """Whether the user wants a training to end early and keep its best network."""
        return self._finish.is_set()

    def progress(self, fraction: float, rate: str = "") -> None:
        """Tell how much is done (0 to 1), with an estimate of the time left; raise Cancelled if asked to stop."""
        self.check_cancelled()
        now = time.monotonic()
        if fraction < 1 and now - self._last_progress < PROGRESS_INTERVAL_S:
            return
        self._last_progress = now
        low, high = self._span
        done = low + (high - low) * min(max(fraction, 0.0), 1.0)
        event: dict = {"type": "progress", "fraction": round(done, 5)}
        if done > 0.02:
            event["eta_s"] = round((now - self._started) * (1 - done) / done, 1)
        if rate:
            event["rate"] = rate
        self._emit(event)

    def part(self, low: float, high: float) -> Job:
        """Let the progress that follows run from `low` to `high` of the stage's; returns the job."""
        start, end = self._outer
        self._span = (start + low * (end - start), start + high * (end - start))
        self._last_progress = 0.0
        return self

    @contextmanager
    def within(self, low: float, high: float) -> Iterator[None]:
        """Let a whole stage that is run inside this one have the progress from `low` to `high`."""
        outer = self._outer
        self.part(low, high)
        self._outer = self._span
        try:
            yield
        finally:
            self._outer = outer

    @contextmanager
    def without(self, *types: str) -> Iterator[None]:
        """Keep events of some types to ourselves."""
        emit = self._emit

        def told(event: dict) -> None:
            if event["type"] not in types:
                emit(event)

        self._emit = told
        try:
            yield
        finally:
            self._emit = emit

    def _remember(self, event: dict) -> None:
        """Note what is for the log; what is kept to ourselves (`without`) does not come here."""
        if event["type"] in ("message", "warning"):
            self.log.append(event["text"])
        self._tell(event)

    def message(self, text: str) -> None:
        """Tell something worth knowing; as all that is told it goes into the log in the output's provenance."""
        self._emit({"type": "message", "text": text})

    def warning(self, text: str) -> None:
        """Tell something that the user should look at; it also goes into the output's provenance."""
        self.warnings.append(text)
        self._emit({"type": "warning", "text": text})

    def metric(self, name: str, step: float, value: float) -> None:
        """Add a point to a live curve."""
        self._emit({"type": "metric", "name": name, "step": step, "value": value})

    def best(self, name: str, step: float, value: float) -> None:
        """Tell that of a live curve this point is the best so far, by which the result will be chosen."""
        self._emit({"type": "best", "name": name, "step": step, "value": value})

    def picture(self, name: str, step: float, png: bytes) -> None:
        """Show a picture of how far the training is; a later one of the same name and step takes its place."""
        self._emit({"type": "picture", "name": name, "step": step, "png": base64.b64encode(png).decode("ascii")})
