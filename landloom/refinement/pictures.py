"""Pictures for the verification of tiles: examples before and after, and how the numbers are spread."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from .. import files, report
from ..patches.pictures import TrueColour, true_colour
from . import verification
from .tile_files import BANDS
from .verification import COLOURS, GRADES, Comparison

# Beyond this a tile is thinned.
MOST_PIXELS = 384
DPI = 150
MOST_BINS = 40
BEFORE, AFTER = "#999999", "#0072b2"


def examples(table: pd.DataFrame) -> dict[str, pd.Series]:
    """The rows of the best, the median and the worst tile; fewer where there are not so many."""
    compared = table[table["grade"] != ""]
    order = compared.loc[verification.loss(compared).sort_values(kind="stable").index]
    chosen: dict[str, int] = {}
    for what, place in (("best", 0), ("worst", len(order) - 1), ("median", len(order) // 2)):
        if place not in chosen.values():
            chosen[what] = place
    return {what: order.iloc[place] for what, place in sorted(chosen.items(), key=lambda item: item[1])}


def draw_examples(path: str | Path, table: pd.DataFrame, comparison: Comparison) -> None:
    """Draw best, median and worst tile before, after and as they should be, each in one stretch of true colour."""
    rows = examples(table)
    folders = {"Before": comparison.before, "After": comparison.after}
    if comparison.targets:
        folders["Target"] = comparison.targets
    drawn = Figure(figsize=(2.6 * len(folders), 3.0 * len(rows)), layout="constrained")
    grid = drawn.subplots(len(rows), len(folders), squeeze=False)
    for panels, (what, row) in zip(grid, rows.items(), strict=True):
        images = {}
        for title, folder in folders.items():
            if title != "Target" or not np.isnan(row["mse"]):
                images[title] = _thinned(folder.image(row["tile_id"]))
        # By what stands before and should stand after: what comes out must not set its own measure.
        measure = images.get("Target", images["Before"])
        colour = true_colour(BANDS, measure.reshape(len(BANDS), -1).T)
        for axes, title in zip(panels, folders, strict=True):
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_color("#d9dee3")
            axes.set_title(title, fontsize=9)
            if title in images:
                axes.imshow(_shown(images[title], colour), interpolation="nearest")
            else:
                axes.text(0.5, 0.5, "none", ha="center", va="center", transform=axes.transAxes, color="#5b6773")
        panels[0].set_ylabel(f"{what.capitalize()}: {row['grade']}", fontsize=9, color=COLOURS[row["grade"]])
        panels[0].set_xlabel(
            f"{_short(row['tile_id'])}\nNDVI RMSE {row['ndvi_rmse']:.3f}, edges {row['edge_correlation']:.3f}",
            fontsize=7,
            loc="left",
        )
    with files.replacing(path) as temporary:
        drawn.savefig(temporary, dpi=DPI, metadata={"Software": None})


def histograms(table: pd.DataFrame) -> list[Markup]:
    """How NDVI RMSE, edge correlation and, with targets, PSNR are spread over the compared tiles."""
    compared = table[table["grade"] != ""]
    found = [
        _histogram("NDVI RMSE", compared["ndvi_rmse"], [error for error, _ in GRADES.values()]),
        _histogram("Correlation of edges", compared["edge_correlation"], [edges for _, edges in GRADES.values()]),
    ]
    if compared["psnr"].notna().any():
        found.append(_two_histograms("PSNR against the target, dB", compared["psnr_before"], compared["psnr"]))
    return found


def _histogram(label: str, values: pd.Series, limits: list[float]) -> Markup:
    drawn, axes = report.figure(height=2.2)
    known = values.dropna().to_numpy(float)
    if len(known):
        axes.hist(known, _edges(known), color=AFTER)
    low, high = axes.get_xlim()
    for (name, colour), limit in zip(COLOURS.items(), limits, strict=False):
        if low <= limit <= high:
            axes.axvline(limit, color=colour, linewidth=1.5, label=f"{name}: {'<' if 'NDVI' in label else '>'} {limit}")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=8)
    axes.set(xlabel=label, ylabel="Tiles")
    return report.svg(drawn)


def _two_histograms(label: str, before: pd.Series, after: pd.Series) -> Markup:
    drawn, axes = report.figure(height=2.2)
    both = [values.dropna().to_numpy(float) for values in (before, after)]
    edges = _edges(np.concatenate(both))
    for values, name, colour in zip(both, ("before", "after"), (BEFORE, AFTER), strict=True):
        axes.hist(values, edges, color=colour, alpha=0.65, label=name)
    axes.legend(frameon=False, fontsize=8)
    axes.set(xlabel=label, ylabel="Tiles")
    return report.svg(drawn)


def _edges(values: np.ndarray) -> np.ndarray:
    """Edges of bins, the fewer the fewer values there are."""
    return np.histogram_bin_edges(values, int(np.clip(2 * np.sqrt(len(values)), 8, MOST_BINS)))


def _shown(image: np.ndarray, colour: TrueColour) -> np.ndarray:
    return colour.render(image.transpose(1, 2, 0))


def _thinned(image: np.ndarray) -> np.ndarray:
    step = -(-max(image.shape[1:]) // MOST_PIXELS)
    return image[:, ::step, ::step]


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:18]}…{name[-20:]}"
