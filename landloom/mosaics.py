"""Many tiles as one raster: a folder or a tile index becomes a virtual mosaic (GDAL's VRT), held as text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn
from xml.etree import ElementTree

import numpy as np
import pyogrio
import rasterio
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import RasterioError

from .errors import InputError

RASTER_EXTENSIONS = (".tif", ".tiff", ".gtif", ".vrt", ".jp2", ".img")
INDEX_EXTENSIONS = (".gpkg", ".shp", ".geojson", ".fgb")
GDAL_TYPES = {
    "uint8": "Byte",
    "int8": "Int8",
    "uint16": "UInt16",
    "int16": "Int16",
    "uint32": "UInt32",
    "int32": "Int32",
    "float32": "Float32",
    "float64": "Float64",
}


def as_gdal_source(source: str | Path | Sequence[str]) -> str:
    """Return what GDAL opens for a source: the path itself, or the text of a VRT for a folder, a tile index or
    several tiles.
    """
    if not isinstance(source, (str, Path)):
        return build_vrt(list(source))
    text = str(source)
    if text.startswith("/vsi") and text.endswith("/"):
        names = pyogrio.vsi_listtree(text)
        return build_vrt(_some(sorted(n for n in names if n.lower().endswith(RASTER_EXTENSIONS)), text))
    path = Path(text.split("|")[0])
    if path.is_dir():
        tiles = sorted(str(p) for p in path.iterdir() if p.suffix.lower() in RASTER_EXTENSIONS)
        return build_vrt(_some(tiles, text))
    if path.suffix.lower() in INDEX_EXTENSIONS and path.is_file():
        return build_vrt(_tiles_of_index(path))
    return build_vrt([text]) if _has_false_alpha(text) else text


def _some(tiles: list[str], folder: str) -> list[str]:
    if not tiles:
        raise InputError(f"The folder {folder} holds no rasters ({', '.join(RASTER_EXTENSIONS)}).")
    return tiles


def data_bands(dataset: Any) -> list[int]:
    """The numbers of the bands that hold data: all but a mask stored as an alpha band."""
    return [i for i in dataset.indexes if dataset.colorinterp[i - 1] != ColorInterp.alpha or not _is_mask(dataset, i)]


def _is_mask(dataset: Any, index: int) -> bool:
    """Whether a band marked alpha is one. GDAL marks the fourth band of any RGB-like file so, near infrared
    too; a mask holds two values, 0 and the largest one, as a coarse look at the band shows.
    """
    rows, cols = min(dataset.height, 512), min(dataset.width, 512)
    values = np.unique(dataset.read(index, out_shape=(rows, cols)))
    return len(values) <= 2 and set(values.tolist()) <= {0, 1, 255, 65535}


def _has_false_alpha(path: str) -> bool:
    try:
        with rasterio.open(path) as dataset:
            alpha = [i for i in dataset.indexes if dataset.colorinterp[i - 1] == ColorInterp.alpha]
            return any(not _is_mask(dataset, i) for i in alpha)
    except RasterioError:
        return False  # whoever opens it for reading says what is wrong


def _tiles_of_index(path: Path) -> list[str]:
    table = pyogrio.read_dataframe(path, read_geometry=False)
    if "location" not in table:
        raise InputError(
            f"{path} is read as a tile index but has no field 'location'. Make one with Raster ▸ Miscellaneous ▸"
            " Tile Index, or give the rasters themselves."
        )
    locations = [str(value) for value in table["location"].dropna()]
    if not locations:
        raise InputError(f"The tile index {path} is empty.")
    # As GDAL does: a relative location is relative to the index.
    return [str(path.parent / p) if not p.startswith("/vsi") else p for p in locations]


def build_vrt(tiles: list[str]) -> str:
    """Return a VRT over tiles that share CRS, pixel size, pixel grid, bands and type; later tiles lie on top.

    Raises InputError with the first tile that does not fit and why.
    """
    first = _look(tiles[0])
    west, north = first["transform"].c, first["transform"].f
    dx, dy = first["transform"].a, first["transform"].e
    placed = []
    for tile in tiles:
        found = _look(tile)
        _refuse_other(first, found)
        col, row = (found["transform"].c - west) / dx, (found["transform"].f - north) / dy
        if abs(col - round(col)) > 1e-3 or abs(row - round(row)) > 1e-3:
            raise InputError(
                f"The tile {tile} lies between the pixels of {tiles[0]}. Resample it to the same grid first."
            )
        placed.append((found, round(col), round(row)))
    left, top = min(c for _, c, _ in placed), min(r for _, _, r in placed)
    right, bottom = max(c + f["width"] for f, c, _ in placed), max(r + f["height"] for f, _, r in placed)
    vrt = ElementTree.Element("VRTDataset", rasterXSize=str(right - left), rasterYSize=str(bottom - top))
    if first["crs"]:
        _add(vrt, "SRS", first["crs"].to_wkt(), dataAxisToSRSAxisMapping="2,1" if first["crs"].is_geographic else "1,2")
    _add(vrt, "GeoTransform", ", ".join(repr(v) for v in (west + left * dx, dx, 0.0, north + top * dy, 0.0, dy)))
    tiles_at = [(found, col - left, row - top) for found, col, row in placed]
    for position, band in enumerate(first["bands"], start=1):
        element = ElementTree.SubElement(
            vrt,
            "VRTRasterBand",
            dataType=GDAL_TYPES[band["dtype"]],
            band=str(position),
            blockXSize=str(first["block"][1]),
            blockYSize=str(first["block"][0]),
        )
        if band["description"]:
            _add(element, "Description", band["description"])
        if band["nodata"] is not None:
            _add(element, "NoDataValue", repr(band["nodata"]))
        _add(element, "Offset", repr(band["offset"]))
        _add(element, "Scale", repr(band["scale"]))
        _add_sources(element, [(f, f["bands"][position - 1]["nodata"], c, r) for f, c, r in tiles_at], band["index"])
    if any(found["masked"] or (len(tiles) > 1 and found["bands"][0]["nodata"] is None) for found, _, _ in placed):
        # Without a nodata value the gaps between tiles could not be told from pixels that are 0.
        mask = ElementTree.SubElement(ElementTree.SubElement(vrt, "MaskBand"), "VRTRasterBand", dataType="Byte")
        _add_sources(mask, [(found, None, col, row) for found, col, row in tiles_at], None)
    return ElementTree.tostring(vrt, encoding="unicode")


def _add_sources(band: ElementTree.Element, tiles_at: list, index: int | None) -> None:
    """Place the tiles' bands `index`, or their masks where it is None."""
    for found, nodata, col, row in tiles_at:
        everywhere = index is None and found["false_alpha"]
        source = ElementTree.SubElement(band, "SimpleSource" if nodata is None and not everywhere else "ComplexSource")
        _add(source, "SourceFilename", found["path"], relativeToVRT="0")
        _add(source, "SourceBand", str(index) if index else "1" if everywhere else "mask,1")
        size = {"xSize": str(found["width"]), "ySize": str(found["height"])}
        ElementTree.SubElement(source, "SrcRect", {"xOff": "0", "yOff": "0", **size})
        ElementTree.SubElement(source, "DstRect", {"xOff": str(col), "yOff": str(row), **size})
        if everywhere:
            _add(source, "ScaleOffset", "255")
            _add(source, "ScaleRatio", "0")
        elif nodata is not None:
            _add(source, "NODATA", repr(nodata))


def _add(parent: ElementTree.Element, tag: str, text: str, **attributes: str) -> None:
    ElementTree.SubElement(parent, tag, attributes).text = text


def _look(tile: str) -> dict:
    try:
        with rasterio.open(tile) as d:
            indexes = data_bands(d)
            false_alpha = len(indexes) == d.count and ColorInterp.alpha in d.colorinterp
            bands = [
                {
                    "index": i,
                    "dtype": d.dtypes[i - 1],
                    "description": d.descriptions[i - 1],
                    "nodata": d.nodatavals[i - 1],
                    "scale": d.scales[i - 1],
                    "offset": d.offsets[i - 1],
                }
                for i in indexes
            ]
            if not bands:
                raise InputError(f"The tile {tile} has no raster bands. Remove it from the folder or the index.")
            return {
                "path": tile if tile.startswith("/vsi") else str(Path(tile).resolve()),
                "crs": d.crs,
                "transform": d.transform,
                "width": d.width,
                "height": d.height,
                "bands": bands,
                "block": d.block_shapes[0],
                "false_alpha": false_alpha,
                "masked": not false_alpha and any(MaskFlags.per_dataset in f for f in d.mask_flag_enums),
            }
    except RasterioError as error:
        raise InputError(
            f"The tile {tile} cannot be opened: {error}. Remove it from the folder or the index."
        ) from None


def _refuse_other(first: dict, other: dict) -> None:
    t, o = first["transform"], other["transform"]
    if first["crs"] != other["crs"]:
        _refuse("the coordinate reference system", first, other, first["crs"], other["crs"])
    if len(first["bands"]) != len(other["bands"]):
        _refuse("the number of bands", first, other, len(first["bands"]), len(other["bands"]))
    for a, b in zip(first["bands"], other["bands"], strict=True):
        for what in ("dtype", "description", "scale", "offset"):
            if a[what] != b[what]:
                _refuse(f"the {what} of band {a['index']}", first, other, a[what], b[what])
    if t.b or t.d or o.b or o.d:
        raise InputError(f"The tile {other['path']} is rotated. Warp it to a north-up grid first.")
    if abs(t.a - o.a) > 1e-6 * abs(t.a) or abs(t.e - o.e) > 1e-6 * abs(t.e):
        raise InputError(f"The pixel size of {other['path']} is {o.a} × {-o.e}, of {first['path']} {t.a} × {-t.e}.")


def _refuse(what: str, first: dict, other: dict, expected: object, found: object) -> NoReturn:
    raise InputError(
        f"The tiles do not fit together: {what} of {other['path']} is {found}, of {first['path']} {expected}."
        " Give tiles of one product and one projection, or put each into a mosaic of its own."
    )
