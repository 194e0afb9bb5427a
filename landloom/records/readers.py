"""Results as other programs and this one leave them: from JSON, JSON lines and CSV to records as they stand there."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..stage import Choice, Flag, Integer, Kind, Number, Raster, Rasters
from .metrics import RANGES
from .table import HASH, SPLIT, TEXTS

TABLES, LINES = (".csv",), (".jsonl", ".ndjson")
# By what names the columns of a table of records are known elsewhere; the first that a record has counts.
NAMES = {
    "image": ("image", "image_path", "image_file", "input_image", "filename", "file_name"),
    "reference": ("reference", "reference_image", "target", "target_image", "ground_truth"),
    "type": ("type", "category", "image_type"),
    "method": ("method", "algorithm"),
    "time": ("time", "timestamp", "datetime", "date", "created"),
    "group": ("group", "scene", "run", "run_id"),
    "record_id": ("record_id", "id"),
    "footprint": ("footprint",),
    "crs": ("crs",),
}
METRIC_OBJECTS, PARAMETER_OBJECTS = ("metrics", "metric"), ("parameters", "parameter", "params", "param", "settings")
# A list of records in an object; what stands beside it holds for all of them.
LISTS = ("records", "results", "runs")
# Tables of a row a tile name it so, and their tiles lie in one of the folders that the stage was given.
TILE = "tile_id"
# Parameters of stages on which no result depends, or by chance only.
ASIDE = ("jobs", "record", "seed")
# Of such tables these columns made the result; the others say more of how good it is.
CONDITIONS = {"verify_tiles": ("month", "biome_code", "checkpoint")}
# Their tables are the outcome of mining and would come back as the same records again.
OUTCOMES = ("mine_results", "split_records")


@dataclass
class Raw:
    """A record as it stands in a file.

    `texts` has the keys of NAMES, without those that are unknown; `place` says where in the file it stands. A record
    that could not even be read has a `problem` and nothing else. `others` are further columns of a table of records.
    """

    source: Path
    place: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


@dataclass
class Found:
    """What a folder holds: records, and the files by what became of them."""

    records: list[Raw] = field(default_factory=list)
    read: list[Path] = field(default_factory=list)
    without: list[Path] = field(default_factory=list)


def read_folder(folder: Path, leave_out: set[Path], tick: Callable[[float], None] = lambda share: None) -> Found:
    """Read all JSON, JSON lines and CSV files in a folder and below; hidden ones and those to leave out are not read.

    `tick` is told the share that is done.
    """
    suffixes = (".json", *LINES, *TABLES)
    paths = [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in suffixes and not path.name.startswith(".") and path.resolve() not in leave_out
        if path.is_file()
    ]
    found = Found()
    runs: set[str] = set()
    for number, path in enumerate(paths):
        tick(number / len(paths))
        records = list(_read(path, runs))
        found.records += records
        (found.read if records else found.without).append(path)
    return found


def _read(path: Path, runs: set[str]) -> Iterator[Raw]:
    """The records of a file. `runs` are those whose provenance has been read: it stands beside each output."""
    try:
        if path.suffix.lower() in TABLES:
            yield from _table(path)
        elif path.suffix.lower() in LINES:
            yield from _lines(path, path.read_text(encoding="utf-8-sig"))
        else:
            yield from _json(path, path.read_text(encoding="utf-8-sig"), runs)
    except (OSError, UnicodeError, csv.Error, RecursionError) as error:
        yield Raw(path, problem=f"the file cannot be read ({error})")


def _json(path: Path, text: str, runs: set[str]) -> Iterator[Raw]:
    try:
        content = json.loads(text)
    except ValueError as error:
        lines = list(_lines(path, text))
        if any(not line.problem for line in lines):
            yield from lines
        else:
            yield Raw(path, problem=f"the file is no JSON ({error})")
        return
    beside = _provenance(path)
    if beside:  # an evaluation
        yield from _run(path, beside, runs, content)
    elif _is_provenance(content):
        described = path.with_suffix("")
        # A table is read with what stands beside it, an evaluation too.
        if described.suffix.lower() not in (*TABLES, ".json") or not described.is_file():
            yield from _run(path, content, runs)
    elif isinstance(content, list):
        yield from _several(path, content, {})
    elif isinstance(content, dict):
        items = next((content[name] for name in LISTS if isinstance(content.get(name), list)), None)
        if items is not None:
            shared = {k: v for k, v in content.items() if not isinstance(v, list)}
            yield from _several(path, items, shared)
        elif _is_record(content):
            yield _record(path, "", content)


def _several(path: Path, items: list, shared: Mapping[str, Any]) -> Iterator[Raw]:
    """Records of a list; none where it is a list of something else."""
    if not any(isinstance(item, dict) and _is_record(item) for item in items):
        return
    for number, item in enumerate(items, start=1):
        if isinstance(item, dict):
            yield _record(path, f"record {number}", {**shared, **item})
        else:
            yield Raw(path, f"record {number}", problem="it is no object with names and values")


def _lines(path: Path, text: str) -> Iterator[Raw]:
    """JSON lines. A line that is none is a broken record; other events of a log are no records."""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except ValueError as error:
            yield Raw(path, f"line {number}", problem=f"the line is no JSON ({error})")
            continue
        if isinstance(item, dict) and _is_record(item):
            yield _record(path, f"line {number}", item)


def _table(path: Path) -> Iterator[Raw]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        heading = stream.readline()
        delimiter = max(",;\t", key=heading.count)
        columns = [name.strip() for name in next(csv.reader([heading], delimiter=delimiter), [])]
        made = _provenance(path)
        stage = made.get("made_by", {}).get("stage")
        if stage in OUTCOMES or not _is_record(dict.fromkeys(columns, "")):
            return
        folders = _folders(made)
        ours = set(TEXTS) <= set(columns)
        rows = csv.reader(stream, delimiter=delimiter)
        for values in rows:
            place = f"line {rows.line_num + 1}"
            if not any(values):
                continue
            if len(values) != len(columns):
                yield Raw(path, place, problem=f"it has {len(values)} fields, the heading has {len(columns)}")
                continue
            record = _record(path, place, {k: v for k, v in zip(columns, values, strict=True) if v.strip()}, ours)
            if folders and "image" not in record.texts:
                _find_tile(record, folders)
            if stage in CONDITIONS:
                record.parameters = {k: v for k, v in record.parameters.items() if k in CONDITIONS[stage]}
            if stage:
                record.texts.setdefault("method", stage)
            yield record


def _find_tile(record: Raw, folders: list[Path]) -> None:
    """The tile of a row, in the first of the folders that has it, and what the file beside it tells."""
    name = record.parameters.pop(TILE, None)
    path = next((f / f"{name}.npz" for f in folders if (f / f"{name}.npz").is_file()), None) if name else None
    if path is None:
        return
    record.texts["image"] = str(path)
    beside = _load(path.with_suffix(".json"))
    for key in ("month", "biome_code"):
        if isinstance(beside.get(key), (int, float, str)):
            record.parameters.setdefault(key, beside[key])
    for key, name in (("stage", "method"), ("timestamp", "time"), ("raster", "group")):
        if isinstance(beside.get(key), str):
            record.texts.setdefault(name, beside[key])
    processing = beside.get("processing")
    if isinstance(processing, dict) and isinstance(processing.get("checkpoint"), str):
        record.parameters.setdefault("checkpoint", Path(processing["checkpoint"]).name)


def _run(path: Path, made: Mapping[str, Any], runs: set[str], content: Any = None) -> Iterator[Raw]:
    """The record of a run of a stage that has measured something, once however many outputs it has."""
    found = dict(made.get("found") or {})
    scores = content.get("scores") if isinstance(content, dict) else None
    if isinstance(scores, dict):
        found |= scores
    metrics = {name: value for name, value in found.items() if name in RANGES and isinstance(value, (int, float))}
    stage = made["made_by"].get("stage", "")
    run = json.dumps([stage, made.get("started"), made.get("finished"), made["parameters"]], sort_keys=True)
    if not metrics or run in runs:
        return
    runs.add(run)
    kinds = _kinds(stage)
    texts = {"method": stage, "time": str(made.get("finished") or "")}
    pictures = [name for name, kind in kinds.items() if isinstance(kind, (Raster, Rasters))]
    for name in pictures:
        sources = made.get("inputs", {}).get(name) or []
        if sources and isinstance(sources[0], dict) and sources[0].get("source"):
            texts["image"] = str(sources[0]["source"])
            break
    told = (Integer, Number, Choice, Flag)
    parameters = {
        name: value
        for name, value in made["parameters"].items()
        if isinstance(kinds.get(name), told) and name not in ASIDE
    }
    yield Raw(path, "", texts, parameters, metrics)


def _is_provenance(content: Any) -> bool:
    return (
        isinstance(content, dict)
        and isinstance(content.get("made_by"), dict)
        and isinstance(content.get("parameters"), dict)
    )


def _provenance(path: Path) -> dict[str, Any]:
    """What stands beside an output of a stage; empty where nothing does."""
    content = _load(Path(f"{path}.json"))
    return content if _is_provenance(content) else {}


def _load(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _kinds(stage: str) -> dict[str, Kind]:
    from ..stages import STAGES

    return next((s.parameters() for s in STAGES if s.id == stage), {})


def _folders(made: Mapping[str, Any]) -> list[Path]:
    """The folders that a stage was given, in its order."""
    inputs = made.get("inputs")
    given = [s for sources in inputs.values() for s in sources] if isinstance(inputs, dict) else []
    named = [Path(s["source"]) for s in given if isinstance(s, dict) and isinstance(s.get("source"), str)]
    return [path for path in named if path.is_dir()]


def _is_record(content: Mapping[str, Any]) -> bool:
    """Whether names are those of a record: it has an image, a tile or a metric."""
    names = {str(name).strip().lower() for name in content}
    return bool(
        names & {*NAMES["image"], TILE, *METRIC_OBJECTS, *RANGES} or any(_split(name)[0] == "metric" for name in names)
    ) and not _is_provenance(content)


def _split(name: str) -> tuple[str, str]:
    """`metric`, `param` or nothing, and the name without that: of metrics.ssim, metric_ssim, parameters.x, param_x."""
    for kind, words in (("metric", METRIC_OBJECTS), ("param", PARAMETER_OBJECTS)):
        for word in words:
            for joint in "._":
                # settings_… may be anything.
                if name.startswith(word + joint) and (joint == "." or word in ("metric", "param")):
                    return kind, name[len(word) + 1 :]
    return "", name


def _record(path: Path, place: str, content: Mapping[str, Any], ours: bool = False) -> Raw:
    """Sort names and values into texts, parameters and metrics.

    Names that say nothing of themselves are parameters; those of well-known metrics are metrics, unless the record
    marks its metrics. In a table of records of ours they are neither.
    """
    flat = {str(name).strip(): value for name, value in _flattened(content)}
    lower = {name.lower(): name for name in flat}
    record = Raw(path, place)
    for text, names in NAMES.items():
        name = next((lower[n] for n in names if n in lower and not _is_blank(flat[lower[n]])), None)
        if name is not None:
            record.texts[text] = str(flat.pop(name)).strip()
    marked = any(_split(name)[0] == "metric" for name in lower)
    for name, value in flat.items():
        kind, rest = _split(name.lower())
        rest = rest if kind == "metric" else name[len(name) - len(rest) :]
        if kind == "metric" or (not kind and not marked and not ours and rest.lower() in RANGES):
            record.metrics[rest.lower()] = value
        elif ours and not kind:
            if name not in (*SPLIT, HASH):
                record.others[name] = value
        elif not _is_blank(value):
            record.parameters[rest] = value
    return record


def _flattened(content: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Names joined by dots, and values; lists as JSON text."""
    for name, value in content.items():
        if isinstance(value, dict):
            yield from _flattened(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
