"""Split data set: which patches are learnt from, and which are held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..stage import Choice, FileOut, Flag, Integer, Number, NumberOutput, Stage, VectorOut, declare
from . import _common as common

GROUPINGS = {
    "polygons": "Whole polygons",
    "blocks": "Whole spatial blocks",
    "patches": "Single patches (leaking: copies of a polygon stand on both sides)",
}
TIERS = {
    "excellent": "Excellent: nothing missing",
    "good": "Good: up to 10 % missing",
    "acceptable": "Acceptable: up to 20 % missing",
    "poor": "Poor: any",
}


@dataclass(frozen=True)
class SplitDataset(Stage):
    """Split a patch data set into training, validation and, as wished, test.

    The shares hold for each class. By default a polygon stands whole on one side, together with polygons whose
    patches overlap its own: the jittered patches of one polygon show the same ground, and a network that has learnt
    one of them knows the others. Only patches that were extracted and are good enough are used.
    """

    id = "split_dataset"
    title = "Split data set"
    group = "Patch data sets"

    dataset: Any = common.dataset()
    grouping: Any = declare(
        Choice(
            "What stands whole on one side",
            "Single patches leak: patches of one polygon, which show the same ground, stand on both sides, and the"
            " accuracy that is found is too high.",
            default="polygons",
            choices=GROUPINGS,
        )
    )
    val_share: Any = declare(
        Number("Share for validation", "Of the patches of each class.", default=0.2, minimum=0.01, maximum=0.9)
    )
    test_share: Any = declare(
        Number(
            "Share for a test", "Of the patches of each class. 0: no test part.", default=0.0, minimum=0.0, maximum=0.9
        )
    )
    folds: Any = declare(
        Integer(
            "Folds",
            "1: one split by the shares above. From 2 on: cross-validation, every group is held out once; the files of"
            " training and validation are those of the first fold, and the share for validation is not looked at.",
            default=1,
            minimum=1,
            maximum=100,
        )
    )
    worst_tier: Any = declare(
        Choice("Worst tier that is used", "Worse patches are left out.", default="acceptable", choices=TIERS)
    )
    block_size: Any = declare(
        Number(
            "Edge of a spatial block",
            "In units of the image's CRS. Empty: a tenth of the patches' extent.",
            optional=True,
            advanced=True,
            minimum=1e-9,
        )
    )
    join_overlapping: Any = declare(
        Flag(
            "Keep polygons together whose patches overlap",
            "With blocks: leave out patches that overlap one of another part. Else held-out patches may show ground"
            " that was learnt; how many do is told.",
            default=True,
            advanced=True,
        )
    )
    seed: Any = common.seed()
    footprints: Any = declare(
        VectorOut("Footprints by part", "The outline of each patch, coloured by the part it is in.", optional=True)
    )
    report: Any = declare(FileOut("Report", "The split by class.", extension="html", optional=True))
    dataset_out: Any = common.dataset_out()
    train_count: Any = declare(NumberOutput("Training patches"))
    val_count: Any = declare(NumberOutput("Validation patches"))
    test_count: Any = declare(NumberOutput("Test patches"))
    fold_count: Any = declare(NumberOutput("Folds"))
    unused_count: Any = declare(NumberOutput("Patches not used", "Not extracted, or of a worse tier."))
    group_count: Any = declare(NumberOutput("Groups", "Each stands whole on one side."))
    leaking: Any = declare(NumberOutput("Polygons on both sides", "With patches in more than one part."))
    shared_ground: Any = declare(
        NumberOutput("Held-out patches on ground that was learnt", "They overlap training patches of another polygon.")
    )

    def check(self) -> None:
        """Something must be left to train on."""
        held = self.test_share + (self.val_share if self.folds == 1 else 0)
        if held > 0.95:
            raise ParameterError(
                f"VAL_SHARE and TEST_SHARE together ({held:g}) leave too little for training: at most 0.95 in total."
            )

    def run(self, job: Any) -> dict:
        """Split, look for leaks, write."""
        from ..patches import footprints, pictures, splitting
        from ..patches.dataset import open_dataset

        dataset = open_dataset(self.dataset)
        plan = splitting.Plan(
            self.grouping,
            self.join_overlapping,
            self.block_size,
            self.val_share,
            self.test_share,
            self.folds,
            self.worst_tier,
            self.seed,
        )
        with dataset.locked():
            split = splitting.make(dataset, plan)
            job.progress(0.4)
            manifest = dataset.manifest()
            leaks = splitting.leaks(manifest, split.part, dataset.size)
            told = len(job.warnings)
            self._warn(dataset, split, leaks, job)
            splitting.write(dataset, split)
            facts = splitting.facts(dataset, plan, split, leaks)
            dataset.write_json("metadata/split_metadata.json", facts)
            dataset.write_text("reports/split_summary.txt", splitting.summary_lines(facts, job.warnings[told:]))
            picture = dataset.path("visualizations/split_distribution.png")
            pictures.split_distribution(picture, manifest["class_id"].to_numpy(), split.part, dataset.classes)
        job.progress(0.8)
        if self.footprints:
            footprints.write(self.footprints, dataset, "split")
        if self.report:
            self._write_report(dataset, facts, picture, job)
        count = facts["patches"]
        return {
            "dataset_out": self.dataset,
            "train_count": count["train"],
            "val_count": count["val"],
            "test_count": count["test"],
            "fold_count": facts["folds"],
            "unused_count": count["not used"],
            "group_count": split.groups,
            "leaking": leaks.polygons,
            "shared_ground": leaks.ground,
        }

    def _warn(self, dataset: Any, split: Any, leaks: Any, job: Any) -> None:
        for reason, number in split.left_out.items():
            if number:
                job.warning(f"Patches left out because they are {reason}: {number:,}.")
        if leaks.polygons:
            job.warning(
                f"Leaking split: {leaks.polygons:,} polygons have patches on both sides, so that validation sees ground"
                " which was learnt and finds too high an accuracy. Split by whole polygons instead."
            )
        if leaks.ground:
            job.warning(
                f"Held-out patches that overlap training patches of another polygon: {leaks.ground:,}. Split by whole"
                " polygons, keeping together those that overlap."
            )
        if split.joined:
            job.message(f"Polygons that stand together with others because their patches overlap: {split.joined:,}.")
        for part, ids in split.lone.items():
            if ids:
                names = ", ".join(dataset.classes.name_of(i) for i in ids)
                words = {"val": "validation", "test": "the test"}[part]
                job.warning(
                    f"Classes without patches in {words}: {names}. Too few {self._what()} are left to hold one out;"
                    " draw more polygons of them."
                )
        used = set(dataset.manifest()["class_id"][split.part != ""])
        lost = [c.name for c in dataset.classes if c.id not in used]
        if lost:
            job.warning(f"Classes of which no patch can be used: {', '.join(lost)}.")

    def _what(self) -> str:
        return {"polygons": "polygons that do not overlap", "blocks": "blocks", "patches": "patches"}[self.grouping]

    def _write_report(self, dataset: Any, facts: dict, picture: Any, job: Any) -> None:
        from .. import report

        report.write(
            self.report,
            "patch_split.html",
            title="Split of the patch data set",
            subtitle=str(dataset.folder),
            warnings=job.warnings,
            facts=facts,
            settings=report.settings(
                self, ["grouping", "val_share", "test_share", "folds", "worst_tier", "join_overlapping", "seed"]
            ),
            picture=report.picture(picture),
        )
