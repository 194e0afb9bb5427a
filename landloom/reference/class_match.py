"""Which classes of map and reference are compared, and what is doubtful about that."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..classes import ClassTable, make_table
from ..errors import InputError
from ..maps import ClassMap
from .pixels import Reference

MOST_LISTED = 20


def common_classes(mapped: ClassMap, reference: ClassTable) -> ClassTable:
    """The classes of both, by the map's names if it has any; refuses tables without or with contradicting classes."""
    if not set(mapped.classes.ids) & set(reference.ids):
        raise InputError(
            "Map and reference have no class in common: the map has"
            f" {_listed(mapped.classes)}, the reference {_listed(reference)}. Use the same ids or names in both, or"
            " give the map's ids and the reference's names in CLASSES."
        )
    theirs = {c.name: c.id for c in reference}
    for c in mapped.classes:
        if theirs.get(c.name, c.id) != c.id:
            raise InputError(
                f"Map and reference number their classes otherwise: {c.name} is {c.id} in the map and"
                f" {theirs[c.name]} in the reference. The map has {_listed(mapped.classes)}, the reference"
                f" {_listed(reference)}. Give the reference the map's ids, or a field with class names."
            )
    tables = (reference, mapped.classes) if mapped.named else (mapped.classes, reference)
    return make_table({c.id: c for table in tables for c in table}.values())


def _listed(classes: ClassTable) -> str:
    shown = [f"{c.id} {c.name}" for c in classes][:MOST_LISTED]
    return ", ".join(shown) + (" …" if len(classes) > MOST_LISTED else "")


def matching(mapped: ClassTable, reference: ClassTable) -> list[tuple[str, str, str]]:
    """A line a class: id, name in the map, name in the reference, for the report; none where one has no names."""
    if any(all(c.name == f"Class {c.id}" for c in table) for table in (mapped, reference)):
        return []
    ids: Sequence[int] = sorted(set(mapped.ids) | set(reference.ids))
    return [
        (str(i), mapped.name_of(i) if i in mapped.ids else "–", reference.name_of(i) if i in reference.ids else "–")
        for i in ids
    ]


def doubts(mapped: ClassMap, found: Reference, matrix: np.ndarray) -> list[str]:
    """What the user should know of the classes that were compared as one, or stand alone.

    `matrix` are the counts (K, K), rows mapped, in the order of the classes of `found`.
    """
    reference = found.own
    used = [c for c, n in zip(found.classes, matrix.sum(axis=0), strict=True) if n and c.id in reference.ids]
    alone = [c.name for c in used if c.id not in mapped.classes.ids]
    notes = []
    if alone:
        notes.append(f"The map has no class {', '.join(alone)}; its reference counts as mapped wrongly.")
    pairs = [(c.id, mapped.classes.name_of(c.id), reference.name_of(c.id)) for c in used if c.name not in alone]
    unlike = [
        f"{i} is {here} in the map and {there} in the reference"
        for i, here, there in pairs
        if mapped.named and there not in (here, f"Class {i}")
    ]
    if unlike:
        notes.append(
            f"Classes were compared by their ids, but {'; '.join(unlike)}. If these are not the same, give the"
            " reference the map's ids, or a field with class names."
        )
    return notes
