"""From a map and a reference to metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from . import assessment, calibration, estimation, targets
from .areas import ClassAreas
from .calibration import Reliability
from .classes import ClassTable
from .designs import Design, Purposive
from .job import Job
from .maps import Probabilities
from .reference.pixels import OUTSIDE, Pixels, Reference

# Drawn from fewer, the intervals depend on chance.
FEWEST_GROUPS = 10


def few_groups(grouping: str, number: int) -> str:
    """What to say of intervals that stand on a handful of groups."""
    return f"The intervals stand on only {number} {grouping}, so they are rough, and most likely too narrow."


@dataclass
class Comparison:
    """A map against a reference.

    `matrices` (groups, K, K) are counts with rows mapped, in the order of the reference's classes. `reliability` is
    that of the mapped class's probability and then of each class's; empty without probabilities. `uncalibrated`
    pixels have none. `trained` pixels lie where the map's model was trained, None where that is not known.
    """

    reference: Reference
    matrices: np.ndarray
    reliability: list[Reliability] = field(default_factory=list)
    uncalibrated: int = 0
    trained: int | None = None

    @property
    def classes(self) -> ClassTable:
        """Those of map and reference."""
        return self.reference.classes

    @property
    def matrix(self) -> np.ndarray:
        """The counts (K, K) of all groups."""
        return self.matrices.sum(axis=0)

    @property
    def grouped(self) -> np.ndarray | None:
        """The matrices of the groups in which pixels were compared, None where there are not several."""
        return several(self.reference, self.matrices)


def several(reference: Reference, matrices: np.ndarray) -> np.ndarray | None:
    """Of matrices (…, groups, K, K) those of the groups that hold pixels; None where there are not several."""
    used = matrices.sum(axis=(-2, -1)).reshape(-1, reference.groups).any(axis=0)
    return matrices[..., used, :, :] if reference.grouping and used.sum() > 1 else None


def count_cells(shown: np.ndarray, pixels: Pixels, ids: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Which cells of matrices (groups, K, K) the pixels fall in, and how many in each."""
    k = len(ids)
    cell = assessment.places(shown, ids)[0] * k + assessment.places(pixels.truth, ids)[0]
    return assessment.tally(pixels.group.astype(np.int64) * k * k + cell)


def count_inside(pixels: Pixels, found: Reference, area: shapely.Geometry | None) -> int:
    """How many of the pixels lie in an area, 0 where it is None."""
    if area is None:
        return 0
    inside = found.grid.inside(area, pixels.window)
    return len(pixels.row) if inside is None else int(np.count_nonzero(inside[pixels.row, pixels.col]))


def compare(
    found: Reference,
    probabilities: Probabilities | None,
    trained: shapely.Geometry | None,
    jobs: int | None,
    job: Job,
) -> Comparison:
    """Compare a map with a reference window by window; memory does not grow with the map.

    Args:
        found: the reference, and what the map shows there.
        probabilities: of the classes on the reference's grid, for calibration.
        trained: where the map's model was trained, in the CRS of the reference's grid.
        jobs: threads; None for one a core.
        job: for progress and cancel.
    """
    ids, k = found.classes.ids, len(found.classes)

    def one(pixels: Pixels) -> tuple[Any, list[Reliability], int, int]:
        reliability, without = _reliability(pixels, probabilities, ids) if probabilities else ([], 0)
        return count_cells(pixels.shown[0], pixels, ids), reliability, without, count_inside(pixels, found, trained)

    matrices, result = np.zeros(found.groups * k * k, np.int64), Comparison(found, np.empty(0))
    seen = 0
    for (cells, counts), reliability, without, inside in found.each(one, jobs, job):
        matrices[cells] += counts
        result.reliability = _added(result.reliability, reliability) if result.reliability else reliability
        result.uncalibrated += without
        seen += inside
    result.matrices = matrices.reshape(-1, k, k)
    result.trained = seen if trained else None
    return result


def _reliability(pixels: Pixels, probabilities: Probabilities, ids: Sequence[int]) -> tuple[list[Reliability], int]:
    """Of the mapped class's probability and of each class's, and how many pixels have none."""
    found, without = [calibration.none() for _ in (None, *ids)], 0
    for part, shares in probabilities.read(pixels.window, pixels.row, pixels.col, ids):
        shown, truth = pixels.shown[0][part], pixels.truth[part]
        good = np.isfinite(shares[0]) & np.isin(shown, probabilities.ids)
        shares, shown, truth = shares[:, good], shown[good], truth[good]
        mapped = shares[assessment.places(shown, ids)[0], np.arange(len(shown))]
        more = [calibration.reliability(mapped, shown == truth)]
        more += [calibration.reliability(share, truth == i) for share, i in zip(shares, ids, strict=True)]
        found, without = _added(found, more), without + int(np.count_nonzero(~good))
    return found, without


def _added(some: Sequence[Reliability], more: Sequence[Reliability]) -> list[Reliability]:
    return [a + b for a, b in zip(some, more, strict=True)]


def evaluate(found: Comparison, mapped: ClassTable, sizes: ClassAreas, ordinal: bool, seed: int) -> dict[str, Any]:
    """All numbers of a comparison, ready for JSON; `notes` says what the user should know about them.

    Where the reference is a random sample of known design, all scores are estimated for the whole map by it; else
    they count each pixel of the reference alike, and `area_adjusted` stands beside them.

    Args:
        found: the comparison.
        mapped: the map's classes.
        sizes: their areas.
        ordinal: whether the classes have an order.
        seed: of the intervals.
    """
    design, by_design = found.reference.design, isinstance(found.reference.design, Design)
    measured, unit = sizes.measured
    area = np.zeros(len(found.classes))
    area[assessment.places(np.array(mapped.ids), found.classes.ids)[0]] = measured
    scores = assessment.scores(found.matrix)
    order = assessment.ordinal_scores(found.matrix) if ordinal else {}
    if isinstance(design, Design):
        estimates = estimation.stratified(found.matrices, design.strata, ordinal)
        estimated = {name: assessment.plain(value) for name, value in estimates.scores.items()}
        scores, order = ({name: estimated.get(name, value) for name, value in part.items()} for part in (scores, order))
    elif not design:
        estimates = estimation.by_map_class(found.matrix, area)
    result: dict[str, Any] = {
        "classes": found.classes.as_list(),
        "confusion_matrix": found.matrix.tolist(),
        "scores": scores,
        "weighted_by": targets.BY_DESIGN if by_design else None,
        "left_out": found.reference.left_out,
        "notes": _notes(found, area),
    }
    if design:
        result["design"] = design.as_dict()
    if isinstance(design, Design):
        result["notes"] += design.doubts(int(sizes.pixels.sum()), int(found.matrix.sum()))
    elif design:
        result["notes"].insert(0, design.doubt)
    if not isinstance(design, Purposive):
        result["area_adjusted"] = {
            **estimates.as_dict(),
            "map_areas": [round(float(a), 4) for a in area],
            "unit": unit,
        }
    if ordinal:
        result["ordinal"] = order
    if by_design:
        result["intervals"] = {"by": targets.BY_DESIGN, "groups": scores["samples"], **estimates.intervals()}
    elif found.grouped is not None:
        result["intervals"] = {
            "by": found.reference.grouping,
            "groups": len(found.grouped),
            **assessment.bootstrap_by_group(found.grouped, seed, ordinal=ordinal),
        }
    elif not found.reference.neighbours and not design:
        result["intervals"] = {
            "by": targets.BY_POINTS,
            "groups": scores["samples"],
            **assessment.bootstrap_by_unit(found.matrix, seed, ordinal=ordinal),
        }
    if found.reliability:
        whole, *classes = found.reliability
        result["calibration"] = {
            **whole.as_dict(),
            "brier_of_all_classes": round(sum(c.brier for c in classes), 6) if whole.total else None,
            "without_probability": found.uncalibrated,
            "by_class": [
                {key: c.as_dict()[key] for key in ("ece", "maximum_error", "brier")} for c in classes
            ],
        }  # fmt: skip
    return result


def _notes(found: Comparison, area: np.ndarray) -> list[str]:
    notes = []
    sampled = found.matrix.sum(axis=1)
    few = [c.name for c, a, n in zip(found.classes, area, sampled, strict=True) if a > 0 and n < 2]
    if few and not found.reference.design:
        notes.append(
            "The area-adjusted figures, or their intervals, cannot be estimated: the reference has fewer than two"
            f" pixels where the map shows {', '.join(few)}. Add reference there."
        )
    unseen = [c.name for c, a, n in zip(found.classes, area, found.matrix.sum(axis=0), strict=True) if a > 0 and not n]
    if unseen:
        notes.append(
            f"The reference has nothing of {', '.join(unseen)}, which the map shows: producer's accuracy is not known"
            " there, and F1 and IoU are 0, which lowers their means, or not known. Check that the reference was made"
            " for all classes."
        )
    if not area.any():
        notes.append("The map shows no class in the area of interest, so no figure can be weighted by area.")
    outside = found.reference.left_out.get(OUTSIDE, 0)
    if outside:
        notes.append(f"Reference points outside the map, which were left out: {outside}.")
    if found.reference.empty:
        notes.append(f"Reference polygons without a pixel, too small or outside the map: {found.reference.empty}.")
    if found.trained:
        notes.append(
            f"{found.trained:,} of the {found.matrix.sum():,} pixels lie in polygons that the map's model was trained"
            " on, so the accuracy is flattered. Use a reference that the model has not seen."
        )
    if found.uncalibrated:
        notes.append(f"Pixels without a probability, left out of the calibration: {found.uncalibrated:,}.")
    if found.grouped is not None and len(found.grouped) < FEWEST_GROUPS:
        notes.append(few_groups(found.reference.grouping, len(found.grouped)))
    if found.reference.neighbours and not isinstance(found.reference.design, Purposive):
        honest = f" The intervals by {found.reference.grouping} are the honest ones here."
        notes.append(
            "Pixels beside one another are alike, so the area-adjusted intervals are too narrow; they hold for single"
            " points drawn at random within the map's classes." + (honest if found.grouped is not None else "")
        )
    return notes
