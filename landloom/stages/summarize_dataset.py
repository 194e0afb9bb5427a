"""Summarize data set: everything about it on one page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stage import FileOut, NumberOutput, Stage, declare
from . import _common as common


@dataclass(frozen=True)
class SummarizeDataset(Stage):
    """Put everything about a patch data set on one page: figures, criteria, pictures and next steps.

    The criteria: more than 90 % of the patches extracted, less than 20 % of the values missing, validation
    passed, and no polygon on both sides of the split.
    """

    id = "summarize_dataset"
    title = "Summarize data set"
    group = "Patch data sets"

    dataset: Any = common.dataset()
    report: Any = declare(
        FileOut("Report", "A copy of the data set's own dataset_report.html.", extension="html", optional=True)
    )
    dataset_out: Any = common.dataset_out()
    patch_count: Any = declare(NumberOutput("Number of patches extracted"))
    success_share: Any = declare(NumberOutput("Share of the patches that was extracted", "0 to 1."))
    nan_share: Any = declare(NumberOutput("Share of missing values", "0 to 1."))
    leaking: Any = declare(NumberOutput("Polygons on both sides"))
    criteria_met_count: Any = declare(NumberOutput("Criteria met"))
    criteria_count: Any = declare(NumberOutput("Criteria in all"))

    def run(self, job: Any) -> dict:
        """Gather, judge, write."""
        from .. import report
        from ..patches import quality, summary
        from ..patches.dataset import open_dataset

        dataset = open_dataset(self.dataset)
        with dataset.locked():
            found = summary.summarize(dataset)
            for c in found.criteria:
                if not c.met:
                    job.warning(f"Criterion not met: {c.title} ({c.detail}).")
            dataset.write_text("DATASET_COMPLETE.txt", summary.lines(dataset, found))
            for path in filter(None, (dataset.folder / "dataset_report.html", self.report)):
                report.write(
                    path,
                    "dataset.html",
                    title="Patch data set",
                    subtitle=found.subtitle,
                    warnings=[],
                    found=found,
                    facts=summary.facts(dataset, found),
                    pictures=[report.picture(p) for p in summary.pictures(dataset)],
                    next_steps=summary.next_steps(found),
                )
        return {
            "dataset_out": self.dataset,
            "patch_count": found.extracted,
            "success_share": quality.rounded(found.success_share),
            "nan_share": quality.rounded(found.nan_share),
            "leaking": found.leaks.polygons,
            "criteria_met_count": sum(c.met for c in found.criteria),
            "criteria_count": len(found.criteria),
        }
