"""The training monitor in a real QGIS window: it comes by itself, and a training ends early with its best network."""

from __future__ import annotations

import pytest
from headless import installed_layers


@pytest.fixture(scope="module")
def data(headless, tmp_path_factory):
    if "deep" not in installed_layers():
        pytest.skip("the environment was set up without the deep-learning packages")
    folder = tmp_path_factory.mktemp("monitor ü")
    demo = headless.run(
        "landloom:create_demo_scene", SIZE=384, POINTS=50,
        **{name: folder / f"{name}.tif" for name in ("IMAGE", "RISK")},
        **{name: folder / f"{name}.gpkg" for name in ("POLYGONS", "REFERENCE")},
    )  # fmt: skip
    made = headless.run(
        "landloom:build_patch_dataset",
        IMAGES=demo["IMAGE"],
        POLYGONS=demo["POLYGONS"],
        CLASS_FIELD="class_id",
        DATASET=folder / "patches",
    )
    return made["DATASET"]


@pytest.mark.parametrize(("name", "more"), [("", {}), ("_dark_2x", {"theme": "Night Mapping", "scale": 2})])
def test_a_training_from_the_toolbox_is_shown_and_ends_early_with_its_best_network(drive, data, tmp_path, name, more):
    seen = drive(
        "monitor_steps:stop_and_keep_the_best", algorithm="train_patch_classifier", DATASET=data, EPOCHS=500,
        PATIENCE=500, MODEL=tmp_path / "modell ü.landloom", REPORT=tmp_path / "report.html",
        name=name, **more,
    )  # fmt: skip
    assert seen["asked"]["enabled"] is False
    assert "best epoch" in seen["asked"]["note"]
    assert seen["state"] == "done"
    assert seen["model"]
    assert seen["report"], "the report can be opened"
    assert seen["plots"] == ["Loss", "Accuracy in validation"]
    assert seen["outputs"]["epochs_run"] == seen["epochs"] < 500
    assert seen["outputs"]["best_epoch"] == seen["best"]
