"""Scales of a plot: where a value lies between the ends of an axis, and which values stand beside it."""

from __future__ import annotations

import math

from qgis.PyQt.QtCore import QLocale


class Axis:
    """An axis from `low` to `high`; `whole`: between whole numbers there is nothing; `logarithmic`: needs low > 0."""

    def __init__(self, low, high, whole=False, logarithmic=False):
        if low == high:
            half = 0.5 if whole else abs(low) * 0.1 or 0.5
            low, high = low - half, high + half
        self.low, self.high, self.whole, self.logarithmic = low, high, whole, logarithmic
        self._low, self._high = self._scaled(low), self._scaled(high)

    def _scaled(self, value):
        return math.log10(value) if self.logarithmic else value

    def share(self, value) -> float | None:
        """Where a value lies, from 0 (low) to 1 (high); None for a gap and for what a logarithm does not know."""
        if not is_number(value) or (self.logarithmic and value <= 0):
            return None
        return (self._scaled(value) - self._low) / (self._high - self._low)

    def ticks(self, most) -> list[tuple[float, str]]:
        """At most about so many values with nice numbers between the ends, and their texts."""
        if self.logarithmic and self.high / self.low > 3:
            return self._decades(most)
        step = nice_step((self.high - self.low) / max(most, 1))
        if self.whole:
            step = max(step, 1.0)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [(n * step, text_of(n * step, step)) for n in range(first, last + 1)]

    def _decades(self, most):
        first, last = math.floor(self._low), math.ceil(self._high)
        factors = (1, 2, 5) if (self._high - self._low) * 3 <= most + 2 else (1,)
        every = max(1, math.ceil((last - first + 1) / max(most, 1)))
        values = [f * 10.0**power for power in range(first, last + 1, every) for f in factors]
        return [(v, text_of(v, v)) for v in values if self.low <= v * (1 + 1e-9) and v <= self.high * (1 + 1e-9)]


def axis_of(values, whole=False, logarithmic=False, margin=0.0) -> Axis | None:
    """The axis on which all values have a place, with a margin (a share of the span); None where there is no number."""
    numbers = [v for v in values if is_number(v)]
    positive = [v for v in numbers if v > 0]
    if not numbers:
        return None
    if logarithmic and positive:
        low, high = math.log10(min(positive)), math.log10(max(positive))
        beyond = max((high - low) * margin, 0.02)
        return Axis(10 ** (low - beyond), 10 ** (high + beyond), logarithmic=True)
    low, high = min(numbers), max(numbers)
    return Axis(low - (high - low) * margin, high + (high - low) * margin, whole)


def is_number(value) -> bool:
    """Whether there is a number: neither None nor NaN nor infinite."""
    return value is not None and math.isfinite(value)


def nice_step(least) -> float:
    """The smallest of … 0.1, 0.2, 0.5, 1, 2, 5 … that is no smaller than `least` (after Heckbert 1990, Nice numbers
    for graph labels, Graphics Gems).
    """
    power = 10.0 ** math.floor(math.log10(least))
    return next(f * power for f in (1, 2, 5, 10) if f * power >= least * (1 - 1e-9))


def text_of(value, step) -> str:
    """A value as a person writes it, with the decimals that a step needs."""
    # Which step is told apart: 0.05 needs two decimals, 20 none.
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if value and (decimals > 4 or abs(value) >= 1e7):
        return QLocale().toString(float(value), "g", 3)
    return QLocale().toString(float(value), "f", decimals)


def digits(value) -> str:
    """A value with about four digits that count."""
    if not value or 1e-4 <= abs(value) < 1e7:
        power = math.floor(math.log10(abs(value))) if value else 0
        return QLocale().toString(float(value), "f", 0 if float(value).is_integer() else min(max(3 - power, 0), 7))
    return QLocale().toString(float(value), "g", 4)
