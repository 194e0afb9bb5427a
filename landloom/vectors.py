"""Reading training and reference polygons, points and areas of interest, in the raster's CRS."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyogrio.errors
import shapely
from pandas.api.types import is_numeric_dtype
from rasterio.crs import CRS

from . import classes, files
from .classes import ClassTable
from .errors import InputError, ParameterError

# QGIS hands over a copy of a layer; this field of the copy holds the ids that the user sees.
SOURCE_FID = "landloom_fid"
CLASS_TABLE = "classes"

_WKT = re.compile(r"^\s*(SRID=\d+;)?\s*(MULTI)?(POLYGON|GEOMETRYCOLLECTION)\b", re.IGNORECASE)


@dataclass
class Labelled:
    """Features with a class each, in the raster's CRS.

    `table` has the columns polygon_id, class_id and the geometry. `notes` counts what was left out or
    mended, by reason.
    """

    table: gpd.GeoDataFrame
    classes: ClassTable
    notes: dict[str, int] = field(default_factory=dict)


def read_layer(source: str | Path, columns: list[str] | None = None) -> gpd.GeoDataFrame:
    """Read `path` or `path|layername=name`; the index is the feature id as the user sees it.

    Raises InputError where the file is missing, damaged or has no such layer.
    """
    path, layer = split_source(source)
    if not path.startswith("/vsi") and not Path(path).exists():
        raise InputError(f"The layer {path} does not exist. Check the path.")
    try:
        # Of several layers the first is meant, as in QGIS; GDAL warns unless it is named.
        layer = layer or pyogrio.list_layers(path)[0][0]
        available = pyogrio.read_info(path, layer=layer)["fields"]
        wanted = None if columns is None else [c for c in [*columns, SOURCE_FID] if c in available]
        table = pyogrio.read_dataframe(path, layer=layer, columns=wanted, fid_as_index=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise InputError(f"{source} cannot be read as a vector layer: {error}.") from None
    if SOURCE_FID in table:
        table = table.set_index(SOURCE_FID)
    if not isinstance(table, gpd.GeoDataFrame):
        raise InputError(f"{source} is a table without geometries. Choose a layer with polygons or points.")
    return table


def write_layer(path: str | Path, frame: pd.DataFrame, layer: str, geometry: str | None = None, **more: Any) -> None:
    """Write a GeoPackage with one layer (`geometry`: Point, MultiPolygon …) or table, and further tables by name.

    GeoPackage 1.2, since the GDAL of older QGIS warns of later versions.
    """
    with files.replacing(path) as temporary:
        options: dict[str, Any] = {"driver": "GPKG", "dataset_options": {"VERSION": "1.2"}}
        if geometry:
            options |= {"geometry_type": geometry, "promote_to_multi": geometry.startswith("Multi")}
        pyogrio.write_dataframe(frame, temporary, layer=layer, **options)
        for name, table in more.items():
            pyogrio.write_dataframe(table, temporary, layer=name, driver="GPKG", append=True)


def split_source(source: str | Path) -> tuple[str, str | None]:
    """Split QGIS's `path|layername=name` into path and layer name (None where not given)."""
    path, *options = str(source).split("|")
    layer = next((o.split("=", 1)[1] for o in options if o.startswith("layername=")), None)
    return path, layer


def read_labelled(
    table: gpd.GeoDataFrame,
    label: str,
    class_field: str,
    crs: CRS | None,
    given: ClassTable | None = None,
    name_field: str | None = None,
) -> Labelled:
    """Bring features to the raster's CRS, mend their geometries and give each its class.

    Args:
        table: as `read_layer` returns it.
        label: what the user calls the layer, for messages.
        class_field: holds class ids (whole numbers) or class names (text).
        crs: the raster's CRS; None where it has none.
        given: names and colours of the classes; features of other classes are refused.
        name_field: holds class names where `class_field` holds ids.

    Raises InputError for a layer without features, without CRS or of another kind.
    """
    require_fields(table, label, (class_field, name_field))
    if table.empty:
        raise InputError(f"{label} has no features. Draw some polygons, or clear the selection or the filter.")
    notes: dict[str, int] = {}
    table = in_crs(table, label, crs)
    empty = table.geometry.isna() | table.geometry.is_empty
    notes["without geometry"] = int(empty.sum())
    unlabelled = table[class_field].isna() | (table[class_field].astype(str).str.strip() == "")
    notes["without class"] = int((unlabelled & ~empty).sum())
    table = table[~empty & ~unlabelled]
    if table.empty:
        raise InputError(f"No feature of {label} has both a geometry and a class in the field '{class_field}'.")
    invalid = ~table.geometry.is_valid
    notes["invalid, mended"] = int(invalid.sum())
    if invalid.any():
        table.loc[invalid, table.geometry.name] = shapely.make_valid(table.geometry[invalid].to_numpy())
    ids, found = class_ids(table, label, class_field, given, name_field)
    result = gpd.GeoDataFrame(
        {"polygon_id": table.index.to_numpy(dtype=np.int64), "class_id": ids},
        geometry=table.geometry.to_numpy(),
        crs=table.crs,
    )
    return Labelled(result, found, {reason: count for reason, count in notes.items() if count})


def require_fields(table: gpd.GeoDataFrame, label: str, names: Iterable[str | None]) -> None:
    """Raise ParameterError where a layer lacks one of the fields."""
    for name in filter(None, names):
        if name not in table.columns:
            fields = ", ".join(c for c in table.columns if c != table.geometry.name)
            raise ParameterError(f"{label} has no field '{name}'. Its fields are: {fields}.")


def class_ids(
    table: Any, label: str, class_field: str, given: ClassTable | None, name_field: str | None
) -> tuple[np.ndarray, ClassTable]:
    """Return each feature's class id, int64, and the table of the classes that occur."""
    values = table[class_field]
    if not is_numeric_dtype(values):
        names = values.astype(str).str.strip()
        known = given or classes.table_from_names(names)
        by_name = {c.name: c.id for c in known}
        other = sorted(set(names) - set(by_name))
        if other:
            raise InputError(
                f"{label} has the class '{other[0]}' in the field '{class_field}', which is not in the class table:"
                f" {', '.join(known.names)}. Add it to the table or correct the feature."
            )
        ids = names.map(by_name).to_numpy(dtype=np.int64)
        return ids, known.only(ids)
    numbers = values.to_numpy(dtype=float)
    if (numbers != np.round(numbers)).any():
        odd = numbers[numbers != np.round(numbers)][0]
        raise InputError(
            f"The field '{class_field}' of {label} holds {odd}, which is no class id. Ids are whole numbers."
        )
    ids = numbers.astype(np.int64)
    if given:
        other_ids = sorted(set(ids.tolist()) - set(given.ids))
        if other_ids:
            raise InputError(
                f"{label} has the class id {other_ids[0]} in the field '{class_field}', which is not in the class"
                f" table: {', '.join(map(str, given.ids))}. Add it to the table or correct the feature."
            )
        return ids, given.only(ids)
    named = _names_by_id(table, ids, name_field) if name_field else {}
    return ids, classes.make_table({"id": i, "name": named.get(i, f"Class {i}")} for i in sorted(set(ids.tolist())))


def _names_by_id(table: Any, ids: np.ndarray, name_field: str) -> dict[int, str]:
    """The most frequent name of each id; ids that would share a name keep their number in it."""
    names = table[name_field].astype(str).str.strip()
    most = {int(i): names[ids == i].mode().iloc[0] for i in np.unique(ids)}
    return {i: n if list(most.values()).count(n) == 1 else f"{n} ({i})" for i, n in most.items()}


def in_crs(table: gpd.GeoDataFrame, label: str, crs: CRS | None) -> gpd.GeoDataFrame:
    """Reproject to the raster's CRS. Both without a CRS are taken to lie in the same plane."""
    if crs is None and table.crs is None:
        return table
    if crs is None:
        raise InputError(
            f"The raster has no coordinate reference system, {label} has {table.crs.name}. Assign the raster's"
            " (Raster ▸ Projections ▸ Assign Projection)."
        )
    if table.crs is None:
        raise InputError(f"{label} has no coordinate reference system. Assign it (right-click the layer ▸ Layer CRS).")
    return table.to_crs(crs.to_wkt())


def embedded_classes(source: str | Path) -> ClassTable | None:
    """The class table that `create_training_layer` stores in a GeoPackage, if the source has one."""
    path, _ = split_source(source)
    if not path.lower().endswith(".gpkg") or not Path(path).is_file():
        return None
    if CLASS_TABLE not in {name for name, _ in pyogrio.list_layers(path)}:
        return None
    table = pyogrio.read_dataframe(path, layer=CLASS_TABLE)
    return classes.make_table(row.to_dict() for _, row in table.iterrows())


def read_area(value: str | None, crs: CRS | None, label: str | None = None) -> shapely.Geometry | None:
    """Read an area of interest as one geometry in the raster's CRS; None stays None.

    Args:
        value: path of a polygon layer, or WKT, as `POLYGON…` in the raster's CRS or `SRID=4326;POLYGON…`.
        crs: the raster's CRS.
        label: what the user calls it, for messages.

    Raises InputError for an empty area.
    """
    if value is None:
        return None
    label = label or value
    table = _from_wkt(value, crs) if _WKT.match(value) else read_layer(value, columns=[])
    table = in_crs(table, f"The area of interest {label}", crs)
    shapes = [g for g in table.geometry if g is not None and not g.is_empty]
    area = shapely.union_all(shapely.make_valid(np.array(shapes, dtype=object))) if shapes else None
    if area is None or area.area == 0:
        raise InputError(f"The area of interest {label} has no polygons. Draw one, or leave the parameter empty.")
    return area


def _from_wkt(text: str, crs: CRS | None) -> gpd.GeoDataFrame:
    srid, _, wkt = text.strip().rpartition(";")
    try:
        geometry = shapely.from_wkt(wkt)
    except shapely.GEOSException as error:
        raise InputError(f"The area of interest is not valid WKT: {error}.") from None
    given = f"EPSG:{srid.split('=')[1]}" if srid else (crs.to_wkt() if crs else None)
    return gpd.GeoDataFrame(geometry=[geometry], crs=given)


def refuse_geometries(table: gpd.GeoDataFrame, label: str, allowed: tuple[str, ...]) -> None:
    """Raise InputError where a feature is not of the `allowed` geometry types (Polygon, Point …)."""
    types = {t.removeprefix("Multi") for t in table.geometry.geom_type.dropna()}
    other = sorted(types - set(allowed))
    if other:
        raise InputError(f"{label} has features of type {other[0]}; needed are {' or '.join(allowed)}s.")
