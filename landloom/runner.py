"""From values to results, the same for the worker and the command line: build, run, verify, record."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import rasterio

from . import files, provenance
from .errors import LandloomError, OutputError, ParameterError
from .job import Job
from .stage import FolderOut, Stage

# GDAL would else let its cache of blocks grow to a share of the computer's memory.
GDAL_CACHE_BYTES = 128 * 2**20


def run_stage(cls: type[Stage], given: Mapping, job: Job) -> dict:
    """Run a stage and return its outputs by name: paths of files written, numbers and texts found out."""
    stage = cls.from_values(given, job.environ)
    outputs = {name: getattr(stage, name) for name in cls.files() if getattr(stage, name) is not None}
    refuse_overwriting(stage, outputs)
    for name, path in outputs.items():
        refuse_unwritable(f"'{name}' of {stage.title}", Path(path), isinstance(stage.kinds()[name], FolderOut))
    began, job.looked_up = time.time(), {}
    with rasterio.Env(GDAL_CACHEMAX=GDAL_CACHE_BYTES):
        found = stage.run(job)
    missing = set(cls.values()) ^ set(found)
    if missing:
        raise LandloomError(f"{cls.title} did not return what it declares: {', '.join(sorted(missing))}.")
    for name, path in outputs.items():
        if not Path(path).exists():
            raise LandloomError(f"{cls.title} did not write its output '{name}' ({path}).")
    record = provenance.record(stage, found, job, began)
    for path in outputs.values():
        provenance.write_beside(path, record)
    for path in amended_folders(stage):
        provenance.write_inside(path, record)
    job.part(0.0, 1.0).progress(1.0)
    return {**outputs, **found}


def refuse_overwriting(stage: Stage, outputs: Mapping[str, str]) -> None:
    """Raise ParameterError where an output would take the place of an input or of another output."""
    taken: dict[Path, str] = {}
    for name, sources in provenance.inputs_of(stage).items():
        if getattr(stage.kinds()[name], "amended", False):
            continue
        taken |= {path.resolve(): name for path in map(provenance.on_disk, sources) if path}
    read = dict(taken)
    for name, output in outputs.items():
        path = Path(output).resolve()
        # What stands in a folder that is read as a mosaic is an input too.
        other = taken.get(path) or (read[path.parent] if path.parent in read and path.is_file() else None)
        if other:
            raise ParameterError(f"'{name}' of {stage.title} would overwrite '{other}': {output}. Choose another name.")
        taken[path] = name


def amended_folders(stage: Stage) -> list[str]:
    """The folders that a stage adds files to."""
    return [getattr(stage, name) for name, kind in stage.parameters().items() if getattr(kind, "amended", False)]


def refuse_unwritable(what: str, path: Path, is_folder: bool = False) -> None:
    """Fail before hours of work, not after them, where a result cannot be written."""
    try:
        # The longest name that will be written.
        inside = is_folder and path.is_dir()
        probe = path / files.temporary_beside("dataset.json") if inside else files.temporary_beside(f"{path}.json")
        if path.is_dir() and not is_folder:
            raise OutputError(f"{what} names a folder, not a file: {path}.")
        if path.is_file() and is_folder:
            raise OutputError(f"{what} names a file, not a folder: {path}.")
        path.parent.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(
            f"Cannot write {what} to {path}: {error.strerror}. Choose another folder or name, or make this folder"
            " writable."
        ) from None
