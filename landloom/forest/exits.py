"""The first splits of each tree as tests that are made all at once, without following a path."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .arrays import ForestArrays
from .kernels import EXITS

# Only limits what a damaged `weight` can do to the speed.
MOST_STEPS = 64


class Top(NamedTuple):
    """The busiest splits of a tree and the places where pixels leave them, in the forest's own node numbers."""

    tests: list[int]
    keep: list[int]  # a word for each test: the exits that are not under its left child
    exits: list[int]  # from left to right
    steps: int


def find_exits(forest: ForestArrays) -> Iterator[Top]:
    """For each tree its busiest splits, EXITS - 1 at most."""
    leaf, root, weight = forest.is_leaf, forest.root, forest.weight.astype(np.float64)
    children = np.stack([root + forest.left, root + forest.right], axis=1)
    for start, stop in zip(forest.first_node[:-1], forest.first_node[1:], strict=True):
        chosen: set[int] = set()
        waiting = [(0.0, int(start))]
        while waiting and len(chosen) < EXITS - 1:
            _, node = heapq.heappop(waiting)
            if not leaf[node]:
                chosen.add(node)
                for child in children[node].tolist():
                    heapq.heappush(waiting, (-weight[child], child))
        inner = ~leaf[start:stop]
        if inner.sum() == len(chosen):
            steps = 0
        else:
            below = weight[start:stop][inner].sum() - weight[list(chosen)].sum()
            steps = int(np.clip(below / max(weight[start], 1e-30), 1, MOST_STEPS))
        yield Top(*_walk(int(start), chosen, children), steps)


def _walk(root: int, chosen: set[int], children: np.ndarray) -> tuple[list[int], list[int], list[int]]:
    tests: list[int] = []
    keep: list[int] = []
    exits: list[int] = []

    def visit(node: int) -> None:
        if node not in chosen:
            exits.append(node)
            return
        left, right = children[node].tolist()
        before = len(exits)
        visit(left)
        under_left = 2 ** len(exits) - 2**before
        tests.append(node)
        keep.append(2**EXITS - 1 - under_left)
        visit(right)

    visit(root)
    return tests, keep, exits
