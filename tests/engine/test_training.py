"""Training says what the model is worth on polygons that it has not seen, and gives the same model every time."""

from __future__ import annotations

import json
import os
import threading
import time
import warnings

import geopandas as gpd
import joblib
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import squares
from sklearn import inspection, metrics
from sklearn.ensemble import RandomForestClassifier

from landloom import models, samples, splits
from landloom.errors import Cancelled, CatalogueError, InputError, ParameterError
from landloom.forest import training
from landloom.job import Job
from landloom.runner import run_stage
from landloom.stages import find_stage


@pytest.fixture
def table(scene, run):
    """The scene's samples, noisy enough for some mistakes: `table.path`, `.rows`, `.columns`; `.change` rewrites it."""
    path = scene.folder / "samples.parquet"
    with_noise = np.random.default_rng(3)
    run("extract_samples", images=scene.image, polygons=scene.polygons, class_field="class_id",
        name_field="class_name", samples=path)  # fmt: skip
    data = samples.read(path)
    for name in data.columns:
        data.table[name] = np.clip(data.table[name] + with_noise.normal(0, 500, len(data.table)), 1, None).astype(
            "uint16"
        )
    samples.write(path, data)

    class Table:
        rows, columns, meta = data.table, data.columns, data.meta

        @staticmethod
        def change(how, **meta):
            changed = how(data.table.copy())
            samples.write(path, samples.Samples(changed, {**data.meta, **meta}))

    Table.path, Table.folder = path, scene.folder
    return Table


@pytest.fixture
def train(table, run):
    """Train on the table; gives the outputs with `.card` and `.forest`, which is scikit-learn's own."""

    def go(name="m", **more):
        given = {"trees": 25, "record": False, **more}
        done = run("train_random_forest", samples=table.path, model=table.folder / f"{name}.landloom", **given)
        done.card = models.load(done.model)[0]
        done.forest = joblib.load(table.folder / f"{name}.joblib")
        return done

    return go


def learnt_from(done, table):
    """The ids of the polygons that a model was trained on, by the outlines in its file."""
    outlines = shapely.get_parts(shapely.from_wkb(models.load(done.model)[1]["training_area"].tobytes()))
    middles = gpd.GeoSeries(outlines).centroid
    found = set()
    for polygon_id, part in table.rows.groupby("polygon_id"):
        if middles.distance(shapely.Point(part["x"].mean(), part["y"].mean())).min() < 1:
            found.add(polygon_id)
    return found


def scikit_learns(truth, mapped):
    """The metrics by scikit-learn."""
    precision, recall, f1, support = metrics.precision_recall_fscore_support(truth, mapped)
    return {
        "overall_accuracy": metrics.accuracy_score(truth, mapped),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, mapped),
        "kappa": metrics.cohen_kappa_score(truth, mapped),
        "precision": precision, "recall": recall, "f1": f1, "support": support,
        "confusion_matrix": metrics.confusion_matrix(truth, mapped).T,  # scikit-learn's rows are the truth
    }  # fmt: skip


def assert_same(found, expected):
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, atol=1e-6, err_msg=name)


# --- accuracy -----------------------------------------------------------------------------------------


def test_metrics_are_scikit_learns_on_the_polygons_that_were_held_out(train, table):
    done = train(train_on="training")
    rows = table.rows[~table.rows["polygon_id"].isin(learnt_from(done, table))]
    assert 0 < len(rows) < len(table.rows) / 2
    assert done.card.metrics["held_out_samples"] == len(rows), "no polygon stands on both sides"
    mapped = done.forest.predict(rows[table.columns].to_numpy(np.float32))
    assert 0.5 < np.mean(mapped == rows["class_id"]) < 1, "something is mistaken, so that the metrics differ"
    assert_same(done.card.metrics, scikit_learns(rows["class_id"], mapped))
    assert done.overall_accuracy == done.card.metrics["overall_accuracy"]
    assert (done.kappa, done.balanced_accuracy) == (done.card.metrics["kappa"], done.card.metrics["balanced_accuracy"])


def test_a_fifth_of_the_polygons_of_each_class_is_held_out(train, table):
    kept = learnt_from(train(train_on="training"), table)
    for _, rows in table.rows.groupby("class_id"):
        ids = set(rows["polygon_id"])
        assert len(ids - kept) == round(0.2 * len(ids))


@pytest.mark.parametrize("validation", ["polygons", "blocks", "pixels"])
def test_cross_validation_tests_each_sample_once_by_a_model_that_does_not_know_it(train, table, validation):
    done = train(validation=validation, folds=3, block_size=300)
    rows, values = table.rows, table.rows[table.columns].to_numpy(np.float32)
    group = rows["polygon_id"].to_numpy()
    if validation == "blocks":
        group = splits.blocks(rows["x"].to_numpy(), rows["y"].to_numpy(), group, 300)
    mapped = np.zeros(len(rows), int)
    parts = splits.split(rows["class_id"].to_numpy(), group, validation, 0.2, 3, 42)
    for known, held in parts.folds:
        assert validation == "pixels" or not set(group[known]) & set(group[held])
        forest = RandomForestClassifier(25, random_state=42).fit(values[known], rows["class_id"].iloc[known])
        mapped[held] = forest.predict(values[held])
    tested = mapped > 0
    assert done.card.metrics["held_out_samples"] == tested.sum() > 0.9 * len(rows)
    assert_same(done.card.metrics, scikit_learns(rows["class_id"][tested], mapped[tested]))


def test_single_pixels_are_called_optimistic_wherever_the_accuracy_stands(train, table):
    done = train(validation="pixels", report=table.folder / "r.html")
    assert any("The accuracy is optimistic" in text for text in done.warnings)
    for name in ("r.html", "m.md"):
        assert "The accuracy is optimistic" in (table.folder / name).read_text(encoding="utf-8")
    assert any("single pixels (optimistic): overall accuracy" in e.get("text", "") for e in done.events)
    assert not any("optimistic" in text for text in train().warnings)


def test_a_class_of_one_polygon_is_trained_on_and_named_as_not_tested(train, table):
    only = table.rows.loc[table.rows["class_id"] == 3, "polygon_id"].iloc[0]
    table.change(lambda rows: rows[(rows["class_id"] != 3) | (rows["polygon_id"] == only)])
    done = train()
    assert "Not tested, for want of a second polygon or block: Water." in " ".join(done.warnings)
    assert done.card.metrics["recall"][2] is None
    assert done.class_count == 3
    assert done.forest.classes_.tolist() == [1, 2, 3]


def test_polygons_that_share_no_class_with_another_cannot_be_validated_and_it_is_told(train, table):
    table.change(lambda rows: rows.assign(polygon_id=rows["class_id"]))
    with pytest.raises(InputError, match=r"Nothing can be held out.*Draw more polygons.*switch the validation off"):
        train()
    assert train(validation="none").overall_accuracy is None


def test_importance_is_near_scikit_learns(table):
    rows = table.rows.assign(noise=np.random.default_rng(0).normal(size=len(table.rows)))
    columns = [*table.columns, "noise"]
    values, class_id = rows[columns].to_numpy(np.float32), rows["class_id"].to_numpy()
    known, held = np.arange(0, len(rows), 2), np.arange(1, len(rows), 2)
    forest = RandomForestClassifier(25, random_state=1).fit(values[known], class_id[known])
    ours = training.importance(forest, columns, values[held], class_id[held], seed=5)
    theirs = inspection.permutation_importance(forest, values[held], class_id[held], n_repeats=20, random_state=1)
    found = np.array([ours[name][0] for name in columns])
    # Five rounds over some 600 samples: a few thousandths of deviation.
    np.testing.assert_allclose(found, theirs.importances_mean, atol=0.02)
    assert found[:-1].max() > 0.1 > 0.02 > abs(found[-1])


# --- the forest ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("parameters", [
    {}, {"class_weight": "balanced"}, {"class_weight": "balanced_subsample"}, {"max_depth": 3, "min_leaf": 4},
    {"max_features": "all"}, {"max_features": "third"}, {"trees": 1},
])  # fmt: skip
def test_the_forest_is_that_of_one_fit_by_scikit_learn(train, table, parameters):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        done = train(validation="none", **parameters)
    theirs = RandomForestClassifier(
        parameters.get("trees", 25), random_state=42, class_weight=parameters.get("class_weight"),
        max_depth=parameters.get("max_depth"), min_samples_leaf=parameters.get("min_leaf", 1),
        max_features={"all": None, "third": 1, None: "sqrt"}[parameters.get("max_features")],
    ).fit(table.rows[table.columns].to_numpy(np.float32), table.rows["class_id"])  # fmt: skip
    values = np.random.default_rng(1).integers(0, 4000, (2000, 4)).astype(np.float32)
    assert np.array_equal(done.forest.predict_proba(values), theirs.predict_proba(values))


def test_the_out_of_bag_accuracy_is_scikit_learns(train, table):
    theirs = RandomForestClassifier(60, random_state=42, oob_score=True)
    theirs.fit(table.rows[table.columns].to_numpy(np.float32), table.rows["class_id"])
    assert train(trees=60).oob_accuracy == pytest.approx(theirs.oob_score_)


def test_too_few_trees_for_an_out_of_bag_accuracy_are_told_in_a_sentence(train, table, recwarn):
    done = train(trees=2, report=table.folder / "r.html")
    assert done.oob_accuracy is None
    assert any("with so few trees some samples were in the bag of each" in e.get("text", "") for e in done.events)
    assert not [w for w in recwarn if issubclass(w.category, UserWarning)]


def test_the_seed_alone_decides_on_the_model(train, table):
    one = (table.folder / "m.landloom", table.folder / "m.joblib", table.folder / "m.md")
    found = []
    for jobs, seed in ((1, 42), (2, 42), (1, 42), (1, 43)):
        train(jobs=jobs, seed=seed)
        found.append([path.read_bytes() for path in one])
    assert found[0][0] == found[1][0] == found[2][0] != found[3][0]
    assert found[0][1:] == found[1][1:] == found[2][1:]


# --- while it grows -----------------------------------------------------------------------------------


def points(done, name):
    return {e["step"]: e["value"] for e in done.events if e["type"] == "metric" and e["name"] == name}


def test_a_live_curve_is_the_accuracy_of_forests_of_so_many_trees_on_the_held_out_polygons(train, table):
    done = train(trees=60, train_on="training")
    known = table.rows["polygon_id"].isin(learnt_from(done, table)).to_numpy()
    values, class_id = table.rows[table.columns].to_numpy(np.float32), table.rows["class_id"].to_numpy()
    overall, balanced = (points(done, f"held_out_polygons_{name}_accuracy") for name in ("overall", "balanced"))
    assert list(overall) == list(balanced) == [*range(3, 61, 3)]
    for trees in (3, 33, 60):
        theirs = RandomForestClassifier(trees, random_state=42).fit(values[known], class_id[known])
        said = theirs.predict(values[~known])
        assert overall[trees] == pytest.approx(metrics.accuracy_score(class_id[~known], said))
        assert balanced[trees] == pytest.approx(metrics.balanced_accuracy_score(class_id[~known], said))
    assert overall[60] == done.overall_accuracy


def test_the_live_curve_of_a_cross_validation_ends_at_its_accuracy(train):
    done = train(trees=40, folds=2, importance=False)
    curve = points(done, "held_out_polygons_overall_accuracy")
    assert list(curve) == [*range(2, 41, 2)]
    assert curve[40] == done.overall_accuracy


@pytest.mark.parametrize("class_weight", ["none", "balanced"])
def test_without_validation_the_live_curve_is_called_out_of_bag_and_is_scikit_learns(train, table, class_weight):
    done = train(trees=60, validation="none", class_weight=class_weight)
    curve = points(done, "out_of_bag_overall_accuracy")
    values, class_id = table.rows[table.columns].to_numpy(np.float32), table.rows["class_id"]
    weight = None if class_weight == "none" else class_weight
    for trees in (30, 60):
        theirs = RandomForestClassifier(trees, random_state=42, oob_score=True, class_weight=weight)
        assert curve[trees] == pytest.approx(theirs.fit(values, class_id).oob_score_)
    assert {e["name"] for e in done.events if e["type"] == "metric"} == {
        "out_of_bag_overall_accuracy", "out_of_bag_balanced_accuracy"
    }  # fmt: skip


@pytest.fixture
def ended_early(table):
    """Train as `train` does, but ask for the end at the n-th point of the curve."""

    def go(point, name="early", **more):
        finish, left, model = threading.Event(), [2 * point], table.folder / f"{name}.landloom"  # two figures a point

        def emit(event):
            left[0] -= event["type"] == "metric"
            if left[0] == 0:
                finish.set()

        values = {"samples": str(table.path), "model": str(model), "record": False, "trees": 40, **more}
        with Job(emit, environ=os.environ, finish=finish) as job:
            outputs = run_stage(find_stage("train_random_forest"), values, job)
        return outputs, models.load(model)

    return go


@pytest.mark.parametrize("more", [{}, {"folds": 2, "importance": False}, {"validation": "none"}])
def test_ended_early_all_is_that_of_a_training_with_so_many_trees(train, ended_early, table, more):
    report = table.folder / "r.html"
    outputs, (card, weights) = ended_early(7, report=str(report), **more)
    whole = train(trees=14, **more)
    expected = models.load(whole.model)[1]
    assert all(np.array_equal(weights[name], expected[name]) for name in expected)
    assert outputs["overall_accuracy"] == whole.overall_accuracy
    assert outputs["oob_accuracy"] == whole.oob_accuracy
    assert card.metrics == whole.card.metrics
    assert card.parameters == whole.card.parameters
    assert card.training == {**whole.card.training, "ended_early": True}
    for path in (report, table.folder / "early.md"):
        assert "ended early by hand: the model has 14 of 40 trees" in path.read_text(encoding="utf-8")


def test_once_a_forest_was_tested_its_number_of_trees_stands(ended_early):
    _, (card, weights) = ended_early(21, folds=2, importance=False)  # at the first point of the second fold
    assert len(weights["first_node"]) == 40 + 1
    assert "ended_early" not in card.training


# --- tables that do not fit ---------------------------------------------------------------------------

DAMAGED = {
    "not a number": (lambda rows: rows.assign(B2=rows["B2"].astype(float).where(rows.index > 2)),
                     "3 samples of .* have no finite number in the column 'B2'"),
    "infinite": (lambda rows: rows.assign(B8=rows["B8"].astype(float).where(rows.index != 7, np.inf)),
                 "1 samples of .* have no finite number in the column 'B8'"),
    "text": (lambda rows: rows.assign(B8="bright"), "have no finite number in the column 'B8'"),
    "a band is missing": (lambda rows: rows.drop(columns="B4"),
                          r"The columns of .*B2, B3, B8, class_id.* instead of B2, B3, B4"),
    "bands in another order": (lambda rows: rows[["B3", "B2", *rows.columns[2:]]], "The columns of .* are not those"),
    "no polygons": (lambda rows: rows.drop(columns="polygon_id"), "The columns of .* are not those"),
    "one class": (lambda rows: rows[rows["class_id"] == 2],
                  r"are of one class \(Forest\).*draw polygons of another class"),
    "empty": (lambda rows: rows[:0], "is empty. A model needs samples of at least two classes"),
    "another class": (lambda rows: rows.assign(class_id=rows["class_id"].replace(3, 7)), "of the class 7, which its"),
    "no class": (lambda rows: rows.assign(class_id=rows["class_id"].astype(float).replace(3, np.nan)),
                 "of the class nan"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_a_table_that_no_longer_is_what_it_says_is_refused_in_words(train, table, name):
    change, message = DAMAGED[name]
    table.change(change)
    with pytest.raises(InputError, match=message):
        train()
    assert not list(table.folder.glob("m.*"))


def test_a_class_whose_samples_were_taken_out_is_not_in_the_model(train, table, scene, run):
    table.change(lambda rows: rows[rows["class_id"] != 1])
    done = train()
    assert done.card.classes.names == ["Forest", "Water"]
    run("predict", model=done.model, images=scene.image, map=scene.folder / "map.tif")


@pytest.mark.parametrize("content", [b"", b"PAR1 nonsense", None])
def test_what_is_no_sample_table_is_refused(tmp_path, run, content):
    path = tmp_path / "s.parquet"
    if content is None:
        pd.DataFrame({"a": [1]}).to_parquet(path)
    else:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"s\.parquet is not a sample table of Landloom or is damaged"):
        run("train_random_forest", samples=path, model=tmp_path / "m.landloom")


# --- what comes out -----------------------------------------------------------------------------------


def test_numbers_are_printed_reported_and_in_the_card(train, table):
    done = train(report=table.folder / "r.html", trees=60)
    matrix = done.card.metrics["confusion_matrix"]
    printed = "\n".join(event.get("text", "") for event in done.events)
    card, report = ((table.folder / name).read_text(encoding="utf-8") for name in ("m.md", "r.html"))
    assert f"overall accuracy {done.overall_accuracy:.3f}" in printed
    for row, name in zip(matrix, ("Field", "Forest", "Water"), strict=True):
        line = f"| {name} | {' | '.join(map(str, row))} |"
        assert line in printed
        assert line in card
    for name in table.columns:
        assert f"| {name} | " in printed
        assert name in report
    assert f"{100 * done.overall_accuracy:.1f} %" in report
    assert report.count("<svg") == 1


def test_a_cancelled_training_leaves_nothing(table):
    cancel = threading.Event()

    def emit(event):
        if event.get("fraction", 0) > 0.3:
            cancel.set()

    given = {"samples": str(table.path), "model": str(table.folder / "m.landloom"), "trees": 200, "record": False}
    with Job(emit, cancel, environ=os.environ) as job, pytest.raises(Cancelled):
        run_stage(find_stage("train_random_forest"), given, job)
    assert not list(table.folder.glob("*m.*"))


# --- the month and the catalogue ----------------------------------------------------------------------


def test_the_months_files_are_found_by_year_and_month(table, scene, run, tmp_path):
    models_folder = tmp_path / "Modelle für Juni"
    models_folder.mkdir()
    (models_folder / "prepared_data_202506.parquet").write_bytes(table.path.read_bytes())
    environ = {"MODEL_OUTPUT_DIR": str(models_folder), "PREDICTION_OUTPUT_DIR": str(tmp_path)}
    month = {"year": 2025, "month": 6, "environ": environ}
    trained = run("train_random_forest", trees=5, **month)
    assert trained.model == str(models_folder / "rf_model_202506.landloom")
    mapped = run("predict", images=scene.image, **month)
    assert mapped.map == str(tmp_path / "prediction_202506.tif")
    made = json.loads((tmp_path / "prediction_202506.tif.json").read_text())
    assert made["inputs"]["model"][0]["source"] == trained.model
    with pytest.raises(InputError, match=r"prepared_data_202507\.parquet does not exist"):
        run("train_random_forest", year=2025, month=7, environ=environ)


@pytest.mark.parametrize(("stage", "name"), [("train_random_forest", "samples"), ("predict", "model")])
def test_without_a_month_the_file_must_be_given(scene, run, stage, name):
    with pytest.raises(ParameterError, match=f"The '{name}' parameter of .* is missing"):
        run(stage)


def test_a_month_alone_is_refused_with_the_remedy(scene, run, table):
    with pytest.raises(ParameterError, match="both YEAR and MONTH"):
        run("train_random_forest", samples=table.path, model=scene.folder / "m.landloom", month=6)


def test_a_catalogue_out_of_reach_is_told_before_the_training(table, run):
    began = time.monotonic()
    given = {"samples": table.path, "model": table.folder / "m.landloom", "trees": 10_000}
    with pytest.raises(CatalogueError, match=r"127\.0\.0\.1"):
        run("train_random_forest", connection="postgresql://me@127.0.0.1:9/nowhere", **given)
    assert time.monotonic() - began < 10, "within seconds"
    assert not list(table.folder.glob("m.*"))


def test_training_again_keeps_the_id_and_replaces_the_row(train, table, run, tmp_path):
    where = {"record": True, "catalogue": tmp_path / "c.gpkg", "year": 2025, "month": 6}
    first, other = train(trees=5, **where), train("other", trees=5, **where)
    again = train(trees=7, **where)
    assert first.model_id == again.model_id != other.model_id
    rows = run("list_models", catalogue=tmp_path / "c.gpkg", table=tmp_path / "t.gpkg")
    listed = gpd.read_file(rows.table).set_index("model_id")
    assert len(listed) == 2
    assert json.loads(listed.loc[again.model_id, "parameters"])["trees"] == 7


def test_a_model_is_recorded_under_the_month_of_its_samples_unless_another_is_given(table, train, run, tmp_path):
    table.change(lambda rows: rows, year=2025, month=6)
    where = {"record": True, "catalogue": tmp_path / "c.gpkg"}
    train("samples_month", **where)
    train("own_month", year=2024, month=12, **where)
    listed = gpd.read_file(run("list_models", catalogue=tmp_path / "c.gpkg", table=tmp_path / "t.gpkg").table)
    months = listed.set_index("model_filename")[["year", "month"]]
    assert months.loc["samples_month.landloom"].tolist() == [2025, 6]
    assert months.loc["own_month.landloom"].tolist() == [2024, 12]


def test_the_area_on_record_names_its_crs(model, scene, run, tmp_path):
    area = squares(scene.truth).iloc[[0]]
    shape = area.geometry.iloc[0]
    done = run("predict", model=model, images=scene.image, map=tmp_path / "map.tif", aoi=shape.wkt,
               catalogue=tmp_path / "c.gpkg")  # fmt: skip
    listed = gpd.read_file(run("list_maps", catalogue=tmp_path / "c.gpkg", layer=tmp_path / "l.gpkg").layer)
    srid, wkt = listed["aoi_definition"].iloc[0].split(";")
    assert srid == "SRID=32633"
    assert shapely.from_wkt(wkt).equals(shape)
    assert done.map_id == 1
    again = run("predict", model=model, images=scene.image, map=tmp_path / "again.tif", aoi=f"{srid};{wkt}")
    assert again.mapped_pixels == done.mapped_pixels, "what was recorded can be given again"
