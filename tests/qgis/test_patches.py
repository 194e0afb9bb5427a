"""Patch data sets and the patch classifier in QGIS: the chain, the footprints on the map, the network's map."""

from __future__ import annotations

import json
from pathlib import Path

import processing
import pytest
from headless import installed_layers
from osgeo import gdal
from qgis.core import QgsApplication, QgsCategorizedSymbolRenderer, QgsVectorLayer


@pytest.fixture(scope="module")
def built(headless, demo, tmp_path_factory):
    """A data set by the ready chain, in a folder whose name is not plain."""
    folder = tmp_path_factory.mktemp("patches with spaces ü")
    return headless.run(
        "landloom:patch_data_set",
        IMAGES=demo["IMAGE"],
        POLYGONS=demo["POLYGONS"],
        CLASS_FIELD="class_name",
        PATCHES_PER_POLYGON=4,
        **{
            "plan:Data set": folder / "data set",
            "split:Footprints": folder / "footprints.gpkg",
            "summarize:Report": folder / "report.html",
        },
    )


def test_the_chain_leaves_a_whole_data_set(built):
    folder = Path(built["plan:Data set"])
    for name in (
        "metadata/dataset_config.json",
        "metadata/patch_metadata.csv",
        "metadata/train_split.csv",
        "reports/validation_report.txt",
        "visualizations/sample_patches_by_class.png",
        "DATASET_COMPLETE.txt",
        "dataset_report.html",
    ):
        assert (folder / name).stat().st_size > 100, name
    classes = {c["name"]: c["id"] for c in json.loads((folder / "metadata/dataset_config.json").read_text())["classes"]}
    assert list(classes) == sorted(classes), "ids are alphabetical by name"
    page = Path(built["summarize:Report"]).read_text(encoding="utf-8")
    assert page.count("data:image/png") >= 5, "the pictures are in the page"


@pytest.mark.usefixtures("plugin")
def test_footprints_come_styled_by_part(built):
    layer = QgsVectorLayer(built["split:Footprints"], "footprints", "ogr")
    layer.loadDefaultStyle()
    assert isinstance(layer.renderer(), QgsCategorizedSymbolRenderer)
    assert layer.renderer().classAttribute() == "split"
    shown = {c.value() for c in layer.renderer().categories()}
    assert {f["split"] for f in layer.getFeatures()} <= shown
    patch = next(layer.getFeatures()).geometry().boundingBox()
    assert (round(patch.width()), round(patch.height())) == (80, 80), "8 pixels of 10 m"


def test_a_network_is_trained_on_it_and_maps(headless, demo, built, tmp_path):
    if "deep" not in installed_layers():
        pytest.skip("the environment was set up without the deep-learning packages")
    trained = headless.run(
        "landloom:train_patch_classifier",
        DATASET=built["plan:Data set"],
        EPOCHS=15,
        RECORD="false",
        MODEL=tmp_path / "cnn.landloom",
        REPORT=tmp_path / "report.html",
    )
    assert trained["OVERALL_ACCURACY"] > 0.5
    assert trained["TRAIN_COUNT"] > trained["VAL_COUNT"] > 0
    mapped = headless.run(
        "landloom:predict",
        MODEL=trained["MODEL"],
        IMAGES=demo["IMAGE"],
        STRIDE=2,
        RECORD="false",
        MAP=tmp_path / "m.tif",
    )
    dataset = gdal.Open(mapped["MAP"])
    assert dataset.GetMetadata("IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    accuracy = headless.run(
        "landloom:evaluate", MAP=mapped["MAP"], REFERENCE=demo["REFERENCE"], CLASS_FIELD="class_name",
        METRICS=tmp_path / "accuracy.json",
    )  # fmt: skip
    assert accuracy["OVERALL_ACCURACY"] > 0.6


@pytest.mark.usefixtures("plugin")
def test_classes_look_as_in_the_layer_of_polygons(demo, tmp_path):
    layer = QgsVectorLayer(demo["POLYGONS"], "drawn", "ogr")
    layer.loadDefaultStyle()
    done = processing.run(
        "landloom:plan_patches",
        {"IMAGES": [demo["IMAGE"]], "POLYGONS": layer, "CLASS_FIELD": "class_id", "DATASET": str(tmp_path / "data")},
    )
    config = json.loads((tmp_path / "data/metadata/dataset_config.json").read_text())
    colours = {c.label(): c.symbol().color().name() for c in layer.renderer().categories()}
    assert {c["name"]: c["colour"] for c in config["classes"]} == colours
    assert done["PATCH_COUNT"] == 3 * done["POLYGON_COUNT"] == 3 * layer.featureCount()


@pytest.mark.usefixtures("plugin")
def test_without_the_deep_learning_packages_the_way_to_get_them_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("LANDLOOM_HOME", str(tmp_path))
    registry = QgsApplication.processingRegistry()
    possible, why = registry.algorithmById("landloom:train_patch_classifier").canExecute()
    assert not possible
    assert "not set up yet" in why, "first the environment itself"
    environment = tmp_path / "environment"
    (environment / "bin").mkdir(parents=True)
    _pretend_base_is_ready(environment)
    possible, why = registry.algorithmById("landloom:train_patch_classifier").canExecute()
    assert not possible
    assert "--layer deep" in why
    assert registry.algorithmById("landloom:build_patch_dataset").canExecute()[0]


def _pretend_base_is_ready(environment):
    """The record that the set-up leaves, of the base layer alone."""
    import sys

    from landloom.plugin import environment as module

    (environment / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    version = ".".join(map(str, sys.version_info[:3]))
    (environment / "pyvenv.cfg").write_text(f"home = {Path(sys.executable).parent}\nversion = {version}\n")
    record = {"python": version, "layers": {"base": {"lock": module.package_layers.lock_hash("base"), "packages": {}}}}
    (environment / module.RECORD).write_text(json.dumps(record))
