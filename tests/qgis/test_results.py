"""What the project keeps of runs, wherever they were started from."""

from __future__ import annotations

import pytest
import review_files
from qgis.core import QgsFeature, QgsGeometry, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication


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
    from landloom.ui.workbench.steps import STEPS

    layer = QgsVectorLayer("Polygon?field=class_id:integer", "polygons", "memory")
    QgsProject.instance().addMapLayer(layer)
    project.set_polygons(layer)
    samples = tmp_path / "samples.parquet"
    samples.touch()
    warnings = []
    for changes in (False, True):
        run = RUNS.begin("extract_samples", "Extract samples", {"polygons": layer.source()})
        if changes:
            feature = QgsFeature(layer.fields())
            feature.setGeometry(QgsGeometry.fromWkt("POLYGON((0 0, 1 0, 1 1, 0 0))"))
            layer.dataProvider().addFeature(feature)
        RUNS.end(run, DONE, {"samples": str(samples)})
        warnings.append(STEPS[1].state(project).warning)
    assert warnings == ["", "The polygons have changed since."]
