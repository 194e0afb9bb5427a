"""Writing layers and tables as GeoPackage, with the style in which QGIS shows them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from . import files


def write(
    path: str | Path,
    frame: pd.DataFrame,
    layer: str,
    geometry: str | None = None,
    style: str | Mapping[str, str] | None = None,
    **tables: pd.DataFrame,
) -> None:
    """Write a GeoPackage with one layer (`geometry`: Point, MultiPolygon …) or table, and further tables by name.

    A further table with geometries becomes a layer of polygons.

    `style` is a QML text by which QGIS shows the layer, or several by name, the first one to begin with.
    GeoPackage 1.2, since the GDAL of older QGIS warns of later versions. Raises OutputError where it cannot be written.
    """
    if style:
        tables["layer_styles"] = style_table(layer, {"Landloom": style} if isinstance(style, str) else style)
    with files.replacing(path) as temporary, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'crs' was not provided")  # as of an image without a CRS
        options: dict[str, Any] = {"driver": "GPKG", "dataset_options": {"VERSION": "1.2"}}
        if geometry:
            options |= {"geometry_type": geometry, "promote_to_multi": geometry.startswith("Multi")}
        try:
            pyogrio.write_dataframe(frame, temporary, layer=layer, **options)
            for name, table in tables.items():
                kind = {"geometry_type": "Polygon"} if isinstance(table, gpd.GeoDataFrame) else {}
                pyogrio.write_dataframe(table, temporary, layer=name, driver="GPKG", append=True, **kind)
        except (DataSourceError, DataLayerError, FeatureError) as error:
            # A disk or quota that is full, a limit of the size of files: SQLite tells of them in errors of its own.
            raise OSError(f"it took no more data, or cannot be reached ({error})") from error


def style_table(layer: str, styles: Mapping[str, str]) -> pd.DataFrame:
    """The table in which QGIS keeps the styles of a GeoPackage's layers; the first one is used without asking."""
    rows = [
        {
            "f_table_catalog": "",
            "f_table_schema": "",
            "f_table_name": layer,
            "f_geometry_column": "geom",
            "styleName": name,
            "styleQML": style,
            "styleSLD": "",
            "useAsDefault": number == 0,
            "description": "",
            "owner": "",
            "ui": "",
            "update_time": datetime.now(UTC),  # QGIS takes the latest default; without the column it takes none
        }
        for number, (name, style) in enumerate(styles.items())
    ]
    return pd.DataFrame(rows)
