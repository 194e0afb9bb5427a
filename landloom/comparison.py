"""Scores of several maps or models side by side: which one is better, and by how much?"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from . import files, report, targets
from .errors import InputError

# Differences with an interval are shown of these.
PLOTTED = ("overall_accuracy", "kappa", "mean_iou", "rho")


@dataclass(frozen=True)
class Evaluated:
    """The scores of one map or model by name, such as `kappa` and `precision[Water]`, and how many pixels they are of
    (None where that is not known). `weighted_by` says what weights the pixels, None where each counts alike.
    """

    name: str
    scores: dict[str, float]
    samples: int | None = None
    weighted_by: str | None = None


def read_metrics(path: str | Path, name: str) -> Evaluated:
    """Read what Evaluate a map wrote, or any JSON object of numbers (an object in it gives names such as `val.kappa`).

    Raises InputError for what cannot be read or holds no number.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(f"The metrics file {path} does not exist.") from None
    except (OSError, ValueError) as error:
        raise InputError(
            f"The metrics file {path} is no JSON: {error}. Choose one that Evaluate a map wrote."
        ) from None
    if not isinstance(content, dict):
        raise InputError(f"The metrics file {path} must hold an object of metrics. Choose one of Evaluate a map.")
    if "scores" in content and "classes" in content:
        try:
            return of_evaluation(name, content)
        except (LookupError, TypeError, ValueError) as error:
            raise InputError(f"The metrics file {path} is damaged ({error}). Run Evaluate a map again.") from None
    scores = dict(_numbers(content, _class_names(content)))
    if not scores:
        raise InputError(f"The metrics file {path} holds no number. Choose one that Evaluate a map wrote.")
    samples = content.get("samples")
    return Evaluated(name, scores, samples if isinstance(samples, int) else None)


def of_evaluation(name: str, content: Mapping[str, Any]) -> Evaluated:
    """The scores in what Evaluate a map writes."""
    scores = {_key(s.metric, s.class_name): s.value for s in targets.all_scores(content) if s.value is not None}
    return Evaluated(name, scores, content["scores"].get("samples"), content.get("weighted_by"))


def _key(metric: str, class_name: str) -> str:
    return f"{metric}[{class_name}]" if class_name else metric


def _class_names(content: Mapping[str, Any]) -> list[str]:
    """What lists of numbers are a number each of."""
    lists = (content.get(name) for name in ("classes", "class_names", "class_ids"))
    found = next((one for one in lists if one and isinstance(one, list)), [])
    return [str(c.get("name", c.get("id"))) if isinstance(c, dict) else str(c) for c in found]


def _numbers(content: Mapping[str, Any], classes: Sequence[str], before: str = "") -> Iterator[tuple[str, float]]:
    for name, value in content.items():
        if isinstance(value, dict):
            yield from _numbers(value, classes, f"{before}{name}.")
        elif isinstance(value, list):
            metric = targets.metric_of(name)[0]
            if metric in targets.BY_CLASS and len(value) == len(classes):
                pairs = zip(classes, value, strict=True)
                yield from ((before + _key(metric, c), float(v)) for c, v in pairs if _is_number(v))
        elif _is_number(value):
            yield before + _key(*targets.metric_of(name)), float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


@dataclass(frozen=True)
class Row:
    """A metric of all maps: values, differences to the first one, and the place of the best (None: not known)."""

    metric: str
    label: str
    values: list[float | None]
    differences: list[float | None]
    best: int | None


def table(evaluated: Sequence[Evaluated]) -> list[Row]:
    """A row a metric, those that are known first in their usual order."""
    names = list(dict.fromkeys(key for one in evaluated for key in one.scores))
    known = list(targets.LABELS)
    places = {key: targets.metric_of(key) for key in names}
    names.sort(key=lambda key: known.index(places[key][0]) if places[key][0] in known else len(known))
    rows = []
    for key in names:
        metric, class_name = places[key]
        label = targets.LABELS.get(metric, metric) + (f", {class_name}" if class_name else "")
        values = [one.scores.get(key) for one in evaluated]
        first = values[0]
        differences = [None if v is None or first is None else round(v - first, 6) for v in values]
        rows.append(Row(key, label, values, differences, _best(metric, values)))
    return rows


def _best(metric: str, values: Sequence[float | None]) -> int | None:
    """The place of the best value; None where the metric is not known, or only one map has it."""
    known = [(v, -i) for i, v in enumerate(values) if v is not None]
    if metric not in targets.LABELS or len(known) < 2:
        return None
    sign = -1 if metric in targets.ERRORS else 1
    return -max((sign * v, i) for v, i in known)[1]


def ranking(evaluated: Sequence[Evaluated]) -> tuple[str, list[float]] | None:
    """The first of kappa, overall accuracy … that all have, and its values (the larger, the better)."""
    for key in ("kappa", *targets.OVERALL, *targets.FURTHER):
        if all(key in one.scores for one in evaluated):
            sign = -1 if key in targets.ERRORS else 1
            return key, [sign * one.scores[key] for one in evaluated]
    return None


def doubts(evaluated: Sequence[Evaluated]) -> list[str]:
    """What the user should know of evaluations that are compared."""
    notes = []
    samples = {one.samples for one in evaluated if one.samples is not None}
    if len(samples) > 1:
        shown = ", ".join(f"{one.name} {one.samples:,}" for one in evaluated if one.samples is not None)
        notes.append(
            f"The evaluations are not of the same pixels ({shown}), so they also differ for that reason. Evaluate all"
            " maps with one reference."
        )
    weighted = [one.name for one in evaluated if one.weighted_by]
    if 0 < len(weighted) < len(evaluated):
        notes.append(
            f"The scores of {', '.join(weighted)} are estimated by the design of a sample, while the others count each"
            " pixel alike, so they also differ for that reason. Evaluate all maps with one reference."
        )
    alone = [row.label for row in table(evaluated) if any(v is None for v in row.values)]
    if alone:
        listed = ", ".join(alone[:10]) + (f" and {len(alone) - 10} more" if len(alone) > 10 else "")
        notes.append(f"Not all have these metrics, so they cannot be compared by them: {listed}.")
    return notes


def as_csv(rows: Sequence[Row], names: Sequence[str]) -> str:
    """A row a metric: the values of all, then the differences to the first."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["metric", *names, *(f"{name} - {names[0]}" for name in names[1:])])
    writer.writerows([row.metric, *row.values, *row.differences[1:]] for row in rows)
    return stream.getvalue()


def as_markdown(rows: Sequence[Row], names: Sequence[str]) -> str:
    """The same as a table in Markdown, a row a metric; the best value is bold."""

    def cell(row: Row, place: int) -> str:
        value, change = row.values[place], row.differences[place]
        if value is None:
            return "–"
        shown = f"**{value:.4f}**" if row.best == place else f"{value:.4f}"
        return shown + (f" ({change:+.4f})" if place and change is not None else "")

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    head = [line(["Metric", *names]), "|---|" + "---:|" * len(names)]
    body = [line([row.label, *(cell(row, i) for i in range(len(names)))]) for row in rows]
    return "\n".join([*head, *body]) + "\n"


def write_text(path: str | None, text: str) -> None:
    """Write a text file where a path is given."""
    if path:
        files.write_text(path, text)


def difference_plot(rows: Sequence[Row], found: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Markup | None:
    """Differences to the first map with their 95 % intervals; None where there is none.

    `names` and `found` (the intervals) are those of the maps, whose values are the last ones in `rows`.
    """
    by_metric = {row.metric: row for row in rows}
    shown = [key for key in PLOTTED if key in by_metric and key in found[0]]
    if not shown:
        return None
    drawn, axes = report.figure(height=1.2 + 0.25 * len(names) + (0.25 + 0.2 * (len(names) - 1)) * len(shown))
    colours = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
    axes.axvline(0, color="#555555", linewidth=1)
    for number, name in enumerate(names[1:], start=1):
        shift = (number - len(names) / 2) * 0.8 / max(len(names) - 1, 1)
        for place, key in enumerate(shown):
            low, high = found[number][key]
            first, value = (by_metric[key].values[i - len(names)] for i in (0, number))
            if low is None or high is None or first is None or value is None:
                continue
            colour, label = colours[(number - 1) % len(colours)], name if place == 0 else None
            axes.plot([low, high], [place + shift] * 2, color=colour, linewidth=2, solid_capstyle="butt")
            axes.plot([value - first], [place + shift], "o", color=colour, markersize=5, label=label)
    axes.set(yticks=range(len(shown)), yticklabels=[targets.LABELS[key] for key in shown])
    axes.set(ylim=(len(shown) - 0.5, -0.5), xlabel=f"Difference to {names[0]}")
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0))
    return report.svg(drawn)
