"""Splitting a data set into training, validation and test, so that nothing is tested on ground that was learnt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .. import splits
from ..errors import InputError
from .dataset import FOLDS, METADATA, QUALITY, SPLITS, Dataset, column_width, split_table
from .quality import TIERS, extracted, fitting
from .store import HDF5, file_of

# So many footprints are compared with all others at a time.
QUERIES = 2_000


@dataclass(frozen=True)
class Plan:
    """How to split.

    Args:
        grouping: `polygons`, `blocks` or `patches`: what stands whole on one side.
        joined: whether polygons whose patches overlap stay together, for the grouping `polygons`; for `blocks`, whether
            patches that overlap one on another side are left out.
        block_size: edge of a block in units of the CRS; None: a tenth of the patches' extent.
        val_share, test_share: of the patches of each class.
        folds: 1: none. Else as many, and val is the first of them.
        worst_tier: patches of worse tiers are left out.
        seed: of the shuffling.
    """

    grouping: str = "polygons"
    joined: bool = True
    block_size: float | None = None
    val_share: float = 0.2
    test_share: float = 0.0
    folds: int = 1
    worst_tier: str = "acceptable"
    seed: int = 42


@dataclass
class PatchSplit:
    """A split: `part` (train, val, test or empty) and `fold` (from 1; 0: none) of each patch of the manifest.

    `left_out` counts patches by reason, `lone` are classes by id that could not be held out, by part; `groups` is the
    number of groups, `joined` that of polygons which stand with another one; `block_size` is None without blocks.
    """

    part: np.ndarray
    fold: np.ndarray
    left_out: dict[str, int]
    lone: dict[str, list[int]] = field(default_factory=dict)
    groups: int = 0
    joined: int = 0
    block_size: float | None = None


def overlaps(row: np.ndarray, col: np.ndarray, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of patches that share ground, some at a time, each pair once; `row` and `col` are upper left pixels."""
    # Edges that touch are no common ground.
    boxes = shapely.box(col, row, col + size - 0.5, row + size - 0.5)
    tree = shapely.STRtree(boxes)
    for start in range(0, len(boxes), QUERIES):
        left, right = tree.query(boxes[start : start + QUERIES])
        left = left + start
        yield left[left < right], right[left < right]


def joined_polygons(manifest: pd.DataFrame, size: int) -> np.ndarray:
    """A number for each patch that is the same for all patches of a polygon and of those that overlap it."""
    ids, polygon = np.unique(manifest["polygon_id"], return_inverse=True)
    pairs = [np.empty((0, 2), np.int64)]
    for left, right in overlaps(manifest["row"].to_numpy(float), manifest["col"].to_numpy(float), size):
        both = np.column_stack([polygon[left], polygon[right]])
        pairs.append(np.unique(both[both[:, 0] != both[:, 1]], axis=0))
    left, right = np.concatenate(pairs).T
    graph = coo_array((np.ones(len(left), bool), (left, right)), shape=(len(ids), len(ids)))
    return connected_components(graph, directed=False)[1][polygon]


def make(dataset: Dataset, plan: Plan) -> PatchSplit:
    """Split a data set; raises InputError where nothing is left to split or nothing can be held out."""
    manifest = dataset.manifest()
    done = extracted(dataset)
    usable = done.copy()
    if plan.worst_tier != list(TIERS)[-1]:
        admitted = list(TIERS)[: list(TIERS).index(plan.worst_tier) + 1]
        usable &= fitting(dataset, QUALITY)["tier"].isin(admitted).to_numpy()
    left_out = {"not extracted": int((~done).sum()), f"worse than {plan.worst_tier}": int((done & ~usable).sum())}
    rows = np.flatnonzero(usable)
    if not len(rows):
        reasons = ", ".join(f"{reason}: {number}" for reason, number in left_out.items() if number)
        raise InputError(
            f"No patch of {dataset.folder} can be used ({reasons}). Run 'Extract patches' again where patches were not"
            " extracted; for others allow a worse tier, or plan on an image with fewer gaps."
        )
    used = manifest.iloc[rows]
    class_id = used["class_id"].to_numpy()
    group, block_size = _groups(used, dataset.size, plan)
    split = PatchSplit(
        np.full(len(manifest), "", dtype=object), np.zeros(len(manifest), np.int64), left_out, block_size=block_size
    )
    split.groups = len(np.unique(group))
    if plan.grouping == "polygons":
        polygons = used.groupby(group)["polygon_id"].nunique()
        split.joined = int(polygons[polygons > 1].sum())
    part = np.full(len(rows), "train", dtype=object)
    if split.joined and all(len(np.unique(group[class_id == c])) == 1 for c in np.unique(class_id)):
        raise InputError(
            "Nothing can be held out: the patches of all polygons of a class overlap each other, so that these polygons"
            " stand together. Plan smaller patches or less jitter, or switch off 'Keep polygons together whose patches"
            " overlap' and accept that validation sees ground which was learnt."
        )
    if plan.test_share:
        found = splits.split(class_id, group, plan.grouping, plan.test_share, 1, plan.seed, by_size=True)
        part[found.folds[0][1]] = "test"
        split.lone["test"] = found.never_held_out
    rest = np.flatnonzero(part == "train")
    share = plan.val_share / (1 - plan.test_share)
    found = splits.split(class_id[rest], group[rest], plan.grouping, share, plan.folds, plan.seed, by_size=True)
    split.lone["val"] = found.never_held_out
    part[rest[found.folds[0][1]]] = "val"
    fold = np.zeros(len(rows), np.int64)
    if plan.folds > 1:
        for number, (_, held) in enumerate(found.folds, start=1):
            fold[rest[held]] = number
    if plan.grouping == "blocks" and plan.joined:
        side = np.where((part == "test") | (fold == 0), part, fold.astype(str))
        crossing = _crossing(used, side, dataset.size)
        part[crossing], fold[crossing] = "", 0
        left_out["at the border of a block, over ground of another part"] = int(crossing.sum())
    split.part[rows], split.fold[rows] = part, fold
    return split


def _crossing(used: pd.DataFrame, side: np.ndarray, size: int) -> np.ndarray:
    """The patches without which no two of different sides overlap; of such a pair that of training, if one is."""
    found = np.zeros(len(used), bool)
    for left, right in overlaps(used["row"].to_numpy(float), used["col"].to_numpy(float), size):
        across = side[left] != side[right]
        found[np.where(side[right] == "train", right, left)[across]] = True
    return found


def _groups(used: pd.DataFrame, size: int, plan: Plan) -> tuple[np.ndarray, float | None]:
    if plan.grouping == "patches":
        return np.arange(len(used)), None
    if plan.grouping == "polygons":
        return joined_polygons(used, size) if plan.joined else used["polygon_id"].to_numpy(), None
    x, y = used["center_x"].to_numpy(), used["center_y"].to_numpy()
    edge = plan.block_size or max(np.ptp(x), np.ptp(y), 1e-9) / 10
    return splits.blocks(x, y, used["polygon_id"].to_numpy(), edge), edge


@dataclass(frozen=True)
class Leaks:
    """What stands on both sides: polygons with patches in several parts, and patches outside of training that share
    ground with a training patch of another polygon.
    """

    polygons: int
    ground: int


def leaks(manifest: pd.DataFrame, part: np.ndarray, size: int) -> Leaks:
    """Look for what leaks from training; `part` is the part of each patch of the manifest."""
    used = part != ""
    table, part = manifest[used], part[used]
    polygon = table["polygon_id"].to_numpy()
    sides = pd.Series(part).groupby(polygon).nunique()
    touched = np.zeros(len(table), bool)
    for left, right in overlaps(table["row"].to_numpy(float), table["col"].to_numpy(float), size):
        across = (polygon[left] != polygon[right]) & ((part[left] == "train") != (part[right] == "train"))
        for side in (left[across], right[across]):
            touched[side[part[side] != "train"]] = True
    return Leaks(int((sides > 1).sum()), int(touched.sum()))


def paths(dataset: Dataset) -> list[str]:
    """Where each patch of the manifest is, relative to the data set's folder."""
    ids = dataset.manifest()["patch_id"]
    return [HDF5] * len(ids) if dataset.has(HDF5) else [file_of(i) for i in ids]


def write(dataset: Dataset, split: PatchSplit) -> None:
    """Write the tables of the parts and folds, and the column `split` of patch_metadata.csv where there is one."""
    table = dataset.manifest()[["patch_id", "polygon_id", "class_id", "class_name"]].assign(path=paths(dataset))
    described = fitting(dataset, METADATA) if dataset.has(METADATA) else None
    # Without the training part there is no split, so a run that is killed leaves none rather than a mixture.
    for name in (*(split_table(part) for part in SPLITS), FOLDS):
        (dataset.folder / name).unlink(missing_ok=True)
    if described is not None:
        dataset.write_table(METADATA, described.assign(split=split.part))
    if split.fold.any():
        folds = table.drop(columns=["class_name", "path"]).assign(fold=split.fold)
        dataset.write_table(FOLDS, folds[split.fold > 0])
    for name in reversed(SPLITS):
        if name != "test" or (split.part == "test").any():
            dataset.write_table(split_table(name), table[split.part == name])


def facts(dataset: Dataset, plan: Plan, split: PatchSplit, leaking: Leaks) -> dict[str, Any]:
    """What split_metadata.json holds."""
    manifest = dataset.manifest()
    class_id, polygon = manifest["class_id"].to_numpy(), manifest["polygon_id"]
    used = split.part != ""
    count = {name: int((split.part == name).sum()) for name in SPLITS}
    rows = [
        {
            "id": c.id,
            "name": c.name,
            "colour": c.colour,
            **{name: int(((class_id == c.id) & (split.part == name)).sum()) for name in SPLITS},
            "not used": int(((class_id == c.id) & ~used).sum()),
        }
        for c in dataset.classes
    ]
    return {
        "format": 1,
        "grouping": plan.grouping,
        "leaks_by_choice": plan.grouping == "patches",
        "join_overlapping": plan.joined,
        "block_size": split.block_size,
        "seed": plan.seed,
        "wanted": {"val": plan.val_share, "test": plan.test_share},
        "folds": int(split.fold.max()) or 1,
        "worst_tier": plan.worst_tier,
        "patches": {**count, "not used": int((~used).sum())},
        "polygons": {name: int(polygon[split.part == name].nunique()) for name in SPLITS},
        "shares": {name: number / max(int(used.sum()), 1) for name, number in count.items()},
        "left_out": split.left_out,
        "classes": rows,
        "groups": split.groups,
        "joined_polygons": split.joined,
        "never_held_out": split.lone,
        "polygons_on_both_sides": leaking.polygons,
        "patches_on_shared_ground": leaking.ground,
        "fold_patches": np.bincount(split.fold)[1:].tolist() if split.fold.any() else [],
    }


def summary_lines(found: dict[str, Any], warnings: Sequence[str]) -> list[str]:
    """split_summary.txt from what `facts` returns."""
    grouping = {
        "polygons": "whole polygons",
        "blocks": f"whole spatial blocks, edge {found['block_size'] or 0:g}",
        "patches": "single patches: LEAKING, patches of one polygon stand on both sides",
    }[found["grouping"]]
    width = column_width([c["name"] for c in found["classes"]], 24)
    lines = [
        "Split of the patch data set",
        "",
        f"Split by: {grouping}",
        f"Seed: {found['seed']}",
        f"Worst tier used: {found['worst_tier']}",
        "",
        *(
            f"{name:<8}{found['patches'][name]:>8,} patches {100 * found['shares'][name]:>6.1f} %"
            f"{found['polygons'][name]:>8,} polygons"
            for name in SPLITS
        ),
        f"{'unused':<8}{found['patches']['not used']:>8,} patches",
        "",
        f"Groups: {found['groups']:,}; polygons that stand with another because they overlap:"
        f" {found['joined_polygons']:,}",
        f"Polygons on both sides: {found['polygons_on_both_sides']:,}",
        "Held-out patches on ground that training patches of other polygons show:"
        f" {found['patches_on_shared_ground']:,}",
        "",
        f"{'Class':<{width}}" + "".join(f"{name:>10}" for name in (*SPLITS, "unused")),
    ]
    for c in found["classes"]:
        numbers = "".join(f"{c[name]:>10,}" for name in (*SPLITS, "not used"))
        lines.append(f"{c['name']:<{width}}{numbers}")
    if found["fold_patches"]:
        lines += ["", "Folds: " + ", ".join(f"{i}: {n:,}" for i, n in enumerate(found["fold_patches"], start=1))]
    return lines + ([""] + [f"Warning: {text}" for text in warnings] if warnings else [])
