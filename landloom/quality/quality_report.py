"""The card and the report of a quality model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .. import models, provenance, report
from ..classes import ClassTable
from ..networks import torch_version
from ..records.table import PARTS
from . import judging, model
from .judging import Judged
from .learning import Examples, Trained


def make_card(
    examples: Examples, trained: Trained, parameters: dict[str, Any], label: str, records: str
) -> models.Card:
    """All that whoever predicts with the model needs to know; `label` is what the user calls the records."""
    counts = {part: len(examples.places(part)) for part in PARTS}
    groups = len(np.unique(examples.group))
    sha256 = provenance.fingerprint(records)["sha256"]
    recipe = examples.store.recipe if examples.store else None
    what = _what(trained)
    return models.Card(
        kind=model.KIND,
        bands=(),
        inputs=(),
        features=(),
        classes=ClassTable(()),
        pixel_size=(1.0, 1.0),
        crs=None,
        training={
            "summary": (
                f"{sum(counts.values()):,} records ({', '.join(f'{name} {count:,}' for name, count in counts.items())})"
                f" of {groups:,} groups from {provenance.redacted(label)}, SHA-256 {sha256}; {what}"
            ),
            "records": {"label": provenance.redacted(label), "sha256": sha256, **counts, "groups": groups},
            "split": "whole groups, by the training itself" if examples.own_split else "that of the records",
            "best_epochs": [history.best for history in trained.histories],
            "epochs_run": [len(history.epochs) for history in trained.histories],
            "parameters_left_out": dict(trained.left_out),
        },
        parameters=parameters,
        metrics={
            "summary": " ".join(_summary(judged) for judged in trained.judged),
            "verdict": " ".join(f"{judged.metric}: {judging.verdict(judged)}" for judged in trained.judged),
            "judged": {judged.metric: judged.as_dict() for judged in trained.judged},
        },
        versions=provenance.versions() | {"torch": torch_version()},
        network=model.describe(trained.model, recipe),
    )


def _what(trained: Trained) -> str:
    prepared = trained.model.preparation
    parts = [f"{len(prepared.columns)} parameters"] if prepared.columns else []
    if prepared.components:
        c = prepared.components
        parts.append(
            f"{len(c.axes)} components of {len(c.mean):,} features of {c.encoder} ({100 * c.explained:.0f} % of their"
            " variance)"
        )
    return "learnt from " + " and ".join(parts)


def _summary(judged: Judged) -> str:
    f = judged.figures
    rho = "undetermined" if f["rank_correlation"] is None else f"{f['rank_correlation']:.3f}"
    r2 = "undetermined" if f["r2"] is None else f"{f['r2']:.3f}"
    return (
        f"{judged.metric}, on {judged.records:,} test records of {judged.groups:,} groups: mean absolute error"
        f" {f['mae']:.4g}, root mean squared error {f['rmse']:.4g}, R² {r2}, rank correlation {rho};"
        f" {100 * judged.coverage:.0f} % lie in their 90 % interval."
    )


def rank_correlations_of_baselines(judged: Judged) -> tuple[float | None, float | None]:
    """That of the single parameter and the highest of a ridge regression; None where there is none."""
    by_name = {row["name"]: row["rank_correlation"] for row in judged.rows[1:]}
    single = next((by_name[gain["name"]] for gain in judged.gains if gain["single"]), None)
    ridges = [rho for name, rho in by_name.items() if name.startswith("Ridge") and rho is not None]
    return single, max(ridges, default=None)


def write(
    path: str | Path, card: models.Card, examples: Examples, trained: Trained, settings: list, warnings: list[str]
) -> None:
    """The figures as a page; `settings` are those of the model, by their labels."""
    report.write(
        path,
        "quality_model.html",
        title="Quality model",
        subtitle=card.training["records"]["label"],
        warnings=warnings,
        card=card,
        judged=[
            {
                "judged": judged,
                "verdict": judging.verdict(judged),
                "scatter": _scatter(judged),
                "reliability": _reliability(judged),
            }
            for judged in trained.judged
        ],
        curves=_curves(trained),
        what=_what(trained),
        settings=settings,
    )


def _scatter(judged: Judged) -> Any:
    """True against predicted quality of the test records."""
    drawn, axes = report.figure(3.5, 3.2)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    predicted, true = judged.points.T
    axes.scatter(predicted, true, s=9, color="#0072b2", alpha=0.45, linewidths=0, rasterized=len(true) > 2000)
    _diagonal(axes, judged.points)
    axes.set(xlabel="Predicted", ylabel="True", title="Test records")
    return report.svg(drawn)


def _reliability(judged: Judged) -> Any:
    """Mean true against mean predicted quality of bins."""
    drawn, axes = report.figure(3.5, 3.2)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    points = np.array([[b["predicted"], b["true"]] for b in judged.bins])
    axes.plot(*points.T, color="#d55e00", marker="o", markersize=4, linewidth=1.2)
    _diagonal(axes, points)
    axes.set(xlabel="Predicted, mean of a bin", ylabel="True, mean of a bin", title="Reliability")
    return report.svg(drawn)


def _diagonal(axes: Any, points: np.ndarray) -> None:
    low, high = float(points.min()), float(points.max())
    axes.plot([low, high], [low, high], color="#999999", linewidth=0.8, linestyle="--")


def _curves(trained: Trained) -> Any:
    """Loss by epoch of each network."""
    drawn, axes = report.figure(7.2, 2.8)
    for name, colour, label in (("train_loss", "#0072b2", "training"), ("val_loss", "#d55e00", "validation")):
        for number, history in enumerate(trained.histories):
            epochs = range(1, len(history.epochs) + 1)
            values = [epoch[name] for epoch in history.epochs]
            axes.plot(epochs, values, color=colour, linewidth=1.0, alpha=0.7, label=None if number else label)
    axes.set(xlabel="Epoch", ylabel="Loss")
    axes.legend(frameon=False)
    return report.svg(drawn)
