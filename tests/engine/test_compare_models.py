"""Comparing evaluations and maps; expected numbers from scikit-learn, SciPy and hand calculation."""

from __future__ import annotations

import csv
import json
import os
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import scipy.stats
import shapely
import sklearn.metrics
from conftest import class_image, squares, write_raster
from tile_sets import make_tiles

from landloom import assessment, classes, cog, comparison, disagreement, paired
from landloom.errors import InputError, LandloomError, ParameterError
from landloom.job import Job
from landloom.reference import raster
from landloom.runner import run_stage
from landloom.stages.compare_models import CompareModels
from landloom.stages.evaluate import Evaluate

TABLE = "1:Field:#f0e442;2:Forest:#117733;3:Water:#0072b2"


def write_map(path, values, table=TABLE, **more):
    write_raster(path, values[np.newaxis], 0, **more)
    with rasterio.open(path, "r+") as dataset:
        cog.describe_classes(dataset, classes.parse(table))
    return path


def wrong_here_and_there(truth, share, seed):
    random = np.random.default_rng(seed)
    return np.where(random.random(truth.shape) < share, random.integers(1, 4, truth.shape), truth).astype(np.uint8)


@pytest.fixture
def stage(tmp_path):
    """Run a stage by its class; gives its outputs, what it warned of, and as `.result` the JSON."""

    def runner(cls, **values):
        events = []
        values.setdefault("metrics", tmp_path / "comparison.json")
        with Job(events.append, environ=os.environ) as job:
            given = {
                k: [str(i) for i in v] if isinstance(v, list) else str(v) if hasattr(v, "parts") else v
                for k, v in values.items()
            }
            outputs = run_stage(cls, given, job)
        result = json.loads(values["metrics"].read_text(encoding="utf-8"))
        warnings = [e["text"] for e in events if e["type"] == "warning"]
        return SimpleNamespace(result=result, warnings=warnings, **outputs)

    return runner


@pytest.fixture
def maps(tmp_path):
    """Two maps and the truth, as arrays and as files; the second map is better."""
    truth = class_image()
    first, second = wrong_here_and_there(truth, 0.3, 1), wrong_here_and_there(truth, 0.1, 2)
    return SimpleNamespace(
        truth=truth, first=first, second=second,
        truth_path=write_map(tmp_path / "truth.tif", truth),
        paths=[write_map(tmp_path / "plain.tif", first), write_map(tmp_path / "new.tif", second)],
    )  # fmt: skip


# --- the tests --------------------------------------------------------------------------------


def test_few_pixels_are_tested_exactly():
    statistic, p = paired.mcnemar(3, 12)
    assert statistic is None
    assert p == pytest.approx(2 * sum(scipy.stats.binom.pmf(range(4), 15, 0.5)))  # the two tails are alike
    assert paired.mcnemar(0, 0) == (None, 1.0)


def test_many_pixels_are_tested_by_chi_square_with_continuity():
    # Agresti (2002), Categorical data analysis, table 10.1: 150 against 86; (|86 - 150| - 1)² / 236 = 16.82.
    statistic, p = paired.mcnemar(150, 86)
    assert statistic == pytest.approx(16.818, abs=1e-3)
    assert p == pytest.approx(scipy.stats.chi2.sf(63**2 / 236, 1))
    assert paired.mcnemar(50, 50) == (0.0, 1.0)


def test_maps_are_tested_at_the_pixels_on_which_just_one_is_right(maps, stage):
    done = stage(CompareModels, maps=maps.paths, reference_raster=maps.truth_path)
    right = [m == maps.truth for m in (maps.first, maps.second)]
    only = int((right[0] & ~right[1]).sum()), int((~right[0] & right[1]).sum())
    pair = done.result["pairs"][0]
    assert (pair["first"], pair["second"]) == ("plain", "new")
    assert (pair["only_first"], pair["only_second"]) == only
    assert (pair["both"], pair["neither"]) == (int((right[0] & right[1]).sum()), int((~right[0] & ~right[1]).sum()))
    expected = scipy.stats.chi2.sf((abs(only[0] - only[1]) - 1) ** 2 / sum(only), 1)
    assert pair["p"] == done.mcnemar_p == pytest.approx(expected)
    assert done.pixel_count == maps.truth.size


def test_the_scores_of_maps_are_those_of_scikit_learn(maps, stage):
    done = stage(CompareModels, maps=maps.paths, reference_raster=maps.truth_path, ordinal=True)
    truth = maps.truth.ravel()
    for place, mapped in enumerate((maps.first.ravel(), maps.second.ravel())):
        found = {key: values[place] for key, values in done.result["metrics"].items()}
        assert found["overall_accuracy"] == pytest.approx(np.mean(mapped == truth), abs=1e-6)
        assert found["kappa"] == pytest.approx(sklearn.metrics.cohen_kappa_score(truth, mapped), abs=1e-6)
        assert found["mean_iou"] == pytest.approx(
            sklearn.metrics.jaccard_score(truth, mapped, average="macro"), abs=1e-6
        )
        assert found["rho"] == pytest.approx(scipy.stats.spearmanr(truth, mapped).statistic, abs=1e-6)
        assert found["recall[Forest]"] == pytest.approx(
            sklearn.metrics.recall_score(truth, mapped, labels=[2], average=None)[0], abs=1e-6
        )
    assert done.best_index == 2
    assert done.accuracy_difference == pytest.approx(
        np.mean(maps.second == maps.truth) - np.mean(maps.first == maps.truth), abs=2e-6
    )


def test_differences_have_the_intervals_of_a_paired_bootstrap_written_out(tmp_path, maps, stage):
    squares(maps.truth).to_file(tmp_path / "reference.gpkg")
    done = stage(CompareModels, maps=maps.paths, reference=tmp_path / "reference.gpkg", class_field="class_id", seed=1)
    table, random, wins = squares(maps.truth), np.random.default_rng(9), []
    for shape in table.geometry:
        west, south, east, north = (round(v) for v in shape.bounds)
        part = np.s_[
            (5_400_000 - north) // 10 : (5_400_000 - south) // 10, (west - 500_000) // 10 : (east - 500_000) // 10
        ]
        wins.append(np.sum(maps.second[part] == maps.truth[part]) - np.sum(maps.first[part] == maps.truth[part]))
    wins = np.array(wins)
    drawn = [wins[random.integers(len(wins), size=len(wins))].sum() / (36 * len(wins)) for _ in range(2000)]
    expected = np.percentile(drawn, [2.5, 97.5])
    found = done.result["difference_intervals"]
    assert found["by"] == "polygons"
    assert found["new"]["overall_accuracy"] == pytest.approx(expected, abs=0.15 * np.ptp(expected))
    assert found["new"]["kappa"][0] > 0
    pair = done.result["pairs"][0]
    assert (pair["groups_first"], pair["groups_second"]) == ((wins < 0).sum(), (wins > 0).sum())
    assert pair["groups_p"] == pytest.approx(
        scipy.stats.binomtest(int((wins < 0).sum()), int((wins != 0).sum())).pvalue
    )
    assert any("the honest ones" in text for text in done.warnings)


def test_points_are_drawn_one_by_one(tmp_path, maps, stage):
    random = np.random.default_rng(4)
    row, col = random.integers(0, 120, 300), random.integers(0, 150, 300)
    points = gpd.points_from_xy(500_005 + 10 * col, 5_399_995 - 10 * row)
    gpd.GeoDataFrame({"class_id": maps.truth[row, col]}, geometry=points, crs="EPSG:32633").to_file(tmp_path / "p.gpkg")
    done = stage(CompareModels, maps=maps.paths, reference=tmp_path / "p.gpkg", class_field="class_id")
    win = (maps.second == maps.truth)[row, col].astype(int) - (maps.first == maps.truth)[row, col]
    found = done.result["difference_intervals"]
    assert found["by"] == "points"
    half = 1.96 * win.std() / 300**0.5  # the normal approximation
    assert found["new"]["overall_accuracy"] == pytest.approx([win.mean() - half, win.mean() + half], abs=0.15 * half)
    assert done.result["pairs"][0]["groups_p"] is None
    assert not any("alike" in text for text in done.warnings)


def test_the_same_map_twice_differs_in_nothing(maps, stage):
    done = stage(CompareModels, maps=[maps.paths[0], maps.paths[0]], reference_raster=maps.truth_path)
    assert (done.accuracy_difference, done.mcnemar_p, done.disagreement_share) == (0.0, 1.0, 0.0)
    assert len(set(done.result["names"])) == 2
    assert done.result["difference_intervals"][done.result["names"][1]]["kappa"] == [0.0, 0.0]


def test_who_is_right_is_counted_for_each_class(tmp_path, stage):
    truth = np.array([[1, 1, 1, 1, 2, 2]], np.uint8)
    maps = [
        write_map(tmp_path / f"{n}.tif", np.array([v], np.uint8))
        for n, v in (("a", [1, 1, 2, 2, 2, 2]), ("b", [1, 2, 1, 2, 2, 2]), ("c", [1, 1, 2, 2, 1, 2]))
    ]
    done = stage(CompareModels, maps=maps, reference_raster=write_map(tmp_path / "t.tif", truth))
    found = done.result["who_is_right"]
    assert found["columns"] == ["all", "only a", "only b", "only c", "several, not all", "none"]
    assert found["pixels"] == [[1, 0, 1, 0, 1, 1], [1, 0, 0, 0, 1, 0], [0] * 6]


# --- references -------------------------------------------------------------------------------


def test_tiles_are_a_reference_too(tmp_path, stage):
    tiles = make_tiles(tmp_path / "tiles", size=32)
    grid = tiles.grid
    truth = np.zeros((grid.height, grid.width), np.uint8)
    for row in tiles.rows("test"):
        window = tiles.window(row)
        truth[window.toslices()] = tiles.read_mask(row)
    shown = [wrong_here_and_there(np.maximum(truth, 1), share, 3) for share in (0.4, 0.2)]
    names = "1:low;2:medium;3:high"
    paths = [write_map(tmp_path / f"m{i}.tif", v, names, transform=grid.transform) for i, v in enumerate(shown)]
    done = stage(CompareModels, maps=paths, tiles=tmp_path / "tiles", ordinal=True)
    used = truth > 0
    assert done.pixel_count == used.sum()
    assert done.result["metrics"]["overall_accuracy"] == pytest.approx(
        [np.mean(v[used] == truth[used]) for v in shown], abs=1e-6
    )


def test_a_map_on_another_grid_is_brought_to_the_first_ones(tmp_path, maps, stage):
    coarse = write_map(
        tmp_path / "coarse.tif", maps.second[::2, ::2], transform=rasterio.Affine(20, 0, 500_000, 0, -20, 5_400_000)
    )
    done = stage(CompareModels, maps=[maps.paths[0], coarse], reference_raster=maps.truth_path)
    shown = np.repeat(np.repeat(maps.second[::2, ::2], 2, 0), 2, 1)
    assert done.result["metrics"]["overall_accuracy"][1] == pytest.approx(np.mean(shown == maps.truth), abs=1e-6)


def test_pixels_that_one_map_has_not_are_left_out_for_all(tmp_path, maps, stage):
    holed = maps.second.copy()
    holed[:10] = 0
    path = write_map(tmp_path / "holed.tif", holed)
    done = stage(CompareModels, maps=[maps.paths[0], path], reference_raster=maps.truth_path)
    assert done.pixel_count == maps.truth.size - 1500
    assert done.result["left_out"] == {"nodata in the map": 1500}
    assert done.left_out_count == 1500


# --- disagreement -----------------------------------------------------------------------------


def test_the_raster_holds_how_many_classes_the_maps_show(tmp_path, stage):
    values = np.array([[[1, 1, 1, 0, 3]], [[1, 2, 2, 1, 3]], [[1, 1, 3, 1, 1]]], np.uint8)
    paths = [write_map(tmp_path / f"m{i}.tif", v) for i, v in enumerate(values)]
    truth = write_map(tmp_path / "t.tif", values[0])
    done = stage(CompareModels, maps=paths, reference_raster=truth, disagreement=tmp_path / "d.tif",
                 picture=tmp_path / "d.png")  # fmt: skip
    with rasterio.open(tmp_path / "d.tif") as raster:
        assert raster.read(1).tolist() == [[1, 2, 3, 0, 2]]
        assert raster.nodata == 0
    assert done.disagreement_share == 0.75
    assert (tmp_path / "d.png").stat().st_size > 1000
    assert 'label="three classes"' in (tmp_path / "d.qml").read_text(encoding="utf-8")
    without = stage(CompareModels, maps=paths, reference_raster=truth)
    assert without.disagreement_share == 0.75


def test_the_legend_has_a_colour_a_number():
    legend = disagreement.legend(6)
    assert legend.names == ["all agree", "two classes", "three classes", "four classes", "five classes", "six classes"]
    assert len({c.colour for c in legend}) == 6


# --- evaluations ------------------------------------------------------------------------------


def evaluation(path, matrix):
    found = {"classes": classes.parse(TABLE).as_list(), "scores": assessment.scores(np.array(matrix))}
    path.write_text(json.dumps(found), encoding="utf-8")
    return path


def test_evaluations_are_put_side_by_side(tmp_path, stage):
    first = evaluation(tmp_path / "base.json", [[8, 2, 0], [4, 6, 0], [0, 0, 10]])  # 24 of 30
    second = evaluation(tmp_path / "with crf.json", [[9, 2, 0], [3, 6, 0], [0, 0, 10]])  # 25 of 30
    done = stage(CompareModels, evaluations=[first, second], table=tmp_path / "t.csv", markdown=tmp_path / "t.md")
    assert done.result["names"] == ["base", "with crf"]
    assert done.result["metrics"]["overall_accuracy"] == [0.8, 0.833333]
    assert done.result["differences_to_first"]["overall_accuracy"] == [0.0, 0.033333]
    assert done.result["metrics"]["precision[Field]"] == [0.8, 0.818182]
    assert (done.best_index, done.accuracy_difference, done.mcnemar_p) == (2, 0.033333, None)
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as stream:
        head, *rows = csv.reader(stream)
    assert head == ["metric", "base", "with crf", "with crf - base"]
    assert rows[0] == ["overall_accuracy", "0.8", "0.833333", "0.033333"]
    lines = (tmp_path / "t.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "| Metric | base | with crf |"
    assert lines[2] == "| Overall accuracy | 0.8000 | **0.8333** (+0.0333) |"


def test_what_evaluate_writes_can_be_compared(tmp_path, maps, stage):
    for number, path in enumerate(maps.paths):
        stage(Evaluate, map=path, reference_raster=maps.truth_path, metrics=tmp_path / f"e{number}.json", ordinal=True)
    done = stage(CompareModels, evaluations=[tmp_path / "e0.json", tmp_path / "e1.json"])
    by_maps = stage(CompareModels, maps=maps.paths, reference_raster=maps.truth_path, ordinal=True)
    shared = by_maps.result["metrics"]
    assert {key: done.result["metrics"][key] for key in shared} == shared
    assert "adjusted_accuracy" in done.result["metrics"]
    assert not any("same pixels" in text for text in done.warnings)


def test_any_object_of_numbers_can_be_compared(tmp_path, stage):
    (tmp_path / "old.json").write_text(
        '{"kappa": 0.4534, "precision[Medium]": 0.1785, "rho": 0.5666, "val": {"loss": 0.7}, "name": "U", "classes": 3}'
    )
    (tmp_path / "new.json").write_text(
        '{"Kappa": 0.49, "precision": [0.9, 0.23], "classes": ["Low", "Medium"], "rho": null, "val": {"loss": 0.6}}'
    )
    done = stage(CompareModels, evaluations=[tmp_path / "old.json", tmp_path / "new.json"], names="Before, After")
    assert done.result["metrics"] == {
        "kappa": [0.4534, 0.49],
        "rho": [0.5666, None],
        "precision[Medium]": [0.1785, 0.23],
        "precision[Low]": [None, 0.9],
        "val.loss": [0.7, 0.6],
        "classes": [3.0, None],
    }
    assert done.kappa_difference == pytest.approx(0.0366)
    assert done.result["best"] == "After"
    assert any("Not all have these metrics" in text and "Spearman's rho" in text for text in done.warnings)


def test_the_smaller_error_is_the_better():
    rows = comparison.table(
        [comparison.Evaluated("a", {"ece": 0.1, "kappa": 0.5}), comparison.Evaluated("b", {"ece": 0.2, "kappa": 0.6})]
    )
    assert [(row.metric, row.best) for row in rows] == [("kappa", 1), ("ece", 0)]


def test_evaluations_of_other_pixels_are_told(tmp_path, stage):
    paths = [evaluation(tmp_path / f"{n}.json", [[n, 0, 0], [0, 5, 0], [0, 0, 5]]) for n in (5, 6)]
    done = stage(CompareModels, evaluations=paths)
    assert any("not of the same pixels (5 15, 6 16)" in text for text in done.warnings)


# --- the report -------------------------------------------------------------------------------


def test_the_report_holds_what_the_metrics_hold(tmp_path, maps, stage):
    done = stage(CompareModels, maps=maps.paths, reference_raster=maps.truth_path, names="A & <b>, Später",
                 report=tmp_path / "r.html", disagreement=tmp_path / "d.tif")  # fmt: skip
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "A &amp; &lt;b&gt;" in page and "<b>, Sp" not in page
    assert f"{done.result['metrics']['kappa'][1]:.4f}" in page
    assert f"{done.result['pairs'][0]['only_second']:,}" in page
    assert "<svg" in page and "data:image/png" in page and "Sign test" in page


# --- what cannot be compared ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (lambda m: {}, "There is nothing to compare"),
        (lambda m: {"maps": m.paths[:1], "reference_raster": m.truth_path}, "MAPS holds one map"),
        (lambda m: {"maps": m.paths}, "Give one reference"),
        (lambda m: {"reference_raster": m.truth_path}, "REFERENCE_RASTER is a reference for maps"),
        (lambda m: {"maps": m.paths, "reference": m.truth_path}, "CLASS_FIELD is missing"),
        (lambda m: {"maps": m.paths, "reference_raster": m.truth_path, "names": "one"}, "NAMES has 1 names, but 2"),
        (lambda m: {"maps": m.paths, "reference_raster": m.truth_path, "names": "a,a"}, "a name twice"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(tmp_path, maps, stage, given, words):
    with pytest.raises(ParameterError, match=words):
        stage(CompareModels, **given(maps))
    assert not (tmp_path / "comparison.json").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is no JSON"),
        ("[]", "must hold an object"),
        ('{"name": "x"}', "holds no number"),
        ('{"scores": {}, "classes": [{"id": 1, "name": "a"}], "area_adjusted": {"overall": 1}}', "is damaged"),
    ],
)
def test_metrics_that_cannot_be_read_are_refused(tmp_path, stage, content, words):
    good = evaluation(tmp_path / "good.json", np.eye(3))
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(InputError, match=words):
        stage(CompareModels, evaluations=[good, tmp_path / "bad.json"])
    with pytest.raises(InputError, match="does not exist"):
        stage(CompareModels, evaluations=[good, tmp_path / "gone.json"])


def test_maps_with_other_classes_are_refused(tmp_path, maps, stage):
    other = write_map(tmp_path / "other.tif", maps.first, "1:Forest;2:Field;3:Water")
    with pytest.raises(InputError, match=r"The class Forest is 2 in .*plain.tif and 1 in .*other.tif"):
        stage(CompareModels, maps=[maps.paths[0], other], reference_raster=maps.truth_path)
    far = write_map(tmp_path / "far.tif", maps.first, transform=rasterio.Affine(10, 0, 0, 0, -10, 0))
    with pytest.raises(LandloomError, match="does not overlap"):
        stage(CompareModels, maps=[maps.paths[0], far], reference_raster=maps.truth_path)


def test_windows_and_jobs_do_not_change_the_result(tmp_path, stage, monkeypatch):
    truth = class_image(600, 700)
    paths = [write_map(tmp_path / f"m{i}.tif", wrong_here_and_there(truth, 0.2, i)) for i in range(2)]
    given = {"maps": paths, "reference_raster": write_map(tmp_path / "t.tif", truth)}
    whole = stage(CompareModels, **given, jobs=1).result
    monkeypatch.setattr(raster, "BLOCK", 300)
    monkeypatch.setattr(disagreement, "BLOCK", 300)
    assert stage(CompareModels, **given, jobs=3).result == whole


def test_polygons_outside_of_the_area_of_interest_do_not_count(tmp_path, maps, stage):
    area = shapely.box(500_000, 5_399_500, 500_500, 5_400_000)
    done = stage(CompareModels, maps=maps.paths, reference_raster=maps.truth_path, aoi=area.wkt)
    assert done.pixel_count == 2500
    assert sum(done.result["disagreement"]["pixels_by_number_of_classes"]) == 2500
