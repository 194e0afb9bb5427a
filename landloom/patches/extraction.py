"""Extracting the pixels of a planned data set: from any source, going on after a kill, with a log of every patch.

Pixels are gathered in a working file beside a journal of the patches that are finished. When the source has given
what it can, they are written out; a run that was killed goes on and ends with the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .. import files
from ..errors import InputError, LandloomError, OutputError
from ..job import Job
from . import opening, store
from .dataset import LOG, MANIFEST, Dataset
from .folder import WORK
from .sources import Outcome, Source

SUMMARY = "reports/extraction_summary.txt"
STATE = "metadata/extraction.json"
DONE, FAILED = "done", "failed"
# So much work is lost at most when a run is killed, beside what is being worked on; more only where the disk is so slow
# that saving would take more than a tenth of the time.
SAVE_INTERVAL_S = 5.0
SAVE_AT_MOST = 10
_LOG_COLUMNS = ("patch_id", "status", "seconds", "attempts", "nan_share", "error", "finished")


@dataclass(frozen=True)
class Extracted:
    """What came of it. `log` has a row a patch, `seconds` is what this run took, `fetched` how many it asked for."""

    log: pd.DataFrame
    seconds: float
    fetched: int
    low: float | None
    high: float | None

    @property
    def done(self) -> np.ndarray:
        """Which patches have their pixels."""
        return (self.log["status"] == DONE).to_numpy()

    @property
    def nan_share(self) -> float | None:
        """The share of pixels (of all bands) without data in the patches that are there; None where there are none."""
        return float(self.log["nan_share"][self.done].mean()) if self.done.any() else None


def extract(dataset: Dataset, source: Source, identity: Any, storage: str, jobs: int | None, job: Job) -> Extracted:
    """Fetch the patches that are not there yet, and write them out.

    Args:
        dataset: a planned data set, which nobody else changes meanwhile (`dataset.locked()`).
        source: gives pixels.
        identity: of what gives pixels, such as fingerprints of files. Where it or the plan is another than that of
            an earlier run, nothing of that run is used.
        storage: npy, hdf5, or auto: hdf5 for more than 5000 patches.
        jobs: how many at once; None for the source's own default.
        job: for progress and cancel.

    A patch that fails does not end the run. The pixels do not depend on `jobs`, nor on kills in between.
    """
    began = time.monotonic()
    manifest = dataset.manifest()
    ids = manifest["patch_id"].to_numpy()
    state: dict[str, Any] = {"identity": _digest(dataset, identity), "low": None, "high": None}
    earlier = _earlier_log(dataset, ids, state, job)
    in_one_file = storage == "hdf5" or (storage == "auto" and _rather_one_file(dataset, len(ids)))
    todo = np.flatnonzero(earlier["status"] != DONE)
    log = earlier
    if len(todo) or in_one_file != dataset.has(store.HDF5):
        with _workspace(dataset, state, job) as folder:
            for left in (dataset.folder / "patches").glob(".*.part.*"):  # by a run that was killed while it wrote
                left.unlink()
            _refuse_full_disk(dataset, len(ids) if in_one_file else 2 * len(todo))
            pixels = folder / "patches.h5"
            # None, or damaged, as a power cut can leave it. The journal goes first: it must not speak of an empty file.
            if not store.holds(pixels, ids, dataset.shape):
                (folder / "journal").unlink(missing_ok=True)
            with closing(store.WorkingStore(pixels, ids, dataset.shape)) as work:
                outcomes = _fetch(source, manifest, todo, work, folder / "journal", jobs, job.part(0, 0.9))
                log = _merged(earlier, outcomes)
                limits = _write_out(dataset, earlier, log, work, in_one_file, job.part(0.9, 1.0))
            if in_one_file:
                pixels.replace(dataset.path(store.HDF5))
            _remove_others(dataset, log, in_one_file)
            dataset.write_table(LOG, log)
            low, high = np.fmin(limits[0], _number(state["low"])), np.fmax(limits[1], _number(state["high"]))
            state |= {name: None if np.isnan(v) else float(v) for name, v in (("low", low), ("high", high))}
            dataset.write_json(STATE, state)
    return Extracted(log, time.monotonic() - began, len(todo), state["low"], state["high"])


def _rather_one_file(dataset: Dataset, patches: int) -> bool:
    """What `auto` means: as it is stored already, else by number."""
    return dataset.has(store.HDF5) or (not dataset.has(LOG) and patches > store.MANY_PATCHES)


def _digest(dataset: Dataset, identity: Any) -> str:
    plan = hashlib.sha256((dataset.folder / MANIFEST).read_bytes()).hexdigest()
    content = [dataset.config, plan, identity]
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _earlier_log(dataset: Dataset, ids: np.ndarray, state: dict[str, Any], job: Job) -> pd.DataFrame:
    """The log of earlier runs, where it is of this plan and image; a patch that is gone or damaged is not done."""
    empty = pd.DataFrame({name: pd.Series(dtype=object) for name in _LOG_COLUMNS}).astype({"nan_share": float})
    empty = empty.reindex(range(len(ids))).assign(patch_id=ids, status="", error="", finished="")
    if not dataset.has(LOG):
        return empty
    try:
        known = json.loads((dataset.folder / STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = None
    try:
        log = dataset.table(LOG)
    except InputError:
        job.warning(f"{dataset.folder / LOG} is damaged: all patches are extracted anew.")
        return empty
    if (
        not isinstance(known, dict)
        or known.get("identity") != state["identity"]
        or log["patch_id"].tolist() != ids.tolist()
    ):
        job.warning("The patches that are there are of another plan or image: all are extracted anew.")
        return empty
    state |= known
    lost = ((log["status"] == DONE) & ~store.stored_whole(dataset, ids.tolist())).to_numpy()
    if lost.any():
        job.message(f"Patches that are gone or damaged, and are fetched again: {lost.sum():,}.")
    log.loc[lost, "status"] = ""
    return log.astype({"finished": str})


@contextmanager
def _workspace(dataset: Dataset, state: dict[str, Any], job: Job) -> Iterator[Path]:
    """The working folder, emptied where it stems from another plan or image; removed when the block ends well."""
    folder = dataset.folder / WORK
    mark = folder / "identity"
    if mark.is_file() and mark.read_text(encoding="utf-8") != state["identity"]:
        job.message("An earlier extraction was not finished, but of another plan or image: starting anew.")
        shutil.rmtree(folder)
    try:
        folder.mkdir(exist_ok=True)
        files.write_text(mark, state["identity"])
    except OSError as error:
        raise OutputError(f"Cannot write to {dataset.folder}: {error.strerror}. Make it writable.") from None
    try:
        yield folder
    except BaseException:
        if any(entry["status"] == DONE for entry in _read_journal(folder / "journal").values()):
            job.message("What is finished has been kept. Run it again to go on from there.")
        else:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder)


def _refuse_full_disk(dataset: Dataset, patches: int) -> None:
    """Before hours of work: so many patches must fit, copies included."""
    need = 4 * int(np.prod(dataset.shape)) * patches
    free = shutil.disk_usage(dataset.folder).free
    if free < need:
        raise OutputError(
            f"The disk of {dataset.folder} has {free / 2**20:,.0f} MiB free, but the patches need"
            f" {need / 2**20:,.0f} MiB. Free some space, or plan the data set on another disk."
        )


def _fetch(
    source: Source,
    manifest: pd.DataFrame,
    todo: np.ndarray,
    work: store.WorkingStore,
    journal: Path,
    jobs: int | None,
    job: Job,
) -> dict[int, dict[str, Any]]:
    """Let the source fill the patches that the journal does not have; the journal's entries by row."""
    entries = _read_journal(journal)
    finished = [row for row in todo.tolist() if row in entries and entries[row]["status"] == DONE]
    entries = {row: entries[row] for row in finished}
    left = np.setdiff1d(todo, finished)
    if finished:
        job.message(f"Going on with an earlier run: {len(finished)} of {len(todo)} patches are finished.")
    if not len(left):
        return entries
    new: list[dict[str, Any]] = []

    def save() -> None:
        if new:
            work.flush()
            with journal.open("a", encoding="utf-8") as stream:
                stream.writelines(json.dumps(entry) + "\n" for entry in new)
                stream.flush()
                os.fsync(stream.fileno())
            new.clear()

    began = saved = time.monotonic()
    wait = SAVE_INTERVAL_S
    try:
        with closing(source.fetch(manifest, left, work, jobs, job)) as outcomes:  # type: ignore[type-var]
            for number, outcome in enumerate(outcomes, start=1):
                entry = _entry(outcome)
                entries[outcome.row] = entry
                new.append(entry)
                now = time.monotonic()
                job.progress((len(finished) + number) / len(todo), f"{number / max(now - began, 1e-3):.1f} patches/s")
                if now - saved > wait:
                    save()
                    saved = time.monotonic()
                    wait = max(SAVE_INTERVAL_S, SAVE_AT_MOST * (saved - now))
    finally:
        save()
    return entries


def _entry(outcome: Outcome) -> dict[str, Any]:
    return {
        "row": int(outcome.row),
        "status": FAILED if outcome.error else DONE,
        "seconds": round(outcome.seconds, 6),
        "attempts": outcome.attempts,
        "error": outcome.error,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _read_journal(journal: Path) -> dict[int, dict[str, Any]]:
    """The entries by row. A line that was cut short by a kill does not count and is removed."""
    if not journal.exists():
        return {}
    lines = journal.read_text(encoding="utf-8").splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        files.write_text(journal, "".join(lines[:-1]))
        lines.pop()
    return {entry["row"]: entry for entry in map(json.loads, lines)}


def _merged(earlier: pd.DataFrame, entries: dict[int, dict[str, Any]]) -> pd.DataFrame:
    """The log with what this run has found out, but for the share without data."""
    log = earlier.astype(object)
    rows = np.array(sorted(entries), dtype=np.int64)
    for name in ("status", "seconds", "attempts", "error", "finished"):
        log.loc[rows, name] = pd.Series([entries[row][name] for row in rows.tolist()], rows, dtype=object)
    log.loc[rows, "nan_share"] = np.nan
    return log.astype({"seconds": float, "attempts": int, "nan_share": float})[list(_LOG_COLUMNS)]


def _write_out(
    dataset: Dataset, earlier: pd.DataFrame, log: pd.DataFrame, work: store.WorkingStore, in_one_file: bool, job: Job
) -> tuple[float, float]:
    """Make the working file complete, or write what it holds as single files.

    Notes the share without data of each patch of this run in the log; returns the smallest and the largest value.
    """
    done, kept = (log["status"] == DONE).to_numpy(), (earlier["status"] == DONE).to_numpy()
    ids, share = log["patch_id"].to_numpy(), log["nan_share"].to_numpy(copy=True)
    low, high = np.nan, np.nan
    there = store.open_patches(dataset)
    new = np.flatnonzero(done & ~kept)
    for part in store.batches(new, dataset.shape):
        job.progress(part[0] / len(ids))
        pixels = work.read(part)
        share[part] = np.isnan(pixels).mean(axis=(1, 2, 3)).round(6)
        low, high = np.fmin(low, np.fmin.reduce(pixels, axis=None)), np.fmax(high, np.fmax.reduce(pixels, axis=None))
        if not in_one_file:
            store.write_files(dataset, ids[part], pixels)
    if in_one_file or there.in_one_file:
        for part in store.batches(np.flatnonzero(kept), dataset.shape):
            pixels = there.read(part)
            if in_one_file:
                for row, patch in zip(part.tolist(), pixels, strict=True):
                    work.put(row, patch)
            else:
                store.write_files(dataset, ids[part], pixels)
    if in_one_file:
        for row in np.flatnonzero(~done).tolist():
            work.blank(row)
    log["nan_share"] = share
    return low, high


def _remove_others(dataset: Dataset, log: pd.DataFrame, in_one_file: bool) -> None:
    """Remove patches that are stored otherwise now, and those that failed."""
    if not in_one_file:
        (dataset.folder / store.HDF5).unlink(missing_ok=True)
    rows = slice(None) if in_one_file else (log["status"] != DONE).to_numpy()
    for patch_id in log["patch_id"][rows]:
        (dataset.folder / store.file_of(patch_id)).unlink(missing_ok=True)


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def refuse_failures(extracted: Extracted, most: float) -> None:
    """Raise LandloomError where more than `most` per cent of the patches failed, or all of them."""
    failed = ~extracted.done
    share = 100 * failed.mean()
    if failed.all():
        raise LandloomError(
            f"None of {len(failed):,} patches could be extracted. Most often: {failures(extracted)[0][0]} Run it again"
            " when that is mended."
        )
    if share > most:
        reason = failures(extracted)[0][0]
        raise LandloomError(
            f"{failed.sum():,} of {len(failed):,} patches failed, {share:.1f} %, more than MOST_FAILED = {most:g} %"
            f" allows. Most often: {reason} The others are kept; run it again to try only these."
        )


def failures(extracted: Extracted) -> list[tuple[str, int]]:
    """Why patches failed, and how many; most frequent first."""
    errors = extracted.log["error"][~extracted.done]
    return [(str(reason), int(number)) for reason, number in errors.value_counts().items()]


def facts(dataset: Dataset, extracted: Extracted) -> list[tuple[str, str]]:
    """What came of it, in words and numbers."""
    done, total = int(extracted.done.sum()), len(extracted.log)
    height, width, bands = dataset.shape
    rate = f"{extracted.fetched / max(extracted.seconds, 1e-3):,.1f} patches a second" if extracted.fetched else "–"
    low, high, share = extracted.low, extracted.high, extracted.nan_share
    in_one_file = dataset.has(store.HDF5)
    return [
        ("Pixels from", opening.label(dataset)),
        ("Patches planned", f"{total:,}"),
        ("Patches extracted", f"{done:,} ({100 * done / total:.1f} %)"),
        ("Patches that failed", f"{total - done:,}"),
        ("Fetched in the last run", f"{extracted.fetched:,} in {extracted.seconds:.1f} s, {rate}"),
        ("Shape", f"{height} × {width} pixels × {bands} bands, float32"),
        ("Values", "–" if low is None or high is None else f"{low:g} to {high:g}"),
        ("Without data", "–" if share is None else f"{100 * share:.2f} %"),
        ("Stored as", store.HDF5 if in_one_file else "patches/patch_….npy, a file each"),
    ]


def write_summary(dataset: Dataset, extracted: Extracted) -> None:
    """Write reports/extraction_summary.txt, unless there was nothing to do and it is there already."""
    if not extracted.fetched and dataset.has(SUMMARY):
        return
    lines = ["Extraction", "", *(f"{name + ':':<26}{value}" for name, value in facts(dataset, extracted))]
    lines += ["", "Failures by reason:"] if not extracted.done.all() else []
    lines += [f"{number:>8,}  {reason}" for reason, number in failures(extracted)]
    dataset.write_text(SUMMARY, lines)
