"""A data set as a folder: its configuration, its tables, and who may change it."""

from __future__ import annotations

import json
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
