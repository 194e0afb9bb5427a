"""GDAL's virtual rasters (VRT) as text, which GDAL opens like a file and which can be sent to another process."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
import pyproj
import rasterio.errors
import rasterio.warp
import shapely
from affine import Affine

from .grids import Grid

TYPES = {
    "uint8": "Byte",
    "int8": "Int8",
    "uint16": "UInt16",
    "int16": "Int16",
    "uint32": "UInt32",
    "int32": "Int32",
    "uint64": "UInt64",
    "int64": "Int64",
    "float32": "Float32",
    "float64": "Float64",
}
# A block is warped as a whole, whatever part of it is asked for.
_BLOCK = 256


def dataset(grid: Grid, **attributes: str) -> Element:
    """The root of a VRT: size, CRS and geotransform."""
    size = {"rasterXSize": str(grid.width), "rasterYSize": str(grid.height)}
    root = Element("VRTDataset", {**size, **attributes})
    if grid.crs:
        # Without a mapping of its axes, GDAL takes x as easting or longitude, whatever the authority's order is.
        add(root, "SRS", grid.crs.to_wkt())
    add(root, "GeoTransform", _numbers(grid.transform))
    return root


def add(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    """Append an element."""
    element = ElementTree.SubElement(parent, tag, attributes)
    element.text = text
    return element


def text(root: Element) -> str:
    """What GDAL opens."""
    return ElementTree.tostring(root, encoding="unicode")


def _numbers(transform: Affine) -> str:
    return ", ".join(repr(float(v)) for v in transform.to_gdal())


def warped(
    where: str,
    source: Grid,
    target: Grid,
    indexes: Sequence[int],
    dtype: str,
    nodata: float | None,
    alpha: int | None,
    resampling: str,
) -> str:
    """Bands of a source on another grid, resampled as they are read.

    Args:
        where: what GDAL opens for the source.
        source: its grid.
        target: the grid wanted.
        indexes: the numbers of the bands wanted.
        dtype: their type.
        nodata: their nodata value. Without one a further band tells where there is data: 0 where there is none.
        alpha: the number of the source's band that does so; None where it has none.
        resampling: nearest, bilinear, cubic or average.

    The result does not depend on the windows that are read: each pixel is transformed by itself (GDAL's usual
    approximation would be made window by window), and the scale, by which the kernels of bilinear and cubic widen
    where pixels become larger, is given rather than found anew for each window.
    """
    root = dataset(target, subClass="VRTWarpedDataset")
    for number in range(1, len(indexes) + 1):
        band = _warped_band(root, number, dtype)
        if nodata is not None:
            add(band, "NoDataValue", repr(float(nodata)))
    if nodata is None:
        add(_warped_band(root, len(indexes) + 1, dtype), "ColorInterp", "Alpha")
    add(root, "BlockXSize", str(_BLOCK))
    add(root, "BlockYSize", str(_BLOCK))
    options = add(root, "GDALWarpOptions")
    add(options, "ResampleAlg", {"nearest": "NearestNeighbour"}.get(resampling, resampling.capitalize()))
    across, down = _scale(source, target)
    chosen = {
        "INIT_DEST": "0" if nodata is None else "NO_DATA",
        # Each band's nodata for itself: else one band's nodata value would be mixed into its neighbours wherever
        # another band has data.
        "UNIFIED_SRC_NODATA": "NO",
        "ERROR_OUT_IF_EMPTY_SOURCE_WINDOW": "FALSE",
        "XSCALE": repr(across),
        "YSCALE": repr(down),
        "DST_ALPHA_MAX": "127" if dtype == "int8" else "255",
    }
    for name, value in chosen.items():
        add(options, "Option", value, name=name)
    add(options, "SourceDataset", where, relativeToVRT="0")
    _transformer(add(options, "Transformer"), source, target)
    mapping = add(options, "BandList")
    for number, index in enumerate(indexes, start=1):
        band = add(mapping, "BandMapping", src=str(index), dst=str(number))
        if nodata is not None:
            for side in ("Src", "Dst"):
                add(band, f"{side}NoDataReal", repr(float(nodata)))
                add(band, f"{side}NoDataImag", "0")
    if alpha is not None:
        add(options, "SrcAlphaBand", str(alpha))
    if nodata is None:
        add(options, "DstAlphaBand", str(len(indexes) + 1))
    return text(root)


def _warped_band(root: Element, number: int, dtype: str) -> Element:
    return add(root, "VRTRasterBand", dataType=TYPES[dtype], band=str(number), subClass="VRTWarpedRasterBand")


def _transformer(parent: Element, source: Grid, target: Grid) -> None:
    element = add(parent, "GenImgProjTransformer")
    for side, grid in (("Src", source), ("Dst", target)):
        add(element, f"{side}GeoTransform", _numbers(grid.transform))
        add(element, f"{side}InvGeoTransform", _numbers(~grid.transform))
    if source.crs == target.crs:
        return
    assert source.crs and target.crs
    reprojection = add(add(element, "ReprojectTransformer"), "ReprojectionTransformer")
    add(reprojection, "SourceSRS", source.crs.to_wkt())
    add(reprojection, "TargetSRS", target.crs.to_wkt())
    area = _bounds(source, "EPSG:4326")
    if area is not None:  # by which PROJ chooses among several transformations between two datums
        add(add(reprojection, "Options"), "Option", ",".join(map(repr, area.bounds)), key="AREA_OF_INTEREST")


def overlap(source: Grid, target: Grid) -> shapely.Geometry:
    """Where two grids overlap, as a box in the CRS of `target`; empty where they do not."""
    frame = shapely.box(*target.bounds())
    found = shapely.box(*source.bounds()) if source.crs == target.crs else _bounds(source, target.crs)
    # Where the source goes beyond what the target's CRS can show, it may cover any part of the target.
    return frame if found is None else frame.intersection(found)


def _bounds(grid: Grid, crs: object) -> shapely.Geometry | None:
    """The box around a grid in another CRS; None where that cannot be said."""
    try:
        box = rasterio.warp.transform_bounds(grid.crs, crs, *grid.bounds())
    except rasterio.errors.RasterioError:
        return None
    return shapely.box(*box) if np.isfinite(box).all() and box[0] < box[2] else None


def _scale(source: Grid, target: Grid) -> tuple[float, float]:
    """Pixels of the target a pixel of the source, across and down, in the middle of where they overlap."""
    middle = overlap(source, target).centroid
    if middle.is_empty:
        return 1.0, 1.0
    col, row = target.to_pixel(np.array(middle.x), np.array(middle.y))
    x, y = target.to_map(col + np.array([-0.5, 0.5, 0, 0]), row + np.array([0, 0, -0.5, 0.5]))
    if source.crs and target.crs and source.crs != target.crs:
        there = pyproj.Transformer.from_crs(target.crs.to_wkt(), source.crs.to_wkt(), always_xy=True)
        x, y = there.transform(x, y)
    across, down = (abs(p[1] - p[0]) + abs(p[3] - p[2]) for p in source.to_pixel(x, y))
    return (float(1 / across), float(1 / down)) if np.isfinite([across, down]).all() else (1.0, 1.0)
