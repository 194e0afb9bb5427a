"""Splitting samples for validation so that what is tested was never near what was trained on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from .errors import InputError

GROUPINGS = {
    "polygons": "Whole polygons are held out",
    "blocks": "Whole spatial blocks are held out",
    "pixels": "Single pixels are held out (optimistic: their neighbours are trained on)",
}


@dataclass(frozen=True)
class Split:
    """Folds of (training, held-out) indices; `never_held_out` are classes that could not be tested."""

    folds: list[tuple[np.ndarray, np.ndarray]]
    never_held_out: list[int]


def split(class_id: np.ndarray, group: np.ndarray, grouping: str, share: float, folds: int, seed: int) -> Split:
    """Split n samples.

    Args:
        class_id: (n,) class of each sample.
        group: (n,) polygon or block of each sample; not looked at for the grouping `pixels`.
        grouping: one of GROUPINGS.
        share: of the polygons, blocks or pixels of each class that are held out, where `folds` is 1.
        folds: from 2 on: cross-validation, each group is held out once.
        seed: of the shuffling.

    Raises InputError where nothing can be held out.
    """
    if grouping == "polygons":
        fold_of = _deal_polygons(class_id, group, share, folds, seed)
    else:
        fold_of = _deal(class_id, group if grouping == "blocks" else None, share, folds, seed)
    result = [(np.flatnonzero(fold_of != k), np.flatnonzero(fold_of == k)) for k in range(folds)]
    result = [(train, held) for train, held in result if len(train) and len(held)]
    if not result:
        raise InputError(
            f"Nothing can be held out for validation by {grouping}: every class has only one. Draw more polygons,"
            " choose another grouping, or a validation share of 0."
        )
    tested = {c for _, held in result for c in np.unique(class_id[held]).tolist()}
    return Split(result, sorted(set(np.unique(class_id).tolist()) - tested))


def _deal_polygons(class_id: np.ndarray, group: np.ndarray, share: float, folds: int, seed: int) -> np.ndarray:
    """The fold of each sample, -1 for none. Class by class, so that every class of two polygons is tested.

    A class's only polygon is never held out: the model could not know the class.
    """
    random = np.random.default_rng(seed)
    fold_of = np.full(len(class_id), -1)
    for c in np.unique(class_id):
        polygons = random.permutation(np.unique(group[class_id == c]))
        if len(polygons) < 2:
            continue
        if folds == 1:
            held = int(np.clip(round(share * len(polygons)), 1, len(polygons) - 1))
            fold_of[np.isin(group, polygons[:held]) & (class_id == c)] = 0
        else:
            for number, polygon in enumerate(polygons):
                fold_of[(group == polygon) & (class_id == c)] = number % folds
    return fold_of


def _deal(class_id: np.ndarray, group: np.ndarray | None, share: float, folds: int, seed: int) -> np.ndarray:
    """The fold of each sample by blocks or single pixels, stratified by class; one fold of many for a holdout."""
    parts = folds if folds > 1 else max(2, round(1 / share))
    fewest = (
        len(np.unique(group))
        if group is not None
        else int(np.bincount(np.unique(class_id, return_inverse=True)[1]).max())
    )
    if fewest < parts:
        raise InputError(
            f"{parts} parts cannot be made of {fewest} {'blocks' if group is not None else 'pixels'}. Use smaller"
            " blocks, fewer folds or a larger share."
        )
    if group is None:
        dealt = StratifiedKFold(parts, shuffle=True, random_state=seed).split(class_id, class_id)
    else:
        dealt = StratifiedGroupKFold(parts, shuffle=True, random_state=seed).split(class_id, class_id, group)
    fold_of = np.full(len(class_id), -1)
    for number, (_, held) in enumerate(dealt):
        if number < folds:
            fold_of[held] = number
    return fold_of


def blocks(x: np.ndarray, y: np.ndarray, polygon_id: np.ndarray, size: float) -> np.ndarray:
    """The spatial block of each sample; a polygon belongs whole to the block of its middle.

    `size` is the blocks' edge in units of the CRS.
    """
    _, number = np.unique(polygon_id, return_inverse=True)
    count = np.bincount(number)
    middle_x, middle_y = np.bincount(number, x) / count, np.bincount(number, y) / count
    cell = np.floor(np.column_stack([middle_x, middle_y]) / size).astype(np.int64)
    return np.unique(cell, axis=0, return_inverse=True)[1].reshape(-1)[number]
