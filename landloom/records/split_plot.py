"""How the records of each type are spread over the parts, as a plot."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from .. import report
from .inspection import PART_LOOKS

LOOKS = (*PART_LOOKS, ("not used", "Not used", "#b4bac0"))


def plot(types: list[dict[str, Any]]) -> Markup:
    """A bar a type, with the records of each part."""
    drawn, axes = report.figure(height=1.2 + 0.34 * len(types))
    names = [row["name"] for row in types]
    start = [0] * len(types)
    for part, label, colour in LOOKS:
        counts = [row[part] for row in types]
        if any(counts):
            axes.barh(names, counts, left=start, color=colour, height=0.66, label=label)
            start = [a + b for a, b in zip(start, counts, strict=True)]
    axes.invert_yaxis()
    axes.set_xlabel("Records")
    axes.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4)
    return report.svg(drawn)
