"""The catalogue in PostGIS."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg2
import psycopg2.extras
import shapely

from .. import postgis
from ..errors import CatalogueError
from . import tables
from .tables import JSON_COLUMNS, MAPS, MODELS

TYPES = {
    "key": "serial PRIMARY KEY",
    "name": "varchar",
    "text": "text",
    "int": "int",
    "json": "jsonb",
    "time": "timestamptz DEFAULT now()",
    "shape": "geometry(MultiPolygon, 4326)",
}


class Database:
    """Two tables in a PostGIS database; those that are there already are used as they are."""

    mark = "%s"

    def __init__(self, connection: str | None, environ: Mapping[str, str], secrets: Mapping[str, str]):
        self._arguments = (connection, environ, secrets)
        self.label = f"PostGIS {connection or environ.get('DB_NAME')}"

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """A transaction, as a cursor."""
        remedy = (
            f"Its tables are {MODELS} and {MAPS}; the user needs the right to read and write them, or to create them."
        )
        with postgis.transaction(*self._arguments, f"The catalogue in {self.label}", remedy) as cursor:
            yield cursor

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """A transaction in which nobody else writes and both tables exist, as a cursor."""
        with self.reading() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{tables.PATIENCE_S}s'")
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('landloom catalogue'))")
            for table in (MODELS, MAPS):
                if not self.columns(cursor, table):
                    self._create(cursor, table)
            # Also proves before the work, not after it, that the tables may be written.
            cursor.execute(f"LOCK TABLE {MODELS}, {MAPS} IN SHARE ROW EXCLUSIVE MODE")
            yield cursor

    def _create(self, cursor: Any, table: str) -> None:
        if table == MAPS and not postgis.has_postgis(cursor):
            raise CatalogueError(
                f"The catalogue in {self.label} cannot be made: the database has no PostGIS. Have its administrator run"
                " CREATE EXTENSION postgis in it, or choose a GeoPackage as CATALOGUE."
            )
        cursor.execute(tables.create(table, TYPES))

    def columns(self, cursor: Any, table: str) -> dict[str, str]:
        """A table's columns with their types; none where there is no such table."""
        return postgis.columns(cursor, table)

    def selected(self, name: str, kind: str) -> str:
        """The expression that reads a column."""
        if name == "footprint":
            return 'ST_AsBinary("footprint")'
        return f'ST_AsEWKT("{name}")' if _is_shape(kind) else f'"{name}"'

    def placeholder(self, name: str, kind: str) -> str:
        """The expression that writes a column."""
        if name == "footprint":
            return "ST_Multi(ST_GeomFromWKB(%s, 4326))"
        if not _is_shape(kind):
            return "%s"
        # A table that was there before us may hold the area of interest as a geometry.
        shape, srid = "ST_GeomFromEWKT(%s)", re.search(r",(\d+)\)", kind)
        shape = f"ST_Transform({shape}, {srid[1]})" if srid else shape
        return f"ST_Multi({shape})" if "(Multi" in kind else shape

    def to_column(self, name: str, kind: str, value: Any) -> Any:
        """A value as the driver takes it; None for an area that a geometry column cannot place."""
        if value is None or (name == "aoi_definition" and _is_shape(kind) and not value.startswith("SRID=")):
            return None
        if name in JSON_COLUMNS:
            return psycopg2.extras.Json(value)
        return psycopg2.Binary(shapely.to_wkb(value)) if name == "footprint" else value

    def from_column(self, name: str, value: Any) -> Any:
        """A value as the catalogue gives it."""
        if name == "footprint" and value is not None:
            return shapely.from_wkb(bytes(value))
        return tables.time_text(value) if isinstance(value, datetime) else value


def _is_shape(kind: str) -> bool:
    return kind.startswith("geometry")
