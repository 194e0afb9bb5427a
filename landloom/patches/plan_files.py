"""What a plan leaves in the data set's folder."""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from .. import layers, provenance, styles
from ..folders import grid_as_dict
from ..grids import Grid
from ..job import Job
from ..rasters import Band, Stack
from . import opening, planning_picture
from .dataset import CONFIG, FORMAT, MANIFEST, POLYGONS, Dataset, column_width, open_dataset
from .planning import Layout, Plan

ENVIRONMENT = "metadata/environment_info.json"
SUMMARY = "reports/extraction_strategy_summary.txt"


def config(
    plan: Plan,
    layout: Layout,
    grid: Grid,
    bands: Sequence[Band],
    source: dict[str, Any],
    *,
    label: str,
    aoi: str | None,
    notes: dict[str, int],
    year: int | None,
    month: int | None,
) -> dict[str, Any]:
    """What dataset_config.json holds. Two plans are the same where it is."""
    return {
        "format": FORMAT,
        "patch_size": layout.size,
        "patches_per_polygon": layout.per_polygon,
        "jitter": layout.jitter,
        "smallest": layout.smallest,
        "seed": layout.seed,
        "classes": plan.classes.as_list(),
        "bands": [_band(band) for band in bands],
        "source": source,
        "grid": grid_as_dict(grid),
        "polygons": label,
        "polygons_sha256": _fingerprint(plan),
        "aoi": aoi,
        "left_out": [{"polygon_id": i, "reason": reason} for i, reason in plan.left_out.items()],
        "over_other_classes": int(plan.over_others.sum()),
        "notes": notes,
        "year": year,
        "month": month,
    }


def _band(band: Band) -> dict[str, Any]:
    """JSON knows no NaN; in a patch, NaN is no data anyway."""
    nodata = None if band.nodata is None or np.isnan(band.nodata) else band.nodata
    return {**vars(band), "nodata": nodata}


def write(folder: Path, plan: Plan, config: dict[str, Any], stack: Stack | None, job: Job) -> Dataset:
    """Write a plan into its folder, the configuration last: it is what makes the folder a data set."""
    dataset = Dataset(folder, config)
    dataset.write_json(ENVIRONMENT, environment())
    dataset.write_table(MANIFEST, plan.manifest)
    style = styles.polygons_by("class_id", [(c.id, c.name, c.colour) for c in plan.classes])
    layers.write(dataset.path(POLYGONS), plan.polygons, "polygons", "MultiPolygon", style)
    job.progress(0.2)
    planning_picture.draw(dataset.path(planning_picture.PATH), dataset, plan, stack)
    dataset.write_text(SUMMARY, _summary(dataset, plan))
    dataset.write_json(CONFIG, config)
    return open_dataset(folder)


def environment() -> dict[str, Any]:
    """With what the data set was planned."""
    return {"versions": provenance.versions(), "python": sys.version, "platform": platform.platform()}


def _summary(dataset: Dataset, plan: Plan) -> list[str]:
    c, manifest = dataset.config, plan.manifest
    by_class = manifest.groupby("class_id")
    width = column_width(plan.classes.names, 16)
    lines = [
        "Extraction strategy",
        "",
        f"Polygons:             {c['polygons']}",
        f"Pixels:               {opening.label(dataset)}",
        f"Bands:                {', '.join(band.name for band in dataset.bands)}",
        f"Patch:                {c['patch_size']} × {c['patch_size']} pixels of {dataset.pixel}",
        f"Patches a polygon:    {c['patches_per_polygon']}",
        f"Jitter:               up to {c['jitter']} pixels to either side",
        f"Smallest polygon:     {c['smallest']} pixel" + "s" * (c["smallest"] > 1),
        f"Seed:                 {c['seed']}",
        f"Patches:              {len(manifest)} of {len(plan.polygons)} polygons",
        f"Inside the polygon:   {100 * manifest['inside_share'].mean():.1f} % of a patch's pixels on average",
        f"Over other classes:   {int(plan.over_others.sum())} patches",
        "",
        f"{'Class':<{width}}{'Id':>6}{'Polygons':>10}{'Patches':>10}{'Inside':>10}",
    ]
    for land_class in plan.classes:
        part: pd.DataFrame = by_class.get_group(land_class.id)
        lines.append(
            f"{land_class.name:<{width}}{land_class.id:>6}{part['polygon_id'].nunique():>10}{len(part):>10}"
            f"{100 * part['inside_share'].mean():>8.1f} %"
        )
    lines += ["", f"Polygons left out: {len(plan.left_out)}"]
    lines += [f"  {polygon}: {reason}" for polygon, reason in plan.left_out.items()]
    if plan.over_others.any():
        lines += ["", "Patches that also cover ground of a polygon of another class:"]
        lines += [f"  {patch}" for patch in manifest["patch_id"][plan.over_others]]
    return lines


def _fingerprint(plan: Plan) -> str:
    """Of the polygons' ids, classes and outlines: where they have changed, it is another plan."""
    table = plan.polygons
    digest = hashlib.sha256(table[["polygon_id", "class_id"]].to_numpy(np.int64).tobytes())
    for outline in shapely.to_wkb(table.geometry.to_numpy()):
        digest.update(outline)
    return digest.hexdigest()
