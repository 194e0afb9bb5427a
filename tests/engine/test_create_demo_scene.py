"""The stage that makes the demo scene: files that belong together, the same whenever they are made."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio

from landloom.errors import ParameterError


@pytest.fixture
def demo(run, tmp_path):
    def maker(folder, **values):
        names = {"image": "i.tif", "polygons": "p.gpkg", "reference": "r.gpkg", "truth": "t.tif", "risk": "k.tif"}
        paths = {key: tmp_path / folder / name for key, name in names.items()}
        return run("create_demo_scene", **{"size": 320, "points": 40, **paths, **values})

    return maker


def test_image_polygons_reference_and_truth_belong_together(demo):
    done = demo("a")
    assert all(Path(raster).with_suffix(".qml").exists() for raster in (done.image, done.truth)), (
        "QGIS shows its styles"
    )
    with rasterio.open(done.image) as image, rasterio.open(done.truth) as truth:
        assert image.descriptions == ("B2", "B3", "B4", "B8", "B11", "B12")
        assert image.shape == truth.shape == (320, 320)
        assert image.bounds == truth.bounds
        assert (image.crs, image.nodata, image.dtypes[0]) == ("EPSG:32633", 0, "uint16")
        np.testing.assert_array_equal(image.read(1) == 0, truth.read(1) == 0)
        points, polygons = gpd.read_file(done.reference), gpd.read_file(done.polygons)
        assert (len(points), len(polygons)) == (done.point_count, done.polygon_count) == (40, done.polygon_count)
        assert polygons.crs == points.crs == image.crs
        at_points = [v[0] for v in truth.sample(zip(points.geometry.x, points.geometry.y, strict=True))]
    with rasterio.open(done.risk) as risk:
        assert (risk.shape, risk.nodata, set(np.unique(risk.read()))) == ((320, 320), 0, {0, 1, 2, 3})
    assert points["class_id"].tolist() == at_points
    assert not points.intersects(polygons.union_all()).any()


def test_the_same_seed_makes_the_same_scene_and_another_seed_another(demo):
    first, again, other = demo("a"), demo("b", jobs=2), demo("c", seed=7)
    pixels = [rasterio.open(d.image).read() for d in (first, again, other)]
    np.testing.assert_array_equal(pixels[0], pixels[1])
    assert np.mean(pixels[0] != pixels[2]) > 0.9
    assert gpd.read_file(first.polygons).geometry.equals(gpd.read_file(again.polygons).geometry)


def test_a_size_that_no_scene_can_have_is_told(demo):
    with pytest.raises(ParameterError, match=r"'size' parameter .* from 256 to 50000 pixels. Got 10 instead"):
        demo("a", size=10)
