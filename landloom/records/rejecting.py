"""Which records cannot be used, and why."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from rasterio.crs import CRS
from rasterio.errors import CRSError

from . import image_check, metrics
from .image_check import Image
from .readers import Raw
from .table import LONGEST_NAME, NAMES

# Reasons for which records are taken out, beside those of image_check.
BROKEN, NO_IMAGE, NO_METRIC, BAD_NUMBER = "broken record", "no image named", "no metric", "bad number"
IMPOSSIBLE, CONTRADICTION = "impossible value", "mse and psnr contradict each other"
NO_PARTNER, OTHER_SIZE, OWN_PARTNER = (
    "reference missing",
    "image and reference differ in size",
    "image is its reference",
)
CONFLICT, AGAIN, OUTLIER = "contradicting records of one run", "the same record again", "extreme outlier"
# Robust standard deviations from the median beyond which a value is an outlier.
OUTLIER_LIMIT = 6.0
# Of a parameter that is a number in so many records, a word is a slip.
MOSTLY_NUMBERS = 0.95
# Runs that are repeated differ a little where a graphics card has computed.
SAME_WITHIN = 1e-3
_WORDS = {"true": 1, "false": 0}


class Verdict(NamedTuple):
    """Why a record is taken out."""

    reason: str
    detail: str


@dataclass
class Record:
    """A record on its way; `image` and `reference` are None until they are found."""

    raw: Raw
    metrics: dict[str, float] = field(default_factory=dict)
    parameters: dict[str, float | str] = field(default_factory=dict)
    image: Path | None = None
    reference: Path | None = None
    time: str = ""
    record_id: str = ""

    @property
    def where(self) -> str:
        """The file and the place in it."""
        return f"{self.raw.source.name}{', ' * bool(self.raw.place)}{self.raw.place}"


class Sieve:
    """Takes records out and remembers why."""

    def __init__(self, records: Iterable[Record]):
        self.records, self.rejected = list(records), list[tuple[Record, Verdict]]()

    def judge(self, verdict: Callable[[Record], Verdict | None]) -> None:
        """Take out the records of which something is told."""
        self.take_out([verdict(record) for record in self.records])

    def take_out(self, verdicts: Sequence[Verdict | None]) -> None:
        """The same, with what is told of each."""
        pairs = list(zip(self.records, verdicts, strict=True))
        self.rejected += [(record, verdict) for record, verdict in pairs if verdict]
        self.records = [record for record, verdict in pairs if not verdict]


def incomplete(record: Record, required: Sequence[str]) -> Verdict | None:
    """What a record lacks, or what of it cannot be read; else its metrics become numbers."""
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


def impossible(record: Record) -> Verdict | None:
    """Which of its metrics has a value that no such metric has."""
    detail = metrics.impossible(record.metrics)
    return Verdict(IMPOSSIBLE, detail) if detail else None


def number_parameters(sieve: Sieve) -> None:
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

    def slip(record: Record) -> Verdict | None:
        for name, value in record.parameters.items():
            if isinstance(value, float) and math.isinf(value):
                return Verdict(BAD_NUMBER, f"the parameter {name} is infinite")
            if name in mostly and isinstance(value, str):
                return Verdict(BAD_NUMBER, f"the parameter {name} is '{value}', where others have numbers")
        return None

    sieve.judge(slip)


def mismatched(record: Record, images: dict[Path, Image]) -> Verdict | None:
    """Why its image, or the reference that this was compared with, cannot be meant."""
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


def run_of(record: Record, images: dict[Path, Image]) -> str:
    """What is the same for all records of one image, by its content, with one type, method and set of parameters."""
    assert record.image is not None
    texts = [record.raw.texts.get(name, "") for name in ("type", "method")]
    reference = images[record.reference].sha256 if record.reference else ""
    return json.dumps([images[record.image].sha256, reference, *texts, sorted(record.parameters.items())])


def take_out_repeated(sieve: Sieve, images: dict[Path, Image]) -> None:
    """Of records of one run keep the first where all say the same, else none."""
    runs: dict[str, list[int]] = {}
    for number, record in enumerate(sieve.records):
        runs.setdefault(run_of(record, images), []).append(number)
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
                verdicts[n] = Verdict(AGAIN, f"as {first.where}")
    sieve.take_out(verdicts)


def take_out_contradictions(sieve: Sieve, limit: float) -> None:
    """Take out records whose MSE and PSNR cannot both be true; see `metrics.contradicting`."""
    mse, psnr = _metric(sieve.records, "mse"), _metric(sieve.records, "psnr")
    wrong = metrics.contradicting(mse, psnr, limit or OUTLIER_LIMIT)
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


def take_out_outliers(sieve: Sieve, limit: float, notes: Counter) -> None:
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


def _metric(records: Sequence[Record], name: str) -> np.ndarray:
    return np.array([record.metrics.get(name, math.nan) for record in records], float)
