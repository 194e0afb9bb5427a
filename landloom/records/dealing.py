"""Dealing records out to parts, stratum by stratum, so that the parts have their shares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd


def deal(
    stratum: np.ndarray,
    size: np.ndarray,
    shares: Sequence[float],
    random: np.random.Generator,
    kept: np.ndarray | None = None,
) -> np.ndarray:
    """The part of each group, so that the parts have their shares over all and within each stratum.

    Args:
        stratum: of each group.
        size: of each group, in records.
        shares: of the parts; they sum to 1. A part without a share gets nothing.
        random: shuffles within the strata.
        kept: groups that are in part 0 whatever its share says.

    Stratum by stratum, the large groups first, each group goes to the part that lacks most of its share of all that
    has been dealt so far. So parts of a stratum are never far off, and small strata do not add up to a wrong total.
    """
    wanted = np.asarray(shares, float)
    part, dealt, total = np.zeros(len(size), int), np.zeros(len(wanted)), 0.0
    for group in np.lexsort((random.permutation(len(size)), -size, stratum)):
        total += size[group]
        if kept is None or not kept[group]:
            part[group] = np.argmax(np.where(wanted > 0, wanted * total - dealt, -np.inf))
        dealt[part[group]] += size[group]
    return part


class Groups:
    """Records by what stands whole on one side; a group's stratum is that of most of its records.

    Args:
        together: (n,) the group of each record.
        stratum: (n,) its stratum.
        kind: (n,) its type.
    """

    def __init__(self, together: np.ndarray, stratum: np.ndarray, kind: np.ndarray):
        _, self.of = np.unique(together, return_inverse=True)
        self.size, self.kind = np.bincount(self.of), kind
        counted = pd.DataFrame({"group": self.of, "stratum": stratum}).value_counts().reset_index()
        counted = counted.sort_values(["group", "count", "stratum"], ascending=[True, False, True])
        self.stratum = counted.drop_duplicates("group")["stratum"].to_numpy()

    def deal(self, shares: Sequence[float], random: np.random.Generator, keep: bool = False) -> np.ndarray:
        """The part of each record; with `keep` one group of each type is in the first part, whatever the shares."""
        kept = np.zeros(len(self.size), bool)
        for name in dict.fromkeys(self.kind.tolist()) if keep else ():
            groups = random.permutation(np.unique(self.of[self.kind == name]))
            kept[groups[np.argmax(self.size[groups])]] = True
        part = deal(self.stratum, self.size, shares, random, kept)
        self._fill(part, shares, kept)
        return part[self.of]

    def _fill(self, part: np.ndarray, shares: Sequence[float], kept: np.ndarray) -> None:
        """Give a part that got nothing, as of a few large groups, the group that is nearest to its share."""
        for number, share in enumerate(shares):
            counts = np.bincount(part, minlength=len(shares))
            free = np.flatnonzero(~kept & (counts[part] > 1))
            if share > 0 and not counts[number] and len(free):
                part[free[np.argmin(np.abs(self.size[free] - share * self.size.sum()))]] = number
