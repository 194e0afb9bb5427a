"""How fast a network can learn: a trial with a growing rate (Smith 2017, Cyclical learning rates, section 3.3)."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from .. import files
from ..job import Job
from .prefetch import ahead
from .training import Batch, Data, Learner, Loss, Settings, groups, on_host

LOWEST, HIGHEST = 1e-6, 1.0
# One pass over the data, but not so few steps that the curve says nothing.
FEWEST_STEPS = 60
SMOOTHING = 0.9
# The trial ends where the smoothed loss is so many times its lowest: it only grows from there.
TOO_HIGH = 4.0
# The curve's beginning, where the mean is still of a few batches, says nothing.
SKIPPED_SHARE = 0.1


@dataclass(frozen=True)
class Trial:
    """The rates that were tried, the smoothed loss after each, and the rate that the curve suggests, if any."""

    rates: list[float]
    losses: list[float]
    suggestion: float | None

    def as_dict(self) -> dict:
        """As plain numbers and lists, for JSON."""
        return asdict(self)


def find(network: nn.Module, data: Data, loss: Loss, settings: Settings, device: torch.device, job: Job) -> Trial:
    """Train a copy of a network for one pass, each step faster than the last."""
    learner = Learner(copy.deepcopy(network), loss, settings, device)
    learner.network.train()
    torch.manual_seed(settings.seed)
    random = np.random.default_rng(settings.seed)
    steps = max(-(-data.steps // settings.accumulate), FEWEST_STEPS)
    rates, losses, mean = [], [], 0.0
    for step, batches in zip(range(steps), groups(ahead(on_host(_passes(data, random), device)), settings.accumulate)):  # noqa: B905
        job.progress(step / steps)
        now = LOWEST * (HIGHEST / LOWEST) ** (step / (steps - 1))
        value = float(learner.step(batches, now)[0])
        # An exponential mean, without the pull of its beginning (Kingma & Ba 2015, section 3).
        mean = SMOOTHING * mean + (1 - SMOOTHING) * value
        smoothed = mean / (1 - SMOOTHING ** (step + 1))
        if not np.isfinite(smoothed):
            break
        rates.append(now)
        losses.append(smoothed)
        if smoothed > TOO_HIGH * min(losses):
            break
    return Trial(rates, losses, suggest(rates, losses))


def find_once(
    path: Path, network: nn.Module, data: Data, loss: Loss, settings: Settings, device: torch.device, job: Job
) -> Trial:
    """`find`, and tell; a run that goes on keeps to the trial that it began with, which lies in a file."""
    if path.exists():
        return Trial(**json.loads(path.read_text(encoding="utf-8")))
    trial = find(network, data, loss, settings, device, job)
    if trial.suggestion is None:
        job.warning(
            f"The loss fell at no learning rate that was tried, so LEARNING_RATE ({settings.learning_rate:g}) is used."
        )
    else:
        job.message(f"Learning rate found: {trial.suggestion:.3g}.")
    files.write_text(path, json.dumps(trial.as_dict()))
    return trial


def suggest(rates: list[float], losses: list[float]) -> float | None:
    """The rate at which the loss falls fastest along the logarithm of the rate; None where it does not fall."""
    first = int(SKIPPED_SHARE * len(losses))
    last = first + int(np.argmin(losses[first:])) if losses[first:] else first
    if last - first < 2:
        return None
    slope = np.gradient(np.array(losses), np.log(rates))[first : last + 1]
    return rates[first + int(np.argmin(slope))] if slope.min() < 0 else None


def with_rate(settings: Settings, trial: Trial) -> Settings:
    """Settings with the rate that was found, as they are where none was."""
    return settings if trial.suggestion is None else replace(settings, learning_rate=trial.suggestion)


def _passes(data: Data, random: np.random.Generator) -> Iterator[Batch]:
    """The training batches, pass after pass."""
    while True:
        batches: Iterable[Batch] = data.training(random)
        yield from batches
