"""Mining results: every form is read, what cannot be used is taken out with its reason, gaps are named."""

import csv
import json
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import rasterio
from datasets import run_stage_class
from record_tables import make_records

from landloom.errors import InputError
from landloom.records import inventory, metrics, mining
from landloom.records.table import open_records
from landloom.refinement.tile_files import write_tile
from landloom.stages.mine_results import MineResults
from landloom.stages.verify_tiles import VerifyTiles


def image(path, size=8, value=0, driver="GTiff"):
    """A small image whose content depends on `value`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = (np.arange(size * size).reshape(1, size, size) + value).astype(np.uint8)
    with rasterio.open(path, "w", driver, size, size, 1, dtype="uint8") as target:
        target.write(pixels)
    return path


def record(number, **changes):
    """A record of the image a<number>.tif, as a program would write it."""
    ssim = 0.6 + 0.002 * number
    mse = 0.01 * (1 - ssim)
    found = {
        "image": f"a{number}.tif",
        "parameters": {"strength": number / 10, "mode": "soft"},
        "metrics": {"ssim": ssim, "mse": mse, "psnr": -10 * math.log10(mse)},
        "type": "crop",
        "method": "crf",
        "time": f"2025-06-{1 + number % 28:02d}T10:00:00",
    }
    return {**found, **changes}


def results(folder, records, images=None):
    """A folder with an image a record and a log of the records; one that is text is written as it is."""
    for number in range(len(records) if images is None else images):
        image(folder / f"a{number}.tif", value=number)
    lines = [r if isinstance(r, str) else json.dumps(r) for r in records]
    (folder / "log.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def mine(folder, **values):
    out = folder.parent / f"{folder.name} out"
    done = run_stage_class(
        MineResults, results=folder, records=out / "records.csv", rejected=out / "rejected.csv",
        inventory=out / "inventory.json", **values,
    )  # fmt: skip
    rejected = pd.read_csv(out / "rejected.csv", keep_default_na=False)
    return SimpleNamespace(
        **vars(done),
        read=open_records(out / "records.csv"),
        taken_out=rejected,
        reasons=rejected["reason"].value_counts().to_dict(),
        found=json.loads((out / "inventory.json").read_text(encoding="utf-8")),
    )


def only_reason(folder, *odd, good=3):
    """The reason and detail for which a record among good ones is taken out."""
    done = mine(results(folder, [*(record(n) for n in range(good)), *odd], images=good + 1))
    assert (done.record_count, done.rejected_count) == (good, len(odd))
    return done.taken_out["reason"].iat[-1], done.taken_out["detail"].iat[-1]


def flat(records, names):
    """Records as CSV rows; `names` makes the column's name of a group and a name."""
    return [
        {
            **{key: value for key, value in r.items() if not isinstance(value, dict)},
            **{names(group, key): value for group in ("parameters", "metrics") for key, value in r[group].items()},
        }
        for r in records
    ]


def write_csv(path, rows, delimiter=","):
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def as_list(folder, records):
    (folder / "r.json").write_text(json.dumps(records))


def as_objects(folder, records):
    for number, one in enumerate(records):
        (folder / f"r{number}.json").write_text(json.dumps(one))


def as_shared(folder, records):
    less = [{k: v for k, v in r.items() if k not in ("type", "method")} for r in records]
    (folder / "r.json").write_text(json.dumps({"type": "crop", "method": "crf", "results": less}))


def as_inline(folder, records):
    rows = [{**{k: v for k, v in r.items() if k != "parameters"}, **r["parameters"]} for r in records]
    (folder / "r.jsonl").write_text("\n".join(map(json.dumps, rows)))


def as_dotted(folder, records):
    write_csv(folder / "r.csv", flat(records, lambda group, key: f"{group}.{key}"), ";")


def as_prefixed(folder, records):
    write_csv(folder / "r.csv", flat(records, lambda group, key: {"parameters": "param_"}.get(group, "metric_") + key))


def as_plain(folder, records):
    rows = flat(records, lambda group, key: key.upper() if group == "metrics" else f"param_{key}")
    write_csv(folder / "r.csv", rows)


@pytest.mark.parametrize("form", [as_list, as_objects, as_shared, as_inline, as_dotted, as_prefixed, as_plain])
def test_records_are_the_same_in_whatever_form_they_were_written(tmp_path, form):
    folder = tmp_path / "Läufe 1"
    records = [record(n) for n in range(4)]
    results(folder, [], images=4)
    (folder / "log.jsonl").unlink()
    form(folder, records)
    done = mine(folder)
    table = done.read.table.sort_values("image")
    assert (done.record_count, done.rejected_count, done.image_count) == (4, 0, 4)
    assert set(done.read.metrics) == {"ssim", "mse", "psnr"} and set(done.read.parameters) == {"strength", "mode"}
    for name in ("ssim", "mse", "psnr"):
        assert table[f"metric_{name}"].tolist() == pytest.approx([r["metrics"][name] for r in records])
    assert table["param_strength"].tolist() == [0, 0.1, 0.2, 0.3] and set(table["param_mode"]) == {"soft"}
    assert set(table["type"]) == {"crop"} and set(table["method"]) == {"crf"}
    assert table["time"].iat[1] == "2025-06-02T10:00:00"
    assert [p.resolve() for p in done.read.images] == [folder / f"a{n}.tif" for n in range(4)]


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ('{"image": "a3.tif", "metrics": {"ss', "broken record"),
        (record(3, type="x" * 5000), "broken record"),
        (record(3, footprint="POLYGON (("), "broken record"),
        (record(3, footprint="POLYGON ((0 0, 1 0, 1 1, 0 0))", crs="EPSG:0"), "broken record"),
        (record(3, image=""), "no image named"),
        (record(3, metrics={}), "no metric"),
        (record(3, metrics={"ssim": None, "mse": "n/a"}), "no metric"),
        (record(3, metrics={"ssim": "0,93"}), "bad number"),
        (record(3, metrics={"ssim": True}), "bad number"),
        (record(3, parameters={"strength": float("inf")}), "bad number"),
        (record(3, metrics={"ssim": 1.2}), "impossible value"),
        (record(3, metrics={"ssim": 10**400}), "impossible value"),
        (record(3, metrics={"mse": -0.1}), "impossible value"),
        (record(3, metrics={"mse": float("inf")}), "impossible value"),
        (record(3, metrics={"psnr": -2.0}), "impossible value"),
        (record(3, metrics={"psnr": float("inf"), "mse": 0.1}), "impossible value"),
        (record(3, metrics={"kappa": -1.5}), "impossible value"),
        (record(3, image="gone.tif"), "image missing"),
        (record(3, reference="gone.tif"), "reference missing"),
        (record(3, reference="a3.tif"), "image is its reference"),
        # 30 dB of an error of 0.01 is a peak of 3.2; with 1, 255, 10 000 or 65 535 it would be 20, 68, 100 or 116 dB.
        (record(3, metrics={"mse": 0.01, "psnr": 30.0}), "mse and psnr contradict each other"),
    ],
)
def test_a_record_that_cannot_be_used_is_taken_out_with_its_reason(tmp_path, odd, reason):
    assert only_reason(tmp_path / "runs", odd)[0] == reason


def test_the_table_of_what_was_taken_out_says_where_each_record_stood(tmp_path):
    done = mine(results(tmp_path / "runs", [record(0), record(1, metrics={"ssim": 3}), "{"], images=2))
    assert done.taken_out[["source", "place", "image"]].values.tolist() == [
        ["log.jsonl", "line 3", ""],
        ["log.jsonl", "line 2", "a1.tif"],
    ]
    assert "ssim is 3, but can only be from -1 to 1" in done.taken_out["detail"].iat[1]
    assert done.found["rejected"] == {"total": 2, "reasons": {"broken record": 1, "impossible value": 1}}
    assert any("impossible value: 1" in text for text in done.warnings)


def test_an_unreadable_file_and_a_row_that_is_cut_off_spoil_only_themselves(tmp_path):
    folder = results(tmp_path / "runs", [record(0)], images=3)
    (folder / "bad.json").write_bytes(b"\xff\xfe{")
    (folder / "cut.json").write_text('[{"image": "a1.tif"')
    (folder / "rows.csv").write_text("image,ssim,strength\na1.tif,0.9,1\na2.tif,0.8\n")
    (folder / "other.json").write_text('{"type": "FeatureCollection", "features": []}')
    (folder / "other.csv").write_text("tile,kind,reason\nx,NaN,y\n")
    done = mine(folder)
    assert done.record_count == 2 and done.reasons == {"broken record": 3}
    assert done.found["files"] == {"read": 4, "without records": 2}
    assert "2 fields, the heading has 3" in " ".join(done.taken_out["detail"])


def cut_off(path):
    path.write_bytes(path.read_bytes()[:-20])


@pytest.mark.parametrize("name", ["x.tif", "x.png", "x.jpg", "x.npy", "x.npz"])
def test_an_image_of_each_format_is_read_and_one_that_is_cut_off_is_found(tmp_path, name):
    folder = results(tmp_path / "runs", [record(0), record(1, image=name)], images=1)
    path, pixels = folder / name, np.arange(6 * 64 * 64, dtype=np.float32).reshape(6, 64, 64)
    if path.suffix == ".npy":
        np.save(path, pixels)
    elif path.suffix == ".npz":
        np.savez(path, opt_v1=pixels)
    else:
        image(path, 64, driver={".tif": "GTiff", ".png": "PNG", ".jpg": "JPEG"}[path.suffix])
    assert mine(folder).record_count == 2
    cut_off(path)
    assert mine(folder).reasons == {"image unreadable": 1}


@pytest.mark.parametrize("content", ["text", "gif", "table"])
def test_a_file_that_is_no_image_or_of_another_format_is_refused(tmp_path, content):
    folder = results(tmp_path / "runs", [record(0), record(1, image="x.bin")], images=1)
    if content == "text":
        (folder / "x.bin").write_text("not an image")
    elif content == "gif":
        image(folder / "x.bin", driver="GIF")
    else:
        np.savez(folder / "x.npz", numbers=np.arange(4))
        (folder / "x.npz").rename(folder / "x.bin")
    done = mine(folder)
    assert done.reasons == {"image of an unsupported format": 1}


def test_a_pair_of_different_sizes_is_a_mismatch(tmp_path):
    image(tmp_path / "runs" / "truth.tif", 9)
    reason, detail = only_reason(tmp_path / "runs", record(3, reference="truth.tif"))
    assert reason == "image and reference differ in size" and "8 × 8" in detail and "9 × 9" in detail


def test_a_repeated_record_counts_once_and_contradicting_ones_not_at_all(tmp_path):
    records = [record(0), record(0, time="2025-07-01"), record(1), record(1, metrics={"ssim": 0.1}), record(2)]
    folder = results(tmp_path / "runs", records, images=3)
    (folder / "copy.tif").write_bytes((folder / "a2.tif").read_bytes())
    with (folder / "log.jsonl").open("a") as stream:
        stream.write("\n" + json.dumps(record(2, image="copy.tif")))  # the same image under another name
        stream.write("\n" + json.dumps(record(2, parameters={"strength": 9})))
    done = mine(folder)
    assert done.reasons == {"the same record again": 2, "contradicting records of one run": 2}
    assert sorted(done.read.table["param_strength"]) == [0, 0.2, 9]
    assert done.read.table["record_id"].is_unique


def test_outliers_are_told_within_type_and_method_and_few_records_are_not_judged(tmp_path):
    values = [30 + 0.1 * n for n in range(25)]
    records = [record(n, metrics={"psnr": v}) for n, v in enumerate(values)]
    records += [record(25, metrics={"psnr": 2.0}), record(26, metrics={"psnr": 2.0}, type="water")]
    done = mine(results(tmp_path / "runs", records))
    assert done.reasons == {"extreme outlier": 1} and done.taken_out["image"].tolist() == ["a25.tif"]
    # By hand: of 2, 30.0 … 32.4 the median is 31.15, the median distance from it 0.65.
    assert "median of crop and crf is 31.15" in done.taken_out["detail"][0]
    z = (31.15 - 2) / (1.4826 * 0.65)
    assert metrics.robust_z(np.array([*values, 2]))[-1] == pytest.approx(-z)
    assert any("no outlier can be told" in name and n == 1 for name, n in done.found["notes"].items())
    assert mine(tmp_path / "runs", outlier_limit=0).rejected_count == 0
    # Just within the limit, and just beyond it.
    assert mine(tmp_path / "runs", outlier_limit=z + 0.01).rejected_count == 0
    assert mine(tmp_path / "runs", outlier_limit=z - 0.01).rejected_count == 1


@pytest.mark.parametrize(("metric", "bad"), [("accuracy", 0.42), ("ssim", 0.1), ("kappa", 0.0)])
def test_bad_results_among_good_ones_are_no_outliers_and_impossible_ones_are_taken_out(tmp_path, metric, bad):
    values = [*np.linspace(0.94, 0.96, 40), bad, 1.2]
    done = mine(results(tmp_path / "runs", [record(n, metrics={metric: v}) for n, v in enumerate(values)]))
    assert done.reasons == {"impossible value": 1}
    assert done.read.metric(metric).min() == bad


def test_what_is_next_to_an_end_and_nothing_like_the_others_is_an_outlier():
    """By hand: logits count as spread by 1 at least; ln(0.95 / 0.05) is 2.944, of 0, taken as 0.001, it is -6.907."""
    far = metrics.outlying("accuracy", np.array([*np.linspace(0.94, 0.96, 31), 0.95, 0.0]))
    assert far[-1] == pytest.approx(-6.907 - 2.944, abs=1e-3)


def test_errors_over_orders_of_magnitude_are_no_outliers_and_a_share_that_differs_is_none_either():
    mse = 10.0 ** -np.linspace(1, 5, 41)
    assert np.abs(metrics.robust_z(metrics.scaled("mse", mse))).max() < 2
    assert np.abs(metrics.robust_z(mse)).max() > 6
    mostly = np.array([1.0] * 90 + [0.5] * 10)
    assert np.abs(metrics.robust_z(mostly)).max() == pytest.approx(0.5 / mostly.std())


def test_a_stage_run_judges_errors_by_their_logarithm(tmp_path):
    """Errors from 0.1 to 0.00001 are no outliers by their logarithm, one of 0.00000000000001 is; by their values it
    would be the other way round."""
    values = [*(10.0 ** -np.linspace(1, 5, 41)), 1e-14]
    done = mine(results(tmp_path / "runs", [record(n, metrics={"mse": v}) for n, v in enumerate(values)]))
    assert done.reasons == {"extreme outlier": 1} and done.taken_out["image"].tolist() == ["a41.tif"]


@pytest.mark.parametrize("peak", [1, 255, 10_000, 65_535])
def test_mse_and_psnr_of_any_usual_peak_agree(peak):
    mse = np.geomspace(1e-6, 0.9, 30) * peak**2
    psnr = 10 * np.log10(peak**2 / mse)
    assert not metrics.contradicting(mse, psnr, 6.0).any()
    psnr[7] += 20
    assert np.flatnonzero(metrics.contradicting(mse, psnr, 6.0)).tolist() == [7]
    assert not metrics.contradicting(np.array([0.0, np.nan, 0.1]), np.array([100.0, 3.0, np.nan]), 6.0).any()


def test_a_peak_of_the_images_own_is_no_contradiction():
    random = np.random.default_rng(0)
    peak, mse = random.uniform(0.3, 0.9, 200), random.uniform(1e-4, 1e-2, 200)
    assert not metrics.contradicting(mse, 20 * np.log10(peak) - 10 * np.log10(mse), 6.0).any()


def test_an_infinite_psnr_of_equal_images_is_unknown_and_the_record_stays(tmp_path):
    perfect = record(0, metrics={"ssim": 1.0, "mse": 0.0, "psnr": "inf"})
    done = mine(results(tmp_path / "runs", [perfect, record(1)]))
    psnr = done.read.table.set_index("metric_ssim")["metric_psnr"]
    assert done.record_count == 2 and np.isnan(psnr[1.0])
    assert any("infinite PSNR" in name for name in done.found["notes"])


def test_a_word_among_numbers_is_a_slip_and_words_among_words_are_none(tmp_path):
    records = [record(n, parameters={"strength": n, "mode": "soft" if n % 2 else 3}) for n in range(30)]
    records[4]["parameters"]["strength"] = "2..5"
    done = mine(results(tmp_path / "runs", records))
    assert done.reasons == {"bad number": 1} and "'2..5'" in done.taken_out["detail"][0]
    assert done.read.table["param_strength"].dtype.kind in "if"


def test_required_metrics_must_be_there(tmp_path):
    folder = results(tmp_path / "runs", [record(0), record(1, metrics={"ssim": 0.7})])
    assert mine(folder).record_count == 2
    done = mine(folder, required="SSIM, psnr")
    assert done.record_count == 1 and done.taken_out["detail"][0] == "psnr has no value"


def test_images_can_lie_in_another_folder_and_windows_paths_are_understood(tmp_path):
    image(tmp_path / "images" / "sub" / "b.tif")
    folder = results(tmp_path / "runs", [record(0), record(1, image="sub\\b.tif")], images=1)
    assert mine(folder).reasons == {"image missing": 1}
    done = mine(folder, images=tmp_path / "images")
    assert done.record_count == 2 and done.read.images[1] == tmp_path / "images" / "sub" / "b.tif"


def test_the_table_names_images_by_their_path_below_it(tmp_path):
    folder = results(tmp_path / "runs", [record(0)])
    run_stage_class(MineResults, results=folder, records=folder / "records.csv")
    assert open_records(folder / "records.csv").table["image"].tolist() == ["a0.tif"]


def test_mining_again_into_the_same_folder_gives_the_same_bytes(tmp_path):
    folder = results(tmp_path / "runs", [record(n) for n in range(4)])
    first = run_stage_class(
        MineResults, results=folder, records=folder / "records.csv", report=folder / "r.html",
        inventory=folder / "inventory.json",
    )  # fmt: skip
    before = (folder / "records.csv").read_bytes()
    again = run_stage_class(MineResults, results=folder, records=folder / "again.csv")
    assert (folder / "again.csv").read_bytes() == before
    assert (first.record_count, again.record_count, again.rejected_count) == (4, 4, 0)


def test_a_table_of_records_comes_through_with_its_columns_and_footprints(tmp_path):
    made = make_records(tmp_path / "runs", 6)
    made.path.write_text(made.table.assign(reference_pixels=7).to_csv(index=False))
    done = mine(tmp_path / "runs")
    table = done.read.table
    for name in ("record_id", "type", "group", "crs", "footprint", "param_sensor", "metric_ssim"):
        assert table[name].tolist() == made.table[name].tolist(), name
    assert set(table["reference_pixels"]) == {7} and "reference_pixels" not in done.read.parameters


def test_footprints_come_from_georeferenced_images(tmp_path):
    made = make_records(tmp_path / "runs", 3)
    made.path.write_text(made.table.assign(footprint="", crs="").to_csv(index=False))
    found = mine(tmp_path / "runs").read.footprints()
    assert found.crs == "EPSG:32633"
    assert found.geometry.geom_equals(made.footprints().geometry).all()


def test_an_evaluation_of_ours_is_a_record_of_its_map_once(run, scene):
    done = run(
        "evaluate", map=scene.truth_raster, reference=scene.polygons, class_field="class_id",
        metrics=scene.folder / "runs" / "e.json", report=scene.folder / "runs" / "e.html",
    )  # fmt: skip
    found = mine(scene.folder / "runs")
    table = found.read.table
    assert len(table) == 1 and found.rejected_count == 0
    assert table["method"][0] == "evaluate" and found.read.images[0] == scene.truth_raster
    assert table["metric_overall_accuracy"][0] == done.overall_accuracy == 1
    assert table["metric_mean_iou"][0] == done.mean_iou


def test_a_verification_of_tiles_is_a_record_a_tile(tmp_path):
    random = np.random.default_rng(0)
    place = {"crs": "EPSG:32633", "transform": [10, 0, 500_000, 0, -10, 5_400_000]}
    for name in ("t1", "t2"):
        pixels = random.uniform(0.1, 0.6, (4, 16, 16)).astype(np.float32)
        beside = {"month": 7, "biome_code": 3, "georeference": place, "raster": "scene"}
        after = {**beside, "stage": "stage2_refined", "processing": {"checkpoint": "/models/r.landloom"}}
        for folder, key, content in (("before", "opt_v1", beside), ("after", "opt_v2", after)):
            (tmp_path / folder).mkdir(exist_ok=True)
            write_tile(tmp_path / folder, name, {key: pixels}, content)
    (tmp_path / "after" / "t2.npz").write_bytes(b"damaged")
    checked = run_stage_class(
        VerifyTiles, before=tmp_path / "before", after=tmp_path / "after", table=tmp_path / "runs" / "check.csv"
    )
    done = mine(tmp_path / "runs")
    row = done.read.table.iloc[0]
    assert (done.record_count, done.reasons) == (1, {"no metric": 1})
    assert done.read.images[0] == tmp_path / "after" / "t1.npz"
    assert row["metric_edge_correlation"] == pytest.approx(checked.edge_correlation) == pytest.approx(1)
    assert row[["method", "group", "param_checkpoint"]].tolist() == ["stage2_refined", "scene", "r.landloom"]
    assert set(done.read.parameters) == {"month", "biome_code", "checkpoint"}  # no grade: that is the quality itself
    assert done.read.footprints().total_bounds.tolist() == [500_000, 5_399_840, 500_160, 5_400_000]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-06-01", "2025-06-01T00:00:00"),
        ("2025/06/01 12:30:00", "2025-06-01T12:30:00"),
        ("2025-06-01T12:00:00+02:00", "2025-06-01T10:00:00+00:00"),
        ("2025-06-01T12:00:00Z", "2025-06-01T12:00:00+00:00"),
        ("1748779200", "2025-06-01T12:00:00+00:00"),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_times_are_brought_to_one_form(text, expected):
    assert mining.time_of(text) == expected


def test_the_inventory_counts_what_is_there_and_names_what_is_missing(tmp_path):
    records = [record(n, type=("crop", "forest")[n % 2], method=("crf", "filter")[n % 3 == 0]) for n in range(48)]
    for n, one in enumerate(records):
        # Of the sensors L8 has not been tried with a strength above 8.
        one["parameters"] = {"strength": n % 11, "sensor": "S2" if n % 11 > 8 or n % 2 else "L8", "always": 1}
        one["time"] = "2025-01-05" if n % 2 else "2025-03-05"
    done = mine(results(tmp_path / "runs", records), steps=5, fewest=3, report=tmp_path / "report.html")
    found = done.found
    ssim = np.array([r["metrics"]["ssim"] for r in records])
    shown = found["metrics"]["ssim"]
    assert (shown["mean"], shown["deviation"]) == pytest.approx((ssim.mean(), ssim.std()))
    assert [shown[f"p{p:02d}"] for p in (5, 25, 50, 75, 95)] == pytest.approx(np.percentile(ssim, [5, 25, 50, 75, 95]))
    assert sum(shown["counts"]) == 48
    table = pd.DataFrame({"t": [r["type"] for r in records], "m": [r["method"] for r in records]})
    assert found["types_by_methods"]["records"] == pd.crosstab(table["t"], table["m"]).to_numpy().tolist()
    strength = np.array([r["parameters"]["strength"] for r in records])
    cells = [cell["records"] for cell in found["parameters"]["strength"]["cells"]]
    assert cells == np.histogram(strength, np.linspace(0, 10, 6))[0].tolist()
    pair = next(p for p in found["pairs"] if set(p["parameters"]) == {"strength", "sensor"})
    assert (pair["cells"], pair["empty"]) == (10, 0)  # a strength of 8 is in the last step
    assert found["time"]["months"] == {"2025-01": 24, "2025-02": 0, "2025-03": 24}
    gaps = {(gap["kind"], gap["what"]): gap for gap in found["gaps"]}
    assert gaps["time", "Month 2025-02"]["collect"] == 3
    assert gaps["constant parameter", "always is 1 in all records"]
    assert gaps["size", "All records"]["collect"] == 600 - 48
    thin = [gap for gap in gaps.values() if gap["kind"] == "type and method"]
    assert not thin and done.gap_count == len(gaps)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Month 2025-02" in page and "<svg" in page


def test_an_empty_combination_of_parameters_is_a_gap(tmp_path):
    pairs = [(a, b) for a in ("x", "y") for b in (1, 2) for _ in range(4) if (a, b) != ("y", 2)]
    records = [record(n, parameters={"a": a, "b": b}) for n, (a, b) in enumerate(pairs)]
    gaps = mine(results(tmp_path / "runs", records), fewest=4).found["gaps"]
    assert [g["what"] for g in gaps if g["kind"] == "pair of parameters"] == ["a y with b 2"]
    assert not [g for g in gaps if g["kind"] == "parameter"]


def test_measured_numbers_are_no_settings_and_have_no_gaps(tmp_path):
    """As Describe map tiles writes them: nobody can run a map with a share that is missing. Five strengths are
    settings, however many records there are."""
    share = np.random.default_rng(0).random(60).tolist()
    given = [{"share_0": share[n], "share_1": 1 - share[n], "strength": n % 5} for n in range(60)]
    runs = results(tmp_path / "runs", [record(n, parameters=one) for n, one in enumerate(given)])
    done = mine(runs, fewest=13, report=tmp_path / "report.html")
    kinds = {name: facts["kind"] for name, facts in done.found["parameters"].items()}
    assert kinds == {"share_0": "measured", "share_1": "measured", "strength": "number"}
    assert not done.found["pairs"]
    gaps = [gap["what"] for gap in done.found["gaps"] if "parameter" in gap["kind"]]
    assert gaps == [f"strength {n}" for n in range(5)]
    assert (tmp_path / "report.html").read_text(encoding="utf-8").count("measured, not looked at") == 2


def test_only_values_over_orders_of_magnitude_are_cut_by_their_logarithm():
    rates = np.geomspace(1e-4, 1, 101)
    assert inventory.steps_between(rates, 4) == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1, 1])
    even = np.append(np.linspace(0.01, 1, 100), 1e-4)
    assert inventory.steps_between(even, 4) == pytest.approx(np.linspace(1e-4, 1, 5))
    found = inventory.cut(pd.Series(rates), 4)
    assert found.counts.tolist() == [25, 25, 25, 26] and found.labels[0] == "0.0001 – 0.001"


@pytest.mark.parametrize("folder", ["missing", "empty", "foreign", "unusable"])
def test_where_there_is_nothing_to_mine_nothing_is_written_and_it_is_said_why(tmp_path, folder):
    if folder != "missing":
        (tmp_path / folder).mkdir()
    if folder == "foreign":
        (tmp_path / folder / "a.json").write_text('{"name": "x"}')
    if folder == "unusable":
        results(tmp_path / folder, [record(0, metrics={"ssim": 7})])
    words = {
        "missing": "does not exist", "empty": "No record", "foreign": "1 JSON", "unusable": r"impossible value \(1\)",
    }  # fmt: skip
    with pytest.raises(InputError, match=words[folder]):
        run_stage_class(MineResults, results=tmp_path / folder, records=tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_all_jobs_give_the_same_table(tmp_path):
    folder = results(tmp_path / "runs", [record(n) for n in range(20)])
    for jobs in (1, 5):
        run_stage_class(MineResults, results=folder, records=tmp_path / f"{jobs}.csv", jobs=jobs)
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "5.csv").read_bytes()
