"""Targets: how they are written, and what the verdicts are."""

from __future__ import annotations

import json

import numpy as np
import pytest

from landloom import assessment, estimation, targets
from landloom.errors import InputError

MATRIX = np.array([[40, 6, 1], [8, 10, 4], [2, 4, 25]])
CLASSES = [{"id": 1, "name": "Low"}, {"id": 2, "name": "Medium"}, {"id": 3, "name": "High"}]


def result(**more):
    return {"classes": CLASSES, "scores": assessment.scores(MATRIX), **more}


def written(folder, content, name="targets.json"):
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_targets_are_read_from_json(tmp_path):
    asked = targets.read(
        written(tmp_path, {"kappa": ">= 0.48", "precision[Medium]": "> 22 %", "recall[High]": 0.93, "ECE": 0.05})
    )
    assert asked == [
        targets.Target("kappa", "", ">=", 0.48),
        targets.Target("precision", "Medium", ">", 0.22),
        targets.Target("recall", "High", ">=", 0.93),
        targets.Target("ece", "", "<=", 0.05),  # an error: the most that is allowed
    ]


@pytest.mark.parametrize(
    "text",
    [
        "metric,class,target\nkappa,,>= 0.48\nUsers accuracy,Medium,> 0.22\n\n",
        "\ufeffMetric;Class;Target\nkappa;;≥ 0,48\nprecision;Medium;> 0,22\n",  # as a German spreadsheet writes it
        "class,metric,target\n,kappa,0.48\nMedium,precision,> 22%\n",
    ],
)
def test_targets_are_read_from_csv(tmp_path, text):
    assert targets.read(written(tmp_path, text, "targets.csv")) == [
        targets.Target("kappa", "", ">=", 0.48),
        targets.Target("precision", "Medium", ">", 0.22),
    ]


def test_verdicts_by_hand():
    # Right 75 of 100; Medium is mapped rightly in 10 of 22 pixels, found in 10 of 20.
    asked = [
        targets.Target("overall_accuracy", "", ">=", 0.75),
        targets.Target("overall_accuracy", "", ">", 0.75),
        targets.Target("precision", "medium", ">=", 0.46),  # capitals do not matter
        targets.Target("recall", "2", "<", 0.51),  # by id
    ]
    found = targets.judge(asked, result())
    assert [v.verdict for v in found] == ["met", "missed", "missed", "met"]
    assert [v.value for v in found] == [0.75, 0.75, pytest.approx(10 / 22, abs=1e-6), 0.5]
    assert all(v.settled is None and v.interval is None for v in found)


def test_an_interval_settles_a_verdict_or_not():
    intervals = {"by": "polygons", "overall_accuracy": (0.7, 0.8), "precision": [(0.8, 0.9), (0.3, 0.4), (None, None)]}
    asked = [
        targets.Target("overall_accuracy", "", ">=", 0.69),
        targets.Target("overall_accuracy", "", ">=", 0.74),
        targets.Target("overall_accuracy", "", ">=", 0.78),
        targets.Target("overall_accuracy", "", ">=", 0.81),
        targets.Target("precision", "High", ">=", 0.5),
    ]
    found = targets.judge(asked, result(intervals=intervals))
    assert [(v.verdict, v.settled) for v in found] == [
        ("met", True), ("met", False), ("missed", False), ("missed", True), ("met", None),
    ]  # fmt: skip
    assert "does not settle it" in found[1].sentence


def test_what_is_not_determined_cannot_be_decided():
    asked = [targets.Target("rho", "", ">=", 0.58), targets.Target("ece", "", "<=", 0.1)]
    assert [(v.verdict, v.reason) for v in targets.judge(asked, result())] == [
        ("cannot be decided", "ORDINAL does not say that the classes have an order"),
        ("cannot be decided", "no PROBABILITIES were given"),
    ]
    nowhere = {"classes": CLASSES, "scores": assessment.scores(np.diag([5, 0, 5]))}
    verdict = targets.judge([targets.Target("recall", "Medium", ">=", 0.1)], nowhere)[0]
    assert (verdict.verdict, verdict.reason) == ("cannot be decided", "the reference does not determine it")


def test_area_adjusted_intervals_settle_nothing_where_neighbours_were_compared():
    adjusted = estimation.by_map_class(MATRIX, np.array([50, 20, 30])).as_dict()
    asked = [targets.Target("adjusted_accuracy", "", ">=", 0.1)]
    by = {
        name: targets.judge(asked, result(area_adjusted=adjusted, intervals={"by": name}))[0]
        for name in ("points", "polygons")
    }
    assert by["points"].settled is True
    assert by["polygons"].settled is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is no JSON"),
        ("[1]", "must hold one object"),
        ("{}", "holds no target"),
        ({"kapa": 0.5}, "'kapa', which is no metric. There are: overall_accuracy, .*precision"),
        ({"kappa": "good"}, "kappa 'good', which is no target. Write a sign and a number"),
        ({"kappa": True}, "which is no target"),
        ({"kappa": None}, "which is no target"),
        ({"kappa": "== 0.5"}, "which is no target"),
        ({"precision": 0.5}, r"a metric of each class, so name a class, such as precision\[Water\]"),
        ({"kappa[Water]": 0.5}, "a metric of the whole map, so leave out the class"),
        ({"oa": 0.5, "overall_accuracy": 0.6}, "asks twice for overall_accuracy"),
    ],
)
def test_targets_that_make_no_sense_are_refused_in_words(tmp_path, content, words):
    with pytest.raises(InputError, match=words):
        targets.read(written(tmp_path, content))


def test_a_csv_without_its_columns_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"must have the columns metric, class and target; it has name, value"):
        targets.read(written(tmp_path, "name,value\nkappa,1\n", "targets.csv"))
    with pytest.raises(InputError, match="it has none"):
        targets.read(written(tmp_path, "", "targets.csv"))


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        targets.read(tmp_path / "gone.json")
    (tmp_path / "t.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        targets.read(tmp_path / "t.json")


def test_every_score_of_an_evaluation_is_listed():
    whole = result(ordinal=assessment.ordinal_scores(MATRIX),
                   area_adjusted=estimation.by_map_class(MATRIX, np.array([50, 20, 30])).as_dict(),
                   calibration={"ece": 0.1, "maximum_error": 0.2, "brier_of_all_classes": 0.3})  # fmt: skip
    found = {(s.metric, s.class_name): s.value for s in targets.all_scores(whole)}
    assert {name for name, _ in found} == set(targets.LABELS)
    assert found["f1", "Medium"] == pytest.approx(20 / 42, abs=1e-6)
    assert found["brier", ""] == 0.3
