"""HTML reports: one self-contained file each, with tables and plots inside."""

from __future__ import annotations

import base64
import csv
import io
import warnings
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any

import jinja2
import matplotlib
import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure

from . import files, provenance
from .classes import ClassTable
from .stage import Choice, Stage

matplotlib.rcParams |= {
    "text.parse_math": False,  # a $ in the name of a class or band is a $
    "svg.fonttype": "none",  # text stays text: it can be searched, and letters of any script show
    "svg.hashsalt": "landloom",  # the same plot gives the same bytes
}

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)


def _percent(value: float | None, digits: int = 1) -> str:
    return "–" if value is None or np.isnan(value) else f"{100 * value:.{digits}f} %"


def _number(value: float | None, digits: int = 3) -> str:
    if value is None or np.isnan(value):
        return "–"
    return f"{value:,}" if isinstance(value, Integral) else f"{value:,.{digits}f}"


_ENVIRONMENT.filters |= {"percent": _percent, "number": _number}


def write(path: str | Path, template: str, **content: Any) -> None:
    """Fill a template of the folder `templates` and write the page."""
    page = _ENVIRONMENT.get_template(template).render(version=provenance.version(), **content)
    files.write_text(path, page)


def settings(stage: Stage, names: Iterable[str]) -> list[tuple[str, str]]:
    """Parameters of a stage as its dialog calls them, and their values."""
    rows = []
    for name in names:
        kind, value = stage.parameters()[name], getattr(stage, name)
        if isinstance(kind, Choice):
            value = kind.choices[value]
        elif isinstance(value, bool):
            value = "yes" if value else "no"
        rows.append((kind.label, "–" if value is None else f"{value} {getattr(kind, 'unit', '')}".strip()))
    return rows


def matrix_rows(matrix: np.ndarray, row_names: Sequence[str]) -> list[dict]:
    """A matrix for the template: each cell's value and its share of the row, for shading."""
    rows = []
    for name, values in zip(row_names, np.asarray(matrix), strict=True):
        total = values.sum()
        cells = [{"value": v, "share": float(v / total) if total else 0.0} for v in values.tolist()]
        rows.append({"name": name, "cells": cells, "total": total.item()})
    return rows


def write_matrix(
    path: str | Path, corner: str, row_names: Sequence[str], column_names: Sequence[str], matrix: np.ndarray
) -> None:
    """Write a matrix as CSV with its names."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([corner, *column_names])
    writer.writerows([name, *row] for name, row in zip(row_names, np.asarray(matrix).tolist(), strict=True))
    files.write_text(path, stream.getvalue())


def class_rows(classes: ClassTable, **columns: Sequence[Any]) -> list[dict]:
    """A row a class for the template, with the given columns."""
    return [
        {"id": c.id, "name": c.name, "colour": c.colour, **{key: values[i] for key, values in columns.items()}}
        for i, c in enumerate(classes)
    ]


def figure(width: float = 7.2, height: float = 3.2) -> tuple[Figure, Any]:
    """An empty plot, inches, in the reports' style."""
    drawn = Figure(figsize=(width, height), layout="constrained")
    axes = drawn.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    return drawn, axes


def svg(drawn: Figure) -> Markup:
    """A plot as SVG to stand in the page."""
    stream = io.StringIO()
    with warnings.catch_warnings():
        # The reader's fonts show what ours lack.
        warnings.filterwarnings("ignore", "Glyph .* missing")
        drawn.savefig(stream, format="svg", metadata={"Date": None})
    text = stream.getvalue()
    return Markup(text[text.index("<svg") :])  # noqa: S704 (matplotlib escapes its texts)


def picture(path: str | Path) -> Markup:
    """A PNG file to stand in the page, at most as wide as it."""
    data = base64.b64encode(Path(path).read_bytes()).decode("ascii")
    style = "max-width: 100%; height: auto; border-radius: 6px"
    return Markup('<img style="{}" alt="{}" src="data:image/png;base64,{}">').format(
        style, Path(path).stem.replace("_", " "), data
    )


def importance_plot(importance: Mapping[str, tuple[float, float]], most: int = 20, loss: str = "accuracy") -> Markup:
    """Bars of permutation importance (mean, standard deviation), the largest on top; `loss` names what is lost."""
    ranked = sorted(importance.items(), key=lambda item: -item[1][0])[:most]
    drawn, axes = figure(height=0.9 + 0.26 * len(ranked))
    names = [name for name, _ in ranked]
    axes.barh(
        names, [v[0] for _, v in ranked], xerr=[v[1] for _, v in ranked], color="#0072b2", ecolor="#555555", height=0.7
    )
    axes.invert_yaxis()
    axes.set_xlabel(f"Loss of {loss} when the column is shuffled")
    return svg(drawn)


def signature_plot(names: Sequence[str], classes: ClassTable, means: np.ndarray, deviations: np.ndarray) -> Markup:
    """Mean and standard deviation a band of each class; arrays are (classes, bands)."""
    drawn, axes = figure(height=3.6)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    places = np.arange(len(names))
    for c, mean, deviation in zip(classes, means, deviations, strict=True):
        axes.plot(places, mean, color=c.colour, marker="o" if len(names) <= 30 else None, markersize=4, label=c.name)
        axes.fill_between(places, mean - deviation, mean + deviation, color=c.colour, alpha=0.15, linewidth=0)
    shown = places if len(names) <= 16 else places[:: -(-len(names) // 12)]
    axes.set_xticks(
        shown,
        [names[i] for i in shown],
        rotation=0 if max(map(len, names)) <= 6 else 45,
        ha="center" if max(map(len, names)) <= 6 else "right",
    )
    axes.set_ylabel("Pixel value")
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return svg(drawn)
