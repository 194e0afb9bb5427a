"""Splitting samples for validation so that what is tested was never near what was trained on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import InputError

# What is held out as a whole.
GROUPINGS = ("polygons", "blocks", "pixels")


@dataclass(frozen=True)
class Split:
    """Folds of (training, held-out) indices; `never_held_out` are classes that could not be tested."""

    folds: list[tuple[np.ndarray, np.ndarray]]
    never_held_out: list[int]


def split(
    class_id: np.ndarray, group: np.ndarray, grouping: str, share: float, folds: int, seed: int, by_size: bool = False
) -> Split:
    """Split n samples.

    Args:
        class_id: (n,) class of each sample.
        group: (n,) polygon or block of each sample; not looked at for the grouping `pixels`.
        grouping: one of GROUPINGS.
        share: of the polygons, blocks or pixels of each class that are held out, where `folds` is 1.
        folds: from 2 on: cross-validation, each group is held out once.
        seed: of the shuffling.
        by_size: make shares and folds even in samples, not in groups: for groups of very different size.

    A group stands whole on one side. Every class of two groups is tested, and each model knows the classes that it
    is tested on: groups without which it would not stay in training, such as a class's only polygon. (Where blocks
    hold several classes these two can exclude each other; then the second counts.)

    Raises InputError where nothing can be held out.
    """
    classes = np.unique(class_id)
    if grouping == "pixels":
        group = np.arange(len(class_id))
        members = [np.flatnonzero(class_id == c) for c in classes]
        sizes = [np.ones(len(m), np.int64) for m in members]
    else:
        _, group = np.unique(group, return_inverse=True)
        counted = [np.unique(group[class_id == c], return_counts=True) for c in classes]
        members = [groups for groups, _ in counted]
        sizes = [size if by_size else np.ones_like(size) for _, size in counted]
    fold_of = _deal(members, sizes, share, folds, np.random.default_rng(seed))[group]
    result = [(np.flatnonzero(fold_of != k), np.flatnonzero(fold_of == k)) for k in range(folds)]
    result = [(train, held) for train, held in result if len(held)]
    if not result:
        raise InputError(
            f"Nothing can be held out for validation by {grouping}: every class has only one. Draw more polygons,"
            " choose another grouping, or switch the validation off."
        )
    tested = np.unique(class_id[fold_of >= 0])
    return Split(result, np.setdiff1d(classes, tested).tolist())


def _deal(
    members: list[np.ndarray], sizes: list[np.ndarray], share: float, folds: int, random: np.random.Generator
) -> np.ndarray:
    """The fold of each group, -1 for those never held out. `members` are the groups of each class, with their sizes.

    Class by class, the rarest first, so that it has the choice. Each class's groups go to the folds in turn,
    beginning with the one that has the least.
    """
    waiting, training = -2, -1
    fold_of = np.full(max(int(m.max()) for m in members) + 1, waiting)
    load = np.zeros(folds, np.int64)
    for groups, size in sorted(zip(members, sizes, strict=True), key=lambda one: len(one[0])):
        order = random.permutation(np.flatnonzero(fold_of[groups] == waiting))
        free, weight = groups[order], size[order]
        if folds == 1:
            wanted = min(max(round(share * size.sum()), 1), size.sum() - 1)  # of a single sample none
            missing = wanted - size[fold_of[groups] == 0].sum()
            held = _nearest(weight, missing) if len(groups) > 1 else np.zeros(len(free), bool)
            fold_of[free] = np.where(held, 0, training)
        else:
            known = fold_of[groups] >= 0
            dealt = np.bincount(fold_of[groups][known], size[known], minlength=folds)
            if (weight == 1).all():
                fold_of[free] = np.resize(np.lexsort((load, dealt)), len(free))
                load += np.bincount(fold_of[free], minlength=folds)
                continue
            # The largest first, so that the small ones can even it out.
            for i in np.argsort(-weight, kind="stable"):
                fold = np.lexsort((load, dealt))[0]
                fold_of[free[i]] = fold
                dealt[fold] += weight[i]
                load[fold] += weight[i]
    for groups in members:
        if len(groups) and fold_of[groups].min() >= 0 and (fold_of[groups] == fold_of[groups[0]]).all():
            fold_of[groups[0]] = training
    return fold_of


def _nearest(size: np.ndarray, wanted: float) -> np.ndarray:
    """Which groups to take so that their sizes sum to about `wanted`; at least one where that is more than 0.

    In their order those that fit, then the one that brings the sum nearest.
    """
    taken = np.zeros(len(size), bool)
    for i, s in enumerate(size.tolist()):
        if s <= wanted:
            taken[i] = True
            wanted -= s
    if wanted > 0 and not taken.all():
        left = np.flatnonzero(~taken)
        best = left[np.argmin(np.abs(size[left] - wanted))]
        if not taken.any() or abs(size[best] - wanted) < wanted:
            taken[best] = True
    return taken


def blocks(x: np.ndarray, y: np.ndarray, polygon_id: np.ndarray, size: float) -> np.ndarray:
    """The spatial block of each sample; a polygon belongs whole to the block of its middle.

    `size` is the blocks' edge in units of the CRS.
    """
    _, number = np.unique(polygon_id, return_inverse=True)
    count = np.bincount(number)
    middle_x, middle_y = np.bincount(number, x) / count, np.bincount(number, y) / count
    cell = np.floor(np.column_stack([middle_x, middle_y]) / size).astype(np.int64)
    return np.unique(cell, axis=0, return_inverse=True)[1].reshape(-1)[number]
