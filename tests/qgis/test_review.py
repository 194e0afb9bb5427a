"""The review file, its queue, its squares as training polygons, and the dock without a window."""

from __future__ import annotations

import importlib
import shutil
import sqlite3
from pathlib import Path

import pytest
import review_files
from waiting import until


@pytest.fixture
def ours(plugin):
    """A module of ui/review by name; the project is emptied before and after."""
    from qgis.core import QgsProject

    QgsProject.instance().clear()
    yield lambda name: importlib.import_module(f"landloom.ui.review.{name}")
    QgsProject.instance().clear()


@pytest.fixture
def scene(tmp_path):
    return review_files.make(tmp_path / "ein Ort mit Umläuten")


@pytest.fixture
def review(ours, scene):
    return ours("loading").open_file(scene["review"])


def corners(geometry):
    return sorted({(round(v.x(), 6), round(v.y(), 6)) for v in geometry.vertices()})


def test_a_decision_is_in_the_file_at_once(review, scene):
    place = review.places()[0]
    review.decide(place, 2, "an orchard", 3)
    row = review_files.rows(scene["review"])[0]
    assert (row["state"], row["class_id"], row["class_name"], row["note"]) == ("relabelled", 2, "Forest", "an orchard")
    assert row["decided"].endswith("+00:00")
    square = next(review.training_layer().getFeatures())
    # Place 1 is the middle of row 5 and column 4: (500045, 5399945); a square of 3 pixels of 10 m.
    assert corners(square.geometry()) == sorted((x, y) for x in (500030, 500060) for y in (5399930, 5399960))
    assert [square[name] for name in ("place", "design", "class_id", "class_name")] == [1, "uncertainty", 2, "Forest"]


def test_the_maps_own_class_is_accepted_by_any_key(review, scene):
    place = review.places()[0]
    review.decide(place, place.map_class)
    assert review_files.rows(scene["review"])[0]["state"] == "accepted"
    assert review_files.rows(scene["review"], "training") == []


def test_deciding_again_replaces_the_square_and_skipping_removes_it(review, scene):
    place = review.places()[1]
    review.decide(place, 2, size=3)
    review.decide(place, 3, size=1)
    assert [row["class_id"] for row in review_files.rows(scene["review"], "training")] == [3]
    review.decide(place, None, size=3)
    row = review_files.rows(scene["review"])[1]
    assert (row["state"], row["class_id"], row["class_name"]) == ("skipped", None, None)
    assert review_files.rows(scene["review"], "training") == []


def test_undo_brings_back_place_and_square(review, scene):
    place = review.places()[0]
    review.decide(place, 2, "first", 3)
    before = review_files.rows(scene["review"])[0]
    review.decide(place, None, "second")
    assert review.undo() == place.fid
    assert review_files.rows(scene["review"])[0] == before
    assert [row["class_id"] for row in review_files.rows(scene["review"], "training")] == [2]
    review.undo()
    assert review_files.rows(scene["review"])[0]["state"] == "open"
    assert not review.can_undo()


def test_a_file_that_another_program_has_locked_keeps_all_and_says_so(review, ours, scene):
    place = review.places()[0]
    review.decide(place, 2, "kept", 3)
    other = sqlite3.connect(scene["review"], isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(ours("review_file").ReviewProblem, match="Free the review file") as refused:
        review.decide(place, 3, "lost?", 1)
    # A line that fits into QGIS's message bar; what is long comes behind it.
    assert len(str(refused.value)) < 50
    assert scene["review"] in refused.value.details
    assert "locked" in refused.value.details
    other.execute("ROLLBACK")
    other.close()
    assert place.class_id == 2
    assert review_files.rows(scene["review"])[0]["note"] == "kept"
    assert len(review_files.rows(scene["review"], "training")) == 1
    review.decide(place, 3)
    assert review_files.rows(scene["review"])[0]["class_id"] == 3


def test_a_place_that_cannot_be_written_gets_no_square(review, ours, scene):
    from qgis.core import QgsProject

    place = review.places()[0]
    review.decide(place, 2, size=3)
    QgsProject.instance().removeMapLayer(review.places_layer().id())
    with pytest.raises(ours("review_file").ReviewProblem, match="was removed"):
        review.decide(place, 3, size=1)
    assert [row["class_id"] for row in review_files.rows(scene["review"], "training")] == [2]


def test_squares_follow_a_grid_that_is_turned(ours, tmp_path):
    turned = (500000.0, 8.0, 6.0, 5400000.0, 6.0, -8.0)
    review = ours("loading").open_file(review_files.make(tmp_path, geotransform=turned)["review"])
    place = review.places()[0]
    x, y = place.point.x(), place.point.y()
    expected = sorted([(x - 7, y + 1), (x + 1, y + 7), (x + 7, y - 1), (x - 1, y - 7)])
    assert corners(review.square(place, 1)) == pytest.approx(expected)


def test_a_file_that_is_no_review_is_refused_with_the_reason(ours, scene, tmp_path):
    problem = ours("review_file").ReviewProblem
    with pytest.raises(problem, match="does not exist"):
        ours("loading").open_file(tmp_path / "none.gpkg")
    with pytest.raises(problem, match="no layer places"):
        ours("loading").open_file(scene["image"])


def test_layers_are_added_once_into_a_group(ours, review, scene):
    from qgis.core import QgsProject

    again = ours("loading").open_file(scene["review"])
    assert len(QgsProject.instance().mapLayers()) == 2
    assert again.places_layer().id() == review.places_layer().id()
    group = QgsProject.instance().layerTreeRoot().findGroup("Review: review")
    assert [node.name() for node in group.findLayers()] == ["Places to review: review", "Training squares: review"]
    root = QgsProject.instance().layerTreeRoot()
    old = root.findLayer(review.places_layer().id())
    root.insertChildNode(0, old.clone())
    group.removeChildNode(old)
    ours("loading").open_file(scene["review"])
    assert root.findLayer(review.places_layer().id()).parent() == root


def test_a_map_that_was_moved_together_with_its_review_is_found(ours, scene, tmp_path):
    folder = Path(scene["review"]).parent
    moved = Path(shutil.move(folder, tmp_path / "elsewhere"))
    review = ours("loading").open_file(moved / Path(scene["review"]).name)
    assert Path(review.map) == moved / Path(scene["map"]).name
    assert ours("loading").add_map(review).isValid()


def test_of_several_reviews_only_the_one_that_is_open_is_seen(ours, review, scene, tmp_path):
    from qgis.core import QgsProject

    def seen(of):
        root = QgsProject.instance().layerTreeRoot()
        return [root.findLayer(layer.id()).isVisible() for layer in (of.places_layer(), of.training_layer())]

    second = ours("loading").open_file(review_files.make(tmp_path / "second")["review"])
    assert (seen(review), seen(second)) == ([False, False], [True, True])
    ours("loading").open_file(scene["review"])
    assert (seen(review), seen(second)) == ([True, True], [False, False])


@pytest.fixture
def legend(ours, scene):
    """What lies in the legend, from above: an uncertainty, an earlier map, the map, the image, a raster below it."""
    from qgis.core import QgsProject, QgsRasterLayer

    layers = {}
    for name in ("below", "image", "map", "earlier", "uncertainty"):
        path = scene["probabilities" if name in ("below", "uncertainty") else "image" if name == "image" else "map"]
        layers[name] = QgsProject.instance().addMapLayer(QgsRasterLayer(path, name))
    return layers


@pytest.fixture
def compare(ours, legend):
    from qgis.gui import QgsMapCanvas

    project = importlib.import_module("landloom.ui.project").LandloomProject()
    project.set_images([legend["image"]])
    canvas = QgsMapCanvas()
    made = ours("compare").Compare(canvas, project)
    made.set_layer(legend["map"])
    yield made
    made.close_down()
    project.close_down()


def visible(legend):
    from qgis.core import QgsProject

    shown = [node.name() for node in QgsProject.instance().layerTreeRoot().findLayers() if node.isVisible()]
    return [name for name in legend if name in shown]


def test_all_that_covers_the_image_goes_and_comes_with_the_map(compare, legend):
    compare.flicker()
    assert visible(legend) == ["below", "image"]
    compare.flicker()
    assert visible(legend) == list(legend)


def test_what_the_user_shows_or_hides_stays_so(compare, legend):
    from qgis.core import QgsProject

    root = QgsProject.instance().layerTreeRoot()
    root.findLayer(legend["earlier"].id()).setItemVisibilityChecked(False)
    compare.show_map(False)
    compare.show_map(False)  # as at the next place of a blind review
    root.findLayer(legend["below"].id()).setItemVisibilityChecked(False)
    compare.show_map(True)
    assert visible(legend) == ["image", "map", "uncertainty"]


def test_layers_that_were_hidden_when_the_project_was_saved_come_back(compare, legend, tmp_path):
    from qgis.core import QgsProject

    compare.show_map(False)
    QgsProject.instance().write(str(tmp_path / "project.qgz"))
    QgsProject.instance().read(str(tmp_path / "project.qgz"))
    compare.show_map(True)
    assert visible(legend) == list(legend)


def test_without_a_chosen_image_only_the_map_and_results_of_ours_are_hidden(compare, legend, scene):
    from qgis.core import QgsProject

    QgsProject.instance().removeEntry("landloom", "images")
    compare.show_map(False)
    assert visible(legend) == ["below", "image", "earlier", "uncertainty"]
    Path(f"{scene['map']}.json").write_text("{}", encoding="utf-8")
    compare.show_map(False)
    assert visible(legend) == ["below", "image", "uncertainty"]


def test_the_queue_passes_by_what_is_decided(ours, review):
    queue = ours("places_queue").Queue(review.places())
    for number in (1, 3):
        review.decide(queue.places[number - 1], 2)
    assert queue.move(1) and queue.current.place == 2
    assert queue.move(1) and queue.current.place == 4
    assert queue.move(-1) and not queue.move(-1) and queue.current.place == 2
    queue.open_only = False
    assert queue.move(-1) and queue.current.place == 1


def test_after_the_last_place_come_those_that_were_passed_by(ours, review):
    queue = ours("places_queue").Queue(review.places())
    while queue.move(1):
        pass
    review.decide(queue.current, 2)
    queue.advance()
    assert queue.current.place == 1
    for place in queue.places:
        review.decide(place, 2)
    assert queue.is_done() and not queue.first_open()


def test_probabilities_are_told_of_the_layer_with_the_classes_names(ours, review, scene):
    from qgis.core import QgsPointXY, QgsProject, QgsRasterLayer

    crs, point = review.places_layer().crs(), review.places()[0].point
    probabilities = ours("facts").probabilities_at
    assert probabilities(review.classes, point, crs) == []
    QgsProject.instance().addMapLayer(QgsRasterLayer(scene["image"], "image"))
    assert probabilities(review.classes, point, crs) == []
    QgsProject.instance().addMapLayer(QgsRasterLayer(scene["probabilities"], "Probabilities"))
    found = probabilities(review.classes, point, crs)
    assert [(c.name, value) for c, value in found][:2] == [("Fields & meadows", 0.62), ("Town", 0.15)]
    assert probabilities(review.classes, QgsPointXY(0, 0), crs) == []


def polygons(definition):
    from qgis.core import QgsProject, QgsVectorLayer

    return QgsProject.instance().addMapLayer(QgsVectorLayer(definition, "mine", "memory"))


def add_squares(ours, review, layer, field="class_id"):
    """Look the squares up and add them, all at once."""
    squares, polygons = ours("squares"), ours("training")
    asked = squares.question(review.training_layer(), layer, field, review.mark())
    return polygons.add_to_polygons(squares.look_up(*asked), layer, field)


def test_squares_become_training_polygons_once(ours, review):
    layer = polygons("MultiPolygon?crs=EPSG:4326&field=class_id:integer&field=note:string")
    places = review.places()
    review.decide(places[0], 2, size=3)
    review.decide(places[1], 3, size=1)
    added = add_squares(ours, review, layer)
    assert (added.new, added.changed, added.there) == (2, 0, 0)
    first = next(layer.getFeatures())
    assert (first["class_id"], first["note"]) == (2, "review.gpkg #1")
    # 45 m east of the zone's meridian (15°), at latitude 48.75°: 45 / (0.9996 · 111 320 m · cos 48.75°) = 0.00061°.
    assert first.geometry().centroid().asPoint().x() == pytest.approx(15.00061, abs=1e-5)
    again = add_squares(ours, review, layer)
    assert (again.new, again.there) == (0, 2)
    review.decide(places[1], 1, size=1)
    renewed = add_squares(ours, review, layer)
    assert (renewed.new, renewed.changed, renewed.there) == (0, 1, 1)
    layer.undoStack().undo()
    layer.undoStack().undo()
    layer.undoStack().undo()
    assert layer.featureCount() == 0


def test_without_a_field_for_notes_a_square_is_known_by_its_shape(ours, review):
    layer = polygons("Polygon?crs=EPSG:32633&field=kind:string")
    review.decide(review.places()[0], 2, size=3)
    assert add_squares(ours, review, layer, "kind").new == 1
    assert add_squares(ours, review, layer, "kind").there == 1
    assert [feature["kind"] for feature in layer.getFeatures()] == ["Forest"]


@pytest.fixture
def added(ours, review):
    """A function that adds the squares of three places, decided as given, to a layer; gives (new, changed, deleted)."""

    def add(layer, *classes):
        for place, class_id in zip(review.places(), classes):
            if place.class_id != class_id:
                review.decide(place, class_id, size=3)
        found = add_squares(ours, review, layer)
        return found.new, found.changed, found.deleted

    return add


def of_place(layer, number):
    return next(f.id() for f in layer.getFeatures() if f["note"] == f"review.gpkg #{number}")


@pytest.mark.parametrize("saved", [False, True])
def test_a_square_that_the_user_deleted_comes_again_only_with_another_class(added, saved):
    layer = polygons("Polygon?crs=EPSG:32633&field=class_id:integer&field=note:string")
    assert added(layer, 2, 3, 1) == (3, 0, 0)
    if saved:
        layer.commitChanges()
        layer.startEditing()
    layer.deleteFeature(of_place(layer, 1))
    layer.deleteFeature(of_place(layer, 2))
    assert added(layer, 2, 3, 1) == (0, 0, 2)
    assert added(layer, 2, 1, 1) == (1, 0, 1)
    assert sorted(f["class_id"] for f in layer.getFeatures()) == [1, 1]


def test_squares_that_were_undone_or_discarded_may_be_added_again(added):
    layer = polygons("Polygon?crs=EPSG:32633&field=class_id:integer&field=note:string")
    assert added(layer, 2, 3) == (2, 0, 0)
    layer.undoStack().undo()
    assert added(layer, 2, 3) == (2, 0, 0)
    layer.undoStack().undo()
    layer.undoStack().redo()
    assert added(layer, 2, 3) == (0, 0, 0)
    layer.rollBack()
    assert added(layer, 2, 3) == (2, 0, 0)


def test_a_review_of_the_same_name_brings_squares_of_its_own(ours, review, tmp_path, added):
    layer = polygons("Polygon?crs=EPSG:32633&field=class_id:integer&field=note:string")
    added(layer, 2)
    moved = (500200.0, 10.0, 0.0, 5400000.0, 0.0, -10.0)
    other = ours("loading").open_file(review_files.make(tmp_path / "other", geotransform=moved)["review"])
    other.decide(other.places()[0], 3, size=3)
    found = add_squares(ours, other, layer)
    assert (found.new, found.changed) == (1, 0)
    assert [f["class_id"] for f in layer.getFeatures()] == [2, 3]


def test_a_layer_that_gets_nothing_new_is_not_put_into_editing(added):
    layer = polygons("Polygon?crs=EPSG:32633&field=class_id:integer&field=note:string")
    added(layer, 2)
    layer.commitChanges()
    assert added(layer, 2) == (0, 0, 0)
    assert not layer.isEditable()


class Asked:
    """The button of a dock with `review`, and what it came to: `said` is the text, the problem, or nothing."""

    def __init__(self, ours, review):
        self.project = importlib.import_module("landloom.ui.project").LandloomProject()
        self.review, self.busy, self.said = review, [], []
        self._adding = ours("training").AddingSquares(lambda: self.review, self.project)
        self._adding.busy.connect(self.busy.append)
        self._adding.added.connect(self.said.append)
        self._adding.failed.connect(self.said.append)

    def press(self, layer, meanwhile=lambda: None):
        """Press it, do something before the squares are looked up, and wait for the end."""
        self.project.set_polygons(layer)
        self._adding.start()
        meanwhile()
        until(lambda: self.busy == [True, False])
        return self.said


@pytest.fixture
def asked(ours, review):
    made = Asked(ours, review)
    yield made
    made.project.close_down()


def test_squares_are_added_beside_the_window(asked, review):
    layer = polygons("Polygon?crs=EPSG:32633&field=class_id:integer&field=note:string")
    for place in review.places()[:2]:
        review.decide(place, 2, size=3)
    said = asked.press(layer)
    assert said[0].startswith("2 squares added to mine, 0 given another class, 0 there already.")
    assert layer.featureCount() == 2
    layer.undoStack().undo()
    assert layer.featureCount() == 0


def test_polygons_that_are_edited_while_squares_are_looked_up_are_seen(asked, ours, review):
    layer = polygons("Polygon?crs=EPSG:32633&field=class_id:integer&field=note:string")
    review.decide(review.places()[0], 2, size=3)
    said = asked.press(layer, meanwhile=lambda: add_squares(ours, review, layer))
    assert said == ["0 squares added to mine, 0 given another class, 1 there already."]
    assert layer.featureCount() == 1


@pytest.mark.parametrize("what", ["another review", "other polygons", "layer removed", "project closed"])
def test_squares_for_what_has_gone_meanwhile_are_dropped(asked, ours, review, tmp_path, what):
    from qgis.core import QgsProject

    layer = polygons("Polygon?crs=EPSG:32633&field=class_id:integer")
    other = polygons("Polygon?crs=EPSG:32633&field=class_id:integer")
    review.decide(review.places()[0], 2, size=3)
    changes = {
        "another review": lambda: setattr(asked, "review", ours("loading").open_file(second)),
        "other polygons": lambda: asked.project.set_polygons(other),
        "layer removed": lambda: QgsProject.instance().removeMapLayer(layer.id()),
        "project closed": lambda: QgsProject.instance().clear(),
    }
    second = review_files.make(tmp_path / "second")["review"]
    assert asked.press(layer, meanwhile=changes[what]) == []
    left = QgsProject.instance().mapLayersByName("mine")
    assert [(mine.featureCount(), mine.isEditable()) for mine in left] == [(0, False)] * len(left)


def test_polygons_that_another_program_has_locked_are_left_alone_and_it_says_so(asked, review, scene, tmp_path):
    from qgis.core import QgsProject, QgsVectorLayer

    # Any file of polygons would do.
    path = shutil.copy(scene["review"], tmp_path / "polygons.gpkg")
    layer = QgsProject.instance().addMapLayer(QgsVectorLayer(f"{path}|layername=training", "mine", "ogr"))
    review.decide(review.places()[0], 2, size=3)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    said = asked.press(layer)
    other.close()
    assert str(said[0]).startswith("Free the layer mine") and str(path) in said[0].details
    assert not layer.isEditable()


def test_a_layer_without_the_class_field_is_left_alone(asked, review):
    layer = polygons("Polygon?crs=EPSG:32633&field=kind:string")
    review.decide(review.places()[0], 2, size=3)
    assert "no field class_id" in str(asked.press(layer)[0])
    assert not layer.isEditable()
