"""What the monitor remembers of a run: its curves, its best epoch, its sheets of sample predictions."""

from __future__ import annotations

import base64
import time

from ...plugin.runs import RUNNING

# Longer curves lose every second point; sheets beyond this lose every second one, too.
MOST_POINTS, MOST_SHEETS = 2000, 24

# Stages that can end early, listed as soon as they begin: they keep their best network, or the trees that there are.
TRAININGS = ("train_patch_classifier", "train_segmentation", "train_refiner", "train_random_forest")
# Those whose curves go by the number of trees, not by epochs.
FORESTS = ("train_random_forest", "map_month")
# A forest is often grown before anybody could look at its curves.
SHORT_S = 10


class WatchedRun:
    """A run as its events have told it so far. `curves` are {name: {step: value}}, `sheets` {step: PNG}.

    `grows` is whether its steps are trees, not epochs.
    """

    def __init__(self, run):
        self.run = run
        self.grows = run.stage in FORESTS
        self.curves: dict[str, dict[float, float]] = {}
        self.sheets: dict[float, bytes] = {}
        self.best = None  # name, step, value
        self.announced = False  # whether the monitor has shown itself for it
        self.fraction = 0.0
        self._left_s, self._left_at = None, 0.0

    def take(self, event) -> bool:
        """Remember an event; gives whether it is of a kind that the monitor shows."""
        kind = event["type"]
        if kind == "metric":
            curve = self.curves.setdefault(event["name"], {})
            curve[event["step"]] = event["value"]
            if len(curve) > MOST_POINTS:
                self.curves[event["name"]] = _halved(curve)
        elif kind == "picture":
            self.sheets[event["step"]] = base64.b64decode(event["png"])
            if len(self.sheets) > MOST_SHEETS:
                self.sheets = _halved(self.sheets)
        elif kind == "best":
            self.best = event["name"], event["step"], event["value"]
        elif kind == "progress":
            self.fraction = event["fraction"]
            self._left_s, self._left_at = event.get("eta_s"), time.time()
        else:
            return False
        return True

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.run.state == RUNNING

    @property
    def may_finish(self) -> bool:
        """Whether it can be asked to end early now.

        A forest is grown several times: to be tested and to be saved. All have as many trees as the first one.
        """
        if not self.running or self.run.finish_asked or not self.can_end_early:
            return False
        return not self.grows or (self.done > 0 and not self.settled)

    @property
    def can_end_early(self) -> bool:
        """Whether it is a training that can be asked to end early."""
        return self.grows or self.run.stage in TRAININGS

    @property
    def settled(self) -> bool:
        """Whether it is a forest whose number of trees is decided, since the first one has them all."""
        return self.grows and self.done == self.most

    @property
    def worth_showing(self) -> bool:
        """Whether it takes long enough that somebody may want to look."""
        return not self.grows or self.elapsed_s() >= SHORT_S

    @property
    def done(self) -> int:
        """How many epochs are finished, or how many trees the first forest has."""
        curves = self.curves.values() if self.grows else [self.curves.get("train_loss", {})]
        return int(max((step for curve in curves for step in curve), default=0))

    @property
    def most(self):
        """How many there will be at most; None where nobody knows."""
        given = self.run.parameters.get("trees" if self.grows else "epochs")
        return int(given) if given else None

    def elapsed_s(self) -> float:
        """How long it has run."""
        return (self.run.ended or time.time()) - self.run.began

    def left_s(self):
        """How long it will still take by what it last said; None where it has not."""
        return None if self._left_s is None else max(self._left_s - (time.time() - self._left_at), 0.0)


def _halved(points: dict) -> dict:
    """Every second entry in the order of the steps, and the last one."""
    steps = sorted(points)
    return {step: points[step] for step in dict.fromkeys([*steps[::2], steps[-1]])}
