"""Working folders beside a result, in which a run that was killed has left what is finished."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import filelock

from . import files
from .errors import OutputError
from .job import Job


@contextmanager
def workspace(result: Path, identity: Any, job: Job, progress: str) -> Iterator[Path]:
    """The working folder of a result, emptied where it stems from another run; refuses two runs at once.

    It is removed when the block ends well, and kept when it does not but a part is finished.

    Args:
        result: the file that will come out.
        identity: whatever determines the result, to be written as JSON; a run goes on only where it is the same.
        job: for messages.
        progress: name of the file in the folder that is there once a part is finished.

    Raises OutputError where another run is writing the same result.
    """
    folder = result.with_name(f".{result.name}.landloom")
    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / "lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise OutputError(
            f"Another run is writing {result} at this moment. Wait for it or choose another name."
        ) from None
    try:
        digest = hashlib.sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()
        mark, begun = folder / "identity", folder / progress
        if not mark.exists() or mark.read_text(encoding="ascii") != digest:
            if begun.exists():
                job.message("An earlier run was not finished, but with other inputs or settings: starting anew.")
            _clear(folder)
            files.write_text(mark, digest)
        try:
            yield folder
        except BaseException:
            if not begun.exists():
                _clear(folder)
            else:
                job.message(
                    "What is finished has been kept. Run it again with the same settings to go on from there, or delete"
                    f" the folder {folder} to discard it."
                )
            raise
        _clear(folder)
    finally:
        lock.release()
        if {path.name for path in folder.iterdir()} <= {"lock"}:
            with suppress(OSError):  # somebody else may have begun here in this very moment
                (folder / "lock").unlink(missing_ok=True)
                folder.rmdir()


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name != "lock":
            path.unlink()
