"""The classes of training polygons, their warnings, and how they are kept, in a QGIS without a window."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from headless import TEST_HOME as HOME
from qgis.core import (
    QgsFeature,
    QgsGeometry,
    QgsProject,
    QgsRasterLayer,
    QgsRuleBasedRenderer,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from waiting import until

pytestmark = pytest.mark.usefixtures("plugin")

SCHEMES = Path(__file__).resolve().parents[2] / "resources" / "schemes"


@pytest.fixture(autouse=True)
def empty_project(application):
    yield
    QgsProject.instance().clear()


@pytest.fixture
def scene(demo, tmp_path):
    """The demo's polygons, a copy to write to, and its image."""
    path = shutil.copy(demo["POLYGONS"], tmp_path / "polygons ä.gpkg")
    polygons = QgsVectorLayer(f"{path}|layername=training_polygons", "polygons", "ogr")
    image = QgsRasterLayer(str(demo["IMAGE"]), "image")
    QgsProject.instance().addMapLayers([polygons, image])
    return polygons, image


def memory_layer(fields="field=class_id:integer", crs="EPSG:32633", shapes=()):
    """A layer of polygons; `shapes` are (WKT, class)."""
    layer = QgsVectorLayer(f"MultiPolygon?crs={crs}&{fields}", "drawn", "memory")
    QgsProject.instance().addMapLayer(layer)
    for wkt, value in shapes:
        add(layer, wkt, value)
    return layer


def add(layer, wkt, value):
    """Add a feature, through the edit buffer if the layer is in edit mode; gives its id."""
    feature = QgsFeature(layer.fields())
    feature.setGeometry(QgsGeometry.fromWkt(wkt))
    feature.setAttribute(layer.fields().count() - 1, value)
    if layer.isEditable():
        layer.addFeature(feature)
        return feature.id()
    return layer.dataProvider().addFeatures([feature])[1][0].id()


def square(x, y, size):
    return f"POLYGON(({x} {y},{x + size} {y},{x + size} {y + size},{x} {y + size},{x} {y}))"


class NoDrawing:
    """Stands where there is no map to draw on."""

    def pause_form(self, layer):
        pass

    resume_form = pause_form


def training(layer, field="class_id"):
    from landloom.ui.digitizing.training_classes import TrainingClasses

    found = TrainingClasses(NoDrawing())
    found.take_up(layer, field)
    return found


def styled(layer):
    """Value, label and colour of the categories."""
    return [(c.value(), c.label(), c.symbol().color().name()) for c in layer.renderer().categories()]


# --- the table ----------------------------------------------------------------------------------


def table():
    from landloom.ui.digitizing.class_table import LandClass

    return [LandClass(1, "Water", "#0072b2"), LandClass(3, "Forest", "#117733", "Trees; many")]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ((3, "Fen", "#123456"), "taken by Forest"),
        ((4, "Forest", "#123456"), "already"),
        ((4, "  ", "#123456"), "needs a name"),
        ((4, "Fen", "green"), "not a colour"),
        ((65535, "Fen", "#123456"), "from 0 to 65534"),
        ((-1, "Fen", "#123456"), "from 0 to 65534"),
    ],
)
def test_a_class_that_cannot_be_is_refused_in_words(entry, said):
    from landloom.ui.digitizing.class_table import LandClass, problem_of

    assert said in problem_of(LandClass(*entry), table())


def test_a_new_class_gets_a_free_id_and_a_free_colour():
    from landloom.ui.digitizing.class_table import DEFAULT_COLOURS, LandClass, free_colour, free_id

    assert free_id([]) == 1
    assert free_id(table()) == 4
    assert free_id([LandClass(65534, "last", "#000000"), LandClass(1, "first", "#000000")]) == 2
    assert free_colour([LandClass(1, "a", DEFAULT_COLOURS[0])]) == DEFAULT_COLOURS[1]
    all_taken = [LandClass(i, f"{i}", colour) for i, colour in enumerate(DEFAULT_COLOURS, start=1)]
    assert free_colour(all_taken) == DEFAULT_COLOURS[0]
    assert free_colour([*all_taken, LandClass(99, "z", DEFAULT_COLOURS[0])]) == DEFAULT_COLOURS[1]


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_table_comes_back_as_it_went_out(kind, tmp_path):
    from landloom.ui.digitizing import class_files

    path = str(tmp_path / f"classes ä.{kind}")
    class_files.write(path, table(), None)
    assert class_files.read(path) == table()


def test_the_engine_reads_what_the_dock_exports_and_has_the_same_colours_and_bounds(tmp_path):
    from landloom.ui.digitizing import class_files, class_table

    path = str(tmp_path / "classes.csv")
    class_files.write(path, table(), None)
    code = (
        "import sys, json; from landloom import classes as c;"
        "print(json.dumps([c.parse(sys.argv[1]).as_list(), c.DEFAULT_COLOURS, c.MAXIMUM_ID]))"
    )
    python = HOME / "environment" / "bin" / "python"
    done = subprocess.run([python, "-c", code, path], cwd=SCHEMES.parents[1], capture_output=True, text=True)
    read, colours, most = json.loads(done.stdout)
    assert read == [vars(c) for c in table()]
    assert tuple(colours) == class_table.DEFAULT_COLOURS
    assert most == class_table.MAXIMUM_ID


def test_a_table_from_a_spreadsheet_is_read(tmp_path):
    from landloom.ui.digitizing import class_files

    path = tmp_path / "classes.csv"
    path.write_text("\ufeffID;Name;Colour\n1;Wasser;\n2;Wald;#117733\n", encoding="utf-8")
    assert [(c.id, c.name, c.colour) for c in class_files.read(str(path))] == [
        (1, "Wasser", "#e69f00"),
        (2, "Wald", "#117733"),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "id,name\n1,Water\n1,Forest\n"),
        ("a.csv", "number,name\n1,Water\n"),
        ("a.csv", ""),
        ("a.json", "{}"),
        ("a.json", "nothing"),
        ("a.qml", "<qgis/>"),
        ("a.txt", "id,name\n1,Water\n"),
    ],
)
def test_a_file_without_a_table_is_refused_in_words(name, text, tmp_path):
    from landloom.ui.digitizing import class_files
    from landloom.ui.digitizing.class_table import ClassProblem

    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ClassProblem):
        class_files.read(str(tmp_path / name))


def test_classes_come_from_styles_of_polygons_and_of_maps(scene, tmp_path):
    from landloom.ui.digitizing import class_files

    style = str(tmp_path / "style.qml")
    class_files.write(style, [], scene[0])
    names = ["Agriculture", "Forest", "Parcels", "Urban", "Water"]
    assert [c.name for c in class_files.read(style)] == names
    palette = (
        '<qgis><pipe><rasterrenderer type="paletted"><colorPalette>{}</colorPalette></rasterrenderer></pipe></qgis>'
    )
    entry = '<paletteEntry value="7" label="Snow" color="#88ccee" alpha="255"/>'
    Path(style).write_text(palette.format(entry), encoding="utf-8")
    assert [(c.id, c.name, c.colour) for c in class_files.read(style)] == [(7, "Snow", "#88ccee")]
    assert [la.name() for la in class_files.layers_with_classes()] == ["polygons"]
    assert [c.id for c in class_files.from_layer(scene[0])] == [1, 2, 3, 4, 5]


def test_an_import_keeps_the_classes_that_polygons_have():
    from landloom.ui.digitizing.class_table import LandClass, merged

    imported = [LandClass(1, "Lake", "#000001"), LandClass(2, "Forest", "#000002")]
    found = merged(imported, table(), {3}, by_name=False)
    assert [(c.id, c.name) for c in found] == [(1, "Lake"), (2, "Forest"), (3, "Forest 2")]
    found = merged(imported, table(), {"Water"}, by_name=True)
    assert [c.name for c in found] == ["Lake", "Forest", "Water"]
    assert len({c.id for c in found}) == 3


# --- colours ------------------------------------------------------------------------------------

# Machado, Oliveira & Fernandes 2009 (IEEE TVCG 15:1291), severity 1, on linear RGB.
MACHADO = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}


def lab(colour, vision=None):
    """CIE L*a*b* (D65) of a colour #rrggbb, as somebody with that vision sees it."""
    import numpy as np

    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    if vision:
        linear = np.clip(np.array(MACHADO[vision]) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    scaled = xyz / [0.9505, 1, 1.089]
    f = np.where(scaled > (6 / 29) ** 3, np.cbrt(scaled), scaled / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def smallest_distance(colours, vision):
    import numpy as np

    seen = [lab(c, vision) for c in colours]
    return min(np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i])


def test_the_colour_distance_is_that_of_cie_1976():
    import numpy as np

    assert np.linalg.norm(lab("#ffffff") - lab("#000000")) == pytest.approx(100, abs=0.1)
    assert lab("#ff0000") == pytest.approx([53.24, 80.09, 67.20], abs=0.1)  # Lindbloom's calculator


@pytest.mark.parametrize("vision", [None, *MACHADO])
@pytest.mark.parametrize("scheme", sorted(p.stem for p in SCHEMES.glob("*.csv")))
def test_the_colours_of_a_scheme_are_told_apart_in_any_vision(scheme, vision):
    colours = [row["colour"] for row in csv.DictReader((SCHEMES / f"{scheme}.csv").open(encoding="utf-8"))]
    assert smallest_distance(colours, vision) > 10


@pytest.mark.parametrize("vision", [None, *MACHADO])
def test_the_first_default_colours_are_told_apart_in_any_vision(vision):
    from landloom.ui.digitizing.class_table import DEFAULT_COLOURS

    assert smallest_distance(DEFAULT_COLOURS[:8], vision) > 15


# --- the classes of a layer ---------------------------------------------------------------------


def saved(path):
    """The table `classes` and the stored style of a GeoPackage."""
    classes = QgsVectorLayer(f"{path}|layername=classes", "classes", "ogr")
    styles = QgsVectorLayer(f"{path}|layername=layer_styles", "styles", "ogr")
    return [(f["id"], f["name"], f["colour"]) for f in classes.getFeatures()], next(styles.getFeatures())["styleQML"]


def path_of(layer):
    return layer.source().split("|")[0]


def test_the_classes_of_a_training_layer_are_those_of_its_style_with_descriptions_from_its_file(scene):
    found = training(scene[0])
    assert [(c.id, c.name, c.colour) for c in found.classes][1] == (2, "Forest", "#14573a")
    found.edit([replace(c, description=f"All of {c.name}") for c in found.classes], {}, "")
    until(lambda: found._saving is None)
    found.let_go()
    again = QgsVectorLayer(scene[0].source(), "again", "ogr")
    QgsProject.instance().addMapLayer(again)
    assert training(again).classes[1].description == "All of Forest"


def test_an_edited_class_reaches_style_form_table_and_stored_style(scene):
    layer = scene[0]
    found = training(layer)
    classes = [replace(c, name="Wald", colour="#332288") if c.id == 2 else c for c in found.classes]
    found.edit(classes[:-1], {}, "")
    until(lambda: found._saving is None)
    assert (2, "Wald", "#332288") in styled(layer)
    assert len(styled(layer)) == 4
    index = layer.fields().indexOf("class_id")
    assert {"Wald": "2"} in layer.editorWidgetSetup(index).config()["map"]
    table, style = saved(path_of(layer))
    assert table == [(1, "Agriculture", "#f5e794"), (2, "Wald", "#332288"), (3, "Parcels", "#e09a4e"),
        (4, "Urban", "#c04a74"),
    ]  # fmt: skip
    assert 'label="Wald"' in style
    from landloom.algorithms.class_style import classes_of_layer

    found.edit([*classes], {}, "")
    assert "2:Wald:#332288" in classes_of_layer(layer, "class_id")
    found.let_go()


def test_the_fill_stays_translucent_and_hidden_classes_stay_hidden(scene):
    layer = scene[0]
    layer.renderer().updateCategoryRenderState(0, False)
    found = training(layer)
    found.edit(found.classes, {}, "")
    first = layer.renderer().categories()[0]
    assert not first.renderState()
    assert first.symbol().symbolLayer(0).fillColor().alpha() == 70
    assert first.symbol().symbolLayer(0).strokeColor().alpha() == 255
    found.let_go()


def test_renaming_a_class_of_names_takes_its_polygons_along_and_can_be_undone():
    layer = memory_layer("field=kind:string", shapes=[(square(0, 0, 10), "Wood"), (square(20, 0, 10), "Lake")])
    found = training(layer, "kind")
    assert [c.name for c in found.classes] == ["Lake", "Wood"]
    found.edit(
        [replace(c, name="Forest") if c.name == "Wood" else c for c in found.classes], {"Wood": "Forest"}, "Rename"
    )
    assert sorted(f["kind"] for f in layer.getFeatures()) == ["Forest", "Lake"]
    layer.undoStack().undo()
    assert sorted(f["kind"] for f in layer.getFeatures()) == ["Lake", "Wood"]
    found.add_missing({"Wood", "Lake"})
    assert {"Forest", "Wood", "Lake"} == {c.name for c in found.classes}
    found.let_go()


def test_classes_that_only_polygons_have_are_found_and_descriptions_stay_in_the_project():
    layer = memory_layer(shapes=[(square(0, 0, 10), 7), (square(20, 0, 10), None)])
    found = training(layer)
    assert [(c.id, c.name) for c in found.classes] == [(7, "Class 7")]
    assert styled(layer)[0][:2] == (7, "Class 7"), "a layer without a style by classes gets one"
    found.edit([replace(found.classes[0], description="Fen")], {}, "")
    assert training(layer).classes[0].description == "Fen"


def test_choosing_a_layer_does_not_write_to_its_file(tmp_path):
    path = str(tmp_path / "plain.gpkg")
    given = memory_layer(shapes=[(square(0, 0, 10), 7)])
    QgsVectorFileWriter.writeAsVectorFormatV3(
        given, path, QgsProject.instance().transformContext(), QgsVectorFileWriter.SaveVectorOptions()
    )
    layer = QgsVectorLayer(f"{path}|layername=plain", "plain", "ogr")
    QgsProject.instance().addMapLayer(layer)
    found = training(layer)
    assert found.classes
    assert found._saving is None


def test_the_same_classes_shown_by_ids_are_shown_by_names_where_names_are_the_classes(scene):
    before = [entry[1:] for entry in styled(scene[0])]
    found = training(scene[0], "class_name")
    assert scene[0].renderer().classAttribute() == "class_name"
    assert [entry[1:] for entry in styled(scene[0])] == before
    found.let_go()


def test_a_style_by_rules_is_left_as_it_is():
    layer = memory_layer(shapes=[(square(0, 0, 10), 1)])
    layer.setRenderer(QgsRuleBasedRenderer.convertFromRenderer(layer.renderer()))
    found = training(layer)
    found.edit(found.classes, {}, "")
    assert isinstance(layer.renderer(), QgsRuleBasedRenderer)
    assert [c.id for c in training(layer).classes] == [1]


def test_a_change_in_qgis_own_styling_is_taken_over(scene):
    found = training(scene[0])
    renderer = scene[0].renderer().clone()
    renderer.updateCategoryLabel(1, "Bush")
    scene[0].setRenderer(renderer)
    assert found.classes[1].name == "Bush"
    found.let_go()


def test_a_table_called_classes_of_somebody_else_stays(scene, tmp_path):
    from landloom.ui.digitizing import saving
    from osgeo import ogr

    path = str(tmp_path / "mine.gpkg")
    package = ogr.GetDriverByName("GPKG").CreateDataSource(path)
    package.CreateLayer("classes", None, ogr.wkbNone).CreateField(ogr.FieldDefn("teacher", ogr.OFTString))
    package = None
    assert saving.write(path, "polygons", [vars(c) for c in table()], "") == ""
    assert [f.name() for f in QgsVectorLayer(f"{path}|layername=classes", "c", "ogr").fields()] == ["fid", "teacher"]


def test_a_file_that_cannot_be_written_is_told_and_the_style_still_changes(scene):
    layer = scene[0]
    found = training(layer)
    said = []
    found.failed.connect(said.append)
    Path(path_of(layer)).unlink()
    found.edit(found.classes[:-1], {}, "")
    until(lambda: said)
    assert "in the project only" in said[0]
    assert len(styled(layer)) == 4
    found.let_go()


@pytest.fixture
def locked(scene):
    """The scene's polygons while another program writes to their file."""
    layer = scene[0]
    other = sqlite3.connect(path_of(layer), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    yield layer
    other.close()


def test_polygons_in_a_locked_file_keep_their_classes_and_it_says_so(locked):
    from landloom.ui.digitizing.layer_classes import recode

    said = recode(locked, "class_id", 2, 9, "Change")
    assert said == "Free the layer polygons: its file is locked or read-only."
    assert not locked.isEditable()


def test_classes_that_cannot_be_saved_since_the_file_is_locked_are_told(locked):
    from landloom.ui.digitizing import saving

    said = saving.write(path_of(locked), "polygons", [], "", patience_s=0)
    assert said == f"{path_of(locked)} is locked by another program, or read-only."


def test_a_layer_that_is_edited_is_not_asked_for_a_lock(scene):
    from landloom.ui.locks import begin_editing

    layer = scene[0]
    assert begin_editing(layer) == ("", "") and layer.isEditable()
    other = sqlite3.connect(path_of(layer), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert begin_editing(layer) == ("", "")
    other.close()


def test_a_layer_that_goes_takes_nothing_with_it():
    layer = memory_layer(shapes=[(square(0, 0, 10), 1)])
    found = training(layer)
    QgsProject.instance().removeMapLayer(layer.id())
    assert found.layer() is None
    found.edit([], {}, "")
    found.let_go()


# --- checks -------------------------------------------------------------------------------------


@pytest.fixture
def checks():
    from landloom.ui.digitizing.checks import LiveChecks

    found = LiveChecks()
    yield found
    found.stop()


def watch(checks, layer, image=None, field="class_id"):
    checks.watch(layer, field, image)
    until(lambda: not checks.busy)


def kinds(checks):
    until(lambda: not checks.busy)
    return sorted(p.kind for p in checks.problems)


def test_an_overlap_of_two_classes_comes_and_goes_with_edit_and_undo(checks):
    layer = memory_layer(shapes=[(square(0, 0, 10), 1), (square(20, 0, 10), 1)])
    watch(checks, layer)
    assert kinds(checks) == []
    layer.startEditing()
    layer.beginEditCommand("add")
    fid = add(layer, square(5, 5, 10), 2)
    layer.endEditCommand()
    assert kinds(checks) == ["overlap"]
    assert dict(checks.counts) == {1: 2, 2: 1}
    assert checks.problems[0].where.contains(QgsGeometry.fromWkt(square(5, 5, 5)).boundingBox())
    layer.changeAttributeValue(fid, 0, 1)
    assert kinds(checks) == [], "the same class may overlap"
    layer.undoStack().undo()
    assert kinds(checks) == ["overlap"]
    layer.changeGeometry(fid, QgsGeometry.fromWkt(square(10, 0, 10)))
    assert kinds(checks) == [], "a shared edge is no overlap"
    layer.undoStack().undo()
    layer.undoStack().undo()
    assert kinds(checks) == []
    assert dict(checks.counts) == {1: 2}


def test_only_what_changed_is_looked_at_again(checks, monkeypatch):
    layer = memory_layer()
    features = []
    for number in range(2000):
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromWkt(square(20 * number, 0, 10)))
        feature.setAttribute(0, number % 2)
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    watch(checks, layer)
    looked = []
    look_at = checks._look_at
    monkeypatch.setattr(checks, "_look_at", lambda feature: looked.append(feature.id()) or look_at(feature))
    layer.startEditing()
    fid = add(layer, square(15, 0, 10), 5)
    assert kinds(checks) == ["overlap"]
    assert looked == [fid]


def test_after_saving_only_polygons_with_new_ids_are_looked_at_again(checks, scene, monkeypatch):
    layer, image = scene
    watch(checks, layer, image)
    there = set(layer.allFeatureIds())
    looked = []
    look_at = checks._look_at
    monkeypatch.setattr(checks, "_look_at", lambda feature: looked.append(feature.id()) or look_at(feature))
    layer.startEditing()
    add(layer, square(0, 0, 10), 1)
    assert layer.commitChanges()
    until(lambda: not checks.busy)
    assert not there & set(looked)
    assert "outside" in kinds(checks)


def test_saved_polygons_are_known_by_their_new_ids(checks, scene):
    layer, image = scene
    watch(checks, layer, image)
    before = sum(checks.counts.values())
    layer.startEditing()
    centre = image.extent().center()
    feature = QgsFeature(layer.fields())
    feature.setGeometry(QgsGeometry.fromWkt(square(centre.x(), centre.y(), 100)))
    feature["class_id"] = 1
    layer.addFeature(feature)
    assert layer.commitChanges()
    until(lambda: not checks.busy)
    assert sum(checks.counts.values()) == before + 1 == layer.featureCount()
    assert all(fid >= 0 for fid in checks._known)


def test_a_polygon_is_checked_against_the_image(checks, demo):
    image = QgsRasterLayer(str(demo["IMAGE"]), "image")
    QgsProject.instance().addMapLayer(image)
    west, north = image.extent().xMinimum(), image.extent().yMaximum()
    cases = {
        "inside": (square(west + 100, north - 200, 50), []),
        "small": (square(west + 101, north - 200, 20), ["small"]),
        "partly": (square(west - 50, north - 200, 100), ["partly"]),
        "outside": (square(west - 500, north - 200, 100), ["outside"]),
        "crossing": ("POLYGON((0 0,100 100,100 0,0 100,0 0))", ["crossing", "outside"]),
    }
    for wkt, expected in cases.values():
        layer = memory_layer(shapes=[(wkt, 1)])
        watch(checks, layer, image)
        assert kinds(checks) == expected
    small = memory_layer(shapes=[(cases["small"][0], 1)])
    watch(checks, small, image)
    assert checks.problems[0].pixels == 4, "20 m are two pixels of 10 m"


def test_a_layer_in_degrees_is_checked_where_it_lies(checks, demo):
    from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform

    image = QgsRasterLayer(str(demo["IMAGE"]), "image")
    QgsProject.instance().addMapLayer(image)
    there = QgsCoordinateReferenceSystem("EPSG:4326")
    shape = QgsGeometry.fromWkt(square(image.extent().center().x(), image.extent().center().y(), 100))
    shape.transform(QgsCoordinateTransform(image.crs(), there, QgsProject.instance()))
    watch(checks, memory_layer(crs="EPSG:4326", shapes=[(shape.asWkt(), 1)]), image)
    assert kinds(checks) == []
    watch(checks, memory_layer(crs="EPSG:4326", shapes=[(square(170, -89.9, 0.01), 1)]), image)
    assert kinds(checks) == ["outside"]


def test_what_has_no_crs_no_class_or_no_geometry_is_told_and_harmless(checks, demo):
    image = QgsRasterLayer(str(demo["IMAGE"]), "image")
    layer = memory_layer(crs="", shapes=[(square(0, 0, 10), 1)])
    watch(checks, layer, image)
    assert kinds(checks) == ["no_place"]
    layer = memory_layer(shapes=[(square(0, 0, 10), None), ("MULTIPOLYGON EMPTY", 1)])
    layer.dataProvider().addFeatures([QgsFeature(layer.fields())])
    watch(checks, layer, image)
    assert "no_class" in kinds(checks)
    QgsProject.instance().removeMapLayer(layer.id())
    until(lambda: not checks.busy)


def test_pixels_are_counted_by_their_centres(demo):
    from landloom.ui.digitizing.polygon_pixels import count_pixels
    from landloom.ui.imagery.grids import Grid
    from qgis.core import QgsCoordinateReferenceSystem, QgsRectangle

    grid = Grid(QgsRectangle(0, 0, 10, 10), 10, 10, QgsCoordinateReferenceSystem("EPSG:32633"))

    def count(wkt, enough=1000):
        return count_pixels(grid, QgsGeometry.fromWkt(wkt), enough)

    assert count(square(2, 2, 3)) == 9
    assert count(square(2.4, 2.4, 3)) == 9
    assert count(square(2.6, 2.6, 0.8)) == 0
    assert count(square(-5, -5, 20)) == 100
    assert count("POLYGON((0 0,10 0,10 10,0 10,0 0),(2 2,8 2,8 8,2 8,2 2))") == 64
    assert count("MULTIPOLYGON(((0 0,2 0,2 2,0 2,0 0)),((4 4,6 4,6 6,4 6,4 4)))") == 8
    assert count("POLYGON((0 0,10 0,0 10,0 0))") in (45, 55)
    assert count("POLYGON EMPTY") == 0
    assert 9 <= count(square(0, 0, 10), 9) < 100
