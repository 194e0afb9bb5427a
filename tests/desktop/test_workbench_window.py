"""The workbench in a real QGIS window."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def scene(headless, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scene")
    return headless.run(
        "landloom:create_demo_scene",
        SIZE=384,
        POINTS=50,
        IMAGE=folder / "image.tif",
        POLYGONS=folder / "polygons.gpkg",
        REFERENCE=folder / "reference.gpkg",
    )


def test_the_workbench_leads_from_image_and_polygons_to_a_map(drive, scene, tmp_path):
    folder = tmp_path / "project ü"
    folder.mkdir()
    seen = drive("workbench_steps:way_to_a_map", image=scene["IMAGE"], polygons=scene["POLYGONS"], folder=folder)
    assert seen["enabled"] == [False, False, False, False, False]
    assert "84 polygons in 5 classes" in seen["texts"][0]
    assert "samples of 84 polygons in 5 classes" in seen["texts"][1]
    assert "right on what was held out" in seen["texts"][2]
    # 384 × 384 pixels of 10 m are 1475 ha; some of the demo scene is under cloud
    assert "ha mapped" in seen["texts"][3]
    assert {"samples.parquet", "model.landloom", "map.tif", "uncertainty.tif"} <= set(seen["files"])
    assert seen["model_first"] == str(folder / "landloom" / "model.landloom")
    assert seen["again"] == seen["texts"]
    assert "changed" in seen["outdated"]


def test_the_window_answers_within_a_fifth_of_a_second_while_a_job_runs(drive, headless, scene, tmp_path):
    samples, model = tmp_path / "samples.parquet", tmp_path / "model.landloom"
    headless.run(
        "landloom:extract_samples",
        IMAGES=scene["IMAGE"], POLYGONS=scene["POLYGONS"], CLASS_FIELD="class_id", SAMPLES=samples,
    )  # fmt: skip
    headless.run("landloom:train_random_forest", SAMPLES=samples, TREES=300, VALIDATION="none", MODEL=model)
    seen = drive("workbench_steps:gaps_while_mapping", image=scene["IMAGE"], model=model)
    assert seen["state"] == "done"
    assert seen["lasted"] > 1
    assert seen["longest"] < 0.2
