"""How long a run will take, and how much memory and disk: from what runs of its kind have taken on this computer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QObject

from ...plugin import runs
from ...processing_provider.parameters import tr
from .. import disk
from ..background import Background
from .workload import Work, work_of

SETTINGS = "landloom/rates"
MIB_IN_GIB = 1024
KEPT = 5
# A worker has started and read its libraries by then.
START_S = 3.0
# Runs that much larger than those that were measured are told of with less confidence.
FAR = 10


@dataclass(frozen=True)
class Estimate:
    """What a run will take. `seconds` is None where nothing of the kind was measured; `rough`: only elsewhere.

    `free` are the bytes that are free where the results go, `short` whether they are fewer than the results may take.
    """

    work: Work
    seconds: float | None
    rough: bool
    free: int | None = None

    @property
    def short(self) -> bool:
        """Whether the results may not fit: while a map is made, it lies there uncompressed as well."""
        return self.free is not None and self.free < self.work.disk + self.work.usual


def estimate(stage: str, values: dict, rates: dict, folder: str) -> Estimate | None:
    """What a run will take; None where its inputs do not say. For a thread.

    `rates` are the (amount, seconds) of earlier runs by kind, `folder` is where the results go.
    """
    work = work_of(stage, values)
    if work is None:
        return None
    seconds, rough = _seconds(work, rates.get(work.kind, []))
    return Estimate(work, seconds, rough, (disk.free(Path(folder)) or None) if work.disk else None)


def _seconds(work, earlier):
    if earlier:
        start = min(START_S, *(0.8 * seconds for _, seconds in earlier))
        amount, took = (sum(run[i] for run in earlier) for i in (0, 1))
        rate = amount / max(took - start * len(earlier), 1e-9)
        return start + work.amount / rate, work.amount > FAR * max(run[0] for run in earlier)
    return (START_S + work.amount / work.rate if work.rate else None), True


class Rates(QObject):
    """Remembers in QGIS's settings how long runs have taken on this computer."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self._waiting = []
        self._background = Background(self)
        self._background.answered.connect(self._note)
        runs.RUNS.ended.connect(self.learn)

    def all(self) -> dict:
        """The last (amount, seconds) by kind of work."""
        try:
            return json.loads(QgsSettings().value(SETTINGS, "{}"))
        except (TypeError, ValueError):
            return {}

    def learn(self, run) -> None:
        """Note how long a run has taken that was done."""
        if run.state == runs.DONE:
            values = dict(run.parameters)
            if run.finish_asked and not run.outputs.get("epochs_run"):
                return  # nobody knows how much of it was done
            if run.outputs.get("epochs_run"):  # it may have ended before the last one
                values["epochs"] = run.outputs["epochs_run"]
            self._waiting.append((run.stage, values, run.ended - run.began))
            self._next()

    def _next(self):
        # One at a time: the background drops what was asked before the latest question.
        if len(self._waiting) == 1:
            self._background.ask(work_of, *self._waiting[0][:2])

    def _note(self, work):
        _, _, seconds = self._waiting.pop(0)
        if work is not None and work.amount > 0 and seconds > 0:
            rates = self.all()
            rates[work.kind] = [*rates.get(work.kind, []), [work.amount, seconds]][-KEPT:]
            QgsSettings().setValue(SETTINGS, json.dumps(rates))
        if self._waiting:
            self._background.ask(work_of, *self._waiting[0][:2])


def in_words(found: Estimate | None, partly: bool = False) -> str:
    """An estimate as one line; `partly`: it may well be less, as in an area of interest."""
    if found is None:
        return ""
    work, parts = found.work, []
    if found.seconds is None:
        parts.append(tr("Time: known after the first run."))
    else:
        if found.rough:
            text = tr("Time: very roughly {}, at most.") if partly else tr("Time: very roughly {}.")
        else:
            text = tr("Time: about {}, at most.") if partly else tr("Time: about {}.")
        parts.append(text.format(duration(found.seconds)))
    if work.memory:
        parts.append(tr("Memory: up to about {:.1f} GiB.").format(work.memory / MIB_IN_GIB))
    if work.disk:
        usual, most = disk.in_words(work.usual), disk.in_words(work.disk)
        less = tr("Results: usually about {}, at most {}.").format(usual, most)
        parts.append(less if work.usual < work.disk else tr("Results: about {}.").format(most))
    return " ".join(parts)


def explained(found: Estimate | None) -> str:
    """Where the numbers come from."""
    if found is None or found.seconds is None:
        return ""
    if found.rough:
        return tr(
            "Measured on another computer, with two cores and no graphics card, or on much smaller runs than this one."
            " After a run of this kind it is measured here."
        )
    return tr("From how long runs of this kind have taken on this computer.")


def duration(seconds: float) -> str:
    """A duration in words, as exact as an estimate is."""
    if seconds < 60:
        return tr("{} s").format(max(1, _two_digits(seconds)))
    if seconds < 3600:
        return tr("{} min").format(_two_digits(seconds / 60))
    if seconds < 48 * 3600:
        return tr("{:.1f} h").format(seconds / 3600)
    return tr("{} days").format(_two_digits(seconds / 86400))


def _two_digits(number: float) -> int:
    return round(float(f"{number:.2g}"))


# One for this QGIS; it learns from all runs from now on.
RATES = Rates()
