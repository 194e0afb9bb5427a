"""Training a segmentation network: what it learns, what it says of itself, and what it refuses."""

import hashlib
import json
import os
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import kills
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
import sklearn.metrics
from tile_sets import make_tiles

torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")

from landloom import models  # noqa: E402
from landloom.errors import Cancelled, InputError, ParameterError  # noqa: E402
from landloom.job import Job  # noqa: E402
from landloom.networks import learning_rates, segmentation, tile_data, tile_report, tile_trainer, training  # noqa: E402
from landloom.networks.tally import IGNORED  # noqa: E402
from landloom.runner import run_stage  # noqa: E402
from landloom.stages.list_models import ListModels  # noqa: E402
from landloom.stages.train_segmentation import TrainSegmentation  # noqa: E402
from landloom.tiles.dataset import CONFIG, TABLE, open_tiles  # noqa: E402

QUICK = {
    "encoder": "tu-tf_mobilenetv3_small_minimal_100", "epochs": 2, "batch_size": 4, "learning_rate": 0.01, "jobs": 1,
    "record": False,
}  # fmt: skip
SMALL = {"size": 32, "parts": {"train": 8, "val": 2, "test": 2}}


def run(job=None, **values):
    """Run the stage; gives its outputs, and as `.events` and `.warnings` what was told."""
    events: list[dict] = []
    given = {k: str(v) if isinstance(v, Path) else v for k, v in {**QUICK, **values}.items()}
    with job or Job(events.append, environ=dict(os.environ)) as running:
        outputs = run_stage(TrainSegmentation, given, running)
    return SimpleNamespace(events=events, warnings=[e["text"] for e in events if e["type"] == "warning"], **outputs)


def train(folder, tiles, **more):
    return run(**{"tiles": tiles.folder, "model": folder / "m.landloom", **more})


def amend(tiles, table=None, **config):
    """The data set with another table or other entries in its configuration."""
    if table is not None:
        tiles.write_table(TABLE, table)
    tiles.write_json(CONFIG, {**tiles.config, **config})
    return open_tiles(tiles.folder)


def repaint(tiles, row, change):
    """Change the mask of a tile."""
    path = tiles.folder / tiles.table["mask"][row]
    with rasterio.open(path, "r+") as raster:
        raster.write(change(raster.read()))


def without(class_id, tiles, part):
    """Take a class out of the masks of a part."""
    for row in tiles.rows(part):
        repaint(tiles, row, lambda mask: np.where(mask == class_id, tiles.ignore, mask).astype(mask.dtype))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A network that has had time to learn."""
    folder = tmp_path_factory.mktemp("Übung eins")
    tiles = make_tiles(folder / "Kacheln 1", parts={"train": 8, "val": 3, "test": 3})
    done = train(folder, tiles, epochs=8, report=folder / "r.html", last_model=folder / "last.landloom")
    done.folder, done.tiles = folder, tiles
    return done


# --- what comes out -----------------------------------------------------------------------------


def test_it_learns_what_can_be_learnt(trained):
    assert trained.kappa > 0.5, "chance is 0"
    assert trained.epochs_run == 8
    assert (trained.train_count, trained.val_count, trained.test_count, trained.class_count) == (8, 3, 3, 3)
    assert trained.rate_used == QUICK["learning_rate"]


@torch.no_grad()
def test_the_accuracy_is_that_of_the_saved_network_on_the_test_tiles(trained):
    card, weights = models.load(trained.model)
    network = segmentation.from_arrays(card.network, weights)
    truth, answers = [], []
    for row in trained.tiles.rows("test"):
        values, mask = trained.tiles.read_image(row), trained.tiles.read_mask(row)
        found = network.probabilities(network(torch.from_numpy(values)[None]))[0].argmax(0).numpy() + 1
        known = (mask != 0) & ~np.isnan(values).all(axis=0)
        truth.append(mask[known])
        answers.append(found[known])
    truth, answers = np.concatenate(truth), np.concatenate(answers)
    assert card.metrics["confusion_matrix"] == sklearn.metrics.confusion_matrix(truth, answers).T.tolist()
    expected = {
        "overall_accuracy": sklearn.metrics.accuracy_score(truth, answers),
        "balanced_accuracy": sklearn.metrics.balanced_accuracy_score(truth, answers),
        "kappa": sklearn.metrics.cohen_kappa_score(truth, answers),
        "quadratic_kappa": sklearn.metrics.cohen_kappa_score(truth, answers, weights="quadratic"),
        "mean_iou": sklearn.metrics.jaccard_score(truth, answers, average="macro"),
    }
    assert {name: getattr(trained, name) for name in expected} == pytest.approx(expected, abs=1e-6)


def test_the_model_knows_all_that_mapping_needs(trained):
    card, _ = models.load(trained.model)
    assert (card.kind, card.pixel_size, card.inputs) == ("segmentation", (10.0, 10.0), ("band_1", "band_2", "band_3"))
    assert card.network == {
        "architecture": "segmentation", "network": "unet", "encoder": QUICK["encoder"], "channels": 3, "classes": 3,
        "attention": True, "dropout": 0.4, "ordinal": True, "decision": "classes", "tile_size": 64, "overlap": 0,
    }  # fmt: skip
    assert card.classes.names == ["low", "medium", "high"]
    assert card.training["tiles"] == {"train": 8, "val": 3, "test": 3}
    assert set(card.training["dataset"]) == {CONFIG, TABLE}
    assert len(card.training["history"]) == 8
    assert card.parameters["ordinal"] is True
    assert card.parameters["learning_rate"] == 0.01


def test_bands_are_standardised_by_the_training_tiles(trained):
    _, weights = models.load(trained.model)
    pixels = np.stack([trained.tiles.read_image(row) for row in trained.tiles.rows("train")]).swapaxes(0, 1)
    assert np.allclose(weights["offset"], np.nanmean(pixels, axis=(1, 2, 3)), rtol=1e-5)
    assert np.allclose(weights["scale"], np.nanstd(pixels, axis=(1, 2, 3)), rtol=1e-5)


def test_the_model_remembers_the_ground_of_training_and_validation_but_not_of_the_test(trained):
    _, weights = models.load(trained.model, ["training_area"])
    area = shapely.from_wkb(weights["training_area"].tobytes())
    # Tiles of 640 m from 500,000 east and 5,400,000 north: eight to train on, below them three to validate with.
    expected = shapely.union(
        shapely.box(500_000, 5_399_360, 505_120, 5_400_000), shapely.box(500_000, 5_398_720, 501_920, 5_399_360)
    )
    assert shapely.symmetric_difference(shapely.union_all(shapely.get_parts(area)), expected).area == 0


def test_the_network_of_the_last_epoch_is_a_model_too(trained):
    best, last = (models.load(trained.folder / name) for name in ("m.landloom", "last.landloom"))
    segmentation.from_arrays(last[0].network, last[1])
    assert last[0].training["best_epoch"] == 8
    assert last[0].metrics["val_loss"] == last[0].training["history"][-1]["val_loss"]
    same = all(np.array_equal(best[1][name], last[1][name]) for name in best[1])
    assert same == (trained.best_epoch == 8)
    assert "last epoch" not in (trained.folder / "m.md").read_text(encoding="utf-8")


def test_the_network_is_that_of_the_epoch_with_the_highest_kappa_where_that_is_watched(tmp_path):
    done = train(tmp_path, make_tiles(tmp_path / "t", **SMALL), epochs=3, monitor="kappa")
    values = [epoch["val_kappa"] for epoch in models.load(done.model)[0].training["history"]]
    assert done.best_epoch == 1 + int(np.argmax(values)) != 1 + int(np.argmin(values))


def test_the_weights_of_the_last_epoch_are_not_those_of_the_best():
    history = SimpleNamespace(last={"weight": torch.ones(2), "bias": torch.zeros(1)})
    found = tile_report.last_weights(SimpleNamespace(history=history, network=torch.nn.Linear(2, 1)))
    assert {name: value.tolist() for name, value in found.items()} == {"weight": [1, 1], "bias": [0]}


def test_one_band_of_floats_without_a_crs_can_be_learnt_from(tmp_path):
    tiles = make_tiles(tmp_path / "t", bands=1, dtype="float32", nodata=None, crs=None, classes=("a", "b"), **SMALL)
    done = train(tmp_path, tiles, epochs=1, report=tmp_path / "r.html")
    card, _ = models.load(done.model)
    assert (card.crs, card.network["channels"], card.network["classes"]) == (None, 1, 2)


def test_report_and_card_tell_the_accuracy_and_what_it_is_of(trained):
    page = (trained.folder / "r.html").read_text(encoding="utf-8")
    text = (trained.folder / "m.md").read_text(encoding="utf-8")
    for content in (page, text):
        assert "3 tiles (blocks: 1) in the part" in content
        assert "Neither training nor its end has looked at them." in content
    assert page.count("<svg") == 3
    assert page.count("data:image/png") == 9, "image, reference and answer of three tiles"
    assert f"{100 * trained.mean_iou:.1f} %" in page
    assert "A segmentation network for land cover" in text
    assert "Tiles (train 8, val 3, test 3) from labels.tif on image.tif" in text


def test_every_epoch_is_a_line_and_a_point_of_each_live_curve(trained):
    lines = [e["text"] for e in trained.events if e["type"] == "message" and e["text"].startswith("Epoch ")]
    assert len(lines) == 8
    assert lines[2].startswith("Epoch 3/8: Train Loss ")
    assert " | Val Loss " in lines[2]
    points = {(e["name"], e["step"]): e["value"] for e in trained.events if e["type"] == "metric"}
    history = models.load(trained.model)[0].training["history"]
    for name in ("train_loss", "val_loss", "val_kappa", "val_mean_iou", "val_kappa_quadratic", "learning_rate"):
        assert [points[name, n] for n in range(1, 9)] == [epoch[name] for epoch in history]


def test_without_a_test_part_the_accuracy_is_called_what_it_is(tmp_path):
    tiles = make_tiles(tmp_path / "t", size=32, parts={"train": 4, "val": 2})
    done = train(tmp_path, tiles, epochs=1)
    assert done.test_count == 0
    assert "they decided which epoch was kept" in (tmp_path / "m.md").read_text(encoding="utf-8")


def test_classes_without_an_order_have_no_figures_of_it(tmp_path):
    tiles = make_tiles(tmp_path / "t", ordinal=False, **SMALL)
    done = train(tmp_path, tiles, epochs=1)
    assert (done.quadratic_kappa, done.rho) == (None, None)
    assert any("ORDINAL_WEIGHT does not count" in e.get("text", "") for e in done.events)
    assert models.load(done.model)[0].network["ordinal"] is False
    with pytest.raises(ParameterError, match="MONITOR is quadratic_kappa"):
        train(tmp_path, tiles, monitor="quadratic_kappa")
    assert not any("ORDINAL" in e.get("text", "") for e in train(tmp_path, tiles, epochs=1, ordinal_weight=0).events)


def test_pixels_under_two_tiles_count_once(tmp_path):
    tiles = make_tiles(tmp_path / "t", **SMALL)
    rows = tiles.rows("test")
    assert all(new.all() for new in tile_data.first_shown(tiles, rows))
    table = tiles.table.copy()
    table.loc[rows[1], ["row", "col"]] = table.loc[rows[0], ["row", "col"]] + [20, 12]
    first, second = tile_data.first_shown(amend(tiles, table), rows)
    assert first.all()
    expected = np.ones((32, 32), bool)
    expected[:12, :20] = False
    assert np.array_equal(second, expected)


def test_the_accuracy_counts_pixels_under_two_tiles_once(tmp_path):
    tiles = make_tiles(tmp_path / "t", **SMALL)
    table, (first, second) = tiles.table.copy(), tiles.rows("test")
    table.loc[second, ["row", "col", "image", "mask"]] = table.loc[first, ["row", "col", "image", "mask"]]
    metrics = models.load(train(tmp_path, amend(tiles, table), epochs=1).model)[0].metrics
    assert metrics["held_out_tiles"] == 2
    assert metrics["samples"] == (tiles.read_mask(first) != 0).sum()


def test_intervals_draw_whole_blocks(tmp_path):
    """Of two blocks a quarter of the draws takes the worse one twice, and a quarter the better one."""
    tiles = make_tiles(tmp_path / "t", **SMALL)
    table, rows = tiles.table.copy(), tiles.rows("test")
    table.loc[rows, "block"] = ["one", "other"]
    repaint(tiles, rows[1], lambda mask: np.where(mask == 2, 3, mask).astype(mask.dtype))
    card, weights = models.load(train(tmp_path, amend(tiles, table), epochs=1).model)
    network, right = segmentation.from_arrays(card.network, weights), []
    for row in rows:
        mask = tiles.read_mask(row)
        with torch.no_grad():
            answers = network(torch.from_numpy(tiles.read_image(row))[None])[0, :3].argmax(0).numpy() + 1
        right.append((answers == mask)[mask != 0].mean())
    assert card.metrics["held_out_blocks"] == 2
    assert right[0] != right[1]
    assert card.metrics["intervals_by_block"]["overall_accuracy"] == pytest.approx(sorted(right), abs=1e-4)


def test_the_model_is_recorded(tmp_path):
    tiles = make_tiles(tmp_path / "t", **SMALL)
    book = tmp_path / "c.gpkg"
    done = train(tmp_path, tiles, epochs=1, record=True, catalogue=book, year=2025, month=6)
    with Job(environ=dict(os.environ)) as job:
        run_stage(ListModels, {"table": str(tmp_path / "list.gpkg"), "catalogue": str(book)}, job)
    (row,) = gpd.read_file(tmp_path / "list.gpkg").to_dict("records")
    assert (row["model_id"], row["model_type"], row["year"], row["month"]) == (done.model_id, "Segmentation", 2025, 6)
    assert row["overall_accuracy"] == done.overall_accuracy


# --- what it learns from ------------------------------------------------------------------------


def read(tiles):
    return tile_data.read(tiles, Job())


def test_targets_are_places_of_the_classes_that_are_trained_on(tmp_path):
    tiles = make_tiles(tmp_path / "t", classes=("a", "b", "c"), **SMALL)
    without(2, tiles, "train")
    first = int(tiles.rows("val")[0])
    repaint(tiles, first, lambda mask: np.where(mask == 0, 3, mask).astype(mask.dtype))  # also where there is no data
    found = read(tiles)
    assert found.class_ids.tolist() == [1, 3]
    image, targets = found.read(first)
    mask, blank = tiles.read_mask(first), np.isnan(image).all(axis=0)
    assert (mask[blank] == 3).all()
    assert blank.any()
    expected = np.select([blank, mask == 1, mask == 3], [IGNORED, 0, 1], IGNORED)
    assert np.array_equal(targets, expected)
    lost = sum(int((tiles.read_mask(row) == 2).sum()) for row in (*tiles.rows("val"), *tiles.rows("test")))
    assert found.notes == [
        f"No pixel to train on is of the class b, so the model does not know it; its {lost:,} other pixels were left"
        " out."
    ]


def test_a_class_that_is_missing_in_training_or_validation_is_told(tmp_path):
    tiles = make_tiles(tmp_path / "t", **SMALL)
    without(3, tiles, "val")
    done = train(tmp_path, tiles, epochs=1)
    assert done.warnings == ["No pixel to validate with is of the class high, so it had no say in when to stop."]
    without(1, tiles, "train")
    assert train(tmp_path, tiles, epochs=1).class_count == 2


def test_tiles_without_any_label_are_left_out(tmp_path):
    tiles = make_tiles(tmp_path / "t", **SMALL)
    for row in (0, tiles.rows("test")[0]):
        repaint(tiles, row, np.zeros_like)
    done = train(tmp_path, tiles, epochs=1)
    assert done.warnings == ["Tiles without any label, which were left out: 2."]
    assert (done.train_count, done.test_count) == (7, 1)


def test_one_class_alone_is_refused(tmp_path):
    tiles = make_tiles(tmp_path / "t", **SMALL)
    without(1, tiles, "train")
    without(2, tiles, "train")
    with pytest.raises(InputError, match=r"to train on are of one class \(high\)"):
        train(tmp_path, tiles)
    without(3, tiles, "train")
    with pytest.raises(InputError, match="to train on have no label"):
        train(tmp_path, tiles)
    assert not list(tmp_path.glob("*m.landloom*"))


@pytest.mark.parametrize("parts", [{"train": 4}, {"train": 1, "val": 2}, {"val": 2}])
def test_a_part_with_too_few_tiles_is_named(tmp_path, parts):
    with pytest.raises(InputError, match=r"has [01] tiles with labels to learn in the part '(train|val)'"):
        train(tmp_path, make_tiles(tmp_path / "t", size=32, parts=parts))


@pytest.mark.parametrize("kind", ["image", "mask"])
def test_a_damaged_tile_is_named(tmp_path, kind):
    tiles = make_tiles(tmp_path / "t", **SMALL)
    path = tiles.folder / tiles.table[kind][1]
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(InputError, match=rf"{path.name} is (missing or )?damaged"):
        train(tmp_path, tiles)


def test_a_folder_that_is_no_tile_data_set_is_told(tmp_path):
    with pytest.raises(InputError, match="is no tile data set"):
        run(tiles=tmp_path, model=tmp_path / "m.landloom")


def test_copies_are_learnt_from_but_not_measured_with(tmp_path):
    tiles = make_tiles(tmp_path / "t", **SMALL)
    table = tiles.table
    copied = table.assign(origin="copy", parents=table["tile_id"], tile_id=table["tile_id"] + "_copy")
    found = read(amend(tiles, pd.concat([table, copied], ignore_index=True)))
    assert {part: len(rows) for part, rows in found.rows.items()} == {"train": 16, "val": 2, "test": 2}
    list(found.batches(found.rows["train"], 4))
    assert len(found._kept) == 8, "a copy is its parent, and lies in memory once"


def test_tiles_that_do_not_fit_in_memory_give_the_same_batches(tmp_path, monkeypatch):
    tiles = make_tiles(tmp_path / "t", **SMALL)
    kept = list(read(tiles).batches(tiles.rows("train"), 3))
    monkeypatch.setattr(tile_data, "IN_MEMORY_BYTES", 0)
    found = read(tiles)
    for (values, targets), (a, b) in zip(found.batches(tiles.rows("train"), 3), kept, strict=True):
        assert np.array_equal(values, a, equal_nan=True)
        assert np.array_equal(targets, b)
    assert not found._kept


def test_batches_are_of_nearly_one_size_and_none_is_of_a_single_tile(tmp_path):
    found = read(make_tiles(tmp_path / "t", size=32, parts={"train": 7, "val": 2}))
    for size, expected in ((2, [3, 2, 2]), (3, [3, 2, 2]), (4, [4, 3]), (100, [7])):
        batches = found.batches(found.rows["train"], training.steps(7, size))
        assert [len(values) for values, _ in batches] == expected


def test_crops_are_pieces_of_image_and_mask_with_labels_in_them():
    values = np.arange(3 * 400, dtype=np.float32).reshape(3, 20, 20)
    targets = np.full((20, 20), IGNORED)
    targets[17, 2] = 1
    places = set()
    for seed in range(30):
        piece, labels = tile_data.cropped(values, targets, 8, np.random.default_rng(seed))
        assert piece.shape == (3, 8, 8)
        assert (labels == 1).sum() == 1
        top, left = divmod(int(piece[0, 0, 0]), 20)
        assert np.array_equal(piece, values[:, top : top + 8, left : left + 8])
        assert labels[17 - top, 2 - left] == 1
        places.add((top, left))
    assert len(places) > 1


def test_it_learns_from_crops(tmp_path):
    tiles = make_tiles(tmp_path / "t", size=64, parts={"train": 4, "val": 2})
    done = train(tmp_path, tiles, epochs=1, crop=32)
    assert models.load(done.model)[0].network["tile_size"] == 64
    told = [e.get("text", "") for e in train(tmp_path, tiles, epochs=1, crop=100).events]
    assert "CROP (100 pixels) is larger than the tiles (64): whole tiles are learnt from." in told


# --- how it learns ------------------------------------------------------------------------------


def test_balanced_weights_are_those_of_scikit_learn(tmp_path):
    from sklearn.utils.class_weight import compute_class_weight

    tiles = make_tiles(tmp_path / "t", **SMALL)
    without(3, tiles, "train")
    repaint(tiles, 0, lambda mask: np.full_like(mask, 1))
    repaint(tiles, 1, lambda mask: np.where(mask == 0, 0, 3).astype(mask.dtype))
    labels = np.concatenate([tiles.read_mask(row).ravel() for row in tiles.rows("train")])
    expected = compute_class_weight("balanced", classes=np.array([1, 2, 3]), y=labels[labels != 0])
    assert np.allclose(tile_trainer.class_weight(read(tiles), "balanced"), expected)


def test_class_weights_are_given_in_the_order_of_the_ids(tmp_path):
    tiles = make_tiles(tmp_path / "t", **SMALL)
    assert tile_trainer.class_weight(read(tiles), "none") is None
    assert tile_trainer.class_weight(read(tiles), "0.4, 2.5; 2.0") == (0.4, 2.5, 2.0)
    with pytest.raises(ParameterError, match="2 numbers, and there are 3 classes: 1 low, 2 medium, 3 high"):
        train(tmp_path, tiles, class_weights="1, 2")
    with pytest.raises(ParameterError, match=r"a number for each class \(1 low, 2 medium, 3 high\)"):
        train(tmp_path, tiles, class_weights="heavy")
    without(2, tiles, "train")
    assert tile_trainer.class_weight(read(tiles), "0.4, 2.5, 2.0") == (0.4, 2.0)


def test_visible_bands_are_those_that_are_named(tmp_path):
    tiles = make_tiles(tmp_path / "t", **SMALL)
    job = Job()

    def recipe(tiles, names):
        return tile_trainer._recipe(
            read(tiles), tile_trainer.Options(tile_trainer.Settings(), visible_bands=names), job
        )

    assert recipe(tiles, "band_3, band_1").visible == (2, 0)
    assert recipe(tiles, "none").visible == ()
    assert recipe(tiles, None).visible == ()
    with pytest.raises(ParameterError, match="VISIBLE_BANDS names blue, which the tiles have not"):
        recipe(tiles, "blue")
    bands = [{**band, "name": name} for band, name in zip(tiles.config["bands"], ("B2", "B3", "B8"), strict=True)]
    assert recipe(amend(tiles, bands=bands), None).visible == (0, 1)


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path):
    tiles = make_tiles(tmp_path / "t", **SMALL)
    first, again = (train(tmp_path, tiles, epochs=1, model=tmp_path / f"{n}.landloom") for n in "ab")
    assert (tmp_path / "a.landloom").read_bytes() == (tmp_path / "b.landloom").read_bytes()
    assert train(tmp_path, tiles, epochs=1, seed=7).val_loss != first.val_loss == again.val_loss


def test_the_learning_rate_is_found_where_that_is_wanted(tmp_path, monkeypatch):
    monkeypatch.setattr(learning_rates, "FEWEST_STEPS", 20)
    tiles = make_tiles(tmp_path / "t", **SMALL)
    done = train(tmp_path, tiles, epochs=1, find_learning_rate=True, report=tmp_path / "r.html")
    assert 1e-6 < done.rate_used < 1
    assert done.rate_used != QUICK["learning_rate"]
    assert (tmp_path / "r.html").read_text(encoding="utf-8").count("<svg") == 4


def test_weights_of_the_encoder_come_from_a_file(tmp_path, trained):
    tiles = make_tiles(tmp_path / "t", **SMALL)
    done = train(tmp_path, tiles, epochs=1, encoder_weights=trained.model)
    assert any(e.get("text", "").startswith("The encoder begins with") for e in done.events)
    sha256 = hashlib.sha256(Path(trained.model).read_bytes()).hexdigest()
    assert models.load(done.model)[0].training["encoder_weights"] == {"source": trained.model, "sha256": sha256}
    assert f"SHA-256 of the encoder's weights {trained.model} {sha256}" in (tmp_path / "m.md").read_text("utf-8")
    assert "encoder_weights" not in models.load(trained.model)[0].training
    with pytest.raises(InputError, match="nothing\\.pth does not exist"):
        train(tmp_path, tiles, encoder_weights=tmp_path / "nothing.pth")


def test_figures_that_are_undetermined_are_null_in_the_card():
    """JSON knows no NaN: rho, for one, is undetermined while the network answers with one class alone."""
    history = training.History([{"val_loss": 1.5, "val_rho": float("nan")}], best=1)
    assert json.dumps(history.for_card()["history"], allow_nan=False) == '[{"val_loss": 1.5, "val_rho": null}]'


@torch.no_grad()
def test_matrices_of_weights_decay_and_nothing_else():
    network = segmentation.SegmentationNetwork(
        segmentation.Design("unet", "resnet18", 3, 4, attention=True, ordinal=True)
    )
    before = {name: value.clone() for name, value in network.named_parameters()}
    settings = training.Settings(weight_decay=0.5)

    def flat(outputs, targets):
        return 0 * outputs.sum()

    learner = training.Learner(network, flat, settings, torch.device("cpu"))
    with torch.enable_grad():
        learner.step([(torch.randn(2, 3, 32, 32), torch.zeros(2, 32, 32, dtype=torch.int64))], 0.1)
    shrunk = {name for name, value in network.named_parameters() if not torch.equal(value, before[name])}
    assert shrunk == {name for name, value in before.items() if name.endswith("weight") and value.ndim == 4}
    kernel = "core.encoder.conv1.weight"
    assert torch.allclose(network.get_parameter(kernel), before[kernel] * 0.95)


# --- going on after a kill ----------------------------------------------------------------------

LONG = {"epochs": 3, "accumulate": 2, "batch_size": 2, "patience": 100}


def test_a_run_killed_within_an_epoch_goes_on_and_ends_with_the_same_losses_and_bytes(tmp_path):
    tiles = make_tiles(tmp_path / "Kacheln ü", **SMALL)
    (tmp_path / "whole").mkdir()
    whole = train(tmp_path, tiles, model=tmp_path / "whole" / "m.landloom", **LONG).events
    values = {**QUICK, **LONG, "tiles": str(tiles.folder), "model": str(tmp_path / "m.landloom")}
    # Two steps an epoch: the sixth is the second of the third epoch.
    before = kills.figures(kills.killed("train_segmentation", values, 6))
    assert {step for _, step in before} == {1, 2}
    assert not (tmp_path / "m.landloom").exists()

    after = run(**values).events
    assert any(e.get("text") == "Going on with an earlier run after epoch 2." for e in after)
    assert before | kills.figures(after) == kills.figures(whole)
    assert (tmp_path / "m.landloom").read_bytes() == (tmp_path / "whole" / "m.landloom").read_bytes()
    assert not (tmp_path / ".m.landloom.landloom").exists()


def test_a_cancelled_run_stops_at_once_and_is_not_gone_on_with_when_something_changed(tmp_path):
    tiles, cancel, points = make_tiles(tmp_path / "t", **SMALL), threading.Event(), []

    def emit(event):
        if event["type"] == "metric":
            points.append(event["step"])
            cancel.set()

    with pytest.raises(Cancelled):
        train(tmp_path, tiles, epochs=1000, job=Job(emit, cancel, environ=dict(os.environ)))
    assert set(points) == {1}
    assert not (tmp_path / "m.landloom").exists()
    done = train(tmp_path, tiles, epochs=1, seed=1)
    assert any("with other inputs or settings: starting anew" in e.get("text", "") for e in done.events)


def other_settings(tiles, options, weights):
    return replace(options, smoothing=0.1)


def other_mask(tiles, options, weights):
    repaint(tiles, 0, lambda mask: mask)
    return options


def other_part(tiles, options, weights):
    amend(tiles, tiles.table.assign(part=tiles.table["part"].replace("test", "val")))
    return options


def other_classes(tiles, options, weights):
    amend(tiles, ordinal=False)
    return options


def other_weights(tiles, options, weights):
    weights.write_bytes(b"others")
    return options


@pytest.mark.parametrize("change", [other_settings, other_mask, other_part, other_classes, other_weights])
def test_a_run_is_only_gone_on_with_where_all_that_determines_it_is_the_same(tmp_path, change):
    tiles, weights = make_tiles(tmp_path / "t", **SMALL), tmp_path / "encoder.pth"
    weights.write_bytes(b"some")
    options = tile_trainer.Options(training.Settings(), encoder_weights=str(weights))

    def identity(options):
        return tile_trainer._identity(read(open_tiles(tiles.folder)), options, torch.device("cpu"))

    before = identity(options)
    assert identity(options) == before
    assert identity(change(tiles, options, weights)) != before


@pytest.mark.parametrize(
    "values",
    [
        {"batch_size": 1}, {"learning_rate": 0}, {"warm_up": 0.6}, {"dropout": 1}, {"loss": "hinge"}, {"month": 6},
        {"network": "alexnet"}, {"crop": 8}, {"clip": -1}, {"brightness": 2},
    ],
)  # fmt: skip
def test_values_that_cannot_be_are_refused(values):
    with pytest.raises(ParameterError):
        TrainSegmentation.from_values({"tiles": "t", "model": "m.landloom", **values})


def test_gradients_stay_as_they_are_where_their_longest_is_0():
    given = {"tiles": "t", "model": "m.landloom"}
    assert TrainSegmentation.from_values(given)._options().settings.clip == 1
    assert TrainSegmentation.from_values({**given, "clip": 0})._options().settings.clip is None


def test_the_stage_offers_what_the_engine_has():
    from landloom.networks import losses, segmentation
    from landloom.stages import train_segmentation as stage

    assert set(stage.NETWORKS) == set(segmentation.NETWORKS)
    assert set(stage.LOSSES) == set(losses.LOSSES)
    assert set(stage.MONITORS) == set(tile_trainer.MONITORS)
    assert set(TrainSegmentation.kinds()["decision"].choices) == set(segmentation.DECISIONS)


def test_an_encoder_that_does_not_exist_is_refused_with_near_names(tmp_path):
    tiles = make_tiles(tmp_path / "t", **SMALL)
    with pytest.raises(ParameterError, match=r"'resnet5' is unknown. Near matches: .*resnet50"):
        train(tmp_path, tiles, encoder="resnet5")
    assert not list(tmp_path.glob(".m.landloom*"))
