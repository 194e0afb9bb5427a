"""Features and predicted quality in QGIS: clusters and quality as layers over the tiles of a map."""

from __future__ import annotations

from pathlib import Path

import processing
import pytest
from headless import installed_layers
from qgis.core import QgsCategorizedSymbolRenderer, QgsVectorLayer


@pytest.fixture(scope="module")
def predicted(plugin, demo, tmp_path_factory):
    """From a forest's map of the demo scene to layers of clusters and of predicted quality."""
    layers = installed_layers()
    if "deep" not in layers:
        pytest.skip("the environment was set up without the deep-learning packages")
    folder = tmp_path_factory.mktemp("quality ß")
    run(
        "landloom:extract_samples",
        IMAGES=[demo["IMAGE"]],
        POLYGONS=demo["POLYGONS"],
        CLASS_FIELD="class_id",
        SAMPLES=folder / "samples.parquet",
    )
    run(
        "landloom:train_random_forest",
        SAMPLES=folder / "samples.parquet",
        TREES=20,
        VALIDATION="none",
        RECORD=False,
        MODEL=folder / "forest.landloom",
    )
    run(
        "landloom:predict",
        MODEL=folder / "forest.landloom",
        IMAGES=[demo["IMAGE"]],
        RECORD=False,
        MAP=folder / "map.tif",
        PROBABILITIES=folder / "probabilities.tif",
    )
    described = run(
        "landloom:describe_map_tiles",
        MAP=folder / "map.tif",
        IMAGES=[demo["IMAGE"]],
        PROBABILITIES=folder / "probabilities.tif",
        REFERENCE=demo["TRUTH"],
        TILE_SIZE=32,
        GROUP_TILES=2,
        TILES=folder / "tiles",
        RECORDS=folder / "records.csv",
    )
    run(
        "landloom:extract_features",
        RECORDS=described["RECORDS"],
        ENCODER="timm-mobilenetv3_small_minimal_100",
        WEIGHTS="none",
        FEATURES=folder / "features.h5",
    )
    clusters = run(
        "landloom:analyze_features",
        FEATURES=folder / "features.h5",
        RECORDS=described["RECORDS"],
        MOST_CLUSTERS=4,
        STATISTICS=folder / "statistics.csv",
        CLUSTERS=folder / "clusters.csv",
        CLUSTER_LAYER=folder / "clusters.gpkg",
    )
    split = run(
        "landloom:split_records",
        RECORDS=described["RECORDS"],
        GROUPING="groups",
        TEST_SHARE=0.2,
        VAL_SHARE=0.2,
        RECORDS_OUT=folder / "split.csv",
        INSPECT=folder / "inspect.csv",
    )
    trained = run(
        "landloom:train_quality_model",
        RECORDS=split["RECORDS_OUT"],
        FEATURES=folder / "features.h5",
        METRICS="accuracy",
        MEMBERS=2,
        EPOCHS=10,
        RECORD=False,
        MODEL=folder / "quality.landloom",
        REPORT=folder / "quality.html",
    )
    quality = run(
        "landloom:predict_quality",
        MODEL=trained["MODEL"],
        RECORDS=described["RECORDS"],
        FEATURES=folder / "features.h5",
        PREDICTIONS=folder / "predicted.csv",
        FOOTPRINTS=folder / "predicted.gpkg",
    )
    return {"described": described, "clusters": clusters, "trained": trained, "quality": quality}


def run(algorithm, **given):
    """Run an algorithm in this QGIS."""
    return processing.run(algorithm, {k: str(v) if isinstance(v, Path) else v for k, v in given.items()})


def layer_of(path):
    """A layer with the style that comes with it."""
    layer = QgsVectorLayer(path, "layer", "ogr")
    layer.loadDefaultStyle()
    assert isinstance(layer.renderer(), QgsCategorizedSymbolRenderer)
    return layer


@pytest.mark.usefixtures("plugin")
def test_predicted_quality_is_a_layer_with_the_worst_tiles_in_red(predicted):
    layer = layer_of(predicted["quality"]["FOOTPRINTS"])
    assert layer.featureCount() == predicted["described"]["TILE_COUNT"] > 100
    colours = {c.value(): c.symbol().color().name() for c in layer.renderer().categories()}
    assert colours["1"] == "#d7191c"
    worst = min(layer.getFeatures(), key=lambda f: f["predicted_accuracy"])
    assert worst["review"] == 1
    assert worst["predicted_accuracy"] == pytest.approx(predicted["quality"]["LOWEST_PREDICTED"], abs=1e-4)


@pytest.mark.usefixtures("plugin")
def test_clusters_are_a_layer_with_a_colour_each(predicted):
    layer = layer_of(predicted["clusters"]["CLUSTER_LAYER"])
    found = {str(f["cluster"]) for f in layer.getFeatures()}
    categories = {c.value(): c.symbol().color().name() for c in layer.renderer().categories() if c.value() in found}
    assert set(categories) == found
    assert len(set(categories.values())) == len(found) >= 2


def test_the_numbers_of_the_quality_model_are_outputs(predicted):
    trained = predicted["trained"]
    assert trained["TEST_COUNT"] > 0
    assert -1 <= trained["RANK_CORRELATION"] <= 1
    assert trained["EARNS_ITS_PLACE"] in (0, 1)
    assert "accuracy" in trained["VERDICT"]
