"""What features are like: the same numbers as scipy and scikit-learn give for the whole table at once."""

import sqlite3

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import scipy.stats
from record_tables import make_records
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score

from landloom.errors import InputError, ParameterError
from landloom.image_features import analysis, feature_store
from landloom.records import layers
from landloom.records.table import write_records

ROWS, DIMENSION = 90, 24


@pytest.fixture
def values():
    """Three groups; the first feature makes the quality; two are constant, one of them 0."""
    random = np.random.default_rng(0)
    found = random.normal(0, 1, (ROWS, DIMENSION))
    found[:, 1:4] += 12 * np.eye(3)[np.arange(ROWS) % 3]
    found[:, 10], found[:, 11] = 3, 0
    return found.astype(np.float32)


def write(path, values, ids, dtype="float32"):
    table = pd.DataFrame({"id": [str(i) for i in ids], **dict.fromkeys(feature_store.TEXTS[1:], "")})
    table["sha256"] = [f"{n:064x}" for n in range(len(ids))]
    about = {"encoder": "resnet50", "weights": {"source": "none"}, "recipe": {}, "facts": {}}
    feature_store.write_store(path, table, iter([values]), values.shape[1], dtype, about)
    return path


@pytest.fixture
def records(tmp_path, values):
    found = make_records(tmp_path / "records", ROWS)
    random = np.random.default_rng(1)
    table = found.table.assign(metric_ssim=0.5 + 0.1 * values[:, 0] + random.normal(0, 0.01, ROWS))
    write_records(found.path, table)
    return type(found)(found.path, table)


@pytest.fixture
def analyze(run, tmp_path):
    def runner(store, **given):
        found = run(
            "analyze_features",
            features=store,
            statistics=tmp_path / "s.csv",
            clusters=tmp_path / "c.csv",
            jobs=1,
            **given,
        )
        found.table, found.groups = pd.read_csv(found.statistics), pd.read_csv(found.clusters)
        return found

    return runner


def test_statistics_of_each_feature(analyze, values, tmp_path):
    values[4, 6], values[5, 6], values[5, 7] = np.nan, np.inf, -np.inf
    found = analyze(write(tmp_path / "f.h5", values, range(ROWS)))
    known = pd.DataFrame(values.astype(float)).replace([np.inf, -np.inf], np.nan)
    assert np.allclose(found.table["mean"], known.mean(), atol=1e-6)
    assert np.allclose(found.table["deviation"], known.std(ddof=0), atol=1e-6)
    assert np.allclose(found.table["minimum"], known.min())
    assert np.allclose(found.table["maximum"], known.max())
    assert (found.nan_count, found.infinite_count, found.constant_count, found.dead_count) == (1, 2, 2, 1)
    assert found.groups["cluster"][[4, 5]].tolist() == [0, 0]
    assert any("finite: 2" in text for text in found.warnings)


@pytest.mark.parametrize("rows", [ROWS, 15])
def test_components_are_those_of_scikit_learn(values, tmp_path, rows):
    store = feature_store.open_store(write(tmp_path / "f.h5", values[:rows] + 1000, range(rows)))
    found = analysis.components(analysis.moments(store, lambda share: None))
    expected = PCA(svd_solver="full").fit(values[:rows].astype(float))
    number = min(rows - 1, DIMENSION - 2)
    assert np.allclose(found.variances[:number], expected.explained_variance_[:number], rtol=1e-3)
    assert np.allclose(np.abs((found.axes[:3] * expected.components_[:3]).sum(1)), 1, atol=1e-3)
    assert found.explaining(0.9) == 1 + np.searchsorted(np.cumsum(expected.explained_variance_ratio_), 0.9)


def test_clusters_are_found_with_their_silhouette(analyze, values, tmp_path):
    found = analyze(write(tmp_path / "f.h5", values, range(ROWS)), most_clusters=6)
    assert found.cluster_count == 3
    groups = found.groups["cluster"].to_numpy()
    assert all(len(set(groups[start::3])) == 1 for start in range(3))
    shown = PCA(analysis.CLUSTERED_SHARE, svd_solver="full").fit_transform(values.astype(float))
    assert found.silhouette == pytest.approx(silhouette_score(shown, groups), abs=2e-3)


def test_clusters_are_numbered_from_the_largest():
    points = np.repeat([[0.0, 0], [9, 0], [0, 9]], (5, 20, 10), axis=0) + np.random.default_rng(0).normal(
        0, 0.1, (35, 2)
    )
    found = analysis.clusters(points, 2, 4, 0, lambda share: None)
    assert found.labels.tolist() == [3] * 5 + [1] * 20 + [2] * 10


def test_correlations_are_those_of_scipy(analyze, values, records, tmp_path):
    found = analyze(
        write(tmp_path / "f.h5", values, records.table["record_id"]),
        records=records.path,
        correlations=tmp_path / "k.csv",
    )
    table = pd.read_csv(tmp_path / "k.csv")
    own = table[table["metric"] == "ssim"].set_index("feature")
    target = records.metric("ssim")
    for feature in (0, 7):
        row = own.loc[f"f{feature}"]
        spearman = scipy.stats.spearmanr(values[:, feature], target)
        assert row["pearson"] == pytest.approx(scipy.stats.pearsonr(values[:, feature], target).statistic, abs=1e-6)
        assert row["spearman"] == pytest.approx(spearman.statistic, abs=1e-6)
        assert row["p_value"] == pytest.approx(spearman.pvalue, rel=1e-4, abs=1e-12)
    assert "param_strength" in own.index
    assert "param_sensor" not in own.index
    assert "f10" not in own.index
    # Benjamini & Hochberg by hand: the k-th smallest of m is p · m / k, and never above a later one.
    p = np.sort(own["p_value"].to_numpy())
    by_hand = np.minimum.accumulate((p * len(p) / np.arange(1, len(p) + 1))[::-1])[::-1]
    assert np.allclose(np.sort(own["q_value"]), by_hand, rtol=1e-6)
    assert found.significant_count == (own["q_value"] <= 0.05).sum() >= 1
    assert found.joined_count == ROWS


def test_importance_finds_what_makes_the_quality(values, records):
    groups = np.arange(ROWS) // 3
    found = analysis.importance(
        values, [f"f{i}" for i in range(DIMENSION)], records.metric("ssim"), groups, "ssim", 0, 1
    )
    assert max(found.columns, key=lambda name: found.columns[name][0]) == "f0"
    assert found.trained + found.tested == ROWS
    noise = np.random.default_rng(5).normal(size=ROWS)
    assert analysis.importance(values, range(DIMENSION), noise, groups, "ssim", 0, 1).r2 < 0.2


def test_importance_needs_groups_to_hold_out(values, records):
    assert analysis.importance(values, range(DIMENSION), records.metric("ssim"), np.zeros(ROWS), "ssim", 0, 1) is None


def test_layer_and_report(analyze, values, records, tmp_path):
    found = analyze(
        write(tmp_path / "f.h5", values, records.table["record_id"], "float16"), records=records.path, metric="ssim",
        cluster_layer=tmp_path / "c.gpkg", report=tmp_path / "r.html", most_clusters=4,
    )  # fmt: skip
    layer = gpd.read_file(tmp_path / "c.gpkg", layer="clusters")
    assert layer["cluster"].tolist() == found.groups["cluster"].tolist()
    assert layer.crs == "EPSG:32633"
    with sqlite3.connect(tmp_path / "c.gpkg") as database:
        (style,) = database.execute("select styleQML from layer_styles").fetchone()
    assert style.count("<category ") == 3
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "f0" in page
    assert "Benjamini" in page
    assert page.count("<svg") == 4


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ({"fewest_clusters": 5, "most_clusters": 4}, ParameterError, "FEWEST_CLUSTERS"),
        ({"correlations": "k.csv"}, ParameterError, "needs RECORDS"),
        ({"cluster_layer": "c.gpkg"}, InputError, "no image has a place"),
        ({"features": "none.h5"}, InputError, "does not exist"),
        ({"records": "records/records.csv", "metric": "vibes"}, InputError, "has no metric 'vibes'"),
        ({"records": "records/records.csv"}, InputError, "ids differ"),
    ],
)
def test_what_cannot_be_is_told(run, values, records, tmp_path, given, error, text):
    write(tmp_path / "f.h5", values, range(ROWS))
    values = {"features": "f.h5", "statistics": "s.csv", "clusters": "c.csv", **given}
    paths = {k: tmp_path / v if "." in str(v) else v for k, v in values.items()}
    with pytest.raises(error, match=text):
        run("analyze_features", jobs=1, **paths)


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_very_few_images(analyze, values, rows, tmp_path):
    found = analyze(write(tmp_path / "f.h5", values[:rows], range(rows)), report=tmp_path / "r.html")
    assert found.image_count == rows


def test_an_empty_table_of_records_is_refused(analyze, values, records, tmp_path):
    write_records(tmp_path / "none.csv", records.table.iloc[:0])
    with pytest.raises(InputError, match="holds no records"):
        store = write(tmp_path / "f.h5", values, records.table["record_id"])
        analyze(store, records=tmp_path / "none.csv", correlations=tmp_path / "correlations.csv")


def test_points_are_left_out_of_the_layer_and_told(analyze, values, records, tmp_path):
    points = records.table["footprint"].where(np.arange(ROWS) > 1, "POINT (5 5)")
    write_records(records.path, records.table.assign(footprint=points))
    store = write(tmp_path / "f.h5", values, records.table["record_id"])
    found = analyze(store, records=records.path, cluster_layer=tmp_path / "c.gpkg", most_clusters=3)
    assert any(f"no areas, left out of the layer: 2 of {ROWS}" in text for text in found.warnings)
    layer = gpd.read_file(tmp_path / "c.gpkg", layer="clusters")
    assert layer["cluster"].tolist() == found.groups["cluster"][2:].tolist()


def test_images_that_are_all_the_same(analyze, tmp_path):
    found = analyze(write(tmp_path / "f.h5", np.ones((20, 6), np.float32), range(20)), report=tmp_path / "r.html")
    assert (found.constant_count, found.cluster_count, found.silhouette) == (6, 1, None)


def test_review_classes_begin_with_the_worst():
    values = np.array([0.1, 0.9, 0.3, 0.5, 0.7, np.nan])
    classes, looks = layers.review_classes(values, low_is_good=False)
    assert classes.tolist() == [1, 5, 2, 3, 4, 0]
    assert [number for number, _, _ in looks] == [1, 2, 3, 4, 5, 0]
    assert layers.review_classes(values, low_is_good=True)[0].tolist() == [5, 1, 4, 3, 2, 0]
    assert layers.review_classes(np.ones(3), False)[0].tolist() == [1, 1, 1]
