"""Growing a random forest with progress, testing it on what it has not seen, and delivering it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
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


def grow(
    settings: ForestSettings, values: np.ndarray, class_id: np.ndarray, jobs: int | None,
    step: Callable[[float], None] = lambda done: None, out_of_bag: bool = False,
) -> RandomForestClassifier:  # fmt: skip
    """Fit a forest in portions of trees, so that it can be watched and cancelled.

    Args:
        settings: the forest's parameters.
        values: float32 (n, columns).
        class_id: (n,).
        jobs: trees grown at once; None for one a core. Has no influence on the result.
        step: called with the share of trees grown, 0 to 1.
        out_of_bag: also compute the out-of-bag score.

    scikit-learn's warm start draws each tree's seed as a fit in one go would, so the portions change nothing.
    """
    forest = settings.estimator(jobs, warm_start=True)
    total = settings.n_estimators
    portion = max(1, total // 20)
    for trees in [*range(portion, total, portion), total]:
        step(forest.n_estimators / total if trees > portion else 0.0)
        last = trees == total
        forest.set_params(n_estimators=trees, oob_score=out_of_bag and last)
        with warnings.catch_warnings():
            # `out_of_bag` says so; and the portions all see the same samples, for which balanced weights are right.
            warnings.filterwarnings("ignore", "Some inputs do not have OOB scores")
            warnings.filterwarnings("ignore", "class_weight presets")
            forest.fit(values, class_id)
    return forest.set_params(warm_start=False)


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
    """The outcome of a validation; `training_part` are the indices of the samples that were not held out."""

    metrics: dict[str, Any]
    matrix: np.ndarray
    importance: dict[str, tuple[float, float]]
    training_part: np.ndarray
    notes: list[str] = field(default_factory=list)


def validate(
    settings: ForestSettings, data: Samples, grouping: str, share: float, folds: int, block_size: float | None,
    with_importance: bool, jobs: int | None, job: Job,
) -> Validated:  # fmt: skip
    """Train on one part of the samples and test on the other, once or fold by fold; see `splits.split`."""
    values, class_id = data.values, data.table["class_id"].to_numpy()
    notes = []
    group = _blocks(data, block_size) if grouping == "blocks" else data.table["polygon_id"].to_numpy()
    parts = splits.split(class_id, group, grouping, share, folds, settings.random_state)
    ids = np.unique(class_id).tolist()
    by_group: list[np.ndarray] = []
    weights: dict[str, list[tuple[float, float]]] = {}
    for number, (train, held) in enumerate(parts.folds):
        job.check_cancelled()
        forest = grow(
            settings, values[train], class_id[train], jobs,
            partial(_progress_of_fold, job, number, len(parts.folds)),
        )  # fmt: skip
        compiled = CompiledForest(ForestArrays.from_sklearn(forest))
        mapped = np.asarray(forest.classes_)[compiled.predict(np.ascontiguousarray(values[held].T))]
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
    return Validated(metrics, matrix, averaged, parts.folds[0][0], notes)


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
