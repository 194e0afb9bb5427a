"""Polygons grown with the mouse in a real QGIS window, and the spectra beside them."""

from __future__ import annotations

import re

import numpy as np
import pytest


@pytest.fixture(scope="module")
def scene(headless, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scene ü")
    files = {"IMAGE": "image.tif", "POLYGONS": "polygons.gpkg", "REFERENCE": "reference.gpkg", "TRUTH": "truth.tif"}
    given = {key: folder / name for key, name in files.items()}
    made = headless.run("landloom:create_demo_scene", SIZE=384, POINTS=20, **given)
    return {key.lower(): made[key] for key in ("IMAGE", "POLYGONS", "TRUTH")}


@pytest.fixture
def huge(tmp_path):
    """10,000 × 10,000 pixels, nearly all of them nothing."""
    from osgeo import gdal

    path = tmp_path / "huge.tif"
    options = ["TILED=YES", "SPARSE_OK=TRUE", "INTERLEAVE=PIXEL"]
    file = gdal.GetDriverByName("GTiff").Create(str(path), 10_000, 10_000, 3, gdal.GDT_UInt16, options)
    file.SetGeoTransform((0, 10, 0, 100_000, 0, -10))
    values = np.random.default_rng(0).integers(1, 1000, (512, 512)).astype("uint16")
    values[206:306, 206:306] = 3000
    for band in (1, 2, 3):
        file.GetRasterBand(band).WriteArray(values, 5000 - 256, 5000 - 256)
    del file
    return path


def check(seen):
    first, smaller, larger = (int(re.match(r"[\d,]+", text)[0].replace(",", "")) for text in seen["told"])
    assert smaller <= first <= larger
    assert smaller < larger
    assert larger <= seen["pixels"] == seen["added"], "small holes are filled"
    assert seen["right"] > 0.9
    assert seen["curves"] == [5, 6]
    assert float(seen["worst"][1]) <= 2


def test_a_polygon_grows_from_a_click_and_its_class_has_a_spectrum(drive, scene, huge):
    seen = drive("grow_steps:grow_in_the_demo_and_in_a_huge_raster", **scene, huge=huge, name="")
    check(seen)
    assert seen["huge"].replace(",", "").startswith("10000 pixels")


def test_it_does_so_in_the_dark_on_a_fine_screen(drive, scene):
    check(drive("grow_steps:grow_in_the_demo", **scene, name="_dark", theme="Night Mapping", scale=2))
