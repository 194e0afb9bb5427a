"""From a stage's parameters to a queue of places."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from .. import change, classes, inputs, maps, provenance, vectors
from ..classes import ClassTable, make_table
from ..errors import InputError
from ..grids import Grid
from ..job import Job
from ..rasters import Stack
from ..stages import _places as fields
from . import choosing, numbering, review_file, uncertainty
from .choosing import Chosen
from .population import Population


@dataclass(frozen=True)
class Opened:
    """The population and the table of all that a place can be."""

    population: Population
    classes: ClassTable


@contextmanager
def open_population(stage: Any, job: Job) -> Iterator[Opened]:
    """What the places of a stage are chosen from."""
    mapped = maps.open_map(stage.map, job.origins.get("map"))
    given = classes.parse(stage.classes) if stage.classes else None
    mapped = mapped.named_by(given) if given else mapped
    table, grid, other, numbers = mapped.classes, mapped.stack.grid, None, None
    with closing(mapped.stack):
        uncertainty.refuse_as_map(mapped, described=given is not None)
        if stage.other:
            second = maps.open_map(stage.other, job.origins.get("other"))
            second.stack.close()
            mapped, second = mapped.with_names_of(second), second.with_names_of(mapped)
            numbers = numbering.number_together(mapped, second)
            table = numbers.classes
            other = Stack(grid, maps.side_by_side(mapped, second).parts[-1:], "nearest")
            for text in numbering.doubts(mapped, second, numbers):
                job.warning(text)
        unsure = None
        if stage.uncertainty:
            label = job.origins.get("uncertainty")
            unsure = uncertainty.open_uncertainty(stage.uncertainty, label, mapped, stage.unsure)
        if given:
            table = make_table({c.id: c for c in (*given, *table)}.values())
        population = Population(
            mapped,
            change.chosen(stage.map_classes, mapped.classes, "MAP_CLASSES"),
            stage.seed,
            inputs.area_of_interest(stage, job, grid),
            _avoided(stage, job, grid),
            other,
            numbers,
            unsure,
            differing=stage.design == fields.DISAGREEMENT,
            scored=stage.design == fields.UNCERTAINTY,
        )
        try:
            yield Opened(population, table)
        finally:
            for stack in (other, unsure.stack if unsure else None):
                if stack is not None:
                    stack.close()


def _avoided(stage: Any, job: Job, grid: Grid) -> shapely.STRtree | None:
    if not stage.avoid:
        return None
    label = job.origins.get("avoid") or stage.avoid
    table = vectors.read_layer(stage.avoid, [], label)
    vectors.refuse_geometries(table, label, ("Polygon",))
    shapes = vectors.in_crs(table, label, grid.crs).geometry if len(table) else []
    return shapely.STRtree([shapely.make_valid(shape) for shape in shapes if shape is not None and not shape.is_empty])


def choose(found: Opened, stage: Any, job: Job) -> Chosen:
    """Choose by the stage's design; raises InputError where there is nothing to choose from."""
    population, jobs = found.population, stage.jobs
    if stage.design == fields.STRATIFIED:
        return _stratified(population, stage, job)
    if stage.design == fields.RANDOM:
        pixels, total = choosing.draw_anywhere(population, stage.count, jobs, job)
        pixels = pixels[np.argsort(pixels["key"])]
        weight = np.full(len(pixels), total / max(len(pixels), 1))
    else:
        pixels, total = choosing.most_unsure(population, stage.count, stage.spacing, jobs, job)
        weight = np.full(len(pixels), np.nan)
    _tell(stage, population.mapped.label, len(pixels), total, job)
    return Chosen(pixels, [""] * len(pixels), weight, total)


def _stratified(population: Population, stage: Any, job: Job) -> Chosen:
    sizes = choosing.count_by_class(population, stage.jobs, job.part(0.0, 0.5))
    wanted = choosing.shared_out(sizes, stage.count, stage.minimum)
    pixels = choosing.draw(population, wanted, stage.jobs, job.part(0.5, 1.0))
    pixels = pixels[choosing.interleaved(pixels, pixels["place"])]
    names, total = population.mapped.classes.names, int(sizes.sum())
    few = [name for name, size in zip(names, sizes, strict=True) if 0 < size < stage.minimum]
    if few:
        job.warning(f"Classes with fewer than {stage.minimum} pixels, of which all are queued: {', '.join(few)}.")
    _tell(stage, population.mapped.label, len(pixels), total, job)
    place = pixels["place"]
    return Chosen(pixels, [names[k] for k in place], (sizes / np.maximum(wanted, 1))[place], total)


def _nothing(stage: Any, label: str) -> str:
    where = [
        ("in the classes of MAP_CLASSES", stage.map_classes),
        ("inside the area of interest", stage.aoi),
        ("outside the polygons to keep out of", stage.avoid),
        ("where the uncertainty is known", stage.design == fields.UNCERTAINTY),
    ]
    limits = " and ".join(text for text, given in where if given)
    if stage.design == fields.DISAGREEMENT:
        return (
            f"There is no pixel{' ' + limits if limits else ''} where {label} shows another class than OTHER: both"
            " agree wherever they lie together. Choose another OTHER or another DESIGN."
        )
    return f"{label} has no pixel {limits or 'with a class'}. Check that they lie together."


def _tell(stage: Any, label: str, number: int, total: int, job: Job) -> None:
    """What the user should know of so many places from so many pixels; raises InputError where there are none."""
    if not total:
        raise InputError(_nothing(stage, label))
    if number > stage.count:
        job.warning(
            f"{number} places instead of {stage.count}, since each class gets at least {stage.minimum}. Lower MINIMUM"
            " for fewer."
        )
    elif number < stage.count and number == total:
        job.warning(f"There are only {total} pixels to choose from; all of them are queued.")
    elif number < stage.count:
        job.warning(
            f"Only {number} places are at least {stage.spacing} pixels from one another, not {stage.count}. Lower"
            " SPACING for more."
        )
    if stage.design in fields.AT_RANDOM:
        job.message(f"{number:,} places drawn from {total:,} pixels. Accuracy and areas can be estimated from them.")
    else:
        job.message(
            f"{number:,} places chosen from {total:,} pixels. They show what to learn next, but not how good the map"
            " is: they were chosen because they are difficult."
        )


def write(found: Opened, chosen: Chosen, stage: Any, job: Job) -> None:
    """Write the review file."""
    about = {
        fields.MAP: _absolute(stage.map),
        "map_sha256": provenance.fingerprint(stage.map)["sha256"],
        fields.OTHER: _absolute(stage.other),
        fields.UNCERTAINTY_RASTER: _absolute(stage.uncertainty),
        "seed": stage.seed,
        "made": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
    review_file.write(stage.places, chosen, stage.design, found.classes, found.population.mapped, about)


def _absolute(path: str | None) -> str:
    """A path as any program finds it; what is not on this disk stays as it is."""
    return "" if path is None else str(Path(path).absolute()) if Path(path).exists() else path
