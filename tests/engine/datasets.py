"""Patch data sets made by hand: as Plan patches and Extract patches would leave them, with pixels of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import h5py
import numpy as np
import pandas as pd
import shapely

from landloom.job import Job
from landloom.patches.dataset import CONFIG, LOG, MANIFEST, POLYGONS, Dataset, open_dataset
from landloom.patches.store import HDF5, file_of
from landloom.runner import run_stage

WEST, NORTH, PIXEL = 500_000, 5_400_000, 10
NAMES = ("Agriculture", "Forest", "Parcels", "Urban", "Water")


def make_dataset(
    folder: Path,
    patches: np.ndarray,
    class_ids,
    polygon_ids=None,
    bands=None,
    *,
    names=None,
    rows=None,
    cols=None,
    failed=(),
    hdf5: bool = False,
    dtype: str = "uint16",
    epsg: int | None = 32633,
) -> Dataset:
    """Write a data set that has been planned and extracted.

    Args:
        folder: made if need be.
        patches: (N, H, W, C); NaN is no data.
        class_ids: (N,), from 1.
        polygon_ids: (N,); every patch has a polygon of its own where None. In order.
        bands: names; B1, B2 … where None.
        names: of the classes by id; those of NAMES where None.
        rows: (N,) upper edge of each patch on the grid of 10 m pixels; polygons stand far apart where None, and the
            patches of one polygon are moved by a pixel each.
        cols: likewise the left edge.
        failed: numbers of the patches that were not extracted.
        hdf5: one HDF5 instead of a .npy each.
        dtype: of the bands of the image that the patches come from.
        epsg: None for no coordinate reference system.
    """
    patches = np.asarray(patches, np.float32)
    number, size, _, count = patches.shape
    class_ids = np.asarray(class_ids)
    polygon_ids = np.arange(number) if polygon_ids is None else np.asarray(polygon_ids)
    bands = list(bands or (f"B{i + 1}" for i in range(count)))
    names = names or {i: NAMES[i - 1] if i <= len(NAMES) else f"Class {i}" for i in np.unique(class_ids).tolist()}
    jitter = pd.Series(polygon_ids).groupby(polygon_ids).cumcount().to_numpy()
    across = int(np.ceil(np.sqrt(polygon_ids.max() + 1)))
    rows = polygon_ids // across * 4 * size + jitter % size if rows is None else np.asarray(rows)
    cols = polygon_ids % across * 4 * size + jitter % size if cols is None else np.asarray(cols)
    height, width = int(max(rows.max() + size, 1)), int(max(cols.max() + size, 1))
    crs = f"EPSG:{epsg}" if epsg else None
    west, north = WEST + PIXEL * cols, NORTH - PIXEL * rows
    center_x, center_y = west + PIXEL * size / 2, north - PIXEL * size / 2
    centers = gpd.GeoSeries(gpd.points_from_xy(center_x, center_y), crs=crs)
    degrees = centers.to_crs(4326) if crs else None
    manifest = pd.DataFrame(
        {
            "patch_id": [f"{p:03d}_{j}" for p, j in zip(polygon_ids, jitter, strict=True)],
            "polygon_id": polygon_ids,
            "class_id": class_ids,
            "class_name": [names[i] for i in class_ids.tolist()],
            "jitter": jitter,
            "offset_x": jitter % size,
            "offset_y": jitter % size,
            "row": rows,
            "col": cols,
            "center_x": center_x,
            "center_y": center_y,
            "center_lon": degrees.x if crs else np.nan,
            "center_lat": degrees.y if crs else np.nan,
            "west": west,
            "south": north - PIXEL * size,
            "east": west + PIXEL * size,
            "north": north,
            "inside_share": 1.0,
        }
    )
    done = ~np.isin(np.arange(number), list(failed))
    log = pd.DataFrame(
        {
            "patch_id": manifest["patch_id"],
            "status": np.where(done, "done", "failed"),
            "seconds": 0.11,
            "attempts": np.where(done, 1, 4),
            "nan_share": np.where(done, np.isnan(patches).mean(axis=(1, 2, 3)), np.nan),
            "error": np.where(done, "", "the server did not answer"),
            "finished": "2025-06-01T12:00:00+00:00",
        }
    )
    for name in ("metadata", "patches"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    grid_crs = centers.crs.to_wkt() if crs else None
    config = {
        "format": 1,
        "patch_size": size,
        "patches_per_polygon": int(jitter.max()) + 1,
        "jitter": 2,
        "seed": 42,
        "classes": [{"id": i, "name": name} for i, name in names.items()],
        "bands": [{"name": b, "dtype": dtype, "nodata": None, "scale": 1.0, "offset": 0.0} for b in bands],
        "source": {"kind": "rasters", "sources": ["image.tif"], "resampling": "bilinear", "label": "image.tif"},
        "grid": {
            "height": height,
            "width": width,
            "transform": [PIXEL, 0, WEST, 0, -PIXEL, NORTH],
            "crs": grid_crs,
        },
        "polygons": "polygons.gpkg",
        "aoi": None,
        "left_out": [{"polygon_id": int(polygon_ids.max()) + 1, "reason": "smaller than a pixel"}],
    }
    (folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")
    manifest.to_csv(folder / MANIFEST, index=False)
    log.to_csv(folder / LOG, index=False)
    first = manifest.groupby("polygon_id").first()
    outlines = gpd.GeoDataFrame(
        {"polygon_id": first.index, "class_id": first["class_id"].to_numpy()},
        geometry=shapely.box(first["west"], first["south"], first["east"], first["north"]),
        crs=crs,
    )
    outlines.to_file(folder / POLYGONS, layer="polygons", driver="GPKG")
    if hdf5:
        with h5py.File(folder / HDF5, "w") as file:
            pixels = np.where(done[:, np.newaxis, np.newaxis, np.newaxis], patches, np.nan).astype(np.float32)
            file.create_dataset("patches", data=pixels, chunks=(min(number, 256), *patches.shape[1:]))
            file["patch_id"] = manifest["patch_id"].to_numpy(dtype=object)
    else:
        for patch_id, patch in zip(manifest["patch_id"][done], patches[done], strict=True):
            np.save(folder / file_of(patch_id), patch)
    return open_dataset(folder)


def run_stage_class(stage: type, **values) -> SimpleNamespace:
    """Run a stage by its class; gives its outputs, and as `.warnings` what it warned of."""
    events: list[dict] = []
    with Job(events.append) as job:
        given = {k: str(v) if isinstance(v, Path) else v for k, v in values.items()}
        outputs = run_stage(stage, given, job)
    return SimpleNamespace(warnings=[e["text"] for e in events if e["type"] == "warning"], **outputs)
