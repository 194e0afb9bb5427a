"""From a folder of results to a clean table of records: what cannot be used is taken out, with the reason."""

from __future__ import annotations

import hashlib
import math
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import InputError
from ..job import Job
from . import image_check, rejecting
from .image_check import Image
from .readers import read_folder
from .rejecting import OUTLIER_LIMIT, Record, Sieve, Verdict
from .table import HASH, METRIC, PARAMETER, TEXTS

REJECTED = ("source", "place", "record_id", "image", "reason", "detail")


@dataclass(frozen=True)
class Settings:
    """What is taken in.

    Args:
        folder: of the results.
        images: where images lie that records name by their path below it; None: beside the results.
        required: metrics that each record must have; none: any one of them.
        outlier_limit: robust standard deviations from the median of type and method; 0: outliers stay.
        leave_out: files that are not read.
        jobs: images that are opened at once.
    """

    folder: Path
    images: Path | None = None
    required: tuple[str, ...] = ()
    outlier_limit: float = OUTLIER_LIMIT
    leave_out: frozenset[Path] = frozenset()
    jobs: int = 4


@dataclass
class Mined:
    """The outcome: `table` as `table.write_records` takes it, with absolute paths of the images and their hash.

    `rejected` has the columns REJECTED, `notes` counts what was changed or could not be judged, by what it is.
    """

    table: pd.DataFrame
    rejected: pd.DataFrame
    files: dict[str, int]
    notes: Counter = field(default_factory=Counter)

    @property
    def reasons(self) -> dict[str, int]:
        """How many records were taken out, by reason, the most frequent first."""
        return {str(reason): int(n) for reason, n in self.rejected["reason"].value_counts().items()}


def mine(settings: Settings, job: Job) -> Mined:
    """Read, check and put together. Raises InputError where there is no folder, or no record in it."""
    folder = settings.folder
    if not folder.is_dir():
        raise InputError(f"The folder of results {folder} does not exist or is no folder. Check the path.")
    if settings.images and not settings.images.is_dir():
        raise InputError(f"The folder of images {settings.images} does not exist. Check the path, or leave it empty.")
    found = read_folder(folder, {path.resolve() for path in settings.leave_out}, job.part(0.0, 0.2).progress)
    if not found.records:
        raise InputError(
            f"No record of a result was found in {folder}: {len(found.without):,} JSON, JSON-lines and CSV files were"
            " looked at. A record has an image and metrics, such as"
            ' {"image": "a.tif", "metrics": {"ssim": 0.9}, "type": "crop", "method": "crf"}.'
        )
    notes: Counter = Counter()
    sieve = Sieve(Record(raw) for raw in found.records)
    sieve.judge(lambda record: rejecting.incomplete(record, settings.required))
    sieve.judge(rejecting.impossible)
    rejecting.number_parameters(sieve)
    for record in sieve.records:
        record.image = _locate(record.raw.texts["image"], record.raw.source, settings)
        if "reference" in record.raw.texts:
            record.reference = _locate(record.raw.texts["reference"], record.raw.source, settings)
        _tidy(record, notes)
    wanted = [path for r in sieve.records for path in (r.image, r.reference) if path]
    images = image_check.look_at(wanted, settings.jobs, job.part(0.2, 0.9).progress)
    sieve.judge(lambda record: rejecting.mismatched(record, images))
    _name(sieve.records, images, notes)
    rejecting.take_out_repeated(sieve, images)
    rejecting.take_out_contradictions(sieve, settings.outlier_limit)
    if settings.outlier_limit:
        rejecting.take_out_outliers(sieve, settings.outlier_limit, notes)
    if not sieve.records:
        counts = Counter(verdict.reason for _, verdict in sieve.rejected).most_common()
        record, verdict = sieve.rejected[0]
        raise InputError(
            f"None of the {len(sieve.rejected):,} records in {folder} can be used:"
            f" {', '.join(f'{reason} ({n:,})' for reason, n in counts)}. The first one, {record.where}:"
            f" {verdict.detail}."
        )
    table = _table(sieve.records, images, notes)
    files = {"read": len(found.read), "without records": len(found.without)}
    return Mined(table, _rejected(sieve.rejected, folder), files, +notes)


def _locate(text: str, source: Path, settings: Settings) -> Path:
    """Where an image lies that a record in the file `source` names: in the first of the folders that has it."""
    below = Path(text if os.sep == "\\" else text.replace("\\", "/"))
    folders = [f for f in (settings.images, source.parent, settings.folder) if f is not None]
    candidates = [path for folder in folders for path in dict.fromkeys((folder / text, folder / below))]
    try:
        return Path(os.path.normpath(next((path for path in candidates if path.is_file()), candidates[0]).absolute()))
    except (OSError, ValueError):  # a text that is too long for a path, or has a null in it
        return Path(os.path.normpath(candidates[0].absolute())) if "\0" not in text else Path("unreadable name")


def _tidy(record: Record, notes: Counter) -> None:
    """Bring the time to ISO 8601, and an infinite PSNR, of images that are the same, to unknown."""
    text = record.raw.texts.get("time", "")
    record.time = time_of(text)
    if text and not record.time:
        notes["times that could not be understood and were left out"] += 1
    if record.metrics.get("psnr") == math.inf:
        record.metrics["psnr"] = math.nan
        notes["an infinite PSNR, of an image that equals its reference, was taken as unknown"] += 1


def time_of(text: str) -> str:
    """A time as ISO 8601, in UTC where a zone is given; from ISO 8601 or seconds since 1970. Empty for others."""
    text = text.strip()
    try:
        if re.fullmatch(r"\d{9,10}(\.\d+)?", text):
            return datetime.fromtimestamp(float(text), UTC).isoformat()
        found = datetime.fromisoformat(text.replace("/", "-"))
        return (found.astimezone(UTC) if found.tzinfo else found).isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def _name(records: Sequence[Record], images: dict[Path, Image], notes: Counter) -> None:
    """Give each record an id: its own where no other has it, else one that is the same whenever it is mined."""
    given = Counter(record.raw.texts.get("record_id", "") for record in records)
    taken: Counter = Counter()
    for record in records:
        assert record.image is not None
        own = record.raw.texts.get("record_id", "")
        record.record_id = own
        if not own or given[own] > 1:
            digest = hashlib.sha256(rejecting.run_of(record, images).encode()).hexdigest()[:10]
            record.record_id = f"{own or record.image.stem}_{digest}"
            notes["ids that several records had and that were made longer"] += bool(own)
        taken[record.record_id] += 1
        if taken[record.record_id] > 1:
            record.record_id += f"_{taken[record.record_id]}"


def _table(records: Sequence[Record], images: dict[Path, Image], notes: Counter) -> pd.DataFrame:
    rows = []
    for record in records:
        assert record.image is not None
        image, texts = images[record.image], record.raw.texts
        # One's own footprint may be that of a larger scene; without a CRS beside it, it cannot be placed.
        place = (texts["footprint"], texts.get("crs", "")) if "footprint" in texts else (image.footprint, image.crs)
        rows.append(
            {
                **{name: texts.get(name, "") for name in TEXTS},
                "record_id": record.record_id,
                "image": str(record.image),
                "time": record.time,
                "footprint": place[0],
                "crs": place[1],
                **{PARAMETER + name: value for name, value in record.parameters.items()},
                **{METRIC + name: value for name, value in record.metrics.items()},
                HASH: image.sha256,
                **record.raw.others,
            }
        )
        notes["footprints taken from the images"] += bool(image.footprint) and "footprint" not in texts
    table = pd.DataFrame(rows)
    for name in [n for n in table if n.startswith(METRIC) and table[n].isna().all()]:
        table = table.drop(columns=name)
    return table


def _rejected(rejected: Sequence[tuple[Record, Verdict]], folder: Path) -> pd.DataFrame:
    rows: list[dict[str, Any]] = [
        {
            "source": _below(record.raw.source, folder),
            "place": record.raw.place,
            "record_id": record.record_id or record.raw.texts.get("record_id", ""),
            "image": record.raw.texts.get("image", ""),
            "reason": verdict.reason,
            "detail": verdict.detail,
        }
        for record, verdict in rejected
    ]
    return pd.DataFrame(rows, columns=list(REJECTED))


def _below(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def relative_to(paths: Iterable[Path | str], table: str | Path) -> list[str]:
    """How a table of records names images: by their path below its folder, else by the whole path; empty stays."""
    folder = Path(table).absolute().parent
    return [_below(Path(os.path.normpath(Path(path).absolute())), folder) if str(path) else "" for path in paths]
