"""What a refiner learns from: tiles, and the same tiles as they should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..grids import Grid
from ..job import Job
from . import masks
from .tile_files import BANDS, BadTile, TileFile, list_tiles

# Tiles beyond this are read anew in each epoch.
IN_MEMORY_BYTES = 2**30
READERS = 4
# Names in a message; the report and the table have all.
LISTED = 5
# What a tile's group is called in its JSON file, the first that is there.
GROUP_KEYS = ("group", "raster")


@dataclass(frozen=True)
class Pair:
    """A tile and its target, files of one name.

    Args:
        tile, target: the files.
        shape: height and width of both.
        sums: of the tile's values, of their squares, a channel each: (2, channels).
        place: where it lies; None where the JSON files do not say.
        group: what it belongs to, such as the raster that it was cut from; None where the JSON files do not say.
        month, biome: of the tile, 1 to 12 and 0 to 15.
        problems: what of them was missing or wrong and was replaced, in words.
    """

    tile: TileFile
    target: TileFile
    shape: tuple[int, int]
    sums: np.ndarray
    place: Grid | None
    group: str | None
    month: int
    biome: int
    problems: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of both files."""
        return self.tile.name


@dataclass(frozen=True)
class Pairs:
    """Pairs that can be learnt from, and what the user should know about the others.

    Args:
        input_key, target_key: of the arrays in the files.
        optical: whether the tiles show the same bands as the targets.
        pairs: by name.
        unusable: the names of the others, and why each cannot be used.
        notes: the same in a few sentences.
    """

    input_key: str
    target_key: str
    optical: bool
    pairs: tuple[Pair, ...]
    unusable: dict[str, str]
    notes: tuple[str, ...]
    _kept: dict[int, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def channels(self) -> int:
        """Of the tiles; the targets have four."""
        return self.pairs[0].sums.shape[1]

    def read(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """A tile (channels, h, w) and its target (4, h, w), float32. A pixel of the target is NaN in all bands where it
        or the tile has no data. Raises InputError where one changed meanwhile.
        """
        if index not in self._kept:
            pair = self.pairs[index]
            try:
                return _pixels(pair.tile, pair.target, self.input_key, self.target_key, self.optical)
            except BadTile as error:
                raise InputError(f"The pair {pair.name} could be read at first, and now {error}.") from None
        return self._kept[index]

    def conditions(self, indices: np.ndarray) -> tuple[list[int], list[int]]:
        """Months, 1 to 12, and biomes, 0 to 15, of some tiles."""
        return [self.pairs[i].month for i in indices], [self.pairs[i].biome for i in indices]

    def statistics(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of each channel of some tiles."""
        sums = np.sum([self.pairs[i].sums for i in indices], axis=0)
        mean, square = sums / sum(self.pairs[i].shape[0] * self.pairs[i].shape[1] for i in indices)
        return mean, np.sqrt(np.maximum(square - mean**2, 0))


def read(tiles: str | Path, targets: str | Path, input_key: str, target_key: str, optical: bool, job: Job) -> Pairs:
    """Look through two folders of tiles; all pixels are read once, so that what is bad is found before the training.

    Args:
        tiles, targets: folders of tile files; those of one name belong together.
        input_key, target_key: of their arrays.
        optical: whether the tiles are reflectance of the four bands, as the targets are; else they are pixels of any
            unit, with any number of channels.

    Raises InputError where nothing can be learnt from.
    """
    left, right = ({tile.name: tile for tile in list_tiles(folder)} for folder in (tiles, targets))
    unusable = dict.fromkeys(left.keys() - right.keys(), "it has no target")
    unusable |= dict.fromkeys(right.keys() - left.keys(), "its target has no tile")
    kinds = Counter({"no partner in the other folder": len(unusable)} if unusable else {})
    names = sorted(left.keys() & right.keys())
    if not names:
        raise InputError(
            f"No tile of {tiles} has a target of the same name in {targets}. The first names are {min(left)} and"
            f" {min(right)}; rename the files, or check the folders."
        )
    found: list[Pair] = []
    alike = 0
    kept: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    room = IN_MEMORY_BYTES

    def opened(name: str) -> tuple[Pair, np.ndarray, np.ndarray] | BadTile:
        try:
            return _opened(left[name], right[name], input_key, target_key, optical)
        except BadTile as error:
            return error

    for name, one in zip(names, _in_order(opened, names), strict=True):
        job.progress((len(found) + len(unusable)) / len(left | right))
        if isinstance(one, BadTile):
            unusable[name] = str(one)
            kinds[one.kind] += 1
            continue
        pair, values, wanted = one
        alike += np.array_equal(values, wanted)
        room -= values.nbytes + wanted.nbytes
        if room >= 0:
            kept[len(found)] = values, wanted
        found.append(pair)

    # one network has one number of channels
    usual = Counter(pair.sums.shape[1] for pair in found).most_common(1)[0][0] if found else 0
    odd = {i: pair for i, pair in enumerate(found) if pair.sums.shape[1] != usual}
    for pair in odd.values():
        unusable[pair.name] = f"its array '{input_key}' has {pair.sums.shape[1]} channels, most tiles have {usual}"
        kinds["another number of channels"] += 1
    stays = [i for i in range(len(found)) if i not in odd]
    if not stays:
        first = next(name for name in names if name in unusable)
        raise InputError(
            f"None of the {len(names)} pairs in {tiles} and {targets} can be used. {first}: {unusable[first]}."
        )
    pairs = tuple(found[i] for i in stays)
    return Pairs(
        input_key,
        target_key,
        optical,
        pairs,
        dict(sorted(unusable.items())),
        _notes(pairs, unusable, kinds, alike),
        {place: kept[i] for place, i in enumerate(stays) if i in kept},
    )


def _in_order(opened: Callable, names: list[str]) -> Iterator:
    """What is read of each, some at a time: all at once would not fit in memory."""
    with ThreadPoolExecutor(READERS, "pairs") as pool:
        for start in range(0, len(names), 4 * READERS):
            yield from pool.map(opened, names[start : start + 4 * READERS])


def _opened(
    tile: TileFile, target: TileFile, input_key: str, target_key: str, optical: bool
) -> tuple[Pair, np.ndarray, np.ndarray]:
    values, wanted = _pixels(tile, target, input_key, target_key, optical)
    own, others = tile.metadata, target.metadata
    # What only the target's file knows is as good.
    known = {**others.content, **own.content}
    shape = values.shape[-2:]
    place = own.grid(*shape) or others.grid(*shape)
    group = next((str(known[key]) for key in GROUP_KEYS if known.get(key) not in (None, "")), None)
    exact = values.astype(np.float64)
    sums = np.stack([exact.sum(axis=(1, 2)), (exact**2).sum(axis=(1, 2))])
    pair = Pair(tile, target, shape, sums, place, group, own.month, own.biome, own.problems)
    return pair, values, wanted


def _pixels(
    tile: TileFile, target: TileFile, input_key: str, target_key: str, optical: bool
) -> tuple[np.ndarray, np.ndarray]:
    values = tile.reflectance(input_key) if optical else tile.pixels(input_key, None)
    try:
        wanted = target.reflectance(target_key, gaps=True)
    except BadTile as error:
        raise BadTile(error.kind, f"its target cannot be used: {error}") from None
    if values.shape[-2:] != wanted.shape[-2:]:
        sizes = " and ".join("{} × {}".format(*array.shape[-2:]) for array in (values, wanted))
        raise BadTile("of two sizes", f"tile and target have different sizes: {sizes} pixels")
    known = np.isfinite(wanted).all(axis=0)
    for one in (tile, target):
        # What was filled for want of data is nothing to learn from.
        valid = masks.read(one.metadata.content, *known.shape)
        known &= True if valid is None else valid
    if not known.any():
        raise BadTile("no data", "no pixel has data both in the tile and in its target")
    return values, np.where(known, wanted, np.float32(np.nan))


def _notes(pairs: tuple[Pair, ...], unusable: dict[str, str], kinds: Counter, alike: int) -> tuple[str, ...]:
    """`alike`: so many tiles are their own targets."""
    notes = []
    if alike == len(pairs):  # some may well be good as they are
        notes.append(
            f"All {alike:,} tiles are the same as their targets, so that there is nothing to learn from them. Check the"
            " folders of tiles and targets, and the names of the arrays."
        )
    if unusable:
        counts = ", ".join(f"{kind}: {number:,}" for kind, number in kinds.items())
        first = "; ".join(f"{name}: {why}" for name, why in sorted(unusable.items())[:LISTED])
        more = f"; and {len(unusable) - LISTED:,} more, which report and table list" if len(unusable) > LISTED else ""
        notes.append(f"Tiles that cannot be learnt from: {len(unusable):,} ({counts}). {first}{more}.")
    stated = Counter(problem for pair in pairs for problem in pair.problems)
    if stated:
        tiles = sum(bool(pair.problems) for pair in pairs)
        said = "; ".join(f"{problem}: {number:,}" for problem, number in stated.most_common(LISTED))
        more = "; …" if len(stated) > LISTED else ""
        notes.append(f"Tiles whose metadata file is incomplete: {tiles:,} ({said}{more}).")
    return tuple(notes)


def piece(
    values: np.ndarray, targets: np.ndarray, size: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A square piece, at random, of a tile (channels, h, w) and its target (bands, h, w).

    A tile that is smaller is mirrored at its lower and right edge; its target is unknown (NaN) there.
    """
    height, width = values.shape[-2:]
    top, left = (int(random.integers(0, max(edge - size, 0) + 1)) for edge in (height, width))
    cut = np.s_[:, top : top + size, left : left + size]
    values, targets = values[cut], targets[cut]
    missing = [(0, 0), *((0, size - edge) for edge in values.shape[-2:])]
    if values.shape[-2:] != (size, size):
        values = np.pad(values, missing, mode="symmetric")
        targets = np.pad(targets, missing, constant_values=np.nan)
    return values, targets


def by_shape(pairs: Pairs, indices: np.ndarray, pixels: int) -> Iterator[np.ndarray]:
    """The tiles in their order in batches of one shape, each of so many pixels at most, or of one tile."""
    shapes = [pairs.pairs[i].shape for i in indices]
    for shape in dict.fromkeys(shapes):
        same = np.array([i for i, one in zip(indices, shapes, strict=True) if one == shape])
        number = max(pixels // (shape[0] * shape[1]), 1)
        yield from np.array_split(same, -(-len(same) // number))


def band_names(pairs: Pairs) -> list[str]:
    """What the channels of the tiles are called."""
    return list(BANDS) if pairs.optical else [f"{pairs.input_key}_{i}" for i in range(1, pairs.channels + 1)]
