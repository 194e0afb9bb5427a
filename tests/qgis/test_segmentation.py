"""Tiles, segmentation networks and what comes after them in QGIS: the ready chain, several models, styles."""

from __future__ import annotations

import json
from pathlib import Path

import processing
import pytest
from headless import installed_layers
from osgeo import gdal
from qgis.core import QgsCategorizedSymbolRenderer, QgsProcessing, QgsRasterLayer, QgsVectorLayer

RISK = {1: "Low", 2: "Medium", 3: "High"}


@pytest.fixture(scope="module")
def chain(headless, demo, tmp_path_factory):
    """What the chain makes of the demo scene with a tiny network, in a folder whose name is not plain."""
    layers = installed_layers()
    if not {"deep", "crf"} <= set(layers):
        pytest.skip("the environment was set up without the deep-learning packages and the dense CRF")
    folder = tmp_path_factory.mktemp("risk map ö")
    return headless.run(
        "landloom:risk_map_with_unet_and_crf",
        IMAGES=demo["IMAGE"],
        LABEL_RASTER=demo["RISK"],
        TILE_SIZE=64,
        RICH_SHARE=0.02,
        ENCODER="timm-mobilenetv3_small_minimal_100",
        EPOCHS=2,
        RECORD="false",
        **{
            "cut:Tile data set": folder / "tiles",
            "cut:Blocks": folder / "blocks.gpkg",
            "train:Model": folder / "unet.landloom",
            "train:Training report": folder / "training.html",
            "map:Map of the network": folder / "map.tif",
            "map:Probabilities": folder / "probabilities.tif",
            "refine:Map": folder / "refined.tif",
            "refine:Refined probabilities": folder / "refined_probabilities.tif",
            "evaluate_network:Accuracy of the network": folder / "network_accuracy.html",
            "evaluate:Accuracy": folder / "accuracy.html",
        },
    )


def test_the_chain_makes_a_refined_map_of_the_same_ground_and_says_how_good_it_is(chain, demo):
    image, refined = gdal.Open(demo["IMAGE"]), gdal.Open(chain["refine:Map"])
    assert refined.GetGeoTransform() == image.GetGeoTransform()
    assert refined.GetMetadata("IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    assert set(refined.ReadAsArray().ravel().tolist()) <= {0, *RISK}
    assert ((refined.ReadAsArray() == 0) == (image.ReadAsArray()[0] == 0)).all(), "nodata stays nodata"
    tiles = json.loads((Path(chain["cut:Tile data set"]) / "metadata/tiles_config.json").read_text())
    assert tiles["ordinal"]
    made = json.loads(Path(f"{chain['evaluate:Accuracy']}.json").read_text(encoding="utf-8"))
    assert 0 < made["found"]["pixel_count"] < refined.RasterXSize * refined.RasterYSize / 2, "the test tiles alone"
    assert -1 <= made["found"]["rho"] <= 1
    assert 0 <= made["found"]["ece"] <= 1
    trained = json.loads(Path(f"{chain['train:Model']}.json").read_text(encoding="utf-8"))
    # QGIS 3.22's `qgis_process` passes on no default of a chain, and the step's own is another.
    assert trained["parameters"]["class_weights"] == "balanced"
    page = Path(chain["train:Training report"]).read_text(encoding="utf-8")
    assert page.count("<svg") + page.count("data:image/png") >= 3, "curves, calibration, example tiles"


@pytest.mark.usefixtures("plugin")
def test_layers_come_with_the_ordered_classes_colours_and_blocks_with_their_parts(chain, demo):
    for path in (chain["map:Map of the network"], chain["refine:Map"]):
        layer = QgsRasterLayer(path, "map")
        layer.loadNamedStyle(str(Path(path).with_suffix(".qml")))
        shown = {c.value: (c.label, c.color.name()) for c in layer.renderer().classes()}
        assert shown == {1: ("Low", "#fde725"), 2: ("Medium", "#21918c"), 3: ("High", "#440154")}
    blocks = QgsVectorLayer(chain["cut:Blocks"], "blocks", "ogr")
    blocks.loadDefaultStyle()
    assert isinstance(blocks.renderer(), QgsCategorizedSymbolRenderer)
    assert {"train", "val", "test"} <= {c.value() for c in blocks.renderer().categories()}
    mask = next((Path(chain["cut:Tile data set"]) / "masks").glob("*.tif"))
    assert QgsRasterLayer(str(mask), "mask").crs().authid() == QgsRasterLayer(demo["IMAGE"], "image").crs().authid()


@pytest.mark.usefixtures("plugin")
def test_several_models_vote(chain, demo, tmp_path):
    done = processing.run(
        "landloom:predict",
        {
            "MODEL": chain["train:Model"],
            "FURTHER_MODELS": [chain["train:Model"]],
            "IMAGES": [demo["IMAGE"]],
            "RECORD": False,
            "MAP": str(tmp_path / "map.tif"),
            "VARIANCE": str(tmp_path / "variance.tif"),
            "PROBABILITIES": QgsProcessing.TEMPORARY_OUTPUT,
        },
    )
    alone = gdal.Open(chain["map:Map of the network"]).ReadAsArray()
    assert (gdal.Open(done["MAP"]).ReadAsArray() == alone).all(), "a model and its twin agree"
    variance = gdal.Open(done["VARIANCE"]).ReadAsArray()
    assert ((variance == 0) == (alone > 0)).all(), "and nowhere else there is a number"
