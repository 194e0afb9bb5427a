"""What a segmentation network learns from: the tiles of a data set, with their masks."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from .. import provenance
from ..classes import ClassTable
from ..errors import InputError
from ..job import Job
from ..tiles import dataset as layout
from ..tiles.dataset import PARTS, TileSet
from .augmentation import Recipe, change_tiles
from .tally import IGNORED
from .training import Batch

# Tiles beyond this are read anew in each epoch.
IN_MEMORY_BYTES = 2**30
READERS = 4
# A crop without any label is drawn again so often, before the middle of the next one is a labelled pixel.
DRAWS = 5


@dataclass(frozen=True)
class Tiles:
    """Tiles that can be learnt from, and what the user should know about the others.

    `rows` are the row numbers in the data set's table of each part of the split; those to validate and to test with
    were cut from the raster, and all have labels. `class_ids` are the classes with pixels to train on, and `pixels`
    says how many of each a part has, (classes,).
    """

    source: TileSet
    class_ids: np.ndarray
    rows: dict[str, np.ndarray]
    pixels: dict[str, np.ndarray]
    notes: list[str] = field(default_factory=list)
    # Tiles that were read, by the paths of image and mask: one that was copied for balance lies here once.
    _kept: dict[tuple[str, str], tuple[np.ndarray, np.ndarray]] = field(default_factory=dict, repr=False)

    @property
    def classes(self) -> ClassTable:
        """The classes that a network learns."""
        return self.source.classes.only(self.class_ids.tolist())

    def read(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """The pixels of a tile, (bands, h, w) float32, NaN where there is no data, and its targets, (h, w) int16: the
        place of the class among `class_ids`, IGNORED where there is none, or no data in any band.
        """
        key = _files(self.source, row)
        if key in self._kept:
            return self._kept[key]
        image = self.source.read_image(row)
        targets = _numbers(self.source.read_mask(row), self.class_ids, self.source.ignore)
        targets[np.isnan(image).all(axis=0)] = IGNORED
        if self._fit_in_memory:
            self._kept[key] = image, targets
        return image, targets

    @cached_property
    def _fit_in_memory(self) -> bool:
        pairs = {_files(self.source, row) for rows in self.rows.values() for row in rows}
        return len(pairs) * self.source.size**2 * (4 * len(self.source.bands) + 2) <= IN_MEMORY_BYTES

    def batches(
        self,
        rows: np.ndarray,
        number: int,
        random: np.random.Generator | None = None,
        crop: int | None = None,
        recipe: Recipe | None = None,
    ) -> Iterator[Batch]:
        """Tiles in so many batches of nearly one size, in the order of `rows`.

        Args:
            rows: row numbers in the table.
            number: of batches.
            random: for what follows; None where nothing is left to chance.
            crop: edge of the piece that is cut out of each tile, pixels; None for whole tiles.
            recipe: how they are changed.
        """
        with ThreadPoolExecutor(READERS, "tiles") as pool:
            for chosen in np.array_split(rows, number):
                pairs = list(pool.map(self.read, chosen.tolist()))
                if crop is not None and crop < self.source.size:
                    assert random is not None
                    pairs = [cropped(*pair, crop, random) for pair in pairs]
                values, targets = np.stack([v for v, _ in pairs]), np.stack([t for _, t in pairs]).astype(np.int64)
                if recipe is not None:
                    assert random is not None
                    values, targets = change_tiles(values, targets, recipe, random)
                yield values, targets


def cropped(
    values: np.ndarray, targets: np.ndarray, size: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A piece of a tile (…, h, w) at random, with some of its labels."""
    height, width = targets.shape
    for _ in range(DRAWS):
        top, left = random.integers(0, (height - size + 1, width - size + 1))
        if (targets[top : top + size, left : left + size] != IGNORED).any():
            break
    else:
        labelled = np.argwhere(targets != IGNORED)
        if len(labelled):
            middle = labelled[random.integers(len(labelled))]
            top, left = np.clip(middle - size // 2, 0, (height - size, width - size))
    return values[:, top : top + size, left : left + size], targets[top : top + size, left : left + size]


def read(source: TileSet, job: Job) -> Tiles:
    """Look through the masks of a data set; raises InputError where it cannot be learnt from."""
    rows = {"train": source.rows("train"), "val": source.rows("val", ["cut"]), "test": source.rows("test", ["cut"])}
    _refuse_too_few(source, rows)
    all_rows = np.concatenate(list(rows.values()))
    counts = _count(source, all_rows, job)
    parts = np.repeat(PARTS, [len(rows[part]) for part in PARTS])
    notes = []

    labelled = counts.sum(axis=1) > 0
    if not labelled.all():
        notes.append(f"Tiles without any label, which were left out: {np.count_nonzero(~labelled)}.")
    by_part = {part: counts[parts == part].sum(axis=0) for part in PARTS}
    ids = np.array(source.classes.ids)
    learnt = by_part["train"] > 0
    if learnt.sum() < 2:
        only = f"are of one class ({source.classes.name_of(ids[learnt][0])})" if learnt.any() else "have no label"
        raise InputError(
            f"All pixels of {source.folder} to train on {only}. A model needs at least two classes: label another one"
            " and cut the tiles again."
        )
    for c, known, trained in zip(source.classes, learnt, by_part["train"], strict=True):
        others = int(counts[:, c.id == ids].sum() - trained)
        if not known:
            notes.append(
                f"No pixel to train on is of the class {c.name}, so the model does not know it"
                + (f"; its {others:,} other pixels were left out." if others else ".")
            )
        elif not by_part["val"][c.id == ids].any():
            notes.append(f"No pixel to validate with is of the class {c.name}, so it had no say in when to stop.")
    usable = counts[:, learnt].sum(axis=1) > 0
    kept = {part: all_rows[(parts == part) & usable] for part in PARTS}
    _refuse_too_few(source, kept)
    return Tiles(source, ids[learnt], kept, {part: n[learnt] for part, n in by_part.items()}, notes)


def _refuse_too_few(source: TileSet, rows: dict[str, np.ndarray]) -> None:
    for part, least in (("train", 2), ("val", 1)):
        if len(rows[part]) < least:
            raise InputError(
                f"The tile data set {source.folder} has {len(rows[part])} tiles with labels to learn in the part"
                f" '{part}' of its split, and at least {least} are needed. Cut smaller tiles, or give the part a larger"
                " share."
            )


def _count(source: TileSet, rows: np.ndarray, job: Job) -> np.ndarray:
    """How many pixels of each class of the data set the tiles have, (tiles, classes)."""
    ids = np.array(source.classes.ids)

    def counted(row: int) -> np.ndarray:
        numbers = _numbers(source.read_mask(row), ids, source.ignore)
        return np.bincount(numbers[numbers != IGNORED], minlength=len(ids))

    found: list[np.ndarray] = []
    with ThreadPoolExecutor(READERS) as pool:
        for start in range(0, len(rows), 64):
            job.progress(start / len(rows))
            found += pool.map(counted, rows[start : start + 64].tolist())
    return np.array(found)


def _files(source: TileSet, row: int) -> tuple[str, str]:
    return source.table["image"].iat[row], source.table["mask"].iat[row]


def _numbers(mask: np.ndarray, class_ids: np.ndarray, ignore: int) -> np.ndarray:
    """Class ids as places among some classes, int16; IGNORED where they are none of these."""
    place = np.full(max(int(mask.max()), ignore, *class_ids) + 1, IGNORED, np.int16)
    place[class_ids] = np.arange(len(class_ids))
    place[ignore] = IGNORED
    return place[mask]


def first_shown(source: TileSet, rows: np.ndarray) -> Iterator[np.ndarray]:
    """For each tile, which of its pixels (h, w) no tile before it shows: so pixels count once where tiles overlap."""
    top, left = (source.table[name].to_numpy(np.int64)[rows] for name in ("row", "col"))
    size = source.size
    for i in range(len(rows)):
        down, across = top[:i] - top[i], left[:i] - left[i]
        new = np.ones((size, size), bool)
        for k in np.flatnonzero((np.abs(down) < size) & (np.abs(across) < size)):
            new[max(down[k], 0) : size + min(down[k], 0), max(across[k], 0) : size + min(across[k], 0)] = False
        yield new


def footprints(tiles: Tiles) -> list[shapely.Geometry]:
    """The ground that was trained on and validated with, as few polygons as it takes, in the CRS of the raster."""
    rows = np.concatenate([tiles.rows["train"], tiles.rows["val"]])
    cut = tiles.source.table.iloc[rows].query("origin == 'cut'")
    squares = tiles.source.grid.squares(cut["row"].to_numpy(), cut["col"].to_numpy(), tiles.source.size)
    return list(shapely.get_parts(shapely.union_all(squares)))


def fingerprint(source: TileSet) -> dict[str, Any]:
    """What identifies the tiles: SHA-256 of configuration and table."""
    return {name: provenance.fingerprint(source.folder / name)["sha256"] for name in (layout.CONFIG, layout.TABLE)}
