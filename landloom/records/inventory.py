"""What a table of records covers: metrics, parameters, types and methods, time; and what to collect next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd

from . import metrics
from .table import METRIC, PARAMETER

# Texts of more kinds than these are names, not settings to be varied.
MOST_WORDS = 24
# Numbers that hardly ever repeat are measured, and cannot be set to what is missing: those with more different values
# than these, and than this share of the records.
MOST_NUMBERS, MOST_NUMBERS_SHARE = 20, 0.1
# Values that one cannot go through in equal steps, as learning rates from 0.0001 to 0.1: their range, and where half of
# them lie, as a share of the largest. Evenly spread ones may come near to 0 by chance.
MOST_RATIO, LOW_HALF = 1_000, 0.1
# Of fewer records a test part of 5 % has fewer than 30, too few to tell how good a model is.
FEWEST_RECORDS = 600
# A metric that fewer records have cannot be learnt from most of them.
KNOWN_SHARE = 0.9
BINS = 40
UNNAMED = "(none)"


@dataclass(frozen=True)
class Cells:
    """How the values of a parameter or metric are cut: labels, and which cell each record is in, -1 for none."""

    labels: list[str]
    cell: np.ndarray

    @property
    def counts(self) -> np.ndarray:
        """The number of records a cell."""
        return np.bincount(self.cell[self.cell >= 0], minlength=len(self.labels))


def cut(values: pd.Series, steps: int) -> Cells | None:
    """Cut values into cells: words and few numbers as they are, else equal steps, of the logarithm where the range is
    wide; None where they are names rather than settings.
    """
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(float, na_value=np.nan)
    known = values.notna().to_numpy()
    if not np.isfinite(numbers[known]).all():
        words = values.astype("string")
        names = sorted(words[known].unique().tolist())
        if len(names) > MOST_WORDS:
            return None
        return Cells(names, np.where(known, pd.Categorical(words, names).codes, -1).astype(int))
    different = np.unique(numbers[known])
    if len(different) <= max(steps, 2):
        place = np.searchsorted(different, np.where(known, numbers, 0.0))
        return Cells([f"{value:.6g}" for value in different], np.where(known, place, -1))
    edges = steps_between(different, steps)
    place = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, steps - 1)
    labels = [f"{low:.4g} – {high:.4g}" for low, high in pairwise(edges)]
    return Cells(labels, np.where(known, place, -1))


def is_measured(values: pd.Series) -> bool:
    """Whether a parameter is a number that was measured, such as the mean entropy of a tile, and not a setting."""
    most = max(MOST_NUMBERS, MOST_NUMBERS_SHARE * len(values))
    return pd.api.types.is_numeric_dtype(values) and values.nunique() > most


def is_wide(values: np.ndarray) -> bool:
    """Whether values are spread over orders of magnitude."""
    low, high = float(values.min()), float(values.max())
    return low > 0 and high / low >= MOST_RATIO and float(np.median(values)) <= LOW_HALF * high


def steps_between(values: np.ndarray, steps: int) -> np.ndarray:
    """The edges of equal steps from the smallest to the largest value, or of equal steps of their logarithm."""
    low, high = float(values.min()), float(values.max())
    edges = np.geomspace(low, high, steps + 1) if is_wide(values) else np.linspace(low, high, steps + 1)
    edges[0], edges[-1] = low, high
    return edges


def take(table: pd.DataFrame, steps: int, fewest: int) -> dict[str, Any]:
    """The inventory of a table of records, ready for JSON.

    Args:
        table: as of `records.Records`.
        steps: into so many steps the range of a number is cut.
        fewest: a cell with fewer records is thin.
    """
    judged = [name for name in table if name.startswith(METRIC)]
    varied = {name.removeprefix(PARAMETER): cut(table[name], steps) for name in table if name.startswith(PARAMETER)}
    measures = [name for name in varied if is_measured(table[PARAMETER + name])]
    settings = {name: found for name, found in varied.items() if found is not None and name not in measures}
    found: dict[str, Any] = {
        "records": len(table),
        "images": int(table["image"].nunique()),
        "with_footprint": int((table["footprint"] != "").sum()),
        "metrics": {name.removeprefix(METRIC): _metric(table[name]) for name in judged},
        "types": _counts(table["type"]),
        "methods": _counts(table["method"]),
        "types_by_methods": _crossed(table["type"], table["method"]),
        "parameters": {
            name: _parameter(table[PARAMETER + name], found, name in measures) for name, found in varied.items()
        },
        "pairs": _pairs(settings, fewest),
        "time": _time(table["time"]),
        "steps": steps,
        "fewest": fewest,
    }
    found["gaps"] = _gaps(found, table, steps, fewest)
    return found


def _counts(names: pd.Series) -> dict[str, int]:
    return {str(name) or UNNAMED: int(n) for name, n in names.value_counts().items()}


def _crossed(down: pd.Series, across: pd.Series) -> dict[str, Any]:
    table = pd.crosstab(down.replace("", UNNAMED), across.replace("", UNNAMED))
    return {
        "types": [str(name) for name in table.index],
        "methods": [str(name) for name in table.columns],
        "records": table.to_numpy().tolist(),
    }


def _metric(values: pd.Series) -> dict[str, Any]:
    known = values.dropna().to_numpy(float)
    logarithmic = is_wide(known)
    edges = steps_between(known, BINS) if logarithmic else np.histogram_bin_edges(known, BINS)
    places = np.percentile(known, [5, 25, 50, 75, 95])
    return {
        "known": len(known),
        "unknown": int(values.isna().sum()),
        "mean": float(known.mean()),
        "deviation": float(known.std()),
        "minimum": float(known.min()),
        **{f"p{p:02d}": float(value) for p, value in zip((5, 25, 50, 75, 95), places, strict=True)},
        "maximum": float(known.max()),
        "logarithmic": logarithmic,
        "edges": edges.tolist(),
        "counts": np.histogram(known, edges)[0].tolist(),
    }


def _parameter(values: pd.Series, found: Cells | None, measured: bool) -> dict[str, Any]:
    different = int(values.nunique())
    if found is None:
        return {"kind": "names", "different": different, "unknown": int(values.isna().sum()), "cells": []}
    counts, number = found.counts.tolist(), pd.api.types.is_numeric_dtype(values)
    return {
        "kind": "constant" if different <= 1 else "measured" if measured else "number" if number else "words",
        "different": different,
        "unknown": int(values.isna().sum()),
        "cells": [{"label": label, "records": n} for label, n in zip(found.labels, counts, strict=True)],
    }


def _pairs(cells: dict[str, Cells], fewest: int) -> list[dict[str, Any]]:
    """The cells of each two parameters that vary, the pair with the largest share of empty ones first."""
    varied = {name: found for name, found in cells.items() if len(found.labels) > 1}
    pairs = []
    for (first, a), (second, b) in combinations(varied.items(), 2):
        both = (a.cell >= 0) & (b.cell >= 0)
        counts = np.zeros((len(a.labels), len(b.labels)), np.int64)
        np.add.at(counts, (a.cell[both], b.cell[both]), 1)
        pairs.append(
            {
                "parameters": [first, second],
                "labels": [a.labels, b.labels],
                "records": counts.tolist(),
                "cells": counts.size,
                "empty": int((counts == 0).sum()),
                "thin": int(((counts > 0) & (counts < fewest)).sum()),
            }
        )
    return sorted(pairs, key=lambda pair: -pair["empty"] / pair["cells"])


def _time(texts: pd.Series) -> dict[str, Any]:
    """First and last time, the records a month, and the months between without any."""
    times = parsed_times(texts)
    known = times.dropna()
    if not len(known):
        return {"known": 0, "unknown": len(times), "first": None, "last": None, "months": {}}
    months = known.dt.tz_localize(None).dt.to_period("M")
    span = pd.period_range(months.min(), months.max(), freq="M")
    counts = months.value_counts().reindex(span, fill_value=0)
    return {
        "known": len(known),
        "unknown": int(times.isna().sum()),
        "first": known.min().isoformat(),
        "last": known.max().isoformat(),
        "months": {str(month): int(n) for month, n in counts.items()},
    }


def parsed_times(texts: pd.Series) -> pd.Series:
    """ISO 8601 texts as times in UTC; missing where there is none, or something else."""
    return pd.to_datetime(texts.replace("", None), format="ISO8601", utc=True, errors="coerce")


def _gap(kind: str, what: str, there: int, wanted: int, advice: str) -> dict[str, Any]:
    return {"kind": kind, "what": what, "records": there, "collect": max(0, wanted - there), "advice": advice}


def _gaps(found: dict[str, Any], table: pd.DataFrame, steps: int, fewest: int) -> list[dict[str, Any]]:
    """What is missing, what weighs most first: size, metrics, types, parameters, quality, time, pairs."""
    gaps = []
    number = found["records"]
    if number < FEWEST_RECORDS:
        advice = "A test part of 5 % then has the 30 records by which a model can be judged."
        gaps.append(_gap("size", "All records", number, FEWEST_RECORDS, advice))
    for name, facts in found["metrics"].items():
        wanted = math.ceil(KNOWN_SHARE * number)
        if facts["known"] < wanted:
            gaps.append(_gap("metric", name, facts["known"], wanted, "Measure it of the records that lack it."))
    crossed = found["types_by_methods"]
    for kind, row in zip(crossed["types"], crossed["records"], strict=True):
        for method, there in zip(crossed["methods"], row, strict=True):
            if there < fewest:
                what = f"Type {kind}, method {method}"
                gaps.append(_gap("type and method", what, there, fewest, f"Run {method} on more images of {kind}."))
    for name, facts in found["parameters"].items():
        if facts["kind"] == "constant":
            what = f"{name} is {facts['cells'][0]['label']} in all records" if facts["cells"] else f"{name} is unknown"
            gaps.append(_gap("constant parameter", what, number, number, f"Vary {name}, or leave it out of the model."))
            continue
        for cell in facts["cells"] if facts["kind"] != "measured" else ():
            if cell["records"] < fewest:
                what = f"{name} {cell['label']}"
                gaps.append(_gap("parameter", what, cell["records"], fewest, f"Run with {name} there."))
    for name in found["metrics"]:
        gaps += _quality_gaps(name, table[METRIC + name], steps, fewest)
    empty = [month for month, n in found["time"]["months"].items() if not n]
    for month in empty:
        gaps.append(_gap("time", f"Month {month}", 0, fewest, "Results of this month tell whether the season matters."))
    for pair in found["pairs"]:
        gaps += _pair_gaps(pair, found["parameters"], fewest)
    return gaps


def _quality_gaps(name: str, values: pd.Series, steps: int, fewest: int) -> list[dict[str, Any]]:
    """Steps of a metric between its 1st and 99th percentile that few records reach: a model needs bad results, too."""
    known = values.dropna().to_numpy(float)
    if name in metrics.ERRORS:
        known = np.log10(known[known > 0])
    if not len(known):
        return []
    low, high = np.percentile(known, [1, 99])
    if not high > low:
        what = f"{name} is {values.dropna().iloc[0]:g} in nearly all records"
        return [
            _gap("quality", what, len(known), len(known), "Collect results of other quality; nothing can be learnt.")
        ]
    edges = np.linspace(low, high, steps + 1)
    counts = np.histogram(known, edges)[0]
    shown = 10**edges if name in metrics.ERRORS else edges
    return [
        _gap(
            "quality", f"{name} {shown[i]:.4g} – {shown[i + 1]:.4g}", int(n), fewest, "Collect results of this quality."
        )
        for i, n in enumerate(counts)
        if n < fewest
    ]


def _pair_gaps(pair: dict[str, Any], parameters: dict[str, Any], fewest: int) -> list[dict[str, Any]]:
    """Empty cells of two parameters, of which each alone has been tried there."""
    first, second = pair["parameters"]
    there = [[cell["records"] for cell in parameters[name]["cells"]] for name in (first, second)]
    gaps = []
    for i, row in enumerate(pair["records"]):
        for j, n in enumerate(row):
            if n == 0 and there[0][i] >= fewest and there[1][j] >= fewest:
                what = f"{first} {pair['labels'][0][i]} with {second} {pair['labels'][1][j]}"
                gaps.append(_gap("pair of parameters", what, 0, fewest, "Run with both."))
    return gaps


def kinds_of(gaps: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How many gaps there are of each kind."""
    return {
        str(kind): int(n) for kind, n in pd.Series([gap["kind"] for gap in gaps], dtype=object).value_counts().items()
    }
