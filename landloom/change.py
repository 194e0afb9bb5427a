"""What became what between two class maps of one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from rasterio.windows import Window

from . import assessment
from .areas import ClassAreas
from .classes import MAXIMUM_ID, ClassTable, make_table
from .errors import InputError, ParameterError
from .rasters import Stack

UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Transitions:
    """Every pair of a class before and a class after, coded as one number from 1; 0 is nodata."""

    before: ClassTable
    after: ClassTable

    def __post_init__(self) -> None:
        if len(self.before) * len(self.after) > MAXIMUM_ID:
            raise InputError(
                f"{len(self.before)} classes before and {len(self.after)} after make more than {MAXIMUM_ID}"
                " transitions. Join classes first (Processing ▸ Reclassify by table)."
            )

    def code(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Codes of pairs of class ids; 0 where either is no class."""
        i, known = assessment.places(before, self.before.ids)
        j, also = assessment.places(after, self.after.ids)
        return np.where(known & also, i * len(self.after) + j + 1, 0)

    def names(self) -> list[tuple[int, str, str]]:
        """Code, name before and name after of every pair."""
        pairs = [(b.name, a.name) for b in self.before for a in self.after]
        return [(code, b, a) for code, (b, a) in enumerate(pairs, start=1)]

    def table(self) -> ClassTable:
        """The pairs as classes of a map: what changed in the colour of the class after, what did not in a pale one."""
        colours = {c.name: c.colour for c in (*self.before, *self.after)}
        return make_table(
            {"id": code, "name": f"{b} {UNCHANGED}", "colour": _pale(colours[b])}
            if b == a
            else {"id": code, "name": f"{b} → {a}", "colour": colours[a]}
            for code, b, a in self.names()
        )

    @property
    def stays(self) -> np.ndarray:
        """Which pairs (classes before, classes after) are one class: those of one name."""
        return np.array([[b.name == a.name for a in self.after] for b in self.before])

    def asked(self, before: str | None, after: str | None) -> np.ndarray:
        """Which pairs (classes before, classes after) two lists of class names or ids pick; see `chosen`."""
        rows, columns = chosen(before, self.before, "FROM_CLASSES"), chosen(after, self.after, "TO_CLASSES")
        return rows[:, None] & columns[None, :]

    def matrix(self, by_code: np.ndarray) -> np.ndarray:
        """Reshape a sum for each code into (classes before, classes after)."""
        return by_code.reshape(len(self.before), len(self.after))


def _pale(colour: str) -> str:
    return "#" + "".join(f"{round(255 - (255 - value) * 0.25):02x}" for value in bytes.fromhex(colour[1:]))


def chosen(text: str | None, classes: ClassTable, parameter: str) -> np.ndarray:
    """Which classes (K,) a comma-separated list of names or ids picks; all where it is empty."""
    if not text:
        return np.ones(len(classes), dtype=bool)
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in classes.names and word not in map(str, classes.ids):
            raise ParameterError(
                f"{parameter} names '{word}', which is no class of that map. Its classes are:"
                f" {', '.join(f'{c.id} {c.name}' for c in classes)}. Names or ids are separated by commas."
            )
    return np.array([c.name in words or str(c.id) in words for c in classes])


@dataclass(frozen=True)
class ChangeTask:
    """Codes the transitions of one window; see `mapping.map_windows`."""

    both: Stack
    transitions: Transitions
    area: shapely.Geometry | None
    dtype: str

    def __call__(self, window: Window, check: Callable[[], None] = lambda: None) -> Mapping[str, np.ndarray] | None:
        """The codes by the name `change`, None where there is nothing."""
        values, valid = self.both.read(window)
        inside = self.both.grid.inside(self.area, window)
        if inside is not None:
            valid &= inside
        if not valid.any():
            return None
        codes = np.where(valid, self.transitions.code(values[0], values[1]), 0)
        return {"change": codes.astype(self.dtype)[np.newaxis]}


def sums(matrix: np.ndarray, stays: np.ndarray, asked: np.ndarray) -> dict[str, float]:
    """Changed, unchanged and asked-for sums of a matrix from class to class.

    `stays` says which cells are one class in both maps, `asked` which transitions are asked for.
    """
    parts = {"changed": ~stays, "unchanged": stays, "chosen": ~stays & asked}
    return {name: round(float(matrix[cells].sum()), 4) for name, cells in parts.items()}


def doubts(transitions: Transitions, compared: ClassAreas, shown_before: ClassAreas) -> list[str]:
    """What the user should know of a comparison: what could not be compared, and classes with two names.

    Args:
        transitions: what was compared.
        compared: the area of each transition.
        shown_before: the area of each class in the map before.
    """
    notes = []
    if compared.pixels.sum() < shown_before.pixels.sum():
        (found, unit), whole = compared.measured, shown_before.measured[0].sum()
        notes.append(
            f"Of {whole:,.2f} {unit} that have a class before, {whole - found.sum():,.2f} have none after (clouds,"
            " nodata, or outside of that map). What became of them is not known, and they are not counted."
        )
    after = {c.id: c.name for c in transitions.after}
    renamed = [(c.id, c.name, after[c.id]) for c in transitions.before if after.get(c.id, c.name) != c.name]
    if renamed:
        notes.append(
            "Classes are the same where their names are, but "
            + "; ".join(f"{i} is {b} before and {a} after" for i, b, a in renamed)
            + ". If that is only another word, the change between them is none."
        )
    return notes
