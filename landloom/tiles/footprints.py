"""Tiles and blocks as polygon layers."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from .. import layers, styles
from ..errors import InputError
from ..patches.pictures import PART_COLOURS, PART_LABELS
from . import folder
from .dataset import AGAIN, TileSet, share_column


def write_tiles(path: str | Path, tiles: TileSet) -> None:
    """Write the tiles that were cut, styled by part, with the share of each class."""
    table = tiles.table[tiles.table["origin"] == "cut"]
    columns = ["tile_id", "part", "block", "row", "col", "valid_share", "labelled_share"]
    frame = table[[*columns, *(share_column(i) for i in tiles.classes.ids)]]
    shapes = tiles.grid.squares(table["row"].to_numpy(), table["col"].to_numpy(), tiles.size)
    layer = gpd.GeoDataFrame(frame, geometry=shapes, crs=_crs(tiles))
    layers.write(path, layer, "tiles", "Polygon", _style())


def write_blocks(path: str | Path, tiles: TileSet) -> None:
    """Write the blocks of the split, styled by part."""
    layers.write(path, read_blocks(tiles), "blocks", "Polygon", _style())


def read_blocks(tiles: TileSet) -> gpd.GeoDataFrame:
    """The blocks of a data set with their part (empty where they have no tiles), number of tiles and outline."""
    path = tiles.folder / folder.BLOCKS
    try:
        table = pd.read_csv(path, dtype={"block": str, "part": str}, keep_default_na=False)
        outlines = gpd.GeoSeries.from_wkt(table.pop("outline"))
    except (OSError, ValueError, KeyError, shapely.GEOSException) as error:
        raise InputError(f"{path} cannot be read: {str(error).rstrip('.')}. {AGAIN}") from None
    return gpd.GeoDataFrame(table, geometry=outlines.to_numpy(), crs=_crs(tiles))


def _style() -> str:
    return styles.polygons_by("part", [(part, PART_LABELS[part], colour) for part, colour in PART_COLOURS.items()])


def _crs(tiles: TileSet) -> str | None:
    return tiles.grid.crs.to_wkt() if tiles.grid.crs else None
