"""Validating a data set: each of the ten checks fails on what it is for, and on nothing else."""

import json
import shutil

import h5py
import numpy as np
import pandas as pd
import pytest
from datasets import make_dataset, run_stage_class
from matplotlib.image import imread

from landloom.errors import InputError
from landloom.job import Job
from landloom.patches import validation
from landloom.patches.dataset import open_dataset
from landloom.stages.check_patches import CheckPatches
from landloom.stages.split_dataset import SplitDataset
from landloom.stages.validate_dataset import ValidateDataset

# What each check is about, in their order.
FILES, READABLE, SHAPE, NUMBERS, EMPTY, APART, TRAIN_DONE, VAL_DONE, ENOUGH_TRAIN, ENOUGH_VAL = range(1, 11)


@pytest.fixture
def sound(tmp_path):
    """A data set of 20 polygons with 3 patches each in two classes, split; the folder's name is a difficult one."""

    def maker(hdf5=False, **values):
        folder = tmp_path / ("Datensatz für HDF5" if hdf5 else "Datensatz für npy")
        patches = np.random.default_rng(0).random((60, 4, 4, 2)).astype(np.float32)
        make_dataset(folder, patches, np.repeat([1, 2], 30), np.repeat(np.arange(20), 3), dtype="float32", hdf5=hdf5)
        run_stage_class(CheckPatches, dataset=folder)
        run_stage_class(SplitDataset, dataset=folder, **values)
        return folder

    return maker


def failing(folder, **values):
    """The numbers of the checks that fail."""
    found = validation.validate(open_dataset(folder), values.get("least_train", 5), 2, False, Job())
    return [number for number, check in enumerate(found.checks, start=1) if not check.passed]


def edit(folder, name, change):
    path = folder / name
    table = pd.read_csv(path, dtype={"patch_id": str})
    change(table).to_csv(path, index=False)


@pytest.mark.parametrize("hdf5", [False, True])
def test_a_sound_data_set_passes_all_ten(sound, hdf5):
    folder = sound(hdf5, test_share=0.2)
    done = run_stage_class(ValidateDataset, dataset=folder, report=folder / "validation.html")
    assert (done.passed_count, done.failed_count, done.warnings) == (10, 0, [])
    report = (folder / "reports/validation_report.txt").read_text(encoding="utf-8")
    assert report.count("passed ") == 10 and "FAILED" not in report
    assert imread(folder / "visualizations/validation_samples.png").ndim == 3
    assert (folder / "validation.html").read_text(encoding="utf-8").count("✓") == 10


def test_a_missing_file(sound):
    folder = sound()
    (folder / "patches/patch_003_1.npy").unlink()
    with pytest.raises(InputError, match=r"1 of 10 checks .* failed:\n  Files exist: missing: 003_1\n"):
        run_stage_class(ValidateDataset, dataset=folder, report=folder / "validation.html")
    report = (folder / "reports/validation_report.txt").read_text(encoding="utf-8")
    assert "1. FAILED  Files exist: missing: 003_1" in report
    assert "003_1" in (folder / "validation.html").read_text(encoding="utf-8")
    assert (folder / "visualizations/validation_samples.png").is_file()
    assert json.loads((folder / "metadata/validation.json").read_text())["passed"] is False
    shutil.rmtree(folder / "patches")
    assert failing(folder)[0] == FILES


def test_damaged_files(sound):
    folder = sound()
    path = folder / "patches/patch_003_1.npy"
    path.write_bytes(path.read_bytes()[:-9])
    assert failing(folder) == [READABLE]
    path.write_bytes(b"")
    assert failing(folder) == [READABLE]
    np.save(path, np.array([{"code": "that pickle would run"}]), allow_pickle=True)
    assert failing(folder) == [READABLE]


def test_another_shape_another_type_and_no_values(sound):
    folder = sound()
    path = folder / "patches/patch_003_1.npy"
    np.save(path, np.ones((2, 4, 4), np.float32))
    assert failing(folder) == [SHAPE]
    np.save(path, np.full((4, 4, 2), "text"))
    assert failing(folder) == [NUMBERS]
    np.save(path, np.full((4, 4, 2), np.nan, np.float32))
    assert failing(folder) == [EMPTY]
    np.save(path, np.ones((4, 4, 2), np.int16))
    assert failing(folder) == []


def test_an_empty_patch_that_the_split_leaves_out_harms_nothing_and_is_told(sound):
    folder = sound()
    edit(folder, "metadata/train_split.csv", lambda t: t[t["polygon_id"] != t["polygon_id"][0]])
    used = {
        i for part in ("train", "val") for i in pd.read_csv(folder / f"metadata/{part}_split.csv").patch_id.map(str)
    }
    idle = [i for i in open_dataset(folder).manifest()["patch_id"] if i not in used]
    np.save(folder / f"patches/patch_{idle[0]}.npy", np.full((4, 4, 2), np.nan, np.float32))
    checks = validation.validate(open_dataset(folder), 5, 2, False, Job()).checks
    assert checks[EMPTY - 1].passed and checks[EMPTY - 1].detail == "57 patches; 1 more are empty and not used"


def test_all_patches_are_read_also_those_that_the_split_leaves_out(sound):
    folder = sound(worst_tier="excellent")
    edit(folder, "metadata/train_split.csv", lambda t: t[t["polygon_id"] != t["polygon_id"][0]])
    used = set(pd.read_csv(folder / "metadata/train_split.csv", dtype=str)["patch_id"])
    used |= set(pd.read_csv(folder / "metadata/val_split.csv", dtype=str)["patch_id"])
    ids = open_dataset(folder).manifest()["patch_id"]
    (folder / f"patches/patch_{next(i for i in ids if i not in used)}.npy").write_bytes(b"")
    assert failing(folder) == [READABLE]


def test_an_hdf5_that_is_damaged_short_or_of_other_patches(sound):
    folder = sound(hdf5=True)
    path = folder / "patches/patches.h5"
    with h5py.File(path, "a") as file:
        file["patches"][7] = np.nan
    assert failing(folder) == [EMPTY]
    with h5py.File(path, "a") as file:
        ids = file["patch_id"].asstr()[:]
        file["patch_id"][1] = ids[2]
    assert failing(folder) == [FILES, EMPTY]
    with h5py.File(path, "a") as file:
        del file["patches"]
        file["patches"] = np.ones((60, 2, 4, 4), np.float32)
        file["patch_id"][1] = ids[1]
    assert failing(folder) == [SHAPE]
    path.write_bytes(b"no HDF5")
    assert FILES in failing(folder)


def test_a_damaged_block_of_an_hdf5_fails_its_own_patches_alone(sound):
    folder = sound(hdf5=True)
    path = folder / "patches/patches.h5"
    with h5py.File(path, "a") as file:
        pixels = file["patches"][:]
        del file["patches"]
        file.create_dataset("patches", data=pixels, chunks=(10, 4, 4, 2), fletcher32=True)
    with h5py.File(path) as file:
        place = file["patches"].id.get_chunk_info(2).byte_offset
    with path.open("r+b") as stream:
        stream.seek(place)
        stream.write(b"\xff" * 16)
    found = validation.validate(open_dataset(folder), 5, 2, False, Job())
    assert np.flatnonzero(~found.pixels.readable).tolist() == list(range(20, 30))


def test_a_patch_on_both_sides(sound):
    folder = sound()
    val = pd.read_csv(folder / "metadata/val_split.csv", dtype={"patch_id": str})
    edit(folder, "metadata/train_split.csv", lambda t: pd.concat([t, val.iloc[:1]]))
    assert failing(folder) == [APART]


def test_a_polygon_on_both_sides_fails_unless_it_is_allowed_and_is_told_then(sound):
    folder = sound(grouping="patches")
    assert failing(folder) == [APART]
    with pytest.raises(InputError, match="polygons have patches on several sides"):
        run_stage_class(ValidateDataset, dataset=folder)
    done = run_stage_class(ValidateDataset, dataset=folder, leaking_allowed=True)
    assert any("Leaking split" in text for text in done.warnings)


@pytest.mark.parametrize(("name", "check"), [("train", TRAIN_DONE), ("val", VAL_DONE)])
def test_a_patch_that_was_not_extracted_or_never_planned(sound, name, check):
    folder = sound()
    split = f"metadata/{name}_split.csv"
    first = pd.read_csv(folder / split, dtype={"patch_id": str})["patch_id"][0]
    edit(folder, split, lambda t: pd.concat([t, t.iloc[:1].assign(patch_id="999_0")]))
    assert failing(folder) == [check]
    edit(folder, split, lambda t: t[t["patch_id"] != "999_0"])
    edit(
        folder, "metadata/extraction_log.csv",
        lambda t: t.assign(status=t["status"].where(t["patch_id"] != first, "failed")),
    )  # fmt: skip
    assert failing(folder) == [check]


def test_too_few_patches_of_a_class(sound):
    folder = sound()
    assert failing(folder, least_train=24) == []
    assert failing(folder, least_train=25) == [ENOUGH_TRAIN]
    edit(folder, "metadata/val_split.csv", lambda t: pd.concat([t[t["class_id"] == 1], t[t["class_id"] == 2][:2]]))
    assert failing(folder) == []
    edit(folder, "metadata/val_split.csv", lambda t: t[:-1])
    assert failing(folder) == [ENOUGH_VAL]
    (folder / "metadata/val_split.csv").unlink()
    assert failing(folder) == [ENOUGH_VAL]


def test_a_data_set_that_was_not_split_is_refused(tmp_path):
    make_dataset(tmp_path, np.ones((4, 2, 2, 1)), [1] * 4)
    with pytest.raises(InputError, match="Run 'Split data set' first"):
        run_stage_class(ValidateDataset, dataset=tmp_path)
