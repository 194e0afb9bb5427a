"""The catalogue, by the same tests in a GeoPackage and in a real PostGIS."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import pyogrio
import pytest
import shapely
from conftest import ROOT
from postgres import server  # noqa: F401

from landloom import catalogue
from landloom.catalogue import MAPS, MODELS, tables
from landloom.errors import CatalogueError

FOOTPRINT = shapely.box(13.0, 52.0, 13.5, 52.25)

# spec/random_forest.md, "Catalogue tables", as the reference system has them: without a footprint.
REFERENCE_SYSTEM = """
CREATE TABLE ml_models (
    model_id serial PRIMARY KEY, model_filename varchar UNIQUE, model_type varchar,
    trained_at timestamptz DEFAULT now(), training_data_source varchar, parameters jsonb, metrics jsonb NULL,
    year int, month int);
CREATE TABLE raster_predictions (
    prediction_id serial PRIMARY KEY, prediction_filename varchar UNIQUE, prediction_path varchar,
    generated_at timestamptz DEFAULT now(), model_id int REFERENCES ml_models, source_mosaic varchar,
    year int, month int, aoi_definition {aoi});
INSERT INTO ml_models (model_filename, model_type, parameters, year, month)
    VALUES ('rf_model_202501.joblib', 'RandomForestClassifier', '{{"n_estimators": 100}}', 2025, 1);
INSERT INTO raster_predictions (prediction_filename, prediction_path, model_id, year, month)
    VALUES ('prediction_202501.tif', '/data/2025/prediction_202501.tif', 1, 2025, 1);
"""
IN_SQLITE = (("serial PRIMARY KEY", "INTEGER PRIMARY KEY"), ("now()", "CURRENT_TIMESTAMP"))


def geopackage(path: Path) -> SimpleNamespace:
    """A catalogue in a GeoPackage, and a way to look at it past the code under test."""

    def sql(text: str) -> list:
        for theirs, ours in IN_SQLITE:
            text = text.replace(theirs, ours)
        with sqlite3.connect(path) as database:
            *before, last = [part for part in text.split(";") if part.strip()]
            for statement in before:
                database.execute(statement)
            rows = database.execute(last).fetchall()
        database.close()
        return [["" if value is None else str(value) for value in row] for row in rows]

    arguments = {"catalogue": str(path), "connection": None, "environ": {}, "secrets": {}}
    return SimpleNamespace(kind="geopackage", sql=sql, arguments=arguments, path=path)


def database(server, name: str, **login) -> SimpleNamespace:  # noqa: F811
    """The same in PostGIS."""
    arguments = {"catalogue": None, "connection": None, "environ": server.environ(name, **login), "secrets": {}}
    return SimpleNamespace(kind="postgis", sql=lambda text: server.sql(text, name), arguments=arguments, name=name)


@pytest.fixture(params=["geopackage", "postgis"])
def place(request, tmp_path):
    """Where a catalogue may be: its arguments for `open_catalogue`, and `sql` to look at it."""
    if request.param == "geopackage":
        return geopackage(tmp_path / "catalogue.gpkg")
    running = request.getfixturevalue("server")
    return database(running, running.database())


def open_at(place, **more) -> catalogue.Catalogue:
    return catalogue.open_catalogue(**place.arguments, **more)


def record_model(book, path, accuracy=0.9, month=6, kappa=None, **parameters) -> int:
    metrics = {"overall_accuracy": accuracy, "kappa": kappa}
    return book.record_model(path, "RandomForestClassifier", "polygons.gpkg on June", parameters, metrics, 2025, month)


def record_map(book, path, model_id=None, footprint=FOOTPRINT, aoi=None) -> int:
    return book.record_map(path, model_id, "mosaic 2025-06", aoi, footprint, 2025, 6)


# --- tables ---------------------------------------------------------------------------------------


def test_postgis_tables_are_those_of_the_specification(server):  # noqa: F811
    place = database(server, server.database())
    open_at(place)
    columns = place.sql(
        "SELECT table_name, column_name, data_type, coalesce(column_default, '') FROM information_schema.columns"
        " WHERE table_name IN ('ml_models', 'raster_predictions') ORDER BY table_name, ordinal_position"
    )
    assert columns == [
        ["ml_models", "model_id", "integer", "nextval('ml_models_model_id_seq'::regclass)"],
        ["ml_models", "model_filename", "character varying", ""],
        ["ml_models", "model_type", "character varying", ""],
        ["ml_models", "trained_at", "timestamp with time zone", "now()"],
        ["ml_models", "training_data_source", "character varying", ""],
        ["ml_models", "parameters", "jsonb", ""],
        ["ml_models", "metrics", "jsonb", ""],
        ["ml_models", "year", "integer", ""],
        ["ml_models", "month", "integer", ""],
        ["raster_predictions", "prediction_id", "integer", "nextval('raster_predictions_prediction_id_seq'::regclass)"],
        ["raster_predictions", "prediction_filename", "character varying", ""],
        ["raster_predictions", "prediction_path", "character varying", ""],
        ["raster_predictions", "generated_at", "timestamp with time zone", "now()"],
        ["raster_predictions", "model_id", "integer", ""],
        ["raster_predictions", "source_mosaic", "character varying", ""],
        ["raster_predictions", "year", "integer", ""],
        ["raster_predictions", "month", "integer", ""],
        ["raster_predictions", "aoi_definition", "text", ""],
        ["raster_predictions", "footprint", "USER-DEFINED", ""],
    ]
    keys = place.sql(
        "SELECT conrelid::regclass, contype, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid IN ('ml_models'::regclass, 'raster_predictions'::regclass) ORDER BY 1, 2"
    )
    assert keys == [
        ["ml_models", "p", "PRIMARY KEY (model_id)"],
        ["ml_models", "u", "UNIQUE (model_filename)"],
        ["raster_predictions", "f", "FOREIGN KEY (model_id) REFERENCES ml_models(model_id)"],
        ["raster_predictions", "p", "PRIMARY KEY (prediction_id)"],
        ["raster_predictions", "u", "UNIQUE (prediction_filename)"],
    ]
    shape = place.sql("SELECT type, srid FROM geometry_columns WHERE f_table_name = 'raster_predictions'")
    assert shape == [["MULTIPOLYGON", "4326"]]


def test_geopackage_tables_have_the_same_columns(tmp_path):
    place = geopackage(tmp_path / "c.gpkg")
    open_at(place)
    found = {t: place.sql(f"SELECT name, type FROM pragma_table_info('{t}')") for t in (MODELS, MAPS)}
    assert found[MODELS] == [
        ["model_id", "INTEGER"], ["model_filename", "TEXT"], ["model_type", "TEXT"], ["trained_at", "DATETIME"],
        ["training_data_source", "TEXT"], ["parameters", "TEXT"], ["metrics", "TEXT"],
        ["year", "MEDIUMINT"], ["month", "MEDIUMINT"],
    ]  # fmt: skip
    assert found[MAPS] == [
        ["prediction_id", "INTEGER"], ["prediction_filename", "TEXT"], ["prediction_path", "TEXT"],
        ["generated_at", "DATETIME"], ["model_id", "MEDIUMINT"], ["source_mosaic", "TEXT"], ["year", "MEDIUMINT"],
        ["month", "MEDIUMINT"], ["aoi_definition", "TEXT"], ["footprint", "MULTIPOLYGON"],
    ]  # fmt: skip
    place.sql("INSERT INTO ml_models (model_filename) VALUES ('by another program')")
    [[when]] = place.sql("SELECT trained_at FROM ml_models")
    assert datetime.fromisoformat(when).tzinfo is not None


def test_a_file_name_is_unique_and_a_map_needs_its_model(place):
    book = open_at(place)
    record_model(book, "/a/m.landloom")
    with pytest.raises((sqlite3.IntegrityError, subprocess.CalledProcessError)):
        place.sql("INSERT INTO ml_models (model_filename) VALUES ('m.landloom')")
    with pytest.raises(CatalogueError, match=r"(?i)foreign key"):
        record_map(book, "/a/map.tif", model_id=99)
    assert book.rows(MAPS) == []


# --- recording ------------------------------------------------------------------------------------


def test_a_model_and_its_map_are_on_record_with_all_they_have(place, tmp_path):
    book = open_at(place)
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    model = record_model(book, tmp_path / "rf_model_202506.landloom", trees=500, joblib_sha256="ab" * 32)
    record_map(book, tmp_path / "prediction_202506.tif", model, aoi="POLYGON ((0 0, 1 0, 1 1, 0 0))")
    [row] = place.sql(
        "SELECT model_filename, model_type, training_data_source, parameters, metrics, year, month FROM ml_models"
    )
    assert row[:3] == ["rf_model_202506.landloom", "RandomForestClassifier", "polygons.gpkg on June"]
    assert json.loads(row[3]) == {
        "trees": 500, "joblib_sha256": "ab" * 32, "model": str(tmp_path / "rf_model_202506.landloom")
    }  # fmt: skip
    assert json.loads(row[4]) == {"overall_accuracy": 0.9, "kappa": None}
    assert row[5:] == ["2025", "6"]
    [row] = place.sql(
        "SELECT prediction_filename, prediction_path, model_id, source_mosaic, year, month, aoi_definition"
        " FROM raster_predictions"
    )
    assert row == [
        "prediction_202506.tif", str(tmp_path / "prediction_202506.tif"), str(model), "mosaic 2025-06", "2025", "6",
        "POLYGON ((0 0, 1 0, 1 1, 0 0))",
    ]  # fmt: skip
    [found] = open_at(place, create=False).rows(MAPS)
    assert found["footprint"].equals(FOOTPRINT)
    when = datetime.fromisoformat(found["generated_at"])
    assert when.utcoffset() == timedelta(0)
    assert before <= when <= datetime.now(UTC)


def test_training_the_same_month_again_replaces_the_content_and_keeps_the_id(place, tmp_path):
    book = open_at(place)
    first = record_model(book, tmp_path / "rf_model_202506.landloom", 0.7)
    other = record_model(book, tmp_path / "rf_model_202507.landloom", 0.5, month=7)
    [old] = book.rows(MODELS, 2025, 6)
    assert record_model(book, tmp_path / "rf_model_202506.landloom", 0.8) == first != other
    [new] = book.rows(MODELS, 2025, 6)
    assert new["metrics"]["overall_accuracy"] == 0.8
    assert new["trained_at"] > old["trained_at"]
    assert [row["model_id"] for row in book.rows(MODELS)] == [first, other], "newest first"


def test_what_fails_half_way_leaves_the_catalogue_as_it_was(place, tmp_path):
    book = open_at(place)
    model = record_model(book, tmp_path / "m.landloom")
    with pytest.raises(KeyboardInterrupt), book._store.writing() as cursor:
        cursor.execute("INSERT INTO ml_models (model_filename) VALUES ('half.landloom')")
        raise KeyboardInterrupt
    assert [row["model_id"] for row in book.rows(MODELS)] == [model]


def test_a_file_of_the_same_name_in_another_folder_is_another_row(place, tmp_path):
    book = open_at(place)
    for record, table in ((record_model, MODELS), (record_map, MAPS)):
        ids = [record(book, tmp_path / folder / "same.tif") for folder in "ab"]
        again = [record(book, tmp_path / folder / "same.tif") for folder in "ab"]
        assert again == ids
        assert len(set(ids)) == len(book.rows(table)) == 2


@pytest.mark.parametrize("aoi", ["text", "geometry(MultiPolygon, 4326)"])
def test_tables_of_the_reference_system_are_used_as_they_are(place, tmp_path, aoi):
    if place.kind == "geopackage" and aoi != "text":
        pytest.skip("SQLite has no geometry type of its own")
    place.sql(REFERENCE_SYSTEM.format(aoi=aoi) + "SELECT 1")
    if place.kind == "geopackage":
        place.sql("CREATE TABLE gpkg_contents (table_name TEXT); SELECT 1")
    kept = "SELECT * FROM ml_models WHERE model_id = 1"
    before = place.sql(kept)
    book = open_at(place)
    model = record_model(book, tmp_path / "rf_model_202501.joblib", month=1)
    area = "SRID=32633;POLYGON ((500000 0, 500100 0, 500100 100, 500000 0))"
    record_map(book, tmp_path / "prediction_202501.tif", model, aoi=area)
    record_map(book, tmp_path / "prediction_202502.tif", model, aoi="POLYGON ((0 0, 1 0, 1 1, 0 0))")
    assert model == 1, "a row without a path stands for the file of that name"
    old, *_ = before
    [new] = place.sql(kept)
    assert old[0] == new[0]
    assert place.sql("SELECT prediction_filename FROM raster_predictions ORDER BY prediction_id") == [
        ["prediction_202501.tif"], [str(tmp_path / "prediction_202501.tif")], ["prediction_202502.tif"],
    ]  # fmt: skip
    rows = {row["prediction_path"]: row for row in book.rows(MAPS)}
    assert "footprint" not in rows["/data/2025/prediction_202501.tif"]
    recorded = rows[str(tmp_path / "prediction_202501.tif")]["aoi_definition"]
    if aoi == "text":
        assert recorded == area
    else:
        srid, shape = recorded.split(";")
        assert (srid, shapely.from_wkt(shape).geom_type) == ("SRID=4326", "MultiPolygon")
        # 500000 east in UTM zone 33 is the meridian of 15 degrees.
        assert shapely.from_wkt(shape).bounds == pytest.approx((15, 0, 15.0009, 0.0009), abs=1e-5)
        assert rows[str(tmp_path / "prediction_202502.tif")]["aoi_definition"] is None, "no one could say where it is"


def test_names_with_quotes_and_sql_are_only_names(place):
    book = open_at(place)
    nasty = "/data/o'Brien\"; DROP TABLE ml_models; -- %s {0} ?.tif"
    model = record_model(book, nasty, **{"key'\"%": "'; DELETE FROM ml_models; --"})
    record_map(book, nasty, model, aoi="'); DROP TABLE raster_predictions; --")
    [row] = book.rows(MODELS)
    assert row["parameters"] == {"key'\"%": "'; DELETE FROM ml_models; --", "model": nasty}
    assert book.find_model(nasty) == model
    [[path, aoi]] = place.sql("SELECT prediction_path, aoi_definition FROM raster_predictions")
    assert (path, aoi) == (nasty, "'); DROP TABLE raster_predictions; --")


def test_a_signed_address_is_recorded_without_its_signature(place, tmp_path):
    book = open_at(place)
    book.record_map(tmp_path / "m.tif", None, "/vsicurl/https://u:pw@host/x.tif?sig=SECRET&v=2", None, None)
    [row] = book.rows(MAPS)
    assert row["source_mosaic"] == "/vsicurl/https://…@host/x.tif?sig=…&v=2"
    book.record_model(tmp_path / "m.landloom", "t", "polygons on https://u:pw@host/x.tif", {}, None)
    [row] = book.rows(MODELS)
    assert row["training_data_source"] == "polygons on https://…@host/x.tif"


def test_a_model_is_found_by_its_file_and_by_the_joblib_beside_it(place, tmp_path):
    book = open_at(place)
    wanted = record_model(book, tmp_path / "m.landloom", joblib_sha256="cd" * 32)
    record_model(book, tmp_path / "other" / "m.landloom")
    assert book.find_model(tmp_path / "m.landloom") == book.find_model(tmp_path / "m.joblib") == wanted
    assert book.find_model(tmp_path / "n.landloom") is None
    assert book.known_hashes() == {"cd" * 32}


def test_json_of_another_shape_does_no_harm(place, tmp_path, run):
    open_at(place)
    place.sql(
        "INSERT INTO ml_models (model_filename, parameters, metrics) VALUES ('x', '[1, 2]', '\"good\"'); SELECT 1"
    )
    book = open_at(place)
    assert book.find_model("x") is None
    assert book.known_hashes() == set()
    done = run("list_models", environ=place.arguments["environ"], catalogue=place.arguments["catalogue"],
               table=tmp_path / "models.gpkg")  # fmt: skip
    assert done.count == 1
    listed = pyogrio.read_dataframe(done.table)
    assert listed["parameters"].tolist() == ["[1, 2]"]


# --- several at once ------------------------------------------------------------------------------

WRITER = """
import json, sys
sys.path.insert(0, {root!r})
from landloom import catalogue
arguments, folder, rounds = json.loads(sys.stdin.readline())
print("ready", flush=True)
sys.stdin.readline()
for i in range(rounds):
    book = catalogue.open_catalogue(**arguments)
    model = book.record_model(folder + "/m%d.landloom" % i, "t", folder, {{}}, None)
    book.record_map(folder + "/p%d.tif" % i, model, folder, None, None)
    book.record_model("/shared/rf_model_202506.landloom", "t", folder, {{"round": i}}, None)
"""


def test_two_processes_that_create_and_write_at_once_lose_nothing(place):
    rounds, command = 20, [sys.executable, "-c", WRITER.format(root=str(ROOT))]
    writers = [subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1, text=True) for _ in "ab"]
    for writer, folder in zip(writers, ("/a", "/b"), strict=True):
        writer.stdin.write(json.dumps([place.arguments, folder, rounds]) + "\n")
        writer.stdin.flush()
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    errors = [writer.communicate()[1] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0], errors
    book = open_at(place)
    # Files of one name in two folders, written at the same moment: neither takes the other's place.
    expected = {f"/{folder}/p{i}.tif" for folder in "ab" for i in range(rounds)}
    assert {row["prediction_path"] for row in book.rows(MAPS)} == expected
    models = {row["parameters"]["model"]: row for row in book.rows(MODELS)}
    assert len(models) == len(book.rows(MODELS)) == 2 * rounds + 1
    assert all(models[row["prediction_path"].replace("/p", "/m").replace(".tif", ".landloom")]["model_id"]
               == row["model_id"] for row in book.rows(MAPS))  # fmt: skip
    assert models["/shared/rf_model_202506.landloom"]["parameters"]["round"] == rounds - 1


# --- what can go wrong ----------------------------------------------------------------------------


def failing(place, monkeypatch=None, **more) -> str:
    """The message of an attempt to open the catalogue; the password must not be in it."""
    with pytest.raises(CatalogueError) as caught:
        open_at(place, **more)
    assert caught.value.__cause__ is None
    password = place.arguments["environ"].get("DB_PASSWORD")
    assert not password or password not in str(caught.value)
    return str(caught.value)


def test_a_catalogue_that_another_program_holds_is_waited_for_and_then_told(place, monkeypatch):
    open_at(place)
    monkeypatch.setattr(tables, "PATIENCE_S", 1)
    if place.kind == "geopackage":
        holder = sqlite3.connect(place.path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        assert "database is locked" in failing(place)
    else:
        import psycopg2

        environ = place.arguments["environ"]
        holder = psycopg2.connect(
            host=environ["DB_HOST"], port=environ["DB_PORT"], dbname=place.name, user="postgres",
            password=environ["DB_PASSWORD"],
        )  # fmt: skip
        holder.cursor().execute("INSERT INTO ml_models (model_filename) VALUES ('not committed')")
        assert "lock timeout" in failing(place)
    holder.close()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"some text that is no database" * 100, "file is not a database"), (None, "unable to open database file")],
)
def test_a_file_that_is_no_geopackage_is_refused(tmp_path, content, reason):
    path = tmp_path / "c.gpkg"
    path.write_bytes(content) if content else path.mkdir()
    assert reason in failing(geopackage(path))
    assert not content or path.read_bytes() == content


def test_another_sqlite_database_is_refused_and_left_alone(tmp_path):
    place = geopackage(tmp_path / "mail.gpkg")
    place.sql("CREATE TABLE mails (id int); SELECT 1")
    before = place.path.read_bytes()
    assert "no GeoPackage" in failing(place)
    assert place.path.read_bytes() == before


def test_a_catalogue_to_list_must_exist_unless_it_is_the_default_one(tmp_path, run, own_home):
    place = geopackage(tmp_path / "typo.gpkg")
    assert "does not exist" in failing(place, create=False)
    assert not place.path.exists()
    assert run("list_models", table=tmp_path / "models.gpkg").count == 0
    assert not (own_home / "catalogue.gpkg").exists(), "looking does not make one"


def test_passwords_and_servers_that_are_wrong_are_told_without_the_password(server):  # noqa: F811
    place = database(server, "no_such_database")
    assert '"no_such_database" does not exist' in failing(place)
    place = database(server, "postgres", password="Wr0ng-s3cret")
    message = failing(place)
    assert "password authentication failed" in message
    assert "DB_PASSWORD" in message
    place.arguments["environ"]["DB_PORT"] = "1"
    assert "Connection refused" in failing(place)
    place.arguments["environ"]["DB_PORT"] = "five"
    assert "five" in failing(place)
    del place.arguments["environ"]["DB_PASSWORD"]
    place.arguments["environ"]["DB_PORT"] = str(server.port)
    assert "no password supplied" in failing(place)


def test_a_database_without_postgis_is_told_how_to_get_it(server):  # noqa: F811
    place = database(server, server.database(postgis=False))
    assert "CREATE EXTENSION postgis" in failing(place)
    assert place.sql("SELECT to_regclass('ml_models')") == [[""]], "nothing is left half-made"


def test_a_user_without_rights_is_told_before_the_work(server):  # noqa: F811
    name = server.database()
    user, password = server.role()
    place = database(server, name, user=user, password=password)
    assert "permission denied for schema public" in failing(place)
    open_at(database(server, name))
    server.sql(f"GRANT SELECT ON ml_models, raster_predictions TO {user}", name)
    message = failing(place)
    assert "permission denied for table" in message
    assert "right to read and write" in message
    assert open_at(place, create=False).rows(MODELS) == [], "reading needs no more than SELECT"


def test_a_geopackage_that_may_only_be_read_can_be_listed_but_not_written(tmp_path):
    # Root may write everything, so another user has to try.
    folder = Path(tempfile.mkdtemp())
    try:
        place = geopackage(folder / "c.gpkg")
        record_model(open_at(place), "/a/m.landloom")
        before = place.path.read_bytes()
        folder.chmod(0o755)
        place.path.chmod(0o444)
        script = (
            "import json, sys; sys.path.insert(0, sys.argv[1])\n"
            "from landloom import catalogue, errors\n"
            "arguments = json.loads(sys.argv[2])\n"
            "print(len(catalogue.open_catalogue(**arguments, create=False).rows('ml_models')))\n"
            "try: catalogue.open_catalogue(**arguments)\n"
            "except errors.CatalogueError as error: print(error)\n"
        )
        user = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        command = [sys.executable, "-c", script, str(ROOT), json.dumps(place.arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/", **user)
        listed, message = done.stdout.splitlines()
        assert listed == "1"
        assert "is read-only" in message
        assert place.path.read_bytes() == before
    finally:
        shutil.rmtree(folder)


# --- the GeoPackage as others see it --------------------------------------------------------------


@pytest.fixture
def gpkg(tmp_path):
    """A GeoPackage catalogue with a model and two maps."""
    place = geopackage(tmp_path / "catalogue.gpkg")
    book = open_at(place)
    model = record_model(book, tmp_path / "m.landloom")
    record_map(book, tmp_path / "a.tif", model)
    record_map(book, tmp_path / "b.tif", model, shapely.box(14, 53, 14.5, 53.5))
    return place


def ogrinfo(*arguments) -> str:
    if shutil.which("ogrinfo") is None:
        pytest.skip("GDAL's programs are not installed")
    done = subprocess.run(["ogrinfo", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout


def test_gdal_finds_nothing_to_warn_of(gpkg):
    told = ogrinfo("-al", "-so", gpkg.path)
    assert "Layer name: raster_predictions\nGeometry: Multi Polygon\nFeature Count: 2" in told
    # What QGIS zooms to; GDAL looks at the rows themselves only where it is missing.
    assert gpkg.sql(f"SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = '{MAPS}'") == [
        ["13.0", "52.0", "14.5", "53.5"]
    ]
    assert "generated_at: DateTime" in told
    layer = pyogrio.read_dataframe(gpkg.path, layer=MAPS)
    assert layer.crs.to_epsg() == 4326
    assert layer.geometry.iloc[0].equals(FOOTPRINT)
    assert str(layer["generated_at"].dt.tz) == "UTC"
    assert len(pyogrio.read_dataframe(gpkg.path, layer=MODELS)) == 1


QGIS = """
import sys
from qgis.core import QgsApplication, QgsVectorLayer, QgsWkbTypes
app = QgsApplication([], False); app.initQgis()
warned = []
app.messageLog().messageReceived.connect(lambda text, tag, level: warned.append(text))
for table in ("raster_predictions", "ml_models"):
    layer = QgsVectorLayer(sys.argv[1] + "|layername=" + table, table, "ogr")
    box = layer.extent()
    print(layer.isValid(), layer.featureCount(), QgsWkbTypes.displayString(layer.wkbType()), layer.crs().authid(),
          round(box.xMaximum(), 6) if layer.isSpatial() else "", sep="|")
print(warned)
"""


def test_qgis_shows_the_footprints_as_a_layer_and_the_models_as_a_table(gpkg):
    environ = {**{k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}, "QT_QPA_PLATFORM": "offscreen"}
    python = "/usr/bin/python3"
    if not Path(python).exists() or subprocess.run([python, "-c", "import qgis.core"], capture_output=True).returncode:
        pytest.skip("QGIS is not installed")
    done = subprocess.run(
        [python, "-c", QGIS, str(gpkg.path)], env=environ, capture_output=True, text=True, check=True, timeout=600
    )
    assert done.stdout.splitlines() == [
        "True|2|MultiPolygon|EPSG:4326|14.5", "True|1|NoGeometry||", "[]",
    ]  # fmt: skip


def test_maps_can_be_recorded_after_qgis_has_put_a_spatial_index_on_the_layer(gpkg, tmp_path):
    ogrinfo(gpkg.path, "-sql", f"SELECT CreateSpatialIndex('{MAPS}', 'footprint')")
    record_map(open_at(gpkg), tmp_path / "c.tif", footprint=shapely.box(20, 10, 21, 11))
    record_map(open_at(gpkg), tmp_path / "d.tif", footprint=None)
    assert len(pyogrio.read_dataframe(gpkg.path, layer=MAPS, bbox=(20.2, 10.2, 20.3, 10.3))) == 1
    ogrinfo("-al", "-so", gpkg.path)


def test_rows_that_qgis_has_edited_are_still_read(gpkg, tmp_path):
    # GDAL, and so QGIS, stores a geometry with its envelope.
    edited = tmp_path / "edited.gpkg"
    gpd.GeoDataFrame(geometry=[FOOTPRINT], crs="EPSG:4326").to_file(edited, driver="GPKG", layer="e")
    gpkg.sql(
        f"ATTACH '{edited}' AS other; UPDATE {MAPS} SET footprint = (SELECT geom FROM other.e)"
        " WHERE prediction_id = 2 RETURNING 1"
    )
    assert all(row["footprint"].equals(FOOTPRINT) for row in open_at(gpkg).rows(MAPS))


def test_other_layers_of_the_file_stay_as_they_are(tmp_path):
    path = tmp_path / "project.gpkg"
    drawn = gpd.GeoDataFrame({"name": ["x"]}, geometry=[FOOTPRINT], crs="EPSG:4326")
    drawn.to_file(path, layer="drawn", driver="GPKG")
    with sqlite3.connect(path) as database:
        [version] = database.execute("PRAGMA user_version").fetchone()
        # As GDAL does when a CRS needs WKT 2.
        database.execute(
            "ALTER TABLE gpkg_spatial_ref_sys ADD COLUMN definition_12_063 TEXT NOT NULL DEFAULT 'undefined'"
        )
    database.close()
    place = geopackage(path)
    record_map(open_at(place), tmp_path / "a.tif")
    assert {name for name, _ in pyogrio.list_layers(path)} == {"drawn", MAPS, MODELS}
    assert gpd.read_file(path, layer="drawn").equals(drawn)
    assert place.sql("PRAGMA user_version") == [[str(version)]]


# --- lists ----------------------------------------------------------------------------------------


def test_lists_hold_the_month_asked_for_with_accuracy_and_footprint(place, tmp_path, run):
    book = open_at(place)
    (tmp_path / "jun.landloom").touch()
    june = record_model(book, tmp_path / "jun.landloom", 0.75, kappa=0.5)
    record_model(book, tmp_path / "jul.landloom", 0.5, month=7)
    record_map(book, tmp_path / "gone.tif", june)
    where = {"environ": place.arguments["environ"], "catalogue": place.arguments["catalogue"]}
    done = run("list_models", **where, table=tmp_path / "models.gpkg", year=2025, month=6)
    models = pyogrio.read_dataframe(done.table)
    assert done.count == len(models) == 1
    assert (models["overall_accuracy"].tolist(), models["kappa"].tolist()) == ([0.75], [0.5])
    assert models["exists"].tolist() == [True]
    assert json.loads(models["metrics"][0]) == {"overall_accuracy": 0.75, "kappa": 0.5}
    done = run("list_maps", **where, layer=tmp_path / "maps.gpkg")
    maps = pyogrio.read_dataframe(done.layer)
    assert maps.geometry.iloc[0].equals(FOOTPRINT)
    assert maps["model_id"].tolist() == [june]
    assert maps["exists"].tolist() == [False]
    assert run("list_maps", **where, layer=tmp_path / "none.gpkg", year=1999).count == 0
    assert pyogrio.read_info(tmp_path / "none.gpkg")["geometry_type"] == "MultiPolygon"
