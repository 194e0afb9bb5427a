"""From tiles that were cut to a data set: its parts, its table, its statistics, its configuration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely

from .. import samples, vectors
from ..classes import ClassTable
from ..errors import InputError
from ..folders import grid_as_dict
from ..grids import Grid
from . import dealing, folder, moments, pictures, summary
from .cutting import FEW_DATA, FEW_LABELS, Cut, Cutter, tile_name
from .dataset import CONFIG, FORMAT, PARTS, TABLE, TileSet, open_tiles, share_column
from .lattice import Lattice

# So much ground, as a share of a pixel, may areas of two parts have in common: what is left of drawing along one line.
COMMON_GROUND = 1e-3


def read_areas(layer: str, field: str, label: str, grid: Grid) -> dict[str, shapely.Geometry]:
    """The areas of the parts from a polygon layer whose field says train, val or test; in the grid's CRS.

    Raises InputError for other words, and for areas of two parts that overlap.
    """
    table = vectors.read_layer(layer, [field], label)
    vectors.refuse_geometries(table, label, ("Polygon",))
    table = vectors.in_crs(table, label, grid.crs)
    words = table[field].fillna("").astype(str).str.strip().str.lower()
    other = sorted(set(words) - set(PARTS))
    if other or not len(table):
        wrong = f"holds '{other[0]}'" if other else "is of a layer without polygons"
        raise InputError(f"The field '{field}' of {label} {wrong}. Its values must be train, val or test.")
    areas = {}
    for part in PARTS:
        shapes = [vectors.polygonal(shapely.make_valid(g)) for g in table.geometry[words == part] if g is not None]
        if shapes:
            areas[part] = shapely.union_all(shapes)
    if "train" not in areas:
        raise InputError(f"{label} has no polygon with the value train in the field '{field}'. Draw one.")
    pixel = grid.pixel_size[0] * grid.pixel_size[1]
    for first, second in (("train", "val"), ("train", "test"), ("val", "test")):
        if first in areas and second in areas and areas[first].intersection(areas[second]).area > COMMON_GROUND * pixel:
            raise InputError(
                f"Polygons of {label} with the values {first} and {second} in the field '{field}' overlap, so that"
                " pixels would be in both parts. Draw them side by side."
            )
    return areas


def explain_nothing(cutter: Cutter, cut: Cut, names: list[str]) -> InputError:
    """Why no tile is left, in words; `names` are those of all bands of the image, by which they are numbered."""
    stack = cutter.stack
    if cut.has_data is not None and cut.has_data.any() and not cut.has_data.all():
        left, empty = (
            [name for name, has in zip(stack.names, cut.has_data.tolist(), strict=True) if has == wanted]
            for wanted in (True, False)
        )
        shown, kept = (samples.as_ranges(sorted(names.index(name) + 1 for name in found)) for found in (empty, left))
        return InputError(
            f"No tile has data in all bands: {len(empty)} bands ({shown}) hold nothing else than nodata. Leave them out"
            f" with BANDS={kept}."
        )
    if cut.left_out[FEW_DATA] and cut.has_data is not None and not cut.has_data.any():
        return InputError(
            f"{stack.label} holds nothing but nodata where the labels are. Check that it is the right image, and that"
            " its nodata value is right (Layer Properties ▸ Transparency)."
        )
    reasons = ", ".join(f"{reason}: {number:,}" for reason, number in cut.left_out.items() if number)
    if cut.left_out[FEW_LABELS]:
        remedy = "Lower MINIMUM_LABELLED, or choose smaller tiles"
    elif cut.left_out[FEW_DATA]:
        remedy = "Lower MINIMUM_VALID, or choose smaller tiles"
    else:
        remedy = "Check that labels and image show the same place, and that the image has data there"
    return InputError(f"No tile is left ({reasons}). {remedy}.")


def split(lattice: Lattice, cut: Cut, shares: Mapping[str, float], seed: int) -> np.ndarray:
    """The part of each block of the lattice; empty for blocks without tiles.

    Raises InputError where there are fewer blocks than parts, and where drawn polygons leave nothing to train on.
    """
    block = lattice.block[[tile.place for tile in cut.tiles]]
    used = np.unique(block)
    part = np.full(len(lattice.names), "", dtype=object)
    if lattice.parts[0]:
        part[used] = np.array(lattice.parts, dtype=object)[used]
        if "train" not in part:
            raise InputError(
                "No tile in the polygons for training has enough labels and data. Draw them where the labels are, lower"
                " MINIMUM_LABELLED, or choose a smaller TILE_SIZE."
            )
        return part
    wanted = {name: share for name, share in shares.items() if share > 0}
    if len(used) < len(wanted):
        raise InputError(
            f"The tiles lie in {len(used)} block{'s' * (len(used) > 1)} of the split, too few for"
            f" {len(wanted)} parts ({', '.join(wanted)}). Choose a smaller TILE_SIZE or BLOCK_TILES, or do without a"
            f" part: VAL_SHARE=0{' or' if len(used) > 1 else ','} TEST_SHARE=0."
        )
    counts = np.stack([tile.counts for tile in cut.tiles])
    amounts = np.stack([counts[block == b].sum(axis=0) for b in used]).astype(float)
    part[used] = dealing.deal(amounts, np.bincount(block)[used], wanted, seed)
    return part


def write(cutter: Cutter, cut: Cut, part: np.ndarray, config: dict[str, Any]) -> TileSet:
    """Write what a data set has beside its tiles, the configuration last: it is what makes the folder a data set.

    Args:
        part: of each block.
        config: what the configuration is to say beside grid, bands, classes and statistics.
    """
    lattice, writer = cutter.lattice, cutter.writer
    counts = np.stack([tile.counts for tile in cut.tiles])
    classes = writer.classes.only(np.array(writer.classes.ids)[counts.any(axis=0)].tolist())
    places = np.array([tile.place for tile in cut.tiles])
    tile_part = part[lattice.block[places]]
    trained = moments.joined([tile.moments for tile, p in zip(cut.tiles, tile_part, strict=True) if p == "train"])
    whole = {
        "format": FORMAT,
        **config,
        "tile_size": writer.size,
        "ignore": writer.ignore,
        "classes": classes.as_list(),
        "bands": writer.format.bands(cutter.stack.bands),
        "grid": grid_as_dict(cutter.stack.grid),
        "statistics": trained.as_list(),
        "left_out": {reason: n for reason, n in sorted((cut.left_out + Counter(config["left_out"])).items()) if n},
        "refused_pixels": cut.refused,
        "missing_classes": [c.name for c in writer.classes if c.id not in classes.ids],
    }
    tiles = TileSet(writer.folder, whole)
    table = _table(cut, lattice, tile_part, writer.size**2, writer.classes, classes)
    tiles.write_table(TABLE, table)
    tiles.write_table(
        folder.STATISTICS,
        pd.DataFrame({"band": [b.name for b in tiles.bands], "count": trained.count}).join(
            pd.DataFrame(whole["statistics"])
        ),
    )
    tiles.write_table(folder.BLOCKS, _blocks(lattice, part, places))
    pictures.draw(tiles)
    tiles.write_text(summary.PATH, summary.lines(tiles))
    tiles.write_json(CONFIG, whole)
    return open_tiles(writer.folder)


def _table(
    cut: Cut, lattice: Lattice, part: np.ndarray, pixels: int, written: ClassTable, classes: ClassTable
) -> pd.DataFrame:
    """The table of the tiles, see TileSet.table; sorted by place."""
    places = np.array([tile.place for tile in cut.tiles])
    row, col = lattice.row[places], lattice.col[places]
    counts = np.stack([tile.counts for tile in cut.tiles])
    labelled = counts.sum(axis=1)
    table = pd.DataFrame(
        {
            "tile_id": [tile_name(r, c) for r, c in zip(row.tolist(), col.tolist(), strict=True)],
            "part": part,
            "origin": "cut",
            "parents": "",
            "block": [lattice.names[b] for b in lattice.block[places].tolist()],
            "row": row,
            "col": col,
            "image": [tile.image for tile in cut.tiles],
            "mask": [tile.mask for tile in cut.tiles],
            "valid_share": [tile.valid_share for tile in cut.tiles],
            "labelled_share": labelled / pixels,
            **{share_column(i): counts[:, written.ids.index(i)] / labelled for i in classes.ids},
        }
    )
    return table.sort_values(["row", "col"], ignore_index=True)


def _blocks(lattice: Lattice, part: np.ndarray, places: np.ndarray) -> pd.DataFrame:
    """The table of the blocks, also of those without tiles; outlines as WKT in the grid's CRS."""
    return pd.DataFrame(
        {
            "block": lattice.names,
            "part": part,
            "tiles": np.bincount(lattice.block[places], minlength=len(lattice.names)),
            "outline": shapely.to_wkt(lattice.outlines, rounding_precision=-1),
        }
    )
