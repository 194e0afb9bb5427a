"""What is counted while a network is validated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

# The target of an output that no answer is known for; also what PyTorch's losses ignore where they are told so.
IGNORED = -100


class Tally(Protocol):
    """Adds up, batch by batch, what the figures of an epoch come from."""

    def add(self, outputs: Tensor, targets: Tensor) -> None:
        """Count a batch: the network's outputs and what was wanted, both on the same device."""

    def figures(self) -> dict[str, float | None]:
        """The figures by name; None where undetermined."""


class Confusion:
    """The tally of a classifier: its confusion matrix, and figures from it.

    Args:
        classes: how many there are.
        figures: each from the matrix (classes, classes), rows the network's answers.
        answer: the place of the class (n, rows, columns) from the outputs (n, channels, rows, columns).
    """

    def __init__(
        self,
        classes: int,
        figures: Mapping[str, Callable[[np.ndarray], float | None]],
        answer: Callable[[Tensor], Tensor] = lambda outputs: outputs.argmax(1),
    ):
        self._classes, self._figures, self._answer = classes, figures, answer
        self.matrix = np.zeros((classes, classes), np.int64)

    def add(self, outputs: Tensor, targets: Tensor) -> None:
        """See Tally."""
        known = targets != IGNORED
        cell = self._answer(outputs)[known] * self._classes + targets[known]
        counted = torch.bincount(cell, minlength=self._classes**2).cpu().numpy()
        self.matrix += counted.reshape(self._classes, self._classes)

    def figures(self) -> dict[str, float | None]:
        """See Tally."""
        return {name: figure(self.matrix) for name, figure in self._figures.items()}
