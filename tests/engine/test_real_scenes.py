"""Samples from real scenes: the counts that were published with them, and those that shapely counts."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from landloom import rasters, samples
from landloom.errors import InputError

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real scenes are not on this computer")

LANDSAT7 = DATA / "landsat7_scene" / "LE70220491999322EDC01_stack.gtif"
LANDSAT7_POLYGONS = DATA / "landsat7_scene" / "training_data.shp"


@pytest.fixture
def extract(run, tmp_path):
    def extractor(**values):
        done = run("extract_samples", samples=tmp_path / "samples.parquet", **values)
        done.read = samples.read(done.samples)
        done.by_class = done.read.table.groupby("class_id").size().to_dict()
        return done

    return extractor


def counted(image, polygons, field, bands):
    """Pixels by class: centres inside a polygon, every band neither nodata nor NaN."""
    with rasterio.open(image) as dataset:
        values = dataset.read(bands, masked=True)
        valid = ~np.ma.getmaskarray(values).any(axis=0) & np.isfinite(values.data).all(axis=0)
        col, row = np.meshgrid(np.arange(dataset.width) + 0.5, np.arange(dataset.height) + 0.5)
        x, y = dataset.transform @ (col, row)
        table = gpd.read_file(polygons).to_crs(dataset.crs.to_wkt())
    found = {}
    for class_id, shapes in table.groupby(field).geometry:
        hit = np.zeros(valid.shape, bool)
        for shape in shapes:
            hit |= shapely.contains_xy(shape, x, y)
        found[class_id] = int(np.count_nonzero(hit & valid))
    return found


def test_landsat7_gives_the_published_number_of_pixels_that_polygons_touch(extract):
    """Open-geo-tutorial, chapter 5: 1100 pixels."""
    done = extract(images=LANDSAT7, polygons=LANDSAT7_POLYGONS, class_field="id", bands="1-7", all_touched=True)
    assert done.by_class == {1: 583, 2: 24, 3: 223, 4: 173, 5: 97}
    assert done.sample_count == 1100


def test_landsat7_by_pixel_centres_and_with_names_that_disagree_in_two_polygons(extract):
    done = extract(images=LANDSAT7, polygons=LANDSAT7_POLYGONS, class_field="id", name_field="class", bands="1-7")
    assert done.sample_count == 718
    assert done.by_class == counted(LANDSAT7, LANDSAT7_POLYGONS, "id", range(1, 8))
    names = {c["id"]: c["name"] for c in done.read.meta["classes"]}
    assert names == {1: "forest", 2: "water", 3: "herbaceous", 4: "barren", 5: "urban"}
    assert any("another name in 'class' than most of their class id: 2." in w for w in done.warnings)


@pytest.mark.parametrize(("folder", "image", "polygons", "bands", "dtype"), [
    ("landsat5_para", "lsat.tif", "trainingPolygons_lsat.gpkg", 7, "uint8"),
    ("sentinel2_village", "sen2.tif", "trainingPolygons_sen2.gpkg", 12, "float32"),
])  # fmt: skip
def test_scenes_of_rstoolbox_give_the_pixels_that_shapely_counts(extract, folder, image, polygons, bands, dtype):
    image, polygons = DATA / folder / image, DATA / folder / polygons
    done = extract(images=image, polygons=polygons, class_field="class_id", name_field="class")
    assert done.by_class == counted(image, polygons, "class_id", range(1, bands + 1))
    assert done.polygon_count == len(gpd.read_file(polygons))
    assert set(done.read.table.dtypes.iloc[:bands].astype(str)) == {dtype}
    with rasterio.open(image) as dataset:
        values = dataset.read()
    table = done.read.table
    np.testing.assert_array_equal(table.iloc[:, :bands].T, values[:, table["row"], table["col"]])


def enmap_polygons(folder):
    """EnMAP's scene has points and label rasters only: circles around the points' first two hundred."""
    points = gpd.read_file(DATA / "enmap_potsdam" / "exampledata" / "landcover_potsdam_point.gpkg").to_crs(32633)
    with rasterio.open(DATA / "enmap_potsdam" / "enmap_scene.vrt") as dataset:
        points = points[points.intersects(shapely.box(*dataset.bounds))][:200]
    points["geometry"] = points.geometry.buffer(45)
    points["class_id"] = np.arange(len(points)) % 3 + 1
    points[["class_id", "geometry"]].to_file(folder / "circles.gpkg")
    return folder / "circles.gpkg"


def test_enmap_bands_without_data_are_named_and_the_advice_works(extract, tmp_path):
    image, polygons = DATA / "enmap_potsdam" / "enmap_scene.vrt", enmap_polygons(tmp_path)
    with pytest.raises(InputError, match=r"6 bands \((?P<empty>[\d,-]+)\) hold nothing else") as told:
        extract(images=image, polygons=polygons, class_field="class_id")
    with rasterio.open(image) as dataset:
        good = [i for i in dataset.indexes if not np.ma.getmaskarray(dataset.read(i, masked=True)).all()]
    assert len(good) == 218
    advised = str(told.value).split("BANDS=")[1].rstrip(".")
    done = extract(images=image, polygons=polygons, class_field="class_id", bands=advised)
    assert done.read.columns == [f"band_{i}" for i in good]
    assert done.sample_count > 100


def test_enmap_tiles_are_one_mosaic_like_the_scene_made_of_them():
    tiles, scene = (rasters.open_stack([DATA / "enmap_potsdam" / name]) for name in ("images", "enmap_scene.vrt"))
    assert tiles.grid == scene.grid
    bands = [str(i) for i in (1, 50, 224)]
    whole = rasters.Window(0, 0, scene.grid.width, scene.grid.height)
    for ours, theirs in zip(tiles.select(bands).read(whole), scene.select(bands).read(whole), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_mangrove_tiles_are_one_mosaic_of_four_bands_though_gdal_calls_the_fourth_alpha(tmp_path, run):
    folder = DATA / "mangrove_s2" / "Training" / "images"
    stack = rasters.open_stack([folder])
    assert len(stack.bands) == 4
    for path in sorted(folder.glob("*.tif"))[::7]:
        with rasterio.open(path) as dataset:
            col, row = (round(v) for v in ~stack.grid.transform @ (dataset.transform.c, dataset.transform.f))
            values, valid = stack.read(rasters.Window(col, row, 512, 512))
            np.testing.assert_array_equal(values, dataset.read())
            assert valid.all()
            bounds = dataset.bounds
    inside = shapely.box(*bounds).buffer(-2000)
    gap = shapely.Point(stack.grid.transform @ gap_of(stack)).buffer(40)
    table = gpd.GeoDataFrame({"class": ["mangrove", "nothing"]}, geometry=[inside, gap], crs="EPSG:32750")
    table.to_file(tmp_path / "p.gpkg")
    done = run("extract_samples", mosaic=folder, polygons=tmp_path / "p.gpkg", class_field="class",
               samples=tmp_path / "s.parquet")  # fmt: skip
    assert done.sample_count == round(inside.area / 100)
    assert any("yield no sample" in w for w in done.warnings)


def gap_of(stack):
    """The middle of a lattice cell of 512 pixels that no tile covers."""
    for row in range(256, stack.grid.height, 512):
        for col in range(256, stack.grid.width, 512):
            if not stack.read(rasters.Window(col - 8, row - 8, 16, 16))[1].any():
                return col, row
    raise AssertionError("the tiles leave no gap")
