"""What the features of a store are like: statistics, directions, groups, and what they have to do with quality."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestRegressor
from sklearn.inspection import permutation_importance
from sklearn.metrics import r2_score, silhouette_score
from sklearn.model_selection import GroupShuffleSplit

from .feature_store import Store

# Rows that are held in memory at once for correlations and forests; of more, as many are drawn by chance.
MOST_ROWS = 20_000
# Rows whose silhouette is looked at: it compares each with each.
SILHOUETTE_ROWS = 2000
FOREST_ROWS, TREES = 5000, 200
# Columns that are shuffled to see what they matter: those that the forest uses most.
PERMUTED, REPEATS = 30, 5
HELD_OUT = 0.3
# Clusters are found among the main components that explain this share of the variance, and so many at most.
CLUSTERED_SHARE, CLUSTERED_MOST = 0.9, 50
FALSE_DISCOVERIES = 0.05
# Below this, relative to its size, a feature does not vary: float16 has 11 bits.
_SAME = 1e-6
_FEWEST_PAIRS = 10
_COLUMNS_AT_ONCE = 256


def column(feature: int) -> str:
    """A feature's name."""
    return f"f{feature}"


@dataclass(frozen=True)
class Moments:
    """What a pass over all features gives.

    `table` has a row a feature: feature, mean, deviation, minimum, maximum, zeros (share), nan, infinite, constant,
    dead (always 0). `mean` (d,), `covariance` (d, d) and `rows` are over the rows without NaN and infinity.
    """

    table: pd.DataFrame
    mean: np.ndarray
    covariance: np.ndarray
    rows: np.ndarray


def moments(store: Store, told: Callable[[float], None]) -> Moments:
    """Read all features once, some MiB at a time; `told` takes the share that is done."""
    d = store.dimension
    nan, infinite, zeros, known = (np.zeros(d, np.int64) for _ in range(4))
    low, high = np.full(d, np.inf), np.full(d, -np.inf)
    total, products = np.zeros(d), np.zeros((d, d))
    guess: np.ndarray | None = None
    sums, squares, sound = np.zeros(d), np.zeros(d), []
    for start, values in store.blocks():
        finite = np.isfinite(values)
        nan += np.isnan(values).sum(0)
        infinite += np.isinf(values).sum(0)
        zeros += (values == 0).sum(0)
        known += finite.sum(0)
        low = np.minimum(low, np.where(finite, values, np.inf).min(0))
        high = np.maximum(high, np.where(finite, values, -np.inf).max(0))
        whole = finite.all(1)
        sound.append(start + np.flatnonzero(whole))
        if guess is None:  # far from 0, squares would lose what varies
            guess = np.where(finite[0], values[0], 0).astype(np.float64)
        moved = np.where(finite, values - guess, 0)
        sums += moved.sum(0)
        squares += (moved**2).sum(0)
        total += moved[whole].sum(0)
        products += moved[whole].T @ moved[whole]
        told((start + len(values)) / len(store))
    rows = np.concatenate(sound)
    assert guess is not None
    count, n = np.maximum(known, 1), max(len(rows), 1)
    mean = sums / count
    deviation = np.sqrt(np.maximum(squares / count - mean**2, 0))
    constant = (known == 0) | (high - low <= _SAME * np.maximum(np.abs(high), np.abs(low)))
    empty = known == 0
    table = pd.DataFrame(
        {
            "feature": [column(i) for i in range(d)],
            "mean": np.where(empty, np.nan, mean + guess),
            "deviation": np.where(empty, np.nan, deviation),
            "minimum": np.where(empty, np.nan, low),
            "maximum": np.where(empty, np.nan, high),
            "zeros": zeros / len(store),
            "nan": nan,
            "infinite": infinite,
            "constant": constant.astype(int),
            "dead": ((low == 0) & (high == 0)).astype(int),
        }
    )
    centre = total / n
    covariance = (products - n * np.outer(centre, centre)) / max(n - 1, 1)
    return Moments(table, centre + guess, covariance, rows)


@dataclass(frozen=True)
class Components:
    """Principal components of the centred features, exact: from the whole covariance, not from a sample.

    `axes` (k, d) and `variances` (k,) from the largest, `shares` (k,) of the whole variance.
    """

    mean: np.ndarray
    axes: np.ndarray
    variances: np.ndarray
    shares: np.ndarray

    def explaining(self, share: float) -> int:
        """How many components explain at least this share of the variance."""
        reached = np.flatnonzero(np.cumsum(self.shares) >= share - 1e-9)
        return int(reached[0]) + 1 if len(reached) else len(self.shares)

    def __call__(self, features: np.ndarray, number: int) -> np.ndarray:
        """The first components (n, number) of features (n, d)."""
        return (features - self.mean) @ self.axes[:number].T


def components(found: Moments) -> Components:
    """Principal component analysis (Pearson 1901; Hotelling 1933)."""
    variances, axes = np.linalg.eigh(found.covariance)
    variances, axes = np.maximum(variances[::-1], 0), axes[:, ::-1].T
    most = min(len(variances), max(len(found.rows) - 1, 1))  # n points span no more
    whole = variances.sum()
    shares = variances / whole if whole > 0 else np.zeros(len(variances))
    return Components(found.mean, axes[:most], variances[:most], shares[:most])


@dataclass(frozen=True)
class Clusters:
    """Groups of similar images: `labels` (n,) from 1, the largest first; `silhouettes` of each number that was tried
    (Rousseeuw 1987; from -1 to 1, 0 is no structure), over `looked` rows.
    """

    labels: np.ndarray
    silhouettes: dict[int, float]
    looked: int

    @property
    def number(self) -> int:
        """How many clusters."""
        return int(self.labels.max())


def clusters(points: np.ndarray, fewest: int, most: int, seed: int, told: Callable[[float], None]) -> Clusters:
    """k-means (Lloyd 1982) for the number from `fewest` to `most` with the highest silhouette.

    Args:
        points: (n, k), such as main components.
        fewest, most: numbers of clusters to try; fewer where there are not as many different points.
        seed: of the beginnings.
        told: takes the share that is done.
    """
    different = len(np.unique(points, axis=0))
    random = np.random.default_rng(seed)
    looked = random.permutation(len(points))[:SILHOUETTE_ROWS]
    tried: dict[int, tuple[float, np.ndarray]] = {}
    numbers = [k for k in range(fewest, most + 1) if k < different]
    for place, k in enumerate(numbers):
        labels = KMeans(k, n_init=5, random_state=seed).fit_predict(points)
        if len(np.unique(labels[looked])) > 1:
            tried[k] = float(silhouette_score(points[looked], labels[looked])), labels
        told((place + 1) / len(numbers))
    if not tried:
        return Clusters(np.ones(len(points), np.int64), {}, len(looked))
    best = max(tried, key=lambda k: tried[k][0])
    labels = tried[best][1]
    sizes = np.bincount(labels, minlength=best)
    rank = np.empty(best, np.int64)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(1, best + 1)
    return Clusters(rank[labels], {k: score for k, (score, _) in tried.items()}, len(looked))


def correlations(features: np.ndarray, metrics: dict[str, np.ndarray], names: Sequence[str]) -> pd.DataFrame:
    """How each column goes with each metric, a row a pair: metric, feature, pairs, pearson, spearman, p_value (of
    Spearman's coefficient, two-sided, by its t distribution), q_value.

    Among thousands of columns some correlate by chance: q is the share of false discoveries among all columns that are
    as significant (Benjamini & Hochberg 1995), for each metric. Constant columns and metrics with fewer than ten values
    are left out.
    """
    parts = []
    for metric, values in metrics.items():
        known = np.isfinite(values)
        if known.sum() < _FEWEST_PAIRS or np.ptp(values[known]) == 0:
            continue
        x, y = features[known], values[known]
        varying = np.flatnonzero(np.ptp(x, axis=0) > 0)
        ranks = stats.rankdata(y)
        pearson, spearman = np.zeros(len(varying)), np.zeros(len(varying))
        for start in range(0, len(varying), _COLUMNS_AT_ONCE):
            part = slice(start, start + _COLUMNS_AT_ONCE)
            some = x[:, varying[part]].astype(np.float64)
            pearson[part] = _pearson(some, y)
            spearman[part] = _pearson(stats.rankdata(some, axis=0), ranks)
        degrees = len(y) - 2
        with np.errstate(divide="ignore"):
            t = np.abs(spearman) * np.sqrt(degrees / np.maximum(1 - spearman**2, 0))
        p = 2 * stats.t.sf(t, degrees)
        parts.append(
            pd.DataFrame(
                {
                    "metric": metric,
                    "feature": np.array(names, dtype=object)[varying],
                    "pairs": len(y),
                    "pearson": pearson,
                    "spearman": spearman,
                    "p_value": p,
                    "q_value": stats.false_discovery_control(p) if len(p) else p,
                }
            )
        )
    columns = ["metric", "feature", "pairs", "pearson", "spearman", "p_value", "q_value"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _pearson(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pearson's coefficient of each column of (n, d) with (n,)."""
    x, y = x - x.mean(0), y - y.mean()
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.clip((x * y[:, None]).sum(0) / np.sqrt((x**2).sum(0) * (y**2).sum()), -1, 1)


@dataclass(frozen=True)
class Importance:
    """What a random forest makes of a metric. `columns` has by name the loss of R² when it is shuffled in the held-out
    rows: mean and standard deviation; `r2` is that of the held-out rows, `trained` and `tested` their numbers.
    """

    metric: str
    r2: float
    columns: dict[str, tuple[float, float]]
    trained: int
    tested: int


def importance(
    columns: np.ndarray, names: Sequence[str], target: np.ndarray, groups: np.ndarray, metric: str, seed: int, jobs: int
) -> Importance | None:
    """Permutation importance (Breiman 2001) on groups that the forest has not seen; None where there are too few.

    Of the columns only the PERMUTED that the forest uses most are shuffled. Columns that say the same stand in for each
    other, so that each of them looks unimportant.
    """
    known = np.flatnonzero(np.isfinite(target))
    known = np.random.default_rng(seed).permutation(known)[:FOREST_ROWS]
    if len(known) < 4 * _FEWEST_PAIRS or len(np.unique(groups[known])) < 4 or np.ptp(target[known]) == 0:
        return None
    x, y = columns[known], target[known]
    train, test = next(GroupShuffleSplit(1, test_size=HELD_OUT, random_state=seed).split(x, y, groups[known]))
    if len(test) < _FEWEST_PAIRS or len(train) < _FEWEST_PAIRS or np.ptp(y[test]) == 0:
        return None
    forest = RandomForestRegressor(TREES, max_features="sqrt", min_samples_leaf=2, random_state=seed, n_jobs=jobs)
    forest.fit(x[train], y[train])
    used = np.sort(np.argsort(-forest.feature_importances_, kind="stable")[:PERMUTED])
    shuffled = _shuffled(forest, x[test], y[test], used, seed)
    found = {str(names[i]): shuffled[place] for place, i in enumerate(used)}
    return Importance(metric, float(r2_score(y[test], forest.predict(x[test]))), found, len(train), len(test))


def _shuffled(
    forest: RandomForestRegressor, x: np.ndarray, y: np.ndarray, used: np.ndarray, seed: int
) -> list[tuple[float, float]]:
    """scikit-learn's permutation importance, of some columns only."""

    class Part:
        """The forest as a function of the columns that are shuffled."""

        def fit(self, *_: object) -> None:
            """It is fitted; scikit-learn asks for the method."""

        def predict(self, values: np.ndarray) -> np.ndarray:
            """With the other columns as they are."""
            whole = x.copy()
            whole[:, used] = values
            return forest.predict(whole)

        def score(self, values: np.ndarray, truth: np.ndarray) -> float:
            """R²."""
            return r2_score(truth, self.predict(values))

    found = permutation_importance(Part(), x[:, used], y, n_repeats=REPEATS, random_state=seed)
    return list(zip(found.importances_mean.tolist(), found.importances_std.tolist(), strict=True))
