"""Check patches: what is missing, negative, saturated or implausible in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..stage import FileOut, Number, NumberOutput, Stage, VectorOut, declare
from . import _common as common

# Patches of a class in the picture.
SHOWN = 8


@dataclass(frozen=True)
class CheckPatches(Stage):
    """Measure the pixels of all patches and give each patch a tier.

    The tier depends on the share of missing values: excellent without any, good up to 10 %, acceptable up to
    20 %, poor above. Negative, saturated and implausible values are told as well, and each band's mean,
    standard deviation, smallest and largest value.
    """

    id = "check_patches"
    title = "Check patches"
    group = "Patch data sets"

    dataset: Any = common.dataset()
    lowest: Any = declare(
        Number(
            "Lowest plausible value",
            "In units of the image. Values below it are counted and told. Empty: no limit.",
            optional=True,
        )
    )
    highest: Any = declare(
        Number(
            "Highest plausible value",
            "In units of the image. Values above it are counted and told. Empty: no limit.",
            optional=True,
        )
    )
    saturation: Any = declare(
        Number(
            "Saturated from",
            "Values from here on are saturated. Empty: the largest value that a band's type can hold, such as 65535 for"
            " UInt16; for floating-point bands no value is saturated then.",
            optional=True,
            advanced=True,
        )
    )
    footprints: Any = declare(
        VectorOut("Footprints by tier", "The outline of each patch, coloured by its tier.", optional=True)
    )
    report: Any = declare(FileOut("Report", "Tiers, value ranges and pictures.", extension="html", optional=True))
    dataset_out: Any = common.dataset_out()
    patch_count: Any = declare(NumberOutput("Number of patches checked"))
    nan_share: Any = declare(NumberOutput("Share of missing values", "0 to 1."))
    excellent_count: Any = declare(NumberOutput("Excellent patches", "Nothing is missing."))
    good_count: Any = declare(NumberOutput("Good patches", "Up to 10 % is missing."))
    acceptable_count: Any = declare(NumberOutput("Acceptable patches", "Up to 20 % is missing."))
    poor_count: Any = declare(NumberOutput("Poor patches", "More than 20 % is missing."))
    negative_share: Any = declare(NumberOutput("Share of negative values", "0 to 1."))
    saturated_share: Any = declare(NumberOutput("Share of saturated values", "0 to 1."))
    implausible_share: Any = declare(NumberOutput("Share of values outside the plausible range", "0 to 1."))
    smallest: Any = declare(NumberOutput("Smallest value"))
    largest: Any = declare(NumberOutput("Largest value"))

    def check(self) -> None:
        """A range has a lower and an upper end."""
        if self.lowest is not None and self.highest is not None and self.lowest >= self.highest:
            raise ParameterError(
                f"LOWEST ({self.lowest:g}) must be less than HIGHEST ({self.highest:g}): together they are the range of"
                " plausible values."
            )

    def run(self, job: Any) -> dict:
        """Measure, write, draw."""
        from ..patches import footprints, quality
        from ..patches.dataset import QUALITY, open_dataset

        dataset = open_dataset(self.dataset)
        with dataset.locked():
            limit = quality.limits(dataset, self.saturation, self.lowest, self.highest)
            found = quality.check(dataset, limit, job.part(0, 0.6))
            job.part(0.6, 1.0).progress(0.0)
            dataset.write_table(QUALITY, found.table)
            dataset.write_text("reports/quality_summary.txt", quality.summary_lines(dataset, found, limit))
            pictures = self._draw(dataset, found)
        tiers = found.checked["tier"].value_counts()
        self._warn(found, tiers, job)
        if self.footprints:
            footprints.write(self.footprints, dataset, "tier")
        if self.report:
            self._write_report(dataset, found, limit, pictures, job)
        values = found.checked[["min", "max"]]
        return {
            "dataset_out": self.dataset,
            "patch_count": len(found.checked),
            "nan_share": round(float(found.checked["nan_share"].mean()), 6),
            **{f"{tier}_count": int(tiers.get(tier, 0)) for tier in quality.TIERS},
            **{
                f"{name}_share": quality.rounded(getattr(found, name))
                for name in ("negative", "saturated", "implausible")
            },
            "smallest": quality.rounded(values["min"].min()),
            "largest": quality.rounded(values["max"].max()),
        }

    def _draw(self, dataset: Any, found: Any) -> list:
        import numpy as np

        from ..patches import pictures
        from ..patches.store import open_patches

        manifest, stored = dataset.manifest(), open_patches(dataset)
        names = [band.name for band in dataset.bands]
        checked = (found.table["tier"] != "").to_numpy()
        colour = pictures.true_colour(names, found.sample.values)
        shown, notes = {}, {}
        for c in dataset.classes:
            rows = np.flatnonzero(checked & (manifest["class_id"] == c.id).to_numpy())
            shown[c.id] = list(stored.read(pictures.choose(manifest, rows, SHOWN)))
            polygons = manifest["polygon_id"].iloc[rows].nunique()
            notes[c.id] = f"{len(rows):,} patches\n{polygons:,} polygons"
        paths = [
            dataset.path(f"visualizations/{name}.png")
            for name in ("sample_patches_by_class", "value_distributions", "nan_distribution")
        ]
        pictures.sample_patches(paths[0], dataset.classes, shown, notes, colour, pictures.caption(dataset, colour))
        pictures.value_distributions(paths[1], names, dataset.classes, found.sample)
        pictures.nan_distribution(paths[2], found, dataset.classes)
        return paths

    def _warn(self, found: Any, tiers: Any, job: Any) -> None:
        failed = len(found.table) - len(found.checked)
        if failed:
            job.warning(f"Patches that were not extracted, and not checked: {failed:,}.")
        if tiers.get("poor", 0):
            job.warning(f"Patches of which more than 20 % is missing: {tiers['poor']:,}.")
        means = found.checked.filter(regex="^mean_")
        empty = [name.removeprefix("mean_") for name in means if means[name].isna().all()]
        if empty:
            job.warning(f"Bands without data in any patch: {', '.join(empty)}. Check the image, or leave them out.")
        for name, words in (
            ("negative", "negative"),
            ("saturated", "saturated"),
            ("implausible", "outside the plausible range"),
        ):
            share = getattr(found, name)
            if share > 0:
                job.warning(f"Values that are {words}: {100 * share:.3g} %.")

    def _write_report(self, dataset: Any, found: Any, limit: Any, paths: list, job: Any) -> None:
        import numpy as np

        from .. import report
        from ..patches import quality

        checked = found.checked
        of_class = [checked[checked["class_id"] == i] for i in dataset.classes.ids]
        report.write(
            self.report,
            "patch_quality.html",
            title="Quality of patches",
            subtitle=str(dataset.folder),
            warnings=job.warnings,
            found=found,
            limited=bool(np.isfinite([limit.lowest, limit.highest]).any()),
            tiers={tier: int((checked["tier"] == tier).sum()) for tier in quality.TIERS},
            nan_share=float(checked["nan_share"].mean()),
            rows=report.class_rows(
                dataset.classes,
                patches=[len(t) for t in of_class],
                tiers=[[int((t["tier"] == tier).sum()) for tier in quality.TIERS] for t in of_class],
                nan_share=[float(t["nan_share"].mean()) for t in of_class],
            ),
            bands=[
                {
                    "name": band.name,
                    "dtype": band.dtype,
                    "smallest": float(checked[f"min_{band.name}"].min()),
                    "largest": float(checked[f"max_{band.name}"].max()),
                    "mean": float(checked[f"mean_{band.name}"].mean()),
                    "saturation": None if np.isnan(value) else float(value),
                }
                for band, value in zip(dataset.bands, limit.saturation)
            ],
            pictures=[report.picture(path) for path in paths],
        )
