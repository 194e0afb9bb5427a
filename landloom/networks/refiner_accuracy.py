"""How near a refiner's tiles come to their targets, and how near they were before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..job import Job
from ..refinement import fidelity
from ..refinement import pairs as tile_pairs
from ..refinement.holdout import Parts
from ..refinement.pairs import Pairs
from . import training
from .refiner import RefinerNetwork, with_conditions
from .tally import IGNORED


@dataclass(frozen=True)
class Figure:
    """What a figure is called, its unit, and whether a higher one is better."""

    title: str
    unit: str = ""
    higher: bool = True

    def shown(self, value: float | None) -> str:
        """A value with its unit."""
        return "undetermined" if value is None else f"{value:.4g} {self.unit}".strip()


# By their names in `fidelity.Fidelity`.
FIGURES = {
    "psnr": Figure("PSNR", "dB"),
    "ssim": Figure("SSIM"),
    "ndvi_rmse": Figure("RMSE of the NDVI", higher=False),
    "edge_correlation": Figure("Correlation of edges"),
    "spectral_angle": Figure("Spectral angle", "°", higher=False),
}
# Tiles that the report shows from either end of the range.
EXAMPLES = 3
ROUNDS = 1000
THREADS = min(4, os.cpu_count() or 1)
# Of figures while training, behind the point.
DIGITS = 9


@dataclass(frozen=True)
class Example:
    """A tile (4, h, w) before and after, and its target; `before` is None where the tile is no optical one."""

    name: str
    psnr: tuple[float, float]
    before: np.ndarray | None
    after: np.ndarray
    target: np.ndarray


@dataclass(frozen=True)
class Accuracy:
    """What was measured on held-out tiles.

    Args:
        metrics: for the card.
        names: of the tiles.
        before, after: (tiles, figures) in the order of FIGURES; `before` is None where tiles are no optical ones.
        examples: those that gained the most in PSNR, then those that gained the least.
    """

    metrics: dict[str, Any]
    names: list[str]
    before: np.ndarray | None
    after: np.ndarray
    examples: list[Example]


class FidelityTally:
    """The tally of a validation: the mean of each figure over the tiles, by its name with `val_` before it."""

    def __init__(self) -> None:
        self._found: list[np.ndarray] = []

    def add(self, outputs: Tensor, targets: Tensor) -> None:
        """See tally.Tally."""
        wanted = targets.cpu().numpy()
        self._found.append(compared(outputs.cpu().numpy(), np.where(wanted == IGNORED, np.nan, wanted)))

    def figures(self) -> dict[str, float | None]:
        """See tally.Tally."""
        found = means(np.concatenate(self._found))
        # Sums of floats depend on where in the memory they lie; a run that goes on shall tell the same figures.
        return {f"val_{name}": None if value is None else round(value, DIGITS) for name, value in found.items()}


def compared(images: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Figures (n, figures) of images (n, 4, h, w) by their targets; NaN where undetermined.

    Targets may be NaN in some pixels, which do not count; what counts sees there, in its neighbourhood, no difference.
    """

    def one(pair: tuple[np.ndarray, np.ndarray]) -> list[float]:
        image, target = pair
        known = np.isfinite(target).all(axis=0)
        found = fidelity.compare(image, np.where(known, target, image), None if known.all() else known)
        return [getattr(found, name) for name in FIGURES]

    with ThreadPoolExecutor(THREADS, "fidelity") as pool:
        return np.array(list(pool.map(one, zip(images, targets, strict=True))))


def means(found: np.ndarray) -> dict[str, float | None]:
    """The mean of each figure over the tiles (tiles, figures) of which it is known; None where of none."""
    known = np.isfinite(found)
    sums, counts = np.where(known, found, 0).sum(axis=0), known.sum(axis=0)
    return {name: float(s / n) if n else None for name, s, n in zip(FIGURES, sums, counts, strict=True)}


def untrained(pairs: Pairs, indices: np.ndarray, pixels: int) -> dict[str, float | None]:
    """The figures of tiles as they are; none where they are no optical ones."""
    if not pairs.optical:
        return {}
    return means(np.concatenate([compared(values, targets) for _, values, targets in batches(pairs, indices, pixels)]))


def batches(pairs: Pairs, indices: np.ndarray, pixels: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Whole tiles in batches of one shape, of so many pixels at most: their indices, tiles and targets."""
    for chosen in tile_pairs.by_shape(pairs, indices, pixels):
        found = [pairs.read(int(i)) for i in chosen]
        yield chosen, np.stack([values for values, _ in found]), np.stack([targets for _, targets in found])


@torch.no_grad()
def measure(
    pairs: Pairs, parts: Parts, network: RefinerNetwork, device: torch.device, pixels: int, seed: int, job: Job
) -> Accuracy:
    """The figures on the test tiles; where there are none, on those that were validated with.

    The intervals are a bootstrap over tiles, or over groups of tiles where these were held out as a whole.

    Args:
        pairs, parts: what there is, and what of it was not learnt from.
        network: on the device.
        pixels: of a batch.
        seed: of the bootstrap.
        job: for progress and cancel.
    """
    part = "test" if len(parts.rows("test")) else "val"
    rows = parts.rows(part)
    place = {int(index): row for row, index in enumerate(rows)}
    after = np.empty((len(rows), len(FIGURES)))
    before = np.empty_like(after) if pairs.optical else None
    network.eval()
    done = 0
    for chosen, values, targets in batches(pairs, rows, pixels):
        job.progress(done / len(rows))
        here = [place[int(i)] for i in chosen]
        after[here] = compared(_refined(network, pairs, chosen, values, device), targets)
        if before is not None:
            before[here] = compared(values, targets)
        done += len(chosen)
    metrics: dict[str, Any] = {"measured_on": part, "held_out_tiles": len(rows)}
    metrics |= means(after)
    if before is not None:
        metrics |= {f"{name}_before": value for name, value in means(before).items()}
        metrics["closer_tiles"] = int((after[:, 0] > before[:, 0]).sum())
    group = np.unique(parts.group[rows], return_inverse=True)[1]
    metrics["held_out_groups"] = int(group.max()) + 1
    if metrics["held_out_groups"] > 1:
        metrics["intervals"] = intervals(after, before, group, seed)
    names = [pairs.pairs[i].name for i in rows]
    return Accuracy(metrics, names, before, after, _examples(pairs, rows, network, device, before, after))


def intervals(
    after: np.ndarray, before: np.ndarray | None, group: np.ndarray, seed: int
) -> dict[str, tuple[float, float] | None]:
    """95 % percentile intervals of the means over tiles, drawing whole groups with replacement (Efron 1979).

    Args:
        after, before: (tiles, figures); the draws are the same for both, so `NAME_gain` is of differences tile by tile.
        group: (tiles,) from 0 on.
        seed: of the draws.
    """
    random, groups = np.random.default_rng(seed), int(group.max()) + 1
    # How often each tile is in each draw.
    drawn = random.multinomial(groups, np.full(groups, 1 / groups), ROUNDS)[:, group].astype(float)
    columns = {name: after[:, i] for i, name in enumerate(FIGURES)}
    if before is not None:
        columns |= {f"{name}_before": before[:, i] for i, name in enumerate(FIGURES)}
        columns |= {f"{name}_gain": after[:, i] - before[:, i] for i, name in enumerate(FIGURES)}
    found: dict[str, tuple[float, float] | None] = {}
    for name, values in columns.items():
        known = np.isfinite(values)
        counts = drawn @ known
        mean = (drawn @ np.where(known, values, 0))[counts > 0] / counts[counts > 0]
        found[name] = (float(np.percentile(mean, 2.5)), float(np.percentile(mean, 97.5))) if len(mean) else None
    return found


def _refined(
    network: RefinerNetwork, pairs: Pairs, indices: np.ndarray, values: np.ndarray, device: torch.device
) -> np.ndarray:
    shown = with_conditions(values, *pairs.conditions(indices))
    return network(training.tensor(shown, device)).float().cpu().numpy()


def _examples(
    pairs: Pairs,
    rows: np.ndarray,
    network: RefinerNetwork,
    device: torch.device,
    before: np.ndarray | None,
    after: np.ndarray,
) -> list[Example]:
    gain = after[:, 0] if before is None else after[:, 0] - before[:, 0]
    order = np.argsort(-gain, kind="stable")
    chosen = order if len(order) <= 2 * EXAMPLES else np.concatenate([order[:EXAMPLES], order[-EXAMPLES:]])
    found = []
    for i in chosen:
        index = int(rows[i])
        values, target = pairs.read(index)
        refined = _refined(network, pairs, np.array([index]), values[np.newaxis], device)[0]
        psnr = (float("nan") if before is None else float(before[i, 0]), float(after[i, 0]))
        found.append(Example(pairs.pairs[index].name, psnr, values if pairs.optical else None, refined, target))
    return found
