"""Any class ids go through tiles, network, map and evaluation as they are: 0, 255, and those that need 16 bits."""

import json

import numpy as np
import pytest
import rasterio
import sklearn.metrics
from conftest import BANDS, class_image, reflectance, write_raster

torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")

from landloom import cog  # noqa: E402
from landloom.job import Job  # noqa: E402
from landloom.networks import tile_data  # noqa: E402
from landloom.tiles.dataset import open_tiles  # noqa: E402

IDS = (0, 255, 1000)
QUICK = {
    "encoder": "tu-tf_mobilenetv3_small_minimal_100", "epochs": 1, "batch_size": 6, "learning_rate": 0.01,
    "record": False,
}  # fmt: skip


def cut(folder, run, ids):
    """Tiles of a scene with three classes; nothing in the files says which value stands for no class."""
    truth = class_image(128, 160)
    labels = np.array([0, *ids], np.uint16)[truth]
    image = write_raster(folder / "image.tif", reflectance(truth), 0, names=BANDS)
    raster = write_raster(folder / "labels.tif", labels[np.newaxis])
    done = run("cut_tiles", images=image, label_raster=raster, tile_size=32, tiles=folder / "tiles")
    return image, labels, open_tiles(done.tiles)


@pytest.mark.parametrize(("ids", "stored", "nodata"), [((0, 1, 2), "uint8", 255), ((1, 2, 255), "uint8", 0)])
def test_masks_have_a_value_to_spare(tmp_path, run, ids, stored, nodata):
    _, labels, tiles = cut(tmp_path, run, ids)
    assert (tiles.classes.ids, tiles.ignore, tiles.read_mask(0).dtype) == (list(ids), nodata, stored)
    assert np.array_equal(tiles.read_mask(0), labels[:32, :32])


def test_class_ids_stay_what_they_are_from_labels_to_evaluation(tmp_path, run):
    image, labels, tiles = cut(tmp_path, run, IDS)
    assert (tiles.classes.ids, tiles.ignore, tiles.read_mask(0).dtype) == (list(IDS), 65535, "uint16")
    trained = run("train_segmentation", tiles=tiles.folder, model=tmp_path / "m.landloom", **QUICK)
    with Job() as job:
        targets = tile_data.read(tiles, job).read(0)[1]
    window = tiles.window(0).toslices()
    assert np.array_equal(np.array(IDS)[targets], labels[window]), "a network learns the places of the ids"
    mapped = run(
        "predict", model=trained.model, images=image, map=tmp_path / "map.tif", probabilities=tmp_path / "p.tif",
        record=False,
    )  # fmt: skip
    with rasterio.open(mapped.map) as dataset:
        shown = dataset.read(1)
        assert (dataset.dtypes[0], dataset.nodata) == ("uint16", 65535)
    with rasterio.open(mapped.probabilities) as dataset:
        assert [c.id for c in cog.read_band_classes(mapped.probabilities)] == list(IDS)
        likeliest = dataset.read().argmax(axis=0)
    assert np.mean(np.array(IDS)[likeliest] == shown) > 0.99, "but for percents that are rounded alike"

    metrics = tmp_path / "metrics.json"
    done = run("evaluate", map=mapped.map, tiles=tiles.folder, probabilities=mapped.probabilities, metrics=metrics)
    tested = np.zeros(labels.shape, bool)
    for row in tiles.rows("test"):
        window = tiles.window(row)
        tested[window.row_off : window.row_off + 32, window.col_off : window.col_off + 32] = True
    expected = sklearn.metrics.confusion_matrix(labels[tested], shown[tested], labels=IDS).T
    assert json.loads(metrics.read_text(encoding="utf-8"))["confusion_matrix"] == expected.tolist()
    assert done.left_out_count == 0
    assert 0 <= done.ece < 1
