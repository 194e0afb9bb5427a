"""What is given in QGIS arrives in the stage, and what the stage says arrives in QGIS."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import processing
import pytest
from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFillSymbol,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSource,
    QgsProcessingFeedback,
    QgsProject,
    QgsRasterLayer,
    QgsRendererCategory,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
)

pytestmark = pytest.mark.usefixtures("plugin")

SQUARE = "POLYGON((0 0, 100 0, 100 100, 0 100, 0 0))"
BOW = "POLYGON((300 0, 400 100, 400 0, 300 100, 300 0))"


class Feedback(QgsProcessingFeedback):
    """Keeps what is said, by the way in which it is said."""

    def __init__(self):
        super().__init__(False)
        self.told, self.debug, self.errors = [], [], []

    def pushInfo(self, text):
        self.told.append(text)

    def pushDebugInfo(self, text):
        self.debug.append(text)

    def reportError(self, text, fatal=False):
        self.errors.append(text)


def drawn(*shapes):
    """A layer in memory with polygons of the class `field`, by WKT."""
    layer = QgsVectorLayer("Polygon?crs=EPSG:32633&field=kind:string(20)", "drawn", "memory")
    for shape in shapes:
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromWkt(shape))
        feature.setAttributes(["field"])
        layer.dataProvider().addFeatures([feature])
    return layer


def check(layer, tmp_path, **more):
    given = {"POLYGONS": layer, "CLASS_FIELD": "kind", "PROBLEMS": str(tmp_path / "problems.gpkg"), **more}
    return processing.run("landloom:check_training_polygons", given)


def extract(demo, tmp_path, polygons, feedback=None, **more):
    given = {
        "IMAGES": [demo["IMAGE"]], "POLYGONS": polygons, "CLASS_FIELD": "class_id",
        "SAMPLES": str(tmp_path / "samples.parquet"), **more,
    }  # fmt: skip
    return processing.run("landloom:extract_samples", given, feedback=feedback)


def refusal(run, *arguments, **given):
    """What is said in the log where a run is refused before it begins."""
    feedback = Feedback()
    with pytest.raises(QgsProcessingException):
        run(*arguments, feedback=feedback, **given)
    return "\n".join(feedback.errors)


def made(path):
    return json.loads(Path(f"{path}.json").read_text(encoding="utf-8"))


@pytest.fixture
def unstyled(demo):
    """The demo's polygons as a layer whose style tells nothing of classes."""
    layer = QgsVectorLayer(demo["POLYGONS"], "polygons", "ogr")
    layer.setRenderer(QgsSingleSymbolRenderer(QgsFillSymbol.createSimple({})))
    QgsProject.instance().addMapLayer(layer)
    yield layer
    QgsProject.instance().removeMapLayer(layer.id())  # one that outlives QGIS crashes it


# --- values -----------------------------------------------------------------------------------------


def test_values_of_every_kind_arrive_as_they_were_given(demo, unstyled, tmp_path):
    given = {
        "TREES": 3, "SHARE": 0.4, "VALIDATION": "blocks", "BLOCK_SIZE": 640.5, "MAX_FEATURES": "log2",
        "IMPORTANCE": False, "JOBLIB": False, "RECORD": False, "SEED": 7,
    }  # fmt: skip
    samples = extract(demo, tmp_path, unstyled, ALL_TOUCHED=True, BANDS="B2,B8", FEATURES="R = B8 / B2")["SAMPLES"]
    model = str(tmp_path / "m.landloom")
    processing.run("landloom:train_random_forest", {"SAMPLES": samples, "MODEL": model, **given})
    arrived = made(model)["parameters"]
    assert {name.upper(): arrived[name.lower()] for name in given} == given
    assert arrived["folds"] == 1, "what is not given has its default"
    arrived = made(samples)["parameters"]
    assert (arrived["all_touched"], arrived["bands"], arrived["features"]) == (True, ["B2", "B8"], "R = B8 / B2")


@pytest.mark.parametrize(
    "crs", ["EPSG:32633", "PROJ:+proj=laea +lat_0=10 +lon_0=20 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs"]
)
def test_a_crs_arrives_and_the_layer_is_ready_to_draw_in(crs, tmp_path):
    wanted = QgsCoordinateReferenceSystem(crs)
    path = str(tmp_path / "new.gpkg")
    processing.run("landloom:create_training_layer", {"CRS": wanted, "SCHEME": "risk", "LAYER": path})
    layer = QgsVectorLayer(path, "new", "ogr")
    assert wanted.toProj() in layer.crs().toProj()
    assert [c.label() for c in layer.renderer().categories()] == ["Low", "Medium", "High"]
    form = layer.editorWidgetSetup(layer.fields().indexOf("class_id"))
    assert form.type() == "ValueMap"
    assert [list(entry) for entry in form.config()["map"]] == [["Low"], ["Medium"], ["High"]]
    if wanted.authid():
        assert made(path)["parameters"]["crs"] == crs


# --- layers -----------------------------------------------------------------------------------------


def test_an_area_may_be_a_layer_or_text_but_not_both(demo, unstyled, tmp_path):
    first = next(unstyled.getFeatures()).geometry()
    area = drawn(first.asWkt())
    assert extract(demo, tmp_path, unstyled, AOI=area)["POLYGON_COUNT"] == 1
    assert made(tmp_path / "samples.parquet")["inputs"]["aoi"][0]["source"] == "drawn"
    both = {"AOI": area, "AOI_WKT": first.asWkt()}
    assert "either AOI or AOI_WKT, not both" in refusal(extract, demo, tmp_path, unstyled, **both)


def test_a_layer_that_is_no_file_is_refused_with_the_remedy(unstyled, demo, tmp_path):
    tiles = QgsRasterLayer("type=xyz&url=http://127.0.0.1:9/{z}/{x}/{y}.png", "street map", "wms")
    said = refusal(extract, demo, tmp_path, unstyled, IMAGES=[tiles])
    assert "IMAGES is no raster file: street map. Save the layer as a GeoTIFF first." in said


def test_invalid_polygons_reach_the_stage_and_are_known_by_the_id_that_the_user_sees(tmp_path):
    layer = drawn(SQUARE, SQUARE, BOW)
    layer.dataProvider().deleteFeatures([1])
    done = check(layer, tmp_path)
    assert (done["POLYGON_COUNT"], done["INVALID_COUNT"]) == (2, 1)
    problems = QgsVectorLayer(done["PROBLEMS"], "problems", "ogr")
    assert [f["polygon_id"] for f in problems.getFeatures() if f["problem"] == "invalid geometry"] == [3]


def test_copying_a_layer_stops_when_the_run_is_cancelled(plugin):
    from landloom.processing_provider.values import export

    feedback, context = QgsProcessingFeedback(), QgsProcessingContext()
    layer = drawn(SQUARE, BOW)
    source = QgsProcessingFeatureSource(layer, context)
    assert QgsVectorLayer(export(source, "p", {"kind"}, context, feedback)).featureCount() == 2
    feedback.cancel()
    assert QgsVectorLayer(export(source, "p", {"kind"}, context, feedback)).featureCount() == 0


# --- classes ----------------------------------------------------------------------------------------


def classes_taken(demo, tmp_path, polygons, **more):
    return made(extract(demo, tmp_path, polygons, **more)["SAMPLES"])["parameters"]["classes"]


def categories(*entries):
    return [QgsRendererCategory(v, QgsFillSymbol.createSimple({"color": colour}), name) for v, name, colour in entries]


def test_without_a_style_the_classes_are_those_of_the_table_in_the_geopackage(demo, unstyled, tmp_path):
    found = classes_taken(demo, tmp_path, unstyled).split("\n")
    assert [line.split(":")[:2] for line in found] == [
        ["1", "Agriculture"], ["2", "Forest"], ["3", "Parcels"], ["4", "Urban"], ["5", "Water"],
    ]  # fmt: skip


def test_a_style_by_another_field_or_without_all_classes_is_not_taken(demo, unstyled, tmp_path):
    some = categories((1, "Eins", "#111111"), (2, "Zwei", "#222222"))
    for field in ("class_id", "note"):
        unstyled.setRenderer(QgsCategorizedSymbolRenderer(field, some))
        assert "Eins" not in classes_taken(demo, tmp_path, unstyled)
    unstyled.setRenderer(QgsCategorizedSymbolRenderer("class_id", some))
    unstyled.setSubsetString("class_id <= 2")
    assert classes_taken(demo, tmp_path, unstyled) == "1:Eins:#111111\n2:Zwei:#222222"


def test_names_may_hold_what_separates_entries(demo, unstyled, tmp_path):
    unstyled.setSubsetString("class_id <= 2")
    entries = categories((1, "Field: corn; wheat", "#111111"), (2, "Forest", "#222222"))
    unstyled.setRenderer(QgsCategorizedSymbolRenderer("class_id", entries))
    assert classes_taken(demo, tmp_path, unstyled) == "1:Field  corn  wheat:#111111\n2:Forest:#222222"


def test_classes_by_name_are_numbered_by_the_alphabet_and_keep_their_colours(demo, tmp_path):
    layer = drawn(*(f.geometry().asWkt() for f in QgsVectorLayer(demo["POLYGONS"]).getFeatures()))
    layer.startEditing()
    for feature in layer.getFeatures():
        layer.changeAttributeValue(feature.id(), 0, "wood" if feature.id() % 2 else "field")
    layer.commitChanges()
    entries = categories(("wood", "Wald", "#222222"), ("field", "Feld", "#111111"))
    layer.setRenderer(QgsCategorizedSymbolRenderer("kind", entries))
    assert classes_taken(demo, tmp_path, layer, CLASS_FIELD="kind") == "1:field:#111111\n2:wood:#222222"


# --- what comes back --------------------------------------------------------------------------------


def test_the_metadata_of_a_layer_say_what_made_it_of_what_and_what_to_look_at(tmp_path):
    layer = drawn(SQUARE)
    QgsProject.instance().addMapLayer(layer)
    model = {"PROBLEMS": "TEMPORARY_OUTPUT", "POLYGONS": layer, "CLASS_FIELD": "kind", "SMALLEST": 33}
    done = processing.runAndLoadResults("landloom:check_training_polygons", model)
    (problems,) = QgsProject.instance().mapLayersByName("Problems")
    history = problems.metadata().history()
    (source,) = made(done["PROBLEMS"])["inputs"]["polygons"]
    assert problems.metadata().title() == "Problems"
    assert problems.metadata().abstract() == "Made by Landloom: Check training polygons"
    assert f"polygons: drawn (SHA-256 {source['sha256']})" in history
    assert len(source["sha256"]) == len(hashlib.sha256().hexdigest())
    assert "smallest: 33" in history
    assert any("numpy " in line for line in history)
    for each in (layer, problems):
        QgsProject.instance().removeMapLayer(each.id())


def test_warnings_and_log_are_among_the_metadata(demo, unstyled, tmp_path):
    samples = extract(demo, tmp_path, unstyled)["SAMPLES"]
    model, layer = str(tmp_path / "m.landloom"), QgsRasterLayer(demo["IMAGE"], "image")
    processing.run("landloom:train_random_forest", {"SAMPLES": samples, "TREES": 2, "MODEL": model, "RECORD": False})
    nothing = layer.extent()
    nothing.scale(1e-6)
    given = {"MODEL": model, "IMAGES": [layer], "AOI_WKT": nothing.asWktPolygon(), "MAP": "TEMPORARY_OUTPUT"}
    processing.runAndLoadResults("landloom:predict", {**given, "RECORD": False})
    (mapped,) = QgsProject.instance().mapLayersByName("Map")
    history = mapped.metadata().history()
    assert any(line.startswith("Nothing was mapped") for line in history)
    assert history[-1] == made(mapped.source())["log"][-1]
    assert len(history) == len(set(history)), "a warning stands there once"
    QgsProject.instance().removeMapLayer(mapped.id())


def test_a_run_ends_whatever_goes_wrong_after_the_worker_is_done(tmp_path, monkeypatch):
    from landloom.plugin import runs
    from landloom.processing_provider.adapter import StageAlgorithm

    def fail(*arguments):
        raise RuntimeError("no style")

    ended = []
    monkeypatch.setattr(StageAlgorithm, "_style_layers", fail)
    runs.RUNS.ended.connect(ended.append)
    try:
        with pytest.raises(QgsProcessingException):
            processing.run("landloom:list_models", {"TABLE": str(tmp_path / "models.gpkg")})
    finally:
        runs.RUNS.ended.disconnect(ended.append)
    assert [(run.state, run.problem) for run in ended] == [(runs.FAILED, "no style")]


def test_messages_the_time_left_and_what_libraries_print_reach_the_log(demo, tmp_path, monkeypatch):
    from landloom.processing_provider.adapter import _Log

    monkeypatch.setattr(_Log, "SECONDS_BETWEEN_TEXTS", 0)
    feedback, damaged = Feedback(), tmp_path / "damaged.landloom"
    damaged.write_bytes(b"no model")
    table = str(tmp_path / "models.gpkg")
    processing.run("landloom:list_models", {"TABLE": table}, feedback=feedback)
    assert any(" in " in text and "model" in text for text in feedback.told)
    assert any(text.startswith("100 % done, 0 s left") for text in feedback.told)
    given = {"MODEL": str(damaged), "IMAGES": [demo["IMAGE"]], "MAP": str(tmp_path / "map.tif"), "RECORD": False}
    with pytest.raises(QgsProcessingException, match="is not a Landloom model or is damaged"):
        processing.run("landloom:predict", given, feedback=feedback)
    assert any(line.startswith("Traceback") for line in feedback.debug)


def test_without_an_environment_dialogs_and_scripts_are_told_how_to_get_it(tmp_path, monkeypatch):
    from qgis.core import QgsApplication

    monkeypatch.setenv("LANDLOOM_HOME", str(tmp_path))
    algorithm = QgsApplication.processingRegistry().algorithmById("landloom:list_models")
    ready, why = algorithm.canExecute()
    assert not ready
    assert "Set up…" in why
    given = {"TABLE": str(tmp_path / "models.gpkg")}
    assert "Set up…" in refusal(processing.run, "landloom:list_models", given)
