"""Where a network computes, and on how many cores."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ..errors import ParameterError


def choose(name: str) -> torch.device:
    """The device for `auto` (a graphics card if there is one), `cpu` or `cuda`."""
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise ParameterError(
            "The device 'cuda' is not there: this computer has no NVIDIA graphics card, its driver is missing, or"
            " PyTorch was installed for processors only. Choose 'auto' or 'cpu'."
        )
    return torch.device("cuda" if there and name != "cpu" else "cpu")


@contextmanager
def threads(jobs: int | None) -> Iterator[None]:
    """Let PyTorch use so many cores (None: all of them)."""
    before = torch.get_num_threads()
    torch.set_num_threads(jobs or os.cpu_count() or 1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
