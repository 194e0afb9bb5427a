"""Splitting records into training, validation and test, so that no image and no ground stands on both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from .. import splits
from ..errors import InputError, ParameterError
from . import balance
from .dealing import Groups, deal
from .inventory import UNNAMED, parsed_times
from .joining import Relations, chained, together
from .table import PARTS, Records

LATER, UNTIMED = "later than what else is known of their image or group", "without a time"
BORDER, UNNAMED_TYPE = "at the border of a block, over ground of another part", "of types without a share"
SURPLUS = "more than their type's share"


@dataclass(frozen=True)
class Plan:
    """How to split.

    Args:
        grouping: what stands whole on one side: `images`, `groups` (a column's values) or `blocks` (of ground).
        column: the column of the groups.
        joined: whether images whose footprints overlap stand together; with blocks, whether records that overlap one
            on another side are left out.
        block_size: edge of a block in units of the footprints' CRS; None: a tenth of their extent.
        order: `random`, or `time`: the latest records are the test, those before it validation.
        metric: by whose quantiles records are stratified, beside their type; None: by type alone.
        quantiles: number of classes of quality.
        val_share, test_share: of the records of each stratum.
        folds: 1: none. Else as many of what is not test, and val is the first of them.
        shares: of the types, which sum to 1, or None.
        inspect_share: of the records, for somebody to look at.
        seed: of the drawing.
    """

    grouping: str = "images"
    column: str = "group"
    joined: bool = True
    block_size: float | None = None
    order: str = "random"
    metric: str | None = None
    quantiles: int = 4
    val_share: float = 0.15
    test_share: float = 0.05
    folds: int = 1
    shares: dict[str, float] | None = None
    inspect_share: float = 0.1
    seed: int = 42

    @property
    def held(self) -> dict[str, float]:
        """The share of each part that is held out; with folds every record is once in validation."""
        val = self.val_share if self.folds == 1 else (1 - self.test_share) / self.folds
        return {"val": val, "test": self.test_share}


@dataclass
class RecordSplit:
    """A split: part, fold and inspect of each record, as in `records.SPLIT`.

    `stratum` names type and class of quality of each record; `together` numbers what stands whole on one side;
    `left_out` counts records by reason; `thin` are the strata that are too small to be in each part, with their
    records; `short` says how many more of a type its share needs; `lone` are types without records, by part; `joined`
    counts images that stand with others because their footprints overlap.
    """

    part: np.ndarray
    fold: np.ndarray
    inspect: np.ndarray
    stratum: pd.Series
    together: np.ndarray
    left_out: Counter
    thin: dict[str, int] = field(default_factory=dict)
    short: dict[str, int] = field(default_factory=dict)
    lone: dict[str, list[str]] = field(default_factory=dict)
    joined: int = 0
    block_size: float | None = None


def make(records: Records, relations: Relations, plan: Plan) -> RecordSplit:
    """Split records. Raises InputError where a part would be empty, ParameterError for an unknown column."""
    table, number = records.table.reset_index(drop=True), len(records)
    if not number:
        raise InputError(f"{records.path} has no records. Mine more results.")
    random = np.random.default_rng(plan.seed)
    kind = table["type"].to_numpy(object)
    quality, names = _quality(records, plan)
    strata = _strata(kind, quality, names)
    groups, block_size = _groups(records, relations, plan)
    split = RecordSplit(
        np.full(number, "", object), np.zeros(number, int), np.zeros(number, int), strata, groups, Counter()
    )
    split.block_size = block_size
    if plan.joined and plan.grouping == "images":
        images = pd.Series(relations.image).groupby(groups).nunique()
        split.joined = int(images[images > 1].sum())
    used = np.ones(number, bool)
    if plan.shares:
        balanced = balance.draw(kind, quality, plan.shares, random)
        used, split.short = balanced.used, balanced.short
        split.left_out[SURPLUS], split.left_out[UNNAMED_TYPE] = balanced.surplus, balanced.unnamed
    code = pd.factorize(strata, sort=True)[0]
    _deal_parts(table, plan, split, code, kind, used, random)
    if plan.grouping == "blocks" and plan.joined:
        crossing = _crossing(split, relations)
        split.part[crossing], split.fold[crossing] = "", 0
        split.left_out[BORDER] = int(crossing.sum())
    _refuse_empty(records, plan, split)
    every = [stratum for name in dict.fromkeys(kind[used].tolist()) for stratum in _strata_of(name, names)]
    _name_the_few(plan, split, kind, used, every)
    rows = np.flatnonzero(split.part != "")
    shares = [1 - plan.inspect_share, plan.inspect_share]
    split.inspect[rows] = deal(code[rows], np.ones(len(rows), int), shares, random)
    split.left_out = +split.left_out
    return split


def _quality(records: Records, plan: Plan) -> tuple[np.ndarray, list[str]]:
    """The class of quality of each record, -1 where it is unknown, and the classes' names, from low to high."""
    if plan.metric is None or plan.quantiles == 1:
        return np.zeros(len(records), int), [""]
    values = records.metric(plan.metric)
    known = values[np.isfinite(values)]
    if not len(known):
        raise InputError(f"No record of {records.path} has a value of '{plan.metric}'. Choose another METRIC.")
    edges = np.unique(np.quantile(known, np.linspace(0, 1, plan.quantiles + 1)[1:-1]))
    edges = edges[edges > known.min()]  # where one value is frequent
    bounds = ["", *(f"{edge:.4g}" for edge in edges), ""]
    names = [
        f", {plan.metric} " + (f"{low} – {high}" if low and high else f"below {high}" if high else f"from {low}")
        for low, high in pairwise(bounds)
    ]
    return np.where(np.isfinite(values), np.searchsorted(edges, values, side="right"), -1), names if len(edges) else [
        ""
    ]


def _strata(kind: np.ndarray, quality: np.ndarray, names: Sequence[str]) -> pd.Series:
    return pd.Series(
        [(k or UNNAMED) + (names[q] if q >= 0 else ", quality unknown") for k, q in zip(kind, quality, strict=True)],
        dtype=object,
    )


def _strata_of(kind: str, names: Sequence[str]) -> list[str]:
    return [(kind or UNNAMED) + name for name in names]


def _groups(records: Records, relations: Relations, plan: Plan) -> tuple[np.ndarray, float | None]:
    """What stands whole on one side, by number; and the edge of the blocks."""
    number, image = len(records), chained(relations.image)
    if plan.grouping == "blocks":
        placed = np.flatnonzero(relations.place >= 0)
        if not len(placed):
            raise InputError(f"{records.path} has no footprints, so there are no blocks. Choose another GROUPING.")
        x, y = relations.middle[relations.place[placed]].T
        edge = plan.block_size or max(np.ptp(x), np.ptp(y), 1e-9) / 10
        block = splits.blocks(x, y, relations.image[placed], edge)
        return together(number, image, placed[chained(block)]), edge
    pairs = [image, relations.links()] if plan.joined else [image]
    if plan.grouping == "groups":
        pairs.append(chained(_named_groups(records, plan.column)))
    return together(number, *pairs), None


def _named_groups(records: Records, column: str) -> np.ndarray:
    """A number for each value of a column; records without a value stand for themselves."""
    if column not in records.table:
        raise ParameterError(f"{records.path} has no column '{column}'. It has: {', '.join(records.table.columns)}.")
    names = records.table[column].astype("string").fillna("").reset_index(drop=True)
    if (names == "").all():
        raise InputError(f"The column '{column}' of {records.path} is empty. Choose another COLUMN or GROUPING.")
    code = pd.factorize(names)[0]
    return np.where(names == "", code.max() + 1 + np.arange(len(names)), code)


def _deal_parts(
    table: pd.DataFrame,
    plan: Plan,
    split: RecordSplit,
    code: np.ndarray,
    kind: np.ndarray,
    used: np.ndarray,
    random: np.random.Generator,
) -> None:
    """Give the records that are used their parts and folds; `code` numbers their strata."""
    held = plan.val_share if plan.folds == 1 else 0.0
    rows = np.flatnonzero(used)
    if plan.order == "time":
        _deal_by_time(table, plan, split, rows, held)
    else:
        shares = [1 - plan.test_share - held, held, plan.test_share]
        dealt = Groups(split.together[rows], code[rows], kind[rows]).deal(shares, random, keep=True)
        split.part[rows] = np.array(PARTS, object)[dealt]
    if plan.folds > 1:
        rows = np.flatnonzero(split.part == "train")
        shares = [1 / plan.folds] * plan.folds
        split.fold[rows] = 1 + Groups(split.together[rows], code[rows], kind[rows]).deal(shares, random)
        split.part[split.fold == 1] = "val"


def _deal_by_time(table: pd.DataFrame, plan: Plan, split: RecordSplit, rows: np.ndarray, held: float) -> None:
    """The latest records are the test, those before validation. Of what stands together and is in several parts, only
    the earliest stays: else training would know what is tested, or the past would be tested by the future.
    """
    times = parsed_times(table["time"])[rows]
    split.left_out[UNTIMED] = int(times.isna().sum())
    rows, moment = rows[times.notna()], times.dropna().to_numpy("datetime64[ns]")
    if len(np.unique(moment)) < 2:
        what = "All records have the same time" if len(rows) else "No record has a time"
        raise InputError(f"{what}, so that they cannot be split by it. Choose another ORDER.")
    ranked = np.sort(moment)
    part = np.zeros(len(rows), int)
    for number, share in ((1, held + plan.test_share), (2, plan.test_share)):
        if share:
            part[moment >= _cut(ranked, share)] = number
    stays = part == pd.Series(part).groupby(split.together[rows]).transform("min").to_numpy()
    split.part[rows[stays]] = np.array(PARTS, object)[part[stays]]
    split.left_out[LATER] = int((~stays).sum())


def _cut(ranked: np.ndarray, share: float) -> Any:
    """The time from which on about such a share of the records lies; records of one time are on one side."""
    starts = 1 + np.flatnonzero(ranked[1:] != ranked[:-1])  # the first of each later time
    return ranked[starts[np.argmin(np.abs(starts - (1 - share) * len(ranked)))]]


def _crossing(split: RecordSplit, relations: Relations) -> np.ndarray:
    """Records without which no two of different sides overlap; of such a pair those of training, if one is."""
    side = np.where(split.fold > 0, split.fold.astype(str).astype(object), split.part)
    number, left, right = relations.meeting(side)
    train = np.zeros(number.max() + 1, bool)
    train[number[(number >= 0) & (split.part == "train")]] = True
    return np.isin(number, np.where(train[right], right, left))


def _refuse_empty(records: Records, plan: Plan, split: RecordSplit) -> None:
    """Raise InputError where a part that was asked for is empty."""
    wanted = {"train": 1.0, **plan.held}
    there = {part: bool((split.part == part).any()) for part in PARTS}
    empty = [part for part in PARTS if wanted[part] and not there[part]]
    if plan.folds > 1 and len(np.unique(split.fold[split.fold > 0])) < plan.folds:
        empty.append("one of the folds")
    if not empty:
        return
    words = {"train": "training", "val": "validation", "test": "the test"}.get(empty[0], empty[0])
    sizes = np.bincount(split.together)
    whole = {"images": "images", "groups": f"values of '{plan.column}'", "blocks": "blocks"}[plan.grouping]
    if plan.order == "time":
        remedy = "choose ORDER random"
    elif plan.joined and plan.grouping != "blocks" and (split.joined or plan.grouping == "groups"):
        remedy = "choose blocks for GROUPING, which leaves out what overlaps"
    else:
        remedy = "choose larger shares"
    raise InputError(
        f"No record is left for {words}: the {len(split.part):,} records of {records.path} make {len(sizes):,} groups"
        f" that must stand whole on one side ({whole}, together where images are the same or footprints overlap), the"
        f" largest of {int(sizes.max()):,} records. Collect results of more images, or {remedy}."
    )


def _name_the_few(plan: Plan, split: RecordSplit, kind: np.ndarray, used: np.ndarray, every: Sequence[str]) -> None:
    """Name the strata that are too small for a record in each part, and the types that a part lacks."""
    held = {part: share for part, share in plan.held.items() if share}
    fewest = int(np.ceil(1 / min(held.values())))
    counts = split.stratum[used].value_counts()
    counts = counts.reindex(dict.fromkeys([*every, *counts.index]), fill_value=0).sort_values(kind="stable")
    split.thin = {str(name): int(n) for name, n in counts.items() if n < fewest}
    for part in ("train", *held):
        lacking = set(kind[used].tolist()) - set(kind[split.part == part].tolist())
        if lacking:
            split.lone[part] = sorted(name or UNNAMED for name in lacking)


@dataclass(frozen=True)
class Leaks:
    """What stands on both sides: images with records in several parts or folds, and held-out records that share ground
    with one of training.
    """

    images: int
    ground: int


def leaks(relations: Relations, split: RecordSplit) -> Leaks:
    """Look for what leaks, whatever the grouping."""
    side = np.where(split.fold > 0, split.fold.astype(str).astype(object), split.part)
    used = side != ""
    sides = pd.Series(side[used]).groupby(relations.image[used]).nunique()
    learnt = np.where(used, np.where(split.part == "train", "train", "held"), "").astype(object)
    number, left, right = relations.meeting(learnt)
    touched = np.isin(number, np.concatenate([left, right])) & (learnt == "held")
    return Leaks(int((sides > 1).sum()), int(touched.sum()))


def facts(records: Records, plan: Plan, split: RecordSplit, leaking: Leaks) -> dict[str, Any]:
    """What the metadata file holds."""
    used = split.part != ""
    kind = records.table["type"].replace("", UNNAMED).reset_index(drop=True)
    return {
        "format": 1,
        "grouping": plan.grouping,
        "column": plan.column if plan.grouping == "groups" else None,
        "join_overlapping": plan.joined,
        "block_size": split.block_size,
        "order": plan.order,
        "metric": plan.metric,
        "quantiles": plan.quantiles,
        "wanted": plan.held,
        "folds": plan.folds,
        "balance": plan.shares,
        "seed": plan.seed,
        "records": {**{part: int((split.part == part).sum()) for part in PARTS}, "not used": int((~used).sum())},
        "shares": {part: float((split.part[used] == part).mean()) for part in PARTS},
        "fold_records": np.bincount(split.fold)[1:].tolist() if split.fold.any() else [],
        "inspect": int(split.inspect.sum()),
        "types": _by(kind, split.part),
        "strata": _by(split.stratum, split.part),
        "groups": len(np.unique(split.together)),
        "joined_images": split.joined,
        "left_out": dict(split.left_out),
        "too_few": split.thin,
        "short_of_share": {name or UNNAMED: n for name, n in split.short.items()},
        "types_lacking": split.lone,
        "images_on_both_sides": leaking.images,
        "held_out_on_learnt_ground": leaking.ground,
    }


def _by(names: pd.Series, part: np.ndarray) -> list[dict[str, Any]]:
    """Records by name and part."""
    counts = pd.crosstab(names, part)
    parts = {name: name or "not used" for name in (*PARTS, "")}
    return [
        {"name": str(name), **{label: int(row.get(part, 0)) for part, label in parts.items()}}
        for name, row in counts.iterrows()
    ]
