"""Plots of an analysis of features."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from .. import report
from ..classes import DEFAULT_COLOURS
from .analysis import Clusters, Components

_MOST_POINTS = 3000
_BLUE, _ORANGE = "#0072b2", "#d55e00"


def variance(found: Components) -> Markup:
    """Cumulated share of the variance by number of components."""
    drawn, axes = report.figure()
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    shares = np.cumsum(found.shares)
    axes.plot(np.arange(1, len(shares) + 1), 100 * shares, color=_BLUE)
    for share in (0.9, 0.95):
        number = found.explaining(share)
        axes.plot([number], [100 * shares[number - 1]], "o", color=_ORANGE)
        axes.annotate(
            f"{number}: {100 * share:g} %", (number, 100 * shares[number - 1]), (6, -12), textcoords="offset points"
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set(xlabel="Main components", ylabel="Explained variance, %", ylim=(0, 103))
    return report.svg(drawn)


def silhouettes(found: Clusters) -> Markup:
    """The silhouette of each number of clusters."""
    drawn, axes = report.figure(height=2.6)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    numbers = list(found.silhouettes)
    axes.plot(numbers, list(found.silhouettes.values()), color=_BLUE, marker="o")
    axes.plot([found.number], [found.silhouettes[found.number]], "o", color=_ORANGE, markersize=9)
    axes.set_xticks(numbers)
    axes.set(xlabel="Clusters", ylabel="Mean silhouette")
    return report.svg(drawn)


def scatter(points: np.ndarray, found: Clusters, shares: np.ndarray, seed: int) -> Markup:
    """The images by their first two components, coloured by cluster."""
    drawn, axes = report.figure(height=4.6)
    shown = np.sort(np.random.default_rng(seed).permutation(len(points))[:_MOST_POINTS])
    for number in range(1, found.number + 1):
        own = shown[found.labels[shown] == number]
        colour = DEFAULT_COLOURS[(number - 1) % len(DEFAULT_COLOURS)]
        axes.scatter(points[own, 0], points[own, 1], s=9, color=colour, label=f"Cluster {number}", rasterized=True)
    names = [f"Component {i + 1} ({100 * share:.1f} % of the variance)" for i, share in enumerate(shares[:2])]
    axes.set(xlabel=names[0], ylabel=names[1])
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return report.svg(drawn)
