"""Mapping tile files: by networks and forests, with the model's bands and unit."""

import json

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from tile_folders import make_tiles

torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")
pytest.importorskip("onnxruntime", reason="needs the deep-learning layer: plugin.environment install --layer deep")

from refiner_models import contents, refiner_network, run, save_refiner  # noqa: E402
from segmentation_models import make_network, save_segmentation  # noqa: E402
from tile_models import card_for, convolution, convolved, kernels, save_onnx  # noqa: E402

from landloom import formulas, models  # noqa: E402
from landloom.errors import InputError, ModelError, ParameterError  # noqa: E402
from landloom.forest.arrays import ForestArrays  # noqa: E402
from landloom.refinement import classifying, faster  # noqa: E402
from landloom.stages.predict_tiles import PredictTiles  # noqa: E402

NAMES = ("B2", "B3", "B4", "B8")
# Reflectance as it is, and a convolution of 5 × 5 pixels that looks at it.
PLAIN = {"offset": [0.0] * 4, "scale": [1.0] * 4}


@pytest.fixture
def case(tmp_path):
    """Five refined tiles of three sizes; PredictTiles is given `tiles` and `mapped`."""
    make_tiles(tmp_path / "tiles", 5, size=[(40, 40), (24, 56), (70, 33)], key="opt_v2")
    return {"tiles": tmp_path / "tiles", "mapped": tmp_path / "Klassen der Kacheln"}


def arrays(folder):
    found = {}
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as archive:
            found[path.stem] = dict(archive)
    return found


def plain(folder, weights, names=NAMES, dtype="float32", **more):
    return save_onnx(
        folder / "m.landloom", convolution(weights, sizes=("n", "h", "w")), len(weights), names, dtype=dtype,
        network={**PLAIN, **more},
    )  # fmt: skip


def clear(shares):
    """Where the best class is so by more than rounding."""
    ranked = np.sort(shares, axis=0)
    return ranked[-1] - ranked[-2] > 1e-5


def test_each_pixel_gets_the_class_that_the_graph_finds_most_likely(case, tmp_path):
    weights = kernels(channels=4) * 4
    done = run(PredictTiles, model=plain(tmp_path, weights, offset=[0.5] * 4), **case, probabilities=True, batch_size=2)
    assert (done.mapped_count, done.failed_count, done.halved_batches) == (5, 0, 0)
    given, found = arrays(case["tiles"]), arrays(case["mapped"])
    assert set(found) == set(given)
    for name, tile in found.items():
        shares = convolved(weights, given[name]["opt_v2"] - 0.5)
        assert tile["probabilities"].dtype == np.float32
        assert np.abs(tile["probabilities"] - shares).max() < 1e-5
        sure = clear(shares)
        assert tile["classes"].dtype == np.uint8
        assert np.array_equal(tile["classes"][sure], shares.argmax(axis=0)[sure] + 1)
    assert len(np.unique(np.concatenate([tile["classes"].ravel() for tile in found.values()]))) == 3
    content = json.loads((case["mapped"] / "tile_003.json").read_text())
    assert (content["stage"], content["month"], content["tile_id"]) == ("stage3_classified", 4, "scene_003")
    assert [(c["id"], c["name"]) for c in content["classes"]] == [(1, "Class 1"), (2, "Class 2"), (3, "Class 3")]


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (("B8", "B4", "B3", "B2"), [3, 2, 1, 0]),
        (("NIR", "red", "Green"), [3, 2, 1]),
        (("a", "b", "c", "d"), [0, 1, 2, 3]),
    ],
)
def test_bands_are_matched_by_name_or_else_by_order(case, tmp_path, names, order):
    weights = kernels(channels=len(names)) * 4
    model = save_onnx(
        tmp_path / "m.landloom", convolution(weights), 3, names, dtype="float32",
        network={"offset": [0.0] * len(names), "scale": [1.0] * len(names)},
    )  # fmt: skip
    done = run(PredictTiles, model=model, **case, probabilities=True)
    given, found = (arrays(case[key])["tile_002"] for key in ("tiles", "mapped"))
    assert np.abs(found["probabilities"] - convolved(weights, given["opt_v2"][order])).max() < 1e-5
    assert any("in this order" in text for text in done.warnings) is (names[0] == "a")


@pytest.mark.parametrize("names", [("B2", "B3", "B4", "B11"), ("a", "b", "c")])
def test_bands_that_the_tiles_do_not_have_are_refused(case, tmp_path, names):
    channels = len(names)
    model = save_onnx(tmp_path / "m.landloom", convolution(kernels(channels=channels)), 3, names)
    with pytest.raises(ModelError, match=r"needs bands that the tiles do not have: (B11|a, b, c)\.\nExpected"):
        run(PredictTiles, model=model, **case)
    assert not case["mapped"].exists()


@pytest.mark.parametrize(
    ("dtype", "scale", "used"), [("uint16", None, 10_000), ("float32", None, 1), ("uint8", 255, 255)]
)
def test_reflectance_is_brought_to_the_unit_that_the_model_has_learnt_from(case, tmp_path, dtype, scale, used):
    weights = kernels(channels=4) * 4
    how = {"offset": [0.3 * used] * 4, "scale": [0.2 * used] * 4}
    done = run(
        PredictTiles, model=plain(tmp_path, weights, dtype=dtype, **how), **case, scale=scale, probabilities=True
    )
    given, found = (arrays(case[key])["tile_000"] for key in ("tiles", "mapped"))
    expected = convolved(weights, (given["opt_v2"].astype(float) - 0.3) / 0.2)
    assert np.abs(found["probabilities"] - expected).max() < 1e-4
    assert any("× 10000" in text for text in done.warnings) is (used == 10_000)


def test_a_unit_that_nothing_tells_must_be_given(case, tmp_path):
    with pytest.raises(ParameterError, match=r"SCALE must be given.*uint8"):
        run(PredictTiles, model=plain(tmp_path, kernels(channels=4), dtype="uint8"), **case)


def test_a_network_of_one_tile_size_maps_tiles_of_all_sizes_without_seams(case, tmp_path):
    """The convolution looks 2 pixels far; the outer quarter of the overlap of 8 pixels, which is 2, does not count."""
    weights = kernels(channels=4) * 4
    model = save_onnx(
        tmp_path / "m.landloom", convolution(weights, sizes=("n", 32, 32)), 3, NAMES, dtype="float32", tile=32,
        network={**PLAIN, "input_shape": [0, 4, 32, 32]},
    )  # fmt: skip
    done = run(PredictTiles, model=model, **case, probabilities=True)
    assert (done.mapped_count, done.failed_count) == (5, 0)
    given, found = arrays(case["tiles"]), arrays(case["mapped"])
    for name, tile in found.items():
        shares = convolved(weights, given[name]["opt_v2"])
        if min(shares.shape[1:]) >= 32:  # a smaller one is mirrored, which the graph sees at its border
            assert np.abs(tile["probabilities"] - shares).max() < 1e-5
        assert tile["probabilities"].shape == shares.shape
        assert np.abs(tile["probabilities"].sum(axis=0) - 1).max() < 1e-5


def test_very_large_tiles_are_worked_on_in_parts(case, tmp_path, monkeypatch):
    monkeypatch.setattr(classifying, "LARGEST_WHOLE", 40)
    weights = kernels(channels=4) * 4
    model = save_onnx(tmp_path / "m.landloom", convolution(weights), 3, NAMES, dtype="float32", tile=32, network=PLAIN)
    run(PredictTiles, model=model, **case, probabilities=True)
    given, found = (arrays(case[key])["tile_002"] for key in ("tiles", "mapped"))
    assert found["classes"].shape == (70, 33), "else nothing is tested"
    inner = (slice(None), slice(None), slice(2, -2))
    expected = convolved(weights, given["opt_v2"])
    assert np.abs(found["probabilities"][inner] - expected[inner]).max() < 1e-5


@pytest.mark.parametrize("engine", ["PyTorch", "ONNX Runtime"])
def test_a_segmentation_network_of_ours_maps_as_by_itself(case, tmp_path, monkeypatch, engine):
    if engine == "ONNX Runtime":
        monkeypatch.setattr(faster, "WORTH", 2)
        case["tiles"] = tmp_path / "squares"
        make_tiles(case["tiles"], 3, size=64, key="opt_v2")
    network = make_network()
    model = save_segmentation(tmp_path / "m.landloom", network, nodata=None)
    done = run(PredictTiles, model=model, **case, probabilities=True)
    told = [event["text"] for event in done.events if event["type"] == "message"]
    assert ("Tiles are computed by ONNX Runtime." in told) is (engine == "ONNX Runtime")
    given, found = arrays(case["tiles"]), arrays(case["mapped"])
    for name, tile in found.items():
        values = torch.from_numpy(given[name]["opt_v2"][np.newaxis] * np.float32(10_000))
        with torch.inference_mode():
            shares = network(values)[0].softmax(0).numpy()
        assert np.abs(tile["probabilities"] - shares).max() < 1e-4
        sure = clear(shares)
        assert np.array_equal(tile["classes"][sure], np.array([1, 2, 5])[shares.argmax(axis=0)][sure])


def test_a_forest_maps_as_scikit_learn_does_with_bands_and_features(case, tmp_path):
    def columns(values):
        blue, red, nir = values[[0, 2, 3]].astype(float).reshape(3, -1)
        return np.stack([nir, blue, (nir - red) / (nir + red)]).T.astype(np.float32)

    random = np.random.default_rng(0)
    pixels = random.uniform(0, 10_000, (4, 400))
    forest = RandomForestClassifier(15, max_depth=6, random_state=0)
    forest.fit(columns(pixels), np.where(pixels[3] > pixels[2], np.where(pixels[0] > 4000, 300, 7), 2))
    card = card_for(
        ("B8", "B2", "B4"), 3, {}, kind="random_forest", inputs=("B8", "B2"),
        features=formulas.parse("NDVI = (B8 - B4) / (B8 + B4)", ["B8", "B2", "B4"]),
        classes=models.classes.make_table({"id": i, "name": str(i)} for i in (2, 7, 300)),
    )  # fmt: skip
    models.save(tmp_path / "m.landloom", card, ForestArrays.from_sklearn(forest).as_dict())
    run(PredictTiles, model=tmp_path / "m.landloom", **case, probabilities=True)
    given, found = arrays(case["tiles"]), arrays(case["mapped"])
    for name, tile in found.items():
        seen = columns(given[name]["opt_v2"] * np.float32(10_000))
        assert tile["classes"].dtype == np.uint16
        assert np.array_equal(tile["classes"].ravel(), forest.predict(seen))
        assert np.allclose(tile["probabilities"].reshape(3, -1).T, forest.predict_proba(seen), atol=1e-6)
    plainly = {**case, "mapped": tmp_path / "plain"}
    run(PredictTiles, model=tmp_path / "m.landloom", **plainly)
    assert {name: list(tile) for name, tile in arrays(tmp_path / "plain").items()} == {
        name: ["classes"] for name in found
    }


def test_tiles_that_are_done_are_skipped_unless_probabilities_are_missing(case, tmp_path):
    model = plain(tmp_path, kernels(channels=4))
    assert run(PredictTiles, model=model, **case).mapped_count == 5
    assert run(PredictTiles, model=model, **case).skipped_count == 5
    assert run(PredictTiles, model=model, **case, probabilities=True).mapped_count == 5
    assert run(PredictTiles, model=model, **case, probabilities=True).skipped_count == 5


def test_bad_tiles_are_listed_and_no_metadata_are_needed(case, tmp_path):
    (case["tiles"] / "tile_001.json").unlink()
    np.savez(case["tiles"] / "tile_004.npz", opt_v1=np.zeros((4, 8, 8), np.float32))
    done = run(PredictTiles, model=plain(tmp_path, kernels(channels=4)), **case)
    assert (done.mapped_count, done.failed_count) == (4, 1)
    assert "tile_004,no key," in (case["mapped"] / "failed_tiles.csv").read_text(encoding="utf-8")
    assert not any("Metadata" in text for text in done.warnings)
    content = json.loads((case["mapped"] / "tile_001.json").read_text())
    assert set(content) == {"classes", "stage", "timestamp", "processing"}


def test_the_array_can_be_chosen(case, tmp_path):
    model = plain(tmp_path, kernels(channels=4))
    with pytest.raises(InputError, match="'opt_v1', but opt_v2"):
        run(PredictTiles, model=model, **case, key="opt_v1")
    make_tiles(tmp_path / "rough", 2, key="opt_v1")
    assert run(PredictTiles, model=model, **{**case, "tiles": tmp_path / "rough"}, key="opt_v1").mapped_count == 2


def test_a_model_of_something_else_is_refused(case, tmp_path):
    model = save_refiner(tmp_path / "m.landloom", refiner_network())
    with pytest.raises(ModelError, match=r"Expected: a model for land cover.*\nFound: a model of the kind 'refiner'"):
        run(PredictTiles, model=model, **case)
    with pytest.raises(ParameterError, match=r"\.landloom"):
        run(PredictTiles, model=tmp_path / "m.pth", **case)
    assert not contents(tmp_path / "Klassen der Kacheln")
