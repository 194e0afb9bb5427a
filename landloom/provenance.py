"""What made an output: stage, parameters, inputs with fingerprints, versions, seed, log; a `.json` beside it."""

from __future__ import annotations

import hashlib
import json
import platform
import re
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from . import files
from .stage import Area, FileIn, FilesIn, FolderIn, Raster, Rasters, Stage, Vector

# Above this size only the beginning, the middle and the end of a file are read: hashing a mosaic of
# hundreds of gigabytes, maybe over a network, would take longer than mapping it.
WHOLE_FILE_BYTES = 64 * 2**20
PART_BYTES = 4 * 2**20

PACKAGES = (
    *("numpy", "rasterio", "scikit-learn", "numba", "geopandas", "pyarrow", "shapely", "h5py"),
    *("earthengine-api", "torch", "segmentation-models-pytorch", "timm", "onnxruntime", "imbalanced-learn"),
    "pydensecrf",
)


def version() -> str:
    """Return Landloom's version: from `metadata.txt` beside the engine, else of the installed package."""
    beside = Path(__file__).resolve().parents[1] / "metadata.txt"
    if beside.is_file():
        found = re.search(r"(?m)^version=(.+)$", beside.read_text(encoding="utf-8"))
        if found:
            return found.group(1).strip()
    return metadata.version("landloom")


@cache
def versions() -> dict[str, str]:
    """Return the versions of what computes: Landloom, Python and the packages that touch numbers."""
    found = {"landloom": version(), "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def fingerprint(path: str | Path) -> dict[str, Any]:
    """Return what identifies a file's content: size, SHA-256, and of which bytes.

    A folder is identified by its files' names, sizes and times; what is not on this disk (`/vsis3/…`, a
    database, an area as WKT) by its name alone.
    """
    file = on_disk(path)
    if file is None:
        return {"sha256": hashlib.sha256(str(path).encode()).hexdigest(), "of": "name"}
    if file.is_dir():
        listing = sorted(
            (str(p.relative_to(file)), p.stat().st_size, p.stat().st_mtime_ns) for p in files.below(file) if p.is_file()
        )
        return {
            "sha256": hashlib.sha256(json.dumps(listing).encode()).hexdigest(),
            "of": "names, sizes and times",
            "files": len(listing),
        }
    size = file.stat().st_size
    if size <= WHOLE_FILE_BYTES:
        with file.open("rb") as stream:
            return {"bytes": size, "sha256": hashlib.file_digest(stream, "sha256").hexdigest(), "of": "whole file"}
    digest = hashlib.sha256(str(size).encode())
    with file.open("rb") as stream:
        for start in (0, size // 2, size - PART_BYTES):
            stream.seek(start)
            digest.update(stream.read(PART_BYTES))
    return {"bytes": size, "sha256": digest.hexdigest(), "of": f"{PART_BYTES} bytes at start, middle and end"}


def on_disk(source: str | Path) -> Path | None:
    """The file or folder that an input names, as `path` or `path|layername=name`; None where it names none."""
    path = Path(str(source).split("|")[0])
    try:
        return path if path.exists() else None
    except OSError:  # text that is too long for a path
        return None


def inputs_of(stage: Stage) -> dict[str, tuple[str, ...]]:
    """The sources that were given to a stage, by parameter."""
    found = {}
    for name, kind in stage.parameters().items():
        value = getattr(stage, name)
        if value is not None and isinstance(kind, (Raster, Rasters, Vector, Area, FileIn, FilesIn, FolderIn)):
            found[name] = value if isinstance(value, tuple) else (value,)
    return found


def redacted(text: str) -> str:
    """An address without what lets others in: user and password, and the signature or token of a signed address."""
    text = re.sub(r"://[^/?#@\s]*:[^/?#@\s]*@", "://…@", text)
    text = re.sub(r"(?i)(\bpassword\s*=\s*)('[^']*'|[^'\s&]+)", r"\1…", text)
    return re.sub(r"(?i)([?&][^=&\s]*(?:sig|token|key|secret|password|credential|auth)[^=&\s]*=)[^&\s]*", r"\1…", text)


def record(stage: Stage, found: dict, job: Any, began: float) -> dict:
    """Return the provenance of a stage's outputs, ready for JSON. Secrets are never part of it."""
    return {
        "made_by": {"stage": stage.id, "title": stage.title},
        "parameters": {name: _without_secrets(getattr(stage, name)) for name in stage.parameters()},
        "inputs": {
            name: [
                {"source": source, **fingerprint(path)}
                for source, path in zip(_known_as(job, name, paths), paths, strict=True)
            ]
            for name, paths in {**inputs_of(stage), **job.looked_up}.items()
        },
        "found": found,
        "warnings": [redacted(text) for text in job.warnings],
        "log": [redacted(text) for text in job.log],
        "versions": versions(),
        "started": _time(began),
        "finished": _time(datetime.now(UTC).timestamp()),
    }


def _known_as(job: Any, name: str, paths: tuple[str, ...]) -> list[str]:
    """What the user calls each of an input's sources."""
    named = job.origins.get(name, "").split("\n")
    return named if all(named) and len(named) == len(paths) else [redacted(path) for path in paths]


def _without_secrets(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_without_secrets(item) for item in value]
    return redacted(value) if isinstance(value, str) else value


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def write_beside(path: str | Path, content: dict) -> None:
    """Write the provenance of the file `path` to `path.json`, that of a folder inside it."""
    if Path(path).is_dir():
        write_inside(path, content)
    else:
        files.write_text(f"{path}.json", _as_text(content))


def write_inside(folder: str | Path, content: dict) -> None:
    """Write the provenance of what a stage has added to a folder; one file a stage."""
    target = Path(folder) / "provenance"
    target.mkdir(exist_ok=True)
    files.write_text(target / f"{content['made_by']['stage']}.json", _as_text(content))


def read_beside(path: str | Path) -> dict[str, Any]:
    """What `write_beside` wrote of a file; empty where there is nothing that can be read."""
    try:
        found = json.loads(Path(f"{path}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _as_text(content: dict) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
