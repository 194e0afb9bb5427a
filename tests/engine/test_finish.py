"""Training that is ended early keeps its best network; what is told while it runs changes nothing."""

import base64
import io
import os
import shutil
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tile_sets
from PIL import Image

torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")

import kills  # noqa: E402
import patch_networks  # noqa: E402
from tile_folders import make_tiles  # noqa: E402

from landloom import models  # noqa: E402
from landloom.errors import Cancelled  # noqa: E402
from landloom.job import Job  # noqa: E402
from landloom.networks import sheets, training  # noqa: E402
from landloom.networks.tally import Confusion  # noqa: E402
from landloom.runner import run_stage  # noqa: E402
from landloom.stages import find_stage  # noqa: E402
from plugin import worker_client  # noqa: E402

# So many that no training here ends by itself.
MANY = 3000
PATCHES = {"width": 4, "epochs": 8, "patience": 100, "batch_size": 16, "learning_rate": 0.02}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data set for each of the trainers, as parameters of its stage."""
    folder = tmp_path_factory.mktemp("Daten ü")
    patch_networks.learnable(folder / "patches", noise=1500)
    make_tiles(folder / "good", 8, key="opt_v1")
    shutil.copytree(folder / "good", folder / "bad")
    tile_sets.make_tiles(folder / "tiles", size=32, parts={"train": 8, "val": 3})
    return {
        "train_patch_classifier": {"dataset": folder / "patches", **PATCHES},
        "train_segmentation": {
            "tiles": folder / "tiles", "encoder": "tu-tf_mobilenetv3_small_minimal_100", "batch_size": 4,
        },
        "train_refiner": {
            "tiles": folder / "bad", "targets": folder / "good", "size": "tiny", "batch_size": 4, "crop": 32,
        },
    }  # fmt: skip


def values(given, model, **more):
    found = {**given, "model": model, "record": False, "jobs": 1, **more}
    return {k: str(v) if isinstance(v, Path) else v for k, v in found.items()}


def train(data, model, pictures):
    """Train a patch classifier in this process; gives its events."""
    events = []
    with Job(events.append, environ=dict(os.environ), pictures=pictures) as job:
        run_stage(find_stage("train_patch_classifier"), values(data["train_patch_classifier"], model), job)
    return events


@pytest.mark.parametrize("stage", ["train_patch_classifier", "train_segmentation", "train_refiner"])
def test_each_trainer_ends_early_when_its_worker_is_asked_to(data, tmp_path, stage):
    events, report = [], tmp_path / "m.landloom.html"
    given = values(data[stage], tmp_path / "m.landloom", epochs=MANY, patience=MANY, report=report)
    outputs = worker_client.run(
        Path(sys.executable),
        {"stage": stage, "parameters": given},
        Path(os.environ["LANDLOOM_HOME"]),
        events.append,
        shall_finish=lambda: any(e["type"] == "metric" and e["name"] == "val_loss" for e in events),
    )
    assert 1 <= outputs["best_epoch"] <= outputs["epochs_run"] < MANY
    card, _ = models.load(tmp_path / "m.landloom")
    assert card.training["ended_early"] is True
    losses = [epoch["val_loss"] for epoch in card.training["history"]]
    assert outputs["best_epoch"] == 1 + np.argmin(losses)
    assert any("ended early, as you asked" in e["text"] for e in events if e["type"] == "message")
    assert "ended by hand" in report.read_text(encoding="utf-8")
    # a picture of the first epoch and of the best one, before anybody loses patience with the pipe
    pictures = [e for e in events if e["type"] == "picture"]
    assert pictures[0]["step"] == 1
    assert pictures[-1]["step"] == outputs["best_epoch"]
    assert all(len(base64.b64decode(e["png"])) <= sheets.LARGEST for e in pictures)
    assert {path.suffix for path in tmp_path.iterdir()} == {".landloom", ".json", ".md", ".html"}, "no picture is left"


@pytest.fixture(scope="module")
def fit(tmp_path_factory):
    """Fit a small network to noise, for 8 epochs of 3 batches; what is told, with `.history` and `.weights`.

    `at` is asked of each event, and finish (or `what`) is set where it says so; `.epochs` are the weights after each.
    """

    def go(at=lambda event: False, finish=None, folder=None, **more):
        random = np.random.default_rng(5)
        values = random.normal(size=(3, 20, 2, 1, 1)).astype(np.float32)
        targets = random.integers(0, 3, (3, 20, 1, 1))
        torch.manual_seed(0)
        network, told, after = torch.nn.Conv2d(2, 3, 1), [], []
        asked = finish or threading.Event()

        def hear(event):
            told.append(event)
            if at(event):
                asked.set()

        def learn(chance):
            for i in chance.permutation(3):
                told.append({"type": "batch"})
                if at(told[-1]):
                    asked.set()
                yield values[i], targets[i]

        def look():
            after.append({name: weights.clone() for name, weights in network.state_dict().items()})
            return b"a picture"

        folder = folder or tmp_path_factory.mktemp("fit")
        data = training.Data(learn, lambda: [(values[0], targets[0])], 3)
        settings = training.Settings(epochs=8, learning_rate=0.5, seed=3)
        found = SimpleNamespace(told=told, epochs=after)
        more = {"finish": asked, **more}
        may = more.pop("may_end_early", True)
        with Job(hear, pictures=True, **more) as job:
            found.history = training.fit(
                network, data, torch.nn.CrossEntropyLoss(), lambda: Confusion(3, {}), settings, torch.device("cpu"),
                folder, job, sheet=look, may_end_early=may,
            )  # fmt: skip
        found.weights = network.state_dict()
        return found

    return go


@pytest.fixture(scope="module")
def whole(fit):
    """What is learnt where nobody interrupts."""
    return fit()


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


def batch_of(epoch, place):
    """Whether an event is the making of a batch, counted within its epoch from 1."""
    left = [3 * (epoch - 1) + place]

    def at(event):
        left[0] -= event["type"] == "batch"
        return left[0] == 0 and event["type"] == "batch"

    return at


def test_the_epoch_that_has_begun_is_thrown_away_and_the_best_one_kept(fit, whole):
    losses = [e["val_loss"] for e in whole.history.epochs]
    assert len(losses) == 8
    assert not whole.history.ended_early
    for place in (1, 2, 3):
        found = fit(batch_of(5, place))
        if place < 3:  # the last batch may be learnt from before anybody looks again
            assert len(found.history.epochs) == 4
        done = len(found.history.epochs)
        assert found.history.ended_early
        assert [e["val_loss"] for e in found.history.epochs] == losses[:done]
        assert found.history.best == 1 + np.argmin(losses[:done])
        assert same(found.weights, whole.epochs[found.history.best - 1])
        assert same(found.history.last, whole.epochs[done - 1]), "not those of the epoch that was thrown away"


def test_where_no_epoch_is_finished_the_first_one_is(fit, whole):
    asked = threading.Event()
    asked.set()
    found = fit(finish=asked)
    assert (len(found.history.epochs), found.history.best, found.history.ended_early) == (1, 1, True)
    assert same(found.weights, whole.epochs[0])


def test_asked_after_the_last_epoch_nothing_was_ended_early(fit):
    found = fit(lambda event: event.get("name") == "learning_rate" and event["step"] == 8)
    assert len(found.history.epochs) == 8
    assert not found.history.ended_early


def test_other_users_of_the_loop_take_no_notice(fit):
    assert len(fit(batch_of(2, 1), may_end_early=False).history.epochs) == 8


def test_a_run_that_goes_on_tells_its_curves_from_the_beginning(fit, whole, tmp_path):
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        fit(lambda event: event.get("name") == "learning_rate" and event["step"] == 3 and cancel.set(),
            folder=tmp_path, cancel=cancel)  # fmt: skip
    again = fit(folder=tmp_path)
    assert kills.figures(again.told) == kills.figures(whole.told)
    assert [e for e in again.told if e["type"] == "best"][-1] == [e for e in whole.told if e["type"] == "best"][-1]


def test_the_best_epoch_is_told_with_the_figure_that_decides(whole):
    told = [e for e in whole.told if e["type"] == "best"]
    losses = [e["value"] for e in whole.told if e["type"] == "metric" and e["name"] == "val_loss"]
    running = [(i + 1, loss) for i, loss in enumerate(losses) if loss < min(losses[:i], default=np.inf)]
    assert [(e["name"], e["step"], e["value"]) for e in told] == [("val_loss", step, value) for step, value in running]


def test_pictures_change_nothing(data, tmp_path):
    seen = train(data, tmp_path / "seen.landloom", pictures=True)
    unseen = train(data, tmp_path / "unseen.landloom", pictures=False)
    assert (tmp_path / "seen.landloom").read_bytes() == (tmp_path / "unseen.landloom").read_bytes()
    assert not [e for e in unseen if e["type"] == "picture"]
    assert len([e for e in seen if e["type"] == "picture"]) == 9, "after each of 8 epochs, and of the best one again"


def test_a_sheet_shows_truth_and_prediction_in_the_colours_of_their_classes():
    truth, said = np.array([[0, 0], [1, -1]]), np.array([[0, 1], [1, 1]])
    cells = [sheets.Cell(sheets.coloured(p, ["#ff0000", "#0000ff"]), smooth=False) for p in (truth, said)]
    drawn = np.array(Image.open(io.BytesIO(sheets.draw([cells], [("ash", "#ff0000")]))))
    left, right = sheets.GAP, 2 * sheets.GAP + sheets.EDGES[0]
    near, far = sheets.GAP + 5, sheets.GAP + sheets.EDGES[0] - 5
    seen = [[tuple(drawn[y, x + dx]) for y in (near, far) for dx in (5, sheets.EDGES[0] - 5)] for x in (left, right)]
    red, blue, white = (255, 0, 0), (0, 0, 255), (255, 255, 255)
    assert seen == [[red, red, blue, white], [red, blue, blue, blue]]


def test_a_sheet_of_noise_becomes_smaller_until_it_can_be_sent():
    noise = np.random.default_rng(0).integers(0, 256, (160, 160, 3), np.uint8)
    assert len(sheets.draw([[sheets.Cell(noise)] * 4] * 4)) <= sheets.LARGEST


def test_an_image_is_stretched_without_its_gaps_which_are_white():
    band = np.linspace(0, 100, 101)
    values = np.stack([band, band, np.full(101, np.nan)])[:, np.newaxis]
    picture = sheets.stretched(values)
    assert picture[0, 50].tolist() == [0.5, 0.5, 1.0]
    assert picture[0, [0, 2, 98, 100], 0].tolist() == [0, 0, 1, 1], "from the 2nd to the 98th percentile"
