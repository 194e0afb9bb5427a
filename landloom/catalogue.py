"""The catalogue of models and maps: two tables, the same in a GeoPackage and in PostGIS.

What differs between the two stands in `_GeoPackage` and `_PostGis`; everything else is common.
"""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import shapely

from . import configuration, postgis
from .errors import CatalogueError

MODELS, MAPS = "ml_models", "raster_predictions"
KEYS = {MODELS: "model_id", MAPS: "prediction_id"}
NAMES = {MODELS: "model_filename", MAPS: "prediction_filename"}
TIMES = {MODELS: "trained_at", MAPS: "generated_at"}
JSON_COLUMNS = ("parameters", "metrics")


class Catalogue:
    """Records models and maps. Recording a file again replaces the row's content and keeps its id."""

    def __init__(self, backend: _GeoPackage | _PostGis):
        self._backend = backend
        self.label = backend.label

    def record_model(
        self,
        path: str | Path,
        model_type: str,
        source: str,
        parameters: dict,
        metrics: dict | None,
        year: int | None = None,
        month: int | None = None,
    ) -> int:
        """Record a model file; returns its id. `parameters` also gets the file's full path, as `model`."""
        row = {
            "model_type": model_type,
            "training_data_source": source,
            "year": year,
            "month": month,
            "parameters": {**parameters, "model": str(Path(path).resolve())},
            "metrics": metrics,
        }
        return self._record(MODELS, Path(path), row, where="model")

    def record_map(
        self,
        path: str | Path,
        model_id: int | None,
        source: str,
        aoi: str | None,
        footprint: shapely.Geometry | None,
        year: int | None = None,
        month: int | None = None,
    ) -> int:
        """Record a map; returns its id. `footprint` is a polygon in EPSG:4326."""
        row = {
            "prediction_path": str(Path(path).resolve()),
            "model_id": model_id,
            "source_mosaic": source,
            "aoi_definition": aoi,
            "year": year,
            "month": month,
            "footprint": footprint,
        }
        return self._record(MAPS, Path(path), row, where="prediction_path")

    def find_model(self, path: str | Path) -> int | None:
        """The id of a recorded model file, or None."""
        for row in self.rows(MODELS):
            if (row["parameters"] or {}).get("model") == str(Path(path).resolve()):
                return row["model_id"]
        return None

    def known_hashes(self) -> set[str]:
        """SHA-256 of the joblib files that this catalogue's models were written with."""
        hashes = ((row["parameters"] or {}).get("joblib_sha256") for row in self.rows(MODELS))
        return {h for h in hashes if h}

    def rows(self, table: str, year: int | None = None, month: int | None = None) -> list[dict]:
        """The rows of MODELS or MAPS, newest first, as dicts; `footprint` as geometry."""
        conditions = {"year": year, "month": month}
        wanted = {name: value for name, value in conditions.items() if value is not None}
        where = " AND ".join(f'"{name}" = {self._backend.mark}' for name in wanted) or "1 = 1"
        with self._backend.transaction() as cursor:
            columns = self._backend.columns(cursor, table)
            listed = ", ".join(self._backend.selected(name) for name in columns)
            cursor.execute(
                f'SELECT {listed} FROM {table} WHERE {where} ORDER BY "{TIMES[table]}" DESC, "{KEYS[table]}" DESC',  # noqa: S608 (names of ours, values bound)
                list(wanted.values()),
            )
            found = cursor.fetchall()
        return [
            {name: self._backend.from_column(name, value) for name, value in zip(columns, row, strict=True)}
            for row in found
        ]

    def _record(self, table: str, path: Path, row: dict, where: str) -> int:
        b = self._backend
        with b.transaction() as cursor:
            columns = b.columns(cursor, table)
            row = {**row, NAMES[table]: self._free_name(cursor, table, path, where), TIMES[table]: _now()}
            # A table that was there before us may lack a column that is ours, such as the footprint.
            row = {name: b.to_column(name, value) for name, value in row.items() if name in columns}
            names = ", ".join(f'"{name}"' for name in row)
            values = ", ".join(b.placeholder(name) for name in row)
            changed = ", ".join(f'"{name}" = excluded."{name}"' for name in row)
            cursor.execute(
                f"INSERT INTO {table} ({names}) VALUES ({values})"  # noqa: S608 (names of ours, values bound)
                f' ON CONFLICT ("{NAMES[table]}") DO UPDATE SET {changed} RETURNING "{KEYS[table]}"',
                list(row.values()),
            )
            return int(cursor.fetchone()[0])

    def _free_name(self, cursor: Any, table: str, path: Path, where: str) -> str:
        """The file's name; its full path where a file of another folder has that name on record already."""
        column = "parameters" if where == "model" else where
        cursor.execute(f'SELECT "{column}" FROM {table} WHERE "{NAMES[table]}" = {self._backend.mark}', [path.name])  # noqa: S608
        found = cursor.fetchone()
        if found is None:
            return path.name
        value = self._backend.from_column(column, found[0])
        recorded = (value or {}).get("model") if where == "model" else value
        return path.name if recorded in (None, str(path.resolve())) else str(path.resolve())


def open_catalogue(
    catalogue: str | None, connection: str | None, environ: Mapping[str, str], secrets: Mapping[str, str]
) -> Catalogue:
    """Open the catalogue: PostGIS where a connection or DB_NAME is given and no file is, else a GeoPackage.

    Args:
        catalogue: path of a GeoPackage; None for the default one in Landloom's own folder.
        connection, environ, secrets: as in `postgis.connect`.
    """
    if catalogue is None and postgis.is_configured(connection, environ):
        return Catalogue(_PostGis(connection, environ, secrets))
    path = Path(catalogue) if catalogue else configuration.home(environ) / "catalogue.gpkg"
    return Catalogue(_GeoPackage(path))


def _now() -> datetime:
    return datetime.now(UTC)


_COLUMNS = {
    MODELS: {
        "model_filename": "name NOT NULL UNIQUE",
        "model_type": "name",
        "trained_at": "time",
        "training_data_source": "name",
        "parameters": "json",
        "metrics": "json",
        "year": "int",
        "month": "int",
    },
    MAPS: {
        "prediction_filename": "name NOT NULL UNIQUE",
        "prediction_path": "name",
        "generated_at": "time",
        "model_id": f"int REFERENCES {MODELS} (model_id)",
        "source_mosaic": "name",
        "year": "int",
        "month": "int",
        "aoi_definition": "text",
        "footprint": "shape",
    },
}


def _create_table(table: str, types: Mapping[str, str]) -> str:
    columns = [f'"{KEYS[table]}" {types["key"]}']
    for name, definition in _COLUMNS[table].items():
        kind, _, rest = definition.partition(" ")
        columns.append(f'"{name}" {types[kind]} {rest}'.rstrip())
    return f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(columns)})"


class _PostGis:
    mark = "%s"
    TYPES = {  # noqa: RUF012
        "key": "serial PRIMARY KEY",
        "name": "varchar",
        "text": "text",
        "int": "int",
        "json": "jsonb",
        "time": "timestamptz DEFAULT now()",
        "shape": "geometry(Geometry, 4326)",
    }

    def __init__(self, connection: str | None, environ: Mapping[str, str], secrets: Mapping[str, str]):
        self._arguments = (connection, environ, secrets)
        self.label = f"PostGIS {connection or environ.get('DB_NAME')}"
        with self.transaction() as cursor:
            # CREATE … IF NOT EXISTS of two sessions at once can still collide; one after the other then.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('landloom catalogue'))")
            cursor.execute("SELECT to_regtype('geometry') IS NOT NULL")
            has_postgis = cursor.fetchone()[0]
            types = self.TYPES if has_postgis else {**self.TYPES, "shape": "bytea"}
            for table in (MODELS, MAPS):
                cursor.execute("SELECT to_regclass(%s) IS NULL", [table])
                if cursor.fetchone()[0]:
                    cursor.execute(_create_table(table, types))

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        import psycopg2

        with closing(postgis.connect(*self._arguments)) as database:
            try:
                with database, database.cursor() as cursor:
                    yield cursor
            except psycopg2.Error as error:
                reason = str(error).strip().split("\n")[0]
                raise CatalogueError(
                    f"The catalogue in {self.label} refused: {reason}. Its tables are {MODELS} and {MAPS}; the user"
                    " needs the right to read and write them, or to create them."
                ) from None

    def columns(self, cursor: Any, table: str) -> list[str]:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " ORDER BY attnum",
            [table],
        )
        return [row[0] for row in cursor.fetchall()]

    def selected(self, name: str) -> str:
        return 'ST_AsBinary("footprint")' if name == "footprint" else f'"{name}"'

    def placeholder(self, name: str) -> str:
        return "ST_GeomFromWKB(%s, 4326)" if name == "footprint" else "%s"

    def to_column(self, name: str, value: Any) -> Any:
        import psycopg2
        import psycopg2.extras

        if value is None:
            return None
        if name in JSON_COLUMNS:
            return psycopg2.extras.Json(value)
        return psycopg2.Binary(shapely.to_wkb(value)) if name == "footprint" else value

    def from_column(self, name: str, value: Any) -> Any:
        if value is None:
            return None
        if name == "footprint":
            return shapely.from_wkb(bytes(value))
        return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value


class _GeoPackage:
    mark = "?"
    TYPES = {  # noqa: RUF012
        "key": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL",
        "name": "TEXT",
        "text": "TEXT",
        "int": "MEDIUMINT",
        "json": "TEXT",
        "time": "DATETIME",
        "shape": "GEOMETRY",
    }

    def __init__(self, path: Path):
        self.path = path
        self.label = str(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with self.transaction() as cursor:
            for statement in _GEOPACKAGE:
                cursor.execute(statement)
            for table, data_type in ((MODELS, "attributes"), (MAPS, "features")):
                cursor.execute(_create_table(table, self.TYPES))
                cursor.execute(
                    "INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier, srs_id)"
                    " VALUES (?, ?, ?, ?)",
                    [table, data_type, table, 4326 if table == MAPS else 0],
                )
            cursor.execute(
                f"INSERT OR IGNORE INTO gpkg_geometry_columns VALUES ('{MAPS}', 'footprint', 'GEOMETRY', 4326, 0, 0)"  # noqa: S608
            )

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        try:
            with closing(sqlite3.connect(self.path, timeout=60, isolation_level=None)) as database:
                cursor = database.cursor()
                # Take the lock at the beginning: two writers then wait for each other instead of failing.
                cursor.execute("BEGIN IMMEDIATE")
                try:
                    yield cursor
                    cursor.execute("COMMIT")
                except BaseException:
                    cursor.execute("ROLLBACK")
                    raise
        except sqlite3.Error as error:
            raise CatalogueError(
                f"The catalogue {self.path} cannot be used: {error}. Check that it is a GeoPackage that you may write,"
                " or choose another file."
            ) from None

    def columns(self, cursor: Any, table: str) -> list[str]:
        cursor.execute(f"PRAGMA table_info({table})")
        return [row[1] for row in cursor.fetchall()]

    def selected(self, name: str) -> str:
        return f'"{name}"'

    def placeholder(self, name: str) -> str:
        return "?"

    def to_column(self, name: str, value: Any) -> Any:
        if value is None:
            return None
        if name in JSON_COLUMNS:
            return json.dumps(value)
        if name == "footprint":
            # GeoPackage's header: magic, version, flags (little endian, no envelope), CRS; then WKB.
            return b"GP\x00\x01" + struct.pack("<i", 4326) + shapely.to_wkb(value, byte_order=1)
        return value.strftime("%Y-%m-%dT%H:%M:%S.000Z") if isinstance(value, datetime) else value

    def from_column(self, name: str, value: Any) -> Any:
        if value is None:
            return None
        if name in JSON_COLUMNS:
            return json.loads(value)
        return shapely.from_wkb(value[8:]) if name == "footprint" else value


_WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,'
    'AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]'
)
# The tables that make an SQLite database a GeoPackage 1.3 (OGC 12-128r18, clauses 1.1.2, 1.1.3 and 2.1.5).
_GEOPACKAGE = (
    "PRAGMA application_id = 1196444487",
    "PRAGMA user_version = 10300",
    "CREATE TABLE IF NOT EXISTS gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,"
    " organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL,"
    " description TEXT)",
    "INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES ('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', NULL)",
    "INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', NULL)",
    f"INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES ('WGS 84 geodetic', 4326, 'EPSG', 4326, '{_WGS84}', NULL)",  # noqa: S608
    "CREATE TABLE IF NOT EXISTS gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL,"
    " identifier TEXT UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT"
    " (strftime('%Y-%m-%dT%H:%M:%fZ','now')), min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,"
    " CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))",
    "CREATE TABLE IF NOT EXISTS gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,"
    " geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,"
    " CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),"
    " CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),"
    " CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id))",
)
