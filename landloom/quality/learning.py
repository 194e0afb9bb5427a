"""From records and features to a quality model, and how good it is on records that it has not seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from ..errors import InputError
from ..image_features.feature_store import Store
from ..job import Job
from ..networks import training
from ..networks.quality import Design, QualityNetwork
from ..networks.tally import IGNORED
from ..networks.training import Batch, Settings
from ..records.dealing import Groups
from ..records.joining import chained, together
from ..records.table import HASH, PARTS, Records
from . import judging, preparation
from .judging import Judged
from .matching import reduced
from .model import INTENDED_COVERAGE, QualityModel, inputs_of, scaled, unscaled
from .preparation import Preparation

SHARES = {"train": 0.7, "val": 0.15, "test": 0.15}
FEWEST = {"train": 10, "val": 3, "test": 3}


@dataclass(frozen=True)
class Options:
    """How to train. `components` are those of the features, None for what suits the number of records; so many
    `members` vote.
    """

    settings: Settings
    batch_size: int = 32
    hidden: int = 64
    layers: int = 2
    dropout: float = 0.2
    members: int = 5
    components: int | None = None


@dataclass(frozen=True)
class Examples:
    """Records that can be learnt from or tested with.

    `table` are their rows, `part` (n,) is train, val or test, `group` (n,) what belongs together, `true` (n, metrics)
    as measured, NaN where unknown; `rows` (n,) where their features are in the store, if there is one. Parameters are
    learnt from only `with_parameters`.
    """

    table: pd.DataFrame
    part: np.ndarray
    group: np.ndarray
    metrics: tuple[str, ...]
    true: np.ndarray
    store: Store | None
    rows: np.ndarray
    notes: tuple[str, ...]
    own_split: bool
    with_parameters: bool

    def places(self, part: str) -> np.ndarray:
        """Where the records of a part are."""
        return np.flatnonzero(self.part == part)


def gather(
    records: Records, store: Store | None, metrics: Sequence[str] | None, with_parameters: bool, seed: int
) -> Examples:
    """The records that have all it takes; raises InputError where they are too few.

    Args:
        records: see there; where they have not been split, whole groups are dealt to the parts.
        store: their features.
        metrics: which to learn; None for all.
        with_parameters: whether the records' parameters are learnt from.
        seed: of the split.
    """
    table = records.table
    names = tuple(metrics or records.measured or records.metrics)
    if not names:
        raise InputError(f"{records.path} has no metrics. Only records with measured quality can be learnt from.")
    true = np.stack([records.metric(name) for name in names], axis=1)
    notes = []
    kept = np.isfinite(scaled(names, true)).any(axis=1)
    if not kept.all():
        notes.append(f"Records without any of the metrics, which were left out: {np.count_nonzero(~kept):,}.")
    rows = np.full(len(table), -1)
    if store is not None:
        rows = store.find(table["record_id"].to_numpy())
        lacking = kept & (rows < 0)
        if lacking.any():
            notes.append(
                f"Records without features, which were left out: {np.count_nonzero(lacking):,} of {kept.sum():,}."
            )
        kept &= rows >= 0
    group = _groups(table)
    own_split = "part" not in table
    if own_split:
        part = np.full(len(table), "", object)
        part[kept] = deal(group[kept], seed)
    else:
        part = table["part"].to_numpy(object)
        unused = kept & ~np.isin(part, PARTS)
        if unused.any():
            notes.append(f"Records that belong to no part of the split, which were left out: {unused.sum():,}.")
        kept &= ~unused
    known = np.isfinite(scaled(names, true)) & kept[:, np.newaxis]
    for name, own in zip(names, known.T, strict=True):
        for which, fewest in FEWEST.items():
            there = int((own & (part == which)).sum())
            if there < fewest:
                raise InputError(
                    f"Only {there} records of {records.path} in the part '{which}' can be used and have the metric"
                    f" {name}; at least {fewest} are needed. Collect more records"
                    + (", or name other METRICS." if len(names) > 1 else ".")
                )
    at = np.flatnonzero(kept)
    chosen = table.iloc[at].reset_index(drop=True)
    return Examples(
        chosen, part[at], group[at], names, true[at], store, rows[at], tuple(notes), own_split, with_parameters
    )


def _groups(table: pd.DataFrame) -> np.ndarray:
    """A number for each record, the same for those of one group, and for those of one image."""
    pairs = []
    for column in (table[name].fillna("") for name in ("group", "image", HASH) if name in table):
        known = np.flatnonzero(column != "")
        pairs.append(known[chained(pd.factorize(column.iloc[known])[0])])
    return together(len(table), *pairs)


def deal(group: np.ndarray, seed: int) -> np.ndarray:
    """Deal whole groups (n,) at random to train, val and test so that these get their shares of the records.

    With fewer than three groups there is nothing to hold out whole: single records are dealt.
    """
    if len(np.unique(group)) < len(SHARES):
        group = np.arange(len(group))
    alike = np.zeros(len(group), int)
    dealt = Groups(group, alike, alike).deal(list(SHARES.values()), np.random.default_rng(seed))
    return np.array(list(SHARES), object)[dealt]


@dataclass(frozen=True)
class Trained:
    """A model, how it came about, and what was judged on the test records, a metric each."""

    model: QualityModel
    histories: tuple[training.History, ...]
    judged: tuple[Judged, ...]
    left_out: Mapping[str, str]


def train(examples: Examples, options: Options, device: torch.device, scratch: Path, job: Job) -> Trained:
    """Train the networks and judge them; everything that is learnt comes from the training records, when to stop and
    how far off predictions are from those for validation.
    """
    prepared = _prepare(examples, options)
    if not prepared.width:
        reasons = "; ".join(f"{name}: {why}" for name, why in prepared.left_out.items())
        raise InputError(
            "There is nothing to predict quality from: the records have no parameter that is of use"
            + (f" ({reasons})" if reasons else "")
            + " and no features were given. Give FEATURES, or records with parameters."
        )
    components = None
    if examples.store is not None and prepared.components:
        components = reduced(examples.store, examples.rows, prepared.components)
    inputs = inputs_of(prepared, examples.table, components)
    on_scale = scaled(examples.metrics, examples.true)
    at = examples.places("train")
    centre, spread = np.nanmean(on_scale[at], axis=0), np.nanstd(on_scale[at], axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    targets = (on_scale - centre) / spread
    start = _linear(inputs[at], targets[at])
    members, histories = [], []
    for number in range(options.members):
        own = job.part(0.02 + 0.9 * number / options.members, 0.02 + 0.9 * (number + 1) / options.members)
        network, history = _member(inputs, targets, start, examples, options, number, device, scratch, own)
        job.message(
            f"Network {number + 1} of {options.members}: best validation loss {history.val_loss:.4f} in epoch"
            f" {history.best} of {len(history.epochs)}."
        )
        members.append(network.cpu())
        histories.append(history)
    rest = len(examples.metrics)
    model = QualityModel(
        prepared, examples.metrics, centre, spread, tuple(members), np.zeros(rest), np.zeros(rest)
    )  # fmt: skip
    model = _with_noise(model, inputs, targets, examples.places("val"))
    job.part(0.92, 1.0).progress(0.0)
    judged = _judge(model, inputs, examples, options.settings.seed)
    return Trained(model, tuple(histories), judged, prepared.left_out)


def _prepare(examples: Examples, options: Options) -> Preparation:
    at = examples.places("train")
    table = examples.table if examples.with_parameters else examples.table[["record_id"]]
    numbers, words, left_out = preparation.learn_parameters(table.iloc[at])
    components = None
    if examples.store is not None:
        random = np.random.default_rng(options.settings.seed)
        most = preparation.COMPONENTS_FROM
        chosen = at if len(at) <= most else np.sort(random.choice(at, most, replace=False))
        components = preparation.learn_components(
            examples.store.read(examples.rows[chosen]), examples.store.encoder, options.components, len(at),
            options.settings.seed,
        )  # fmt: skip
    return Preparation(numbers, words, components, left_out)


def _member(
    inputs: np.ndarray,
    targets: np.ndarray,
    start: tuple[np.ndarray, np.ndarray],
    examples: Examples,
    options: Options,
    number: int,
    device: torch.device,
    scratch: Path,
    job: Job,
) -> tuple[QualityNetwork, training.History]:
    """One network, from a perceptron and an order of the records of its own."""
    settings = replace(options.settings, seed=options.settings.seed + number)
    torch.manual_seed(settings.seed)
    design = Design(inputs.shape[1], targets.shape[1], options.hidden, options.layers, options.dropout)
    network = QualityNetwork(design)
    network.begin(*start)
    shown = inputs[:, :, np.newaxis, np.newaxis]
    wanted = np.where(np.isfinite(targets), targets, IGNORED).astype(np.float32)[:, :, np.newaxis, np.newaxis]
    at, held = examples.places("train"), examples.places("val")
    count = max(1, training.steps(len(at), options.batch_size))

    def shuffled(random: np.random.Generator) -> Iterator[Batch]:
        for places in np.array_split(random.permutation(at), count):
            yield shown[places], wanted[places]

    data = training.Data(shuffled, lambda: iter([(shown[held], wanted[held])]), count)
    folder = scratch / f"member_{number}"
    folder.mkdir()
    # The curves of one of several networks show enough, and of each the caller tells how it ended.
    with job.without("message", *(["metric", "best"] if number else [])):
        history = training.fit(network, data, _loss, _Errors, settings, device, folder, job)
    return network, history


def _linear(inputs: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights (metrics, inputs) and biases (metrics,) of ridge regressions, with which networks begin."""
    fitted = [
        judging.fit_ridge(inputs[known], column[known])
        for column, known in zip(targets.T, np.isfinite(targets).T, strict=True)
    ]
    return np.stack([one.coef_ for one in fitted]), np.array([one.intercept_ for one in fitted])


def _loss(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Huber's loss over the metrics that are known."""
    known = targets != IGNORED
    return nn.functional.huber_loss(outputs[known], targets[known])


class _Errors:
    """The mean absolute error in standard deviations."""

    def __init__(self) -> None:
        self._total, self._count = 0.0, 0

    def add(self, outputs: torch.Tensor, targets: torch.Tensor) -> None:
        """See Tally."""
        known = targets != IGNORED
        self._total += float((outputs[known] - targets[known]).abs().sum())
        self._count += int(known.sum())

    def figures(self) -> dict[str, float | None]:
        """See Tally."""
        return {"val_error": self._total / self._count if self._count else None}


def _with_noise(model: QualityModel, inputs: np.ndarray, targets: np.ndarray, held: np.ndarray) -> QualityModel:
    """The model with how far off it is on the held-out records."""
    mean, variance = model.votes(inputs[held])
    residual = targets[held] - mean
    noise = np.sqrt(np.nanmean(residual**2, axis=0))
    noise = np.maximum(noise, 1e-6)
    ratio = np.abs(residual) / np.sqrt(variance + noise**2)
    widening = np.array([_conformal(column[np.isfinite(column)]) for column in ratio.T])
    return replace(model, noise=noise, widening=widening)


def _conformal(ratios: np.ndarray) -> float:
    """The quantile with which an interval holds a new record in the intended share of cases (Lei et al. 2018, eq. 2);
    the largest where there are too few records to say.
    """
    place = int(np.ceil((len(ratios) + 1) * INTENDED_COVERAGE))
    return float(np.sort(ratios)[min(place, len(ratios)) - 1])


def _judge(model: QualityModel, inputs: np.ndarray, examples: Examples, seed: int) -> tuple[Judged, ...]:
    """Judge each metric. What it is compared with learns on the same scale: regressions from the same inputs, the
    single parameter also where the model learns from none.
    """
    table, test = examples.table, examples.places("test")
    found, on_scale = model.predict(inputs[test]), scaled(examples.metrics, examples.true)
    numbers = preparation.learn_parameters(table.iloc[examples.places("train")])[0]
    standardised = numbers.apply(table)
    only_parameters = model.preparation.width
    if model.preparation.components:
        only_parameters -= len(model.preparation.components.axes)
    result = []
    for place, metric in enumerate(examples.metrics):
        usable = np.isfinite(on_scale[:, place])
        at, own = np.flatnonzero((examples.part == "train") & usable), usable[test]
        held = test[own]
        target, true = on_scale[at, place], examples.true[held, place]
        predicted = {"Mean of the training records": np.full(len(true), examples.true[at, place].mean())}
        name = judging.best_single(table.iloc[at], numbers.names, target)
        label = None
        if name:
            label = f"{name.removeprefix('param_').replace('_', ' ').capitalize()} alone"
            column = standardised[:, [numbers.names.index(name)]]
            line = judging.linear(column[at], target, column[held])
            predicted[label] = unscaled([metric], line[:, np.newaxis])[:, 0]
        several = {"the parameters": slice(only_parameters)} if only_parameters else {}
        if model.preparation.components:
            several["parameters and features" if only_parameters else "features"] = slice(None)
        for what, columns in several.items():
            answer = judging.ridge(inputs[at, columns], target, inputs[held, columns])
            predicted[f"Ridge regression on {what}"] = unscaled([metric], answer[:, np.newaxis])[:, 0]
        inside = (found.low[own, place] <= true) & (true <= found.high[own, place])
        value = found.value[own, place]
        result.append(judging.judge(metric, true, value, inside, predicted, label, examples.group[held], seed))
    return tuple(result)


def explain(examples: Examples, trained: Trained) -> list[str]:
    """What the user should know, in words."""
    notes = list(examples.notes)
    groups = {name: set(examples.group[examples.places(name)]) for name in PARTS}
    shared = (groups["train"] | groups["val"]) & groups["test"]
    if shared:
        notes.append(
            f"The figures are optimistic: {len(shared):,} of {len(groups['test']):,} groups or images of the test"
            " records also have records that training has looked at. Split by whole groups; of a single scene, make"
            " groups of blocks (GROUP_TILES of Describe map tiles)."
        )
    elif len(groups["test"]) == 1:
        notes.append(
            "The test records are of one group only, so the intervals say nothing of other groups: they would be wider."
        )
    if trained.left_out:
        listed = "; ".join(f"{name} ({why})" for name, why in trained.left_out.items())
        notes.append(f"Parameters that are not used: {listed}.")
    for judged in trained.judged:
        if judged.earns_its_place is False or judged.has_few_groups:
            notes.append(f"{judged.metric}: {judging.verdict(judged)}")
    return notes
