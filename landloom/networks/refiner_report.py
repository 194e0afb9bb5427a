"""What is written of a refiner: its card, its model file, its report, and a table of its tiles."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import torch
from markupsafe import Markup

from .. import files, models, provenance, report
from ..classes import ClassTable
from ..rasters import Band
from ..refinement import pairs as tile_pairs
from ..refinement.holdout import PARTS, Parts
from ..refinement.pairs import Pairs
from ..refinement.steps import Step
from ..refinement.tile_files import BANDS
from . import learning_plots, refiner, refiner_trainer
from .learning_plots import Plot
from .refiner_accuracy import FIGURES, Example
from .refiner_trainer import Trained
from .weights import as_arrays

# Larger tiles are drawn from every n-th of their pixels.
DRAWN_EDGE = 256
RGB = [BANDS.index(name) for name in ("B04", "B03", "B02")]
HELD_OUT_BY = {"group": "whole groups", "blocks": "whole spatial blocks", "tiles": "tiles"}


def make_card(pairs: Pairs, parts: Parts, trained: Trained, step: Step, parameters: dict[str, Any]) -> models.Card:
    """All that whoever refines with the network needs to know; `step` is what it is for."""
    history, metrics = trained.history, trained.accuracy.metrics
    names = tile_pairs.band_names(pairs)
    counts = {part: len(parts.rows(part)) for part in PARTS}
    folders = [provenance.redacted(str(path.parent)) for path in (pairs.pairs[0].tile.path, pairs.pairs[0].target.path)]
    encoder = f"; the encoder's weights from {trained.encoder.origin['source']}" if trained.encoder else ""
    return models.Card(
        kind=refiner.ARCHITECTURE,
        bands=tuple(Band(name, "float32", None, 1.0, 0.0) for name in names),
        inputs=tuple(names),
        features=(),
        classes=ClassTable(()),
        pixel_size=(1.0, 1.0),
        crs=None,
        training={
            "summary": "Pairs of tiles ({}) from {} to {}, held out by {}{}".format(
                ", ".join(f"{part} {number}" for part, number in counts.items()),
                f"{folders[0]} ({pairs.input_key})",
                f"{folders[1]} ({pairs.target_key})",
                HELD_OUT_BY[parts.grouping],
                encoder,
            ),
            "tiles": counts,
            "dataset": refiner_trainer.fingerprint(pairs),
            "learning_rate": trained.settings.learning_rate,
            **history.for_card(),
            **({"encoder_weights": trained.encoder.origin} if trained.encoder else {}),
        },
        parameters=parameters,
        metrics={**metrics, "val_loss": history.val_loss, "summary": summary(metrics)},
        versions=provenance.versions() | {"torch": torch.__version__},
        network=trained.network.describe()
        | {
            "stage": step.stage,
            "input_key": pairs.input_key,
            "output_key": step.output_key,
            "tile_size": trained.crop,
        },
    )


def summary(metrics: dict[str, Any]) -> str:
    """The figures in words, before and after."""
    parts = []
    for name, figure in FIGURES.items():
        text = figure.shown(metrics[name])
        if f"{name}_before" in metrics:
            text = f"{figure.shown(metrics[f'{name}_before'])} → {text}"
        gain = (metrics.get("intervals") or {}).get(f"{name}_gain")
        interval = f" (95 % interval of the difference {gain[0]:+.3g} to {gain[1]:+.3g})" if gain else ""
        parts.append(f"{figure.title} {text}{interval}")
    seen = (
        "The network was not trained on them, but they decided which epoch was kept, so the figures are a little"
        " optimistic; a test part would be untouched."
        if metrics["measured_on"] == "val"
        else "Neither training nor its end has looked at them."
    )
    nearer = ""
    if "closer_tiles" in metrics:
        nearer = f" Refined, {metrics['closer_tiles']:,} of them have a higher PSNR than before."
    change = ", as they came in → refined" if "closer_tiles" in metrics else ""
    return (
        f"Means over {metrics['held_out_tiles']:,} tiles (groups: {metrics['held_out_groups']:,}) of the part"
        f" '{metrics['measured_on']}' against their targets{change}. {'; '.join(parts)}.{nearer} {seen}"
    )


def worse(metrics: dict[str, Any]) -> str:
    """What has become worse by refining, in words; empty where nothing has."""
    lost = []
    for name, figure in FIGURES.items():
        before, after = metrics.get(f"{name}_before"), metrics[name]
        if before is not None and after is not None and before != after and (after < before) == figure.higher:
            lost.append(f"{figure.title} ({figure.shown(before)} → {figure.shown(after)})")
    if not lost:
        return ""
    return (
        f"On held-out tiles the refined tiles are further from their targets than the tiles as they came in, by:"
        f" {'; '.join(lost)}. Train longer or on more tiles, lower LEARNING_RATE, or change the weights of the loss."
    )


def save(path: str | Path, card: models.Card, trained: Trained) -> None:
    """Write a model file."""
    models.save(path, card, as_arrays(trained.network))


def write_table(path: str | Path, pairs: Pairs, parts: Parts, trained: Trained) -> None:
    """A row a pair: part, group, and the figures of those held out; then those that could not be used, and why."""
    found = trained.accuracy
    columns = [f"{name}_before" for name in FIGURES if found.before is not None] + list(FIGURES)
    both = found.after if found.before is None else np.hstack([found.before, found.after])
    figures = {
        name: [f"{v:.6g}" if np.isfinite(v) else "" for v in row] for name, row in zip(found.names, both, strict=True)
    }
    rows = [
        [pair.name, part or "left out", int(group), "", *figures.get(pair.name, [""] * len(columns))]
        for pair, part, group in zip(pairs.pairs, parts.part, parts.group, strict=True)
    ]
    rows += [[name, "", "", why, *[""] * len(columns)] for name, why in pairs.unusable.items()]
    with files.replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([["tile", "part", "group", "problem", *columns], *rows])


def write_report(
    path: str | Path,
    card: models.Card,
    pairs: Pairs,
    parts: Parts,
    trained: Trained,
    settings: list,
    warnings: list[str],
) -> None:
    """The figures as a page; `settings` are those of the model, by their labels."""
    report.write(
        path,
        "refiner_training.html",
        title="Refiner" if pairs.optical else "Translator from other images to optical tiles",
        subtitle=f"{pairs.pairs[0].tile.path.parent} → {pairs.pairs[0].target.path.parent}",
        warnings=warnings,
        card=card,
        settings=settings,
        metrics=card.metrics,
        rows=_rows(card.metrics),
        optical=pairs.optical,
        curves=learning_plots.curves(trained.history, _plots(trained)),
        trial=learning_plots.trial(trained.trial, trained.settings.learning_rate)
        if trained.trial and trained.trial.rates
        else None,
        gains=_gains(trained) if trained.accuracy.before is not None else None,
        examples=_examples(trained.accuracy.examples),
        unusable=pairs.unusable,
        held_out_by=HELD_OUT_BY[parts.grouping],
        left_out=len(parts.rows("")),
    )


def _rows(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    intervals = metrics.get("intervals") or {}
    rows = []
    for name, figure in FIGURES.items():
        before, after = metrics.get(f"{name}_before"), metrics[name]
        gain = None if before is None or after is None else after - before
        better = None if gain is None else (gain > 0) == figure.higher and gain != 0
        rows.append(
            {
                "title": f"{figure.title}, {figure.unit}" if figure.unit else figure.title,
                "best": "high" if figure.higher else "low",
                "before": before,
                "after": after,
                "gain": gain,
                "better": better,
                "interval": intervals.get(name),
                "gain_interval": intervals.get(f"{name}_gain"),
            }
        )
    return rows


def _plots(trained: Trained) -> list[Plot]:
    """Each figure of the validation by epoch; without training it stays where the tiles came in."""
    shown = [name for name in FIGURES if name != "spectral_angle"]
    between: list[Plot] = []
    for name in shown:
        start = trained.untrained.get(name)
        between.append((FIGURES[name].title, {f"val_{name}": ""}, () if start is None else (start,)))
    return learning_plots.loss_and_rate(*between)


def _gains(trained: Trained) -> Markup:
    """Each held-out tile's PSNR before and after; above the line it has become better."""
    found = trained.accuracy
    assert found.before is not None
    drawn, axes = report.figure(width=4.4, height=4.0)
    before, after = found.before[:, 0], found.after[:, 0]
    axes.scatter(before, after, s=16, color=learning_plots.COLOURS[0], alpha=0.7, linewidth=0)
    ends = [min(before.min(), after.min()) - 1, max(before.max(), after.max()) + 1]
    axes.plot(ends, ends, color="#999999", linewidth=0.8, linestyle="--")
    axes.set(xlabel="PSNR as it came in, dB", ylabel="PSNR refined, dB", xlim=ends, ylim=ends)
    return report.svg(drawn)


def _examples(examples: list[Example]) -> Markup:
    """Tiles before, after and as they should be, in the colours of the target: B04, B03, B02."""
    columns = 3 if examples[0].before is not None else 2
    drawn = report.Figure(figsize=(2.5 * columns, 2.6 * len(examples)), layout="constrained")
    for axes, example in zip(drawn.subplots(len(examples), columns, squeeze=False), examples, strict=True):
        pictures = [
            (f"{example.name}\nrefined: {example.psnr[1]:.1f} dB", example.after),
            ("Target", example.target),
        ]
        if example.before is not None:
            pictures[0] = (f"Refined: {example.psnr[1]:.1f} dB", example.after)
            pictures.insert(0, (f"{example.name}\n{example.psnr[0]:.1f} dB", example.before))
        step = -(-max(example.target.shape[1:]) // DRAWN_EDGE)
        for one, (title, values) in zip(axes, pictures, strict=True):
            shown = _coloured(values, example.target)[::step, ::step]
            one.imshow(shown, interpolation="nearest")
            one.set(xticks=[], yticks=[])
            one.set_title(title, fontsize=8)
    return report.svg(drawn)


def _coloured(values: np.ndarray, target: np.ndarray) -> np.ndarray:
    """A picture (h, w, 3) of a tile (4, h, w), stretched as the target from its 2nd to its 98th percentile; NaN is
    white.
    """
    low, high = np.nanpercentile(target[RGB], [2, 98], axis=(1, 2))
    span = np.maximum(high - low, 1e-3)
    return np.nan_to_num((values[RGB].transpose(1, 2, 0) - low) / span, nan=1).clip(0, 1)
