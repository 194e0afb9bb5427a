"""The loss of networks that turn tiles into better ones: values, spectra and edges."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import conv2d, max_pool2d

from ..errors import ParameterError
from .tally import IGNORED
from .training import Loss

# A pixel whose spectrum is no longer than this reflectance is black: it has no colour worth the name, and an angle to
# it would change at once with the least change of the pixel.
BLACK = 1e-3
# Sobel's filter along rows, divided so that it gives the slope a pixel.
SOBEL = ((-1 / 8, 0.0, 1 / 8), (-2 / 8, 0.0, 2 / 8), (-1 / 8, 0.0, 1 / 8))


@dataclass(frozen=True)
class RefinerLoss:
    """What is to be minimised: the values' difference + `spectral_weight` · angle + `edge_weight` · edges' difference.

    Raises ParameterError for weights that cannot be.
    """

    spectral_weight: float = 0.02
    edge_weight: float = 0.5

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            if not 0 <= getattr(self, name) < math.inf:
                raise ParameterError(f"{name.upper()} is {getattr(self, name)}. Give a finite number from 0 on.")


def make(options: RefinerLoss) -> Loss:
    """The loss of outputs and targets (n, bands, h, w), computed in float32 at least.

    A value whose target is IGNORED does not count. Where nothing is left, it is 0 and so is its gradient.
    """
    parts = ((1.0, absolute), (options.spectral_weight, spectral_angle), (options.edge_weight, edges))

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        with torch.autocast(outputs.device.type, enabled=False):
            precise = outputs.to(torch.promote_types(outputs.dtype, torch.float32))
            known = targets != IGNORED
            # What is unknown differs by nothing, so no gradient comes from it.
            wanted = torch.where(known, targets.to(precise.dtype), precise.detach())
            return torch.stack([weight * part(precise, wanted, known) for weight, part in parts if weight]).sum()

    return loss


def absolute(outputs: Tensor, targets: Tensor, known: Tensor) -> Tensor:
    """The mean absolute difference (L1) of all values (n, bands, h, w) that are known."""
    return _mean((outputs - targets).abs(), known)


def spectral_angle(outputs: Tensor, targets: Tensor, known: Tensor) -> Tensor:
    """The mean angle between the spectra of a pixel, radians (Kruse et al. 1993, the spectral angle mapper).

    Of values (n, bands, h, w), over the pixels of which all bands are known and neither spectrum is black. It does not
    change with the brightness of either. For spectra x and y of length 1 it is computed as 2 atan2(|x - y|, |x + y|)
    (Kahan 2006, How futile are mindless assessments of roundoff, section 12): the usual arc cosine loses half of its
    digits at small angles, and has no finite slope at 0.
    """
    lengths = [torch.linalg.vector_norm(values, dim=1, keepdim=True) for values in (outputs, targets)]
    counts = known.all(1, keepdim=True) & (lengths[0] > BLACK) & (lengths[1] > BLACK)
    # Of pixels that do not count the division must have a slope, too: 0 · infinity would be no number.
    x, y = (
        values / torch.where(counts, length, torch.ones_like(length))
        for values, length in zip((outputs, targets), lengths, strict=True)
    )
    apart, together = (torch.linalg.vector_norm(v, dim=1, keepdim=True) for v in (x - y, x + y))
    return _mean(2 * torch.atan2(apart, torch.where(counts, together, torch.ones_like(together))), counts)


def edges(outputs: Tensor, targets: Tensor, known: Tensor) -> Tensor:
    """The mean absolute difference (L1) of the slopes along rows and along columns, reflectance a pixel, by Sobel.

    Of values (n, bands, h, w), over the pixels whose 3 × 3 neighbours are all known.
    """
    bands, filters = outputs.shape[1], torch.tensor(SOBEL, dtype=outputs.dtype, device=outputs.device)
    if min(outputs.shape[-2:]) < 3:
        return outputs[..., :0].sum()
    kernel = torch.stack([filters, filters.T])[:, None].repeat(bands, 1, 1, 1)
    # Sobel's filter is linear: the difference of the slopes is the slope of the difference.
    slopes = conv2d(outputs - targets, kernel, groups=bands)
    unknown = max_pool2d((~known).to(outputs.dtype), 3, 1)
    return _mean(slopes.abs(), (unknown == 0).repeat_interleave(2, 1))


def _mean(values: Tensor, counts: Tensor) -> Tensor:
    """The mean of the values that count; 0 where none does."""
    return torch.where(counts, values, torch.zeros_like(values)).sum() / counts.sum().clamp_min(1)
