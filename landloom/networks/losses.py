"""Losses of networks that say of each pixel of what class it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, log_softmax

from ..deep import smp
from ..errors import ParameterError
from .tally import IGNORED

# By the names that the parameter has: what is summed.
LOSSES = {
    "focal": ("focal",),
    "cross_entropy": ("cross_entropy",),
    "dice": ("dice",),
    "lovasz": ("lovasz",),
    "focal_dice": ("focal", "dice"),
    "focal_lovasz": ("focal", "lovasz"),
    "cross_entropy_dice": ("cross_entropy", "dice"),
    "cross_entropy_lovasz": ("cross_entropy", "lovasz"),
}
# They compare the areas of classes, not pixel by pixel, so labels cannot be smoothed.
OF_AREAS = ("dice", "lovasz")


@dataclass(frozen=True)
class LossOptions:
    """What is to be minimised. Raises ParameterError for what cannot be.

    Args:
        name: key of LOSSES.
        classes: how many the network has.
        class_weight: how much a pixel of each class counts, in the order of the network's classes; only their ratios
            matter. None: all the same.
        gamma: of the focal loss, how much less pixels count that the network is sure of; 0 is cross entropy.
        smoothing: share of each label that is spread over all classes, in cross entropy and focal loss.
        ordinal_weight: how much the loss of the order (CORAL) adds; above 0 only with a network that is ordinal.
    """

    name: str
    classes: int
    class_weight: tuple[float, ...] | None = None
    gamma: float = 2.5
    smoothing: float = 0.0
    ordinal_weight: float = 0.0

    def __post_init__(self) -> None:
        if self.name not in LOSSES:
            raise ParameterError(f"The loss '{self.name}' is unknown. Choose one of: {', '.join(LOSSES)}.")
        weight = self.class_weight
        if weight is not None and len(weight) != self.classes:
            raise ParameterError(
                f"There are {len(weight)} class weights for {self.classes} classes. Give one for each, in the order of"
                " the class ids."
            )
        if weight is not None and not (all(0 <= w < math.inf for w in weight) and any(weight)):
            shown = ", ".join(f"{w:g}" for w in weight)
            raise ParameterError(f"The class weights are {shown}. Give finite numbers from 0 on, one of them above 0.")
        if not 0 <= self.gamma < math.inf:
            raise ParameterError(f"Gamma of the focal loss is {self.gamma}. Give a finite number from 0 on.")
        if not 0 <= self.smoothing < 1:
            raise ParameterError(f"The label smoothing is {self.smoothing}. Give a share from 0 to below 1.")
        if self.smoothing and all(part in OF_AREAS for part in LOSSES[self.name]):
            raise ParameterError(
                f"The loss '{self.name}' compares areas and knows no label smoothing ({self.smoothing}). Set it to 0,"
                " or choose a loss with 'focal' or 'cross_entropy'."
            )
        if not 0 <= self.ordinal_weight < math.inf:
            raise ParameterError(f"The ordinal weight is {self.ordinal_weight}. Give a finite number from 0 on.")


def make(options: LossOptions) -> Callable[[Tensor, Tensor], Tensor]:
    """The loss of outputs (n, classes [+ classes - 1 cumulative logits], h, w) and targets (n, h, w) int64.

    It is computed in float32 at least, whatever the outputs are in. Pixels whose target is IGNORED do not count; where
    none is left, or only those of classes that have no weight, it is 0 and so is its gradient.
    """
    given = options.class_weight or (1.0,) * options.classes
    classes = options.classes

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        with torch.autocast(outputs.device.type, enabled=False):
            known = targets != IGNORED
            precise = outputs.to(torch.promote_types(outputs.dtype, torch.float32))
            values, answers = precise.movedim(1, -1)[known], targets[known]
            logits, weight = values[:, :classes], torch.tensor(given, dtype=values.dtype, device=values.device)
            counts = weight[answers] > 0
            if not counts.any():
                return values[:0].sum()
            parts = [_part(name, logits, answers, weight, options) for name in LOSSES[options.name]]
            if options.ordinal_weight:
                # To them a class of no weight is as good as unlabelled.
                parts.append(options.ordinal_weight * coral(values[counts, classes:], answers[counts]))
            return torch.stack(parts).sum()

    return loss


def _part(name: str, logits: Tensor, answers: Tensor, weight: Tensor, options: LossOptions) -> Tensor:
    if name == "focal":
        return focal(logits, answers, weight, options.gamma, options.smoothing)
    if name == "cross_entropy":
        total = cross_entropy(logits, answers, weight, reduction="sum", label_smoothing=options.smoothing)
        return total / weight[answers].sum()
    return dice(logits, answers, weight) if name == "dice" else lovasz(logits, answers, weight)


def focal(logits: Tensor, answers: Tensor, weight: Tensor, gamma: float, smoothing: float = 0.0) -> Tensor:
    """Focal loss (Lin et al. 2017, Focal loss for dense object detection) over the softmax of all classes.

    Of logits (m, classes) and answers (m,), with the probabilities p and the labels q, smoothed as cross entropy does:

        sum over pixels i and classes c of w_c q_ic (1 - p_ic)^gamma (-log p_ic) / sum over i of w_(answer of i)

    So it is a mean in which each pixel counts by the weight of its class, and with gamma 0 it is PyTorch's weighted
    cross entropy. The library's focal loss is one of a logistic function for each class, and knows no smoothing.
    """
    log_p = log_softmax(logits, 1)
    # Away from 0, where a power below 1 has no slope.
    unsure = (-torch.expm1(log_p)).clamp_min(torch.finfo(log_p.dtype).eps) ** gamma
    label = torch.full_like(log_p, smoothing / log_p.shape[1])
    label.scatter_(1, answers[:, None], 1 - smoothing + smoothing / log_p.shape[1])
    return -(weight * label * unsure * log_p).sum() / weight[answers].sum()


def dice(logits: Tensor, answers: Tensor, weight: Tensor) -> Tensor:
    """1 - the soft Dice coefficient of each class over the whole batch, a mean by `weight`; classes that are not there
    add 0. Of logits (m, classes) and answers (m,).
    """
    compare = smp.losses.DiceLoss("multiclass", class_weights=weight)
    return compare(logits.T[None], answers[None])


def lovasz(logits: Tensor, answers: Tensor, weight: Tensor) -> Tensor:
    """Lovász-Softmax loss (Berman, Triki & Blaschko 2018) over the whole batch: a mean by `weight` over the classes
    that are there. Of logits (m, classes) and answers (m,).

    Of each class the errors |label - p|, the largest first, times the growth of the Jaccard loss with each further
    pixel in error. The library's knows no weights of classes.
    """
    p = logits.softmax(1)
    total, counted = logits.new_zeros(()), logits.new_zeros(())
    for number in answers.unique().tolist():
        is_class = (answers == number).to(p.dtype)
        errors, order = (is_class - p[:, number]).abs().sort(descending=True)
        there = is_class[order]
        jaccard = 1 - (there.sum() - there.cumsum(0)) / (there.sum() + (1 - there).cumsum(0))
        growth = jaccard.diff(prepend=jaccard.new_zeros(1))
        total, counted = total + weight[number] * (errors * growth).sum(), counted + weight[number]
    return total / counted


def coral(cumulative: Tensor, answers: Tensor) -> Tensor:
    """The loss of cumulative logits (CORAL: Cao, Mirjalili & Raschka 2020, equation 4) for answers (m,).

    Of each pixel the sum over the classes - 1 levels k of the binary cross entropy between `cumulative`
    (m, classes - 1) and whether the answer is above k; the mean over pixels. As in the paper no class counts more: with
    the weights of the other losses it kept the ranks less well.
    """
    levels = answers[:, None] > torch.arange(cumulative.shape[1], device=answers.device)
    of_levels = binary_cross_entropy_with_logits(cumulative, levels.to(cumulative.dtype), reduction="none")
    return of_levels.sum(1).mean()
