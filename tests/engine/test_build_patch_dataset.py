"""All steps of a patch data set in one: the same as the steps alone, whatever happens in between."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from conftest import BANDS, write_raster
from patch_scenes import drawn, in_pixels

from landloom.errors import Cancelled, InputError, ParameterError
from landloom.job import Job
from landloom.patches import from_rasters
from landloom.runner import run_stage
from landloom.stages.build_patch_dataset import STEPS, BuildPatchDataset
from landloom.stages.plan_patches import PlanPatches

# Everything that the specification asks for, and what the steps need of each other.
FILES = {
    *(f"metadata/{name}.json" for name in ("dataset_config", "environment_info", "dataset_metadata", "split_metadata",
                                           "extraction", "validation")),
    *(f"metadata/{name}.csv" for name in ("extraction_manifest", "extraction_log", "patch_metadata", "train_split",
                                          "val_split", "test_split", "folds")),
    "metadata/polygons.gpkg", "reports/quality_report.csv",
    *(f"reports/{name}.txt" for name in ("extraction_strategy_summary", "extraction_summary", "quality_summary",
                                         "metadata_summary", "split_summary", "validation_report")),
    *(f"visualizations/{name}.png" for name in ("jitter_pattern_samples", "nan_distribution", "value_distributions",
                                                "sample_patches_by_class", "split_distribution",
                                                "validation_samples")),
    "DATASET_COMPLETE.txt", "dataset_report.html", ".lock",
}  # fmt: skip
# With times in them, or the folder's name.
TIMED = {
    "metadata/dataset_metadata.json", "metadata/polygons.gpkg", "reports/extraction_summary.txt",
    "reports/metadata_summary.txt", "dataset_report.html", ".lock",
}  # fmt: skip


@pytest.fixture
def given(tmp_path):
    """An image with a gap, and 24 polygons of two classes on it, one of them across the gap."""
    values = np.random.default_rng(1).integers(1, 4000, (4, 120, 160)).astype(np.uint16)
    values[:, 20:24, 0:20] = 0
    write_raster(tmp_path / "image.tif", values, 0, names=BANDS)
    shapes = [in_pixels(8 + 25 * (i % 6), 18 + 28 * (i // 6), 6, 6) for i in range(24)]
    return drawn(tmp_path, shapes, ["Forest", "Water"] * 12) | {"class_field": "class_id"}


def build(given, job: Job | None = None, **values) -> dict:
    return alone(BuildPatchDataset, job, **(given | values))


def alone(stage: type, job: Job | None = None, **values) -> dict:
    with job or Job() as running:
        return run_stage(stage, {k: str(v) if isinstance(v, Path) else v for k, v in values.items()}, running)


def content(folder: Path) -> dict[str, str]:
    """A hash of each file of a data set, without what says when it was made."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name, text = path.relative_to(folder).as_posix(), path.read_bytes()
        if name == "metadata/extraction_log.csv":
            text = pd.read_csv(path).drop(columns=["seconds", "finished"]).to_csv().encode()
        elif name == "metadata/patch_metadata.csv":
            text = pd.read_csv(path).drop(columns="seconds").to_csv().encode()
        elif name == "metadata/validation.json":
            text = json.dumps(json.loads(text)["checks"]).encode()
        elif name.startswith("provenance/") or name in TIMED:
            continue
        found[name] = hashlib.sha256(text).hexdigest()
    return found


def test_it_leaves_what_the_steps_leave_when_they_run_alone(given, tmp_path):
    built = build(given, val_share=0.3, seed=7, worst_tier="good", least_val=1)
    found: dict = {}
    for stage, _ in STEPS:
        more = {
            "plan_patches": given | {"dataset": tmp_path / "alone", "seed": 7},
            "split_dataset": {"val_share": 0.3, "seed": 7, "worst_tier": "good"},
            "validate_dataset": {"least_val": 1},
        }.get(stage.id, {})
        outputs = alone(stage, **({"dataset": tmp_path / "alone"} | more))
        found |= outputs if stage.id != "validate_dataset" else {}
    assert content(Path(built["dataset"])) == content(tmp_path / "alone")
    shared = (built.keys() & found.keys()) - {"dataset", "seconds"}
    assert len(shared) >= 10 and all(built[name] == found[name] for name in shared)


def test_every_file_is_there_and_another_plan_removes_them_all(given):
    built = build(given, test_share=0.2, folds=3, least_train=1, least_val=1)
    folder = Path(built["dataset"])

    def names() -> set[str]:
        return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}

    patches = {f"patches/patch_{p:03d}_{k}.npy" for p in range(1, 25) for k in range(3)}
    provenance = {f"provenance/{step.id}.json" for step in (*(s for s, _ in STEPS), BuildPatchDataset)}
    assert names() == FILES | patches | provenance
    quality = pd.read_csv(folder / "reports/quality_report.csv")
    metadata = pd.read_csv(folder / "metadata/patch_metadata.csv", dtype=str, keep_default_na=False)
    assert (len(quality.columns), len(metadata.columns)) == (11 + 4 * 4, 29)
    parts = {name: (metadata["split"] == name).sum() for name in ("train", "val", "test")}
    assert parts == {name: built[f"{name}_count"] for name in parts} and min(parts.values()) > 0
    # No patch of the earlier plan, no table of its split and no verdict on it stays.
    alone(PlanPatches, **given, seed=7, overwrite=True)
    assert names() == {
        "metadata/dataset_config.json", "metadata/environment_info.json", "metadata/extraction_manifest.csv",
        "metadata/polygons.gpkg", "reports/extraction_strategy_summary.txt", "provenance/plan_patches.json",
        "visualizations/jitter_pattern_samples.png", ".lock",
    }  # fmt: skip


def test_a_failed_validation_fails_but_leaves_the_summary(given):
    with pytest.raises(InputError, match=r"at least 500 training patches: too few"):
        build(given, least_train=500)
    text = (given["dataset"] / "DATASET_COMPLETE.txt").read_text(encoding="utf-8")
    assert text.startswith("Patch data set: NOT COMPLETE") and "[ ] Validation passed: 9 of 10 checks" in text
    assert (given["dataset"] / "dataset_report.html").is_file()


def test_the_failures_it_counts_are_patches(given, monkeypatch):
    """Not the failed checks, of which there is none where it ends well."""
    values = np.random.default_rng(1).integers(1, 4000, (4, 120, 160)).astype(np.uint16)
    write_raster(given["images"], values, 0, names=BANDS, tiled=True, blockxsize=16, blockysize=16, compress="deflate")
    with rasterio.open(given["images"]) as dataset:
        at = int(dataset.get_tag_item("BLOCK_OFFSET_1_0", "TIFF", bidx=1))
    with given["images"].open("r+b") as stream:
        stream.seek(at)
        stream.write(b"\xff" * 50)
    # A polygon to each tile, of which the first is damaged.
    monkeypatch.setattr(from_rasters, "TILE_PIXELS", 32 * 32)
    shapes = [in_pixels(20 + 70 * (i % 2), 5 + 30 * (i // 2), 6, 6) for i in range(8)]
    drawn(given["images"].parent, shapes, ["Forest", "Water"] * 4)
    built = build(given, patch_size=3, least_train=1, least_val=0)
    log = pd.read_csv(given["dataset"] / "metadata/extraction_log.csv")
    assert built["failed_count"] == (log["status"] == "failed").sum() > 0


def test_a_run_that_was_stopped_goes_on(given, tmp_path):
    whole = content(Path(build(given, dataset=tmp_path / "whole")["dataset"]))
    stop, told = threading.Event(), []

    def emit(event: dict) -> None:
        if event.get("rate"):  # patches come in
            stop.set()

    with pytest.raises(Cancelled):
        build(given, Job(emit, cancel=stop))
    assert (given["dataset"] / ".extraction/journal").is_file()
    build(given, Job(told.append))
    assert any("Going on with an earlier run" in e.get("text", "") for e in told)
    assert content(given["dataset"]) == whole


def test_what_a_later_step_would_refuse_is_said_before_the_first(given):
    with pytest.raises(ParameterError, match="VAL_SHARE and TEST_SHARE together"):
        build(given, val_share=0.8, test_share=0.8)
    assert not given["dataset"].exists()


def test_the_progress_never_goes_back_and_a_report_of_a_step_has_its_own_warnings_alone(given):
    events: list[dict] = []
    build(given, Job(events.append))
    progress = [e["fraction"] for e in events if e["type"] == "progress"]
    assert progress == sorted(progress) and progress[-1] == 1
    summary = (given["dataset"] / "reports/split_summary.txt").read_text(encoding="utf-8")
    assert any("more than 20 % is missing" in e.get("text", "") for e in events)
    assert "worse than acceptable" in summary and "more than 20 % is missing" not in summary
