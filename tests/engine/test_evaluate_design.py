"""Maps evaluated by the design of a sample: points with stratum and weight, and reviews."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from conftest import class_image, squares, write_raster
from rasterio.transform import from_origin
from test_estimation import MAPPED, REFERENCE, STRATA
from test_evaluate import TABLE, at, write_map, wrong_here_and_there

from landloom.errors import InputError, ParameterError

# --- the stage --------------------------------------------------------------------------------


@pytest.fixture
def evaluate(tmp_path, run):
    def runner(**values):
        done = run("evaluate", metrics=tmp_path / "m.json", report=tmp_path / "report.html", **values)
        done.result = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))
        done.page = (tmp_path / "report.html").read_text(encoding="utf-8")
        return done

    return runner


@pytest.fixture
def example(tmp_path):
    """The published sample as a map of four rows (a stratum each) and points; weights are pixels a point."""
    ids = {name: number for number, name in enumerate("ABCD", start=1)}
    values = np.array([ids[c] for c in MAPPED], np.uint8).reshape(4, 10)
    write_map(tmp_path / "map.tif", values, "1:A;2:B;3:C;4:D")
    points = gpd.GeoDataFrame(
        {
            "zone": [*np.repeat([*STRATA], 10), "D"],
            "pixels": [*np.repeat([n / 10 for n in STRATA.values()], 10), 1000.0],
            "seen": [*REFERENCE, None],
        },
        geometry=[*(at(row, col) for row in range(4) for col in range(10)), at(3, 3)],
        crs="EPSG:32633",
    )
    points.loc[30:, "pixels"] = 10_000 / 11  # eleven were drawn in D, one of them is not decided
    points.to_file(tmp_path / "points.gpkg")
    return tmp_path


def test_points_with_stratum_and_weight_are_evaluated_by_their_design(example, evaluate):
    done = evaluate(
        map=example / "map.tif", reference=example / "points.gpkg", class_field="seen", stratum_field="zone",
        weight_field="pixels",
    )  # fmt: skip
    found = done.result["area_adjusted"]
    assert done.adjusted_accuracy == pytest.approx(0.63, abs=1e-6)
    assert done.adjusted_interval == pytest.approx(1.96 * 0.0071667**0.5, rel=1e-3)  # by hand
    hectares = 100_000 * 0.01 / 0.9996**2  # 10 m pixels in the middle of a UTM zone
    assert found["areas"][0] == pytest.approx(0.35 * hectares, rel=1e-5)
    assert found["areas_error"][0] == pytest.approx(0.082 * hectares, rel=5e-3)
    assert found["producers"][1] == pytest.approx(0.794, abs=5e-4)
    assert done.result["design"]["strata"][3] == {"stratum": "D", "pixels": 10000.0, "places": 11, "with_class": 10}
    assert any("1 of the 41 places have no class yet" in text for text in done.warnings)
    assert any("stand for 100,000 pixels, but the map has only 40" in text for text in done.warnings)
    assert "Stehman 2014" in done.page
    assert "<b>63.0 %</b>overall accuracy of the map (± 16.6 %)" in done.page
    assert not any("without a class: 1" in text for text in done.warnings)  # which has been said


def test_all_scores_of_a_sample_are_weighted_alike(example, evaluate):
    """Class B has the estimated area 0.27 right of 0.47 mapped and 0.34 true, see the tests of the estimators."""
    (example / "targets.json").write_text('{"iou[B]": 0.55, "kappa": 0.2}')
    done = evaluate(
        map=example / "map.tif", reference=example / "points.gpkg", class_field="seen", stratum_field="zone",
        weight_field="pixels", ordinal=True, targets=example / "targets.json", scores=example / "scores.csv",
    )  # fmt: skip
    scores, adjusted, intervals = (done.result[name] for name in ("scores", "area_adjusted", "intervals"))
    assert done.overall_accuracy == done.adjusted_accuracy == scores["overall_accuracy"] == pytest.approx(0.63)
    assert scores["precision"] == adjusted["users"] and scores["recall"] == adjusted["producers"]
    assert (scores["f1"][1], scores["iou"][1]) == pytest.approx((2 / 3, 0.5), abs=1e-6)
    # Mapped 0.31, 0.47, 0.12 and 0.10 of the area, true 0.35, 0.34, 0.20 and 0.11.
    chance = np.dot([0.31, 0.47, 0.12, 0.10], [0.35, 0.34, 0.20, 0.11])
    assert done.kappa == scores["kappa"] == pytest.approx((0.63 - chance) / (1 - chance), abs=1e-6)
    assert done.mean_iou == pytest.approx(np.mean(scores["iou"]), abs=1e-6)
    assert done.rho == adjusted["rho"] and done.quadratic_kappa == adjusted["kappa_quadratic"]
    assert (done.result["weighted_by"], intervals["by"]) == ("the design of the sample",) * 2
    half = adjusted["iou_interval"][1]
    assert intervals["iou"][1] == pytest.approx([0.5 - half, 0.5 + half], abs=2e-6)
    assert [t["settled"] for t in done.result["targets"]] == [False, True]
    assert np.sum(adjusted["matrix"]) == pytest.approx(1, abs=1e-5)
    # Of the 40 places 25 are right: what counts each alike stands nowhere but in the counts.
    texts = [done.page, (example / "scores.csv").read_text(), *(str(event) for event in done.events)]
    assert not any("62.5 %" in text or "0.625" in text for text in texts)
    assert "Only the confusion matrix counts each place alike" in done.page


def test_without_a_stratum_field_all_points_are_one_sample(example, evaluate):
    points = gpd.read_file(example / "points.gpkg").assign(pixels=7.0)
    points.to_file(example / "points.gpkg")
    done = evaluate(
        map=example / "map.tif", reference=example / "points.gpkg", class_field="seen", weight_field="pixels"
    )
    assert [s["stratum"] for s in done.result["design"]["strata"]] == [""]
    right = sum(a == b for a, b in zip(MAPPED, REFERENCE, strict=True))
    assert done.adjusted_accuracy == pytest.approx(right / 40)


def test_points_beside_the_area_of_interest_say_something_of_the_stratum_only(example, evaluate):
    # The left half of the strata's rows: of each stratum an unknown part, which the share of the points estimates.
    area = "POLYGON ((500000 5399960, 500050 5399960, 500050 5400000, 500000 5400000, 500000 5399960))"
    done = evaluate(
        map=example / "map.tif", reference=example / "points.gpkg", class_field="seen", stratum_field="zone",
        weight_field="pixels", aoi=area,
    )  # fmt: skip
    # 5 of 10 points of each stratum are inside; of these 5, 4, 3 and 5 are right: rows AAAAA, BBBBB, CC(CCC) and DDDDD.
    inside = [(MAPPED[i : i + 5], REFERENCE[i : i + 5]) for i in (0, 10, 20, 30)]
    right = np.array([sum(a == b for a, b in zip(*pair, strict=True)) for pair in inside])
    sizes = np.array([*STRATA.values()])
    assert done.adjusted_accuracy == pytest.approx(float((sizes * right / 10).sum() / (sizes * 5 / 10).sum()), abs=1e-6)
    assert sum(done.result["area_adjusted"]["areas"]) == pytest.approx(50_000 * 0.01 / 0.9996**2, rel=1e-5)
    assert not any("stand for" in text for text in done.warnings)


def test_fields_that_do_not_fit_are_refused_in_words(example, tmp_path, evaluate):
    given = {"map": example / "map.tif", "reference": example / "points.gpkg", "class_field": "seen"}
    with pytest.raises(ParameterError, match="WEIGHT_FIELD is missing"):
        evaluate(**given, stratum_field="zone")
    with pytest.raises(ParameterError, match=r"has no field 'weights'\. Its fields are: zone, pixels, seen"):
        evaluate(**given, weight_field="weights")
    with pytest.raises(InputError, match=r"'zone' of .* no number above 0 for 41 of the 41 features"):
        evaluate(**given, weight_field="zone")
    with pytest.raises(
        InputError, match=r"'pixels' of .* holds 909\.091 to 4000, but .* Name the strata in STRATUM_FIELD"
    ):
        evaluate(**given, weight_field="pixels")
    table = squares(class_image()).assign(pixels=3.0)
    table.to_file(tmp_path / "squares.gpkg")
    write_map(tmp_path / "big.tif", class_image())
    with pytest.raises(ParameterError, match="WEIGHT_FIELD is for points"):
        evaluate(
            map=tmp_path / "big.tif", reference=tmp_path / "squares.gpkg", class_field="class_id", weight_field="pixels"
        )


def test_a_class_that_the_reference_has_not_is_told(example, evaluate):
    points = gpd.read_file(example / "points.gpkg").replace({"seen": {"C": "B"}})
    points.to_file(example / "points.gpkg")
    done = evaluate(
        map=example / "map.tif", reference=example / "points.gpkg", class_field="seen", stratum_field="zone",
        weight_field="pixels",
    )  # fmt: skip
    assert any(text.startswith("The reference has nothing of C, which the map shows") for text in done.warnings)
    assert (done.result["scores"]["recall"][2], done.result["scores"]["iou"][2]) == (None, 0.0)
    assert "± 0.0 says that the sample holds nothing but right or nothing but wrong there" in done.page


@pytest.mark.parametrize("weight", [np.nan, 0.0, -5.0])
def test_a_place_without_a_weight_is_refused_though_nobody_has_decided_it(example, evaluate, weight):
    points = gpd.read_file(example / "points.gpkg")
    points.loc[40, "pixels"] = weight
    points.to_file(example / "points.gpkg")
    with pytest.raises(InputError, match=r"no number above 0 for 1 of the 41 features"):
        evaluate(
            map=example / "map.tif", reference=example / "points.gpkg", class_field="seen", stratum_field="zone",
            weight_field="pixels",
        )  # fmt: skip


def test_a_feature_of_two_points_has_no_weight(example, evaluate):
    points = gpd.read_file(example / "points.gpkg")
    points.loc[0, "geometry"] = points.geometry[0].union(points.geometry[1])
    points.to_file(example / "points.gpkg")
    with pytest.raises(InputError, match="features of several points"):
        evaluate(
            map=example / "map.tif", reference=example / "points.gpkg", class_field="seen", stratum_field="zone",
            weight_field="pixels",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (0, "Nothing can be estimated, since no place has a class in D"),
        (1, "No interval can be given, since only one place has a class in D"),
        (2, "The intervals are rough, since fewer than 10 places have a class in D"),
    ],
)
def test_a_stratum_with_hardly_a_place_is_told_and_nothing_is_made_up(example, evaluate, left, words):
    points = gpd.read_file(example / "points.gpkg")
    points.loc[30 + left :, "seen"] = None
    points.to_file(example / "points.gpkg")
    done = evaluate(
        map=example / "map.tif", reference=example / "points.gpkg", class_field="seen", stratum_field="zone",
        weight_field="pixels",
    )  # fmt: skip
    assert any(text.startswith(words) for text in done.warnings)
    assert (done.overall_accuracy is None, done.kappa is None, done.mean_iou is None) == (left == 0,) * 3
    assert (done.adjusted_interval is None) == (left < 2)
    assert ("Nothing can be estimated for the map</b>" in done.page) == (left == 0)
    assert ("How sure the scores are" in done.page) == (left > 0)


# --- reviews ----------------------------------------------------------------------------------


@pytest.fixture
def review(tmp_path, run):
    """Queue places on a map with known errors and decide them by the truth: `review(design=…, open=3)`."""
    truth = class_image()
    mapped = wrong_here_and_there(truth)
    write_map(tmp_path / "map.tif", mapped)
    unsure = np.where(mapped == truth, 0.1, 0.9).astype(np.float32)
    write_raster(tmp_path / "entropy.tif", unsure[np.newaxis], names=["entropy"])

    def runner(left_open=0, **values):
        path = tmp_path / "review.gpkg"
        run("queue_places", map=tmp_path / "map.tif", uncertainty=tmp_path / "entropy.tif", places=path, **values)
        places = pyogrio.read_dataframe(path, layer="places")
        seen = truth[
            ((5_400_000 - places.geometry.y) // 10).astype(int), ((places.geometry.x - 500_000) // 10).astype(int)
        ]
        places["class_id"] = np.where(np.arange(len(places)) < len(places) - left_open, seen, np.nan)
        pyogrio.write_dataframe(places, path, layer="places", driver="GPKG")
        return f"{path}|layername=places", places, np.mean(truth == mapped)

    return runner


def test_a_stratified_review_gives_the_accuracy_of_the_map_by_itself(review, tmp_path, evaluate):
    source, places, accuracy = review(design="stratified", count=300, left_open=60)
    done = evaluate(map=tmp_path / "map.tif", reference=source, class_field="class_id")
    assert abs(done.adjusted_accuracy - accuracy) < 1.5 * done.adjusted_interval
    assert done.result["design"]["at_random"]
    assert sum(s["with_class"] for s in done.result["design"]["strata"]) == 240
    assert sum(s["pixels"] for s in done.result["design"]["strata"]) == pytest.approx(120 * 150)
    # As with the map's classes as strata, but for the correction of the finite population.
    other = places.dropna(subset="class_id")[["class_id", "geometry"]]
    other.to_file(tmp_path / "points.gpkg")
    usual = evaluate(map=tmp_path / "map.tif", reference=tmp_path / "points.gpkg", class_field="class_id")
    assert "design" not in usual.result
    assert done.adjusted_accuracy == pytest.approx(usual.adjusted_accuracy, abs=1e-5)
    assert usual.adjusted_interval * 0.97 < done.adjusted_interval < usual.adjusted_interval


def test_a_review_of_one_map_judges_another_by_its_strata(review, tmp_path, evaluate):
    source, _, _ = review(design="stratified", count=400)
    better = wrong_here_and_there(class_image(), share=0.05, seed=9)
    write_map(tmp_path / "better.tif", better)
    done = evaluate(map=tmp_path / "better.tif", reference=source, class_field="class_id")
    real = np.mean(better == class_image())
    assert abs(done.adjusted_accuracy - real) < 1.5 * done.adjusted_interval
    assert [s["stratum"] for s in done.result["design"]["strata"]] == ["Field", "Forest", "Water"]


def test_a_sample_of_a_part_of_the_map_says_so(review, tmp_path, evaluate):
    source, _, _ = review(design="random", count=50, map_classes="Forest, Water")
    done = evaluate(map=tmp_path / "map.tif", reference=source, class_field="class_id")
    assert any("of the map's 18,000 pixels, those that they were drawn from" in text for text in done.warnings)


@pytest.mark.parametrize("left_out", [[], ["weight", "stratum"]])
def test_places_chosen_on_purpose_say_nothing_of_the_map(review, tmp_path, evaluate, left_out):
    source, places, accuracy = review(design="uncertainty", count=50)
    if left_out:  # as a layer of which only some fields were kept
        places.drop(columns=left_out).to_file(tmp_path / "some.gpkg")
        source = tmp_path / "some.gpkg"
    done = evaluate(map=tmp_path / "map.tif", reference=source, class_field="class_id")
    assert done.overall_accuracy < accuracy / 2
    assert (done.adjusted_accuracy, done.adjusted_interval) == (None, None)
    assert "area_adjusted" not in done.result
    assert "intervals" not in done.result
    assert any("not that of the map, and no areas can be estimated" in text for text in done.warnings)
    assert "not of the map" in done.page
    assert "Estimated area" not in done.page


def test_some_places_on_purpose_spoil_a_sample(review, tmp_path, evaluate):
    _, drawn, _ = review(design="random", count=30)
    drawn.loc[:4, "design"] = "disagreement"
    drawn.to_file(tmp_path / "both.gpkg")
    done = evaluate(map=tmp_path / "map.tif", reference=tmp_path / "both.gpkg", class_field="class_id")
    assert done.adjusted_accuracy is None
    assert any("5 of the 30 places were chosen where the map is unsure" in text for text in done.warnings)


def test_undecided_places_of_another_design_are_not_of_the_sample(review, tmp_path, evaluate):
    source, drawn, _ = review(design="stratified", count=150)
    alone = evaluate(map=tmp_path / "map.tif", reference=source, class_field="class_id")
    more = drawn.head(5).assign(design="uncertainty", weight=np.nan, class_id=np.nan)
    pd.concat([drawn, more]).to_file(tmp_path / "both.gpkg")
    done = evaluate(map=tmp_path / "map.tif", reference=tmp_path / "both.gpkg", class_field="class_id")
    assert done.result["design"] == alone.result["design"]
    assert done.result["scores"] == alone.result["scores"]


def test_targets_are_not_judged_by_what_is_not_known(review, tmp_path, evaluate):
    source, _, _ = review(design="uncertainty", count=20)
    (tmp_path / "targets.json").write_text('{"adjusted_accuracy": 0.5}')
    done = evaluate(
        map=tmp_path / "map.tif", reference=source, class_field="class_id", targets=tmp_path / "targets.json"
    )
    assert done.targets_undecided == 1


def test_a_random_review_in_degrees_gives_true_hectares(tmp_path, run, evaluate):
    truth = np.ones((200, 20), np.uint8)
    truth[100:] = 2  # the southern half, where pixels are wider
    grid = {"crs": "EPSG:4326", "transform": from_origin(10, 70, 0.1, 0.1)}
    write_map(tmp_path / "map.tif", truth, TABLE, **grid)
    path = tmp_path / "review.gpkg"
    run("queue_places", map=tmp_path / "map.tif", design="stratified", count=400, places=path)
    places = pyogrio.read_dataframe(path, layer="places")
    places["class_id"] = places["map_class"]
    pyogrio.write_dataframe(places, path, layer="places", driver="GPKG")
    done = evaluate(map=tmp_path / "map.tif", reference=f"{path}|layername=places", class_field="class_id")
    found = done.result["area_adjusted"]
    assert found["areas"][:2] == pytest.approx(found["map_areas"][:2], rel=0.02)
    assert found["areas"][1] > 1.3 * found["areas"][0]


def test_comparing_maps_at_places_of_one_map_s_doubts_is_called_unfair(review, tmp_path, run):
    source, _, _ = review(design="uncertainty", count=20)
    write_map(tmp_path / "second.tif", wrong_here_and_there(class_image(), seed=5))
    done = run(
        "compare_models", maps=[str(tmp_path / "map.tif"), str(tmp_path / "second.tif")], reference=source,
        class_field="class_id", metrics=tmp_path / "c.json",
    )  # fmt: skip
    assert any("unfair to it" in text for text in done.warnings)


def test_maps_are_compared_by_the_design_of_a_sample(review, tmp_path, run):
    """The difference of two accuracies is a mean over the places: Stehman (2014), equations 3 and 25."""
    source, places, _ = review(design="stratified", count=150)  # 50 in each class, whatever its area
    second = np.where(class_image() == 1, wrong_here_and_there(class_image(), share=0.9, seed=5), class_image())
    write_map(tmp_path / "second.tif", second)
    given = {"reference": source, "class_field": "class_id"}
    done = run(
        "compare_models", maps=[str(tmp_path / "map.tif"), str(tmp_path / "second.tif")],
        metrics=tmp_path / "c.json", report=tmp_path / "c.html", **given,
    )  # fmt: skip
    row, col = ((5_400_000 - places.geometry.y) // 10).astype(int), ((places.geometry.x - 500_000) // 10).astype(int)
    gain = (second[row, col] == places.class_id).astype(int) - (places.map_class == places.class_id).astype(int)
    mean, variance = 0.0, 0.0
    for _, own in gain.groupby(places.stratum):
        share, size = places.weight[own.index].sum() / places.weight.sum(), places.weight[own.index].sum()
        mean += share * own.mean()
        variance += share**2 * (1 - len(own) / size) * own.var(ddof=1) / len(own)
    assert done.accuracy_difference == pytest.approx(mean, abs=1e-5)
    assert abs(mean - gain.mean()) > 0.001  # which would count each place alike
    result, page = json.loads((tmp_path / "c.json").read_text()), (tmp_path / "c.html").read_text(encoding="utf-8")
    half = 1.96 * variance**0.5
    assert result["difference_intervals"]["by"] == result["weighted_by"] == "the design of the sample"
    found = result["difference_intervals"]["second"]["overall_accuracy"]
    assert found == pytest.approx([mean - half, mean + half], abs=1e-4)
    assert any("McNemar's test and the counts by class count each place alike" in text for text in done.warnings)
    assert "estimated for the whole map by the design of the sample" in page and "bootstrap" not in page
    # The same scores as of each map by itself.
    alone = run("evaluate", map=tmp_path / "second.tif", metrics=tmp_path / "m.json", **given)
    assert result["metrics"]["kappa"][1] == alone.kappa
    assert result["metrics"]["mean_iou"][1] == alone.mean_iou


def test_maps_are_not_compared_by_a_stratum_that_nobody_has_looked_at(review, tmp_path, run):
    _, places, _ = review(design="stratified", count=30)
    places.loc[places.stratum == "Water", "class_id"] = np.nan
    places.to_file(tmp_path / "places.gpkg")
    write_map(tmp_path / "second.tif", class_image())
    done = run(
        "compare_models", maps=[str(tmp_path / "map.tif"), str(tmp_path / "second.tif")],
        reference=tmp_path / "places.gpkg", class_field="class_id", metrics=tmp_path / "c.json",
        report=tmp_path / "c.html",
    )  # fmt: skip
    assert (done.accuracy_difference, done.kappa_difference, done.best_index) == (None, None, None)
    assert any("Nothing can be estimated, since no place has a class in Water" in text for text in done.warnings)


def test_evaluations_by_a_design_and_without_one_are_not_compared_silently(review, tmp_path, run):
    source, places, _ = review(design="stratified", count=60)
    places[["class_id", "geometry"]].to_file(tmp_path / "plain.gpkg")
    for name, reference in (("a", source), ("b", tmp_path / "plain.gpkg")):
        run(
            "evaluate", map=tmp_path / "map.tif", reference=reference, class_field="class_id",
            metrics=tmp_path / f"{name}.json",
        )  # fmt: skip
    both = [str(tmp_path / "a.json"), str(tmp_path / "b.json")]
    done = run("compare_models", evaluations=both, metrics=tmp_path / "c.json")
    assert any("The scores of a are estimated by the design of a sample" in text for text in done.warnings)
