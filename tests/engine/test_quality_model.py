"""Quality models: what they learn, what they are compared with, what they predict, and what they refuse."""

import json
import zipfile
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import scipy.stats
import shapely
import sklearn.metrics
import torch

from landloom import models
from landloom.errors import InputError, ModelError, ParameterError
from landloom.image_features.feature_store import open_store, write_store
from landloom.job import Job
from landloom.networks.quality import Design, QualityNetwork
from landloom.networks.tally import IGNORED
from landloom.quality import judging, learning, prediction, preparation
from landloom.quality.model import QualityModel, scaled, unscaled
from landloom.records.table import open_records, write_records
from landloom.runner import run_stage
from landloom.stages import find_stage

QUICK = {"members": 2, "epochs": 15, "batch_size": 32, "hidden": 24, "record": False}
RECIPE = {"encoder": "toy", "weights": "abc", "size": 64}


def make_table(n=360, groups=36, seed=0):
    """Records whose accuracy falls with the entropy, and beyond that depends on edges, a sensor and two directions of
    the features. Returns the table and the features (n, 40).
    """
    random = np.random.default_rng(seed)
    hidden = random.normal(size=(n, 2))
    # The same directions whatever the seed: it is what the images look like.
    features = hidden @ np.random.default_rng(99).normal(size=(2, 40)) + 0.05 * random.normal(size=(n, 40))
    entropy, edges = random.uniform(0, 1, n), random.uniform(0, 0.5, n)
    sensor = random.choice(["A", "B"], n)
    accuracy = 0.75 - 0.1 * entropy - 0.1 * edges + 0.03 * (sensor == "A")
    accuracy += 0.05 * hidden[:, 0] + 0.05 * np.tanh(2 * hidden[:, 1]) * (sensor == "A") + random.normal(0, 0.01, n)
    group = np.arange(n) % groups
    west = 10 * np.arange(n)
    table = pd.DataFrame(
        {
            "record_id": [f"t{i}" for i in range(n)],
            "group": [f"scene {g}" for g in group],
            "param_mean_entropy": entropy,
            "param_edge_density": edges,
            "param_sensor": sensor,
            "param_same": 1.0,
            "metric_accuracy": accuracy.clip(0, 1),
            "footprint": [shapely.box(w, 0, w + 10, 10).wkt for w in west],
            "crs": "EPSG:32633",
            "part": np.select([group < groups // 2, group < 3 * groups // 4], ["train", "val"], "test"),
        }
    )
    return table, features.astype(np.float32)


def write_features(path, table, features, recipe=RECIPE):
    """A feature store of the table's records."""
    texts = pd.DataFrame({"id": table["record_id"], "image": "", "sha256": "", "footprint": "", "crs": ""})
    attributes = {"encoder": recipe["encoder"], "weights": {"sha256": "abc"}, "recipe": recipe, "facts": {}}
    write_store(path, texts, iter([features]), features.shape[1], "float32", attributes)
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Records and features on disk, with their tables."""
    folder = tmp_path_factory.mktemp("quality")
    table, features = make_table()
    write_records(folder / "records.csv", table)
    return SimpleNamespace(
        folder=folder,
        table=table,
        vectors=features,
        records=folder / "records.csv",
        features=write_features(folder / "features.h5", table, features),
    )


@pytest.fixture(scope="module")
def trained(made):
    """A model of parameters and features, and what training has found out; tests only read it."""
    model, page = made.folder / "q.landloom", made.folder / "q.html"
    given = {"records": made.records, "features": made.features, "model": model, "report": page, **QUICK, "epochs": 20}
    with Job() as job:
        found = run_stage(find_stage("train_quality_model"), {k: _plain(v) for k, v in given.items()}, job)
        return SimpleNamespace(found=SimpleNamespace(**found), warnings=job.warnings, model=model, report=page)


def _plain(value):
    return str(value) if isinstance(value, Path) else value


def test_a_model_of_features_and_parameters_beats_what_is_simpler(trained, made):
    found = trained.found
    assert (found.train_count, found.val_count, found.test_count) == (180, 90, 90)
    assert found.rank_correlation > 0.9
    assert found.earns_its_place == 1
    test = made.table[made.table["part"] == "test"]
    alone = scipy.stats.spearmanr(-test["param_mean_entropy"], test["metric_accuracy"]).statistic
    assert found.single_rank_correlation == pytest.approx(alone, abs=1e-6)
    assert found.single_rank_correlation < found.ridge_rank_correlation < found.rank_correlation
    assert "earns its place" in found.verdict
    assert 0.75 <= found.coverage <= 1
    assert any("same (the same in all training records)" in text for text in trained.warnings)
    page = trained.report.read_text(encoding="utf-8")
    assert "Mean entropy alone" in page
    assert "Ridge regression on parameters and features" in page


def test_figures_are_those_of_predictions_on_test_records(trained, made, run, tmp_path):
    run(
        "predict_quality", model=trained.model, records=made.records, features=made.features,
        predictions=tmp_path / "p.csv",
    )  # fmt: skip
    predicted = pd.read_csv(tmp_path / "p.csv").set_index("record_id").loc[made.table["record_id"]]
    held = (made.table["part"] == "test").to_numpy()
    true, ours = made.table["metric_accuracy"][held].to_numpy(), predicted[held]
    value = ours["predicted_accuracy"].to_numpy()
    found = trained.found
    assert found.mae == pytest.approx(sklearn.metrics.mean_absolute_error(true, value), abs=1e-5)
    assert found.rmse == pytest.approx(sklearn.metrics.root_mean_squared_error(true, value), abs=1e-5)
    assert found.r2 == pytest.approx(sklearn.metrics.r2_score(true, value), abs=1e-4)
    assert found.rank_correlation == pytest.approx(scipy.stats.spearmanr(true, value).statistic, abs=1e-4)
    inside = (ours["low_accuracy"] <= true) & (true <= ours["high_accuracy"])
    assert found.coverage == pytest.approx(inside.mean(), abs=0.02)


def test_predictions_rank_the_worst_first_and_lie_on_the_map(trained, made, run, tmp_path):
    new, features = make_table(40, seed=5)
    write_records(tmp_path / "new.csv", new.drop(columns=["metric_accuracy", "part"]))
    store = write_features(tmp_path / "new.h5", new, features)
    found = run(
        "predict_quality", model=trained.model, records=tmp_path / "new.csv", features=store, threshold=0.65,
        predictions=tmp_path / "p.csv", footprints=tmp_path / "p.gpkg",
    )  # fmt: skip
    table = pd.read_csv(tmp_path / "p.csv")
    assert table["review_rank"].tolist() == list(range(1, 41))
    assert table["predicted_accuracy"].is_monotonic_increasing
    true = new.set_index("record_id")["metric_accuracy"][table["record_id"]]
    assert scipy.stats.spearmanr(true, table["predicted_accuracy"]).statistic > 0.8
    assert (table["low_accuracy"] < table["predicted_accuracy"]).all()
    assert found.predicted_count == 40
    assert found.lowest_predicted == pytest.approx(table["predicted_accuracy"][0], abs=1e-6)
    assert found.below_count == (table["predicted_accuracy"] < 0.65).sum() > 0
    layer = gpd.read_file(tmp_path / "p.gpkg", layer="quality")
    first = layer.set_index("review_rank").loc[1]
    assert first["record_id"] == table["record_id"][0]
    assert first.geometry.bounds[0] == 10 * int(first["record_id"][1:])
    assert first["review"] == 1


def test_points_are_left_out_of_the_layer_and_told(trained, made, run, tmp_path):
    given = {"model": trained.model, "features": made.features, "predictions": tmp_path / "p.csv"}
    few = made.table.iloc[:6]
    points = [*few["footprint"][:4], "POINT (5 5)", "LINESTRING (0 0, 5 5)"]
    write_records(tmp_path / "some.csv", few.assign(footprint=points))
    found = run("predict_quality", records=tmp_path / "some.csv", footprints=tmp_path / "p.gpkg", **given)
    assert any("no areas, left out of the layer: 2 of 6" in text for text in found.warnings)
    assert len(gpd.read_file(tmp_path / "p.gpkg", layer="quality")) == 4
    write_records(tmp_path / "points.csv", few.assign(footprint="POINT (5 5)"))
    with pytest.raises(InputError, match="No footprint is an area: they are of the type Point"):
        run("predict_quality", records=tmp_path / "points.csv", footprints=tmp_path / "q.gpkg", **given)
    assert not (tmp_path / "q.gpkg").exists()


def test_records_without_features_get_no_prediction(trained, made, run, tmp_path):
    store = write_features(tmp_path / "half.h5", made.table[:100], made.vectors[:100])
    found = run(
        "predict_quality", model=trained.model, records=made.records, features=store, predictions=tmp_path / "p.csv"
    )
    assert (found.predicted_count, found.missing_count) == (100, 260)
    table = pd.read_csv(tmp_path / "p.csv")
    assert table["predicted_accuracy"].isna().sum() == table["review_rank"].isna().sum() == 260
    assert any("260 of 360" in text for text in found.warnings)


def test_parameters_alone_and_features_alone(made, run, tmp_path):
    """Each knows a part only: the parameters not the directions of the features, and the other way round."""
    alone = run("train_quality_model", records=made.records, model=tmp_path / "p.landloom", **QUICK)
    other = run(
        "train_quality_model", records=made.records, features=made.features, with_parameters=False,
        model=tmp_path / "f.landloom", **QUICK,
    )  # fmt: skip
    assert 0.2 < alone.rank_correlation < 0.8
    assert 0.5 < other.rank_correlation < 0.9
    # What knows the entropy alone is compared with, whether or not the model learns from it.
    assert other.single_rank_correlation == alone.single_rank_correlation
    assert not models.load(other.model)[0].network["numbers"]
    run("predict_quality", model=tmp_path / "p.landloom", records=made.records, predictions=tmp_path / "p.csv")
    with pytest.raises(ParameterError, match="nothing to learn from"):
        run("train_quality_model", records=made.records, with_parameters=False, model=tmp_path / "n.landloom")


def test_a_model_that_is_no_better_says_so(run, tmp_path):
    """Where accuracy is a straight line of the entropy and else noise, the line is as good."""
    table, _ = make_table()
    random = np.random.default_rng(1)
    table["metric_accuracy"] = 0.9 - 0.3 * table["param_mean_entropy"] + random.normal(0, 0.05, len(table))
    write_records(tmp_path / "r.csv", table)
    found = run("train_quality_model", records=tmp_path / "r.csv", model=tmp_path / "q.landloom", **QUICK)
    assert found.earns_its_place == 0
    assert "does not earn its place" in found.verdict
    assert any("does not earn its place" in text for text in found.warnings)
    assert found.rank_correlation == pytest.approx(found.single_rank_correlation, abs=0.1)


def test_the_curves_of_one_network_are_told_and_of_each_how_it_ended(made, run, tmp_path):
    events = run("train_quality_model", records=made.records, model=tmp_path / "q.landloom", **QUICK, patience=3).events
    points = [(e["name"], e["step"]) for e in events if e["type"] == "metric"]
    assert points and len(set(points)) == len(points)
    texts = [e["text"] for e in events if e["type"] == "message"]
    assert [text[:16] for text in texts if text.startswith("Network")] == ["Network 1 of 2: ", "Network 2 of 2: "]
    assert not any(text.startswith(("Epoch", "Stopped")) for text in texts)


def test_same_seed_same_model(made, run, tmp_path):
    paths = [tmp_path / name for name in ("a.landloom", "b.landloom", "c.landloom")]
    for path, seed in zip(paths, (1, 1, 2), strict=True):
        run("train_quality_model", records=made.records, model=path, seed=seed, **QUICK | {"epochs": 2})
    first, second, third = (path.read_bytes() for path in paths)
    assert first == second != third


def test_several_metrics_and_unknown_values(run, tmp_path):
    table, _ = make_table()
    table["metric_mse"] = 10 ** (-4 * table["metric_accuracy"])
    table.loc[::5, "metric_mse"] = np.nan
    table.loc[::7, "param_edge_density"] = np.nan
    write_records(tmp_path / "r.csv", table)
    found = run(
        "train_quality_model",
        records=tmp_path / "r.csv",
        metrics="mse, accuracy",
        model=tmp_path / "q.landloom",
        **QUICK,
    )
    card, _ = models.load(tmp_path / "q.landloom")
    assert card.network["metrics"] == ["mse", "accuracy"]
    assert card.network["gaps"] == ["param_edge_density"]
    held = (table["part"] == "test") & table["metric_mse"].notna()
    assert card.metrics["judged"]["mse"]["records"] == held.sum()
    assert found.test_count == (table["part"] == "test").sum()
    run("predict_quality", model=tmp_path / "q.landloom", records=tmp_path / "r.csv", predictions=tmp_path / "p.csv")
    predicted = pd.read_csv(tmp_path / "p.csv")
    # Of an error the largest is the worst.
    assert predicted["predicted_mse"].is_monotonic_decreasing
    assert (predicted["low_mse"] > 0).all()


def test_records_that_are_not_split_are_dealt_by_groups(made, run, tmp_path):
    write_records(tmp_path / "r.csv", made.table.drop(columns="part"))
    found = run("train_quality_model", records=tmp_path / "r.csv", model=tmp_path / "q.landloom", **QUICK)
    assert found.train_count + found.val_count + found.test_count == 360
    assert found.val_count == pytest.approx(54, abs=10)
    group = made.table["group"].to_numpy(object)
    part = learning.deal(group, 3)
    assert all(len(set(part[group == name])) == 1 for name in set(group))
    assert set(learning.deal(np.array(["a", "a", "b", "c"], object), 0)) == {"train", "val", "test"}
    assert [(learning.deal(group, 3) == name).mean() for name in ("train", "val", "test")] == pytest.approx(
        [0.7, 0.15, 0.15], abs=0.03
    )
    write_records(tmp_path / "one.csv", made.table.drop(columns="part").assign(group="one"))
    single = run("train_quality_model", records=tmp_path / "one.csv", model=tmp_path / "q.landloom", **QUICK)
    assert any("optimistic" in text for text in single.warnings)


def test_records_of_one_image_are_dealt_together(tmp_path):
    """Parameters were tried on each image; half of the images are known by their content only, under two names."""
    table, _ = make_table(120, 120)
    number = np.arange(120) // 3
    names = [f"{n}.tif" if n < 20 else f"{i}.tif" for i, n in enumerate(number)]
    table = table.drop(columns="part").assign(
        group="", image=names, sha256=[f"{n:x}" if n >= 20 else "" for n in number]
    )
    write_records(tmp_path / "r.csv", table)
    found = learning.gather(open_records(tmp_path / "r.csv"), None, None, True, 0)
    assert pd.Series(found.part).groupby(number).nunique().eq(1).all()
    assert len(np.unique(found.group)) == 40


def test_nothing_is_learnt_from_test_records(made, tmp_path):
    """Whatever the test records hold, scaling and components stay the same."""
    table = made.table.copy()
    held = table["part"] == "test"
    spoilt = table.assign(param_mean_entropy=table["param_mean_entropy"].where(~held, 1e9))
    spoilt["param_sensor"] = spoilt["param_sensor"].where(~held, "C")
    vectors = made.vectors.copy()
    vectors[held] = 1e6
    prepared = []
    for name, one, features in (("a", table, made.vectors), ("b", spoilt, vectors)):
        write_records(tmp_path / f"{name}.csv", one)
        store = open_store(write_features(tmp_path / f"{name}.h5", one, features))
        examples = learning.gather(open_records(tmp_path / f"{name}.csv"), store, None, True, 0)
        prepared.append(learning._prepare(examples, learning.Options(learning.Settings())))
    first, second = (p.describe() | {k: v.tolist() for k, v in p.as_arrays().items()} for p in prepared)
    assert first == second


def test_parameters_become_standardised_columns():
    table = pd.DataFrame(
        {
            "type": ["a", "b", "a", "b"],
            "method": "m",
            "param_x": [1.0, 3.0, np.nan, 5.0],
            "param_flag": [True, False, True, False],
            "param_empty": np.nan,
        }
    )
    numbers, words, left_out = preparation.learn_parameters(table)
    prepared = preparation.Preparation(numbers, words, None, left_out)
    columns = prepared.parameters(table)
    spread = np.sqrt(8 / 3)
    assert np.allclose(columns[:, 0], [-2 / spread, 0, 0, 2 / spread])
    assert columns[:, 1].tolist() == [1, -1, 1, -1]
    assert columns[:, 2].tolist() == [0, 0, 1, 0]
    assert columns[:, 3:].tolist() == [[1, 0], [0, 1], [1, 0], [0, 1]]
    assert left_out == {"empty": "empty"}
    other = table.assign(type="c", param_x=1e9)
    assert prepared.parameters(other)[0].tolist() == [5, 1, 0, 0, 0]
    assert prepared.strange_words(other) == {"type": ["c"]}


def test_a_text_that_differs_from_record_to_record_is_left_out_also_where_it_is_missing_once():
    table = pd.DataFrame({"param_name": [f"n{i}" for i in range(39)] + [""], "param_one": ["a"] * 39 + [""]})
    _, words, left_out = preparation.learn_parameters(table)
    assert [(w.name, w.words) for w in words] == [("param_one", ("a",))]
    assert left_out == {"name": "more than 30 different words"}


def test_components_are_uncorrelated_and_of_unit_spread():
    random = np.random.default_rng(0)
    features = random.normal(size=(300, 3)) @ random.normal(size=(3, 20)) + 5
    found = preparation.learn_components(features.astype(np.float32), "toy", None, 300, 0)
    assert len(found.axes) == 3  # 15 were allowed, but there is nothing in the others
    assert np.allclose(np.cov(found.apply(features).T), np.eye(3), atol=1e-2)
    assert found.explained == pytest.approx(1)


def test_rank_correlation_and_bins_against_scipy_and_hand():
    random = np.random.default_rng(2)
    a, b = random.integers(0, 5, 50), random.integers(0, 5, 50)
    assert judging.rank_correlation(a, b) == pytest.approx(scipy.stats.spearmanr(a, b).statistic)
    bins = judging.reliability(np.array([3.0, 1.0] * 5), np.array([2.5, 2.0] * 5))
    assert [(b["records"], b["predicted"], b["true"]) for b in bins] == [(5, 2.0, 1.0), (5, 2.5, 3.0)]
    assert judging.calibration_error(bins) == pytest.approx(0.75)
    assert judging.worst_first("accuracy", np.array([0.5, np.nan, 0.1])).tolist() == [2, 0, 1]
    assert judging.worst_first("mse", np.array([0.5, np.nan, 0.1])).tolist() == [1, 0, 2]


def test_metrics_are_learnt_on_a_scale_that_tells_good_from_better():
    values = np.array([[0.9, 0.01, 20.0], [1.0, 0.0, np.inf], [0.5, 1.0, 30.0]])
    on_scale = scaled(("accuracy", "mse", "psnr"), values)
    assert on_scale[0] == pytest.approx([np.log(9), -2, 20])
    assert on_scale[1, 0] == pytest.approx(np.log(999))
    assert np.isnan(on_scale[1, 1:]).all()
    assert on_scale[2] == pytest.approx([0, 0, 30])
    back = unscaled(("accuracy", "mse", "psnr"), np.array([[np.log(9), -2, 20], [7, 1, 40], [-9, 0, 0]]))
    assert back[0] == pytest.approx([0.9, 0.01, 20])
    assert back[1:, 0].tolist() == [1, 0]


def test_a_prediction_is_the_mean_of_the_votes_as_uncertain_as_their_spread_and_their_error():
    """Votes of 1 and 3 have the mean 2 and the variance 1; with an error of 2 the deviation is √5."""
    members = []
    for weight in (1.0, 3.0):
        network = QualityNetwork(Design(1, 1, 4, 1)).eval()
        network.begin(np.array([[weight]]), np.zeros(1))
        members.append(network)
    numbers = preparation.Numbers(("param_x",), np.zeros(1), np.ones(1), ())
    prepared = preparation.Preparation(numbers, (), None, {})
    one = [np.array([v]) for v in (20.0, 3.0)]
    quality = QualityModel(prepared, ("psnr",), *one, tuple(members), np.array([2.0]), np.array([1.5]))
    found = quality.predict(prepared.parameters(pd.DataFrame({"param_x": [1.0]})))
    assert found.value[0, 0] == pytest.approx(20 + 3 * 2)
    assert found.deviation[0, 0] == pytest.approx(3 * np.sqrt(5))
    reach = 1.5 * 3 * np.sqrt(5)
    assert (found.low[0, 0], found.high[0, 0]) == pytest.approx((26 - reach, 26 + reach))


def test_the_deviation_of_an_accuracy_is_told_as_a_share():
    """Learnt as a logit: 0 ± 1 lies between 1 / (1 + e) and e / (1 + e)."""
    network = QualityNetwork(Design(1, 1, 4, 1)).eval()
    network.begin(np.zeros((1, 1)), np.zeros(1))
    numbers = preparation.Numbers(("param_x",), np.zeros(1), np.ones(1), ())
    prepared = preparation.Preparation(numbers, (), None, {})
    quality = QualityModel(prepared, ("accuracy",), np.zeros(1), np.ones(1), (network,), np.ones(1), np.ones(1))
    found = quality.predict(prepared.parameters(pd.DataFrame({"param_x": [1.0]})))
    assert found.value[0, 0] == pytest.approx(0.5)
    assert found.deviation[0, 0] == pytest.approx((np.e - 1) / (1 + np.e) / 2)


def test_what_is_learnt_from_which_part(tmp_path):
    """The scale comes from training, how far off predictions are from validation; each network has its own start."""
    table, _ = make_table()
    random = np.random.default_rng(0)
    # So that each part has a mean and an error of its own.
    table["metric_psnr"] = 20 * table["param_mean_entropy"] + table["part"].map({"train": 10, "val": 20, "test": 30})
    table["metric_psnr"] += random.normal(0, 1, len(table)) * table["part"].map({"train": 1, "val": 3, "test": 9})
    write_records(tmp_path / "r.csv", table)
    examples = learning.gather(open_records(tmp_path / "r.csv"), None, ["psnr"], True, 0)
    options = learning.Options(learning.Settings(epochs=2), members=2, hidden=4)
    made = learning.train(examples, options, torch.device("cpu"), tmp_path, Job()).model
    psnr = table["metric_psnr"][table["part"] == "train"]
    assert (made.centre[0], made.spread[0]) == pytest.approx((psnr.mean(), psnr.std(ddof=0)))
    held = table[table["part"] == "val"]
    off = held["metric_psnr"] - made.predict(made.preparation.parameters(held)).value[:, 0]
    assert made.noise[0] == pytest.approx(np.sqrt((off**2).mean()) / made.spread[0])
    first, second = (member.body[0].weight.detach().numpy() for member in made.members)
    assert not np.allclose(first, second, atol=1e-2)


def test_unknown_metrics_have_no_loss_and_intervals_are_wide_enough():
    outputs, targets = torch.tensor([[0.0, 5.0]]), torch.tensor([[1.0, IGNORED]])
    assert float(learning._loss(outputs, targets)) == 0.5  # Huber's, of one standard deviation
    # Of 20 ratios the 19th: the 90th of 100 places between 21 values (Lei et al. 2018, eq. 2).
    assert learning._conformal(np.arange(1.0, 21)) == 19
    assert learning._conformal(np.arange(1.0, 6)) == 5
    assert prediction.below("accuracy", np.array([0.1, 0.5, 0.9]), 0.6) == 2
    assert prediction.below("mse", np.array([0.1, 0.5, 0.9]), 0.6) == 1


@pytest.mark.parametrize(
    ("rank", "errors", "expected"),
    [(0.01, (0.1, 0.2), True), (-0.01, (0.1, 0.2), False), (0.01, (0.1, -0.2), False), (None, (0.1, 0.2), None)],
)
def test_a_model_has_to_rank_better_and_err_less_beyond_chance(rank, errors, expected):
    gains = [
        {"single": i == 0, "rank_correlation_interval": (rank, 1.0), "mae_interval": (low, 1.0)}
        for i, low in enumerate(errors)
    ]
    judged = judging.Judged("ssim", 9, 5, [], gains, [], 0.0, 0.9, (0.8, 1.0), np.zeros((9, 2)))
    assert judged.earns_its_place is expected


@pytest.mark.parametrize(("records", "groups", "expected"), [(9, 1, None), (9, 4, None), (9, 5, True), (4, 4, True)])
def test_what_is_beyond_chance_shows_from_some_groups_or_from_records_that_are_each_their_own(
    records, groups, expected
):
    gains = [{"single": True, "rank_correlation_interval": (0.1, 0.2), "mae_interval": (0.1, 0.2)}]
    judged = judging.Judged("ssim", records, groups, [], gains, [], 0.0, 0.9, (0.8, 1.0), np.zeros((9, 2)))
    assert judged.earns_its_place is expected


def test_a_model_whose_test_records_are_of_few_groups_says_that_it_cannot_be_told(made, run, tmp_path):
    held = made.table["part"] == "test"
    for groups, said in (("scene", "of one group,"), (np.arange(len(held)) % 3, "of 3 groups,")):
        write_records(tmp_path / "r.csv", made.table.assign(group=np.where(held, groups, made.table["group"])))
        found = run(
            "train_quality_model", records=tmp_path / "r.csv", model=tmp_path / "q.landloom",
            report=tmp_path / "q.html", **{**QUICK, "members": 1, "epochs": 1},
        )  # fmt: skip
        assert found.earns_its_place is None
        assert "cannot be told" in found.verdict and said in found.verdict
        assert any("cannot be told" in text for text in found.warnings)
        assert "cannot be told" in (tmp_path / "q.html").read_text(encoding="utf-8")
        assert "cannot be told" in models.load(tmp_path / "q.landloom")[0].metrics["verdict"]


def test_draws_take_whole_groups():
    group = np.array(["a", "a", "b", "c", "c", "c"])
    for at in judging.draws(group, 0, 20):
        for name, size in (("a", 2), ("b", 1), ("c", 3)):
            assert (group[at] == name).sum() % size == 0


def test_features_of_another_kind_are_refused(trained, made, run, tmp_path):
    given = {"model": trained.model, "records": made.records, "predictions": tmp_path / "p.csv"}
    with pytest.raises(ModelError, match="needs features"):
        run("predict_quality", **given)
    other = write_features(tmp_path / "o.h5", made.table, made.vectors, RECIPE | {"encoder": "resnet18"})
    with pytest.raises(ModelError, match=r"encoder: toy \| resnet18"):
        run("predict_quality", features=other, **given)
    short = write_features(tmp_path / "s.h5", made.table, made.vectors[:, :30])
    with pytest.raises(ModelError, match=r"features: 40 \| 30"):
        run("predict_quality", features=short, **given)
    weights = write_features(tmp_path / "w.h5", made.table, made.vectors, RECIPE | {"weights": "xyz"})
    with pytest.raises(ModelError, match=r"weights: abc \| xyz"):
        run("predict_quality", features=weights, **given)
    assert not (tmp_path / "p.csv").exists()


@pytest.mark.parametrize("name", ["edge_density", "sensor"])
def test_records_without_the_parameters_are_refused(trained, made, run, tmp_path, name):
    write_records(tmp_path / "r.csv", made.table.drop(columns=f"param_{name}"))
    with pytest.raises(ModelError, match=f"lack what the model needs: {name}"):
        run(
            "predict_quality", model=trained.model, records=tmp_path / "r.csv", features=made.features,
            predictions=tmp_path / "p.csv",
        )  # fmt: skip


def test_records_whose_features_are_all_missing_are_refused(trained, made, run, tmp_path):
    write_records(tmp_path / "r.csv", made.table.assign(record_id=[f"other {i}" for i in range(len(made.table))]))
    with pytest.raises(InputError, match="features of none of the 360 records"):
        run(
            "predict_quality", model=trained.model, records=tmp_path / "r.csv", features=made.features,
            predictions=tmp_path / "p.csv",
        )  # fmt: skip


def test_a_parameter_that_is_no_number_is_told(trained, made, tmp_path):
    entropy = made.table["param_mean_entropy"].astype(object)
    entropy[3], entropy[5] = "good", np.inf
    write_records(tmp_path / "r.csv", made.table.assign(param_mean_entropy=entropy))
    given = {"model": trained.model, "records": tmp_path / "r.csv", "features": made.features}
    with Job() as job:
        values = {k: str(v) for k, v in given.items()} | {"predictions": str(tmp_path / "p.csv")}
        run_stage(find_stage("predict_quality"), values, job)
        assert any("mean_entropy (2)" in text for text in job.warnings)


def test_nothing_is_written_where_the_layer_has_no_place(trained, made, run, tmp_path):
    write_records(tmp_path / "r.csv", made.table.assign(footprint=""))
    with pytest.raises(InputError, match="has a footprint"):
        run(
            "predict_quality", model=trained.model, records=tmp_path / "r.csv", features=made.features,
            predictions=tmp_path / "p.csv", footprints=tmp_path / "p.gpkg",
        )  # fmt: skip
    assert not (tmp_path / "p.csv").exists()


def test_predictions_name_images_by_their_path_from_the_new_table(trained, made, run, tmp_path):
    (tmp_path / "tiles").mkdir()
    write_records(tmp_path / "tiles" / "r.csv", made.table.assign(image="a.tif"))
    run(
        "predict_quality", model=trained.model, records=tmp_path / "tiles" / "r.csv", features=made.features,
        predictions=tmp_path / "p.csv",
    )  # fmt: skip
    assert set(pd.read_csv(tmp_path / "p.csv")["image"]) == {"tiles/a.tif"}


def test_infinite_numbers_are_gaps_and_texts_of_many_words_are_left_out():
    table = pd.DataFrame(
        {
            "param_entropy": [np.inf, *np.linspace(0, 1, 40)],
            "param_note": ["", *(f"note {i}" for i in range(40))],
        }
    )
    numbers, words, left_out = preparation.learn_parameters(table)
    assert (numbers.names, numbers.gaps, words) == (("param_entropy",), ("param_entropy",), ())
    assert "different words" in left_out["note"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda t: t.drop(columns="metric_accuracy"), "has no metrics"),
        (lambda t: t.assign(metric_accuracy=np.nan), "Only 0 records"),
        (lambda t: t.assign(part="train"), "in the part 'val'"),
        (lambda t: t[:8].drop(columns="part"), "at least"),
        (lambda t: t.drop(columns=["param_mean_entropy", "param_edge_density", "param_sensor"]), "nothing to predict"),
    ],
)
def test_records_that_cannot_be_learnt_from_are_refused(made, run, tmp_path, change, told):
    write_records(tmp_path / "r.csv", change(made.table))
    with pytest.raises(InputError, match=told):
        run("train_quality_model", records=tmp_path / "r.csv", model=tmp_path / "q.landloom", **QUICK)
    assert not (tmp_path / "q.landloom").exists()


def test_a_metric_that_is_not_there_is_refused(made, run, tmp_path):
    with pytest.raises(InputError, match="has no metric 'ssim'"):
        run("train_quality_model", records=made.records, metrics="ssim", model=tmp_path / "q.landloom", **QUICK)


def test_features_that_are_no_numbers_are_refused(made, run, tmp_path):
    store = write_features(tmp_path / "n.h5", made.table, np.full((360, 5), np.nan, np.float32))
    with pytest.raises(InputError, match="NaN"):
        run("train_quality_model", records=made.records, features=store, model=tmp_path / "q.landloom", **QUICK)


def test_a_damaged_or_foreign_model_is_refused(trained, made, run, tmp_path):
    def spoilt(change):
        with zipfile.ZipFile(trained.model) as old, zipfile.ZipFile(tmp_path / "x.landloom", "w") as new:
            for name in old.namelist():
                content = old.read(name)
                if name == "card.json":
                    card = json.loads(content)
                    change(card)
                    content = json.dumps(card).encode()
                new.writestr(name, content)
        with pytest.raises(ModelError):
            run(
                "predict_quality", model=tmp_path / "x.landloom", records=made.records, features=made.features,
                predictions=tmp_path / "p.csv",
            )  # fmt: skip

    spoilt(lambda card: card.update(kind="random_forest"))
    spoilt(lambda card: card["network"].update(inputs=3))
    spoilt(lambda card: card["network"].update(metrics=["a", "b"]))
    spoilt(lambda card: card["network"].update(members=9))
    spoilt(lambda card: card["network"].update(dimension=7))
    spoilt(lambda card: card["network"].pop("numbers"))
    spoilt(lambda card: card["network"].update(hidden=10**12))


def test_model_card_and_catalogue(made, run, tmp_path, own_home):
    found = run("train_quality_model", records=made.records, model=tmp_path / "q.landloom", **QUICK | {"record": True})
    text = (tmp_path / "q.md").read_text(encoding="utf-8")
    assert "A model of how good a result will be" in text
    assert "360 records (train 180, val 90, test 90) of 36 groups" in text
    assert "rank correlation" in text
    assert found.model_id is not None
    assert run("list_models", table=tmp_path / "models.gpkg").count == 1
