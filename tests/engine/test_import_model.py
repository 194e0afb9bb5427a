"""ONNX files of any origin as models to map with."""

import json

import numpy as np
import onnx
import pytest
import rasterio
import torch
from conftest import BANDS, class_image, reflectance, write_raster
from onnx import TensorProto, helper, numpy_helper
from rasterio.crs import CRS
from segmentation_models import foreign, make_network, node, properties, run, save_segmentation

from landloom import models, predictors
from landloom.classes import ClassTable
from landloom.errors import LandloomError, ModelError, ParameterError
from landloom.networks.refiner import Design, RefinerNetwork
from landloom.networks.weights import as_arrays
from landloom.rasters import Band
from landloom.refinement.predictors import open_images
from landloom.refinement.steps import REFINEMENT, TRANSLATION

DEEPNESS = {
    "model_type": "Segmentor",
    "class_names": {"0": "road", "1": "water", "2": "wood"},
    "resolution": 50,
    "tile_size": 32,
    "tiles_overlap": 25,
    "standardization_mean": [0.5, 0.25, 0.125],
    "standardization_std": [0.5, 0.2, 0.1],
}
ALL_GIVEN = {"classes": "1:a;2:b;3:c", "division": 255, "tile_size": 32, "pixel_size": 10}


def imported(path, **values):
    """The outputs of the stage, the card and the weights."""
    made = run("import", onnx=path, model=path.with_suffix(".landloom"), **values)
    return made, *models.load(made.model)


def test_an_exported_model_comes_back_with_its_card_and_maps_the_same(tmp_path):
    pixels = reflectance(class_image())
    pixels[:, 20:60, 70:90] = 0
    image = write_raster(tmp_path / "image.tif", pixels, 0, names=BANDS)
    original = save_segmentation(tmp_path / "a.landloom", make_network(ordinal=True))
    run("export", model=original, card=tmp_path / "a.md", onnx=tmp_path / "b.onnx")
    _, card, _ = imported(tmp_path / "b.onnx")
    before, _ = models.load(original)
    for field in ("bands", "inputs", "classes", "pixel_size", "crs", "training", "parameters", "metrics", "versions"):
        assert getattr(card, field) == getattr(before, field)
    assert (card.kind, card.network["tile_size"], card.network["overlap"]) == ("onnx", 64, 16)
    for name in "ab":
        run("predict", model=tmp_path / f"{name}.landloom", images=[str(image)], map=tmp_path / f"{name}.tif",
            probabilities=tmp_path / f"{name}_p.tif", probability_type="float", jobs=1)  # fmt: skip
    with rasterio.open(tmp_path / "a_p.tif") as a, rasterio.open(tmp_path / "b_p.tif") as b:
        assert np.nanmax(np.abs(a.read() - b.read())) < 1e-5
    with rasterio.open(tmp_path / "a.tif") as a, rasterio.open(tmp_path / "b.tif") as b:
        assert np.array_equal(a.read(), b.read()) and len(np.unique(a.read())) >= 3


def test_where_a_model_was_trained_comes_along(tmp_path):
    network = make_network()
    path = save_segmentation(tmp_path / "a.landloom", network)
    card, weights = models.load(path)
    outline = np.arange(20, dtype=np.uint8)
    models.save(path, card, {**weights, "training_area": outline})
    run("export", model=path, card=tmp_path / "a.md", onnx=tmp_path / "b.onnx")
    assert np.array_equal(imported(tmp_path / "b.onnx")[2]["training_area"], outline)


def test_a_model_made_for_deepness_needs_nothing_but_its_file(tmp_path):
    path = foreign(tmp_path / "theirs.onnx", node("Softmax", axis=1), metadata=DEEPNESS)
    made, card, _ = imported(path)
    assert [(c.id, c.name) for c in card.classes] == [(0, "road"), (1, "water"), (2, "wood")]
    # Deepness: (pixel / 255 - mean) / deviation = (pixel - 255 mean) / (255 deviation).
    assert np.allclose(card.network["offset"], [127.5, 63.75, 31.875])
    assert np.allclose(card.network["scale"], [127.5, 51, 25.5])
    assert (card.network["tile_size"], card.network["overlap"]) == (32, 8)
    assert card.network["input_shape"] == [0, 3, 32, 32]
    assert card.pixel_size == (0.5, 0.5) and CRS.from_wkt(card.crs).units_factor[1] == 1
    assert made.output_kind == "probabilities"
    assert any("band_1" not in text and "in their order" in text for text in made.warnings)

    pixels = np.random.default_rng(1).integers(0, 256, (1, 3, 32, 32)).astype(np.float32)
    fed = (pixels / 255 - np.reshape([0.5, 0.25, 0.125], (3, 1, 1))) / np.reshape([0.5, 0.2, 0.1], (3, 1, 1))
    expected = np.exp(fed) / np.exp(fed).sum(axis=1, keepdims=True)
    _, predictor = predictors.open_model(made.model)
    assert np.abs(predictor.probabilities(pixels) - expected).max() < 1e-5


def test_exported_again_it_says_the_same(tmp_path):
    path = foreign(tmp_path / "theirs.onnx", node("Softmax", axis=1), metadata=DEEPNESS)
    imported(path)
    run("export", model=tmp_path / "theirs.landloom", card=tmp_path / "c.md", onnx=tmp_path / "again.onnx")
    found = {key: json.loads(value) for key, value in properties(tmp_path / "again.onnx").items()}
    for key, value in DEEPNESS.items():
        assert found[key] == (pytest.approx(value) if isinstance(value, list) else value)


def test_names_as_python_writes_them_and_the_documented_key_of_the_tile_are_understood(tmp_path):
    metadata = {**DEEPNESS, "class_names": "{0: 'road', 2: 'wood', 1: 'water'}", "tiles_size": 64}
    del metadata["tile_size"]
    path = foreign(tmp_path / "theirs.onnx", node("Softmax", axis=1), size=None, metadata=metadata)
    _, card, _ = imported(path)
    assert card.classes.names == ["road", "water", "wood"]
    assert card.network["tile_size"] == 64 and card.network["input_shape"] is None


def test_a_single_channel_with_sigmoid_is_two_classes(tmp_path):
    path = foreign(
        tmp_path / "binary.onnx", node("ReduceMean", "in axes", "mean", keepdims=1), node("Sigmoid", "mean"),
        initializers=[numpy_helper.from_array(np.array([1]), "axes")],
        metadata={**DEEPNESS, "class_names": {"0": "building"}},
    )  # fmt: skip
    made, card, _ = imported(path)
    assert card.classes.names == ["background", "building"]
    _, predictor = predictors.open_model(made.model)
    pixels = np.full((1, 3, 32, 32), 255, np.float32)
    share = 1 / (1 + np.exp(-np.mean([(1 - 0.5) / 0.5, (1 - 0.25) / 0.2, (1 - 0.125) / 0.1])))
    assert np.allclose(predictor.probabilities(pixels)[0, :, 0, 0], [1 - share, share], atol=1e-5)


def test_class_numbers_are_taken_as_places_in_the_class_table(tmp_path):
    path = foreign(
        tmp_path / "labels.onnx", node("ArgMax", axis=1, keepdims=0), output_type=TensorProto.INT64, output_rank=3
    )
    made, card, _ = imported(path, **{**ALL_GIVEN, "classes": "10:a;20:b;30:c", "division": 1})
    assert card.network["output"] == "classes"
    _, predictor = predictors.open_model(made.model)
    pixels = np.zeros((1, 3, 32, 32), np.float32)
    pixels[:, 2] = 5
    assert predictor.class_ids[predictor.probabilities(pixels).argmax(1)].tolist() == np.full((1, 32, 32), 30).tolist()


def test_parameters_count_more_than_what_the_file_says(tmp_path):
    path = foreign(tmp_path / "theirs.onnx", node("Softmax", axis=1), metadata=DEEPNESS)
    made, card, _ = imported(
        path, bands="red,green,blue", classes="4:A:#112233;5:B;9:C", division=10_000, mean="0.1",
        deviation="0.2,0.3,0.4", pixel_size=3, overlap=4,
    )  # fmt: skip
    assert [b.name for b in card.bands] == ["red", "green", "blue"]
    assert (card.classes.ids, next(iter(card.classes)).colour) == ([4, 5, 9], "#112233")
    assert np.allclose(card.network["offset"], [1000] * 3) and np.allclose(card.network["scale"], [2000, 3000, 4000])
    assert (card.network["overlap"], card.pixel_size) == (4, (3, 3))
    assert not made.warnings


def test_bands_and_pixel_size_may_come_from_an_image(tmp_path):
    image = write_raster(tmp_path / "image.tif", np.ones((4, 8, 8), np.int16), -1, names=BANDS)
    path = foreign(tmp_path / "theirs.onnx", node("Softmax", axis=1))
    _, card, _ = imported(
        path, images=[str(image)], bands="B4,B3,B2", classes="1:a;2:b;3:c", division=1e4
    )  # fmt: skip
    assert [(b.name, b.dtype, b.nodata) for b in card.bands] == [(n, "int16", -1) for n in ("B4", "B3", "B2")]
    assert card.pixel_size == (10, 10) and CRS.from_wkt(card.crs).to_epsg() == 32633


def test_of_several_outputs_the_first_is_used_and_the_others_are_told(tmp_path):
    nodes = (node("Softmax", axis=1), node("Neg", "in", "second"))
    made, card, _ = imported(foreign(tmp_path / "two.onnx", *nodes, outputs=("out", "second")), **ALL_GIVEN)
    assert card.network["output"] == "probabilities"
    assert any("second" in text for text in made.warnings)


@pytest.mark.parametrize(
    ("missing", "named"),
    [("classes", "CLASSES"), ("division", "DIVISION"), ("tile_size", "TILE_SIZE"), ("pixel_size", "PIXEL_SIZE")],
)
def test_what_is_missing_is_named(tmp_path, missing, named):
    path = foreign(tmp_path / "bare.onnx", node("Softmax", axis=1), size=None)
    given = {key: value for key, value in ALL_GIVEN.items() if key != missing}
    with pytest.raises(ParameterError, match=named):
        imported(path, **given)
    assert not path.with_suffix(".landloom").exists()


HOSTILE = {
    "text": (lambda p: p.write_bytes(b"hello, I am no graph"), "no ONNX graph"),
    "empty": (lambda p: p.write_bytes(b""), "no ONNX graph"),
    "rank 3": (lambda p: foreign(p, node("Identity"), input_shape=["n", 3, 32], output_rank=3), "3 dimensions"),
    "channels last": (lambda p: foreign(p, node("Identity"), input_shape=["n", 32, 32, 3]), "channels last"),
    "oblong": (lambda p: foreign(p, node("Identity"), input_shape=["n", 3, 32, 64]), "not square"),
    "bytes": (lambda p: foreign(p, node("Cast", to=1), input_type=TensorProto.UINT8), "type uint8"),
    "classifier": (lambda p: foreign(p, node("GlobalAveragePool")), "no class a pixel"),
    "half the size": (lambda p: foreign(p, node("MaxPool", kernel_shape=[2, 2], strides=[2, 2])), "no class a pixel"),
    "not finite": (lambda p: foreign(p, node("Log")), "not finite"),
    "detector": (lambda p: foreign(p, node("Softmax", axis=1), metadata={"model_type": "Detector"}), "is a Detector"),
    "strange operator": (
        lambda p: p.write_bytes(
            helper.make_model(
                helper.make_graph(
                    [helper.make_node("Magic", ["in"], ["out"], domain="my.company")], "g",
                    [helper.make_tensor_value_info("in", 1, [1, 3, 32, 32])],
                    [helper.make_tensor_value_info("out", 1, [1, 3, 32, 32])],
                ),
                opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid("my.company", 1)], ir_version=9,
            ).SerializeToString()
        ),
        "my.company",
    ),
    "names with a gap": (
        lambda p: foreign(p, node("Softmax", axis=1), metadata={**DEEPNESS, "class_names": {"0": "a", "2": "b"}}),
        "'class_names' cannot be understood",
    ),
    "damaged card": (
        lambda p: foreign(p, node("Softmax", axis=1), metadata={**DEEPNESS, "landloom": {"card": 3}}),
        "'landloom'.*damaged",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_what_cannot_be_mapped_with_is_refused(tmp_path, what):
    write, message = HOSTILE[what]
    path = tmp_path / "bad ü.onnx"
    write(path)
    with pytest.raises(ModelError, match=message) as raised:
        imported(path, **ALL_GIVEN)
    assert str(path) in str(raised.value)
    assert [p.name for p in tmp_path.iterdir()] == ["bad ü.onnx"]


def test_weights_in_another_file_are_refused(tmp_path):
    path = tmp_path / "outside.onnx"
    weight = numpy_helper.from_array(np.ones((3, 3, 1, 1), np.float32), "w")
    model = onnx.load(foreign(path, node("Conv", "in w"), initializers=[weight]))
    onnx.save(model, path, save_as_external_data=True, size_threshold=0, location="secret.bin")
    with pytest.raises(ModelError, match=r"other files|secret\.bin"):
        imported(path, **ALL_GIVEN)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"classes": "1:a;2:b"}, "knows 3 classes, but 2 were given"),
        ({"bands": "red,green"}, "takes 3 channels, but 2 bands"),
        ({"tile_size": 64}, "tiles of 32 pixels alone"),
        ({"overlap": 32}, "less than the tile"),
        ({"mean": "0,0", "deviation": "1,1"}, "MEAN has 2 numbers"),
        ({"mean": "0"}, "both MEAN and DEVIATION"),
        ({"mean": "0,x,1", "deviation": "1"}, "numbers separated by commas"),
        ({"mean": "0", "deviation": "0"}, "above 0"),
        ({"output": "classes"}, "OUTPUT is classes"),
        ({"bands": "a,a,b"}, "twice"),
    ],
)
def test_what_does_not_fit_the_network_is_refused_with_its_name(tmp_path, given, message):
    path = foreign(tmp_path / "theirs.onnx", node("Softmax", axis=1))
    with pytest.raises(LandloomError, match=message):
        imported(path, **{**ALL_GIVEN, **given})
    assert not path.with_suffix(".landloom").exists()


def test_a_batch_of_fixed_size_is_filled_up(tmp_path):
    path = foreign(tmp_path / "four.onnx", node("Softmax", axis=1), input_shape=[4, 3, 32, 32])
    made, card, _ = imported(path, **{**ALL_GIVEN, "division": 1})
    assert card.network["input_shape"] == [4, 3, 32, 32]
    _, predictor = predictors.open_model(made.model)
    assert predictor.probabilities(np.zeros((6, 3, 32, 32), np.float32)).shape == (6, 3, 32, 32)


def test_numbers_from_0_to_1_that_do_not_add_up_are_told(tmp_path):
    made, card, _ = imported(foreign(tmp_path / "s.onnx", node("Sigmoid")), **ALL_GIVEN)
    assert card.network["output"] == "probabilities"
    assert any("do not add up" in text for text in made.warnings)


def test_scores_of_any_size_are_logits(tmp_path):
    made, card, _ = imported(foreign(tmp_path / "l.onnx", node("Identity")), **{**ALL_GIVEN, "division": 1})
    assert card.network["output"] == "logits"
    _, predictor = predictors.open_model(made.model)
    pixels = torch.randn(1, 3, 32, 32)
    assert np.allclose(predictor.probabilities(pixels.numpy()), pixels.softmax(1).numpy(), atol=1e-5)


# --- networks that give images ------------------------------------------------------------------


def image_network(path, *nodes, channels=4, **more):
    """A network of another program that gives four bands."""
    return foreign(path, *(nodes or [node("Sigmoid")]), channels=channels, **more)


def images_of(path, step, values, months=(6,), biomes=(0,)):
    """What Refine tiles and Translate tiles compute with an imported model."""
    _, predictor = open_images(path, step, "cpu", mixed_precision=False)
    return predictor.images(values, np.array(months), np.array(biomes))


def test_a_network_that_gives_images_refines_tiles(tmp_path):
    path = image_network(tmp_path / "theirs.onnx", node("Tanh"))
    made, card, _ = imported(
        path, output="image", division=0.5, mean="0.2,0.4,0.6,0.8", deviation="2", output_range="-1,1"
    )
    assert (made.output_kind, made.band_count, made.class_count, made.model_tile_size) == ("image", 4, 0, 32)
    assert card.kind == "onnx_image" and [band.name for band in card.bands] == ["B02", "B03", "B04", "B08"]
    assert card.network["stage"] == "stage2_refined"
    assert (card.network["input_key"], card.network["output_key"]) == ("opt_v1", "opt_v2")
    values = np.random.default_rng(0).uniform(0, 1, (1, 4, 32, 32)).astype(np.float32)
    fed = (values / 0.5 - np.reshape([0.2, 0.4, 0.6, 0.8], (4, 1, 1))) / 2
    found = images_of(made.model, REFINEMENT, values)
    np.testing.assert_allclose(found, (np.tanh(fed) + 1) / 2, atol=1e-6)
    with pytest.raises(ModelError, match="stage1_translated"):
        images_of(made.model, TRANSLATION, values)


def test_a_translator_names_its_channels_or_counts_them(tmp_path):
    weight = numpy_helper.from_array(np.eye(4, 2, dtype=np.float32).reshape(4, 2, 1, 1), "w")
    path = image_network(tmp_path / "sar.onnx", node("Conv", "in w"), channels=2, size=None, initializers=[weight])
    made, card, _ = imported(path, output="image", tile_step="translation", bands="VV,VH", tile_size=48)
    assert [band.name for band in card.bands] == ["VV", "VH"]
    assert (card.network["input_key"], card.network["input_shape"], card.network["tile_size"]) == ("sar", None, 48)
    values = np.random.default_rng(0).uniform(0, 1, (1, 2, 20, 28)).astype(np.float32)
    found = images_of(made.model, TRANSLATION, values)
    np.testing.assert_allclose(found[:, :2], values, atol=1e-6)
    made, card, _ = imported(path, output="image", tile_step="translation")
    assert [band.name for band in card.bands] == ["channel_1", "channel_2"]
    assert any("does not name its 2 channels" in text for text in made.warnings)


def test_month_and_biome_may_be_the_last_channels(tmp_path):
    # The output is the bands + month / 12 + biome / 15.
    weight = np.zeros((4, 6, 1, 1), np.float32)
    weight[:, :4, 0, 0] = np.eye(4)
    weight[:, 4], weight[:, 5] = 1 / 12, 1 / 15
    more = {"channels": 6, "initializers": [numpy_helper.from_array(weight, "w")]}
    path = image_network(tmp_path / "theirs.onnx", node("Conv", "in w"), **more)
    made, card, _ = imported(path, output="image", month_and_biome=True, division=1)
    assert card.network["conditioned"] and card.network["channels"] == 4
    values = np.full((1, 4, 32, 32), 0.1, np.float32)
    np.testing.assert_allclose(images_of(made.model, REFINEMENT, values, [3], [6]), 0.1 + 0.25 + 0.4, atol=1e-6)
    with pytest.raises(ParameterError, match=r"takes 6 channels, but tiles have 4 bands.*MONTH_AND_BIOME"):
        imported(path, output="image")


@pytest.mark.parametrize("tile_size", [None, 24])
def test_an_exported_refiner_comes_back_with_its_card_and_gives_the_same(tmp_path, tile_size):
    torch.manual_seed(0)
    network = RefinerNetwork(Design("tiny", 4)).eval()
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(0.05 * torch.randn_like(weight))
    before = save_refiner(tmp_path / "a.landloom", network)
    made = run(
        "export", model=tmp_path / "a.landloom", card=tmp_path / "a.md", onnx=tmp_path / "b.onnx", tile_size=tile_size
    )
    assert made.onnx_tile_size == (tile_size or 40) and made.largest_difference < 1e-4
    _, card, _ = imported(tmp_path / "b.onnx")
    for field in ("bands", "inputs", "training", "parameters", "metrics", "versions", "pixel_size", "crs"):
        assert getattr(card, field) == getattr(before, field)
    assert card.kind == "onnx_image" and card.network["stage"] == "stage2_refined"
    values = np.random.default_rng(0).uniform(0, 1, (2, 4, tile_size or 40, tile_size or 40)).astype(np.float32)
    ours, theirs = (images_of(tmp_path / f"{name}.landloom", REFINEMENT, values, [2, 9], [0, 12]) for name in "ab")
    assert ours.std() > 0.01
    np.testing.assert_allclose(theirs, ours, atol=1e-5)
    run("export", model=tmp_path / "b.landloom", card=tmp_path / "b.md", onnx=tmp_path / "c.onnx")
    assert imported(tmp_path / "c.onnx")[1] == card
    with pytest.raises(ParameterError, match="OUTPUT is logits"):
        imported(tmp_path / "b.onnx", output="logits")


def save_refiner(path, network):
    """Write a refiner as a model file; gives its card."""
    step = {"stage": "stage2_refined", "input_key": "opt_v1", "output_key": "opt_v2", "tile_size": 40}
    card = models.Card(
        kind="refiner", bands=tuple(Band(name, "float32", None) for name in ("B02", "B03", "B04", "B08")),
        inputs=("B02", "B03", "B04", "B08"), features=(), classes=ClassTable(()), pixel_size=(10.0, 10.0), crs=None,
        training={"summary": "8 tiles"}, parameters={"epochs": 1}, metrics={"summary": "PSNR 30 dB."},
        versions={"landloom": "9.9.9"}, network={**network.describe(), **step},
    )  # fmt: skip
    models.save(path, card, as_arrays(network))
    return card


def test_what_is_for_other_networks_and_numbers_that_are_no_reflectance_are_told(tmp_path):
    path = image_network(tmp_path / "theirs.onnx", node("Mul", "in in"))
    given = {"output": "image", "classes": "1:a;2:b", "pixel_size": 10, "overlap": 4}
    told = imported(path, **given)[0].warnings
    assert any("gives images: CLASSES, OVERLAP, PIXEL_SIZE" in text for text in told)
    assert any("OUTPUT_RANGE" in text for text in told)
    assert any("as they are" in text for text in told)
    path = foreign(tmp_path / "classes.onnx", node("Softmax", axis=1))
    told = imported(path, **ALL_GIVEN, output_range="0,1")[0].warnings
    assert any("a class for each pixel: OUTPUT_RANGE" in text for text in told)


def _gives(*nodes, **more):
    return lambda path: image_network(path, *nodes, **more)


NO_IMAGES = {
    "three bands": (_gives(channels=3), {}, "takes 3 channels, but tiles have 4 bands"),
    "two bands": (_gives(channels=2), {"tile_step": "translation"}, r"gives \(1, 2, 32, 32\).*\(1, 4, 32, 32\)"),
    "half the size": (_gives(node("MaxPool", kernel_shape=[2, 2], strides=[2, 2])), {}, r"gives \(1, 4, 16, 16\)"),
    "whole numbers": (_gives(node("Cast", to=6), output_type=6), {}, "of the type int32"),
    "not finite": (_gives(node("Log")), {}, "not finite"),
    "a range upside down": (_gives(), {"output_range": "1,-1"}, "the lower one first"),
    "a range of three": (_gives(), {"output_range": "0,1,2"}, "two numbers"),
    "a range in words": (_gives(), {"output_range": "all"}, "numbers separated by commas"),
    "other bands": (_gives(), {"bands": "B02,B03,B04,B05"}, "tiles that are refined have the bands B02"),
    "a band twice": (_gives(), {"tile_step": "translation", "bands": "a,a,b,c"}, "twice"),
    "another tile": (_gives(), {"tile_size": 64}, "tiles of 32 pixels alone"),
    "two means": (_gives(), {"mean": "0,0", "deviation": "1,1"}, "MEAN has 2 numbers"),
}  # fmt: skip


@pytest.mark.parametrize("what", NO_IMAGES)
def test_what_cannot_refine_is_refused(tmp_path, what):
    write, given, message = NO_IMAGES[what]
    path = write(tmp_path / "bad ü.onnx")
    with pytest.raises(LandloomError, match=message):
        imported(path, output="image", **given)
    assert [p.name for p in tmp_path.iterdir()] == ["bad ü.onnx"]


def test_a_file_that_gives_classes_by_its_own_card_gives_no_images(tmp_path):
    save_segmentation(tmp_path / "a.landloom", make_network())
    run("export", model=tmp_path / "a.landloom", card=tmp_path / "a.md", onnx=tmp_path / "b.onnx")
    with pytest.raises(ParameterError, match="gives classes by its own metadata"):
        imported(tmp_path / "b.onnx", output="image")
