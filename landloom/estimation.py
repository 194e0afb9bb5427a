"""Accuracy and areas of a map, estimated from a random sample in strata, each figure with its standard error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .assessment import CELLS_AT_ONCE, Z95, measures, plain

# By how much of itself the area in a cell is varied for a derivative.
STEP = 1e-5
# What the lowest and highest value of a score is, where it is not 0 and 1.
LOWEST = dict.fromkeys(("kappa", "kappa_linear", "kappa_quadratic", "rho"), -1.0)
HIGHEST = {"mean_absolute_class_error": np.inf}
# These scores have other names where they are estimated for the whole map.
NAMES = {"overall_accuracy": "overall", "precision": "users", "recall": "producers"}


@dataclass(frozen=True)
class Strata:
    """Strata (H,) in which units were drawn at random.

    `sizes` are their areas, in any unit. `sampled` counts the units that were looked at, those included that lie
    outside of what is assessed: the estimates then are of the part inside. `units` counts all that a stratum has, for
    the correction of a finite population.
    """

    sizes: np.ndarray
    sampled: np.ndarray
    units: np.ndarray

    @property
    def weights(self) -> np.ndarray:
        """The area that each sampled unit stands for (H,), NaN where none was sampled in a stratum that has some."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.sizes > 0, np.where(self.sampled > 0, self.sizes / self.sampled, np.nan), 0.0)

    def errors(self, stratum: np.ndarray, counts: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Standard errors (m,) of the estimated sums of values over all units.

        Args:
            stratum: (n,) that of each kind of unit.
            counts: (n,) how many units of the kind were sampled; the others in the stratum have the value 0.
            values: (n, m) of each kind.

        NaN where a stratum has fewer than two sampled units. Source: Stehman (2014), International Journal of Remote
        Sensing 35, 4923-4939, equation 25.
        """
        mean, square = np.zeros((2, len(self.sizes), values.shape[1]))
        share = (counts / self.sampled[stratum])[:, None]
        np.add.at(mean, stratum, share * values)
        np.add.at(square, stratum, share * values**2)
        return np.sqrt((self._spread[:, None] * np.maximum(square - mean**2, 0.0)).sum(axis=0))

    @property
    def _spread(self) -> np.ndarray:
        """What a variance within a stratum counts for in that of the sum: Σ(y - ȳ)² / n is (n - 1) / n of s²."""
        with np.errstate(divide="ignore", invalid="ignore"):
            unseen = np.where(self.units > self.sampled, 1 - self.sampled / self.units, 1.0)
            spread = np.where(self.sampled > 1, self.sizes**2 * unseen / (self.sampled - 1), np.nan)
        return np.where((self.sizes == 0) | (self.units == self.sampled), 0.0, spread)


@dataclass(frozen=True)
class Estimates:
    """What is estimated for the whole map, and the standard errors of it; NaN where undetermined.

    `matrix` (K, K) is the area in each cell of the error matrix, rows mapped; `scores` and `errors` are all
    `assessment.measures` of it, `areas` (K,) those of the classes of the reference.
    """

    matrix: np.ndarray
    scores: dict[str, np.ndarray]
    errors: dict[str, np.ndarray]
    areas: np.ndarray
    areas_error: np.ndarray

    @property
    def proportions(self) -> np.ndarray:
        """The share of all area in each cell (K, K)."""
        total = self.matrix.sum()
        return self.matrix / total if total > 0 else np.full(self.matrix.shape, np.nan)

    def intervals(self) -> dict[str, Any]:
        """The low and high end of a 95 % interval of each score, of those a class a list of them."""
        found = {}
        for name, value in self.scores.items():
            half, bounds = Z95 * self.errors[name], (LOWEST.get(name, 0.0), HIGHEST.get(name, 1.0))
            found[name] = plain(np.stack([np.clip(value - half, *bounds), np.clip(value + half, *bounds)], axis=-1))
        return found

    def as_dict(self) -> dict[str, Any]:
        """As plain numbers and lists, None where undetermined; `…_interval` is half of a 95 % interval."""
        values: dict[str, Any] = {"matrix": self.proportions}
        for name, value, error in (
            *((NAMES.get(name, name), value, self.errors[name]) for name, value in self.scores.items()),
            ("areas", self.areas, self.areas_error),
        ):
            values |= {name: value, f"{name}_error": error, f"{name}_interval": Z95 * error}
        return {name: plain(value) for name, value in values.items()}


def stratified(matrices: np.ndarray, strata: Strata, ordinal: bool = False) -> Estimates:
    """Estimate from a random sample in strata that need not be the map's classes.

    Args:
        matrices: (H, K, K) counts of the sample in each stratum, rows mapped.
        strata: of which the units were drawn; the areas come out in the unit of their sizes.
        ordinal: whether the classes have an order.

    Needs two sampled units a stratum. All scores are those of the error matrix of estimated areas, each cell of it the
    sum over the strata of size · count / sampled (Stehman 2014, equations 3 and 27; Stehman and Foody 2019, Remote
    Sensing of Environment 231). Their variances are those of the sum of what each unit changes in the score: Taylor
    linearisation (Särndal, Swensson and Wretman 1992, section 5.5), which for ratios, such as user's and producer's
    accuracy, F1 and IoU, is Stehman's equation 28, and for kappa the variance of Stehman (1996), Photogrammetric
    Engineering & Remote Sensing 62.
    """
    weights = strata.weights
    areas = np.tensordot(weights, matrices, 1) if np.isfinite(weights).all() else np.full(matrices.shape[1:], np.nan)
    kinds = np.nonzero(matrices * (weights > 0)[:, None, None])
    return _estimates(areas, strata, kinds, matrices[kinds], ordinal)


def by_map_class(matrix: np.ndarray, map_areas: np.ndarray) -> Estimates:
    """The same with the map's classes as strata, and no end of units in them.

    Args:
        matrix: (K, K) counts of the sample, rows mapped.
        map_areas: (K,) area of each class in the map, any unit; the areas come out in the same.

    Needs two sample units in every class that the map has; a class that the map has not counts for nothing, whatever
    the sample says. Source: Olofsson et al. (2014), Remote Sensing of Environment 148, equations 1 to 11.
    """
    matrix, map_areas = np.asarray(matrix), np.asarray(map_areas, dtype=float)
    sampled = matrix.sum(axis=1)
    strata = Strata(map_areas, sampled, np.full(len(matrix), np.inf))
    # Where nothing was sampled only this row is unknown.
    areas = np.where(strata.weights[:, None] == 0, 0.0, strata.weights[:, None] * matrix)
    if not map_areas.any():
        areas[:] = np.nan
    mapped, reference = np.nonzero(matrix * (strata.weights > 0)[:, None])
    found = _estimates(areas, strata, (mapped, mapped, reference), matrix[mapped, reference], False)
    with np.errstate(divide="ignore", invalid="ignore"):  # a class's user's accuracy stands on its own stratum alone
        users = found.scores["precision"]
        found.errors["precision"] = np.sqrt(users * (1 - users) / np.where(sampled > 1, sampled - 1, np.nan))
    return found


def _estimates(
    areas: np.ndarray, strata: Strata, kinds: tuple[np.ndarray, ...], counts: np.ndarray, ordinal: bool
) -> Estimates:
    """From areas (K, K) and the kinds of sampled units: stratum, row and column (n,) each, and their counts (n,)."""
    stratum, *cells = kinds
    scores, k = measures(areas, ordinal), len(areas)
    slope = slopes(areas, cells[0] * k + cells[1], ordinal)
    errors = strata.errors(stratum, counts, np.column_stack([*slope.values(), np.eye(k)[cells[1]]]))
    *parts, areas_error = np.split(errors, np.cumsum([np.size(value) for value in scores.values()]))
    named = {name: part.reshape(np.shape(scores[name])) for name, part in zip(scores, parts, strict=True)}
    for name, value in scores.items():  # what is not known has no error
        named[name] = np.where(np.isfinite(value), named[name], np.nan)
    reference = areas.sum(axis=0)
    return Estimates(areas, scores, named, reference, np.where(np.isfinite(reference), areas_error, np.nan))


def slopes(areas: np.ndarray, cells: np.ndarray, ordinal: bool) -> Mapping[str, np.ndarray]:
    """How much each score of a matrix (K, K) changes with the area in cells (n,), row by row: (n,) or (n, K).

    By central differences. The cells have some area.
    """
    k = len(areas)
    used, back = np.unique(cells, return_inverse=True)
    batches = []
    for part in np.array_split(used, -(-len(used) * k * k // CELLS_AT_ONCE) or 1):
        step = STEP * areas.ravel()[part]
        moved = np.zeros((len(part), k, k))
        moved[np.arange(len(part)), part // k, part % k] = step
        above, below = measures(areas + moved, ordinal), measures(areas - moved, ordinal)
        batches.append({name: ((above[name] - below[name]).T / (2 * step)).T for name in above})
    return {name: np.concatenate([batch[name] for batch in batches])[back] for name in batches[0]}
