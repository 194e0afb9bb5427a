"""What of which class a pixel is, for tiles: from a label raster, or from polygons."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from rasterio.enums import ColorInterp
from rasterio.windows import Window

from .. import maps, rasters, samples, styles, vrt
from ..classes import ClassTable, make_table
from ..errors import InputError, ParameterError
from ..grids import Grid
from ..rasters import Stack
from ..vectors import Labelled


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
    given: ClassTable | None = None,
    unlabelled: int | None = None,
    ordinal: bool = False,
) -> RasterLabels:
    """Open a label raster.

    Args:
        image: gives the grid.
        first: the image's first source, as `rasters.open_stack` takes it.
        raster: the path; `label` is what the user calls it.
        given: the classes; other values have none. Else they come from the raster's tags, attribute table, category
            names or colour table, else from its values.
        unlabelled: a value that stands for no class.
        ordinal: whether classes without colours get a ramp.

    Raises InputError for a raster of numbers that are no classes, or elsewhere than the image, ParameterError where the
    value without class is one of the classes that are given.
    """
    if given is not None and unlabelled in given.ids:
        raise ParameterError(
            f"UNLABELLED is {unlabelled}, which CLASSES names as the class {given.name_of(unlabelled)}. Leave it out of"
            " one of the two."
        )
    opened = rasters.open_stack([raster], "nearest", [label])
    _refuse_unplaced(opened, image)
    if given is None:
        _refuse_photograph(opened)
    opened = opened.select(opened.names[:1])
    both = rasters.open_stack([first, raster], "nearest", [image.label, label])  # type: ignore[list-item]
    stack = replace(both, parts=opened.parts)
    classes = maps.open_map(raster, label, unlabelled).classes if given is None else given
    if not len(classes):
        raise InputError(f"{label} holds no class but {unlabelled}, which stands for none.")
    extent = vrt.overlap(opened.grid, image.grid)
    return RasterLabels(stack, _coloured(classes, ordinal), unlabelled, extent)


def _refuse_unplaced(labels: Stack, image: Stack) -> None:
    """Refuse a picture that nobody has said the place of, such as a PNG, where the image has one."""
    grid = labels.grid
    if grid.crs is not None or not grid.transform.is_identity or image.grid.transform.is_identity:
        return
    remedy = "Georeference it first (Layer ▸ Georeferencer)."
    if (grid.height, grid.width) == (image.grid.height, image.grid.width) and image.grid.transform.is_rectilinear:
        west, south, east, north = image.grid.bounds()
        epsg = image.grid.crs.to_epsg() if image.grid.crs else None
        crs = f"-a_srs EPSG:{epsg} " if epsg else ""
        remedy = (
            "It has as many rows and columns as the image. If it lies on it pixel by pixel, say so with Raster ▸"
            f" Conversion ▸ Translate, additional parameters {crs}-a_ullr {west!r} {north!r} {east!r} {south!r}"
        )
    raise InputError(f"{labels.label} does not say where on the ground it lies. {remedy}")


def _refuse_photograph(labels: Stack) -> None:
    """Refuse colours for people to see: the red of a class is no class id."""
    with rasterio.open(labels.parts[0].where) as dataset:
        meanings = [dataset.colorinterp[i - 1] for i in labels.parts[0].indexes[:3]]
    if meanings == [ColorInterp.red, ColorInterp.green, ColorInterp.blue]:
        raise InputError(
            f"{labels.label} holds colours (red, green, blue), not class ids. Choose a classified raster of one band."
            " If its first band does hold class ids, name the classes in CLASSES."
        )


def of_polygons(labelled: Labelled, grid: Grid, all_touched: bool = False, ordinal: bool = False) -> PolygonLabels:
    """Labels from polygons in the grid's CRS."""
    return PolygonLabels(labelled.table, _coloured(labelled.classes, ordinal), grid, all_touched)


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
