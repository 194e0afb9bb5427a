"""Splitting records: no image and no ground on both sides, shares by type and quality, folds, time, balance."""

import json
import re
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from datasets import run_stage_class
from record_tables import make_records

from landloom.errors import InputError, ParameterError
from landloom.records import balance
from landloom.records.dealing import deal
from landloom.records.table import Records, open_records, write_records
from landloom.stages.split_records import SplitRecords


def table(number, **columns):
    """A table of records without images' files: four types in turn, ssim drawn at random."""
    random = np.random.default_rng(1)
    found = {
        "record_id": [f"r{n}" for n in range(number)],
        "image": [f"image_{n}.tif" for n in range(number)],
        "type": [("crop", "forest", "urban", "water")[n % 4] for n in range(number)],
        "metric_ssim": random.uniform(0.2, 1, number),
    }
    return pd.DataFrame({**found, **columns})


def squares(number, step, size=10):
    """Footprints in a row, `step` metres apart."""
    return [shapely.box(n * step, 0, n * step + size, size).wkt for n in range(number)]


def split(folder, records, **values):
    if isinstance(records, pd.DataFrame):
        write_records(folder / "records.csv", records)
    done = run_stage_class(
        SplitRecords, records=folder / "records.csv", records_out=folder / "out" / "split.csv",
        metadata=folder / "out" / "split.json", **values,
    )  # fmt: skip
    read = open_records(folder / "out" / "split.csv")
    return SimpleNamespace(
        **vars(done),
        read=read,
        table=read.table,
        facts=json.loads((folder / "out" / "split.json").read_text(encoding="utf-8")),
    )


def sides(done, by):
    """On how many sides the records of each value of a column or list stand."""
    used = done.table["part"] != ""
    side = done.table["fold"].astype(str) + done.table["part"].where(done.table["part"] == "test", "")
    side = side if done.table["fold"].any() else done.table["part"]
    return side[used].groupby(pd.Series(by, done.table.index)[used]).nunique()


def test_by_default_records_are_split_80_15_5_within_each_type_and_class_of_quality(tmp_path):
    done = split(tmp_path, table(1600))
    assert (done.train_count, done.val_count, done.test_count) == (1280, 240, 80)
    quartile = pd.qcut(done.table["metric_ssim"], 4, labels=False)
    counts = pd.crosstab([done.table["type"], quartile], done.table["part"])
    assert len(counts) == 16
    for part, share in {"train": 0.8, "val": 0.15, "test": 0.05}.items():
        assert (np.abs(counts[part] - share * counts.sum(axis=1)) <= 1.5).all(), part
    assert done.facts["shares"] == {"train": 0.8, "val": 0.15, "test": 0.05}
    assert sum(row["test"] for row in done.facts["strata"]) == 80


def test_the_same_seed_gives_the_same_split_and_another_another(tmp_path):
    records = table(200)
    parts = [split(tmp_path, records, seed=seed).table["part"].tolist() for seed in (1, 1, 2)]
    assert parts[0] == parts[1] != parts[2]


def test_small_strata_do_not_add_up_to_a_wrong_total(tmp_path):
    # 40 strata of 5 records: of each, 5 % would be a quarter of a record.
    done = split(tmp_path, table(200), quantiles=10)
    assert (done.train_count, done.val_count, done.test_count) == (160, 30, 10)
    assert done.thin_count >= 40 and any("and 30 more" in text or "more." in text for text in done.warnings)


def test_all_records_of_an_image_stand_on_one_side_whatever_their_parameters(tmp_path):
    image = np.arange(600) % 120
    done = split(tmp_path, table(600, image=[f"i{n}.tif" for n in image], param_strength=np.arange(600)))
    assert (sides(done, image) == 1).all() and done.leaking == 0 and done.group_count == 120
    assert abs(done.val_count - 90) <= 5 and abs(done.test_count - 30) <= 5


@pytest.mark.parametrize("known", [True, False])
def test_copies_of_an_image_under_other_names_stand_on_its_side(tmp_path, known):
    images = np.arange(80) % 40
    for number, content in enumerate(images):
        (tmp_path / f"i{number}.bin").write_bytes(bytes([content]) * 50)
    records = table(80, image=[f"i{n}.bin" for n in range(80)])
    if known:
        records["sha256"] = [f"digest {n}" for n in images]
    done = split(tmp_path, records)
    assert (sides(done, images) == 1).all() and done.group_count == 40


def test_images_whose_footprints_overlap_stand_together_and_neighbours_do_not(tmp_path):
    beside = split(tmp_path, table(200, footprint=squares(200, 10), crs="EPSG:32633"))
    assert beside.group_count == 200
    # Pairs that overlap by half.
    shapes = [shapely.box(x, 0, x + 10, 10).wkt for n in range(100) for x in (100 * n, 100 * n + 5)]
    done = split(tmp_path, table(200, footprint=shapes, crs="EPSG:32633"))
    pair = np.repeat(np.arange(100), 2)
    assert (sides(done, pair) == 1).all() and (done.group_count, done.shared_ground) == (100, 0)
    assert done.facts["joined_images"] == 200
    apart = split(tmp_path, table(200, footprint=shapes, crs="EPSG:32633"), join_overlapping=False)
    used = apart.table["part"].to_numpy().reshape(100, 2)
    leaking = (used == "train").sum(axis=1) == 1
    assert apart.group_count == 200 and apart.shared_ground == leaking.sum() > 0
    assert any("overlap a training record" in text for text in apart.warnings)


def test_different_images_of_one_footprint_are_told_where_they_do_not_stand_together(tmp_path):
    records = table(100, footprint=np.repeat(squares(50, 20), 2), crs="EPSG:32633")
    assert split(tmp_path, records).group_count == 50
    done = split(tmp_path, records, join_overlapping=False)
    pairs = (done.table["part"] == "train").to_numpy().reshape(50, 2).sum(axis=1)
    assert done.shared_ground == (pairs == 1).sum() > 0


def test_footprints_of_other_crs_are_compared_on_the_ground(tmp_path):
    here = gpd.GeoSeries([shapely.box(500_000 + 100 * n, 5_400_000, 500_050 + 100 * n, 5_400_050) for n in range(40)])
    there = here.set_crs("EPSG:32633").to_crs("EPSG:4326")
    done = split(
        tmp_path,
        table(80, footprint=[*here.to_wkt(), *there.to_wkt()], crs=["EPSG:32633"] * 40 + ["EPSG:4326"] * 40),
    )
    assert done.group_count == 40 and (sides(done, np.arange(80) % 40) == 1).all()


def test_a_chain_of_overlaps_cannot_be_split_and_blocks_can(tmp_path):
    records = table(400, footprint=squares(400, 8), crs="EPSG:32633")
    with pytest.raises(InputError, match=r"No record is left for validation.*largest of 400 records.*blocks"):
        split(tmp_path, records)
    done = split(tmp_path, records, grouping="blocks", block_size=80.0)
    assert done.val_count and done.test_count and done.shared_ground == 0
    # By hand: neighbours in the row overlap.
    part = done.table["part"].to_numpy()
    both = (part[1:] != "") & (part[:-1] != "")
    assert (part[1:] == part[:-1])[both].all()
    assert done.facts["left_out"]["at the border of a block, over ground of another part"] == done.unused_count > 0
    # What is held out is kept: of two blocks it is the one of training that loses its border.
    block = (8 * np.arange(400) + 5) // 80
    of_block = pd.Series(part).groupby(block).agg(lambda parts: max(parts))
    for n in np.flatnonzero(part == ""):
        beside = {of_block[block[m]] for m in (n - 1, n + 1) if 0 <= m < 400 and block[m] != block[n]}
        assert of_block[block[n]] == "train" or beside & {"val", "test"} - {of_block[block[n]]}
    leaking = split(tmp_path, records, grouping="blocks", block_size=80.0, join_overlapping=False)
    assert leaking.shared_ground > 0 and leaking.unused_count == 0


def test_at_the_border_of_blocks_all_records_of_a_place_are_left_out(tmp_path):
    records = table(400, footprint=np.repeat(squares(200, 8), 2), crs="EPSG:32633")
    done = split(tmp_path, records, grouping="blocks", block_size=80.0)
    part = done.table["part"].to_numpy().reshape(200, 2)
    for one in (0, 1):
        for other in (0, 1):
            left, right = part[:-1, one], part[1:, other]
            both = (left != "") & (right != "")
            assert (left == right)[both].all()
    assert done.shared_ground == 0


def test_groups_stand_whole_on_one_side(tmp_path):
    scene = np.arange(400) // 8
    done = split(tmp_path, table(400, group=[f"s{n}" for n in scene]), grouping="groups")
    assert (sides(done, scene) == 1).all() and done.group_count == 50
    sensor = ["S2" if n % 3 else "L8" for n in range(400)]
    by = split(tmp_path, table(400, param_sensor=sensor), grouping="groups", column="param_sensor", test_share=0.0)
    assert by.group_count == 2 and (sides(by, sensor) == 1).all()
    assert any("instead of 15.0 %" in text for text in by.warnings)


def test_records_without_a_group_stand_for_themselves(tmp_path):
    done = split(tmp_path, table(100, group=["a"] * 20 + [""] * 80), grouping="groups")
    assert done.group_count == 81


def test_with_time_later_records_are_the_test_and_an_image_keeps_its_earliest(tmp_path):
    days = pd.date_range("2025-01-01", periods=200).strftime("%Y-%m-%d").to_numpy()
    days = days[np.random.default_rng(0).permutation(200)]
    done = split(tmp_path, table(200, time=days), order="time")
    limits = done.table.groupby("part")["time"].agg(["min", "max"])
    assert limits.loc["train", "max"] < limits.loc["val", "min"] < limits.loc["val", "max"] < limits.loc["test", "min"]
    assert (done.train_count, done.val_count, done.test_count) == (160, 30, 10)
    order = np.argsort(days)
    image = np.array([f"i{n}" for n in range(200)], object)
    image[order[-1]] = image[order[0]]  # the latest record is of the image of the earliest
    again = split(tmp_path, table(200, time=days, image=image), order="time")
    assert again.table["part"].tolist()[order[0]] == "train" and again.table["part"].tolist()[order[-1]] == ""
    assert again.facts["left_out"] == {"later than what else is known of their image or group": 1}


def test_times_with_zones_are_compared_as_moments_and_records_of_one_time_stay_together(tmp_path):
    # 23:00-05:00 is later than 02:00+00:00 of the next day.
    times = ["2025-01-01T00:00:00"] * 80 + ["2025-03-02T02:00:00+00:00"] * 15 + ["2025-03-01T23:00:00-05:00"] * 5
    done = split(tmp_path, table(100, time=times), order="time")
    assert done.table["part"].tolist() == ["train"] * 80 + ["val"] * 15 + ["test"] * 5
    with pytest.raises(InputError, match="same time"):
        split(tmp_path, table(10, time="2025-01-01"), order="time")
    with pytest.raises(InputError, match="No record has a time"):
        split(tmp_path, table(10), order="time")


def test_in_folds_each_record_that_is_not_test_is_validated_once(tmp_path):
    image = np.arange(400) % 100
    done = split(tmp_path, table(400, image=[f"i{n}.tif" for n in image]), folds=5)
    test = done.table["part"] == "test"
    assert set(done.table["fold"][~test]) == {1, 2, 3, 4, 5} and (done.table["fold"][test] == 0).all()
    assert ((done.table["part"] == "val") == (done.table["fold"] == 1)).all()
    assert (sides(done, image) == 1).all()
    sizes = done.table["fold"][~test].value_counts()
    assert sizes.max() - sizes.min() <= 8 and sum(done.facts["fold_records"]) == (~test).sum()


def test_types_are_brought_to_their_shares_by_leaving_out_evenly_over_quality(tmp_path):
    kind = ["a"] * 500 + ["b"] * 300 + ["c"] * 300 + ["d"] * 100 + ["e"] * 40
    done = split(tmp_path, table(1240, type=kind), balance="a=30, b=25, c=25, d=20")
    used = done.table[done.table["part"] != ""]
    # d limits: 100 are 20 % of 500.
    assert used["type"].value_counts().to_dict() == {"a": 150, "b": 125, "c": 125, "d": 100}
    assert done.facts["left_out"] == {"more than their type's share": 700, "of types without a share": 40}
    # The largest is a: 500 are 30 % of 1667, of which 417 are b and c, 333 d.
    assert done.facts["short_of_share"] == {"b": 117, "c": 117, "d": 233}
    quartile = pd.cut(done.table["metric_ssim"], [-1, *np.quantile(done.table["metric_ssim"], [0.25, 0.5, 0.75]), 2])
    before, after = (t.groupby(quartile, observed=True).size() / len(t) for t in (done.table[:500], used[:150]))
    assert np.abs(before - after).max() < 0.02
    parts = pd.crosstab(used["type"], used["part"], normalize="index")
    assert np.abs(parts["train"] - 0.8).max() < 0.03


@pytest.mark.parametrize("text", ["a=30, b", "a=-1, b=101", "a=50, a=50", "a=30, b=25", "x=50, a=50", "a=nan,b=1"])
def test_a_balance_that_makes_no_sense_is_refused(text):
    with pytest.raises(ParameterError, match="BALANCE"):
        balance.parse(text, ["a", "b"])


def test_a_balance_can_be_in_percent_parts_or_equal():
    assert (
        balance.parse("a=75%; b=25", ["a", "b"]) == balance.parse("a=0.75,b=0.25", ["a", "b"]) == {"a": 0.75, "b": 0.25}
    )
    assert balance.parse("equal", ["b", "a", "a"]) == {"a": 0.5, "b": 0.5}
    assert balance.parse("  ", ["a"]) is None


def test_types_with_one_image_are_learnt_and_named_as_missing_elsewhere(tmp_path):
    rare = [f"rare {n}" for n in range(20)]
    done = split(tmp_path, table(100, type=[*rare, *["usual"] * 80]))
    assert set(done.table["part"][:20]) == {"train"} and (done.val_count, done.test_count) == (15, 5)
    assert done.facts["types_lacking"] == {"val": sorted(rare), "test": sorted(rare)}
    assert any(text.startswith("Types without records in the test: rare 0, rare 1") for text in done.warnings)


def test_classes_of_quality_with_too_few_records_are_named_also_those_with_none(tmp_path):
    ssim = np.where(np.arange(400) % 4 == 3, np.linspace(0.9, 0.95, 400), np.linspace(0.1, 0.8, 400))
    done = split(tmp_path, table(400, metric_ssim=ssim), quantiles=2)
    lowest = f"water, ssim below {np.median(ssim):.4g}"
    assert done.facts["too_few"] == {lowest: 0}
    assert any(f"{lowest} (0)" in text for text in done.warnings)


def test_unknown_quality_is_a_class_of_its_own_and_the_first_metric_serves_where_there_is_no_ssim(tmp_path):
    accuracy = np.where(np.arange(200) < 40, np.nan, np.linspace(0, 1, 200))
    records = table(200, type="t", metric_accuracy=accuracy).drop(columns="metric_ssim")
    done = split(tmp_path, records, quantiles=2)
    assert done.facts["metric"] == "accuracy"
    unknown = next(row for row in done.facts["strata"] if "unknown" in row["name"])
    assert (unknown["train"], unknown["val"], unknown["test"]) == (32, 6, 2)
    with pytest.raises(InputError, match=r"has no metric 'psnr'\. It has: accuracy"):
        split(tmp_path, records, metric="psnr")


def test_a_tenth_is_chosen_to_look_at_evenly_with_a_list_and_a_layer(tmp_path):
    made = make_records(tmp_path, 80, size=8)
    done = split(
        tmp_path, made, inspection=tmp_path / "look.csv", inspection_layer=tmp_path / "look.gpkg",
        report=tmp_path / "split.html",
    )  # fmt: skip
    look = pd.read_csv(tmp_path / "look.csv", keep_default_na=False)
    assert done.inspect_count == len(look) == 8 and look["type"].value_counts().max() <= 3
    assert set(look["record_id"]) == set(done.table["record_id"][done.table["inspect"] == 1])
    assert {"verdict", "remark", "ssim"} <= set(look) and all(look["image"].map(lambda p: (tmp_path / p).is_file()))
    layer = gpd.read_file(tmp_path / "look.gpkg", layer="inspect").set_index("record_id")
    expected = made.footprints().set_index("record_id").geometry.loc[layer.index]
    assert set(layer.index) == set(look["record_id"]) and layer.crs == "EPSG:32633"
    assert layer.geometry.area.tolist() == pytest.approx(expected.area.tolist())
    assert layer.geometry.intersection(expected).area.tolist() == pytest.approx(expected.area.tolist())
    page = (tmp_path / "split.html").read_text(encoding="utf-8")
    assert "<svg" in page and "forest" in page
    # What was chosen where nothing was given.
    assert re.search(r"Metric of the classes of quality</td>\s*<td[^>]*>ssim<", page)
    write_records(tmp_path / "records.csv", made.table.assign(footprint="", crs=""))
    with pytest.raises(InputError, match="INSPECTION_LAYER"):
        split(tmp_path, None, inspection_layer=tmp_path / "none.gpkg")


def test_images_are_found_from_the_new_table_too(tmp_path):
    make_records(tmp_path, 40, size=8)
    done = split(tmp_path, None)
    assert all(path.is_file() for path in done.read.images)
    assert done.read.rows("train").size == done.train_count == 32
    run_stage_class(SplitRecords, records=tmp_path / "records.csv", records_out=tmp_path / "beside.csv")
    assert open_records(tmp_path / "beside.csv").table["image"][0] == "images/image_00000.tif"


def test_images_that_do_not_exist_are_told(tmp_path):
    assert any("do not exist: 100" in text for text in split(tmp_path, table(100)).warnings)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"val_share": 0.9, "test_share": 0.1}, "leave too little"),
        ({"val_share": 0.0, "test_share": 0.0}, "nothing is held out"),
        ({"grouping": "groups", "column": "scene"}, "no column 'scene'"),
        ({"grouping": "groups"}, "is empty"),
        ({"grouping": "blocks"}, "no footprints"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_is_written(tmp_path, values, error):
    with pytest.raises((InputError, ParameterError), match=error):
        split(tmp_path, table(50), **values)
    assert not (tmp_path / "out" / "split.csv").exists()


def test_an_empty_table_and_one_of_a_single_image_are_refused(tmp_path):
    with pytest.raises(InputError, match="has no records"):
        split(tmp_path, table(1).iloc[:0])
    with pytest.raises(InputError, match="No record is left for validation"):
        split(tmp_path, table(30, image="one.tif"))


def test_groups_of_any_size_are_dealt_near_their_shares():
    random = np.random.default_rng(0)
    size, stratum = random.integers(1, 9, 500), random.integers(0, 6, 500)
    part = deal(stratum, size, [0.8, 0.15, 0.05], np.random.default_rng(1))
    got = np.bincount(part, size) / size.sum()
    assert got == pytest.approx([0.8, 0.15, 0.05], abs=0.01)
    for s in range(6):
        here = np.bincount(part[stratum == s], size[stratum == s], minlength=3) / size[stratum == s].sum()
        assert here == pytest.approx([0.8, 0.15, 0.05], abs=0.04)


def test_records_are_read_by_the_part_they_got(tmp_path):
    done = split(tmp_path, table(100))
    assert isinstance(done.read, Records)
    assert sum(len(done.read.rows(part)) for part in ("train", "val", "test")) == 100


def test_other_programs_words_for_missing_numbers_are_understood(tmp_path):
    write_records(tmp_path / "r.csv", table(3, param_k=["1", "NA", "nan"], metric_ssim=["0.5", "NaN", "0.7"]))
    read = open_records(tmp_path / "r.csv")
    np.testing.assert_array_equal(read.metric("ssim"), [0.5, np.nan, 0.7])
    np.testing.assert_array_equal(read.table["param_k"].to_numpy(float), [1, np.nan, np.nan])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"record_id;image\r\na;b\r\n", "commas"),
        ("record_id,image\na,W\u00e4ldle\n".encode("latin-1"), "UTF-8"),
        (b"record_id,image\na,b,c\n\na,b,c,d\n", r"saw 4\.$"),
    ],
)
def test_a_table_in_another_form_is_refused_with_what_to_do(tmp_path, content, told):
    (tmp_path / "r.csv").write_bytes(content)
    with pytest.raises(InputError, match=told):
        open_records(tmp_path / "r.csv")


def test_a_name_that_no_report_could_show_is_refused(tmp_path):
    write_records(tmp_path / "r.csv", table(3).assign(type=["crop", "x" * 5000, "crop"]))
    with pytest.raises(InputError, match="5,000 characters in the column type"):
        open_records(tmp_path / "r.csv")


def test_a_metric_without_any_value_is_passed_over(tmp_path):
    done = split(tmp_path, table(40, metric_psnr=np.linspace(20, 40, 40)).assign(metric_ssim=np.nan))
    assert done.facts["metric"] == "psnr"
