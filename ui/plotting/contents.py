"""What a plot shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from qgis.PyQt.QtGui import QColor

from .axes import axis_of, digits, is_number


@dataclass
class Curve:
    """A line by name: `x` and `y` are lists of numbers, gaps None or NaN; `low` and `high` bound a translucent band.

    `colour` is anything that QColor takes.
    """

    name: str
    colour: QColor | str
    x: Sequence[float]
    y: Sequence[float | None]
    low: Sequence[float | None] | None = None
    high: Sequence[float | None] | None = None
    dashed: bool = False


@dataclass
class Contents:
    """Curves and words of a plot; `ticks` are names for x = 0, 1, 2 …; `read` is the x whose values are read."""

    curves: list[Curve] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    title: str = ""
    x_label: str = ""
    y_label: str = ""
    ticks: list[str] = field(default_factory=list)
    empty: str = ""
    logarithmic: bool = False
    read: float | None = None
    chosen: int | None = None  # the legend's entry that the keyboard has chosen

    def shown(self) -> list[Curve]:
        """The curves that are not hidden."""
        return [curve for curve in self.curves if curve.name not in self.hidden]

    def axes(self):
        """The axes of x and y; None where there is nothing to draw."""
        shown = self.shown()
        xs = [v for curve in shown for v in curve.x]
        ys = [v for curve in shown for values in (curve.y, curve.low, curve.high) for v in values or ()]
        whole = all(not is_number(v) or float(v).is_integer() for v in xs)
        return axis_of(xs, whole), axis_of(ys, False, self.logarithmic, 0.05)

    def numbers(self) -> list[float]:
        """Every x that has a value to be read."""
        return sorted({x for curve in self.shown() for x, y in zip(curve.x, curve.y) if is_number(x) and is_number(y)})

    def values_at(self, x) -> list[tuple[Curve, float]]:
        """The shown curves that have a value at x, with the value."""
        found = []
        for curve in self.shown():
            found += [(curve, y) for at, y in zip(curve.x, curve.y) if at == x and is_number(y)][:1]
        return found

    def name_of(self, x) -> str:
        """What x is called: its tick's name, or its number after the axis's label."""
        if self.ticks and float(x).is_integer() and 0 <= x < len(self.ticks):
            return self.ticks[int(x)]
        return f"{self.x_label} {digits(x)}".strip()
