"""Layers as QGIS has them: in memory, selected, filtered, styled; and what comes back onto the map."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import processing
import pytest
from qgis.core import (
    QgsApplication,
    QgsCategorizedSymbolRenderer,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFillSymbol,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProject,
    QgsRasterLayer,
    QgsRendererCategory,
    QgsVectorLayer,
)

pytestmark = pytest.mark.usefixtures("plugin")


@pytest.fixture
def polygons(demo):
    """The demo's polygons copied into memory, with a class by name and nothing else that is ours."""
    source = QgsVectorLayer(demo["POLYGONS"], "source", "ogr")
    layer = QgsVectorLayer(
        f"Polygon?crs={source.crs().authid()}&field=kind:string(20)&field=code:integer", "drawn", "memory"
    )
    features = []
    for feature in source.getFeatures():
        copy = QgsFeature(layer.fields())
        copy.setGeometry(feature.geometry())
        copy.setAttributes([feature["class_name"], feature["class_id"]])
        features.append(copy)
    layer.dataProvider().addFeatures(features)
    QgsProject.instance().addMapLayer(layer)
    yield layer
    QgsProject.instance().removeMapLayer(layer.id())


@pytest.fixture
def image(demo):
    layer = QgsRasterLayer(demo["IMAGE"], "my image")
    QgsProject.instance().addMapLayer(layer)
    yield layer
    QgsProject.instance().removeMapLayer(layer.id())


def extract(image, polygons, tmp_path, **more):
    given = {
        "IMAGES": [image],
        "POLYGONS": polygons,
        "CLASS_FIELD": "kind",
        "SAMPLES": str(tmp_path / "s.parquet"),
        **more,
    }
    return processing.run("landloom:extract_samples", given)


def made(path):
    return json.loads(Path(f"{path}.json").read_text(encoding="utf-8"))


def test_a_layer_in_memory_is_taken_whole(image, polygons, tmp_path):
    done = extract(image, polygons, tmp_path)
    assert done["POLYGON_COUNT"] == polygons.featureCount()
    assert [entry["source"] for entry in made(done["SAMPLES"])["inputs"]["polygons"]] == ["drawn"]
    assert made(done["SAMPLES"])["inputs"]["images"][0]["source"] == "my image"


def test_only_the_selected_features_are_taken(image, polygons, tmp_path):
    chosen = [f.id() for f in polygons.getFeatures() if f["kind"] in ("Forest", "Water")]
    polygons.selectByIds(chosen)
    done = extract(image, QgsProcessingFeatureSourceDefinition(polygons.id(), True), tmp_path)
    assert done["POLYGON_COUNT"] == len(chosen)
    assert done["CLASS_COUNT"] == 2


def test_a_filtered_layer_is_taken_as_it_is_shown(image, polygons, tmp_path):
    polygons.setSubsetString("code <> 5")
    try:
        assert extract(image, polygons, tmp_path)["CLASS_COUNT"] == 4
    finally:
        polygons.setSubsetString("")


def test_classes_keep_the_names_and_colours_of_the_layer_s_style(image, polygons, tmp_path):
    names = {
        1: ("Acker", "#aa8800"),
        2: ("Wald", "#005500"),
        3: ("Gärten", "#dd9900"),
        4: ("Stadt", "#cc0000"),
        5: ("Wasser", "#0000cc"),
    }
    categories = [
        QgsRendererCategory(code, QgsFillSymbol.createSimple({"color": colour}), name)
        for code, (name, colour) in names.items()
    ]
    polygons.setRenderer(QgsCategorizedSymbolRenderer("code", categories))
    done = extract(image, polygons, tmp_path, CLASS_FIELD="code")
    trained = processing.run(
        "landloom:train_random_forest", {"SAMPLES": done["SAMPLES"], "TREES": 5, "MODEL": str(tmp_path / "m.landloom")}
    )
    mapped = load(
        processing_context := QgsProcessingContext(),
        processing.run(
            "landloom:predict",
            {"MODEL": trained["MODEL"], "IMAGES": [image], "MAP": str(tmp_path / "map.tif")},
            context=processing_context,
        )["MAP"],
    )
    shown = {c.value: (c.label, c.color.name()) for c in mapped.renderer().classes()}
    assert shown == names


@pytest.mark.parametrize("value", [[1, 2], "Wald", None])
def test_a_style_that_is_no_class_table_is_not_taken_for_one(image, polygons, tmp_path, value):
    category = QgsRendererCategory(value, QgsFillSymbol.createSimple({}), "Wald")
    polygons.setRenderer(QgsCategorizedSymbolRenderer("code", [category]))
    assert extract(image, polygons, tmp_path, CLASS_FIELD="code")["CLASS_COUNT"] == 5


@pytest.mark.parametrize("where", ["environment", "file beside the project"])
def test_the_class_field_may_come_from_an_environment_variable(image, polygons, tmp_path, monkeypatch, where):
    project, context = QgsProject(), QgsProcessingContext()
    project.write(str(tmp_path / "project.qgz"))
    context.setProject(project)
    if where == "environment":
        monkeypatch.setenv("TRAINING_POLYGON_CLASS_COL", "kind")
    else:
        (tmp_path / ".env").write_text("TRAINING_POLYGON_CLASS_COL=kind\n", encoding="utf-8")
    given = {"IMAGES": [image], "POLYGONS": polygons, "SAMPLES": str(tmp_path / "s.parquet")}
    assert processing.run("landloom:extract_samples", given, context=context)["CLASS_COUNT"] == 5


def load(context, path):
    """The layer as it comes onto the map: with the style beside it."""
    layer = QgsRasterLayer(path, "map")
    assert layer.isValid()
    return layer


def test_an_output_is_loaded_with_style_and_provenance(demo, image, polygons, tmp_path):
    project, context = QgsProject(), QgsProcessingContext()
    context.setProject(project)
    done = extract(image, polygons, tmp_path)
    trained = processing.run(
        "landloom:train_random_forest", {"SAMPLES": done["SAMPLES"], "TREES": 5, "MODEL": str(tmp_path / "m.landloom")}
    )
    processing.runAndLoadResults(
        "landloom:predict",
        {"MODEL": trained["MODEL"], "IMAGES": [image], "MAP": "TEMPORARY_OUTPUT", "ENTROPY": "TEMPORARY_OUTPUT"},
        context=context,
    )
    layers = {layer.name(): layer for layer in QgsProject.instance().mapLayers().values()}
    assert layers["Map"].renderer().type() == "paletted"
    assert [c.label for c in layers["Map"].renderer().classes()] == [
        "Agriculture",
        "Forest",
        "Parcels",
        "Urban",
        "Water",
    ]
    assert "Map with a model" in layers["Map"].metadata().abstract()
    assert any("m.landloom" in line for line in layers["Map"].metadata().history())
    assert layers["Entropy"].renderer().type() == "singlebandpseudocolor"
    for name in ("Map", "Entropy"):
        QgsProject.instance().removeMapLayer(layers[name].id())


def test_problems_and_footprints_come_with_a_style(image, polygons, tmp_path):
    problems = processing.run(
        "landloom:check_training_polygons",
        {"POLYGONS": polygons, "CLASS_FIELD": "kind", "SMALLEST": 10000, "PROBLEMS": str(tmp_path / "problems.gpkg")},
    )["PROBLEMS"]
    layer = QgsVectorLayer(problems, "problems", "ogr")
    assert [c.label() for c in layer.renderer().categories()] == ["Error", "Warning"]
    book = {"CATALOGUE": str(tmp_path / "catalogue.gpkg")}
    samples = extract(image, polygons, tmp_path)["SAMPLES"]
    model = {"TREES": 5, "MODEL": str(tmp_path / "m.landloom"), **book}
    processing.run("landloom:train_random_forest", {"SAMPLES": samples, **model})
    processing.run(
        "landloom:predict", {"MODEL": model["MODEL"], "IMAGES": [image], "MAP": str(tmp_path / "map.tif"), **book}
    )
    maps = processing.run("landloom:list_maps", {"LAYER": str(tmp_path / "maps.gpkg"), **book})["LAYER"]
    footprints = QgsVectorLayer(maps, "maps", "ogr")
    assert footprints.renderer().symbol().color().name() == "#0072b2"


def test_a_crs_given_in_qgis_to_a_raster_without_one_is_used(demo, polygons, tmp_path):
    from osgeo import gdal

    bare, source = str(tmp_path / "bare.tif"), gdal.Open(demo["IMAGE"])
    dataset = gdal.GetDriverByName("GTiff").Create(bare, 384, 384, 6, gdal.GDT_UInt16)
    dataset.SetGeoTransform(source.GetGeoTransform())
    dataset.WriteArray(source.ReadAsArray())
    dataset = None
    layer = QgsRasterLayer(bare, "bare")
    layer.setCrs(QgsCoordinateReferenceSystem("EPSG:32633"))
    QgsProject.instance().addMapLayer(layer)
    try:
        assert extract(layer, polygons, tmp_path)["POLYGON_COUNT"] == polygons.featureCount()
    finally:
        QgsProject.instance().removeMapLayer(layer.id())


def test_an_area_of_interest_can_be_a_layer_or_wkt(demo, image, polygons, tmp_path):
    west = image.extent()
    west.setXMaximum(west.center().x())
    inside = [f for f in polygons.getFeatures() if f.geometry().boundingBox().intersects(west)]
    done = extract(image, polygons, tmp_path, AOI_WKT=west.asWktPolygon())
    assert done["POLYGON_COUNT"] == len(inside)


def test_a_wrong_value_is_refused_before_anything_runs(image, polygons, tmp_path):
    with pytest.raises(QgsProcessingException, match=r"YEAR \(Year\) and MONTH \(Month\)"):
        extract(image, polygons, tmp_path, YEAR=2025)


def test_a_layer_s_own_file_is_never_overwritten(demo, tmp_path):
    def rows():  # not the bytes: QGIS changes SQLite's way of writing where it opens a file
        return [(f.attributes(), f.geometry().asWkt()) for f in QgsVectorLayer(path).getFeatures()]

    path = str(tmp_path / "drawn.gpkg")
    shutil.copy(demo["POLYGONS"], path)
    before = rows()
    with pytest.raises(QgsProcessingException, match="PROBLEMS would overwrite POLYGONS"):
        processing.run(
            "landloom:check_training_polygons", {"POLYGONS": path, "CLASS_FIELD": "class_id", "PROBLEMS": path}
        )
    assert rows() == before


def test_warnings_and_messages_reach_the_log(image, polygons, tmp_path):
    class Feedback(QgsProcessingFeedback):
        def __init__(self):
            super().__init__(False)
            self.warned, self.seen = [], []

        def pushWarning(self, text):
            self.warned.append(text)

        def setProgress(self, value):
            self.seen.append(value)

    feedback = Feedback()
    tiny = QgsFeature(polygons.fields())
    shape = next(polygons.getFeatures()).geometry().centroid().buffer(0.5, 4)
    tiny.setGeometry(shape)
    tiny.setAttributes(["Forest", 2])
    polygons.dataProvider().addFeatures([tiny])
    given = {"IMAGES": [image], "POLYGONS": polygons, "CLASS_FIELD": "kind", "SAMPLES": str(tmp_path / "s.parquet")}
    processing.run("landloom:extract_samples", given, feedback=feedback)
    assert any("yield no sample" in text for text in feedback.warned)
    assert feedback.seen


def test_an_output_that_a_chain_leaves_out_is_told_with_its_path(application, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("landloom:create_training_layer")
    feedback = QgsProcessingFeedback()
    results, ok = algorithm.run({"CRS": "EPSG:32633"}, QgsProcessingContext(), feedback)
    assert ok
    assert results["LAYER"] == str(tmp_path / "training_polygons.gpkg")
    assert f"No path was given for LAYER: it is {tmp_path / 'training_polygons.gpkg'}." in feedback.textLog()
