"""From a stage's parameters to what cuts its tiles."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from .. import classes, inputs, provenance, vectors
from ..classes import ClassTable
from ..errors import InputError
from ..grids import Grid
from ..job import Job
from ..rasters import Stack
from . import labels, lattice, making, storage
from .cutting import NO_LABELS, Cutter, Limits
from .labels import Labels
from .lattice import Lattice
from .storage import Writer

# What the tiles depend on, beside images, labels, classes and areas, which count by their content.
_SETTINGS = (
    *("bands", "resampling", "class_field", "name_field", "unlabelled", "all_touched", "ordinal"),
    *("tile_size", "overlap", "minimum_labelled", "minimum_valid", "val_share", "test_share", "block_tiles"),
    *("parts_field", "seed"),
)


@dataclass(frozen=True)
class Source:
    """What cuts, what the configuration is to say, and what identifies a data set that is the very same.

    `names` are those of all bands of the image, by which they are numbered.
    """

    cutter: Cutter
    config: dict[str, Any]
    request: dict[str, Any]
    names: list[str]


@contextmanager
def opened(stage: Any, job: Job) -> Iterator[Source]:
    """Open image, labels and areas of a stage, and plan where its tiles lie; closed at the end."""
    image = inputs.open_image(stage, job)
    found: Labels | None = None
    try:
        chosen = image.select(stage.bands) if stage.bands else image
        area = inputs.area_of_interest(stage, job, image.grid)
        found, digest, notes = _labels(stage, job, image)
        tiles, split, block_tiles = _lattice(stage, job, image.grid)
        outlines = image.grid.squares(tiles.row, tiles.col, stage.tile_size)
        near = found.touch(outlines)
        if area is not None:
            near &= shapely.intersects(outlines, area)
        if not near.any():
            raise InputError(
                f"No tile lies on labels: {_span('the image', image.grid)}. Check that the labels and the area of"
                " interest show the same place."
            )
        padded = image.grid.height < stage.tile_size or image.grid.width < stage.tile_size
        writer = Writer(
            Path(stage.tiles), image.grid, stage.tile_size, chosen.bands, storage.choose(chosen, padded), found.classes,
            found.classes.nodata,
        )  # fmt: skip
        limits = Limits(stage.minimum_labelled, stage.minimum_valid)
        config = {
            "overlap": stage.overlap,
            "block_size": lattice.block_edge(stage.tile_size, stage.overlap, block_tiles) if block_tiles else None,
            "block_tiles": block_tiles,
            "split": split,
            "minimum_labelled": stage.minimum_labelled,
            "minimum_valid": stage.minimum_valid,
            "val_share": stage.val_share,
            "test_share": stage.test_share,
            "ordinal": stage.ordinal,
            "source": provenance.redacted(inputs.image_label(stage, job)),
            "labels": provenance.redacted(_label(stage, job)),
            "aoi": inputs.area_text(area, image.grid),
            "seed": stage.seed,
            "polygons": notes,
            "refusal": found.refusal,
            "request": _request(stage, job, digest, found.classes, area),
        }
        config["left_out"] = {NO_LABELS: int((~near).sum())}
        cutter = Cutter(chosen, found, tiles.only(np.flatnonzero(near)), writer, limits, area)
        yield Source(cutter, config, config["request"], image.names)
    finally:
        image.close()
        if found:
            found.close()


def _labels(stage: Any, job: Job, image: Stack) -> tuple[Labels, Any, dict[str, int]]:
    """The labels, what identifies them, and what was left out of polygons, by reason."""
    if stage.label_raster:
        given = classes.parse(stage.classes) if stage.classes else None
        first = inputs.image_sources(stage, job)[0]
        raster = labels.of_raster(
            image, first, stage.label_raster, _label(stage, job), given, stage.unlabelled, stage.ordinal
        )
        return raster, provenance.fingerprint(stage.label_raster), {}
    labelled, _ = inputs.training_polygons(stage, job, image.grid)
    return (
        labels.of_polygons(labelled, image.grid, stage.all_touched, stage.ordinal),
        _digest(labelled.table),
        labelled.notes,
    )


def _label(stage: Any, job: Job) -> str:
    if stage.label_raster:
        return job.origins.get("label_raster") or stage.label_raster
    return inputs.polygons_label(stage, job)


def _lattice(stage: Any, job: Job, grid: Grid) -> tuple[Lattice, str, int | None]:
    """Where tiles may lie, how they are split in words, and the edge of a block in tiles."""
    size, overlap = stage.tile_size, stage.overlap
    if stage.parts:
        label = job.origins.get("parts") or stage.parts
        areas = making.read_areas(stage.parts, stage.parts_field, label, grid)
        found = lattice.by_polygons(grid, size, overlap, areas)
        if not len(found):
            raise InputError(
                f"No tile of {size} × {size} pixels lies wholly in a polygon of {label} and on the image. Draw larger"
                " ones, or choose a smaller TILE_SIZE."
            )
        return found, f"the polygons of {label}", None
    tiles = stage.block_tiles or lattice.usual_block(grid, size, overlap)
    return lattice.by_blocks(grid, size, overlap, tiles), f"blocks of {tiles} × {tiles} tiles", tiles


def _digest(table: gpd.GeoDataFrame) -> str:
    """Of the polygons' classes and outlines."""
    digest = hashlib.sha256(table["class_id"].to_numpy(np.int64).tobytes())
    for outline in shapely.to_wkb(table.geometry.to_numpy()):
        digest.update(outline)
    return digest.hexdigest()


def _request(
    stage: Any, job: Job, label_digest: Any, class_table: ClassTable, area: shapely.Geometry | None
) -> dict[str, Any]:
    """What two runs have in common that cut the very same tiles, ready for JSON."""
    settings = {name: getattr(stage, name) for name in _SETTINGS}
    parts = None
    if stage.parts:
        table = vectors.read_layer(stage.parts, [stage.parts_field])
        outlines = b"".join(shapely.to_wkb(table.geometry.to_numpy()))
        words = "\n".join(table[stage.parts_field].astype(str)).encode()
        parts = hashlib.sha256(outlines + words).hexdigest()
    return {
        **{name: list(value) if isinstance(value, tuple) else value for name, value in settings.items()},
        "image": inputs.image_fingerprints(stage, job),
        "labels": label_digest,
        "classes": class_table.as_list(),
        "parts": parts,
        "aoi": None if area is None else hashlib.sha256(area.wkb).hexdigest(),
    }


def _span(what: str, grid: Grid) -> str:
    return f"{what} spans {', '.join(f'{v:.6g}' for v in grid.bounds())} (west, south, east, north)"
