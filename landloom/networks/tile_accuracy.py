"""How well a segmentation network does on tiles that it has not learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from .. import assessment, calibration
from ..calibration import Reliability
from ..job import Job
from . import tile_data, training
from .segmentation import SegmentationNetwork
from .tally import IGNORED
from .tile_data import Tiles

# Tiles that the report shows from either end of the range.
EXAMPLES = 3


@dataclass(frozen=True)
class Example:
    """A tile with its answer: values (bands, h, w), and places of classes (h, w), IGNORED where there is none."""

    name: str
    accuracy: float
    values: np.ndarray
    targets: np.ndarray
    answers: np.ndarray


@dataclass(frozen=True)
class Accuracy:
    """What was measured, whether the probabilities mean what they say, and the best and the worst tiles."""

    metrics: dict[str, Any]
    reliability: Reliability
    examples: list[Example]


@torch.no_grad()
def measure(
    tiles: Tiles, network: SegmentationNetwork, device: torch.device, batch_size: int, seed: int, job: Job
) -> Accuracy:
    """The accuracy on the test tiles; where there are none, on those that were validated with.

    Pixels count once: where tiles overlap, by the first tile. Pixels of one spatial block of the split are alike, so
    the intervals draw whole blocks.
    """
    part = "test" if len(tiles.rows["test"]) else "val"
    rows, k = tiles.rows[part], len(tiles.class_ids)
    blocks, block = np.unique(tiles.source.table["block"].to_numpy()[rows], return_inverse=True)
    by_block, shares = np.zeros((len(blocks), k, k), np.int64), np.empty(len(rows))
    reliability = calibration.reliability(np.empty(0), np.empty(0))
    new = tile_data.first_shown(tiles.source, rows)
    for start, (values, targets) in _in_order(tiles, rows, batch_size):
        job.progress(start / len(rows))
        for i, found in enumerate(_probabilities(network, values, device), start):
            wanted = targets[i - start]
            labelled = wanted != IGNORED
            answers = found.argmax(axis=0)
            right = answers == wanted
            shares[i] = right[labelled].mean() if labelled.any() else np.nan
            counted = labelled & next(new)
            by_block[block[i]] += assessment.confusion(answers[counted], wanted[counted], range(k))
            reliability += calibration.reliability(found.max(axis=0)[counted], right[counted])
    ordinal, matrix = network.design.ordinal, by_block.sum(axis=0)
    metrics = assessment.scores(matrix) | (assessment.ordinal_scores(matrix) if ordinal else {})
    metrics |= {
        "measured_on": part,
        "held_out_tiles": len(rows),
        "held_out_blocks": len(blocks),
        "confusion_matrix": matrix.tolist(),
        "class_ids": tiles.class_ids.tolist(),
        "calibration": reliability.as_dict(),
    }
    if len(blocks) > 1:
        metrics["intervals_by_block"] = assessment.bootstrap_by_group(by_block, seed, ordinal=ordinal)
    return Accuracy(metrics, reliability, _examples(tiles, network, device, rows, shares))


def _in_order(tiles: Tiles, rows: np.ndarray, batch_size: int) -> Any:
    """Where each batch begins, and the batch."""
    start = 0
    for batch in tiles.batches(rows, -(-len(rows) // batch_size)):
        yield start, batch
        start += len(batch[0])


def _probabilities(network: SegmentationNetwork, values: np.ndarray, device: torch.device) -> np.ndarray:
    """(n, classes, h, w) of the tiles of a batch."""
    return network.probabilities(network(training.tensor(values, device))).cpu().numpy()


def _examples(
    tiles: Tiles, network: SegmentationNetwork, device: torch.device, rows: np.ndarray, shares: np.ndarray
) -> list[Example]:
    """The best tiles, then the worst, by the share of their pixels that are right."""
    order = np.argsort(-shares, kind="stable")
    order = order[np.isfinite(shares[order])]
    chosen = order if len(order) <= 2 * EXAMPLES else np.concatenate([order[:EXAMPLES], order[-EXAMPLES:]])
    found = []
    for i in chosen:
        values, targets = tiles.read(int(rows[i]))
        answers = _probabilities(network, values[np.newaxis], device)[0].argmax(axis=0)
        name = str(tiles.source.table["tile_id"].iat[rows[i]])
        found.append(Example(name, float(shares[i]), values, targets, answers))
    return found
