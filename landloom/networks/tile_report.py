"""What is written of a segmentation network: its card, its model file, its report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import torch
from markupsafe import Markup
from matplotlib.colors import ListedColormap

from .. import assessment, calibration, models, provenance, report, training_area
from ..classes import ClassTable
from . import learning_plots, segmentation, sheets, tile_data
from .learning_plots import Plot
from .tally import IGNORED
from .tile_accuracy import Example
from .tile_data import Tiles
from .tile_trainer import Trained
from .weights import as_arrays

# Larger tiles are drawn from every n-th of their pixels.
DRAWN_EDGE = 256
# What is drawn between loss and learning rate.
PLOT: Plot = (
    "Accuracy in validation",
    {"val_kappa": "kappa", "val_mean_iou": "mean IoU", "val_balanced_accuracy": "balanced"},
    (),
)


def make_card(tiles: Tiles, trained: Trained, parameters: dict[str, Any]) -> models.Card:
    """All that whoever maps with the network needs to know."""
    source, history = tiles.source, trained.history
    config, grid, metrics = source.config, source.grid, trained.accuracy.metrics
    return models.Card(
        kind=segmentation.ARCHITECTURE,
        bands=source.bands,
        inputs=tuple(band.name for band in source.bands),
        features=(),
        classes=tiles.classes,
        pixel_size=grid.pixel_size,
        crs=grid.crs.to_wkt() if grid.crs else None,
        training={
            "image": provenance.redacted(str(config["source"])),
            "labels": provenance.redacted(str(config["labels"])),
            "tiles": {part: len(rows) for part, rows in tiles.rows.items()},
            "pixels": {part: number.tolist() for part, number in tiles.pixels.items()},
            "dataset": tile_data.fingerprint(source),
            "learning_rate": trained.settings.learning_rate,
            **history.for_card(),
            **({"encoder_weights": trained.encoder.origin} if trained.encoder else {}),
        },
        parameters=parameters | {"ordinal": trained.network.design.ordinal},
        metrics={**metrics, "val_loss": history.val_loss, "summary": summary(metrics)},
        versions=provenance.versions() | {"torch": torch.__version__},
        network=trained.network.describe() | {"tile_size": source.size, "overlap": int(config.get("overlap", 0))},
    )


def card_of_last(card: models.Card, trained: Trained) -> models.Card:
    """The card of the network as it was after the last epoch, which nobody has measured but in validation."""
    epochs = trained.history.epochs
    return replace(
        card,
        training={**card.training, "best_epoch": len(epochs)},
        metrics={name: value for name, value in epochs[-1].items() if np.isfinite(value)},
    )


def summary(metrics: dict[str, Any]) -> str:
    """The accuracy in words."""
    names = ("overall_accuracy", "balanced_accuracy", "kappa", "mean_iou")
    overall, balanced, kappa, iou = (assessment.shown(metrics[name]) for name in names)
    ordered = (
        f", quadratic kappa {assessment.shown(metrics['kappa_quadratic'])}, rho {assessment.shown(metrics['rho'])}"
        if "rho" in metrics
        else ""
    )
    seen = (
        "The network was not trained on them, but they decided which epoch was kept, so the accuracy is a little"
        " optimistic; a test part in the split would be untouched."
        if metrics["measured_on"] == "val"
        else "Neither training nor its end has looked at them."
    )
    counts = [metrics[name] for name in ("samples", "held_out_tiles", "held_out_blocks")]
    return (
        "On {:,} pixels of {:,} tiles (blocks: {:,})".format(*counts)
        + f" in the part '{metrics['measured_on']}' of the split, each pixel once: overall accuracy {overall}, balanced"
        f" {balanced}, kappa {kappa}, mean IoU {iou}{ordered}. {seen}"
    )


def save(path: str | Path, card: models.Card, tiles: Tiles, weights: dict[str, np.ndarray]) -> None:
    """Write a model file."""
    ground = {str(i): shapely.to_wkb(shape, hex=True) for i, shape in enumerate(tile_data.footprints(tiles))}
    models.save(path, card, weights | training_area.as_weight({training_area.WEIGHT: ground}, range(len(ground))))


def best_weights(trained: Trained) -> dict[str, np.ndarray]:
    """The arrays of the network of the best epoch."""
    return as_arrays(trained.network)


def last_weights(trained: Trained) -> dict[str, np.ndarray]:
    """The arrays of the network after the last epoch."""
    return {name: value.detach().cpu().numpy() for name, value in trained.history.last.items()}


def write_report(
    path: str | Path, card: models.Card, tiles: Tiles, trained: Trained, settings: list, warnings: list[str]
) -> None:
    """The accuracy as a page; `settings` are those of the model, by their labels."""
    m = card.metrics
    report.write(
        path,
        "tile_training.html",
        title="Segmentation network",
        subtitle=f"{card.training['labels']} on {card.training['image']}",
        warnings=warnings,
        card=card,
        settings=settings,
        metrics=m,
        rows=report.class_rows(
            card.classes,
            **{k: m[k] for k in ("precision", "recall", "f1", "iou", "support")},
            trained=[int(n) for n in tiles.pixels["train"]],
        ),
        matrix=report.matrix_rows(np.array(m["confusion_matrix"]), card.classes.names),
        names=card.classes.names,
        curves=learning_plots.curves(trained.history, learning_plots.loss_and_rate(PLOT)),
        trial=learning_plots.trial(trained.trial, trained.settings.learning_rate)
        if trained.trial and trained.trial.rates
        else None,
        reliability=calibration.plot(trained.accuracy.reliability),
        examples=_examples(
            trained.accuracy.examples, card.classes, sheets.shown_bands([band.name for band in tiles.source.bands])
        ),
    )


def _examples(examples: list[Example], classes: ClassTable, bands: list[int]) -> Markup:
    """Image, reference and answer of some tiles side by side; what has no reference is white."""
    drawn = report.Figure(figsize=(7.2, 2.5 * len(examples)), layout="constrained")
    colours = ListedColormap([sheets.NO_CLASS, *(c.colour for c in classes)])
    for axes, example in zip(drawn.subplots(len(examples), 3, squeeze=False), examples, strict=True):
        step = -(-example.targets.shape[0] // DRAWN_EDGE)
        thinned = np.s_[..., ::step, ::step]
        known = example.targets[thinned] != IGNORED
        axes[0].imshow(sheets.stretched(example.values[bands][thinned]), interpolation="nearest")
        for place, found in ((1, example.targets[thinned]), (2, example.answers[thinned])):
            # The answers stand everywhere, the reference where there is one.
            shown = np.where(known | (place == 2), found + 1, 0)
            axes[place].imshow(shown, cmap=colours, vmin=0, vmax=len(classes), interpolation="nearest")
        titles = (example.name, "Reference", f"Answer: {100 * example.accuracy:.1f} % right")
        for one, title in zip(axes, titles, strict=True):
            one.set(xticks=[], yticks=[])
            one.set_title(title, fontsize=9)
    return report.svg(drawn)
