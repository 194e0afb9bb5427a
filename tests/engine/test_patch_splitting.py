"""Splitting a data set: no ground on both sides, shares by class, folds, and what is told."""

import json

import numpy as np
import pandas as pd
import pytest
import shapely
from datasets import make_dataset, run_stage_class
from sklearn.model_selection import GroupKFold

from landloom import splits
from landloom.errors import InputError, OutputError, ParameterError
from landloom.patches import splitting
from landloom.patches.dataset import FOLDS, METADATA, open_dataset
from landloom.stages.check_patches import CheckPatches
from landloom.stages.describe_patches import DescribePatches
from landloom.stages.split_dataset import SplitDataset


def planned(folder, class_of_polygon, copies=3, missing=(), **options):
    """A checked data set with `copies` patches a polygon; `missing` are numbers of patches that are half empty."""
    polygon = np.repeat(np.arange(len(class_of_polygon)), copies)
    patches = np.random.default_rng(0).random((len(polygon), 4, 4, 2)).astype(np.float32)
    for number in missing:
        patches[number, :2] = np.nan
    make_dataset(folder, patches, np.repeat(class_of_polygon, copies), polygon, dtype="float32", **options)
    run_stage_class(CheckPatches, dataset=folder)
    return open_dataset(folder)


def split(dataset, **values):
    done = run_stage_class(SplitDataset, dataset=dataset.folder, **values)
    done.parts = {name: set(rows.tolist()) for name, rows in dataset.parts().items()}
    return done


def table(folder, name):
    return pd.read_csv(folder / name, dtype={"patch_id": str}, keep_default_na=False)


def test_the_reference_run_of_125_polygons_gives_about_300_and_75_patches(tmp_path):
    classes = np.repeat([1, 2, 3, 4, 5], 25)
    dataset = planned(tmp_path, classes)
    done = split(dataset)
    assert (done.train_count, done.val_count, done.test_count, done.leaking) == (300, 75, 0, 0)
    val = table(tmp_path, "metadata/val_split.csv")
    assert list(val.columns) == ["patch_id", "polygon_id", "class_id", "class_name", "path"]
    assert val["class_id"].value_counts().to_dict() == dict.fromkeys([1, 2, 3, 4, 5], 15)
    assert all((tmp_path / path).is_file() for path in val["path"])
    train = table(tmp_path, "metadata/train_split.csv")
    assert not set(train["polygon_id"]) & set(val["polygon_id"])
    before = (tmp_path / "metadata/val_split.csv").read_bytes()
    split(dataset)
    assert (tmp_path / "metadata/val_split.csv").read_bytes() == before
    split(dataset, seed=43)
    assert (tmp_path / "metadata/val_split.csv").read_bytes() != before


def test_three_parts_are_disjoint_and_have_the_shares_that_were_asked_for(tmp_path):
    dataset = planned(tmp_path, [1] * 40 + [2] * 20)
    done = split(dataset, val_share=0.25, test_share=0.15)
    assert (done.train_count, done.val_count, done.test_count) == (108, 45, 27)
    parts = done.parts
    assert len(parts["train"] | parts["val"] | parts["test"]) == 180
    polygon = dataset.manifest()["polygon_id"].to_numpy()
    sides = [set(polygon[list(rows)].tolist()) for rows in parts.values()]
    assert sum(map(len, sides)) == 60
    split(dataset, val_share=0.25)
    assert not (tmp_path / "metadata/test_split.csv").exists()


def test_a_split_by_single_patches_is_named_as_leaking_and_the_polygons_are_counted(tmp_path):
    dataset = planned(tmp_path, [1] * 10 + [2] * 10)
    done = split(dataset, grouping="patches", report=tmp_path / "split.html")
    polygon = dataset.manifest()["polygon_id"].to_numpy()
    both = {int(p) for p in polygon[list(done.parts["train"])]} & {int(p) for p in polygon[list(done.parts["val"])]}
    assert done.leaking == len(both) > 0
    assert any("Leaking split" in text for text in done.warnings)
    assert "LEAKING" in (tmp_path / "reports/split_summary.txt").read_text(encoding="utf-8")
    assert "Leaking split" in (tmp_path / "split.html").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "metadata/split_metadata.json").read_text())["leaks_by_choice"]
    assert "leaking" in SplitDataset.parameters()["grouping"].choices["patches"]


def test_polygons_whose_patches_overlap_stay_on_one_side(tmp_path):
    """Polygons 0 and 1, 2 and 3 … overlap by one column; 1 and 2 only touch."""
    pair, second = np.divmod(np.arange(20), 2)
    cols = pair * 7 + second * 3
    dataset = planned(tmp_path, [1] * 20, copies=1, rows=np.zeros(20, int), cols=cols)
    joined = splitting.joined_polygons(dataset.manifest(), 4)
    assert len(set(joined.tolist())) == 10
    for seed in range(10):
        done = split(dataset, seed=seed)
        assert done.shared_ground == 0
        assert all((row ^ 1 in done.parts["val"]) for row in done.parts["val"])
    assert done.group_count == 10


def test_held_out_patches_on_ground_that_was_learnt_are_counted_where_they_are_not_kept_together(tmp_path):
    dataset = planned(tmp_path, [1] * 20, copies=1, rows=np.zeros(20, int), cols=np.arange(20) * 2)
    done = split(dataset, join_overlapping=False)
    boxes = [shapely.box(2 * i, 0, 2 * i + 4, 4) for i in range(20)]
    train, val = done.parts["train"], done.parts["val"]
    expected = sum(any(boxes[v].intersection(boxes[t]).area > 0 for t in train) for v in val)
    assert done.shared_ground == expected > 0
    assert any(f"overlap training patches of another polygon: {expected}" in text for text in done.warnings)
    with pytest.raises(InputError, match="less jitter"):
        split(dataset)


def test_overlaps_are_those_that_shapely_finds_pair_by_pair(monkeypatch):
    monkeypatch.setattr(splitting, "QUERIES", 7)
    random = np.random.default_rng(3)
    row, col = random.integers(-10, 30, 60).astype(float), random.integers(-10, 30, 60).astype(float)
    boxes = shapely.box(col, row, col + 5, row + 5)
    expected = {(i, j) for i in range(60) for j in range(i + 1, 60) if boxes[i].intersection(boxes[j]).area > 0}
    pairs = np.concatenate([np.column_stack(both) for both in splitting.overlaps(row, col, 5)])
    found = [(a, b) for a, b in pairs.tolist()]
    assert len(found) == len(set(found))
    assert {(min(p), max(p)) for p in found} == expected


def test_blocks_stand_whole_on_one_side(tmp_path):
    rows, cols = np.divmod(np.arange(100), 10)
    dataset = planned(tmp_path, [1, 2] * 50, copies=1, rows=rows * 10, cols=cols * 10)
    done = split(dataset, grouping="blocks", block_size=200, val_share=0.3)
    manifest = dataset.manifest()
    block = (manifest["center_x"] // 200).astype(int) * 10_000_000 + (manifest["center_y"] // 200).astype(int)
    train, val = (set(block.iloc[list(done.parts[name])]) for name in ("train", "val"))
    assert not train & val
    assert done.val_count == pytest.approx(30, abs=4)
    assert json.loads((tmp_path / "metadata/split_metadata.json").read_text())["block_size"] == 200


@pytest.mark.parametrize("folds", [1, 3])
def test_at_the_borders_of_blocks_patches_over_ground_of_another_part_are_left_out(tmp_path, folds):
    rows, cols = np.divmod(np.arange(100), 10)
    # 4 pixels wide, one every 3 pixels: each overlaps its neighbours, in its own block and in the next one.
    dataset = planned(tmp_path, [1, 2] * 50, copies=1, rows=rows * 3, cols=cols * 3)
    done = split(dataset, grouping="blocks", block_size=150, val_share=0.3, folds=folds)
    assert done.shared_ground == 0 < done.unused_count < 50
    assert any(f"over ground of another part: {done.unused_count}" in text for text in done.warnings)
    boxes = [shapely.box(3 * c, 3 * r, 3 * c + 4, 3 * r + 4) for r, c in zip(rows, cols, strict=True)]
    for fold in range(1, folds + 1) if folds > 1 else [None]:
        train, val = (dataset.parts(fold)[name] for name in ("train", "val"))
        assert len(train) + len(val) == 100 - done.unused_count
        assert not any(boxes[v].intersection(boxes[t]).area > 0 for t in train for v in val)
    kept = split(dataset, grouping="blocks", block_size=150, val_share=0.3, folds=folds, join_overlapping=False)
    assert kept.unused_count == 0 < kept.shared_ground


def test_folds_hold_out_each_polygon_once_and_the_files_are_those_of_the_first(tmp_path):
    dataset = planned(tmp_path, [1] * 10 + [2] * 15)
    done = split(dataset, folds=5)
    folds = table(tmp_path, FOLDS)
    assert list(folds.columns) == ["patch_id", "polygon_id", "class_id", "fold"]
    assert done.fold_count == 5 and len(folds) == 75
    assert (folds.groupby("polygon_id")["fold"].nunique() == 1).all()
    assert (folds.groupby(["fold", "class_id"]).size().unstack() == [6, 9]).all().all()
    first = set(folds["patch_id"][folds["fold"] == 1])
    assert first == set(table(tmp_path, "metadata/val_split.csv")["patch_id"])
    assert set(dataset.parts(2)["val"].tolist()) == set(np.flatnonzero(folds["fold"] == 2).tolist())
    split(dataset)
    assert not (tmp_path / FOLDS).exists()


def test_a_class_that_cannot_be_held_out_is_learnt_in_every_fold(tmp_path):
    dataset = planned(tmp_path / "folds", [1, 1, 1, 2, 2, 2, 3])
    split(dataset, folds=3)
    manifest = dataset.manifest()
    lone = set(manifest["patch_id"][manifest["class_id"] == 3])
    for fold in (1, 2, 3):
        parts = {name: set(manifest["patch_id"].iloc[rows]) for name, rows in dataset.parts(fold).items()}
        assert lone <= parts["train"] and not parts["train"] & parts["val"]
        assert parts["train"] | parts["val"] == set(manifest["patch_id"])
    listed = dataset.table("metadata/train_split.csv")["patch_id"]
    assert set(listed) == set(manifest["patch_id"].iloc[dataset.parts(1)["train"]])


def test_poor_patches_are_left_out_and_counted_unless_they_are_wanted(tmp_path):
    dataset = planned(tmp_path, [1] * 10 + [2] * 10, missing=[0, 1, 2, 30], failed=[59])
    done = split(dataset)
    used = done.parts["train"] | done.parts["val"]
    assert used == set(range(60)) - {0, 1, 2, 30, 59}
    assert done.unused_count == 5
    assert any("worse than acceptable: 4" in text for text in done.warnings)
    assert any("not extracted: 1" in text for text in done.warnings)
    done = split(dataset, worst_tier="poor")
    assert done.parts["train"] | done.parts["val"] == set(range(59))


def test_a_class_with_one_polygon_stays_in_training_and_is_named(tmp_path):
    dataset = planned(tmp_path, [1] * 10 + [2])
    done = split(dataset)
    assert {30, 31, 32} <= done.parts["train"]
    assert any("Classes without patches in validation: Forest" in text for text in done.warnings)


def test_a_class_of_which_no_patch_can_be_used_is_named(tmp_path):
    dataset = planned(tmp_path, [1] * 10 + [2], missing=[30, 31, 32])
    assert any("no patch can be used: Forest" in text for text in split(dataset).warnings)


def test_the_description_is_brought_up_to_date(tmp_path):
    dataset = planned(tmp_path, [1] * 10 + [2] * 10)
    run_stage_class(DescribePatches, dataset=tmp_path)
    before = table(tmp_path, METADATA)
    done = split(dataset)
    after = table(tmp_path, METADATA)
    assert set(np.flatnonzero(after["split"] == "val").tolist()) == done.parts["val"]
    pd.testing.assert_frame_equal(before.drop(columns="split"), after.drop(columns="split"))


def test_what_cannot_be_split_is_refused_in_words(tmp_path):
    with pytest.raises(ParameterError, match="VAL_SHARE and TEST_SHARE"):
        run_stage_class(SplitDataset, dataset=tmp_path, val_share=0.6, test_share=0.5)
    with pytest.raises(InputError, match="is no patch data set"):
        run_stage_class(SplitDataset, dataset=tmp_path)
    dataset = planned(tmp_path / "lone", [1, 2])
    with pytest.raises(InputError, match="Nothing can be held out"):
        split(dataset)
    dataset = planned(tmp_path / "poor", [1, 1], copies=1, missing=[0, 1])
    with pytest.raises(InputError, match="allow a worse tier"):
        split(dataset)
    unchecked = make_dataset(tmp_path / "unchecked", np.ones((4, 2, 2, 1)), [1] * 4)
    with pytest.raises(InputError, match="Run 'Check patches' first"):
        split(unchecked)
    assert split(unchecked, worst_tier="poor").train_count == 3


def test_another_run_at_the_same_time_is_refused(tmp_path):
    dataset = planned(tmp_path, [1] * 5)
    with dataset.locked(), pytest.raises(OutputError, match="Another run"):
        split(dataset)


def test_groups_of_very_different_size_still_give_the_share_of_samples():
    random = np.random.default_rng(0)
    for seed in range(50):
        sizes = np.concatenate([[200], random.integers(1, 12, 60)])
        group = np.repeat(np.arange(61), sizes)
        found = splits.split(np.ones(len(group)), group, "polygons", 0.2, 1, seed, by_size=True)
        assert len(found.folds[0][1]) / len(group) == pytest.approx(0.2, abs=0.02)


def test_folds_of_groups_of_different_size_are_as_even_as_those_of_scikit_learn():
    random = np.random.default_rng(1)
    group = np.repeat(np.arange(40), random.integers(1, 30, 40))
    found = splits.split(np.ones(len(group)), group, "polygons", 0.2, 5, 0, by_size=True)
    sizes = [len(held) for _, held in found.folds]
    theirs = [len(held) for _, held in GroupKFold(5).split(group, groups=group)]
    assert max(sizes) - min(sizes) <= max(theirs) - min(theirs)
