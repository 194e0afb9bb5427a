"""What can be wrong with training polygons, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from . import samples, styles, vectors
from .classes import MAXIMUM_ID
from .grids import Grid

# Each problem with what it means and what to do. An error makes the polygon useless or wrong, a warning
# makes the model or its assessment weaker.
PROBLEMS = {
    "no coordinate reference system": (
        "error",
        "The layer cannot be placed on an image. Assign its CRS (right-click the layer ▸ Layer CRS).",
    ),
    "no geometry": ("error", "The feature has no geometry. Delete it."),
    "no class": ("error", "The class field is empty. Enter the class, or delete the polygon."),
    "impossible class id": ("error", f"Class ids are whole numbers from 0 to {MAXIMUM_ID}. Correct it."),
    "invalid geometry": (
        "error",
        "The outline crosses itself or is otherwise invalid. Redraw it, or run Fix geometries.",
    ),
    "overlap of classes": ("error", "Two polygons of different classes overlap. Pixels there are not used."),
    "outside the image": ("error", "The polygon does not touch the image."),
    "no pixel inside": ("error", "No pixel centre lies in the polygon. Draw it larger."),
    "two names of one id": ("error", "Polygons with this class id have different class names. Make them agree."),
    "one class only": ("error", "A model needs at least two classes. Draw polygons of another one."),
    "partly outside the image": ("warning", "The part outside the image is not used."),
    "too small": ("warning", "The polygon has fewer pixels than asked for. Draw it larger."),
    "duplicate": ("warning", "Another polygon has the same outline. Delete one of them."),
    "class spelt otherwise": (
        "warning",
        "The class differs from another one in capitals or blanks only, yet counts as its own. Make them agree.",
    ),
    "only polygon of its class": ("warning", "The class has one polygon, so it cannot be tested. Draw more."),
    "few polygons of its class": ("warning", "The class has fewer polygons than asked for. Draw more."),
}
STYLE = styles.polygons_by("severity", [("error", "Error", "#d7191c"), ("warning", "Warning", "#f29100")])
# An overlap that is a smaller share of the smaller polygon stems from the rounding of coordinates.
SLIVER = 1e-6


@dataclass(frozen=True)
class Problem:
    """One finding: which polygon (None: the layer), of what kind (a key of PROBLEMS), details, and where."""

    polygon_id: int | None
    kind: str
    detail: str = ""
    geometry: shapely.Geometry | None = None


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
    empty = table.geometry.isna() | table.geometry.is_empty
    blank = vectors.is_blank(table[class_field])
    drawn = table[~empty]
    sound = drawn.set_geometry(
        gpd.GeoSeries([vectors.polygonal(s) for s in shapely.make_valid(drawn.geometry)], drawn.index, crs=table.crs)
    )
    labelled = sound[~blank[~empty]]
    classes = _as_shown(labelled[class_field])
    found = [*_each(table[empty], "no geometry"), *_each(table[blank & ~empty], "no class")]
    found += _invalid(drawn)
    found += _duplicates(drawn)
    found += _overlaps(labelled, classes)
    found += _rare_classes(labelled, classes, fewest)
    if vectors.holds_ids(table[class_field]):
        numbers = pd.to_numeric(labelled[class_field])
        possible = (numbers == np.round(numbers)) & numbers.between(0, MAXIMUM_ID)
        found += _each(labelled[~possible], "impossible class id", classes[~possible])
        if name_field:
            found += _names(labelled, classes, name_field)
    else:
        found += _spellings(labelled, classes)
    if table.crs is None and not (grid and grid.crs is None):
        found.append(Problem(None, "no coordinate reference system"))
    elif grid is not None:
        found += _against_grid(vectors.in_crs(sound, label, grid.crs), sound, grid, smallest)
    return sorted(found, key=lambda p: (list(PROBLEMS).index(p.kind), p.polygon_id or 0))


def _as_shown(values: pd.Series) -> pd.Series:
    """Class ids or names as people write them: a whole number without a point, a name without blanks around it."""
    if pd.api.types.is_float_dtype(values):
        return values.map(lambda v: f"{v:.0f}" if v.is_integer() else str(v)).astype(str)
    return values.astype(str).str.strip()


def _each(table: gpd.GeoDataFrame, kind: str, details: pd.Series | None = None) -> list[Problem]:
    texts = [""] * len(table) if details is None else details.tolist()
    return [Problem(int(i), kind, text, g) for i, text, g in zip(table.index, texts, table.geometry, strict=True)]


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


def _overlaps(table: gpd.GeoDataFrame, classes: pd.Series) -> Iterator[Problem]:
    shapes, names, ids = table.geometry.to_numpy(), classes.to_numpy(), table.index.to_numpy()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    other = (left < right) & (names[left] != names[right])
    left, right = left[other], right[other]
    common = shapely.intersection(shapes[left], shapes[right])
    smaller = np.minimum(shapely.area(shapes[left]), shapely.area(shapes[right]))
    for i, j, shape, limit in zip(left, right, common, SLIVER * smaller, strict=True):
        if shape.area > limit:
            detail = f"{names[i]} with {names[j]} of polygon {ids[j]}"
            yield Problem(int(ids[i]), "overlap of classes", detail, shape)


def _against_grid(projected: gpd.GeoDataFrame, drawn: gpd.GeoDataFrame, grid: Grid, smallest: int) -> Iterator[Problem]:
    frame = shapely.Polygon(grid.corners)
    shapely.prepare(frame)
    for index, shape, original in zip(projected.index, projected.geometry, drawn.geometry, strict=True):
        if shape is None or not frame.intersects(shape):
            yield Problem(int(index), "outside the image", "", original)
            continue
        if not frame.covers(shape):
            yield Problem(int(index), "partly outside the image", "", original)
        pixels = samples.count_pixels(grid, shape, smallest)
        if pixels == 0:
            yield Problem(int(index), "no pixel inside", "", original)
        elif pixels < smallest:
            yield Problem(int(index), "too small", f"{pixels} pixels of {smallest}", original)


def _rare_classes(table: gpd.GeoDataFrame, classes: pd.Series, fewest: int) -> Iterator[Problem]:
    counts = classes.value_counts()
    if len(counts) == 1:
        yield Problem(None, "one class only", f"class {counts.index[0]}")
    for name, count in counts.items():
        if count < max(fewest, 2):
            index = classes.index[classes == name][0]
            kind = "only polygon of its class" if count == 1 else "few polygons of its class"
            yield Problem(int(index), kind, f"class {name}: {count} of {fewest}", table.geometry[index])


def _spellings(table: gpd.GeoDataFrame, classes: pd.Series) -> Iterator[Problem]:
    plain = classes.str.casefold().str.split().str.join(" ")
    for _, names in classes.groupby(plain):
        usual = names.mode().iloc[0]
        for index in names.index[names != usual]:
            yield Problem(
                int(index), "class spelt otherwise", f"{names[index]}, elsewhere {usual}", table.geometry[index]
            )


def _names(table: gpd.GeoDataFrame, classes: pd.Series, name_field: str) -> Iterator[Problem]:
    usual = classes.map(vectors.names_by_id(classes, table[name_field]))
    names = table[name_field].astype(str).str.strip()
    for index in table.index[~vectors.is_blank(table[name_field]) & (names != usual)]:
        detail = f"id {classes[index]} is {usual[index]} elsewhere, {names[index]} here"
        yield Problem(int(index), "two names of one id", detail, table.geometry[index])


def as_layer(problems: list[Problem], crs: Any) -> gpd.GeoDataFrame:
    """The problems as a layer with the fields polygon_id, severity, problem, detail and remedy."""
    problems = sorted(problems, key=lambda p: PROBLEMS[p.kind][0] == "error")  # errors last: drawn on top
    rows = [(p.polygon_id, PROBLEMS[p.kind][0], p.kind, p.detail, PROBLEMS[p.kind][1]) for p in problems]
    columns = {"polygon_id": "Int64", "severity": "str", "problem": "str", "detail": "str", "remedy": "str"}
    frame = pd.DataFrame(rows, columns=list(columns)).astype(columns)
    shapes = [vectors.polygonal(p.geometry) for p in problems]
    return gpd.GeoDataFrame(frame, geometry=[None if s.is_empty else s for s in shapes], crs=crs)
