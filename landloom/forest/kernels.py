"""The compiled loops. Each runs on one thread, without the interpreter lock: callers bring their own threads."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

# The layout stands here, beside what reads it, because numba's cache of compiled code only notices changes of
# this file.
KEY_BITS = 32
# The key of +inf. No pixel has the keys above it, those of NaN: there leaves keep their votes.
LARGEST_KEY = np.uint32(0xFF800000)
VOTE_BITS = 23
# Places where a tree's first splits end, one a bit of a word. With twice as many, there would be twice the splits to
# test on twice the words, and pixels would be two levels deeper.
EXITS = 32

_SIGN = np.uint32(1 << 31)
_ALL_EXITS = np.uint32(2**EXITS - 1)
_VOTE_MASK = np.uint64(2**VOTE_BITS - 1)
# Whether a pixel is decided is looked up after every fourth tree: it costs about a twentieth of a tree.
_TREES_BETWEEN_LOOKS = 4


class PackedForest(NamedTuple):
    """A forest of T trees for K classes as `packing.pack` lays it out. Nodes are counted from their tree's root.

    They stand level by level, so that the upper ones, which every pixel passes, share few cache lines; siblings
    are neighbours, so that the right child is the left one plus the outcome of the comparison. A node is one word,
    fetched at once; from its lowest bit on:

    - 32 bits, the threshold's key: float32 values mapped to integers of the same order (`packing.keys_of`);
    - as many bits as features need: the feature;
    - the rest: the left child.

    A leaf is its own left child under a key that no pixel exceeds, so that who has arrived stays there and the inner
    loop needs no branch. What its key has above `LARGEST_KEY` is its vote: below K, the class that has it all;
    else K + a row of `fractions`, counted from the tree's first.
    """

    nodes: np.ndarray  # uint64 (nodes,)
    first_node: np.ndarray  # int64 (T + 1,)
    fractions: np.ndarray  # float64 (rows, K)
    first_row: np.ndarray  # int64 (T,)
    test_row: np.ndarray  # int64 (T, EXITS): where the tested feature's row begins in a block of keys
    test_key: np.ndarray  # uint32 (T, EXITS): pixels above it go right ...
    test_keep: np.ndarray  # uint32 (T, EXITS): ... and can still reach these exits, one a bit
    tests: np.ndarray  # int64 (T,): how many, rounded up to four with tests that keep all
    exits: np.ndarray  # uint32 (T, EXITS): the nodes where the tests end, from left to right
    steps: np.ndarray  # int64 (T,): levels below the exits that most pixels pass; 0 if all exits are leaves
    n_classes: int
    largest_vote: float
    block_bits: int
    feature_shift: np.uint64
    feature_mask: np.uint64
    child_shift: np.uint64


@njit(nogil=True, cache=True)
def classify(forest: PackedForest, pixels: np.ndarray, classes: np.ndarray) -> None:
    """Write the index of each pixel's class to `classes`, uint16 (n,); `pixels` is float32 (features, n).

    Votes are summed in the order of the trees and in float64, as scikit-learn does, so a pixel that gets all trees
    has scikit-learn's very sums, and ties fall alike. From half the trees on, pixels whose leading class cannot be
    caught up leave. The trees to come, R of T, can add at most R·v to a class, v being the largest leaf value; each
    of scikit-learn's T additions and its division err by less than 2⁻⁵² of a sum below T·v. A lead of more than
    R·v + 4·T²·v·2⁻⁵² hence is a lead in scikit-learn's rounded result, too.
    """
    n_trees = len(forest.tests)
    block = 1 << forest.block_bits
    keys = np.empty(len(pixels) << forest.block_bits, np.uint32)
    sums = np.empty((block, forest.n_classes))
    pixel = np.empty(block, np.int64)
    scratch = _scratch(block)
    rounding = 4.0 * n_trees * n_trees * forest.largest_vote * 2.0**-52
    for start in range(0, pixels.shape[1], block):
        size = min(block, pixels.shape[1] - start)
        _write_keys(pixels, start, size, forest.block_bits, keys)
        sums[:size] = 0.0
        for j in range(size):
            pixel[j] = start + j
        for tree in range(n_trees):
            leaf = _find_leaves(forest, tree, keys, size, scratch)
            _add_votes(forest, tree, leaf, size, sums)
            left = n_trees - 1 - tree
            if left < n_trees // 2 and left % _TREES_BETWEEN_LOOKS == 0 and left > 0:
                lead = left * forest.largest_vote + rounding
                size = _keep_undecided(forest, lead, len(pixels), keys, sums, pixel, size, classes)
        for j in range(size):
            best = 0
            for c in range(1, forest.n_classes):
                # Divided before they are compared, as scikit-learn does: that can make a tie of two sums.
                if sums[j, c] / n_trees > sums[j, best] / n_trees:
                    best = c
            classes[pixel[j]] = best


@njit(nogil=True, cache=True)
def sum_votes(forest: PackedForest, pixels: np.ndarray, sums: np.ndarray) -> None:
    """Add all trees' votes to `sums`, float64 (n, K), in the order of the trees; `pixels` is float32 (features, n)."""
    block = 1 << forest.block_bits
    keys = np.empty(len(pixels) << forest.block_bits, np.uint32)
    scratch = _scratch(block)
    for start in range(0, pixels.shape[1], block):
        size = min(block, pixels.shape[1] - start)
        _write_keys(pixels, start, size, forest.block_bits, keys)
        for tree in range(len(forest.tests)):
            leaf = _find_leaves(forest, tree, keys, size, scratch)
            _add_votes(forest, tree, leaf, size, sums[start : start + size])


@njit(nogil=True, cache=True)
def _scratch(block):
    """What `_find_leaves` needs for a block: exits still possible, leaves, nodes and pixels of who is on the way."""
    return (
        np.empty(block, np.uint32),
        np.empty(block, np.uint32),
        np.empty(block, np.uint32),
        np.empty(block, np.uint32),
    )


@njit(nogil=True, cache=True)
def _write_keys(pixels, start, size, block_bits, keys):
    """`packing.keys_of` of a block, a row of keys a feature."""
    for feature in range(len(pixels)):
        row = keys[feature << block_bits : (feature << block_bits) + size]
        bits = pixels[feature, start : start + size].view(np.uint32)
        for j in range(size):
            # NaN is kept from passing leaves; its pixels are classified otherwise.
            row[j] = min(~bits[j] if bits[j] & _SIGN else bits[j] | _SIGN, LARGEST_KEY)


@njit(nogil=True, cache=True)
def _find_leaves(forest, tree, keys, size, scratch):
    """The node at which each of a block's first `size` pixels ends in a tree, uint32; overwritten by the next call.

    One tree at a time for the whole block, so that the tree stays in the cache. The loops go step by step over
    many pixels rather than pixel by pixel: a step waits for its node to be loaded, and the processor fills this
    time with the steps of other pixels, which do not depend on it.
    """
    alive, leaf, place, slot = scratch
    _find_exits(forest, tree, keys, size, alive, leaf)
    if forest.steps[tree] == 0:
        return leaf
    nodes = forest.nodes[forest.first_node[tree] : forest.first_node[tree + 1]]
    for _ in range(forest.steps[tree]):
        for j in range(size):
            leaf[j] = _child(forest, nodes, keys, leaf[j], j)
    on_the_way = np.uint64(0)
    for j in range(size):
        child = _child(forest, nodes, keys, leaf[j], j)
        place[on_the_way], slot[on_the_way] = child, j
        on_the_way += np.uint64(child != leaf[j])
        leaf[j] = child
    while on_the_way > 0:
        size = np.int64(on_the_way)
        for _ in range(3):
            for i in range(size):
                place[i] = _child(forest, nodes, keys, place[i], slot[i])
        # Who has not moved is in a leaf and drops out: written always, counted if moved, so without a branch.
        on_the_way = np.uint64(0)
        for i in range(size):
            j, node = slot[i], place[i]
            child = _child(forest, nodes, keys, node, j)
            leaf[j] = child
            place[on_the_way], slot[on_the_way] = child, j
            on_the_way += np.uint64(child != node)
    return leaf


@njit(nogil=True, cache=True)
def _child(forest, nodes, keys, node, j):
    """The child of `node` to which the block's pixel j goes."""
    word = nodes[node]
    key = keys[np.uint64(j) + (word >> forest.feature_shift & forest.feature_mask)]
    return np.uint32(word >> forest.child_shift) + np.uint32(key > np.uint32(word))


@intrinsic
def _trailing_zeros(typing_context, word):
    """The number of the lowest bit that is set: one instruction, for which numpy and numba have no name."""

    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], context.get_constant(types.boolean, 0))

    return types.uint32(types.uint32), generate


@njit(nogil=True, cache=True)
def _find_exits(forest, tree, keys, size, alive, exit_):
    """Write to `exit_` the node each pixel reaches by the tree's first splits.

    QuickScorer (Lucchese et al. 2015): a split that sends a pixel right rules out all exits under its left child, and
    the leftmost exit that no split rules out is the pixel's. All splits are tested, whether on its path or not: in
    exchange there is no path to follow, and the compiler turns the loop into vector instructions.
    """
    alive[:size] = _ALL_EXITS
    row, key, keep = forest.test_row[tree], forest.test_key[tree], forest.test_keep[tree]
    for t in range(0, forest.tests[tree], 4):  # four at once, so that `alive` is read and written less often
        a, b = keys[row[t] : row[t] + size], keys[row[t + 1] : row[t + 1] + size]
        c, d = keys[row[t + 2] : row[t + 2] + size], keys[row[t + 3] : row[t + 3] + size]
        key_a, key_b, key_c, key_d = key[t], key[t + 1], key[t + 2], key[t + 3]
        keep_a, keep_b, keep_c, keep_d = keep[t], keep[t + 1], keep[t + 2], keep[t + 3]
        for j in range(size):
            kept = (keep_a if a[j] > key_a else _ALL_EXITS) & (keep_b if b[j] > key_b else _ALL_EXITS)
            kept &= (keep_c if c[j] > key_c else _ALL_EXITS) & (keep_d if d[j] > key_d else _ALL_EXITS)
            alive[j] &= kept
    exits = forest.exits[tree]
    for j in range(size):
        exit_[j] = exits[_trailing_zeros(alive[j])]  # type: ignore[call-arg]


@njit(nogil=True, cache=True)
def _add_votes(forest, tree, leaf, size, sums):
    nodes = forest.nodes[forest.first_node[tree] : forest.first_node[tree + 1]]
    before_rows = forest.first_row[tree] - forest.n_classes
    for j in range(size):
        vote = np.int64(nodes[leaf[j]] & _VOTE_MASK)
        if vote < forest.n_classes:
            sums[j, vote] += 1.0
        else:
            for c in range(forest.n_classes):
                sums[j, c] += forest.fractions[before_rows + vote, c]


@njit(nogil=True, cache=True)
def _keep_undecided(forest, lead, n_features, keys, sums, pixel, size, classes):
    """Write the class of pixels that lead by more than `lead`, move the others together, return how many are left."""
    kept = 0
    for j in range(size):
        best, second, winner = sums[j, 0], 0.0, 0
        for c in range(1, forest.n_classes):
            if sums[j, c] > best:
                best, second, winner = sums[j, c], best, c
            elif sums[j, c] > second:
                second = sums[j, c]
        if best - second > lead:
            classes[pixel[j]] = winner
        else:
            pixel[kept] = pixel[j]
            for c in range(forest.n_classes):
                sums[kept, c] = sums[j, c]
            for feature in range(n_features):
                keys[(feature << forest.block_bits) + kept] = keys[(feature << forest.block_bits) + j]
            kept += 1
    return kept
