"""Features of images: the right numbers, each content once, whatever happens on the way."""

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")

from conftest import ROOT, write_raster  # noqa: E402
from record_tables import make_records  # noqa: E402
from tile_folders import make_tiles  # noqa: E402

from landloom.errors import InputError, OutputError, ParameterError  # noqa: E402
from landloom.image_features import feature_store, images, scaling  # noqa: E402
from landloom.networks.feature_encoder import FeatureEncoder  # noqa: E402

# A ResNet of timm that is made for tests, with 96 features.
TINY = "tu-test_resnet"
IMAGENET_MEAN = np.array([0.485, 0.456, 0.406]).reshape(3, 1, 1)
IMAGENET_DEVIATION = np.array([0.229, 0.224, 0.225]).reshape(3, 1, 1)


@pytest.fixture(scope="session")
def resnet():
    """torchvision's ResNet-18 with random numbers that keep its features small."""
    from landloom.deep import smp  # noqa: F401 (lets torchvision be imported beside any PyTorch)

    import torchvision  # isort: skip

    torch.manual_seed(0)
    model = torchvision.models.resnet18(weights=None).eval()
    for name, buffer in model.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_()
        elif name.endswith("running_var"):
            buffer.uniform_(1, 3)
    return model


@pytest.fixture(scope="session")
def weights(resnet, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "resnet18.pth"
    torch.save(resnet.state_dict(), path)
    return path


@pytest.fixture
def extract(run, tmp_path):
    """Run the stage with small things, and open what it wrote."""

    def runner(images=None, name="features.h5", **values):
        given = {"encoder": TINY, "weights": "none", "jobs": 2, **values}
        if images is not None:
            given["images"] = images
        found = run("extract_features", features=tmp_path / name, **given)
        found.store = feature_store.open_store(found.features)
        return found

    return runner


def pictures(folder: Path, count: int = 6, size: int = 64, seed: int = 0) -> Path:
    """RGB images as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    for number in range(count):
        values = random.integers(0, 256, (3, size, size), dtype=np.uint8)
        with rasterio.open(folder / f"{number}.png", "w", "PNG", size, size, 3, dtype="uint8") as dataset:
            dataset.write(values)
    return folder


@torch.no_grad()
def by_torchvision(resnet, shown: np.ndarray) -> np.ndarray:
    """What reaches torchvision's last layer for standardised images (n, 3, h, w)."""
    whole = torch.nn.Sequential(*list(resnet.children())[:-1])
    return whole(torch.from_numpy(shown.astype(np.float32))).flatten(1).numpy()


def pixels(path: Path) -> np.ndarray:
    with rasterio.open(path) as dataset:
        return dataset.read()


def test_features_are_those_of_torchvision(extract, resnet, weights, tmp_path):
    folder = pictures(tmp_path / "Bilder mit ä")
    found = extract(folder, precision="float32", encoder="resnet18", weights=weights)
    shown = np.stack([(pixels(folder / f"{i}.png") / 255 - IMAGENET_MEAN) / IMAGENET_DEVIATION for i in range(6)])
    expected = by_torchvision(resnet, shown)
    assert np.allclose(found.store.read(range(6)), expected, atol=1e-4 * np.abs(expected).max())
    assert found.store.ids.tolist() == [str(i) for i in range(6)]
    assert (found.stored_count, found.dimension, found.success_share) == (6, 512, 1)
    hashes = [hashlib.sha256((folder / f"{i}.png").read_bytes()).hexdigest() for i in range(6)]
    assert found.store.table["sha256"].tolist() == hashes


def test_one_band_counts_as_three_alike(extract, resnet, weights, tmp_path):
    random = np.random.default_rng(1)
    band = random.random((1, 64, 64), dtype=np.float32)
    (tmp_path / "a").mkdir()
    np.save(tmp_path / "a/one.npy", band[0])
    found = extract(tmp_path / "a", precision="float32", encoder="resnet18", weights=weights)
    # The first layer's weights are summed; a value that were 0 in one band is standardised by its mean.
    shown = np.repeat((band - 0.485) / 0.229, 3, axis=0)
    expected = by_torchvision(resnet, shown[np.newaxis])
    assert np.allclose(found.store.read([0]), expected, atol=1e-4 * np.abs(expected).max())


def test_any_format_bands_size_and_type(extract, tmp_path):
    random = np.random.default_rng(2)
    folder = tmp_path / "mixed"
    (folder / "below").mkdir(parents=True)
    write_raster(folder / "five.tif", random.integers(0, 9000, (5, 40, 70)).astype(np.int16), nodata=-1)
    np.save(folder / "last.npy", random.random((33, 47, 4)))
    np.savez(folder / "below/tile.npz", opt_v1=random.random((4, 32, 32)), other=np.zeros(3))
    with rasterio.open(folder / "grey.jpg", "w", "JPEG", 300, 20, 1, dtype="uint8") as dataset:
        dataset.write(random.integers(0, 255, (1, 20, 300), dtype=np.uint8))
    write_raster(folder / "bytes.tif", random.integers(0, 255, (1, 1, 1), dtype=np.uint8))
    found = extract(folder)
    assert sorted(found.store.ids) == ["below/tile", "bytes", "five", "grey", "last"]
    assert np.isfinite(found.store.read(range(5))).all()
    placed = found.store.footprints()
    assert sorted(placed["id"]) == ["bytes", "five"]
    assert placed.crs == "EPSG:32633"
    assert placed.geometry[placed["id"] == "five"].iloc[0].bounds == (500_000, 5_399_600, 500_700, 5_400_000)


def test_a_resnet_50_gives_2048_features(extract, tmp_path):
    assert FeatureEncoder("resnet50", 3).dimension == 2048
    found = extract(pictures(tmp_path / "a", 1, 32))
    assert (found.dimension, found.store.encoder) == (96, TINY)
    assert any("random" in text for text in found.warnings)


def test_a_vision_transformer_gives_its_own_summary(extract, tmp_path):
    from landloom.deep import timm

    folder = pictures(tmp_path / "a", 2, 64)
    torch.manual_seed(0)
    model = timm.create_model("test_vit", num_classes=0).eval()
    torch.save(model.state_dict(), tmp_path / "vit.pth")
    given = {"encoder": "tu-test_vit", "weights": tmp_path / "vit.pth", "precision": "float32"}
    found = extract(folder, size=160, **given)
    mean, deviation = (np.array(v).reshape(3, 1, 1) for v in (model.default_cfg["mean"], model.default_cfg["std"]))
    shown = np.stack([(pixels(folder / f"{i}.png") / 255 - mean) / deviation for i in range(2)]).astype(np.float32)
    large = torch.nn.functional.interpolate(torch.from_numpy(shown), (160, 160), mode="bilinear", antialias=True)
    assert np.allclose(found.store.read([0, 1]), model(large).detach(), atol=1e-4)


def test_weights_with_gaps_are_refused(extract, resnet, tmp_path):
    """Ten of a hundred weights at random would spoil all features; one that a library leaves out would not."""
    folder = pictures(tmp_path / "a", 1, 32)
    content = {key.replace("layer4.1.", "block9."): value for key, value in resnet.state_dict().items()}
    torch.save(content, tmp_path / "other.pth")
    with pytest.raises(InputError, match=r"(?s)90 of 100 fit.*layer4\.1\.conv1\.weight.*block9\.conv1\.weight"):
        extract(folder, encoder="resnet18", weights=tmp_path / "other.pth")


def test_random_weights_follow_the_seed(extract, tmp_path):
    folder = pictures(tmp_path / "a", 2, 32)
    first, again, other = (extract(folder, f"{i}.h5", seed=seed).store.read([0, 1]) for i, seed in enumerate((1, 1, 2)))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)


def test_tiles_know_where_they_lie(extract, tmp_path):
    make_tiles(tmp_path / "tiles", 2, 32, georeferenced=True)
    store = extract(tmp_path / "tiles").store
    assert len(store.footprints()) == 2


def test_no_data_becomes_the_mean_of_its_band(extract, tmp_path):
    values = np.random.default_rng(3).integers(0, 10_000, (3, 64, 64)).astype(np.float32)
    values[0, :10] = -9999
    (tmp_path / "a").mkdir()
    write_raster(tmp_path / "a/with.tif", values, nodata=-9999)
    full = values.copy()
    full[0, :10] = values[0, 10:].mean(dtype=np.float64)
    np.save(tmp_path / "a/filled.npy", full)
    store = extract(tmp_path / "a", scaling="range", high=10_000, precision="float32").store
    assert np.allclose(*store.read(store.find(["with", "filled"])), rtol=1e-4, atol=1e-4)


def test_scaling_by_data_set_is_kept_for_images_that_come_later(extract, tmp_path):
    random = np.random.default_rng(4)
    folder = tmp_path / "a"
    folder.mkdir()
    stack = [random.normal(300, 50, (2, 32, 32)) for _ in range(4)]
    for number, values in enumerate(stack):
        np.save(folder / f"{number}.npy", values)
    first = extract(folder, scaling="dataset")
    limits = np.percentile(np.stack(stack), (2, 98), axis=(0, 2, 3)).T
    assert np.allclose(first.store.recipe["limits"]["2"], limits)
    np.save(folder / "later.npy", random.normal(900, 50, (2, 32, 32)))
    second = extract(folder, scaling="dataset")
    assert second.store.recipe == first.store.recipe
    assert (second.computed_count, second.reused_count) == (1, 4)
    new = extract(folder, "elsewhere.h5", scaling="dataset", earlier=first.features)
    assert new.store.recipe == first.store.recipe
    assert extract(folder, "fresh.h5", scaling="dataset").store.recipe != first.store.recipe


def test_scaling_that_does_not_fit_is_told(extract, tmp_path):
    (tmp_path / "a").mkdir()
    np.save(tmp_path / "a/decibel.npy", np.random.default_rng(0).normal(-15, 3, (2, 32, 32)))
    assert any("SCALING dataset" in text for text in extract(tmp_path / "a").warnings)


def test_the_same_content_is_computed_once(extract, tmp_path):
    folder = pictures(tmp_path / "a", 3, 32)
    (folder / "copy.png").write_bytes((folder / "1.png").read_bytes())
    first = extract(folder)
    assert (first.computed_count, first.duplicate_count, first.reused_count) == (3, 1, 0)
    assert np.array_equal(*first.store.read(first.store.find(["copy", "1"])))
    before = Path(first.features).read_bytes()
    again = extract(folder)
    assert (again.computed_count, again.reused_count) == (0, 3)
    assert Path(again.features).read_bytes() == before


def test_features_made_otherwise_are_not_reused(extract, tmp_path):
    folder = pictures(tmp_path / "a", 2, 32)
    first = extract(folder)
    assert extract(folder, size=64).computed_count == 2
    found = extract(folder, "other.h5", size=96, earlier=first.features)
    assert found.computed_count == 2
    assert any("size" in text for text in found.warnings)


KILLED = """
import os, signal, sys
from landloom.job import Job
from landloom.runner import run_stage
from landloom.image_features import journal
from landloom.stages.extract_features import ExtractFeatures
add, calls = journal.Journal.add, []
def killing(self, hashes, features):
    add(self, hashes, features)
    calls.append(1)
    if len(calls) == 2:
        self._file.write(b"half an entry")
        os.kill(os.getpid(), signal.SIGKILL)
journal.Journal.add = killing
with Job() as job:
    run_stage(ExtractFeatures, dict(pair.split("=", 1) for pair in sys.argv[1:]), job)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(extract, tmp_path):
    # Batches of 32 and 8, then again in another size.
    folder = pictures(tmp_path / "a", 40, 64)
    pictures(folder / "larger", 40, 80, seed=9)
    killed = tmp_path / "killed.h5"
    whole = extract(folder, "whole.h5", jobs=1)
    values = {"images": folder, "features": killed, "encoder": TINY, "weights": "none", "jobs": 1}
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *(f"{k}={v}" for k, v in values.items())], cwd=ROOT, env={**os.environ}
    )
    assert done.returncode == -signal.SIGKILL
    assert not killed.exists()
    resumed = extract(folder, "killed.h5", jobs=1)
    assert resumed.reused_count == 40
    assert resumed.computed_count == 40
    assert killed.read_bytes() == Path(whole.features).read_bytes()
    assert not (tmp_path / ".killed.h5.landloom").exists()


def test_two_runs_at_once_are_refused(extract, tmp_path):
    import filelock

    folder = pictures(tmp_path / "a", 1, 32)
    (tmp_path / ".features.h5.landloom").mkdir()
    with filelock.FileLock(tmp_path / ".features.h5.landloom/lock"), pytest.raises(OutputError, match="Another run"):
        extract(folder)


def test_failures_are_counted_and_listed_and_decide(extract, tmp_path):
    folder = pictures(tmp_path / "a", 4, 32)
    (folder / "broken.tif").write_bytes(b"no tiff")
    np.save(folder / "empty.npy", np.full((3, 32, 32), np.nan))
    np.savez(folder / "many.npz", a=np.zeros((3, 4, 4)), b=np.zeros((3, 4, 4)))
    np.save(folder / "line.npy", np.zeros(7))
    np.save(folder / "text.npy", np.full((4, 4), "x"))
    with pytest.raises(InputError, match=r"4 of 9 images \(44.4 %\).*MINIMUM_SHARE") as error:
        extract(folder, failures=tmp_path / "failures.csv")
    assert "no data 1, no key 1, unreadable 1, wrong shape 1, wrong type 1" in str(error.value)
    listed = pd.read_csv(tmp_path / "failures.csv")
    assert dict(zip(listed["id"], listed["kind"], strict=True)) == {
        "broken": "unreadable", "empty": "no data", "line": "wrong shape", "many": "no key", "text": "wrong type",
    }  # fmt: skip
    assert not (tmp_path / "features.h5").exists()
    found = extract(folder, minimum_share=0.4)
    assert (found.stored_count, found.reused_count, found.computed_count) == (4, 4, 0)
    assert found.store.ids.tolist() == ["0", "1", "2", "3"]


def test_numbers_beyond_float32_are_no_data_and_say_nothing(extract, tmp_path, recwarn):
    folder = pictures(tmp_path / "a", 2, 32)
    write_raster(folder / "huge.tif", np.full((3, 32, 32), 1e300))
    assert extract(folder, minimum_share=0.5).stored_count == 2
    assert not [one for one in recwarn if issubclass(one.category, RuntimeWarning)]


def test_a_pattern_with_a_root_is_refused(extract, tmp_path):
    with pytest.raises(ParameterError, match="PATTERN"):
        extract(pictures(tmp_path / "a", 2, 32), pattern="/etc/*")


def test_records_give_ids_and_footprints(extract, tmp_path):
    records = make_records(tmp_path / "records", 6)
    (tmp_path / "records" / records.table["image"][2]).unlink()
    found = extract(records=records.path, minimum_share=0.5)
    assert found.store.ids.tolist() == [i for n, i in enumerate(records.table["record_id"]) if n != 2]
    expected = records.footprints().geometry.drop(2).reset_index(drop=True)
    assert found.store.footprints().geometry.geom_equals(expected).all()
    assert any("missing 1" in text for text in found.warnings)


@pytest.mark.parametrize(
    ("values", "error", "text"),
    [
        ({}, ParameterError, "RECORDS or IMAGES"),
        ({"images": "nowhere"}, InputError, "does not exist"),
        ({"images": "none"}, InputError, "holds no images"),
        ({"images": "a", "encoder": "resnet81"}, ParameterError, "resnet18"),
        ({"images": "a", "weights": "a/0.png"}, InputError, "holds no weights"),
        ({"images": "a", "bands": "1,x"}, ParameterError, "BANDS"),
        ({"images": "a", "bands": "7"}, InputError, "no band 7"),
        ({"images": "a", "scaling": "range", "low": 2}, ParameterError, "HIGH"),
        ({"images": "a", "earlier": "a/none.h5"}, InputError, "does not exist"),
        ({"images": "twice"}, InputError, "PATTERN"),
    ],
)
def test_what_cannot_be_is_told(extract, tmp_path, values, error, text):
    pictures(tmp_path / "a", 1, 32)
    (tmp_path / "none").mkdir()
    np.save(pictures(tmp_path / "twice", 1, 32) / "0.npy", np.zeros((3, 3)))
    below = {k: tmp_path / v if k in ("images", "earlier") or "/" in str(v) else v for k, v in values.items()}
    with pytest.raises(error, match=text):
        extract(**below)


def test_a_damaged_store_is_told(extract, tmp_path):
    found = extract(pictures(tmp_path / "a", 2, 32))
    content = Path(found.features).read_bytes()
    Path(found.features).write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="no feature store or is damaged"):
        feature_store.open_store(found.features)


def test_rows_are_read_in_any_order(tmp_path):
    values = np.random.default_rng(0).normal(size=(500, 20)).astype(np.float32)
    names = [f"i{n}" for n in range(500)]
    table = pd.DataFrame({"id": names, **dict.fromkeys(feature_store.TEXTS[1:], "")})
    about = {"encoder": "x", "weights": {}, "recipe": {}, "facts": {}}
    parts = iter(np.split(values, [7, 8, 300]))
    feature_store.write_store(tmp_path / "s.h5", table, parts, 20, "float32", about)
    store = feature_store.open_store(tmp_path / "s.h5")
    rows = np.array([499, 0, 7, 7, 250])
    assert np.array_equal(store.read(rows), values[rows])
    assert np.array_equal(np.concatenate([block for _, block in store.blocks()]), values)
    assert store.find(["i3", "not there"]).tolist() == [3, -1]


def test_sizes_that_an_encoder_sees():
    assert scaling.size_for(100, 90, None) == (100, 90)
    assert scaling.size_for(1000, 500, None) == (224, 112)
    assert scaling.size_for(16, 8, None) == (64, 32)
    assert scaling.size_for(1, 500, None) == (32, 224)
    assert scaling.size_for(100, 90, 96) == (96, 96)


def test_transparency_is_no_band_but_near_infrared_is(tmp_path):
    with rasterio.open(tmp_path / "a.png", "w", "PNG", 2, 1, 4, dtype="uint8") as dataset:
        dataset.write(np.array([[[1, 2]], [[3, 4]], [[5, 6]], [[255, 0]]], np.uint8))
    read = images.read(tmp_path / "a.png", images.Reading())
    assert np.array_equal(read, np.array([[[1, np.nan]], [[3, np.nan]], [[5, np.nan]]]), equal_nan=True)
    values = np.random.default_rng(0).integers(0, 200, (4, 8, 8), dtype=np.uint8)
    masked = values.copy()
    masked[3] = np.where(np.arange(8) < 3, 0, 255)
    path = write_raster(tmp_path / "mask.tif", masked)
    read = images.read(path, images.Reading(alpha="mask"))
    assert read.shape == (3, 8, 8)
    assert np.isnan(read).sum() == 3 * 8 * 3
    assert images.read(path, images.Reading(alpha="data")).shape == (4, 8, 8)
    assert images.alpha_of([images.Item("m", "mask.tif", path)]) == "mask"
    # Near infrared, which GDAL calls alpha, too; one tile alone could be taken for a mask.
    other = write_raster(tmp_path / "near_infrared.tif", values)
    assert rasterio.open(other).colorinterp[3].name == "alpha"
    assert images.alpha_of([images.Item("m", "mask.tif", path), images.Item("n", "n.tif", other)]) == "data"
    assert np.array_equal(images.read(other, images.Reading(alpha="data")), values)
    with rasterio.open(tmp_path / "p.png", "w", "PNG", 2, 1, 1, dtype="uint8") as dataset:
        dataset.write(np.array([[[0, 1]]], np.uint8))
        dataset.write_colormap(1, {0: (10, 20, 30, 255), 1: (40, 50, 60, 255)})
    assert images.read(tmp_path / "p.png", images.Reading()).ravel().tolist() == [10, 40, 20, 50, 30, 60]
