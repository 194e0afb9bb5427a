"""Models for other programs and other people."""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import rasterio
import torch
from conftest import BANDS, class_image, reflectance, write_raster
from patch_networks import save_network
from rasterio.crs import CRS
from segmentation_models import make_network, properties, run, save_segmentation

from landloom.errors import ModelError, OutputError, ParameterError
from landloom.exchange.onnx_export import to_onnx
from landloom.networks.patch_cnn import PatchCNN
from landloom.networks.segmentation import Design, SegmentationNetwork


def deepness(path, tile):
    """What Deepness makes of a tile (h, w, bands): the place of each pixel's class, and the class names.

    After PUTvision/qgis-plugin-deepness, src/deepness/processing/models/model_base.py, preprocessing_utils.py,
    segmentor.py (check_loaded_model_outputs) and map_processor/map_processor_segmentation.py (_process_tile).
    """
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    (fed,), (given,) = session.get_inputs(), session.get_outputs()
    assert len(given.shape) == 4 and given.shape[2] == given.shape[3] and fed.shape[-1] == tile.shape[0]
    assert json.loads(metadata["model_type"]).capitalize() == "Segmentor"
    names = sorted(json.loads(metadata["class_names"]).items(), key=lambda item: int(item[0]))
    assert [int(number) for number, _ in names] == list(range(given.shape[-3]))
    mean = np.array([float(x) for x in json.loads(metadata["standardization_mean"])], dtype=np.float32)
    deviation = np.array([float(x) for x in json.loads(metadata["standardization_std"])], dtype=np.float32)

    tiles = tile[np.newaxis, :, :, : fed.shape[-3]]
    tiles = np.float32(tiles * 1.0 / 255.0)
    tiles = (tiles - mean) / deviation
    result = session.run(None, {fed.name: np.transpose(tiles, (0, 3, 1, 2))})[0]
    result[result < float(json.loads(metadata["seg_thresh"]))] = 0.0
    return np.argmax(result, axis=1)[0], [name for _, name in names]


def raw_tile(dtype="uint16", size=64):
    """Pixels (bands, h, w) of the tiny scene, without nodata."""
    return reflectance(class_image(size, size), seed=3).astype(dtype)


def own_probabilities(network, pixels, nodata=None):
    values = pixels.astype(np.float32)
    if nodata is not None:
        values[pixels == nodata] = np.nan
    with torch.inference_mode():
        return network.probabilities(network(torch.from_numpy(values[np.newaxis])))[0].numpy()


@pytest.mark.parametrize("ordinal", [False, True])
def test_deepness_finds_the_same_classes_as_the_network(tmp_path, ordinal):
    network, pixels = make_network(ordinal), raw_tile()
    pixels[:, 5:20, 30:40] = 0
    pixels[1, 40, :] = 0  # nodata in a single band
    expected = own_probabilities(network, pixels, nodata=0).argmax(0)
    made = run("export", model=save_segmentation(tmp_path / "m.landloom", network), card=tmp_path / "m.md",
               onnx=tmp_path / "m.onnx")  # fmt: skip
    found, names = deepness(made.onnx, pixels.transpose(1, 2, 0))
    assert len(np.unique(expected)) > 1
    assert np.array_equal(found, expected)
    assert names == ["low", "medium", "high"]
    assert made.largest_difference < 1e-4


def test_negative_and_decimal_pixels_are_fed_as_they_are(tmp_path):
    network = make_network(seed=2)
    pixels = (raw_tile("float32") - 900) / 3
    pixels[2, 7, 9] = -9999
    model = save_segmentation(tmp_path / "m.landloom", network, dtype="float32", nodata=-9999)
    made = run("export", model=model, card=tmp_path / "m.md", onnx=tmp_path / "m.onnx")
    found, _ = deepness(made.onnx, pixels.transpose(1, 2, 0))
    expected = own_probabilities(network, pixels, nodata=-9999).argmax(0)
    assert len(np.unique(expected)) > 1
    assert np.array_equal(found, expected)


def test_the_metadata_say_what_deepness_asks_for(tmp_path):
    model = save_segmentation(tmp_path / "m.landloom", make_network())
    made = run("export", model=model, card=tmp_path / "m.md", onnx=tmp_path / "m.onnx")
    onnx.checker.check_model(onnx.load(made.onnx), full_check=True)
    found = {key: json.loads(value) for key, value in properties(made.onnx).items()}
    assert found["resolution"] == 1000  # 10 m in centimetres
    assert (found["tile_size"], found["tiles_overlap"]) == (64, 25)  # 16 of 64 pixels, in percent
    assert np.allclose(np.multiply(found["standardization_mean"], 255), [600, 800, 800, 1900])
    assert np.allclose(np.multiply(found["standardization_std"], 255), [300, 350, 550, 1200])
    assert (found["seg_thresh"], found["seg_small_segment"]) == (0, 0)
    assert found["landloom"]["card"]["metrics"]["kappa"] == 0.5
    shape = [d.dim_value or d.dim_param for d in onnx.load(made.onnx).graph.input[0].type.tensor_type.shape.dim]
    assert shape == ["n", 4, 64, 64]
    assert onnx.load(made.onnx).opset_import[0].version >= 17
    assert made.onnx_tile_size == 64


def test_another_tile_size_may_be_asked_for(tmp_path):
    network = make_network()
    model = save_segmentation(tmp_path / "m.landloom", network)
    made = run("export", model=model, card=tmp_path / "m.md", onnx=tmp_path / "m.onnx", tile_size=96)
    pixels = raw_tile(size=96)
    assert np.array_equal(
        deepness(made.onnx, pixels.transpose(1, 2, 0))[0], own_probabilities(network, pixels).argmax(0)
    )


def test_a_pixel_size_in_degrees_is_left_out_and_told(tmp_path):
    model = save_segmentation(
        tmp_path / "m.landloom", make_network(), pixel_size=(1e-4, 1e-4), crs=CRS.from_epsg(4326).to_wkt()
    )
    made = run("export", model=model, card=tmp_path / "m.md", onnx=tmp_path / "m.onnx")
    assert "resolution" not in properties(made.onnx)
    assert any("not in metres" in text for text in made.warnings)


def test_feet_become_centimetres(tmp_path):
    model = save_segmentation(tmp_path / "m.landloom", make_network(), crs=CRS.from_epsg(2263).to_wkt())
    made = run("export", model=model, card=tmp_path / "m.md", onnx=tmp_path / "m.onnx")
    # Ten US survey feet of 1200 / 3937 m.
    assert json.loads(properties(made.onnx)["resolution"]) == pytest.approx(100 * 10 * 1200 / 3937, abs=1e-5)


def test_a_patch_classifier_gives_each_pixel_the_class_of_the_patch_around_it(tmp_path):
    torch.manual_seed(4)
    network = PatchCNN(4, 3, 7, width=8).eval()
    network.offset.copy_(torch.tensor([600.0, 800.0, 800.0, 1900.0]))
    network.scale.fill_(300.0)
    pixels = raw_tile(size=32)
    with torch.inference_mode():
        patches = torch.from_numpy(pixels.astype(np.float32)).unfold(1, 7, 1).unfold(2, 7, 1)
        patches = patches.permute(1, 2, 0, 3, 4).reshape(-1, 4, 7, 7)
        network.head.bias -= network(patches).mean(dim=(0, 2, 3))  # so that all classes occur
        expected = network(patches)[:, :, 0, 0].argmax(1).reshape(26, 26).numpy()
    assert len(np.unique(expected)) == 3
    model = save_network(tmp_path / "p.landloom", network, BANDS, training={
        "patches": {"train": 9}, "polygons": "p.gpkg", "image": "i.tif", "dataset": {}}, versions={"landloom": "1"},
    )  # fmt: skip
    made = run("export", model=model, card=tmp_path / "p.md", onnx=tmp_path / "p.onnx", tile_size=32)
    found, _ = deepness(made.onnx, pixels.transpose(1, 2, 0))
    assert np.array_equal(found[3:29, 3:29], expected)
    # Deepness takes the inner part of overlapping tiles: 6 of 32 pixels see beyond the tile, 18.75 %.
    assert json.loads(properties(made.onnx)["tiles_overlap"]) == 19


def test_a_random_forest_has_a_card_but_no_onnx_file(model, tmp_path):
    made = run("export", model=model, card=tmp_path / "forest.md")
    assert "random forest" in Path(made.card).read_text(encoding="utf-8")
    assert made.onnx_tile_size is None
    with pytest.raises(ModelError, match=r"random forest looks at single pixels.*Leave ONNX empty"):
        run("export", model=model, card=tmp_path / "forest.md", onnx=tmp_path / "f.onnx")
    assert not (tmp_path / "f.onnx").exists()


def test_every_kind_of_operator_is_known_to_one_of_the_exporters(capfd):
    torch.manual_seed(0)
    # Pools to 6 × 6, which the older exporter cannot, and prints what it fails at.
    network = SegmentationNetwork(Design("pspnet", "resnet18", 2, 3)).eval()
    values = torch.randn(3, 2, 64, 64)
    values[0, 1, :9] = torch.nan
    content = to_onnx(network, 2, 64, probabilities=True, fixed=True)
    found = onnxruntime.InferenceSession(content).run(None, {"input": values.numpy()})[0]
    with torch.inference_mode():
        expected = network.probabilities(network(values)).numpy()
    assert np.abs(found - expected).max() < 1e-5
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("size", [64, 50], ids=["a size that the network takes", "one that it mirrors to a larger one"])
def test_a_graph_takes_other_sizes_unless_they_are_fixed(size):
    network = make_network()
    session = onnxruntime.InferenceSession(to_onnx(network, 4, size, probabilities=False))
    for height, width in ((96, 128), (70, 50)) if size == 50 else ((96, 128),):
        values = torch.randn(2, 4, height, width) * 500 + 900
        found = session.run(None, {"input": values.numpy()})[0]
        with torch.inference_mode():
            assert np.abs(found - network(values).numpy()).max() < 1e-3
    assert not network.training


# --- the folder to hand over ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def mapped(tmp_path_factory):
    """A segmentation model and a map made with it."""
    folder = tmp_path_factory.mktemp("mapped")
    image = write_raster(folder / "image.tif", reflectance(class_image()), 0, names=BANDS)
    model = save_segmentation(folder / "model ä.landloom", make_network())
    run("predict", model=model, images=[str(image)], map=folder / "map.tif", jobs=1)
    return model, folder / "map.tif"


def test_a_folder_to_hand_over_has_all_that_belongs_to_the_map(tmp_path, mapped):
    model, class_map = mapped
    made = run(
        "export", model=model, card=tmp_path / "card.md", map=class_map, deliverable=tmp_path / "to hand över",
        map_title="Risk 2025", licence="CC BY 4.0",
    )  # fmt: skip
    folder = Path(made.deliverable)
    assert {path.name for path in folder.iterdir() if path.is_file()} == {
        "map.tif", "map.tif.aux.xml", "map.qml", "model ä.md", "model ä.onnx", "provenance.json", "README.txt",
    }  # fmt: skip
    with rasterio.open(class_map) as before, rasterio.open(folder / "map.tif") as after:
        assert np.array_equal(before.read(), after.read())
        assert (after.crs, after.transform, after.nodata) == (before.crs, before.transform, before.nodata)
        assert after.colormap(1)[5] == (0x44, 0x01, 0x54, 255)
        assert after.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        tags = after.tags()
    assert tags["LANDLOOM_MODEL_SHA256"] == hashlib.sha256(model.read_bytes()).hexdigest()
    assert (tags["TIFFTAG_IMAGEDESCRIPTION"], tags["TIFFTAG_COPYRIGHT"]) == ("Risk 2025", "CC BY 4.0")
    assert tags["LANDLOOM_MODEL_OVERALL_ACCURACY"] == "0.8125"
    assert [c["name"] for c in json.loads(tags["LANDLOOM_CLASSES"])] == ["low", "medium", "high"]
    made_on = json.loads(Path(f"{class_map}.json").read_text())["finished"]
    assert tags["TIFFTAG_DATETIME"] == made_on[:19].replace("-", ":").replace("T", " ")
    readme = (folder / "README.txt").read_text(encoding="utf-8")
    assert "Risk 2025" in readme and "CC BY 4.0" in readme and "map.tif" in readme
    history = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert history["map"]["made_by"]["stage"] == "predict"
    assert not made.warnings


def test_a_map_of_another_model_is_told(tmp_path, mapped):
    other = save_segmentation(tmp_path / "other.landloom", make_network(seed=9))
    made = run("export", model=other, card=tmp_path / "c.md", map=mapped[1], deliverable=tmp_path / "out")
    assert any("another model file" in text for text in made.warnings)


def test_the_map_is_not_replaced_by_its_own_copy(tmp_path, mapped):
    before = mapped[1].read_bytes()
    with pytest.raises(OutputError, match="Choose another folder"):
        run("export", model=mapped[0], card=tmp_path / "c.md", map=mapped[1], deliverable=mapped[1].parent)
    assert mapped[1].read_bytes() == before


def test_a_map_needs_a_folder(tmp_path, mapped):
    with pytest.raises(ParameterError, match="DELIVERABLE"):
        run("export", model=mapped[0], card=tmp_path / "c.md", map=mapped[1])


def test_a_damaged_model_leaves_nothing_behind(tmp_path):
    path = save_segmentation(tmp_path / "m.landloom", make_network())
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ModelError, match="damaged"):
        run("export", model=path, card=tmp_path / "m.md", onnx=tmp_path / "m.onnx")
    assert {p.name for p in tmp_path.iterdir()} == {"m.landloom"}
