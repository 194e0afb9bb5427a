"""The GeoPackage in which places are decided; `stages/_places.py` says what stands in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from .. import layers, styles
from ..classes import ClassTable
from ..errors import OutputError
from ..maps import ClassMap
from ..stages import _places as fields
from .choosing import Chosen

STATE_COLOURS = {
    fields.OPEN: ("still open", "#e69f00"),
    fields.ACCEPTED: ("accepted", "#009e73"),
    fields.RELABELLED: ("relabelled", "#0072b2"),
    fields.SKIPPED: ("skipped", "#999999"),
}


def refuse_decided(path: str | Path) -> None:
    """Raise OutputError where a file holds decisions, or is being decided in: they must not be lost."""
    path = Path(path)
    if not path.exists():
        return
    decided = _decided(path)
    if decided:
        raise OutputError(
            f"{path} holds {decided} places that have been decided already, which would be lost. Choose another name"
            " for PLACES, or remove that file yourself if it is no longer needed."
        )
    log = Path(f"{path}-wal")
    if log.exists() and log.stat().st_size:
        raise OutputError(
            f"{path} is open in another program, such as QGIS. Close the review and remove its layers from the project"
            " first, or choose another name for PLACES."
        )


def _decided(path: Path) -> int:
    """How many places of a review file are not open any more, or have a note; 0 for any other file."""
    query = "SELECT COUNT(*) FROM places WHERE state IS NOT 'open' OR COALESCE(note, '') <> ''"  # as in _places.py
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchone()[0]
    except sqlite3.Error:
        return 0


def write(
    path: str | Path,
    chosen: Chosen,
    design: str,
    classes: ClassTable,
    mapped: ClassMap,
    about: Mapping[str, Any],
) -> None:
    """Write places, all of them open.

    Args:
        path: of the GeoPackage.
        chosen: the places.
        design: one of the designs.
        classes: all that a place can be.
        mapped: the map.
        about: the row about the whole, without what the map's grid says.
    """
    pixels, grid = chosen.pixels, mapped.stack.grid
    x, y = grid.to_map(pixels["col"] + 0.5, pixels["row"] + 0.5)
    crs = grid.crs.to_wkt() if grid.crs else None
    map_class = np.array(mapped.classes.ids)[pixels["place"]] if len(pixels) else np.empty(0, np.int64)
    number, text = len(pixels), [""] * len(pixels)
    other = pd.array(pixels["other"], dtype="Int32")
    other[pixels["other"] < 0] = pd.NA
    places = gpd.GeoDataFrame(
        {
            fields.PLACE: np.arange(1, number + 1, dtype=np.int32),
            fields.DESIGN: [design] * number,
            fields.STRATUM: chosen.stratum,
            fields.WEIGHT: chosen.weight,
            fields.MAP_CLASS: map_class.astype(np.int32),
            fields.MAP_NAME: [mapped.classes.name_of(i) for i in map_class.tolist()],
            fields.OTHER_CLASS: other,
            fields.OTHER_NAME: [classes.name_of(i) if i >= 0 else "" for i in pixels["other"].tolist()],
            fields.SCORE: pixels["score"].astype(float),
            fields.STATE: [fields.OPEN] * number,
            fields.CLASS_ID: pd.array([None] * number, dtype="Int32"),
            fields.CLASS_NAME: text,
            fields.NOTE: text,
            fields.DECIDED: text,
        },
        geometry=gpd.points_from_xy(x, y),
        crs=crs,
    )
    training = gpd.GeoDataFrame(
        {
            fields.PLACE: pd.Series(dtype="int32"),
            fields.DESIGN: pd.Series(dtype="str"),
            fields.CLASS_ID: pd.Series(dtype="int32"),
            fields.CLASS_NAME: pd.Series(dtype="str"),
        },
        geometry=gpd.GeoSeries([], crs=crs),
    )
    width, height = grid.pixel_size
    whole = {**about, fields.DESIGN: design, "pixel_width": width, "pixel_height": height}
    whole[fields.GEOTRANSFORM] = " ".join(repr(float(v)) for v in grid.transform.to_gdal())
    by_state = styles.points_by(fields.STATE, [(state, *shown) for state, shown in STATE_COLOURS.items()])
    by_class = styles.polygons_by(fields.CLASS_ID, [(c.id, c.name, c.colour) for c in classes])
    shown = [
        layers.style_table(layer, {"Landloom": style})
        for layer, style in ((fields.PLACES, by_state), (fields.TRAINING, by_class))
    ]
    further = {
        fields.TRAINING: training,
        fields.CLASSES: pd.DataFrame(classes.as_list()),
        fields.ABOUT: pd.DataFrame([whole]),
        "layer_styles": pd.concat(shown, ignore_index=True),
    }
    layers.write(path, places, fields.PLACES, "Point", **further)
