"""Estimates from samples in strata: published examples, formulas written out, and a population that is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics

from landloom import assessment, estimation
from landloom.estimation import Strata

# Olofsson et al. (2014), Remote Sensing of Environment 148, section 5: deforestation, forest gain, stable forest and
# stable non-forest; 640 sample units, rows mapped, and the mapped areas in pixels of 30 m.
SAMPLE = np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]])
AREAS = np.array([200_000, 150_000, 3_200_000, 6_450_000])

# Stehman (2014), Table 2: of ten units in each stratum the map's and the reference's class; 100,000 pixels in all.
STRATA = {"A": 40_000, "B": 30_000, "C": 20_000, "D": 10_000}
MAPPED = "AAAAAAABBBABBBBBBBBBBBCCCCCCBBDDDDDDDDDD"
REFERENCE = "AAAAACBABCABBBBBAABBCCCCCDDBBADDDDDDDCCB"


def test_area_adjusted_figures_are_those_published_by_olofsson_and_others():
    found = estimation.by_map_class(SAMPLE, AREAS).as_dict()
    assert found["overall"] == pytest.approx(0.95, abs=0.005)
    assert found["overall_interval"] == pytest.approx(0.02, abs=0.005)
    assert found["users"] == pytest.approx([0.88, 0.73, 0.93, 0.96], abs=0.005)
    assert found["users_interval"] == pytest.approx([0.07, 0.10, 0.04, 0.02], abs=0.005)
    assert found["producers"] == pytest.approx([0.75, 0.85, 0.93, 0.96], abs=0.005)
    # Deforestation: 235,086 ± 68,418 pixels, or 21,158 ± 6158 ha.
    assert found["areas"][0] == pytest.approx(235_086, abs=1)
    assert found["areas_interval"][0] == pytest.approx(68_418, abs=5)
    hectares = estimation.by_map_class(SAMPLE, AREAS * 0.09).as_dict()
    assert hectares["areas"][0] == pytest.approx(21_158, abs=1)
    assert hectares["areas_interval"][0] == pytest.approx(6158, abs=1)


def test_area_adjusted_figures_follow_from_the_formulas_written_out():
    """Olofsson et al. (2014), equations 1 to 11, term by term in plain Python."""
    n, q = SAMPLE.tolist(), range(4)
    w = [a / AREAS.sum() for a in AREAS.tolist()]
    of = [sum(row) for row in n]
    p = [[w[i] * n[i][j] / of[i] for j in q] for i in q]
    column = [sum(p[i][j] for i in q) for j in q]
    users, producers = [n[i][i] / of[i] for i in q], [p[j][j] / column[j] for j in q]
    found = estimation.by_map_class(SAMPLE, AREAS)
    assert found.scores["overall_accuracy"] == pytest.approx(sum(p[i][i] for i in q))
    assert found.scores["precision"] == pytest.approx(users)
    assert found.scores["recall"] == pytest.approx(producers)
    assert found.areas == pytest.approx([column[j] * AREAS.sum() for j in q])
    # 5, 6: overall and user's accuracy.
    users_variance = [users[i] * (1 - users[i]) / (of[i] - 1) for i in q]
    assert found.errors["precision"] == pytest.approx([math.sqrt(v) for v in users_variance])
    assert found.errors["overall_accuracy"] == pytest.approx(math.sqrt(sum(w[i] ** 2 * users_variance[i] for i in q)))
    # 7: producer's accuracy, with areas N.
    area = AREAS.tolist()
    for j in q:
        estimated = sum(area[i] / of[i] * n[i][j] for i in q)
        own = area[j] ** 2 * (1 - producers[j]) ** 2 * users_variance[j]
        others = sum(area[i] ** 2 * n[i][j] / of[i] * (1 - n[i][j] / of[i]) / (of[i] - 1) for i in q if i != j)
        variance = (own + producers[j] ** 2 * others) / estimated**2
        assert found.errors["recall"][j] == pytest.approx(math.sqrt(variance))
        # 10, 11: area.
        proportion = sum((w[i] * p[i][j] - p[i][j] ** 2) / (of[i] - 1) for i in q)
        assert found.areas_error[j] == pytest.approx(AREAS.sum() * math.sqrt(proportion))
    # Half of a 95 % interval is 1.96 standard errors.
    assert found.as_dict()["areas_interval"] == pytest.approx(1.96 * found.areas_error, rel=1e-4)


def test_a_class_without_two_units_leaves_the_estimates_undetermined():
    none = estimation.by_map_class(np.array([[9, 1], [0, 0]]), np.array([60, 40])).as_dict()
    assert none["overall"] is None and none["areas"] == [None, None]
    assert none["users"] == [0.9, None]
    one = estimation.by_map_class(np.array([[9, 1], [0, 1]]), np.array([60, 40])).as_dict()
    assert one["overall"] == 0.94 and one["overall_error"] is None  # 0.6 · 0.9 + 0.4 · 1


def test_a_map_without_area_leaves_the_estimates_undetermined():
    found = estimation.by_map_class(np.array([[5, 0], [0, 5]]), np.zeros(2)).as_dict()
    assert found["overall"] is None and found["areas"] == [None, None]


def test_a_class_that_only_the_reference_has_gets_an_area():
    found = estimation.by_map_class(np.array([[8, 2], [0, 0]]), np.array([50.0, 0])).as_dict()
    assert found["areas"] == [40.0, 10.0]
    assert found["producers"] == [1.0, 0.0]
    assert found["users"] == [0.8, None]
    assert found["areas_error"] == pytest.approx([50 * math.sqrt(0.8 * 0.2 / 9)] * 2, abs=1e-6)


def published():
    """Counts (4, 4, 4) by stratum, and the strata's sizes."""
    counts = np.zeros((4, 4, 4))
    for unit, (mapped, reference) in enumerate(zip(MAPPED, REFERENCE, strict=True)):
        counts[unit // 10, "ABCD".index(mapped), "ABCD".index(reference)] += 1
    return counts, np.array([*STRATA.values()])


def test_the_published_example_comes_out():
    counts, sizes = published()
    found = estimation.stratified(counts, Strata(sizes / sizes.sum(), counts.sum(axis=(1, 2)), sizes))
    # Pages 4932 to 4936 of the paper.
    assert found.areas[[0, 2]] == pytest.approx([0.35, 0.20], abs=1e-9)
    assert found.areas_error[[0, 2]] == pytest.approx([0.082, 0.064], abs=5e-4)
    assert (found.scores["overall_accuracy"], found.errors["overall_accuracy"]) == pytest.approx(
        (0.63, 0.085), abs=5e-4
    )
    assert (found.scores["precision"][1], found.errors["precision"][1]) == pytest.approx((0.574, 0.125), abs=5e-4)
    assert (found.scores["recall"][1], found.errors["recall"][1]) == pytest.approx((0.794, 0.116), abs=1e-3)
    # All classes by another implementation (the R package mapac, without its correction for a finite population).
    assert found.scores["precision"] == pytest.approx([0.7419355, 0.5744681, 0.5, 0.7], abs=1e-6)
    assert found.errors["precision"] == pytest.approx([0.1645627, 0.1248023, 0.2151657, 0.1527525], rel=1e-3)
    assert found.scores["recall"] == pytest.approx([0.6571429, 0.7941176, 0.3, 0.6363636], abs=1e-6)
    assert found.errors["recall"] == pytest.approx([0.1477318, 0.1165671, 0.1504438, 0.1623242], rel=1e-3)


def units():
    """Of the published sample the stratum, the map's and the reference's class of each unit, as numbers from 0."""
    return np.arange(40) // 10, *(np.array(["ABCD".index(c) for c in text]) for text in (MAPPED, REFERENCE))


def ratio_of_totals(y, x):
    """Stehman (2014), equations 27 and 28, with the variances of NumPy: the ratio and its standard error."""
    stratum, sizes = units()[0], np.array([*STRATA.values()])
    totals = [sum(size * v[stratum == h].mean() for h, size in enumerate(sizes)) for v in (y, x)]
    ratio, variance = totals[0] / totals[1], 0.0
    for h, size in enumerate(sizes):
        (yy, yx), (_, xx) = np.cov(y[stratum == h], x[stratum == h])
        variance += size**2 * (1 - 10 / size) / 10 * (yy + ratio**2 * xx - 2 * ratio * yx)
    return ratio, np.sqrt(variance) / totals[1]


def estimate_published(ordinal=False):
    counts, sizes = published()
    return estimation.stratified(counts, Strata(sizes, counts.sum(axis=(1, 2)), sizes), ordinal)


def test_f1_iou_and_the_class_error_are_ratios_of_two_totals():
    _, mapped, reference = units()
    found = estimate_published(ordinal=True)
    expected = {
        ("f1", k): ratio_of_totals(2.0 * ((mapped == k) & (reference == k)), 1.0 * (mapped == k) + (reference == k))
        for k in range(4)
    } | {
        ("iou", k): ratio_of_totals(1.0 * ((mapped == k) & (reference == k)), 1.0 * ((mapped == k) | (reference == k)))
        for k in range(4)
    }
    for (name, k), pair in expected.items():
        assert (found.scores[name][k], found.errors[name][k]) == pytest.approx(pair, rel=1e-6), (name, k)
    error = ratio_of_totals(1.0 * abs(mapped - reference), np.ones(40))
    name = "mean_absolute_class_error"
    assert (found.scores[name], found.errors[name]) == pytest.approx(error, rel=1e-6)


def test_f1_and_iou_by_hand():
    """Of class B the strata A to D hold 1, 7, 1 and 0 of ten units right, 3, 9, 4, 0 mapped, 2, 7, 2, 1 true."""
    found = estimate_published()
    right, mapped, true = (np.array([0.4, 0.3, 0.2, 0.1]) @ n / 10 for n in ([1, 7, 1, 0], [3, 9, 4, 0], [2, 7, 2, 1]))
    assert found.proportions.sum() == pytest.approx(1)
    assert found.proportions[1, 1] == pytest.approx(right) == pytest.approx(0.27)
    assert found.scores["f1"][1] == pytest.approx(2 * right / (mapped + true)) == pytest.approx(2 / 3)
    assert found.scores["iou"][1] == pytest.approx(right / (mapped + true - right)) == pytest.approx(0.5)


def test_kappa_has_the_variance_of_its_linear_part():
    """Kappa and its derivative by each unit written out (Stehman 1996), variances by NumPy."""
    stratum, mapped, reference = units()
    sizes, p = np.array([*STRATA.values()]), np.zeros((4, 4))
    for h, i, j in zip(stratum, mapped, reference, strict=True):
        p[i, j] += sizes[h] / sizes.sum() / 10
    row, column, right = p.sum(axis=1), p.sum(axis=0), np.trace(p)
    chance = row @ column
    change = (mapped == reference) / (1 - chance)
    change = change - (1 - right) / (1 - chance) ** 2 * (column[mapped] + row[reference])
    share = sizes / sizes.sum()
    variance = sum(
        share[h] ** 2 * (1 - 10 / sizes[h]) / 10 * np.var(change[stratum == h], ddof=1) for h in range(len(sizes))
    )
    found = estimate_published()
    assert found.scores["kappa"] == pytest.approx((right - chance) / (1 - chance))
    assert found.errors["kappa"] == pytest.approx(np.sqrt(variance), rel=1e-6)


def test_means_over_the_classes_vary_as_their_classes_together():
    found = estimate_published()
    for mean, by_class in (("mean_iou", "iou"), ("mean_f1", "f1"), ("balanced_accuracy", "recall")):
        assert found.scores[mean] == pytest.approx(found.scores[by_class].mean())
        # No more than if all were wrong to the same side, and not as if they had nothing in common.
        assert 0 < found.errors[mean] <= found.errors[by_class].mean() * (1 + 1e-9)


def test_where_each_unit_stands_for_the_same_area_the_scores_are_the_plain_ones():
    counts, _ = published()
    found = estimation.stratified(counts, Strata(np.full(4, 50.0), np.full(4, 10), np.full(4, 5000.0)), ordinal=True)
    _, mapped, reference = units()
    assert found.scores["kappa"] == pytest.approx(sklearn.metrics.cohen_kappa_score(reference, mapped))
    assert found.scores["iou"] == pytest.approx(sklearn.metrics.jaccard_score(reference, mapped, average=None))
    assert found.scores["mean_f1"] == pytest.approx(sklearn.metrics.f1_score(reference, mapped, average="macro"))
    assert found.scores["rho"] == pytest.approx(scipy.stats.spearmanr(reference, mapped).statistic)
    plain = assessment.measures(counts.sum(axis=0), ordinal=True)
    for name, value in plain.items():
        assert found.scores[name] == pytest.approx(value), name


def test_with_the_maps_classes_as_strata_it_is_the_usual_estimator():
    by_stratum = np.array([np.where(np.arange(4)[:, None] == k, SAMPLE, 0) for k in range(4)])
    usual = estimation.by_map_class(SAMPLE, AREAS)
    # An endless population: the usual estimator has no correction for a finite one.
    found = estimation.stratified(by_stratum, Strata(AREAS, SAMPLE.sum(axis=1), np.full(4, np.inf)))
    for part in ("scores", "errors"):
        for name, value in getattr(usual, part).items():
            assert getattr(found, part)[name] == pytest.approx(value, rel=1e-6), (part, name)


def test_it_is_right_on_average_and_knows_how_far_off_it_is():
    """Draw from a population that is known; the strata are neither classes of the map nor of the reference."""
    random = np.random.default_rng(3)
    sizes, drawn = np.array([4000, 1200, 300]), np.array([120, 80, 60])
    shares = [0.7, 0.2, 0.1], [0.2, 0.6, 0.2], [0.1, 0.3, 0.6]
    truth = [random.choice(3, n, p=p) for n, p in zip(sizes, shares, strict=True)]
    shown = [np.where(random.random(len(t)) < 0.75, t, random.choice(3, len(t))) for t in truth]
    inside = [random.random(len(t)) < 0.8 for t in truth]  # the rest lies where the map shows nothing
    t, m = (np.concatenate([v[i] for v, i in zip(values, inside, strict=True)]) for values in (truth, shown))
    real = {
        "overall_accuracy": sklearn.metrics.accuracy_score(t, m),
        "precision": sklearn.metrics.precision_score(t, m, average=None),
        "recall": sklearn.metrics.recall_score(t, m, average=None),
        "balanced_accuracy": sklearn.metrics.balanced_accuracy_score(t, m),
        "kappa": sklearn.metrics.cohen_kappa_score(t, m),
        "f1": sklearn.metrics.f1_score(t, m, average=None),
        "mean_f1": sklearn.metrics.f1_score(t, m, average="macro"),
        "iou": sklearn.metrics.jaccard_score(t, m, average=None),
        "mean_iou": sklearn.metrics.jaccard_score(t, m, average="macro"),
        "kappa_linear": sklearn.metrics.cohen_kappa_score(t, m, weights="linear"),
        "kappa_quadratic": sklearn.metrics.cohen_kappa_score(t, m, weights="quadratic"),
        "rho": scipy.stats.spearmanr(t, m).statistic,
        "mean_absolute_class_error": sklearn.metrics.mean_absolute_error(t, m),
        "areas": np.bincount(t),
    }
    estimates, errors = {name: [] for name in real}, {name: [] for name in real}
    for _ in range(1000):
        counts = np.zeros((3, 3, 3))
        for h, n in enumerate(drawn):
            unit = random.choice(sizes[h], n, replace=False)
            unit = unit[inside[h][unit]]
            np.add.at(counts[h], (shown[h][unit], truth[h][unit]), 1)
        found = estimation.stratified(counts, Strata(sizes, drawn, sizes), ordinal=True)
        for name in real:
            estimates[name].append(found.areas if name == "areas" else found.scores[name])
            errors[name].append(found.areas_error if name == "areas" else found.errors[name])
    for name, value in real.items():
        spread = np.std(estimates[name], axis=0)
        assert np.mean(estimates[name], axis=0) == pytest.approx(value, abs=0.15 * float(np.max(spread))), name
        assert np.sqrt(np.mean(np.square(errors[name]), axis=0)) == pytest.approx(spread, rel=0.12), name


def test_intervals_end_where_a_score_does():
    counts = np.array([[[19, 1], [0, 20]]])
    found = estimation.stratified(counts, Strata(np.ones(1), np.array([40]), np.full(1, np.inf))).intervals()
    assert found["overall_accuracy"][1] == found["recall"][0][1] == 1.0
    assert found["overall_accuracy"][0] == pytest.approx(0.975 - 1.96 * (0.975 * 0.025 / 39) ** 0.5, abs=1e-5)


def test_what_too_few_places_cannot_tell_is_not_made_up():
    counts, sizes = published()
    counts[3] = 0
    found = estimation.stratified(counts, Strata(sizes, np.array([10, 10, 10, 0]), sizes))
    assert math.isnan(found.scores["overall_accuracy"])
    assert np.isnan(found.areas).all()
    counts[3, 3, 3] = 1
    found = estimation.stratified(counts, Strata(sizes, np.array([10, 10, 10, 1]), sizes))
    assert not math.isnan(found.scores["overall_accuracy"])
    assert math.isnan(found.errors["overall_accuracy"])
    # All there is has been looked at: no doubt is left.
    found = estimation.stratified(counts[3:], Strata(np.ones(1), np.array([1]), np.array([1.0])))
    assert (found.scores["overall_accuracy"], found.errors["overall_accuracy"]) == (1.0, 0.0)
