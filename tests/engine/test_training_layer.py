"""The layer to draw training polygons in, and the styles, opened in the QGIS that is installed."""

import json
import os
import shutil
import sqlite3
import subprocess
import textwrap
from contextlib import closing

import numpy as np
import pytest
import rasterio
from conftest import write_raster

from landloom import classes, styles, training_layer
from landloom.errors import OutputError, ParameterError

QGIS_PYTHON = "/usr/bin/python3"


def has_qgis() -> bool:
    if not shutil.which(QGIS_PYTHON):
        return False
    return subprocess.run([QGIS_PYTHON, "-c", "import qgis.core"], capture_output=True).returncode == 0


needs_qgis = pytest.mark.skipif(not has_qgis(), reason="QGIS is not installed")

LOOK_AT_VECTOR = """
layer = QgsVectorLayer(sys.argv[1], "layer", "ogr")
renderer = layer.renderer()
index = layer.fields().indexOf("class_id")
setup = layer.editorWidgetSetup(index)
print(json.dumps({
    "valid": layer.isValid(),
    "crs": layer.crs().authid(),
    "type": QgsWkbTypes.displayString(layer.wkbType()),
    "renderer": renderer.type(),
    "attribute": getattr(renderer, "classAttribute", str)(),
    "categories": [
        [int(c.value()), c.label(), c.symbol().color().name()] for c in getattr(renderer, "categories", list)()
    ],
    "place_of_2": getattr(renderer, "categoryIndexForValue", str)(2),
    "widget": setup.type(),
    "choices": setup.config().get("map"),
    "constraints": int(layer.fieldConstraints(index)),
    "strength": int(layer.fields()[index].constraints().constraintStrength(QgsFieldConstraints.ConstraintNotNull)),
    "alias": layer.attributeAlias(index),
    "id_widget": layer.editorWidgetSetup(layer.fields().indexOf("fid")).type(),
    "fields": layer.fields().names(),
}))
"""

LOOK_AT_RASTER = """
layer = QgsRasterLayer(sys.argv[1])
renderer = layer.renderer()
print(json.dumps({
    "renderer": renderer.type(),
    "legend": [[label, colour.name()] for label, colour in layer.legendSymbologyItems()],
    "bands": renderer.usesBands(),
}))
"""

DRAW_AND_SAVE = """
layer = QgsVectorLayer(sys.argv[1], "layer", "ogr")
def draw(class_id):
    feature = QgsFeature(layer.fields())
    feature.setGeometry(QgsGeometry.fromWkt("POLYGON((0 0, 0 1, 1 1, 0 0))"))
    feature["class_id"] = class_id
    return QgsVectorLayerUtils.validateAttribute(layer, feature, layer.fields().indexOf("class_id"))[0], feature
layer.startEditing()
accepted, feature = draw(2)
refused, _ = draw(None)
layer.addFeature(feature)
print(json.dumps({"accepted": accepted, "refused": not refused, "saved": layer.commitChanges()}))
"""


def in_qgis(script: str, path, tmp_path) -> dict:
    """Run a script in QGIS's own Python, with the layer's path as argument; it prints JSON."""
    head = "import json, sys\nfrom qgis.core import *\napp = QgsApplication([], False)\napp.initQgis()\n"
    done = subprocess.run(
        [QGIS_PYTHON, "-c", head + textwrap.dedent(script), str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PROJ", "GDAL"))},
            "QT_QPA_PLATFORM": "offscreen",
            "XDG_RUNTIME_DIR": str(tmp_path),
            "HOME": str(tmp_path),
        },
    )
    assert done.returncode in (0, -11), done.stderr  # some versions crash in the very last moment
    return json.loads(done.stdout.strip().splitlines()[-1])


@needs_qgis
def test_the_layer_opens_in_qgis_with_colours_names_form_and_constraint(tmp_path, run):
    layer = tmp_path / "Übungsflächen mit Leerzeichen.gpkg"
    run(
        "create_training_layer",
        classes='1:Wald & <Wiese>:#117733\n2:Wasser "tief":#0072b2',
        crs="EPSG:32633",
        layer=layer,
    )
    seen = in_qgis(LOOK_AT_VECTOR, layer, tmp_path)
    assert seen["valid"] and seen["crs"] == "EPSG:32633" and seen["type"] == "MultiPolygon"
    assert (seen["renderer"], seen["attribute"]) == ("categorizedSymbol", "class_id")
    assert seen["categories"] == [[1, "Wald & <Wiese>", "#117733"], [2, 'Wasser "tief"', "#0072b2"]]
    assert seen["place_of_2"] == 1
    assert seen["widget"] == "ValueMap"
    assert {k: int(v) for choice in seen["choices"] for k, v in choice.items()} == {
        "Wald & <Wiese>": 1,
        'Wasser "tief"': 2,
    }
    assert seen["constraints"] & 1  # not null
    assert seen["strength"] == 1  # enforced, not only advised
    assert seen["alias"] == "Class"
    assert seen["id_widget"] == "Hidden"
    assert seen["fields"] == ["fid", "class_id", "note"]


@needs_qgis
def test_a_polygon_drawn_in_qgis_is_saved_and_one_without_class_is_refused(tmp_path, run):
    run("create_training_layer", layer=tmp_path / "layer.gpkg")
    assert in_qgis(DRAW_AND_SAVE, tmp_path / "layer.gpkg", tmp_path) == {
        "accepted": True,
        "refused": True,
        "saved": True,
    }


@needs_qgis
def test_the_style_of_a_map_gives_names_and_colours_in_qgis(tmp_path):
    path = write_raster(tmp_path / "map.tif", np.array([[[1, 2], [0, 2]]], np.uint8), 0)
    styles.write_class_map(path, classes.parse("1:Forest <dense>:#117733;2:Water:#0072b2"))
    seen = in_qgis(LOOK_AT_RASTER, path, tmp_path)
    assert seen["renderer"] == "paletted"
    assert seen["legend"] == [["Forest <dense>", "#117733"], ["Water", "#0072b2"]]


@needs_qgis
def test_the_style_of_a_map_with_ids_above_255_gives_names_in_qgis(tmp_path):
    path = write_raster(tmp_path / "map.tif", np.array([[[1000, 2]]], np.uint16), 0)
    styles.write_class_map(path, classes.parse("2:Water:#0072b2;1000:Forest:#117733"))
    assert in_qgis(LOOK_AT_RASTER, path, tmp_path)["legend"] == [["Water", "#0072b2"], ["Forest", "#117733"]]


@needs_qgis
def test_the_styles_of_probabilities_and_of_the_demo_image_load_in_qgis(tmp_path):
    path = write_raster(tmp_path / "p.tif", np.array([[[0, 50, 100]]], np.uint8), 255)
    styles.write_ramp(path, 0, 100, unit=" %")
    seen = in_qgis(LOOK_AT_RASTER, path, tmp_path)
    assert seen["renderer"] == "singlebandpseudocolor"
    assert [label for label, _ in seen["legend"]] == ["0 %", "25 %", "50 %", "75 %", "100 %"]
    image = write_raster(tmp_path / "i.tif", np.ones((3, 2, 2), np.uint16))
    styles.write_composite(image, (3, 2, 1), (300, 2500))
    seen = in_qgis(LOOK_AT_RASTER, image, tmp_path)
    assert (seen["renderer"], seen["bands"]) == ("multibandcolor", [3, 2, 1])


@needs_qgis
def test_the_demo_reference_points_open_in_qgis_in_the_colours_of_their_classes(tmp_path, run):
    run(
        "create_demo_scene", size=256, points=20, image=tmp_path / "i.tif", polygons=tmp_path / "p.gpkg",
        reference=tmp_path / "r.gpkg",
    )  # fmt: skip
    seen = in_qgis(LOOK_AT_VECTOR, tmp_path / "r.gpkg", tmp_path)
    assert seen["type"] == "Point" and len(seen["categories"]) == 5


def test_the_geopackage_is_of_a_version_that_older_qgis_reads_without_a_warning(tmp_path, run):
    run("create_training_layer", layer=tmp_path / "layer.gpkg")
    with closing(sqlite3.connect(tmp_path / "layer.gpkg")) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (10200,)


@pytest.mark.parametrize(("scheme", "names"), [
    ("land_cover", ["Agriculture", "Forest", "Parcels", "Urban", "Water"]),
    ("ipcc", ["Forest land", "Cropland", "Grassland", "Wetlands", "Settlements", "Other land"]),
    ("deforestation", ["Forest", "Degraded forest", "Cleared", "Other vegetation", "Water"]),
    ("risk", ["Low", "Medium", "High"]),
])  # fmt: skip
def test_each_scheme_comes_with_its_classes(tmp_path, run, scheme, names):
    done = run("create_training_layer", scheme=scheme, layer=tmp_path / "layer.gpkg")
    assert done.class_count == len(names)
    from landloom.vectors import embedded_classes

    table = embedded_classes(tmp_path / "layer.gpkg")
    assert table.names == names
    assert len({c.colour for c in table}) == len(names)


def test_an_own_class_table_can_come_from_a_csv_file(tmp_path, run):
    table = tmp_path / "classes.csv"
    table.write_text("\ufeffid,name,colour\r\n7,Heath,#aa00aa\r\n3,Moor,\r\n", encoding="utf-8")
    run("create_training_layer", classes=table, layer=tmp_path / "layer.gpkg")
    from landloom.vectors import embedded_classes

    assert [(c.id, c.name) for c in embedded_classes(tmp_path / "layer.gpkg")] == [(3, "Moor"), (7, "Heath")]


def test_an_existing_layer_is_never_overwritten(tmp_path, run):
    layer = tmp_path / "layer.gpkg"
    run("create_training_layer", layer=layer)
    before = layer.read_bytes()
    with pytest.raises(OutputError, match="exists already"):
        run("create_training_layer", scheme="risk", layer=layer)
    assert layer.read_bytes() == before


def test_what_is_no_crs_is_refused_before_anything_is_written(tmp_path, run):
    with pytest.raises(ParameterError, match=r"EPSG:32633\. Got 'EPSG:1' instead"):
        run("create_training_layer", crs="EPSG:1", layer=tmp_path / "layer.gpkg")
    assert not list(tmp_path.iterdir())


def test_a_polygon_layer_without_a_file_of_its_own_format_is_refused(tmp_path, run):
    with pytest.raises(ParameterError, match="gpkg"):
        run("create_training_layer", layer=tmp_path / "layer.shp")


def test_polygons_drawn_in_the_layer_are_read_with_names_and_colours(tmp_path, scene, run):
    table = classes.parse("1:Field:#aaaa00;2:Forest:#00aa00;3:Water:#0000aa")
    training_layer.write(tmp_path / "drawn.gpkg", scene.table[["class_id", "geometry"]].assign(note=""), table)
    done = run(
        "extract_samples", images=scene.image, polygons=tmp_path / "drawn.gpkg", class_field="class_id",
        samples=tmp_path / "s.parquet",
    )  # fmt: skip
    from landloom import samples

    found = samples.read(done.samples)
    assert [(c["name"], c["colour"]) for c in found.meta["classes"]] == [
        ("Field", "#aaaa00"), ("Forest", "#00aa00"), ("Water", "#0000aa"),
    ]  # fmt: skip
    assert set(found.table["class_name"]) == {"Field", "Forest", "Water"}
    with rasterio.open(scene.image) as dataset:
        assert dataset.descriptions == tuple(found.columns)
