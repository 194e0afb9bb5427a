"""From a data set's configuration to the source of its pixels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .. import inputs, provenance, rasters
from ..errors import InputError, LandloomError
from ..job import Job
from ..mosaics import Tiles
from .dataset import Dataset
from .from_rasters import RasterSource
from .sources import Source

RASTERS, EARTH_ENGINE = "rasters", "earth_engine"


@dataclass(frozen=True)
class Opened:
    """A source, and what identifies the pixels that it gives."""

    source: Source
    identity: Any


def of_rasters(stage: Any, job: Job) -> dict[str, Any]:
    """What dataset_config.json keeps of a stage's image as its `source`, but no passwords and tokens."""
    sources = inputs.image_sources(stage, job)
    return {
        "kind": RASTERS,
        "sources": [_kept(source) for source in sources],
        "resampling": stage.resampling,
        "label": provenance.redacted(inputs.image_label(stage, job)),
        "fingerprints": _fingerprints(sources),
    }


def label(dataset: Dataset) -> str:
    """What a data set's pixels come from, in words."""
    source = dataset.config["source"]
    if source["kind"] == EARTH_ENGINE:
        return f"Earth Engine, {source['collection']}, {source['start_date']} to {source['end_date']}"
    return source["label"]


@contextmanager
def open_source(dataset: Dataset, stage: Any, job: Job) -> Iterator[Opened]:
    """Open what the data set was planned on, or the stage's `images` or `mosaic` where it has moved.

    Raises InputError where that is not there any more, or is another image.
    """
    known = dataset.config["source"]
    if known["kind"] == EARTH_ENGINE:
        from ..earth_engine.source import open_source as open_earth_engine

        yield Opened(open_earth_engine(dataset, stage), known)
        return
    moved = stage.images or stage.mosaic
    bands = [band.name for band in dataset.bands]
    sources = inputs.image_sources(stage, job, bands) if moved else [_opened(source) for source in known["sources"]]
    labels = None if moved or len(sources) > 1 else [known["label"]]
    try:
        stack = rasters.open_stack(sources, known["resampling"], labels)
    except LandloomError as error:
        if moved:
            raise
        raise InputError(f"{error} If it has moved, give its place in IMAGES or MOSAIC.") from None
    try:
        if not stack.grid.aligned_with(dataset.grid):
            raise InputError(
                f"{stack.label} has another pixel grid ({_grid(stack.grid)}) than the image that the data set was"
                f" planned on ({_grid(dataset.grid)}). Give that image, or plan the data set anew."
            )
        missing = [name for name in bands if name not in stack.names]
        if missing:
            raise InputError(
                f"{stack.label} lacks the bands {', '.join(missing)} of the image that the data set was planned on; it"
                f" has {', '.join(stack.names)}. Give that image, or plan the data set anew."
            )
        found = _fingerprints(sources)
        if found != known["fingerprints"]:
            job.warning(f"{stack.label} is not what it was when the data set was planned: its content has changed.")
        yield Opened(RasterSource(stack.select(bands)), found)
    finally:
        stack.close()


def _fingerprints(sources: list[Any]) -> list[dict[str, Any]]:
    return [provenance.fingerprint(file) for file in inputs.source_files(sources)]


def _kept(source: Any) -> Any:
    """A source for JSON. A file's path is written out, since another step may run in another folder."""
    if isinstance(source, Tiles):
        return {"name": source.name, "paths": [_kept(path) for path in source.paths]}
    if isinstance(source, list):
        return [_kept(tile) for tile in source]
    path = provenance.on_disk(source) if "|" not in str(source) else None
    return str(path.absolute()) if path else provenance.redacted(str(source))


def _opened(source: Any) -> Any:
    """A source from JSON; raises InputError where its address was kept without its password or token."""
    if isinstance(source, str) and "…" in source:
        raise InputError(
            f"The image {source} has an address with a password or token, which is not kept. Give it again in IMAGES."
        )
    if isinstance(source, dict):
        return Tiles(source["name"], tuple(_opened(path) for path in source["paths"]))
    return source if isinstance(source, str) else [_opened(tile) for tile in source]


def _grid(grid: Any) -> str:
    (width, height), west, north = grid.pixel_size, grid.transform.c, grid.transform.f
    crs = grid.crs.to_string() if grid.crs else "no coordinate reference system"
    return f"{grid.width} × {grid.height} pixels of {width:g} × {height:g} from {west:.9g}, {north:.9g} in {crs}"
