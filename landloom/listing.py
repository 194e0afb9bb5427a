"""The catalogue's rows as tables and layers."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd

from . import catalogue, layers, styles

_MODEL_COLUMNS = {
    "model_id": "Int64",
    "model_filename": "str",
    "model_type": "str",
    "trained_at": "str",
    "year": "Int64",
    "month": "Int64",
    "overall_accuracy": "float64",
    "kappa": "float64",
    "training_data_source": "str",
    "path": "str",
    "exists": "bool",
    "parameters": "str",
    "metrics": "str",
}
_MAP_COLUMNS = {
    "prediction_id": "Int64",
    "prediction_filename": "str",
    "prediction_path": "str",
    "generated_at": "str",
    "model_id": "Int64",
    "source_mosaic": "str",
    "year": "Int64",
    "month": "Int64",
    "aoi_definition": "str",
    "exists": "bool",
}


def write_models(path: str | Path, rows: list[dict]) -> None:
    """Write models as a table; parameters and metrics as JSON, accuracy and path as columns of their own."""
    listed = []
    for row in rows:
        parameters, metrics = (catalogue.details(row, column) for column in ("parameters", "metrics"))
        more = {name: metrics.get(name) for name in ("overall_accuracy", "kappa")}
        where = parameters.get("model")
        listed.append(
            {
                **row,
                **more,
                "path": where,
                "exists": _exists(where),
                "parameters": json.dumps(row["parameters"], ensure_ascii=False),
                "metrics": json.dumps(row["metrics"], ensure_ascii=False),
            }
        )
    layers.write(path, _frame(listed, _MODEL_COLUMNS), "models")


def write_maps(path: str | Path, rows: list[dict]) -> None:
    """Write maps as a layer of their footprints."""
    listed = [{**row, "exists": _exists(row["prediction_path"])} for row in rows]
    shapes = [row.get("footprint") for row in rows]
    layer = gpd.GeoDataFrame(_frame(listed, _MAP_COLUMNS), geometry=shapes, crs="EPSG:4326")
    layers.write(path, layer, "maps", "MultiPolygon", styles.outlines("#0072b2"))


def count_text(rows: list[dict], what: str, where: str) -> str:
    """How many rows there are, in words."""
    return f"{len(rows)} {what}{'' if len(rows) == 1 else 's'} in {where}."


def _frame(rows: list[dict], columns: dict[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame([{name: row.get(name) for name in columns} for row in rows], columns=list(columns))
    return frame.astype({name: kind for name, kind in columns.items() if kind != "str"})


def _exists(path: str | None) -> bool:
    return bool(path) and Path(str(path)).exists()
