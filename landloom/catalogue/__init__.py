"""The catalogue of models and maps: two tables, the same in a GeoPackage and in PostGIS.

What differs between the two stands in `geopackage` and `database`; everything else is here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import shapely

from .. import configuration, postgis
from ..errors import CatalogueError
from ..provenance import redacted
from .database import Database
from .geopackage import GeoPackage
from .tables import KEYS, MAPS, MODELS, NAMES, TIMES

__all__ = ["MAPS", "MODELS", "Catalogue", "details", "open_catalogue"]


class Catalogue:
    """Records models and maps. Recording a file again replaces the row's content and keeps its id."""

    def __init__(self, store: Database | GeoPackage):
        self._store = store
        self.label = store.label

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
            "training_data_source": redacted(source),
            "year": year,
            "month": month,
            "parameters": {**parameters, "model": str(Path(path).resolve())},
            "metrics": metrics,
        }
        return self._record(MODELS, Path(path), row)

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
        """Record a map; returns its id.

        `aoi` is WKT, best with its CRS as `SRID=32633;POLYGON…`; `footprint` a polygon in EPSG:4326.
        """
        row = {
            "prediction_path": str(Path(path).resolve()),
            "model_id": model_id,
            "source_mosaic": redacted(source),
            "aoi_definition": aoi,
            "year": year,
            "month": month,
            "footprint": footprint,
        }
        return self._record(MAPS, Path(path), row)

    def find_model(self, path: str | Path) -> int | None:
        """The id of a recorded model by its file, or by the joblib file beside it; None where it is not recorded."""
        wanted = Path(path).resolve().with_suffix("")
        for row in self.rows(MODELS):
            recorded = _path_of(row)
            if recorded and Path(recorded).with_suffix("") == wanted:
                return row["model_id"]
        return None

    def known_hashes(self) -> set[str]:
        """SHA-256 of the joblib files that this catalogue's models were written with."""
        hashes = (details(row, "parameters").get("joblib_sha256") for row in self.rows(MODELS))
        return {h for h in hashes if h}

    def rows(self, table: str, year: int | None = None, month: int | None = None) -> list[dict]:
        """The rows of MODELS or MAPS, newest first, as dicts; times as text in UTC, `footprint` as geometry."""
        conditions = {"year": year, "month": month}
        wanted = {name: value for name, value in conditions.items() if value is not None}
        where = " AND ".join(f'"{name}" = {self._store.mark}' for name in wanted) or "1 = 1"
        with self._store.reading() as cursor:
            columns = self._store.columns(cursor, table)
            if not columns:
                return []
            listed = ", ".join(self._store.selected(*column) for column in columns.items())
            order = f'"{TIMES[table]}" DESC, "{KEYS[table]}" DESC'
            cursor.execute(
                f"SELECT {listed} FROM {table} WHERE {where} ORDER BY {order}",  # noqa: S608 (names of ours, values bound)
                list(wanted.values()),
            )
            found = cursor.fetchall()
        return [
            {name: self._store.from_column(name, value) for name, value in zip(columns, row, strict=True)}
            for row in found
        ]

    def _record(self, table: str, path: Path, row: dict) -> int:
        store = self._store
        with store.writing() as cursor:
            row = {NAMES[table]: self._free_name(cursor, table, path), TIMES[table]: datetime.now(UTC), **row}
            # A table that was there before us may lack a column that is ours, such as the footprint.
            columns = store.columns(cursor, table)
            row = {n: store.to_column(n, columns[n], value) for n, value in row.items() if n in columns}
            names = ", ".join(f'"{name}"' for name in row)
            values = ", ".join(store.placeholder(name, columns[name]) for name in row)
            changed = ", ".join(f'"{name}" = excluded."{name}"' for name in row)
            cursor.execute(
                f"INSERT INTO {table} ({names}) VALUES ({values})"  # noqa: S608 (names of ours, values bound)
                f' ON CONFLICT ("{NAMES[table]}") DO UPDATE SET {changed} RETURNING "{KEYS[table]}"',
                list(row.values()),
            )
            return int(cursor.fetchone()[0])

    def _free_name(self, cursor: Any, table: str, path: Path) -> str:
        """The file's name; its full path where a file of another folder has that name on record already."""
        column = "prediction_path" if table == MAPS else "parameters"
        query = f'SELECT "{column}" FROM {table} WHERE "{NAMES[table]}" = {self._store.mark}'  # noqa: S608 (as above)
        cursor.execute(query, [path.name])
        found = cursor.fetchone()
        recorded = _path_of({column: self._store.from_column(column, found[0])}) if found else None
        return path.name if recorded in (None, str(path.resolve())) else str(path.resolve())


def details(row: Mapping, column: str) -> dict:
    """A row's JSON column as a dict, empty where it is null or where somebody has put something else there."""
    value = row[column]
    return value if isinstance(value, dict) else {}


def _path_of(row: Mapping) -> str | None:
    """Where the file of a row lies, as far as the row says."""
    return row["prediction_path"] if "prediction_path" in row else details(row, "parameters").get("model")


def open_catalogue(
    catalogue: str | None,
    connection: str | None,
    environ: Mapping[str, str],
    secrets: Mapping[str, str],
    create: bool = True,
) -> Catalogue:
    """Open the catalogue: PostGIS where a connection or DB_NAME is given and no file is, else a GeoPackage.

    Args:
        catalogue: path of a GeoPackage; None for the default one in Landloom's own folder.
        connection, environ, secrets: as in `postgis.connect`.
        create: make what does not exist yet, and prove that the catalogue can be written. Else it is only read;
            a default catalogue that does not exist yet is empty.

    Raises CatalogueError where that cannot be.
    """
    store: Database | GeoPackage
    if catalogue is None and postgis.is_configured(connection, environ):
        store = Database(connection, environ, secrets)
    else:
        store = GeoPackage(Path(catalogue) if catalogue else configuration.home(environ) / "catalogue.gpkg")
        if catalogue and not create and not store.path.exists():
            raise CatalogueError(f"The catalogue {catalogue} does not exist. Check the path.")
    if create:
        with store.writing():
            pass
    return Catalogue(store)
