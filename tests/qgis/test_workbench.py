"""What the workbench counts while the window goes on."""

from __future__ import annotations

import pytest
import review_files
from qgis.core import QgsFeature, QgsGeometry, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication
from waiting import until


@pytest.fixture
def project(plugin):
    from landloom.ui.project import LandloomProject

    QgsProject.instance().clear()
    project = LandloomProject()
    yield project
    project.close_down()
    QgsProject.instance().clear()


@pytest.fixture
def counting(project):
    from landloom.ui.workbench.counting import Counting

    counting = Counting(project)
    yield counting
    counting.close_down()


def texts(project, counting):
    from landloom.ui.workbench.steps import STEPS

    return [STEPS[number].state(project, counting).text for number in (0, 4)]


def draw(layer, *classes):
    """Add squares of 10 m, side by side, of these classes."""
    for number, value in enumerate(classes):
        feature = QgsFeature(layer.fields())
        x = 20 * number
        feature.setGeometry(QgsGeometry.fromWkt(f"POLYGON(({x} 0, {x + 10} 0, {x + 10} 10, {x} 10, {x} 0))"))
        feature["class_id"] = value
        layer.addFeature(feature)


@pytest.fixture
def polygons(project):
    layer = QgsVectorLayer("Polygon?crs=EPSG:32633&field=class_id:integer", "polygons", "memory")
    QgsProject.instance().addMapLayer(layer)
    project.set_polygons(layer)
    layer.startEditing()
    draw(layer, 1, 1, 2, None)
    return layer


def test_the_window_does_not_wait_for_numbers_and_shows_the_earlier_ones_meanwhile(
    project, counting, polygons, tmp_path
):
    review = review_files.make(tmp_path)["review"]
    project.set_file("review", review)
    counting.ask()
    assert texts(project, counting) == ["4 polygons.", "review.gpkg"]
    until(lambda: counting.polygons and counting.places)
    assert texts(project, counting) == ["4 polygons in 2 classes.", "0 of 6 places looked at."]
    decide(review, "accepted", "skipped")
    draw(polygons, 3)
    counting.look_again()
    counting.ask()
    assert texts(project, counting) == ["5 polygons in 2 classes.", "0 of 6 places looked at."]
    until(lambda: counting.polygons.classes == 3 and counting.places.decided)
    assert texts(project, counting) == ["5 polygons in 3 classes.", "2 of 6 places looked at."]


def decide(path, *states):
    """Write states into the first places of a review."""
    layer = QgsVectorLayer(f"{path}|layername=places", "places", "ogr")
    field = layer.fields().indexOf("state")
    layer.dataProvider().changeAttributeValues({fid: {field: state} for fid, state in enumerate(states, start=1)})


def test_what_has_not_changed_is_not_counted_again(project, counting, polygons):
    counting.ask()
    until(lambda: counting.polygons)
    known = counting.polygons
    counting.ask()
    assert counting.polygons is known
    answers = []
    counting.changed.connect(lambda: answers.append(counting.polygons))
    serve_threads()
    assert answers == []


def serve_threads():
    """Let threads end, and what they say arrive."""
    from qgis.PyQt.QtCore import QThreadPool

    QThreadPool.globalInstance().waitForDone()
    QCoreApplication.processEvents()


def test_numbers_of_a_project_that_was_closed_meanwhile_are_dropped(project, counting, polygons):
    counting.ask()
    QgsProject.instance().clear()
    serve_threads()
    assert counting.polygons is None


def test_numbers_of_other_polygons_are_not_shown(project, counting, polygons):
    counting.ask()
    until(lambda: counting.polygons)
    other = QgsProject.instance().addMapLayer(QgsVectorLayer("Polygon?field=class_id:integer", "other", "memory"))
    project.set_polygons(other)
    counting.ask()
    assert counting.polygons is None


def test_a_review_file_that_cannot_be_read_says_so(project, counting, tmp_path):
    path = tmp_path / "review.gpkg"
    path.write_bytes(b"no GeoPackage")
    project.set_file("review", path)
    counting.ask()
    until(lambda: counting.places)
    assert texts(project, counting)[1] == "review.gpkg cannot be read. Queue places again."


def test_a_map_that_is_newer_than_the_review_asks_for_another_queue(project, tmp_path):
    from landloom.ui.workbench.steps import STEPS

    scene = review_files.make(tmp_path)
    for key, made in (("map", 1), ("review", 2)):
        project.set_file(key, scene[key])
        project.set_figures(key, {"made": made})
    assert STEPS[4].main(project).dock == "review"
    project.set_figures("map", {"made": 3})
    assert STEPS[4].main(project).algorithm == "queue_places"


CHANGES = {
    "moved": lambda layer, first: layer.changeGeometry(first.id(), moved(first.geometry())),
    "another class": lambda layer, first: layer.changeAttributeValue(first.id(), 0, 2),
    "deleted": lambda layer, first: layer.deleteFeature(first.id()),
}


def moved(geometry):
    geometry.translate(2, 0)
    return geometry


@pytest.mark.parametrize("change", CHANGES)
def test_polygons_that_differ_have_another_fingerprint(polygons, change):
    from landloom.ui.polygon_sums import question, sum_up

    before = sum_up(*question(polygons, "class_id")).fingerprint
    CHANGES[change](polygons, next(polygons.getFeatures()))
    assert sum_up(*question(polygons, "class_id")).fingerprint != before


def test_saving_polygons_does_not_change_their_fingerprint(polygons):
    from landloom.ui.polygon_sums import question, sum_up

    before = sum_up(*question(polygons, "class_id"))
    polygons.commitChanges()
    assert sum_up(*question(polygons, "class_id")) == before
    # Squares of 100 m² in the middle of x = 5, 25 (class 1), 45 (class 2) and 65 (none).
    assert before.fingerprint == [["", 1, "100", "65", "5"], ["1", 2, "200", "30", "10"], ["2", 1, "100", "45", "5"]]
