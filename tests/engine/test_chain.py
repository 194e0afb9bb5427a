"""The main job end to end on the tiny scene."""

import json

import numpy as np
import rasterio


def test_polygons_become_a_map_that_matches_the_truth(scene, model, run):
    done = run("predict", model=model, images=scene.image, map=scene.folder / "map.tif")
    with rasterio.open(done.map) as dataset:
        mapped = dataset.read(1)
        assert dataset.nodata == 0
        assert dataset.tags(1)["CLASS_2"] == "Forest"
    # The classes' spectra are some three standard deviations of the noise apart in each band.
    assert np.mean(mapped == scene.truth) > 0.97
    assert done.mapped_pixels == scene.truth.size
    assert abs(done.mapped_hectares - scene.truth.size * 0.01) < 0.002 * scene.truth.size * 0.01


def test_every_output_says_what_made_it(scene, model, run):
    run("predict", model=model, images=scene.image, map=scene.folder / "map.tif")
    made = json.loads((scene.folder / "map.tif.json").read_text())
    assert made["made_by"]["stage"] == "predict"
    assert made["inputs"]["images"][0]["source"] == str(scene.image)
    assert len(made["inputs"]["model"][0]["sha256"]) == 64
    assert made["parameters"]["memory"] == 1024
    assert made["versions"]["landloom"] == made["versions"]["landloom"].strip() != ""
