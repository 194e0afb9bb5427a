"""The page about a data set: figures, criteria and what comes next, and no pass that is out of date."""

import numpy as np
import pandas as pd
import pytest
from datasets import make_dataset, run_stage_class

from landloom.errors import InputError
from landloom.stages.check_patches import CheckPatches
from landloom.stages.split_dataset import SplitDataset
from landloom.stages.summarize_dataset import SummarizeDataset
from landloom.stages.validate_dataset import ValidateDataset


def checked(folder, missing=0.0, failed=(), **values):
    patches = np.random.default_rng(0).random((60, 4, 4, 2)).astype(np.float32)
    patches.reshape(60, -1)[:, : round(32 * missing)] = np.nan
    make_dataset(
        folder, patches, np.repeat([1, 2], 30), np.repeat(np.arange(20), 3), dtype="float32", failed=failed,
        names={1: "Felder & <Wiesen>", 2: "Wald"},
    )  # fmt: skip
    run_stage_class(CheckPatches, dataset=folder)
    run_stage_class(SplitDataset, dataset=folder, worst_tier="poor", **values)


def summarized(folder, **values):
    done = run_stage_class(SummarizeDataset, dataset=folder, **values)
    done.text = (folder / "DATASET_COMPLETE.txt").read_text(encoding="utf-8")
    done.page = (folder / "dataset_report.html").read_text(encoding="utf-8")
    return done


def test_a_sound_data_set_meets_all_criteria_and_the_next_step_is_training(tmp_path):
    checked(tmp_path)
    run_stage_class(ValidateDataset, dataset=tmp_path)
    done = summarized(tmp_path, report=tmp_path / "copy.html")
    assert (done.criteria_met_count, done.criteria_count, done.warnings) == (4, 4, [])
    assert (done.success_share, done.nan_share, done.leaking, done.patch_count) == (1, 0, 0, 60)
    assert done.text.startswith("Patch data set: complete (4 of 4 criteria met)")
    assert "Train patch classifier" in done.text
    assert "Felder &amp; &lt;Wiesen&gt;" in done.page
    assert done.page.count("data:image/png;base64,") == 5
    assert (tmp_path / "copy.html").read_text(encoding="utf-8") == done.page


def test_each_criterion_that_is_not_met_is_named(tmp_path):
    checked(tmp_path, missing=0.25, failed=range(0, 12, 2), grouping="patches")
    done = summarized(tmp_path)
    assert done.criteria_met_count == 0
    assert done.success_share == pytest.approx(0.9)
    assert done.nan_share == pytest.approx(0.25)
    assert done.leaking > 0
    assert len(done.warnings) == 4
    assert "NOT COMPLETE (0 of 4" in done.text
    assert "Extract patches, to try those that failed once more: 6" in done.text
    assert "Not all criteria are met" in done.page


def test_a_validation_from_before_another_split_does_not_count(tmp_path):
    checked(tmp_path)
    run_stage_class(ValidateDataset, dataset=tmp_path)
    run_stage_class(SplitDataset, dataset=tmp_path, seed=7)
    assert "changed since" in summarized(tmp_path).text
    run_stage_class(ValidateDataset, dataset=tmp_path)
    assert summarized(tmp_path).criteria_met_count == 4


def test_a_failed_validation_counts_as_failed(tmp_path):
    checked(tmp_path)
    path = tmp_path / "metadata/val_split.csv"
    pd.read_csv(path, dtype=str)[:1].to_csv(path, index=False)
    with pytest.raises(InputError):
        run_stage_class(ValidateDataset, dataset=tmp_path)
    done = summarized(tmp_path)
    assert done.criteria_met_count == 3
    assert "[ ] Validation passed: 9 of 10 checks" in done.text


def test_a_data_set_that_was_not_split_or_whose_validation_is_damaged_is_refused(tmp_path):
    make_dataset(tmp_path / "a", np.ones((4, 2, 2, 1)), [1] * 4)
    run_stage_class(CheckPatches, dataset=tmp_path / "a")
    with pytest.raises(InputError, match="Run 'Split data set' first"):
        summarized(tmp_path / "a")
    assert not (tmp_path / "a/DATASET_COMPLETE.txt").exists()
    checked(tmp_path / "b")
    (tmp_path / "b/metadata/validation.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="damaged"):
        summarized(tmp_path / "b")
