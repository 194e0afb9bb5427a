"""Where a model was trained, so that nobody tests it there without knowing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from . import lineage, models
from .errors import LandloomError

WEIGHT = "training_area"


def as_weight(meta: Mapping[str, Any], polygon_ids: Iterable[int]) -> dict[str, np.ndarray]:
    """The outlines of polygons as an array for a model file: WKB of a collection, uint8, in the CRS of the samples.

    Args:
        meta: of a sample table; `training_area` holds each polygon's outline, WKB in hexadecimal, by its id.
        polygon_ids: those that the model has learnt from.
    """
    outlines = meta.get(WEIGHT, {})
    shapes = shapely.from_wkb([outlines[key] for key in map(str, polygon_ids) if key in outlines])
    return {WEIGHT: np.frombuffer(shapely.to_wkb(shapely.geometrycollections(shapes)), np.uint8)}


def overlapping(map_path: str, features: gpd.GeoDataFrame) -> int | None:
    """How many features share ground with the polygons that a map's models were trained on.

    The models are found through the map's provenance. None where map or models do not tell.
    """
    trained = _trained_on(map_path, features.crs)
    if trained is None:
        return None
    polygons, shapes = shapely.get_parts(trained), features.geometry.to_numpy()
    feature, polygon = shapely.STRtree(polygons).query(shapes)
    # Neighbours may share an edge.
    inside = shapely.relate_pattern(shapes[feature], polygons[polygon], "T********")
    return len(np.unique(feature[inside]))


def of_map(map_path: str, crs: Any) -> shapely.Geometry | None:
    """The polygons that a map's models were trained on as one shape in a CRS; None where map or models do not tell."""
    trained = _trained_on(map_path, crs)
    return None if trained is None else shapely.union_all(shapely.get_parts(trained))


def _trained_on(map_path: str, crs: Any) -> shapely.GeometryCollection | None:
    """The polygons of all models that tell."""
    found = [area for path in lineage.models_of(map_path) if (area := _area_of(path, crs)) is not None]
    return shapely.geometrycollections(np.concatenate([shapely.get_parts(area) for area in found])) if found else None


def _area_of(model: Path, crs: Any) -> shapely.GeometryCollection | None:
    try:
        card, weights = models.load(model, [WEIGHT])
        trained = gpd.GeoSeries([shapely.from_wkb(weights[WEIGHT].tobytes())], crs=card.crs)
    except (OSError, ValueError, LookupError, TypeError, LandloomError, shapely.GEOSException):
        return None
    if crs is not None and trained.crs is not None:
        trained = trained.to_crs(crs)
    return trained.iloc[0]
