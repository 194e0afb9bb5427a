"""Shares of types: reading them, and drawing records so that they hold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import ParameterError
from .dealing import deal
from .inventory import UNNAMED


def parse(text: str | None, kinds: Sequence[str]) -> dict[str, float] | None:
    """Shares of types, as `a=30, b=25, c=25, d=20` or `equal`, brought to a sum of 1; None where there is no text.

    Raises ParameterError for anything else, and for a type that is not among `kinds`.
    """
    if not text or not text.strip():
        return None
    if text.strip().lower() == "equal":
        return dict.fromkeys(sorted(set(kinds)), 1 / len(set(kinds)))
    shares: dict[str, float] = {}
    for item in text.replace(";", ",").split(","):
        name, equals, number = (part.strip() for part in item.rpartition("="))
        name = "" if name == UNNAMED else name
        try:
            share = float(number.rstrip("%"))
        except ValueError:
            share = math.nan
        if not equals or not 0 < share < math.inf or name in shares:
            raise ParameterError(
                "BALANCE must be types with a share each, such as a=30, b=25, c=25, d=20, or equal. Got"
                f" '{item.strip()}'."
            )
        if name not in kinds:
            known = ", ".join(sorted({kind or UNNAMED for kind in kinds}))
            raise ParameterError(f"BALANCE names the type '{name}', of which there is no record. Types are: {known}.")
        shares[name] = share
    total = sum(shares.values())
    if not (abs(total - 100) <= 0.5 or abs(total - 1) <= 0.005):
        raise ParameterError(f"The shares in BALANCE sum to {total:g}. They must sum to 100, or to 1.")
    return {name: share / total for name, share in shares.items()}


@dataclass(frozen=True)
class Balanced:
    """Which records are used (n,); how many of types with too many are not, how many are of no named type; and how
    many more of a type would let all records of the others be used.
    """

    used: np.ndarray
    surplus: int
    unnamed: int
    short: dict[str, int]


def draw(kind: np.ndarray, quality: np.ndarray, shares: dict[str, float], random: np.random.Generator) -> Balanced:
    """Leave out records of types with too many, drawn evenly over the classes of quality."""
    there = {name: int((kind == name).sum()) for name in shares}
    total = min(there[name] / share for name, share in shares.items())
    largest = max(there[name] / share for name, share in shares.items())
    used = np.zeros(len(kind), bool)
    short = {}
    for name, share in shares.items():
        rows = np.flatnonzero(kind == name)
        part = min(len(rows), max(1, round(share * total))) / len(rows)
        used[rows[deal(quality[rows], np.ones(len(rows), int), [1 - part, part], random) == 1]] = True
        lacking = round(share * largest) - there[name]
        if lacking > 0:
            short[name] = lacking
    return Balanced(used, sum(there.values()) - int(used.sum()), len(kind) - sum(there.values()), short)
