"""Training polygons and areas of interest: reading, classes, CRS, and what is wrong with them in words."""

import shutil
import sqlite3
import subprocess

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from rasterio.crs import CRS

from landloom import classes, vectors
from landloom.errors import InputError, ParameterError

UTM = CRS.from_epsg(32633)
SQUARES = [shapely.box(500_000 + 20 * i, 5_399_990, 500_010 + 20 * i, 5_400_000) for i in range(6)]


def layer(values, names=None, geometry=None, crs="EPSG:32633"):
    data = {"class": values} | ({"name": names} if names else {})
    return gpd.GeoDataFrame(data, geometry=geometry or SQUARES[: len(values)], crs=crs)


def labelled(table, given=None, name_field=None, crs=UTM):
    return vectors.read_labelled(table, "the layer", "class", crs, given, name_field)


def names_of(result):
    table = result.classes
    return [(int(i), table.name_of(i)) for i in result.table["class_id"]]


# --- reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize("extension", ["gpkg", "shp", "geojson"])
def test_layers_of_many_formats_are_read_with_the_ids_that_qgis_shows(tmp_path, extension):
    path = tmp_path / f"Übungs flächen.{extension}"
    layer([1, 2]).to_file(path)
    table = vectors.read_layer(path, ["class"])
    assert table["class"].tolist() == [1, 2]
    assert table.index.tolist() == ([1, 2] if extension == "gpkg" else [0, 1])  # QGIS counts so, too


def test_of_several_layers_one_must_be_named(tmp_path):
    path = tmp_path / "layers.gpkg"
    pyogrio.write_dataframe(pd.DataFrame({"class": [9]}), path, layer="a_table")
    layer([1]).to_file(path, layer="first")
    assert vectors.read_layer(path)["class"].tolist() == [1], "a table is no second layer"
    layer([2]).to_file(path, layer="second")
    with pytest.raises(InputError, match=r"several layers: first, second. Name one as .*gpkg\|layername=first"):
        vectors.read_layer(path)
    assert vectors.read_layer(f"{path}|layername=second")["class"].tolist() == [2]
    with pytest.raises(InputError, match="table without geometries"):
        vectors.read_layer(f"{path}|layername=a_table")
    with pytest.raises(InputError, match="'third'"):
        vectors.read_layer(f"{path}|layername=third")


def test_a_table_before_the_first_layer_is_passed_by(tmp_path):
    (tmp_path / "table.csv").write_text("class\n9\n")
    layer([1]).to_file(tmp_path / "squares.gpkg")
    (tmp_path / "both.vrt").write_text(
        "<OGRVRTDataSource>"
        f'<OGRVRTLayer name="table"><SrcDataSource>{tmp_path}/table.csv</SrcDataSource>'
        "<GeometryType>wkbNone</GeometryType></OGRVRTLayer>"
        f'<OGRVRTLayer name="squares"><SrcDataSource>{tmp_path}/squares.gpkg</SrcDataSource></OGRVRTLayer>'
        "</OGRVRTDataSource>"
    )
    assert pyogrio.list_layers(tmp_path / "both.vrt")[:, 0].tolist() == ["table", "squares"]
    assert vectors.read_layer(tmp_path / "both.vrt", ["class"])["class"].tolist() == [1]


def test_the_ids_of_the_layer_that_qgis_copied_are_kept(tmp_path):
    layer([1, 2]).assign(landloom_fid=[17, 4]).to_file(tmp_path / "copy.gpkg")
    table = vectors.read_layer(tmp_path / "copy.gpkg", ["class"])
    assert table.index.tolist() == [17, 4]
    assert labelled(table).table["polygon_id"].tolist() == [17, 4]


def test_a_missing_field_is_told_with_the_fields_that_there_are(tmp_path):
    layer([1], ["a"]).to_file(tmp_path / "l.gpkg")
    with pytest.raises(ParameterError, match=r"My layer has no field 'klass'. Its fields are: class, name\."):
        vectors.read_layer(tmp_path / "l.gpkg", ["klass"], "My layer")


def test_files_that_are_missing_or_no_layers_are_told(tmp_path):
    with pytest.raises(InputError, match=r"gone\.gpkg does not exist"):
        vectors.read_layer(tmp_path / "gone.gpkg")
    (tmp_path / "text.shp").write_text("no layer")
    with pytest.raises(InputError, match="cannot be read as a vector layer"):
        vectors.read_layer(tmp_path / "text.shp")
    with sqlite3.connect(tmp_path / "empty.gpkg") as database:
        database.execute("CREATE TABLE x (y)")
    with pytest.raises(InputError):
        vectors.read_layer(tmp_path / "empty.gpkg")


def test_heights_are_left_out_and_curves_become_lines(tmp_path):
    high = shapely.Polygon([(0, 0, 5), (10, 0, 5), (10, 10, 9)])
    layer([1], geometry=[high]).to_file(tmp_path / "z.gpkg")
    (shape,) = vectors.read_layer(tmp_path / "z.gpkg").geometry
    assert not shape.has_z
    if not shutil.which("ogr2ogr"):
        pytest.skip("GDAL's programs are not installed")
    (tmp_path / "curve.csv").write_text(
        'class;WKT\n1;"CURVEPOLYGON(CIRCULARSTRING(0 0, 20 0, 0 0))"\n', encoding="utf-8"
    )
    subprocess.run(
        ["ogr2ogr", "-f", "GPKG", tmp_path / "curve.gpkg", tmp_path / "curve.csv", "-nlt", "CURVEPOLYGON", "-oo",
         "GEOM_POSSIBLE_NAMES=WKT", "-oo", "SEPARATOR=SEMICOLON"], check=True,
    )  # fmt: skip
    (circle,) = vectors.read_layer(tmp_path / "curve.gpkg").geometry
    assert circle.area == pytest.approx(np.pi * 100, rel=0.01)


@pytest.mark.parametrize("kind", ["Point", "LineString", "GeometryCollection"])
def test_layers_of_other_geometries_are_refused(kind):
    shapes = {"Point": shapely.Point(0, 0), "LineString": shapely.LineString([(0, 0), (1, 1)])}
    shapes["GeometryCollection"] = shapely.GeometryCollection([shapes["Point"], SQUARES[0]])
    table = layer([1, 2], geometry=[SQUARES[0], shapes[kind]])
    with pytest.raises(InputError, match=f"geometry type {kind}. Choose a layer of polygons."):
        vectors.refuse_geometries(table, "the layer", ("Polygon",))
    vectors.refuse_geometries(layer([1], geometry=[shapely.MultiPolygon(SQUARES[:2])]), "the layer", ("Polygon",))


# --- classes --------------------------------------------------------------------------------------


def test_class_ids_are_kept_and_named_after_themselves():
    assert names_of(labelled(layer([7, 3, 7]))) == [(7, "Class 7"), (3, "Class 3"), (7, "Class 7")]


def test_class_names_are_numbered_alphabetically_without_the_blanks_around_them():
    found = labelled(layer(["water", " forest", "forest ", "water"]))
    assert names_of(found) == [(2, "water"), (1, "forest"), (1, "forest"), (2, "water")]


def test_whole_numbers_as_floats_or_text_are_ids():
    assert labelled(layer([1.0, np.nan, 10.0])).table["class_id"].tolist() == [1, 10]
    assert labelled(layer(["2", "10", " 1 "])).table["class_id"].tolist() == [2, 10, 1]
    named = classes.parse("5:2;6:10")
    assert labelled(layer(["2", "10"]), named).table["class_id"].tolist() == [5, 6]


def test_fractions_and_ids_that_a_map_cannot_hold_are_refused():
    with pytest.raises(InputError, match=r"holds 1\.5, which is no class id"):
        labelled(layer([1.5, 2]))
    for impossible in (-3, 65535, 10**12):
        with pytest.raises(ParameterError, match=rf"Class id {impossible} .* from 0 to 65534"):
            labelled(layer([1, impossible]))
    for impossible in (np.inf, 1e20):
        with pytest.raises(InputError, match=r"holds (inf|1e\+20), which is no class id.* from 0 to 65534"):
            labelled(layer([1, impossible]))


def test_ids_of_zero_and_above_255_are_classes():
    found = labelled(layer([0, 300]))
    assert found.table["class_id"].tolist() == [0, 300]
    assert (found.classes.nodata, found.classes.dtype) == (65535, "uint16")


def test_names_come_from_the_name_field_by_majority_and_who_disagrees_is_counted():
    found = labelled(layer([1, 1, 1, 2, 2, 3], ["forest", "forest ", "water", "water", None, ""]), name_field="name")
    assert [(c.id, c.name) for c in found.classes] == [(1, "forest"), (2, "water"), (3, "Class 3")]
    assert found.notes == {"with another name in 'name' than most of their class id": 1}


def test_ids_that_share_a_name_keep_their_number_in_it():
    found = labelled(layer([1, 2], ["forest", "forest"]), name_field="name")
    assert found.classes.names == ["forest (1)", "forest (2)"]


def test_a_class_table_gives_names_and_colours_and_refuses_what_is_not_in_it():
    given = classes.parse("1:Forest:#117733;2:Water;3:Town")
    found = labelled(layer([2, 1]), given)
    assert [(c.id, c.name) for c in found.classes] == [(1, "Forest"), (2, "Water")]
    assert labelled(layer(["Town", "Water"]), given).table["class_id"].tolist() == [3, 2]
    with pytest.raises(InputError, match="class id 4 in the field 'class', which is not in the class table: 1, 2, 3"):
        labelled(layer([1, 4]), given)
    with pytest.raises(InputError, match=r"class 'Sea' in the field 'class', which is not .*: Forest, Water, Town"):
        labelled(layer(["Sea"]), given)


def test_features_without_class_or_geometry_are_left_out_and_counted():
    shapes = [SQUARES[0], None, shapely.Polygon(), SQUARES[3], SQUARES[4]]
    found = labelled(layer(["a", "a", "a", None, "  "], geometry=shapes))
    assert found.table["polygon_id"].tolist() == [0]
    assert sorted(found.notes.values()) == [2, 2]
    with pytest.raises(InputError, match="both a geometry and a class"):
        labelled(layer([None, " "]))
    with pytest.raises(InputError, match="has no features"):
        labelled(layer([1])[:0])


def test_an_invalid_outline_is_mended_to_its_polygons():
    """A bow tie with a spike: two triangles remain, the spike has no area and is no part of it."""
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10), (0, 20), (0, 10)])
    found = labelled(layer([1], geometry=[bow]))
    assert found.notes == {"with an invalid outline, which was mended": 1}
    (shape,) = found.table.geometry
    assert shape.geom_type in ("Polygon", "MultiPolygon")
    assert shape.is_valid
    assert shape.area == pytest.approx(50)


# --- CRS --------------------------------------------------------------------------------------------


def test_polygons_are_brought_to_the_rasters_crs():
    moved = labelled(layer([1, 2]).to_crs("EPSG:4326"))
    for found, original in zip(moved.table.geometry, SQUARES, strict=False):
        assert shapely.hausdorff_distance(found, original) < 1e-3


def test_without_any_crs_coordinates_are_taken_as_they_are():
    assert labelled(layer([1], crs=None), crs=None).table.geometry[0].equals(SQUARES[0])


@pytest.mark.parametrize("number", [0, -1])
def test_a_geopackage_can_say_that_it_has_no_crs(tmp_path, number):
    path = tmp_path / "p.gpkg"
    layer([1, 2]).to_file(path, driver="GPKG", layer="p")
    with sqlite3.connect(path) as database:
        database.execute(f"UPDATE gpkg_geometry_columns SET srs_id = {number}")
    assert vectors.read_layer(path).crs is None


def test_a_crs_on_one_side_only_is_refused_with_the_remedy():
    with pytest.raises(InputError, match="The raster has no coordinate reference system, the layer has WGS 84 / UTM"):
        labelled(layer([1]), crs=None)
    with pytest.raises(InputError, match=r"the layer has no coordinate reference system\. Assign it"):
        labelled(layer([1], crs=None))


def test_polygons_that_the_projection_cannot_show_are_left_out_and_counted():
    table = layer([1, 2], geometry=[shapely.box(14.9, 48, 15, 48.1), shapely.box(170, -95, 180, -91)], crs="EPSG:4326")
    found = labelled(table)
    assert found.table["polygon_id"].tolist() == [0]
    assert list(found.notes.values()) == [1]


def test_a_layer_that_was_given_a_wrong_crs_is_told_as_such(tmp_path):
    metres_as_degrees = layer([1, 2], crs="EPSG:4326")
    with pytest.raises(InputError, match=r"the layer spans 500000, .* in WGS 84, .* assign the right one"):
        labelled(metres_as_degrees)
    metres_as_degrees.to_file(tmp_path / "area.gpkg")
    with pytest.raises(InputError, match=r"The area of interest .* in WGS 84, .* assign the right one"):
        vectors.read_area(str(tmp_path / "area.gpkg"), UTM)


# --- area of interest -----------------------------------------------------------------------------

TRIANGLE = "POLYGON ((500000 5399900, 500100 5399900, 500100 5400000, 500000 5399900))"


@pytest.mark.parametrize("text", [
    TRIANGLE, f"  {TRIANGLE.lower()} ", f"SRID=32633;{TRIANGLE}", TRIANGLE.replace("POLYGON ", "MULTIPOLYGON(") + ")",
    f"GEOMETRYCOLLECTION ({TRIANGLE}, POINT (0 0))",
    "POLYGON Z ((500000 5399900 1, 500100 5399900 1, 500100 5400000 1, 500000 5399900 1))",
])  # fmt: skip
def test_an_area_can_be_wkt(text):
    assert vectors.read_area(text, UTM).area == pytest.approx(5000)


def test_an_area_in_another_crs_is_brought_to_the_rasters():
    degrees = gpd.GeoSeries.from_wkt([TRIANGLE], crs=32633).to_crs(4326)
    area = vectors.read_area(f"SRID=4326;{degrees[0].wkt}", UTM)
    assert area.area == pytest.approx(5000, rel=1e-4)


@pytest.mark.parametrize("extension", ["gpkg", "shp", "geojson"])
def test_an_area_can_be_a_layer_of_many_polygons(tmp_path, extension):
    path = tmp_path / f"polygon {extension}.{extension}"
    layer([1, 2, 3], crs="EPSG:32633").to_file(path)
    assert vectors.read_area(str(path), UTM).area == pytest.approx(300, rel=1e-4)


def test_a_file_may_be_called_polygon(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    layer([1]).to_file("polygon.gpkg")
    assert vectors.read_area("polygon.gpkg", UTM).area == pytest.approx(100)


def test_no_area_stays_none():
    assert vectors.read_area(None, UTM) is None


@pytest.mark.parametrize(("text", "told"), [
    ("POLYGON ((0 0, 1 1", "not valid WKT"), ("POLYGON EMPTY", "has no polygons"), ("POINT (1 1)", "has no polygons"),
    ("LINESTRING (0 0, 1 1)", "has no polygons"), (f"SRID=999999;{TRIANGLE}", "SRID 999999, which is no"),
    ("gone.gpkg", r"gone\.gpkg does not exist"), ("my fields", r"of interest my fields does not exist\. .* WKT"),
])  # fmt: skip
def test_what_is_no_area_is_told(text, told):
    with pytest.raises(InputError, match=told):
        vectors.read_area(text, UTM)


def test_an_empty_layer_or_one_without_polygons_is_no_area(tmp_path):
    layer([1])[:0].to_file(tmp_path / "empty.gpkg")
    gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs=32633).to_file(tmp_path / "points.gpkg")
    for name in ("empty.gpkg", "points.gpkg"):
        with pytest.raises(InputError, match="has no polygons"):
            vectors.read_area(str(tmp_path / name), UTM)


# --- class table in the layer's file --------------------------------------------------------------


def test_a_table_called_classes_that_is_none_of_ours_is_passed_by(tmp_path):
    layer([1]).to_file(tmp_path / "a.gpkg", layer="polygons")
    pyogrio.write_dataframe(pd.DataFrame({"code": [1]}), tmp_path / "a.gpkg", layer="classes")
    layer([1, 1], ["x", "y"]).to_file(tmp_path / "b.gpkg", layer="classes")
    assert vectors.embedded_classes(tmp_path / "a.gpkg") is None
    assert vectors.embedded_classes(tmp_path / "b.gpkg") is None
    assert vectors.embedded_classes(tmp_path / "c.shp") is None
