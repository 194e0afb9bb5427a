"""What a data set holds: a row a patch with all that is known of it, and statistics of the whole."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from .. import provenance
from ..job import Job
from . import opening
from .dataset import LOG, QUALITY, Dataset, column_width
from .footprints import split_of
from .quality import TIERS, batches, extracted, fitting, limits, measure
from .splitting import paths
from .store import HDF5, open_patches

STATISTICS = "metadata/dataset_metadata.json"
COLUMNS = (
    "patch_id", "polygon_id", "class_id", "class_name", "jitter", "offset_x", "offset_y", "row", "col", "center_x",
    "center_y", "center_lon", "center_lat", "west", "south", "east", "north", "height", "width", "bands", "nan_share",
    "min", "max", "seconds", "attempts", "tier", "path", "exists", "split",
)  # fmt: skip


def describe(dataset: Dataset) -> pd.DataFrame:
    """Join manifest, log and quality report: the columns COLUMNS, a row a patch."""
    height, width, bands = dataset.shape
    log, quality = fitting(dataset, LOG), fitting(dataset, QUALITY)
    table = dataset.manifest().assign(height=height, width=width, bands=bands, path=paths(dataset))
    for name in ("nan_share", "min", "max", "tier"):
        table[name] = quality[name]
    for name in ("seconds", "attempts"):
        table[name] = log[name]
    if dataset.has(HDF5):
        table["exists"] = extracted(dataset)
    else:
        there = {p.name for p in (dataset.folder / "patches").glob("*.npy")}
        table["exists"] = [path.rpartition("/")[2] in there for path in table["path"]]
    table["split"] = split_of(dataset)
    return table[list(COLUMNS)]


def band_statistics(dataset: Dataset, job: Job) -> list[dict[str, Any]]:
    """Mean, standard deviation (population), smallest and largest value of each band over all pixels that are there.

    Patches are combined as in Chan, Golub & LeVeque (1979), so that nothing is lost to rounding.
    """
    rows, nothing = np.flatnonzero(extracted(dataset)), limits(dataset, np.nan, None, None)
    keys = ("count", "mean", "std", "lowest", "highest")
    found = [measure(pixels, nothing) for _, pixels in batches(open_patches(dataset), rows, job)]
    empty = np.empty((0, len(dataset.bands)))
    count, mean, std, lowest, highest = (np.concatenate([empty, *(one[key] for one in found)]) for key in keys)
    result = []
    for i, band in enumerate(dataset.bands):
        there = count[:, i] > 0
        entry: dict[str, Any] = {"name": band.name, "dtype": band.dtype, "values": int(count[:, i].sum())}
        if there.any():
            n, m, s = count[there, i], mean[there, i], std[there, i]
            overall = float((n * m).sum() / n.sum())
            entry |= {
                "mean": overall,
                "std": float(np.sqrt((n * (s**2 + (m - overall) ** 2)).sum() / n.sum())),
                "min": float(lowest[there, i].min()),
                "max": float(highest[there, i].max()),
            }
        else:
            entry |= dict.fromkeys(("mean", "std", "min", "max"))
        result.append(entry)
    return result


def statistics(dataset: Dataset, table: pd.DataFrame, bands: list[dict[str, Any]]) -> dict[str, Any]:
    """What dataset_metadata.json holds; `table` is that of `describe`."""
    config, done = dataset.config, extracted(dataset)
    height, width, count = dataset.shape
    tiers = Counter(table["tier"])
    seconds = table["seconds"][done].dropna()
    lonlat = table[["center_lon", "center_lat"]].dropna()
    return {
        "format": 1,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "patches": {
            "planned": len(table),
            "extracted": int(done.sum()),
            "failed": int((~done).sum()),
            "existing": int(table["exists"].sum()),
        },
        "polygons": {"used": int(table["polygon_id"].nunique()), "left_out": config.get("left_out", [])},
        "patch": {"height": height, "width": width, "bands": count, "dtype": "float32"},
        "classes": class_counts(dataset, table),
        "tiers": {tier: tiers[tier] for tier in TIERS},
        "nan_share": _mean(table["nan_share"]),
        "bands": bands,
        "seconds": {"sum": float(seconds.sum()), "mean": _mean(seconds)},
        "extent": {
            "crs": config["grid"]["crs"],
            "west": float(table["west"].min()),
            "south": float(table["south"].min()),
            "east": float(table["east"].max()),
            "north": float(table["north"].max()),
        },
        "centers": None
        if lonlat.empty
        else {
            "lon": [float(lonlat["center_lon"].min()), float(lonlat["center_lon"].max())],
            "lat": [float(lonlat["center_lat"].min()), float(lonlat["center_lat"].max())],
        },
        "plan": {k: config.get(k) for k in ("patch_size", "patches_per_polygon", "jitter", "seed", "polygons", "aoi")},
        "source": config.get("source"),
        "versions": provenance.versions(),
    }


def class_counts(dataset: Dataset, table: pd.DataFrame) -> list[dict[str, Any]]:
    """How many polygons and patches each class has, of those that were extracted."""
    kept = table[extracted(dataset)]
    rows = []
    for c in dataset.classes:
        own = kept[kept["class_id"] == c.id]
        rows.append(
            {
                "id": c.id,
                "name": c.name,
                "colour": c.colour,
                "polygons": int(own["polygon_id"].nunique()),
                "patches": len(own),
                "nan_share": _mean(own["nan_share"]),
            }
        )
    return rows


def _mean(values: pd.Series) -> float | None:
    return None if values.isna().all() else float(values.mean())


def summary_lines(dataset: Dataset, found: dict[str, Any]) -> list[str]:
    """metadata_summary.txt."""
    patches, patch = found["patches"], found["patch"]
    width, band_width = column_width(dataset.classes.names, 24), column_width([b["name"] for b in found["bands"]], 16)
    lines = [
        "Patch data set",
        f"Source: {opening.label(dataset)}",
        f"Polygons: {dataset.config.get('polygons')}",
        "",
        f"Patches: {patches['extracted']:,} of {patches['planned']:,} extracted, {patches['failed']:,} failed",
        f"Polygons: {found['polygons']['used']:,} used, {len(found['polygons']['left_out']):,} left out",
        f"Each patch: {patch['height']} × {patch['width']} pixels, {patch['bands']} bands, float32",
        "Missing values: " + ("–" if found["nan_share"] is None else f"{100 * found['nan_share']:.2f} %"),
        "Tiers: " + ", ".join(f"{tier} {number:,}" for tier, number in found["tiers"].items()),
        f"Time: {found['seconds']['sum']:.1f} s of work, {found['seconds']['mean'] or 0:.3f} s a patch",
        "",
        f"{'Class':<{width}}{'Polygons':>10}{'Patches':>10}",
    ]
    lines += [f"{c['name']:<{width}}{c['polygons']:>10,}{c['patches']:>10,}" for c in found["classes"]]
    lines += ["", f"{'Band':<{band_width}}{'Mean':>14}{'Std':>14}{'Min':>14}{'Max':>14}"]
    for b in found["bands"]:
        numbers = "".join(f"{'–' if b[k] is None else format(b[k], '.6g'):>14}" for k in ("mean", "std", "min", "max"))
        lines.append(f"{b['name']:<{band_width}}{numbers}")
    return lines
