"""Targets that a map is to meet, and whether it does."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .classes import ClassTable, make_table
from .errors import InputError

# What can be asked of the whole map, and of each class, with their labels.
OVERALL = {
    "overall_accuracy": "Overall accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "kappa": "Cohen's kappa",
    "mean_f1": "Mean F1",
    "mean_iou": "Mean IoU",
    "kappa_linear": "Kappa, linear weights",
    "kappa_quadratic": "Kappa, quadratic weights",
    "rho": "Spearman's rho",
    "mean_absolute_class_error": "Mean absolute class error",
}
FURTHER = {
    "adjusted_accuracy": "Overall accuracy, area-adjusted",
    "ece": "Expected calibration error",
    "maximum_calibration_error": "Maximum calibration error",
    "brier": "Brier score of all classes",
}
BY_CLASS = {
    "precision": "Precision (user's accuracy)",
    "recall": "Recall (producer's accuracy)",
    "f1": "F1",
    "iou": "IoU",
    "adjusted_precision": "User's accuracy, area-adjusted",
    "adjusted_recall": "Producer's accuracy, area-adjusted",
}
LABELS = {**OVERALL, **FURTHER, **BY_CLASS}
# What else people call them.
ALIASES = {
    "accuracy": "overall_accuracy",
    "oa": "overall_accuracy",
    "miou": "mean_iou",
    "macro_f1": "mean_f1",
    "weighted_kappa": "kappa_quadratic",
    "quadratic_kappa": "kappa_quadratic",
    "spearman": "rho",
    "mean_class_error": "mean_absolute_class_error",
    "users_accuracy": "precision",
    "producers_accuracy": "recall",
}
# The smaller the better: a target without a sign is the most that is allowed.
ERRORS = ("mean_absolute_class_error", "ece", "maximum_calibration_error", "brier")

# What the intervals of an evaluation stand on, where it is single places; else groups of pixels.
BY_POINTS, BY_DESIGN = "points", "the design of the sample"

VERDICTS = MET, MISSED, UNDECIDED = "met", "missed", "cannot be decided"
EXAMPLE = '{"kappa": ">= 0.48", "precision[Medium]": ">= 0.22"}'


@dataclass(frozen=True)
class Score:
    """One number of an evaluation; `class_id` is None for the whole map, `interval` its 95 % interval or None."""

    metric: str
    class_id: int | None
    class_name: str
    value: float | None
    interval: tuple[float, float] | None

    @property
    def label(self) -> str:
        """For people."""
        return LABELS[self.metric] + (f", {self.class_name}" if self.class_name else "")


def all_scores(result: Mapping[str, Any]) -> Iterator[Score]:
    """The scores of an evaluation (as in its JSON), those a class after those of the whole map."""
    classes = make_table(result["classes"])
    values = {**result["scores"], **result.get("ordinal", {})}
    adjusted, calibration = result.get("area_adjusted", {}), result.get("calibration", {})
    intervals = result.get("intervals", {})
    # Where pixels beside one another were compared, the area-adjusted intervals are too narrow to settle anything.
    independent = intervals.get("by") in (BY_POINTS, BY_DESIGN)
    for name in OVERALL:
        if name in values:
            yield Score(name, None, "", values[name], _interval(intervals.get(name)))
    if adjusted:
        found, half = adjusted["overall"], adjusted["overall_interval"]
        yield Score("adjusted_accuracy", None, "", found, _around(found, half) if independent else None)
    for name, key in (
        ("ece", "ece"),
        ("maximum_calibration_error", "maximum_error"),
        ("brier", "brier_of_all_classes"),
    ):
        if calibration:
            yield Score(name, None, "", calibration[key], None)
    for place, c in enumerate(classes):
        for name in BY_CLASS:
            if name in values:
                interval = intervals[name][place] if name in intervals else None
                yield Score(name, c.id, c.name, values[name][place], _interval(interval))
        for name, key in (("adjusted_precision", "users"), ("adjusted_recall", "producers")):
            if adjusted:
                found = adjusted[key][place]
                yield Score(
                    name,
                    c.id,
                    c.name,
                    found,
                    _around(found, adjusted[f"{key}_interval"][place]) if independent else None,
                )


def _interval(ends: Sequence[float | None] | None) -> tuple[float, float] | None:
    if ends is None or ends[0] is None or ends[1] is None:
        return None
    return ends[0], ends[1]


def _around(middle: float | None, half: float | None) -> tuple[float, float] | None:
    if middle is None or half is None:
        return None
    return round(max(middle - half, 0.0), 6), round(min(middle + half, 1.0), 6)


@dataclass(frozen=True)
class Target:
    """What is asked: `metric` (one of LABELS), of which class (name or id as written, empty: of the whole map), the
    sign (>=, <=, > or <) and the limit.
    """

    metric: str
    class_name: str
    sign: str
    limit: float

    def holds(self, value: float) -> bool:
        """Whether a value meets it."""
        return {
            ">=": value >= self.limit,
            "<=": value <= self.limit,
            ">": value > self.limit,
            "<": value < self.limit,
        }[self.sign]

    @property
    def text(self) -> str:
        """As it is written."""
        return f"{self.sign} {self.limit:g}"


@dataclass(frozen=True)
class Verdict:
    """Whether a target is met: met, missed, or cannot be decided. `settled` tells whether all of the 95 % interval is
    on the same side of the limit as the value; None where there is no interval.
    """

    metric: str
    label: str
    class_id: int | None
    target: str
    verdict: str
    value: float | None = None
    interval: tuple[float, float] | None = None
    settled: bool | None = None
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return dict(self.__dict__)

    @property
    def certainty(self) -> str:
        """In words: what the interval says of the verdict."""
        if self.verdict == UNDECIDED:
            return self.reason
        if self.settled is None:
            return "no interval is known"
        return "the interval settles it" if self.settled else "the interval does not settle it: it reaches both sides"

    @property
    def sentence(self) -> str:
        """For the log."""
        shown = "" if self.value is None else f" with {self.value:.4f}"
        if self.interval:
            shown += f" (95 % interval {self.interval[0]:.4f} to {self.interval[1]:.4f})"
        return f"Target {self.label} {self.target}: {self.verdict}{shown}; {self.certainty}."


def read(path: str | Path) -> list[Target]:
    """Read targets from JSON, such as {"kappa": ">= 0.48", "recall[High]": 0.93}, or from CSV with the columns metric,
    class and target. A number without a sign is the least that is asked, of an error the most that is allowed.

    Raises InputError for what cannot be read.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"The targets file {path} does not exist.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The targets file {path} cannot be read: {error}. Save it as text in UTF-8.") from None
    pairs = list(_of_csv(text, path) if str(path).lower().endswith(".csv") else _of_json(text, path))
    if not pairs:
        raise InputError(f"The targets file {path} holds no target. Write at least one, such as {EXAMPLE}.")
    found = [_target(name, wanted, path) for name, wanted in pairs]
    twice = [
        t
        for number, t in enumerate(found)
        if (t.metric, t.class_name) in {(o.metric, o.class_name) for o in found[:number]}
    ]
    if twice:
        raise InputError(f"{path} asks twice for {_written(twice[0])}. Leave one of them out.")
    return found


def _of_json(text: str, path: str | Path) -> Iterator[tuple[str, Any]]:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise InputError(f"The targets file {path} is no JSON: {error}. Write it as {EXAMPLE}.") from None
    if not isinstance(content, dict):
        raise InputError(f"The targets file {path} must hold one object of metrics and targets, such as {EXAMPLE}.")
    yield from content.items()


def _of_csv(text: str, path: str | Path) -> Iterator[tuple[str, Any]]:
    lines = text.splitlines()
    head = lines[0].lower() if lines else ""
    # Spreadsheets separate by semicolons where the comma is the decimal point.
    separator = max(",;\t", key=head.count)
    rows = csv.DictReader([head, *lines[1:]], delimiter=separator, skipinitialspace=True)
    if not {"metric", "target"} <= set(rows.fieldnames or ()):
        raise InputError(
            f"The targets file {path} must have the columns metric, class and target; it has"
            f" {', '.join(rows.fieldnames or ()) or 'none'}."
        )
    for row in rows:
        name, wanted = (row["metric"] or "").strip(), (row["target"] or "").strip()
        if not name and not wanted:
            continue
        class_name = (row.get("class") or "").strip()
        yield (
            (f"{name}[{class_name}]" if class_name else name),
            wanted.replace(",", ".") if separator == ";" else wanted,
        )


def metric_of(name: str) -> tuple[str, str]:
    """A metric's name as here, and the class it is of (empty: none), from a name such as `Users accuracy [Water]`."""
    parts = re.fullmatch(r"\s*([^\[\]]+?)\s*(?:\[(.*)\])?\s*", name)
    if parts is None:
        return name, ""
    key = re.sub(r"[\s-]+", "_", parts.group(1).lower().replace("'", ""))
    return ALIASES.get(key, key), (parts.group(2) or "").strip()


def _target(name: str, wanted: Any, path: str | Path) -> Target:
    """Make sense of `precision[Medium]` and `>= 0.22` (or 0.22, or 22 %)."""
    metric, class_name = metric_of(str(name))
    if metric not in LABELS:
        raise InputError(
            f"{path} asks for '{name}', which is no metric. There are: {', '.join([*OVERALL, *FURTHER])}; and for a"
            f" class, such as precision[Water]: {', '.join(BY_CLASS)}."
        )
    if bool(class_name) != (metric in BY_CLASS):
        remedy = f"name a class, such as {metric}[Water]" if metric in BY_CLASS else "leave out the class"
        raise InputError(
            f"{path} asks for '{name}': {metric} is a metric of"
            f" {'each class' if metric in BY_CLASS else 'the whole map'}, so {remedy}."
        )
    value = re.fullmatch(r"(>=|<=|≥|≤|>|<)?\s*([-+]?[0-9.]+(?:[eE][-+]?\d+)?)\s*(%?)", str(wanted).strip())
    try:
        if value is None or isinstance(wanted, bool):
            raise ValueError
        limit = float(value.group(2)) / (100 if value.group(3) else 1)
        if not math.isfinite(limit):
            raise ValueError
    except ValueError:
        raise InputError(
            f"{path} asks for {name} '{wanted}', which is no target. Write a sign and a number, such as >= 0.48."
        ) from None
    usual = "<=" if metric in ERRORS else ">="
    return Target(metric, class_name, {"≥": ">=", "≤": "<="}.get(value.group(1), value.group(1)) or usual, limit)


def _written(target: Target) -> str:
    return target.metric + (f"[{target.class_name}]" if target.class_name else "")


def refuse_unknown_classes(asked: Sequence[Target], classes: ClassTable, path: str | Path) -> None:
    """Raise InputError where a target is for a class that there is not."""
    for target in asked:
        if target.class_name and _place(target, classes) is None:
            raise InputError(
                f"{path} asks for {_written(target)}, but there is no class '{target.class_name}'. The classes are:"
                f" {', '.join(f'{c.id} {c.name}' for c in classes)}."
            )


def _place(target: Target, classes: ClassTable) -> int | None:
    """The id of the class that a target is for: that of its name, however capitals are written, or its id."""
    wanted = target.class_name.casefold()
    by_name = {c.name.casefold(): c.id for c in classes}
    by_id = {str(c.id): c.id for c in classes}
    return by_name.get(wanted, by_id.get(wanted))


def judge(asked: Sequence[Target], result: Mapping[str, Any]) -> list[Verdict]:
    """A verdict a target for an evaluation (as in its JSON)."""
    classes, scores = make_table(result["classes"]), {(s.metric, s.class_id): s for s in all_scores(result)}
    verdicts = []
    for target in asked:
        class_id = _place(target, classes) if target.class_name else None
        score = scores.get((target.metric, class_id))
        label = LABELS[target.metric] + ("" if class_id is None else f", {classes.name_of(class_id)}")
        if score is None or score.value is None:
            reason = _why_not(target.metric) if score is None else "the reference does not determine it"
            verdicts.append(Verdict(target.metric, label, class_id, target.text, UNDECIDED, reason=reason))
            continue
        met = target.holds(score.value)
        settled = None if score.interval is None else all(target.holds(end) == met for end in score.interval)
        verdict = MET if met else MISSED
        verdicts.append(
            Verdict(target.metric, label, class_id, target.text, verdict, score.value, score.interval, settled)
        )
    return verdicts


def _why_not(metric: str) -> str:
    if metric in ("ece", "maximum_calibration_error", "brier"):
        return "no PROBABILITIES were given"
    return "ORDINAL does not say that the classes have an order"
