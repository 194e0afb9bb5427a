"""The catalogue's tables, the same in every kind of database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

MODELS, MAPS = "ml_models", "raster_predictions"
KEYS = {MODELS: "model_id", MAPS: "prediction_id"}
NAMES = {MODELS: "model_filename", MAPS: "prediction_filename"}
TIMES = {MODELS: "trained_at", MAPS: "generated_at"}
JSON_COLUMNS = ("parameters", "metrics")

# Another program that writes is waited for this long.
PATIENCE_S = 60

_COLUMNS = {
    MODELS: {
        "model_filename": "name UNIQUE",
        "model_type": "name",
        "trained_at": "time",
        "training_data_source": "name",
        "parameters": "json",
        "metrics": "json",
        "year": "int",
        "month": "int",
    },
    MAPS: {
        "prediction_filename": "name UNIQUE",
        "prediction_path": "name",
        "generated_at": "time",
        "model_id": f"int REFERENCES {MODELS} (model_id)",
        "source_mosaic": "name",
        "year": "int",
        "month": "int",
        "aoi_definition": "text",
        "footprint": "shape",
    },
}


def create(table: str, types: Mapping[str, str]) -> str:
    """The SQL that creates a table; `types` says what a key, name, text, int, json, time and shape are."""
    columns = [f'"{KEYS[table]}" {types["key"]}']
    for name, definition in _COLUMNS[table].items():
        kind, _, rest = definition.partition(" ")
        columns.append(f'"{name}" {types[kind]} {rest}'.rstrip())
    return f"CREATE TABLE {table} ({', '.join(columns)})"


def time_text(moment: datetime) -> str:
    """A time as text: UTC, ISO 8601, milliseconds, as GeoPackage wants it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
