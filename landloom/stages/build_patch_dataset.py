"""Build patch data set: plan, extract, check, describe, split, validate and summarize in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..stage import Stage
from ._common import as_in
from .check_patches import CheckPatches
from .describe_patches import DescribePatches
from .extract_patches import ExtractPatches
from .plan_patches import PlanPatches
from .split_dataset import SplitDataset
from .summarize_dataset import SummarizeDataset
from .validate_dataset import ValidateDataset

# Each step and how far the whole is when it is done.
STEPS = (
    (PlanPatches, 0.1),
    (ExtractPatches, 0.7),
    (CheckPatches, 0.8),
    (DescribePatches, 0.85),
    (SplitDataset, 0.9),
    (ValidateDataset, 0.97),
    (SummarizeDataset, 1.0),
)
# Every step has these; the whole has those of one.
OF_STEP = {"footprints": SplitDataset, "report": SummarizeDataset, "images": PlanPatches, "mosaic": PlanPatches}


@dataclass(frozen=True)
class BuildPatchDataset(Stage):
    """Make a checked, split and validated data set of image patches from training polygons in one go.

    Runs Plan patches, Extract patches, Check patches, Describe patches, Split data set, Validate data set and
    Summarize data set. A run that was interrupted goes on where it was when it is started again with the same settings.
    """

    id = "build_patch_dataset"
    title = "Build patch data set"
    group = "Patch data sets"

    source: Any = as_in(PlanPatches, "source")
    images: Any = as_in(PlanPatches, "images")
    mosaic: Any = as_in(PlanPatches, "mosaic")
    polygons: Any = as_in(PlanPatches, "polygons")
    class_field: Any = as_in(PlanPatches, "class_field")
    name_field: Any = as_in(PlanPatches, "name_field")
    classes: Any = as_in(PlanPatches, "classes")
    polygon_table: Any = as_in(PlanPatches, "polygon_table")
    geometry_column: Any = as_in(PlanPatches, "geometry_column")
    connection: Any = as_in(PlanPatches, "connection")
    aoi: Any = as_in(PlanPatches, "aoi")
    bands: Any = as_in(PlanPatches, "bands")
    resampling: Any = as_in(PlanPatches, "resampling")
    patch_size: Any = as_in(PlanPatches, "patch_size")
    patches_per_polygon: Any = as_in(PlanPatches, "patches_per_polygon")
    jitter: Any = as_in(PlanPatches, "jitter")
    smallest: Any = as_in(PlanPatches, "smallest")
    start_date: Any = as_in(PlanPatches, "start_date")
    end_date: Any = as_in(PlanPatches, "end_date")
    collection: Any = as_in(PlanPatches, "collection")
    cloud_mask: Any = as_in(PlanPatches, "cloud_mask")
    most_cloud: Any = as_in(PlanPatches, "most_cloud")
    reducer: Any = as_in(PlanPatches, "reducer")
    scale: Any = as_in(PlanPatches, "scale")
    crs: Any = as_in(PlanPatches, "crs")
    ee_project: Any = as_in(ExtractPatches, "ee_project")
    ee_key: Any = as_in(ExtractPatches, "ee_key")
    ee_url: Any = as_in(ExtractPatches, "ee_url")
    attempts: Any = as_in(ExtractPatches, "attempts")
    most_failed: Any = as_in(ExtractPatches, "most_failed")
    storage: Any = as_in(ExtractPatches, "storage")
    grouping: Any = as_in(SplitDataset, "grouping")
    val_share: Any = as_in(SplitDataset, "val_share")
    test_share: Any = as_in(SplitDataset, "test_share")
    folds: Any = as_in(SplitDataset, "folds")
    worst_tier: Any = as_in(SplitDataset, "worst_tier")
    block_size: Any = as_in(SplitDataset, "block_size")
    join_overlapping: Any = as_in(SplitDataset, "join_overlapping")
    least_train: Any = as_in(ValidateDataset, "least_train")
    least_val: Any = as_in(ValidateDataset, "least_val")
    leaking_allowed: Any = as_in(ValidateDataset, "leaking_allowed")
    overwrite: Any = as_in(PlanPatches, "overwrite")
    seed: Any = as_in(PlanPatches, "seed")
    jobs: Any = as_in(ExtractPatches, "jobs")
    year: Any = as_in(PlanPatches, "year")
    month: Any = as_in(PlanPatches, "month")
    dataset: Any = as_in(PlanPatches, "dataset")
    footprints: Any = as_in(SplitDataset, "footprints")
    report: Any = as_in(SummarizeDataset, "report")
    patch_count: Any = as_in(SummarizeDataset, "patch_count")
    polygon_count: Any = as_in(PlanPatches, "polygon_count")
    left_out_count: Any = as_in(PlanPatches, "left_out_count")
    class_count: Any = as_in(PlanPatches, "class_count")
    failed_count: Any = as_in(ExtractPatches, "failed_count")
    seconds: Any = as_in(ExtractPatches, "seconds")
    nan_share: Any = as_in(SummarizeDataset, "nan_share")
    excellent_count: Any = as_in(CheckPatches, "excellent_count")
    poor_count: Any = as_in(CheckPatches, "poor_count")
    train_count: Any = as_in(SplitDataset, "train_count")
    val_count: Any = as_in(SplitDataset, "val_count")
    test_count: Any = as_in(SplitDataset, "test_count")
    leaking: Any = as_in(SplitDataset, "leaking")
    shared_ground: Any = as_in(SplitDataset, "shared_ground")

    def check(self) -> None:
        """What the steps would say, said before the first one runs."""
        for step, _ in STEPS:
            step.from_values(self._for(step))

    def run(self, job: Any) -> dict:
        """Run the steps. Where the validation fails, the summary is still written."""
        from ..runner import run_stage

        found: dict = {}
        failed, done = None, 0.0
        for step, until in STEPS:
            with job.within(done, until):
                try:
                    outputs = run_stage(step, self._for(step), job)
                except InputError as error:
                    if step is not ValidateDataset:
                        raise
                    failed, outputs = error, {}
            # The counts of failed patches and of failed checks have one name; the first is meant.
            found = {**outputs, **found} if step is ValidateDataset else {**found, **outputs}
            done = until
        if failed:
            raise failed
        return {name: found[name] for name in self.values()}

    def _for(self, step: type[Stage]) -> dict:
        """What a step gets of the parameters of the whole."""
        return {
            name: getattr(self, name)
            for name in step.parameters()
            if name in self.parameters() and OF_STEP.get(name, step) is step
        }
