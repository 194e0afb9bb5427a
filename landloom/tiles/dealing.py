"""Dealing blocks to training, validation and test, so that the classes' shares are alike in all three."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

# Beginnings that are tried; the search ends in a different place from each.
TRIALS = 12
# A class that a part lacks costs more than any difference of shares; one that training lacks costs most.
LACKING, LACKING_IN_TRAINING = 1e3, 1e4
# Beyond this, trying all pairs to swap takes too long, and single moves come close enough.
MOST_TO_SWAP = 400


def deal(amounts: np.ndarray, tiles: np.ndarray, shares: Mapping[str, float], seed: int) -> np.ndarray:
    """The part of each of n blocks, n at least the number of parts.

    Args:
        amounts: (n, classes) labelled pixels of each class in each block.
        tiles: (n,) number of tiles of each block.
        shares: of each part, above 0, in total 1; `train` is one of them.
        seed: of the order in which blocks are dealt.

    Wanted is that each part has its share of each class's pixels and of the tiles: the sum of
    (found - wanted)² / wanted over parts and classes, as in a chi-squared test, is brought down by moving and swapping
    blocks from several random beginnings. No part is left without a block; a class that has a block for each part is
    in all of them, as far as the search can find it.
    """
    parts = list(shares)
    wanted = np.array([shares[part] for part in parts])
    totals = np.maximum(amounts.sum(axis=0), 1)
    # Each class counts the same, however rare, and so does the number of tiles.
    loads = np.column_stack([amounts / totals, tiles / tiles.sum()])
    missing = np.where(np.array(parts) == "train", LACKING_IN_TRAINING, LACKING)
    random = np.random.default_rng(seed)
    best, least = None, np.inf
    for _ in range(TRIALS):
        part = _improve(_begin(loads, wanted, random), loads, wanted, missing)
        found = float(_cost(_sums(part, loads, len(parts)), wanted, missing))
        if found < least - 1e-12:
            best, least = part, found
    return np.array(parts, dtype=object)[best]


def _sums(part: np.ndarray, loads: np.ndarray, parts: int) -> np.ndarray:
    return np.stack([loads[part == p].sum(axis=0) for p in range(parts)])


def _cost(sums: np.ndarray, wanted: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """How far sums (…, parts, loads) are from what is wanted; (…)."""
    share = wanted[:, np.newaxis]
    apart = ((sums - share) ** 2 / share).sum(axis=(-2, -1))
    occurs = sums.sum(axis=-2, keepdims=True) > 1e-12
    return apart + (((sums < 1e-12) & occurs) * missing[:, np.newaxis]).sum(axis=(-2, -1))


def _begin(loads: np.ndarray, wanted: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Deal the blocks one by one, those that hold most of a class first, each to where most is missing."""
    weight = loads.max(axis=1) * random.uniform(0.7, 1.3, len(loads))
    part = np.full(len(loads), -1)
    left = np.repeat(wanted[:, np.newaxis], loads.shape[1], axis=1)
    for block in np.argsort(-weight, kind="stable").tolist():
        # What the part would still lack of what this block has, as a share of what it wants.
        need = (left / wanted[:, np.newaxis]) @ loads[block]
        part[block] = int(np.argmax(need))
        left[part[block]] -= loads[block]
    for p in range(len(wanted)):
        if not (part == p).any():
            largest = int(np.argmax(np.bincount(part, minlength=len(wanted))))
            part[int(random.choice(np.flatnonzero(part == largest)))] = p
    return part


def _improve(part: np.ndarray, loads: np.ndarray, wanted: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Move or swap blocks as long as that helps."""
    part = part.copy()
    count, parts = len(part), len(wanted)
    sums = _sums(part, loads, parts)
    cost = float(_cost(sums, wanted, missing))
    for _ in range(4 * count + 20):
        best = cost - 1e-12
        step: tuple[tuple[int, int], ...] | None = None
        for other in range(parts):
            # Moving any one block of another part, but not a part's last one.
            candidates = np.flatnonzero((part != other) & (np.bincount(part, minlength=parts)[part] > 1))
            if len(candidates):
                costs = _moved(sums, part[candidates], other, loads[candidates], wanted, missing)
                if costs.min() < best:
                    best, step = float(costs.min()), ((int(candidates[costs.argmin()]), other),)
        if step is None and count <= MOST_TO_SWAP:
            best, step = _best_swap(part, sums, loads, wanted, missing, best)
        if step is None:
            return part
        for block, other in step:
            sums[part[block]] -= loads[block]
            sums[other] += loads[block]
            part[block] = other
        cost = float(_cost(sums, wanted, missing))
    return part


def _moved(
    sums: np.ndarray, origin: np.ndarray, target: int, loads: np.ndarray, wanted: np.ndarray, missing: np.ndarray
) -> np.ndarray:
    """The cost after each of several moves of a load from a part to `target`."""
    after = np.repeat(sums[np.newaxis], len(origin), axis=0)
    after[np.arange(len(origin)), origin] -= loads
    after[:, target] += loads
    return _cost(after, wanted, missing)


def _best_swap(
    part: np.ndarray, sums: np.ndarray, loads: np.ndarray, wanted: np.ndarray, missing: np.ndarray, best: float
) -> tuple[float, tuple[tuple[int, int], ...] | None]:
    step = None
    for block in range(len(part)):
        others = np.flatnonzero(part > part[block])
        if not len(others):
            continue
        after = np.repeat(sums[np.newaxis], len(others), axis=0)
        gain = loads[others] - loads[block]
        after[:, part[block]] += gain
        after[np.arange(len(others)), part[others]] -= gain
        costs = _cost(after, wanted, missing)
        if costs.min() < best:
            other = int(others[costs.argmin()])
            best, step = float(costs.min()), ((block, int(part[other])), (other, int(part[block])))
    return best, step
