"""From a comparison of map and reference to metrics, and their files."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from markupsafe import Markup

from . import assessment, files, report
from .areas import ClassAreas
from .classes import ClassTable
from .reference import OUTSIDE, Comparison


def evaluate(found: Comparison, mapped: ClassTable, sizes: ClassAreas, ordinal: bool, seed: int) -> dict[str, Any]:
    """All numbers of a comparison, ready for JSON; `notes` says what the user should know about them.

    Args:
        found: the comparison.
        mapped: the map's classes.
        sizes: their areas.
        ordinal: whether the classes have an order.
        seed: of the intervals by polygon.
    """
    measured, unit = sizes.measured
    area = np.zeros(len(found.classes))
    area[assessment.places(np.array(mapped.ids), found.classes.ids)[0]] = measured
    result: dict[str, Any] = {
        "classes": found.classes.as_list(),
        "confusion_matrix": found.matrix.tolist(),
        "scores": assessment.scores(found.matrix),
        "left_out": found.left_out,
        "notes": _notes(found, area),
        "area_adjusted": {
            **assessment.area_adjusted(found.matrix, area).as_dict(),
            "map_areas": [round(float(a), 4) for a in area],
            "unit": unit,
        },
    }
    if ordinal:
        result["ordinal"] = assessment.ordinal_scores(found.matrix)
    if found.by_polygon is not None:
        result["intervals_by_polygon"] = assessment.bootstrap_by_group(found.by_polygon, seed)
    return result


def _notes(found: Comparison, area: np.ndarray) -> list[str]:
    notes = []
    sampled = found.matrix.sum(axis=1)
    few = [c.name for c, a, n in zip(found.classes, area, sampled, strict=True) if a > 0 and n < 2]
    if few:
        notes.append(
            "The area-adjusted figures, or their intervals, cannot be estimated: the reference has fewer than two"
            f" pixels where the map shows {', '.join(few)}. Add reference there."
        )
    if not area.any():
        notes.append("The map shows no class in the area of interest, so no figure can be weighted by area.")
    outside = found.left_out.get(OUTSIDE, 0)
    if outside:
        notes.append(f"Reference points outside the map, which were left out: {outside}.")
    if found.empty:
        notes.append(f"Reference polygons without a pixel, too small or outside the map: {found.empty}.")
    if found.neighbours:
        notes.append(
            "Pixels beside one another are alike, so the area-adjusted intervals are too narrow; they hold for single"
            " points drawn at random within the map's classes."
            + (" The interval by polygons is the honest one here." if found.by_polygon is not None else "")
        )
    return notes


def write(
    result: dict[str, Any],
    found: Comparison,
    metrics: str,
    matrix: str | None,
    page: str | None,
    subtitle: str,
    warnings: list[str],
) -> None:
    """Write JSON, and as wished the matrix as CSV and the report."""
    files.write_text(metrics, json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    names = found.classes.names
    if matrix:
        report.write_matrix(matrix, "mapped \\ reference", names, names, found.matrix)
    if page:
        scores, adjusted = result["scores"], result["area_adjusted"]
        columns = ("users", "users_interval", "producers", "producers_interval", "areas", "areas_interval", "map_areas")
        report.write(
            page,
            "evaluation.html",
            title="Accuracy of a map",
            subtitle=subtitle,
            warnings=warnings,
            result=result,
            scores=scores,
            adjusted=adjusted,
            names=names,
            matrix=report.matrix_rows(found.matrix, names),
            plot=_plot(found.classes, adjusted),
            rows=report.class_rows(
                found.classes,
                **{key: scores[key] for key in ("precision", "recall", "f1", "iou", "support")},
                **{key: adjusted[key] for key in columns},
            ),
        )


def _plot(classes: ClassTable, adjusted: dict[str, Any]) -> Markup:
    """User's and producer's accuracy of each class with their 95 % intervals."""
    drawn, axes = report.figure(height=1.0 + 0.4 * len(classes))
    place = np.arange(len(classes))
    for kind, label, colour, shift in (
        ("users", "User's accuracy", "#0072b2", -0.13),
        ("producers", "Producer's accuracy", "#d55e00", 0.13),
    ):
        value, half = (np.array(adjusted[key], dtype=float) for key in (kind, f"{kind}_interval"))
        axes.errorbar(value, place + shift, xerr=half, fmt="o", color=colour, markersize=5, capsize=3, label=label)
    axes.set(yticks=place, yticklabels=classes.names, xlim=(0, 1.02), ylim=(len(classes) - 0.5, -0.5))
    axes.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return report.svg(drawn)
