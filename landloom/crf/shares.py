"""Rasters of probabilities: a band a class, as `predict` writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rasterio.windows import Window

from .. import classes as class_tables
from .. import cog, rasters, vrt
from ..classes import ClassTable
from ..cog import Layout
from ..errors import InputError, ParameterError
from ..probabilities import as_shares, encoding
from ..rasters import Stack

# Percents are rounded: 0 stands for anything below this. Of floats, zero counts as the second.
LOWEST_OF_PERCENT, LOWEST_OF_FLOAT = 0.005, 1e-5


@dataclass(frozen=True)
class Shares:
    """A raster of probabilities: band k is the class `classes.ids[order[k]]`."""

    stack: Stack
    classes: ClassTable
    order: tuple[int, ...]

    @property
    def percent(self) -> bool:
        """Whether it holds whole percents, else numbers from 0 to 1."""
        return self.stack.dtype.kind in "iu"

    @property
    def lowest(self) -> float:
        """The least probability that can be told from none."""
        return LOWEST_OF_PERCENT if self.percent else LOWEST_OF_FLOAT

    def read(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities of a window, float32 (classes, h, w) in the order of the class table, and where they are known.

        Raises InputError for what is no probability.
        """
        values, valid = self.stack.read(window)
        shares = np.zeros(values.shape, np.float32)
        for place, band in zip(self.order, values, strict=True):
            shares[place][valid] = as_shares(band[valid], self.percent, self.stack.label)
        return shares, valid

    def layouts(self, probabilities: bool) -> dict[str, Layout]:
        """What the map, and the refined probabilities in the encoding of the given ones, look like."""
        result = {"map": Layout(self.classes.dtype, ("class",), self.classes.nodata, self.classes)}
        if probabilities:
            dtype, nodata, unit = encoding(self.percent)
            names = tuple(self.classes.names)
            result["probabilities"] = Layout(dtype, names, nodata, unit=unit, band_classes=self.classes)
        return result


def open_shares(path: str, label: str | None, classes: str | None) -> Shares:
    """Open a raster of probabilities.

    Args:
        path: of the raster.
        label: what the user calls it.
        classes: a class table as `classes.parse` takes it; None where the raster knows its classes.

    Raises InputError for a raster that holds no probabilities, ParameterError for classes that do not fit it.
    """
    label = label or path
    stack = rasters.open_stack([path], "nearest", [label])
    where = stack.parts[0].where
    if cog.read_classes(where) is not None or len(stack.bands) == 1:
        raise InputError(
            f"{label} {'is a class map' if cog.read_classes(where) else 'has one band'}. Choose the probabilities,"
            " which have a band for each class: Map with a model writes them beside the map."
        )
    if len({band.dtype for band in stack.bands}) > 1 or stack.dtype.kind not in "iuf":
        raise InputError(f"The bands of {label} have different types. Probabilities are all percents or all floats.")
    table = class_tables.parse(classes) if classes else cog.read_band_classes(where)
    if table is None:
        raise ParameterError(
            f"{label} does not say which class each band is for: its bands are {', '.join(stack.names)}. Give the"
            " classes in CLASSES as id:name, one a band."
        )
    return Shares(stack, table, _order(stack.names, table, label))


def _order(bands: Sequence[str], table: ClassTable, label: str) -> tuple[int, ...]:
    """The place in the class table of each band: by name where all of them are classes' names, else one by one."""
    if len(bands) != len(table):
        raise ParameterError(
            f"{label} has {len(bands)} bands ({', '.join(bands)}), the class table has {len(table)} classes"
            f" ({', '.join(table.names)}). Give a class for each band in CLASSES."
        )
    # The prefix is what a stack gives a band that is called like a column of a sample table.
    names = [band if band in table.names else band.removeprefix("r1_") for band in bands]
    if set(names) == set(table.names):
        return tuple(table.names.index(name) for name in names)
    return tuple(range(len(bands)))


def placed(image: Stack, shares: Shares) -> Stack:
    """The image on the grid of the probabilities; resampled as it is read where it has another one.

    Raises InputError where they do not overlap, or only one of them has a CRS.
    """
    grid, label = shares.stack.grid, shares.stack.label
    if (image.grid.crs is None) != (grid.crs is None):
        without, other = (image.label, label) if image.grid.crs is None else (label, image.label)
        raise InputError(
            f"{without} has no coordinate reference system, so it is not known where it lies on {other}. Assign one"
            " (Raster ▸ Projections ▸ Assign Projection)."
        )
    if not vrt.overlap(image.grid, grid).area:
        raise InputError(
            f"{image.label} does not overlap {label}. Choose the image that the probabilities were made from, and check"
            " that both have the right coordinate reference system."
        )
    return Stack(grid, image.parts, image.resampling)
