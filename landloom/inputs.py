"""What several stages read: the image, training polygons and reference features, the area of interest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from rasterio.crs import CRS

from . import classes, mosaics, postgis, provenance, rasters, stac, vectors
from .errors import InputError, ParameterError
from .grids import Grid
from .job import Job
from .maps import ClassMap
from .mosaics import RASTER_EXTENSIONS, Tiles
from .rasters import Stack
from .vectors import Labelled

MOSAIC_FOLDER_VARIABLE = "PLANET_MOSAIC_DIR"


def open_image(stage: Any, job: Job) -> Stack:
    """Open a stage's `images`, or its `mosaic`, or the month's mosaic, as one stack."""
    sources = image_sources(stage, job)
    if not stage.images and not stage.mosaic:
        job.looked_up["images"] = source_files(sources)
    named = job.origins.get("images")
    labels = named.split("\n") if named else None if stage.images else [image_label(stage, job)] * len(sources)
    return rasters.open_stack(sources, stage.resampling, labels)


def image_sources(stage: Any, job: Job, bands: Sequence[str] | None = None) -> list[Any]:
    """What is stacked, as `rasters.open_stack` takes it: paths, or the tiles of a mosaic.

    Of an item collection only the assets are taken that `bands`, else the stage's `bands`, name.
    """
    if stage.images and stage.mosaic:
        raise ParameterError("Give either IMAGES or MOSAIC, not both.")
    if stage.images:
        return list(stage.images)
    if stage.mosaic and stac.is_item_collection(stage.mosaic):
        return list(stac.mosaics(stage.mosaic, bands or getattr(stage, "bands", None)))
    return [stage.mosaic or _month_mosaic(stage, job)]


def has_image(stage: Any, job: Job) -> bool:
    """Whether a stage that can do without an image has one."""
    return bool(stage.images or stage.mosaic or (stage.year and job.environ.get(MOSAIC_FOLDER_VARIABLE)))


def image_label(stage: Any, job: Job) -> str:
    """The image as the user knows it."""
    if stage.images:
        return ", ".join((job.origins.get("images") or "\n".join(stage.images)).split("\n"))
    if stage.mosaic:
        return str(stage.mosaic)
    month = f"{stage.year}-{stage.month:02d}" if stage.year else ""
    return f"mosaic {month} in {job.environ.get(MOSAIC_FOLDER_VARIABLE)}"


def image_fingerprints(stage: Any, job: Job) -> list[dict]:
    """What identifies the image's content, for going on with an earlier run."""
    return [provenance.fingerprint(file) for file in source_files(image_sources(stage, job))]


def source_files(sources: list[Any]) -> tuple[str, ...]:
    """All paths of a stack, those of its mosaics included."""
    tiles = (s.paths if isinstance(s, Tiles) else s if isinstance(s, list) else [s] for s in sources)
    return tuple(str(file) for files in tiles for file in files)


def _month_mosaic(stage: Any, job: Job) -> Any:
    """The tiles of a year and month in PLANET_MOSAIC_DIR: a folder or files named like …2025-06… or …202506…."""
    folder = job.environ.get(MOSAIC_FOLDER_VARIABLE)
    if not folder or stage.year is None:
        raise ParameterError(
            "No image was given. Choose raster layers for IMAGES or a folder for MOSAIC; or give YEAR and MONTH and set"
            f" the environment variable {MOSAIC_FOLDER_VARIABLE} to the folder with the months' mosaics."
        )
    pattern = re.compile(rf"(?<!\d){stage.year}[-_]?{stage.month:02d}(?!\d)")
    if folder.startswith("/vsi"):
        found: list[Any] = [n for n in mosaics.listed(folder) if pattern.search(n.removeprefix(folder))]
    else:
        if not Path(folder).is_dir():
            raise InputError(f"{MOSAIC_FOLDER_VARIABLE} names {folder}, which is no folder. Correct the variable.")
        found = sorted(p for p in Path(folder).iterdir() if pattern.search(p.name))
    folders = [p for p in found if isinstance(p, Path) and p.is_dir()]
    if len(folders) > 1:
        raise InputError(
            f"{folder} holds several folders for {stage.year}-{stage.month:02d}: {', '.join(p.name for p in folders)}."
            " Name one of them in MOSAIC."
        )
    if folders:
        return folders[0]
    files = [str(p) for p in found if str(p).lower().endswith(RASTER_EXTENSIONS)]
    if not files:
        raise InputError(
            f"{folder} holds nothing for {stage.year}-{stage.month:02d}: looked for a folder or rasters whose name"
            f" contains {stage.year}-{stage.month:02d} or {stage.year}{stage.month:02d}."
        )
    return files[0] if len(files) == 1 else files


def area_of_interest(stage: Any, job: Job, grid: Grid) -> shapely.Geometry | None:
    """A stage's `aoi` in the raster's CRS, None where it has none."""
    area = vectors.read_area(stage.aoi, grid.crs, job.origins.get("aoi"))
    if area is not None and not area.intersects(shapely.Polygon(grid.corners)):
        raise InputError(
            "The area of interest does not touch the image: it spans"
            f" {_span(area.bounds)} (west, south, east, north), the image {_span(grid.bounds())}, in the image's"
            " coordinate reference system. Check that it has the right one."
        )
    return area


def area_text(area: shapely.Geometry | None, grid: Grid) -> str | None:
    """An area for the catalogue: `SRID=32633;POLYGON…`, plain WKT where the grid's CRS has no EPSG code."""
    if area is None:
        return None
    code = grid.crs.to_epsg() if grid.crs else None
    return f"SRID={code};{area.wkt}" if code else area.wkt


def _span(bounds: tuple[float, ...]) -> str:
    return ", ".join(f"{v:.6g}" for v in bounds)


def polygons_label(stage: Any, job: Job) -> str:
    """The training polygons as the user knows them."""
    return job.origins.get("polygons") or stage.polygons or f"table {stage.polygon_table}"


def training_polygons(stage: Any, job: Job, grid: Grid) -> tuple[Labelled, str | None]:
    """Read a stage's polygons in the raster's CRS, only those that touch the area of interest.

    Also returns the area as WKT, None where there is none.
    """
    area = area_of_interest(stage, job, grid)
    label = polygons_label(stage, job)
    given = classes.parse(stage.classes) if stage.classes else None
    if stage.polygons:
        given = given or vectors.embedded_classes(stage.polygons)
    table = _read_polygons(stage, job, area, grid.crs)
    vectors.refuse_geometries(table, label, ("Polygon",))
    labelled = vectors.read_labelled(table, label, stage.class_field, grid.crs, given, stage.name_field)
    if area is not None:
        inside = labelled.table.intersects(area)
        if not inside.any():
            raise InputError(f"No polygon of {label} touches the area of interest. Check it, or leave it empty.")
        outside = labelled.table["polygon_id"][~inside].tolist()
        labelled.left_out |= dict.fromkeys(outside, "outside the area of interest")
        labelled.table = labelled.table[inside].reset_index(drop=True)
    return labelled, None if area is None else area.wkt


def _read_polygons(stage: Any, job: Job, area: shapely.Geometry | None, crs: CRS | None) -> gpd.GeoDataFrame:
    """A stage's polygons as they are; of a table in a database those that touch the area, which is in `crs`."""
    columns = [name for name in (stage.class_field, stage.name_field) if name]
    if stage.polygons:
        return vectors.read_layer(stage.polygons, columns, polygons_label(stage, job))
    wkt = crs.to_wkt() if crs else None
    with closing(postgis.connect(stage.connection, job.environ, job.secrets)) as database:
        return postgis.read_polygons(database, stage.polygon_table, stage.geometry_column, columns, area, wkt)


def polygon_bounds(stage: Any, job: Job) -> tuple[tuple[float, float, float, float], CRS | None]:
    """West, south, east, north of a stage's polygons that touch its area of interest, and the CRS they are drawn in.

    For who has no image yet that would say where to look.
    """
    table = _read_polygons(stage, job, None, None)
    crs = CRS.from_wkt(table.crs.to_wkt()) if table.crs else None
    area = vectors.read_area(stage.aoi, crs, job.origins.get("aoi"))
    shapes = table.geometry[~(table.geometry.isna() | table.geometry.is_empty)]
    if area is not None:
        shapes = shapes[shapes.intersects(area)]
    if shapes.empty:
        where = "" if area is None else " in the area of interest"
        raise InputError(f"{polygons_label(stage, job)} has no polygons{where}. Draw some, or choose another layer.")
    west, south, east, north = shapes.total_bounds.tolist()
    return (west, south, east, north), crs


def reference_features(stage: Any, job: Job, mapped: ClassMap) -> Labelled:
    """Read a stage's `reference` polygons or points in the map's CRS; class names are those of the map."""
    grid, label = mapped.stack.grid, job.origins.get("reference") or stage.reference
    area = area_of_interest(stage, job, grid)
    table = vectors.read_layer(stage.reference, [stage.class_field], label)
    vectors.refuse_geometries(table, label, ("Polygon", "Point"))
    given = classes.parse(stage.classes) if stage.classes else None
    if given is None and not vectors.holds_ids(table[stage.class_field]):
        given = mapped.classes.with_names(table[stage.class_field].dropna().astype(str).str.strip())
    labelled = vectors.read_labelled(table, label, stage.class_field, grid.crs, given)
    if area is not None:
        labelled.table = labelled.table[labelled.table.intersects(area)].reset_index(drop=True)
        if labelled.table.empty:
            raise InputError(f"No feature of {label} touches the area of interest. Check it, or leave it empty.")
    return labelled
