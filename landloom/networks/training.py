"""The training loop, the same for every network."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .. import files
from ..errors import InputError
from ..job import Job
from .prefetch import ahead
from .tally import IGNORED, Tally

# A batch: values (n, channels, h, w) float32, and the number of the class of each output (n, rows, columns) int64,
# where IGNORED stands for no answer. A patch has one output, so its rows and columns are 1. Where images come out,
# targets are images (n, bands, rows, columns) float32.
Batch = tuple[np.ndarray, np.ndarray]
Loss = Callable[[Tensor, Tensor], Tensor]
CHECKPOINT = "checkpoint.pt"
# In an epoch of many batches the loss so far is told after each so many, and looked at whether it is a number.
TOLD_EVERY = 50
# About so many times in a training sample predictions are shown.
PICTURES = 10
_SHORT = {"Iou": "IoU", "Psnr": "PSNR", "Ssim": "SSIM", "Ndvi Rmse": "NDVI RMSE"}


@dataclass(frozen=True)
class Settings:
    """How long and how fast to learn.

    Args:
        epochs: at most.
        patience: training ends after so many epochs without a better `monitor`.
        learning_rate: the highest; see `rate`.
        weight_decay: of AdamW (Loshchilov & Hutter 2019); what is no matrix of weights does not decay.
        seed: of shuffling, augmentation and dropout.
        warm_up: share of the training in which the rate rises.
        clip: largest norm of the gradient, above which it is shortened; None for any (Pascanu et al. 2013).
        accumulate: batches whose gradients add up to one step.
        mixed_precision: compute with 16 bits where that is exact enough; on a graphics card alone (Micikevicius 2018).
        monitor: which of the epoch's figures decides what epoch is best.
        higher: whether that is the one with its highest value, not its lowest.
    """

    epochs: int = 100
    patience: int = 20
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    seed: int = 42
    warm_up: float = 0.0
    clip: float | None = None
    accumulate: int = 1
    mixed_precision: bool = False
    monitor: str = "val_loss"
    higher: bool = False


@dataclass(frozen=True)
class Data:
    """What is learnt from and what is validated with, both batch by batch, and both with targets.

    `training` takes the epoch's random numbers for shuffling and augmentation; the order of `validation` is fixed.
    Both are iterated over in a thread of their own. `steps` is the number of batches in an epoch of training.
    """

    training: Callable[[np.random.Generator], Iterable[Batch]]
    validation: Callable[[], Iterable[Batch]]
    steps: int


@dataclass
class History:
    """What was measured: for each epoch `train_loss`, `val_loss`, `learning_rate` (of its first step) and the figures
    of the tally by name, NaN where undetermined.
    """

    epochs: list[dict[str, float]] = field(default_factory=list)
    best: int = 0  # the epoch, from 1, that the network was taken from
    ended_early: bool = False  # because the user asked for it
    # The network's weights after the last epoch.
    last: dict[str, Tensor] = field(default_factory=dict, compare=False, repr=False)

    def for_card(self) -> dict[str, Any]:
        """What the model's card says of it; figures that are undetermined are None, since JSON knows no NaN."""
        figures = [{name: v if np.isfinite(v) else None for name, v in epoch.items()} for epoch in self.epochs]
        card = {"best_epoch": self.best, "epochs_run": len(self.epochs), "history": figures}
        return {**card, "ended_early": True} if self.ended_early else card

    @property
    def val_loss(self) -> float:
        """The validation loss of the best epoch."""
        return self.epochs[self.best - 1]["val_loss"] if self.best else float("inf")


class Learner:
    """A network on its device, with what changes its weights."""

    def __init__(self, network: nn.Module, loss: Loss, settings: Settings, device: torch.device):
        network.to(device)
        for weights in network.parameters():
            if weights.ndim == 4:  # convolutions of images are faster so on any device
                weights.data = weights.data.contiguous(memory_format=torch.channels_last)
        self.network, self.loss, self.settings, self.device = network, loss, settings, device
        self.mixed = settings.mixed_precision and device.type == "cuda"
        # Biases, normalisations and the thresholds of ordered classes are no less likely to be large (He et al. 2019,
        # Bag of tricks for image classification, section 3.1).
        parameters = list(network.parameters())
        self.optimiser = torch.optim.AdamW(
            [
                {"params": [p for p in parameters if p.ndim > 1], "weight_decay": settings.weight_decay},
                {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
            ],
            settings.learning_rate,
        )
        self.scaler = torch.amp.GradScaler(device.type, enabled=self.mixed)

    def answer(self, values: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Outputs, targets on the device, and the loss of a batch."""
        shown = values.to(self.device, non_blocking=True, memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.float16, enabled=self.mixed):
            outputs = self.network(shown)
        wanted = targets.to(self.device, non_blocking=True)
        return outputs.float(), wanted, self.loss(outputs.float(), wanted)

    def step(self, batches: Sequence[tuple[Tensor, Tensor]], rate: float) -> tuple[Tensor, int]:
        """Change the weights once by some batches, as if they were one; their mean loss, and of how many targets.

        A batch counts by its targets. Where none has any, nothing changes.
        """
        counts = [_known(targets) for _, targets in batches]
        total, mean = sum(counts), torch.zeros((), device=self.device)
        if not total:
            return mean, 0
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad()
        for (values, targets), count in zip(batches, counts, strict=True):
            if count:
                _, _, value = self.answer(values, targets)
                self.scaler.scale(value * (count / total)).backward()
                mean = mean + value.detach() * (count / total)
        self.scaler.unscale_(self.optimiser)
        if self.settings.clip is not None:
            nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        return mean, total


def steps(number: int, batch_size: int) -> int:
    """How many batches of nearly one size an epoch of so many patches or tiles has; none of a single one, which may
    have no spread that could be normalised.
    """
    return min(-(-number // batch_size), number // 2)


def balanced(count: np.ndarray) -> np.ndarray:
    """Weights with which all classes count the same, n / (classes · count of the class), as scikit-learn has them."""
    return count.sum() / (len(count) * count)


def fit(
    network: nn.Module,
    data: Data,
    loss: Loss,
    tally: Callable[[], Tally],
    settings: Settings,
    device: torch.device,
    folder: Path,
    job: Job,
    before_epoch: Callable[[int], None] = lambda epoch: None,
    sheet: Callable[[], bytes] | None = None,
    may_end_early: bool = False,
) -> History:
    """Train a network in place; it ends with the weights of the best epoch.

    Args:
        network: gives outputs (n, channels, rows, columns).
        data: the batches.
        loss: of outputs and targets, a mean over the targets; those that are IGNORED must not count.
        tally: begins what gives further figures of an epoch's validation.
        settings: see there.
        device: where to compute.
        folder: keeps a checkpoint after each epoch; where there is one, training goes on from it.
        job: for cancel, progress and live curves.
        before_epoch: is told the number of each epoch, from 1, before it; may change which weights learn.
        sheet: draws what the network, which is ready to predict, says of some samples, as PNG; is called after some of
            the epochs and at the end, for the best one, where somebody looks at pictures.
        may_end_early: whether to heed `job.finish_asked`: the epoch that has begun is thrown away, but for the first.

    Epochs draw their random numbers from seed and epoch alone, and the learning rate follows from the step alone, so a
    run that goes on takes the same steps as one that was never interrupted. Raises InputError where the loss is no
    number any more.
    """
    learner = Learner(network, loss, settings, device)
    history, best = History(), copy.deepcopy(network.state_dict())
    state = _load(folder / CHECKPOINT, job)
    if state:
        network.load_state_dict(state["network"])
        learner.optimiser.load_state_dict(state["optimiser"])
        learner.scaler.load_state_dict(state["scaler"])
        history, best = History(state["history"], state["best_epoch"]), state["best"]
        job.message(f"Going on with an earlier run after epoch {len(history.epochs)}.")
        for number, measured in enumerate(history.epochs, 1):
            _tell_figures(number, measured, job)
        _tell_best(history, settings, job)

    def shall_end() -> bool:
        return may_end_early and bool(history.best) and job.finish_asked

    for epoch in range(len(history.epochs) + 1, settings.epochs + 1):
        if epoch - history.best > settings.patience:
            job.message(f"Stopped: no better {settings.monitor} for {settings.patience} epochs.")
            break
        # learn
        before_epoch(epoch)
        train_loss = None if shall_end() else _learn(learner, data, epoch, job, shall_end)
        if train_loss is None:
            history.ended_early = True
            break

        # validate
        val_loss, figures = evaluate(learner, data.validation(), tally(), job)
        _refuse_divergence(val_loss, epoch, settings)
        measured = {"train_loss": train_loss, "val_loss": val_loss}
        measured |= {name: float("nan") if value is None else float(value) for name, value in figures.items()}
        measured["learning_rate"] = rate(settings, epoch - 1, 1 / data.steps)
        if not history.best or _better(measured, history.epochs[history.best - 1], settings):
            history.best, best = epoch, copy.deepcopy(network.state_dict())
        history.epochs.append(measured)

        # tell and save
        _tell_figures(epoch, measured, job)
        if history.best == epoch:
            _tell_best(history, settings, job)
        shown = " | ".join(f"{_title(name)} {_digits(name, figure)}" for name, figure in measured.items())
        job.message(f"Epoch {epoch}/{settings.epochs}: {shown}" + (" | best so far" if history.best == epoch else ""))
        _save(folder / CHECKPOINT, learner, history, best)
        if epoch == 1 or epoch % max(settings.epochs // PICTURES, 1) == 0:
            _show(network, sheet, epoch, job)
    if history.ended_early:
        job.message(
            f"Training ended early, as you asked, after epoch {len(history.epochs)} of {settings.epochs}. The network"
            f" of epoch {history.best} is kept: the best by {settings.monitor}."
        )
        # An epoch that was thrown away has changed the weights.
        network.load_state_dict(torch.load(folder / CHECKPOINT, map_location=device, weights_only=True)["network"])
    history.last = copy.deepcopy(network.state_dict())
    network.load_state_dict(best)
    network.eval()
    _show(network, sheet, history.best, job)
    return history


def _learn(learner: Learner, data: Data, epoch: int, job: Job, shall_end: Callable[[], bool]) -> float | None:
    """Learn for an epoch, from 1; its mean loss, None where it was given up."""
    settings = learner.settings
    random = np.random.default_rng([settings.seed, epoch])
    torch.manual_seed(int(random.integers(2**63)))
    learner.network.train()
    total, count, done = torch.zeros((), dtype=torch.float64, device=learner.device), 0, 0
    for batches in groups(ahead(on_host(data.training(random), learner.device)), settings.accumulate):
        if shall_end():
            return None
        job.progress((epoch - 1 + done / data.steps) / settings.epochs)
        value, number = learner.step(batches, rate(settings, epoch - 1 + done / data.steps, 1 / data.steps))
        total, count = total + value.double() * number, count + number
        before, done = done, done + len(batches)
        if done // TOLD_EVERY > before // TOLD_EVERY:
            _refuse_divergence(float(total), epoch, settings)
            job.metric("running_train_loss", epoch - 1 + done / data.steps, float(total) / max(count, 1))
    _refuse_divergence(float(total), epoch, settings)
    return float(total) / max(count, 1)


@torch.no_grad()
def evaluate(learner: Learner, batches: Iterable[Batch], tally: Tally, job: Job) -> tuple[float, dict]:
    """The mean loss over batches, and the figures of what was tallied."""
    learner.network.eval()
    total, count = torch.zeros((), dtype=torch.float64, device=learner.device), 0
    for values, targets in ahead(on_host(batches, learner.device)):
        job.check_cancelled()
        if number := _known(targets):
            outputs, wanted, value = learner.answer(values, targets)
            tally.add(outputs, wanted)
            total, count = total + value.double() * number, count + number
    return float(total) / count, tally.figures()


def rate(settings: Settings, epoch: float, step: float) -> float:
    """The learning rate of a step.

    While it warms up it rises in equal steps (Goyal et al. 2017), then it falls from its highest to nearly 0 along half
    a cosine (Loshchilov & Hutter 2017).

    Args:
        settings: see there.
        epoch: epochs that were done when the step begins, with a fraction.
        step: what share of an epoch a batch is.
    """
    warming = settings.warm_up * settings.epochs
    if epoch < warming:
        return settings.learning_rate * min((epoch + step) / warming, 1.0)
    done = (epoch - warming) / (settings.epochs - warming)
    return settings.learning_rate * 0.5 * (1 + float(np.cos(np.pi * done)))


def tensor(array: np.ndarray, device: torch.device) -> Tensor:
    """An array on a device."""
    return torch.from_numpy(np.ascontiguousarray(array)).to(device)


def on_host(batches: Iterable[Batch], device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches as tensors, from where a graphics card can fetch them while the processor goes on."""
    for batch in batches:
        values, targets = (torch.from_numpy(np.ascontiguousarray(array)) for array in batch)
        yield (values.pin_memory(), targets.pin_memory()) if device.type == "cuda" else (values, targets)


def groups(items: Iterator[Any], size: int) -> Iterator[list]:
    """The items in lists of so many; the last one may be shorter."""
    while group := list(islice(items, size)):
        yield group


def _known(targets: Tensor) -> int:
    return int((targets != IGNORED).sum())


def _better(measured: dict[str, float], best: dict[str, float], settings: Settings) -> bool:
    """Whether an epoch is better than the best so far; a figure that is undetermined is the worst."""
    now, before = measured[settings.monitor], best[settings.monitor]
    if np.isnan(now) or np.isnan(before):
        return np.isnan(before) and not np.isnan(now)
    return now > before if settings.higher else now < before


def _tell_figures(epoch: int, measured: dict[str, float], job: Job) -> None:
    for name, figure in measured.items():
        if np.isfinite(figure):
            job.metric(name, epoch, figure)


def _tell_best(history: History, settings: Settings, job: Job) -> None:
    figure = history.epochs[history.best - 1][settings.monitor]
    if np.isfinite(figure):
        job.best(settings.monitor, history.best, figure)


@torch.no_grad()
def _show(network: nn.Module, sheet: Callable[[], bytes] | None, epoch: int, job: Job) -> None:
    """Send a sheet of sample predictions; draws no random numbers, so nothing depends on whether anybody looks."""
    if sheet and job.pictures:
        network.eval()
        job.picture("samples", epoch, sheet())


def _title(name: str) -> str:
    title = name.replace("_", " ").title()
    for usual, short in _SHORT.items():
        title = title.replace(usual, short)
    return title


def _digits(name: str, value: float) -> str:
    return f"{value:.3g}" if name == "learning_rate" else f"{value:.4f}"


def _refuse_divergence(value: float, epoch: int, settings: Settings) -> None:
    if not np.isfinite(value):
        raise InputError(
            f"Training came to nothing: in epoch {epoch} the loss is no number any more. Lower LEARNING_RATE (it is"
            f" {settings.learning_rate:g}; a tenth of it is a good next try). If that does not help, look for extreme"
            " values in the imagery."
        )


def _save(path: Path, learner: Learner, history: History, best: dict) -> None:
    state = {
        "network": learner.network.state_dict(),
        "optimiser": learner.optimiser.state_dict(),
        "scaler": learner.scaler.state_dict(),
        "history": history.epochs,
        "best_epoch": history.best,
        "best": best,
    }
    with files.replacing(path) as temporary, temporary.open("wb") as file:
        try:
            torch.save(state, file)
        except RuntimeError as error:  # that the file has not the size it should have; why is told before
            raise (error.__context__ if isinstance(error.__context__, OSError) else error) from None


def _load(path: Path, job: Job) -> dict[str, Any] | None:
    """What an earlier run has left, None where there is nothing that can be used.

    It lies in the processor's memory: what belongs on a graphics card is copied there, and AdamW counts its steps here.
    """
    if not path.exists():
        return None
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged bytes can make any part of the way stumble
        job.message(f"What an earlier run has left cannot be read ({error}): starting anew.")
        return None
