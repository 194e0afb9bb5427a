"""Tables beside the tiles: which could not be used, and of which the metadata were missing or wrong."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from .. import files

if TYPE_CHECKING:
    from .running import Outcome

FAILURES, PROBLEMS = "failed_tiles.csv", "metadata_warnings.csv"


def write(folder: Path, outcome: Outcome) -> None:
    """Write both tables, by tile; one without rows is removed."""
    failed = ((name, bad.kind, str(bad)) for name, bad in sorted(outcome.failures.items()))
    _write(folder / FAILURES, ("tile", "kind", "reason"), failed)
    problems = ((name, text) for name, texts in sorted(outcome.problems.items()) for text in texts)
    _write(folder / PROBLEMS, ("tile", "warning"), problems)


def _write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    listed = list(rows)
    if not listed:
        path.unlink(missing_ok=True)
        return
    with (
        files.replacing(path) as temporary,
        temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream,
    ):
        csv.writer(stream, lineterminator="\n").writerows([header, *listed])
