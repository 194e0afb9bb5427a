"""Writing files so that nothing half-written ever stands under its final name."""

from __future__ import annotations

import errno
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import LandloomError, OutputError

# With less free space than this the disk counts as full: the next block would not fit.
FULL_BYTES = 64 * 1024
# Folders in which versions of a data set are kept and put together; what is in them is not part of the data set.
STORE, STAGING = ".versions", ".restoring"


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it to `path` when the block ends well, else remove it.

    Raises OutputError where the disk is full or the folder cannot be written.
    """
    path = Path(path)
    temporary = temporary_beside(path)
    try:
        with telling(path):
            yield temporary
            temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Say in words what goes wrong while `path` is written: OutputError for a full disk and the like."""
    try:
        yield
    except LandloomError:
        raise
    except Exception as error:
        told = _in_words(error, path)
        if told is None:
            raise
        raise told from error


def temporary_beside(path: str | Path) -> Path:
    """A free name in the same folder. It keeps the extension, since many writers choose the format by it."""
    path = Path(path)
    return path.with_name(f".{path.stem}.{secrets.token_hex(4)}.part{path.suffix}")


def _in_words(error: Exception, path: Path) -> OutputError | None:
    """What an exception from writing `path` means to the user; None where it is not about writing."""
    if _disk_is_full(error, path):
        return OutputError(f"The disk is full: {path} could not be written. Free some space or choose another disk.")
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return OutputError(f"Cannot write {path}: {reason}. Close programs that have it open or choose another folder.")
    return None


def _disk_is_full(error: Exception, path: Path) -> bool:
    # GDAL, SQLite and others tell of a full disk in errors of their own, some only as a failed write.
    with suppress(OSError):
        if shutil.disk_usage(path.parent).free < FULL_BYTES:
            return True
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def below(folder: Path) -> Iterator[Path]:
    """All files in a folder and below that are its own, and not of a version."""
    for path in sorted(folder.rglob("*")):
        if not path.is_dir() and path.relative_to(folder).parts[0] not in (STORE, STAGING):
            yield path


def write_text(path: str | Path, text: str) -> None:
    """Write a UTF-8 text file in one step."""
    with replacing(path) as temporary:
        # Half a character, as in names of files that are not UTF-8, becomes the escape that JSON has for it.
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
