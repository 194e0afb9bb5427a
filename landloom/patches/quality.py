"""How good the pixels of patches are: missing, negative, saturated and implausible values, and a tier a patch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import InputError
from ..job import Job
from . import store
from .dataset import LOG, QUALITY, Dataset, column_width
from .store import Patches, open_patches

# Each tier with the largest share of missing values that it admits, best first.
TIERS = {"excellent": 0.0, "good": 0.1, "acceptable": 0.2, "poor": 1.0}
TIER_COLOURS = {"excellent": "#1a7f5a", "good": "#7bb661", "acceptable": "#f0b429", "poor": "#c8443a"}
# As many pixel values are kept for histograms and for the stretch of pictures.
SAMPLED_VALUES = 2_000_000


def tier_of(nan_share: np.ndarray) -> np.ndarray:
    """The tier of each share of missing values; an empty text for NaN, a patch that was not extracted."""
    names = np.array([*TIERS, ""], dtype=object)
    found = np.searchsorted(list(TIERS.values()), nan_share, side="left")
    return names[np.where(np.isnan(nan_share), len(TIERS), found)]


def extracted(dataset: Dataset) -> np.ndarray:
    """Which patches of the manifest were extracted, (patches,) bool."""
    return (fitting(dataset, LOG)["status"] == "done").to_numpy()


def fitting(dataset: Dataset, name: str) -> pd.DataFrame:
    """A table of the data set in the order of the manifest; raises InputError where it is about other patches."""
    ids = dataset.manifest()["patch_id"]
    table = dataset.table(name)
    if len(table) != len(ids) or not (table["patch_id"].to_numpy() == ids.to_numpy()).all():
        order = pd.Index(table["patch_id"]).get_indexer(ids) if table["patch_id"].is_unique else np.array([-1])
        if len(table) != len(ids) or (order < 0).any():
            step = "Extract patches" if name == LOG else "Check patches" if name == QUALITY else "Describe patches"
            raise InputError(
                f"{name} of the data set {dataset.folder} lists other patches than the manifest, which was made anew"
                f" since. Run '{step}' again."
            )
        table = table.iloc[order].reset_index(drop=True)
    return table


def batches(patches: Patches, rows: np.ndarray, job: Job) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows of the manifest and their pixels (n, height, width, bands), some megabytes at a time."""
    parts = store.batches(rows, patches.dataset.shape)
    for number, part in enumerate(parts):
        job.progress(number / len(parts))
        yield part, patches.read(part)


@dataclass(frozen=True)
class Limits:
    """What is called saturated and implausible. NaN: no limit.

    Args:
        saturation: (bands,) values from here on are saturated.
        lowest, highest: values outside are implausible.
    """

    saturation: np.ndarray
    lowest: float
    highest: float


def limits(dataset: Dataset, saturation: float | None, lowest: float | None, highest: float | None) -> Limits:
    """The limits of a data set; without `saturation` it is the largest value of each band's type if that is integer."""

    def largest(dtype: str) -> float:
        return float(np.iinfo(dtype).max) if np.issubdtype(np.dtype(dtype), np.integer) else np.nan

    return Limits(
        np.array([largest(b.dtype) if saturation is None else saturation for b in dataset.bands]),
        np.nan if lowest is None else lowest,
        np.nan if highest is None else highest,
    )


def measure(pixels: np.ndarray, limit: Limits) -> dict[str, np.ndarray]:
    """Measure patches.

    Args:
        pixels: (n, height, width, bands) float; what is not finite is missing.
        limit: see Limits.

    Returns by name arrays (n,): `valid_pixels` (with data in every band), `nan_share` (of all values), `min`, `max`;
    the shares `negative`, `saturated`, `implausible` of the values that are there (NaN where there is none); and
    arrays (n, bands) `mean`, `std` (population), `lowest`, `highest`, `count`.
    """
    number, bands = len(pixels), pixels.shape[-1]
    values = pixels.reshape(number, -1, bands)
    valid = np.isfinite(values)
    count = valid.sum(axis=1)
    total = count.sum(axis=1)

    def share(mask: np.ndarray) -> np.ndarray:
        return np.divide(mask.sum(axis=(1, 2)), total, out=np.full(number, np.nan), where=total > 0)

    def of_valid(summed: np.ndarray) -> np.ndarray:
        return np.divide(summed, count, out=np.full((number, bands), np.nan), where=count > 0)

    mean = of_valid(np.where(valid, values, 0).sum(axis=1, dtype=np.float64))
    spread = np.where(valid, values - mean[:, np.newaxis], 0)
    lowest = np.where(valid, values, np.inf).min(axis=1).astype(np.float64)
    highest = np.where(valid, values, -np.inf).max(axis=1).astype(np.float64)
    with np.errstate(invalid="ignore"):  # NaN is neither below nor above a limit
        saturated = values >= limit.saturation
        implausible = (values < limit.lowest) | (values > limit.highest)
        negative = values < 0
    smallest, largest = lowest.min(axis=1), highest.max(axis=1)
    return {
        "valid_pixels": valid.all(axis=2).sum(axis=1),
        "nan_share": (values[0].size - total) / values[0].size,
        "min": np.where(total > 0, smallest, np.nan),
        "max": np.where(total > 0, largest, np.nan),
        "negative": share(negative & valid),
        "saturated": share(saturated & valid),
        "implausible": share(implausible & valid),
        "mean": mean,
        "std": np.sqrt(of_valid(np.square(spread).sum(axis=1))),
        "lowest": np.where(count > 0, lowest, np.nan),
        "highest": np.where(count > 0, highest, np.nan),
        "count": count,
    }


@dataclass(frozen=True)
class PixelSample:
    """Pixels drawn evenly from all patches: values (n, bands) float32 and the class of each (n,).

    `share` of all pixels that were drawn.
    """

    values: np.ndarray
    class_id: np.ndarray
    share: float


@dataclass(frozen=True)
class Quality:
    """The table of quality_report.csv, a sample of pixels, and shares over all values that are there."""

    table: pd.DataFrame
    sample: PixelSample
    negative: float
    saturated: float
    implausible: float

    @property
    def checked(self) -> pd.DataFrame:
        """The rows of the patches that were extracted."""
        return self.table[self.table["tier"] != ""]


def check(dataset: Dataset, limit: Limits, job: Job) -> Quality:
    """Measure all patches that were extracted, batch by batch.

    Raises InputError where there is none, or one cannot be read.
    """
    manifest, rows = dataset.manifest(), np.flatnonzero(extracted(dataset))
    if not len(rows):
        raise InputError(f"No patch of {dataset.folder} was extracted. Run 'Extract patches' and look at its log.")
    names = [band.name for band in dataset.bands]
    height, width, bands = dataset.shape
    share = min(1.0, SAMPLED_VALUES / (len(rows) * height * width * bands))
    random = np.random.default_rng(0)  # only pictures depend on it
    class_id = manifest["class_id"].to_numpy()
    found: list[dict[str, np.ndarray]] = []
    sampled: list[np.ndarray] = []
    sampled_class: list[np.ndarray] = []
    for part, pixels in batches(open_patches(dataset), rows, job):
        found.append(measure(pixels, limit))
        chosen = random.random(len(part) * height * width) < share
        sampled.append(pixels.reshape(-1, bands)[chosen])
        sampled_class.append(np.repeat(class_id[part], height * width)[chosen])
    measured = {key: np.concatenate([one[key] for one in found]) for key in found[0]}
    table = _table(manifest, rows, names, measured)
    there = measured["count"].sum(axis=1)
    overall = {
        key: float(np.nansum(measured[key] * there) / there.sum()) if there.any() else float("nan")
        for key in ("negative", "saturated", "implausible")
    }
    sample = PixelSample(np.concatenate(sampled), np.concatenate(sampled_class), share)
    return Quality(table, sample, **overall)


def _table(manifest: pd.DataFrame, rows: np.ndarray, names: Sequence[str], measured: dict) -> pd.DataFrame:
    columns: dict[str, np.ndarray] = {}
    for key in ("valid_pixels", "nan_share", "min", "max", "negative", "saturated"):
        # Values keep their type, so that 0.1 is not written as 0.10000000149.
        kind = np.float32 if key in ("min", "max") else np.float64
        columns[key] = np.full(len(manifest), 0 if key == "valid_pixels" else np.nan, kind)
        columns[key][rows] = measured[key]
    columns["valid_pixels"] = columns["valid_pixels"].astype(np.int64)
    columns["tier"] = tier_of(columns["nan_share"])
    for i, name in enumerate(names):
        for label, key in (("mean", "mean"), ("std", "std"), ("min", "lowest"), ("max", "highest")):
            kind = np.float32 if label in ("min", "max") else np.float64
            column = columns[f"{label}_{name}"] = np.full(len(manifest), np.nan, kind)
            column[rows] = measured[key][:, i]
    ids = manifest[["patch_id", "polygon_id", "class_id", "class_name"]]
    return pd.concat([ids, pd.DataFrame(columns, index=manifest.index)], axis=1)


def rounded(value: float) -> float | None:
    """A number for people and chains; None for NaN."""
    return None if np.isnan(value) else float(f"{value:.6g}")


def summary_lines(dataset: Dataset, quality: Quality, limit: Limits) -> list[str]:
    """quality_summary.txt."""
    checked = quality.checked
    names = [band.name for band in dataset.bands]
    width, band_width = column_width(dataset.classes.names, 24), column_width(names, 16)
    lines = [
        "Quality of the patches",
        "",
        f"Checked: {len(checked):,} of {len(quality.table):,} patches"
        + (f"; {len(quality.table) - len(checked):,} were not extracted" if len(checked) < len(quality.table) else ""),
        f"Missing values: {100 * checked['nan_share'].mean():.3f} %",
        f"Range of values: {checked['min'].min():.6g} to {checked['max'].max():.6g}",
        f"Negative values: {_percent(quality.negative)}",
        f"Saturated values: {_percent(quality.saturated)}"
        + ("" if np.isfinite(limit.saturation).any() else " (floating-point bands, and no limit was given)"),
    ]
    if np.isfinite([limit.lowest, limit.highest]).any():
        lines.append(f"Values outside {limit.lowest:g} to {limit.highest:g}: {_percent(quality.implausible)}")
    lines += ["", f"{'Tier':<14}{'Missing':>12}{'Patches':>10}"]
    for tier, most in TIERS.items():
        missing = "nothing" if not most else "more" if most == 1 else f"to {100 * most:.0f} %"
        lines.append(f"{tier:<14}{missing:>12}{(checked['tier'] == tier).sum():>10,}")
    lines += ["", f"{'Class':<{width}}{'Patches':>10}{'Missing':>10}" + "".join(f"{tier:>12}" for tier in TIERS)]
    for c in dataset.classes:
        own = checked[checked["class_id"] == c.id]
        counts = "".join(f"{(own['tier'] == tier).sum():>12,}" for tier in TIERS)
        lines.append(f"{c.name:<{width}}{len(own):>10,}{_percent(own['nan_share'].mean()):>10}{counts}")
    lines += ["", f"{'Band':<{band_width}}{'Smallest':>14}{'Mean of means':>15}{'Largest':>14}"]
    for name in names:
        ends = checked[f"min_{name}"].min(), checked[f"mean_{name}"].mean(), checked[f"max_{name}"].max()
        lines.append(f"{name:<{band_width}}{ends[0]:>14.6g}{ends[1]:>15.6g}{ends[2]:>14.6g}")
    return lines


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{100 * share:.3g} %"
