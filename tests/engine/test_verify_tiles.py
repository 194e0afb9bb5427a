"""Tiles before and after a stage are compared: what is missing or damaged, and how well the content is kept."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread
from tile_folders import make_tiles

from landloom.errors import InputError
from landloom.refinement import masks, verification
from landloom.refinement.pictures import examples
from landloom.refinement.tile_files import list_tiles, write_tile


def change(source: Path, target: Path, how, key="opt_v2") -> None:
    """Another folder with the same tiles, their pixels changed by `how`, a function of pixels and number."""
    target.mkdir(exist_ok=True)
    for number, tile in enumerate(list_tiles(source)):
        write_tile(target, tile.name, {key: how(tile.pixels("opt_v1"), number)}, tile.metadata.content)


@pytest.fixture
def before(tmp_path):
    make_tiles(tmp_path / "vorher ä", 6, georeferenced=True, columns=3)
    return tmp_path / "vorher ä"


@pytest.fixture
def after(tmp_path, before):
    """The same tiles, a tenth darker: NDVI and edges stay as they are."""
    change(before, tmp_path / "after", lambda pixels, number: (0.9 * pixels).astype(np.float32))
    return tmp_path / "after"


@pytest.fixture
def verify(run, tmp_path, before, after):
    """Verify; gives the outputs and the table by tile."""

    def verifying(**given):
        found = run("verify_tiles", **{"before": before, "after": after, "table": tmp_path / "table.csv", **given})
        return found, pd.read_csv(tmp_path / "table.csv", keep_default_na=False, na_values=[""]).set_index("tile_id")

    return verifying


def rewrite(folder, name, pixels):
    tile = next(tile for tile in list_tiles(folder) if tile.name == name)
    write_tile(folder, name, {"opt_v2": pixels}, tile.metadata.content)


def test_tiles_that_only_got_darker_are_excellent(verify):
    found, table = verify()
    assert (found.verdict, found.excellent_share) == ("excellent", 1)
    assert found.ndvi_rmse == pytest.approx(0, abs=1e-6)
    assert found.edge_correlation == pytest.approx(1, abs=1e-6)
    assert found.spectral_angle == pytest.approx(0, abs=1e-3)
    counts = (found.before_count, found.after_count, found.compared_count, found.missing_count, found.extra_count)
    assert counts == (6, 6, 6, 0, 0)
    assert (table["grade"] == "excellent").all()
    assert table["month"].tolist() == [1, 2, 3, 4, 5, 6]
    assert table["biome_code"].tolist() == [0, 1, 2, 3, 4, 5]
    assert found.psnr is found.ssim is found.improved_share is None
    assert found.warnings == []


@pytest.mark.parametrize(
    ("ndvi_rmse", "edges", "expected"),
    [
        (0.049, 0.901, "excellent"),
        (0.05, 0.95, "good"),
        (0.01, 0.90, "good"),
        (0.099, 0.801, "good"),
        (0.10, 0.99, "acceptable"),
        (0.01, 0.61, "acceptable"),
        (0.20, 0.99, "poor"),
        (0.01, 0.60, "poor"),
        (math.nan, 0.95, "excellent"),
    ],
)
def test_the_worse_of_ndvi_and_edges_makes_the_grade(ndvi_rmse, edges, expected):
    assert verification.grade(ndvi_rmse, edges) == expected


def test_the_numbers_are_those_of_each_tile(verify, before, tmp_path):
    # Red and near infrared of one value each: NDVI (0.4 - 0.2) / 0.6 = 1/3 before, (0.3 - 0.3) / 0.6 = 0 after.
    one, other = np.full((4, 32, 32), 0.2, np.float32), np.full((4, 32, 32), 0.3, np.float32)
    one[3] = 0.4
    content = json.loads((before / "tile_000.json").read_text("utf-8"))
    write_tile(before, "tile_000", {"opt_v1": one}, content)
    rewrite(tmp_path / "after", "tile_000", other)
    _, table = verify()
    row = table.loc["tile_000"]
    assert row["ndvi_rmse"] == pytest.approx(1 / 3, rel=1e-6)
    assert row["edge_correlation"] == 1  # neither has edges
    assert row["grade"] == "poor"
    # cos = (3 · 0.06 + 0.12) / (√0.28 · 0.6)
    assert row["spectral_angle"] == pytest.approx(math.degrees(math.acos(0.3 / (math.sqrt(0.28) * 0.6))), rel=1e-5)
    assert row["smallest"] == row["largest"] == pytest.approx(0.3)


def test_missing_extra_and_damaged_tiles_are_counted_and_listed(verify, before, after):
    (after / "tile_000.npz").unlink()
    shutil.copy(after / "tile_001.npz", after / "stranger.npz")
    (after / "tile_002.npz").write_bytes(b"no archive")
    pixels = list_tiles(before)[3].pixels("opt_v1")
    pixels[1, 2, 3] = np.nan
    rewrite(after, "tile_003", pixels)
    rewrite(after, "tile_004", np.full((4, 16, 32), 0.3, np.float32))
    found, table = verify()
    assert (found.before_count, found.after_count, found.compared_count) == (6, 6, 2)
    assert (found.missing_count, found.extra_count, found.unusable_count) == (1, 1, 3)
    assert table["problem"].dropna().to_dict() == {
        "tile_000": "missing",
        "stranger": "extra",
        "tile_002": "unreadable",
        "tile_003": "not finite",
        "tile_004": "other shape",
    }
    assert len(found.warnings) == 5
    assert "1 missing, 1 not there before, 3 not usable" in found.summary


def test_values_beyond_reflectance_are_told_and_compared(verify, before, after):
    pixels = list_tiles(before)[0].pixels("opt_v1")
    pixels[0, 0, 0] = 1.2
    rewrite(after, "tile_000", pixels)
    rewrite(after, "tile_001", 10_000 * pixels)
    found, table = verify()
    assert (found.beyond_count, found.unusable_count, found.compared_count) == (1, 1, 5)
    assert table.loc["tile_000", "largest"] == pytest.approx(1.2)
    assert table.loc["tile_001", "problem"] == "not 0–1"


def test_a_tile_without_its_metadata_is_told(verify, after):
    (after / "tile_000.json").unlink()
    found, table = verify()
    assert table.loc["tile_000", "problem"] == "no metadata"
    assert found.compared_count == 6


def test_targets_tell_what_the_stage_has_gained(verify, before, tmp_path):
    # Off by 0.1 before and by 0.05 after: 20 dB and 26.02 dB.
    change(before, before, lambda pixels, number: pixels * 0.8 + 0.1, "opt_v1")
    change(before, tmp_path / "after", lambda pixels, number: pixels - np.float32(0.05))
    change(before, tmp_path / "targets", lambda pixels, number: pixels - np.float32(0.1), "opt_v1")
    (tmp_path / "targets" / "tile_005.npz").unlink()
    found, table = verify(targets=tmp_path / "targets")
    assert found.target_count == 5
    assert found.psnr_before == pytest.approx(20, abs=1e-3)
    assert found.psnr == pytest.approx(26.0206, abs=1e-3)
    assert found.mse_before == pytest.approx(0.01, abs=1e-6)
    assert found.mse == pytest.approx(0.0025, abs=1e-6)
    assert found.improved_share == 1
    assert 0 < found.ssim_before < found.ssim < 1
    assert np.isnan(table.loc["tile_005", "psnr"])


def test_pixels_without_data_do_not_count(verify, before, after):
    valid = np.ones((32, 32), bool)
    valid[:, 16:] = False
    tile = list_tiles(before)[0]
    pixels = tile.pixels("opt_v1")
    write_tile(before, tile.name, {"opt_v1": pixels}, {**tile.metadata.content, **masks.content(valid)})
    pixels[:, :, 18:] = 0.77  # a window of edges reaches one pixel beyond those that count
    rewrite(after, tile.name, pixels)
    _, table = verify()
    assert table.loc[tile.name, "ndvi_rmse"] == 0
    assert table.loc[tile.name, "edge_correlation"] == pytest.approx(1)


def test_pixels_that_a_target_lacks_do_not_count(verify, before, after, tmp_path):
    there = np.ones((32, 32), bool)
    there[:20] = False
    targets = tmp_path / "targets"
    change(before, targets, lambda pixels, number: np.where(there, pixels, 0.0).astype(np.float32), "opt_v1")
    for tile in list_tiles(targets):
        kept = {**tile.metadata.content, **masks.content(there)}
        write_tile(targets, tile.name, {"opt_v1": tile.pixels("opt_v1")}, kept)
    found, _ = verify(targets=targets)
    assert found.mse_before == 0


def test_the_report_has_verdict_examples_and_problems(verify, before, after, tmp_path):
    random = np.random.default_rng(0)
    change(
        before,
        after,
        lambda pixels, number: (pixels + random.normal(0, 0.02 * number, pixels.shape)).clip(0, 1).astype(np.float32),
    )
    (after / "tile_000.npz").unlink()
    targets = tmp_path / "targets"
    change(before, targets, lambda pixels, number: pixels, "opt_v1")
    found, table = verify(report=tmp_path / "report.html", examples=tmp_path / "examples.png", targets=targets)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert found.summary.split(":")[0] in page
    assert "tile_000" in page
    assert "missing" in page
    for title in ("Month", "Biome", "Against the targets"):
        assert f"<h2>{title}</h2>" in page
    height, width = imread(tmp_path / "examples.png").shape[:2]
    assert height > 500 < width
    # More noise, worse tiles.
    assert table["ndvi_rmse"].dropna().is_monotonic_increasing


def test_examples_are_the_best_the_median_and_the_worst_tile():
    rows = [
        {"tile_id": name, "grade": "x", "ndvi_rmse": error, "edge_correlation": edges}
        for name, error, edges in (("a", 0.02, 0.99), ("b", 0.01, 0.70), ("c", 0.10, 0.95), ("d", 0, 1), ("e", 0.05, 1))
    ]
    table = verification.as_table([*rows, {"tile_id": "f", "problem": "missing"}])
    assert {what: row["tile_id"] for what, row in examples(table).items()} == {"best": "d", "median": "e", "worst": "b"}
    assert [*examples(table.iloc[:1])] == ["best"]
    assert [*examples(table.iloc[:2])] == ["best", "worst"]


def test_outlines_are_coloured_by_grade(verify, after, tmp_path):
    (after / "tile_000.npz").unlink()
    verify(footprints=tmp_path / "tiles.gpkg")
    layer = gpd.read_file(tmp_path / "tiles.gpkg", layer="tiles")
    assert layer["tile_id"].tolist() == [f"tile_{number:03}" for number in range(1, 6)]
    assert set(layer["grade"]) == {"excellent"}
    assert layer.crs.to_epsg() == 32633
    assert layer.total_bounds.tolist() == [500_000, 5_400_000 - 640, 500_000 + 960, 5_400_000]
    style = gpd.read_file(tmp_path / "tiles.gpkg", layer="layer_styles")["styleQML"][0]
    assert 'attr="grade"' in style


def test_outlines_of_tiles_without_a_place_are_refused(verify, tmp_path):
    make_tiles(tmp_path / "nowhere", 2)
    with pytest.raises(InputError, match="Leave FOOTPRINTS empty"):
        verify(
            before=tmp_path / "nowhere", after=tmp_path / "nowhere", after_key="opt_v1", footprints=tmp_path / "x.gpkg"
        )


@pytest.mark.parametrize("place", [None, {"crs": None, "transform": [math.nan] * 6}])
def test_outlines_of_tiles_with_a_place_that_says_nothing_are_refused(verify, tmp_path, place):
    make_tiles(tmp_path / "nowhere", 2, metadata={"georeference": place})
    with pytest.raises(InputError, match="Leave FOOTPRINTS empty"):
        verify(
            before=tmp_path / "nowhere", after=tmp_path / "nowhere", after_key="opt_v1", footprints=tmp_path / "x.gpkg"
        )


def test_a_tile_without_crs_among_others_has_no_outline_and_that_is_told(verify, after, tmp_path):
    path = after / "tile_001.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["georeference"]["crs"] = None
    path.write_text(json.dumps(content))
    found, _ = verify(footprints=tmp_path / "tiles.gpkg")
    assert "tile_001" not in set(gpd.read_file(tmp_path / "tiles.gpkg", layer="tiles")["tile_id"])
    assert any("Outlines are there of 5 of 6" in event.get("text", "") for event in found.events)


def test_a_tile_without_any_data_cannot_be_compared(verify, before):
    path = before / "tile_000.json"
    nowhere = masks.content(np.zeros((32, 32), bool))
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **nowhere}))
    found, table = verify()
    assert found.compared_count == 5
    assert table.loc["tile_000", "problem"] == "no data"


def test_where_nothing_can_be_compared_the_first_reason_is_told(verify, tmp_path):
    with pytest.raises(InputError, match="has no array 'opt_v7', but opt_v2"):
        verify(after_key="opt_v7")
    with pytest.raises(InputError, match="does not exist"):
        verify(after=tmp_path / "nowhere")


def test_the_table_does_not_depend_on_the_jobs(verify, tmp_path):
    verify(jobs=1)
    once = (tmp_path / "table.csv").read_bytes()
    verify(jobs=3)
    assert (tmp_path / "table.csv").read_bytes() == once
