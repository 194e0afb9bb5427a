"""Opening class maps: Landloom's own, and those of other programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio

from . import areas, cog, rasters, windows
from .classes import ClassTable, make_table
from .errors import InputError
from .rasters import Stack

# More different values than this are no classes but measurements.
MOST_CLASSES = 1000


@dataclass(frozen=True)
class ClassMap:
    """A raster of class ids: its first band, and the classes that its pixels stand for."""

    path: str
    label: str
    stack: Stack
    classes: ClassTable

    @property
    def class_areas(self) -> areas.ClassAreas:
        """Pixels and hectares of each class."""
        return areas.class_areas(self.path, self.classes)


def open_map(path: str | Path, label: str | None = None) -> ClassMap:
    """Open a map; its classes come from the file, else from its colour table's and pixels' values.

    Raises InputError for a raster that holds no classes.
    """
    label = label or str(path)
    stack = rasters.open_stack([path], "nearest", [label]).select(["1"])
    if stack.dtype.kind not in "iu":
        raise InputError(f"{label} holds {stack.dtype} numbers, not class ids. Choose a classified raster.")
    classes = cog.read_classes(path) or _classes_by_value(stack, path, label)
    return ClassMap(str(path), label, stack, classes)


def _classes_by_value(stack: Stack, path: str | Path, label: str) -> ClassTable:
    found: set[int] = set()
    for window in windows.plan(stack.grid.height, stack.grid.width, 512, 512 * 4096):
        values, valid = stack.read(window)
        found |= set(np.unique(values[0][valid]).tolist())
        if len(found) > MOST_CLASSES:
            raise InputError(f"{label} has more than {MOST_CLASSES} different values, so it is no class map.")
    if not found:
        raise InputError(f"{label} holds nothing but nodata.")
    with rasterio.open(path) as dataset:
        try:
            colours = dataset.colormap(1)
        except ValueError:
            colours = {}
    return make_table(
        {"id": i, "name": f"Class {i}", "colour": "#{:02x}{:02x}{:02x}".format(*colours[i][:3]) if i in colours else ""}
        for i in sorted(found)
    )
