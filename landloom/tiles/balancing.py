"""Adding training tiles of a rare class: copies of tiles that are rich in it, then synthetic ones between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import rasterio

from .. import windows
from ..classes import LandClass
from ..errors import InputError, ParameterError
from ..job import Job
from . import folder, smote, summary
from .dataset import TABLE, TileSet, share_column
from .smote import Pair
from .storage import Format, Writer

# More rich tiles than this, and masks of more bytes, are not compared with each other: a random choice is taken.
MOST_COMPARED = 500
MASK_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Plan:
    """What to add.

    Args:
        wanted: name or id of the class; None for the rarest in the training tiles.
        rich: the share of a tile's labelled pixels from which on it is rich in the class.
        copied: up to which share of the class in the labelled pixels of all training tiles rich tiles are copied;
            0: not at all.
        made: likewise for synthetic tiles, which come after the copies.
        neighbours: how many of the nearest rich tiles a synthetic one may lie towards.
        seed: of all choices.
    """

    wanted: str | None
    rich: float
    copied: float
    made: float
    neighbours: int
    seed: int


@dataclass
class Balance:
    """What was added. Shares are those of the class in the labelled pixels of the training tiles, at the beginning,
    after the copies, and at the end; `pairs` are the parents of the synthetic tiles and their weight.
    """

    kind: LandClass
    rich: int
    compared: int
    neighbours: int
    shares: tuple[float, float, float]
    copies: int
    pairs: list[dict[str, Any]] = field(default_factory=list)
    unlabelled: int = 0


@dataclass
class _Load:
    """Labelled pixels of the class and of all classes, in tiles."""

    own: float
    all: float

    @property
    def share(self) -> float:
        return self.own / self.all if self.all else 0.0

    def lacks(self, target: float) -> float:
        """How many pixels of the class are missing for a share, if nothing else is added with them."""
        return target * self.all - self.own


def balance(tiles: TileSet, plan: Plan, jobs: int | None, job: Job) -> Balance:
    """Add tiles to the training part, in place of those that an earlier run has added.

    The table is written twice: without additions before their files change, and with the new ones when all are there,
    so that a run that is killed leaves a data set that is whole.
    """
    whole = tiles.table[tiles.table["origin"] == "cut"].reset_index(drop=True)
    train = whole[whole["part"] == "train"]
    kind = find_class(tiles, plan.wanted, train)
    amount = train["labelled_share"] * train[share_column(kind.id)]
    load = _Load(float(amount.sum()), float(train["labelled_share"].sum()))
    rich = train.index[train[share_column(kind.id)] >= plan.rich].to_numpy()
    before = load.share
    _refuse_impossible(plan, kind, rich, whole, load)
    additions = list(_copies(whole, rich, kind, plan, load))
    copied = load.share
    found = Balance(kind, len(rich), 0, 0, (before, copied, copied), len(additions))
    bare = TileSet(tiles.folder, tiles.config)
    vars(bare)["table"] = whole  # as it will be on disk
    synthesis = _Synthesis(bare, rich, kind, plan, jobs)
    pairs = synthesis.choose(load, found, job.part(0.0, 0.5)) if plan.made > copied else []
    # From here on the files change.
    tiles.write_table(TABLE, whole)
    for told in (folder.BALANCE, folder.BALANCE_SUMMARY):
        (tiles.folder / told).unlink(missing_ok=True)
    _remove_files(tiles)
    try:
        additions += synthesis.make(pairs, load, found, job.part(0.5, 1.0))
    except BaseException:
        _remove_files(tiles)
        raise
    found.shares = (before, copied, load.share)
    if additions:
        tiles.write_table(TABLE, pd.concat([whole, pd.DataFrame(additions)], ignore_index=True)[whole.columns])
    # After the table, so that a run that is killed claims nothing that is not there.
    tiles.write_json(folder.BALANCE, _as_json(found, plan))
    return found


def find_class(tiles: TileSet, wanted: str | None, train: pd.DataFrame) -> LandClass:
    """The class of a name or id, else the rarest; raises ParameterError where training has none of it."""
    weight = train["labelled_share"].to_numpy()
    amounts = {c.id: float((train[share_column(c.id)] * weight).sum()) for c in tiles.classes}
    if wanted is None:
        present = [c for c in tiles.classes if amounts[c.id] > 0]
        if not present:
            raise InputError(f"The data set {tiles.folder} has no training tiles. Cut tiles with a training part.")
        return min(present, key=lambda c: amounts[c.id])
    kind = next((c for c in tiles.classes if wanted.strip() in (c.name, str(c.id))), None)
    if kind is None:
        raise ParameterError(
            f"The data set has no class '{wanted}'. Its classes are:"
            f" {', '.join(f'{c.name} ({c.id})' for c in tiles.classes)}."
        )
    if not amounts[kind.id]:
        raise ParameterError(f"No training tile has a pixel of the class {kind.name}. Cut tiles with another split.")
    return kind


def _refuse_impossible(plan: Plan, kind: LandClass, rich: np.ndarray, whole: pd.DataFrame, load: _Load) -> None:
    needed = max(plan.copied, plan.made)
    if load.share >= needed:
        return
    if not len(rich):
        most = whole[whole["part"] == "train"][share_column(kind.id)].max()
        raise InputError(
            f"No training tile is rich in {kind.name}: it has at most {100 * most:.1f} % of a tile's labelled pixels,"
            f" and RICH_SHARE wants {100 * plan.rich:g} %. Lower RICH_SHARE, or cut smaller tiles."
        )
    inside = whole.loc[rich]
    held = float((inside["labelled_share"] * inside[share_column(kind.id)]).sum() / inside["labelled_share"].sum())
    if plan.copied > load.share and plan.copied >= held:
        raise ParameterError(
            f"DUPLICATE_SHARE ({plan.copied:g}) cannot be reached: in tiles that are rich in {kind.name} its share is"
            f" {held:.3f}. Choose less."
        )
    if plan.made > max(load.share, plan.copied) and len(rich) < 2:
        raise InputError(
            f"SMOTE needs at least 2 training tiles that are rich in {kind.name}, and there is {len(rich)}. Lower"
            " RICH_SHARE, cut smaller tiles or tiles with overlap, or do without it: SMOTE_SHARE=0."
        )


def _copies(whole: pd.DataFrame, rich: np.ndarray, kind: LandClass, plan: Plan, load: _Load) -> Iterator[dict]:
    """Rows of copies, all rich tiles once before one is copied again; adds to the load."""
    random = np.random.default_rng(plan.seed)
    turn = 0
    while load.lacks(plan.copied) > 1e-9:
        turn += 1
        for row in random.permutation(rich).tolist():
            if load.lacks(plan.copied) <= 1e-9:
                return
            tile = whole.loc[row]
            load.own += tile["labelled_share"] * tile[share_column(kind.id)]
            load.all += tile["labelled_share"]
            yield {
                **tile.to_dict(),
                "tile_id": f"{tile['tile_id']}_copy{turn}",
                "origin": "copy",
                "parents": tile["tile_id"],
            }


def _remove_files(tiles: TileSet) -> None:
    """Remove synthetic tiles."""
    for kind in ("images", "masks"):
        for path in sorted((tiles.folder / kind).glob("smote_*.tif*")):
            path.unlink()


@dataclass(frozen=True)
class _Synthesis:
    """Synthetic tiles of one run; `rich` are the rows of tiles that are rich in the class."""

    tiles: TileSet
    rich: np.ndarray
    kind: LandClass
    plan: Plan
    jobs: int | None

    @cached_property
    def compared(self) -> np.ndarray:
        """The rich tiles that synthetic ones come from."""
        most = min(MOST_COMPARED, max(2, MASK_BYTES // (self.masks_dtype.itemsize * self.tiles.size**2)))
        if len(self.rich) <= most:
            return self.rich
        return np.sort(np.random.default_rng(self.plan.seed).choice(self.rich, most, replace=False))

    @cached_property
    def masks_dtype(self) -> np.dtype:
        return self.tiles.read_mask(int(self.rich[0])).dtype

    @cached_property
    def masks(self) -> np.ndarray:
        """The masks of these tiles (n, size, size)."""
        return np.stack([self.tiles.read_mask(row) for row in self.compared.tolist()])

    @cached_property
    def valid(self) -> np.ndarray | None:
        """Where these tiles have data in all bands (n, size, size); None where they have everywhere."""
        if (self.tiles.table["valid_share"].to_numpy()[self.compared] == 1).all():
            return None
        return np.stack([np.isfinite(self.tiles.read_image(row)).all(axis=0) for row in self.compared.tolist()])

    def choose(self, load: _Load, found: Balance, job: Job) -> list[Pair]:
        """Between which tiles synthetic ones are to lie; raises InputError where they cannot bring the share."""
        found.compared = len(self.compared)
        found.neighbours = min(self.plan.neighbours, len(self.compared) - 1)
        return self._enough(smote.neighbours(self.tiles, self.compared, found.neighbours, job), load)

    def make(self, pairs: Sequence[Pair], load: _Load, found: Balance, job: Job) -> list[dict]:
        """Write the tiles; returns their rows, adds to the load and to what was found."""
        if not pairs:
            return []
        writer = self._writer()

        def one(number: int) -> dict | None:
            job.check_cancelled()
            with rasterio.Env():
                return self._make(number, pairs[number], writer)

        rows = []
        with closing(windows.each(one, range(len(pairs)), self.jobs)) as results:
            for number, row in results:
                job.progress((number + 1) / len(pairs))
                if row is None:
                    found.unlabelled += 1
                    continue
                rows.append(row)
                load.own += row["labelled_share"] * row[share_column(self.kind.id)]
                load.all += row["labelled_share"]
                found.pairs.append(
                    {
                        "tile_id": row["tile_id"],
                        "base": self._id(pairs[number].base),
                        "neighbour": self._id(pairs[number].neighbour),
                        "weight": pairs[number].weight,
                    }
                )
        return rows

    def _enough(self, order: np.ndarray, load: _Load) -> list[Pair]:
        """As many pairs as bring the class to its share. Each number of pairs is another choice of SMOTE's."""
        known: dict[tuple[int, int, bool], tuple[int, int]] = {}
        pixels = self.tiles.size**2

        def gain(base: int, neighbour: int, weight: float) -> tuple[int, int]:
            """Pixels of the class and of all."""
            key = base, neighbour, weight <= smote.UNSURE
            if key not in known:
                mask = self._mask(Pair(base, neighbour, weight))
                known[key] = int((mask == self.kind.id).sum()), int((mask != self.tiles.ignore).sum())
            return known[key]

        # Weights are even from 0 to 0.5, so two thirds of the tiles are surely of the base's classes.
        every = [
            np.add(np.multiply(gain(base, other, 0.0), 2 / 3), np.multiply(gain(base, other, 0.5), 1 / 3))
            for base, *others in order.tolist()
            for other in others
        ]
        own, all_ = np.mean(every, axis=0) / pixels
        target = self.plan.made
        each = float(own - target * all_)
        if each <= 0:
            raise InputError(
                f"SMOTE_SHARE ({target:g}) cannot be reached: in tiles between those that are rich in {self.kind.name},"
                f" its share is {own / max(all_, 1e-9):.3f}. Choose less, raise RICH_SHARE, or do without it:"
                " SMOTE_SHARE=0."
            )
        number = max(1, int(load.lacks(target) / each / 2))
        while True:
            pairs = smote.choose(order, number, self.plan.seed)
            own, all_ = np.sum([gain(*pair) for pair in pairs], axis=0) / pixels
            lacking = _Load(load.own + own, load.all + all_).lacks(target)
            if lacking <= 1e-9:
                return pairs
            number += max(1, int(lacking / each / 2))  # slowly, so as not to go far beyond

    def _mask(self, pair: Pair) -> np.ndarray:
        """The mask of a synthetic tile; without class too where one of the parents has no data."""
        base, neighbour = self.masks[pair.base], self.masks[pair.neighbour]
        mask = smote.blend(base, neighbour, pair.weight, self.tiles.ignore)
        if self.valid is None:
            return mask
        return np.where(
            self.valid[pair.base] & self.valid[pair.neighbour], mask, np.array(self.tiles.ignore, mask.dtype)
        )

    def _writer(self) -> Writer:
        tiles = self.tiles
        with rasterio.open(tiles.folder / tiles.table["image"].iat[int(self.compared[0])]) as raster:
            form = Format(np.dtype(raster.dtypes[0]), raster.nodata)
        return Writer(tiles.folder, tiles.grid, tiles.size, tiles.bands, form, tiles.classes, tiles.ignore)

    def _make(self, number: int, pair: Pair, writer: Writer) -> dict | None:
        """Write a tile and return its row; None where it would have no class anywhere."""
        tiles = self.tiles
        mask = self._mask(pair)
        counts = np.array([(mask == i).sum() for i in tiles.classes.ids])
        if not counts.any():
            return None
        rows = [int(self.compared[place]) for place in (pair.base, pair.neighbour)]
        base, neighbour = (tiles.read_image(row) for row in rows)
        mixed = smote.mix(base, neighbour, pair.weight, writer.format.dtype, writer.format.nodata)
        place = tiles.table.iloc[rows[0]]
        tile_id = f"smote_{number + 1:05d}"
        image, labels = writer.write(tile_id, int(place["row"]), int(place["col"]), mixed, mask)
        return {
            **place.to_dict(),
            "tile_id": tile_id,
            "origin": "smote",
            "parents": f"{self._id(pair.base)} {self._id(pair.neighbour)}",
            "image": image,
            "mask": labels,
            "valid_share": float(np.isfinite(base + neighbour).all(axis=0).mean()),
            "labelled_share": counts.sum() / mask.size,
            **{share_column(i): counts[n] / counts.sum() for n, i in enumerate(tiles.classes.ids)},
        }

    def _id(self, place: int) -> str:
        return self.tiles.table["tile_id"].iat[int(self.compared[place])]


def _as_json(found: Balance, plan: Plan) -> dict[str, Any]:
    """What balance.json holds."""
    return {
        "class": {"id": found.kind.id, "name": found.kind.name},
        "rich_share": plan.rich,
        "rich_tiles": found.rich,
        "compared_tiles": found.compared,
        "neighbours": found.neighbours,
        "duplicate_share": plan.copied,
        "smote_share": plan.made,
        "seed": plan.seed,
        "share_before": found.shares[0],
        "share_with_copies": found.shares[1],
        "share_after": found.shares[2],
        "copies": found.copies,
        "synthetic": found.pairs,
        "without_labels": found.unlabelled,
    }


def lines(tiles: TileSet, found: Balance) -> list[str]:
    """balance_summary.txt."""
    before = summary.class_shares(tiles, "train", ("cut",))
    after = summary.class_shares(tiles, "train")
    width = max([14, *(len(name) + 2 for name in tiles.classes.names)])
    return [
        f"Training tiles of the class {found.kind.name}",
        "",
        f"Tiles rich in it:  {found.rich:,}",
        f"Copies:            {found.copies:,}",
        f"Synthetic tiles:   {len(found.pairs):,} (SMOTE, {found.neighbours} neighbours)",
        "",
        f"{'Class':<{width}}{'Before':>12}{'After':>12}",
        *(f"{c.name:<{width}}{100 * before[c.id]:>10.3f} %{100 * after[c.id]:>10.3f} %" for c in tiles.classes),
    ]
