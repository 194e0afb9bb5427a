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
    trained = _trained_on(map_path, features.crs)
    if trained is None:
        return None
    polygons, shapes = shapely.get_parts(trained), features.geometry.to_numpy()
    feature, polygon = shapely.STRtree(polygons).query(shapes)
    # Neighbours may share an edge.
    inside = shapely.relate_pattern(shapes[feature], polygons[polygon], "T********")
    return len(np.unique(feature[inside]))


def of_map(map_path: str, crs: Any) -> shapely.Geometry | None:
    """The polygons that a map's model was trained on as one shape in a CRS; None where map or model do not tell."""
    trained = _trained_on(map_path, crs)
    return None if trained is None else shapely.union_all(shapely.get_parts(trained))


def _trained_on(map_path: str, crs: Any) -> shapely.GeometryCollection | None:
    try:
        card, weights = models.load(_model_of(map_path), [WEIGHT])
        trained = gpd.GeoSeries([shapely.from_wkb(weights[WEIGHT].tobytes())], crs=card.crs)
    except (OSError, ValueError, LookupError, TypeError, StopIteration, LandloomError, shapely.GEOSException):
        return None
    if crs is not None and trained.crs is not None:
        trained = trained.to_crs(crs)
    return trained.iloc[0]


def _model_of(map_path: str) -> Path:
    """The file of the model that made a map, beside the map where it was moved with it."""
    made = _record(map_path)
    if "model" in made["inputs"]:
        source, sha256 = made["inputs"]["model"][0]["source"], made["inputs"]["model"][0]["sha256"]
        return next(p for p in _places(source, map_path) if provenance.fingerprint(p)["sha256"] == sha256)
    # Model and map are of one run, if nobody has trained the model again since.
    return next(p for p in _places(made["parameters"]["model"], map_path) if _record(p) == made)


def _record(path: str | Path) -> dict[str, Any]:
    return json.loads(Path(f"{path}.json").read_text(encoding="utf-8"))


def _places(source: str, map_path: str) -> list[Path]:
    return [path for path in (Path(source), Path(map_path).parent / Path(source).name) if path.is_file()]
