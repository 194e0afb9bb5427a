"""From a comparison of map and reference to metrics, and their files."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from . import assessment, files, report
from .areas import ClassAreas
from .classes import ClassTable
from .reference import Comparison


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
    if found.by_polygon is not None and len(found.by_polygon) > 1:
        result["intervals_by_polygon"] = assessment.bootstrap_by_group(found.by_polygon, seed)
    return result


def _notes(found: Comparison, area: np.ndarray) -> list[str]:
    notes = []
    sampled = found.matrix.sum(axis=1)
    few = [c.name for c, a, n in zip(found.classes, area, sampled, strict=True) if a > 0 and n < 2]
    if few:
        notes.append(
            "The area-adjusted figures cannot be estimated: the reference has fewer than two pixels where the map"
            f" shows {', '.join(few)}."
        )
    if found.empty:
        notes.append(f"Reference polygons without a pixel, too small or outside the map: {found.empty}.")
    if found.by_polygon is not None:
        notes.append(
            "The pixels of one polygon are alike, so the area-adjusted intervals are too narrow; they hold for single"
            " points drawn at random within the map's classes. The interval by polygons is the honest one here."
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
            rows=report.class_rows(
                found.classes,
                **{key: scores[key] for key in ("precision", "recall", "f1", "iou", "support")},
                **{key: adjusted[key] for key in columns},
            ),
        )
