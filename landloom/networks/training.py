"""The training loop, the same for every network."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .. import assessment, files
from ..errors import InputError
from ..job import Job

# A batch: values (n, channels, h, w) float32, and the number of the class of each output (n, rows, columns) int64,
# where IGNORED stands for no answer. A patch has one output, so its rows and columns are 1.
Batch = tuple[np.ndarray, np.ndarray]
IGNORED = -100
CHECKPOINT = "checkpoint.pt"
MESSAGE_EPOCHS = 10


@dataclass(frozen=True)
class Settings:
    """How long and how fast to learn. Training ends after `patience` epochs without a lower validation loss."""

    epochs: int = 100
    patience: int = 20
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    seed: int = 42


@dataclass(frozen=True)
class Data:
    """What is learnt from and what is validated with, both batch by batch.

    `training` takes the epoch's random numbers for shuffling and augmentation; the order of `validation` is fixed.
    `steps` is the number of batches in an epoch of training.
    """

    training: Callable[[np.random.Generator], Iterable[Batch]]
    validation: Callable[[], Iterable[Batch]]
    steps: int


@dataclass
class History:
    """What was measured: for each epoch `train_loss`, `val_loss`, `learning_rate` and further metrics by name."""

    epochs: list[dict[str, float]] = field(default_factory=list)
    best: int = 0  # the epoch, from 1, that the network was taken from

    @property
    def lowest(self) -> float:
        """The validation loss of the best epoch."""
        return self.epochs[self.best - 1]["val_loss"] if self.best else float("inf")


def fit(
    network: nn.Module,
    data: Data,
    loss: Callable[[Tensor, Tensor], Tensor],
    metrics: Mapping[str, Callable[[np.ndarray], float | None]],
    settings: Settings,
    device: torch.device,
    folder: Path,
    job: Job,
) -> History:
    """Train a network in place; it ends with the weights of the epoch with the lowest validation loss.

    Args:
        network: gives logits (n, classes, rows, columns).
        data: the batches.
        loss: of logits and targets, a mean over the batch; targets that are IGNORED must not count.
        metrics: further figures of each epoch, from the confusion matrix of the validation (rows are the network's
            answers); None where undetermined.
        settings: see there.
        device: where to compute.
        folder: keeps a checkpoint after each epoch; where there is one, training goes on from it.
        job: for cancel, progress and live curves.

    Epochs draw their random numbers from seed and epoch alone, so a run that goes on takes the same steps as one that
    was never interrupted. Raises InputError where the loss is no number any more.
    """
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload] # faster on any device
    optimiser = torch.optim.AdamW(network.parameters(), settings.learning_rate, weight_decay=settings.weight_decay)
    history, best = History(), copy.deepcopy(network.state_dict())
    state = _load(folder / CHECKPOINT, device, job)
    if state:
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        history, best = History(state["history"], state["best_epoch"]), state["best"]
        job.message(f"Going on with an earlier run after epoch {len(history.epochs)}.")

    for epoch in range(len(history.epochs) + 1, settings.epochs + 1):
        if epoch - history.best > settings.patience:
            job.message(f"Stopped: no lower validation loss for {settings.patience} epochs.")
            break
        random = np.random.default_rng([settings.seed, epoch])
        torch.manual_seed(int(random.integers(2**63)))
        rate = _cosine(settings, epoch)
        for group in optimiser.param_groups:
            group["lr"] = rate

        # learn
        network.train()
        total, count = 0.0, 0
        for step, (values, targets) in enumerate(data.training(random)):
            job.progress((epoch - 1 + step / data.steps) / settings.epochs)
            optimiser.zero_grad()
            value = loss(network(tensor(values, device)), tensor(targets, device))
            _refuse_divergence(value.item(), epoch, settings)
            value.backward()
            optimiser.step()
            total, count = total + value.item() * len(values), count + len(values)

        # validate
        val_loss, matrix = evaluate(network, data.validation(), loss, device, job)
        _refuse_divergence(val_loss, epoch, settings)
        found = {name: metric(matrix) for name, metric in metrics.items()}
        measured = {"train_loss": total / count, "val_loss": val_loss, "learning_rate": rate}
        measured |= {name: float("nan") if value is None else float(value) for name, value in found.items()}
        history.epochs.append(measured)
        if val_loss < history.lowest:
            history.best, best = epoch, copy.deepcopy(network.state_dict())

        # tell and save
        for name, number in measured.items():
            if np.isfinite(number):
                job.metric(name, epoch, number)
        if epoch == 1 or epoch % MESSAGE_EPOCHS == 0:
            shown = ", ".join(f"{name.replace('_', ' ')} {number:.4g}" for name, number in measured.items())
            job.message(f"Epoch {epoch}: {shown}. Best so far: epoch {history.best}.")
        _save(folder / CHECKPOINT, network, optimiser, history, best)
    network.load_state_dict(best)
    network.eval()
    return history


@torch.no_grad()
def evaluate(
    network: nn.Module,
    batches: Iterable[Batch],
    loss: Callable[[Tensor, Tensor], Tensor],
    device: torch.device,
    job: Job,
) -> tuple[float, np.ndarray]:
    """The mean loss over batches, and the confusion matrix (classes, classes), rows the network's answers."""
    network.eval()
    total, count = 0.0, 0
    matrix: Any = 0
    for values, targets in batches:
        job.check_cancelled()
        logits, wanted = network(tensor(values, device)), tensor(targets, device)
        total, count = total + float(loss(logits, wanted)) * len(values), count + len(values)
        answered, known = logits.argmax(1).cpu().numpy(), targets != IGNORED
        matrix = matrix + assessment.confusion(answered[known], targets[known], range(logits.shape[1]))
    return total / count, matrix


def _cosine(settings: Settings, epoch: int) -> float:
    """From the learning rate down to nearly 0 along half a cosine (Loshchilov & Hutter 2017), an epoch at a time."""
    return settings.learning_rate * 0.5 * (1 + float(np.cos(np.pi * (epoch - 1) / settings.epochs)))


def tensor(array: np.ndarray, device: torch.device) -> Tensor:
    """An array on a device."""
    return torch.from_numpy(np.ascontiguousarray(array)).to(device)


def _refuse_divergence(value: float, epoch: int, settings: Settings) -> None:
    if not np.isfinite(value):
        raise InputError(
            f"Training came to nothing: in epoch {epoch} the loss is no number any more. Lower LEARNING_RATE (it is"
            f" {settings.learning_rate:g}; a tenth of it is a good next try). If that does not help, look for extreme"
            " values in the imagery."
        )


def _save(path: Path, network: nn.Module, optimiser: torch.optim.Optimizer, history: History, best: dict) -> None:
    state = {
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
        "history": history.epochs,
        "best_epoch": history.best,
        "best": best,
    }
    with files.replacing(path) as temporary:
        torch.save(state, temporary)


def _load(path: Path, device: torch.device, job: Job) -> dict[str, Any] | None:
    """What an earlier run has left, None where there is nothing that can be used."""
    if not path.exists():
        return None
    try:
        return torch.load(path, map_location=device, weights_only=True)
    except Exception as error:  # damaged bytes can make any part of the way stumble
        job.message(f"What an earlier run has left cannot be read ({error}): starting anew.")
        return None
