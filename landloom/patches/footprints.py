"""The patches' footprints as a polygon layer."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from .. import layers, styles
from .dataset import QUALITY, SPLITS, Dataset, split_table
from .pictures import PART_COLOURS, PART_LABELS
from .quality import TIER_COLOURS, fitting


def split_of(dataset: Dataset) -> np.ndarray:
    """The part of the split that each patch of the manifest is in: train, val, test or empty."""
    ids = dataset.manifest()["patch_id"]
    found = pd.Series("", index=ids, dtype=object)
    for name in SPLITS:
        if dataset.has(split_table(name)):
            found[found.index.intersection(dataset.table(split_table(name))["patch_id"])] = name
    return found.to_numpy()


def outlines(dataset: Dataset) -> np.ndarray:
    """The footprint of each patch of the manifest as a polygon in the grid's CRS."""
    manifest = dataset.manifest()
    return dataset.grid.squares(manifest["row"].to_numpy(float), manifest["col"].to_numpy(float), dataset.size)


def write(path: str | Path, dataset: Dataset, by: str) -> None:
    """Write the footprints, styled by `class`, `tier` or `split`; the other two styles are in the file too.

    Tier and split are empty until they are known.
    """
    manifest = dataset.manifest()
    frame = manifest[["patch_id", "polygon_id", "class_id", "class_name"]].copy()
    frame["tier"], frame["nan_share"] = "", np.nan
    if dataset.has(QUALITY) and by != "class":
        quality = fitting(dataset, QUALITY)
        frame["tier"], frame["nan_share"] = quality["tier"], quality["nan_share"]
    frame["split"] = split_of(dataset) if by == "split" else ""
    looks = {
        "class": styles.polygons_by("class_id", [(c.id, c.name, c.colour) for c in dataset.classes]),
        "tier": styles.polygons_by(
            "tier",
            [(t, t.capitalize(), c) for t, c in TIER_COLOURS.items()] + [("", "Not extracted", PART_COLOURS[""])],
        ),
        "split": styles.polygons_by("split", [(s, PART_LABELS[s], c) for s, c in PART_COLOURS.items()]),
    }
    style = {f"By {name}": look for name, look in sorted(looks.items(), key=lambda item: item[0] != by)}
    layer = gpd.GeoDataFrame(frame, geometry=outlines(dataset), crs=dataset.grid.crs)
    layers.write(path, layer, "patches", "Polygon", style)
