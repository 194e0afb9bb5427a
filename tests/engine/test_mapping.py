"""The map is what scikit-learn says, however the work is cut and spread, and masked as it should be."""

import json
import os
import subprocess
from xml.etree import ElementTree

import forests
import joblib
import numpy as np
import pytest
import rasterio
import scipy.stats
import shapely
from conftest import write_raster
from rasterio.transform import from_origin

from landloom import mapping, prediction
from landloom.errors import InputError, OutputError

SHAPE = (300, 700)
PRODUCTS = ("probabilities", "confidence", "entropy")


def read(path):
    with rasterio.open(path) as dataset:
        return dataset.read(1)


def expected(forest, image):
    """The class of every pixel by scikit-learn, whose thread order must not matter."""
    rows = image.reshape(len(image), -1).T.astype(np.float32)
    return forest.predict(rows).reshape(image.shape[1:])


@pytest.fixture
def noisy(tmp_path):
    """A noisy image without nodata and a forest of five classes: image, values, forest, model, folder."""
    forest = forests.fit(*forests.noise((600,), 5))
    values = forests.noise(SHAPE, 5, seed=7)[0]
    tmp_path.joinpath("a").mkdir()

    class Noisy:
        folder, image, model = tmp_path, tmp_path / "image.tif", tmp_path / "model.landloom"

    Noisy.forest, Noisy.values = forest, values
    forests.save(Noisy.model, forest, ("a", "b", "c"))
    write_raster(Noisy.image, values, names=("a", "b", "c"))
    return Noisy


# --- what is mapped -----------------------------------------------------------------------------


def test_the_map_equals_the_joblib_model_on_every_pixel(scene, model, run):
    done = run("predict", model=model, images=scene.image, map=scene.folder / "map.tif")
    forest = joblib.load(model.with_suffix(".joblib"))
    with rasterio.open(scene.image) as dataset:
        assert np.array_equal(read(done.map), expected(forest, dataset.read()))


def test_probabilities_equal_scikit_learns_within_float_rounding(noisy, run):
    paths = {name: noisy.folder / f"{name}.tif" for name in PRODUCTS}
    done = run(
        "predict",
        model=noisy.model,
        images=noisy.image,
        map=noisy.folder / "map.tif",
        probability_type="float",
        **paths,
    )
    share = noisy.forest.predict_proba(noisy.values.reshape(3, -1).T.astype(np.float32))
    with rasterio.open(done.probabilities) as dataset:
        assert dataset.descriptions == tuple(f"Class {i}" for i in range(1, 6))
        assert np.isnan(dataset.nodata)
        assert np.abs(dataset.read().reshape(5, -1).T - share).max() < 1e-6
    assert np.abs(read(done.confidence) - share.max(axis=1).reshape(SHAPE)).max() < 1e-6
    entropy = scipy.stats.entropy(share, axis=1, base=5).reshape(SHAPE)
    assert np.abs(read(done.entropy) - entropy).max() < 1e-6
    assert np.array_equal(read(done.map), expected(noisy.forest, noisy.values))


def test_probabilities_are_whole_percents_by_default(noisy, run):
    done = run(
        "predict", model=noisy.model, images=noisy.image, map=noisy.folder / "map.tif",
        probabilities=noisy.folder / "p.tif",
    )  # fmt: skip
    share = noisy.forest.predict_proba(noisy.values.reshape(3, -1).T.astype(np.float32))
    with rasterio.open(done.probabilities) as dataset:
        assert (dataset.dtypes[0], dataset.nodata, dataset.units[0]) == ("uint8", 255, "%")
        assert np.abs(dataset.read().reshape(5, -1).T - 100 * share).max() <= 0.5 + 1e-9


@pytest.mark.parametrize(("unit", "highest"), [("percent", 100), ("float", 1)])
def test_measurements_come_with_a_style_that_reaches_their_highest_value(noisy, run, unit, highest):
    more = {name: noisy.folder / f"{name}.tif" for name in PRODUCTS}
    done = run("predict", model=noisy.model, images=noisy.image, map=noisy.folder / "map.tif", probability_type=unit,
               **more)  # fmt: skip
    for name in PRODUCTS:
        style = ElementTree.parse(more[name].with_suffix(".qml"))
        values = [float(item.get("value")) for item in style.iter("item")]
        assert (values[0], values[-1]) == (0, highest)
    rates = [event.get("rate", "") for event in done.events if event["type"] == "progress"]
    assert any(rate.endswith(" Mpixel/s") for rate in rates)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint32", "float32", "float64"])
def test_images_of_every_type_are_mapped_as_scikit_learn_does(dtype, tmp_path, run):
    values, class_id = forests.noise((500,), 3)
    shifted = values.astype(dtype) if dtype == "uint8" else (values.astype("float64") * 1.5 - 200).astype(dtype)
    forest = forests.fit(shifted, class_id)
    image = shifted[:, :480].reshape(3, 20, 24)
    model = forests.save(tmp_path / "m.landloom", forest, "abc", dtype)
    done = run(
        "predict", model=model, images=write_raster(tmp_path / "i.tif", image, names="abc"), map=tmp_path / "m.tif"
    )
    assert np.array_equal(read(done.map), expected(forest, image))


def test_ids_above_255_make_a_16_bit_map(tmp_path, run):
    values, class_id = forests.noise((500,), 3)
    forest = forests.fit(values, class_id * 20_000)
    model = forests.save(tmp_path / "m.landloom", forest, "abc")
    image = write_raster(tmp_path / "i.tif", values.reshape(3, 20, 25), names="abc")
    done = run("predict", model=model, images=image, map=tmp_path / "m.tif")
    with rasterio.open(done.map) as dataset:
        assert (dataset.dtypes[0], dataset.nodata) == ("uint16", 0)
        assert np.array_equal(dataset.read(1), expected(forest, values.reshape(3, 20, 25)))


def test_a_class_with_the_id_0_is_no_nodata(tmp_path, run):
    values, class_id = forests.noise((500,), 3)
    forest = forests.fit(values, class_id - 1)
    model = forests.save(tmp_path / "m.landloom", forest, "abc")
    image = values.reshape(3, 20, 25).copy()
    image[:, :2] = 65535
    done = run(
        "predict",
        model=model,
        images=write_raster(tmp_path / "i.tif", image, 65535, names="abc"),
        map=tmp_path / "m.tif",
    )
    with rasterio.open(done.map) as dataset:
        assert dataset.nodata == 255
        mapped = dataset.read(1)
    assert np.all(mapped[:2] == 255)
    assert np.array_equal(mapped[2:], expected(forest, image)[2:])
    assert (done.mapped_pixels, done.nodata_pixels) == (450, 50)


# --- however the work is cut and spread ---------------------------------------------------------


def make(run, case, name, **more):
    """The bytes of all products of a run with other settings."""
    files = {product: case.folder / f"{name} {product}.tif" for product in ("map", *PRODUCTS)}
    run("predict", model=case.model, images=case.image, **files, **more)
    return [path.read_bytes() for path in files.values()]


def test_the_bytes_do_not_depend_on_jobs_memory_and_windows(noisy, run, monkeypatch):
    usual = make(run, noisy, "usual")
    assert make(run, noisy, "one job", jobs=1) == usual
    assert make(run, noisy, "two jobs", jobs=2, memory=256) == usual
    monkeypatch.setattr(mapping, "LARGEST_WINDOW_PIXELS", 1)  # a block is the least
    monkeypatch.setattr(prediction, "PIXELS_AT_ONCE", 1000)
    monkeypatch.setattr(mapping, "SAVE_INTERVAL_S", 0)
    assert make(run, noisy, "many windows", jobs=2) == usual
    monkeypatch.setattr(mapping, "strips", lambda window, pixel_bytes, effort: strips_of_7_rows(window))
    assert make(run, noisy, "thin strips", jobs=2) == usual


def strips_of_7_rows(window):
    rows = range(0, window.height, 7)
    return [
        rasterio.windows.Window(window.col_off, window.row_off + r, window.width, min(7, window.height - r))
        for r in rows
    ]


def test_a_window_is_read_in_strips_where_the_budget_is_small():
    window = rasterio.windows.Window(512, 1024, 2048, 512)
    strips = mapping.strips(window, 1000, mapping.Effort(jobs=4, memory_mb=256))
    # A quarter of 256 MiB for four jobs: 16 MiB, or 16,777 pixels of 1000 bytes, or eight rows of 2048.
    assert {s.height for s in strips} == {8}
    assert strips[0].row_off == 1024
    assert sum(s.height for s in strips) == 512


@pytest.mark.parametrize("compression", ["deflate", "lzw", "zstd"])
@pytest.mark.parametrize("block", [256, 512])
def test_compression_and_block_size_change_the_file_and_no_pixel(noisy, run, compression, block):
    done = run(
        "predict", model=noisy.model, images=noisy.image, map=noisy.folder / "map.tif", compression=compression,
        block_size=block,
    )  # fmt: skip
    with rasterio.open(done.map) as dataset:
        assert dataset.compression.name.lower() == compression
        assert dataset.block_shapes == [(block, block)]
        assert np.array_equal(dataset.read(1), expected(noisy.forest, noisy.values))


@pytest.mark.parametrize("layout", [{}, {"compress": "deflate"}, {"tiled": True, "blockxsize": 128, "blockysize": 64}])
def test_the_layout_of_the_source_does_not_matter(noisy, run, layout):
    image = write_raster(noisy.folder / "other.tif", noisy.values, names=("a", "b", "c"), **layout)
    done = run("predict", model=noisy.model, images=image, map=noisy.folder / "map.tif", jobs=2)
    assert np.array_equal(read(done.map), expected(noisy.forest, noisy.values))


# --- what is left out ---------------------------------------------------------------------------

WEST, NORTH = 500_000, 5_400_000
SHAPES = {
    "partly outside": shapely.box(WEST - 500, NORTH - 1000, WEST + 2004, NORTH + 90),
    "with a hole": shapely.Point(WEST + 3000, NORTH - 1500).buffer(1200)
    - shapely.Point(WEST + 3000, NORTH - 1500).buffer(444),
    "two parts": shapely.box(WEST + 12, NORTH - 48, WEST + 48, NORTH - 12)
    | shapely.box(WEST + 5003, NORTH - 2901, WEST + 6997, NORTH - 2003),
    "all of it": shapely.box(WEST - 1, NORTH - 3001, WEST + 7001, NORTH + 1),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_only_pixels_whose_centre_lies_in_the_area_are_mapped(noisy, run, shape):
    done = run("predict", model=noisy.model, images=noisy.image, map=noisy.folder / "map.tif", aoi=shape.wkt)
    x, y = np.meshgrid(WEST + 10 * (np.arange(SHAPE[1]) + 0.5), NORTH - 10 * (np.arange(SHAPE[0]) + 0.5))
    inside = shapely.contains_xy(shape, x, y)
    assert np.array_equal(read(done.map), np.where(inside, expected(noisy.forest, noisy.values), 0))
    assert done.mapped_pixels == inside.sum()


def test_an_area_that_holds_no_pixel_centre_gives_an_empty_map_and_a_warning(noisy, run):
    sliver = shapely.box(WEST + 101, NORTH - 109, WEST + 103, NORTH - 101)
    done = run("predict", model=noisy.model, images=noisy.image, map=noisy.folder / "map.tif", aoi=sliver.wkt)
    assert not read(done.map).any()
    assert any("Nothing was mapped" in text for text in done.warnings)


def test_an_area_elsewhere_is_refused(noisy, run):
    with pytest.raises(InputError, match="does not touch the image"):
        run(
            "predict", model=noisy.model, images=noisy.image, map=noisy.folder / "map.tif",
            aoi=shapely.box(0, 0, 10, 10).wkt,
        )  # fmt: skip
    assert not (noisy.folder / "map.tif").exists()


def test_nodata_of_any_band_nan_and_masks_are_nodata_in_all_products(tmp_path, run):
    values, class_id = forests.noise((600,), 3)
    forest = forests.fit(values, class_id)
    model = forests.save(tmp_path / "m.landloom", forest, "abc", "float32")
    image = values.reshape(3, 20, 30).astype(np.float32)
    image[0, 0, 0], image[1, 1, 1], image[2, 2, 2] = np.nan, -9999, np.inf
    write_raster(tmp_path / "i.tif", image, -9999, names="abc")
    with rasterio.open(tmp_path / "i.tif", "r+") as dataset:
        mask = np.full((20, 30), 255, np.uint8)
        mask[3, 3] = 0
        dataset.nodata = None
        dataset.write_mask(mask)
    masked = run(
        "predict", model=model, images=tmp_path / "i.tif", map=tmp_path / "masked.tif",
        probabilities=tmp_path / "p.tif", probability_type="float",
    )  # fmt: skip
    missing = np.zeros((20, 30), bool)
    missing[0, 0] = missing[2, 2] = missing[3, 3] = True  # −9999 is a number here
    assert np.array_equal(read(masked.map) == 0, missing)
    with rasterio.open(masked.probabilities) as dataset:
        assert np.array_equal(np.isnan(dataset.read()).all(axis=0), missing)
    write_raster(tmp_path / "n.tif", image, -9999, names="abc")
    declared = run("predict", model=model, images=tmp_path / "n.tif", map=tmp_path / "declared.tif")
    missing[3, 3], missing[1, 1] = False, True
    assert np.array_equal(read(declared.map) == 0, missing)


# --- places, names and rights -------------------------------------------------------------------


@pytest.mark.parametrize("crs", [None, "EPSG:4326", 'LOCAL_CS["site",UNIT["metre",1]]'])
def test_rasters_without_a_place_on_earth_or_in_degrees_are_mapped(noisy, run, crs):
    transform = from_origin(8, 50, 0.0001, 0.0001) if crs == "EPSG:4326" else None
    image = write_raster(noisy.folder / "other.tif", noisy.values, crs=crs, transform=transform, names=("a", "b", "c"))
    done = run("predict", model=noisy.model, images=image, map=noisy.folder / "map.tif")
    assert np.array_equal(read(done.map), expected(noisy.forest, noisy.values))
    assert (done.mapped_hectares is None) == (crs is None)


def test_a_path_of_200_characters_with_spaces_and_umlauts(noisy, run):
    name = "Überwachung der Wälder " * 5
    folder = noisy.folder / name
    folder.mkdir()
    path = folder / ("Karte für Juni " * 10 + ".tif")
    image = folder / "Bild.tif"
    image.write_bytes(noisy.image.read_bytes())
    run("predict", model=noisy.model, images=image, map=path)
    assert np.array_equal(read(path), expected(noisy.forest, noisy.values))
    assert {p.name for p in folder.iterdir()} == {
        image.name, path.name, *(f"{path.name}{end}" for end in (".json", ".aux.xml")), path.stem + ".qml"
    }  # fmt: skip


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can become a user without rights")
def test_a_folder_without_write_permission_is_refused_before_the_work(noisy):
    locked = noisy.folder / "locked"
    locked.mkdir(mode=0o555)
    noisy.folder.chmod(0o755)
    for parent in noisy.folder.parents[:2]:
        parent.chmod(0o755)
    told = forests.finish(
        forests.start("predict", {"user": "nobody"}, model=noisy.model, images=[noisy.image], map=locked / "map.tif")
    )
    assert told[-1]["kind"] == OutputError.__name__
    assert "Permission denied" in told[-1]["message"]
    assert not list(locked.iterdir())


def test_a_damaged_image_is_named_and_leaves_nothing(noisy, run):
    broken = noisy.folder / "broken.tif"
    write_raster(broken, noisy.values, names=("a", "b", "c"), compress="deflate")
    with broken.open("r+b") as stream:
        stream.seek(100_000)
        stream.write(bytes(5_000))
    with pytest.raises(InputError, match=r"broken\.tif cannot be read"):
        run("predict", model=noisy.model, images=broken, map=noisy.folder / "map.tif")
    assert not [p for p in noisy.folder.iterdir() if "map.tif" in p.name]


def test_the_map_says_in_its_provenance_what_made_it(noisy, run):
    done = run("predict", model=noisy.model, images=noisy.image, map=noisy.folder / "map.tif")
    made = json.loads((noisy.folder / "map.tif.json").read_text())
    digest = subprocess.run(["sha256sum", noisy.model], capture_output=True, text=True, check=True).stdout.split()[0]
    assert made["inputs"]["model"][0]["sha256"] == digest
    assert made["found"]["mapped_pixels"] == done.mapped_pixels == 210_000
