"""Laying out a forest for the kernels: one word a node, level by level, equal leaves shared."""

from __future__ import annotations

import numpy as np

from .arrays import ForestArrays
from .exits import find_exits
from .kernels import EXITS, KEY_BITS, LARGEST_KEY, VOTE_BITS, PackedForest

MOST_CLASSES = 2**16  # what the uint16 of a result can tell apart
# A block's keys may take this, least with small trees and most with large ones, and it may have as many pixels.
BLOCK_BYTES = 2**18, 2**20
BLOCK_BITS = 7, 15


def can_pack(forest: ForestArrays) -> bool:
    """Whether the nodes' words can hold the forest: up to 65,536 classes and 2²³ nodes a tree, less for many features.

    With F features, rounded up to a power of two, a tree may have 2³² / F nodes: four million for 1024 features.
    """
    nodes, n_classes = int(np.diff(forest.first_node).max()), len(forest.classes)
    return (
        nodes <= 2 ** (64 - KEY_BITS - _feature_bits(forest))
        and nodes + n_classes <= 2**VOTE_BITS
        and n_classes <= MOST_CLASSES
    )


def pack(forest: ForestArrays) -> PackedForest:
    """Lay out a forest; ValueError where `can_pack` says no."""
    if not can_pack(forest):
        raise ValueError("The forest is too large to be packed. Map with its `to_sklearn()` instead.")
    feature_bits = _feature_bits(forest)
    leaf, root = forest.is_leaf, forest.root
    vote, fractions, first_row = _votes(forest)
    order, first_node, place = _lay_out(forest, vote)
    block_bits = _block_bits(forest, len(order))
    key = np.where(leaf, LARGEST_KEY + vote, keys_of(_float32_below(forest.threshold)))
    feature = np.where(leaf, 0, forest.feature)
    child = place[np.where(leaf, np.arange(len(leaf)), root + forest.left)]
    word = child << np.uint64(feature_bits) | feature.astype(np.uint64)
    word = word << np.uint64(KEY_BITS) | key.astype(np.uint64)

    test_row, tests = np.zeros((forest.n_trees, EXITS), np.int64), np.zeros(forest.n_trees, np.int64)
    test_key, test_keep = np.full(test_row.shape, LARGEST_KEY), np.full(test_row.shape, 2**EXITS - 1, np.uint32)
    exits, steps = np.zeros(test_row.shape, np.uint32), np.zeros(forest.n_trees, np.int64)
    for tree, top in enumerate(find_exits(forest)):
        n = len(top.tests)
        test_row[tree, :n] = feature[top.tests].astype(np.int64) << block_bits
        test_key[tree, :n] = key[top.tests]
        test_keep[tree, :n] = top.keep
        exits[tree, : len(top.exits)] = place[top.exits]
        tests[tree], steps[tree] = -(-n // 4) * 4, top.steps
    return PackedForest(
        nodes=word[order],
        first_node=first_node,
        fractions=fractions,
        first_row=first_row,
        test_row=test_row,
        test_key=test_key,
        test_keep=test_keep,
        tests=tests,
        exits=exits,
        steps=steps,
        n_classes=len(forest.classes),
        largest_vote=float(forest.leaf_value.max()),
        block_bits=block_bits,
        # Taken out of the word, the feature is already multiplied by the length of a block.
        feature_shift=np.uint64(KEY_BITS - block_bits),
        feature_mask=np.uint64((2**feature_bits - 1) << block_bits),
        child_shift=np.uint64(KEY_BITS + feature_bits),
    )


def keys_of(values: np.ndarray) -> np.ndarray:
    """Map float32 to uint32 so that a < b means key(a) < key(b), also for infinities; -0 comes right before 0.

    The bits of positive floats are in order as they are; negative ones run backwards, so all their bits are flipped.
    """
    bits = values.view(np.uint32)
    return np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))


def _float32_below(threshold: np.ndarray) -> np.ndarray:
    """The largest float32 t32 ≤ t: for any x of float32, x ≤ t if and only if x ≤ t32, and also key(x) ≤ key(t32)."""
    with np.errstate(over="ignore"):
        nearest = threshold.astype(np.float32)
    below = np.where(nearest > threshold, np.nextafter(nearest, np.float32(-np.inf)), nearest)
    return below.astype(np.float32) + np.float32(0)  # adding 0 turns -0, under which 0 would not come, into 0


def _feature_bits(forest: ForestArrays) -> int:
    return (forest.n_features - 1).bit_length()


def _block_bits(forest: ForestArrays, nodes: int) -> int:
    """Pixels a block, as a power of two: few enough that their keys stay in the second-level cache.

    Their votes may take some more, being read from first to last. Large trees do not stay in the cache anyway and
    are read once a block, so with them longer blocks win.
    """
    block_bytes = np.clip(4 * 8 * nodes // forest.n_trees, *BLOCK_BYTES)
    pixel_bytes = max(4 * forest.n_features, 2 * len(forest.classes))
    return int(np.clip(int(block_bytes // pixel_bytes).bit_length() - 1, *BLOCK_BITS))


def _votes(forest: ForestArrays) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The vote of each node (0 but in leaves), `PackedForest.fractions` and `PackedForest.first_row`.

    A leaf votes for a class alone only if its fractions are one 1 and else 0: adding the zeros changes no sum.
    """
    value = forest.leaf_value
    pure = (value.max(axis=1) == 1) & ((value != 0).sum(axis=1) == 1)
    mixed = np.zeros(len(forest.left), bool)
    mixed[forest.is_leaf] = ~pure
    row = np.cumsum(mixed) - mixed
    first_row = row[forest.first_node[:-1]]
    vote = np.zeros(len(mixed), np.int64)
    vote[forest.is_leaf] = value.argmax(axis=1)
    vote[mixed] = (len(forest.classes) + row - row[forest.root])[mixed]
    return vote, value[~pure], first_row


def _lay_out(forest: ForestArrays, vote: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where nodes go: the node at each new place, each tree's first place, and each node's place in its tree.

    Half of a tree is leaves, and most of those are pairs that vote like many others: one pair stands in for all
    alike in the tree. That makes it about 40 % smaller, and what is left more often in the cache.
    """
    leaf, root = forest.is_leaf, forest.root
    by_level = np.concatenate(list(forest.levels()))
    order = by_level[np.argsort(root[by_level], kind="stable")]
    parent = order[~leaf[order]]
    left, right = root[parent] + forest.left[parent], root[parent] + forest.right[parent]
    n_classes = len(forest.classes)
    pure = leaf & (vote < n_classes)
    pair = pure[left] & pure[right]
    left, right = left[pair], right[pair]
    tree = np.searchsorted(forest.first_node, left, side="right")
    kind = (tree * n_classes + vote[left]) * n_classes + vote[right]
    _, first, alike = np.unique(kind, return_index=True, return_inverse=True)
    stand_in = np.arange(len(leaf))
    stand_in[left], stand_in[right] = left[first[alike]], right[first[alike]]
    order = order[stand_in[order] == order]
    first_node = np.searchsorted(root[order], [*forest.first_node[:-1], len(leaf)])
    place = np.zeros(len(leaf), np.uint64)
    place[order] = np.arange(len(order)) - np.repeat(first_node[:-1], np.diff(first_node))
    return order, first_node, place[stand_in]
