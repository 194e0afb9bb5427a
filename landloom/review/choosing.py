"""Which pixels become places; memory grows with the number of places, not with the raster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..job import Job
from .population import PIXEL, Population

# A place keeps others out of its own and the eight squares around, so among so many squares for each place that is
# wanted there is one that is free.
SQUARES_A_PLACE = 9


@dataclass(frozen=True)
class Chosen:
    """Places in the order of the queue.

    Args:
        pixels: (n,) of the type PIXEL.
        stratum: of each; empty texts where there are none.
        weight: (n,) pixels that each stands for; NaN where it was not drawn at random.
        size: of the population, in pixels.
    """

    pixels: np.ndarray
    stratum: list[str]
    weight: np.ndarray
    size: int


def count_by_class(population: Population, jobs: int | None, job: Job) -> np.ndarray:
    """How many pixels of each class of the map may become places, (K,)."""
    classes = len(population.mapped.classes)

    def count(pixels: np.ndarray) -> np.ndarray:
        return np.bincount(pixels["place"], minlength=classes)

    return sum(population.each(count, jobs, job), np.zeros(classes, np.int64))


def draw(population: Population, wanted: np.ndarray, jobs: int | None, job: Job) -> np.ndarray:
    """Draw `wanted` (K,) pixels of each class at random: those with the smallest random numbers.

    More with the same seed are the same ones and others, so a sample can be enlarged.
    """

    def smallest(pixels: np.ndarray) -> np.ndarray:
        return np.concatenate([_smallest(pixels[pixels["place"] == k], n) for k, n in enumerate(wanted)])

    return _kept(population, smallest, jobs, job)[0]


def draw_anywhere(population: Population, wanted: int, jobs: int | None, job: Job) -> tuple[np.ndarray, int]:
    """Draw `wanted` pixels at random, whatever their class; also how many there are to draw from."""
    return _kept(population, lambda pixels: _smallest(pixels, wanted), jobs, job)


def _smallest(pixels: np.ndarray, number: int) -> np.ndarray:
    if len(pixels) <= number:
        return pixels
    return pixels[np.argpartition(pixels["key"], number)[:number]]


def _kept(
    population: Population, reduced: Callable[[np.ndarray], np.ndarray], jobs: int | None, job: Job
) -> tuple[np.ndarray, int]:
    """What `reduced` leaves of all pixels, and how many these are; it is asked for parts of them, and for parts joined.

    So it must leave the same whether it sees all at once or first the parts.
    """
    found, total = np.empty(0, PIXEL), 0
    for number, part in population.each(lambda pixels: (len(pixels), reduced(pixels)), jobs, job):
        total += number
        if len(part):
            found = reduced(np.concatenate([found, part]))
    return found, total


def most_unsure(
    population: Population, wanted: int, spacing: int, jobs: int | None, job: Job
) -> tuple[np.ndarray, int]:
    """The pixels with the highest scores, at least `spacing` pixels from one another, in that order.

    Also how many there are to choose from.

    Equal scores, and pixels without one, come in random order. The raster is cut into squares of `spacing` pixels; the
    best pixel of each is taken unless one that was taken before is nearer than that.
    """
    columns = population.mapped.stack.grid.width // spacing + 1
    most = wanted * SQUARES_A_PLACE if spacing > 1 else wanted
    least = np.zeros(1, np.uint64)  # so many squares have been found with better pixels than that

    def best(pixels: np.ndarray) -> np.ndarray:
        pixels = pixels[_priority(pixels) >= least[0]]
        square = pixels["row"] // spacing * columns + pixels["col"] // spacing
        order = _by_score(pixels)
        _, first = np.unique(square[order], return_index=True)
        kept = pixels[order[np.sort(first)[:most]]]
        if len(kept) == most:
            least[0] = max(least[0], _priority(kept[-1:])[0])
        return kept

    found, total = _kept(population, best, jobs, job)
    return _spaced(found, wanted, spacing), total


def _priority(pixels: np.ndarray) -> np.ndarray:
    """A number (n,), uint64, that is never smaller for a pixel that comes before another one."""
    # The bits of a positive float are in the order of its values, those of a negative one in the reverse order.
    bits = (np.nan_to_num(pixels["score"], nan=-np.inf) + np.float32(0)).view(np.uint32)
    ordered = np.where(bits >> 31 == 1, ~bits, bits | np.uint32(1 << 31)).astype(np.uint64)
    return ordered << np.uint64(32) | ~pixels["key"] >> np.uint64(32)


def _by_score(pixels: np.ndarray) -> np.ndarray:
    return np.lexsort((pixels["key"], -np.nan_to_num(pixels["score"], nan=-np.inf)))


def _spaced(pixels: np.ndarray, wanted: int, spacing: int) -> np.ndarray:
    """The first pixels that are at least `spacing` from all that were taken before them."""
    taken: dict[tuple[int, int], tuple[int, int]] = {}
    kept: list[int] = []
    for i, (row, col) in enumerate(zip(pixels["row"].tolist(), pixels["col"].tolist(), strict=True)):
        if len(kept) == wanted:
            break
        down, right = row // spacing, col // spacing
        near = [taken.get((down + y, right + x)) for y in (-1, 0, 1) for x in (-1, 0, 1)]
        if all((row - r) ** 2 + (col - c) ** 2 >= spacing**2 for r, c in filter(None, near)):
            taken[down, right] = row, col
            kept.append(i)
    return pixels[kept]


def shared_out(sizes: np.ndarray, wanted: int, least: int) -> np.ndarray:
    """How many places each stratum gets, (K,): in proportion to its size, but `least`, or all of a smaller one.

    Args:
        sizes: pixels of each stratum.
        wanted: the sum, unless the strata hold fewer pixels or the least numbers are more.
        least: for each stratum that has pixels. Olofsson et al. (2014) advise 50 to 100 for a rare class.
    """
    low = np.minimum(sizes, least)
    wanted = min(max(wanted, int(low.sum())), int(sizes.sum()))
    if not wanted:
        return low
    small, large = 0.0, 1.0
    for _ in range(60):  # halving finds the share to the last digit
        share = (small + large) / 2
        small, large = (share, large) if np.clip(share * sizes, low, sizes).sum() < wanted else (small, share)
    exact = np.clip(large * sizes, low, sizes)
    given = np.floor(exact + 1e-9).astype(np.int64)
    rest = np.where(given < sizes, exact - given, -1.0)
    given[np.argsort(-rest, kind="stable")[: wanted - given.sum()]] += 1
    return given


def interleaved(pixels: np.ndarray, stratum: np.ndarray) -> np.ndarray:
    """The order in which a sample is looked at, so that whoever stops early has about the same share of each stratum.

    Which places of a stratum come first is random.
    """
    order = np.lexsort((pixels["key"], stratum))
    number = np.bincount(stratum)
    start = np.cumsum(number) - number
    turn = (np.arange(len(pixels)) - start[stratum[order]] + 0.5) / number[stratum[order]]
    return order[np.lexsort((pixels["key"][order], turn))]
