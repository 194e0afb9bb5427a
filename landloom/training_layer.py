"""The GeoPackage in which training polygons are drawn: polygons, class table, style and form."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj
import pyproj.exceptions

from . import layers, styles, vectors
from .classes import ClassTable
from .errors import OutputError, ParameterError

LAYER = "training_polygons"


def create(path: str | Path, classes: ClassTable, crs: str) -> None:
    """Write an empty layer with the fields class_id and note; raise OutputError rather than lose polygons."""
    if Path(path).exists():
        raise OutputError(f"{path} exists already and may hold polygons. Choose another name, or delete it yourself.")
    try:
        reference = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        raise ParameterError(f"The 'crs' parameter must be a CRS such as EPSG:32633. Got '{crs}' instead.") from None
    fields = {"class_id": pd.Series(dtype="int32"), "note": pd.Series(dtype="str")}
    write(path, gpd.GeoDataFrame(fields, geometry=gpd.GeoSeries([], crs=reference)), classes)


def write(path: str | Path, features: gpd.GeoDataFrame, classes: ClassTable, geometry: str = "polygon") -> None:
    """Write features with a class_id, the class table, the style and the form; `geometry` is polygon or point."""
    layers.write(
        path,
        features,
        LAYER,
        {"polygon": "MultiPolygon", "point": "Point"}[geometry],
        styles.training_layer(classes, geometry),
        **{vectors.CLASS_TABLE: pd.DataFrame(classes.as_list())},
    )
