"""Accuracy from a confusion matrix: rows are the map (or the model), columns are the reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Z95 = 1.959963984540054


def places(values: np.ndarray, ids: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Where each value stands in the ascending `ids`, and whether it does; arrays of the shape of `values`."""
    order = np.asarray(ids)
    place = np.minimum(np.searchsorted(order, values), len(order) - 1)
    return place, order[place] == values


def confusion(mapped: np.ndarray, reference: np.ndarray, ids: Sequence[int]) -> np.ndarray:
    """Count pairs; returns (K, K) int64, rows mapped, columns reference, in the order of `ids`.

    Both are arrays of class ids of one length, and every id is in `ids`.
    """
    return confusion_by_group(mapped, reference, np.zeros(len(mapped), np.int64), ids)[0]


def confusion_by_group(mapped: np.ndarray, reference: np.ndarray, group: np.ndarray, ids: Sequence[int]) -> np.ndarray:
    """Count pairs in each group; returns (groups, K, K) int64, the groups in ascending order."""
    k, (names, number) = len(ids), np.unique(group, return_inverse=True)
    cell = (number * k + places(mapped, ids)[0]) * k + places(reference, ids)[0]
    return np.bincount(cell, minlength=max(len(names), 1) * k * k).reshape(-1, k, k)


def _ratio(a: Any, b: Any) -> Any:
    """A / b, NaN where b is 0: undetermined, not zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.asarray(b) > 0, np.divide(a, b), np.nan)


def scores(matrix: np.ndarray) -> dict[str, Any]:
    """Overall and per-class accuracy from counts (K, K).

    User's accuracy is the precision, producer's accuracy the recall; a class that does not occur gets None.
    Balanced accuracy is the mean recall of the classes that the reference has. Kappa: Cohen (1960).
    """
    matrix = np.asarray(matrix, dtype=float)
    total, right = matrix.sum(), np.diag(matrix)
    mapped, reference = matrix.sum(axis=1), matrix.sum(axis=0)
    overall = float(right.sum() / total) if total else float("nan")
    chance = float((mapped * reference).sum() / total**2) if total else float("nan")
    recall = _ratio(right, reference)
    return {
        "overall_accuracy": _plain(overall),
        "balanced_accuracy": _plain(np.nanmean(recall) if (reference > 0).any() else np.nan),
        "kappa": _plain((overall - chance) / (1 - chance) if chance < 1 else np.nan),
        "samples": int(total),
        "precision": _plain(_ratio(right, mapped)),
        "recall": _plain(recall),
        "f1": _plain(_ratio(2 * right, mapped + reference)),
        "iou": _plain(_ratio(right, mapped + reference - right)),
        "support": [int(n) for n in reference],
    }


def ordinal_scores(matrix: np.ndarray) -> dict[str, Any]:
    """For classes with an order (by id): weighted kappas, Spearman's rho and mean absolute class error.

    The distance of two classes is that of their places in the order. Weighted kappa: Cohen (1968).
    """
    matrix = np.asarray(matrix, dtype=float)
    total, place = matrix.sum(), np.arange(len(matrix))
    distance = np.abs(place[:, None] - place[None, :]).astype(float)
    expected = np.outer(matrix.sum(axis=1), matrix.sum(axis=0)) / total

    def weighted_kappa(weight: np.ndarray) -> float:
        return float(1 - (weight * matrix).sum() / (weight * expected).sum()) if (weight * expected).sum() else np.nan

    ranks = [_mean_ranks(matrix.sum(axis=axis)) for axis in (1, 0)]
    means = [(r * matrix.sum(axis=axis)).sum() / total for r, axis in zip(ranks, (1, 0), strict=True)]
    a, b = ranks[0] - means[0], ranks[1] - means[1]
    spread = np.sqrt((a**2 * matrix.sum(axis=1)).sum() * (b**2 * matrix.sum(axis=0)).sum())
    return {
        "kappa_linear": _plain(weighted_kappa(distance)),
        "kappa_quadratic": _plain(weighted_kappa(distance**2)),
        "rho": _plain((np.outer(a, b) * matrix).sum() / spread if spread else np.nan),
        "mean_absolute_class_error": _plain((distance * matrix).sum() / total),
    }


def _mean_ranks(counts: np.ndarray) -> np.ndarray:
    """The mean rank of each class's members when all are sorted by class."""
    return np.cumsum(counts) - (counts - 1) / 2


@dataclass(frozen=True)
class AreaAdjusted:
    """Accuracy and areas weighted by the map's class areas; every `…_interval` is half of a 95 % interval."""

    overall: float
    overall_interval: float
    users: np.ndarray
    users_interval: np.ndarray
    producers: np.ndarray
    producers_interval: np.ndarray
    areas: np.ndarray
    areas_interval: np.ndarray

    def as_dict(self) -> dict[str, Any]:
        """As plain numbers and lists, None where undetermined."""
        return {name: _plain(value) for name, value in self.__dict__.items()}


def area_adjusted(matrix: np.ndarray, map_areas: np.ndarray) -> AreaAdjusted:
    """Stratified estimators of accuracy and area with the map's classes as strata.

    Args:
        matrix: (K, K) counts of the sample, rows mapped.
        map_areas: (K,) area of each class in the map, any unit; the areas come out in the same.

    Needs two sample units in every class that the map has; what cannot be estimated is NaN. Source:
    Olofsson et al. (2014), Remote Sensing of Environment 148, equations 1 to 11.
    """
    n = np.asarray(matrix, dtype=float)
    total = float(np.sum(map_areas))
    weight = np.asarray(map_areas, dtype=float) / total
    stratum = n.sum(axis=1)
    used = weight > 0
    enough = stratum >= 2
    share = np.where(used[:, None], _ratio(n, stratum[:, None]), 0.0)  # of a stratum's units in each reference class
    p = weight[:, None] * share
    users = np.where(stratum > 0, np.diag(share), np.nan)
    degrees = np.where(enough, stratum - 1, np.nan)
    users_variance = users * (1 - users) / degrees
    column = p.sum(axis=0)
    producers = _ratio(np.diag(p), column)
    spread = np.where(used[:, None], share * (1 - share) / degrees[:, None], 0.0)  # variance of a share
    area_variance = (weight[:, None] ** 2 * spread).sum(axis=0)
    others = (weight[:, None] ** 2 * spread).sum(axis=0) - np.diag(weight[:, None] ** 2 * spread)
    own = weight**2 * (1 - producers) ** 2 * np.where(used, users_variance, 0.0)
    producers_variance = _ratio(own + producers**2 * others, column**2)
    overall_variance = np.where(used, weight**2 * users_variance, 0.0).sum()
    return AreaAdjusted(
        float(np.diag(p).sum()),
        float(Z95 * np.sqrt(overall_variance)),
        users,
        Z95 * np.sqrt(users_variance),
        producers,
        Z95 * np.sqrt(producers_variance),
        total * column,
        Z95 * total * np.sqrt(area_variance),
    )


def bootstrap_by_group(
    matrices: np.ndarray, seed: int = 0, rounds: int = 1000
) -> dict[str, tuple[float | None, float | None]]:
    """95 % percentile intervals of overall accuracy and kappa, drawing whole groups with replacement.

    Args:
        matrices: (groups, K, K) the confusion counts of each polygon. Pixels of one polygon are alike, so
            the polygon and not the pixel is what varies.
        seed: of the draws.
        rounds: how many draws.
    """
    random = np.random.default_rng(seed)
    flat = matrices.reshape(len(matrices), -1).astype(float)
    draws = random.multinomial(len(matrices), np.full(len(matrices), 1 / len(matrices)), size=rounds) @ flat
    found = [scores(draw.reshape(matrices.shape[1:])) for draw in draws]
    result = {}
    for name in ("overall_accuracy", "kappa"):
        values = np.array([f[name] for f in found if f[name] is not None], dtype=float)
        low, high = np.percentile(values, [2.5, 97.5]) if len(values) else (np.nan, np.nan)
        result[name] = (_plain(low), _plain(high))
    return result


def _plain(value: Any) -> Any:
    """Floats and lists for JSON, None for NaN."""
    if isinstance(value, np.ndarray) and value.ndim:
        return [_plain(v) for v in value]
    return None if not np.isfinite(value) else round(float(value), 6)


def shown(value: float | None) -> str:
    """A score with three digits, a dash where it is undetermined."""
    return "–" if value is None else f"{value:.3f}"
