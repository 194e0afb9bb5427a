"""Mine results: from the results that have piled up to one clean table of records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stage import FileOut, FolderIn, Integer, Number, NumberOutput, Stage, Text, declare
from . import _common as common


@dataclass(frozen=True)
class MineResults(Stage):
    """Gather results from all files in a folder into one clean table of records, and say what is missing in them.

    Read are JSON, JSON lines and CSV: records with an image, parameters, metrics such as ssim, mse and psnr, a type,
    a method and a time; the tables of Verify tiles and Describe map tiles; and what stands beside the outputs of
    stages that measure accuracy. In CSV a column metric_ssim, metrics.ssim or ssim is a metric, param_x or
    parameters.x a parameter; columns that are nothing else are parameters, too.

    Each image is opened. Records are taken out, and listed with the reason, that are broken, lack an image or
    metrics, have impossible or contradicting values or extreme outliers, whose image is missing, damaged, of another
    size than its reference or of an unsupported format, and that stand there twice. The inventory tells which types,
    methods, settings and qualities are covered, and what to collect next. Parameters that are numbers with more than 20
    different values, and more than a tenth of the records, count as measured, not as settings, and have no gaps.
    """

    id = "mine_results"
    title = "Mine results"
    group = "Features and quality"

    results: Any = declare(FolderIn("Folder of results", "It and the folders in it are searched."))
    images: Any = declare(
        FolderIn(
            "Folder of the images",
            "Where records name images by their path below it. Empty: beside the results.",
            optional=True,
        )
    )
    required: Any = declare(
        Text(
            "Metrics that each record must have",
            "Names separated by commas, such as ssim, psnr. Empty: any one metric.",
            optional=True,
        )
    )
    outlier_limit: Any = declare(
        Number(
            "Limit of outliers",
            "A metric further from the median of its type and method is taken out, of errors by their logarithm, of"
            " ssim, accuracy and the like by their logit, with a spread of at least 1, so that bad results stay; in"
            " robust standard deviations (median absolute deviation × 1.4826). 0: outliers stay.",
            default=6.0,
            minimum=0.0,
        )
    )
    steps: Any = declare(
        Integer(
            "Steps of a number",
            "Into so many steps the range of a parameter or metric is cut to see what is covered.",
            default=5,
            minimum=2,
            maximum=50,
            advanced=True,
        )
    )
    fewest: Any = declare(
        Integer(
            "Records a step should have",
            "Fewer are a gap.",
            default=5,
            minimum=1,
            maximum=1_000_000,
            advanced=True,
        )
    )
    jobs: Any = common.jobs("four for each core")
    records: Any = declare(FileOut("Records", "The clean table.", extension="csv", filename="records.csv"))
    rejected: Any = declare(
        FileOut("Records taken out", "With the file each stood in, and why.", extension="csv", optional=True)
    )
    inventory: Any = declare(FileOut("Inventory", "All figures and gaps.", extension="json", optional=True))
    report: Any = declare(FileOut("Report", "The inventory with plots.", extension="html", optional=True))
    record_count: Any = declare(NumberOutput("Records"))
    rejected_count: Any = declare(NumberOutput("Records taken out"))
    image_count: Any = declare(NumberOutput("Images"))
    parameter_count: Any = declare(NumberOutput("Parameters"))
    metric_count: Any = declare(NumberOutput("Metrics"))
    gap_count: Any = declare(NumberOutput("Gaps", "Of the inventory."))

    def run(self, job: Any) -> dict:
        """Read, check, take stock, write."""
        import json
        import os
        from pathlib import Path

        from .. import files
        from ..records import inventory, mining, results_report
        from ..records.table import write_records

        required = tuple(name.strip().lower() for name in (self.required or "").split(",") if name.strip())
        outputs = [path for path in (self.records, self.rejected, self.inventory, self.report) if path]
        settings = mining.Settings(
            Path(self.results),
            Path(self.images) if self.images else None,
            required,
            self.outlier_limit,
            frozenset(Path(name) for path in outputs for name in (path, f"{path}.json")),
            self.jobs or 4 * (os.cpu_count() or 1),
        )
        mined = mining.mine(settings, job)
        table = mined.table.assign(image=mining.relative_to(mined.table["image"], self.records))
        job.part(0.9, 1.0).progress(0.0)
        found = inventory.take(table, self.steps, self.fewest)
        found |= {
            "rejected": {"total": len(mined.rejected), "reasons": mined.reasons},
            "files": mined.files,
            "notes": dict(mined.notes),
        }
        self._tell(mined, found, job)
        write_records(self.records, table)
        if self.rejected:
            with files.replacing(self.rejected) as temporary:
                mined.rejected.to_csv(temporary, index=False, lineterminator="\n")
        if self.inventory:
            files.write_text(self.inventory, json.dumps(found, indent=2, ensure_ascii=False) + "\n")
        if self.report:
            self._write_report(results_report, found, job)
        return {
            "record_count": len(table),
            "rejected_count": len(mined.rejected),
            "image_count": found["images"],
            "parameter_count": len(found["parameters"]),
            "metric_count": len(found["metrics"]),
            "gap_count": len(found["gaps"]),
        }

    def _tell(self, mined: Any, found: dict, job: Any) -> None:
        for reason, number in mined.reasons.items():
            job.warning(f"Records taken out, {reason}: {number:,}.")
        for note, number in mined.notes.items():
            job.message(f"{note[0].upper()}{note[1:]}: {number:,}.")
        names = [name for name, facts in found["parameters"].items() if facts["kind"] == "names"]
        if names:
            job.message(
                f"Parameters with too many different words to be settings, not looked at for gaps: {', '.join(names)}."
            )
        measured = [name for name, facts in found["parameters"].items() if facts["kind"] == "measured"]
        if measured:
            job.message(
                "Parameters whose numbers hardly ever repeat, taken as measured and not looked at for gaps:"
                f" {', '.join(measured)}."
            )
        job.message(
            f"{len(mined.table):,} records of {found['images']:,} images; {len(found['gaps']):,} gaps were found."
        )

    def _write_report(self, results_report: Any, found: dict, job: Any) -> None:
        from .. import report

        results_report.write(
            self.report,
            found,
            job.origins.get("results") or self.results,
            job.warnings,
            report.settings(self, ["images", "required", "outlier_limit", "steps", "fewest"]),
        )
