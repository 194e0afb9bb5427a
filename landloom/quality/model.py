"""A quality model: networks that vote, what they are shown, and how far off they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from .. import models
from ..errors import ModelError
from ..networks import quality
from ..networks.quality import QualityNetwork
from ..networks.weights import as_arrays
from ..records import metrics as quality_metrics
from . import preparation
from .preparation import Preparation

KIND = "quality"
PREDICT_AT_ONCE = 4096
# Intervals are to hold the true value in so many of the cases.
INTENDED_COVERAGE = 0.9


@dataclass(frozen=True)
class Prediction:
    """Metrics of n records, each (n, metrics) float64, in the metric's own unit: the prediction, the ends of its 90 %
    interval, and its deviation, which is half the width of the middle 68 % (of a normal distribution: one standard
    deviation).
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    deviation: np.ndarray


@dataclass(frozen=True)
class QualityModel:
    """Predicts metrics from parameters and features.

    Args:
        preparation: of what networks are shown.
        metrics: names of what they predict.
        centre, spread: (metrics,) by which the metrics are standardised, on the scale of `scaled`.
        members: networks that learnt the same from other beginnings; their mean is the prediction
            (Lakshminarayanan et al. 2017).
        noise: (metrics,) how far their mean is off in validation, standardised.
        widening: (metrics,) how many standard deviations an interval reaches, by split conformal prediction in
            validation (Lei et al. 2018), so that it holds the truth in 90 of 100 cases.
    """

    preparation: Preparation
    metrics: tuple[str, ...]
    centre: np.ndarray
    spread: np.ndarray
    members: tuple[QualityNetwork, ...]
    noise: np.ndarray
    widening: np.ndarray

    def votes(self, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean of the members' answers and their variance, (n, metrics) each, standardised."""
        answers = np.stack([_answers(member, inputs) for member in self.members])
        return answers.mean(axis=0), answers.var(axis=0)

    def predict(self, inputs: np.ndarray) -> Prediction:
        """From inputs (n, preparation.width) as `inputs_of` gives them."""
        mean, variance = self.votes(inputs)
        deviation = np.sqrt(variance + self.noise**2)
        reach = self.widening * deviation
        answers = (mean, mean - reach, mean + reach, mean - deviation, mean + deviation)
        value, low, high, lower, upper = (unscaled(self.metrics, x * self.spread + self.centre) for x in answers)
        return Prediction(value, low, high, (upper - lower) / 2)


@torch.no_grad()
def _answers(network: QualityNetwork, inputs: np.ndarray) -> np.ndarray:
    device = next(network.parameters()).device
    pieces = [inputs[i : i + PREDICT_AT_ONCE] for i in range(0, len(inputs), PREDICT_AT_ONCE)]
    found = [network(torch.from_numpy(piece).to(device)).flatten(1).cpu().numpy() for piece in pieces]
    return np.concatenate(found).astype(np.float64) if found else np.empty((0, network.design.outputs))


def inputs_of(prepared: Preparation, table: pd.DataFrame, components: np.ndarray | None) -> np.ndarray:
    """What networks are shown (n, width) float32: parameters of the table, then components (n, …) of the features."""
    columns = [prepared.parameters(table), *([] if components is None else [components])]
    return np.ascontiguousarray(np.concatenate(columns, axis=1), dtype=np.float32)


def scaled(metrics: Sequence[str], values: np.ndarray) -> np.ndarray:
    """Metrics (n, metrics) on the scale on which they are learnt (see `records.metrics`), NaN where there is none."""
    found = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
    for place, name in enumerate(metrics):
        found[:, place] = quality_metrics.scaled(name, found[:, place])
    return found


def unscaled(metrics: Sequence[str], values: np.ndarray) -> np.ndarray:
    """The inverse of `scaled`, within what each metric can be."""
    found = values.astype(np.float64)
    for place, name in enumerate(metrics):
        found[:, place] = quality_metrics.unscaled(name, found[:, place])
    return found


def save(path: str | Path, card: models.Card, model: QualityModel) -> None:
    """Write the model file; `card.network` is what `describe` gives."""
    arrays = {name: getattr(model, name) for name in ("centre", "spread", "noise", "widening")}
    arrays |= model.preparation.as_arrays()
    for number, member in enumerate(model.members):
        arrays |= {f"member_{number}_{name}": array for name, array in as_arrays(member).items()}
    models.save(path, card, arrays)


def describe(model: QualityModel, recipe: Mapping[str, Any] | None) -> dict[str, Any]:
    """What `load` needs beside the arrays; `recipe` is that of the features, None where there are none."""
    return {
        **model.members[0].describe(),
        "members": len(model.members),
        "metrics": list(model.metrics),
        "recipe": None if recipe is None else dict(recipe),
        **model.preparation.describe(),
    }


def load(path: str | Path) -> tuple[models.Card, QualityModel]:
    """Read a model file. Raises ModelError where it holds no quality model, or a damaged one."""
    card, arrays = models.load(path)
    if card.kind != KIND:
        raise ModelError(f"{path} is no quality model but a {card.kind}. Make one with Train quality model.")
    try:
        return card, _from_arrays(card.network, arrays)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} is damaged: {error!r}. Train the model again.") from None
    except ModelError as error:
        raise ModelError(f"{path} cannot be used: {error}") from None


def _from_arrays(network: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> QualityModel:
    metrics = tuple(map(str, network["metrics"]))
    found = {name: arrays[name].astype(np.float64) for name in ("centre", "spread", "noise", "widening")}
    for name, values in found.items():
        if values.shape != (len(metrics),) or not np.isfinite(values).all():
            raise ValueError(name)
    members = []
    for number in range(int(network["members"])):
        start = f"member_{number}_"
        own = {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
        members.append(quality.from_arrays(network, own))
    prepared = preparation.from_arrays(network, arrays)
    if not members or members[0].design.inputs != prepared.width or members[0].design.outputs != len(metrics):
        raise ValueError("networks, inputs and metrics do not belong together")
    return QualityModel(prepared, metrics, members=tuple(members), **found)
