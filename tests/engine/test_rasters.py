"""Reading rasters window by window: values, validity, bands, stacks of different grids, damaged files."""

import gc
import pickle
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import psutil
import pytest
import rasterio
from affine import Affine
from conftest import write_raster
from pyproj import Transformer
from rasterio.enums import ColorInterp
from rasterio.transform import from_origin
from rasterio.windows import Window
from scipy.interpolate import RegularGridInterpolator

from landloom import features, formulas, rasters
from landloom.errors import InputError, ParameterError
from landloom.stages._common import RESAMPLINGS

WHOLE = Window(0, 0, 4, 3)
SHIFTED_WINDOWS = [Window(0, 0, 90, 70), Window(0, 0, 1, 1), Window(33, 21, 20, 40), Window(89, 69, 1, 1)]


@pytest.fixture
def image(tmp_path):
    """Write (bands, 3, 4) of the values given, and open it."""

    def make(values, name="image.tif", **options):
        return rasters.open_stack([write_raster(tmp_path / name, np.array(values), **options)])

    return make


def counting(bands=1, dtype="int16"):
    """Values 1, 2, 3 … of 3 × 4 pixels in each band."""
    return (np.arange(12 * bands).reshape(bands, 3, 4) + 1).astype(dtype)


# --- values and validity ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"]
)
def test_values_of_every_type_come_out_as_they_are_stored(image, dtype):
    limits = np.finfo(dtype) if dtype.startswith("float") else np.iinfo(dtype)
    values = counting(2, dtype)
    values[0, 0, 0], values[0, 0, 1] = limits.min, limits.max
    read, valid = image(values).read(WHOLE)
    assert read.dtype == dtype
    np.testing.assert_array_equal(read, values)
    assert valid.all()


def test_a_pixel_is_invalid_where_any_band_has_its_own_nodata(tmp_path):
    values = counting(3)
    write_raster(tmp_path / "one.tif", values[:1], nodata=1)
    write_raster(tmp_path / "two.tif", values[1:2], nodata=16)  # the fourth pixel
    write_raster(tmp_path / "three.tif", values[2:])
    _, valid = rasters.open_stack([tmp_path / f"{n}.tif" for n in ("one", "two", "three")]).read(WHOLE)
    assert np.flatnonzero(~valid).tolist() == [0, 3]


def test_bands_of_one_file_can_have_different_nodata_values(tmp_path):
    """Only formats such as VRT allow it."""
    write_raster(tmp_path / "a.tif", counting(2))
    vrt = '<VRTDataset rasterXSize="4" rasterYSize="3">' + "".join(
        f'<VRTRasterBand dataType="Int16" band="{b}"><NoDataValue>{nodata}</NoDataValue><SimpleSource>'
        f"<SourceFilename>{tmp_path / 'a.tif'}</SourceFilename><SourceBand>{b}</SourceBand></SimpleSource>"
        "</VRTRasterBand>"
        for b, nodata in ((1, 3), (2, 13))
    )
    (tmp_path / "both.vrt").write_text(vrt + "</VRTDataset>")
    stack = rasters.open_stack([tmp_path / "both.vrt"])
    assert [band.nodata for band in stack.bands] == [3, 13]
    _, valid = stack.read(WHOLE)
    assert np.flatnonzero(~valid).tolist() == [0, 2]
    by_band = stack.valid_by_band(WHOLE)
    assert [np.flatnonzero(~b).tolist() for b in by_band] == [[2], [0]]


def test_negative_nodata_of_signed_integers(image):
    values = counting()
    values[0, 1, 1] = -9999
    assert np.flatnonzero(~image(values, nodata=-9999).read(WHOLE)[1]).tolist() == [5]


@pytest.mark.parametrize("nodata", [None, float("nan"), -9999.0])
def test_nan_is_no_data_whether_or_not_the_file_says_so(image, nodata):
    values = counting(2, "float32")
    values[1, 0, 2] = np.nan
    assert np.flatnonzero(~image(values, nodata=nodata).read(WHOLE)[1]).tolist() == [2]


def test_infinite_values_are_no_data(image):
    values = counting(1, "float32")
    values[0, 0, 0] = np.inf
    assert np.flatnonzero(~image(values).read(WHOLE)[1]).tolist() == [0]


def test_nodata_written_with_few_digits_matches_its_float32(image):
    """-3.4028234663852886e+38 is the smallest float32; many programs write it as -3.40282346638529e+38."""
    values = counting(1, "float32")
    values[0, 0, 0] = np.finfo("float32").min
    assert np.flatnonzero(~image(values, nodata=-3.40282346638528e38).read(WHOLE)[1]).tolist() == [0]


@pytest.mark.parametrize("impossible", [-9999, 0.5, "nan"])
def test_a_nodata_value_that_the_type_cannot_hold_excludes_nothing(tmp_path, impossible):
    values = counting(1, "uint8")
    values[0, 0, 0] = 0
    path = write_raster(tmp_path / "a.tif", values)
    (tmp_path / "a.vrt").write_text(
        '<VRTDataset rasterXSize="4" rasterYSize="3"><VRTRasterBand dataType="Byte" band="1"><NoDataValue>'
        f"{impossible}</NoDataValue><SimpleSource><SourceFilename>{path}</SourceFilename><SourceBand>1</SourceBand></SimpleSource>"
        "</VRTRasterBand></VRTDataset>"
    )
    stack = rasters.open_stack([tmp_path / "a.vrt"])
    assert stack.bands[0].nodata is None
    assert stack.read(WHOLE)[1].all()


def test_a_mask_file_makes_pixels_invalid(tmp_path):
    mask = np.full((3, 4), 255, np.uint8)
    mask[2, 3] = 0
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False):
        path = write_raster(tmp_path / "image.tif", counting(2))
        with rasterio.open(path, "r+") as dataset:
            dataset.write_mask(mask)
    assert Path(f"{path}.msk").exists()
    assert np.flatnonzero(~rasters.open_stack([path]).read(WHOLE)[1]).tolist() == [11]


def rgb_and(fourth, folder, name="rgba.tif", shape=(3, 4), crs="EPSG:32633", transform=None):
    """A file of red, green, blue and a fourth band, which GDAL calls alpha whatever it is."""
    values = np.full((4, *shape), 100, np.uint8)
    values[3] = fourth
    path = write_raster(folder / name, values, crs=crs, transform=transform)
    with rasterio.open(path) as dataset:
        assert dataset.colorinterp[3] == ColorInterp.alpha
    return path


def test_an_alpha_band_is_a_mask_and_no_data(tmp_path):
    alpha = np.full((3, 4), 255)
    alpha[0, 1] = 0
    stack = rasters.open_stack([rgb_and(alpha, tmp_path)])
    assert stack.names == ["band_1", "band_2", "band_3"]
    assert np.flatnonzero(~stack.read(WHOLE)[1]).tolist() == [1]


def test_an_alpha_band_with_soft_edges_is_still_a_mask(tmp_path):
    alpha = np.full((100, 100), 255)
    alpha[:40], alpha[40] = 0, 128
    stack = rasters.open_stack([rgb_and(alpha, tmp_path, shape=(100, 100))])
    assert len(stack.bands) == 3
    assert np.count_nonzero(stack.read(Window(0, 0, 100, 100))[1]) == 6000


def test_near_infrared_that_gdal_calls_alpha_is_data(tmp_path):
    infrared = np.arange(12).reshape(3, 4) * 10
    stack = rasters.open_stack([rgb_and(infrared, tmp_path)])
    values, valid = stack.read(WHOLE)
    np.testing.assert_array_equal(values[3], infrared)
    assert valid.all()


def test_near_infrared_is_found_where_it_covers_only_a_corner(tmp_path):
    infrared = np.zeros((600, 600))
    infrared[300:340, 300:340] = np.arange(1600).reshape(40, 40) % 200 + 20
    assert len(rasters.open_stack([rgb_and(infrared, tmp_path, shape=(600, 600))]).bands) == 4


def test_near_infrared_called_alpha_stays_data_on_another_grid(tmp_path):
    infrared = np.arange(12).reshape(3, 4) * 10 + 5
    first = write_raster(tmp_path / "first.tif", np.ones((1, 3, 4), np.uint8), transform=from_origin(0, 30, 10, 10))
    second = rgb_and(infrared, tmp_path, transform=from_origin(0, 30, 10, 10), shape=(3, 4))
    shifted = rgb_and(infrared, tmp_path, "shifted.tif", transform=from_origin(-10, 30, 10, 10), shape=(3, 4))
    assert len(rasters.open_stack([first, second]).bands) == 5
    values, valid = rasters.open_stack([first, shifted], "nearest").read(WHOLE)
    np.testing.assert_array_equal(values[4, :, :3], infrared[:, 1:])
    np.testing.assert_array_equal(valid, [[True, True, True, False]] * 3)


def test_bands_of_different_types_in_one_stack_keep_their_values(tmp_path):
    small = write_raster(tmp_path / "small.tif", counting(1, "uint8"))
    signed = write_raster(tmp_path / "signed.tif", -counting(1, "int16") * 1000)
    real = write_raster(tmp_path / "real.tif", counting(1, "float32") / 7)
    stack = rasters.open_stack([small, signed, real])
    values, _ = stack.read(WHOLE)
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values[1], -counting()[0] * 1000.0)
    np.testing.assert_array_equal(values[2], counting(1, "float32")[0] / np.float32(7))


def test_one_file_can_hold_bands_of_different_types(tmp_path):
    a = write_raster(tmp_path / "a.tif", counting(1, "uint8"))
    b = write_raster(tmp_path / "b.tif", counting(1, "float32") / 4)
    if not shutil.which("gdalbuildvrt"):
        pytest.skip("GDAL's programs are not installed")
    subprocess.run(["gdalbuildvrt", "-q", "-separate", tmp_path / "ab.vrt", a, b], check=True)
    values, valid = rasters.open_stack([tmp_path / "ab.vrt"]).read(WHOLE)
    np.testing.assert_array_equal(values[1], counting(1, "float32")[0] / 4)
    assert valid.all()


def test_scale_and_offset_are_told_and_values_stay_as_stored(tmp_path):
    path = write_raster(tmp_path / "image.tif", counting(2))
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets = (0.0001, 0.5), (-0.1, 7)
    stack = rasters.open_stack([path])
    assert [(b.scale, b.offset) for b in stack.bands] == [(0.0001, -0.1), (0.5, 7)]
    np.testing.assert_array_equal(stack.read(WHOLE)[0], counting(2))


# --- names and choice of bands --------------------------------------------------------------------


def test_bands_without_names_are_numbered_and_equal_names_are_told_apart(tmp_path):
    a = write_raster(tmp_path / "a.tif", counting(3), names=["B2", "", "  "])
    b = write_raster(tmp_path / "b.tif", counting(2), names=["B2", "B2"])
    assert rasters.open_stack([a, b]).names == ["B2", "band_2", "band_3", "r2_B2", "r2_B2_2"]


def test_a_band_does_not_take_the_name_of_a_column_of_the_sample_table(tmp_path):
    path = write_raster(tmp_path / "a.tif", counting(3), names=["x", "class_id", "B2"])
    assert rasters.open_stack([path]).names == ["r1_x", "r1_class_id", "B2"]


def test_bands_are_chosen_by_name_and_number_in_the_order_given(tmp_path):
    a = write_raster(tmp_path / "a.tif", counting(3), names=["red", "green", "blue"])
    b = write_raster(tmp_path / "b.tif", counting(2) * 100, names=["nir", "3"])
    chosen = rasters.open_stack([a, b]).select(["nir", "3", "1", "green"])
    assert chosen.names == ["nir", "3", "red", "green"]
    assert chosen.read(WHOLE)[0][:, 0, 0].tolist() == [100, 1300, 1, 13]


@pytest.mark.parametrize("wanted", ["swir", "0", "4", "²"])
def test_a_band_that_is_not_there_is_told_with_those_that_are(image, wanted):
    with pytest.raises(ParameterError, match=rf"no band '{wanted}'. Its bands are: band_1, band_2, band_3"):
        image(counting(3)).select(["1", wanted])


def test_a_band_cannot_be_chosen_twice(image):
    with pytest.raises(ParameterError, match=r"'band_1' .* chosen twice"):
        image(counting(3)).select(["1", "band_1"])


def test_ranges_of_bands_reach_the_stack(scene, run):
    from landloom import samples

    done = run("extract_samples", images=scene.image, polygons=scene.polygons, class_field="class_id", bands="2-3,B2",
               samples=scene.folder / "s.parquet")  # fmt: skip
    assert samples.read(done.samples).columns == ["B3", "B4", "B2"]


# --- stacks ----------------------------------------------------------------------------------------


def noise(shape, low=1, high=30_000, seed=0, dtype="int16"):
    return np.random.default_rng(seed).integers(low, high, shape).astype(dtype)


GRIDS = {
    "coarser": ("EPSG:32633", from_origin(500_003.3, 5_400_007.7, 20, 20), (80, 100)),
    "finer": ("EPSG:32633", from_origin(499_950, 5_400_020, 3.3, 2.7), (420, 400)),
    "other CRS": ("EPSG:32632", from_origin(940_900, 5_417_500, 9, 9), (90, 110)),
    "degrees": ("EPSG:4326", from_origin(14.9995, 48.7535, 0.00004, 0.00003), (240, 330)),
    "equal area": ("EPSG:3035", from_origin(4_688_300, 2_861_500, 30, 30), (60, 70)),
}
GRID = ("EPSG:32633", from_origin(500_000, 5_400_000, 10, 10), (70, 90))


def two_rasters(folder, other, nodata=None, dtype="int16"):
    crs, transform, shape = GRID
    first = write_raster(folder / "first.tif", noise((1, *shape)), crs=crs, transform=transform)
    crs, transform, shape = GRIDS[other]
    values = noise((2, *shape), seed=1, dtype=dtype)
    if nodata is not None:
        values[np.random.default_rng(2).random(values.shape) < 0.1] = nodata
    return first, write_raster(folder / "second.tif", values, nodata, crs=crs, transform=transform)


@pytest.mark.parametrize("resampling", RESAMPLINGS)
@pytest.mark.parametrize("other", GRIDS)
def test_a_resampled_pixel_does_not_depend_on_the_window_it_is_read_in(tmp_path, other, resampling):
    stack = rasters.open_stack(two_rasters(tmp_path, other), resampling)
    whole, all_valid = stack.read(Window(0, 0, 90, 70))
    assert all_valid.mean() > 0.5
    for window in SHIFTED_WINDOWS:
        rows, cols = window.toslices()
        values, valid = stack.read(window)
        np.testing.assert_array_equal(valid, all_valid[rows, cols])
        np.testing.assert_array_equal(values[:, valid], whole[:, rows, cols][:, valid])


@pytest.mark.parametrize("nodata", [None, 0])
@pytest.mark.parametrize("resampling", ["nearest", "bilinear", "cubic"])
@pytest.mark.parametrize("other", GRIDS)
def test_resampling_equals_that_of_gdal(tmp_path, other, resampling, nodata):
    """GDAL's own program, told the scale between the pixels, which it would else find anew for each chunk."""
    if not shutil.which("gdalwarp"):
        pytest.skip("GDAL's programs are not installed")
    first, second = two_rasters(tmp_path, other, nodata)
    scale = {"coarser": (2, 2), "finer": (0.33, 0.27)}.get(other)
    if scale is None and resampling != "nearest" and other in ("degrees", "other CRS"):
        scale = scale_by_hand(first, second)
    command = ["gdalwarp", "-q", "-et", "0", "-r", resampling.replace("nearest", "near"), "-t_srs", "EPSG:32633"]
    command += ["-te", "500000", "5399300", "500900", "5400000", "-ts", "90", "70", "-wo", "UNIFIED_SRC_NODATA=NO"]
    command += ["-dstalpha"] if nodata is None else ["-dstnodata", str(nodata)]
    for name, value in zip(("XSCALE", "YSCALE"), scale or (), strict=False):
        command += ["-wo", f"{name}={float(value)!r}"]
    subprocess.run([*command, second, tmp_path / "out.tif"], check=True)
    with rasterio.open(tmp_path / "out.tif") as dataset:
        warped = dataset.read()
    good = warped[2] != 0 if nodata is None else (warped != nodata).all(axis=0)
    values, valid = rasters.open_stack([first, second], resampling).read(Window(0, 0, 90, 70))
    np.testing.assert_array_equal(valid, good)
    # Another version of GDAL may round a half the other way.
    difference = np.abs(values[1:].astype(int) - warped[:2])[:, good]
    assert difference.max() <= 1
    assert np.count_nonzero(difference) < 0.001 * difference.size


def scale_by_hand(first, second):
    """Target pixels a source pixel in the middle of the first raster, by PROJ."""
    with rasterio.open(first) as a, rasterio.open(second) as b:
        there = Transformer.from_crs(a.crs.to_wkt(), b.crs.to_wkt(), always_xy=True)
        around = [a.transform @ p for p in ((44.5, 35), (45.5, 35), (45, 34.5), (45, 35.5))]
        left, right, above, below = (np.array(~b.transform @ there.transform(x, y)) for x, y in around)
    return tuple(1 / (abs(right - left) + abs(below - above)))


def test_bilinear_equals_scipys_interpolation(tmp_path):
    first, second = two_rasters(tmp_path, "coarser", dtype="float32")
    values, valid = rasters.open_stack([first, second]).read(Window(0, 0, 90, 70))
    with rasterio.open(second) as dataset:
        source = dataset.read(1).astype(float)
    centres = np.arange(80) + 0.5, np.arange(100) + 0.5  # rows, columns
    rows = (5_400_007.7 - (5_400_000 - (np.arange(70) + 0.5) * 10)) / 20
    cols = (500_000 + (np.arange(90) + 0.5) * 10 - 500_003.3) / 20
    expected = RegularGridInterpolator(centres, source, bounds_error=False)(
        np.stack(np.meshgrid(rows, cols, indexing="ij"), axis=-1)
    )
    inside = ~np.isnan(expected)
    assert inside.mean() > 0.9
    np.testing.assert_allclose(values[1][inside], expected[inside], rtol=1e-6)
    assert valid[inside].all()


def test_average_is_the_mean_of_the_pixels_within(tmp_path):
    first = write_raster(tmp_path / "first.tif", np.ones((1, 3, 4), np.uint8))
    fine = noise((1, 12, 16), dtype="float32")
    fine[0, 0, 0] = np.nan
    second = write_raster(tmp_path / "second.tif", fine, transform=from_origin(500_000, 5_400_000, 2.5, 2.5))
    values, valid = rasters.open_stack([first, second], "average").read(WHOLE)
    expected = np.nanmean(fine[0].reshape(3, 4, 4, 4).transpose(0, 2, 1, 3).reshape(3, 4, 16), axis=2)
    np.testing.assert_allclose(values[1], expected, rtol=1e-6)
    assert valid.all()


def test_one_bands_nodata_is_not_mixed_into_its_neighbours(tmp_path):
    """Where only one of two bands is nodata, as at the edge of a swath."""
    first = write_raster(tmp_path / "first.tif", np.ones((1, 3, 4), np.uint8))
    values = np.full((2, 8, 8), 100, np.int16)
    values[0, :, 4:] = -9999
    second = write_raster(tmp_path / "second.tif", values, -9999, transform=from_origin(499_993, 5_400_006, 7, 7))
    values, valid = rasters.open_stack([first, second]).read(WHOLE)
    assert set(np.unique(values[1][valid])) == {100}
    assert np.count_nonzero(valid) >= 6
    assert not valid.all()


@pytest.mark.parametrize(("dtype", "nodata"), [("uint8", None), ("int16", 5), ("float32", None)])
def test_a_masked_raster_on_another_grid_keeps_its_mask(tmp_path, dtype, nodata):
    first = write_raster(tmp_path / "first.tif", np.ones((1, 3, 4), np.uint8))
    east = from_origin(500_020, 5_400_000, 10, 10)
    mask = np.full((3, 4), 255, np.uint8)
    mask[0, 0] = 0
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False):
        second = write_raster(tmp_path / "second.tif", counting(1, dtype), nodata, transform=east)
        with rasterio.open(second, "r+") as dataset:
            dataset.write_mask(mask)
    values, valid = rasters.open_stack([first, second], "nearest").read(WHOLE)
    expected = np.array([[0, 0, 0, 1], [0, 0, 1, 1], [0, 0, 1, 1]], bool)
    expected[1, 2] = nodata != 5  # the second row begins with 5
    np.testing.assert_array_equal(valid, expected)
    assert values[1][0, 3] == 2


def test_a_true_alpha_band_on_another_grid_keeps_its_mask(tmp_path):
    first = write_raster(tmp_path / "first.tif", np.ones((1, 3, 4), np.uint8))
    alpha = np.full((3, 4), 255)
    alpha[1, 0] = 0
    second = rgb_and(alpha, tmp_path, transform=from_origin(500_020, 5_400_000, 10, 10))
    _, valid = rasters.open_stack([first, second], "nearest").read(WHOLE)
    np.testing.assert_array_equal(valid, [[0, 0, 1, 1], [0, 0, 0, 1], [0, 0, 1, 1]])


def test_only_the_bands_asked_for_are_warped(tmp_path):
    stack = rasters.open_stack(two_rasters(tmp_path, "other CRS")).select(["2"])
    assert stack.names == ["r2_band_1"]
    other = rasters.open_stack(two_rasters(tmp_path, "other CRS")).read(Window(0, 0, 90, 70))
    values, valid = stack.read(Window(0, 0, 90, 70))
    np.testing.assert_array_equal(values[0], other[0][1])
    np.testing.assert_array_equal(valid, other[1])


def test_rasters_that_do_not_overlap_are_refused(tmp_path):
    a = write_raster(tmp_path / "a.tif", counting())
    b = write_raster(tmp_path / "b.tif", counting(), transform=from_origin(900_000, 5_400_000, 10, 10))
    with pytest.raises(InputError, match=r"b\.tif does not overlap .*a\.tif"):
        rasters.open_stack([a, b])


def test_a_raster_without_crs_is_not_stacked_with_one_that_has_it(tmp_path):
    a = write_raster(tmp_path / "a.tif", counting())
    b = write_raster(tmp_path / "b.tif", counting(), crs=None)
    for sources in ([a, b], [b, a]):
        with pytest.raises(InputError, match=r"b\.tif has no coordinate reference system"):
            rasters.open_stack(sources)


def test_rasters_without_crs_are_stacked_in_their_common_plane(tmp_path):
    a = write_raster(tmp_path / "a.tif", counting(), crs=None)
    b = write_raster(tmp_path / "b.tif", counting(), crs=None, transform=from_origin(500_010, 5_400_000, 10, 10))
    values, valid = rasters.open_stack([a, b], "nearest").read(WHOLE)
    np.testing.assert_array_equal(values[1][:, 1:], counting()[0][:, :3])
    np.testing.assert_array_equal(valid, [[False, True, True, True]] * 3)


def test_a_stack_reads_the_same_after_pickling_and_in_many_threads(tmp_path):
    stack = rasters.open_stack(two_rasters(tmp_path, "other CRS", -9999))
    copy = pickle.loads(pickle.dumps(stack))
    windows = [Window(c, r, 30, 10) for r in range(0, 70, 10) for c in range(0, 90, 30)]
    alone = [stack.read(w) for w in windows]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(copy.read, windows * 3))
    for (values, valid), (again, valid_again) in zip(alone * 3, together, strict=True):
        np.testing.assert_array_equal(values, again)
        np.testing.assert_array_equal(valid, valid_again)


@pytest.mark.parametrize("nodata", [float("nan"), None, -1.0])
def test_reading_many_windows_keeps_no_more_files_open(image, nodata):
    stack = image(counting(2, "float32"), nodata=nodata)
    stack.read(WHOLE)
    gc.collect()
    before = psutil.Process().num_fds()
    for _ in range(50):
        stack.read(WHOLE)
    assert psutil.Process().num_fds() <= before
    stack.close()
    assert psutil.Process().num_fds() < before


def test_a_rotated_raster_is_read_and_placed(image):
    rotated = Affine.translation(500_000, 5_400_000) @ Affine.rotation(30) @ Affine.scale(10, -10)
    stack = image(counting(), transform=rotated)
    np.testing.assert_array_equal(stack.read(WHOLE)[0], counting())
    assert stack.grid.pixel_size == pytest.approx((10, 10))
    x, y = stack.grid.to_map(np.array([4.0]), np.array([0.0]))
    assert (x[0], y[0]) == pytest.approx((500_000 + 40 * np.cos(np.pi / 6), 5_400_000 + 40 * np.sin(np.pi / 6)))
    assert np.ravel(stack.grid.to_pixel(x, y)) == pytest.approx([4, 0])


def test_a_south_up_raster_is_read_as_it_is_stored(image):
    stack = image(counting(), transform=Affine(10, 0, 500_000, 0, 10, 5_399_970))
    np.testing.assert_array_equal(stack.read(WHOLE)[0], counting())
    assert stack.grid.bounds() == (500_000, 5_399_970, 500_040, 5_400_000)


# --- what cannot be used ------------------------------------------------------------------------


def test_a_truncated_file_is_told_with_its_name_and_place(tmp_path):
    path = write_raster(tmp_path / "Bild ä.tif", noise((1, 512, 512)), tiled=True, blockxsize=256, blockysize=256)
    path.write_bytes(path.read_bytes()[: 256 * 256 * 2 + 4000])
    stack = rasters.open_stack([path])
    with pytest.raises(InputError, match=r"Bild ä\.tif cannot be read at column 256, row 256: .*damaged") as told:
        stack.read(Window(256, 256, 256, 256))
    assert "previous exception" not in str(told.value)


def test_a_file_that_is_no_raster_or_not_there_is_told(tmp_path):
    (tmp_path / "text.tif").write_text("no raster")
    for name, reason in (("text.tif", "not recognized"), ("gone.tif", "No such file")):
        with pytest.raises(InputError, match=rf"{name} cannot be opened as a raster: .*{reason}"):
            rasters.open_stack([tmp_path / name])


def test_a_container_is_told_with_what_is_inside(tmp_path):
    with rasterio.open(tmp_path / "box.gpkg", "w", "GPKG", 300, 300, 1, "EPSG:4326", from_origin(0, 1, 0.001, 0.001),
                       "uint8", raster_table="one") as dataset:  # fmt: skip
        dataset.write(np.ones((1, 300, 300), np.uint8))
    with rasterio.open(tmp_path / "box.gpkg", "w", "GPKG", 300, 300, 1, "EPSG:4326", from_origin(0, 1, 0.001, 0.001),
                       "uint8", raster_table="two", append_subdataset="YES") as dataset:  # fmt: skip
        dataset.write(np.ones((1, 300, 300), np.uint8))
    with pytest.raises(InputError, match=r"has no raster bands of its own(.|\n)*GPKG:.*:one(.|\n)*GPKG:.*:two"):
        rasters.open_stack([tmp_path / "box.gpkg"])
    assert rasters.open_stack([f"GPKG:{tmp_path / 'box.gpkg'}:two"]).grid.width == 300


def test_complex_numbers_are_refused(image):
    with pytest.raises(InputError, match=r"Band 1 of .* holds complex numbers"):
        image(counting(1, "complex64"))


def test_no_raster_at_all_is_told():
    with pytest.raises(ParameterError, match="No raster was given"):
        rasters.open_stack([])


class _Tiles(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_a_tile_service_is_read_like_a_raster(tmp_path):
    """GDAL's description of a TMS; the tiles come from a server on this computer."""
    for col in (0, 1):
        folder = tmp_path / "1" / str(col)
        folder.mkdir(parents=True)
        for row in (0, 1):
            pixels = np.full((3, 256, 256), 10 * col + row + 1, np.uint8)
            with rasterio.open(folder / f"{row}.png", "w", "PNG", 256, 256, 3, dtype="uint8") as dataset:
                dataset.write(pixels)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Tiles, directory=tmp_path))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    service = tmp_path / "service.xml"
    service.write_text(
        '<GDAL_WMS><Service name="TMS"><ServerUrl>'
        f"http://127.0.0.1:{server.server_port}/${{z}}/${{x}}/${{y}}.png</ServerUrl></Service><DataWindow>"
        "<UpperLeftX>-512</UpperLeftX><UpperLeftY>512</UpperLeftY><LowerRightX>512</LowerRightX><LowerRightY>-512"
        "</LowerRightY><TileLevel>1</TileLevel><TileCountX>1</TileCountX><TileCountY>1</TileCountY><YOrigin>top"
        "</YOrigin></DataWindow><Projection>EPSG:3857</Projection><BlockSizeX>256</BlockSizeX><BlockSizeY>256"
        "</BlockSizeY><BandsCount>3</BandsCount></GDAL_WMS>"
    )
    try:
        values, valid = rasters.open_stack([service]).read(Window(128, 128, 256, 256))
    finally:
        server.shutdown()
        server.server_close()
    assert valid.all()
    assert values[0, [0, 0, -1, -1], [0, -1, 0, -1]].tolist() == [1, 11, 2, 12]


# --- features -------------------------------------------------------------------------------------


def test_features_follow_the_bands_and_their_nan_is_no_data(image):
    values = counting(2, "uint16")
    values[:, 0, 0] = 0
    stack = image(values, names=["red", "nir"])
    reader = features.feature_reader(stack, ["nir"], formulas.parse("NDVI = (nir - red) / (nir + red)", stack.names))
    assert reader.names == ["nir", "NDVI"]
    read, valid = reader.read(WHOLE)
    assert read.shape == (2, 3, 4)
    np.testing.assert_array_equal(read[0], values[1])
    assert read[1, 2, 3] == np.float32(12 / 36)
    assert np.flatnonzero(~valid).tolist() == [0]


def test_metres_that_are_called_degrees_are_refused(tmp_path):
    path = write_raster(tmp_path / "i.tif", np.ones((1, 2, 2), np.uint8), crs="EPSG:4326")
    with pytest.raises(
        InputError, match=r"i\.tif cannot lie where it says: in degrees \(EPSG:4326\).* 500000 to 500020"
    ):
        rasters.open_stack([path])
