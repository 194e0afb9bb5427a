"""Describe patches: one table with all that is known of each patch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stage import FileOut, NumberOutput, Stage, declare
from . import _common as common


@dataclass(frozen=True)
class DescribePatches(Stage):
    """Write a table with a row a patch, and statistics of the whole data set.

    The table joins the plan, the log of the extraction, the quality report and, where there is one, the split. The
    statistics hold the number of patches by class and tier, and each band's mean and standard deviation over all
    pixels.
    """

    id = "describe_patches"
    title = "Describe patches"
    group = "Patch data sets"

    dataset: Any = common.dataset()
    report: Any = declare(FileOut("Report", "Statistics by class and band.", extension="html", optional=True))
    dataset_out: Any = common.dataset_out()
    patch_count: Any = declare(NumberOutput("Number of patches extracted"))
    failed_count: Any = declare(NumberOutput("Number of patches that failed"))
    polygon_count: Any = declare(NumberOutput("Number of polygons"))
    class_count: Any = declare(NumberOutput("Number of classes"))

    def run(self, job: Any) -> dict:
        """Join, measure, write."""
        from .. import report
        from ..patches import description, opening
        from ..patches.dataset import METADATA, open_dataset

        dataset = open_dataset(self.dataset)
        with dataset.locked():
            table = description.describe(dataset)
            found = description.statistics(dataset, table, description.band_statistics(dataset, job.part(0, 0.8)))
            dataset.write_table(METADATA, table)
            dataset.write_json(description.STATISTICS, found)
            dataset.write_text("reports/metadata_summary.txt", description.summary_lines(dataset, found))
        lost = found["patches"]["extracted"] - found["patches"]["existing"]
        if lost > 0:
            job.warning(f"Patches that were extracted, but whose files are missing: {lost:,}.")
        if self.report:
            report.write(
                self.report,
                "patch_description.html",
                title="Patch data set",
                subtitle=f"{dataset.folder} from {opening.label(dataset)}",
                warnings=job.warnings,
                found=found,
            )
        return {
            "dataset_out": self.dataset,
            "patch_count": found["patches"]["extracted"],
            "failed_count": found["patches"]["failed"],
            "polygon_count": found["polygons"]["used"],
            "class_count": sum(c["patches"] > 0 for c in found["classes"]),
        }
