"""Accuracy figures against scikit-learn, SciPy, published numbers and hand calculation."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics

from landloom import assessment

# Olofsson et al. (2014), Remote Sensing of Environment 148, section 5: deforestation, forest gain, stable forest and
# stable non-forest; 640 sample units, rows mapped, and the mapped areas in pixels of 30 m.
SAMPLE = np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]])
MAPPED = np.array([200_000, 150_000, 3_200_000, 6_450_000])


def draws(ids=(1, 4, 9, 12), size=500, seed=0):
    """Class ids mapped and true, right in some two thirds."""
    random = np.random.default_rng(seed)
    truth = random.choice(ids, size, p=[0.5, 0.3, 0.15, 0.05])
    return np.where(random.random(size) < 0.65, truth, random.choice(ids, size)), truth


def test_the_matrix_has_the_map_in_rows_and_the_reference_in_columns():
    found = assessment.confusion(np.array([5, 5, 7, 7]), np.array([5, 7, 7, 7]), [5, 6, 7])
    assert found.tolist() == [[1, 0, 1], [0, 0, 0], [0, 0, 2]]


def test_pairs_are_counted_as_by_scikit_learn():
    mapped, truth = draws()
    expected = sklearn.metrics.confusion_matrix(truth, mapped, labels=[1, 4, 9, 12]).T
    assert np.array_equal(assessment.confusion(mapped, truth, [1, 4, 9, 12]), expected)


def test_groups_are_counted_apart_in_ascending_order():
    mapped, truth = np.array([1, 2, 1, 2]), np.array([1, 1, 1, 2])
    found = assessment.confusion_by_group(mapped, truth, np.array([30, 7, 30, 7]), [1, 2])
    assert found.tolist() == [[[0, 0], [1, 1]], [[2, 0], [0, 0]]]


def test_scores_are_those_of_scikit_learn():
    mapped, truth = draws()
    found = assessment.scores(assessment.confusion(mapped, truth, [1, 4, 9, 12]))
    precision, recall, f1, support = sklearn.metrics.precision_recall_fscore_support(truth, mapped)
    expected = {
        "overall_accuracy": sklearn.metrics.accuracy_score(truth, mapped),
        "balanced_accuracy": sklearn.metrics.balanced_accuracy_score(truth, mapped),
        "kappa": sklearn.metrics.cohen_kappa_score(truth, mapped),
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "iou": sklearn.metrics.jaccard_score(truth, mapped, average=None),
        "support": support,
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=1e-6), name
    assert found["samples"] == 500


def test_scores_by_hand():
    found = assessment.scores(np.array([[8, 2], [4, 6]]))
    assert found["overall_accuracy"] == 0.7
    assert found["kappa"] == 0.4  # (0.7 - 0.5) / (1 - 0.5): rows 10 and 10, columns 12 and 8
    assert found["precision"] == [0.8, 0.6]
    assert found["recall"] == [0.666667, 0.75]
    assert found["balanced_accuracy"] == 0.708333
    assert found["f1"] == [0.727273, 0.666667]  # 16/22, 12/18
    assert found["iou"] == [0.571429, 0.5]  # 8/14, 6/12


def test_what_is_undetermined_is_none_and_not_zero():
    found = assessment.scores(np.array([[5, 0, 0], [0, 0, 0], [2, 0, 0]]))  # the second class is nowhere
    assert found["precision"] == [1.0, None, 0.0]
    assert found["recall"] == [0.714286, None, None]
    assert found["f1"] == [0.833333, None, 0.0]
    assert found["balanced_accuracy"] == 0.714286, "of the classes that the reference has"
    one_class = assessment.scores(np.array([[5, 0], [0, 0]]))
    assert (one_class["overall_accuracy"], one_class["kappa"]) == (1.0, None)
    nothing = assessment.scores(np.zeros((2, 2)))
    assert (nothing["overall_accuracy"], nothing["kappa"], nothing["samples"]) == (None, None, 0)


def test_ordered_classes_are_scored_as_by_scikit_learn_and_scipy():
    mapped, truth = draws()
    found = assessment.ordinal_scores(assessment.confusion(mapped, truth, [1, 4, 9, 12]))
    place = {1: 0, 4: 1, 9: 2, 12: 3}
    places = [np.array([place[v] for v in values]) for values in (truth.tolist(), mapped.tolist())]
    for weights in ("linear", "quadratic"):
        expected = sklearn.metrics.cohen_kappa_score(truth, mapped, weights=weights)
        assert found[f"kappa_{weights}"] == pytest.approx(expected, abs=1e-6)
    assert found["rho"] == pytest.approx(scipy.stats.spearmanr(truth, mapped).statistic, abs=1e-6)
    expected = sklearn.metrics.mean_absolute_error(*places)
    assert found["mean_absolute_class_error"] == pytest.approx(expected, abs=1e-6)


def test_order_means_nothing_for_a_single_class():
    found = assessment.ordinal_scores(np.array([[7, 0], [0, 0]]))
    assert found == {"kappa_linear": None, "kappa_quadratic": None, "rho": None, "mean_absolute_class_error": 0.0}


def test_area_adjusted_figures_are_those_published_by_olofsson_and_others():
    found = assessment.area_adjusted(SAMPLE, MAPPED).as_dict()
    assert found["overall"] == pytest.approx(0.95, abs=0.005)
    assert found["overall_interval"] == pytest.approx(0.02, abs=0.005)
    assert found["users"] == pytest.approx([0.88, 0.73, 0.93, 0.96], abs=0.005)
    assert found["users_interval"] == pytest.approx([0.07, 0.10, 0.04, 0.02], abs=0.005)
    assert found["producers"] == pytest.approx([0.75, 0.85, 0.93, 0.96], abs=0.005)
    # Deforestation: 235,086 ± 68,418 pixels, or 21,158 ± 6158 ha.
    assert found["areas"][0] == pytest.approx(235_086, abs=1)
    assert found["areas_interval"][0] == pytest.approx(68_418, abs=5)
    hectares = assessment.area_adjusted(SAMPLE, MAPPED * 0.09).as_dict()
    assert hectares["areas"][0] == pytest.approx(21_158, abs=1)
    assert hectares["areas_interval"][0] == pytest.approx(6158, abs=1)


def test_area_adjusted_figures_follow_from_the_formulas_written_out():
    """Olofsson et al. (2014), equations 1 to 11, term by term in plain Python."""
    n, q = SAMPLE.tolist(), range(4)
    w = [a / MAPPED.sum() for a in MAPPED.tolist()]
    of = [sum(row) for row in n]
    p = [[w[i] * n[i][j] / of[i] for j in q] for i in q]
    column = [sum(p[i][j] for i in q) for j in q]
    users, producers = [n[i][i] / of[i] for i in q], [p[j][j] / column[j] for j in q]
    found = assessment.area_adjusted(SAMPLE, MAPPED)
    assert found.overall == pytest.approx(sum(p[i][i] for i in q))
    assert found.users == pytest.approx(users)
    assert found.producers == pytest.approx(producers)
    assert found.areas == pytest.approx([column[j] * MAPPED.sum() for j in q])
    # 5, 6: overall and user's accuracy.
    users_variance = [users[i] * (1 - users[i]) / (of[i] - 1) for i in q]
    assert found.users_error == pytest.approx([math.sqrt(v) for v in users_variance])
    assert found.overall_error == pytest.approx(math.sqrt(sum(w[i] ** 2 * users_variance[i] for i in q)))
    # 7: producer's accuracy, with areas N.
    area = MAPPED.tolist()
    for j in q:
        estimated = sum(area[i] / of[i] * n[i][j] for i in q)
        own = area[j] ** 2 * (1 - producers[j]) ** 2 * users_variance[j]
        others = sum(area[i] ** 2 * n[i][j] / of[i] * (1 - n[i][j] / of[i]) / (of[i] - 1) for i in q if i != j)
        variance = (own + producers[j] ** 2 * others) / estimated**2
        assert found.producers_error[j] == pytest.approx(math.sqrt(variance))
        # 10, 11: area.
        proportion = sum((w[i] * p[i][j] - p[i][j] ** 2) / (of[i] - 1) for i in q)
        assert found.areas_error[j] == pytest.approx(MAPPED.sum() * math.sqrt(proportion))
    # Half of a 95 % interval is 1.96 standard errors.
    assert found.as_dict()["areas_interval"] == pytest.approx(1.96 * found.areas_error, rel=1e-4)


def test_a_class_without_two_units_leaves_the_estimates_undetermined():
    none = assessment.area_adjusted(np.array([[9, 1], [0, 0]]), np.array([60, 40])).as_dict()
    assert none["overall"] is None and none["areas"] == [None, None]
    assert none["users"] == [0.9, None]
    one = assessment.area_adjusted(np.array([[9, 1], [0, 1]]), np.array([60, 40])).as_dict()
    assert one["overall"] == 0.94 and one["overall_error"] is None  # 0.6 · 0.9 + 0.4 · 1


def test_a_map_without_area_leaves_the_estimates_undetermined():
    found = assessment.area_adjusted(np.array([[5, 0], [0, 5]]), np.zeros(2)).as_dict()
    assert found["overall"] is None and found["areas"] == [None, None]


def test_a_class_that_only_the_reference_has_gets_an_area():
    found = assessment.area_adjusted(np.array([[8, 2], [0, 0]]), np.array([50.0, 0])).as_dict()
    assert found["areas"] == [40.0, 10.0]
    assert found["producers"] == [1.0, 0.0]
    assert found["users"] == [0.8, None]
    assert found["areas_error"] == pytest.approx([50 * math.sqrt(0.8 * 0.2 / 9)] * 2, abs=1e-6)


def test_intervals_by_polygon_are_those_of_a_bootstrap_written_out():
    random = np.random.default_rng(5)
    matrices = random.integers(0, 6, (25, 3, 3)) + 12 * np.eye(3, dtype=int) * random.integers(0, 3, (25, 1, 1))
    accuracy, kappa = [], []
    for _ in range(1000):
        total = matrices[random.integers(25, size=25)].sum(axis=0)
        mapped, truth = np.indices((3, 3)).reshape(2, -1).repeat(total.ravel(), axis=1)
        accuracy.append(np.mean(mapped == truth))
        share = np.outer(total.sum(axis=1), total.sum(axis=0)).trace() / total.sum() ** 2
        kappa.append((accuracy[-1] - share) / (1 - share))
    found = assessment.bootstrap_by_group(matrices, seed=1)
    # Two sets of draws: their percentiles differ by some hundredths of the interval's width.
    for name, values in (("overall_accuracy", accuracy), ("kappa", kappa)):
        expected = np.percentile(values, [2.5, 97.5])
        assert found[name] == pytest.approx(expected, abs=0.12 * np.ptp(expected))


def test_intervals_depend_on_the_polygons_and_the_seed_alone():
    matrices = np.random.default_rng(0).integers(0, 9, (40, 3, 3))
    assert assessment.bootstrap_by_group(matrices, 3) == assessment.bootstrap_by_group(matrices, 3)
    assert assessment.bootstrap_by_group(matrices, 3) != assessment.bootstrap_by_group(matrices, 4)
    # The pixels of a polygon stay together: ten times as many of them tell no more.
    assert assessment.bootstrap_by_group(matrices, 3) == assessment.bootstrap_by_group(matrices * 10, 3)
    perfect = assessment.bootstrap_by_group(np.array([[[4, 0], [0, 0]], [[0, 0], [0, 5]]]))
    assert perfect["overall_accuracy"] == (1.0, 1.0)


@pytest.mark.parametrize(("value", "shown"), [(None, "–"), (0.98765, "0.988")])
def test_an_undetermined_score_is_shown_as_a_dash(value, shown):
    assert assessment.shown(value) == shown
