"""Validate data set: ten checks before a network learns from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..stage import FileOut, Flag, Integer, NumberOutput, Stage, declare
from . import _common as common

# Patches of a class in the picture, by part.
SHOWN = {"train": 5, "val": 3, "test": 2}


@dataclass(frozen=True)
class ValidateDataset(Stage):
    """Check that a patch data set is whole and split as it should be.

    Ten checks: files exist; can be read; have the right shape; hold numbers; none is empty; training,
    validation and test have no patch and no polygon in common; all their patches were extracted (two checks);
    each class has enough patches in training and in validation (two checks). All patches are read. A check that
    fails makes the run fail, with the list; the reports are written all the same.
    """

    id = "validate_dataset"
    title = "Validate data set"
    group = "Patch data sets"

    dataset: Any = common.dataset()
    least_train: Any = declare(
        Integer("Training patches a class, at least", "With fewer the check fails.", default=5, minimum=0)
    )
    least_val: Any = declare(
        Integer("Validation patches a class, at least", "With fewer the check fails.", default=2, minimum=0)
    )
    leaking_allowed: Any = declare(
        Flag(
            "Polygons may stand on both sides",
            "For a split by single patches, which leaks. It is told, but does not fail.",
            advanced=True,
        )
    )
    report: Any = declare(FileOut("Report", "The checks and what they found.", extension="html", optional=True))
    dataset_out: Any = common.dataset_out()
    passed_count: Any = declare(NumberOutput("Checks passed"))
    failed_count: Any = declare(NumberOutput("Checks failed"))

    def run(self, job: Any) -> dict:
        """Check, report, and fail where a check does."""
        from .. import report
        from ..patches import validation
        from ..patches.dataset import open_dataset

        dataset = open_dataset(self.dataset)
        with dataset.locked():
            found = validation.validate(
                dataset, self.least_train, self.least_val, self.leaking_allowed, job.part(0, 0.8)
            )
            job.part(0.8, 1.0).progress(0.0)
            if found.leaks.polygons and self.leaking_allowed:
                job.warning(f"Leaking split: {found.leaks.polygons:,} polygons have patches on both sides.")
            if found.leaks.ground:
                job.warning(
                    f"Held-out patches on ground that training patches of other polygons show: {found.leaks.ground:,}."
                )
            picture = dataset.path("visualizations/validation_samples.png")
            self._draw(dataset, found, picture)
            dataset.write_text("reports/validation_report.txt", validation.report_lines(found))
            dataset.write_json(validation.VALIDATION, validation.as_json(dataset, found))
        if self.report:
            report.write(
                self.report,
                "patch_validation.html",
                title="Validation of the patch data set",
                subtitle=str(dataset.folder),
                warnings=job.warnings,
                found=found,
                picture=report.picture(picture),
            )
        if found.failed:
            listed = "".join(f"\n  {c.title}: {c.detail}" for c in found.failed)
            raise InputError(
                f"{len(found.failed)} of {len(found.checks)} checks of {dataset.folder} failed:{listed}\nRun the step"
                " again that makes what is wrong (Extract patches, Split data set), or draw more polygons of rare"
                " classes."
            )
        return {"dataset_out": self.dataset, "passed_count": len(found.checks), "failed_count": 0}

    def _draw(self, dataset: Any, found: Any, path: Any) -> None:
        import numpy as np

        from ..patches import pictures
        from ..patches.store import open_patches

        manifest, stored = dataset.manifest(), open_patches(dataset)
        names = [band.name for band in dataset.bands]
        colour = pictures.true_colour(names, pictures.sample_pixels(stored, np.flatnonzero(found.pixels.sound)))
        parts = [part for part in SHOWN if part != "test" or (found.part == "test").any()]
        strips = []
        for c in dataset.classes:
            own = (manifest["class_id"] == c.id).to_numpy()
            rows = {p: np.flatnonzero(own & (found.part == p) & found.pixels.sound) for p in parts}
            groups = {
                pictures.PART_LABELS[p]: list(stored.read(pictures.choose(manifest, rows[p], SHOWN[p]))) for p in parts
            }
            counts = [f"{(own & (found.part == p)).sum():,} {pictures.PART_LABELS[p].lower()}" for p in parts]
            strips.append(pictures.Strip(c, "\n".join(counts), groups))
        pictures.draw_patches(
            path,
            "Training, validation and test" if "test" in parts else "Training and validation",
            strips,
            {pictures.PART_LABELS[p]: SHOWN[p] for p in parts},
            colour,
            pictures.caption(dataset, colour),
        )
