"""Translating tiles of another sensor into optical tiles, and on through the chain."""

import csv
import json

import numpy as np
import pytest
from tile_folders import make_tiles

torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")
pytest.importorskip("onnxruntime", reason="needs the deep-learning layer: plugin.environment install --layer deep")

from refiner_models import contents, refined, refiner_network, run, save_onnx_image, save_refiner  # noqa: E402
from tile_models import convolution  # noqa: E402

from landloom.errors import ModelError  # noqa: E402
from landloom.stages.refine_tiles import RefineTiles  # noqa: E402
from landloom.stages.translate_tiles import TranslateTiles  # noqa: E402


@pytest.fixture
def radar(tmp_path):
    """Four tiles of two channels in decibels, one of them of another size."""
    folder = tmp_path / "radar"
    for path in make_tiles(folder, 4, size=[(32, 32), (24, 40), (32, 32), (32, 32)], key="sar", channels=2):
        with np.load(path) as archive:
            decibels = (archive["sar"] * 30 - 28).astype(np.float32)
        np.savez(path, sar=decibels)
    return folder


def array(folder, name, key):
    with np.load(folder / f"{name}.npz") as archive:
        return archive[key]


def test_radar_in_decibels_becomes_what_the_network_makes_of_it(tmp_path, radar):
    network = refiner_network(2)
    network.encoder.offset.fill_(-12)
    network.encoder.scale.fill_(5)
    model = save_refiner(tmp_path / "m.landloom", network, "stage1_translated")
    done = run(TranslateTiles, model=model, tiles=radar, translated=tmp_path / "optical", batch_size=3)
    assert (done.translated_count, done.skipped_count, done.failed_count, done.warned_count) == (4, 0, 0, 0)
    for number in range(4):
        given, found = (
            array(radar, f"tile_{number:03}", "sar"),
            array(tmp_path / "optical", f"tile_{number:03}", "opt_v1"),
        )
        assert given.min() < -5, "else nothing is tested"
        assert np.abs(found - refined(network, given, number + 1, number)).max() < 1e-5
    content = json.loads((tmp_path / "optical" / "tile_002.json").read_text())
    assert (content["stage"], content["month"], content["tile_id"]) == ("stage1_translated", 3, "scene_002")
    assert content["processing"]["checkpoint"] == str(model)


def test_a_graph_of_another_program_translates_and_its_tiles_can_be_refined(tmp_path, radar):
    mixture = np.array([[1, 0], [0, 1], [0.5, 0.5], [0, 0]])
    graph = convolution(mixture[:, :, None, None])
    how = {"offset": [-28.0, -28.0], "scale": [30.0, 30.0]}
    model = save_onnx_image(tmp_path / "m.landloom", graph, 2, "stage1_translated", **how)
    run(TranslateTiles, model=model, tiles=radar, translated=tmp_path / "optical")
    for number in range(4):
        shares = (array(radar, f"tile_{number:03}", "sar").astype(float) + 28) / 30
        expected = np.einsum("ob,bhw->ohw", mixture, shares).clip(0, 1)
        assert np.abs(array(tmp_path / "optical", f"tile_{number:03}", "opt_v1") - expected).max() < 1e-5
    refiner = save_refiner(tmp_path / "r.landloom", refiner_network())
    done = run(RefineTiles, model=refiner, tiles=tmp_path / "optical", refined=tmp_path / "refined")
    assert (done.refined_count, done.failed_count) == (4, 0)
    content = json.loads((tmp_path / "refined" / "tile_002.json").read_text())
    assert (content["stage"], content["month"], content["tile_id"]) == ("stage2_refined", 3, "scene_002")


def test_tiles_of_other_channels_are_listed(tmp_path, radar):
    make_tiles(radar, 1, key="sar", channels=3)
    model = save_refiner(tmp_path / "m.landloom", refiner_network(2), "stage1_translated")
    done = run(TranslateTiles, model=model, tiles=radar, translated=tmp_path / "optical")
    assert (done.translated_count, done.failed_count) == (3, 1)
    with (tmp_path / "optical" / "failed_tiles.csv").open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["tile"], row["kind"]) == ("tile_000", "wrong shape")
    assert "(3, 32, 32)" in row["reason"]
    assert len(contents(tmp_path / "optical")) == 3


def test_a_refiner_and_a_network_without_optical_bands_are_refused(tmp_path, radar):
    given = {"tiles": radar, "translated": tmp_path / "optical"}
    with pytest.raises(ModelError, match=r"Expected: .*'sar' to 'opt_v1'.*\nFound: .*\(stage2_refined\)"):
        run(TranslateTiles, model=save_refiner(tmp_path / "m.landloom", refiner_network()), **given)
    graph = convolution(np.zeros((3, 2, 1, 1)))
    model = save_onnx_image(tmp_path / "o.landloom", graph, 2, "stage1_translated", outputs=3)
    with pytest.raises(ModelError, match="gives images of 3 bands where 4"):
        run(TranslateTiles, model=model, **given)
