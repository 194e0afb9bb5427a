"""The way of docs/tutorial.md in a real QGIS window: a whole round of mapping and reviewing."""

from __future__ import annotations


def test_a_round_of_review_makes_the_map_better(drive, headless, tmp_path):
    truth = tmp_path / "truth.tif"
    headless.run(
        "landloom:create_demo_scene",
        SIZE=384, POINTS=50, IMAGE=tmp_path / "i.tif", POLYGONS=tmp_path / "p.gpkg", REFERENCE=tmp_path / "r.gpkg",
        TRUTH=truth,
    )  # fmt: skip
    folder = tmp_path / "village"
    folder.mkdir()
    seen = drive("tutorial_steps:tutorial", folder=folder, truth=truth, unused=tmp_path / "unused.gpkg")

    assert seen["decided"] == 30
    assert seen["added"] == 30
    assert seen["after"] > seen["before"], "of 400 reference points"
    assert seen["scene_after"] > seen["scene_before"], "of all pixels"
