"""A folder of degraded tiles, made of a folder of good ones."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from .. import files, folders, windows
from ..errors import OutputError
from ..job import Job
from . import fidelity, tables
from .degrading import Amounts, degrade
from .running import Outcome, tell_failures
from .tile_files import STAGE1_KEY, BadTile, TileFile, list_tiles, write_tile

# What was done to a tile, in its JSON file; by it our own tiles are known.
DEGRADED = "degraded"


@dataclass(frozen=True)
class Recipe:
    """What is done to the array `key` of all tiles; see `degrading.degrade`."""

    key: str
    amounts: Amounts
    varied: bool
    seed: int

    def write(self, tile: TileFile, folder: Path) -> float:
        """Degrade a tile; gives the PSNR of the result against it, in dB. Raises BadTile."""
        good = tile.reflectance(self.key)
        worse, done = degrade(good, self.amounts, self.varied, self.seed, tile.name)
        done = {"input_file": str(tile.path), "key": self.key, "seed": self.seed, **done}
        write_tile(folder, tile.name, {STAGE1_KEY: worse}, {**tile.metadata.content, DEGRADED: done})
        return fidelity.psnr(worse, good)


def make(source: str, target: str, recipe: Recipe, jobs: int | None, job: Job) -> tuple[Outcome, float]:
    """Degrade all tiles of a folder; gives what became of them, and their mean PSNR against the good ones in dB.

    Raises InputError where no tile can be used, OutputError where other tiles would be overwritten.
    """
    tiles, folder, outcome, found = list_tiles(source), Path(target), Outcome(), list[float]()

    def one(tile: TileFile) -> float | BadTile:
        job.check_cancelled()
        try:
            return recipe.write(tile, folder)
        except BadTile as bad:
            return bad

    with files.telling(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with folders.locked(folder):
        _refuse_others(folder, tiles)
        with closing(windows.each(one, tiles, jobs)) as results:
            for number, (tile, result) in enumerate(results, start=1):
                if isinstance(result, BadTile):
                    outcome.failures[tile.name] = result
                else:
                    found.append(result)
                    metadata = tile.metadata
                    if not metadata.content and tile.path.with_suffix(".json").exists():
                        outcome.problems[tile.name] = metadata.problems[:1]
                job.progress(number / len(tiles))
        tables.write(folder, outcome)
    outcome.done = len(found)
    _tell(outcome, tiles, folder, job)
    return outcome, sum(found) / len(found)


def _refuse_others(folder: Path, tiles: Sequence[TileFile]) -> None:
    """Raise OutputError where tiles would be overwritten that were not degraded."""
    for tile in tiles:
        there = TileFile(folder / tile.path.name)
        if there.path.is_file() and DEGRADED not in there.metadata.content:
            raise OutputError(
                f"{there.path} is there already and is no degraded tile. It would be overwritten; choose another"
                " folder."
            )


def _tell(outcome: Outcome, tiles: Sequence[TileFile], folder: Path, job: Job) -> None:
    """Say which tiles could not be used, and that others are in the folder; raises InputError where none could be."""
    tell_failures(outcome, len(tiles), folder, job)
    if outcome.problems:
        name, texts = next(iter(outcome.problems.items()))
        job.warning(
            f"{len(outcome.problems):,} tiles lost their metadata, such as {name}: {texts[0]}."
            f" {folder / tables.PROBLEMS} lists them."
        )
    others = {path.name for path in folder.glob("*.npz")} - {
        t.path.name for t in tiles if t.name not in outcome.failures
    }
    if others:
        job.warning(
            f"The folder {folder} holds {len(others):,} more tiles, of another run, such as {min(others)}. Remove them,"
            " or choose another folder, if they do not belong there."
        )
