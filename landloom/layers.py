"""Writing layers and tables as GeoPackage, with the style in which QGIS shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio

from . import files


def write(
    path: str | Path,
    frame: pd.DataFrame,
    layer: str,
    geometry: str | None = None,
    style: str | None = None,
    **tables: pd.DataFrame,
) -> None:
    """Write a GeoPackage with one layer (`geometry`: Point, MultiPolygon …) or table, and further tables by name.

    `style` is a QML text by which QGIS shows the layer. GeoPackage 1.2, since the GDAL of older QGIS warns of later
    versions.
    """
    if style:
        tables["layer_styles"] = _style_table(layer, style)
    with files.replacing(path) as temporary:
        options: dict[str, Any] = {"driver": "GPKG", "dataset_options": {"VERSION": "1.2"}}
        if geometry:
            options |= {"geometry_type": geometry, "promote_to_multi": geometry.startswith("Multi")}
        pyogrio.write_dataframe(frame, temporary, layer=layer, **options)
        for name, table in tables.items():
            pyogrio.write_dataframe(table, temporary, layer=name, driver="GPKG", append=True)


def _style_table(layer: str, style: str) -> pd.DataFrame:
    """The table in which QGIS keeps the styles of a GeoPackage's layers, with one that is used without asking."""
    row = {
        "f_table_catalog": "",
        "f_table_schema": "",
        "f_table_name": layer,
        "f_geometry_column": "geom",
        "styleName": "Landloom",
        "styleQML": style,
        "styleSLD": "",
        "useAsDefault": True,
        "description": "",
        "owner": "",
        "ui": "",
        "update_time": datetime.now(UTC),  # QGIS takes the latest of the styles; without the column it takes none
    }
    return pd.DataFrame([row])
