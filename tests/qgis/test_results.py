"""What the project keeps of runs, wherever they were started from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import review_files
from qgis.core import (
    QgsFeature,
    QgsGeometry,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QCoreApplication
from waiting import until


@pytest.fixture
def project(plugin):
    """The project of the window, which takes results; `queued` are the review files that it was told of."""
    from landloom.ui.project import LandloomProject
    from landloom.ui.results import Results

    QgsProject.instance().clear()
    project = LandloomProject()
    results = Results(project)
    project.queued = []
    results.queued.connect(project.queued.append)
    yield project
    results.close_down()
    project.close_down()
    QgsProject.instance().clear()


def ran(stage, parameters, outputs):
    """A run that was done."""
    from landloom.plugin.runs import DONE, RUNS

    RUNS.end(RUNS.begin(stage, stage, parameters), DONE, outputs)


def test_a_new_model_is_kept_with_its_figures(project, tmp_path):
    ran("train_random_forest", {"samples": "s.parquet"}, {"model": str(tmp_path / "m.landloom"), "kappa": 0.8})
    assert project.file("model") == str(tmp_path / "m.landloom")
    assert project.figures("model")["kappa"] == 0.8


def test_a_run_on_other_data_than_the_projects_is_left_out(project, tmp_path):
    ours = tmp_path / "ours.parquet"
    ours.touch()
    project.set_file("samples", ours)
    ran("train_random_forest", {"samples": str(tmp_path / "other.parquet")}, {"model": "other.landloom"})
    assert project.file("model") == ""
    ran("train_random_forest", {"samples": str(ours)}, {"model": "ours.landloom"})
    assert project.file("model").endswith("ours.landloom")


def test_a_map_without_uncertainty_makes_that_of_an_earlier_map_void(project):
    ran("predict", {"model": "m"}, {"map": "first.tif", "entropy": "entropy.tif"})
    assert project.file("uncertainty").endswith("entropy.tif")
    ran("predict", {"model": "m"}, {"map": "second.tif"})
    assert project.file("uncertainty") == ""


def test_a_queue_is_told_of_once_its_layer_is_on_the_map(project, tmp_path):
    path = review_files.make(tmp_path / "ü")["review"]
    ran("queue_places", {"map": "another.tif"}, {"places": path})
    QCoreApplication.processEvents()
    assert project.queued == []
    QgsProject.instance().addMapLayer(QgsVectorLayer(f"{path}|layername=places", "Places", "ogr"))
    QCoreApplication.processEvents()
    assert project.queued == [path]


def test_polygons_that_change_during_a_run_make_its_samples_outdated(project, tmp_path):
    from landloom.plugin.runs import DONE, RUNS
    from landloom.ui.workbench.counting import Counting
    from landloom.ui.workbench.steps import STEPS

    layer = QgsVectorLayer("Polygon?field=class_id:integer", "polygons", "memory")
    QgsProject.instance().addMapLayer(layer)
    project.set_polygons(layer)
    samples = tmp_path / "samples.parquet"
    samples.touch()
    counting = Counting(project)
    warnings = []
    for changes in (False, True):
        run = RUNS.begin("extract_samples", "Extract samples", {"polygons": layer.source()})
        if changes:
            feature = QgsFeature(layer.fields())
            feature.setGeometry(QgsGeometry.fromWkt("POLYGON((0 0, 1 0, 1 1, 0 0))"))
            layer.dataProvider().addFeature(feature)
            counting.look_again()
        counting.ask()
        RUNS.end(run, DONE, {"samples": str(samples)})
        until(lambda: "polygons" in project.figures("samples"))
        until(lambda: counting.polygons and len(counting.polygons.fingerprint) == layer.featureCount())
        warnings.append(STEPS[1].state(project, counting).warning)
    counting.close_down()
    assert warnings == ["", "The polygons have changed since."]


def test_each_data_set_keeps_its_own_report(project, tmp_path):
    from landloom.ui.workbench.steps import STEPS

    for stage, output in (("extract_samples", "samples"), ("build_patch_dataset", "dataset"), ("cut_tiles", "tiles")):
        ran(stage, {"polygons": "p.gpkg"}, {output: str(tmp_path / output), "report": str(tmp_path / f"{stage}.html")})
    shown = {}
    for method in ("forest", "patches", "tiles"):
        project.set_method(method)
        shown[method] = [Path(project.file(key)).name for key, _ in STEPS[1].files(project)]
    assert shown == {
        "forest": ["extract_samples.html"],
        "patches": ["build_patch_dataset.html"],
        "tiles": ["cut_tiles.html"],
    }


def test_a_new_map_has_not_been_evaluated_yet(project):
    ran("predict", {"model": "m"}, {"map": "first.tif"})
    ran("evaluate", {"map": project.file("map")}, {"report": "evaluation.html", "overall_accuracy": 0.9})
    assert project.file("map_report").endswith("evaluation.html")
    ran("predict", {"model": "m"}, {"map": "second.tif"})
    assert project.file("map_report") == ""
    assert "overall_accuracy" not in project.figures("map")


def made_with(raster, **inputs):
    """A raster beside which lies what it was made from: (path, SHA-256) by parameter."""
    found = {name: [{"source": str(path), "sha256": sha256}] for name, (path, sha256) in inputs.items()}
    raster.with_name(f"{raster.name}.json").write_text(json.dumps({"inputs": found}), encoding="utf-8")
    return str(raster)


def test_a_refined_map_counts_only_where_our_models_made_its_probabilities(project, tmp_path):
    first, second, foreign = (tmp_path / name for name in ("first.landloom", "second.landloom", "foreign.landloom"))
    project.set_file("model", second)
    project.set_file("map", made_with(tmp_path / "map.tif", model=(first, "1")))
    of = {
        "map": made_with(tmp_path / "a.tif", model=("moved/first.landloom", "1")),
        "model": made_with(tmp_path / "b.tif", model=(second, "2")),
        "refined": made_with(tmp_path / "c.tif", probabilities=(tmp_path / "b.tif", "x")),
        "foreign": made_with(tmp_path / "d.tif", model=(foreign, "3")),
        "unknown": str(tmp_path / "e.tif"),
    }
    taken = {}
    for name, probabilities in of.items():
        project.set_file("map", tmp_path / "map.tif")
        ran("refine_crf", {"probabilities": probabilities}, {"map": str(tmp_path / f"{name}_refined.tif")})
        taken[name] = project.file("map").endswith(f"{name}_refined.tif")
    assert taken == {"map": True, "model": True, "refined": True, "foreign": False, "unknown": False}


def loaded(path, name, stem, group=None):
    """A raster on the map, as Processing loads and names it, and QGIS puts it into the group that is looked at."""
    shutil.copy(path, path.with_name(f"{stem}.tif"))
    layer = QgsRasterLayer(str(path.with_name(f"{stem}.tif")), name)
    QgsProject.instance().addMapLayer(layer, False)
    (group or QgsProject.instance().layerTreeRoot()).insertLayer(0, layer)
    return layer


def test_maps_of_several_rounds_have_names_of_their_own_and_the_new_one_is_seen(project, tmp_path):
    path = Path(review_files.make(tmp_path)["map"])
    root, layers = QgsProject.instance().layerTreeRoot(), []
    for stem in ("round_1", "round_2", "round_3"):
        ran("predict", {"model": "m"}, {"map": str(path.with_name(f"{stem}.tif"))})
        layers.append(loaded(path, "Map", stem))
        QCoreApplication.processEvents()
    assert [layer.name() for layer in layers] == ["Map", "Map (2)", "Map (3)"]
    nodes = [root.findLayer(layer.id()) for layer in layers]
    assert [(node.isVisible(), node.isExpanded()) for node in nodes] == [(False, False), (False, False), (True, True)]


def test_a_new_map_stands_above_the_earlier_one_wherever_qgis_puts_it(project, tmp_path):
    path = Path(review_files.make(tmp_path)["map"])
    root = QgsProject.instance().layerTreeRoot()
    ran("predict", {"model": "m"}, {"map": str(path.with_name("round_1.tif"))})
    loaded(path, "Map", "round_1")
    group = root.insertGroup(0, "Review")
    ran("predict", {"model": "m"}, {"map": str(path.with_name("round_2.tif"))})
    loaded(path, "Map", "round_2", group)
    QCoreApplication.processEvents()
    assert [node.name() for node in root.children()] == ["Review", "Map (2)", "Map"]
    assert group.children() == []


def test_maps_that_processing_names_after_their_files_keep_these_names(project, tmp_path):
    path = Path(review_files.make(tmp_path)["map"])
    other = QgsProject.instance().addMapLayer(QgsRasterLayer(str(path), "map_2"))
    ran("predict", {"model": "m"}, {"map": str(path.with_name("map_2.tif"))})
    assert loaded(path, "map_2", "map_2").name() == other.name() == "map_2"
