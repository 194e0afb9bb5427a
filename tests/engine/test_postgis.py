"""Polygons from a PostGIS table by name, on a real server."""

from __future__ import annotations

import pyarrow.parquet
import pytest
import shapely
from conftest import CLASSES, squares
from pandas.api.types import is_numeric_dtype
from postgres import server  # noqa: F401

from landloom import postgis
from landloom.errors import CatalogueError, InputError, ParameterError


def insert(table, geometry, srid, extra: str = "") -> str:
    """SQL that creates a table and fills it with the scene's polygons."""
    create = f'CREATE TABLE {table} (id serial PRIMARY KEY, "klasse" int, "name" text, {geometry} geometry {extra});'
    rows = ", ".join(
        f"({row.class_id}, '{row.class_name}', ST_Transform(ST_GeomFromText('{row.geometry.wkt}', 32633), {srid}))"
        for row in squares_of_scene().itertuples()
    )
    return f'{create} INSERT INTO {table} ("klasse", "name", {geometry}) VALUES {rows};'


def squares_of_scene():
    from conftest import class_image

    return squares(class_image())


@pytest.fixture
def database(server):  # noqa: F811
    """An empty database with PostGIS: its name, environment variables and `sql`."""
    name = server.database()

    class Database:
        environ = server.environ(name)
        uri = server.uri(name)

        @staticmethod
        def sql(text):
            return server.sql(text, name)

        @staticmethod
        def read(table, geometry="geom", columns=("klasse",), area=None, crs=None):
            connection = postgis.connect(None, Database.environ, {})
            try:
                return postgis.read_polygons(connection, table, geometry, list(columns), area, crs)
            finally:
                connection.close()

    return Database


def extract(run, scene, database, environ=None, **more):
    done = run("extract_samples", images=scene.image, samples=scene.folder / "from_table.parquet",
               environ={**database.environ, **(environ or {})}, **more)  # fmt: skip
    return done, pyarrow.parquet.read_table(done.samples).to_pandas()


@pytest.fixture
def from_layer(run, scene):
    """The samples as extracted from the GeoPackage."""
    done = run("extract_samples", images=scene.image, polygons=scene.polygons, class_field="class_id",
               name_field="class_name", samples=scene.folder / "from_layer.parquet")  # fmt: skip
    return pyarrow.parquet.read_table(done.samples).to_pandas()


def same_pixels(a, b) -> bool:
    columns = ["row", "col", "class_id", "B2", "B8"]
    a, b = (t[columns].sort_values(["row", "col"]).reset_index(drop=True) for t in (a, b))
    return a.equals(b)


# --- from parameters, from variables, from a .env file ---------------------------------------------


def test_a_table_gives_the_samples_that_the_layer_gives(run, scene, database, from_layer):
    database.sql(insert("training", "geom", 32633))
    _, table = extract(run, scene, database, polygon_table="training", class_field="klasse", name_field="name")
    assert same_pixels(table, from_layer)
    assert sorted(set(table["class_name"])) == sorted(CLASSES.values())


def test_the_environment_variables_of_the_specification_name_it_all(run, scene, database, from_layer):
    database.sql("CREATE SCHEMA forest;" + insert("forest.polys", "shape", 32633))
    variables = {
        "TRAINING_POLYGON_TABLE": "forest.polys",
        "TRAINING_POLYGON_GEOM_COL": "shape",
        "TRAINING_POLYGON_CLASS_COL": "klasse",
    }
    _, table = extract(run, scene, database, variables)
    assert same_pixels(table, from_layer)


def test_parameters_win_over_variables(run, scene, database, from_layer):
    database.sql(insert("training", "geom", 32633))
    wrong = {"TRAINING_POLYGON_TABLE": "x", "TRAINING_POLYGON_GEOM_COL": "y", "TRAINING_POLYGON_CLASS_COL": "z"}
    given = {"polygon_table": "training", "geometry_column": "geom", "class_field": "klasse"}
    _, table = extract(run, scene, database, wrong, **given)
    assert same_pixels(table, from_layer)
    wrong = {"DB_NAME": "postgres", "DB_HOST": "no.such.host.invalid"}
    _, table = extract(run, scene, database, wrong, connection=database.uri, **given)
    assert same_pixels(table, from_layer)


def test_a_connection_of_qgis_brings_its_own_password(run, scene, database, from_layer):
    database.sql(insert("training", "geom", 32633))
    e = database.environ
    whole = (
        f"host={e['DB_HOST']} port={e['DB_PORT']} dbname={e['DB_NAME']} user={e['DB_USER']} password={e['DB_PASSWORD']}"
    )
    done = run("extract_samples", images=scene.image, samples=scene.folder / "s.parquet", polygon_table="training",
               class_field="klasse", connection="My stored one", secrets={"connection": whole},
               environ={"DB_PASSWORD": "of another database"})  # fmt: skip
    assert same_pixels(pyarrow.parquet.read_table(done.samples).to_pandas(), from_layer)


# --- kinds of tables -------------------------------------------------------------------------------


def test_a_table_in_another_crs_is_brought_to_the_raster(run, scene, database, from_layer):
    database.sql(insert("training", "geom", 4326))
    _, table = extract(run, scene, database, polygon_table="training", class_field="klasse")
    # The squares' edges lie on pixel edges and their centres 5 m inside, so that rounding moves none.
    assert same_pixels(table, from_layer)


def test_an_srid_of_the_databases_own_is_understood_by_its_definition(database):
    wkt = database.sql("SELECT srtext FROM spatial_ref_sys WHERE srid = 32633")[0][0]
    database.sql(
        "INSERT INTO spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text)"
        f" VALUES (990001, 'OURS', 990001, '{wkt}', '+proj=utm +zone=33 +datum=WGS84');"
        "CREATE TABLE t (klasse int, geom geometry);"
        "INSERT INTO t VALUES (1, ST_MakeEnvelope(500000, 5399000, 500100, 5399100, 990001))"
    )
    assert database.read("t").crs.to_epsg() == 32633


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("Training Polygons", "geom"),
        ('forest."a.b"', "Geom"),
        ('we"ird', 'g"eom'),
        ("50%", "geom%s"),
        ("x; DROP TABLE other; --", "geom"),
    ],
)
def test_names_are_taken_as_they_are_spelled(database, table, column):
    quoted = '"' + column.replace('"', '""') + '"'
    database.sql(
        "CREATE SCHEMA forest; CREATE TABLE other (id int);"
        f'CREATE TABLE {postgis.quoted(table)} ("Kl\'asse" int, {quoted} geometry(Polygon, 32633));'
        f"INSERT INTO {postgis.quoted(table)} VALUES (7, ST_MakeEnvelope(0, 0, 1, 1, 32633))"
    )
    expected = {"forest": '"forest"."a.b"'}.get(table.split(".")[0], '"' + table.replace('"', '""') + '"')
    assert postgis.quoted(table) == expected
    found = database.read(table, column, ["Kl'asse"], area=shapely.box(0, 0, 9, 9), crs="EPSG:32633")
    assert found["Kl'asse"].tolist() == [7]
    assert database.sql("SELECT to_regclass('other')") == [["other"]]


def test_ids_are_the_primary_keys_and_else_do_not_depend_on_the_order_of_the_rows(database):
    boxes = [f"({k}, ST_MakeEnvelope({x}, 0, {x + 1}, 1, 32633))" for k, x in ((1, 40), (2, 10), (3, 30))]
    database.sql(
        "CREATE TABLE keyed (id bigint PRIMARY KEY, klasse int, geom geometry);"
        "INSERT INTO keyed VALUES (70, 1, ST_MakeEnvelope(0, 0, 1, 1, 32633)),"
        " (5, 2, ST_MakeEnvelope(2, 0, 3, 1, 32633));"
        "CREATE TABLE one (klasse int, geom geometry); CREATE TABLE two (klasse int, geom geometry);"
        f"INSERT INTO one VALUES {', '.join(boxes)}; INSERT INTO two VALUES {', '.join(reversed(boxes))};"
        "CREATE VIEW seen AS SELECT * FROM one"
    )
    assert database.read("keyed").index.tolist() == [5, 70]
    one, two, view = database.read("one"), database.read("two"), database.read("seen")
    assert one.index.tolist() == [1, 2, 3]
    assert one.equals(two)
    assert one.equals(view)


def test_rows_without_geometry_or_class_are_counted(run, scene, database, from_layer):
    database.sql(
        insert("training", "geom", 32633)
        + "INSERT INTO training (klasse, name, geom) VALUES (1, 'Field', NULL), (2, 'Forest', NULL),"
        " (NULL, NULL, ST_MakeEnvelope(500000, 5399900, 500050, 5399950, 32633))"
    )
    done, table = extract(run, scene, database, polygon_table="training", class_field="klasse")
    assert same_pixels(table, from_layer)
    assert any("2" in text and "geometry" in text for text in done.warnings), done.warnings
    assert any("1" in text and "class" in text for text in done.warnings), done.warnings


@pytest.mark.parametrize("kind", ["smallint", "numeric(4, 0)", "double precision", "bigint"])
def test_numbers_of_any_type_are_class_ids(run, scene, database, from_layer, kind):
    database.sql(insert("training", "geom", 32633) + f"ALTER TABLE training ALTER klasse TYPE {kind}")
    assert is_numeric_dtype(database.read("training")["klasse"])
    _, table = extract(run, scene, database, polygon_table="training", class_field="klasse")
    assert same_pixels(table, from_layer)


def test_geography_and_curves_are_polygons_too(database):
    database.sql(
        "CREATE TABLE t (klasse int, geom geography(Polygon, 4326));"
        "INSERT INTO t VALUES (1, 'POLYGON((13 52, 14 52, 14 53, 13 52))');"
        "CREATE TABLE c (klasse int, geom geometry(CurvePolygon, 32633));"
        "INSERT INTO c VALUES (1, ST_GeomFromText('CURVEPOLYGON(CIRCULARSTRING(0 0, 2 0, 0 0))', 32633))"
    )
    [triangle] = database.read("t").geometry
    assert triangle.equals(shapely.from_wkt("POLYGON((13 52, 14 52, 14 53, 13 52))"))
    [circle] = database.read("c").geometry
    assert circle.area == pytest.approx(3.1416, rel=0.01)


# --- the area of interest --------------------------------------------------------------------------


def test_the_area_is_filtered_in_the_database_by_its_index(run, scene, database, from_layer):
    area = shapely.box(500_000, 5_399_000, 500_600, 5_399_600)
    far_away = "SELECT 1, 'x', ST_MakeEnvelope(i, i, i + 1, i + 1, 32633) FROM generate_series(1, 20000) i"
    database.sql(
        insert("training", "geom", 32633, "(Polygon, 32633)")
        + f"INSERT INTO training (klasse, name, geom) {far_away}; CREATE INDEX ON training USING gist (geom); ANALYZE"
    )
    _, table = extract(run, scene, database, polygon_table="training", class_field="klasse", aoi=area.wkt)
    touched = squares_of_scene()[squares_of_scene().intersects(area)]
    assert table["polygon_id"].nunique() == len(touched) < from_layer["polygon_id"].nunique()
    # Far-away polygons were never sent: PostgreSQL has counted the rows that its index gave.
    [[scans, rows]] = database.sql(
        "SELECT pg_stat_force_next_flush(); SELECT idx_scan, idx_tup_read FROM pg_stat_user_indexes"
        " WHERE indexrelname LIKE '%geom%'"
    )[-1:]
    assert int(scans) >= 1
    assert int(rows) < 100


def test_an_area_in_another_crs_finds_what_it_touches(database):
    database.sql(insert("training", "geom", 32633))
    # UTM zone 33 north: 500000 east is 15 degrees east, 5399000 north is 48.7445 degrees north.
    whole = database.read("training", area=shapely.box(14.9, 48.6, 15.1, 48.9), crs="EPSG:4326")
    assert len(whole) == len(squares_of_scene())
    with pytest.raises(InputError, match="no feature that touches the area of interest"):
        database.read("training", area=shapely.box(14.9, 47.6, 15.1, 47.9), crs="EPSG:4326")


def test_an_area_beyond_the_reach_of_the_tables_crs_does_not_hide_its_polygons(database):
    database.sql(
        "CREATE TABLE t (klasse int, geom geometry);"
        "INSERT INTO t VALUES (1, ST_MakeEnvelope(-179.6, 0.4, -179.5, 0.5, 4326)); CREATE TABLE u (LIKE t);"
        "INSERT INTO u SELECT klasse, ST_Transform(ST_MakeEnvelope(13, 50, 13.1, 50.1, 4326), 32633) FROM t"
    )
    assert len(database.read("u", area=shapely.box(-180, -90, 180, 90), crs="EPSG:4326")) == 1
    # In UTM zone 1 the meridian of 180 degrees lies at 166 km east.
    across = shapely.box(100_000, 0, 300_000, 100_000)
    assert len(database.read("t", area=across, crs="EPSG:32601")) == 1
    assert len(database.read("t", area=across, crs=None)) == 1, "the caller compares CRS"


def test_an_invalid_polygon_in_the_table_is_mended_also_with_an_area(run, scene, database):
    database.sql(
        "CREATE TABLE t (klasse int, geom geometry);"
        "INSERT INTO t VALUES (1, ST_GeomFromText('POLYGON((500400 5399400, 500600 5399600, 500600 5399400,"
        " 500400 5399600, 500400 5399400))', 32633)), (2, ST_MakeEnvelope(500900, 5399700, 501000, 5399800, 32633))"
    )
    area = shapely.box(500_300, 5_399_300, 501_100, 5_399_900).wkt
    done, table = extract(run, scene, database, polygon_table="t", class_field="klasse", aoi=area)
    assert set(table["class_id"]) == {1, 2}
    assert any("mended" in text for text in done.warnings)


# --- what can go wrong -----------------------------------------------------------------------------


def told(database, *arguments, error=InputError, **more) -> str:
    with pytest.raises(error) as caught:
        database.read(*arguments, **more)
    assert database.environ["DB_PASSWORD"] not in str(caught.value)
    return str(caught.value)


def test_a_wrong_table_or_column_is_told_with_what_there_is(database):
    database.sql(
        "CREATE SCHEMA forest;"
        'CREATE TABLE forest."Polys" (id int, "Class" int, shape geometry); CREATE TABLE plain (id int, klasse int);'
    )
    assert 'The database has no table polys. Its tables with geometries are: forest."Polys".' in told(database, "polys")
    message = told(database, "forest.Polys", "shape", ["class"])
    assert "no column 'class'. Its columns are: id, Class, shape." in message
    message = told(database, "forest.Polys", "geom", ["Class"])
    assert "no geometry column 'geom'. Its geometry columns are: shape." in message
    message = told(database, "plain", "id", ["klasse"])
    assert "no geometry column 'id'. Its geometry columns are: none." in message


def test_a_table_with_several_srids_or_an_unknown_one_is_refused(database):
    database.sql(
        "CREATE TABLE t (klasse int, geom geometry); INSERT INTO t VALUES (1, ST_MakeEnvelope(0, 0, 1, 1, 32633)),"
        " (1, ST_MakeEnvelope(0, 0, 1, 1, 4326)); CREATE TABLE u (klasse int, geom geometry);"
        "INSERT INTO u VALUES (1, ST_MakeEnvelope(0, 0, 1, 1, 990002)); CREATE TABLE e (klasse int, geom geometry)"
    )
    assert "several SRIDs: 4326, 32633" in told(database, "t")
    assert "SRID 990002 of the table u" in told(database, "u")
    assert "The table e has no feature" in told(database, "e")


def test_missing_rights_and_missing_postgis_are_told(server, database):  # noqa: F811
    database.sql("CREATE TABLE t (klasse int, geom geometry); CREATE SCHEMA locked; CREATE TABLE locked.t (a int)")
    user, password = server.role()
    database.environ.update(DB_USER=user, DB_PASSWORD=password)
    assert "permission denied for table t" in told(database, "t", error=CatalogueError)
    assert "permission denied for schema locked" in told(database, "locked.t", error=CatalogueError)
    assert "tables with geometries are: none" in told(database, "no"), "what may not be read is not offered"
    empty = server.database(postgis=False)
    server.sql("CREATE TABLE t (klasse int, geom text)", empty)
    database.environ.update(server.environ(empty))
    assert "CREATE EXTENSION postgis" in told(database, "t")


def test_no_database_at_all_is_told(run, scene):
    with pytest.raises(ParameterError, match="No database was named"):
        run("extract_samples", images=scene.image, samples=scene.folder / "s.parquet", polygon_table="t",
            class_field="c")  # fmt: skip


@pytest.mark.parametrize("address", ["not an address", "postgresql://user@host:port:port/db"])
def test_what_is_no_address_is_refused_without_repeating_a_secret(address):
    with pytest.raises((ParameterError, CatalogueError), match=r"Write postgresql|cannot be reached"):
        postgis.connect(address, {}, {})
    with pytest.raises(ParameterError) as caught:
        postgis.connect("Stored", {}, {"connection": "host=h password=s3 cret"})
    assert "cret" not in str(caught.value)


def test_an_address_may_carry_options(server):  # noqa: F811
    address = f"{server.uri('postgres')}?connect_timeout=5&application_name=landloom-test"
    connection = postgis.connect(address, {"DB_PASSWORD": server.password}, {})
    assert connection.info.dsn_parameters["connect_timeout"] == "5"
    connection.close()


def test_a_server_that_does_not_answer_is_not_waited_for_long(server):  # noqa: F811
    connection = postgis.connect(server.uri("postgres"), {"DB_PASSWORD": server.password}, {})
    assert 1 <= int(connection.info.dsn_parameters["connect_timeout"]) <= 30
    connection.close()
