"""What of which class a pixel is, for tiles: from a label raster, or from polygons."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, Protocol

import geopandas as gpd
import numpy as np
import shapely
from rasterio.windows import Window

from .. import maps, rasters, samples, styles, vrt, windows
from ..classes import ClassTable, make_table
from ..errors import InputError
from ..grids import Grid
from ..rasters import Stack
from ..vectors import Labelled
from . import attributes

# So many pixels are looked at at once.
SCANNED_PIXELS = 512 * 512


class Labelling(NamedTuple):
    """Class ids of a window (h, w), `classes.nodata` where there is none; and why pixels that are labelled have none.

    `refused` (h, w) is where two classes claim a pixel, or its value is no class.
    """

    ids: np.ndarray
    refused: np.ndarray


class Labels(Protocol):
    """A source of labels on the image's grid."""

    @property
    def classes(self) -> ClassTable:
        """All classes that a pixel may have."""
        ...

    @property
    def refusal(self) -> str:
        """Why `refused` pixels have no class, in words."""
        ...

    def touch(self, outlines: np.ndarray) -> np.ndarray:
        """Which of some outlines in the grid's CRS (n,) may hold labels."""
        ...

    def read(self, window: Window) -> Labelling:
        """Read a window of the image's grid."""
        ...

    def close(self) -> None:
        """Close what is open."""
        ...


@dataclass(frozen=True)
class RasterLabels:
    """A raster of class ids, brought to the image's grid by the nearest pixel."""

    stack: Stack
    classes: ClassTable
    unlabelled: int | None
    extent: shapely.Geometry
    refusal: str = "with a value that is no class"

    def touch(self, outlines: np.ndarray) -> np.ndarray:
        """Those that lie on the label raster."""
        return shapely.intersects(outlines, self.extent)

    def read(self, window: Window) -> Labelling:
        """Pixels whose value is no class have none."""
        values, valid = self.stack.read(window)
        known = valid & np.isin(values[0], self.classes.ids)
        ids = np.where(known, values[0], self.classes.nodata).astype(self.classes.dtype)
        refused = valid & ~known
        return Labelling(ids, refused if self.unlabelled is None else refused & (values[0] != self.unlabelled))

    def close(self) -> None:
        """Close the raster."""
        self.stack.close()


@dataclass(frozen=True)
class PolygonLabels:
    """Polygons with a class each: a pixel whose centre lies in one has its class; under two classes it has none."""

    table: gpd.GeoDataFrame
    classes: ClassTable
    grid: Grid
    all_touched: bool = False
    refusal: str = "under polygons of two classes"
    _tree: shapely.STRtree = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_tree", shapely.STRtree(self.table.geometry.to_numpy()))

    def touch(self, outlines: np.ndarray) -> np.ndarray:
        """Those that a polygon meets."""
        found = np.zeros(len(outlines), bool)
        found[self._tree.query(outlines, predicate="intersects")[0]] = True
        return found

    def read(self, window: Window) -> Labelling:
        """Burn the polygons one by one, so that it shows where two meet."""
        nodata = self.classes.nodata
        ids = np.full((window.height, window.width), nodata, self.classes.dtype)
        clash = np.zeros(ids.shape, bool)
        for place in np.sort(self._tree.query(shapely.box(*self.grid.bounds(window)))).tolist():
            part, burnt = samples.burn(self.grid, window, self.table.geometry.iat[place], self.all_touched)
            top, left = part.row_off - window.row_off, part.col_off - window.col_off
            here = slice(top, top + part.height), slice(left, left + part.width)
            class_id = self.table["class_id"].iat[place]
            clash[here] |= burnt & (ids[here] != nodata) & (ids[here] != class_id)
            ids[here][burnt] = class_id
        ids[clash] = nodata
        return Labelling(ids, clash)

    def close(self) -> None:
        """Nothing is open."""


def of_raster(
    image: Stack,
    first: object,
    raster: str,
    label: str,
    scratch: Path,
    given: ClassTable | None = None,
    unlabelled: int | None = None,
    ordinal: bool = False,
) -> RasterLabels:
    """Open a label raster.

    Args:
        image: gives the grid.
        first: the image's first source, as `rasters.open_stack` takes it.
        raster: the path; `label` is what the user calls it.
        scratch: folder for intermediate files.
        given: the classes; other values have none. Else they come from the raster's tags, attribute table, category
            names or colour table, else from its values.
        unlabelled: a value that stands for no class.
        ordinal: whether classes without colours get a ramp.

    Raises InputError for a raster of numbers that are no classes, or elsewhere than the image.
    """
    opened = rasters.open_stack([raster], "nearest", [label])
    opened = opened.select(opened.names[:1])
    both = rasters.open_stack([first, raster], "nearest", [image.label, label])  # type: ignore[list-item]
    stack = replace(both, parts=opened.parts)
    classes = given
    if classes is None:
        classes = make_table(c for c in _own_classes(opened, raster, label, scratch) if c.id != unlabelled)
    if not len(classes):
        raise InputError(f"{label} holds no class but {unlabelled}, which stands for none.")
    extent = vrt.overlap(opened.grid, image.grid)
    return RasterLabels(stack, _coloured(classes, ordinal), unlabelled, extent)


def _own_classes(stack: Stack, raster: str, label: str, scratch: Path) -> ClassTable:
    """The classes that a label raster itself tells of."""
    if stack.dtype.kind == "f":  # as calculators and rasterizing tools leave class ids
        classes = _whole_numbers(stack)
    else:
        opened = maps.open_map(raster, label)
        if opened.named:
            return opened.classes
        classes = opened.classes
    return _named(classes, attributes.read_names(stack.parts[0].where, scratch))


def _whole_numbers(stack: Stack) -> ClassTable:
    """The classes of a raster of floating-point numbers that are class ids nevertheless."""
    found: set[float] = set()
    for window in windows.plan(stack.grid.height, stack.grid.width, 512, SCANNED_PIXELS):
        values, valid = stack.read(window)
        found |= set(np.unique(values[0][valid]).tolist())
        if len(found) > maps.MOST_CLASSES or any(v < 0 or not v.is_integer() for v in found):
            raise InputError(
                f"{stack.label} holds {stack.dtype} numbers that are no class ids, such as"
                f" {next((v for v in sorted(found) if v < 0 or not v.is_integer()), max(found)):g}. Choose a classified"
                " raster, or name the classes in CLASSES."
            )
    if not found:
        raise InputError(f"{stack.label} holds nothing but nodata.")
    return make_table({"id": int(i), "name": f"Class {int(i)}"} for i in sorted(found))


def of_polygons(labelled: Labelled, grid: Grid, all_touched: bool = False, ordinal: bool = False) -> PolygonLabels:
    """Labels from polygons in the grid's CRS."""
    return PolygonLabels(labelled.table, _coloured(labelled.classes, ordinal), grid, all_touched)


def _named(classes: ClassTable, names: dict[int, tuple[str, str]]) -> ClassTable:
    """Names by value; two values of one name keep their number."""
    shared = [name for name, _ in names.values()]
    found = []
    for c in classes:
        name, colour = names.get(c.id, (c.name, ""))
        found.append(
            {"id": c.id, "name": name if shared.count(name) < 2 else f"{name} ({c.id})", "colour": colour or c.colour}
        )
    return make_table(found)


def _coloured(classes: ClassTable, ordinal: bool) -> ClassTable:
    """The classes, ordered ones in a ramp from light to dark where nobody has chosen colours for them."""
    chosen = [c.colour for c in make_table(replace(c, colour="") for c in classes)] != [c.colour for c in classes]
    if not ordinal or chosen:
        return classes
    colours = ramp(len(classes))
    return make_table(replace(c, colour=colour) for c, colour in zip(classes, colours, strict=True))


def ramp(number: int) -> list[str]:
    """Colours for ordered classes, the lowest light and the highest dark (viridis)."""
    stops = np.array([tuple(bytes.fromhex(c[1:])) for c in reversed(styles.VIRIDIS)], float)
    places = np.linspace(0, len(stops) - 1, max(number, 2))[:number]
    channels = [np.interp(places, np.arange(len(stops)), stops[:, i]) for i in range(3)]
    return ["#{:02x}{:02x}{:02x}".format(*(round(float(v)) for v in rgb)) for rgb in zip(*channels, strict=True)]
