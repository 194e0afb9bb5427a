"""A step of the chain over a folder of tiles: what is done already is skipped, and what cannot be used is listed.

A tile's NPZ file appears last and at once, so a run that was stopped goes on with the tiles that are missing. Tiles are
put into batches of one shape in the order of their names, those that are done included: so a tile is computed among the
same ones, and comes out with the same bits, whether or not a run was stopped in between.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from .. import files, folders
from ..errors import InputError, OutputError
from ..job import Job
from ..networks import prefetch
from . import tables
from .memory import Frugal
from .tile_files import BadTile, Metadata, TileFile, list_tiles, write_tile

# So many batches wait to be written; more would fill the memory where the disk is slower than the network.
WAITING = 2
# Warnings about single tiles that are told one by one; the table has them all.
MOST_TOLD = 20


class Treatment(Protocol):
    """What is done with each tile.

    Attributes:
        stage: what the JSON files call it.
        key: the array that is read.
        output_keys: the arrays that are there once a tile is done; no other stage writes the first one.
        checkpoint: the model's path.
        conditioned: whether month and biome count.
        content: further content of each JSON file.
    """

    stage: str
    key: str
    output_keys: tuple[str, ...]
    checkpoint: str
    conditioned: bool
    content: dict[str, Any]

    @property
    def device(self) -> str:
        """Where it computes: cpu or cuda."""

    @property
    def use_amp(self) -> bool:
        """Whether it computes in mixed precision there."""

    def use(self, device: str) -> None:
        """Compute there from now on."""

    def prepare(self, numbers: Mapping[tuple[int, int], int]) -> list[str]:
        """Get ready for so many tiles of each height and width; returns what the user may want to know."""

    def read(self, tile: TileFile) -> np.ndarray:
        """What is computed with, (channels, h, w) float32. Raises BadTile."""

    def compute(self, values: np.ndarray, months: np.ndarray, biomes: np.ndarray) -> dict[str, np.ndarray]:
        """The results by key, each (n, …), of tiles (n, channels, h, w) with their months and biomes (n,)."""


@dataclass
class Outcome:
    """What became of the tiles.

    `failures` and `problems` are by name: why a tile could not be used; what of its metadata was replaced.
    """

    done: int = 0
    skipped: int = 0
    seconds: float = 0.0
    halved: int = 0
    on_cpu: int = 0
    failures: dict[str, BadTile] = field(default_factory=dict)
    problems: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def rate(self) -> float | None:
        """Tiles per second; None where there was nothing to do."""
        return round(self.done / self.seconds, 3) if self.done and self.seconds else None


@dataclass(frozen=True)
class _Loaded:
    """A batch in memory; `wanted` says of which tiles the result is missing."""

    tiles: list[TileFile]
    metadata: list[Metadata]
    values: np.ndarray
    wanted: list[bool]


def run(
    source: str | Path, target: str | Path, treatment: Treatment, batch_size: int, skip_existing: bool, job: Job
) -> Outcome:
    """Treat the tiles of a folder and write the results, and tables of what went wrong, to another.

    Raises InputError where there is no tile that can be used, OutputError where the results cannot be written, another
    run is writing them, or files of other tiles would be overwritten.
    """
    tiles = list_tiles(source)
    target = Path(target)
    with files.telling(target):
        target.mkdir(parents=True, exist_ok=True)
    with folders.locked(target):
        outcome = Outcome()
        batches, missing, numbers = _plan(tiles, target, treatment, batch_size, skip_existing, outcome, job)
        began = time.monotonic()
        if missing:
            for text in treatment.prepare(numbers):
                job.message(text)
            _work(batches, missing, target, treatment, outcome, job)
        outcome.seconds = time.monotonic() - began
        tables.write(target, outcome)
    _tell(outcome, len(tiles), target, job)
    return outcome


def _plan(
    tiles: list[TileFile],
    target: Path,
    treatment: Treatment,
    batch_size: int,
    skip_existing: bool,
    outcome: Outcome,
    job: Job,
) -> tuple[list[list[TileFile]], set[str], Counter[tuple[int, int]]]:
    """All tiles in batches of one shape, the names of those to be done, and how many have each height and width."""
    waiting: dict[tuple[int, ...], list[TileFile]] = defaultdict(list)
    batches: list[list[TileFile]] = []
    missing: set[str] = set()
    numbers: Counter[tuple[int, int]] = Counter()
    elsewhere: Counter[str] = Counter()
    older = 0
    for tile in tiles:
        job.check_cancelled()
        try:
            shape = tile.shape(treatment.key)
        except BadTile as bad:
            outcome.failures[tile.name] = bad
            continue
        if _is_done(target / tile.path.name, treatment.output_keys, shape) and skip_existing:
            outcome.skipped += 1
            elsewhere[_maker(target, tile.name)] += 1
            older += _is_older(target / tile.path.name, tile, treatment.checkpoint)
            if treatment.conditioned:
                _note_problems(tile, tile.metadata, outcome)
        else:
            missing.add(tile.name)
        if len(shape) == 3:
            numbers[shape[1], shape[2]] += 1
        waiting[shape].append(tile)
        if len(waiting[shape]) == batch_size:
            batches.append(waiting.pop(shape))
    batches += waiting.values()
    del elsewhere[""], elsewhere[Path(treatment.checkpoint).name]
    if elsewhere:
        job.warning(
            f"{elsewhere.total():,} of the tiles that are there already were made with another model"
            f" ({', '.join(elsewhere)}). Switch off 'Skip tiles that are done', or choose another folder, to"
            " have all of one model."
        )
    if older:
        job.warning(
            f"{older:,} of the tiles that are there already are older than the model or than the tiles they were made"
            " from. Where those have changed since, switch off 'Skip tiles that are done'."
        )
    return batches, missing, numbers


def _is_done(path: Path, keys: tuple[str, ...], shape: tuple[int, ...]) -> bool:
    """Whether the result of a tile of this shape is there. Raises OutputError where it is a file of something else."""
    if not path.is_file():
        return False
    there = TileFile(path)
    try:
        found = there.shape(keys[0])
    except BadTile as bad:
        if bad.kind != "no key":
            return False
        raise OutputError(
            f"{path} is there already and is no such result: {bad}. It would be overwritten; choose another folder."
        ) from None
    return found[-2:] == shape[-2:] and all(_has(there, key) for key in keys[1:])


def _has(tile: TileFile, key: str) -> bool:
    try:
        return bool(tile.shape(key))
    except BadTile:
        return False


def _maker(folder: Path, name: str) -> str:
    """The name of the model that a result was made with; empty where nothing says so."""
    content = TileFile(folder / f"{name}.npz").metadata.content.get("processing")
    found = content.get("checkpoint") if isinstance(content, dict) else None
    return Path(found).name if isinstance(found, str) else ""


def _is_older(result: Path, tile: TileFile, checkpoint: str) -> bool:
    """Whether the tile or the model was written after the result."""
    sources = (tile.path, tile.path.with_suffix(".json"), Path(checkpoint))
    return any(path.is_file() and path.stat().st_mtime > result.stat().st_mtime for path in sources)


def _note_problems(tile: TileFile, metadata: Metadata, outcome: Outcome) -> None:
    if metadata.problems:
        outcome.problems[tile.name] = metadata.problems


def _work(
    batches: list[list[TileFile]], missing: set[str], target: Path, treatment: Treatment, outcome: Outcome, job: Job
) -> None:
    """Read, compute and write at the same time."""
    began, number = time.monotonic(), len(missing)
    frugal = Frugal(treatment)
    loaded = prefetch.ahead(_read(batches, missing, treatment, outcome))
    with _behind() as later:
        for batch in loaded:
            months, biomes = (np.array([getattr(m, name) for m in batch.metadata]) for name in ("month", "biome"))
            answers = frugal.compute(batch.values, months, biomes)
            for tile, metadata, answer, wanted in zip(batch.tiles, batch.metadata, answers, batch.wanted, strict=True):
                if isinstance(answer, BadTile):
                    outcome.failures[tile.name] = answer
                elif wanted:
                    content = {
                        **metadata.content,
                        **treatment.content,
                        "stage": treatment.stage,
                        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
                        "processing": {
                            "input_file": str(tile.path),
                            "checkpoint": treatment.checkpoint,
                            "device": answer.device,
                            "use_amp": answer.use_amp,
                            "processing_time_ms": answer.milliseconds,
                        },
                    }
                    later(write_tile, target, tile.name, answer.arrays, content)
                    outcome.done += 1
            worked = outcome.done + len(missing.intersection(outcome.failures))
            rate = outcome.done / max(time.monotonic() - began, 1e-6)
            job.progress(worked / number, f"{rate:.1f} tiles/s" if rate >= 1 else f"{1 / max(rate, 1e-6):.1f} s/tile")
    outcome.halved, outcome.on_cpu = frugal.halved, frugal.on_cpu


def _read(
    batches: list[list[TileFile]], missing: set[str], treatment: Treatment, outcome: Outcome
) -> Iterator[_Loaded]:
    """The batches of which anything is missing, without the tiles that cannot be read."""
    for batch in batches:
        if not missing.intersection(tile.name for tile in batch):
            continue
        values, good = [], []
        for tile in batch:
            try:
                values.append(treatment.read(tile))
                good.append(tile)
            except BadTile as bad:
                if tile.name in missing:
                    outcome.failures[tile.name] = bad
        wanted = [tile.name in missing for tile in good]
        metadata = [tile.metadata for tile in good]
        if treatment.conditioned:
            for tile, known in zip(good, metadata, strict=True):
                _note_problems(tile, known, outcome)
        if any(wanted):
            yield _Loaded(good, metadata, np.stack(values), wanted)


@contextmanager
def _behind() -> Iterator[Callable[..., None]]:
    """Gives a function that has others called by a thread, one after the other; what they raise is raised later."""
    waiting: deque[Future] = deque()
    with ThreadPoolExecutor(1, "behind") as writer:

        def later(function: Callable[..., Any], *arguments: Any) -> None:
            while len(waiting) >= WAITING:
                waiting.popleft().result()
            waiting.append(writer.submit(function, *arguments))

        yield later
        for future in waiting:
            future.result()


def _tell(outcome: Outcome, number: int, target: Path, job: Job) -> None:
    """Say what the user should know; raises InputError where no tile could be used."""
    listed = [f"{name}: {'; '.join(texts)}" for name, texts in sorted(outcome.problems.items())]
    for text in listed[:MOST_TOLD]:
        job.warning(f"Metadata of {text}.")
    if len(listed) > MOST_TOLD:
        job.warning(
            f"Metadata of {len(listed) - MOST_TOLD:,} more tiles were missing or wrong; {target / tables.PROBLEMS}"
            f" lists all {len(listed):,}."
        )
    if outcome.halved:
        job.warning(
            f"Memory did not suffice for a batch, so that it was halved: {outcome.halved:,} times. A smaller BATCH_SIZE"
            " would be faster."
        )
    if outcome.on_cpu:
        job.warning(f"Tiles left to the processor, since the graphics card has too little memory: {outcome.on_cpu:,}.")
    tell_failures(outcome, number, target, job)
    job.message(
        f"Tiles done: {outcome.done:,}; skipped, since they are there already: {outcome.skipped:,}; failed:"
        f" {len(outcome.failures):,}."
    )


def tell_failures(outcome: Outcome, number: int, folder: Path, job: Job) -> None:
    """Say which of so many tiles could not be used; raises InputError where that is all of them."""
    if not outcome.failures:
        return
    kinds = Counter(bad.kind for bad in outcome.failures.values())
    counted = ", ".join(f"{kind}: {times:,}" for kind, times in kinds.most_common())
    name, first = next(iter(sorted(outcome.failures.items())))
    text = (
        f"{len(outcome.failures):,} of {number:,} tiles could not be used ({counted}), such as {name}: {first}."
        f" {folder / tables.FAILURES} lists them."
    )
    if len(outcome.failures) == number:
        raise InputError(text)
    job.warning(text)
