"""Accuracy and areas by the design of a sample: the published example, a known population, and reviews."""

from __future__ import annotations

import json
import math

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
from conftest import class_image, squares, write_raster
from rasterio.transform import from_origin
from test_evaluate import TABLE, at, write_map, wrong_here_and_there

from landloom import assessment
from landloom.errors import InputError, ParameterError

# Stehman (2014), Table 2: of ten units in each stratum the map's and the reference's class; 100,000 pixels in all.
STRATA = {"A": 40_000, "B": 30_000, "C": 20_000, "D": 10_000}
MAPPED = "AAAAAAABBBABBBBBBBBBBBCCCCCCBBDDDDDDDDDD"
REFERENCE = "AAAAACBABCABBBBBAABBCCCCCDDBBADDDDDDDCCB"


def published():
    """Counts (4, 4, 4) by stratum, and the strata's sizes."""
    counts = np.zeros((4, 4, 4))
    for unit, (mapped, reference) in enumerate(zip(MAPPED, REFERENCE, strict=True)):
        counts[unit // 10, "ABCD".index(mapped), "ABCD".index(reference)] += 1
    return counts, np.array([*STRATA.values()])


def test_the_published_example_comes_out():
    counts, sizes = published()
    found = assessment.stratified(counts, sizes / sizes.sum(), counts.sum(axis=(1, 2)), sizes)
    # Pages 4932 to 4936 of the paper.
    assert found.areas[[0, 2]] == pytest.approx([0.35, 0.20], abs=1e-9)
    assert found.areas_error[[0, 2]] == pytest.approx([0.082, 0.064], abs=5e-4)
    assert (found.overall, found.overall_error) == pytest.approx((0.63, 0.085), abs=5e-4)
    assert (found.users[1], found.users_error[1]) == pytest.approx((0.574, 0.125), abs=5e-4)
    assert (found.producers[1], found.producers_error[1]) == pytest.approx((0.794, 0.116), abs=1e-3)
    # All classes by another implementation (the R package mapac, without its correction for a finite population).
    assert found.users == pytest.approx([0.7419355, 0.5744681, 0.5, 0.7], abs=1e-6)
    assert found.users_error == pytest.approx([0.1645627, 0.1248023, 0.2151657, 0.1527525], rel=1e-3)
    assert found.producers == pytest.approx([0.6571429, 0.7941176, 0.3, 0.6363636], abs=1e-6)
    assert found.producers_error == pytest.approx([0.1477318, 0.1165671, 0.1504438, 0.1623242], rel=1e-3)


def test_with_the_maps_classes_as_strata_it_is_the_usual_estimator():
    matrix = np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]])  # Olofsson et al. (2014)
    areas = np.array([200_000, 150_000, 3_200_000, 6_450_000])
    by_stratum = np.array([np.where(np.arange(4)[:, None] == k, matrix, 0) for k in range(4)])
    usual = assessment.area_adjusted(matrix, areas)
    # An endless population: the usual estimator has no correction for a finite one.
    found = assessment.stratified(by_stratum, areas.astype(float), matrix.sum(axis=1), np.full(4, np.inf))
    for name, value in usual.__dict__.items():
        assert getattr(found, name) == pytest.approx(value, rel=1e-9), name


def test_it_is_right_on_average_and_knows_how_far_off_it_is():
    """Draw from a population that is known; the strata are neither classes of the map nor of the reference."""
    random = np.random.default_rng(3)
    sizes, drawn = np.array([2000, 600, 150]), np.array([60, 40, 30])
    shares = [0.7, 0.2, 0.1], [0.2, 0.6, 0.2], [0.1, 0.3, 0.6]
    truth = [random.choice(3, n, p=p) for n, p in zip(sizes, shares, strict=True)]
    shown = [np.where(random.random(len(t)) < 0.75, t, random.choice(3, len(t))) for t in truth]
    inside = [random.random(len(t)) < 0.8 for t in truth]  # the rest lies where the map shows nothing
    whole = np.zeros((3, 3))
    for t, m, i in zip(truth, shown, inside, strict=True):
        np.add.at(whole, (m[i], t[i]), 1)
    real = {
        "overall": np.trace(whole) / whole.sum(),
        "users": np.diag(whole) / whole.sum(axis=1),
        "producers": np.diag(whole) / whole.sum(axis=0),
        "areas": whole.sum(axis=0),
    }
    estimates, errors = {name: [] for name in real}, {name: [] for name in real}
    for _ in range(1500):
        counts = np.zeros((3, 3, 3))
        for h, n in enumerate(drawn):
            unit = random.choice(sizes[h], n, replace=False)
            unit = unit[inside[h][unit]]
            np.add.at(counts[h], (shown[h][unit], truth[h][unit]), 1)
        found = assessment.stratified(counts, sizes.astype(float), drawn, sizes)
        for name in real:
            estimates[name].append(getattr(found, name))
            errors[name].append(getattr(found, f"{name}_error"))
    for name, value in real.items():
        spread = np.std(estimates[name], axis=0)
        assert np.mean(estimates[name], axis=0) == pytest.approx(value, abs=0.1 * float(np.max(spread))), name
        assert np.sqrt(np.mean(np.square(errors[name]), axis=0)) == pytest.approx(spread, rel=0.12), name


def test_what_too_few_places_cannot_tell_is_not_made_up():
    counts, sizes = published()
    counts[3] = 0
    found = assessment.stratified(counts, sizes.astype(float), np.array([10, 10, 10, 0]), sizes)
    assert math.isnan(found.overall)
    assert np.isnan(found.areas).all()
    counts[3, 3, 3] = 1
    found = assessment.stratified(counts, sizes.astype(float), np.array([10, 10, 10, 1]), sizes)
    assert not math.isnan(found.overall)
    assert math.isnan(found.overall_error)
    # All there is has been looked at: no doubt is left.
    found = assessment.stratified(counts[3:], np.ones(1), np.array([1]), np.array([1.0]))
    assert (found.overall, found.overall_error) == (1.0, 0.0)


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
    assert "<b>63.0 %</b>accuracy of the map (± 16.6 %)" in done.page
    assert not any("without a class: 1" in text for text in done.warnings)  # which has been said


def test_without_a_stratum_field_all_points_are_one_sample(example, evaluate):
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
    with pytest.raises(InputError, match=r"40 features .* no number above 0 in the field 'zone'"):
        evaluate(**given, weight_field="zone")
    table = squares(class_image()).assign(pixels=3.0)
    table.to_file(tmp_path / "squares.gpkg")
    write_map(tmp_path / "big.tif", class_image())
    with pytest.raises(ParameterError, match="WEIGHT_FIELD is for points"):
        evaluate(
            map=tmp_path / "big.tif", reference=tmp_path / "squares.gpkg", class_field="class_id", weight_field="pixels"
        )


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


def test_places_in_strata_are_compared_one_by_one(review, tmp_path, run):
    source, places, _ = review(design="stratified", count=60)
    write_map(tmp_path / "second.tif", class_image())
    done = run(
        "compare_models", maps=[str(tmp_path / "map.tif"), str(tmp_path / "second.tif")], reference=source,
        class_field="class_id", metrics=tmp_path / "c.json",
    )  # fmt: skip
    assert done.pixel_count == 60
    assert done.accuracy_difference == pytest.approx(1 - (places.class_id == places.map_class).mean(), abs=1e-6)
