"""How well predicted quality agrees with true quality, and whether something simpler does as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.stats
from sklearn.linear_model import LinearRegression, RidgeCV

from ..assessment import middle, plain
from ..records.metrics import ERRORS

ROUNDS = 1000
BINS = 10
# The single parameter that a model has to beat, where the records have it.
SINGLE = "param_mean_entropy"
RIDGE = np.logspace(-2, 5, 29)
FEWEST_IN_A_BIN = 5
# With fewer groups to draw from, an interval does not say what is beyond chance.
FEWEST_GROUPS = 5


def figures(true: np.ndarray, predicted: np.ndarray) -> dict[str, np.ndarray]:
    """Mean absolute error, root mean squared error, R² and Spearman's rank correlation of each of several predictions
    (k, n) of the same (n,), (k,) each; NaN where undetermined.
    """
    error = predicted - true
    squares, total = (error**2).sum(axis=1), ((true - true.mean()) ** 2).sum()
    return {
        "mae": np.abs(error).mean(axis=1),
        "rmse": np.sqrt(squares / len(true)),
        "r2": 1 - squares / total if total > 0 else np.full(len(predicted), np.nan),
        "rank_correlation": _rank_correlations(true, predicted),
    }


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Spearman's rho with mean ranks for ties; NaN where one of the two does not vary."""
    return float(_rank_correlations(a, b[np.newaxis])[0])


def _rank_correlations(true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    if len(true) < 2:
        return np.full(len(predicted), np.nan)
    ranks = scipy.stats.rankdata(np.vstack([true, predicted]), axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    lengths = np.sqrt((ranks**2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(lengths[1:] * lengths[0] > 0, ranks[1:] @ ranks[0] / (lengths[1:] * lengths[0]), np.nan)


def draws(group: np.ndarray, seed: int, rounds: int = ROUNDS) -> Iterator[np.ndarray]:
    """Row numbers of bootstrap samples that draw whole groups (n,) with replacement, single rows where all are alone
    or all together.
    """
    names, number = np.unique(group, return_inverse=True)
    members = [np.flatnonzero(number == i) for i in range(len(names))]
    if len(members) < 2:
        members = [np.array([i]) for i in range(len(group))]
    random = np.random.default_rng(seed)
    for _ in range(rounds):
        yield np.concatenate([members[i] for i in random.integers(len(members), size=len(members))])


def reliability(true: np.ndarray, predicted: np.ndarray) -> list[dict[str, Any]]:
    """Records in bins of equal number by predicted quality: mean predicted and mean true quality of each."""
    bins = max(1, min(BINS, len(true) // FEWEST_IN_A_BIN))
    order = np.argsort(predicted, kind="stable")
    return [
        {"records": len(part), "predicted": float(predicted[part].mean()), "true": float(true[part].mean())}
        for part in np.array_split(order, bins)
    ]


def calibration_error(bins: list[dict[str, Any]]) -> float:
    """Mean distance of predicted and true quality of bins, weighted by their records."""
    weight = np.array([b["records"] for b in bins], float)
    return float(np.average([abs(b["predicted"] - b["true"]) for b in bins], weights=weight))


@dataclass(frozen=True)
class Judged:
    """The quality of predictions of one metric on the test records.

    `rows` have for the model and each baseline their figures and 95 % intervals, the model first; `gains` for each
    baseline by how much the model is better, with 95 % intervals of the same draws: rank correlation, and share of
    the baseline's mean absolute error that is gone.
    """

    metric: str
    records: int
    groups: int
    rows: list[dict[str, Any]]
    gains: list[dict[str, Any]]
    bins: list[dict[str, Any]]
    calibration_error: float
    coverage: float
    coverage_interval: tuple[float | None, float | None]
    points: np.ndarray

    @property
    def figures(self) -> dict[str, Any]:
        """The model's own."""
        return self.rows[0]

    @property
    def has_few_groups(self) -> bool:
        """Whether the test records are of too few groups to tell what is beyond chance."""
        return self.groups < min(FEWEST_GROUPS, self.records)

    @property
    def earns_its_place(self) -> bool | None:
        """Whether it ranks better than the single parameter and has a smaller error than every baseline, both beyond
        chance; None where that cannot be told.
        """
        if self.has_few_groups:
            return None
        lows = [gain["rank_correlation_interval"][0] for gain in self.gains if gain["single"]]
        errors = [gain["mae_interval"][0] for gain in self.gains]
        if not errors or any(low is None for low in (*lows, *errors)):
            return None
        return all(low > 0 for low in (*lows, *errors))

    def as_dict(self) -> dict[str, Any]:
        """For the model's card."""
        return {
            "records": self.records,
            "groups": self.groups,
            "compared": self.rows,
            "gains": self.gains,
            "reliability": self.bins,
            "calibration_error": self.calibration_error,
            "coverage": self.coverage,
            "coverage_interval": self.coverage_interval,
            "earns_its_place": self.earns_its_place,
        }


def judge(
    metric: str,
    true: np.ndarray,
    predicted: np.ndarray,
    inside: np.ndarray,
    baselines: Mapping[str, np.ndarray],
    single: str | None,
    group: np.ndarray,
    seed: int,
) -> Judged:
    """Compare predictions with the truth, and with simpler ones.

    Args:
        metric: what is predicted.
        true, predicted: (n,).
        inside: (n,) whether the interval of each prediction holds the truth.
        baselines: other predictions (n,) by name.
        single: which of them is that of a single parameter.
        group: (n,) what is drawn as a whole.
        seed: of the draws.
    """
    named = {"Quality model": predicted, **baselines}
    values = np.stack(list(named.values()))
    of_draws, covered = [], []
    for at in draws(group, seed):
        covered.append(inside[at].mean())
        of_draws.append(figures(true[at], values[:, at]))
    found = figures(true, values)
    drawn = {key: np.stack([one[key] for one in of_draws]) for key in found}  # (draws, predictions) each
    rows = []
    for place, name in enumerate(named):
        own = {key: plain(several[place]) for key, several in found.items()}
        rows.append({"name": name, **own, **{f"{key}_interval": middle(drawn[key][:, place]) for key in own}})
    # What does not rank at all, such as a mean, ranks no better than chance.
    ranks, drawn_ranks = found["rank_correlation"], drawn["rank_correlation"]
    rank_gains = ranks[0] - np.nan_to_num(ranks)
    drawn_rank_gains = drawn_ranks[:, :1] - np.nan_to_num(drawn_ranks)
    with np.errstate(invalid="ignore", divide="ignore"):
        error_gains = 1 - found["mae"][0] / found["mae"]
        drawn_error_gains = 1 - drawn["mae"][:, :1] / drawn["mae"]
    gains = [
        {
            "name": name,
            "single": name == single,
            "rank_correlation": plain(rank_gains[place]),
            "rank_correlation_interval": middle(drawn_rank_gains[:, place]),
            "mae": plain(error_gains[place]),
            "mae_interval": middle(drawn_error_gains[:, place]),
        }
        for place, name in enumerate(named)
        if place
    ]
    bins = reliability(true, predicted)
    return Judged(
        metric,
        len(true),
        len(np.unique(group)),
        rows,
        gains,
        bins,
        calibration_error(bins),
        float(inside.mean()),
        middle(np.array(covered)),
        np.stack([predicted, true], axis=1),
    )


def best_single(table: pd.DataFrame, columns: Sequence[str], target: np.ndarray) -> str | None:
    """The parameter to compare with: mean entropy, else that with the strongest rank correlation in training."""
    if SINGLE in columns:
        return SINGLE
    strength = {}
    for name in columns:
        values = pd.to_numeric(table[name], errors="coerce").to_numpy(float)
        known = np.isfinite(values)
        rho = rank_correlation(values[known], target[known])
        strength[name] = 0.0 if np.isnan(rho) else abs(rho)
    return max(strength, key=lambda name: strength[name]) if strength else None


def linear(train: np.ndarray, target: np.ndarray, test: np.ndarray) -> np.ndarray:
    """What a straight line says: (n, 1) and (n,) learnt, (m, 1) predicted."""
    return LinearRegression().fit(train, target).predict(test)


def fit_ridge(train: np.ndarray, target: np.ndarray) -> RidgeCV:
    """Ridge regression (Hoerl & Kennard 1970), its penalty chosen by leaving out one record at a time."""
    return RidgeCV(RIDGE).fit(train.astype(np.float64), target)


def ridge(train: np.ndarray, target: np.ndarray, test: np.ndarray) -> np.ndarray:
    """What ridge regression says: (n, …) and (n,) learnt, (m, …) predicted."""
    return fit_ridge(train, target).predict(test.astype(np.float64))


def worst_first(metric: str, predicted: np.ndarray) -> np.ndarray:
    """The rank (n,) of each record for review, 1 for the lowest predicted quality; 0 where there is none."""
    badness = predicted if metric in ERRORS else -predicted
    known = np.isfinite(badness)
    rank = np.zeros(len(predicted), np.int64)
    rank[known] = scipy.stats.rankdata(-badness[known], method="ordinal")
    return rank


def verdict(judged: Judged) -> str:
    """Whether the model earns its place, in words and numbers."""
    if judged.has_few_groups:
        groups = "one group" if judged.groups == 1 else f"{judged.groups} groups"
        return (
            "Whether the model is better than something simpler cannot be told: the test records are of"
            f" {groups}, and how much groups differ by chance shows from {FEWEST_GROUPS} on. Collect records of more"
            " groups, or split them with Split records and a larger TEST_SHARE."
        )
    if judged.earns_its_place is None:
        return "Whether the model is better than something simpler cannot be told from these test records."
    lost = []
    for gain in judged.gains:
        name = gain["name"][0].lower() + gain["name"][1:]
        if gain["single"] and not gain["rank_correlation_interval"][0] > 0:
            lost.append(
                f"it does not rank better than {name} beyond chance (rank correlation"
                f" {_signed(gain['rank_correlation'])}, 95 % interval {_between(gain['rank_correlation_interval'])})"
            )
        if not gain["mae_interval"][0] > 0:
            lost.append(
                f"its error is not smaller than that of {name} beyond chance ({_signed(gain['mae'], True)} of it, 95 %"
                f" interval {_between(gain['mae_interval'], True)})"
            )
    if lost:
        return f"The model does not earn its place: {'; '.join(lost)}. Use the simpler one, or collect more records."
    single = next((gain for gain in judged.gains if gain["single"]), None)
    ranks = (
        f" It ranks better than {single['name'][0].lower()}{single['name'][1:]} by"
        f" {_signed(single['rank_correlation'])} (95 % interval {_between(single['rank_correlation_interval'])})."
        if single
        else ""
    )
    least = min(judged.gains, key=lambda gain: gain["mae"])
    return (
        f"The model earns its place.{ranks} Its mean absolute error is {100 * least['mae']:.0f} % smaller than that of"
        f" the best simpler one, {least['name'][0].lower()}{least['name'][1:]} (95 % interval"
        f" {_between(least['mae_interval'], True)})."
    )


def _signed(value: float | None, percent: bool = False) -> str:
    if value is None:
        return "undetermined"
    return f"{100 * value:+.0f} %" if percent else f"{value:+.3f}"


def _between(ends: tuple[float | None, float | None], percent: bool = False) -> str:
    return f"{_signed(ends[0], percent)} to {_signed(ends[1], percent)}"
