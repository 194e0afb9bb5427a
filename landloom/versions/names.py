"""Names that not every file system takes."""

from __future__ import annotations

import ntpath
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

_FORBIDDEN = re.compile(
    r"""[<>:"\\|?*\x00-\x1f] | [. ]$ | ^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)""", re.IGNORECASE | re.VERBOSE
)


def long_path(path: str | Path, windows: bool = os.name == "nt") -> Path:
    """The same path, absolute, in the form in which Windows takes more than 260 characters."""
    if not windows:
        return Path(os.path.abspath(path))  # noqa: PTH100, as resolve() would follow links
    return Path(long_text(os.path.abspath(path)))  # noqa: PTH100


def long_text(path: str) -> str:
    """An absolute Windows path with the prefix for long paths."""
    path = ntpath.normpath(path)
    if path.startswith("\\\\?\\"):
        return path
    return "\\\\?\\UNC\\" + path[2:] if path.startswith("\\\\") else "\\\\?\\" + path


def not_on_windows(paths: Iterable[str]) -> list[str]:
    """The paths (with `/`) with characters or names that Windows does not allow."""
    return [path for path in paths if any(_FORBIDDEN.search(part) for part in path.split("/"))]


def alike(paths: Iterable[str]) -> list[str]:
    """The paths that differ from another one by upper and lower case alone."""
    seen: dict[str, str] = {}
    return [path for path in paths if seen.setdefault(path.casefold(), path) != path]


def folds_case(folder: Path) -> bool:
    """Whether a folder, which must be writable, does not tell upper from lower case."""
    probe = folder / f".case{secrets.token_hex(4)}.part"
    probe.touch()
    try:
        return probe.with_name(probe.name.upper()).exists()
    finally:
        probe.unlink()


def is_below(path: str) -> bool:
    """Whether a path (with `/`) stays within the folder that it is joined to."""
    return "\0" not in path and not {"", ".", ".."} & set(path.split("/"))
