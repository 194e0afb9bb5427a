"""A small scene with a map and a review file of it, as Queue places makes one. Needs GDAL alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from osgeo import gdal, ogr, osr

SIDE, PIXEL, LEFT, TOP = 60, 10.0, 500000.0, 5400000.0
GEOTRANSFORM = (LEFT, PIXEL, 0.0, TOP, 0.0, -PIXEL)
CLASSES = (
    (1, "Fields & meadows", "#f0e442"),
    (2, "Forest", "#117733"),
    (3, "Water", "#0072b2"),
    (7, "Town", "#cc6677"),
)
NAMES = {i: name for i, name, _ in CLASSES}
TEXT, REAL, WHOLE = ogr.OFTString, ogr.OFTReal, ogr.OFTInteger
PLACE_FIELDS = {
    "place": WHOLE,
    "design": TEXT,
    "stratum": TEXT,
    "weight": REAL,
    "map_class": WHOLE,
    "map_name": TEXT,
    "other_class": WHOLE,
    "other_name": TEXT,
    "score": REAL,
    "state": TEXT,
    "class_id": WHOLE,
    "class_name": TEXT,
    "note": TEXT,
    "decided": TEXT,
}
ABOUT = {"map": TEXT, "design": TEXT, "pixel_width": REAL, "pixel_height": REAL, "geotransform": TEXT}


def make(folder, design="uncertainty", count=6, epsg=32633, geotransform=GEOTRANSFORM) -> dict:
    """Write image, map, probabilities and review of `count` places into a folder; their paths by name.

    Place k lies in the middle of pixel (row 5 k, column 4 k); the map has its classes in quarters.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    classes = np.empty((SIDE, SIDE), dtype="uint8")
    half = SIDE // 2
    classes[:half, :half], classes[:half, half:], classes[half:, :half], classes[half:, half:] = 1, 2, 3, 7
    noise = np.random.default_rng(1).integers(0, 40, (4, SIDE, SIDE))
    paths = {name: str(folder / f"{name}.tif") for name in ("image", "map", "probabilities")}
    _raster(
        paths["image"], np.stack([classes * 20, classes * 30, classes * 10, classes * 5]) + noise, epsg, geotransform
    )
    _raster(paths["map"], classes[None], epsg, geotransform)
    percents = np.stack([np.where(classes == i, 62, 12 + n) for n, (i, _, _) in enumerate(CLASSES)])
    _raster(paths["probabilities"], percents, epsg, geotransform, list(NAMES.values()))
    _write_map_style(folder / "map.qml")
    paths["review"] = str(folder / "review.gpkg")
    _review(paths["review"], paths["map"], classes, design, count, epsg, geotransform)
    return paths


def rows(path, table="places") -> list:
    """The features of a table of the file, as others see them, by name."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY fid")]


def _raster(path, values, epsg, geotransform, names=()):
    bands, height, width = values.shape
    raster = gdal.GetDriverByName("GTiff").Create(path, width, height, bands, gdal.GDT_Byte, ["PHOTOMETRIC=MINISBLACK"])
    raster.SetGeoTransform(geotransform)
    raster.SetProjection(_reference(epsg).ExportToWkt())
    for number, band in enumerate(values, start=1):
        raster.GetRasterBand(number).WriteArray(band.astype("uint8"))
    for number, name in enumerate(names, start=1):
        raster.GetRasterBand(number).SetDescription(name)
    raster.FlushCache()


def _write_map_style(path):
    entries = "".join(
        f'<paletteEntry value="{i}" label="{name.replace("&", "&amp;")}" color="{colour}" alpha="255"/>'
        for i, name, colour in CLASSES
    )
    path.write_text(
        '<qgis styleCategories="Symbology"><pipe><rasterrenderer type="paletted" band="1" opacity="1" alphaBand="-1">'
        f"<colorPalette>{entries}</colorPalette></rasterrenderer></pipe></qgis>",
        encoding="utf-8",
    )


def _reference(epsg):
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(epsg)
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return reference


def _review(path, map_path, classes, design, count, epsg, g):
    file = ogr.GetDriverByName("GPKG").CreateDataSource(path, ["VERSION=1.2"])
    places = _layer(file, "places", ogr.wkbPoint, PLACE_FIELDS, epsg)
    for k in range(1, count + 1):
        row, column = (5 * k) % SIDE, (4 * k) % SIDE
        map_class = int(classes[row, column])
        values = {"place": k, "design": design, "map_class": map_class, "map_name": NAMES[map_class], "state": "open"}
        values["score"] = 1 - k / 100
        if design in ("stratified", "random"):
            values.update(stratum=NAMES[map_class], weight=100.0)
        x, y = column + 0.5, row + 0.5
        _add(places, values, f"POINT({g[0] + x * g[1] + y * g[2]} {g[3] + x * g[4] + y * g[5]})")
    training = {"place": WHOLE, "design": TEXT, "class_id": WHOLE, "class_name": TEXT}
    _layer(file, "training", ogr.wkbPolygon, training, epsg)
    table = _layer(file, "classes", ogr.wkbNone, {"id": WHOLE, "name": TEXT, "colour": TEXT, "description": TEXT})
    for i, name, colour in CLASSES:
        _add(table, {"id": i, "name": name, "colour": colour})
    about = {"map": map_path, "design": design, "pixel_width": g[1], "pixel_height": -g[5]}
    about["geotransform"] = " ".join(map(str, g))
    _add(_layer(file, "review", ogr.wkbNone, ABOUT), about)


def _layer(file, name, geometry, fields, epsg=None):
    layer = file.CreateLayer(name, _reference(epsg) if epsg else None, geometry)
    for field, kind in fields.items():
        layer.CreateField(ogr.FieldDefn(field, kind))
    return layer


def _add(layer, values, wkt=None):
    feature = ogr.Feature(layer.GetLayerDefn())
    for name, value in values.items():
        feature[name] = value
    if wkt:
        feature.SetGeometry(ogr.CreateGeometryFromWkt(wkt))
    layer.CreateFeature(feature)
