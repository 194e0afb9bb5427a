"""Which models made a map, by the provenance beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from . import provenance

# Parameters that hold models.
_MODELS = ("model", "further_models")


class _Entry(NamedTuple):
    """What provenance says of a model, and of which file it says so."""

    source: str
    sha256: str
    beside: Path


def hashes(path: str | Path) -> set[str]:
    """SHA-256 of the files of the models that made a map, all that voted; empty where nothing tells."""
    return {entry.sha256 for entry in _known(path)}


def models_of(path: str | Path) -> list[Path]:
    """The files of the models that made a map or a raster of probabilities, the first of those that voted first.

    They are looked for where they were, and beside the map where they were moved with it. A refined map was made by
    the models of its probabilities. A model that is not to be found, or that was trained again since, is left out.
    """
    found = [_found(*entry) for entry in _known(path)]
    return [model for model in found if model] or _of_one_run(path)


def _known(path: str | Path) -> list[_Entry]:
    try:
        return list(_entries(path))
    except (LookupError, TypeError, AttributeError):  # the file of another program
        return []


def _entries(path: str | Path) -> Iterator[_Entry]:
    made = provenance.read_beside(path)
    inputs = made.get("inputs", {})
    for name in _MODELS:
        for entry in inputs.get(name, ()):
            yield _Entry(str(entry["source"]), str(entry["sha256"]), Path(path))
    for entry in inputs.get("probabilities", ()):
        refined = _found(made["parameters"]["probabilities"], entry["sha256"], Path(path))
        if refined:
            yield from _entries(refined)


def _of_one_run(path: str | Path) -> list[Path]:
    """The model that the very run that made a map has trained, if nobody has trained it again since."""
    made = provenance.read_beside(path)
    parameters = made.get("parameters")
    source = parameters.get("model") if isinstance(parameters, dict) else None
    if not isinstance(source, str):
        return []
    return [p for p in _places(source, Path(path)) if provenance.read_beside(p) == made][:1]


def _found(source: str, sha256: str, beside: Path) -> Path | None:
    places = _places(source, beside)
    return next((path for path in places if provenance.fingerprint(path)["sha256"] == sha256), None)


def _places(source: str, beside: Path) -> list[Path]:
    return [path for path in (Path(source), beside.parent / Path(source).name) if path.is_file()]
