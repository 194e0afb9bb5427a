"""A tile data set in figures and words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .dataset import ORIGINS, PARTS, TileSet, share_column

PATH = "reports/tiles_summary.txt"


def class_shares(tiles: TileSet, part: str, origins: Sequence[str] = ORIGINS) -> dict[int, float]:
    """The share of each class in the labelled pixels of a part's tiles; a pixel counts in each tile that it is in.

    NaN where the part has no tiles.
    """
    table = tiles.table.iloc[tiles.rows(part, origins)]
    weight = table["labelled_share"].to_numpy()
    total = weight.sum()
    return {
        i: float((table[share_column(i)] * weight).sum() / total) if total else float("nan") for i in tiles.classes.ids
    }


def tile_counts(tiles: TileSet) -> dict[str, int]:
    """The number of tiles of each part that were cut."""
    return {part: len(tiles.rows(part, ("cut",))) for part in PARTS}


def rows(tiles: TileSet) -> list[dict[str, Any]]:
    """A row a class for reports: id, name, colour, its share in each part and in all; of the tiles that were cut."""
    shares = {part: class_shares(tiles, part, ("cut",)) for part in PARTS}
    everywhere = overall(tiles)
    return [
        {"id": c.id, "name": c.name, "colour": c.colour, "all": everywhere[c.id]}
        | {part: shares[part][c.id] for part in PARTS}
        for c in tiles.classes
    ]


def overall(tiles: TileSet) -> dict[int, float]:
    """The share of each class in the labelled pixels of all tiles that were cut."""
    table = tiles.table[tiles.table["origin"] == "cut"]
    weight = table["labelled_share"].to_numpy()
    return {i: float((table[share_column(i)] * weight).sum() / weight.sum()) for i in tiles.classes.ids}


def lacking(tiles: TileSet) -> dict[str, list[str]]:
    """Names of the classes that a part with tiles lacks, by part."""
    found = {}
    for part in PARTS:
        shares = class_shares(tiles, part, ("cut",))
        names = [tiles.classes.name_of(i) for i, share in shares.items() if share == 0]
        if names:
            found[part] = names
    return found


def labelled_share(tiles: TileSet) -> float:
    """The share of labelled pixels in the tiles that were cut."""
    return float(tiles.table["labelled_share"][tiles.table["origin"] == "cut"].mean())


def lines(tiles: TileSet) -> list[str]:
    """tiles_summary.txt."""
    c, counts = tiles.config, tile_counts(tiles)
    width = max([14, *(len(name) + 2 for name in tiles.classes.names)])
    found = [
        "Tile data set",
        "",
        f"Image:               {c['source']}",
        f"Labels:              {c['labels']}",
        f"Bands:               {', '.join(band.name for band in tiles.bands)}",
        f"Tile:                {tiles.size} × {tiles.size} pixels, overlap {c['overlap']}",
        f"Split by:            {c['split']}",
        f"Seed:                {c['seed']}",
        f"Tiles:               {sum(counts.values()):,}",
        f"Labelled:            {100 * labelled_share(tiles):.2f} % of their pixels",
        f"Ordered classes:     {'yes' if tiles.ordinal else 'no'}",
        "",
        f"{'':<{width}}{'Id':>6}" + "".join(f"{part:>12}" for part in PARTS),
        f"{'Tiles':<{width}}{'':>6}" + "".join(f"{counts[part]:>12,}" for part in PARTS),
    ]
    for row in rows(tiles):
        cells = "".join(f"{'–':>12}" if np.isnan(row[part]) else f"{100 * row[part]:>10.3f} %" for part in PARTS)
        found.append(f"{row['name']:<{width}}{row['id']:>6}{cells}")
    found += ["", *(f"Tiles left out {reason}: {number:,}" for reason, number in c["left_out"].items())]
    if c["refused_pixels"]:
        found.append(f"Labelled pixels without class, {c['refusal']}: {c['refused_pixels']:,}")
    return found
