"""The files of an evaluation: metrics, confusion matrix, scores and report."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from . import calibration, files, report, targets
from .classes import ClassTable
from .evaluation import Comparison
from .targets import Verdict

# What is estimated for the whole map, with its label.
WHOLE = {
    "overall": "Overall accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "kappa": "Cohen's kappa",
    "mean_f1": "Mean F1",
    "mean_iou": "Mean IoU",
}


@dataclass(frozen=True)
class Outputs:
    """Where the files go; None for those that are not wanted."""

    metrics: str
    matrix: str | None = None
    scores: str | None = None
    report: str | None = None


def write(
    result: dict[str, Any],
    found: Comparison,
    verdicts: Sequence[Verdict],
    paths: Outputs,
    subtitle: str,
    warnings: list[str],
) -> None:
    """Write JSON, and as wished the matrix and all scores as CSV and the report."""
    files.write_text(paths.metrics, json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    names = found.classes.names
    if paths.matrix:
        report.write_matrix(paths.matrix, "mapped \\ reference", names, names, found.matrix)
    if paths.scores:
        files.write_text(paths.scores, _as_csv(result, verdicts))
    if paths.report:
        _write_report(result, found, verdicts, paths.report, subtitle, warnings)


def _write_report(
    result: dict[str, Any],
    found: Comparison,
    verdicts: Sequence[Verdict],
    path: str,
    subtitle: str,
    warnings: list[str],
) -> None:
    scores, adjusted, names = result["scores"], result.get("area_adjusted", {}), found.classes.names
    by_class = result.get("calibration", {}).get("by_class") or [{}] * len(names)
    report.write(
        path,
        "evaluation.html",
        title="Accuracy of a map",
        subtitle=subtitle,
        warnings=warnings,
        result=result,
        scores=scores,
        adjusted=adjusted,
        whole=[(label, adjusted[key], adjusted[f"{key}_interval"]) for key, label in WHOLE.items() if adjusted],
        flawless=any(0.0 in adjusted[f"{key}_interval"] for key in ("users", "producers", "areas") if adjusted),
        intervals=_shown_intervals(result),
        verdicts=verdicts,
        names=names,
        matrix=_with_sums(found.matrix, names),
        shares=_with_sums(100 * np.array(adjusted["matrix"]), names) if adjusted.get("overall") is not None else None,
        plot=_plot(found.classes, adjusted) if adjusted else None,
        reliability=calibration.plot(found.reliability[0]) if found.reliability else None,
        rows=report.class_rows(
            found.classes,
            **{key: scores[key] for key in ("precision", "recall", "f1", "iou", "support")},
            **{f"adjusted_{key}": values for key, values in adjusted.items() if isinstance(values, list)},
            **{f"calibration_{key}": [c.get(key) for c in by_class] for key in ("ece", "brier")},
        ),
    )


def _with_sums(matrix: np.ndarray, names: Sequence[str]) -> list[dict]:
    """For the template, with a row of the columns' sums."""
    sums = [{"value": value, "share": 0.0} for value in matrix.sum(axis=0).tolist()]
    return [*report.matrix_rows(matrix, names), {"name": "Sum", "cells": sums, "total": matrix.sum().item()}]


def _shown_intervals(result: dict[str, Any]) -> list[tuple[str, float | None, tuple[float | None, float | None]]]:
    """Label, value and interval of the scores of the whole map."""
    values, intervals = {**result["scores"], **result.get("ordinal", {})}, result.get("intervals", {})
    return [(label, values[key], intervals[key]) for key, label in targets.OVERALL.items() if key in intervals]


def _as_csv(result: dict[str, Any], verdicts: Sequence[Verdict]) -> str:
    """A row a score: metric, class_id, class, value, low, high (95 % interval), target, verdict."""
    asked = {(v.metric, v.class_id): v for v in verdicts}
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["metric", "class_id", "class", "value", "low", "high", "target", "verdict"])
    for score in targets.all_scores(result):
        verdict = asked.get((score.metric, score.class_id))
        writer.writerow(
            [
                score.metric,
                score.class_id,
                score.class_name,
                score.value,
                *(score.interval or (None, None)),
                *((verdict.target, verdict.verdict) if verdict else (None, None)),
            ]
        )
    return stream.getvalue()


def _plot(classes: ClassTable, adjusted: dict[str, Any]) -> Markup:
    """User's and producer's accuracy of each class with their 95 % intervals."""
    drawn, axes = report.figure(height=1.0 + 0.4 * len(classes))
    place = np.arange(len(classes))
    for kind, label, colour, shift in (
        ("users", "User's accuracy", "#0072b2", -0.13),
        ("producers", "Producer's accuracy", "#d55e00", 0.13),
    ):
        value, half = (np.array(adjusted[key], dtype=float) for key in (kind, f"{kind}_interval"))
        half = np.array([np.minimum(half, value), np.minimum(half, 1 - value)])  # no accuracy is beyond 0 or 1
        axes.errorbar(value, place + shift, xerr=half, fmt="o", color=colour, markersize=5, capsize=3, label=label)
    axes.set(yticks=place, yticklabels=classes.names, xlim=(0, 1.02), ylim=(len(classes) - 0.5, -0.5))
    axes.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return report.svg(drawn)
