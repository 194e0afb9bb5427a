"""The records that somebody should look at, as a list to fill in and as a layer."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from .. import files, styles
from .. import layers as geopackage
from ..errors import InputError
from . import layers
from .metrics import ERRORS
from .table import METRIC, Records

PART_LOOKS = (("train", "Training", "#0072b2"), ("val", "Validation", "#e69f00"), ("test", "Test", "#cc79a7"))
# To be filled in.
VERDICT, REMARK = "verdict", "remark"


def chosen(records: Records, part: np.ndarray, inspect: np.ndarray, stratum: pd.Series) -> pd.DataFrame:
    """The records to look at: id, whole path of the image, what they are, their metrics, and two empty columns."""
    rows = np.flatnonzero(inspect)
    table = records.table.iloc[rows]
    metrics = [name for name in table if name.startswith(METRIC)]
    return pd.DataFrame(
        {
            "record_id": table["record_id"].to_numpy(),
            "image": [str(image.absolute()) if image else "" for image in (records.images[row] for row in rows)],
            "type": table["type"].to_numpy(),
            "method": table["method"].to_numpy(),
            "stratum": stratum.to_numpy()[rows],
            "part": part[rows],
            **{name.removeprefix(METRIC): table[name].to_numpy() for name in metrics},
            VERDICT: "",
            REMARK: "",
        },
        index=table.index,
    )


def write_list(path: str | Path, rows: pd.DataFrame) -> None:
    """Write them as CSV, by stratum."""
    with files.replacing(path) as temporary:
        rows.sort_values(["stratum", "record_id"]).to_csv(temporary, index=False, lineterminator="\n")


def write_layer(path: str | Path, records: Records, rows: pd.DataFrame, by: str | None) -> int:
    """Write those whose footprint is an area as polygons, coloured by part, or by the metric `by`; returns how many.

    Raises InputError where none is.
    """
    placed = records.footprints()
    here = placed.index.intersection(rows.index) if placed is not None else pd.Index([])
    if placed is None or not len(here):
        raise InputError(f"None of the chosen records of {records.path} has a footprint. Leave out INSPECTION_LAYER.")
    frame = gpd.GeoDataFrame(rows.loc[here], geometry=placed.geometry.loc[here], crs=placed.crs)
    frame = frame[layers.are_polygons(frame)]
    looks = {"By part": styles.polygons_by("part", PART_LOOKS)}
    if by in frame and frame[by].notna().any():
        classes, quality = layers.review_classes(frame[by].to_numpy(float), by in ERRORS)
        frame = frame.assign(quality=classes)
        looks[f"By {by}"] = styles.polygons_by("quality", quality)
    geopackage.write(path, frame, "inspect", "MultiPolygon", looks)
    return len(frame)
