"""Tile refinement in QGIS: layers become tiles, tiles are refined and become layers again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from headless import installed_layers
from osgeo import gdal
from qgis.core import QgsCategorizedSymbolRenderer, QgsRasterLayer, QgsVectorLayer

TILE, OVERLAP = 128, 32


@pytest.fixture(scope="module")
def refined(headless, demo, tmp_path_factory):
    """What the chain makes of the demo scene, with a refiner that has hardly learnt anything."""
    layers = installed_layers()
    if "deep" not in layers:
        pytest.skip("the environment was set up without the deep-learning packages")
    folder = tmp_path_factory.mktemp("refined ü")
    headless.run(
        "landloom:raster_to_tiles",
        IMAGES=demo["IMAGE"],
        TILE_SIZE=64,
        OVERLAP=0,
        MONTH=6,
        BIOME=4,
        TILES=folder / "targets",
    )
    headless.run("landloom:degrade_tiles", TILES=folder / "targets", DEGRADED=folder / "degraded")
    headless.run(
        "landloom:train_refiner",
        TILES=folder / "degraded",
        TARGETS=folder / "targets",
        SIZE="tiny",
        EPOCHS=1,
        CROP=32,
        RECORD="false",
        MODEL=folder / "refiner.landloom",
        REPORT=folder / "refiner.html",
    )
    done = headless.run(
        "landloom:refined_image_from_tiles",
        IMAGES=demo["IMAGE"],
        MODEL=folder / "refiner.landloom",
        MONTH=6,
        TILE_SIZE=TILE,
        OVERLAP=OVERLAP,
        **{
            "cut:Tiles before": folder / "before",
            "refine:Refined tiles": folder / "after",
            "verify:Report": folder / "verification.html",
            "verify:Tiles by grade": folder / "grades.gpkg",
            "join:Refined image": folder / "refined.tif",
        },
    )
    return {"folder": folder, **done}


def test_the_refined_image_lies_where_the_image_lies_and_looks_like_it(refined, demo):
    image, made = gdal.Open(demo["IMAGE"]), gdal.Open(refined["join:Refined image"])
    assert made.GetGeoTransform() == image.GetGeoTransform()
    assert (made.RasterXSize, made.RasterYSize) == (image.RasterXSize, image.RasterYSize)
    assert made.GetMetadata("IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    names = [image.GetRasterBand(n).GetDescription() for n in range(1, image.RasterCount + 1)]
    bands = [names.index(name) + 1 for name in ("B2", "B3", "B4", "B8")]
    before = image.ReadAsArray()[[n - 1 for n in bands]].astype(float)
    after = made.ReadAsArray().astype(float)
    known = (before[0] != image.GetRasterBand(1).GetNoDataValue()) & (
        after[0] != made.GetRasterBand(1).GetNoDataValue()
    )
    assert known.mean() > 0.9
    change = abs(after - before)[:, known].mean() / 10000
    assert 0 < change < 0.05, "a refiner changes something, and one that has hardly learnt changes little"


def test_month_and_place_reach_the_refined_tiles(refined, demo):
    tiles = sorted(Path(refined["refine:Refined tiles"]).glob("*_r*.json"))
    assert len(tiles) == len(list(Path(refined["cut:Tiles before"]).glob("*.npz"))) == 16
    content = json.loads(tiles[0].read_text(encoding="utf-8"))
    assert (content["month"], content["stage"]) == (6, "stage2_refined")
    assert content["georeference"]["transform"][0] == pytest.approx(gdal.Open(demo["IMAGE"]).GetGeoTransform()[1])
    assert Path(content["processing"]["checkpoint"]).name == "refiner.landloom"


@pytest.mark.usefixtures("plugin")
def test_tiles_come_coloured_by_grade_and_the_image_in_natural_colours(refined):
    grades = QgsVectorLayer(refined["verify:Tiles by grade"], "grades", "ogr")
    grades.loadDefaultStyle()
    assert grades.featureCount() == 16
    assert isinstance(grades.renderer(), QgsCategorizedSymbolRenderer)
    assert {f["grade"] for f in grades.getFeatures()} <= {c.value() for c in grades.renderer().categories()}
    image = QgsRasterLayer(refined["join:Refined image"], "refined")
    image.loadNamedStyle(str(Path(refined["join:Refined image"]).with_suffix(".qml")))
    assert image.renderer().type() == "multibandcolor"
    assert [image.renderer().redBand(), image.renderer().greenBand(), image.renderer().blueBand()] == [3, 2, 1]
    page = Path(refined["verify:Report"]).read_text(encoding="utf-8")
    assert page.count("<svg") + page.count("data:image/png") >= 2, "histograms and examples"
