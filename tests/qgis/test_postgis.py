"""PostGIS through a connection that QGIS stores, with a password that nobody else may see."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import processing
import pytest
from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsDataSourceUri,
    QgsProviderRegistry,
    QgsVectorLayer,
    QgsVectorLayerExporter,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "engine"))
from postgres import server  # noqa: F401

pytestmark = pytest.mark.usefixtures("plugin")


@pytest.fixture
def stored(server):  # noqa: F811
    """A database, and a connection to it stored in QGIS under the name `monitoring`."""
    database = server.database()
    uri = QgsDataSourceUri()
    uri.setConnection(server.host, str(server.port), database, server.user, server.password)
    return _store(server, database, uri)


def _store(server, database, uri):  # noqa: F811
    metadata = QgsProviderRegistry.instance().providerMetadata("postgres")
    connection = metadata.createConnection(uri.uri(False), {"saveUsername": True, "savePassword": True})
    metadata.saveConnection(connection, "monitoring")
    connection = metadata.createConnection("monitoring")

    class Stored:
        name, password = "monitoring", server.password

        @staticmethod
        def sql(text):
            return server.sql(text, database)

        @staticmethod
        def load(layer, table):
            """Copy a layer into a table."""
            target = f'{connection.uri()} key=\'id\' table="public"."{table}" (geom)'
            code, message = QgsVectorLayerExporter.exportLayer(layer, target, "postgres", layer.crs())
            assert code == 0, message

    return Stored


@pytest.fixture
def polygons(demo):
    return QgsVectorLayer(demo["POLYGONS"], "polygons", "ogr")


def with_one_model(server):  # noqa: F811
    """A database whose catalogue has one model."""
    database = server.database()
    server.sql(
        "CREATE TABLE ml_models (model_id serial PRIMARY KEY, model_filename varchar UNIQUE, model_type varchar,"
        " trained_at timestamptz DEFAULT now(), training_data_source varchar, parameters jsonb, metrics jsonb,"
        " year int, month int); INSERT INTO ml_models (model_filename) VALUES ('rf_model_202506.joblib')",
        database,
    )
    return database


def watch(secret):
    """Look into the argument lists of all processes until the result is asked for; gives those that hold the secret."""
    found, done = [], threading.Event()

    def look():
        while not done.wait(0.05):
            for folder in Path("/proc").glob("[0-9]*"):
                try:
                    text = (folder / "cmdline").read_bytes()
                except OSError:
                    continue
                if secret.encode() in text:
                    found.append(text)

    thread = threading.Thread(target=look)
    thread.start()

    def end():
        done.set()
        thread.join()
        return found

    return end


def test_polygons_from_a_table_and_the_model_into_the_catalogue(stored, demo, polygons, tmp_path):
    stored.load(polygons, "areas")
    exposed = watch(stored.password)
    said = []
    listener = QgsApplication.messageLog().messageReceived.connect(lambda text, tag, level: said.append(text))
    samples = processing.run(
        "landloom:extract_samples",
        {
            "IMAGES": [demo["IMAGE"]], "CONNECTION": stored.name, "POLYGON_TABLE": "areas", "CLASS_FIELD": "class_name",
            "SAMPLES": str(tmp_path / "samples.parquet"),
        },
    )  # fmt: skip
    assert samples["POLYGON_COUNT"] == polygons.featureCount()
    trained = processing.run(
        "landloom:train_random_forest",
        {
            "SAMPLES": samples["SAMPLES"],
            "TREES": 5,
            "CONNECTION": stored.name,
            "MODEL": str(tmp_path / "forest.landloom"),
        },
    )
    mapped = processing.run(
        "landloom:predict",
        {
            "MODEL": trained["MODEL"],
            "IMAGES": [demo["IMAGE"]],
            "CONNECTION": stored.name,
            "MAP": str(tmp_path / "map.tif"),
        },
    )
    QgsApplication.messageLog().disconnect(listener)
    assert exposed() == []
    assert not any(stored.password in text for text in said)
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and stored.password.encode() in p.read_bytes()]
    assert stored.sql("SELECT model_id, model_filename FROM ml_models") == [
        [str(trained["MODEL_ID"]), "forest.landloom"]
    ]
    rows = stored.sql("SELECT prediction_id, model_id, ST_SRID(footprint) FROM raster_predictions")
    assert rows == [[str(mapped["MAP_ID"]), str(trained["MODEL_ID"]), "4326"]]
    listed = processing.run("landloom:list_maps", {"CONNECTION": stored.name, "LAYER": str(tmp_path / "maps.gpkg")})
    assert listed["COUNT"] == 1
    assert QgsVectorLayer(listed["LAYER"], "maps", "ogr").featureCount() == 1


def test_a_postgis_layer_is_taken_like_any_other(stored, demo, polygons, tmp_path):
    stored.load(polygons, "areas")
    connection = QgsProviderRegistry.instance().providerMetadata("postgres").createConnection(stored.name)
    layer = QgsVectorLayer(f'{connection.uri()} key=\'id\' table="public"."areas" (geom)', "areas", "postgres")
    assert layer.isValid()
    done = processing.run(
        "landloom:extract_samples",
        {
            "IMAGES": [demo["IMAGE"]],
            "POLYGONS": layer,
            "CLASS_FIELD": "class_name",
            "SAMPLES": str(tmp_path / "s.parquet"),
        },
    )
    assert done["POLYGON_COUNT"] == polygons.featureCount()
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and stored.password.encode() in p.read_bytes()]


def test_a_connection_whose_password_lies_in_qgis_s_safe(server, demo, polygons, tmp_path):  # noqa: F811
    manager = QgsApplication.authManager()
    manager.setMasterPassword("master", True)
    config = QgsAuthMethodConfig("Basic")
    config.setName("monitoring")
    config.setConfig("username", server.user)
    config.setConfig("password", server.password)
    manager.storeAuthenticationConfig(config)
    database = with_one_model(server)
    uri = QgsDataSourceUri()
    uri.setConnection(server.host, str(server.port), database, "", "", QgsDataSourceUri.SslPrefer, config.id())
    _store(server, database, uri)
    listed = processing.run(
        "landloom:list_models", {"CONNECTION": "monitoring", "TABLE": str(tmp_path / "models.gpkg")}
    )
    assert listed["COUNT"] == 1


def test_a_connection_that_qgis_does_not_know_is_named(tmp_path):
    from qgis.core import QgsProcessingException

    with pytest.raises(QgsProcessingException, match="no such place"):
        processing.run("landloom:list_models", {"CONNECTION": "no such place", "TABLE": str(tmp_path / "m.gpkg")})


def test_the_environment_variables_reach_the_worker(server, headless, tmp_path):  # noqa: F811
    database = with_one_model(server)
    environ = {**os.environ, **headless.environ, **server.environ(database)}
    before = headless.environ
    headless.environ = environ
    try:
        done = headless.run("landloom:list_models", TABLE=tmp_path / "m.gpkg")
    finally:
        headless.environ = before
    assert done["COUNT"] == 1
