"""Computing within the memory there is: what does not fit is halved, then left to the processor."""

from __future__ import annotations

import re
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ModelError
from .tile_files import BadTile

if TYPE_CHECKING:
    from .running import Treatment

# What PyTorch, ONNX Runtime and the libraries below them say.
_NO_MEMORY = re.compile(
    "can't allocate memory|not enough memory|out of memory|ALLOC_FAILED|bad.?alloc|Failed to allocate memory", re.I
)


@dataclass(frozen=True)
class Answer:
    """The results of a tile by key, and how they were computed; the time is the tile's share of its batch's."""

    arrays: dict[str, np.ndarray]
    device: str
    use_amp: bool
    milliseconds: float


class Frugal:
    """Computes batches; `halved` counts those that were too large, `on_cpu` the tiles too large for the graphics card.

    A batch is halved as often as it takes; a single tile that does not fit the memory of the graphics card is
    computed by the processor, and one that does not fit there has failed.
    """

    def __init__(self, treatment: Treatment):
        self._treatment = treatment
        self.halved = self.on_cpu = 0

    def compute(self, values: np.ndarray, months: np.ndarray, biomes: np.ndarray) -> list[Answer | BadTile]:
        """The answer of each tile; see `Treatment.compute`."""
        answers = self._attempt(values, months, biomes)
        if answers is not None:
            return answers
        if len(values) > 1:
            self.halved += 1
            middle = (len(values) + 1) // 2
            halves = (slice(None, middle), slice(middle, None))
            return [answer for part in halves for answer in self.compute(values[part], months[part], biomes[part])]
        usual = self._treatment.device
        if usual != "cpu":
            self.on_cpu += 1
            self._treatment.use("cpu")
            try:
                answers = self._attempt(values, months, biomes)
            finally:
                self._treatment.use(usual)
        height, width = values.shape[-2:]
        too_large = f"the memory of this computer does not suffice for its {height} × {width} pixels"
        return answers or [BadTile("out of memory", too_large)]

    def _attempt(self, values: np.ndarray, months: np.ndarray, biomes: np.ndarray) -> list[Answer | BadTile] | None:
        """The answers; None where the memory does not suffice."""
        treatment, began = self._treatment, time.perf_counter()
        try:
            found = treatment.compute(values, months, biomes)
        except (RuntimeError, MemoryError, ModelError) as error:  # PyTorch's own are RuntimeErrors
            if not is_out_of_memory(error):
                raise
            found = None
        # Not in the handler: the error holds on to what was allocated.
        if found is None:
            _let_go()
            return None
        milliseconds = round(1000 * (time.perf_counter() - began) / len(values), 3)
        return [
            Answer({key: array[i] for key, array in found.items()}, treatment.device, treatment.use_amp, milliseconds)
            if all(np.isfinite(array[i]).all() for array in found.values())
            else BadTile("NaN from the network", "the network's answer for it has values that are NaN or infinite")
            for i in range(len(values))
        ]


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory is used up, that of the computer or that of a graphics card."""
    return isinstance(error, MemoryError) or _NO_MEMORY.search(str(error)) is not None


def _let_go() -> None:
    """Give back what PyTorch keeps of a graphics card's memory for later."""
    torch = sys.modules.get("torch")
    if torch and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
