"""From values to results, the same for the worker and the command line: build, run, verify, record."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from . import provenance
from .errors import LandloomError, OutputError, ParameterError
from .job import Job
from .stage import Stage
from .stages import STAGES


def find_stage(stage_id: str) -> type[Stage]:
    """Return the stage with this id."""
    for stage in STAGES:
        if stage.id == stage_id:
            return stage
    raise ParameterError(f"There is no stage '{stage_id}'. There are: {', '.join(s.id for s in STAGES)}.")


def run_stage(stage_id: str, given: Mapping, job: Job) -> dict:
    """Run a stage and return its outputs by name: paths of files written, numbers and texts found out."""
    cls = find_stage(stage_id)
    stage = cls.from_values(given, job.environ)
    check_outputs_writable(stage)
    began = time.time()
    found = stage.run(job)
    missing = set(cls.values()) ^ set(found)
    if missing:
        raise LandloomError(f"{cls.title} did not return what it declares: {', '.join(sorted(missing))}.")
    written = {name: getattr(stage, name) for name in cls.files() if getattr(stage, name) is not None}
    for name, path in written.items():
        if not Path(path).exists():
            raise LandloomError(f"{cls.title} did not write its output '{name}' ({path}).")
    record = provenance.record(stage, found, job, began)
    for path in written.values():
        provenance.write_beside(path, record)
    job.part(0.0, 1.0).progress(1.0)
    return {**written, **found}


def check_outputs_writable(stage: Stage) -> None:
    """Fail before hours of work, not after them, where a result cannot be written."""
    for name, kind in stage.files().items():
        value = getattr(stage, name)
        if value is None:
            continue
        path = Path(value)
        if path.suffix.lower().lstrip(".") not in kind.extensions:
            raise ParameterError(
                f"The '{name}' parameter of {stage.title} must be {kind.expected()}. Got '{value}' instead."
            )
        if path.is_dir():
            raise OutputError(f"'{name}' of {stage.title} names a folder, not a file: {value}.")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            probe = path.parent / f".{path.name}.landloom-probe"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise OutputError(
                f"Cannot write '{name}' of {stage.title} to {value}: {error.strerror}. Choose another folder or"
                " make this one writable."
            ) from None
