"""What can be wrong with training polygons, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pandas.api.types import is_numeric_dtype
from rasterio.windows import Window

from . import samples, vectors
from .rasters import Grid

# Each problem with what it means and what to do. An error makes the polygon useless or wrong, a warning
# makes the model or its assessment weaker.
PROBLEMS = {
    "no geometry": ("error", "The feature has no geometry. Delete it."),
    "no class": ("error", "The class field is empty. Enter the class, or delete the polygon."),
    "invalid geometry": (
        "error",
        "The outline crosses itself or is otherwise invalid. Redraw it, or run Fix geometries.",
    ),
    "overlap of classes": ("error", "Two polygons of different classes overlap. Pixels there are not used."),
    "outside the image": ("error", "The polygon does not touch the image."),
    "no pixel inside": ("error", "No pixel centre lies in the polygon. Draw it larger."),
    "two names of one id": ("error", "Polygons with this class id have different class names. Make them agree."),
    "partly outside the image": ("warning", "The part outside the image is not used."),
    "too small": ("warning", "The polygon has fewer pixels than asked for."),
    "duplicate": ("warning", "Another polygon has the same outline."),
    "only polygon of its class": ("warning", "The class has one polygon, so it cannot be tested. Draw more."),
    "few polygons of its class": ("warning", "The class has fewer polygons than asked for."),
}


@dataclass(frozen=True)
class Problem:
    """One finding: which polygon, of what kind (a key of PROBLEMS), details, and where."""

    polygon_id: int
    kind: str
    detail: str
    geometry: shapely.Geometry | None


def check(
    table: gpd.GeoDataFrame,
    label: str,
    class_field: str,
    name_field: str | None,
    grid: Grid | None,
    smallest: int,
    fewest: int,
) -> list[Problem]:
    """Check a layer.

    Args:
        table: as `vectors.read_layer` returns it.
        label: what the user calls it.
        class_field: holds ids or names.
        name_field: holds names where `class_field` holds ids.
        grid: of the image; None where there is none to compare with.
        smallest: pixels that a polygon should have at least.
        fewest: polygons that a class should have at least.
    """
    geometry = table.geometry
    empty = (geometry.isna() | geometry.is_empty).to_numpy()
    unlabelled = (table[class_field].isna() | (table[class_field].astype(str).str.strip() == "")).to_numpy()
    found = [*_each(table, empty, "no geometry"), *_each(table, unlabelled & ~empty, "no class")]
    good = table[~empty]
    found += _invalid(good)
    sound = gpd.GeoDataFrame(
        good.drop(columns=geometry.name), geometry=shapely.make_valid(good.geometry.to_numpy()), crs=table.crs
    )
    found += _duplicates(sound)
    found += _overlaps(sound[~unlabelled[~empty]], class_field)
    if grid is not None:
        found += _against_grid(vectors.in_crs(sound, label, grid.crs), sound, grid, smallest)
    found += _rare_classes(sound[~unlabelled[~empty]], class_field, fewest)
    if name_field and is_numeric_dtype(table[class_field]):
        found += _names(table[~unlabelled], class_field, name_field)
    return sorted(found, key=lambda p: (list(PROBLEMS).index(p.kind), p.polygon_id))


def _each(table: gpd.GeoDataFrame, picked: np.ndarray, kind: str) -> list[Problem]:
    return [Problem(int(i), kind, "", g) for i, g in zip(table.index[picked], table.geometry[picked], strict=True)]


def _invalid(table: gpd.GeoDataFrame) -> Iterator[Problem]:
    for index, shape in table.geometry[~table.geometry.is_valid].items():
        yield Problem(int(index), "invalid geometry", shapely.is_valid_reason(shape), shapely.make_valid(shape))


def _duplicates(table: gpd.GeoDataFrame) -> Iterator[Problem]:
    first: dict[bytes, Any] = {}
    for index, shape in table.geometry.items():
        key = shapely.to_wkb(shapely.normalize(shape))
        if key in first:
            yield Problem(int(index), "duplicate", f"as polygon {first[key]}", shape)
        first.setdefault(key, index)


def _overlaps(table: gpd.GeoDataFrame, class_field: str) -> Iterator[Problem]:
    shapes, labels, ids = table.geometry.to_numpy(), table[class_field].astype(str).to_numpy(), table.index.to_numpy()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    for i, j in zip(left, right, strict=True):
        if i < j and labels[i] != labels[j]:
            common = shapely.intersection(shapes[i], shapes[j])
            if common.area > 0:
                yield Problem(
                    int(ids[i]), "overlap of classes", f"{labels[i]} with {labels[j]} of polygon {ids[j]}", common
                )


def _against_grid(projected: gpd.GeoDataFrame, drawn: gpd.GeoDataFrame, grid: Grid, smallest: int) -> Iterator[Problem]:
    frame = shapely.box(*grid.bounds())
    whole = Window(0, 0, grid.width, grid.height)
    for index, shape, original in zip(projected.index, projected.geometry, drawn.geometry, strict=True):
        if not frame.intersects(shape):
            yield Problem(int(index), "outside the image", "", original)
            continue
        if not frame.covers(shape):
            yield Problem(int(index), "partly outside the image", "", original)
        pixels = len(samples.burn(grid, whole, shape, False)[0])
        if pixels == 0:
            yield Problem(int(index), "no pixel inside", "", original)
        elif pixels < smallest:
            yield Problem(int(index), "too small", f"{pixels} pixels of {smallest}", original)


def _rare_classes(table: gpd.GeoDataFrame, class_field: str, fewest: int) -> Iterator[Problem]:
    labels = table[class_field].astype(str)
    for label, count in labels.value_counts().items():
        if count < max(fewest, 2):
            index = labels.index[labels == label][0]
            kind = "only polygon of its class" if count == 1 else "few polygons of its class"
            yield Problem(int(index), kind, f"class {label}: {count} of {fewest}", table.geometry[index])


def _names(table: gpd.GeoDataFrame, class_field: str, name_field: str) -> Iterator[Problem]:
    names = table[name_field].astype(str).str.strip()
    for class_id, part in names.groupby(table[class_field]):
        usual = part.mode().iloc[0]
        for index in part.index[part != usual]:
            detail = f"id {class_id} is {usual} elsewhere, {part[index]} here"
            yield Problem(int(index), "two names of one id", detail, table.geometry[index])


def as_layer(problems: list[Problem], crs: Any) -> gpd.GeoDataFrame:
    """The problems as a layer with the fields polygon_id, severity, problem, detail and remedy."""
    rows = [
        {
            "polygon_id": p.polygon_id,
            "severity": PROBLEMS[p.kind][0],
            "problem": p.kind,
            "detail": p.detail,
            "remedy": PROBLEMS[p.kind][1],
        }
        for p in problems
    ]
    columns = {"polygon_id": "int64", "severity": "str", "problem": "str", "detail": "str", "remedy": "str"}
    frame = pd.DataFrame(rows, columns=list(columns)).astype(columns)
    return gpd.GeoDataFrame(frame, geometry=[_polygons(p.geometry) for p in problems], crs=crs)


def _polygons(shape: shapely.Geometry | None) -> shapely.Geometry | None:
    """The polygons of a geometry: mended or intersected ones may hold lines and points too."""
    if shape is None or shape.is_empty:
        return None
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts) if parts else None
