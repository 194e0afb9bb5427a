"""Connecting to PostGIS, and reading polygons from a table by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import psycopg2
import psycopg2.extensions
import shapely
from psycopg2 import sql

from .errors import CatalogueError, InputError, ParameterError

TIMEOUT_S = 15


def is_configured(connection: str | None, environ: Mapping[str, str]) -> bool:
    """Whether a database is named, by parameter or by the environment variable DB_NAME."""
    return bool(connection or environ.get("DB_NAME"))


def connect(
    connection: str | None, environ: Mapping[str, str], secrets: Mapping[str, str]
) -> psycopg2.extensions.connection:
    """Open a connection.

    Args:
        connection: `postgresql://user@host:port/database`, or a name that QGIS has resolved into
            `secrets["connection"]`; None for the environment variables DB_HOST, DB_PORT, DB_NAME, DB_USER.
        environ: also holds DB_PASSWORD where the connection itself brings no password.
        secrets: may hold `connection`, libpq's connection string with everything in it.

    Raises CatalogueError, which never shows a password.
    """
    password = environ.get("DB_PASSWORD") or None
    try:
        if connection and "connection" in secrets:
            return psycopg2.connect(secrets["connection"], connect_timeout=TIMEOUT_S)
        if connection:
            dsn = psycopg2.extensions.parse_dsn(connection)
            if password:
                dsn.setdefault("password", password)
        else:
            names = {"host": "DB_HOST", "port": "DB_PORT", "dbname": "DB_NAME", "user": "DB_USER"}
            dsn = {key: environ[variable] for key, variable in names.items() if environ.get(variable)}
            if password:
                dsn["password"] = password
        return psycopg2.connect(**dsn, connect_timeout=TIMEOUT_S)
    except psycopg2.ProgrammingError as error:
        raise ParameterError(
            f"'{connection}' is not a PostGIS connection. Write postgresql://user@host:5432/database, or in QGIS the"
            f" name of a stored connection. ({_first_line(error)})"
        ) from None
    except psycopg2.OperationalError as error:
        raise CatalogueError(
            f"The database {connection or environ.get('DB_NAME')} cannot be reached: {_first_line(error)}. Check host,"
            " port, database, user and password, and whether the server runs."
        ) from None


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]


def qualified(table: str) -> sql.Composable:
    """Quote `table` or `schema.table` as identifiers."""
    parts = table.split(".", 1)
    return sql.SQL(".").join(sql.Identifier(part.strip('"')) for part in parts)


def read_polygons(
    database: psycopg2.extensions.connection,
    table: str,
    geometry_column: str,
    columns: list[str],
    area: shapely.Geometry | None = None,
    area_crs_wkt: str | None = None,
) -> gpd.GeoDataFrame:
    """Read a table's features, only those that intersect `area` where one is given.

    The index is the table's integer primary key where it has one, else the number of the row. Raises
    InputError where the table or a column does not exist.
    """
    where, bound = sql.SQL(""), []
    with database.cursor() as cursor:
        known = _columns(cursor, table)
        for name in (geometry_column, *columns):
            if name not in known:
                raise InputError(
                    f"The table {table} has no column '{name}'. Its columns are:"
                    f" {', '.join(known) or 'none, or there is no such table'}."
                )
        srid = _srid(cursor, table, geometry_column)
        if area is not None and srid:
            shape = gpd.GeoSeries([area], crs=area_crs_wkt).to_crs(f"EPSG:{srid}")[0]
            where = sql.SQL(" WHERE ST_Intersects({}, ST_GeomFromWKB(%s, %s))").format(sql.Identifier(geometry_column))
            bound = [psycopg2.Binary(shapely.to_wkb(shape)), srid]
        key = _primary_key(cursor, table)
        query = sql.SQL("SELECT {key}, ST_AsBinary({geometry}), {columns} FROM {table}{where} ORDER BY 1").format(
            key=sql.Identifier(key) if key else sql.SQL("row_number() OVER ()"),
            geometry=sql.Identifier(geometry_column),
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            table=qualified(table),
            where=where,
        )
        cursor.execute(query, bound)
        rows = cursor.fetchall()
    geometries = [None if row[1] is None else shapely.from_wkb(bytes(row[1])) for row in rows]
    data: dict[str, Any] = {name: [row[2 + i] for row in rows] for i, name in enumerate(columns)}
    crs = f"EPSG:{srid}" if srid else None
    return gpd.GeoDataFrame(data, geometry=np.array(geometries, dtype=object), crs=crs, index=[row[0] for row in rows])


def _columns(cursor: Any, table: str) -> list[str]:
    cursor.execute("SELECT to_regclass(%s)", [_regclass(table)])
    oid = cursor.fetchone()[0]
    if oid is None:
        return []
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " ORDER BY attnum",
        [oid],
    )
    return [row[0] for row in cursor.fetchall()]


def _regclass(table: str) -> str:
    return ".".join('"' + part.strip('"').replace('"', '""') + '"' for part in table.split(".", 1))


def _srid(cursor: Any, table: str, geometry_column: str) -> int:
    query = sql.SQL("SELECT ST_SRID({g}) FROM {t} WHERE {g} IS NOT NULL LIMIT 1")
    cursor.execute(query.format(g=sql.Identifier(geometry_column), t=qualified(table)))
    row = cursor.fetchone()
    return row[0] if row else 0


def _primary_key(cursor: Any, table: str) -> str | None:
    cursor.execute(
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)"
        " WHERE i.indrelid = %s::regclass AND i.indisprimary AND i.indnatts = 1"
        " AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)",
        [_regclass(table)],
    )
    row = cursor.fetchone()
    return row[0] if row else None
