"""From tiles to a network that says of each pixel of what class it is, and how well it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .. import assessment, provenance, workspaces
from ..errors import ParameterError
from ..job import Job
from . import (
    augmentation,
    encoders,
    learning_rates,
    losses,
    sample_predictions,
    segmentation,
    tile_accuracy,
    tile_data,
    training,
)
from .augmentation import Recipe
from .learning_rates import Trial
from .losses import LossOptions
from .segmentation import Design, SegmentationNetwork
from .tally import Confusion
from .tile_accuracy import Accuracy
from .tile_data import Tiles
from .training import Batch, Data, History, Settings

# What the parameter `monitor` names, and what the figure is called in the history.
MONITORS = {
    "val_loss": "val_loss",
    "kappa": "val_kappa",
    "mean_iou": "val_mean_iou",
    "balanced_accuracy": "val_balanced_accuracy",
    "quadratic_kappa": "val_kappa_quadratic",
}
WATCHED = ("overall_accuracy", "balanced_accuracy", "kappa", "mean_iou")
WATCHED_OF_ORDERED = ("kappa_quadratic", "rho")
NO_WEIGHTS = "none"
TRIAL = "learning_rates.json"


@dataclass(frozen=True)
class Options:
    """How to train; see the stage `train_segmentation` for what each one means.

    `settings.monitor` is a key of MONITORS.
    `class_weights` is none, balanced, or numbers separated by commas; `visible_bands` are names separated by commas,
    None where they are known by their names.
    """

    settings: Settings
    network: str = "unet"
    encoder: str = "resnet50"
    encoder_weights: str = "none"
    attention: bool = True
    dropout: float = 0.4
    decision: str = "classes"
    loss: str = "focal"
    gamma: float = 2.5
    class_weights: str = "none"
    smoothing: float = 0.0
    ordinal_weight: float = 0.3
    batch_size: int = 8
    crop: int | None = None
    recipe: Recipe = Recipe()
    visible_bands: str | None = None
    find_learning_rate: bool = False


@dataclass(frozen=True)
class Trained:
    """A network, how it came about, and its accuracy. `trial` is that of the learning rate, `encoder` says with what
    weights the encoder began, where there were any.
    """

    network: SegmentationNetwork
    history: History
    settings: Settings
    trial: Trial | None
    encoder: encoders.Loaded | None
    accuracy: Accuracy


def train(tiles: Tiles, options: Options, device: torch.device, model: Path, job: Job) -> Trained:
    """Train a network and measure it on tiles that it has not learnt from.

    A run that was stopped goes on from its last epoch, in a working folder beside `model`, if nothing has changed.
    """
    ordinal = _learns_order(tiles, options, job)
    design = Design(
        options.network,
        options.encoder,
        len(tiles.source.bands),
        len(tiles.class_ids),
        options.attention,
        options.dropout,
        ordinal,
        options.decision,
    )
    loss = losses.make(
        LossOptions(
            options.loss,
            design.classes,
            class_weight(tiles, options.class_weights),
            options.gamma,
            options.smoothing,
            options.ordinal_weight if ordinal else 0.0,
        )
    )
    recipe = _recipe(tiles, options, job)
    monitor = _monitor(options.settings.monitor, ordinal)
    settings = replace(options.settings, monitor=monitor, higher=monitor != "val_loss")
    steps = training.steps(len(tiles.rows["train"]), options.batch_size)
    size = min(options.crop or tiles.source.size, tiles.source.size)
    if options.crop and options.crop > size:
        job.message(f"CROP ({options.crop} pixels) is larger than the tiles ({size}): whole tiles are learnt from.")
    segmentation.rehearse(design, size, len(tiles.rows["train"]) // steps)
    network = _network(tiles, design, options.settings.seed)
    loaded = None
    if options.encoder_weights != NO_WEIGHTS:
        loaded = encoders.load(network, options.encoder_weights)
        job.message(loaded.message)
        if loaded.warning:
            job.warning(loaded.warning)
    data = Data(
        partial(_shuffled, tiles, options, recipe, steps),
        partial(_in_order, tiles, options),
        steps,
    )
    figures = {f"val_{name}": partial(_score, ordinal, name) for name in _watched(ordinal)}
    tally = partial(Confusion, design.classes, figures, answer=lambda outputs: network.probabilities(outputs).argmax(1))
    with workspaces.workspace(model, _identity(tiles, options, device), job, training.CHECKPOINT) as folder:
        trial = None
        if options.find_learning_rate:
            job.part(0.0, 0.1)
            trial = learning_rates.find_once(folder / TRIAL, network, data, loss, settings, device, job)
            settings = learning_rates.with_rate(settings, trial)
        job.part(0.1 if trial else 0.0, 0.95)
        sheet = partial(sample_predictions.of_tiles, tiles, network, device)
        history = training.fit(
            network, data, loss, tally, settings, device, folder, job, sheet=sheet, may_end_early=True
        )
        accuracy = tile_accuracy.measure(tiles, network, device, options.batch_size, settings.seed, job.part(0.95, 1.0))
    return Trained(network.cpu(), history, settings, trial, loaded, accuracy)


def _identity(tiles: Tiles, options: Options, device: torch.device) -> dict[str, Any]:
    """Whatever determines the network."""
    folder, weights = tiles.source.folder, options.encoder_weights
    return {
        "tiles": tile_data.fingerprint(tiles.source),
        "pixels": [provenance.fingerprint(folder / name) for name in ("images", "masks")],
        "options": repr(options),
        "encoder_weights": provenance.fingerprint(weights),
        "device": device.type,
        "versions": [provenance.versions(), torch.__version__],
    }


def _learns_order(tiles: Tiles, options: Options, job: Job) -> bool:
    """Whether the network gets outputs for ordered classes."""
    if options.ordinal_weight and not tiles.source.ordinal:
        job.message(
            "The order of the classes means nothing in this data set, so ORDINAL_WEIGHT does not count. Where it does,"
            " cut the tiles with ORDINAL switched on."
        )
    return tiles.source.ordinal and options.ordinal_weight > 0


def class_weight(tiles: Tiles, text: str) -> tuple[float, ...] | None:
    """How much a pixel of each class counts, in the order of the network's classes; raises ParameterError.

    `balanced` is n / (classes · pixels of the class), as scikit-learn has it: all classes count the same.
    """
    words = text.strip().lower()
    if words == "none":
        return None
    if words == "balanced":
        return tuple(training.balanced(tiles.pixels["train"]).tolist())
    names = ", ".join(f"{c.id} {c.name}" for c in tiles.classes)
    try:
        weights = [float(number) for number in words.replace(";", ",").split(",")]
    except ValueError:
        raise ParameterError(
            f"CLASS_WEIGHTS is none, balanced, or a number for each class ({names}) such as 0.4, 2.5, 2.0. Got '{text}'"
            " instead."
        ) from None
    every = tiles.source.classes.ids
    if len(weights) == len(every):
        weights = [weight for weight, class_id in zip(weights, every, strict=True) if class_id in tiles.class_ids]
    if len(weights) != len(tiles.class_ids):
        raise ParameterError(
            f"CLASS_WEIGHTS has {len(weights)} numbers, and there are {len(tiles.class_ids)} classes: {names}. Give one"
            " for each, in this order."
        )
    return tuple(weights)


def _recipe(tiles: Tiles, options: Options, job: Job) -> Recipe:
    """How tiles are changed, with the bands whose light may change."""
    bands, recipe = tiles.source.bands, options.recipe
    if options.visible_bands is None:
        visible = augmentation.visible_bands(bands)
    else:
        names = [name.strip() for name in options.visible_bands.replace(";", ",").split(",")]
        known = [band.name for band in bands]
        unknown = [name for name in names if name not in known and name != "none"]
        if unknown:
            raise ParameterError(
                f"VISIBLE_BANDS names {unknown[0]}, which the tiles have not. They have: {', '.join(known)}."
            )
        visible = tuple(known.index(name) for name in names if name != "none")
    light = max(recipe.brightness, recipe.contrast, recipe.saturation) > 0
    if light and not visible and options.visible_bands is None:
        job.message(
            "No band is called blue, green or red (or B2, B3, B4), so brightness, contrast and saturation stay as they"
            " are. Name the bands that a person sees in VISIBLE_BANDS."
        )
    black = augmentation.black_values([bands[place] for place in visible])
    return replace(recipe, visible=visible, black=black)


def _monitor(name: str, ordinal: bool) -> str:
    if name == "quadratic_kappa" and not ordinal:
        raise ParameterError(
            "MONITOR is quadratic_kappa, which only networks of ordered classes have. Choose kappa, or cut the tiles"
            " with ORDINAL switched on and give an ORDINAL_WEIGHT above 0."
        )
    return MONITORS[name]


def _watched(ordinal: bool) -> tuple[str, ...]:
    return WATCHED + WATCHED_OF_ORDERED if ordinal else WATCHED


def _score(ordinal: bool, name: str, matrix: np.ndarray) -> float:
    return float(assessment.measures(matrix, ordinal)[name])


def _network(tiles: Tiles, design: Design, seed: int) -> SegmentationNetwork:
    """A network that is not trained yet; it knows how to scale what it is shown."""
    torch.manual_seed(seed)
    network = SegmentationNetwork(design)
    known = [s or {} for s in tiles.source.config["statistics"]]
    mean = [s.get("mean") or 0.0 for s in known]
    deviation = [s.get("deviation") or 1.0 for s in known]
    network.offset.copy_(torch.tensor(mean))
    network.scale.copy_(torch.tensor(deviation))
    return network


def _shuffled(
    tiles: Tiles, options: Options, recipe: Recipe, steps: int, random: np.random.Generator
) -> Iterator[Batch]:
    return tiles.batches(random.permutation(tiles.rows["train"]), steps, random, options.crop, recipe)


def _in_order(tiles: Tiles, options: Options) -> Iterator[Batch]:
    rows = tiles.rows["val"]
    return tiles.batches(rows, -(-len(rows) // options.batch_size))
