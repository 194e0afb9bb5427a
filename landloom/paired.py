"""Several maps at the same reference pixels: is one really better, or was it luck?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import scipy.stats
import shapely

from . import assessment, comparison, estimation, evaluation, targets
from .comparison import Evaluated
from .designs import Design
from .errors import InputError
from .job import Job
from .reference.pixels import Pixels, Reference

# With fewer pixels on which just one map is right, McNemar's test is done exactly.
FEWEST_FOR_CHI_SQUARE = 25
ROUNDS = 1000


@dataclass(frozen=True)
class Compared:
    """What maps show at the same reference pixels.

    `combinations` (n, 2 + maps) are the group, the place of the true class and that of each map's class among the
    classes of the reference; `counts` (n,) how many pixels have each. `trained` says a map how many pixels lie where
    its model was trained.
    """

    reference: Reference
    combinations: np.ndarray
    counts: np.ndarray
    trained: tuple[int, ...]

    @property
    def total(self) -> int:
        """How many pixels were compared."""
        return int(self.counts.sum())

    @property
    def weighted_by(self) -> str | None:
        """What the scores are weighted by, None where each pixel counts alike."""
        return targets.BY_DESIGN if isinstance(self.reference.design, Design) else None

    @property
    def right(self) -> np.ndarray:
        """Which maps are right (n, maps)."""
        return self.combinations[:, 2:] == self.combinations[:, 1:2]

    def matrices(self) -> np.ndarray:
        """Confusion counts (maps, groups, K, K), rows mapped."""
        maps, k = self.combinations.shape[1] - 2, len(self.reference.classes)
        found = np.zeros((maps, self.reference.groups, k, k), np.int64)
        group, truth = self.combinations[:, 0], self.combinations[:, 1]
        for number in range(maps):
            np.add.at(found[number], (group, self.combinations[:, 2 + number], truth), self.counts)
        return found


def compare(
    found: Reference, maps: int, trained: Sequence[shapely.Geometry | None], jobs: int | None, job: Job
) -> Compared:
    """Look up what each of so many maps shows at the reference pixels, window by window.

    Args:
        found: the reference, opened with a map of a band each.
        maps: how many there are.
        trained: where each map's model was trained, in the CRS of the reference's grid; None where not known.
        jobs: threads; None for one a core.
        job: for progress and cancel.
    """
    ids, k = found.classes.ids, len(found.classes)
    shape = (found.groups, *[k] * (1 + maps))
    if math.prod(shape) >= 2**63:
        raise InputError(f"{maps} maps of {k} classes are too many to be compared at once. Compare fewer maps.")

    def one(pixels: Pixels) -> tuple[np.ndarray, np.ndarray, list[int]]:
        columns = [assessment.places(values, ids)[0] for values in (pixels.truth, *pixels.shown)]
        codes = np.ravel_multi_index((pixels.group.astype(np.int64), *columns), shape)
        inside = [evaluation.count_inside(pixels, found, area) for area in trained]
        return *assessment.tally(codes), inside

    codes, counts, seen = np.empty(0, np.int64), np.empty(0, np.int64), np.zeros(maps, np.int64)
    for more, numbers, inside in found.each(one, jobs, job):
        codes, place = np.unique(np.concatenate([codes, more]), return_inverse=True)
        sums = np.zeros(len(codes), np.int64)
        np.add.at(sums, place, np.concatenate([counts, numbers]))
        counts, seen = sums, seen + inside
    table = np.stack(np.unravel_index(codes, shape), axis=1)
    return Compared(found, table, counts, tuple(seen.tolist()))


def scores(compared: Compared, names: Sequence[str], ordinal: bool) -> list[Evaluated]:
    """The scores of each map: estimated by the design of the reference's sample, else each pixel counting alike."""
    classes, design = compared.reference.classes.as_list(), compared.reference.design
    result = []
    for name, matrices in zip(names, compared.matrices(), strict=True):
        if isinstance(design, Design):
            found = estimation.stratified(matrices, design.strata, ordinal).scores
        else:
            found = assessment.measures(matrices.sum(axis=0), ordinal)
        plain = {key: assessment.plain(value) for key, value in found.items()}
        content = {
            "classes": classes,
            "scores": {**plain, "samples": compared.total},
            "weighted_by": compared.weighted_by,
        }
        result.append(comparison.of_evaluation(name, content))
    return result


def intervals(compared: Compared, seed: int, ordinal: bool) -> tuple[str, list[dict[str, Any]]] | None:
    """What whole groups (or points) were drawn, and 95 % intervals of each map's differences to the first one.

    A paired bootstrap: each draw takes the same pixels of all maps. None where neighbours were compared but are in
    no groups. For a random sample of known design nothing is drawn: the intervals follow from it.
    """
    if isinstance(compared.reference.design, Design):
        return targets.BY_DESIGN, _by_design(compared, compared.reference.design, ordinal)
    matrices = compared.matrices()
    grouped = evaluation.several(compared.reference, matrices)
    if grouped is not None:
        drawn = zip(*(assessment.drawn_by_group(one, seed, ROUNDS) for one in grouped), strict=True)
        return compared.reference.grouping, assessment.differences(drawn, ordinal)
    if compared.reference.neighbours:
        return None
    return targets.BY_POINTS, assessment.differences(_drawn_by_unit(compared, seed), ordinal)


def _by_design(compared: Compared, design: Design, ordinal: bool) -> list[dict[str, Any]]:
    """From how much each place changes the difference of a score; see `estimation.stratified`."""
    strata, k = design.strata, len(compared.reference.classes)
    used = strata.weights[compared.combinations[:, 0]] > 0
    (stratum, truth, *shown), counts = compared.combinations[used].T, compared.counts[used]
    found = [estimation.stratified(matrices, strata, ordinal) for matrices in compared.matrices()]
    slopes = [estimation.slopes(one.matrix, own * k + truth, ordinal) for one, own in zip(found, shown, strict=True)]
    result = []
    for one, slope in zip(found, slopes, strict=True):
        intervals = {}
        for name, value in one.scores.items():
            change = (slope[name] - slopes[0][name]).reshape(len(counts), -1)
            half = assessment.Z95 * strata.errors(stratum, counts, change).reshape(np.shape(value))
            difference = value - found[0].scores[name]
            intervals[name] = assessment.plain(np.stack([difference - half, difference + half], axis=-1))
        result.append(intervals)
    return result


def _drawn_by_unit(compared: Compared, seed: int) -> Iterator[list[np.ndarray]]:
    random, share = np.random.default_rng(seed), compared.counts / compared.total
    k, truth = len(compared.reference.classes), compared.combinations[:, 1]
    cells = [shown * k + truth for shown in compared.combinations[:, 2:].T]
    for _ in range(ROUNDS):
        drawn = random.multinomial(compared.total, share)
        yield [np.bincount(cell, drawn, minlength=k * k).reshape(1, k, k) for cell in cells]


@dataclass(frozen=True)
class Pair:
    """Two maps, by their places: on how many pixels both, only one or none of them is right; McNemar's test of these
    numbers; and in how many groups each of them has more pixels right, with the sign test of that.
    """

    first: int
    second: int
    both: int
    only_first: int
    only_second: int
    neither: int
    p: float
    statistic: float | None
    groups_first: int | None
    groups_second: int | None
    groups_p: float | None

    def as_dict(self, names: Sequence[str]) -> dict[str, Any]:
        """For JSON."""
        return {**self.__dict__, "first": names[self.first], "second": names[self.second], "test": self.test}

    @property
    def test(self) -> str:
        """Which form of McNemar's test it is."""
        return "exact binomial" if self.statistic is None else "chi-square with continuity correction"


def mcnemar(only_first: int, only_second: int) -> tuple[float | None, float]:
    """McNemar's test whether two maps are right equally often, from the pixels on which just one is.

    Returns the statistic and p (two-sided). With fewer than 25 such pixels it is the exact binomial test, without a
    statistic; else chi-square with one degree of freedom and the correction for continuity. Source: McNemar (1947),
    Psychometrika 12; Edwards (1948), Psychometrika 13.
    """
    number = only_first + only_second
    if number < FEWEST_FOR_CHI_SQUARE:
        return None, _sign_test(only_first, only_second)
    statistic = max(abs(only_first - only_second) - 1, 0) ** 2 / number
    return statistic, float(scipy.stats.chi2.sf(statistic, 1))


def _sign_test(first: int, second: int) -> float:
    return float(scipy.stats.binomtest(first, first + second).pvalue) if first + second else 1.0


def pairs(compared: Compared) -> list[Pair]:
    """Every two of the maps."""
    right, counts, group = compared.right, compared.counts, compared.combinations[:, 0]
    grouped = evaluation.several(compared.reference, compared.matrices()) is not None
    found = []
    for a, b in combinations(range(right.shape[1]), 2):
        first_alone, second_alone = (int(counts[right[:, i] & ~right[:, j]].sum()) for i, j in ((a, b), (b, a)))
        both = int(counts[right[:, a] & right[:, b]].sum())
        neither = compared.total - both - first_alone - second_alone
        statistic, p = mcnemar(first_alone, second_alone)
        better: tuple[int | None, int | None, float | None] = (None, None, None)
        if grouped:
            lead = np.bincount(group, counts * (right[:, a].astype(int) - right[:, b]))
            first, second = int((lead > 0).sum()), int((lead < 0).sum())
            better = (first, second, _sign_test(first, second))
        found.append(Pair(a, b, both, first_alone, second_alone, neither, p, statistic, *better))
    return found


def who_is_right(compared: Compared, names: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """Pixels of each class of the reference (rows) by which maps are right there (columns), and the columns' names."""
    right, truth, maps = compared.right, compared.combinations[:, 1], len(names)
    number = right.sum(axis=1)
    columns = [("all" if maps > 2 else "both", number == maps)]
    columns += [(f"only {name}", right[:, i] & (number == 1)) for i, name in enumerate(names)]
    if maps > 2:
        columns.append(("several, not all", (number > 1) & (number < maps)))
    columns.append(("none" if maps > 2 else "neither", number == 0))
    k = len(compared.reference.classes)
    counted = [np.bincount(truth[used], compared.counts[used], minlength=k) for _, used in columns]
    return [name for name, _ in columns], np.stack(counted, axis=1).astype(np.int64)


def doubts(compared: Compared, names: Sequence[str]) -> list[str]:
    """What the user should know of the pixels that were compared."""
    notes = []
    for name, seen in zip(names, compared.trained, strict=True):
        if seen:
            notes.append(
                f"{seen:,} of the {compared.total:,} pixels lie in polygons that the model of {name} was trained on, so"
                " its accuracy is flattered. Use a reference that none of the models has seen."
            )
    if isinstance(compared.reference.design, Design):
        notes += compared.reference.design.gaps
        notes.append(
            f"The scores and their differences are estimated by {compared.weighted_by}; McNemar's test and the counts"
            " by class count each place alike, however much area it stands for."
        )
    if compared.reference.neighbours:
        grouped = evaluation.several(compared.reference, compared.matrices())
        if grouped is not None and grouped.shape[1] < evaluation.FEWEST_GROUPS:
            notes.append(evaluation.few_groups(compared.reference.grouping, grouped.shape[1]))
        honest = f" the intervals and the sign test by {compared.reference.grouping} are the honest ones."
        notes.append(
            "Pixels beside one another are alike, so McNemar's test by pixel makes differences look surer than they"
            " are" + (f";{honest}" if grouped is not None else ". Use several polygons or points.")
        )
    return notes
