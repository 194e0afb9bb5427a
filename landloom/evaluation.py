"""From a comparison of map and reference to metrics, and their files."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from . import assessment, files, report
from .maps import ClassMap
from .reference import Comparison


def evaluate(mapped: ClassMap, found: Comparison, ordinal: bool, seed: int) -> dict[str, Any]:
    """All numbers of a comparison, ready for JSON; `notes` says what the user should know about them."""
    result: dict[str, Any] = {
        "classes": found.classes.as_list(),
        "confusion_matrix": found.matrix.tolist(),
        "scores": assessment.scores(found.matrix),
        "left_out": found.left_out,
        "notes": [],
    }
    if ordinal:
        result["ordinal"] = assessment.ordinal_scores(found.matrix)
    if found.by_polygon is not None and len(found.by_polygon) > 1:
        result["intervals_by_polygon"] = assessment.bootstrap_by_group(found.by_polygon, seed)
    sizes = mapped.class_areas
    weights = sizes.pixels.astype(float) if sizes.hectares is None else sizes.hectares
    area = np.zeros(len(found.classes))
    for c, weight in zip(mapped.classes, weights, strict=True):
        area[found.classes.ids.index(c.id)] = weight
    adjusted = assessment.area_adjusted(found.matrix, area)
    result["area_adjusted"] = adjusted.as_dict() | {
        "map_areas": [round(float(a), 4) for a in area],
        "unit": "pixels" if sizes.hectares is None else "hectares",
    }
    result["notes"] += _notes(found, area)
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
