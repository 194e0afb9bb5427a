"""The inventory of a table of records as a report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.ticker import NullFormatter

from .. import report
from . import inventory

# More than somebody reads; the rest is in the inventory file, and that is said.
MOST_GAPS, MOST_PAIRS, MOST_METRICS, MOST_PARAMETERS = 60, 6, 12, 40
BLUE, ORANGE = "#0072b2", "#d55e00"


def write(
    path: str | Path,
    found: dict[str, Any],
    subtitle: str,
    warnings: list[str],
    settings: list[tuple[str, str]],
) -> None:
    """Write the report of an inventory that also has `rejected`, `files` and `notes` of the mining."""
    pairs = [pair for pair in found["pairs"] if pair["empty"] or pair["thin"]]
    report.write(
        path,
        "results.html",
        title="Results on record",
        subtitle=subtitle,
        warnings=warnings,
        found=found,
        settings=settings,
        gaps=found["gaps"][:MOST_GAPS],
        gap_kinds=inventory.kinds_of(found["gaps"]),
        more_gaps=max(0, len(found["gaps"]) - MOST_GAPS),
        metrics=[
            (name, facts, histogram(name, facts)) for name, facts in list(found["metrics"].items())[:MOST_METRICS]
        ],
        more_metrics=max(0, len(found["metrics"]) - MOST_METRICS),
        parameters=[(name, facts) for name, facts in list(found["parameters"].items())[:MOST_PARAMETERS]],
        more_parameters=max(0, len(found["parameters"]) - MOST_PARAMETERS),
        crossed=report.matrix_rows(np.array(found["types_by_methods"]["records"]), found["types_by_methods"]["types"]),
        pairs=[(pair, grid(pair, found["fewest"])) for pair in pairs[:MOST_PAIRS]],
        more_pairs=max(0, len(pairs) - MOST_PAIRS),
        months=_months(found["time"]["months"]),
    )


def histogram(name: str, facts: dict[str, Any]) -> Markup:
    """How often a metric has which values."""
    drawn, axes = report.figure(height=2.0)
    axes.stairs(facts["counts"], facts["edges"], fill=True, color=BLUE)
    axes.axvline(facts["p50"], color=ORANGE, linewidth=1.2)
    if facts["logarithmic"]:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set(xlabel=f"{name} (line: median)", ylabel="Records")
    return report.svg(drawn)


def grid(pair: dict[str, Any], fewest: int) -> Markup:
    """The records in each cell of two parameters; cells with too few have a frame."""
    counts = np.array(pair["records"])
    drawn, axes = report.figure(height=min(6.0, 1.4 + 0.34 * len(counts)))
    axes.grid(False)
    axes.imshow(counts, cmap="Blues", aspect="auto", vmin=0, vmax=max(1, counts.max() * 1.4))
    for (i, j), n in np.ndenumerate(counts):
        axes.text(j, i, f"{n:,}", ha="center", va="center", fontsize=8, color=ORANGE if n < fewest else "#1d2733")
    first, second = ([_short(label) for label in labels] for labels in pair["labels"])
    axes.set_yticks(range(len(first)), first, fontsize=8)
    tilted = max(map(len, second)) * len(second) > 70
    axes.set_xticks(
        range(len(second)), second, fontsize=8, rotation=35 if tilted else 0, ha="right" if tilted else "center"
    )
    axes.set(ylabel=_short(pair["parameters"][0], 28), xlabel=_short(pair["parameters"][1], 60))
    return report.svg(drawn)


def _months(months: dict[str, int]) -> Markup | None:
    if len(months) < 2:
        return None
    drawn, axes = report.figure(height=2.0)
    axes.bar(range(len(months)), list(months.values()), color=BLUE, width=0.8)
    shown = list(range(0, len(months), -(-len(months) // 12)))
    axes.set_xticks(shown, [list(months)[i] for i in shown], fontsize=8)
    axes.set_ylabel("Records")
    return report.svg(drawn)


def _short(text: str, most: int = 24) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
