"""Split records: which results a quality model learns from, and which are held out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..errors import ParameterError
from ..stage import Choice, FileIn, FileOut, Flag, Integer, Number, NumberOutput, Stage, Text, VectorOut, declare
from . import _common as common

GROUPINGS = {
    "images": "Images",
    "groups": "Groups (a column, such as scene or run)",
    "blocks": "Spatial blocks of the footprints",
}
ORDERS = {"random": "At random, evenly by type and quality", "time": "By time: the latest are the test"}


@dataclass(frozen=True)
class SplitRecords(Stage):
    """Split a table of records into training, validation and test, or into folds, and choose records to look at.

    The shares hold for each type and each class of quality, which are quantiles of a metric. All records of an image,
    whatever their parameters, stand on one side, also where the image has several names; so do images whose
    footprints overlap, for they show the same ground. By groups, also all records with the same value of a column;
    by blocks, all of a block of ground, and what overlaps a block of another part is left out.

    By time, the latest records are the test and those before it validation; an image that is also known from an
    earlier time keeps only its earliest records. Types can be brought to given shares, by leaving out records of
    those with too many. Types and classes of quality with too few records are named.
    """

    id = "split_records"
    title = "Split records"
    group = "Features and quality"

    records: Any = declare(
        FileIn("Records", "A table made by Mine results or Describe map tiles.", extensions=("csv",))
    )
    grouping: Any = declare(
        Choice(
            "What stands whole on one side",
            "What belongs together must not be learnt from and tested with.",
            default="images",
            choices=GROUPINGS,
        )
    )
    column: Any = declare(
        Text("Column of the groups", "Such as group, method or param_sensor.", default="group", advanced=True)
    )
    order: Any = declare(Choice("How records are drawn", default="random", choices=ORDERS))
    metric: Any = declare(
        Text(
            "Metric of the classes of quality",
            "Such as ssim. Empty: ssim where records have it, else their first metric.",
            optional=True,
        )
    )
    quantiles: Any = declare(
        Integer("Classes of quality", "Quantiles of the metric. 1: by type alone.", default=4, minimum=1, maximum=100)
    )
    val_share: Any = declare(
        Number("Share for validation", "Of the records of each stratum.", default=0.15, minimum=0.0, maximum=0.9)
    )
    test_share: Any = declare(Number("Share for a test", "0: no test part.", default=0.05, minimum=0.0, maximum=0.9))
    folds: Any = declare(
        Integer(
            "Folds",
            "1: one split by the shares above. From 2 on: cross-validation of all that is not test; validation is the"
            " first fold, and its share is not looked at.",
            default=1,
            minimum=1,
            maximum=100,
        )
    )
    balance: Any = declare(
        Text(
            "Shares of the types",
            "Such as a=30, b=25, c=25, d=20, or equal. Records of types with too many are left out, at random and"
            " evenly by quality; types that are not named are left out. Empty: as they are.",
            optional=True,
        )
    )
    inspect_share: Any = declare(
        Number(
            "Share to look at",
            "Of the records of each type and class of quality, for somebody to check by eye.",
            default=0.1,
            minimum=0.0,
            maximum=1.0,
        )
    )
    join_overlapping: Any = declare(
        Flag(
            "Keep images together whose footprints overlap",
            "With blocks: leave out records that overlap one of another part. Else held-out records may show ground"
            " that was learnt; how many do is told.",
            default=True,
            advanced=True,
        )
    )
    block_size: Any = declare(
        Number(
            "Edge of a spatial block",
            "In units of the footprints' CRS. Empty: a tenth of their extent.",
            optional=True,
            advanced=True,
            minimum=1e-9,
        )
    )
    seed: Any = common.seed()
    records_out: Any = declare(
        FileOut(
            "Split records",
            "The same table with the columns part, fold and inspect.",
            extension="csv",
            filename="split_records.csv",
        )
    )
    inspection: Any = declare(
        FileOut("Records to look at", "A list with columns to fill in.", extension="csv", optional=True)
    )
    inspection_layer: Any = declare(
        VectorOut("Footprints to look at", "Of the same records; these must have footprints.", optional=True)
    )
    metadata: Any = declare(
        FileOut("Metadata", "Counts by part, type and class of quality, settings.", extension="json", optional=True)
    )
    report: Any = declare(FileOut("Report", "The split by type and quality.", extension="html", optional=True))
    train_count: Any = declare(NumberOutput("Training records"))
    val_count: Any = declare(NumberOutput("Validation records"))
    test_count: Any = declare(NumberOutput("Test records"))
    unused_count: Any = declare(NumberOutput("Records not used"))
    inspect_count: Any = declare(NumberOutput("Records to look at"))
    fold_count: Any = declare(NumberOutput("Folds"))
    group_count: Any = declare(NumberOutput("Groups", "Each stands whole on one side."))
    thin_count: Any = declare(
        NumberOutput("Types and classes of quality with too few records", "For a record in each part.")
    )
    leaking: Any = declare(NumberOutput("Images on both sides"))
    shared_ground: Any = declare(NumberOutput("Held-out records on ground that was learnt"))

    def check(self) -> None:
        """Something must be left to train on, and something be held out."""
        held = self.test_share + (self.val_share if self.folds == 1 else 0)
        if held > 0.95:
            raise ParameterError(
                f"VAL_SHARE and TEST_SHARE together ({held:g}) leave too little for training: at most 0.95 in total."
            )
        if held == 0 and self.folds == 1:
            raise ParameterError("VAL_SHARE and TEST_SHARE are both 0, so nothing is held out. Raise one of them.")

    def run(self, job: Any) -> dict:
        """Find what belongs together, split, look for leaks, write."""
        import json
        import os

        from .. import files
        from ..records import balance, inspection, joining, mining, splitting
        from ..records.table import open_records, write_records

        records = open_records(self.records)
        plan = splitting.Plan(
            self.grouping,
            self.column,
            self.join_overlapping,
            self.block_size,
            self.order,
            self._metric(records),
            self.quantiles,
            self.val_share,
            self.test_share,
            self.folds,
            balance.parse(self.balance, records.table["type"].tolist()),
            self.inspect_share,
            self.seed,
        )
        relations = joining.relate(records, 4 * (os.cpu_count() or 1))
        job.progress(0.5)
        split = splitting.make(records, relations, plan)
        leaks = splitting.leaks(relations, split)
        facts = splitting.facts(records, plan, split, leaks)
        self._warn(facts, relations, job)
        job.progress(0.8)
        images = mining.relative_to([image or "" for image in records.images], self.records_out)
        table = records.table.assign(image=images, part=split.part, fold=split.fold, inspect=split.inspect)
        write_records(self.records_out, table)
        rows = inspection.chosen(records, split.part, split.inspect, split.stratum)
        if self.inspection:
            inspection.write_list(self.inspection, rows)
        if self.inspection_layer:
            placed = inspection.write_layer(self.inspection_layer, records, rows, plan.metric)
            if placed < len(rows):
                job.warning(f"Records to look at whose footprint is no area, not in the layer: {len(rows) - placed:,}.")
        if self.metadata:
            files.write_text(self.metadata, json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
        if self.report:
            self._write_report(facts, job)
        count = facts["records"]
        return {
            "train_count": count["train"],
            "val_count": count["val"],
            "test_count": count["test"],
            "unused_count": count["not used"],
            "inspect_count": facts["inspect"],
            "fold_count": self.folds,
            "group_count": facts["groups"],
            "thin_count": len(facts["too_few"]),
            "leaking": leaks.images,
            "shared_ground": leaks.ground,
        }

    def _metric(self, records: Any) -> str | None:
        """The metric of the classes of quality; None where there is none, or types alone count."""
        if self.metric:
            records.metric(self.metric)
            return self.metric
        return "ssim" if "ssim" in records.measured else next(iter(records.measured), None)

    def _warn(self, facts: dict, relations: Any, job: Any) -> None:
        for reason, number in facts["left_out"].items():
            job.warning(f"Records left out, {reason}: {number:,}.")
        if relations.missing:
            job.warning(
                f"Images that do not exist: {relations.missing:,}. Whether one of them is the same as another could"
                " only be told by their paths."
            )
        if facts["held_out_on_learnt_ground"]:
            job.warning(
                f"Held-out records that overlap a training record: {facts['held_out_on_learnt_ground']:,}. Switch on"
                " 'Keep images together whose footprints overlap'."
            )
        if facts["joined_images"]:
            job.message(f"Images that stand with others because footprints overlap: {facts['joined_images']:,}.")
        few = facts["too_few"]
        if few:
            named = "; ".join(f"{name} ({n:,})" for name, n in list(few.items())[:10])
            more = f"; and {len(few) - 10:,} more" if len(few) > 10 else ""
            job.warning(f"Types and classes of quality with too few records for one in each part: {named}{more}.")
        for name, number in facts["short_of_share"].items():
            job.warning(f"With {number:,} more records of type {name} all records could be used.")
        for part, names in facts["types_lacking"].items():
            words = {"train": "training", "val": "validation", "test": "the test"}[part]
            job.warning(
                f"Types without records in {words}: {', '.join(names)}. Collect results of more images of them."
            )
        for part in ("val", "test"):
            wanted, found = facts["wanted"][part], facts["shares"][part]
            if abs(found - wanted) > max(0.02, 0.2 * wanted):
                words = {"val": "Validation", "test": "The test"}[part]
                job.warning(
                    f"{words} has {100 * found:.1f} % of the records instead of {100 * wanted:.1f} %: what must stand"
                    " whole on one side is too large."
                )

    def _write_report(self, facts: dict, job: Any) -> None:
        from .. import report
        from ..records.split_plot import plot

        # With what was chosen where nothing was given.
        used = replace(self, metric=facts["metric"], block_size=facts["block_size"])
        names = ["grouping", "order", "metric", "quantiles", "val_share", "test_share", "folds", "balance"]
        report.write(
            self.report,
            "record_split.html",
            title="Split of the records",
            subtitle=job.origins.get("records") or self.records,
            warnings=job.warnings,
            facts=facts,
            few=list(facts["too_few"].items())[:50],
            settings=report.settings(used, [*names, "inspect_share", "join_overlapping", "block_size", "seed"]),
            plot=plot(facts["types"]),
        )
