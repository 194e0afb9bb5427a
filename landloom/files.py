"""Writing files so that nothing half-written ever stands under its final name."""

from __future__ import annotations

import errno
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import OutputError


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it to `path` when the block ends well, else remove it.

    The temporary name keeps the extension, since many writers choose the format by it. Raises OutputError
    where the disk is full or the folder cannot be written.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.part{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise told(error, path) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def told(error: OSError, path: str | Path) -> OutputError:
    """Turn an OSError from writing `path` into words with a remedy."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OutputError(f"The disk is full: {path} could not be written. Free some space or choose another disk.")
    reason = error.strerror or str(error)
    return OutputError(f"Cannot write {path}: {reason}. Close programs that have it open or choose another folder.")


def write_text(path: str | Path, text: str) -> None:
    """Write a UTF-8 text file in one step."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
