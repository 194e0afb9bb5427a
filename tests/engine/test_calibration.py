"""Calibration against scikit-learn and hand calculation."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.calibration
import sklearn.metrics

from landloom import calibration


def draws(size=4000, seed=0):
    """Probabilities, and outcomes that come true less often than they say."""
    random = np.random.default_rng(seed)
    confidence = random.uniform(0, 1, size)
    return confidence, random.random(size) < confidence**1.7


def test_error_by_hand():
    # Two bins. Lower: 0.2, 0.4, one of two right, mean 0.3. Upper: 0.8, 0.9, 0.9, two of three right, mean 0.8667.
    found = calibration.reliability(np.array([0.2, 0.4, 0.8, 0.9, 0.9]), np.array([0, 1, 1, 0, 1]), bins=2)
    assert found.ece == pytest.approx(2 / 5 * abs(0.5 - 0.3) + 3 / 5 * abs(2 / 3 - 2.6 / 3))
    assert found.maximum_error == pytest.approx(0.2)
    assert found.brier == pytest.approx((0.04 + 0.36 + 0.04 + 0.81 + 0.01) / 5)


def test_bins_are_those_of_scikit_learn():
    confidence, hit = draws()
    accuracy, mean = sklearn.calibration.calibration_curve(hit, confidence, n_bins=15)
    found = calibration.reliability(confidence, hit)
    assert found.accuracy == pytest.approx(accuracy)
    assert found.confidence == pytest.approx(mean)
    assert found.brier == pytest.approx(sklearn.metrics.brier_score_loss(hit, confidence))


def test_a_probability_on_an_edge_belongs_to_the_bin_below():
    found = calibration.reliability(np.array([0.0, 0.5, 0.500001, 1.0]), np.ones(4), bins=2)
    assert found.counts.tolist() == [2, 2]


def test_what_comes_true_as_often_as_it_says_has_hardly_an_error():
    random = np.random.default_rng(1)
    confidence = random.uniform(0, 1, 200_000)
    assert calibration.reliability(confidence, random.random(200_000) < confidence).ece < 0.01


def test_parts_add_up_to_the_whole():
    confidence, hit = draws()
    parts = calibration.reliability(confidence[:900], hit[:900]) + calibration.reliability(confidence[900:], hit[900:])
    assert parts.as_dict() == calibration.reliability(confidence, hit).as_dict()


def test_without_predictions_nothing_is_determined():
    found = calibration.reliability(np.empty(0), np.empty(0))
    assert (found.as_dict()["ece"], found.as_dict()["maximum_error"], found.as_dict()["brier"]) == (None, None, None)
    assert "<svg" in calibration.plot(found)


def test_empty_bins_are_none_in_the_dict():
    bins = calibration.reliability(np.array([0.95]), np.array([True]), bins=2).as_dict()["bins"]
    assert bins[0] == {"low": 0.0, "high": 0.5, "samples": 0, "confidence": None, "accuracy": None}
    assert bins[1] == {"low": 0.5, "high": 1.0, "samples": 1, "confidence": 0.95, "accuracy": 1.0}


def test_the_plot_says_what_its_axes_are():
    page = calibration.plot(calibration.reliability(*draws()), "patches")
    assert "Probability of the mapped class" in page and "Share that is right" in page and "patches" in page
