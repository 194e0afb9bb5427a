"""Networks run by ONNX Runtime: our own, exported, and those of other programs."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import rasterio
from conftest import write_raster

torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")
onnx = pytest.importorskip("onnx", reason="needs the deep-learning layer: plugin.environment install --layer deep")
pytest.importorskip("onnxruntime", reason="needs the deep-learning layer: plugin.environment install --layer deep")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from patch_networks import run  # noqa: E402
from tile_models import (  # noqa: E402
    NAMES,
    convolution,
    convolved,
    image_values,
    kernels,
    save_onnx,
    save_segmentation,
    segmentation_network,
)

from landloom import models, predictors  # noqa: E402
from landloom.errors import ModelError, ParameterError  # noqa: E402
from landloom.networks import engines, onnx_runtime  # noqa: E402
from landloom.networks.engines import OnnxEngine, TorchEngine  # noqa: E402

KERNELS = kernels()
CPU = torch.device("cpu")


@pytest.fixture
def case(tmp_path):
    """A small image with gaps, and a U-Net."""
    values = image_values(90, 130)
    network = segmentation_network()
    return SimpleNamespace(
        folder=tmp_path, values=values, network=network,
        image=write_raster(tmp_path / "image.tif", values, 0, names=NAMES),
        unet=save_segmentation(tmp_path / "unet.landloom", network),
    )  # fmt: skip


def tiles(number=2, size=64):
    values = 2000 + 800 * np.random.default_rng(0).normal(size=(number, 3, size, size)).astype(np.float32)
    values[0, 1, 5:20, 7] = np.nan
    return values


def told(done):
    return [event["text"] for event in done.events if event["type"] == "message"]


# --- our own networks -----------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "size"), [(OnnxEngine, 64), (partial(TorchEngine, device=CPU), 64),
                                            (partial(TorchEngine, device=CPU), 50)])  # fmt: skip
def test_both_engines_give_the_networks_own_probabilities(case, kind, size):
    values = tiles(size=size)
    with torch.inference_mode():
        expected = case.network.probabilities(case.network(torch.from_numpy(values))).numpy()
    found = kind(case.network, threads=1, at_once=1).probabilities(values)
    assert (found.dtype, found.shape) == (np.float32, (2, 3, size, size))
    assert np.abs(found - expected).max() < 1e-5


def test_tiles_of_any_size_are_mapped(case):
    paths = {"map": case.folder / "m.tif", "probabilities": case.folder / "p.tif"}
    run("predict", model=case.unet, images=case.image, tile_size=150, probability_type="float", **paths)
    with rasterio.open(paths["probabilities"]) as dataset:
        found = dataset.read()
    # Smaller than a tile, the image is mirrored at its lower and right edge.
    values = np.where(case.values == 0, np.nan, case.values).astype(np.float32)
    mirrored = np.pad(values, ((0, 0), (0, 60), (0, 20)), mode="symmetric")
    with torch.inference_mode():
        expected = case.network.probabilities(case.network(torch.from_numpy(mirrored[np.newaxis])))[0].numpy()
    valid = (case.values != 0).all(axis=0)
    assert np.abs(found - expected[:, :90, :130])[:, valid].max() < 1e-4


def test_an_answer_does_not_depend_on_the_number_of_threads(case):
    values = tiles()
    one = OnnxEngine(case.network, 1, 1).probabilities(values)
    assert np.array_equal(OnnxEngine(case.network, 4, 2).probabilities(values), one)


def test_onnx_runtime_is_used_where_it_agrees(case):
    done = run("predict", model=case.unet, images=case.image, map=case.folder / "m.tif")
    assert any(text.startswith("unet.landloom is computed by ONNX Runtime; prob") for text in told(done))


def test_a_network_is_exported_once_for_the_comparison_and_the_map(case, monkeypatch):
    export, exported = torch.onnx.export, []

    def counted(*given, **more):
        exported.append(given)
        return export(*given, **more)

    monkeypatch.setattr(torch.onnx, "export", counted)
    run("predict", model=case.unet, images=case.image, map=case.folder / "m.tif")
    assert len(exported) == 1


@pytest.mark.parametrize("reason", ["differs", "missing", "fails"])
def test_pytorch_is_used_where_onnx_runtime_cannot_be(case, monkeypatch, reason):
    first = run("predict", model=case.unet, images=case.image, map=case.folder / "m.tif")
    if reason == "differs":
        monkeypatch.setattr(engines, "TOLERANCE", -1)
    elif reason == "missing":
        monkeypatch.setattr(onnx_runtime, "find_spec", lambda name: None)
    else:

        def fail(*arguments, **more):
            raise torch.onnx.errors.UnsupportedOperatorError("mystery", 17, None)

        monkeypatch.setattr(torch.onnx, "export", fail)
    done = run("predict", model=case.unet, images=case.image, map=case.folder / "n.tif")
    words = {"differs": "differ by up to", "missing": "is not installed", "fails": "it cannot be exported"}
    assert any("computed by PyTorch" in text and words[reason] in text for text in told(done))
    with rasterio.open(first.map) as a, rasterio.open(done.map) as b:
        assert (a.read() != b.read()).mean() < 1e-3


def test_a_damaged_model_is_refused_in_words(case):
    card, weights = models.load(case.unet)
    path = case.folder / "m.landloom"
    models.save(path, card, dict(list(weights.items())[:-1]))
    with pytest.raises(ModelError, match=r"m\.landloom is damaged"):
        predictors.open_model(path)
    models.save(path, models.Card(**{**card.__dict__, "bands": card.bands[:2], "inputs": card.inputs[:2]}), weights)
    with pytest.raises(ModelError, match="other classes or bands"):
        predictors.open_model(path)
    path.write_bytes(case.unet.read_bytes()[:5000])
    with pytest.raises(ModelError, match="damaged"):
        predictors.open_model(path)


# --- networks of others ---------------------------------------------------------------------------


def graph_of(*nodes, initializers=(), outputs=3, opsets=(("", 17),), shape=("n", "h", "w")):
    n, h, w = shape
    made = helper.make_graph(
        list(nodes), "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [n, 3, h, w])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [n, outputs, h, w])],
        list(initializers),
    )  # fmt: skip
    model = helper.make_model(made, opset_imports=[helper.make_opsetid(*opset) for opset in opsets])
    model.ir_version = 9
    return model


def answer(folder, content, values, **more):
    path = save_onnx(folder / "m.landloom", content, **more)
    return predictors.open_model(path)[1].probabilities(values)


def test_logits_become_probabilities_by_softmax(tmp_path):
    values = tiles(1)
    scaled = np.nan_to_num((values[0] - 2000) / 800)
    found = answer(tmp_path, convolution(KERNELS), values)
    assert np.abs(found[0] - convolved(KERNELS, scaled)).max() < 1e-5


def test_probabilities_are_taken_as_they_are(tmp_path):
    values = tiles(1)
    scaled = np.nan_to_num((values[0] - 2000) / 800)
    found = answer(tmp_path, convolution(KERNELS, softmax=True), values, output="probabilities")
    assert np.abs(found[0] - convolved(KERNELS, scaled)).max() < 1e-5


def test_scores_of_a_single_channel_are_those_of_the_second_class(tmp_path):
    values = tiles(1)
    pixel = np.zeros((1, 3, 1, 1))
    pixel[0, 1] = 2  # the score is twice the second band
    found = answer(tmp_path, convolution(pixel), values, class_count=2, output="sigmoid")
    second = 1 / (1 + np.exp(-2 * np.nan_to_num((values[:, 1] - 2000) / 800)))
    assert np.abs(found[:, 1] - second).max() < 1e-5
    assert np.abs(found.sum(axis=1) - 1).max() < 1e-6


def test_scores_of_several_classes_are_divided_by_their_sum(tmp_path):
    values = tiles(1)
    scaled = np.nan_to_num((values - 2000) / 800)
    found = answer(tmp_path, convolution(np.eye(3).reshape(3, 3, 1, 1)), values, output="sigmoid")
    share = 1 / (1 + np.exp(-scaled))
    assert np.abs(found - share / share.sum(axis=1, keepdims=True)).max() < 1e-5


def test_classes_are_places_and_count_as_certain(tmp_path):
    values = tiles(1)
    nodes = [helper.make_node("ArgMax", ["x"], ["a"], axis=1), helper.make_node("Cast", ["a"], ["y"], to=1)]
    found = answer(tmp_path, graph_of(*nodes, outputs=1).SerializeToString(), values, output="classes")
    best = np.nan_to_num((values - 2000) / 800).argmax(axis=1)
    assert np.array_equal(found.argmax(axis=1), best)
    assert set(np.unique(found)) == {0, 1}
    with pytest.raises(ModelError, match=r"gives the class number 2, but has the classes 0 to 1"):
        answer(tmp_path, graph_of(*nodes, outputs=1).SerializeToString(), values, class_count=2, output="classes")


def test_a_network_for_one_tile_at_a_time_of_one_size_is_shown_such(case):
    content = convolution(KERNELS, sizes=(1, 48, 48))
    path = save_onnx(case.folder / "m.landloom", content, tile=48, network={"input_shape": [1, 3, 48, 48]})
    values = tiles(3, 48)
    found = predictors.open_model(path)[1].probabilities(values)
    for one, shares in zip(values, found, strict=True):
        assert np.abs(shares - convolved(KERNELS, np.nan_to_num((one - 2000) / 800))).max() < 1e-5
    given = {"model": path, "images": case.image, "map": case.folder / "m.tif"}
    assert run("predict", **given).mapped_pixels == (case.values != 0).all(axis=0).sum()
    with pytest.raises(ParameterError, match=r"TILE_SIZE must be 48: .*takes tiles of 48 × 48.*Got 64 instead"):
        run("predict", **given, tile_size=64)
    with pytest.raises(ParameterError, match=r"SCALES must be 1: .*48 × 48"):
        run("predict", **given, scales="1, 2")


@pytest.mark.parametrize("count", [2, 4])
def test_an_output_with_other_classes_is_refused(tmp_path, count):
    with pytest.raises(ModelError, match=r"gives an output of .* where one with 3 classes"):
        answer(tmp_path, convolution(kernels(count)), tiles(1))


# --- hostile and damaged files --------------------------------------------------------------------


def test_weights_in_other_files_are_refused(tmp_path):
    """Such a file could have any file of this computer read."""
    model = onnx.load_from_string(convolution(KERNELS))
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")
    with pytest.raises(ModelError, match=r"m\.landloom cannot be used: .*weights in other files"):
        answer(tmp_path, model.SerializeToString(), tiles(1))


def test_operators_of_a_library_of_its_own_are_refused(tmp_path):
    model = graph_of(helper.make_node("Evil", ["x"], ["y"], domain="my.own"), opsets=(("", 17), ("my.own", 1)))
    with pytest.raises(ModelError, match=r"uses operators of my\.own, which no library here has"):
        answer(tmp_path, model.SerializeToString(), tiles(1))


def test_both_are_found_in_branches_too(tmp_path):
    def branch(name, node, initializers=()):
        out = helper.make_tensor_value_info("b", TensorProto.FLOAT, None)
        return helper.make_graph([node], name, [], [out], list(initializers))

    condition = numpy_helper.from_array(np.array(True), "t")
    other = branch("else", helper.make_node("Identity", ["x"], ["b"]))
    evil = branch("then", helper.make_node("Evil", ["x"], ["b"], domain="my.own"))
    node = helper.make_node("If", ["t"], ["y"], then_branch=evil, else_branch=other)
    model = graph_of(node, initializers=[condition], opsets=(("", 17), ("my.own", 1)))
    with pytest.raises(ModelError, match=r"uses operators of my\.own"):
        answer(tmp_path, model.SerializeToString(), tiles(1))
    tensor = numpy_helper.from_array(np.zeros((1,), np.float32), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="secret.bin")
    hidden = branch("then", helper.make_node("Add", ["x", "w"], ["b"]), [tensor])
    node = helper.make_node("If", ["t"], ["y"], then_branch=hidden, else_branch=other)
    with pytest.raises(ModelError, match="weights in other files"):
        answer(tmp_path, graph_of(node, initializers=[condition]).SerializeToString(), tiles(1))


@pytest.mark.parametrize("cut", [0, 10, 150])
def test_a_damaged_graph_is_refused_in_words(tmp_path, cut):
    with pytest.raises(ModelError, match=r"m\.landloom cannot be used: .*is no ONNX graph or is damaged"):
        answer(tmp_path, convolution(KERNELS)[:cut], tiles(1))


@pytest.mark.parametrize(
    "network",
    [{"output": "votes"}, {"channels": 2}, {"classes": 9}, {"scale": [0.0, 1, 1]}, {"offset": [1.0]}, {"offset": "x"}],
)
def test_a_card_that_does_not_fit_is_refused(tmp_path, network):
    with pytest.raises(ModelError, match=r"m\.landloom cannot be used: its card"):
        answer(tmp_path, convolution(KERNELS), tiles(1), network=network)


def test_without_onnx_runtime_it_is_told_how_to_install_it(tmp_path, monkeypatch):
    path = save_onnx(tmp_path / "m.landloom", convolution(KERNELS))
    monkeypatch.setattr(onnx_runtime, "find_spec", lambda name: None)
    with pytest.raises(
        ModelError, match=r"run by ONNX Runtime, which is not installed\. Install the deep-learning layer"
    ):
        predictors.open_model(path)
