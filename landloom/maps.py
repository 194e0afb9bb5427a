"""Opening class maps: Landloom's own, and those of other programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.windows import Window

from . import areas, attributes, cog, rasters, vrt, windows
from .classes import ClassTable, make_table
from .errors import InputError
from .grids import Grid
from .probabilities import as_shares
from .rasters import Stack

# More different values than this are no classes but measurements.
MOST_CLASSES = 1000
# So many pixels' probabilities are looked at at once.
PIXELS_AT_ONCE = 2**16


@dataclass(frozen=True)
class ClassMap:
    """A raster of class ids: its first band, and the classes that its pixels stand for.

    `named` tells whether the file names all of its classes, else they are those of the pixels' values.
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
        return self.named_by(other.classes) if other.named else self

    def named_by(self, table: ClassTable) -> ClassMap:
        """The map with the names and colours of a table, by id, where it has none of its own."""
        if self.named:
            return self
        known = {c.id: c for c in table}
        return replace(self, classes=make_table(known.get(c.id, c) for c in self.classes))


def open_map(path: str | Path, label: str | None = None, no_class: int | None = None) -> ClassMap:
    """Open a map; its classes come from Landloom's tags, else from the pixels' values, with names and colours of an
    attribute table, category names or a colour table.

    Floating-point numbers will do where all are whole, as calculators and rasterizing tools leave class ids. The value
    `no_class` stands for none. Raises InputError for a raster that holds no classes.
    """
    label = label or str(path)
    stack = _first_bands(rasters.open_stack([path], "nearest", [label]))
    where = stack.parts[0].where
    stored = cog.read_classes(where)
    if stored:
        stored = make_table(c for c in stored if c.id != no_class)
        return ClassMap(str(path), label, stack, stored, True)
    names, colours = attributes.read_names(where), _colours(where)
    ids = [i for i in _values(stack) if i != no_class]
    table = make_table(
        {"id": i, "name": name, "colour": colour or colours.get(i, "")}
        for i in ids
        for name, colour in [names.get(i, (f"Class {i}", ""))]
    )
    return ClassMap(str(path), label, stack, table, all(i in names for i in ids))


def side_by_side(*several: ClassMap) -> Stack:
    """Maps as bands on the first one's grid, the others brought to it by the nearest pixel.

    Raises InputError where they do not overlap, or only some of them have a CRS.
    """
    return _first_bands(rasters.open_stack([m.path for m in several], "nearest", [m.label for m in several]))


def together(several: Sequence[ClassMap]) -> ClassMap:
    """Maps as one of several bands on the first one's grid, with the classes of all.

    Raises InputError where a class has another number, or a number another class, in one of them.
    """
    table: dict[int, Any] = {}
    for one in several:
        numbers = {c.name: c.id for c in table.values()}
        for c in one.classes:
            known = table.setdefault(c.id, c)
            if numbers.get(c.name, c.id) != c.id:
                raise InputError(
                    f"The class {c.name} is {numbers[c.name]} in {several[0].label} and {c.id} in {one.label}. Give"
                    " both the same ids first (Processing ▸ Reclassify by table)."
                )
            if one.named and known.name != c.name and known.name != f"Class {c.id}":
                raise InputError(
                    f"The class {c.id} is {known.name} in {several[0].label} and {c.name} in {one.label}. Only maps"
                    " with the same classes can be compared; give them the same ids first (Processing ▸ Reclassify by"
                    " table)."
                )
            if one.named:
                table[c.id] = c
    label = ", ".join(one.label for one in several)
    named = any(one.named for one in several)
    return ClassMap(several[0].path, label, side_by_side(*several), make_table(table.values()), named)


@dataclass(frozen=True)
class Probabilities:
    """A raster with the probability of a class in each band; `ids` are the classes' ids in the order of the bands."""

    stack: Stack
    ids: tuple[int, ...]
    label: str

    def read(
        self, window: Window, row: np.ndarray, col: np.ndarray, ids: Sequence[int]
    ) -> Iterator[tuple[slice, np.ndarray]]:
        """The probabilities (classes, n), 0 to 1, of pixels of a window for these class ids, some pixels at a time.

        NaN where there is no data, 0 for a class without a band. Raises InputError for what is no probability.
        """
        values = self.stack.read_floats(window)
        percent = all(np.issubdtype(band.dtype, np.integer) for band in self.stack.bands)
        for start in range(0, len(row), PIXELS_AT_ONCE):
            part = slice(start, start + PIXELS_AT_ONCE)
            found = as_shares(values[:, row[part], col[part]].astype(np.float64), percent, self.label)
            result = np.zeros((len(ids), found.shape[1]))
            for place, class_id in enumerate(ids):
                if class_id in self.ids:
                    result[place] = found[self.ids.index(class_id)]
            result[:, np.isnan(found).any(axis=0)] = np.nan
            yield part, result


def open_probabilities(path: str, label: str | None, grid: Grid, classes: ClassTable) -> Probabilities:
    """Open a raster with a band a class, on a grid (by the nearest pixel where it has another one).

    A band is the class of its name or id. Raises InputError where a band is none of `classes`.
    """
    label = label or str(path)
    stack = rasters.open_stack([path], "nearest", [label])
    here = stack.grid
    if (here.crs is None) != (grid.crs is None) or not vrt.overlap(here, grid).area:
        raise InputError(
            f"{label} does not lie where the map lies. Choose the probabilities that were made with the map."
        )
    # The prefix is what a stack gives a band that is called like a column of a sample table.
    by_name = {name: c.id for c in classes for name in (str(c.id), f"Class {c.id}", f"r1_{c.name}", c.name)}
    strange = [name for name in stack.names if name not in by_name]
    ids = [by_name[name] for name in stack.names if name in by_name]
    if strange or len(set(ids)) < len(ids):
        raise InputError(
            f"The bands of {label} are {', '.join(stack.names)}, but must be called like the classes, which are"
            f" {', '.join(classes.names)}: one band each. Choose the probabilities that were made with the map."
        )
    return Probabilities(Stack(grid, stack.parts, "nearest"), tuple(ids), label)


def _first_bands(stack: Stack) -> Stack:
    """The first band of each source."""
    return replace(stack, parts=tuple(replace(p, bands=p.bands[:1], indexes=p.indexes[:1]) for p in stack.parts))


def _values(stack: Stack) -> list[int]:
    """The different values of a raster's pixels; raises InputError where they are no class ids."""
    found: set[float] = set()
    for window in windows.plan(stack.grid.height, stack.grid.width, 512, areas.WINDOW_PIXELS):
        values, valid = stack.read(window)
        found |= set(np.unique(values[0][valid]).tolist())
        broken = next((value for value in sorted(found) if value != int(value)), None)
        if broken is not None:
            raise InputError(
                f"{stack.label} holds {stack.dtype} numbers that are no class ids, such as {broken:g}. Choose a"
                " classified raster."
            )
        if len(found) > MOST_CLASSES:
            raise InputError(f"{stack.label} has more than {MOST_CLASSES} different values, so it is no class map.")
    if not found:
        raise InputError(f"{stack.label} holds nothing but nodata.")
    if min(found) < 0:
        raise InputError(
            f"{stack.label} has the value {min(found):g}, which is no class id. If it stands for nodata, say so in the"
            " file (Raster ▸ Conversion ▸ Translate, nodata value)."
        )
    return sorted(map(int, found))


def _colours(where: str) -> dict[int, str]:
    """The colour table of a raster's first band; empty where it has none."""
    with rasterio.open(where) as dataset:
        try:
            return {i: "#{:02x}{:02x}{:02x}".format(*colour[:3]) for i, colour in dataset.colormap(1).items()}
        except ValueError:
            return {}
