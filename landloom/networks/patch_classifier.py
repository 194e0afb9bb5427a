"""From patches to a network that knows their classes, how well it does, and its model file and report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import torch
from torch import nn

from .. import assessment, models, provenance, report, training_area, workspaces
from ..job import Job
from ..patches import dataset as layout
from ..patches.dataset import Dataset
from ..patches.splitting import leaks
from ..patches.store import HDF5
from . import learning_plots, patch_cnn, patch_data, sample_predictions, training
from .augmentation import augment
from .learning_plots import Plot
from .patch_data import Patches
from .tally import IGNORED, Confusion
from .training import Batch, History, Settings
from .weights import as_arrays

# What of the stage's parameters belongs to the model, as opposed to where files go and how fast.
RECORDED = (
    "fold", "epochs", "patience", "batch_size", "learning_rate", "width", "scaling", "class_weight", "augmentation",
    "seed",
)  # fmt: skip
REFLECTANCE = 10_000
VALIDATE_AT_ONCE = 256
# What is drawn between loss and learning rate.
PLOT: Plot = (
    "Accuracy in validation",
    {"val_overall_accuracy": "overall", "val_balanced_accuracy": "balanced"},
    (),
)


@dataclass(frozen=True)
class Options:
    """How to train. `scaling` is standardise or reflectance, `class_weight` none or balanced."""

    settings: Settings
    batch_size: int = 32
    width: int = 32
    scaling: str = "standardise"
    class_weight: str = "none"
    augmentation: bool = True


@dataclass(frozen=True)
class Trained:
    """A network, how it came about, and its accuracy."""

    network: patch_cnn.PatchCNN
    history: History
    metrics: dict[str, Any]


def train(
    dataset: Dataset, patches: Patches, options: Options, device: torch.device, model: Path, fold: int | None, job: Job
) -> Trained:
    """Train a network and measure it on patches that it has not learnt from.

    A run that was stopped goes on from its last epoch, in a working folder beside `model`, if nothing has changed.
    """
    identity = {
        "dataset": patch_data.fingerprint(dataset, fold),
        # Extracted again, pixels may have changed.
        "pixels": [provenance.fingerprint(dataset.folder / name) for name in (layout.LOG, HDF5) if dataset.has(name)],
        "options": repr(options),
        "device": device.type,
        "versions": [provenance.versions(), torch.__version__],
    }
    network = _network(patches, options)
    weight = _class_weight(patches) if options.class_weight == "balanced" else None
    loss = nn.CrossEntropyLoss(weight, ignore_index=IGNORED).to(device)
    data = training.Data(
        partial(_shuffled, patches, options),
        partial(_in_order, patches, patches.places("val")),
        _steps(patches, options),
    )
    watched = {f"val_{name}": partial(_score, name) for name in ("overall_accuracy", "balanced_accuracy")}
    tally = partial(Confusion, len(patches.class_ids), watched)
    with workspaces.workspace(model, identity, job, training.CHECKPOINT) as folder:
        names = [band.name for band in dataset.bands]
        sheet = partial(sample_predictions.of_patches, patches, dataset.classes, names, network, device)
        history = training.fit(
            network, data, loss, tally, options.settings, device, folder, job, sheet=sheet, may_end_early=True
        )
    metrics = _measure(dataset, patches, network, device, options.settings.seed, job)
    return Trained(network.cpu(), history, metrics)


def _network(patches: Patches, options: Options) -> patch_cnn.PatchCNN:
    """A network that is not trained yet; it knows how to scale what it is shown."""
    torch.manual_seed(options.settings.seed)
    size, channels = patches.pixels.shape[2:]
    network = patch_cnn.PatchCNN(channels, len(patches.class_ids), size, options.width)
    mean, deviation = patches.statistics()
    if options.scaling == "reflectance":
        network.scale.fill_(REFLECTANCE)
        network.fill.copy_(torch.from_numpy(mean / REFLECTANCE))
    else:
        network.offset.copy_(torch.from_numpy(mean))
        network.scale.copy_(torch.from_numpy(deviation))
    return network


def _class_weight(patches: Patches) -> torch.Tensor:
    count = np.bincount(patches.number[patches.places("train")], minlength=len(patches.class_ids))
    return torch.tensor(training.balanced(count), dtype=torch.float32)


def _steps(patches: Patches, options: Options) -> int:
    return training.steps(len(patches.places("train")), options.batch_size)


def _shuffled(patches: Patches, options: Options, random: np.random.Generator) -> Iterator[Batch]:
    """The training patches in batches of nearly one size."""
    for places in np.array_split(random.permutation(patches.places("train")), _steps(patches, options)):
        batch = patches.batch(places)
        yield augment(*batch, random) if options.augmentation else batch


def _in_order(patches: Patches, places: np.ndarray) -> Iterator[Batch]:
    for start in range(0, len(places), VALIDATE_AT_ONCE):
        yield patches.batch(places[start : start + VALIDATE_AT_ONCE])


def _score(name: str, matrix: np.ndarray) -> float | None:
    return assessment.scores(matrix)[name]


@torch.no_grad()
def _measure(
    dataset: Dataset, patches: Patches, network: patch_cnn.PatchCNN, device: torch.device, seed: int, job: Job
) -> dict[str, Any]:
    """The accuracy on the test patches; where there are none, on those that were validated with."""
    part = "test" if len(patches.places("test")) else "val"
    places = patches.places(part)
    answers = []
    for values, _ in _in_order(patches, places):
        job.check_cancelled()
        answers.append(network(training.tensor(values, device)).argmax(1).flatten().cpu().numpy())
    ids = patches.class_ids.tolist()
    held = patches.table.iloc[places]
    answered = patches.class_ids[np.concatenate(answers)]
    by_group = assessment.confusion_by_group(answered, held["class_id"].to_numpy(), held["polygon_id"].to_numpy(), ids)
    matrix = by_group.sum(axis=0)
    # What is tested with must be unlike what was validated with, too, which decided when to stop.
    found = leaks(patches.table, np.where(patches.part == part, part, "train"), dataset.size)
    metrics = assessment.scores(matrix) | {
        "measured_on": part,
        "leaking_polygons": found.polygons,
        "leaking_patches": found.ground,
        "held_out_samples": len(places),
        "held_out_groups": len(by_group),
        "confusion_matrix": matrix.tolist(),
        "class_ids": ids,
    }
    if len(by_group) > 1 and not found.polygons:
        metrics["intervals_by_group"] = assessment.bootstrap_by_group(by_group, seed)
    return metrics


def explain(trained: Trained) -> list[str]:
    """What makes the accuracy better than it is, in words."""
    m, notes = trained.metrics, []
    if m["leaking_polygons"]:
        notes.append(
            f"The accuracy is optimistic: patches of {m['leaking_polygons']} polygons stand on both sides of the split."
            " Split the data set by polygons or by blocks."
        )
    if m["leaking_patches"]:
        notes.append(
            f"The accuracy is optimistic: {m['leaking_patches']} held-out patches share ground with patches of other"
            " polygons that training has looked at. Split the data set with overlapping polygons kept together, or by"
            " blocks."
        )
    return notes


def summary(metrics: dict[str, Any]) -> str:
    """The accuracy in words."""
    figures = (metrics["overall_accuracy"], metrics["balanced_accuracy"], metrics["kappa"])
    overall, balanced, kappa = (assessment.shown(value) for value in figures)
    seen = (
        "The network was not trained on them, but they decided when training stopped, so the accuracy is a little"
        " optimistic; a test part in the split would be untouched."
        if metrics["measured_on"] == "val"
        else "Neither training nor its end has looked at them."
    )
    return (
        f"On {metrics['held_out_samples']:,} patches of {metrics['held_out_groups']:,} polygons in the part"
        f" '{metrics['measured_on']}' of the split: overall accuracy {overall}, balanced {balanced}, kappa {kappa}."
        f" {seen}"
    )


def make_card(
    dataset: Dataset, patches: Patches, trained: Trained, parameters: dict[str, Any], fold: int | None
) -> models.Card:
    """All that whoever maps with the network needs to know."""
    config, history = dataset.config, trained.history
    source = config["source"]
    return models.Card(
        kind=patch_cnn.ARCHITECTURE,
        bands=dataset.bands,
        inputs=tuple(band.name for band in dataset.bands),
        features=(),
        classes=dataset.classes.only(patches.class_ids.tolist()),
        pixel_size=dataset.grid.pixel_size,
        crs=dataset.grid.crs.to_wkt() if dataset.grid.crs else None,
        training={
            "image": provenance.redacted(str(source.get("label") or source.get("collection"))),
            "polygons": provenance.redacted(str(config["polygons"])),
            "aoi": config.get("aoi"),
            "patches": {name: len(patches.places(name)) for name in layout.SPLITS},
            "dataset": patch_data.fingerprint(dataset, fold),
            **history.for_card(),
        },
        parameters=parameters,
        metrics={**trained.metrics, "val_loss": history.val_loss, "summary": summary(trained.metrics)},
        versions=provenance.versions() | {"torch": torch.__version__},
        network=trained.network.describe(),
    )


def save(path: str | Path, card: models.Card, dataset: Dataset, patches: Patches, trained: Trained) -> None:
    """Write the model file."""
    looked_at = patches.table["polygon_id"][patches.part != "test"].unique()
    outlines = patch_data.outlines(dataset).items()
    area = {training_area.WEIGHT: {str(key): shapely.to_wkb(shape, hex=True) for key, shape in outlines}}
    weights = as_arrays(trained.network) | training_area.as_weight(area, looked_at)
    models.save(path, card, weights)


def write_report(path: str | Path, card: models.Card, trained: Trained, settings: list, warnings: list[str]) -> None:
    """The accuracy as a page; `settings` are those of the model, by their labels."""
    m = card.metrics
    report.write(
        path,
        "patch_training.html",
        title="Patch classifier",
        subtitle=f"{card.training['polygons']} on {card.training['image']}",
        warnings=warnings,
        card=card,
        settings=settings,
        metrics=m,
        rows=report.class_rows(card.classes, **{k: m[k] for k in ("precision", "recall", "f1", "support")}),
        matrix=report.matrix_rows(np.array(m["confusion_matrix"]), card.classes.names),
        names=card.classes.names,
        curves=learning_plots.curves(trained.history, learning_plots.loss_and_rate(PLOT)),
    )
