"""What a network says of some samples that it is validated with, drawn on a sheet while it learns."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from ..classes import ClassTable
from ..refinement.pairs import Pairs
from ..refinement.tile_files import BANDS
from . import sheets, training
from .patch_data import Patches
from .refiner import with_conditions
from .segmentation import SegmentationNetwork
from .sheets import Cell
from .tally import IGNORED
from .tile_data import Tiles

ROWS = 4
PATCHES_IN_A_ROW, PATCH_EDGE = 4, 112
RGB = [BANDS.index(name) for name in ("B04", "B03", "B02")]
RIGHT, WRONG = "✓", "✗"


def of_tiles(tiles: Tiles, network: SegmentationNetwork, device: torch.device) -> bytes:
    """A tile a row: its image, its reference, the network's classes; what has no reference is white."""
    classes = tiles.classes
    colours = [c.colour for c in classes]
    bands = sheets.shown_bands([band.name for band in tiles.source.bands])
    rows = []
    for row in _spread(tiles.rows["val"], ROWS):
        values, targets = tiles.read(int(row))
        outputs = network(training.tensor(values[np.newaxis], device))
        answers = network.probabilities(outputs.float()).argmax(1)[0].cpu().numpy()
        image = sheets.as_bytes(sheets.stretched(values[bands]))
        reference = np.where(targets == IGNORED, -1, targets)
        rows.append([Cell(image), *(Cell(sheets.coloured(p, colours), smooth=False) for p in (reference, answers))])
    return sheets.draw(rows, [(c.name, c.colour) for c in classes])


def of_patches(
    patches: Patches, classes: ClassTable, names: list[str], network: nn.Module, device: torch.device
) -> bytes:
    """Patches, as many of each class, with their class and below it what the network says, and whether that is right.

    `names` are the bands'.
    """
    known = list(classes.only(patches.class_ids.tolist()))
    places, number = patches.places("val"), patches.number
    least = -(-ROWS * PATCHES_IN_A_ROW // len(known))
    of_class = [_spread(places[number[places] == i], least) for i in range(len(known))]
    # One of each class in turn, so that none is left out where there are many.
    turn = [found[i] for i in range(least) for found in of_class if i < len(found)][: ROWS * PATCHES_IN_A_ROW]
    values, _ = patches.batch(np.array(turn))
    answers = network(training.tensor(values, device)).argmax(1).flatten().cpu().numpy()
    bands = sheets.shown_bands(names)
    # All alike, else dark and bright patches would look the same.
    light = np.concatenate([one[bands].reshape(3, -1) for one in values], axis=1)
    cells = []
    for one, place, answer in zip(values, turn, answers, strict=True):
        true, said = known[number[place]], known[answer]
        labels = [
            (true.name, true.colour),
            (f"{RIGHT if true is said else WRONG} {said.name}", said.colour),
        ]
        cells.append(Cell(sheets.as_bytes(sheets.stretched(one[bands], light)), labels))
    starts = range(0, len(cells), PATCHES_IN_A_ROW)
    return sheets.draw([cells[i : i + PATCHES_IN_A_ROW] for i in starts], largest=PATCH_EDGE)


def of_pairs(pairs: Pairs, indices: np.ndarray, network: nn.Module, device: torch.device) -> bytes:
    """A pair a row: the tile as it comes in, what the network makes of it, its target, stretched alike."""
    rows = []
    for index in _spread(indices, ROWS - 1):
        values, target = pairs.read(int(index))
        shown = with_conditions(values[np.newaxis], *pairs.conditions(np.array([index])))
        made = network(training.tensor(shown, device)).float().cpu().numpy()[0]
        if pairs.optical:
            before = sheets.stretched(values[RGB], target[RGB])
        else:
            before = sheets.stretched(values[sheets.shown_bands([""] * len(values))])
        after = [sheets.stretched(image[RGB], target[RGB]) for image in (made, target)]
        rows.append([Cell(sheets.as_bytes(picture)) for picture in (before, *after)])
    return sheets.draw(rows)


def _spread(items: np.ndarray, number: int) -> np.ndarray:
    """So many of the items, evenly spread; all where there are fewer."""
    if len(items) <= number:
        return items
    return items[np.linspace(0, len(items) - 1, number).round().astype(int)]
