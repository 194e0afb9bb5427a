"""Maps of patch classifiers: every pixel as patch by patch, however the work is cut, spread or interrupted."""

from pathlib import Path
from types import SimpleNamespace

import forests
import geopandas as gpd
import numpy as np
import pytest
import rasterio
import scipy.stats
import shapely
from conftest import write_raster

torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")

from patch_networks import learnable, run, save_network  # noqa: E402

from landloom import formulas, mapping, models, predictors, training_area, windows  # noqa: E402
from landloom.errors import ModelError, ParameterError  # noqa: E402
from landloom.networks.patch_cnn import PatchCNN  # noqa: E402
from landloom.networks.weights import as_arrays  # noqa: E402

NAMES = ("B2", "B3", "B4")
HEIGHT, WIDTH = 300, 530
PRODUCTS = ("probabilities", "confidence", "entropy")


def random_network(size=8, classes=4, seed=1):
    """An untrained network whose answers vary from place to place."""
    torch.manual_seed(seed)
    made = PatchCNN(3, classes, size, 8)
    made.offset.fill_(2000)
    made.scale.fill_(800)
    made.fill.copy_(torch.tensor([0.3, -0.2, 0.1]))
    for name, buffer in made.named_buffers():
        if name.endswith("running_var"):
            buffer.fill_(0.05)
    return made.eval()


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """A smooth image with gaps in all bands and in one, a network and its model file."""
    folder = tmp_path_factory.mktemp("Karten mit Netzen")
    random = np.random.default_rng(0)
    values = np.kron(random.uniform(400, 3600, (3, HEIGHT // 10, WIDTH // 10)), np.ones((10, 10)))
    values = (values + random.normal(0, 200, values.shape)).clip(1, 9000).astype(np.uint16)
    values[:, 50:60, 40:200] = 0
    values[1, 250:262, 254:262] = 0
    network = random_network()
    return SimpleNamespace(
        folder=folder, values=values, network=network,
        image=write_raster(folder / "image.tif", values, 0, names=NAMES, tiled=True, blockxsize=128, blockysize=128),
        model=save_network(folder / "m.landloom", network, NAMES),
    )  # fmt: skip


def read(path, band=1):
    with rasterio.open(path) as dataset:
        return dataset.read(band)


@torch.no_grad()
def patch_by_patch(network, values, stride=1, step=1):
    """Probabilities (classes, h, w) as plain PyTorch gives them for single patches cut out of the image; NaN where not
    looked at: only every `step`-th patch is. No data where a band is 0.
    """
    size, (_, height, width) = network.patch_size, values.shape
    before = (size - stride) // 2
    margin = 2 * size
    padded = np.pad(
        np.where(values == 0, np.nan, values).astype(np.float32),
        ((0, 0), (margin, margin), (margin, margin)), constant_values=np.nan,
    )  # fmt: skip
    places = [(r, c) for r in range(0, height, stride) for c in range(0, width, stride)][::step]
    # The edges are where things go wrong.
    places += [(r, c) for r, c in ((0, 0), (0, (width - 1) // stride * stride), ((height - 1) // stride * stride, 0))]
    cut = [padded[:, r - before + margin :, c - before + margin :][:, :size, :size] for r, c in places]
    answers = torch.cat([network(torch.from_numpy(np.stack(cut[i : i + 500]))) for i in range(0, len(cut), 500)])
    result = np.full((network.classes, height, width), np.nan)
    for (r, c), shares in zip(places, answers.softmax(1)[:, :, 0, 0].numpy(), strict=True):
        result[:, r : r + stride, c : c + stride] = shares[:, np.newaxis, np.newaxis]
    result[:, (values == 0).any(axis=0)] = np.nan
    return result


# --- what is mapped -----------------------------------------------------------------------------


@pytest.mark.parametrize(("stride", "step"), [(1, 31), (3, 5), (4, 1), (8, 1)])
def test_every_pixel_is_what_its_patch_alone_gives(case, tmp_path, stride, step):
    paths = {name: tmp_path / f"{name}.tif" for name in PRODUCTS}
    done = run("predict", model=case.model, images=case.image, map=tmp_path / "m.tif", stride=stride,
               probability_type="float", block_size=256, **paths)  # fmt: skip
    expected = patch_by_patch(case.network, case.values, stride, step)
    known = ~np.isnan(expected[0])
    assert known.sum() > 4000
    with rasterio.open(done.probabilities) as dataset:
        found = dataset.read()
    assert np.abs(found - expected)[:, known].max() <= 1e-5
    ranked = np.sort(expected[:, known], axis=0)
    clear = ranked[-1] - ranked[-2] > 1e-5
    assert np.array_equal(read(done.map)[known][clear], expected[:, known].argmax(axis=0)[clear] + 1)
    assert np.abs(read(done.confidence)[known] - ranked[-1]).max() <= 1e-5
    entropy = scipy.stats.entropy(expected[:, known], axis=0, base=4)
    assert np.abs(read(done.entropy)[known] - entropy).max() <= 1e-5
    assert len(np.unique(read(done.map))) >= 3, "else nothing is tested"


def bright_if_a_pixel_is(size):
    """A network that says 2 where any pixel of the patch is above 0, else 1."""
    made = PatchCNN(1, 2, size, 4)
    for name, values in made.named_parameters():
        values.fill_(name.endswith("weight"))
    made.head.weight[0] = 0
    made.head.bias[0] = 1e-3
    return made.eval()


@torch.no_grad()
@pytest.mark.parametrize(
    ("size", "stride", "rows"),
    [
        # The lit pixel is in row and column 20. Of an even patch, the pixel is the upper left one of the four in the
        # middle: a patch of 4 has one line before it and two behind.
        (3, 1, range(19, 22)),
        (4, 1, range(18, 22)),
        (5, 1, range(18, 23)),
        (8, 1, range(16, 24)),
        # Squares 20–21 and so on, and the patch as much beyond them on either side, or one more behind.
        (4, 2, range(18, 22)),
        (5, 3, range(18, 24)),
        (4, 3, range(18, 21)),
        (8, 8, range(16, 24)),
    ],
)
def test_a_pixel_lies_in_the_middle_of_its_patch(tmp_path, size, stride, rows):
    """One lit pixel in the dark shows to the pixel which patches it is in."""
    values = np.zeros((1, 41, 41), np.int16)
    values[0, 20, 20] = 100
    image = write_raster(tmp_path / "i.tif", values, names=["B2"])
    model = save_network(tmp_path / "m.landloom", bright_if_a_pixel_is(size), ["B2"], "int16")
    done = run("predict", model=model, images=image, map=tmp_path / "m.tif", stride=stride)
    expected = np.ones((41, 41), int)
    expected[rows.start : rows.stop, rows.start : rows.stop] = 2
    assert np.array_equal(read(done.map), expected)


def test_a_pixel_without_data_in_a_band_stays_nodata_and_its_neighbours_are_mapped(case, tmp_path):
    done = run("predict", model=case.model, images=case.image, map=tmp_path / "m.tif", confidence=tmp_path / "c.tif")
    missing = (case.values == 0).any(axis=0)
    assert np.array_equal(read(done.map) == 0, missing)
    assert np.array_equal(read(done.confidence) == 255, missing)
    assert (done.nodata_pixels, done.mapped_pixels) == (missing.sum(), HEIGHT * WIDTH - missing.sum())


def test_outside_the_area_nothing_is_mapped_but_it_is_looked_at(case, tmp_path):
    whole = run("predict", model=case.model, images=case.image, map=tmp_path / "whole.tif")
    area = shapely.box(500_000 + 1003, 5_400_000 - 2504, 500_000 + 2998, 5_400_000 - 1207)
    done = run("predict", model=case.model, images=case.image, map=tmp_path / "m.tif", aoi=area.wkt)
    inside = np.zeros((HEIGHT, WIDTH), bool)
    inside[121:250, 100:300] = True  # pixels whose centre lies inside
    assert np.array_equal(read(done.map), np.where(inside, read(whole.map), 0))


def test_an_image_smaller_than_a_patch_is_mapped(tmp_path):
    network = random_network(size=16)
    values = np.random.default_rng(0).integers(500, 4000, (3, 5, 3)).astype(np.uint16)
    done = run(
        "predict", model=save_network(tmp_path / "m.landloom", network, NAMES), map=tmp_path / "m.tif",
        images=write_raster(tmp_path / "i.tif", values, 0, names=NAMES),
    )  # fmt: skip
    assert np.array_equal(read(done.map), patch_by_patch(network, values).argmax(axis=0) + 1)


def test_bands_are_found_by_their_names(case, tmp_path):
    swapped = write_raster(tmp_path / "i.tif", case.values[[2, 0, 1]], 0, names=("B4", "B2", "B3"))
    whole = run("predict", model=case.model, images=case.image, map=tmp_path / "whole.tif", stride=4)
    done = run("predict", model=case.model, images=swapped, map=tmp_path / "m.tif", stride=4)
    assert np.array_equal(read(done.map), read(whole.map))
    lacking = write_raster(tmp_path / "l.tif", case.values[:2], 0, names=NAMES[:2])
    with pytest.raises(ModelError, match="lacks what the model needs: B4"):
        run("predict", model=case.model, images=lacking, map=tmp_path / "m.tif")


def test_each_band_has_a_nodata_value_of_its_own(tmp_path):
    """Of two files; -9999 in one is no data, in the other a number."""
    network = random_network()
    random = np.random.default_rng(0)
    first = random.integers(500, 4000, (1, 40, 40)).astype(np.int16)
    others = random.integers(500, 4000, (2, 40, 40)).astype(np.int16)
    first[0, 5, 5], others[0, 20, 20], others[1, 30, 30] = -9999, -9999, 0
    images = [
        write_raster(tmp_path / "a.tif", first, -9999, names=NAMES[:1]),
        write_raster(tmp_path / "b.tif", others, 0, names=NAMES[1:]),
    ]
    model = save_network(tmp_path / "m.landloom", network, NAMES, "int16")
    done = run("predict", model=model, images=[str(path) for path in images], map=tmp_path / "m.tif")
    values = np.concatenate([first, others]).astype(np.float32)
    values[0, 5, 5], values[2, 30, 30] = 0, 0  # which `patch_by_patch` takes for no data
    shares = patch_by_patch(network, values)
    expected = np.where(np.isnan(shares[0]), 0, np.nan_to_num(shares).argmax(axis=0) + 1)
    assert np.array_equal(read(done.map), expected)
    assert np.count_nonzero(expected == 0) == 2


def test_a_trained_model_maps_what_it_was_trained_on(tmp_path):
    from patch_networks import LEVELS

    truth = np.kron(np.array([[1, 2], [3, 1]]), np.ones((30, 30), int))
    values = LEVELS[truth - 1].transpose(2, 0, 1) + np.random.default_rng(0).normal(0, 200, (3, 60, 60))
    image = write_raster(tmp_path / "i.tif", values.clip(1).astype(np.uint16), 0, names=("B1", "B2", "B3"))
    dataset = learnable(tmp_path / "d")
    trained = run("train", dataset=dataset.folder, model=tmp_path / "m.landloom", epochs=12, width=8,
                  learning_rate=0.01, jobs=1)  # fmt: skip
    done = run("predict", model=trained.model, images=image, map=tmp_path / "m.tif")
    assert (read(done.map) == truth).mean() > 0.93
    outlines = gpd.read_file(dataset.folder / "metadata" / "polygons.gpkg")
    assert training_area.overlapping(done.map, outlines) == 30, "whoever evaluates with them is told"
    with rasterio.open(done.map) as dataset:
        assert dataset.overviews(1) or dataset.width < 512
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


# --- the same bytes however -----------------------------------------------------------------------


def bytes_of(done):
    return [Path(path).read_bytes() for path in (done.map, done.probabilities)]


@pytest.fixture(scope="module")
def large(case, tmp_path_factory):
    """More windows than one; probabilities as numbers, so that a bit that differs shows."""
    folder = tmp_path_factory.mktemp("large")
    values = np.tile(case.values, (1, 3, 2))[:, :700, :1000]
    image = write_raster(folder / "image.tif", values, 0, names=NAMES)  # in strips
    found = SimpleNamespace(folder=folder, image=image, model=case.model)
    found.given = {"model": case.model, "images": image, "stride": 3, "probability_type": "float", "block_size": 256}
    found.whole = run("predict", **found.given, map=folder / "m.tif", probabilities=folder / "p.tif", jobs=2)
    return found


@pytest.mark.parametrize("more", [{"jobs": 1}, {"memory": 256, "jobs": 16}, {"windows": 256 * 256}])
def test_the_bytes_do_not_depend_on_how_windows_are_cut_and_spread(large, tmp_path, monkeypatch, more):
    if "windows" in more:
        monkeypatch.setattr(mapping, "LARGEST_WINDOW_PIXELS", more["windows"])
        monkeypatch.setattr(mapping, "_in_compressed_strips", lambda stack: False)
        more = {}
    done = run("predict", **large.given, map=tmp_path / "m.tif", probabilities=tmp_path / "p.tif", **more)
    assert bytes_of(done) == bytes_of(large.whole)


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(large, tmp_path):
    given = {**large.given, "images": [large.image], "map": tmp_path / "m.tif", "probabilities": tmp_path / "p.tif",
             "record": False, "jobs": 1}  # fmt: skip
    forests.kill("predict", 0.6, **given)
    assert not (tmp_path / "m.tif").exists()
    done = run("predict", **{**given, "images": large.image})
    assert any(e.get("text", "").startswith("Going on with an earlier run") for e in done.events)
    assert bytes_of(done) == bytes_of(large.whole)


def test_another_stride_does_not_go_on_with_an_earlier_run(case, tmp_path):
    model = save_network(tmp_path / "m.landloom", case.network, NAMES)
    given = {"model": model, "images": case.image, "map": tmp_path / "m.tif"}
    calls = []

    def stop(*arguments):
        calls.append(arguments)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mapping.cog.Canvas, "finish", stop)
        with pytest.raises(KeyboardInterrupt):
            run("predict", **given, stride=4)
    assert calls
    told = run("predict", **given, stride=2).events
    assert any("starting anew" in e.get("text", "") for e in told)


def test_the_work_is_done_by_a_task_that_other_machines_can_run(large, tmp_path, monkeypatch):
    """Sent to a cluster, the task is pickled and opens model and image by itself."""
    import cloudpickle

    each, seen = windows.each, []

    def elsewhere(function, items, *arguments, **more):
        task = function.__closure__ and next(
            cell.cell_contents for cell in function.__closure__ if hasattr(cell.cell_contents, "reader")
        )
        copy = cloudpickle.loads(cloudpickle.dumps(task))
        seen.append(copy)
        predictors._opened.clear()
        return each(copy, items, *arguments, **more)

    monkeypatch.setattr(windows, "each", elsewhere)
    done = run("predict", **large.given, map=tmp_path / "m.tif", probabilities=tmp_path / "p.tif")
    assert seen
    assert bytes_of(done) == bytes_of(large.whole)


# --- what is refused, and what is told --------------------------------------------------------------


def test_a_stride_beyond_the_patch_is_refused(case, tmp_path):
    with pytest.raises(ParameterError, match=r"STRIDE is 9 pixels.*patches of 8 × 8.*Choose 8 or less"):
        run("predict", model=case.model, images=case.image, map=tmp_path / "m.tif", stride=9)


def test_a_stride_for_a_forest_is_told_to_be_of_no_use(tmp_path):
    values, class_id = forests.noise((400,), 3)
    model = forests.save(tmp_path / "m.landloom", forests.fit(values, class_id), "abc")
    image = write_raster(tmp_path / "i.tif", values.reshape(3, 20, 20), names="abc")
    done = run("predict", model=model, images=image, map=tmp_path / "m.tif", stride=2)
    assert "STRIDE was not used: the model looks at every pixel by itself." in done.warnings


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"network": {}}, "does not fit|fit its description"),
        ({"bands": ()}, "other classes or bands"),
        ({"features": tuple(formulas.parse("x = B2 + B3", NAMES))}, "other classes or bands"),
        ({"kind": "patch_cnn2"}, "no map can be made"),
        ({"kind": "refiner"}, "Refine tiles"),
    ],
)
def test_a_damaged_model_is_refused_in_words(case, tmp_path, change, words):
    card, _ = models.load(case.model)
    if "bands" in change:
        change = {"bands": card.bands[:2], "inputs": card.inputs[:2]}
    path = tmp_path / "m.landloom"
    models.save(path, models.Card(**{**card.__dict__, **change}), as_arrays(case.network))
    with pytest.raises(ModelError, match=words):
        predictors.open_model(path)


def test_weights_that_are_missing_are_told(case, tmp_path):
    card, weights = models.load(case.model)
    models.save(tmp_path / "m.landloom", card, {k: v for k, v in weights.items() if k != "head.bias"})
    with pytest.raises(ModelError, match=r"m\.landloom is damaged: .*head\.bias"):
        predictors.open_model(tmp_path / "m.landloom")


def test_memory_stays_within_reason_however_wide_the_network(case):
    from landloom import prediction
    from landloom.mapping import Effort

    for width, edge in ((8, 256), (32, 256), (64, 128), (1024, 32)):
        products = prediction.Products(models.load(case.model)[0].classes)
        task = prediction.PatchTask(None, "", "", products, None, Effort(), 8, width, 1, "cpu")
        assert task.tile == edge
        assert 256 % task.tile == 0
