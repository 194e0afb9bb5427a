"""Many tiles as one raster: a folder, a tile index or a list of tiles becomes a virtual mosaic (GDAL's VRT)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn
from xml.etree.ElementTree import Element

import numpy as np
import pyogrio
import pyogrio.errors
import rasterio
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import RasterioError
from rasterio.windows import Window

from . import vrt
from .errors import InputError
from .grids import Grid
from .vectors import read_layer

RASTER_EXTENSIONS = (".tif", ".tiff", ".gtif", ".vrt", ".jp2", ".img")
INDEX_EXTENSIONS = (".gpkg", ".shp", ".geojson", ".fgb")
# Tiles opened at once, since over a network each takes a tenth of a second.
_OPENED_AT_ONCE = 8


@dataclass(frozen=True)
class Tiles:
    """Tiles that together are one source, whose bands are called by its `name`."""

    name: str
    paths: tuple[str, ...]


def as_gdal_source(source: str | Path | Sequence[str] | Tiles) -> str:
    """Return what GDAL opens for a source: the path itself, or the text of a VRT for a folder, a tile index or
    several tiles.
    """
    if isinstance(source, Tiles):
        return build_vrt(source.paths, source.name)
    if not isinstance(source, (str, Path)):
        return build_vrt(list(source))
    text = str(source)
    path = Path(text.split("|")[0])
    if text.startswith("/vsi") and (text.endswith("/") or not path.suffix):
        tiles = [name for name in listed(text) if name.rpartition("/")[0] == text.rstrip("/")]
        return build_vrt(_some(tiles, text))
    if path.is_dir():
        tiles = sorted(str(p) for p in path.iterdir() if p.suffix.lower() in RASTER_EXTENSIONS)
        return build_vrt(_some(tiles, text))
    if path.suffix.lower() in INDEX_EXTENSIONS and path.is_file() and _is_vector(path):
        return build_vrt(_tiles_of_index(text))
    # Whoever opens it may have another current folder.
    return str(path.absolute()) if path.is_file() else text


def listed(folder: str) -> list[str]:
    """The rasters in a folder of GDAL's (`/vsis3/…`, `/vsizip/…`) and the folders inside it.

    Raises InputError where the server gives a reason why it is out of reach.
    """
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            names = pyogrio.vsi_listtree(folder)
        except OSError:  # there is none
            names = []
    if told and not names:
        raise InputError(
            f"The folder {folder} cannot be listed: {told[0].message}. Check the path and the access keys."
        )
    return sorted(n for n in names if n.lower().endswith(RASTER_EXTENSIONS))


def _some(tiles: list[str], folder: str) -> list[str]:
    if not tiles:
        raise InputError(
            f"The folder {folder} holds no rasters ({', '.join(RASTER_EXTENSIONS)}), or is out of reach. Check the"
            " path; tiles in folders further down are not looked for."
        )
    return tiles


def _is_vector(path: Path) -> bool:
    """Whether a file has layers of features; a GeoPackage may hold a raster instead."""
    try:
        return len(pyogrio.list_layers(path)) > 0
    except pyogrio.errors.DataSourceError:
        return False


def _tiles_of_index(source: str) -> list[str]:
    table = read_layer(source)
    if "location" not in table:
        raise InputError(
            f"{source} is read as a tile index but has no field 'location'. Make one with Raster ▸ Miscellaneous ▸"
            " Tile Index, or give the rasters themselves."
        )
    folder = Path(source.split("|")[0]).absolute().parent
    locations = [str(value) for value in table["location"].dropna()]
    if not locations:
        raise InputError(f"The tile index {source} is empty.")
    # As GDAL does: a relative location is relative to the index.
    return [location if location.startswith("/vsi") else str(folder / location) for location in locations]


def alpha_band(dataset: Any) -> int | None:
    """The number of the band that is a mask rather than data, None where there is none.

    GDAL calls the fourth band of any RGB-like file alpha, near infrared too. A mask holds two values, 0 and the
    largest one, but for a few pixels along its edges.
    """
    called = [i for i in dataset.indexes if dataset.colorinterp[i - 1] == ColorInterp.alpha]
    return called[-1] if called and _is_mask(dataset, called[-1]) is not False else None


def _is_mask(dataset: Any, index: int) -> bool | None:
    """Whether a band looks like a mask: on a lattice of small windows, then as a whole from afar; None for all 0."""
    size = 64
    rows = np.linspace(0, max(dataset.height - size, 0), 4).astype(int).tolist()
    cols = np.linspace(0, max(dataset.width - size, 0), 4).astype(int).tolist()
    whole = Window(0, 0, dataset.width, dataset.height)
    spots = [Window(c, r, size, size).intersection(whole) for r in rows for c in cols]
    values = np.concatenate([dataset.read(index, window=spot).ravel() for spot in spots])
    if not values.any():
        values = dataset.read(index, out_shape=(min(dataset.height, 1024), min(dataset.width, 1024))).ravel()
    shown = values[values != 0]
    if not len(shown):
        return None
    return bool(np.isin(shown, (1, 255, 65535)).mean() > 0.9)


@dataclass(frozen=True)
class _TileBand:
    index: int
    dtype: str
    name: str | None
    nodata: float | None
    scale: float
    offset: float


@dataclass(frozen=True)
class _Tile:
    """What a mosaic must know of a tile. `alpha` is a band that GDAL calls so, mask or not."""

    path: str
    grid: Grid
    bands: tuple[_TileBand, ...]
    block: tuple[int, int]
    alpha: int | None
    masked: bool


def build_vrt(tiles: Sequence[str], name: str | None = None) -> str:
    """Return a VRT over tiles that share CRS, pixel size, pixel grid, bands and type; later tiles lie on top.

    With a `name` the one band is called so, several bands `name_1`, `name_2` …

    Raises InputError with the first tile that does not fit and why.
    """
    with ThreadPoolExecutor(_OPENED_AT_ONCE) as pool:
        found = list(pool.map(_look, tiles))
    found = _without_mask_band(found)
    if name is not None:  # whatever each tile calls its bands
        found = [replace(t, bands=tuple(replace(b, name=None) for b in t.bands)) for t in found]
    first = found[0]
    for tile in found:
        _refuse_other(first, tile)
    corners = np.array([_corner(first, tile) for tile in found])
    sizes = np.array([(tile.grid.width, tile.grid.height) for tile in found])
    left, top = corners.min(axis=0).tolist()
    right, bottom = (corners + sizes).max(axis=0).tolist()
    placed = [(tile, col - left, row - top) for tile, (col, row) in zip(found, corners.tolist(), strict=True)]
    whole = Window(left, top, right - left, bottom - top)
    root = vrt.dataset(Grid(bottom - top, right - left, first.grid.window_transform(whole), first.grid.crs))
    for position, band in enumerate(first.bands):
        element = vrt.add(
            root,
            "VRTRasterBand",
            dataType=vrt.TYPES[band.dtype],
            band=str(position + 1),
            blockXSize=str(first.block[1]),
            blockYSize=str(first.block[0]),
        )
        called = band.name if name is None else name if len(first.bands) == 1 else f"{name}_{position + 1}"
        if called:
            vrt.add(element, "Description", called)
        if band.nodata is not None:
            vrt.add(element, "NoDataValue", repr(band.nodata))
        vrt.add(element, "Offset", repr(band.offset))
        vrt.add(element, "Scale", repr(band.scale))
        for tile, col, row in placed:
            nodata = tile.bands[position].nodata
            source = _source(element, "SimpleSource" if nodata is None else "ComplexSource", tile, col, row, band.index)
            if nodata is not None:
                vrt.add(source, "NODATA", repr(nodata))
    if any(tile.masked or (len(found) > 1 and tile.bands[0].nodata is None) for tile in found):
        # Without a nodata value the gaps between tiles could not be told from pixels that are 0.
        mask = vrt.add(vrt.add(root, "MaskBand"), "VRTRasterBand", dataType="Byte")
        for tile, col, row in placed:
            _mask_source(mask, tile, col, row)
    return vrt.text(root)


def _source(band: Element, kind: str, tile: _Tile, col: int, row: int, index: int | str) -> Element:
    """Place a band of a tile."""
    source = vrt.add(band, kind)
    vrt.add(source, "SourceFilename", tile.path, relativeToVRT="0")
    vrt.add(source, "SourceBand", str(index))
    size = {"xSize": str(tile.grid.width), "ySize": str(tile.grid.height)}
    vrt.add(source, "SrcRect", xOff="0", yOff="0", **size)
    vrt.add(source, "DstRect", xOff=str(col), yOff=str(row), **size)
    return source


def _mask_source(mask: Element, tile: _Tile, col: int, row: int) -> None:
    if tile.alpha is None or tile.masked:
        _source(mask, "SimpleSource", tile, col, row, "mask,1")
        return
    # GDAL would take the band that is only called alpha for the mask: valid is the whole tile.
    everywhere = _source(mask, "ComplexSource", tile, col, row, 1)
    vrt.add(everywhere, "ScaleOffset", "255")
    vrt.add(everywhere, "ScaleRatio", "0")


def _look(path: str) -> _Tile:
    # GDAL would list the folder anew for each tile.
    quick = {} if path.startswith("/vsi") else {"GDAL_DISABLE_READDIR_ON_OPEN": "TRUE"}
    try:
        with rasterio.Env(**quick), rasterio.open(path) as d:
            if not d.count:
                raise InputError(f"The tile {path} has no raster bands. Remove it from the folder or the index.")
            other = [t for t in d.dtypes if t not in vrt.TYPES]
            if other:
                raise InputError(f"The tile {path} holds {other[0]} numbers. Convert the tiles to real numbers first.")
            bands = tuple(
                _TileBand(
                    i, d.dtypes[i - 1], d.descriptions[i - 1], d.nodatavals[i - 1], d.scales[i - 1], d.offsets[i - 1]
                )
                for i in d.indexes
            )
            alpha = [i for i in d.indexes if d.colorinterp[i - 1] == ColorInterp.alpha]
            return _Tile(
                path if path.startswith("/vsi") else str(Path(path).absolute()),
                Grid(d.height, d.width, d.transform, d.crs),
                bands,
                d.block_shapes[0],
                alpha[-1] if alpha else None,
                any(MaskFlags.per_dataset in flags for flags in d.mask_flag_enums),
            )
    except RasterioError as error:
        raise InputError(
            f"The tile {path} cannot be opened: {error}. Remove it from the folder or the index, or copy it again."
        ) from None


def _without_mask_band(tiles: list[_Tile]) -> list[_Tile]:
    """Take the alpha band out where it is a mask, in all tiles or in none: one tile may hold too little to tell."""
    suspects = [tile for tile in tiles if tile.alpha]
    is_mask = True
    for tile in suspects:
        with rasterio.open(tile.path) as dataset:
            verdict = _is_mask(dataset, tile.alpha or 0)
        if verdict is not None:
            is_mask = verdict
            break
    if not is_mask:
        return [replace(tile, masked=False) if tile.alpha else tile for tile in tiles]
    return [replace(tile, bands=tuple(b for b in tile.bands if b.index != tile.alpha)) for tile in tiles]


def _corner(first: _Tile, tile: _Tile) -> tuple[int, int]:
    """Column and row of a tile's corner, counted from the first tile's."""
    x, y = tile.grid.transform.c, tile.grid.transform.f
    col, row = (float(v) for v in first.grid.to_pixel(np.array(x), np.array(y)))
    if max(abs(col - round(col)), abs(row - round(row))) > 1e-3:
        raise InputError(
            f"The tile {tile.path} lies between the pixels of {first.path}. Resample it to the same grid first."
        )
    return round(col), round(row)


def _refuse_other(first: _Tile, other: _Tile) -> None:
    t, o = first.grid.transform, other.grid.transform
    if first.grid.crs != other.grid.crs:
        _refuse("the coordinate reference system", first, other, first.grid.crs, other.grid.crs)
    if len(first.bands) != len(other.bands):
        _refuse("the number of bands", first, other, len(first.bands), len(other.bands))
    for a, b in zip(first.bands, other.bands, strict=True):
        for what, mine, its in (
            ("type", a.dtype, b.dtype),
            ("name", a.name, b.name),
            ("scale", a.scale, b.scale),
            ("offset", a.offset, b.offset),
        ):
            if mine != its:
                _refuse(f"the {what} of band {a.index}", first, other, mine, its)
    if t.b or t.d or o.b or o.d:
        raise InputError(f"The tile {other.path} is rotated. Warp it to a north-up grid first.")
    if abs(t.a - o.a) > 1e-6 * abs(t.a) or abs(t.e - o.e) > 1e-6 * abs(t.e):
        _refuse("the pixel size", first, other, f"{t.a:g} × {-t.e:g}", f"{o.a:g} × {-o.e:g}")


def _refuse(what: str, first: _Tile, other: _Tile, expected: object, found: object) -> NoReturn:
    raise InputError(
        f"The tiles do not fit together: {what} of {other.path} is {found}, of {first.path} {expected}."
        " Give tiles of one product and one projection, or put each into a mosaic of its own."
    )
