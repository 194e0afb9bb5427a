"""The catalogue in a GeoPackage, which is also a layer on the map: the footprints of the maps."""

from __future__ import annotations

import json
import os
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import shapely

from ..errors import CatalogueError
from . import tables
from .tables import JSON_COLUMNS, MAPS, MODELS

TYPES = {
    "key": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL",
    "name": "TEXT",
    "text": "TEXT",
    "int": "MEDIUMINT",
    "json": "TEXT",
    "time": "DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
    "shape": "MULTIPOLYGON",
}

# The functions of OGC 12-128r15, annex F.3. A spatial index that QGIS has put on the layer calls them when a row
# is written.
_FUNCTIONS: dict[str, Callable[[shapely.Geometry], Any]] = {
    "ST_IsEmpty": lambda shape: shape.is_empty,
    "ST_MinX": lambda shape: shape.bounds[0],
    "ST_MinY": lambda shape: shape.bounds[1],
    "ST_MaxX": lambda shape: shape.bounds[2],
    "ST_MaxY": lambda shape: shape.bounds[3],
}
# Doubles of a geometry's envelope by the code in its flags (clause 2.1.3).
_ENVELOPE_DOUBLES = (0, 4, 6, 6, 8)


class GeoPackage:
    """Two tables in a GeoPackage, which may hold other layers too."""

    mark = "?"

    def __init__(self, path: Path):
        self.path = path
        self.label = str(path)

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """A cursor. The file is left alone and may be read-only; one that does not exist counts as empty."""
        where = f"{self.path.absolute().as_uri()}?mode=rw" if self.path.exists() else "file::memory:"
        with self._told(), closing(self._open(where)) as database:
            yield database.cursor()

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """A transaction in which nobody else writes and both tables exist, as a cursor."""
        with self._told():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # SQLite itself would notice only when the first row is written, after the work.
            for needed in (self.path.parent, self.path):
                if needed.exists() and not os.access(needed, os.W_OK):
                    raise PermissionError(f"{needed} is read-only")
            with closing(self._open(self.path.absolute().as_uri())) as database:
                cursor = database.cursor()
                # Take the lock at the beginning: two writers then wait for each other instead of failing.
                cursor.execute("BEGIN IMMEDIATE")
                try:
                    self._create_missing(cursor)
                    before = database.total_changes
                    yield cursor
                    if database.total_changes > before:
                        self._note_change(cursor)
                    cursor.execute("COMMIT")
                except BaseException:
                    with suppress(sqlite3.Error):
                        cursor.execute("ROLLBACK")
                    raise

    def _open(self, where: str) -> sqlite3.Connection:
        database = sqlite3.connect(where, timeout=tables.PATIENCE_S, isolation_level=None, uri=True)
        database.execute("PRAGMA foreign_keys = ON")
        for name, function in _FUNCTIONS.items():
            database.create_function(name, 1, lambda blob, f=function: None if blob is None else f(_shape(blob)))
        names = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if names and "gpkg_contents" not in names:
            database.close()
            raise CatalogueError(f"{self.path} is an SQLite database but no GeoPackage. Choose another file.")
        return database

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise CatalogueError(
                f"The catalogue {self.path} cannot be used: {error}. Check that it is a GeoPackage, that you may write"
                " it, that no other program holds it and that the disk is not full; or choose another file."
            ) from None

    def _create_missing(self, cursor: Any) -> None:
        for table, data_type, srs_id in ((MODELS, "attributes", 0), (MAPS, "features", 4326)):
            if self.columns(cursor, table):
                continue
            for statement in _TABLES if self.columns(cursor, "gpkg_contents") else _MARKS + _TABLES:
                cursor.execute(statement)
            cursor.execute(tables.create(table, TYPES))
            cursor.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (?, ?, ?, ?)",
                [table, data_type, table, srs_id],
            )
            if table == MAPS:
                cursor.execute(
                    "INSERT INTO gpkg_geometry_columns (table_name, column_name, geometry_type_name, srs_id, z, m)"
                    " VALUES (?, 'footprint', ?, ?, 0, 0)",
                    [table, TYPES["shape"], srs_id],
                )

    def _note_change(self, cursor: Any) -> None:
        """Keep the layer's extent, to which QGIS zooms."""
        if "footprint" in self.columns(cursor, MAPS):
            cursor.execute(
                "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), (min_x, min_y, max_x,"  # noqa: S608
                " max_y) = (SELECT min(ST_MinX(footprint)), min(ST_MinY(footprint)), max(ST_MaxX(footprint)),"
                f" max(ST_MaxY(footprint)) FROM {MAPS}) WHERE table_name = '{MAPS}'"
            )

    def columns(self, cursor: Any, table: str) -> dict[str, str]:
        """A table's columns with their types; none where there is no such table."""
        cursor.execute(f"PRAGMA table_info({table})")
        return {row[1]: row[2] for row in cursor.fetchall()}

    def selected(self, name: str, kind: str) -> str:
        """The expression that reads a column."""
        return f'"{name}"'

    def placeholder(self, name: str, kind: str) -> str:
        """The expression that writes a column."""
        return "?"

    def to_column(self, name: str, kind: str, value: Any) -> Any:
        """A value as SQLite stores it."""
        if value is None:
            return None
        if name in JSON_COLUMNS:
            return json.dumps(value, ensure_ascii=False)
        if name == "footprint":
            return _blob(value)
        return tables.time_text(value) if isinstance(value, datetime) else value

    def from_column(self, name: str, value: Any) -> Any:
        """A value as the catalogue gives it; JSON that somebody has broken as text."""
        if value is None:
            return None
        if name in JSON_COLUMNS:
            with suppress(ValueError):
                return json.loads(value)
        return _shape(value) if name == "footprint" else value


def _blob(shape: shapely.Geometry) -> bytes:
    """A geometry as GeoPackage stores it: magic, version, flags (little endian, no envelope), CRS; then WKB."""
    parts = shapely.multipolygons(shapely.get_parts(shape))
    return b"GP\x00\x01" + struct.pack("<i", 4326) + shapely.to_wkb(parts, byte_order=1)


def _shape(blob: bytes) -> shapely.Geometry:
    return shapely.from_wkb(blob[8 + 8 * _ENVELOPE_DOUBLES[blob[3] >> 1 & 7] :])


_WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,'
    'AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]'
)
# What makes an SQLite database a GeoPackage (OGC 12-128r15, clauses 1.1.1 to 1.1.3 and 2.1.5). Version 1.2, since
# the GDAL of older QGIS warns of later ones.
_MARKS = ("PRAGMA application_id = 1196444487", "PRAGMA user_version = 10200")
_TABLES = (
    "CREATE TABLE IF NOT EXISTS gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,"
    " organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL,"
    " description TEXT)",
    "INSERT OR IGNORE INTO gpkg_spatial_ref_sys"  # noqa: S608
    " (srs_name, srs_id, organization, organization_coordsys_id, definition) VALUES"
    " ('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined'),"
    " ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined'),"
    f" ('WGS 84 geodetic', 4326, 'EPSG', 4326, '{_WGS84}')",
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
