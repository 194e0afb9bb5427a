"""From pairs of tiles to a network that makes the one of the other, and how well it does."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .. import provenance, workspaces
from ..job import Job
from ..refinement import pairs as tile_pairs
from ..refinement.holdout import Parts
from ..refinement.pairs import Pairs
from . import learning_rates, prithvi, refiner_accuracy, refiner_losses, sample_predictions, training
from .augmentation import Recipe, orient
from .encoders import Loaded
from .learning_rates import Trial
from .refiner import Design, RefinerNetwork, with_conditions
from .refiner_accuracy import FIGURES, Accuracy, FidelityTally
from .refiner_losses import RefinerLoss
from .tally import IGNORED
from .training import Batch, Data, History, Settings

# What the parameter `monitor` names, and what the figure is called in the history.
MONITORS = {
    "val_loss": "val_loss",
    "psnr": "val_psnr",
    "ssim": "val_ssim",
    "ndvi_rmse": "val_ndvi_rmse",
    "edge_correlation": "val_edge_correlation",
}
TRIAL = "learning_rates.json"
# So many training tiles say how large features are before the training.
BEGUN_WITH = 32


@dataclass(frozen=True)
class Options:
    """How to train; see the stage `train_refiner` for what each one means.

    `settings.monitor` is a key of MONITORS; `frozen_epochs` are those, from the first, in which the encoder stays as it
    began.
    """

    settings: Settings
    size: str = "small"
    conditions: bool = True
    encoder_weights: str | None = None
    frozen_epochs: int = 0
    loss: RefinerLoss = RefinerLoss()
    batch_size: int = 8
    crop: int = 128
    flips: bool = True
    turns: bool = True
    find_learning_rate: bool = False


@dataclass(frozen=True)
class Trained:
    """A network, how it came about, and what it does for tiles that it has not learnt from.

    Args:
        network: of the best epoch, on the processor.
        history, settings: of the training.
        trial: that of the learning rate, if there was one.
        encoder: with what weights the encoder began, where they were given.
        untrained: the figures of the validation tiles as they came in; empty where they are no optical ones.
        accuracy: on held-out tiles.
        crop: edge of the pieces that it learnt from.
    """

    network: RefinerNetwork
    history: History
    settings: Settings
    trial: Trial | None
    encoder: Loaded | None
    untrained: dict[str, float | None]
    accuracy: Accuracy
    crop: int


def train(pairs: Pairs, parts: Parts, options: Options, device: torch.device, model: Path, job: Job) -> Trained:
    """Train a network and measure it on tiles that it has not learnt from.

    A run that was stopped goes on from its last epoch, in a working folder beside `model`, if nothing has changed.
    """
    name = options.settings.monitor
    higher = name in FIGURES and FIGURES[name].higher
    rows, settings = parts.rows("train"), replace(options.settings, monitor=MONITORS[name], higher=higher)
    # A piece larger than all tiles would be mirrored for nothing.
    crop = min(options.crop, max(max(pairs.pairs[i].shape) for i in rows))
    pixels = options.batch_size * crop**2
    network = _network(pairs, rows, options, crop)
    loaded = None
    if options.encoder_weights:
        loaded = prithvi.load_encoder(network.encoder, options.encoder_weights)
        job.message(loaded.message)
        if loaded.warning:
            job.warning(loaded.warning)
    pieces = np.repeat(rows, [_pieces(pairs.pairs[i].shape, crop) for i in rows])
    steps = training.steps(len(pieces), options.batch_size)
    data = Data(
        partial(_shuffled, pairs, pieces, options, crop, steps),
        partial(_in_order, pairs, parts.rows("val"), pixels),
        steps,
    )
    loss = refiner_losses.make(options.loss)

    def freeze(epoch: int) -> None:
        network.encoder.requires_grad_(epoch > options.frozen_epochs)

    with workspaces.workspace(model, _identity(pairs, parts, options, device), job, training.CHECKPOINT) as folder:
        untrained = refiner_accuracy.untrained(pairs, parts.rows("val"), pixels)
        if untrained:
            job.message(f"The tiles to validate with as they come in: {told(untrained)}.")
        trial = None
        if options.find_learning_rate:
            job.part(0.0, 0.1)
            freeze(1)
            trial = learning_rates.find_once(folder / TRIAL, network, data, loss, settings, device, job)
            settings = learning_rates.with_rate(settings, trial)
        job.part(0.1 if trial else 0.0, 0.95)
        sheet = partial(sample_predictions.of_pairs, pairs, parts.rows("val"), network, device)
        history = training.fit(
            network, data, loss, FidelityTally, settings, device, folder, job, freeze, sheet, may_end_early=True
        )
        job.part(0.95, 1.0)
        accuracy = refiner_accuracy.measure(pairs, parts, network, device, pixels, settings.seed, job)
    return Trained(network.cpu(), history, settings, trial, loaded, untrained, accuracy, crop)


def told(figures: dict[str, float | None]) -> str:
    """Some figures in words."""
    return ", ".join(f"{FIGURES[name].title} {FIGURES[name].shown(value)}" for name, value in figures.items())


def _identity(pairs: Pairs, parts: Parts, options: Options, device: torch.device) -> dict[str, Any]:
    """Whatever determines the network."""
    weights = options.encoder_weights
    return {
        "tiles": fingerprint(pairs),
        "keys": [pairs.input_key, pairs.target_key, pairs.optical],
        "parts": {pair.name: part for pair, part in zip(pairs.pairs, parts.part, strict=True)},
        "groups": parts.group.tolist(),
        "options": repr(options),
        "encoder_weights": provenance.fingerprint(weights) if weights else None,
        "device": device.type,
        "versions": [provenance.versions(), torch.__version__],
    }


def fingerprint(pairs: Pairs) -> dict[str, str]:
    """What identifies the two folders: a hash of the names, sizes and times of their files."""
    first = pairs.pairs[0]
    folders = {"tiles": first.tile.path.parent, "targets": first.target.path.parent}
    return {name: provenance.fingerprint(folder)["sha256"] for name, folder in folders.items()}


def _network(pairs: Pairs, rows: np.ndarray, options: Options, crop: int) -> RefinerNetwork:
    """A network that is not trained yet; it knows how to scale what it is shown, tiles by their indices `rows`."""
    torch.manual_seed(options.settings.seed)
    design = Design(options.size, pairs.channels, conditioned=options.conditions, optical=pairs.optical)
    network = RefinerNetwork(design)
    if not pairs.optical:
        mean, deviation = pairs.statistics(rows)
        network.encoder.offset.copy_(torch.tensor(mean))
        network.encoder.scale.copy_(torch.tensor(np.where(deviation > 0, deviation, 1.0)))
    random = np.random.default_rng(options.settings.seed)
    shown = [pairs.read(int(i)) for i in random.permutation(rows)[:BEGUN_WITH]]
    pieces = [tile_pairs.piece(*found, crop, random)[0] for found in shown]
    network.begin(torch.from_numpy(np.stack(pieces)))
    return network


def _pieces(shape: tuple[int, int], crop: int) -> int:
    """How many pieces of a tile an epoch has: so many that it sees about as many pixels as the tile has."""
    return max(round(shape[0] * shape[1] / crop**2), 1)


def _shuffled(
    pairs: Pairs, pieces: np.ndarray, options: Options, crop: int, steps: int, random: np.random.Generator
) -> Iterator[Batch]:
    """Pieces of the tiles, cut at other places and in another order in each epoch; `pieces` are indices of tiles."""
    orientations = Recipe(options.flips, options.turns).orientations()
    with ThreadPoolExecutor(tile_pairs.READERS, "pairs") as pool:
        for chosen in np.array_split(random.permutation(pieces), steps):
            read = pool.map(pairs.read, chosen.tolist())
            cut = [tile_pairs.piece(*found, crop, random) for found in read]
            values, targets = np.stack([v for v, _ in cut]), np.stack([t for _, t in cut])
            # Alike on both sides, else the pixels would not belong together.
            orientation = random.choice(orientations, len(chosen))
            values, targets = orient(values, orientation), orient(targets, orientation)
            yield _batch(pairs, chosen, values, targets)


def _in_order(pairs: Pairs, rows: np.ndarray, pixels: int) -> Iterator[Batch]:
    for batch in refiner_accuracy.batches(pairs, rows, pixels):
        yield _batch(pairs, *batch)


def _batch(pairs: Pairs, chosen: np.ndarray, values: np.ndarray, targets: np.ndarray) -> Batch:
    """Tiles by their indices, as the training loop takes them."""
    return with_conditions(values, *pairs.conditions(chosen)), np.where(np.isnan(targets), np.float32(IGNORED), targets)
