"""The review dock in a real QGIS window. The screenshots lie in build/screenshots to be looked at."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "qgis"))

import review_files


def test_a_review_is_made_by_keys_and_goes_on_where_it_was(drive, tmp_path):
    scene = review_files.make(tmp_path / "wo ä ö")
    given = {**scene, "project": tmp_path / "project ü.qgz", "look": "default"}
    seen = drive("review_steps:review_by_keys", **given)
    assert seen["group"] == ["Review: review"]
    assert seen["off_middle"] <= 2
    assert seen["narrowest"] <= 300
    assert seen["number"] == "Place 4"
    assert seen["typed"] == seen["note_saved"] == "s 2 nw"
    assert (seen["after_undo"], seen["next"]) == ("Place 5", "Place 6")
    assert (seen["hidden"], seen["swiping"], seen["closed"]) == (True, False, True)
    assert seen["progress"] == "4 of 6 decided"
    assert seen["without_polygons"].startswith("The project has no training polygons yet.")
    assert seen["added"].startswith("3 squares added to mine")
    assert seen["while_drawing"] == "Place 5"
    assert seen["polygons_after_undo"] == 0
    assert seen["reopened"] == "Place 5"
    rows = review_files.rows(scene["review"])
    assert Counter(row["state"] for row in rows) == {"accepted": 1, "relabelled": 4, "skipped": 1}
    assert [row["class_id"] for row in rows] == [1, 3, None, 2, 2, 2]
    assert [row["note"] for row in rows] == [None, None, None, "s 2 nw", None, None]
    assert [row["place"] for row in review_files.rows(scene["review"], "training")] == [1, 2, 4, 5, 6]


def test_places_drawn_at_random_are_decided_before_the_map_is_seen(drive, tmp_path):
    scene = review_files.make(tmp_path, design="stratified")
    second = review_files.make(tmp_path / "second")["review"]
    seen = drive("review_steps:review_blind", **scene, second=second, theme="Night Mapping", scale=2)
    assert (seen["map"], seen["shown"], seen["square"]) == ("hidden until decided", False, 0)
    assert seen["progress"] == "0 of 6 decided"
    assert seen["decided"] == ["Fields & meadows", "Accepted: Fields & meadows", True]
    assert seen["evaluate"] == {"CLASS_FIELD": "class_id", "STRATUM_FIELD": "stratum", "WEIGHT_FIELD": "weight"}
    assert review_files.rows(scene["review"], "training") == []
    assert seen["groups"] == [2, 2]
    assert (seen["places_layers"], seen["second_square"]) == (2, [3, False])
    assert {row["state"] for row in review_files.rows(second)} == {"open"}
