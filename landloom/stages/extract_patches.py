"""Extract patches: fetch the pixels of a planned data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..stage import Choice, FileOut, FolderIn, Number, NumberOutput, Rasters, Stage, declare
from . import _common as common
from . import _earth_engine as earth_engine


@dataclass(frozen=True)
class ExtractPatches(Stage):
    """Fetch the pixels of all planned patches, from rasters or from Earth Engine.

    Numbers are kept as the source stores them, as float32; where a band has no data, or beyond the image, they
    are NaN. A patch that cannot be had is noted with the reason and does not end the run. A run that was
    interrupted goes on where it was; run again, only what is missing is fetched.
    """

    id = "extract_patches"
    title = "Extract patches"
    group = "Patch data sets"

    dataset: Any = common.dataset()
    images: Any = declare(
        Rasters(
            "Image, where it has moved",
            "Empty: the image that the data set was planned on.",
            optional=True,
            advanced=True,
        )
    )
    mosaic: Any = declare(
        FolderIn(
            "Mosaic of tiles, where it has moved",
            "Empty: the mosaic that the data set was planned on.",
            optional=True,
            advanced=True,
        )
    )
    storage: Any = declare(
        Choice(
            "Store patches as",
            "One .npy file each, or all in one HDF5 file. Automatic: HDF5 for more than 5000 patches.",
            default="auto",
            advanced=True,
            choices={"auto": "Automatic", "npy": "A .npy file each", "hdf5": "One HDF5 file"},
        )
    )
    ee_project: Any = earth_engine.ee_project()
    ee_key: Any = earth_engine.ee_key()
    ee_url: Any = earth_engine.ee_url()
    attempts: Any = earth_engine.attempts()
    most_failed: Any = declare(
        Number(
            "Failed patches, at most",
            "With more the step fails at its end; what was fetched is kept. 100: only where all failed.",
            default=100.0,
            advanced=True,
            minimum=0,
            maximum=100,
            unit="%",
        )
    )
    jobs: Any = common.jobs("one for each core; with Earth Engine 10 requests")
    report: Any = declare(FileOut("Report", "What was extracted.", extension="html", optional=True))
    dataset_out: Any = common.dataset_out()
    patch_count: Any = declare(NumberOutput("Number of patches"))
    extracted_count: Any = declare(NumberOutput("Number of patches extracted"))
    failed_count: Any = declare(NumberOutput("Number of patches that failed"))
    nan_share: Any = declare(NumberOutput("Share of pixels without data", "Of the patches extracted, 0 to 1."))
    seconds: Any = declare(NumberOutput("Duration", unit="s"))
    patches_per_second: Any = declare(NumberOutput("Patches a second", "Empty where nothing was left to fetch."))

    def check(self) -> None:
        """One image, and an address that credentials may be sent to."""
        if self.images and self.mosaic:
            raise ParameterError("Give either IMAGES or MOSAIC, not both.")
        earth_engine.check_access(self)

    def run(self, job: Any) -> dict:
        """Fetch, write, report."""
        from ..patches import extraction, opening
        from ..patches.dataset import open_dataset

        dataset = open_dataset(self.dataset)
        with dataset.locked(), opening.open_source(dataset, self, job) as opened:
            found = extraction.extract(dataset, opened.source, opened.identity, self.storage, self.jobs, job)
            extraction.write_summary(dataset, found)
        done = int(found.done.sum())
        failed = len(found.log) - done
        if failed:
            job.warning(
                f"Patches that failed: {failed:,} of {len(found.log):,}. Most often: {extraction.failures(found)[0][0]}"
                f" The log {dataset.folder / extraction.LOG} has all reasons; run it again to try them once more."
            )
        if found.nan_share:
            job.message(f"Pixels without data: {100 * found.nan_share:.2f} %.")
        if self.report:
            self._write_report(dataset, found, job)
        extraction.refuse_failures(found, self.most_failed)
        return {
            "dataset_out": self.dataset,
            "patch_count": len(found.log),
            "extracted_count": done,
            "failed_count": failed,
            "nan_share": found.nan_share,
            "seconds": round(found.seconds, 3),
            "patches_per_second": round(found.fetched / max(found.seconds, 1e-3), 3) if found.fetched else None,
        }

    def _write_report(self, dataset: Any, found: Any, job: Any) -> None:
        from .. import report
        from ..patches import extraction, opening

        manifest = dataset.manifest()
        of_class = [(manifest["class_id"] == i).to_numpy() for i in dataset.classes.ids]
        report.write(
            self.report,
            "patch_extraction.html",
            title="Patch extraction",
            subtitle=f"{dataset.folder} from {opening.label(dataset)}",
            warnings=job.warnings,
            facts=extraction.facts(dataset, found),
            done=int(found.done.sum()),
            total=len(found.log),
            nan_share=found.nan_share,
            rows=report.class_rows(
                dataset.classes,
                patches=[int(c.sum()) for c in of_class],
                done=[int((found.done & c).sum()) for c in of_class],
                nan_share=[float(found.log["nan_share"][found.done & c].mean()) for c in of_class],
            ),
            failures=extraction.failures(found),
        )
