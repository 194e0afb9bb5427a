"""Everything about a data set on one page: figures, criteria, pictures, next steps."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError
from . import opening
from .dataset import QUALITY, SPLITS, Dataset, column_width, split_table
from .description import class_counts
from .footprints import split_of
from .quality import TIERS, extracted, fitting
from .splitting import Leaks, leaks
from .validation import VALIDATION, fingerprint

LEAST_SUCCESS, MOST_NAN = 0.9, 0.2
PICTURES = (
    "sample_patches_by_class",
    "validation_samples",
    "split_distribution",
    "value_distributions",
    "nan_distribution",
    "jitter_pattern_samples",
)


@dataclass(frozen=True)
class Criterion:
    """What a good data set fulfils, whether this one does, and the figure behind it."""

    title: str
    met: bool
    detail: str


@dataclass(frozen=True)
class Summary:
    """The figures of a data set; `classes` and `tiers` are rows for tables."""

    subtitle: str
    planned: int
    extracted: int
    success_share: float
    nan_share: float
    polygons: int
    left_out: list[dict[str, Any]]
    parts: dict[str, int]
    tiers: dict[str, int]
    classes: list[dict[str, Any]]
    leaks: Leaks
    criteria: list[Criterion]

    @property
    def complete(self) -> bool:
        """Whether all criteria are met."""
        return all(c.met for c in self.criteria)


def summarize(dataset: Dataset) -> Summary:
    """Gather the figures and judge them; raises InputError where a step before is missing."""
    manifest, done = dataset.manifest(), extracted(dataset)
    quality = fitting(dataset, QUALITY)
    dataset.table(split_table("train"))
    part = split_of(dataset)
    success = float(done.mean()) if len(done) else 0.0
    nan_share = float(quality["nan_share"].mean())
    leaking = leaks(manifest, part, dataset.size)
    passed, said = _validated(dataset)
    criteria = [
        Criterion("More than 90 % of the patches extracted", success > LEAST_SUCCESS, f"{100 * success:.1f} %"),
        Criterion("Less than 20 % of the values missing", nan_share < MOST_NAN, f"{100 * nan_share:.2f} %"),
        Criterion("Validation passed", passed, said),
        Criterion("No polygon on both sides of the split", not leaking.polygons, f"{leaking.polygons:,} polygons"),
    ]
    rows = class_counts(dataset, manifest.assign(nan_share=quality["nan_share"]))
    for row in rows:
        own = part[(manifest["class_id"] == row["id"]).to_numpy()]
        row |= {name: int((own == name).sum()) for name in SPLITS}
    return Summary(
        subtitle=f"{dataset.folder.resolve().name}: {dataset.config.get('polygons')} on {opening.label(dataset)}",
        planned=len(manifest),
        extracted=int(done.sum()),
        success_share=success,
        nan_share=nan_share,
        polygons=int(manifest["polygon_id"].nunique()),
        left_out=dataset.config.get("left_out", []),
        parts={name: int((part == name).sum()) for name in SPLITS},
        tiers={tier: int((quality["tier"] == tier).sum()) for tier in TIERS},
        classes=rows,
        leaks=leaking,
        criteria=criteria,
    )


def _validated(dataset: Dataset) -> tuple[bool, str]:
    path = dataset.folder / VALIDATION
    if not path.is_file():
        return False, "not run yet: run 'Validate data set'"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        passed = [bool(c["passed"]) for c in found["checks"]]
        if found["of"] != fingerprint(dataset):
            return False, "the data set has changed since: run 'Validate data set' again"
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise InputError(f"{path} is damaged: {error!r}. Run 'Validate data set' again.") from None
    return bool(found["passed"]), f"{sum(passed)} of {len(passed)} checks"


def facts(dataset: Dataset, found: Summary) -> list[tuple[str, str]]:
    """What the data set is, for people."""
    config, crs = dataset.config, dataset.grid.crs
    return [
        ("Source", opening.label(dataset)),
        ("Polygons", f"{config.get('polygons')}: {found.polygons:,} used, {len(found.left_out):,} left out"),
        ("Patch", f"{dataset.size} × {dataset.size} pixels of {dataset.pixel}"),
        ("Bands", ", ".join(band.name for band in dataset.bands)),
        ("Patches a polygon", f"{config.get('patches_per_polygon')}, moved by up to {config.get('jitter')} pixels"),
        ("Coordinate reference system", (crs.to_string() if crs.to_epsg() else crs.to_wkt()[:60]) if crs else "none"),
        ("Seed", str(config.get("seed"))),
    ]


def pictures(dataset: Dataset) -> list[Path]:
    """The pictures that the steps before have drawn."""
    paths = (dataset.folder / f"visualizations/{name}.png" for name in PICTURES)
    return [path for path in paths if path.is_file()]


def next_steps(found: Summary) -> list[tuple[str, str]]:
    """What to do now, as (what to run, why)."""
    steps = []
    if found.success_share <= LEAST_SUCCESS or found.extracted < found.planned:
        steps.append(("Extract patches", f"to try those that failed once more: {found.planned - found.extracted:,}"))
    if found.tiers["poor"]:
        steps.append(("Check patches", f"and look at its footprints; poor patches: {found.tiers['poor']:,}"))
    if found.leaks.polygons:
        steps.append(("Split data set", "by whole polygons, so that validation tells the truth"))
    if not found.criteria[2].met:
        steps.append(("Validate data set", "and mend what it lists"))
    steps.append(("Train patch classifier", "with this folder as its data set"))
    steps.append(("Map with a model", "with the network and the image, patch by patch"))
    return steps


def lines(dataset: Dataset, found: Summary) -> list[str]:
    """DATASET_COMPLETE.txt."""
    met, width = sum(c.met for c in found.criteria), column_width(dataset.classes.names, 24)
    state = "complete" if found.complete else "NOT COMPLETE"
    rows = [
        f"Patch data set: {state} ({met} of {len(found.criteria)} criteria met)",
        "",
        *(f"[{'x' if c.met else ' '}] {c.title}: {c.detail}" for c in found.criteria),
        "",
        *(f"{name}: {value}" for name, value in facts(dataset, found)),
        f"Patches: {found.extracted:,} of {found.planned:,}",
        f"Training {found.parts['train']:,}, validation {found.parts['val']:,}, test {found.parts['test']:,}",
        "Tiers: " + ", ".join(f"{tier} {number:,}" for tier, number in found.tiers.items()),
        "",
        f"{'Class':<{width}}{'Polygons':>10}{'Patches':>10}{'Train':>8}{'Val':>8}{'Test':>8}",
    ]
    for c in found.classes:
        counts = "".join(f"{c[key]:>{wide},}" for key, wide in (("polygons", 10), ("patches", 10), ("train", 8)))
        rows.append(f"{c['name']:<{width}}{counts}{c['val']:>8,}{c['test']:>8,}")
    return [*rows, "", "Next:", *(f"  {name}, {why}" for name, why in next_steps(found))]
