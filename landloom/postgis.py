"""Connecting to PostGIS, and reading polygons from a table by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import Any

import geopandas as gpd
import numpy as np
import psycopg2
import psycopg2.extensions
import pyproj
import shapely
from psycopg2 import sql
from pyproj.exceptions import CRSError

from .errors import CatalogueError, InputError, ParameterError

TIMEOUT_S = 15
_VARIABLES = {"host": "DB_HOST", "port": "DB_PORT", "dbname": "DB_NAME", "user": "DB_USER"}

# Numbers of the type numeric would else come as Decimal, which looks like text to whoever asks for class ids.
_NUMERIC_AS_FLOAT = psycopg2.extensions.new_type(
    psycopg2.extensions.DECIMAL.values, "NUMERIC_AS_FLOAT", lambda text, cursor: None if text is None else float(text)
)


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

    Raises ParameterError where no database is named, CatalogueError where it cannot be reached; neither shows a
    password.
    """
    if not is_configured(connection, environ):
        raise ParameterError(
            "No database was named. Give a PostGIS connection, or set the environment variables DB_HOST, DB_NAME,"
            " DB_USER and DB_PASSWORD."
        )
    try:
        return psycopg2.connect(**_parts(connection, environ, secrets))
    except psycopg2.ProgrammingError:
        raise ParameterError(
            f"'{connection}' is not a PostGIS connection. Write postgresql://user@host:5432/database, or in QGIS the"
            " name of a stored connection."
        ) from None
    except psycopg2.OperationalError as error:
        raise CatalogueError(
            f"The database {connection or environ.get('DB_NAME')} cannot be reached: {_first_line(error)}. Check host,"
            " port, database, user and password (environment variable DB_PASSWORD), and whether the server runs."
        ) from None


def _parts(connection: str | None, environ: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, Any]:
    """The connection in libpq's terms."""
    if connection:
        parts = psycopg2.extensions.parse_dsn(secrets.get("connection", connection))
    else:
        parts = {key: environ[variable] for key, variable in _VARIABLES.items() if environ.get(variable)}
    if environ.get("DB_PASSWORD"):
        parts.setdefault("password", environ["DB_PASSWORD"])
    return {"connect_timeout": TIMEOUT_S, **parts}


@contextmanager
def transaction(
    connection: str | None, environ: Mapping[str, str], secrets: Mapping[str, str], what: str, remedy: str
) -> Iterator[psycopg2.extensions.cursor]:
    """A transaction of its own connection, as a cursor; committed when the block ends well.

    Raises CatalogueError that says what refused, why, and the remedy.
    """
    database = connect(connection, environ, secrets)
    with closing(database), told(what, remedy), database, database.cursor() as cursor:
        yield cursor


@contextmanager
def told(what: str, remedy: str) -> Iterator[None]:
    """Turn an error of the database into words."""
    try:
        yield
    except psycopg2.Error as error:
        raise CatalogueError(f"{what} cannot be used: {_first_line(error)}. {remedy}") from None


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]


def has_postgis(cursor: Any) -> bool:
    """Whether the database knows geometries."""
    cursor.execute("SELECT to_regtype('geometry') IS NOT NULL")
    return cursor.fetchone()[0]


def columns(cursor: Any, table: str) -> dict[str, str]:
    """The columns of `table` or `schema.table` with their types, in order; none where there is no such table."""
    cursor.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass(%s)"
        " AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        [quoted(table)],
    )
    return dict(cursor.fetchall())


def quoted(table: str) -> str:
    """Quote `table` or `schema.table`, spelled as in the database; a part that holds a point comes in quotes."""
    parts = re.findall(r'"((?:[^"]|"")+)"(?:\.|$)|([^.]+)(?:\.|$)', table.strip())
    names = [inner.replace('""', '"') or plain for inner, plain in parts]
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def read_polygons(
    database: psycopg2.extensions.connection,
    table: str,
    geometry_column: str,
    wanted: list[str],
    area: shapely.Geometry | None = None,
    area_crs_wkt: str | None = None,
) -> gpd.GeoDataFrame:
    """Read features from a table or view.

    Args:
        database: an open connection.
        table: as in `quoted`.
        geometry_column, wanted: the columns to read.
        area: in `area_crs_wkt`. The database then gives only features whose bounding box meets that of the area,
            by its spatial index; whether they touch the area itself is for the caller to see.

    The index is the table's integer primary key where it has one, else a running number. Raises InputError where
    the table or a column does not exist or nothing is found, CatalogueError where the database refuses.
    """
    remedy = "Check that the user may read it, and that the database has PostGIS."
    with told(f"The table {table}", remedy), database.cursor() as cursor:
        psycopg2.extensions.register_type(_NUMERIC_AS_FLOAT, cursor)
        _require_columns(cursor, table, geometry_column, wanted)
        source = sql.SQL(quoted(table))
        geometry = sql.SQL("{}::geometry").format(sql.Identifier(geometry_column))
        columns = sql.SQL(", ").join(map(sql.Identifier, wanted))
        srid, crs = _reference_system(cursor, table, source, geometry)
        query = sql.SQL(
            "SELECT {key}, ST_AsBinary(ST_CurveToLine({geometry})), {columns} FROM {source}{where} ORDER BY 1"
        )
        # Composed, not bound: a % in a name would be taken for a place to bind to.
        cursor.execute(
            query.format(
                key=_primary_key(cursor, table)
                or sql.SQL("row_number() OVER (ORDER BY {}, {})").format(geometry, columns),
                geometry=geometry,
                columns=columns,
                source=source,
                where=_within(area, area_crs_wkt, geometry, srid, crs),
            )
        )
        rows = cursor.fetchall()
    if not rows:
        where = "that touches the area of interest. Check it, or leave it empty." if area else "in it."
        raise InputError(f"The table {table} has no feature {where}")
    data = {name: [row[2 + i] for row in rows] for i, name in enumerate(wanted)}
    shapes = shapely.from_wkb([None if row[1] is None else bytes(row[1]) for row in rows])
    return gpd.GeoDataFrame(data, geometry=shapes, crs=crs, index=[row[0] for row in rows])


def _require_columns(cursor: Any, table: str, geometry_column: str, wanted: list[str]) -> None:
    """Raise InputError that lists what there is where the table or a column does not exist."""
    if not has_postgis(cursor):
        raise InputError("The database has no PostGIS. Have its administrator run CREATE EXTENSION postgis in it.")
    found = columns(cursor, table)
    if not found:
        cursor.execute(
            "SELECT DISTINCT attrelid::regclass::text FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
            " WHERE atttypid IN (to_regtype('geometry'), to_regtype('geography')) AND NOT attisdropped"
            " AND relkind IN ('r', 'v', 'm', 'f', 'p') AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1"
        )
        there = ", ".join(name for (name,) in cursor.fetchall())
        raise InputError(f"The database has no table {table}. Its tables with geometries are: {there or 'none'}.")
    for name in wanted:
        if name not in found:
            raise InputError(f"The table {table} has no column '{name}'. Its columns are: {', '.join(found)}.")
    shapes = [name for name, kind in found.items() if re.match(r"(\w+\.)?geo(metry|graphy)\b", kind)]
    if geometry_column not in shapes:
        raise InputError(
            f"The table {table} has no geometry column '{geometry_column}'. Its geometry columns are:"
            f" {', '.join(shapes) or 'none'}."
        )


def _reference_system(
    cursor: Any, table: str, source: sql.Composable, geometry: sql.Composable
) -> tuple[int, pyproj.CRS | None]:
    """The SRID and CRS of a column's geometries; 0 and None where they have none."""
    cursor.execute(sql.SQL("SELECT DISTINCT ST_SRID({0}) FROM {1} WHERE {0} IS NOT NULL").format(geometry, source))
    found = sorted(srid for (srid,) in cursor.fetchall())
    if len(found) > 1:
        raise InputError(
            f"The geometries of the table {table} have several SRIDs: {', '.join(map(str, found))}. Bring them to one"
            " with ST_Transform."
        )
    if not any(found):
        return 0, None
    cursor.execute("SELECT auth_name || ':' || auth_srid, srtext FROM spatial_ref_sys WHERE srid = %s", found)
    for definition in cursor.fetchone() or ():
        with suppress(CRSError):
            return found[0], pyproj.CRS.from_user_input(definition)
    raise InputError(
        f"The SRID {found[0]} of the table {table} is not in the database's table spatial_ref_sys, or not in a form"
        " that is understood. Set the right one with UpdateGeometrySRID."
    )


def _within(
    area: shapely.Geometry | None, area_crs_wkt: str | None, geometry: sql.Composable, srid: int, crs: pyproj.CRS | None
) -> sql.Composable:
    """The condition that a feature's bounding box meets the area's; empty where that cannot be said."""
    if area is None or crs is None or area_crs_wkt is None:
        return sql.SQL("")
    # Points all over the area's box, since its corners and edges alone can miss what lies between: across the
    # meridian of 180 degrees, or where the box reaches beyond what the other CRS can show.
    west, south, east, north = area.bounds
    x, y = np.meshgrid(np.linspace(west, east, 21), np.linspace(south, north, 21))
    points = np.array(pyproj.Transformer.from_crs(area_crs_wkt, crs, always_xy=True).transform(x, y)).reshape(2, -1)
    if not np.isfinite(points).all():
        return sql.SQL("")
    low, high = points.min(axis=1), points.max(axis=1)
    margin = (high - low) / 20
    box = sql.SQL(", ").join(map(sql.Literal, (*(low - margin).tolist(), *(high + margin).tolist(), srid)))
    return sql.SQL(" WHERE {} && ST_MakeEnvelope({})").format(geometry, box)


def _primary_key(cursor: Any, table: str) -> sql.Composable | None:
    """The table's primary key if it is one column of whole numbers."""
    cursor.execute(
        "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]"
        " WHERE indrelid = to_regclass(%s) AND indisprimary AND indnkeyatts = 1"
        " AND atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)",
        [quoted(table)],
    )
    row = cursor.fetchone()
    return sql.Identifier(row[0]) if row else None
