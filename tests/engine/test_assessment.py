"""Accuracy figures against scikit-learn, SciPy and hand calculation."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics

from landloom import assessment


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
