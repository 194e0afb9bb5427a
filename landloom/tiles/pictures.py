"""Pictures of a tile data set: tiles with their masks, the classes' shares, the map of the blocks. PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from ..patches.pictures import INK, LINE, PART_COLOURS, PART_LABELS, SOFT, TrueColour, save, shortened, true_colour
from . import summary
from .dataset import PARTS, TileSet, share_column

SAMPLES, SHARES, BLOCKS = (f"visualizations/{name}.png" for name in ("sample_tiles", "class_shares", "blocks"))
SYNTHETIC = "visualizations/synthetic_tiles.png"
# Tiles a class, classes, and bars a part that are shown.
SHOWN, MOST_CLASSES = 3, 12
# Pixels that the stretch is taken from, a tile.
STRETCHED = 4096
# Beyond this a picture of a tile is thinned.
MOST_PIXELS = 384


def draw(tiles: TileSet) -> None:
    """Draw all three."""
    _samples(tiles)
    _shares(tiles)
    _blocks(tiles)


def colours_of(tiles: TileSet, images: Sequence[np.ndarray]) -> TrueColour:
    """One stretch for some images (bands, h, w)."""
    step = max(1, images[0][0].size // STRETCHED)
    sample = np.concatenate([image.reshape(len(image), -1).T[::step] for image in images])
    return true_colour([band.name for band in tiles.bands], sample)


def show_image(axes: Any, image: np.ndarray, colour: TrueColour) -> None:
    """A tile in true colour, as far as its bands' names tell."""
    _panel(axes, colour.render(_thinned(image).transpose(1, 2, 0)))


def show_mask(axes: Any, mask: np.ndarray, tiles: TileSet) -> None:
    """A mask in its classes' colours; without a class it is grey."""
    mask = _thinned(mask)
    shown = np.full((*mask.shape, 3), 0.93)
    for c in tiles.classes:
        shown[mask == c.id] = np.frombuffer(bytes.fromhex(c.colour[1:]), np.uint8) / 255
    _panel(axes, shown)


def _thinned(values: np.ndarray) -> np.ndarray:
    step = -(-values.shape[-1] // MOST_PIXELS)
    return values[..., ::step, ::step]


def _panel(axes: Any, picture: np.ndarray) -> None:
    axes.set_facecolor("#eef0f2")
    axes.imshow(picture, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_color(LINE)


def _samples(tiles: TileSet) -> None:
    """For each class the tiles with most of it, of different blocks as far as there are."""
    table, classes = tiles.table, list(tiles.classes)[:MOST_CLASSES]
    chosen = []
    for c in classes:
        amount = (table[share_column(c.id)] * table["labelled_share"])[table["origin"] == "cut"]
        amount = amount[amount > 0].sort_values(ascending=False, kind="stable")
        # The best of each block come first.
        place_in_block = table["block"][amount.index].groupby(table["block"][amount.index]).cumcount()
        chosen.append(place_in_block.sort_values(kind="stable").index[:SHOWN].tolist())
    images = {row: tiles.read_image(row) for row in dict.fromkeys(chain.from_iterable(chosen))}
    colour = colours_of(tiles, list(images.values()))
    height = 1.75 * len(classes) + 0.7
    drawn = Figure(figsize=(10, height), facecolor="white")
    axes = drawn.subplots(len(classes), 2 * SHOWN, squeeze=False)
    drawn.subplots_adjust(0.15, 0.1 / height, 0.99, 1 - 0.65 / height, 0.04, 0.1)
    drawn.text(0.02, 1 - 0.32 / height, "Tiles with most of each class", fontsize=15, fontweight="bold", color=INK,
               va="center")  # fmt: skip
    for line, c, places in zip(axes, classes, chosen, strict=True):
        for axis in line[2 * len(places) :]:
            axis.set_visible(False)
        for number, row in enumerate(places):
            show_image(line[2 * number], images[row], colour)
            show_mask(line[2 * number + 1], tiles.read_mask(row), tiles)
        line[0].text(-0.08, 0.5, shortened(c.name, 16), transform=line[0].transAxes, ha="right", va="center",
                     fontsize=10, color=INK)  # fmt: skip
    save(drawn, tiles.path(SAMPLES))


def synthetic(tiles: TileSet) -> Path:
    """Draw some synthetic tiles between their parents; returns the PNG."""
    table = tiles.table
    rows = tiles.rows("train", ("smote",))
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, 2 * SHOWN).round().astype(int))].tolist()
    places = {tile_id: row for row, tile_id in enumerate(table["tile_id"])}
    trios = [(first, row, second) for row in rows for first, second in [_parents(table["parents"].iat[row], places)]]
    colour = colours_of(tiles, [tiles.read_image(row) for row in trios[0]])
    height = 1.65 * len(trios) + 0.9
    drawn = Figure(figsize=(10, height), facecolor="white")
    axes = drawn.subplots(len(trios), 6, squeeze=False)
    drawn.subplots_adjust(0.02, 0.1 / height, 0.98, 1 - 0.85 / height, 0.05, 0.1)
    drawn.text(0.02, 1 - 0.32 / height, "Synthetic tiles between their parents", fontsize=15, fontweight="bold",
               color=INK, va="center")  # fmt: skip
    for line, trio in zip(axes, trios, strict=True):
        for number, row in enumerate(trio):
            show_image(line[2 * number], tiles.read_image(row), colour)
            show_mask(line[2 * number + 1], tiles.read_mask(row), tiles)
    for number, title in enumerate(("Parent", "Synthetic", "Parent")):
        axes[0][2 * number].set_title(title, loc="left", fontsize=9, color=SOFT)
    path = tiles.path(SYNTHETIC)
    save(drawn, path)
    return path


def _parents(text: str, places: Mapping[str, int]) -> tuple[int, int]:
    first, second = text.split()
    return places[first], places[second]


def _shares(tiles: TileSet) -> None:
    """Bars: the share of each class in each part."""
    rows = summary.rows(tiles)
    parts = [part for part in PARTS if not np.isnan(rows[0][part])]
    height = 1.3 + 0.26 * len(rows) * len(parts)
    drawn = Figure(figsize=(9, height), facecolor="white")
    axes = drawn.subplots()
    drawn.subplots_adjust(left=0.2, right=0.94, top=1 - 0.85 / height, bottom=0.1 / height)
    drawn.text(0.02, 1 - 0.3 / height, "Classes' shares of the labelled pixels", fontsize=15, fontweight="bold",
               color=INK, va="center")  # fmt: skip
    width = 0.8 / len(parts)
    for number, part in enumerate(parts):
        places = np.arange(len(rows)) + (number - (len(parts) - 1) / 2) * width
        found = [row[part] for row in rows]
        axes.barh(places, found, height=0.9 * width, color=PART_COLOURS[part], label=PART_LABELS[part])
        for place, share in zip(places.tolist(), found, strict=True):
            axes.text(share, place, f" {100 * share:.2f} %", va="center", fontsize=8, color=SOFT)
    axes.set_yticks(range(len(rows)), [shortened(row["name"], 22) for row in rows], fontsize=9.5, color=INK)
    axes.set(ylim=(len(rows) - 0.5, -0.5), xlim=(0, 1.12 * max(max(row[p] for p in parts) for row in rows)), xticks=[])
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=3, frameon=False, fontsize=8.5, labelcolor=SOFT)
    save(drawn, tiles.path(SHARES))


def _blocks(tiles: TileSet) -> None:
    """Where the parts lie: tiles, coloured by part, on the raster."""
    table, grid = tiles.table, tiles.grid
    cut = (table["origin"] == "cut").to_numpy()
    outlines = grid.squares(table["row"].to_numpy()[cut], table["col"].to_numpy()[cut], tiles.size)
    west, south, east, north = grid.bounds()
    across = min(max((east - west) / (north - south), 0.4), 2.5)
    drawn = Figure(figsize=(8, 8 / across + 0.8), facecolor="white", layout="constrained")
    axes = drawn.subplots()
    corners = [np.asarray(outline.exterior.coords) for outline in outlines]
    colours = [PART_COLOURS[part] for part in table["part"].to_numpy()[cut]]
    axes.add_collection(PolyCollection(corners, facecolors=colours, edgecolors="white", linewidths=0.4, alpha=0.85))
    axes.add_collection(
        PolyCollection([np.array(grid.corners)], facecolors="none", edgecolors="#b4bac0", linewidths=1.0)
    )
    axes.set(aspect="equal", xticks=[], yticks=[])
    axes.autoscale_view()
    axes.spines[:].set_visible(False)
    axes.set_title("Parts of the split", loc="left", fontsize=15, fontweight="bold", color=INK)
    counts = summary.tile_counts(tiles)
    axes.legend(
        handles=[Patch(color=PART_COLOURS[p], label=f"{PART_LABELS[p]}: {counts[p]:,}") for p in PARTS if counts[p]],
        loc="upper left", bbox_to_anchor=(0, 0), ncols=3, frameon=False, fontsize=9, labelcolor=SOFT,
    )  # fmt: skip
    save(drawn, tiles.path(BLOCKS))
