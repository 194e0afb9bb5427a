"""The folder of a tile data set: which files are its own, and making room for another one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rasterio

from ..errors import InputError, OutputError
from ..folders import OwnFiles
from .dataset import CONFIG, TileSet, open_tiles

STATISTICS = "metadata/statistics.csv"
BLOCKS = "metadata/blocks.csv"
BALANCE = "metadata/balance.json"
BALANCE_SUMMARY = "reports/balance_summary.txt"
# Where tiles are cut that are to replace others.
_STAGING = ".cutting"

OWN = OwnFiles(
    "tile data set",
    CONFIG,
    ("metadata", "images", "masks", "visualizations", "reports", "provenance"),
    re.compile(
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
    ),
    _STAGING,
)


def existing(folder: Path, request: dict[str, Any]) -> TileSet | None:
    """The data set that an earlier run has made from the very same request; None where there is none.

    Raises OutputError where files of it are missing or damaged.
    """
    try:
        tiles = open_tiles(folder)
        if tiles.config.get("request") != request:
            return None
        table = tiles.table
    except InputError:
        return None
    names = [STATISTICS, BLOCKS, *sorted({*table["image"], *table["mask"]})]
    broken = [name for name in names if not _is_sound(folder / name)]
    if broken:
        more = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
        raise OutputError(
            f"The folder {folder} holds these very tiles, but {broken[0]}{more} is missing or damaged. Choose OVERWRITE"
            " to cut them anew."
        )
    return tiles


def _is_sound(path: Path) -> bool:
    """Whether a file is there and, if it is a tile, can be opened."""
    if path.suffix != ".tif":
        return path.is_file()
    try:
        with rasterio.open(path):
            return True
    except rasterio.RasterioIOError:
        return False


@contextmanager
def made(folder: Path, overwrite: bool) -> Iterator[Path]:
    """Give a folder to write a data set into, which is in `folder` when the block ends well.

    What an earlier run has left is removed, files that are no part of a data set stay. Where the block fails or is
    cancelled, a data set that was there before is there still, and nothing is where there was none. Raises OutputError
    where a whole data set would be replaced and `overwrite` is not set.
    """
    OWN.refuse_foreign(folder)
    if not (folder / CONFIG).is_file():
        clear(folder)
        try:
            yield folder
        except BaseException:
            clear(folder)
            raise
        return
    if not overwrite:
        raise OutputError(
            f"The folder {folder} holds tiles that were cut otherwise, or are damaged. Choose another folder, or"
            " OVERWRITE to replace them."
        )
    staging = folder / _STAGING
    shutil.rmtree(staging, ignore_errors=True)
    try:
        staging.mkdir()
        yield staging
        OWN.remove(folder)
        _move(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _move(source: Path, target: Path) -> None:
    """Move the files of a data set, the configuration last: it is what makes the folder a data set."""
    for path in sorted(OWN.all(source), key=lambda path: path == source / CONFIG):
        moved = target / path.relative_to(source)
        moved.parent.mkdir(parents=True, exist_ok=True)
        path.replace(moved)


def clear(folder: Path) -> None:
    """Remove all files of a data set, and the folders that are empty then."""
    OWN.remove(folder)
    shutil.rmtree(folder / _STAGING, ignore_errors=True)
