"""How well two classes can be told apart by their spectra."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

# Below: poor, then moderate, from the second on good (Richards 2013, Remote Sensing Digital Image Analysis, ch. 10).
POOR, GOOD = 1.0, 1.9


@dataclass(frozen=True)
class Pair:
    """Two classes and the Jeffries-Matusita distance between them; None where one has too few pixels."""

    first: object
    second: object
    distance: float | None


def jeffries_matusita(mean, covariance, other_mean, other_covariance) -> float:
    """The Jeffries-Matusita distance of two normal distributions, from 0 (the same) to 2 (never confused).

    JM = 2 (1 - exp(-B)) with the Bhattacharyya distance
    B = (m - n)' S^-1 (m - n) / 8 + ln(|S| / sqrt(|C| |D|)) / 2, S = (C + D) / 2
    (Bruzzone, Roli & Serpico 1995, IEEE TGRS 33:1318; Richards 2013).

    means: (bands,), covariances: (bands, bands). A millionth of the bands' variance is added to each variance, so that
    a band without variation, as in a lake of one digital number, or two bands that say the same, do no harm.
    """
    scale = np.sqrt((np.diag(covariance) + np.diag(other_covariance)) / 2 + (mean - other_mean) ** 2)
    scale[scale == 0] = 1
    ridge = 1e-6 * np.eye(len(scale))
    first, second = (c / np.outer(scale, scale) + ridge for c in (covariance, other_covariance))
    middle, difference = (first + second) / 2, (mean - other_mean) / scale
    logs = [np.linalg.slogdet(m)[1] for m in (middle, first, second)]
    distance = difference @ np.linalg.solve(middle, difference) / 8 + (logs[0] - (logs[1] + logs[2]) / 2) / 2
    return float(2 * -np.expm1(-max(distance, 0.0)))


def pairs(classes) -> list[Pair]:
    """Every pair of {class value: ClassSpectrum}, the worst first; those without a distance last."""
    found = []
    for (first, one), (second, other) in combinations(classes.items(), 2):
        known = one.covariance is not None and other.covariance is not None
        distance = jeffries_matusita(one.mean, one.covariance, other.mean, other.covariance) if known else None
        found.append(Pair(first, second, distance))
    return sorted(found, key=lambda pair: 3.0 if pair.distance is None else pair.distance)
