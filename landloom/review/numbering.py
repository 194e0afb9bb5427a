"""One class table for two maps that may number their classes otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import assessment
from ..classes import ClassTable, LandClass, make_table
from ..errors import InputError
from ..maps import ClassMap


@dataclass(frozen=True)
class Numbering:
    """The classes of two maps in one table, and what number each class of the second has in it.

    `ids` are those of the second map, ascending, `common` the ids of the same classes in `classes`.
    """

    classes: ClassTable
    ids: tuple[int, ...]
    common: np.ndarray

    def translated(self, values: np.ndarray, good: np.ndarray) -> np.ndarray:
        """Class ids of the second map by the common table, int32; -1 where `good` is False or there is no class."""
        place, known = assessment.places(values, self.ids)
        return np.where(good & known, self.common[place], -1).astype(np.int32)


def number_together(mapped: ClassMap, other: ClassMap) -> Numbering:
    """Match the classes of two maps: by their names where both have names, else by their ids.

    The ids are those of the first map; a class that only the second has keeps its id where that is free. Raises
    InputError where they have no class in common.
    """
    if mapped.named and other.named:
        known = {_word(c.name): c.id for c in mapped.classes}
        same = {c.id: known[_word(c.name)] for c in other.classes if _word(c.name) in known}
    else:
        same = {c.id: c.id for c in other.classes if c.id in mapped.classes.ids}
    if not same:
        raise InputError(
            f"{mapped.label} and {other.label} have no class in common: the one has {_listed(mapped.classes)}, the"
            f" other {_listed(other.classes)}. Use the same names or ids in both."
        )
    table = {c.id: c for c in mapped.classes}
    taken = {*table, *other.classes.ids}
    for c in other.classes:
        if c.id not in same:
            same[c.id] = c.id if c.id not in table else max(taken) + 1
            taken.add(same[c.id])
            table[same[c.id]] = LandClass(same[c.id], c.name, c.colour, c.description)
    ids = other.classes.ids
    return Numbering(make_table(table.values()), tuple(ids), np.array([same[i] for i in ids], np.int32))


def doubts(mapped: ClassMap, other: ClassMap, found: Numbering) -> list[str]:
    """What the user should know of the classes that were taken for the same."""
    alone = [c.name for c, i in zip(other.classes, found.common, strict=True) if i not in mapped.classes.ids]
    if not alone:
        return []
    return [
        f"{mapped.label} has no class {', '.join(alone)}, so {other.label} disagrees wherever it shows it. If that is"
        " only another word, give both maps the same names."
    ]


def _word(name: str) -> str:
    return " ".join(name.casefold().split())


def _listed(classes: ClassTable, most: int = 20) -> str:
    shown = [f"{c.id} {c.name}" for c in classes][:most]
    return ", ".join(shown) + (" …" if len(classes) > most else "")
