"""Maps of networks that classify whole tiles: without seams, and the same however the work is cut or interrupted."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import forests
import numpy as np
import pytest
import rasterio
import shapely
from conftest import ROOT, write_raster

torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")
pytest.importorskip("onnxruntime", reason="needs the deep-learning layer: plugin.environment install --layer deep")

from patch_networks import run  # noqa: E402
from tile_models import (  # noqa: E402
    NAMES,
    convolution,
    convolved,
    image_values,
    kernels,
    save_onnx,
    save_segmentation,
    segmentation_network,
)

from landloom import cog, mapping, predictors, provenance, tile_mapping  # noqa: E402
from landloom.errors import ModelError, ParameterError  # noqa: E402
from landloom.networks import engines, onnx_runtime  # noqa: E402
from landloom.tile_mapping import TileTask  # noqa: E402

HEIGHT, WIDTH = 300, 530
MEASURES = ("probabilities", "confidence", "entropy", "margin")


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """An image with gaps in all bands and in one, a graph of one convolution of 5 × 5, and a U-Net."""
    folder = tmp_path_factory.mktemp("Karten für Kacheln")
    values = image_values(HEIGHT, WIDTH)
    found = SimpleNamespace(folder=folder, values=values, kernels=kernels(), network=segmentation_network())
    found.image = write_raster(folder / "image.tif", values, 0, names=NAMES, tiled=True, blockxsize=128, blockysize=128)
    found.plain = save_onnx(folder / "plain.landloom", convolution(found.kernels))
    found.unet = save_segmentation(folder / "unet.landloom", found.network)
    found.part = values[:, 30:150, 20:180]
    found.small = write_raster(folder / "small.tif", found.part, 0, names=NAMES)
    return found


def bands(path):
    with rasterio.open(path) as dataset:
        return dataset.read()


def read(path):
    return bands(path)[0]


def scaled(values):
    """What the graph sees of pixels: standardised, 0 for no data."""
    return np.where(values == 0, 0, (values.astype(float) - 2000) / 800)


def expected(case, values=None):
    """The graph's probabilities (classes, h, w) from one pass over the whole image; NaN is no data."""
    values = case.values if values is None else values
    shares = convolved(case.kernels, scaled(values))
    shares[:, (values == 0).any(axis=0)] = np.nan
    return shares


# --- no seams -----------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{}, {"tile_size": 100, "overlap": 9}, {"tile_size": 33, "overlap": 16}])
def test_what_a_network_sees_from_nearby_is_as_in_one_pass_over_the_whole_image(case, tmp_path, more):
    """The convolution looks 2 pixels far, and at least 2 do not count at the border of a tile."""
    paths = {name: tmp_path / f"{name}.tif" for name in MEASURES}
    done = run("predict", model=case.plain, images=case.image, map=tmp_path / "m.tif", probability_type="float",
               block_size=256, **paths, **more)  # fmt: skip
    shares = expected(case)
    valid = ~np.isnan(shares[0])
    found = bands(done.probabilities)
    assert np.array_equal(np.isnan(found[0]), ~valid)
    assert np.abs(found - shares)[:, valid].max() < 1e-5
    ranked = np.sort(shares[:, valid], axis=0)
    clear = ranked[-1] - ranked[-2] > 1e-5
    assert np.array_equal(read(done.map)[valid][clear], shares[:, valid].argmax(axis=0)[clear] + 1)
    assert np.abs(read(done.margin)[valid] - (ranked[-1] - ranked[-2])).max() < 1e-5
    assert np.abs(read(done.confidence)[valid] - ranked[-1]).max() < 1e-5
    assert len(np.unique(read(done.map))) == 4, "else nothing is tested"
    assert (done.mapped_pixels, done.nodata_pixels) == (valid.sum(), (~valid).sum())


def test_the_tiles_of_a_unet_fade_into_each_other(tmp_path):
    """Where tiles meet, neighbouring pixels differ no more than elsewhere; side by side without overlap they do."""
    values = image_values(256, 640, seed=3)
    values[values == 0] = 1
    image = write_raster(tmp_path / "i.tif", values, 0, names=NAMES)
    model = save_segmentation(tmp_path / "m.landloom", segmentation_network(seed=5), tile=128)
    steps = {}
    for overlap in (32, 0):
        run("predict", model=model, images=image, map=tmp_path / "m.tif", probabilities=tmp_path / "p.tif",
            probability_type="float", overlap=overlap, jobs=1)  # fmt: skip
        jumps = np.abs(np.diff(bands(tmp_path / "p.tif"), axis=2)).mean(axis=(0, 1))
        # Without overlap tiles begin at multiples of 128; with 32 pixels, 8 of which do not count, one begins to count
        # or ceases to at 104 and 120, and so on at steps of 96.
        borders = [127, 255, 383, 511] if overlap == 0 else [x + 96 * i for i in range(5) for x in (103, 119, 111)]
        steps[overlap] = jumps[borders].mean() / np.median(jumps)
    assert steps[32] < 1.1, steps
    assert steps[0] > 1.3, steps


def test_a_unet_over_tiles_that_overlap_is_nearer_to_one_pass_over_the_whole_image(case, tmp_path):
    """It looks further than a tile, so the two differ; by how much on average is held here."""
    values = np.where(case.values == 0, np.nan, case.values).astype(np.float32)
    with torch.inference_mode():
        whole = case.network.probabilities(case.network(torch.from_numpy(values[np.newaxis])))[0].numpy()
    valid = (case.values != 0).all(axis=0)
    difference = {}
    for overlap in (64, 0):
        run("predict", model=case.unet, images=case.image, map=tmp_path / "m.tif", probabilities=tmp_path / "p.tif",
            probability_type="float", tile_size=128, overlap=overlap, jobs=1)  # fmt: skip
        difference[overlap] = np.abs(bands(tmp_path / "p.tif") - whole)[:, valid].mean()
    assert difference[64] < 0.05, difference
    assert difference[64] < 0.8 * difference[0], difference


# --- what is looked at ----------------------------------------------------------------------------


@pytest.mark.parametrize(("height", "width"), [(300, 1), (1, 90), (1, 1), (30, 40)])
def test_an_image_smaller_than_a_tile_is_mapped_as_if_it_were_mirrored_beyond_its_edge(case, tmp_path, height, width):
    values = np.random.default_rng(0).integers(500, 4000, (3, height, width)).astype(np.uint16)
    image = write_raster(tmp_path / "i.tif", values, 0, names=NAMES)
    done = run("predict", model=case.plain, images=image, map=tmp_path / "m.tif", probabilities=tmp_path / "p.tif",
               probability_type="float")  # fmt: skip
    mirrored = np.pad(values, ((0, 0), (0, max(0, 64 - height)), (0, max(0, 64 - width))), mode="symmetric")
    shares = convolved(case.kernels, scaled(mirrored))[:, :height, :width]
    assert np.abs(bands(done.probabilities) - shares).max() < 1e-5


def test_numbers_that_are_none_and_infinite_ones_are_no_data(case, tmp_path):
    values = case.values[:, :80, :90].astype(np.float32)
    values[values == 0] = 1500
    values[0, 10, 10], values[1, 20, 70], values[2, 60, 5] = np.nan, np.inf, -np.inf
    image = write_raster(tmp_path / "i.tif", values, None, names=NAMES)
    model = save_onnx(tmp_path / "m.landloom", convolution(case.kernels), dtype="float32")
    done = run("predict", model=model, images=image, map=tmp_path / "m.tif", probabilities=tmp_path / "p.tif",
               probability_type="float")  # fmt: skip
    missing = ~np.isfinite(values).all(axis=0)
    shares = convolved(case.kernels, np.where(np.isfinite(values), (values - 2000) / 800, 0))
    assert np.array_equal(read(done.map) == 0, missing)
    assert np.abs(bands(done.probabilities) - shares)[:, ~missing].max() < 1e-5
    assert missing.sum() == 3


def test_outside_the_area_nothing_is_mapped_but_it_is_looked_at(case, tmp_path):
    area = shapely.box(500_000 + 1003, 5_400_000 - 2504, 500_000 + 2998, 5_400_000 - 1207)
    done = run("predict", model=case.plain, images=case.image, map=tmp_path / "m.tif", aoi=area.wkt,
               probabilities=tmp_path / "p.tif", probability_type="float")  # fmt: skip
    shares = expected(case)
    inside = np.zeros((HEIGHT, WIDTH), bool)
    inside[121:250, 100:300] = True  # pixels whose centre lies inside
    inside &= ~np.isnan(shares[0])
    assert np.array_equal(read(done.map) != 0, inside)
    assert np.abs(bands(done.probabilities) - shares)[:, inside].max() < 1e-5


def test_an_image_without_data_gives_an_empty_map(case, tmp_path):
    image = write_raster(tmp_path / "i.tif", np.zeros((3, 70, 80), np.uint16), 0, names=NAMES)
    done = run("predict", model=case.unet, images=image, map=tmp_path / "m.tif")
    assert not read(done.map).any()
    assert any("Nothing was mapped" in text for text in done.warnings)


def test_a_raster_of_probabilities_knows_its_classes_and_is_no_class_map(case, tmp_path):
    done = run("predict", model=case.plain, images=case.image, map=tmp_path / "m.tif", probabilities=tmp_path / "p.tif",
               entropy=tmp_path / "e.tif")  # fmt: skip
    table = cog.read_band_classes(done.probabilities)
    assert table == cog.read_classes(done.map)
    assert table.names == list(rasterio.open(done.probabilities).descriptions)
    assert cog.read_classes(done.probabilities) is None
    assert cog.read_band_classes(done.entropy) is None


# --- several looks, several models --------------------------------------------------------------------


@pytest.fixture
def only_pytorch(monkeypatch):
    """ONNX Runtime is not there: for each network it would first be asked whether it gives the same."""
    monkeypatch.setattr(onnx_runtime, "is_there", lambda: False)


def shares_of(folder, **values):
    done = run("predict", map=folder / "m.tif", probabilities=folder / "p.tif", probability_type="float", **values)
    return bands(done.probabilities)


@pytest.mark.usefixtures("only_pytorch")
def test_an_ensemble_is_the_mean_of_its_models_and_its_variance_says_how_far_they_differ(case, tmp_path):
    paths = [case.unet] + [
        save_segmentation(tmp_path / f"{seed}.landloom", segmentation_network(seed)) for seed in (42, 123)
    ]
    single = np.stack([shares_of(tmp_path, model=path, images=case.small) for path in paths])
    together = shares_of(tmp_path, model=paths[0], further_models=[str(p) for p in paths[1:]], images=case.small,
                         variance=tmp_path / "v.tif")  # fmt: skip
    valid = ~np.isnan(together[0])
    assert np.abs(together - single.mean(axis=0))[:, valid].max() < 1e-5
    # Blended as probabilities are, so the same as that of the maps where one tile counts alone.
    alone = np.zeros(valid.shape, bool)
    alone[:52, :52] = True
    found, by_hand = read(tmp_path / "v.tif"), single.var(axis=0).mean(axis=0)
    assert np.abs(found - by_hand)[alone & valid].max() < 1e-5
    assert np.array_equal(np.isnan(found), ~valid)
    assert np.nanmax(found) > 0.01
    record = json.loads((tmp_path / "v.tif.json").read_text())
    assert len(record["inputs"]["further_models"]) == 2


@pytest.mark.usefixtures("only_pytorch")
def test_models_are_weighted_by_the_kappa_of_their_cards(case, tmp_path):
    paths = [
        save_segmentation(tmp_path / f"{seed}.landloom", segmentation_network(seed), metrics={"kappa": kappa})
        for seed, kappa in ((1, 0.6), (2, 0.2))
    ]
    one, two = (shares_of(tmp_path, model=path, images=case.small) for path in paths)
    given = {"model": paths[0], "further_models": str(paths[1]), "images": case.small}
    together = shares_of(tmp_path, **given, vote="weighted")
    assert np.nanmax(np.abs(together - (0.75 * one + 0.25 * two))) < 1e-5
    with pytest.raises(ParameterError, match=r"VOTE 'weighted' counts models by their kappa.*unet\.landloom has none"):
        shares_of(tmp_path, **{**given, "further_models": str(case.unet)}, vote="weighted")


@pytest.mark.usefixtures("only_pytorch")
def test_models_of_other_classes_or_bands_do_not_work_together(case, tmp_path):
    given = {"model": case.unet, "images": case.image, "map": tmp_path / "m.tif"}
    other = save_segmentation(tmp_path / "classes.landloom", segmentation_network(class_count=4))
    with pytest.raises(ModelError, match=r"classes\.landloom has other classes than .*4 Class 4 instead of"):
        run("predict", **given, further_models=str(other))
    other = save_segmentation(tmp_path / "bands.landloom", segmentation_network(), names=("B4", "B3", "B2"))
    with pytest.raises(ModelError, match=r"bands\.landloom looks at other bands .*B4, B3, B2 instead of B2, B3, B4"):
        run("predict", **given, further_models=str(other))
    values, class_id = forests.noise((300,), 3)
    forest = forests.save(tmp_path / "forest.landloom", forests.fit(values, class_id), NAMES)
    with pytest.raises(ParameterError, match=r"forest\.landloom is no network that classifies whole tiles"):
        run("predict", **given, further_models=str(forest))
    with pytest.raises(ParameterError, match=r"FURTHER_MODELS are for networks .*forest\.landloom is none"):
        run("predict", **{**given, "model": forest}, further_models=str(case.unet))
    assert not (tmp_path / "m.tif").exists()


def test_a_dropout_that_an_encoder_has_but_does_not_use_is_none(tmp_path, case):
    """EfficientNet has a layer for its classifier, which here it has not."""
    model = save_segmentation(tmp_path / "e.landloom", segmentation_network(encoder="efficientnet-b0", dropout=0.0))
    with pytest.raises(ParameterError, match=r"DROPOUT_PASSES must be 0: .*e\.landloom has no dropout"):
        shares_of(tmp_path, model=model, images=case.small, dropout_passes=3)


@pytest.mark.usefixtures("only_pytorch")
def test_memory_that_does_not_suffice_is_told_with_a_remedy(tmp_path, case, monkeypatch):
    def full(*given):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    monkeypatch.setattr(engines.TorchEngine, "probabilities", full)
    with pytest.raises(ParameterError, match=r"of the graphics card does not suffice\. Choose a smaller TILE_SIZE"):
        shares_of(tmp_path, model=case.unet, images=case.small)


def test_passes_with_dropout_differ_and_are_the_same_for_the_same_seed(case, tmp_path):
    model = save_segmentation(tmp_path / "m.landloom", segmentation_network(dropout=0.4))
    given = {"model": model, "images": case.small, "dropout_passes": 3, "variance": tmp_path / "v.tif"}
    first, spread = shares_of(tmp_path, **given), read(tmp_path / "v.tif")
    assert spread[~np.isnan(spread)].min() > 0
    assert np.array_equal(shares_of(tmp_path, **given, jobs=1), first, equal_nan=True)
    assert not np.array_equal(shares_of(tmp_path, **given, seed=1), first, equal_nan=True)
    with pytest.raises(ParameterError, match=r"DROPOUT_PASSES must be 0: .*unet\.landloom has no dropout"):
        shares_of(tmp_path, **{**given, "model": case.unet})


def test_several_looks_and_scales_are_in_the_map(case, tmp_path):
    """The graph minds turns: what it says of eight is the mean of eight whole images, turned back."""
    shares = []
    for mirrored in (False, True):
        for quarters in range(4):
            image = scaled(case.values)[..., ::-1] if mirrored else scaled(case.values)
            answer = np.rot90(convolved(case.kernels, np.rot90(image, quarters, (1, 2))), -quarters, (1, 2))
            shares.append(answer[..., ::-1] if mirrored else answer)
    found = shares_of(tmp_path, model=case.plain, images=case.image, augmentation="turns")
    assert np.nanmax(np.abs(found - np.mean(shares, axis=0))) < 1e-5
    assert np.nanmax(np.abs(found - shares[0])) > 0.1, "else nothing is tested"
    several = shares_of(tmp_path, model=case.plain, images=case.image, scales="0.75, 1", variance=tmp_path / "v.tif")
    assert np.abs(np.nansum(several, axis=0)[~np.isnan(several[0])] - 1).max() < 1e-5
    assert np.nanmax(read(tmp_path / "v.tif")) > 0.01


# --- the same bytes however -----------------------------------------------------------------------


def bytes_of(done):
    return [Path(path).read_bytes() for path in (done.map, done.probabilities)]


@pytest.fixture(scope="module")
def large(case, tmp_path_factory):
    """More windows than one; probabilities as numbers, so that a bit that differs shows."""
    folder = tmp_path_factory.mktemp("large")
    values = np.tile(case.values, (1, 2, 2))[:, :400, :540]
    found = SimpleNamespace(folder=folder, image=write_raster(folder / "image.tif", values, 0, names=NAMES))
    found.given = {"model": case.unet, "images": found.image, "probability_type": "float", "block_size": 256,
                   "tile_size": 128}  # fmt: skip
    found.whole = run("predict", **found.given, map=folder / "m.tif", probabilities=folder / "p.tif", jobs=2)
    return found


def outputs(folder):
    return {"map": folder / "m.tif", "probabilities": folder / "p.tif"}


def test_the_bytes_do_not_depend_on_the_number_of_jobs(large, tmp_path):
    assert bytes_of(run("predict", **large.given, **outputs(tmp_path), jobs=1)) == bytes_of(large.whole)
    assert bytes_of(run("predict", **large.given, **outputs(tmp_path), jobs=5)) == bytes_of(large.whole)


def test_the_bytes_do_not_depend_on_the_width_of_strips_or_on_what_is_kept(large, tmp_path, monkeypatch):
    # A strip of one block, and less room than even that needs: tiles are computed again and again.
    monkeypatch.setattr(TileTask, "tile_budget", 300_000)
    monkeypatch.setattr(TileTask, "kept_bytes", lambda task, blocks: 300_000 * blocks)
    done = run("predict", **large.given, **outputs(tmp_path))
    assert any("strips of 256 pixels" in e.get("text", "") for e in done.events)
    assert bytes_of(done) == bytes_of(large.whole)


def test_the_pixels_do_not_depend_on_the_block_size(large, tmp_path):
    done = run("predict", **{**large.given, "block_size": 512}, **outputs(tmp_path))
    assert np.array_equal(bands(done.probabilities), bands(large.whole.probabilities), equal_nan=True)


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(large, tmp_path):
    given = {**large.given, "images": [large.image], **outputs(tmp_path), "record": False, "jobs": 1}
    forests.kill("predict", 0.5, **given)
    assert not (tmp_path / "m.tif").exists()
    done = run("predict", **{**given, "images": large.image})
    assert any(e.get("text", "").startswith("Going on with an earlier run") for e in done.events)
    assert bytes_of(done) == bytes_of(large.whole)


def test_a_task_that_is_sent_elsewhere_maps_the_same_in_other_windows(large, tmp_path, monkeypatch):
    """On a cluster the task is pickled, opens model and image by itself, and windows are squares."""
    import cloudpickle

    each, seen = mapping.windows.each, []

    def elsewhere(function, items, *arguments, **more):
        task = next(c.cell_contents for c in function.__closure__ if isinstance(c.cell_contents, TileTask))
        copy = cloudpickle.loads(cloudpickle.dumps(task))
        predictors._opened.clear()
        tile_mapping._states.clear()
        seen.extend(items)
        return each(copy, items, *arguments, **more)

    def squares(task):
        from dataclasses import replace

        return plan(replace(task, effort=replace(task.effort, scheduler="tcp://anywhere")))

    plan = TileTask.plan
    monkeypatch.setattr(TileTask, "plan", squares)
    monkeypatch.setattr(mapping.windows, "each", elsewhere)
    done = run("predict", **large.given, **outputs(tmp_path))
    assert max(window.width for window in seen) > 256
    assert bytes_of(done) == bytes_of(large.whole)


@pytest.mark.parametrize("more", [{"augmentation": "flips"}, {"overlap": 20}, {"tile_size": 128}, {"scales": "1, 1.5"}])
def test_a_run_with_other_looks_starts_anew(case, tmp_path, more):
    given = {"model": case.plain, "images": case.image, "map": tmp_path / "m.tif"}

    def stop(*arguments):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mapping.cog.Canvas, "finish", stop)
        with pytest.raises(KeyboardInterrupt):
            run("predict", **given)
    told = [e.get("text", "") for e in run("predict", **given, **more).events]
    assert any("starting anew" in text for text in told)


def test_each_tile_is_computed_once_where_the_budget_is_enough(case, tmp_path, monkeypatch):
    compute, units = TileTask.compute, []

    def counted(task, members, unit):
        units.append(unit)
        return compute(task, members, unit)

    monkeypatch.setattr(TileTask, "compute", counted)
    run("predict", model=case.plain, images=case.image, map=tmp_path / "m.tif", block_size=256, jobs=3)
    # 300 pixels are 6 tiles in steps of 48, 530 are 11.
    assert sorted(units) == [(row, column) for row in range(6) for column in range(11)]


# --- memory -----------------------------------------------------------------------------------------

_PEAK = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from landloom.job import Job
from landloom.runner import run_stage
from landloom.stages.predict import Predict
with Job(environ=os.environ) as job:
    run_stage(Predict, json.loads(sys.argv[2]), job)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.skipif("LANDLOOM_ALL_TESTS" not in os.environ, reason="takes long; LANDLOOM_ALL_TESTS is not set")
def test_a_raster_6_times_larger_takes_no_more_memory(tmp_path):
    model = save_onnx(tmp_path / "m.landloom", convolution(kernels(edge=1)), tile=256)
    block, peaks = np.random.default_rng(0).integers(1, 4000, (3, 512, 512)).astype(np.uint16), []
    for side in (2048, 5120):
        image = tmp_path / "i.tif"
        with rasterio.open(image, "w", "GTiff", side, side, 3, "EPSG:32633",
                           rasterio.transform.from_origin(500_000, 5_400_000, 10, 10), "uint16", tiled=True,
                           blockxsize=512, blockysize=512) as dataset:  # fmt: skip
            dataset.descriptions = NAMES
            for _, window in dataset.block_windows():
                dataset.write(block, window=window)
        values = {"model": model, "images": [image], "map": tmp_path / "m.tif", "memory": 256, "jobs": 2,
                  "record": False}  # fmt: skip
        command = [sys.executable, "-c", _PEAK, str(ROOT), json.dumps(values, default=str)]
        done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))
        assert done.returncode == 0, done.stderr
        peaks.append(int(done.stdout.split()[-1]) / 1024)
    assert peaks[1] < 1.1 * peaks[0], peaks


def test_strips_are_as_wide_as_the_budget_allows(case):
    from landloom.blending import Lattice
    from landloom.classes import make_table
    from landloom.ensembles import Looks
    from landloom.mapping import Effort
    from landloom.prediction import Products

    products = Products(make_table({"id": i, "name": str(i)} for i in range(1, 11)))
    reader = SimpleNamespace(stack=SimpleNamespace(grid=SimpleNamespace(height=50_000, width=50_000)))
    for budget, blocks in ((256, 1), (1024, 2), (4096, 17)):
        task = TileTask(
            reader, "", "", products, None, Effort(memory_mb=budget), (), Looks(),
            Lattice.over(50_000, 50_000, 512, 128), "cpu",
        )  # fmt: skip
        # 10 classes of 512² pixels in float32 are 10 MiB a tile, a quarter of the budget is for them, and there are 4
        # rows of at most (512 · blocks + 512) / 384 + 1 tiles: 5 in a row for 2 blocks, 7 for 3.
        assert task.strip_blocks == blocks
        assert task.kept_bytes(task.strip_blocks) <= max(task.tile_budget, task.kept_bytes(1))
        covered = {(w.col_off // 512, w.row_off // 512) for w in task.plan()}
        assert len(covered) == len(task.plan()) == 98 * 98


# --- what is refused, and what is told --------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"overlap": 40}, r"OVERLAP is 40 pixels; it must be at most 32, half of a tile"),
        ({"scales": "9"}, r"SCALES must be different numbers .*Got '9' instead"),
        ({"variance": "v.tif"}, r"VARIANCE needs several answers about a pixel"),
        ({"tile_size": 8}, r"tile_size.*at least|from 16 to"),
        ({"augmentation": "spins"}, r"augmentation.*none, flips, turns"),
    ],
)
def test_settings_that_cannot_be_are_refused(case, tmp_path, more, words):
    if "variance" in more:
        more = {"variance": tmp_path / "v.tif"}
    with pytest.raises(ParameterError, match=words):
        run("predict", model=case.unet, images=case.image, map=tmp_path / "m.tif", **more)


def test_settings_of_tiles_are_told_to_be_of_no_use_for_a_forest(tmp_path):
    values, class_id = forests.noise((400,), 3)
    model = forests.save(tmp_path / "m.landloom", forests.fit(values, class_id), "abc")
    image = write_raster(tmp_path / "i.tif", values.reshape(3, 20, 20), names="abc")
    given = {"model": model, "images": image, "map": tmp_path / "m.tif"}
    done = run("predict", **given, tile_size=64, scales="1, 2")
    assert "TILE_SIZE, SCALES were not used: the model looks at every pixel by itself." in done.warnings
    with pytest.raises(ParameterError, match=r"VARIANCE is for networks that classify whole tiles"):
        run("predict", **given, variance=tmp_path / "v.tif")


def test_margin_is_there_for_every_model(tmp_path):
    values, class_id = forests.noise((400,), 3)
    forest = forests.fit(values, class_id)
    model = forests.save(tmp_path / "m.landloom", forest, "abc")
    image = write_raster(tmp_path / "i.tif", values.reshape(3, 20, 20), names="abc")
    done = run("predict", model=model, images=image, map=tmp_path / "m.tif", margin=tmp_path / "g.tif",
               probability_type="float")  # fmt: skip
    ranked = np.sort(forest.predict_proba(values.T.astype(np.float32)), axis=1)
    assert np.abs(read(done.margin).ravel() - (ranked[:, -1] - ranked[:, -2])).max() < 1e-6


def test_what_is_not_used_of_a_network_is_told(case, tmp_path):
    done = run("predict", model=case.plain, images=case.image, map=tmp_path / "m.tif", stride=2, vote="uncertainty")
    assert "STRIDE was not used: the model classifies whole tiles." in done.warnings
    assert "VOTE was not used: there is one model." in done.warnings


def test_the_record_beside_the_map_has_all_settings(case, tmp_path):
    done = run("predict", model=case.plain, images=case.image, map=tmp_path / "m.tif", augmentation="flips", overlap=20)
    record = json.loads(Path(f"{done.map}.json").read_text())
    assert (record["parameters"]["augmentation"], record["parameters"]["overlap"]) == ("flips", 20)
    assert record["versions"] == provenance.versions()
