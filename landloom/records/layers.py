"""Footprints on the map, coloured by cluster or by how good they are."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from .. import layers, styles
from ..classes import DEFAULT_COLOURS
from ..errors import InputError

# From what to review first to what can wait (ColorBrewer's RdYlBu, fit for any kind of colour vision).
REVIEW_COLOURS = ("#d7191c", "#fdae61", "#ffffbf", "#abd9e9", "#2c7bb6")
REVIEW = "review"
_UNKNOWN = "#999999"


def are_polygons(frame: gpd.GeoDataFrame) -> np.ndarray:
    """Which footprints (n,) are areas, which a layer of polygons can show; points and lines are none.

    Raises InputError where none is.
    """
    areas = frame.geom_type.isin(("Polygon", "MultiPolygon")).to_numpy()
    if not areas.any():
        raise InputError(
            f"No footprint is an area: they are of the type {frame.geom_type.iloc[0]}. Give footprints that are"
            " polygons (Processing ▸ Buffer makes some), or leave the layer out."
        )
    return areas


def write_clusters(path: str | Path, frame: gpd.GeoDataFrame) -> None:
    """Write footprints with a colour for each cluster.

    Args:
        path: of a GeoPackage.
        frame: polygons, with the cluster's number in the column `cluster`.
    """
    numbers = sorted(set(frame["cluster"].tolist()))
    looks = [(int(i), f"Cluster {i}", DEFAULT_COLOURS[n % len(DEFAULT_COLOURS)]) for n, i in enumerate(numbers)]
    layers.write(path, frame, "clusters", "MultiPolygon", styles.polygons_by("cluster", looks))


def write_quality(path: str | Path, frame: gpd.GeoDataFrame, field: str, low_is_good: bool) -> None:
    """Write footprints coloured by how good they are, what to review first in red.

    A column `review` is added: 1 for the worst fifth to 5 for the best, fewer where values repeat; 0 for no value.

    Args:
        path: of a GeoPackage.
        frame: polygons, with a number in the column `field`, NaN where it is not known.
        field: see `frame`.
        low_is_good: whether small values are good, as of an error.
    """
    values = frame[field].to_numpy(float)
    classes, looks = review_classes(values, low_is_good)
    layers.write(path, frame.assign(**{REVIEW: classes}), "quality", "MultiPolygon", styles.polygons_by(REVIEW, looks))


def review_classes(values: np.ndarray, low_is_good: bool) -> tuple[np.ndarray, list[tuple[int, str, str]]]:
    """The review class of each value, (n,) int, and of each class its number, label and colour."""
    known = np.isfinite(values)
    classes = np.zeros(len(values), np.int64)
    looks = []
    if known.any():
        codes, limits = pd.qcut(values[known], len(REVIEW_COLOURS), labels=False, retbins=True, duplicates="drop")
        number = len(limits) - 1
        if number < 1:  # all values are the same
            codes, limits, number = np.zeros(known.sum(), np.int64), np.repeat(values[known][0], 2), 1
        ranks = number - codes if low_is_good else codes + 1
        classes[known] = ranks
        for rank in range(1, number + 1):
            code = number - rank if low_is_good else rank - 1
            colour = REVIEW_COLOURS[round((rank - 1) * (len(REVIEW_COLOURS) - 1) / max(1, number - 1))]
            looks.append((rank, f"{limits[code]:.4g} – {limits[code + 1]:.4g}", colour))
    if not known.all():
        looks.append((0, "Not known", _UNKNOWN))
    return classes, looks
