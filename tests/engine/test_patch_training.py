"""Training a patch classifier: what it learns, what it says of itself, and what it refuses."""

import json
import os
import threading

import geopandas as gpd
import kills
import numpy as np
import pandas as pd
import pytest
import shapely
import sklearn.metrics

torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")

from patch_networks import learnable, patches, run, split  # noqa: E402

from landloom import models, predictors  # noqa: E402
from landloom.errors import Cancelled, InputError, ModelError, ParameterError  # noqa: E402
from landloom.job import Job  # noqa: E402
from landloom.networks import patch_classifier, patch_cnn, patch_data  # noqa: E402
from landloom.patches.store import open_patches  # noqa: E402
from landloom.stages.train_patch_classifier import TrainPatchClassifier  # noqa: E402

QUICK = {"epochs": 8, "width": 8, "learning_rate": 0.01, "jobs": 1}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A classifier of a data set with a test part, noisy enough for mistakes."""
    folder = tmp_path_factory.mktemp("Übung eins")
    dataset = learnable(folder / "data set", noise=2500, test=True)
    done = run("train", dataset=dataset.folder, model=folder / "m.landloom", report=folder / "r.html", **QUICK)
    done.folder, done.data = folder, dataset
    return done


def train(folder, dataset, **more):
    return run("train", **{"dataset": dataset.folder, "model": folder / "m.landloom", **QUICK, **more})


# --- what comes out -----------------------------------------------------------------------------


def test_it_learns_what_can_be_learnt(tmp_path):
    done = train(tmp_path, learnable(tmp_path / "d"), epochs=15)
    assert done.overall_accuracy == 1
    assert (done.train_count, done.val_count, done.test_count, done.class_count) == (48, 12, 0, 3)
    assert done.best_epoch <= done.epochs_run <= 15


@torch.no_grad()
def test_the_accuracy_is_that_of_the_saved_network_on_the_test_patches(trained):
    card, weights = models.load(trained.model)
    network = patch_cnn.from_arrays(card.network, weights)
    table = pd.read_csv(trained.data.folder / "metadata" / "test_split.csv", dtype={"patch_id": str})
    pixels = np.stack([np.load(trained.data.folder / "patches" / f"patch_{i}.npy") for i in table["patch_id"]])
    answers = network(torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy())).argmax(1).flatten().numpy() + 1
    truth = table["class_id"].to_numpy()
    assert trained.overall_accuracy == pytest.approx(sklearn.metrics.accuracy_score(truth, answers), abs=1e-6)
    assert trained.balanced_accuracy == pytest.approx(sklearn.metrics.balanced_accuracy_score(truth, answers), abs=1e-6)
    assert trained.kappa == pytest.approx(sklearn.metrics.cohen_kappa_score(truth, answers), abs=1e-6)
    assert card.metrics["confusion_matrix"] == sklearn.metrics.confusion_matrix(truth, answers).T.tolist()
    assert trained.test_count == 12
    assert 0.3 < trained.overall_accuracy < 1, "noisy enough to tell matrix and transposed matrix apart"


@torch.no_grad()
def test_the_lowest_validation_loss_is_that_of_the_saved_network(trained):
    card, weights = models.load(trained.model)
    rows = np.arange(48, 60)  # the last six polygons
    pixels = open_patches(trained.data).read(rows)
    logits = patch_cnn.from_arrays(card.network, weights)(torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy()))
    truth = torch.from_numpy(trained.data.manifest()["class_id"].to_numpy()[rows] - 1)
    assert torch.nn.functional.cross_entropy(logits[..., 0, 0], truth).item() == pytest.approx(trained.val_loss, 1e-5)


def test_the_model_knows_all_that_mapping_needs(trained):
    card, predictor = predictors.open_model(trained.model)
    assert (card.kind, card.inputs, card.pixel_size) == ("patch_cnn", ("B1", "B2", "B3"), (10.0, 10.0))
    assert card.network == {
        "architecture": "patch_cnn", "channels": 3, "classes": 3, "patch_size": 6, "width": 8,
    }  # fmt: skip
    assert card.classes.names == ["Agriculture", "Forest", "Parcels"]
    assert predictor.class_ids.tolist() == [1, 2, 3]
    assert card.parameters["epochs"] == 8
    assert card.training["patches"] == {"train": 36, "val": 12, "test": 12}
    assert set(card.training["dataset"]) == {
        "metadata/dataset_config.json", "metadata/extraction_manifest.csv", "metadata/train_split.csv",
        "metadata/val_split.csv", "metadata/test_split.csv",
    }  # fmt: skip
    assert [len(card.training["history"]), card.training["epochs_run"]] == [trained.epochs_run] * 2
    assert "torch" in card.versions


def test_the_model_remembers_where_it_was_trained_but_not_where_it_was_tested(trained):
    _, weights = models.load(trained.model, ["training_area"])
    area = shapely.from_wkb(weights["training_area"].tobytes())
    outlines = gpd.read_file(trained.data.folder / "metadata" / "polygons.gpkg").geometry.to_numpy()
    covered = [area.covers(outline) for outline in outlines]
    assert covered == [True] * 18 + [False] * 6 + [True] * 6


def test_report_and_model_card_tell_the_accuracy_and_what_it_is_of(trained):
    page = (trained.folder / "r.html").read_text(encoding="utf-8")
    text = (trained.folder / "m.md").read_text(encoding="utf-8")
    for content in (page, text):
        assert "in the part" in content
        assert "Neither training nor its end has looked at them." in content
    assert page.count("<svg") == 1
    assert "Learning rate" in page
    assert "Patches (train 36, val 12, test 12) from polygons.gpkg on image.tif" in text
    assert "| model \\ sample | Agriculture | Forest | Parcels |" in text.replace("\\\\", "\\")


def test_accuracy_on_the_validation_part_is_called_what_it_is(tmp_path):
    done = train(tmp_path, learnable(tmp_path / "d"), report=tmp_path / "r.html", epochs=2)
    for path in (tmp_path / "r.html", tmp_path / "m.md"):
        assert "they decided when training stopped" in path.read_text(encoding="utf-8")
    assert not done.warnings


def test_a_split_that_leaks_is_told(tmp_path):
    dataset = learnable(tmp_path / "d")
    split(dataset, np.tile(["train", "val"], 30))  # one patch of each polygon on either side
    done = train(tmp_path, dataset, epochs=1)
    assert any("patches of 30 polygons stand on both sides" in text for text in done.warnings)
    assert "on both sides" in (tmp_path / "m.md").read_text(encoding="utf-8")
    assert "intervals_by_group" not in models.load(done.model)[0].metrics


def test_ground_shared_with_training_patches_is_told(tmp_path):
    places = np.arange(60) * 10
    places[-1] = places[0] + 2
    dataset = learnable(tmp_path / "d", rows=places, cols=np.zeros(60, int))
    done = train(tmp_path, dataset, epochs=1)
    assert any("1 held-out patches share ground" in text for text in done.warnings)


def test_only_what_leaks_into_the_part_that_is_measured_counts(tmp_path):
    """The test part is strange to the training part here, and the validation part is not."""
    dataset = learnable(tmp_path / "d", test=True)
    part = np.repeat(["train", "test", "val"], 20).astype(object)
    part[1] = "val"  # of polygon 0, whose other patch is learnt from
    split(dataset, part)
    assert not train(tmp_path, dataset, epochs=1).warnings
    part[21] = "val"  # of polygon 10, whose other patch is tested with
    split(dataset, part)
    done = train(tmp_path, dataset, epochs=1)
    assert any("patches of 1 polygons stand on both sides" in text for text in done.warnings)


def test_every_epoch_is_told_as_live_curves(trained):
    points = [e for e in trained.events if e["type"] == "metric"]
    epochs = trained.epochs_run
    assert {p["name"] for p in points} >= {"train_loss", "val_loss", "val_overall_accuracy"}
    losses = [p["value"] for p in points if p["name"] == "val_loss"]
    assert (len(losses), min(losses)) == (epochs, trained.val_loss)
    assert any(e["type"] == "message" and e["text"].startswith("Epoch 1/8: Train Loss ") for e in trained.events)


def test_the_model_is_recorded_and_listed(tmp_path):
    book = {"catalogue": tmp_path / "c.gpkg"}
    done = train(tmp_path, learnable(tmp_path / "d"), epochs=1, record=True, year=2025, month=6, **book)
    run("list", table=tmp_path / "list.gpkg", **book)
    (row,) = gpd.read_file(tmp_path / "list.gpkg").to_dict("records")
    assert (row["model_id"], row["model_type"], row["year"], row["month"]) == (done.model_id, "PatchCNN", 2025, 6)
    assert row["overall_accuracy"] == done.overall_accuracy
    assert row["exists"]
    assert json.loads(row["parameters"])["patch_size"] == 6


# --- how it learns ------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(trained, tmp_path):
    again = train(tmp_path, trained.data)
    assert (tmp_path / "m.landloom").read_bytes() == (trained.folder / "m.landloom").read_bytes()
    other = train(tmp_path, trained.data, seed=7)
    assert other.val_loss != again.val_loss


def test_patches_in_one_file_give_the_same_weights_as_single_ones(trained, tmp_path):
    dataset = learnable(tmp_path / "d", noise=2500, test=True, hdf5=True)
    done = train(tmp_path, dataset)
    assert (tmp_path / "m.landloom").read_bytes() == (trained.folder / "m.landloom").read_bytes()
    assert done.val_loss == trained.val_loss


def test_many_patches_stay_on_the_disk_and_give_the_same_weights(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(patch_data, "IN_MEMORY_BYTES", 0)
    monkeypatch.setattr(patch_data, "READ_AT_ONCE", 7)
    train(tmp_path, trained.data)
    again, before = (models.load(path / "m.landloom")[1] for path in (tmp_path, trained.folder))
    assert all(np.allclose(again[name], before[name], rtol=1e-5, atol=1e-5) for name in before)


def test_bands_are_standardised_by_the_training_patches(tmp_path):
    pixels = patches(np.repeat(np.arange(30), 2) % 3 + 1)
    pixels[5, :2, :, 1] = np.nan
    pixels[..., 2] = 77  # does not vary
    done = train(tmp_path, learnable(tmp_path / "d", pixels=pixels), epochs=1)
    _, weights = models.load(done.model)
    used = pixels[:48].reshape(-1, 3).astype(np.float64)
    assert np.allclose(weights["offset"], np.nanmean(used, axis=0), rtol=1e-5)
    assert np.allclose(weights["scale"], [*np.nanstd(used, axis=0)[:2], 1.0], rtol=1e-5)
    assert weights["fill"].tolist() == [0, 0, 0]


def test_reflectance_is_divided_and_no_data_becomes_the_mean(tmp_path):
    done = train(tmp_path, dataset := learnable(tmp_path / "d"), epochs=1, scaling="reflectance")
    _, weights = models.load(done.model)
    assert (weights["offset"].tolist(), weights["scale"].tolist()) == ([0] * 3, [10_000] * 3)
    mean = open_patches(dataset).read(range(48)).reshape(-1, 3).mean(axis=0) / 10_000
    assert np.allclose(weights["fill"], mean, rtol=1e-4)


def test_balanced_weights_are_those_of_scikit_learn(tmp_path):
    from sklearn.utils.class_weight import compute_class_weight

    dataset = learnable(tmp_path / "d")
    split(dataset, np.where(np.arange(60) < 50, "train", "val"))
    found = patch_data.read(dataset, None, Job())
    expected = compute_class_weight("balanced", classes=np.array([1, 2, 3]), y=np.repeat(np.arange(25), 2) % 3 + 1)
    assert np.allclose(patch_classifier._class_weight(found).numpy(), expected)
    weighted, plain = (train(tmp_path, dataset, epochs=1, class_weight=w) for w in ("balanced", "none"))
    assert weighted.val_loss != plain.val_loss


def test_patches_are_turned_and_blanked_only_where_that_is_wanted(tmp_path):
    found = patch_data.read(learnable(tmp_path / "d"), None, Job())
    for wanted in (True, False):
        options = patch_classifier.Options(patch_classifier.Settings(), 48, augmentation=wanted)
        ((values, targets),) = patch_classifier._shuffled(found, options, np.random.default_rng(1))
        order = np.random.default_rng(1).permutation(48)
        assert np.array_equal(targets[:, 0, 0], found.number[order]), "each keeps its class"
        assert np.array_equal(values, found.pixels[order].transpose(0, 3, 1, 2)) != wanted


@pytest.mark.parametrize(("number", "size", "expected"), [(3, 2, [3]), (5, 2, [3, 2]), (48, 32, [24, 24]), (4, 9, [4])])
def test_no_batch_is_of_a_single_patch(tmp_path, number, size, expected):
    part = ["train"] * number + ["val"] * 3
    dataset = split(learnable(tmp_path / "d"), part + [""] * (60 - len(part)))
    options = patch_classifier.Options(patch_classifier.Settings(), size)
    found = patch_data.read(dataset, None, Job())
    batches = list(patch_classifier._shuffled(found, options, np.random.default_rng(0)))
    assert [len(values) for values, _ in batches] == expected
    assert patch_classifier._steps(found, options) == len(expected)


def test_a_fold_is_validated_with(tmp_path):
    dataset = learnable(tmp_path / "d")
    table = dataset.manifest()[["patch_id", "polygon_id", "class_id"]]
    dataset.write_table("metadata/folds.csv", table.assign(fold=table["polygon_id"] // 10 + 1))
    done = train(tmp_path, dataset, epochs=1, fold=2)
    assert (done.train_count, done.val_count) == (40, 20)
    # Without a fold of their own, patches of the parts are learnt from as well.
    assert {f"metadata/{name}.csv" for name in ("folds", "train_split", "val_split")} <= set(
        models.load(done.model)[0].training["dataset"]
    )
    with pytest.raises(InputError, match="folds 1 to 3, no fold 4"):
        train(tmp_path, dataset, fold=4)


# --- going on after a kill ----------------------------------------------------------------------

LONG = {"patience": 100, "epochs": 5}


def test_a_run_killed_within_an_epoch_goes_on_and_ends_with_the_same_losses_and_bytes(trained, tmp_path):
    (tmp_path / "whole").mkdir()
    whole = train(tmp_path / "whole", trained.data, **LONG).events
    values = {"dataset": trained.data.folder, "model": tmp_path / "m.landloom", "record": False, **QUICK, **LONG}
    # Two steps an epoch: the sixth is the second of the third epoch.
    before = kills.figures(kills.killed("train_patch_classifier", values, 6))
    assert {step for _, step in before} == {1, 2}
    assert not (tmp_path / "m.landloom").exists()
    assert (tmp_path / ".m.landloom.landloom").is_dir()

    after = train(tmp_path, trained.data, **LONG).events
    assert any(e.get("text") == "Going on with an earlier run after epoch 2." for e in after)
    assert before | kills.figures(after) == kills.figures(whole)
    assert (tmp_path / "m.landloom").read_bytes() == (tmp_path / "whole" / "m.landloom").read_bytes()
    assert not (tmp_path / ".m.landloom.landloom").exists()


def set_learning_rate(dataset, given):
    given["learning_rate"] = 0.02


def extract_again(dataset, given):
    log = dataset.folder / "metadata" / "extraction_log.csv"
    log.write_text(log.read_text() + "\n")


def split_again(dataset, given):
    split(dataset, np.where(np.arange(60) < 40, "train", "val"))


@pytest.mark.parametrize("change", [set_learning_rate, extract_again, split_again])
def test_a_cancelled_run_is_kept_but_not_gone_on_with_when_something_changed(tmp_path, change):
    cancel, dataset = threading.Event(), learnable(tmp_path / "d")

    def emit(event):
        if event.get("step") == 2:
            cancel.set()

    given = {"dataset": dataset.folder, "model": tmp_path / "m.landloom", **QUICK, "epochs": 4}
    with pytest.raises(Cancelled):
        run("train", Job(emit, cancel, environ=dict(os.environ)), **given)
    assert not (tmp_path / "m.landloom").exists()
    change(dataset, given)
    texts = [e.get("text", "") for e in run("train", **given).events]
    assert any("with other inputs or settings: starting anew" in text for text in texts)
    assert not any(text.startswith("Going on") for text in texts)


def test_what_an_earlier_run_left_damaged_is_not_used(trained, tmp_path):
    cancel = threading.Event()
    given = {"dataset": trained.data.folder, "model": tmp_path / "m.landloom", **QUICK}
    job = Job(lambda event: cancel.set() if event.get("step") == 3 else None, cancel, environ=dict(os.environ))
    with pytest.raises(Cancelled):
        run("train", job, **given)
    (tmp_path / ".m.landloom.landloom" / "checkpoint.pt").write_bytes(b"nothing")
    told = run("train", **given).events
    assert any("cannot be read" in e.get("text", "") for e in told)
    assert (tmp_path / "m.landloom").read_bytes() == (trained.folder / "m.landloom").read_bytes()


# --- what is refused, and what is told ----------------------------------------------------------


def test_a_data_set_without_a_split_names_the_step(tmp_path):
    dataset = learnable(tmp_path / "d")
    (dataset.folder / "metadata" / "train_split.csv").unlink()
    with pytest.raises(InputError, match="Run 'Split data set' first"):
        train(tmp_path, dataset)
    split(dataset, ["train"] * 60)
    (dataset.folder / "metadata" / "val_split.csv").unlink()
    with pytest.raises(InputError, match="no patches in the part 'val'"):
        train(tmp_path, dataset)
    assert not list(tmp_path.glob("*.landloom*"))


def test_a_folder_that_is_no_data_set_is_told(tmp_path):
    with pytest.raises(InputError, match="is no patch data set"):
        run("train", dataset=tmp_path, model=tmp_path / "m.landloom")


def test_one_class_alone_is_refused(tmp_path):
    dataset = learnable(tmp_path / "d")
    split(dataset, np.where(np.repeat(np.arange(30), 2) % 3 == 0, "train", "val"))
    with pytest.raises(InputError, match=r"are of one class \(Agriculture\)"):
        train(tmp_path, dataset)


def test_a_class_without_training_patch_is_told_and_not_known(tmp_path):
    dataset = learnable(tmp_path / "d")
    class_id = dataset.manifest()["class_id"].to_numpy()
    part = np.where(np.arange(60) < 48, "train", "val").astype(object)
    part[class_id == 3] = "val"
    split(dataset, part)
    done = train(tmp_path, dataset, epochs=1)
    assert done.warnings == [
        "No patch to train on is of the class Parcels, so the model does not know it; its 20 other patches were left"
        " out."
    ]
    assert models.load(done.model)[0].classes.names == ["Agriculture", "Forest"]
    assert done.val_count == 8


def test_a_class_without_validation_patch_is_told(tmp_path):
    dataset = learnable(tmp_path / "d")
    part = np.where(np.arange(60) < 48, "train", "val").astype(object)
    part[(dataset.manifest()["class_id"] == 3).to_numpy()] = "train"
    done = train(tmp_path, split(dataset, part), epochs=1)
    assert done.warnings == ["No patch to validate with is of the class Parcels, so it had no say in when to stop."]
    assert done.class_count == 3


def test_patches_without_data_are_left_out_and_infinity_is_no_data(tmp_path):
    pixels = patches(np.repeat(np.arange(30), 2) % 3 + 1)
    pixels[4] = np.nan
    pixels[7, 0, 0, 0] = np.inf
    done = train(tmp_path, learnable(tmp_path / "d", pixels=pixels), epochs=2)
    assert done.warnings == ["Patches without any data, which were left out: 1."]
    assert done.train_count == 47
    assert np.isfinite(done.val_loss)


def test_a_missing_patch_is_named(tmp_path):
    dataset = learnable(tmp_path / "d", failed=[3])
    with pytest.raises(InputError, match=r"patch_001_1\.npy is missing"):
        train(tmp_path, dataset)


def test_without_pytorch_the_layer_is_named(trained, tmp_path, monkeypatch):
    monkeypatch.setattr("landloom.networks.find_spec", lambda name: None)
    with pytest.raises(ModelError, match="deep-learning layer is not installed"):
        train(tmp_path, trained.data)
    with pytest.raises(ModelError, match=r"m\.landloom is a neural network.*--layer deep"):
        predictors.open_model(trained.model)


@pytest.mark.parametrize("values", [{"batch_size": 1}, {"learning_rate": 0}, {"width": 1}, {"month": 6}])
def test_values_that_cannot_be_are_refused(values):
    with pytest.raises(ParameterError):
        TrainPatchClassifier.from_values({"dataset": "d", "model": "m.landloom", **values})


def test_a_data_set_of_two_patches_can_be_learnt_from(tmp_path):
    dataset = learnable(tmp_path / "d")
    split(dataset, ["train", "", "train", "", "val", "", "val", *[""] * 53])
    done = train(tmp_path, dataset, epochs=1)
    assert done.train_count == 2


def test_missing_polygons_are_told_before_the_training(tmp_path):
    dataset = learnable(tmp_path / "set")
    (dataset.folder / "metadata/polygons.gpkg").unlink()
    with pytest.raises(InputError, match=r"polygons\.gpkg is missing or damaged"):
        patch_data.read(dataset, None, Job())
