"""Training a refiner: what it learns, what it says of itself, what is held out, and what it refuses."""

import csv
import hashlib
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import kills
import numpy as np
import pytest
import rasterio.warp
import scipy.ndimage
import shapely
from affine import Affine
from rasterio.crs import CRS
from tile_folders import make_tiles, tile_values

torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")

from landloom import models  # noqa: E402
from landloom.errors import InputError, ParameterError  # noqa: E402
from landloom.grids import Grid  # noqa: E402
from landloom.job import Job  # noqa: E402
from landloom.networks import prithvi, refiner, refiner_accuracy, refiner_report, refiner_trainer, training  # noqa: E402
from landloom.networks.tally import IGNORED  # noqa: E402
from landloom.refinement import holdout, masks, pairs, tile_files  # noqa: E402
from landloom.refinement.holdout import Plan  # noqa: E402
from landloom.runner import run_stage  # noqa: E402
from landloom.stages import train_refiner as stage  # noqa: E402
from landloom.stages.list_models import ListModels  # noqa: E402
from landloom.stages.train_refiner import TrainRefiner  # noqa: E402

QUICK = {"size": "tiny", "epochs": 2, "batch_size": 4, "crop": 32, "jobs": 1, "record": False}


def make_pairs(folder, count=8, size=32, **more):
    """Targets in `good`, and in `bad` the same tiles blurred and noisy."""
    make_tiles(folder / "good", count, size, **more)
    (folder / "bad").mkdir()
    random = np.random.default_rng(0)
    for tile in tile_files.list_tiles(folder / "good"):
        blurred = scipy.ndimage.gaussian_filter(tile.pixels("opt_v1"), (0, 1, 1), mode="mirror")
        noisy = blurred + random.normal(0, 0.01, blurred.shape)
        write(folder / "bad", tile, noisy.clip(0, 1))
    return folder


def write(folder, tile, values, key="opt_v1"):
    tile_files.write_tile(folder, tile.name, {key: values.astype(np.float32)}, tile.metadata.content)


def train(folder, job=None, **values):
    """Run the stage; gives its outputs, and as `.events` and `.warnings` what was told."""
    events: list[dict] = []
    given = {"tiles": folder / "bad", "targets": folder / "good", "model": folder / "m.landloom", **QUICK, **values}
    given = {k: str(v) if isinstance(v, Path) else v for k, v in given.items()}
    with job or Job(events.append, environ=dict(os.environ)) as running:
        outputs = run_stage(TrainRefiner, given, running)
    told = {kind: [e["text"] for e in events if e["type"] == kind] for kind in ("message", "warning")}
    return SimpleNamespace(events=events, messages=told["message"], warnings=told["warning"], **outputs)


def read(folder, key="opt_v1", optical=True):
    return pairs.read(folder / "bad", folder / "good", key, "opt_v1", optical, Job())


def table(path):
    with Path(path).open(encoding="utf-8", newline="") as stream:
        return {row["tile"]: row for row in csv.DictReader(stream)}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A network that has had time to learn."""
    folder = make_pairs(tmp_path_factory.mktemp("Übung eins") / "Kacheln 1", 16, [(32, 32), (40, 24)])
    done = train(
        folder, epochs=15, learning_rate=0.003, test_share=0.25, report=folder / "r.html", table=folder / "t.csv"
    )
    done.folder = folder
    return done


# --- what comes out -----------------------------------------------------------------------------


def test_refined_tiles_are_nearer_to_their_targets_than_what_came_in(trained):
    assert trained.psnr > trained.psnr_before + 1
    assert trained.ssim > trained.ssim_before
    assert trained.ndvi_rmse < trained.ndvi_rmse_before
    assert trained.edge_correlation > trained.edge_correlation_before
    assert (trained.train_count, trained.val_count, trained.test_count, trained.bad_count) == (10, 2, 4, 0)
    assert trained.epochs_run == 15
    assert not trained.warnings


def figures(image, target):
    """PSNR, RMSE of the NDVI, correlation of edges and spectral angle by their definitions."""
    image, target = image.astype(float), target.astype(float)
    red, nir = 2, 3
    vegetation = [(a[nir] - a[red]) / (a[nir] + a[red]) for a in (image, target)]
    edges = [np.hypot(*(scipy.ndimage.sobel(a[nir], axis=axis) for axis in (0, 1))).ravel() for a in (image, target)]
    cosine = (image * target).sum(0) / np.linalg.norm(image, axis=0) / np.linalg.norm(target, axis=0)
    return {
        "psnr": 10 * np.log10(1 / np.mean((image - target) ** 2)),
        "ndvi_rmse": np.sqrt(np.mean((vegetation[0] - vegetation[1]) ** 2)),
        "edge_correlation": np.corrcoef(*edges)[0, 1],
        "spectral_angle": np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean(),
    }


@torch.no_grad()
def test_the_figures_are_those_of_the_saved_network_on_the_test_tiles(trained):
    card, weights = models.load(trained.model)
    network = refiner.from_arrays(card.network, weights)
    rows, before, after = table(trained.table), [], []
    for tile in tile_files.list_tiles(trained.folder / "bad"):
        row = rows[tile.name]
        assert (row["part"] == "test") == bool(row["psnr"])
        if row["part"] != "test":
            continue
        target = tile_files.TileFile(trained.folder / "good" / tile.path.name).pixels("opt_v1")
        values, known = tile.pixels("opt_v1"), tile.metadata
        shown = torch.from_numpy(refiner.with_conditions(values[None], [known.month], [known.biome]))
        before.append(figures(values, target))
        after.append(figures(network(shown)[0].numpy(), target))
        for name, value in after[-1].items():
            assert float(row[name]) == pytest.approx(value, rel=1e-4), name
            assert float(row[f"{name}_before"]) == pytest.approx(before[-1][name], rel=1e-4), name
    assert len(after) == 4
    for name in after[0]:
        assert getattr(trained, name) == pytest.approx(np.mean([one[name] for one in after]), rel=1e-4)
        assert getattr(trained, f"{name}_before") == pytest.approx(np.mean([one[name] for one in before]), rel=1e-4)
    assert card.metrics["closer_tiles"] == sum(a["psnr"] > b["psnr"] for a, b in zip(after, before, strict=True))


def test_the_model_knows_all_that_refining_needs(trained):
    card, _ = models.load(trained.model)
    assert (card.kind, card.inputs, len(card.classes)) == ("refiner", ("B02", "B03", "B04", "B08"), 0)
    assert {(band.dtype, band.nodata, band.scale, band.offset) for band in card.bands} == {("float32", None, 1, 0)}
    expected = {
        "architecture": "refiner", "size": "tiny", "channels": 4, "outputs": 4, "conditioned": True, "optical": True,
        "stage": "stage2_refined", "input_key": "opt_v1", "output_key": "opt_v2", "tile_size": 32,
    }  # fmt: skip
    assert card.network.items() >= expected.items()
    assert card.training["tiles"] == {"train": 10, "val": 2, "test": 4}
    assert len(card.training["history"]) == 15
    assert card.training["best_epoch"] == trained.best_epoch
    assert card.parameters["edge_weight"] == 0.5


def test_report_and_card_tell_the_figures_before_and_after(trained):
    page = Path(trained.report).read_text(encoding="utf-8")
    text = (trained.folder / "m.md").read_text(encoding="utf-8")
    for content in (page, text):
        assert f"PSNR {trained.psnr_before:.4g} dB → {trained.psnr:.4g} dB" in content
        assert f"RMSE of the NDVI {trained.ndvi_rmse_before:.4g} → {trained.ndvi_rmse:.4g}" in content
        assert "Means over 4 tiles (groups: 4) of the part" in content
        assert "Neither training nor its end has looked at them." in content
    assert page.count("data:image/png") == 12, "before, refined and target of four tiles"
    assert page.count("<svg") == 3, "gains, curves, tiles"
    assert "A network from tiles to tiles" in text


def test_every_epoch_is_a_line_and_a_point_of_each_live_curve(trained):
    lines = [text for text in trained.messages if text.startswith("Epoch ")]
    assert len(lines) == 15
    assert " | Val PSNR " in lines[2]
    assert " | Val NDVI RMSE " in lines[2]
    points = {(e["name"], e["step"]): e["value"] for e in trained.events if e["type"] == "metric"}
    history = models.load(trained.model)[0].training["history"]
    for name in ("train_loss", "val_loss", "val_psnr", "val_ssim", "val_ndvi_rmse", "val_edge_correlation"):
        assert [points[name, n] for n in range(1, 16)] == [epoch[name] for epoch in history]
    assert any(text.startswith("The tiles to validate with as they come in: PSNR ") for text in trained.messages)


def test_the_model_is_recorded(tmp_path):
    done = train(make_pairs(tmp_path / "p"), epochs=1, record=True, catalogue=tmp_path / "c.gpkg")
    with Job(environ=dict(os.environ)) as job:
        run_stage(ListModels, {"table": str(tmp_path / "list.gpkg"), "catalogue": str(tmp_path / "c.gpkg")}, job)
    (row,) = gpd.read_file(tmp_path / "list.gpkg").to_dict("records")
    assert (row["model_id"], row["model_type"]) == (done.model_id, "Refiner")


def test_without_a_test_part_the_figures_are_called_what_they_are(tmp_path):
    done = train(make_pairs(tmp_path / "p"), epochs=1, test_share=0)
    assert done.test_count == 0
    assert models.load(done.model)[0].metrics["measured_on"] == "val"
    assert "they decided which epoch was kept" in (tmp_path / "p" / "m.md").read_text(encoding="utf-8")


def test_a_network_that_does_harm_says_so(tmp_path):
    """It learns to turn tiles into their negatives, and is measured on tiles that should stay as they are."""
    folder = make_pairs(tmp_path / "p")
    part = holdout.hold_out([None] * 8, [None] * 8, Plan()).part
    for tile, side in zip(tile_files.list_tiles(folder / "good"), part, strict=True):
        values = tile.pixels("opt_v1")
        write(folder / "bad", tile, values)
        write(folder / "good", tile, 1 - values if side == "train" else values)
    done = train(folder, epochs=2, learning_rate=0.01)
    assert done.psnr < done.psnr_before == 100
    assert len(done.warnings) == 1
    assert "further from their targets than the tiles as they came in, by: PSNR (100 dB → " in done.warnings[0]
    assert done.warnings[0] in (folder / "m.md").read_text(encoding="utf-8")


def test_what_is_worse_depends_on_whether_high_is_good():
    metrics = {"psnr": 30.0, "psnr_before": 29.0, "ssim": 0.8, "ssim_before": 0.9, "ndvi_rmse": 0.2}
    metrics |= {"ndvi_rmse_before": 0.1, "edge_correlation": 0.5, "edge_correlation_before": 0.5}
    metrics |= {"spectral_angle": 1.0, "spectral_angle_before": 2.0}
    assert "by: SSIM (0.9 → 0.8); RMSE of the NDVI (0.1 → 0.2). Train" in refiner_report.worse(metrics)
    assert not refiner_report.worse({**metrics, "ssim": 0.91, "ndvi_rmse": 0.09})


def test_intervals_draw_whole_groups_and_differences_are_of_the_same_tiles():
    """Of two groups a quarter of the draws takes the worse one twice, and a quarter the better one."""
    before, after = np.zeros((2, 4, 5))
    before[:, 0], after[:, 0] = [20, 22, 30, 30], [21, 23, 33, 35]
    after[:, 1] = [0.5, np.nan, 0.7, np.nan]
    found = refiner_accuracy.intervals(after, before, np.array([0, 0, 1, 1]), seed=1)
    assert found["psnr"] == pytest.approx((22, 34))
    assert found["psnr_before"] == pytest.approx((21, 30))
    assert found["psnr_gain"] == pytest.approx((1, 4))
    assert found["ssim"] == pytest.approx((0.5, 0.7)), "of the tiles that have one"
    before[:, 0] = [10, 30, 19, 21]
    assert refiner_accuracy.intervals(before, None, np.array([0, 0, 1, 1]), seed=1)["psnr"] == pytest.approx((20, 20))


def test_intervals_without_groups_draw_tiles():
    before = np.zeros((4, 5))
    before[:, 0] = [20, 22, 30, 30]
    each = refiner_accuracy.intervals(before, None, np.arange(4), seed=1)
    assert 20 <= each["psnr"][0] < each["psnr"][1] <= 30


# --- what it learns from ------------------------------------------------------------------------


def test_pairs_are_files_of_one_name_and_what_cannot_be_used_is_told(tmp_path):
    folder = make_pairs(tmp_path / "p", 12)
    bad, good = tile_files.list_tiles(folder / "bad"), tile_files.list_tiles(folder / "good")
    bad[0].path.unlink()
    good[1].path.unlink()
    bad[2].path.write_bytes(b"no archive")
    write(folder / "bad", bad[3], bad[3].pixels("opt_v1")[:, :20])
    write(folder / "good", good[4], np.full((4, 32, 32), np.nan))
    write(folder / "bad", bad[5], bad[5].pixels("opt_v1"), key="opt_v2")
    bad[6].path.with_suffix(".json").unlink()
    done = train(folder, epochs=1, table=tmp_path / "t.csv", report=tmp_path / "r.html")
    assert done.bad_count == 6
    assert done.train_count + done.val_count + done.test_count == 6
    unusable, incomplete = done.warnings[:2]
    assert unusable.startswith("Tiles that cannot be learnt from: 6 (no partner in the other folder: 2, ")
    assert incomplete.startswith("Tiles whose metadata file is incomplete: 1 (it has no metadata file: 1; ")
    rows, page = table(tmp_path / "t.csv"), (tmp_path / "r.html").read_text(encoding="utf-8")
    reasons = {
        "tile_000": "its target has no tile", "tile_001": "it has no target", "tile_002": "it is no NPZ file",
        "tile_003": "different sizes: 20 × 32 and 32 × 32 pixels",
        "tile_004": "no pixel has data both in the tile and in its target",
        "tile_005": "it has no array 'opt_v1', but opt_v2",
    }  # fmt: skip
    for name, reason in reasons.items():
        assert reason in rows[name]["problem"]
        assert name in page
    assert [name for name, row in rows.items() if row["part"]] == [f"tile_{i:03}" for i in range(6, 12)]


def test_folders_that_cannot_be_learnt_from_are_refused(tmp_path):
    folder = make_pairs(tmp_path / "p", 4)
    with pytest.raises(InputError, match=r"None of the 4 pairs .* can be used\. tile_000: .*'sar', but opt_v1"):
        train(folder, input_key="sar")
    with pytest.raises(InputError, match=r"its target cannot be used: it has no array 'opt_v3', but opt_v1"):
        train(folder, target_key="opt_v3")
    with pytest.raises(InputError, match="nowhere does not exist"):
        train(folder, targets=tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no tiles"):
        train(folder, tiles=tmp_path / "empty")
    make_tiles(tmp_path / "other", 1)
    (tmp_path / "other" / "tile_000.npz").rename(tmp_path / "other" / "a.npz")
    with pytest.raises(InputError, match=r"No tile of .* has a target of the same name .* a and tile_000"):
        train(folder, tiles=tmp_path / "other")
    assert not list(folder.glob(".m.landloom*"))


def test_values_beyond_reflectance_are_refused_with_the_remedy(tmp_path):
    folder = make_pairs(tmp_path / "p", 4)
    for tile in tile_files.list_tiles(folder / "bad"):
        write(folder / "bad", tile, tile.pixels("opt_v1") * 10_000)
    with pytest.raises(InputError, match="divide by 10000"):
        train(folder)


def test_pieces_are_cut_at_the_same_place_of_both_sides():
    values = np.arange(2 * 20 * 30, dtype=np.float32).reshape(2, 20, 30)
    targets = np.concatenate([values, values]) + 0.5
    places = set()
    for seed in range(20):
        piece, wanted = pairs.piece(values, targets, 16, np.random.default_rng(seed))
        assert piece.shape == (2, 16, 16)
        assert np.array_equal(wanted[:2], piece + 0.5)
        top, left = divmod(int(piece[0, 0, 0]), 30)
        assert np.array_equal(piece, values[:, top : top + 16, left : left + 16])
        places.add((top, left))
    assert len(places) > 5


def test_a_tile_smaller_than_the_piece_is_mirrored_and_its_target_unknown_there():
    values = np.arange(12, dtype=np.float32).reshape(1, 3, 4)
    piece, wanted = pairs.piece(values, values.repeat(4, 0), 5, np.random.default_rng(0))
    assert piece[0, :, 4].tolist() == [3, 7, 11, 11, 7]
    assert np.array_equal(wanted[0, :3, :4], values[0])
    assert np.isnan(wanted[:, 3:]).all()
    assert np.isnan(wanted[:, :, 4:]).all()


def test_batches_turn_both_sides_alike_and_tell_month_and_biome(tmp_path):
    folder = make_pairs(tmp_path / "p", 6, [(32, 32), (20, 40)])
    for tile in tile_files.list_tiles(folder / "good"):
        write(folder / "bad", tile, tile.pixels("opt_v1"))
    found, seen = read(folder), set()
    options = refiner_trainer.Options(training.Settings())
    for values, targets in refiner_trainer._shuffled(found, np.arange(6), options, 24, 2, np.random.default_rng(0)):
        assert values.shape == (3, 6, 24, 24)
        known = targets != IGNORED
        assert np.array_equal(values[:, :4][known], targets[known])
        seen |= {(month, biome) for month, biome in values[:, 4:, 0, 0].tolist()}
        assert (values[:, 4:] == values[:, 4:, :1, :1]).all()
    assert seen == {(i + 1, i) for i in range(6)}, "as the JSON files say"


def cloudy(folder):
    """Of the first tile the upper part is hidden by the mask of the target, of the second the left by that of the tile,
    the third has NaN in one band of its target in the lower part. Gives what is known, by name.
    """
    known = {name: np.ones((32, 32), bool) for name in ("tile_000", "tile_001", "tile_002")}
    known["tile_000"][:20] = known["tile_001"][:, :9] = known["tile_002"][25:] = False
    for name, side in (("tile_000", "good"), ("tile_001", "bad")):
        tile = tile_files.TileFile(folder / side / f"{name}.npz")
        content = {**tile.metadata.content, **masks.content(known[name])}
        tile_files.write_tile(folder / side, name, {"opt_v1": tile.pixels("opt_v1")}, content)
    tile = tile_files.TileFile(folder / "good" / "tile_002.npz")
    values = tile.pixels("opt_v1")
    values[1, ~known["tile_002"]] = np.nan
    write(folder / "good", tile, values)
    return known


def test_pixels_without_data_are_no_targets_on_either_side(tmp_path):
    folder = make_pairs(tmp_path / "p", 4)
    whole, known = read(folder), cloudy(folder)
    found = read(folder)
    assert [pair.name for pair in found.pairs] == [pair.name for pair in whole.pairs]
    for i, pair in enumerate(found.pairs):
        there = known.get(pair.name, np.ones((32, 32), bool))
        (values, targets), (values_before, targets_before) = found.read(i), whole.read(i)
        assert np.array_equal(values, values_before)
        assert np.array_equal(targets, np.where(there, targets_before, np.nan), equal_nan=True)
    (_, targets), *_ = refiner_trainer._in_order(found, np.arange(1), 32 * 32)
    assert np.array_equal(targets[0] == IGNORED, np.broadcast_to(~known["tile_000"], (4, 32, 32)))


def test_a_target_without_any_data_is_told(tmp_path):
    folder = make_pairs(tmp_path / "p", 4)
    tile = tile_files.list_tiles(folder / "good")[1]
    write(folder / "good", tile, np.full((4, 32, 32), np.nan))
    found = read(folder)
    assert found.unusable == {"tile_001": "no pixel has data both in the tile and in its target"}
    assert len(found) == 3


def test_what_is_unknown_changes_no_figure():
    target = tile_values(0)
    image = np.clip(target + np.random.default_rng(0).normal(0, 0.02, target.shape), 0, 1).astype(np.float32)
    target[:, 10:] = np.nan
    image[:, 10:] = 0.5
    found = dict(zip(refiner_accuracy.FIGURES, refiner_accuracy.compared(image[None], target[None])[0], strict=True))
    expected = figures(image[:, :10], target[:, :10])
    for name in ("psnr", "ndvi_rmse", "spectral_angle"):
        assert found[name] == pytest.approx(expected[name], rel=1e-4), name
    # Their windows reach into what is unknown, where nothing may differ.
    assert 0.9 < found["ssim"] < 1
    assert found["edge_correlation"] > 0.8


def test_what_the_training_ignores_changes_no_figure_of_an_epoch():
    image, target = (torch.from_numpy(tile_values(seed)[None]) for seed in (0, 1))
    target[..., 10:, :] = IGNORED
    tally = refiner_accuracy.FidelityTally()
    tally.add(image, target)
    error = (image - target)[..., :10, :].double().square().mean().item()
    assert tally.figures()["val_psnr"] == pytest.approx(-10 * np.log10(error), rel=1e-5)


def test_tiles_with_gaps_are_learnt_from_and_shown(tmp_path):
    folder = make_pairs(tmp_path / "p")
    cloudy(folder)
    done = train(folder, epochs=1, report=folder / "r.html")
    assert done.bad_count == 0
    assert done.psnr_before > 20, "as tiles without gaps"
    assert np.isfinite([done.psnr, done.ssim, done.val_loss]).all()


def test_an_epoch_sees_about_as_many_pixels_as_there_are():
    assert [refiner_trainer._pieces(shape, 64) for shape in ((64, 64), (120, 120), (256, 128), (16, 16))] == [
        1,
        4,
        8,
        1,
    ]


def test_tiles_are_validated_whole_in_batches_of_one_shape(tmp_path):
    found = read(make_pairs(tmp_path / "p", 7, [(32, 32), (20, 40)]))
    batches = list(refiner_accuracy.batches(found, np.arange(7), 2 * 32 * 32))
    assert [values.shape for _, values, _ in batches] == [(2, 4, 32, 32)] * 2 + [(2, 4, 20, 40), (1, 4, 20, 40)]
    assert sorted(np.concatenate([chosen for chosen, _, _ in batches])) == list(range(7))
    assert len(list(refiner_accuracy.batches(found, np.arange(7), 1))) == 7, "a tile at least"


def test_tiles_that_do_not_fit_in_memory_give_the_same_pixels(tmp_path, monkeypatch):
    folder = make_pairs(tmp_path / "p", 4)
    kept = read(folder)
    monkeypatch.setattr(pairs, "IN_MEMORY_BYTES", 2 * 4 * 32 * 32 * 4)
    found = read(folder)
    assert (len(kept._kept), len(found._kept)) == (4, 1)
    for i in range(4):
        assert all(map(np.array_equal, kept.read(i), found.read(i)))
    found.pairs[3].tile.path.unlink()
    with pytest.raises(InputError, match="tile_003 could be read at first"):
        found.read(3)


def test_statistics_are_those_of_the_chosen_tiles(tmp_path):
    found = read(make_pairs(tmp_path / "p", 4, [(32, 32), (20, 40)]))
    pixels = np.concatenate([found.read(i)[0].reshape(4, -1) for i in (1, 2)], axis=1)
    mean, deviation = found.statistics(np.array([1, 2]))
    assert mean == pytest.approx(pixels.mean(axis=1), rel=1e-5)
    assert deviation == pytest.approx(pixels.std(axis=1), rel=1e-4)


# --- what is held out ---------------------------------------------------------------------------

UTM33, UTM34 = CRS.from_epsg(32633), CRS.from_epsg(32634)


def place(column, row=0, size=32, crs=UTM33, west=500_000):
    """A tile of 10 m pixels, so many pixels from the first one."""
    return Grid(size, size, Affine(10, 0, west + 10 * column, 0, -10, 5_400_000 - 10 * row), crs)


def sides(parts, labels):
    """The parts that each label is in."""
    return {label: {p for p, one in zip(parts.part, labels, strict=True) if one == label} for label in set(labels)}


@pytest.mark.parametrize("grouping", ["group", "blocks"])
def test_a_grouping_that_no_tile_knows_of_is_refused(grouping):
    with pytest.raises(InputError, match=f"GROUPING is {grouping}"):
        holdout.hold_out([None] * 8, [None] * 8, Plan(grouping))


def test_places_that_cannot_be_brought_to_one_crs_are_told():
    local = place(0, crs=CRS.from_wkt('LOCAL_CS["works",UNIT["metre",1]]'))
    with pytest.raises(InputError, match="georeference"):
        holdout.hold_out([local] * 4 + [place(40 * i) for i in range(4)], [None] * 8, Plan())


def test_tiles_that_are_their_own_targets_are_told(tmp_path):
    make_tiles(tmp_path / "good", 4)
    found = pairs.read(tmp_path / "good", tmp_path / "good", "opt_v1", "opt_v1", True, Job(lambda event: None))
    assert any("All 4 tiles are the same as their targets" in note for note in found.notes)


def test_groups_stand_whole_on_one_side():
    labels = [f"raster {i % 6}" for i in range(30)]
    parts = holdout.hold_out([None] * 30, labels, Plan(val_share=0.2, test_share=0.2))
    assert parts.grouping == "group"
    assert all(len(found) == 1 for found in sides(parts, labels).values())
    assert {part: len(parts.rows(part)) for part in holdout.PARTS} == {"train": 20, "val": 5, "test": 5}


def test_the_same_seed_deals_alike_and_another_one_otherwise():
    deal = [holdout.hold_out([None] * 40, [None] * 40, Plan(seed=seed)).part.tolist() for seed in (1, 1, 2)]
    assert deal[0] == deal[1] != deal[2]
    assert {part: deal[0].count(part) for part in holdout.PARTS} == {"train": 28, "val": 6, "test": 6}


def test_tiles_of_one_raster_are_dealt_by_spatial_blocks():
    places = [place(32 * column, 32 * row) for row in range(10) for column in range(10)]
    parts = holdout.hold_out(places, ["one.tif"] * 100, Plan(block_size=640.0, val_share=0.2, test_share=0.2))
    assert parts.grouping == "blocks"
    # Two tiles by two are a block where the blocks begin with a tile's edge.
    middle = [((g.transform.c + 160) // 640, (g.transform.f - 160) // 640) for g in places]
    assert all(len(found) == 1 for found in sides(parts, middle).values())
    assert not len(parts.rows("")), "tiles side by side do not overlap"


def test_no_two_parts_share_ground_where_tiles_overlap():
    places = [place(24 * column, 24 * row) for row in range(12) for column in range(12)]
    parts = holdout.hold_out(places, [None] * 144, Plan(block_size=1500.0))
    boxes = [shapely.box(*grid.bounds()) for grid in places]
    for i, one in enumerate(boxes):
        for k in range(i):
            if "" not in (parts.part[i], parts.part[k]) and parts.part[i] != parts.part[k]:
                assert shapely.intersection(one, boxes[k]).area == 0
    assert len(parts.rows(""))
    assert len(parts.rows("train")) > 50


def test_of_tiles_that_overlap_across_a_border_the_one_that_matters_less_is_left_out():
    part = np.array(["train", "test", "val", "train", "train"], dtype=object)
    assert holdout._crossing(part, np.array([[0, 1], [1, 2], [2, 3], [3, 4]])).tolist() == [0, 2, 3]


def test_groups_and_tiles_that_overlap_stand_together():
    """Two dates of each of five scenes."""
    places = [place(100 * (i // 2), 0) for i in range(10)]
    labels = [f"scene {i}" for i in range(10)]
    for grouping, expected in (("auto", "group"), ("tiles", "tiles")):
        parts = holdout.hold_out(places, labels, Plan(grouping, val_share=0.2, test_share=0.2))
        assert parts.grouping == expected
        assert [parts.part[i] for i in range(0, 10, 2)] == [parts.part[i] for i in range(1, 10, 2)]
        assert len(parts.rows("")) == 0


def test_tiles_of_two_zones_overlap_where_their_ground_does():
    """The same place in the Sentinel-2 tiles of two zones, and one 50 km further east."""
    x, y = rasterio.warp.transform(UTM33, UTM34, [710_000], [5_400_000])
    same = Grid(32, 32, Affine(10, 0, x[0], 0, -10, y[0]), UTM34)
    places = [place(0, west=710_000), same, place(0, crs=UTM34, west=x[0] + 50_000), None]
    ground = holdout.footprints(places)
    assert ground[0].centroid.x == pytest.approx(17.86, abs=0.01), "degrees east"
    assert ground[3] is None
    assert holdout.overlaps(ground, places).tolist() == [[0, 1]]


def test_too_few_groups_are_refused_with_a_remedy():
    with pytest.raises(InputError, match=r"4 tiles make 2 groups by group, and 3 are needed\. .*TEST_SHARE 0"):
        holdout.hold_out([None] * 4, list("aabb"), Plan("group"))
    assert holdout.hold_out([None] * 4, list("aabb"), Plan("group", test_share=0)).part.tolist().count("val") == 2
    with pytest.raises(InputError, match=r"2 tiles make 2 groups"):
        holdout.hold_out([None] * 2, [None] * 2, Plan())
    with pytest.raises(InputError, match="'train' has 1 tiles of 3"):
        holdout.hold_out([None] * 3, [None] * 3, Plan())


def test_a_place_is_taken_from_the_file_that_knows_it(tmp_path):
    folder = make_pairs(tmp_path / "p", 4, georeferenced=True)
    for tile in tile_files.list_tiles(folder / "bad"):
        tile.path.with_suffix(".json").write_text('{"month": 3, "biome_code": 1}', encoding="utf-8")
    found = read(folder)
    assert found.pairs[1].place.transform.c == 500_000 + 320
    assert found.pairs[1].group == "scene.tif"
    assert found.conditions(np.array([0, 1])) == ([3, 3], [1, 1])


def test_tiles_cut_from_one_raster_are_held_out_by_blocks(tmp_path):
    done = train(make_pairs(tmp_path / "p", 16, georeferenced=True), epochs=1)
    assert any("what stands whole on one side: tiles of one spatial block (edge 320)" in m for m in done.messages)


# --- how it learns ------------------------------------------------------------------------------


def test_stage_1_learns_from_any_number_of_channels(tmp_path):
    folder = make_pairs(tmp_path / "p")
    for tile in tile_files.list_tiles(folder / "good"):
        decibel = 10 * np.log10(tile.pixels("opt_v1")[:2]) - np.array([8, 15])[:, None, None]
        write(folder / "bad", tile, decibel, key="sar")
    done = train(folder, task="translate", epochs=2, report=tmp_path / "r.html", table=tmp_path / "t.csv")
    card, weights = models.load(done.model)
    expected = {
        "stage": "stage1_translated",
        "input_key": "sar",
        "output_key": "opt_v1",
        "channels": 2,
        "optical": False,
    }
    assert card.network.items() >= expected.items()
    assert card.inputs == ("sar_1", "sar_2")
    assert done.psnr > 0
    assert done.psnr_before is None
    rows = [i for i, (_, row) in enumerate(sorted(table(tmp_path / "t.csv").items())) if row["part"] == "train"]
    mean, deviation = read(folder, "sar", optical=False).statistics(np.array(rows))
    assert weights["encoder.offset"] == pytest.approx(mean, rel=1e-5)
    assert weights["encoder.scale"] == pytest.approx(deviation, rel=1e-5)
    assert "As it came in" not in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_channels_of_another_number_than_usual_are_left_out(tmp_path):
    folder = make_pairs(tmp_path / "p", 6)
    for i, tile in enumerate(tile_files.list_tiles(folder / "good")):
        write(folder / "bad", tile, tile.pixels("opt_v1")[: 3 if i == 2 else 2], key="sar")
    found = read(folder, "sar", optical=False)
    assert found.unusable == {"tile_002": "its array 'sar' has 3 channels, most tiles have 2"}
    assert (len(found), found.channels, found.read(2)[0].shape) == (5, 2, (2, 32, 32))


def test_without_conditions_month_and_biome_do_not_matter(tmp_path):
    done = train(make_pairs(tmp_path / "p"), conditions=False, epochs=1)
    card, weights = models.load(done.model)
    assert card.network["conditioned"] is False
    network, values = refiner.from_arrays(card.network, weights), np.full((1, 4, 16, 16), 0.3, np.float32)
    one, other = (
        network(torch.from_numpy(refiner.with_conditions(values, [month], [biome])))
        for month, biome in ((1, 2), (7, 9))
    )
    assert torch.equal(one, other)


@torch.no_grad()
def test_the_layers_that_see_details_begin_with_features_of_one_size(tmp_path):
    """Tiles of which only a hundredth varies."""
    folder = make_pairs(tmp_path / "p")
    for tile in tile_files.list_tiles(folder / "bad"):
        write(folder / "bad", tile, 0.3 + 0.01 * tile.pixels("opt_v1"))
    found, options = read(folder), refiner_trainer.Options(training.Settings(), size="tiny")
    network = refiner_trainer._network(found, np.arange(8), options, 32)
    values = torch.from_numpy(np.stack([found.read(i)[0] for i in range(8)]))
    features = network.near(network.encoder.standardised(values)).numpy()
    assert features.mean(axis=(0, 2, 3)) == pytest.approx(0, abs=1e-3)
    assert features.std(axis=(0, 2, 3)) == pytest.approx(1, abs=1e-3)


def encoder_of(path):
    return {name: value for name, value in models.load(path)[1].items() if name.startswith("encoder.blocks")}


def test_the_encoder_stays_as_it_began_for_so_many_epochs(tmp_path):
    folder = make_pairs(tmp_path / "p")
    begun = refiner_trainer._network(
        read(folder), np.arange(8), refiner_trainer.Options(training.Settings(), size="tiny"), 32
    ).state_dict()
    changed = {}
    for frozen in (0, 1, 2):
        path = train(folder, freeze_encoder=frozen, epochs=2, monitor="psnr", model=tmp_path / f"{frozen}.landloom")
        last = models.load(path.model)
        assert last[0].parameters["freeze_encoder"] == frozen
        changed[frozen] = [
            not np.array_equal(value, begun[name].numpy()) for name, value in encoder_of(path.model).items()
        ]
    assert not any(changed[2])
    assert all(changed[0])


def test_the_encoder_learns_from_the_epoch_on_that_was_said(tmp_path):
    network = torch.nn.Module()
    network.encoder = torch.nn.Conv2d(4, 4, 1)
    network.rest = torch.nn.Conv2d(4, 4, 1)
    network.forward = lambda values: network.rest(network.encoder(values))
    seen = []

    def freeze(epoch):
        seen.append(network.encoder.weight.detach().clone())
        network.encoder.requires_grad_(epoch > 2)

    batch = np.ones((2, 4, 3, 3), np.float32), np.zeros((2, 4, 3, 3), np.float32)
    data = training.Data(lambda random: [batch], lambda: [batch], 1)
    loss = torch.nn.functional.l1_loss
    tally = refiner_accuracy.FidelityTally
    settings = training.Settings(epochs=4)
    training.fit(network, data, loss, tally, settings, torch.device("cpu"), tmp_path, Job(), freeze)
    assert len(seen) == 4
    assert torch.equal(seen[0], seen[1])
    assert torch.equal(seen[1], seen[2])
    assert not torch.equal(seen[2], seen[3])


def test_weights_of_the_encoder_come_from_a_file(tmp_path):
    folder = make_pairs(tmp_path / "p")
    torch.manual_seed(1)
    official = prithvi.PrithviEncoder(prithvi.SIZES["tiny"], prithvi.BANDS)
    path = tmp_path / "Prithvi.pt"
    torch.save({f"encoder.{name}": value for name, value in official.state_dict().items()}, path)
    done = train(folder, encoder_weights=path, freeze_encoder=1, epochs=1)
    assert any(text.startswith("The encoder begins with ") for text in done.messages)
    found = encoder_of(done.model)
    assert found
    state = official.state_dict()
    assert all(np.array_equal(value, state[name.removeprefix("encoder.")].numpy()) for name, value in found.items())
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert models.load(done.model)[0].training["encoder_weights"] == {"source": str(path), "sha256": sha256}
    with pytest.raises(InputError, match=r"nothing\.pt does not exist"):
        train(folder, encoder_weights=tmp_path / "nothing.pt")


def test_the_best_epoch_is_that_of_the_figure_which_is_watched():
    first, second = ({"val_loss": 1.0, "val_ndvi_rmse": 0.3, "val_psnr": 20.0}, dict.fromkeys(("val_loss",), 2.0))
    second |= {"val_ndvi_rmse": 0.2, "val_psnr": 19.0}
    better = {
        (name, higher): training._better(second, first, training.Settings(monitor=name, higher=higher))
        for name, higher in (("val_loss", False), ("val_ndvi_rmse", False), ("val_psnr", False), ("val_psnr", True))
    }
    assert list(better.values()) == [False, True, True, False]


@pytest.mark.parametrize("monitor", ["psnr", "ndvi_rmse"])
def test_the_network_is_that_of_the_best_epoch(tmp_path, monitor):
    done = train(make_pairs(tmp_path / "p"), epochs=4, learning_rate=0.02, monitor=monitor)
    values = [epoch[f"val_{monitor}"] for epoch in models.load(done.model)[0].training["history"]]
    assert done.best_epoch == 1 + (np.argmax(values) if monitor == "psnr" else np.argmin(values))


def test_the_learning_rate_is_found_where_that_is_wanted(tmp_path):
    done = train(make_pairs(tmp_path / "p"), epochs=1, find_learning_rate=True, report=tmp_path / "r.html")
    assert 1e-6 < done.rate_used < 1
    assert (tmp_path / "r.html").read_text(encoding="utf-8").count("<svg") == 4


# --- going on after a kill ----------------------------------------------------------------------


def test_a_run_killed_within_an_epoch_goes_on_and_ends_with_the_same_losses_and_bytes(tmp_path):
    folder, options = make_pairs(tmp_path / "Kacheln ü"), {"epochs": 3, "freeze_encoder": 1, "patience": 100}
    (tmp_path / "whole").mkdir()
    whole = train(folder, model=tmp_path / "whole" / "m.landloom", **options)
    values = {**QUICK, **options, "tiles": folder / "bad", "targets": folder / "good", "model": tmp_path / "m.landloom"}
    # Six tiles in two steps an epoch: the sixth is the second of the third epoch.
    before = kills.figures(kills.killed("train_refiner", values, 6))
    assert {step for _, step in before} == {1, 2}
    assert not (tmp_path / "m.landloom").exists()

    after = train(folder, **values)
    assert "Going on with an earlier run after epoch 2." in after.messages
    assert before | kills.figures(after.events) == kills.figures(whole.events)
    assert (tmp_path / "m.landloom").read_bytes() == (tmp_path / "whole" / "m.landloom").read_bytes()
    assert not list(tmp_path.glob(".m.landloom*"))


def other_settings(folder, options, plan):
    return replace(options, crop=48), plan


def other_pixels(folder, options, plan):
    tile = tile_files.list_tiles(folder / "good")[0]
    write(folder / "good", tile, tile.pixels("opt_v1")[:, ::-1])
    return options, plan


def other_parts(folder, options, plan):
    return options, replace(plan, seed=5)


def other_weights(folder, options, plan):
    Path(options.encoder_weights).write_bytes(b"others")
    return options, plan


@pytest.mark.parametrize("change", [other_settings, other_pixels, other_parts, other_weights])
def test_a_run_is_only_gone_on_with_where_all_that_determines_it_is_the_same(tmp_path, change):
    folder, weights = make_pairs(tmp_path / "p"), tmp_path / "encoder.pt"
    weights.write_bytes(b"some")
    options = refiner_trainer.Options(training.Settings(), encoder_weights=str(weights))

    def identity(options, plan):
        found = read(folder)
        parts = holdout.hold_out([None] * 8, [None] * 8, plan)
        return refiner_trainer._identity(found, parts, options, torch.device("cpu"))

    before = identity(options, Plan())
    assert identity(options, Plan()) == before
    assert identity(*change(folder, options, Plan())) != before


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        {"batch_size": 0}, {"learning_rate": 0}, {"size": "huge"}, {"task": "sharpen"}, {"crop": 8},
        {"edge_weight": -1}, {"val_share": 0}, {"val_share": 0.6, "test_share": 0.5}, {"freeze_encoder": -1},
        {"monitor": "kappa"},
    ],
)  # fmt: skip
def test_values_that_cannot_be_are_refused(values):
    with pytest.raises(ParameterError):
        TrainRefiner.from_values({"tiles": "t", "targets": "u", "model": "m.landloom", **values})


def test_the_stage_offers_what_the_engine_has():
    assert set(stage.SIZES) == set(prithvi.SIZES)
    assert set(stage.GROUPINGS) == set(holdout.GROUPINGS)
    assert set(stage.MONITORS) == set(refiner_trainer.MONITORS)
    assert tuple(stage.FIGURES) == tuple(refiner_accuracy.FIGURES)
    assert tuple(stage.PARTS) == holdout.PARTS
    kinds = TrainRefiner.kinds()
    loss = refiner_trainer.RefinerLoss()
    assert (kinds["spectral_weight"].default, kinds["edge_weight"].default) == (loss.spectral_weight, loss.edge_weight)
