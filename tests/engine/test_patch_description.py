"""Describing a data set: the joined table, and statistics over all pixels as numpy finds them."""

import json

import h5py
import numpy as np
import pandas as pd
import pytest
from datasets import make_dataset, run_stage_class

from landloom.errors import InputError
from landloom.patches.dataset import METADATA, QUALITY
from landloom.stages.check_patches import CheckPatches
from landloom.stages.describe_patches import DescribePatches

COLUMNS = [
    "patch_id", "polygon_id", "class_id", "class_name", "jitter", "offset_x", "offset_y", "row", "col",
    "center_x", "center_y", "center_lon", "center_lat", "west", "south", "east", "north", "height", "width",
    "bands", "nan_share", "min", "max", "seconds", "attempts", "tier", "path", "exists", "split",
]  # fmt: skip


def described(folder, **values):
    run_stage_class(CheckPatches, dataset=folder)
    done = run_stage_class(DescribePatches, dataset=folder, **values)
    done.table = pd.read_csv(folder / METADATA, dtype={"patch_id": str})
    done.statistics = json.loads((folder / "metadata/dataset_metadata.json").read_text(encoding="utf-8"))
    return done


def some_patches():
    random = np.random.default_rng(2)
    patches = random.normal([100, 5000, -3], [5, 900, 1], (9, 6, 6, 3)).astype(np.float32)
    patches[2, :3, :, 0] = np.nan
    patches[5] = np.nan
    return patches


@pytest.mark.parametrize("hdf5", [False, True])
def test_the_table_has_29_columns_that_join_plan_log_and_quality(tmp_path, hdf5):
    patches = some_patches()
    make_dataset(tmp_path, patches, [1] * 3 + [2] * 6, np.repeat([0, 1, 2], 3), failed=[8], hdf5=hdf5)
    table = described(tmp_path).table
    assert list(table.columns) == COLUMNS
    assert len(COLUMNS) == 29
    manifest = pd.read_csv(tmp_path / "metadata/extraction_manifest.csv", dtype={"patch_id": str})
    shared = [name for name in manifest if name in COLUMNS]
    assert len(shared) == 17
    pd.testing.assert_frame_equal(table[shared], manifest[shared])
    assert (table[["height", "width", "bands"]] == [6, 6, 3]).all().all()
    assert table["nan_share"].to_numpy()[:8] == pytest.approx(np.isnan(patches).mean(axis=(1, 2, 3))[:8])
    assert table["max"].to_numpy()[[0, 2]] == pytest.approx(np.nanmax(patches[[0, 2]], axis=(1, 2, 3)))
    assert table["attempts"].tolist() == [1] * 8 + [4]
    assert table["tier"].fillna("").tolist()[4:] == ["excellent", "poor", "excellent", "excellent", ""]
    assert table["exists"].tolist() == [True] * 8 + [False]
    assert table["split"].isna().all()


def test_band_statistics_are_those_of_all_pixels_that_are_there(tmp_path):
    patches = some_patches()
    make_dataset(tmp_path, patches, [1] * 3 + [2] * 6)
    for i, band in enumerate(described(tmp_path).statistics["bands"]):
        values = patches[..., i][np.isfinite(patches[..., i])].astype(float)
        assert band["values"] == len(values)
        assert band["mean"] == pytest.approx(values.mean())
        assert band["std"] == pytest.approx(values.std())
        assert (band["min"], band["max"]) == (values.min(), values.max())


def test_a_band_without_any_value_has_no_statistics(tmp_path):
    patches = some_patches()
    patches[..., 1] = np.nan
    make_dataset(tmp_path, patches, [1] * 9)
    assert described(tmp_path).statistics["bands"][1]["mean"] is None


def test_counts_by_class_and_tier_and_the_extent(tmp_path):
    make_dataset(tmp_path, some_patches(), [1] * 3 + [2] * 6, np.repeat([0, 1, 2], 3), failed=[8])
    done = described(tmp_path, report=tmp_path / "report.html")
    found = done.statistics
    assert found["patches"] == {"planned": 9, "extracted": 8, "failed": 1, "existing": 8}
    assert [(c["name"], c["polygons"], c["patches"]) for c in found["classes"]] == [
        ("Agriculture", 1, 3),
        ("Forest", 2, 5),
    ]
    assert found["tiers"] == {"excellent": 6, "good": 0, "acceptable": 1, "poor": 1}
    assert found["extent"]["west"] == done.table["west"].min() == 500_000
    assert found["polygons"]["left_out"] == [{"polygon_id": 3, "reason": "smaller than a pixel"}]
    assert (done.patch_count, done.failed_count, done.polygon_count, done.class_count) == (8, 1, 3, 2)
    assert "Forest" in (tmp_path / "reports/metadata_summary.txt").read_text(encoding="utf-8")
    assert "smaller than a pixel" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_file_that_has_gone_is_told(tmp_path):
    make_dataset(tmp_path, some_patches()[:3], [1] * 3, hdf5=True)
    run_stage_class(CheckPatches, dataset=tmp_path)
    with h5py.File(tmp_path / "patches/patches.h5", "a") as file:
        del file["patches"]
    with pytest.raises(InputError, match=r"patches\.h5 cannot be read"):
        run_stage_class(DescribePatches, dataset=tmp_path)
    assert not (tmp_path / METADATA).exists()


def test_without_a_coordinate_reference_system_the_degrees_stay_empty(tmp_path):
    make_dataset(tmp_path, some_patches()[:3], [1] * 3, epsg=None)
    done = described(tmp_path)
    assert done.table["center_lon"].isna().all()
    assert done.statistics["centers"] is None


def test_an_unchecked_data_set_and_a_quality_report_of_another_plan_are_refused(tmp_path):
    make_dataset(tmp_path, some_patches()[:3], [1] * 3)
    with pytest.raises(InputError, match="Run 'Check patches' first"):
        run_stage_class(DescribePatches, dataset=tmp_path)
    run_stage_class(CheckPatches, dataset=tmp_path)
    table = pd.read_csv(tmp_path / QUALITY, dtype={"patch_id": str})
    table.iloc[:2].to_csv(tmp_path / QUALITY, index=False)
    with pytest.raises(InputError, match="Run 'Check patches' again"):
        run_stage_class(DescribePatches, dataset=tmp_path)
