"""Many tiles as one raster: folders, tile indexes, gaps, overlaps, masks, and tiles that do not fit together."""

import shutil
import subprocess
import time
import zipfile

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import rasterio.warp
import shapely
from affine import Affine
from conftest import write_raster
from rasterio.transform import from_origin
from rasterio.windows import Window

from landloom import mosaics, rasters
from landloom.errors import InputError

SIZE = 8
WHOLE = Window(0, 0, 2 * SIZE, 2 * SIZE)


def tile(folder, row, col, value=None, nodata=0, bands=2, dtype="uint16", **options):
    """A tile of 8 × 8 pixels at a place of the lattice; each band has a value of its own."""
    folder.mkdir(exist_ok=True)
    first = 10 * row + col + 1 if value is None else value
    values = np.stack([np.full((SIZE, SIZE), first + 100 * b) for b in range(bands)]).astype(dtype)
    options.setdefault("transform", from_origin(500_000 + 80 * col, 5_400_000 - 80 * row, 10, 10))
    return write_raster(folder / f"tile_{row}_{col}.tif", values, nodata, **options)


@pytest.fixture
def tiles(tmp_path):
    """Three tiles of a lattice of two by two; the south-eastern one is missing."""
    folder = tmp_path / "Kacheln ä 1"
    for row, col in ((0, 0), (0, 1), (1, 0)):
        tile(folder, row, col, names=("red", "nir"))
    return folder


def index_of(paths, path, column="location"):
    shapes = []
    for one in paths:
        with rasterio.open(one) as dataset:
            shapes.append(shapely.box(*dataset.bounds))
    gpd.GeoDataFrame({column: [str(p) for p in paths]}, geometry=shapes, crs="EPSG:32633").to_file(path)
    return path


def expect_three_tiles(stack):
    assert (stack.grid.width, stack.grid.height) == (16, 16)
    assert stack.grid.bounds() == (500_000, 5_399_840, 500_160, 5_400_000)
    values, valid = stack.read(WHOLE)
    expected = np.kron([[1, 2], [11, 0]], np.ones((SIZE, SIZE)))
    np.testing.assert_array_equal(valid, expected != 0)
    np.testing.assert_array_equal(values[0][valid], expected[valid])
    np.testing.assert_array_equal(values[1][valid], expected[valid] + 100)


def test_a_folder_of_tiles_is_one_raster(tiles):
    (tiles / "notes.txt").write_text("no raster")
    stack = rasters.open_stack([tiles])
    expect_three_tiles(stack)
    assert stack.names == ["red", "nir"]


@pytest.mark.parametrize("extension", ["gpkg", "shp", "geojson", "fgb"])
def test_a_tile_index_is_one_raster(tiles, tmp_path, extension):
    expect_three_tiles(rasters.open_stack([index_of(sorted(tiles.glob("*.tif")), tmp_path / f"index.{extension}")]))


def test_locations_in_an_index_are_relative_to_it(tiles, tmp_path, monkeypatch):
    names = [p.relative_to(tmp_path) for p in sorted(tiles.glob("*.tif"))]
    monkeypatch.chdir(tmp_path)
    index = index_of(names, tmp_path / "index.gpkg")
    monkeypatch.chdir("/")
    expect_three_tiles(rasters.open_stack([index]))


def test_an_index_made_by_gdal_is_read(tiles, tmp_path):
    if not shutil.which("gdaltindex"):
        pytest.skip("GDAL's programs are not installed")
    command = ["gdaltindex", "-f", "GPKG", tmp_path / "index.gpkg", *sorted(tiles.glob("*.tif"))]
    subprocess.run(command, check=True, capture_output=True)
    expect_three_tiles(rasters.open_stack([tmp_path / "index.gpkg"]))


def test_a_layer_of_an_index_can_be_named(tiles, tmp_path):
    index = tmp_path / "index.gpkg"
    gpd.GeoDataFrame({"location": ["gone.tif"]}, geometry=[shapely.Point(0, 0)], crs=4326).to_file(index, layer="old")
    paths = sorted(str(p) for p in tiles.glob("*.tif"))
    gpd.GeoDataFrame({"location": paths}, geometry=[shapely.Point(0, 0)] * 3, crs=4326).to_file(index, layer="new")
    expect_three_tiles(rasters.open_stack([f"{index}|layername=new"]))


def test_a_mosaic_equals_that_of_gdalbuildvrt(tmp_path):
    if not shutil.which("gdalbuildvrt"):
        pytest.skip("GDAL's programs are not installed")
    random = np.random.default_rng(0)
    paths = []
    for number, (row, col) in enumerate(((0, 0), (0, 3), (5, 1), (4, 7), (9, 2))):
        values = random.integers(0, 50, (2, 8, 6)).astype(np.int16)
        at = from_origin(500_000 + 10 * col, 5_400_000 - 10 * row, 10, 10)
        paths.append(write_raster(tmp_path / f"{number}.tif", values, 0, transform=at))
    subprocess.run(["gdalbuildvrt", "-q", tmp_path / "theirs.vrt", *paths], check=True)
    theirs = rasters.open_stack([tmp_path / "theirs.vrt"])
    (tmp_path / "theirs.vrt").rename(tmp_path / "theirs")  # no longer one of the folder's rasters
    ours = rasters.open_stack([tmp_path])
    assert ours.grid == theirs.grid
    theirs = rasters.open_stack([tmp_path / "theirs"])
    for window in (Window(0, 0, 13, 17), Window(2, 3, 5, 9)):
        for mine, its in zip(ours.read(window), theirs.read(window), strict=True):
            np.testing.assert_array_equal(mine, its)


def test_later_tiles_lie_on_top_and_their_nodata_lets_earlier_ones_show(tmp_path):
    tile(tmp_path, 0, 0, value=5)
    top = np.full((2, SIZE, SIZE), 7, np.uint16)
    top[:, :4] = 0
    write_raster(tmp_path / "z_top.tif", top, 0, transform=from_origin(500_040, 5_400_000, 10, 10))
    values, valid = rasters.open_stack([tmp_path]).read(Window(0, 0, 12, 8))
    np.testing.assert_array_equal(values[0][:, :4], 5)
    np.testing.assert_array_equal(values[0][:4, 4:8], 5)
    np.testing.assert_array_equal(values[0][4:, 4:], 7)
    np.testing.assert_array_equal(valid[:4, 8:], False)


def test_gaps_are_invalid_where_tiles_have_no_nodata_value(tmp_path):
    tile(tmp_path, 0, 0, value=0, nodata=None)
    tile(tmp_path, 1, 1, nodata=None)
    values, valid = rasters.open_stack([tmp_path]).read(WHOLE)
    np.testing.assert_array_equal(valid, np.kron(np.eye(2), np.ones((SIZE, SIZE))) == 1)
    assert values[0, 0, 0] == 0


def test_tiles_with_different_nodata_values_are_one_raster(tmp_path):
    values = np.full((1, SIZE, SIZE), 9, np.int16)
    values[0, 0, 0] = -1
    write_raster(tmp_path / "a.tif", values, -1)
    values[0, 0, 0] = -2
    write_raster(tmp_path / "b.tif", values, -2, transform=from_origin(500_080, 5_400_000, 10, 10))
    _, valid = rasters.open_stack([tmp_path]).read(Window(0, 0, 16, 8))
    assert np.argwhere(~valid).tolist() == [[0, 0], [0, 8]]


def test_nan_as_nodata_leaves_gaps_invalid(tmp_path):
    tile(tmp_path, 0, 0, nodata=float("nan"), dtype="float32")
    tile(tmp_path, 1, 1, nodata=float("nan"), dtype="float32")
    assert np.count_nonzero(rasters.open_stack([tmp_path]).read(WHOLE)[1]) == 2 * SIZE * SIZE


def rgb_tile(folder, col, fourth):
    values = np.full((4, SIZE, SIZE), 50, np.uint8)
    values[3] = fourth
    return write_raster(folder / f"{col}.tif", values, transform=from_origin(500_000 + 80 * col, 5_400_000, 10, 10))


def test_alpha_bands_of_tiles_are_their_mask(tmp_path):
    alpha = np.full((SIZE, SIZE), 255)
    alpha[:2] = 0
    rgb_tile(tmp_path, 0, alpha)
    rgb_tile(tmp_path, 1, 255)
    stack = rasters.open_stack([tmp_path])
    assert len(stack.bands) == 3
    _, valid = stack.read(Window(0, 0, 16, 8))
    assert np.argwhere(~valid).tolist() == [[r, c] for r in (0, 1) for c in range(8)]


def test_alpha_bands_are_a_mask_even_where_the_first_tile_is_all_transparent(tmp_path):
    rgb_tile(tmp_path, 0, 0)
    rgb_tile(tmp_path, 1, 255)
    stack = rasters.open_stack([tmp_path])
    assert len(stack.bands) == 3
    np.testing.assert_array_equal(stack.read(Window(0, 0, 16, 8))[1], [[False] * 8 + [True] * 8] * 8)


def test_near_infrared_called_alpha_is_data_in_all_tiles_even_where_one_is_empty(tmp_path):
    rgb_tile(tmp_path, 0, 0)
    rgb_tile(tmp_path, 1, np.arange(64).reshape(8, 8) + 1)
    stack = rasters.open_stack([tmp_path])
    values, valid = stack.read(Window(0, 0, 16, 8))
    np.testing.assert_array_equal(values[3, :, 8:], np.arange(64).reshape(8, 8) + 1)
    assert len(stack.bands) == 4
    assert valid.all()


def test_scale_offset_and_names_come_from_the_tiles(tmp_path):
    for col in (0, 1):
        path = tile(tmp_path, 0, col, names=("red", "nir"))
        with rasterio.open(path, "r+") as dataset:
            dataset.scales, dataset.offsets = (0.5, 2), (1, -1)
    bands = rasters.open_stack([tmp_path]).bands
    assert [(b.name, b.scale, b.offset, b.nodata) for b in bands] == [("red", 0.5, 1, 0), ("nir", 2, -1, 0)]


@pytest.mark.parametrize(("options", "told"), [
    ({"transform": from_origin(500_085, 5_400_000, 10, 10)}, "lies between the pixels"),
    ({"transform": from_origin(500_080, 5_400_000, 5, 5)}, "the pixel size of .*tile_0_1.tif is 5 × 5, of .* 10 × 10"),
    ({"crs": "EPSG:32632"}, "the coordinate reference system of .*tile_0_1.tif is EPSG:32632, of .* EPSG:32633"),
    ({"bands": 3}, "the number of bands of .*tile_0_1.tif is 3, of .* 2"),
    ({"dtype": "int16"}, "the type of band 1 of .*tile_0_1.tif is int16, of .* uint16"),
    ({"names": ("nir", "red")}, "the name of band 1 of .*tile_0_1.tif is nir, of .* None"),
    ({"transform": Affine(10, 1, 500_080, 1, -10, 5_400_000)}, "tile_0_1.tif is rotated"),
])  # fmt: skip
def test_a_tile_that_does_not_fit_is_named_with_the_reason(tmp_path, options, told):
    tile(tmp_path, 0, 0)
    tile(tmp_path, 0, 1, **options)
    with pytest.raises(InputError, match=told):
        rasters.open_stack([tmp_path])


def test_tiles_of_complex_numbers_are_refused(tmp_path):
    path = write_raster(tmp_path / "radar.tif", np.ones((1, 4, 4), np.complex64))
    with pytest.raises(InputError, match=r"radar\.tif holds complex64 numbers\. Convert the tiles"):
        mosaics.as_gdal_source([str(path)])


def test_a_damaged_tile_is_named_when_the_mosaic_is_opened(tiles):
    (tiles / "tile_0_1.tif").write_bytes(b"no raster")
    with pytest.raises(InputError, match=r"tile_0_1\.tif cannot be opened"):
        rasters.open_stack([tiles])


def test_a_tile_that_goes_missing_is_told_when_it_is_read(tiles):
    stack = rasters.open_stack([tiles])
    (tiles / "tile_0_1.tif").unlink()
    with pytest.raises(InputError, match=r"cannot be read at column 0, row 0.*tile_0_1\.tif"):
        stack.read(WHOLE)


def test_a_folder_without_rasters_and_an_index_without_locations_are_told(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"holds no rasters \(\.tif"):
        rasters.open_stack([tmp_path / "empty"])
    index = index_of([], tmp_path / "index.gpkg")
    with pytest.raises(InputError, match="is empty"):
        rasters.open_stack([index])
    other = index_of([tile(tmp_path / "t", 0, 0)], tmp_path / "other.gpkg", column="path")
    with pytest.raises(InputError, match="has no field 'location'"):
        rasters.open_stack([other])


def test_a_geopackage_with_a_raster_is_no_tile_index(tmp_path):
    profile = {"driver": "GPKG", "width": 300, "height": 300, "count": 1, "dtype": "uint8", "crs": "EPSG:3857"}
    with rasterio.open(tmp_path / "r.gpkg", "w", transform=from_origin(0, 0, 10, 10), **profile) as dataset:
        dataset.write(np.full((1, 300, 300), 7, np.uint8))
    assert (rasters.open_stack([tmp_path / "r.gpkg"]).read(Window(5, 5, 1, 1))[0] == 7).all()


def test_a_mosaic_in_a_crs_whose_axes_begin_with_northing_is_put_in_its_place_on_another_grid(tmp_path):
    """EPSG:3035's official axes are northing, easting."""
    for col in (0, 1):
        at = from_origin(4_400_000 + 80 * col, 3_200_000, 10, 10)
        tile(tmp_path / "tiles", 0, col, crs="EPSG:3035", transform=at)
    (x,), (y,) = rasterio.warp.transform("EPSG:3035", "EPSG:4326", [4_400_120], [3_199_960])
    middle = from_origin(x - 1e-4, y + 1e-4, 1e-4, 1e-4)
    first = write_raster(tmp_path / "first.tif", np.ones((1, 2, 2), np.uint8), crs="EPSG:4326", transform=middle)
    values, valid = rasters.open_stack([first, tmp_path / "tiles"], "nearest").read(Window(0, 0, 2, 2))
    assert valid.all()
    assert (values[1] == 2).all()


def test_two_thousand_tiles_open_within_half_a_minute(tmp_path):
    source = tile(tmp_path, 0, 0)
    content = source.read_bytes()
    source.unlink()
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(2000):
        path = folder / f"{number:04}.tif"
        path.write_bytes(content)
        path.with_suffix(".tfw").write_text(
            f"10\n0\n0\n-10\n{500_005 + 80 * (number % 50)}\n{5_399_995 - 80 * (number // 50)}\n"
        )
    began = time.process_time()  # other programs do not count
    with rasterio.Env(GDAL_GEOREF_SOURCES="WORLDFILE,INTERNAL"):
        stack = rasters.open_stack([folder])
        _, valid = stack.read(Window(0, 0, 400, 320))
    assert time.process_time() - began < 30
    assert (stack.grid.width, stack.grid.height) == (400, 320)
    assert valid.all()


@pytest.mark.parametrize("end", ["", "/"])
def test_a_folder_in_an_archive_is_one_raster(tiles, tmp_path, end):
    with zipfile.ZipFile(tmp_path / "tiles.zip", "w") as archive:
        for path in sorted(tiles.glob("*.tif")):
            archive.write(path, path.name if end == "/" else f"inside/{path.name}")
        archive.write(path, f"inside/further down/{path.name}")
    expect_three_tiles(rasters.open_stack([f"/vsizip/{tmp_path}/tiles.zip/{'' if end else 'inside'}"]))
    with pytest.raises(InputError, match=r"holds no rasters .* or is out of reach"):
        rasters.open_stack([f"/vsizip/{tmp_path}/tiles.zip/elsewhere{end}"])


def test_the_month_of_a_mosaic_is_found_by_the_name_of_its_folder(scene, run, tmp_path):
    months = tmp_path / "months"
    months.mkdir()
    for month in ("2025-05", "2025-06"):
        folder = months / f"planet_{month}_mosaic"
        folder.mkdir()
        shutil.copy(scene.image, folder / "tile.tif")
    values = {"polygons": scene.polygons, "class_field": "class_id", "year": 2025, "month": 6}
    environ = {"PLANET_MOSAIC_DIR": str(months), "MODEL_OUTPUT_DIR": str(tmp_path / "out")}
    done = run("extract_samples", environ, **values)
    assert done.samples == str(tmp_path / "out" / "prepared_data_202506.parquet")
    assert done.sample_count == len(scene.table) * 36
    (months / "visual_2025_06").mkdir()
    with pytest.raises(InputError, match="several folders for 2025-06: planet_2025-06_mosaic, visual_2025_06"):
        run("extract_samples", environ, **values)
    with pytest.raises(InputError, match="holds nothing for 2025-07"):
        run("extract_samples", environ, **{**values, "month": 7})
