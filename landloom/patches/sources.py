"""Where patches come from: what every source of pixels does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from ..job import Job
from .store import WorkingStore


@dataclass(frozen=True)
class Outcome:
    """What became of a patch: its row in the manifest, seconds, attempts, and why it failed (empty: it did not)."""

    row: int
    seconds: float
    attempts: int = 1
    error: str = ""


class Source(Protocol):
    """Pixels on the data set's grid."""

    def fetch(
        self, manifest: pd.DataFrame, todo: np.ndarray, into: WorkingStore, jobs: int | None, job: Job
    ) -> Iterator[Outcome]:
        """Fill patches with pixels, many at once; NaN stands for no data.

        Args:
            manifest: all patches; `row` and `col` are the upper left pixel on the data set's grid.
            todo: rows of the manifest to fetch.
            into: takes the pixels; every pixel of a patch must be written.
            jobs: how many at once; None for the source's own default.
            job: for cancel.

        Yields an outcome for each patch of `todo`, when all its pixels are there or it is given up.
        """
