"""Where a model was trained, so that nobody tests it there without knowing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from . import models, provenance
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
    """How many features share ground with the polygons that a map's model was trained on.

    The model is found through the map's provenance. None where map or model do not tell.
    """
    try:
        made = json.loads(Path(f"{map_path}.json").read_text(encoding="utf-8"))["inputs"]["model"][0]
        model = next(path for path in _places(made["source"], map_path) if _is(path, made))
        card, weights = models.load(model, [WEIGHT])
        trained = gpd.GeoSeries([shapely.from_wkb(weights[WEIGHT].tobytes())], crs=card.crs)
    except (OSError, ValueError, LookupError, TypeError, StopIteration, LandloomError, shapely.GEOSException):
        return None
    if features.crs is not None and trained.crs is not None:
        trained = trained.to_crs(features.crs)
    polygons, shapes = shapely.get_parts(trained.to_numpy()), features.geometry.to_numpy()
    feature, polygon = shapely.STRtree(polygons).query(shapes)
    # Neighbours may share an edge.
    inside = shapely.relate_pattern(shapes[feature], polygons[polygon], "T********")
    return len(np.unique(feature[inside]))


def _places(source: str, map_path: str) -> list[Path]:
    """Where the model may be: as it was named, and beside the map, if both were moved or the path was relative."""
    return [Path(source), Path(map_path).parent / Path(source).name]


def _is(path: Path, made: Mapping[str, Any]) -> bool:
    return path.is_file() and provenance.fingerprint(path)["sha256"] == made["sha256"]
