"""Stages 1 and 2: tiles become optical tiles by a network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelError
from ..job import Job
from . import predictors, running
from .predictors import ImagePredictor
from .running import Outcome
from .steps import REFINEMENT, Step
from .tile_files import BANDS, TileFile


class Imaging:
    """See `running.Treatment`."""

    conditioned = True

    def __init__(self, step: Step, predictor: ImagePredictor, checkpoint: str):
        self.stage, self.key = step.stage, step.input_key
        self.output_keys: tuple[str, ...] = (step.output_key,)
        self.checkpoint, self.content = checkpoint, dict[str, Any]()
        self._predictor, self._optical = predictor, step is REFINEMENT

    @property
    def device(self) -> str:
        """See Treatment."""
        return self._predictor.device

    @property
    def use_amp(self) -> bool:
        """See Treatment."""
        return self._predictor.use_amp

    def use(self, device: str) -> None:
        """See Treatment."""
        self._predictor.use(device)

    def prepare(self, numbers: Mapping[tuple[int, int], int]) -> list[str]:
        """See Treatment."""
        return self._predictor.prepare(numbers)

    def read(self, tile: TileFile) -> np.ndarray:
        """See Treatment."""
        values = tile.reflectance(self.key) if self._optical else tile.pixels(self.key, self._predictor.channels)
        self._predictor.refuse(*values.shape[1:])
        return values

    def compute(self, values: np.ndarray, months: np.ndarray, biomes: np.ndarray) -> dict[str, np.ndarray]:
        """See Treatment."""
        return {self.output_keys[0]: self._predictor.images(values, months, biomes)}


def run(stage: Any, step: Step, source: str, target: str, job: Job) -> Outcome:
    """Run a step with the parameters of its stage."""
    from ..networks import devices

    card, predictor = predictors.open_images(stage.model, step, stage.device, stage.mixed_precision)
    if predictor.outputs != len(BANDS):
        raise ModelError(
            f"{stage.model} gives images of {predictor.outputs} bands where {len(BANDS)} ({', '.join(BANDS)}) are"
            " expected. Choose another model."
        )
    if step is REFINEMENT and predictor.channels != len(BANDS):
        raise ModelError(
            f"{stage.model} takes images of {predictor.channels} bands ({', '.join(b.name for b in card.bands)}), and"
            f" tiles of '{step.input_key}' have {len(BANDS)} ({', '.join(BANDS)}). Choose another model."
        )
    where = {"cuda": "on a graphics card", "cpu": "on the processor"}[predictor.device]
    job.message(f"Tiles are computed {where}{' in mixed precision' if predictor.use_amp else ''}.")
    treatment = Imaging(step, predictor, str(Path(stage.model)))
    with devices.threads(None):
        return running.run(source, target, treatment, stage.batch_size, stage.skip_existing, job)
