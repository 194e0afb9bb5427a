"""Reading training and reference polygons, points and areas of interest, in the raster's CRS."""

from __future__ import annotations

import re
from collections import Counter
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
from rasterio.errors import CRSError

from . import classes
from .classes import ClassTable
from .errors import InputError, ParameterError

# QGIS hands over a copy of a layer; this field of the copy holds the ids that the user sees.
SOURCE_FID = "landloom_fid"
CLASS_TABLE = "classes"
# How GDAL calls the two numbers by which a GeoPackage says that its layer has no coordinate reference system.
UNDEFINED_CRS = ("Undefined geographic SRS", "Undefined Cartesian SRS")

# A file may well be called polygon.gpkg.
_WKT = re.compile(
    r"^\s*(SRID=(?P<srid>\d+);)?\s*(?P<wkt>[A-Z]*(POINT|LINESTRING|POLYGON|COLLECTION|CURVE|SURFACE)\s*(Z|M|ZM)?\s*(\(|EMPTY).*)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass
class Labelled:
    """Features with a class each, in the raster's CRS.

    `table` has the columns polygon_id, class_id and the geometry. `notes` counts what was left out or
    mended, by reason; `left_out` has the reason by polygon_id.
    """

    table: gpd.GeoDataFrame
    classes: ClassTable
    notes: dict[str, int] = field(default_factory=dict)
    left_out: dict[int, str] = field(default_factory=dict)


def read_layer(source: str | Path, columns: list[str] | None = None, label: str | None = None) -> gpd.GeoDataFrame:
    """Read `path` or `path|layername=name`; the index is the feature id as the user sees it.

    Args:
        source: of several layers with geometries one must be named.
        columns: the fields that are needed; None for all.
        label: what the user calls the layer, for messages.

    Heights are left out. Raises InputError where the file is missing, damaged or has no such layer, ParameterError
    where the layer lacks a field.
    """
    path, layer = split_source(source)
    label = label or str(source)
    if not path.startswith("/vsi") and not Path(path).exists():
        raise InputError(f"The layer {path} does not exist. Check the path.")
    try:
        layer = layer or _only_layer(path)
        available = pyogrio.read_info(path, layer=layer)["fields"].tolist()
        refuse_missing_fields(available, columns or (), label)
        wanted = None if columns is None else [c for c in [*columns, SOURCE_FID] if c in available]
        table = pyogrio.read_dataframe(path, layer=layer, columns=wanted, fid_as_index=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.GeometryError) as error:
        raise InputError(f"{label} cannot be read as a vector layer: {str(error).split(';')[0].rstrip('.')}.") from None
    if SOURCE_FID in table:
        table = table.set_index(SOURCE_FID)
    if not isinstance(table, gpd.GeoDataFrame):
        raise InputError(f"{label} is a table without geometries. Choose a layer with polygons or points.")
    if table.crs is not None and table.crs.name in UNDEFINED_CRS:
        table = table.set_crs(None, allow_override=True)
    return table.set_geometry(table.geometry.force_2d())


def refuse_missing_fields(available: Iterable[str], wanted: Iterable[str], label: str) -> None:
    """Raise ParameterError for a field that a layer does not have."""
    there = [f for f in available if f not in (SOURCE_FID, "geometry")]
    for name in wanted:
        if name not in there:
            raise ParameterError(f"{label} has no field '{name}'. Its fields are: {', '.join(there) or 'none'}.")


def _only_layer(path: str) -> str:
    """The layer with geometries; else the first table. Raises InputError where there are several with geometries."""
    layers = pyogrio.list_layers(path).tolist()
    if not layers:
        raise InputError(f"{path} holds no layers. Choose another file.")
    drawn = [name for name, geometry in layers if geometry]
    if len(drawn) > 1:
        raise InputError(f"{path} holds several layers: {', '.join(drawn)}. Name one as {path}|layername={drawn[0]}.")
    return (drawn or [layers[0][0]])[0]


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
    if table.empty:
        raise InputError(f"{label} has no features. Draw some polygons, or clear the selection or the filter.")
    notes: dict[str, int] = {}
    table = _within_reach(table, label, crs)
    empty = table.geometry.isna() | table.geometry.is_empty
    notes["without a geometry, or where the image's coordinate reference system does not reach"] = int(empty.sum())
    unlabelled = is_blank(table[class_field])
    notes["without a class"] = int((unlabelled & ~empty).sum())
    left_out = dict.fromkeys(table.index[unlabelled].tolist(), "without a class")
    left_out |= dict.fromkeys(table.index[empty].tolist(), "without a geometry in the image's projection")
    table = table[~empty & ~unlabelled]
    if table.empty:
        raise InputError(
            f"No feature of {label} has both a geometry and a class in the field '{class_field}'. Choose another field,"
            " or enter the classes."
        )
    invalid = ~table.geometry.is_valid
    notes["with an invalid outline, which was mended"] = int(invalid.sum())
    if invalid.any():
        mended = [polygonal(shape) for shape in shapely.make_valid(table.geometry[invalid].to_numpy())]
        table.loc[invalid, table.geometry.name] = gpd.GeoSeries(mended, index=table.index[invalid], crs=table.crs)
    ids, found, other = class_ids(table, label, class_field, given, name_field)
    notes[f"with another name in '{name_field}' than most of their class id"] = other
    result = gpd.GeoDataFrame(
        {"polygon_id": table.index.to_numpy(dtype=np.int64), "class_id": ids},
        geometry=table.geometry.to_numpy(),
        crs=table.crs,
    )
    return Labelled(result, found, {reason: count for reason, count in notes.items() if count}, left_out)


def is_blank(values: pd.Series) -> pd.Series:
    """Which values are missing or nothing but blanks."""
    return values.isna() | (values.astype(str).str.strip() == "")


def holds_ids(values: pd.Series) -> bool:
    """Whether a class field holds numbers, or text that is nothing but whole numbers."""
    if is_numeric_dtype(values):
        return True
    return bool(values[~is_blank(values)].astype(str).str.strip().str.fullmatch(r"[+-]?\d+").all())


def polygonal(shape: shapely.Geometry | None) -> shapely.Geometry:
    """The polygons of a geometry: mended or intersected ones may hold lines and points too."""
    parts = shapely.get_parts(shape) if shape is not None else []
    return shapely.union_all([part for part in parts if part.geom_type in ("Polygon", "MultiPolygon")])


def class_ids(
    table: Any, label: str, class_field: str, given: ClassTable | None, name_field: str | None
) -> tuple[np.ndarray, ClassTable, int]:
    """Each feature's class id, int64; the table of the classes that occur; how many features are named otherwise.

    Text is a class name, unless it is nothing but whole numbers that are no names of `given`: then they are ids.
    """
    values = table[class_field]
    if not is_numeric_dtype(values):
        values = values.astype(str).str.strip()
        if not holds_ids(values) or (given and set(values) <= set(given.names)):
            return *_ids_by_name(values, label, class_field, given), 0
    numbers = values.to_numpy(dtype=float)
    # Beyond 2**53 floats hold no other than whole numbers, and soon ones that are no integers any more.
    odd = numbers[(numbers != np.round(numbers)) | (np.abs(numbers) > 2**53)]
    if len(odd):
        raise InputError(
            f"The field '{class_field}' of {label} holds {odd[0]:g}, which is no class id. Ids are whole numbers from 0"
            f" to {classes.MAXIMUM_ID}."
        )
    ids = numbers.astype(np.int64)
    occurring = sorted(set(ids.tolist()))
    if given:
        unknown = [i for i in occurring if i not in given.ids]
        if unknown:
            raise InputError(
                f"{label} has the class id {unknown[0]} in the field '{class_field}', which is not in the class"
                f" table: {', '.join(map(str, given.ids))}. Add it to the table or correct the feature."
            )
    named = names_by_id(ids, table[name_field]) if name_field else {}
    other = 0
    if name_field:
        names = table[name_field].astype(str).str.strip()
        other = int((~is_blank(table[name_field]) & (names != [named.get(i, "") for i in ids.tolist()])).sum())
    if given:
        return ids, given.only(occurring), other
    return ids, _table_with(occurring, named), other


def _table_with(ids: Iterable[int], named: dict[int, str]) -> ClassTable:
    """Classes with their names; ids that share a name keep their number in it."""
    names = {i: named.get(i, f"Class {i}") for i in ids}
    shared = Counter(names.values())
    return classes.make_table({"id": i, "name": n if shared[n] == 1 else f"{n} ({i})"} for i, n in names.items())


def _ids_by_name(
    names: pd.Series, label: str, class_field: str, given: ClassTable | None
) -> tuple[np.ndarray, ClassTable]:
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


def names_by_id(ids: np.ndarray | pd.Series, values: pd.Series) -> dict[Any, str]:
    """The most frequent name of each id; of several, one that no other id has."""
    there = ~is_blank(values).to_numpy()
    names = values.astype(str).str.strip()[there].groupby(np.asarray(ids)[there]).agg(lambda n: n.mode().tolist())
    taken = {found[0] for found in names if len(found) == 1}
    return {i: next((n for n in found if n not in taken), found[0]) for i, found in names.items()}


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
    table = table.to_crs(crs.to_wkt())
    # What the projection cannot show gets infinite coordinates.
    beyond = ~np.isfinite(table.geometry.bounds.to_numpy()).all(axis=1) & ~table.geometry.is_empty.to_numpy()
    if beyond.any():
        table.loc[beyond, table.geometry.name] = None
    return table


def _within_reach(table: gpd.GeoDataFrame, label: str, crs: CRS | None) -> gpd.GeoDataFrame:
    """As `in_crs`; raises InputError where the raster's CRS can show none of the features."""
    projected = in_crs(table, label, crs)
    if projected.geometry.isna().all() and not table.geometry.isna().all():
        span = ", ".join(f"{v:.6g}" for v in table.total_bounds)
        raise InputError(
            f"{label} spans {span} (west, south, east, north) in {table.crs.name}, which is beyond the reach of the"
            " image's coordinate reference system. Most likely the layer was given a wrong one: assign the right one"
            " (right-click the layer ▸ Layer CRS)."
        )
    return projected


def embedded_classes(source: str | Path) -> ClassTable | None:
    """The class table that `create_training_layer` stores in a GeoPackage, if the source has one."""
    path, _ = split_source(source)
    if not path.lower().endswith(".gpkg") or not Path(path).is_file():
        return None
    # Layers of other people may be called so too.
    if (CLASS_TABLE, None) not in {(name, geometry) for name, geometry in pyogrio.list_layers(path)}:
        return None
    table = pyogrio.read_dataframe(path, layer=CLASS_TABLE)
    if not {"id", "name", "colour"} <= set(table.columns):
        return None
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
    label = label or (value if len(value) <= 60 else f"{value[:60]}…")
    wkt = _WKT.match(value)
    if not wkt and not value.startswith("/vsi") and not Path(split_source(value)[0]).exists():
        raise InputError(
            f"The area of interest {label} does not exist. Give the path of a polygon layer, or WKT such as"
            " POLYGON ((…))."
        )
    table = _from_wkt(wkt, crs) if wkt else read_layer(value, columns=[], label=f"The area of interest {label}")
    table = _within_reach(table, f"The area of interest {label}", crs)
    shapes = [polygonal(shapely.make_valid(g)) for g in table.geometry if g is not None]
    area = shapely.union_all(shapes)
    if area.is_empty:
        raise InputError(f"The area of interest {label} has no polygons. Draw one, or leave the parameter empty.")
    return area


def _from_wkt(wkt: re.Match, crs: CRS | None) -> gpd.GeoDataFrame:
    try:
        geometry = shapely.from_wkt(wkt["wkt"])
        given = CRS.from_epsg(int(wkt["srid"])) if wkt["srid"] else crs
    except shapely.GEOSException as error:
        raise InputError(f"The area of interest is not valid WKT: {str(error).strip()}.") from None
    except CRSError:
        raise InputError(
            f"The area of interest has the SRID {wkt['srid']}, which is no coordinate reference system of EPSG."
        ) from None
    return gpd.GeoDataFrame(geometry=[geometry], crs=given.to_wkt() if given else None)


def refuse_geometries(table: gpd.GeoDataFrame, label: str, allowed: tuple[str, ...]) -> None:
    """Raise InputError where a feature is not of the `allowed` geometry types (Polygon, Point …)."""
    types = {t.removeprefix("Multi") for t in table.geometry.geom_type.dropna()}
    other = sorted(types - set(allowed))
    if other:
        raise InputError(
            f"{label} has features of the geometry type {other[0]}. Choose a layer of"
            f" {' or '.join(kind.lower() + 's' for kind in allowed)}."
        )
