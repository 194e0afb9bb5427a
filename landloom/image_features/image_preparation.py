"""From an image file to what an encoder is shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..job import Job
from . import images, scaling
from .images import BadImage, Look
from .recipes import Settings
from .scaling import Seen

# A scaling is doubted where an image has more than this share beyond its range, or spans less than this.
_MUCH_OUTSIDE, _LITTLE_SPAN = 0.5, 0.02


@dataclass(frozen=True)
class Preparation:
    """From a file to what an encoder is shown.

    Args:
        settings: which scaling.
        limits: of the scaling by data set, by number of bands as text.
        raw: offset and scale for raw pixel values by number of bands, of a model that brings its own; else None.
    """

    settings: Settings
    limits: dict[str, list[list[float]]]
    raw: dict[int, tuple[np.ndarray, np.ndarray] | None]

    def __call__(self, path: Path, look: Look, height: int, width: int) -> tuple[np.ndarray, Seen | None]:
        """The standardised image (bands, height, width), and what was seen of its values. Raises BadImage."""
        values = images.read(path, self.settings.reading)
        if len(values) != look.bands:
            raise BadImage("changed", "the file has changed since the run began")
        raw, by = self.raw[look.bands], self.settings.scaling
        if by == "auto" and raw:
            values, seen = scaling.standardised(values, *raw), None
        else:
            values, seen = scaling.scaled(values, self._limits_of(values, look))
            values = scaling.standardised(values, *self.settings.weights.standardisation())
        return scaling.resized(scaling.filled(values), height, width), seen

    def _limits_of(self, values: np.ndarray, look: Look) -> scaling.Limits:
        if self.settings.scaling == "range":
            return [(self.settings.low, self.settings.high)] * look.bands
        if self.settings.scaling == "image":
            return scaling.of_values([values])
        if self.settings.scaling == "dataset":
            return [(low, high) for low, high in self.limits[str(look.bands)]]
        return scaling.of_type(look.dtype, look.bands)


def doubts(seen: Seen) -> list[str]:
    """What makes one doubt that the scaling fits an image: it is `outside` of the range, or `narrow` in it."""
    return [
        *(["outside"] if seen.outside > _MUCH_OUTSIDE else []),
        *(["narrow"] if seen.span < _LITTLE_SPAN else []),
    ]


def warn_of_doubts(doubtful: Counter[str], computed: int, job: Job) -> None:
    """Tell where the scaling is doubtful for most images."""
    texts = {
        "outside": "have more than half of their values beyond the range of the scaling, which are cut off",
        "narrow": f"use less than {100 * _LITTLE_SPAN:g} % of the range of the scaling and look empty to the encoder",
    }
    for doubt, text in texts.items():
        if 2 * doubtful[doubt] > computed:
            job.warning(f"{doubtful[doubt]:,} of {computed:,} images {text}. Choose SCALING dataset, or range.")
