"""What a usual run of each stage looks like, for the reference and the help. Standard library only: QGIS imports it."""

from __future__ import annotations

import shlex
from typing import Any

from ..stage import FileOut, Stage

# What stands in the examples for a parameter that has no default.
EXAMPLES = {
    "after": "prediction_202507.tif",
    "before": "prediction_202506.tif",
    "class_field": "class_id",
    "dataset": "patch_dataset",
    "evaluations": ["forest.json", "network.json"],
    "features": "features.h5",
    "images": "mosaic_202506.tif",
    "label_raster": "labels.tif",
    "map": "prediction_202506.tif",
    "model": "rf_model_202506.landloom",
    "month": 6,
    "onnx": "network.onnx",
    "polygons": "training_polygons.gpkg",
    "probabilities": "probabilities_202506.tif",
    "records": "records.csv",
    "results": "results",
    "problems": "polygon_problems.gpkg",
    "reference": "reference_points.gpkg",
    "samples": "prepared_data_202506.parquet",
    "tiles": "tiles",
    "uncertainty": "entropy_202506.tif",
    "year": 2025,
}
# Parameters that a stage can do without but its usual example cannot.
_USUAL = {"images", "polygons", "reference", "class_field"}
# Stages that can be used in several ways, with the one that is shown.
_WAYS = {
    "compare_models": {"evaluations"},
    "cut_tiles": {"images", "label_raster"},
    "describe_map_tiles": {"images", "probabilities"},
    "extract_features": {"records"},
    "predict_quality": {"features"},
    "queue_places": {"uncertainty"},
    "train_quality_model": {"features"},
    "version_dataset": {"message"},
}
# Where a stage's parameter is something else than that of most others.
_OWN: dict[str, dict[str, Any]] = {
    "degrade_tiles": {"tiles": "tile_files"},
    "predict_quality": {"model": "quality_model.landloom"},
    "predict_tiles": {"tiles": "refined_tiles"},
    "refine_tiles": {"model": "refiner.landloom", "tiles": "tile_files"},
    "tiles_to_raster": {"tiles": "refined_tiles"},
    "train_refiner": {"tiles": "degraded_tiles", "targets": "tile_files"},
    "translate_tiles": {"model": "translator.landloom", "tiles": "sar_tiles"},
    "verify_tiles": {"after": "refined_tiles", "before": "tile_files"},
    "version_dataset": {"dataset": "tiles", "message": "As delivered"},
}


def example(stage: type[Stage]) -> dict[str, Any]:
    """The values of a usual run of a stage: what must be given, and its outputs."""
    values: dict[str, Any] = {}
    for name, kind in stage.parameters().items():
        if isinstance(kind, FileOut):
            if not kind.optional:
                values[name] = kind.filename.format(month="_202506")
        elif (name in _WAYS.get(stage.id, _USUAL) and not kind.advanced) or (
            kind.default is None and not kind.optional
        ):
            values[name] = _OWN.get(stage.id, {}).get(name) or EXAMPLES[name]
    return values


def qgis_process(stage: type[Stage]) -> str:
    """The usual run as a command for `qgis_process`, a line a parameter."""
    given = [f"{name.upper()}={shlex.quote(item)}" for name, value in example(stage).items() for item in listed(value)]
    return " \\\n    ".join([f"qgis_process run landloom:{stage.id} --", *given])


def listed(value: Any) -> list[str]:
    """A value as its arguments: a list has one an item."""
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]
