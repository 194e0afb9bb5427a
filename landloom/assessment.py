"""Accuracy from a confusion matrix: rows are the map (or the model), columns are the reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

Z95 = 1.959963984540054
# So many cells of matrices are in memory at a time.
CELLS_AT_ONCE = 2**20


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


def tally(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which of the numbers (n,) from 0 occur, ascending, and how often each."""
    if len(cells) and cells.max() < CELLS_AT_ONCE:  # no sorting is needed
        counts = np.bincount(cells)
        used = np.flatnonzero(counts)
        return used, counts[used]
    return np.unique(cells, return_counts=True)


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


def measures(matrices: np.ndarray, ordinal: bool = False) -> dict[str, np.ndarray]:
    """Scores of confusion counts (…, K, K), NaN where undetermined: of the shape (…), or (…, K) for those a class.

    User's accuracy is the precision, producer's accuracy the recall. Balanced accuracy is the mean recall of the
    classes that the reference has, mean IoU and mean F1 are those of the classes that map or reference have. With
    `ordinal` also those for classes with an order; see `ordinal_scores`.
    """
    matrices = np.asarray(matrices, dtype=float)
    right = np.diagonal(matrices, axis1=-2, axis2=-1)
    mapped, reference = matrices.sum(axis=-1), matrices.sum(axis=-2)
    overall, kappa = _agreement(right.sum(axis=-1), mapped, reference)
    recall = _ratio(right, reference)
    f1, iou = _ratio(2 * right, mapped + reference), _ratio(right, mapped + reference - right)
    found = {
        "overall_accuracy": overall,
        "balanced_accuracy": _mean(recall),
        "kappa": kappa,
        "mean_f1": _mean(f1),
        "mean_iou": _mean(iou),
        "precision": _ratio(right, mapped),
        "recall": recall,
        "f1": f1,
        "iou": iou,
    }
    return found | _ordinal_measures(matrices, mapped, reference) if ordinal else found


def _mean(values: np.ndarray) -> np.ndarray:
    """The mean over the last axis of what is determined."""
    known = np.isfinite(values)
    return _ratio(np.where(known, values, 0.0).sum(axis=-1), known.sum(axis=-1))


def scores(matrix: np.ndarray) -> dict[str, Any]:
    """Overall and per-class accuracy from counts (K, K); what is undetermined is None. See `measures`."""
    matrix = np.asarray(matrix)
    found = {name: plain(value) for name, value in measures(matrix).items()}
    return {**found, "samples": int(matrix.sum()), "support": [int(n) for n in matrix.sum(axis=0)]}


def ordinal_scores(matrix: np.ndarray) -> dict[str, Any]:
    """For classes with an order (by id): weighted kappas, Spearman's rho and mean absolute class error.

    The distance of two classes is that of their places in the order. Weighted kappa: Cohen (1968).
    """
    matrix = np.asarray(matrix, dtype=float)
    found = _ordinal_measures(matrix, matrix.sum(axis=-1), matrix.sum(axis=-2))
    return {name: plain(value) for name, value in found.items()}


def _ordinal_measures(matrices: np.ndarray, mapped: np.ndarray, reference: np.ndarray) -> dict[str, np.ndarray]:
    total, place = mapped.sum(axis=-1), np.arange(matrices.shape[-1])
    distance = np.abs(place[:, None] - place[None, :]).astype(float)
    expected = _ratio(mapped[..., :, None] * reference[..., None, :], total[..., None, None])

    def weighted(weight: np.ndarray, counts: np.ndarray) -> np.ndarray:
        return (weight * counts).sum(axis=(-2, -1))

    def centred(counts: np.ndarray) -> np.ndarray:
        """The mean rank of each class's members when all are sorted by class, from the mean of all."""
        ranks = np.cumsum(counts, axis=-1) - (counts - 1) / 2
        return ranks - _ratio((ranks * counts).sum(axis=-1), total)[..., None]

    a, b = centred(mapped), centred(reference)
    spread = np.sqrt((a**2 * mapped).sum(axis=-1) * (b**2 * reference).sum(axis=-1))
    return {
        "kappa_linear": 1 - _ratio(weighted(distance, matrices), weighted(distance, expected)),
        "kappa_quadratic": 1 - _ratio(weighted(distance**2, matrices), weighted(distance**2, expected)),
        "rho": _ratio((a[..., :, None] * b[..., None, :] * matrices).sum(axis=(-2, -1)), spread),
        "mean_absolute_class_error": _ratio(weighted(distance, matrices), total),
    }


def bootstrap_by_group(
    matrices: np.ndarray, seed: int = 0, rounds: int = 1000, ordinal: bool = False
) -> dict[str, Any]:
    """95 % percentile intervals of all `measures`, drawing whole groups with replacement.

    Args:
        matrices: (groups, K, K) the confusion counts of each polygon. Pixels of one polygon are alike, so
            the polygon and not the pixel is what varies.
        seed: of the draws.
        rounds: how many draws.
        ordinal: whether the classes have an order.

    A low and a high end each, for the measures a class a list of them; None where undetermined.
    """
    return _intervals(measures(drawn, ordinal) for drawn in drawn_by_group(matrices, seed, rounds))


def bootstrap_by_unit(matrix: np.ndarray, seed: int = 0, rounds: int = 1000, ordinal: bool = False) -> dict[str, Any]:
    """The same, drawing single units of a sample (K, K), such as points at random places."""
    matrix, random = np.asarray(matrix), np.random.default_rng(seed)
    share = matrix.ravel() / matrix.sum()
    drawn = (random.multinomial(int(matrix.sum()), share).reshape(1, *matrix.shape) for _ in range(rounds))
    return _intervals(measures(one, ordinal) for one in drawn)


def differences(drawn: Iterable[Sequence[np.ndarray]], ordinal: bool = False) -> list[dict[str, Any]]:
    """95 % percentile intervals of what each map's `measures` differ from the first one's: a paired bootstrap.

    `drawn` gives matrices (draws, K, K) a map, of the same drawn pixels in each.
    """
    measured = [[measures(one, ordinal) for one in together] for together in drawn]
    return [
        _intervals({name: batch[i][name] - batch[0][name] for name in batch[0]} for batch in measured)
        for i in range(len(measured[0]))
    ]


def drawn_by_group(matrices: np.ndarray, seed: int, rounds: int = 1000) -> Iterator[np.ndarray]:
    """Sums (draws, K, K) of groups drawn with replacement, some draws at a time; the same groups for the same seed."""
    random, (groups, k, _) = np.random.default_rng(seed), matrices.shape
    cells = matrices.reshape(groups, -1).astype(float)
    batch = max(1, min(rounds, CELLS_AT_ONCE // max(k * k, groups)))
    for start in range(0, rounds, batch):
        draws = [
            np.bincount(random.integers(groups, size=groups), minlength=groups)
            for _ in range(min(batch, rounds - start))
        ]
        yield (np.array(draws) @ cells).reshape(-1, k, k)


def _intervals(drawn: Iterable[Mapping[str, np.ndarray]]) -> dict[str, Any]:
    """Between what 95 % of the draws' values lie, of each measure or of each class's."""
    batches = list(drawn)
    joined = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
    return {
        name: [middle(column) for column in values.T] if values.ndim > 1 else middle(values)
        for name, values in joined.items()
    }


def middle(values: np.ndarray) -> tuple[float | None, float | None]:
    """Between what 95 % of the determined values lie."""
    values = values[np.isfinite(values)]
    low, high = np.percentile(values, [2.5, 97.5]) if len(values) else (np.nan, np.nan)
    return plain(low), plain(high)


def plain(value: Any) -> Any:
    """Floats and lists for JSON, None for NaN."""
    if isinstance(value, np.ndarray) and value.ndim:
        return [plain(v) for v in value]
    return None if not np.isfinite(value) else round(float(value), 6)


def shown(value: float | None) -> str:
    """A score with three digits, a dash where it is undetermined."""
    return "–" if value is None else f"{value:.3f}"
