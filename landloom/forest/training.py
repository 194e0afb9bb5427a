"""Growing a random forest with progress, testing it on what it has not seen, and delivering it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier

from .. import assessment, files, models, report, splits
from ..errors import InputError
from ..job import Job
from ..rasters import PLACE_COLUMNS
from ..samples import Samples
from .arrays import ForestArrays
from .traversal import CompiledForest

# What of the stage's parameters belongs to the model, as opposed to where files go and how fast.
RECORDED = (
    "trees", "max_depth", "min_leaf", "max_features", "class_weight", "validation", "share", "folds", "block_size",
    "train_on", "seed",
)  # fmt: skip
# Permutation importance looks at this many held-out samples; more change the third digit at most.
IMPORTANCE_SAMPLES = 5000
IMPORTANCE_ROUNDS = 5


@dataclass(frozen=True)
class ForestSettings:
    """Parameters of scikit-learn's RandomForestClassifier, in its terms."""

    n_estimators: int = 500
    max_depth: int | None = None
    min_samples_leaf: int = 1
    max_features: str | float | int = "sqrt"
    class_weight: str | None = None
    random_state: int = 42

    def estimator(self, jobs: int | None, **more: Any) -> RandomForestClassifier:
        """An estimator that is not fitted yet."""
        return RandomForestClassifier(**asdict(self), n_jobs=jobs or -1, **more)


def refuse_unfit(data: Samples, label: str) -> None:
    """Raise InputError for a sample table that no model can be made from, or that was changed by hand.

    Such a table would else give a model that mistakes one column for another.
    """
    meta, table = data.meta, data.table
    expected = [*meta["inputs"], *(f["name"] for f in meta["features"])]
    remedy = "Make the table again with Extract samples."
    missing = [name for name in PLACE_COLUMNS if name not in table]
    if missing or data.columns != expected:
        raise InputError(
            f"The columns of {label} are not those that it was made with: {', '.join(table.columns)} instead of"
            f" {', '.join([*expected, *PLACE_COLUMNS])}. {remedy}"
        )
    found = set(table["class_id"].tolist())
    if len(found) < 2:
        what = (
            f"All samples of {label} are of one class ({table['class_name'].iloc[0]})" if found else f"{label} is empty"
        )
        raise InputError(
            f"{what}. A model needs samples of at least two classes: draw polygons of another class and extract again."
        )
    unknown = found - {c["id"] for c in meta["classes"]}
    if unknown:
        raise InputError(f"{label} has samples of the class {unknown.pop()}, which its class table lacks. {remedy}")
    for name in expected:
        numbers = pd.to_numeric(table[name], errors="coerce").to_numpy(np.float32, na_value=np.nan)
        missed = np.count_nonzero(~np.isfinite(numbers))
        if missed:
            raise InputError(f"{missed} samples of {label} have no finite number in the column '{name}'. {remedy}")


class Votes:
    """What a growing forest's trees say of samples that they have not learnt from; each tree is asked once."""

    def __init__(self, values: np.ndarray, jobs: int | None):
        """`values` are those of the samples, float32 (n, columns); `jobs` trees are asked at once."""
        self._values, self._jobs = values, jobs
        self._total: Any = 0.0
        self._asked = np.zeros(len(values), np.int64)

    def add(self, trees: Sequence[Any], unseen: Iterable[Any] | None = None) -> None:
        """Ask trees in their order; `unseen` are the indices of the samples that each may be asked of, None for all."""
        rows = [slice(None)] * len(trees) if unseen is None else list(unseen)
        ask = joblib.Parallel(self._jobs or -1, prefer="threads", return_as="generator")
        asked = (joblib.delayed(t.predict_proba)(self._values[r], False) for t, r in zip(trees, rows, strict=True))
        for said, row in zip(ask(asked), rows, strict=True):
            if np.isscalar(self._total):
                self._total = np.zeros((len(self._values), said.shape[1]))
            self._total[row] += said
            self._asked[row] += 1

    def classes(self) -> tuple[np.ndarray, np.ndarray]:
        """The samples that were asked of (m,), and of each the number of its class, as RandomForestClassifier says."""
        known = np.flatnonzero(self._asked)
        return known, (self._total[known] / self._asked[known, None]).argmax(axis=1)


class Curve:
    """Tells, as a live curve, how accurate a forest is after so and so many trees; of several folds it is the sum."""

    def __init__(self, name: str, ids: Sequence[int], job: Job):
        """`name` says what the accuracy is measured on; `ids` are all classes."""
        self._name, self._ids, self._job = name, ids, job
        self._matrices: dict[int, np.ndarray] = {}

    def add(self, trees: int, mapped: np.ndarray, truth: np.ndarray, first: bool = True) -> None:
        """Add what was mapped of samples; a fold that is not the first one counts where all before it have a point."""
        if not first and trees not in self._matrices:
            return
        self._matrices[trees] = self._matrices.get(trees, 0) + assessment.confusion(mapped, truth, self._ids)
        scores = assessment.scores(self._matrices[trees])
        for score in ("overall_accuracy", "balanced_accuracy"):
            self._job.metric(f"{self._name}_{score}", trees, scores[score])


def grow(
    settings: ForestSettings, values: np.ndarray, class_id: np.ndarray, jobs: int | None,
    step: Callable[[float], None] = lambda done: None, out_of_bag: bool = False,
    watch: Callable[[RandomForestClassifier, Sequence[Any]], None] = lambda forest, trees: None,
    shall_end: Callable[[], bool] = lambda: False,
) -> RandomForestClassifier:  # fmt: skip
    """Fit a forest in portions of trees, so that it can be watched, ended and cancelled.

    Args:
        settings: the forest's parameters.
        values: float32 (n, columns).
        class_id: (n,).
        jobs: trees grown at once; None for one a core. Has no influence on the result.
        step: called with the share of trees grown, 0 to 1.
        out_of_bag: also compute the out-of-bag score.
        watch: called after each portion with the forest so far and the trees that are new.
        shall_end: asked after each portion but the last: whether the trees that there are will do.

    scikit-learn's warm start draws each tree's seed as a fit in one go would, so the portions change nothing, and a
    forest that is ended early is the one of so many trees.
    """
    forest = settings.estimator(jobs, warm_start=True)
    total = settings.n_estimators
    portion, grown = max(1, total // 20), 0
    for trees in [*range(portion, total, portion), total]:
        step(grown / total)
        _fit(forest.set_params(n_estimators=trees), values, class_id)
        watch(forest, forest.estimators_[grown:])
        grown = trees
        if grown < total and shall_end():
            break
    if out_of_bag:  # fitted as it is, it only lacks the score
        _fit(forest.set_params(oob_score=True), values, class_id)
    return forest.set_params(warm_start=False)


def _fit(forest: RandomForestClassifier, values: np.ndarray, class_id: np.ndarray) -> None:
    with warnings.catch_warnings():
        # What few trees do to the score `out_of_bag` says; balanced weights are right, since all portions see the same
        # samples; and to fit without new trees is meant.
        for text in ("Some inputs do not have OOB scores", "class_weight presets", "Warm-start fitting without"):
            warnings.filterwarnings("ignore", text)
        forest.fit(values, class_id)


def watch_out_of_bag(
    values: np.ndarray, class_id: np.ndarray, jobs: int | None, job: Job
) -> Callable[[RandomForestClassifier, Sequence[Any]], None]:
    """A `watch` for `grow` that tells the accuracy on the samples that were not in a tree's bag.

    That is optimistic: neighbours of one polygon are in the bag.
    """
    votes, curve = Votes(values, jobs), Curve("out_of_bag", np.unique(class_id).tolist(), job)

    def watch(forest: RandomForestClassifier, trees: Sequence[Any]) -> None:
        new = copy(forest)
        new.estimators_ = list(trees)  # their bags alone, which are drawn anew
        outside = []
        for bag in new.estimators_samples_:
            left = np.ones(len(values), bool)
            left[bag] = False
            outside.append(np.flatnonzero(left))
        votes.add(trees, outside)
        known, number = votes.classes()
        curve.add(len(forest.estimators_), forest.classes_[number], class_id[known])

    return watch


def importance(
    forest: RandomForestClassifier, columns: list[str], values: np.ndarray, class_id: np.ndarray, seed: int
) -> dict[str, tuple[float, float]]:
    """Permutation importance (Breiman 2001): mean and deviation of the accuracy lost when a column is shuffled."""
    random = np.random.default_rng(seed)
    picked = random.permutation(len(values))[:IMPORTANCE_SAMPLES]
    pixels, truth = np.ascontiguousarray(values[picked].T), class_id[picked]
    compiled = CompiledForest(ForestArrays.from_sklearn(forest))
    classes = np.asarray(forest.classes_)
    base = np.mean(classes[compiled.predict(pixels)] == truth)
    result = {}
    for i, name in enumerate(columns):
        kept, losses = pixels[i].copy(), []
        for _ in range(IMPORTANCE_ROUNDS):
            pixels[i] = random.permutation(kept)
            losses.append(base - np.mean(classes[compiled.predict(pixels)] == truth))
        pixels[i] = kept
        result[name] = (float(np.mean(losses)), float(np.std(losses)))
    return result


@dataclass
class Validated:
    """The outcome of a validation.

    `settings` are those of the forests that were tested, with fewer trees where it was ended early; `training_part` are
    the indices of the samples that were not held out.
    """

    settings: ForestSettings
    metrics: dict[str, Any]
    matrix: np.ndarray
    importance: dict[str, tuple[float, float]]
    training_part: np.ndarray
    notes: list[str] = field(default_factory=list)


def validate(
    settings: ForestSettings, data: Samples, grouping: str, share: float, folds: int, block_size: float | None,
    with_importance: bool, jobs: int | None, job: Job,
) -> Validated:  # fmt: skip
    """Train on one part of the samples and test on the other, once or fold by fold; see `splits.split`.

    Where `job.finish_asked` the first forest is ended early, and all others get as many trees: the accuracy is that of
    so many.
    """
    values, class_id = data.values, data.table["class_id"].to_numpy()
    notes = []
    group = _blocks(data, block_size) if grouping == "blocks" else data.table["polygon_id"].to_numpy()
    parts = splits.split(class_id, group, grouping, share, folds, settings.random_state)
    ids = np.unique(class_id).tolist()
    by_group: list[np.ndarray] = []
    weights: dict[str, list[tuple[float, float]]] = {}
    curve = Curve(f"held_out_{grouping}", ids, job)
    for number, (train, held) in enumerate(parts.folds):
        job.check_cancelled()
        votes, first = Votes(values[held], jobs), number == 0
        forest = grow(
            settings, values[train], class_id[train], jobs,
            partial(_progress_of_fold, job, number, len(parts.folds)),
            watch=partial(_watch_fold, votes, curve, class_id[held], first),
            shall_end=partial(_shall_end, job, first),
        )  # fmt: skip
        settings = replace(settings, n_estimators=forest.n_estimators)
        mapped = forest.classes_[votes.classes()[1]]
        by_group.extend(assessment.confusion_by_group(mapped, class_id[held], group[held], ids))
        if with_importance:
            for name, (mean, spread) in importance(
                forest, data.columns, values[held], class_id[held], settings.random_state
            ).items():
                weights.setdefault(name, []).append((mean, spread))
    matrix = np.sum(by_group, axis=0)
    metrics = assessment.scores(matrix) | {
        "held_out_by": grouping,
        "folds": folds,
        "held_out_samples": int(matrix.sum()),
        "held_out_groups": len(by_group),
        "confusion_matrix": matrix.tolist(),
        "class_ids": ids,
    }
    if grouping == "pixels":
        notes.append("The accuracy is optimistic: single pixels were held out, so their neighbours were trained on.")
    elif len(by_group) > 1:
        metrics["intervals_by_group"] = assessment.bootstrap_by_group(np.array(by_group), settings.random_state)
    untested = [c["name"] for c in data.meta["classes"] if c["id"] in parts.never_held_out]
    if untested:
        notes.append(
            f"Not tested, for want of a second polygon or block: {', '.join(untested)}. Draw more of them; the accuracy"
            " is that of the other classes."
        )
    averaged = {name: (_mean(v[0] for v in found), _mean(v[1] for v in found)) for name, found in weights.items()}
    metrics["importance"] = {name: value[0] for name, value in averaged.items()}
    return Validated(settings, metrics, matrix, averaged, parts.folds[0][0], notes)


def _watch_fold(
    votes: Votes, curve: Curve, truth: np.ndarray, first: bool, forest: RandomForestClassifier, trees: Sequence[Any]
) -> None:
    votes.add(trees)
    curve.add(len(forest.estimators_), forest.classes_[votes.classes()[1]], truth, first)


def _shall_end(job: Job, first: bool) -> bool:
    return first and job.finish_asked


def _progress_of_fold(job: Job, number: int, folds: int, done: float) -> None:
    job.progress((number + 0.9 * done) / folds)


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))


def _blocks(data: Samples, size: float | None) -> np.ndarray:
    x, y = data.table["x"].to_numpy(), data.table["y"].to_numpy()
    size = size or max(np.ptp(x), np.ptp(y)) / 10
    if size <= 0:
        raise InputError("Spatial blocks cannot be made: all samples lie in one place. Hold out polygons instead.")
    return splits.blocks(x, y, data.table["polygon_id"].to_numpy(), size)


def out_of_bag(forest: RandomForestClassifier) -> float | None:
    """The out-of-bag accuracy; None where so few trees were grown that a sample was in every bag."""
    voted = forest.oob_decision_function_.sum(axis=1) > 0
    return float(forest.oob_score_) if voted.all() else None


def save(
    path: str | Path,
    card: models.Card,
    forest: RandomForestClassifier,
    more_weights: Mapping[str, np.ndarray],
    with_joblib: bool,
) -> dict[str, str]:
    """Write the model, and the joblib file beside it if wished; returns the joblib file's hash by name."""
    weights = {**ForestArrays.from_sklearn(forest).as_dict(), **more_weights}
    hashes = {}
    # The model itself comes last: where the disk fills up, there is none without the rest.
    if with_joblib:
        beside = Path(path).with_suffix(".joblib")
        forest.landloom_card = card.as_dict()
        with files.replacing(beside) as temporary:
            # How many jobs it was grown with must not show in the file.
            joblib.dump(forest.set_params(n_jobs=None), temporary, compress=3)
        hashes = {"joblib_sha256": models.sha256(beside)}
    models.save(path, card, weights)
    return hashes


def summary(metrics: dict[str, Any]) -> str:
    """The accuracy in one sentence, and a second one where the out-of-bag accuracy is not known."""
    no_bag = (
        " The out-of-bag accuracy is not known: with so few trees some samples were in the bag of each."
        if metrics["oob_accuracy"] is None
        else ""
    )
    if "overall_accuracy" not in metrics:
        return f"The model was not validated.{no_bag}"
    what = {"polygons": "polygons", "blocks": "spatial blocks", "pixels": "single pixels (optimistic)"}[
        metrics["held_out_by"]
    ]
    overall, balanced, kappa = (
        assessment.shown(metrics[name]) for name in ("overall_accuracy", "balanced_accuracy", "kappa")
    )
    return (
        f"On {metrics['held_out_samples']:,} samples of held-out {what}: overall accuracy {overall}, balanced"
        f" {balanced}, kappa {kappa}.{no_bag}"
    )


def write_report(
    path: str | Path,
    card: models.Card,
    validated: Validated | None,
    settings: list[tuple[str, str]],
    warnings: list[str],
) -> None:
    """The accuracy as a page with tables and plots; `settings` are those of the model, by their labels."""
    tested = card.classes.only(validated.metrics["class_ids"]) if validated else card.classes
    report.write(
        path,
        "training.html",
        title="Random forest",
        subtitle=f"{card.training['polygons']} on {card.training['image']}",
        warnings=warnings,
        card=card,
        settings=settings,
        metrics=card.metrics,
        summary=summary(card.metrics),
        rows=report.class_rows(tested, **{k: validated.metrics[k] for k in ("precision", "recall", "f1", "support")})
        if validated
        else [],
        matrix=report.matrix_rows(validated.matrix, tested.names) if validated else [],
        names=tested.names,
        importance=report.importance_plot(validated.importance) if validated and validated.importance else None,
    )
