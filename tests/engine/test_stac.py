"""STAC item collections as mosaics: a band for each asset."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from conftest import BANDS, write_raster
from patch_scenes import drawn, extract, in_pixels, plan, served
from rasterio.windows import Window

from landloom import rasters, stac
from landloom.errors import InputError
from landloom.patches.store import open_patches

pytestmark = pytest.mark.usefixtures("without_pictures")

TIFF = "image/tiff; application=geotiff; profile=cloud-optimized"


def item(name: str, assets: dict) -> dict:
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": name,
        "geometry": None,
        "properties": {},
        "assets": assets,
    }


def asset(href: str, roles=("data",), media: str | None = TIFF) -> dict:
    return {"href": href, "roles": list(roles), **({"type": media} if media else {})}


def collection(path: Path, items: list) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": items}))
    return path


@pytest.fixture
def catalogue(scene):
    """The tiny scene as two items, west and east, of four bands each and a thumbnail: (path, pixels)."""
    folder = scene.folder / "catalogue"
    items = []
    with rasterio.open(scene.image) as image:
        pixels = image.read()
        for name, columns in (("west", (0, 70)), ("east", (70, 150))):
            (folder / name).mkdir(parents=True)
            part = Window(columns[0], 0, columns[1] - columns[0], 120)
            assets = {"thumbnail": asset(f"./{name}/preview.png", ("thumbnail",), "image/png")}
            for number, band in enumerate(BANDS):
                write_raster(folder / name / f"{band}.tif", image.read(window=part)[[number]], 0,
                             transform=image.window_transform(part), names=(f"{name} {band}",))  # fmt: skip
                assets[band.lower()] = asset(f"./{name}/{band}.tif")
            items.append(item(name, assets))
    return collection(folder / "items.json", items), pixels


def test_each_asset_is_a_band_across_all_items(catalogue):
    path, pixels = catalogue
    stack = rasters.open_stack(stac.mosaics(path, None))
    assert stack.names == ["b2", "b3", "b4", "b8"]
    values, valid = stack.read(Window(0, 0, 150, 120))
    np.testing.assert_array_equal(values, pixels)
    assert valid.all()


def test_bands_name_the_assets_and_their_order(catalogue):
    path, pixels = catalogue
    stack = rasters.open_stack(stac.mosaics(path, ["b8", "b3"]))
    assert stack.names == ["b8", "b3"]
    np.testing.assert_array_equal(stack.read(Window(0, 0, 150, 120))[0], pixels[[3, 1]])


def test_a_stage_takes_an_item_collection_as_its_mosaic(catalogue, scene, run):
    path, _ = catalogue
    given = {"mosaic": path, "polygons": scene.polygons, "class_field": "class_id"}
    found = run("extract_samples", **given, bands="b8,b2", samples=scene.folder / "stac.parquet")
    image = run("extract_samples", **{**given, "mosaic": None}, images=scene.image, bands="4,1",
                samples=scene.folder / "image.parquet")  # fmt: skip
    mine, other = pd.read_parquet(found.samples), pd.read_parquet(image.samples)
    np.testing.assert_array_equal(mine[["b8", "b2", "row", "col"]], other[["B8", "B2", "row", "col"]])


def test_patches_come_from_an_item_collection(catalogue, scene):
    path, pixels = catalogue
    given = drawn(scene.folder, [in_pixels(67, 40, 6, 6)], [1])
    found = plan({**given, "images": None}, mosaic=path, bands="b4,b8", patches_per_polygon=1, jitter=0)
    assert [band.name for band in found.set.bands] == ["b4", "b8"]
    extract(found.set.folder)
    patch = open_patches(found.set).read([0])[0]
    np.testing.assert_array_equal(patch, pixels[2:, 39:47, 66:74].transpose(1, 2, 0))
    # The whole catalogue has moved.
    moved = path.parent.rename(scene.folder / "moved")
    (found.set.folder / "patches/patch_001_0.npy").unlink()
    with pytest.raises(InputError, match="IMAGES or MOSAIC"):
        extract(found.set.folder)
    extract(found.set.folder, mosaic=moved / "items.json")
    np.testing.assert_array_equal(open_patches(found.set).read([0])[0], patch)


def test_assets_are_read_from_a_web_server(catalogue):
    path, pixels = catalogue
    with served(path.parent) as address:
        items = [item(name, {"b4": asset(f"{address}/{name}/B4.tif")}) for name in ("west", "east")]
        stack = rasters.open_stack(stac.mosaics(collection(path.parent / "web.geojson", items), None))
        np.testing.assert_array_equal(stack.read(Window(60, 0, 20, 30))[0], pixels[[2], :30, 60:80])
        stack.close()


def test_addresses_become_what_gdal_opens(tmp_path):
    hrefs = {
        "https://host/a b.tif?sig=1": "/vsicurl/https://host/a b.tif?sig=1",
        "s3://bucket/key/a.tif": "/vsis3/bucket/key/a.tif",
        "file:///data/a%20b.tif": "/data/a b.tif",
        "/vsizip/a.zip/a.tif": "/vsizip/a.zip/a.tif",
        "/data/a.tif": "/data/a.tif",
        "../a.tif": str(tmp_path / "../a.tif"),
    }
    for href, opened in hrefs.items():
        found = stac.mosaics(collection(tmp_path / "items.json", [item("i", {"a": asset(href)})]), None)
        assert [tiles.paths for tiles in found] == [(opened,)]


def test_only_rasters_with_the_role_data_are_taken_unasked(tmp_path):
    assets = {
        "visual": asset("v.tif", ("visual",)), "meta": asset("m.xml", ("data",), "application/xml"),
        "b4": asset("4.tif"), "b8": asset("8.tif", media=None),
    }  # fmt: skip
    path = collection(tmp_path / "items.json", [item("i", assets)])
    assert [tiles.name for tiles in stac.mosaics(path, None)] == ["b4", "b8"]
    assert [tiles.name for tiles in stac.mosaics(path, ["visual"])] == ["visual"]
    # Bands that are no assets: which ones are meant is found out when the rasters are open.
    assert [tiles.name for tiles in stac.mosaics(path, ["b4", "red"])] == ["b4", "b8"]
    with pytest.raises(InputError, match="there are: visual"):
        stac.mosaics(collection(path, [item("i", {"visual": assets["visual"]})]), None)


def test_an_asset_of_several_bands_has_numbered_names(tmp_path):
    pixels = np.arange(3 * 20 * 30, dtype=np.uint16).reshape(3, 20, 30)
    write_raster(tmp_path / "visual.tif", pixels)
    path = collection(tmp_path / "items.json", [item("i", {"visual": asset("visual.tif", ("visual",))})])
    stack = rasters.open_stack(stac.mosaics(path, ["visual_3", "visual_1"])).select(["visual_3", "visual_1"])
    np.testing.assert_array_equal(stack.read(Window(0, 0, 30, 20))[0], pixels[[2, 0]])


def test_an_item_without_an_asset_is_named(tmp_path):
    items = [item("first", {"b4": asset("4.tif"), "b8": asset("8.tif")}), item("second", {"b4": asset("4.tif")})]
    path = collection(tmp_path / "items.json", items)
    with pytest.raises(InputError, match=r"item second .* has no asset 'b8'"):
        stac.mosaics(path, None)
    assert [tiles.name for tiles in stac.mosaics(path, ["b4"])] == ["b4"]


def test_a_single_item_and_a_byte_order_mark_are_understood(tmp_path):
    path = tmp_path / "item.json"
    path.write_text(json.dumps(item("i", {"b4": asset("4.tif")})), encoding="utf-8-sig")
    assert stac.is_item_collection(path)
    assert [tiles.name for tiles in stac.mosaics(path, None)] == ["b4"]


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"type": "FeatureCollection", "features": []}',
                                  '{"type": "FeatureCollection", "features": [{"type": "Feature"}]}',
                                  '{"type": "FeatureCollection", "features": [{"assets": {}}]}'])  # fmt: skip
def test_other_files_are_no_item_collections(tmp_path, text):
    (tmp_path / "tiles.geojson").write_text(text)
    assert not stac.is_item_collection(tmp_path / "tiles.geojson")
    assert not stac.is_item_collection(tmp_path / "none.json")
