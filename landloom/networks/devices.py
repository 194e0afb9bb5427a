"""Where a network computes, and on how many cores."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ..errors import ParameterError

# What PyTorch says on a processor, and its libraries on a graphics card.
NO_MEMORY = "can't allocate memory|not enough memory|out of memory|ALLOC_FAILED"


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


@contextmanager
def within_memory(remedy: str) -> Iterator[None]:
    """Raise ParameterError, which tells the remedy, where what is done in the block does not fit in memory."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:  # PyTorch's own are RuntimeErrors
        if not isinstance(error, (MemoryError, torch.OutOfMemoryError)) and not re.search(NO_MEMORY, str(error)):
            raise
        where = "computer" if "CPU" in str(error) or isinstance(error, MemoryError) else "graphics card"
        raise ParameterError(f"The memory of the {where} does not suffice. {remedy}") from None
