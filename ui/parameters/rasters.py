"""What the rasters hold that are chosen in a dialog: sources in the window's thread, bands in another."""

from __future__ import annotations

import os
from pathlib import Path

from osgeo import gdal
from qgis.core import QgsMapLayer, QgsProject

# As in landloom/rasters.py: a band of such a name gets another one in a table of samples.
TAKEN = ("class_id", "class_name", "polygon_id", "row", "col", "x", "y")
RASTERS = (".tif", ".tiff", ".vrt", ".img", ".jp2")


def sources_of(value) -> list:
    """The paths behind a parameter's value: layers, their ids or names, paths, or a list of such; [] for none."""
    items = value if isinstance(value, (list, tuple)) else [value]
    return [path for path in map(_source, items) if path]


def _source(item) -> str:
    if isinstance(item, QgsMapLayer):
        return item.source()
    if not isinstance(item, str):
        return ""
    layer = QgsProject.instance().mapLayer(item)
    if layer is None and not os.path.exists(item):  # noqa: PTH110 (a GDAL path is no Path)
        layer = next(iter(QgsProject.instance().mapLayersByName(item)), None)
    return layer.source() if layer is not None else item


def band_names(sources) -> list:
    """The names of the bands of rasters that are stacked, as the engine names them; [] where one cannot be read."""
    taken, names = set(TAKEN), []
    for number, source in enumerate(sources, start=1):
        found = _names(source)
        if not found:
            return []
        for name in found:
            own, count = name, 2
            if name in taken:
                name = f"r{number}_{own}"
            while name in taken:
                name, count = f"r{number}_{own}_{count}", count + 1
            taken.add(name)
            names.append(name)
    return names


def opened(source):
    """The raster, or the first one of a folder, as GDAL opens it; None where it does not."""
    if os.path.isdir(source):  # noqa: PTH112
        inside = sorted(path for path in Path(source).iterdir() if path.suffix.lower() in RASTERS)
        source = str(inside[0]) if inside else ""
    try:
        return gdal.OpenEx(source, gdal.OF_RASTER) if source else None
    except RuntimeError:  # where somebody has switched GDAL's exceptions on
        return None


def _names(source) -> list:
    raster = opened(source)
    if raster is None:
        return []
    numbers = [i for i in range(1, raster.RasterCount + 1) if not _is_mask(raster, i)]
    return [(raster.GetRasterBand(i).GetDescription() or "").strip() or f"band_{i}" for i in numbers]


def _is_mask(raster, number) -> bool:
    """Whether a band is a mask: GDAL also calls the fourth band of an RGB-like file alpha, near infrared too."""
    band = raster.GetRasterBand(number)
    if band.GetColorInterpretation() != gdal.GCI_AlphaBand:
        return False
    width, height = min(raster.RasterXSize, 64), min(raster.RasterYSize, 64)
    left, top = (raster.RasterXSize - width) // 2, (raster.RasterYSize - height) // 2
    values = band.ReadAsArray(left, top, width, height)
    return values is None or not values.any() or ((values == 0) | (values == 255) | (values == 65535)).mean() > 0.9
