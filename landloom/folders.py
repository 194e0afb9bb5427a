"""A data set as a folder: its configuration, its tables, and who may change it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import filelock
import pandas as pd
from affine import Affine
from rasterio.crs import CRS

from . import classes, files
from .classes import ClassTable
from .errors import OutputError
from .grids import Grid
from .rasters import Band


@dataclass(frozen=True)
class DataFolder:
    """A folder and what its configuration holds: classes, bands, grid …"""

    folder: Path
    config: dict[str, Any]

    @cached_property
    def classes(self) -> ClassTable:
        """The classes that occur."""
        return classes.make_table(self.config["classes"])

    @cached_property
    def bands(self) -> tuple[Band, ...]:
        """The bands of its pixels, in order."""
        return tuple(Band(**band) for band in self.config["bands"])

    @cached_property
    def grid(self) -> Grid:
        """The pixel grid that it was cut from; for Earth Engine it spans the polygons."""
        g = self.config["grid"]
        return Grid(g["height"], g["width"], Affine(*g["transform"]), CRS.from_wkt(g["crs"]) if g["crs"] else None)

    def path(self, name: str) -> Path:
        """The path of a file of the data set, its folder made if need be."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def has(self, name: str) -> bool:
        """Whether a file has been made."""
        return (self.folder / name).is_file()

    def write_table(self, name: str, table: pd.DataFrame) -> None:
        """Write a table as CSV."""
        with files.replacing(self.path(name)) as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")

    def write_json(self, name: str, content: dict[str, Any]) -> None:
        """Write a JSON file."""
        files.write_text(self.path(name), json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    def write_text(self, name: str, lines: Sequence[str]) -> None:
        """Write a text file."""
        files.write_text(self.path(name), "\n".join(lines) + "\n")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs from changing the data set meanwhile."""
        with locked(self.folder):
            yield


@dataclass(frozen=True)
class OwnFiles:
    """Which files of a folder are a data set's own; what people have put beside them stays.

    Args:
        what: what the data set is called.
        config: the file without which nothing is a data set.
        folders: those that are made for it.
        pattern: of the own files' paths below the folder.
        aside: a folder in it whose files do not count.
    """

    what: str
    config: str
    folders: tuple[str, ...]
    pattern: re.Pattern[str]
    aside: str = ""

    def owns(self, folder: Path, path: Path) -> bool:
        """Whether a file in a folder is its own."""
        return self.pattern.fullmatch(path.relative_to(folder).as_posix()) is not None

    def refuse_foreign(self, folder: Path) -> None:
        """Raise OutputError for a folder that holds something, but no data set."""
        if not folder.is_dir() or (folder / self.config).is_file():
            return
        other = next((path for path in self.all(folder) if not self.owns(folder, path)), None)
        if other:
            raise OutputError(
                f"The folder {folder} holds other files, such as {other.relative_to(folder)}, and no {self.what}."
                " Choose an empty folder or a new name."
            )

    def remove(self, folder: Path) -> None:
        """Remove the own files, and the folders that are empty then."""
        # First the file without which nothing is a data set: killed from here on, no half of one looks whole.
        (folder / self.config).unlink(missing_ok=True)
        for path in self.all(folder):
            if self.owns(folder, path) and path.name != ".lock":
                path.unlink()
        for name in self.folders:
            if (folder / name).is_dir() and not any((folder / name).iterdir()):
                (folder / name).rmdir()

    def all(self, folder: Path) -> list[Path]:
        """All files in a folder and below."""
        return [path for path in files.below(folder) if path.relative_to(folder).parts[0] != self.aside]


def grid_as_dict(grid: Grid) -> dict[str, Any]:
    """A grid for a configuration."""
    crs = grid.crs.to_wkt() if grid.crs else None
    return {"height": grid.height, "width": grid.width, "transform": list(grid.transform)[:6], "crs": crs}


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other runs out of a data set's folder; raises OutputError where one is at work or nothing can be written."""
    lock = filelock.FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise OutputError(
            f"Another run is changing the data set {folder} at this moment. Wait for it, or use another folder."
        ) from None
    except OSError as error:
        raise OutputError(
            f"Cannot write to the data set {folder}: {error.strerror}. Make it writable, or copy it elsewhere."
        ) from None
    try:
        yield
    finally:
        lock.release()
