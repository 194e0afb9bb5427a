"""Opening class maps: Landloom's own, and those of other programs."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    """A raster of class ids: its first band, and the classes that its pixels stand for.

    `named` tells whether the classes come from the file, else they are those of the pixels' values.
    """

    path: str
    label: str
    stack: Stack
    classes: ClassTable
    named: bool

    def class_areas(self) -> areas.ClassAreas:
        """Count the pixels and hectares of each class."""
        return areas.class_areas(self.stack, self.classes)

    def with_names_of(self, other: ClassMap) -> ClassMap:
        """The map with the names and colours of another one's classes, by id, where it has none of its own."""
        if self.named or not other.named:
            return self
        theirs = {c.id: c for c in other.classes}
        return replace(self, classes=make_table(theirs.get(c.id, c) for c in self.classes))


def open_map(path: str | Path, label: str | None = None) -> ClassMap:
    """Open a map; its classes come from the file, else from its colour table's and pixels' values.

    Raises InputError for a raster that holds no classes.
    """
    label = label or str(path)
    stack = _first_bands(rasters.open_stack([path], "nearest", [label]))
    if stack.dtype.kind not in "iu":
        raise InputError(f"{label} holds {stack.dtype} numbers, not class ids. Choose a classified raster.")
    stored = cog.read_classes(stack.parts[0].where)
    return ClassMap(str(path), label, stack, stored or _classes_by_value(stack), stored is not None)


def side_by_side(first: ClassMap, second: ClassMap) -> Stack:
    """Two maps as two bands on the first one's grid, the second brought to it by the nearest pixel.

    Raises InputError where they do not overlap, or only one of them has a CRS.
    """
    both = [first, second]
    return _first_bands(rasters.open_stack([m.path for m in both], "nearest", [m.label for m in both]))


def _first_bands(stack: Stack) -> Stack:
    """The first band of each source."""
    return replace(stack, parts=tuple(replace(p, bands=p.bands[:1], indexes=p.indexes[:1]) for p in stack.parts))


def _classes_by_value(stack: Stack) -> ClassTable:
    found: set[int] = set()
    for window in windows.plan(stack.grid.height, stack.grid.width, 512, areas.WINDOW_PIXELS):
        values, valid = stack.read(window)
        found |= set(np.unique(values[0][valid]).tolist())
        if len(found) > MOST_CLASSES:
            raise InputError(f"{stack.label} has more than {MOST_CLASSES} different values, so it is no class map.")
    if not found:
        raise InputError(f"{stack.label} holds nothing but nodata.")
    if min(found) < 0:
        raise InputError(
            f"{stack.label} has the value {min(found)}, which is no class id. If it stands for nodata, say so in the"
            " file (Raster ▸ Conversion ▸ Translate, nodata value)."
        )
    with rasterio.open(stack.parts[0].where) as dataset:
        try:
            colours = dataset.colormap(1)
        except ValueError:
            colours = {}
    return make_table(
        {"id": i, "name": f"Class {i}", "colour": "#{:02x}{:02x}{:02x}".format(*colours[i][:3]) if i in colours else ""}
        for i in sorted(found)
    )
