"""The folder of a tile data set: which files are its own, and making room for another one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import InputError, OutputError
from .dataset import CONFIG, TileSet, open_tiles

STATISTICS = "metadata/statistics.csv"
BLOCKS = "metadata/blocks.csv"
BALANCE = "metadata/balance.json"

_OWN = re.compile(
    r"""
    metadata/(tiles_config|balance)\.json
    | metadata/(tiles|statistics|blocks)\.csv
    | (images|masks)/(r\d+_c\d+ | smote_\d+)\.tif(\.aux\.xml)?
    | visualizations/(sample_tiles|class_shares|blocks|synthetic_tiles)\.png
    | reports/(tiles_summary|balance_summary)\.txt
    | provenance/\w+\.json
    | (.*/)?\.[^/]*\.[0-9a-f]{8}\.part(\.\w+)?   # what a killed run was writing
    | \.lock
    """,
    re.VERBOSE,
)
_FOLDERS = ("metadata", "images", "masks", "visualizations", "reports", "provenance")


def refuse_foreign(folder: Path) -> None:
    """Raise OutputError for a folder that holds something, but no tile data set."""
    if not folder.is_dir() or (folder / CONFIG).is_file():
        return
    other = next((path for path in _files(folder) if not _is_own(folder, path)), None)
    if other:
        raise OutputError(
            f"The folder {folder} holds other files, such as {other.relative_to(folder)}, and no tile data set. Choose"
            " an empty folder or a new name."
        )


def existing(folder: Path, request: dict[str, Any]) -> TileSet | None:
    """The data set that an earlier run has made from the very same request; None where there is none that is whole."""
    try:
        tiles = open_tiles(folder)
        table = tiles.table
    except InputError:
        return None
    if tiles.config.get("request") != request:
        return None
    names = {*table["image"], *table["mask"]}
    return tiles if all((folder / name).is_file() for name in names) else None


def make_room(folder: Path, overwrite: bool) -> None:
    """Remove what an earlier run has left; files that are no part of a data set stay.

    Raises OutputError where that would remove a whole data set and `overwrite` is not set.
    """
    refuse_foreign(folder)
    if (folder / CONFIG).is_file() and not overwrite:
        raise OutputError(
            f"The folder {folder} holds tiles that were cut otherwise. Choose another folder, or OVERWRITE to remove"
            " them."
        )
    clear(folder)


def clear(folder: Path) -> None:
    """Remove all files of a data set, and the folders that are empty then."""
    # First the file without which nothing is a data set: killed from here on, no half of one looks whole.
    (folder / CONFIG).unlink(missing_ok=True)
    for path in list(_files(folder)):
        if _is_own(folder, path) and path.name != ".lock":
            path.unlink()
    for name in _FOLDERS:
        if (folder / name).is_dir() and not any((folder / name).iterdir()):
            (folder / name).rmdir()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if not path.is_dir())


def _is_own(folder: Path, path: Path) -> bool:
    return _OWN.fullmatch(path.relative_to(folder).as_posix()) is not None


@contextmanager
def removed_on_failure(folder: Path) -> Iterator[None]:
    """Remove what was written where the block fails or is cancelled."""
    try:
        yield
    except BaseException:
        clear(folder)
        raise
