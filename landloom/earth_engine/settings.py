"""What to ask Earth Engine for: from a stage's parameters to a data set's configuration."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.warp import transform_bounds

from ..errors import InputError, ParameterError
from ..grids import Grid
from ..rasters import Band
from ..stages._earth_engine import DEFAULT_BANDS

KIND = "earth_engine"

# Beyond it, a UTM zone of 6 degrees stretches distances by more than 1 %.
MOST_DEGREES = 18


def source_of(stage: Any) -> dict[str, Any]:
    """What dataset_config.json keeps as the `source`. Of credentials it holds nothing."""
    return {
        "kind": KIND,
        "collection": stage.collection,
        "start_date": stage.start_date.strip(),
        "end_date": stage.end_date.strip(),
        "cloud_mask": stage.cloud_mask,
        "most_cloud": stage.most_cloud,
        "reducer": stage.reducer,
        "scale": stage.scale,
    }


def bands_of(stage: Any) -> tuple[Band, ...]:
    """A stage's `bands`, else those of Sentinel-2 with 10 and 20 m that land cover is told by; float32."""
    return tuple(Band(name, "float32", float("nan")) for name in stage.bands or DEFAULT_BANDS)


def grid_for(bounds: tuple[float, float, float, float], bounds_crs: CRS | None, stage: Any) -> Grid:
    """The pixel grid that spans polygons with a margin of a patch and its jitter.

    Pixel corners are multiples of the scale in the CRS, as those of Sentinel-2 are in its UTM zones.

    Args:
        bounds: west, south, east, north of the polygons.
        bounds_crs: of the bounds.
        stage: with `crs`, `scale` in metres, `patch_size` and `jitter` in pixels.

    Raises InputError and ParameterError where there is no such grid.
    """
    if bounds_crs is None:
        raise InputError(
            "The training polygons have no coordinate reference system, so where they are on the earth is not known."
            " Assign one to the layer."
        )
    crs = _projected(stage.crs) if stage.crs else _utm(bounds, bounds_crs)
    pixel = stage.scale / crs.linear_units_factor[1]
    try:
        here = np.array(transform_bounds(bounds_crs, crs, *bounds))
    except RasterioError as error:
        here = np.array([np.nan])
        reason = f": {error}"
    else:
        reason = ""
    if not np.isfinite(here).all():
        raise ParameterError(f"The polygons lie outside of where CRS ({stage.crs or crs}) is valid{reason}.")
    margin = stage.patch_size + stage.jitter
    west, south = np.floor(here[:2] / pixel) - margin
    east, north = np.ceil(here[2:] / pixel) + margin
    transform = Affine(pixel, 0, west * pixel, 0, -pixel, north * pixel)
    return Grid(int(north - south), int(east - west), transform, crs)


def _projected(text: str) -> CRS:
    try:
        crs = CRS.from_user_input(text)
    except (RasterioError, ValueError):
        raise ParameterError(
            f"CRS must be a coordinate reference system such as EPSG:32633. Got {text!r} instead."
        ) from None
    if not crs.is_projected:
        raise ParameterError(
            f"CRS must be a projected one, because SCALE is in metres and patches of degrees are no squares. Got {text}"
            " instead. Leave it empty for the UTM zone of the polygons."
        )
    return crs


def _utm(bounds: tuple[float, float, float, float], bounds_crs: CRS) -> CRS:
    try:
        west, _, east, _ = transform_bounds(bounds_crs, "EPSG:4326", *bounds)
        found = gpd.GeoSeries([shapely.box(*bounds)], crs=bounds_crs).estimate_utm_crs()
    except (RasterioError, RuntimeError, ValueError):
        raise ParameterError(
            "No UTM zone can be told for the training polygons: they lie near a pole, or have a wrong coordinate"
            " reference system. Give CRS, a projected one."
        ) from None
    if (east - west) % 360 > MOST_DEGREES:
        raise ParameterError(
            f"The training polygons span {(east - west) % 360:.0f} degrees of longitude, too many for one UTM zone."
            " Give CRS a projection for the whole area, such as an equal-area one."
        )
    return CRS.from_epsg(found.to_epsg())
