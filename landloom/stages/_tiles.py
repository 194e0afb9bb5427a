"""Parameters that the stages over folders of tile files share. Standard library only."""

from __future__ import annotations

from typing import Any

from ..stage import Flag, Integer, NumberOutput, declare


def batch_size() -> Any:
    """How many tiles at once."""
    return declare(
        Integer(
            "Batch size",
            "Tiles of one size that the network looks at together. Where the memory does not suffice, a batch is"
            " halved, and what is too large even so is left to the processor.",
            default=4,
            minimum=1,
            maximum=4096,
        )
    )


def mixed_precision() -> Any:
    """Whether 16 bits are enough."""
    return declare(
        Flag(
            "Mixed precision",
            "Compute with 16 bits where that is exact enough: faster and in less memory. On a graphics card alone.",
            default=True,
            advanced=True,
        )
    )


def skip_existing() -> Any:
    """Whether to go on from an earlier run."""
    return declare(
        Flag(
            "Skip tiles that are done",
            "Tiles whose result is in the folder already. So a run that was stopped goes on where it was.",
            default=True,
        )
    )


def count(what: str) -> Any:
    """A number of tiles."""
    return declare(NumberOutput(what))


def skipped_count() -> Any:
    """Done before."""
    return count("Tiles skipped, since they are there already")


def failed_count() -> Any:
    """Bad tiles."""
    return count("Tiles that could not be used; failed_tiles.csv lists them")


def warned_count() -> Any:
    """Tiles with bad metadata."""
    return count("Tiles whose metadata were missing or wrong; metadata_warnings.csv lists them")


def halved_batches() -> Any:
    """Too little memory."""
    return count("Batches halved, since the memory did not suffice")


def cpu_fallbacks() -> Any:
    """Far too little memory."""
    return count("Tiles left to the processor, since the graphics card has too little memory")


def tiles_per_second() -> Any:
    """The speed."""
    return declare(NumberOutput("Speed", unit="tiles/s"))


def found(outcome: Any) -> dict:
    """The numbers of a run that all these stages have."""
    return {
        "skipped_count": outcome.skipped,
        "failed_count": len(outcome.failures),
        "halved_batches": outcome.halved,
        "cpu_fallbacks": outcome.on_cpu,
        "tiles_per_second": outcome.rate,
    }
