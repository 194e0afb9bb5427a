"""What a network learns from: the split patches of a data set, with their classes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd

from .. import provenance
from ..errors import InputError
from ..job import Job
from ..patches import dataset as layout
from ..patches.dataset import Dataset
from ..patches.store import open_patches
from .training import Batch

# Pixels beyond this lie on the disk while the network learns.
IN_MEMORY_BYTES = 2**30
READ_AT_ONCE = 1024


@dataclass(frozen=True)
class Patches:
    """Patches that can be learnt from, and what the user should know about the others.

    `pixels` are (n, h, w, channels) float32, NaN for no data; `table` has their rows of the manifest, and `part`
    says of each train, val or test. All are of the classes `class_ids`, those with patches to train on.
    """

    pixels: np.ndarray
    table: pd.DataFrame
    part: np.ndarray
    class_ids: np.ndarray
    notes: list[str] = field(default_factory=list)

    @cached_property
    def number(self) -> np.ndarray:
        """The class of each patch by its place among the classes, (n,) int64."""
        return np.searchsorted(self.class_ids, self.table["class_id"].to_numpy())

    def places(self, part: str) -> np.ndarray:
        """Where the patches of a part of the split are."""
        return np.flatnonzero(self.part == part)

    def batch(self, places: np.ndarray) -> Batch:
        """Values (n, channels, h, w) and class numbers (n, 1, 1) of some patches."""
        return self.pixels[places].transpose(0, 3, 1, 2), self.number[places][:, np.newaxis, np.newaxis]

    def statistics(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of each channel in training; 0 and 1 where it has no data or does not vary."""
        places, channels = self.places("train"), self.pixels.shape[-1]
        count, total, square = (np.zeros(channels) for _ in range(3))
        pieces = [places[i : i + READ_AT_ONCE] for i in range(0, len(places), READ_AT_ONCE)]
        for piece in pieces:
            values = self.pixels[piece].astype(np.float64)
            count += np.count_nonzero(~np.isnan(values), axis=(0, 1, 2))
            total += np.nansum(values, axis=(0, 1, 2))
        mean = np.divide(total, count, out=np.zeros_like(total), where=count > 0)
        for piece in pieces:
            square += np.nansum((self.pixels[piece] - mean) ** 2, axis=(0, 1, 2))
        deviation = np.sqrt(np.divide(square, count, out=np.zeros_like(square), where=count > 0))
        return mean, np.where(deviation > 0, deviation, 1.0)


def read(dataset: Dataset, fold: int | None, job: Job) -> Patches:
    """Read the split patches; raises InputError where they cannot be learnt from."""
    manifest = dataset.manifest()
    outlines(dataset)  # which the model keeps: what is wrong with them is told before the training
    parts = dataset.parts(fold)
    for name in ("train", "val"):
        if not len(parts.get(name, ())):
            raise InputError(
                f"The data set {dataset.folder} has no patches in the part '{name}' of its split. Run 'Split data set'"
                " with a share for validation."
            )
    rows = np.concatenate(list(parts.values()))
    part = np.repeat(list(parts), [len(found) for found in parts.values()])
    pixels = _read_pixels(dataset, rows, job)
    notes = []
    filled = _has_data(pixels)
    if not filled.all():
        notes.append(f"Patches without any data, which were left out: {np.count_nonzero(~filled)}.")
    class_id = manifest["class_id"].to_numpy()[rows]
    class_ids = np.unique(class_id[filled & (part == "train")])
    if len(class_ids) < 2:
        if not len(class_ids):
            raise InputError(
                f"No patch of {dataset.folder} to train on holds any data. Run 'Check patches' to see what is missing."
            )
        raise InputError(
            f"All patches of {dataset.folder} to train on are of one class ({dataset.classes.name_of(class_ids[0])}). A"
            " model needs at least two classes: draw polygons of another class and make the data set again."
        )
    learnt = np.isin(class_id, class_ids)
    for c in dataset.classes:
        if c.id not in class_ids:
            lost = np.count_nonzero(filled & (class_id == c.id))
            notes.append(
                f"No patch to train on is of the class {c.name}, so the model does not know it"
                + (f"; its {lost} other patches were left out." if lost else ".")
            )
        elif not (filled & (part == "val") & (class_id == c.id)).any():
            notes.append(f"No patch to validate with is of the class {c.name}, so it had no say in when to stop.")
    kept = filled & learnt
    if not (kept & (part == "val")).any():
        raise InputError(
            f"No patch of {dataset.folder} to validate with is of a class that is trained on. Split the data set again."
        )
    if not kept.all():
        pixels = pixels[kept]
    return Patches(pixels, manifest.iloc[rows[kept]].reset_index(drop=True), part[kept], class_ids, notes)


def _read_pixels(dataset: Dataset, rows: np.ndarray, job: Job) -> np.ndarray:
    """Pixels, NaN where there is no finite number; where they are many, in a file in the scratch folder."""
    patches, shape = open_patches(dataset), (len(rows), *dataset.shape)
    pixels: np.ndarray
    if 4 * int(np.prod(shape)) <= IN_MEMORY_BYTES:
        pixels = np.empty(shape, np.float32)
    else:
        pixels = np.lib.format.open_memmap(job.scratch / "patches.npy", "w+", np.float32, shape)
    for start in range(0, len(rows), READ_AT_ONCE):
        job.progress(start / len(rows))
        found = patches.read(rows[start : start + READ_AT_ONCE])
        found[~np.isfinite(found)] = np.nan
        pixels[start : start + READ_AT_ONCE] = found
    return pixels


def _has_data(pixels: np.ndarray) -> np.ndarray:
    """Which patches (n,) have a number anywhere."""
    pieces = (pixels[i : i + READ_AT_ONCE] for i in range(0, len(pixels), READ_AT_ONCE))
    return np.concatenate([~np.isnan(piece).all(axis=(1, 2, 3)) for piece in pieces])


def fingerprint(dataset: Dataset, fold: int | None) -> dict[str, str]:
    """What identifies the patches that were learnt from: SHA-256 of configuration, manifest and split."""
    names = [layout.CONFIG, layout.MANIFEST, *map(layout.split_table, layout.SPLITS), *([layout.FOLDS] if fold else [])]
    return {name: provenance.fingerprint(dataset.folder / name)["sha256"] for name in names if dataset.has(name)}


def outlines(dataset: Dataset) -> gpd.GeoSeries:
    """The polygons that patches were planned for, by their ids."""
    path = dataset.folder / layout.POLYGONS
    try:
        return gpd.read_file(path, layer="polygons").set_index("polygon_id").geometry
    except (OSError, ValueError, KeyError, RuntimeError):
        raise InputError(f"{path} is missing or damaged. Run 'Plan patches' again.") from None
