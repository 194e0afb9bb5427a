"""The algorithm dialogs in a real QGIS window."""

from __future__ import annotations

import json
import shlex
import subprocess

import driving
import pytest


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """A small scene, a model of it, and a folder that looks like a tile data set."""
    folder = tmp_path_factory.mktemp("Daten ä")
    names = ("image.tif", "polygons.gpkg", "reference.gpkg", "samples.parquet", "model.landloom")
    image, polygons, reference, samples, model = (folder / name for name in names)
    # One process for all: to start takes longer than the work.
    stages = [
        ["create_demo_scene", "--size=256", "--points=10", f"--image={image}", f"--polygons={polygons}",
         f"--reference={reference}"],
        ["extract_samples", f"--images={image}", f"--polygons={polygons}", "--class-field=class_id",
         f"--samples={samples}"],
        ["train_random_forest", f"--samples={samples}", "--trees=10", "--validation=none", f"--model={model}"],
    ]  # fmt: skip
    program = (
        "import sys, json; from landloom import cli; sys.exit(any([cli.main(s) for s in json.loads(sys.argv[1])]))"
    )
    command = [driving.HOME / "environment/bin/python", "-c", program, json.dumps(stages)]
    subprocess.run(command, cwd=driving.ROOT, check=True, stdout=subprocess.DEVNULL)
    tiles = folder / "tiles"
    (tiles / "metadata").mkdir(parents=True)
    classes = [
        {"id": number, "name": name, "colour": colour}
        for number, name, colour in ((1, "Low", "#fde725"), (2, "Medium", "#21918c"), (3, "High", "#440154"))
    ]
    config = {"tile_size": 256, "classes": classes}
    (tiles / "metadata/tiles_config.json").write_text(json.dumps(config), encoding="utf-8")
    (tiles / "metadata/tiles.csv").write_text("tile_id,part\na,train\nb,train\nc,val\n", encoding="utf-8")
    return {"image": image, "model": model, "tiles": tiles}


def test_bands_weights_and_encoders_are_chosen_by_mouse_and_keys_and_runs_are_learnt_from(drive, scene):
    seen = drive("dialog_steps:story", **scene)
    assert seen["dragged"] == "B3, B2, B4, B8, B11, B12"
    assert seen["unticked"] == "B3, B2, B4, B8, B11"
    assert seen["moved"] == "B2, B3, B4, B8, B11"
    assert seen["encoder"] == "efficientnet-b4"
    assert seen["weights"] == "1, 1, 2.5"
    assert "very roughly" in seen["first"]
    assert "GiB" in seen["first"]
    assert "about" in seen["second"]
    if "command" in seen:  # newer versions of QGIS have their own
        assert f"MODEL={scene['model']}" in shlex.split(seen["command"])


def test_dialogs_on_a_dark_screen_with_small_pixels(drive, scene):
    drive("dialog_steps:looks", **scene, name="dark", theme="Night Mapping", scale=2)


def test_a_dialog_without_environment_leads_to_the_set_up(drive, tmp_path):
    seen = drive("dialog_steps:unready", home=tmp_path / "empty")
    assert "missing" in seen["said"]
    assert not seen["runs"]
    assert seen["still said"]
