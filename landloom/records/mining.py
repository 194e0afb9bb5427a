"""From a folder of results to a clean table of records: what cannot be used is taken out, with the reason."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from rasterio.crs import CRS
from rasterio.errors import CRSError

from ..errors import InputError
from ..job import Job
from . import image_check, metrics
from .image_check import Image
from .readers import HASH, Raw, read_folder
from .table import LONGEST_NAME, METRIC, NAMES, PARAMETER, TEXTS

# Reasons for which records are taken out, beside those of image_check.
BROKEN, NO_IMAGE, NO_METRIC, BAD_NUMBER = "broken record", "no image named", "no metric", "bad number"
IMPOSSIBLE, CONTRADICTION = "impossible value", "mse and psnr contradict each other"
NO_PARTNER, OTHER_SIZE, OWN_PARTNER = (
    "reference missing",
    "image and reference differ in size",
    "image is its reference",
)
CONFLICT, AGAIN, OUTLIER = "contradicting records of one run", "the same record again", "extreme outlier"
REJECTED = ("source", "place", "record_id", "image", "reason", "detail")
# Of a parameter that is a number in so many records, a word is a slip.
MOSTLY_NUMBERS = 0.95
# Runs that are repeated differ a little where a graphics card has computed.
SAME_WITHIN = 1e-3
_WORDS = {"true": 1, "false": 0}


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
    outlier_limit: float = 6.0
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


class Verdict(NamedTuple):
    """Why a record is taken out."""

    reason: str
    detail: str


@dataclass
class _Record:
    """A record on its way; `image` and `reference` are None until they are found."""

    raw: Raw
    metrics: dict[str, float] = field(default_factory=dict)
    parameters: dict[str, float | str] = field(default_factory=dict)
    image: Path | None = None
    reference: Path | None = None
    time: str = ""
    record_id: str = ""


class _Sieve:
    """Takes records out and remembers why."""

    def __init__(self, records: Iterable[_Record]):
        self.records, self.rejected = list(records), list[tuple[_Record, Verdict]]()

    def judge(self, verdict: Callable[[_Record], Verdict | None]) -> None:
        self.take_out([verdict(record) for record in self.records])

    def take_out(self, verdicts: Sequence[Verdict | None]) -> None:
        pairs = list(zip(self.records, verdicts, strict=True))
        self.rejected += [(record, verdict) for record, verdict in pairs if verdict]
        self.records = [record for record, verdict in pairs if not verdict]


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
    sieve = _Sieve(_Record(raw) for raw in found.records)
    sieve.judge(lambda record: _incomplete(record, settings.required))
    sieve.judge(_impossible)
    _number_parameters(sieve)
    for record in sieve.records:
        record.image = _locate(record.raw.texts["image"], record.raw.source, settings)
        if "reference" in record.raw.texts:
            record.reference = _locate(record.raw.texts["reference"], record.raw.source, settings)
        _tidy(record, notes)
    wanted = [path for r in sieve.records for path in (r.image, r.reference) if path]
    images = image_check.look_at(wanted, settings.jobs, job.part(0.2, 0.9).progress)
    sieve.judge(lambda record: _mismatched(record, images))
    _name(sieve.records, images, notes)
    _take_out_repeated(sieve, images)
    _take_out_contradictions(sieve, settings.outlier_limit)
    if settings.outlier_limit:
        _take_out_outliers(sieve, settings.outlier_limit, notes)
    if not sieve.records:
        counts = Counter(verdict.reason for _, verdict in sieve.rejected).most_common()
        record, verdict = sieve.rejected[0]
        raise InputError(
            f"None of the {len(sieve.rejected):,} records in {folder} can be used:"
            f" {', '.join(f'{reason} ({n:,})' for reason, n in counts)}. The first one, {_where(record)}:"
            f" {verdict.detail}."
        )
    table = _table(sieve.records, images, notes)
    files = {"read": len(found.read), "without records": len(found.without)}
    return Mined(table, _rejected(sieve.rejected, folder), files, +notes)


def _incomplete(record: _Record, required: Sequence[str]) -> Verdict | None:
    raw = record.raw
    if raw.problem:
        return Verdict(BROKEN, raw.problem)
    for name in NAMES:
        if len(raw.texts.get(name, "")) > LONGEST_NAME:
            return Verdict(BROKEN, f"its {name} has {len(raw.texts[name]):,} characters")
    if not _is_place(raw.texts.get("footprint", ""), raw.texts.get("crs", "")):
        return Verdict(BROKEN, "its footprint or crs cannot be read")
    if "image" not in raw.texts:
        return Verdict(NO_IMAGE, "the record does not say which image it is of")
    numbers = {name: metrics.number_of(value) for name, value in raw.metrics.items()}
    for name, number in numbers.items():
        if number is None:
            return Verdict(BAD_NUMBER, f"{name} is {raw.metrics[name]!r}, which is no number")
    record.metrics = {name: number for name, number in numbers.items() if number is not None}
    known = {name for name, number in record.metrics.items() if not math.isnan(number)}
    if not known:
        return Verdict(NO_METRIC, "none of its metrics has a value" if numbers else "it has no metrics")
    lacking = [name for name in required if name not in known]
    return Verdict(NO_METRIC, f"{', '.join(lacking)} has no value") if lacking else None


def _is_place(footprint: str, crs: str) -> bool:
    if not footprint:
        return True
    try:
        return bool(shapely.from_wkt(footprint)) and _is_crs(crs)
    except shapely.GEOSException:
        return False


@cache
def _is_crs(text: str) -> bool:
    try:
        return not text or bool(CRS.from_user_input(text))
    except CRSError:
        return False


def _impossible(record: _Record) -> Verdict | None:
    detail = metrics.impossible(record.metrics)
    return Verdict(IMPOSSIBLE, detail) if detail else None


def _number_parameters(sieve: _Sieve) -> None:
    """Bring parameters to numbers where they are; a word among numbers, or an infinite number, is a slip."""
    counts: Counter = Counter()
    numeric: Counter = Counter()
    for record in sieve.records:
        for name, value in record.raw.parameters.items():
            text = str(value).strip()
            number = metrics.number_of(_WORDS.get(text.lower(), text))
            if number is not None and math.isnan(number):
                continue
            record.parameters[name] = text if number is None else number
            counts[name] += 1
            numeric[name] += number is not None
    mostly = {name for name, n in counts.items() if n >= metrics.FEWEST and numeric[name] >= MOSTLY_NUMBERS * n}

    def slip(record: _Record) -> Verdict | None:
        for name, value in record.parameters.items():
            if isinstance(value, float) and math.isinf(value):
                return Verdict(BAD_NUMBER, f"the parameter {name} is infinite")
            if name in mostly and isinstance(value, str):
                return Verdict(BAD_NUMBER, f"the parameter {name} is '{value}', where others have numbers")
        return None

    sieve.judge(slip)


def _locate(text: str, source: Path, settings: Settings) -> Path:
    """Where an image lies that a record in the file `source` names: in the first of the folders that has it."""
    below = Path(text if os.sep == "\\" else text.replace("\\", "/"))
    folders = [f for f in (settings.images, source.parent, settings.folder) if f is not None]
    candidates = [path for folder in folders for path in dict.fromkeys((folder / text, folder / below))]
    try:
        return Path(os.path.normpath(next((path for path in candidates if path.is_file()), candidates[0]).absolute()))
    except (OSError, ValueError):  # a text that is too long for a path, or has a null in it
        return Path(os.path.normpath(candidates[0].absolute())) if "\0" not in text else Path("unreadable name")


def _tidy(record: _Record, notes: Counter) -> None:
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


def _mismatched(record: _Record, images: dict[Path, Image]) -> Verdict | None:
    assert record.image is not None
    image = images[record.image]
    if image.kind:
        return Verdict(image.kind, image.text)
    if record.reference is None:
        return None
    reference = images[record.reference]
    if reference.kind:
        return Verdict(NO_PARTNER if reference.kind == image_check.MISSING else reference.kind, reference.text)
    if reference.size != image.size:
        sizes = [" × ".join(map(str, size)) for size in (image.size, reference.size)]
        return Verdict(OTHER_SIZE, f"the image has {sizes[0]} pixels, {record.reference} {sizes[1]}")
    if record.reference == record.image:
        return Verdict(OWN_PARTNER, "the record names one file as image and as reference")
    return None


def _run_of(record: _Record, images: dict[Path, Image]) -> str:
    """What is the same for all records of one image, by its content, with one type, method and set of parameters."""
    assert record.image is not None
    texts = [record.raw.texts.get(name, "") for name in ("type", "method")]
    reference = images[record.reference].sha256 if record.reference else ""
    return json.dumps([images[record.image].sha256, reference, *texts, sorted(record.parameters.items())])


def _name(records: Sequence[_Record], images: dict[Path, Image], notes: Counter) -> None:
    """Give each record an id: its own where no other has it, else one that is the same whenever it is mined."""
    given = Counter(record.raw.texts.get("record_id", "") for record in records)
    taken: Counter = Counter()
    for record in records:
        assert record.image is not None
        own = record.raw.texts.get("record_id", "")
        record.record_id = own
        if not own or given[own] > 1:
            digest = hashlib.sha256(_run_of(record, images).encode()).hexdigest()[:10]
            record.record_id = f"{own or record.image.stem}_{digest}"
            notes["ids that several records had and that were made longer"] += bool(own)
        taken[record.record_id] += 1
        if taken[record.record_id] > 1:
            record.record_id += f"_{taken[record.record_id]}"


def _take_out_repeated(sieve: _Sieve, images: dict[Path, Image]) -> None:
    """Of records of one run keep the first where all say the same, else none."""
    runs: dict[str, list[int]] = {}
    for number, record in enumerate(sieve.records):
        runs.setdefault(_run_of(record, images), []).append(number)
    verdicts: list[Verdict | None] = [None] * len(sieve.records)
    for numbers in runs.values():
        if len(numbers) == 1:
            continue
        several = [sieve.records[n] for n in numbers]
        names = dict.fromkeys(name for record in several for name in record.metrics)
        first = several[0]
        for name in names:
            values = np.array([record.metrics.get(name, math.nan) for record in several])
            known = values[~np.isnan(values)]
            if len(known) and not np.allclose(known, known[0], rtol=SAME_WITHIN, atol=1e-9):
                texts = f"{name} is {known.min():g} in one and {known.max():g} in another of {len(numbers)} records"
                for n in numbers:
                    verdicts[n] = Verdict(CONFLICT, f"{texts} of the same image and parameters")
                break
            if len(known):
                first.metrics[name] = float(known[0])
        else:
            for n in numbers[1:]:
                verdicts[n] = Verdict(AGAIN, f"as {_where(first)}")
    sieve.take_out(verdicts)


def _take_out_contradictions(sieve: _Sieve, limit: float) -> None:
    mse, psnr = _metric(sieve.records, "mse"), _metric(sieve.records, "psnr")
    wrong = metrics.contradicting(mse, psnr, limit or Settings.outlier_limit)
    sieve.take_out(
        [
            Verdict(CONTRADICTION, f"an mse of {m:g} and a psnr of {p:g} dB ask for a peak of {_peak(m, p):g}")
            if bad
            else None
            for bad, m, p in zip(wrong, mse.tolist(), psnr.tolist(), strict=True)
        ]
    )


def _peak(mse: float, psnr: float) -> float:
    return math.sqrt(mse) * 10 ** min(psnr / 20, 300)


def _take_out_outliers(sieve: _Sieve, limit: float, notes: Counter) -> None:
    """Take out values far from the median of their type and method, where these have enough records to tell."""
    key = pd.Series([(r.raw.texts.get("type", ""), r.raw.texts.get("method", "")) for r in sieve.records], dtype=object)
    verdicts: list[Verdict | None] = [None] * len(sieve.records)
    names = dict.fromkeys(name for record in sieve.records for name in record.metrics)
    values = {name: _metric(sieve.records, name) for name in names}
    for (kind, method), rows in key.groupby(key, sort=False).groups.items():
        if len(rows) < metrics.FEWEST:
            notes[
                f"records of types and methods with fewer than {metrics.FEWEST}, of which no outlier can be told"
            ] += len(rows)
            continue
        for name in names:
            shown = values[name][rows]
            if np.isfinite(metrics.scaled(name, shown)).sum() < metrics.FEWEST:
                continue
            for n in np.flatnonzero(np.abs(metrics.outlying(name, shown)) > limit):
                among = " and ".join(text for text in (kind, method) if text) or "all"
                middle = f"the median of {among} is {np.nanmedian(shown):g}"
                verdicts[rows[n]] = verdicts[rows[n]] or Verdict(OUTLIER, f"{name} is {shown[n]:g}, {middle}")
    sieve.take_out(verdicts)


def _metric(records: Sequence[_Record], name: str) -> np.ndarray:
    return np.array([record.metrics.get(name, math.nan) for record in records], float)


def _table(records: Sequence[_Record], images: dict[Path, Image], notes: Counter) -> pd.DataFrame:
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


def _rejected(rejected: Sequence[tuple[_Record, Verdict]], folder: Path) -> pd.DataFrame:
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


def _where(record: _Record) -> str:
    return f"{record.raw.source.name}{', ' * bool(record.raw.place)}{record.raw.place}"


def _below(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def relative_to(paths: Iterable[Path | str], table: str | Path) -> list[str]:
    """How a table of records names images: by their path below its folder, else by the whole path; empty stays."""
    folder = Path(table).absolute().parent
    return [_below(Path(os.path.normpath(Path(path).absolute())), folder) if str(path) else "" for path in paths]
