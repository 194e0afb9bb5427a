"""Ten checks that a data set is whole and split as it should be before a network learns from it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import h5py
import numpy as np
import pandas as pd

from .. import npy
from ..job import Job
from .dataset import LOG, MANIFEST, SPLITS, Dataset, split_table
from .quality import extracted
from .splitting import Leaks, leaks
from .store import BATCH_BYTES, HDF5, file_of

VALIDATION = "metadata/validation.json"
_LISTED = 10


@dataclass(frozen=True)
class Check:
    """One check: what must hold, whether it does, and what was found."""

    title: str
    passed: bool
    detail: str


@dataclass
class Pixels:
    """What was found of each patch, (patches,) bool: there, readable, of the right shape, numeric, with any data.

    `of` marks those that were looked at: the patches that were extracted or that the split uses.
    """

    of: np.ndarray
    there: np.ndarray = field(init=False)
    readable: np.ndarray = field(init=False)
    shaped: np.ndarray = field(init=False)
    numeric: np.ndarray = field(init=False)
    filled: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        for name in ("there", "readable", "shaped", "numeric", "filled"):
            setattr(self, name, np.zeros(len(self.of), bool))

    @property
    def sound(self) -> np.ndarray:
        """Which patches can be read and have any data."""
        return self.of & self.readable & self.shaped & self.numeric & self.filled


def inspect(dataset: Dataset, of: np.ndarray, job: Job) -> Pixels:
    """Read all patches that `of` marks, some megabytes at a time."""
    found = Pixels(of)
    ids = dataset.manifest()["patch_id"].tolist()
    if dataset.has(HDF5):
        _inspect_hdf5(dataset, ids, found, job)
        return found
    rows = np.flatnonzero(of).tolist()
    for number, row in enumerate(rows):
        job.progress(number / len(rows))
        path = dataset.folder / file_of(ids[row])
        found.there[row] = path.is_file()
        try:
            patch = npy.load(path)
        except (OSError, ValueError, EOFError):
            continue
        found.readable[row] = True
        found.shaped[row] = patch.shape == dataset.shape
        found.numeric[row] = patch.dtype.kind in "iuf"
        found.filled[row] = found.numeric[row] and bool(np.isfinite(patch).any())
    return found


def _inspect_hdf5(dataset: Dataset, ids: list[str], found: Pixels, job: Job) -> None:
    try:
        with h5py.File(dataset.folder / HDF5) as file:
            pixels, stored = file["patches"], file["patch_id"].asstr()[:]
            # A patch is there if it stands in the row that the manifest gives it.
            number = min(len(stored), len(pixels), len(ids))
            found.there[:number] = stored[:number] == np.array(ids[:number], dtype=object)
            shaped, numeric = pixels.shape[1:] == dataset.shape, pixels.dtype.kind in "iuf"
            step = max(1, BATCH_BYTES // max(1, int(np.prod(pixels.shape[1:])) * pixels.dtype.itemsize))
            for start in range(0, number, step):
                job.progress(start / number)
                part = slice(start, min(start + step, number))
                for rows, values in _read(pixels, part):
                    found.readable[rows], found.shaped[rows], found.numeric[rows] = True, shaped, numeric
                    if numeric:
                        found.filled[rows] = np.isfinite(values).reshape(len(values), -1).any(axis=1)
    except (OSError, KeyError, ValueError, TypeError):
        return
    finally:
        for name in ("there", "readable", "shaped", "numeric", "filled"):
            setattr(found, name, getattr(found, name) & found.of)


def _read(pixels: h5py.Dataset, part: slice) -> Iterator[tuple[slice, np.ndarray]]:
    """A part of the patches; one by one where it is damaged, so that the others are still found."""
    try:
        yield part, pixels[part]
    except OSError:
        for row in range(part.start, part.stop):
            one = slice(row, row + 1)
            try:
                values = pixels[one]
            except OSError:
                continue
            yield one, values


@dataclass(frozen=True)
class Validation:
    """The checks' results, what leaks, and the patches that were looked at with the part that each is in."""

    checks: list[Check]
    leaks: Leaks
    pixels: Pixels
    part: np.ndarray

    @property
    def failed(self) -> list[Check]:
        """The checks that failed."""
        return [c for c in self.checks if not c.passed]


def validate(dataset: Dataset, least_train: int, least_val: int, leaking_allowed: bool, job: Job) -> Validation:
    """Run the ten checks.

    Args:
        dataset: one that was split; raises InputError where it was not.
        least_train, least_val: patches that each class must have in training and validation.
        leaking_allowed: polygons may stand on both sides.
        job: for progress and cancel.
    """
    manifest = dataset.manifest()
    ids = pd.Index(manifest["patch_id"])
    done = extracted(dataset)
    dataset.table(split_table("train"))
    tables = {name: dataset.table(split_table(name)) for name in SPLITS if dataset.has(split_table(name))}
    rows = {name: ids.get_indexer(table["patch_id"]) for name, table in tables.items()}
    part, twice = np.full(len(ids), "", dtype=object), np.zeros(len(ids), bool)
    for name, found in rows.items():
        known = found[found >= 0]
        twice[known] |= part[known] != ""
        twice |= np.bincount(known, minlength=len(ids)) > 1
        part[known] = name
    pixels = inspect(dataset, done | (part != ""), job)
    leaking = leaks(manifest, part, dataset.size)

    def of_pixels(title: str, good: np.ndarray, bad: str, among: np.ndarray) -> Check:
        missing = among & ~good
        detail = f"{among.sum():,} patches" if not missing.any() else f"{bad}: {_some(ids[missing])}"
        return Check(title, not missing.any() and bool(among.any()), detail)

    there, readable = pixels.of & pixels.there, pixels.of & pixels.there & pixels.readable
    shape = " × ".join(map(str, dataset.shape))
    # Under a cloud or beyond the image nothing better can be extracted; it harms nothing where the split leaves it out.
    used = part != ""
    idle = int((readable & pixels.numeric & ~pixels.filled & ~used).sum())
    checks = [
        of_pixels("Files exist", pixels.there, "missing", pixels.of),
        of_pixels("Files can be read", pixels.readable, "damaged", there),
        of_pixels(f"Shape is {shape} (height, width, bands)", pixels.shaped, "of another shape", readable),
        of_pixels("Values are numbers", pixels.numeric, "of another type", readable),
        _noted(
            of_pixels("No patch is empty", pixels.filled, "without any value", readable & pixels.numeric & used),
            f"; {idle:,} more are empty and not used" if idle else "",
        ),
        _apart(ids[twice], leaking, leaking_allowed),
        _successful("train", rows, tables, done),
        _successful("val", rows, tables, done),
        _enough(dataset, "train", part, least_train),
        _enough(dataset, "val", part, least_val),
    ]
    return Validation(checks, leaking, pixels, part)


def _noted(check: Check, note: str) -> Check:
    return replace(check, detail=check.detail + note)


def _some(items: Iterable[str]) -> str:
    items = list(items)
    more = f" and {len(items) - _LISTED:,} more" if len(items) > _LISTED else ""
    return f"{', '.join(items[:_LISTED])}{more}"


_WORDS = {"train": "training", "val": "validation", "test": "test"}


def _apart(twice: Iterable[str], leaking: Leaks, leaking_allowed: bool) -> Check:
    title = "Training, validation and test have no patch and no polygon in common"
    twice = list(twice)
    if twice:
        return Check(title, False, f"patches listed more than once: {_some(twice)}")
    if leaking.polygons:
        detail = f"{leaking.polygons:,} polygons have patches on several sides"
        return Check(title, leaking_allowed, detail + (", which was allowed" if leaking_allowed else ""))
    return Check(title, True, "nothing in common")


def _successful(name: str, rows: dict, tables: dict, done: np.ndarray) -> Check:
    """The test part, where there is one, goes with validation."""
    names = [n for n in ((name, "test") if name == "val" else (name,)) if n in rows]
    title = f"All {' and '.join(_WORDS[n] for n in names or [name])} patches were extracted"
    bad = [
        i
        for n in names
        for i, row in zip(tables[n]["patch_id"], rows[n].tolist(), strict=True)
        if row < 0 or not done[row]
    ]
    count = sum(len(rows[n]) for n in names)
    return Check(title, not bad, f"not extracted, or not planned: {_some(bad)}" if bad else f"{count:,} patches")


def _enough(dataset: Dataset, name: str, part: np.ndarray, least: int) -> Check:
    title = f"Each class has at least {least} {_WORDS[name]} patches"
    class_id = dataset.manifest()["class_id"].to_numpy()
    counts = {c.name: int(((class_id == c.id) & (part == name)).sum()) for c in dataset.classes}
    few = [f"{n} ({number})" for n, number in counts.items() if number < least]
    return Check(title, not few, "too few: " + ", ".join(few) if few else f"the rarest has {min(counts.values())}")


def fingerprint(dataset: Dataset) -> str:
    """What tells whether the data set was planned, extracted or split anew since it was validated."""
    digest = hashlib.sha256()
    for name in (MANIFEST, LOG, *(split_table(part) for part in SPLITS)):
        path = dataset.folder / name
        digest.update(path.read_bytes() if path.is_file() else b"")
        digest.update(b"\0")
    return digest.hexdigest()


def as_json(dataset: Dataset, found: Validation) -> dict[str, Any]:
    """What validation.json holds."""
    return {
        "passed": not found.failed,
        "checks": [vars(c) for c in found.checks],
        "polygons_on_both_sides": found.leaks.polygons,
        "patches_on_shared_ground": found.leaks.ground,
        "of": fingerprint(dataset),
    }


def report_lines(found: Validation) -> list[str]:
    """validation_report.txt."""
    state = "passed" if not found.failed else f"FAILED: {len(found.failed)} of {len(found.checks)} checks"
    lines = [f"Validation of the patch data set: {state}", ""]
    for number, c in enumerate(found.checks, start=1):
        lines.append(f"{number:>2}. {'passed' if c.passed else 'FAILED'}  {c.title}: {c.detail}")
    if found.leaks.ground:
        lines += ["", f"Held-out patches on ground that training patches of other polygons show: {found.leaks.ground}"]
    return lines
