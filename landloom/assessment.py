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
    k = len(ids)
    return np.bincount(_cell(mapped, reference, ids), minlength=k * k).reshape(k, k)


def confusion_by_group(mapped: np.ndarray, reference: np.ndarray, group: np.ndarray, ids: Sequence[int]) -> np.ndarray:
    """Count pairs in each group; returns (groups, K, K) int64, the groups in ascending order."""
    k, (names, number) = len(ids), np.unique(group, return_inverse=True)
    cell = number * k * k + _cell(mapped, reference, ids)
    return np.bincount(cell, minlength=len(names) * k * k).reshape(-1, k, k)


def _cell(mapped: np.ndarray, reference: np.ndarray, ids: Sequence[int]) -> np.ndarray:
    """Which cell of the matrix, row by row, each pair falls in."""
    return places(mapped, ids)[0] * len(ids) + places(reference, ids)[0]


def _ratio(a: Any, b: Any) -> Any:
    """The quotient, NaN where `b` is 0: undetermined, not zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.asarray(b) > 0, np.divide(a, b), np.nan)


def _agreement(right: Any, mapped: np.ndarray, reference: np.ndarray) -> tuple[Any, Any]:
    """Overall accuracy and kappa (Cohen 1960) from how many are right and the sums (…, K) by class."""
    total = mapped.sum(axis=-1)
    overall, chance = _ratio(right, total), _ratio((mapped * reference).sum(axis=-1), total**2)
    return overall, _ratio(overall - chance, 1 - chance)


def scores(matrix: np.ndarray) -> dict[str, Any]:
    """Overall and per-class accuracy from counts (K, K); what is undetermined is None.

    User's accuracy is the precision, producer's accuracy the recall. Balanced accuracy is the mean recall of the
    classes that the reference has.
    """
    matrix = np.asarray(matrix, dtype=float)
    right, mapped, reference = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    overall, kappa = _agreement(right.sum(), mapped, reference)
    recall = _ratio(right, reference)
    return {
        "overall_accuracy": _plain(overall),
        "balanced_accuracy": _plain(np.nanmean(recall) if (reference > 0).any() else np.nan),
        "kappa": _plain(kappa),
        "samples": int(matrix.sum()),
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
    """Accuracy and areas weighted by the map's class areas, each with its standard error; NaN where undetermined."""

    overall: float
    overall_error: float
    users: np.ndarray
    users_error: np.ndarray
    producers: np.ndarray
    producers_error: np.ndarray
    areas: np.ndarray
    areas_error: np.ndarray

    def as_dict(self) -> dict[str, Any]:
        """As plain numbers and lists, None where undetermined; `…_interval` is half of a 95 % interval."""
        values = dict(self.__dict__)
        for name in [n for n in values if n.endswith("_error")]:
            values[name.replace("_error", "_interval")] = Z95 * values[name]
        return {name: _plain(value) for name, value in values.items()}


def area_adjusted(matrix: np.ndarray, map_areas: np.ndarray) -> AreaAdjusted:
    """Stratified estimators of accuracy and area with the map's classes as strata.

    Args:
        matrix: (K, K) counts of the sample, rows mapped.
        map_areas: (K,) area of each class in the map, any unit; the areas come out in the same.

    Needs two sample units in every class that the map has; what cannot be estimated is NaN. Source:
    Olofsson et al. (2014), Remote Sensing of Environment 148, equations 1 to 11.
    """
    n, total = np.asarray(matrix, dtype=float), float(np.sum(map_areas))
    weight, stratum = _ratio(map_areas, total)[:, None], n.sum(axis=1)[:, None]
    share = _ratio(n, stratum)  # of a stratum's units in each reference class
    share_variance = share * (1 - share) / np.where(stratum > 1, stratum - 1, np.nan)
    # A class that the map has not counts for nothing, whatever the sample says.
    p = np.where(weight == 0, 0.0, weight * share)
    variance = np.where(weight == 0, 0.0, weight**2 * share_variance)
    column, own = p.sum(axis=0), np.diag(variance)
    producers = _ratio(np.diag(p), column)
    others = variance.sum(axis=0) - own
    producers_variance = _ratio((1 - producers) ** 2 * own + producers**2 * others, column**2)
    return AreaAdjusted(
        float(np.diag(p).sum()),
        float(np.sqrt(own.sum())),
        np.diag(share),
        np.sqrt(np.diag(share_variance)),
        producers,
        np.sqrt(producers_variance),
        total * column,
        total * np.sqrt(variance.sum(axis=0)),
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
    random, (groups, k, _) = np.random.default_rng(seed), matrices.shape
    right = np.trace(matrices, axis1=1, axis2=2)[:, None]
    sums = np.concatenate([right, matrices.sum(axis=2), matrices.sum(axis=1)], axis=1, dtype=float)
    draws = (np.bincount(random.integers(groups, size=groups), minlength=groups) for _ in range(rounds))
    drawn = np.array([draw @ sums for draw in draws])
    found = _agreement(drawn[:, 0], drawn[:, 1 : 1 + k], drawn[:, 1 + k :])
    return {name: _middle(v[np.isfinite(v)]) for name, v in zip(("overall_accuracy", "kappa"), found, strict=True)}


def _middle(values: np.ndarray) -> tuple[float | None, float | None]:
    """Between what 95 % of the values lie."""
    low, high = np.percentile(values, [2.5, 97.5]) if len(values) else (np.nan, np.nan)
    return _plain(low), _plain(high)


def _plain(value: Any) -> Any:
    """Floats and lists for JSON, None for NaN."""
    if isinstance(value, np.ndarray) and value.ndim:
        return [_plain(v) for v in value]
    return None if not np.isfinite(value) else round(float(value), 6)


def shown(value: float | None) -> str:
    """A score with three digits, a dash where it is undetermined."""
    return "–" if value is None else f"{value:.3f}"
