"""Plan patches: where the patches of a data set lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..stage import Choice, FileOut, Flag, FolderOut, Integer, NumberOutput, Stage, VectorOut, declare
from . import _common as common
from . import _earth_engine as earth_engine

# So many of the polygons or patches concerned are named in a warning; the summary names all.
NAMED = 20


@dataclass(frozen=True)
class PlanPatches(Stage):
    """Choose where the patches of a data set lie: some around the middle of each training polygon.

    Each patch is moved by a different random offset of whole pixels, so that a network does not learn that the
    middle of a patch is the middle of a polygon. Patches lie on the pixels of the image, nothing is resampled.
    Polygons that are too small, outside of the image or without class are left out and listed. The result is a
    folder with the plan, to which the next steps add: extract, check, describe, split and validate.
    """

    id = "plan_patches"
    title = "Plan patches"
    group = "Patch data sets"

    source: Any = declare(
        Choice(
            "Pixels come from",
            "Rasters or a mosaic of yours, or Google Earth Engine, which makes a composite of many scenes.",
            default="rasters",
            choices={"rasters": "Rasters", "earth_engine": "Earth Engine"},
        )
    )
    images: Any = common.images()
    mosaic: Any = common.mosaic()
    polygons: Any = common.polygons(optional=True)
    class_field: Any = common.class_field()
    name_field: Any = common.name_field()
    classes: Any = common.classes()
    polygon_table: Any = common.polygon_table()
    geometry_column: Any = common.geometry_column()
    connection: Any = common.connection()
    aoi: Any = common.aoi()
    bands: Any = common.bands()
    resampling: Any = common.resampling()
    patch_size: Any = declare(
        Integer("Edge of a patch", "Patches are squares.", default=8, minimum=3, maximum=512, unit="pixels")
    )
    patches_per_polygon: Any = declare(
        Integer("Patches a polygon", "Each with another offset.", default=3, minimum=1, maximum=10_000)
    )
    jitter: Any = declare(
        Integer(
            "Jitter",
            "How far a patch is moved at most, to either side. 0: not at all.",
            default=2,
            minimum=0,
            maximum=512,
            unit="pixels",
        )
    )
    smallest: Any = declare(
        Integer(
            "Pixels in a polygon, at least",
            "Polygons with fewer pixels, counted by their centres, are left out.",
            default=1,
            minimum=1,
            unit="pixels",
        )
    )
    seed: Any = common.seed()
    year: Any = common.year()
    month: Any = common.month()
    overwrite: Any = declare(
        Flag(
            "Overwrite",
            "Remove the patches of another plan that the folder holds. Files of your own stay.",
            advanced=True,
        )
    )
    collection: Any = earth_engine.collection()
    start_date: Any = earth_engine.start_date()
    end_date: Any = earth_engine.end_date()
    cloud_mask: Any = earth_engine.cloud_mask()
    most_cloud: Any = earth_engine.most_cloud()
    reducer: Any = earth_engine.reducer()
    scale: Any = earth_engine.scale()
    crs: Any = earth_engine.crs()
    dataset: Any = declare(FolderOut("Patch data set", "A new or empty folder.", filename="patch_dataset"))
    footprints: Any = declare(VectorOut("Footprints", "The patches' outlines by class.", optional=True))
    report: Any = declare(FileOut("Report", "What was planned and what was left out.", extension="html", optional=True))
    patch_count: Any = declare(NumberOutput("Number of patches"))
    polygon_count: Any = declare(NumberOutput("Number of polygons with patches"))
    left_out_count: Any = declare(NumberOutput("Number of polygons left out"))
    class_count: Any = declare(NumberOutput("Number of classes"))

    def check(self) -> None:
        """Offsets must differ, and polygons and pixels must come from somewhere."""
        common.check_month(self.year, self.month)
        common.check_polygons(self.polygons, self.polygon_table)
        places = (2 * self.jitter + 1) ** 2
        if self.patches_per_polygon > places:
            raise ParameterError(
                f"PATCHES_PER_POLYGON is {self.patches_per_polygon}, but with JITTER {self.jitter} a patch can lie in"
                f" only {places} place{'s' * (places > 1)}. Raise JITTER, or plan {places} or fewer patches a polygon."
            )
        if self.source == "earth_engine" and (self.images or self.mosaic):
            raise ParameterError("With SOURCE=earth_engine leave IMAGES and MOSAIC empty, or choose SOURCE=rasters.")
        if self.source == "earth_engine":
            earth_engine.check(self)

    def run(self, job: Any) -> dict:
        """Plan, then write the folder; the configuration last, since it makes the folder a data set."""
        from pathlib import Path

        from .. import folders, inputs
        from ..patches import folder, plan_files, planning

        target = Path(self.dataset)
        folder.OWN.refuse_foreign(target)
        stack, grid, bands, source = self._pixels(job)
        try:
            labelled, area = inputs.training_polygons(self, job, grid)
            layout = planning.Layout(self.patch_size, self.patches_per_polygon, self.jitter, self.smallest, self.seed)
            plan = planning.plan(labelled, grid, layout, job.part(0, 0.8))
            config = plan_files.config(
                plan, layout, grid, bands, source, label=inputs.polygons_label(self, job), aoi=area,
                notes=labelled.notes, year=self.year, month=self.month,
            )  # fmt: skip
            self._warn(job, labelled, plan)
            target.mkdir(parents=True, exist_ok=True)
            with folders.locked(target):
                if folder.make_room(target, config, self.overwrite):
                    job.message("The folder holds this very plan already; what has been extracted is kept.")
                planned = plan_files.write(target, plan, config, stack, job.part(0.8, 1.0))
        finally:
            if stack is not None:
                stack.close()
        if self.footprints:
            from ..patches import footprints

            footprints.write(self.footprints, planned, "class")
        if self.report:
            self._write_report(planned, plan, job)
        return {
            "patch_count": len(plan.manifest),
            "polygon_count": len(plan.polygons),
            "left_out_count": len(plan.left_out),
            "class_count": len(plan.classes),
        }

    def _pixels(self, job: Any) -> tuple:
        """The image (None for Earth Engine), the grid, the bands of a patch, and the configuration's `source`."""
        from .. import inputs
        from ..patches import opening

        if self.source == "earth_engine":
            from ..earth_engine import settings

            grid = settings.grid_for(*inputs.polygon_bounds(self, job), self)
            return None, grid, settings.bands_of(self), settings.source_of(self)
        stack = inputs.open_image(self, job)
        chosen = stack.select(self.bands) if self.bands else stack
        return stack, stack.grid, chosen.bands, opening.of_rasters(self, job)

    def _warn(self, job: Any, labelled: Any, plan: Any) -> None:
        reasons: dict[str, list] = {}
        for polygon, reason in plan.left_out.items():
            reasons.setdefault(reason, []).append(polygon)
        for reason, polygons in reasons.items():
            job.warning(f"Polygons left out, {reason}: {_named(polygons)}.")
        for reason, number in labelled.notes.items():
            if "mended" in reason or "another name" in reason:
                job.warning(f"Polygons {reason}: {number}.")
        if plan.over_others.any():
            patches = plan.manifest["patch_id"][plan.over_others].tolist()
            job.warning(
                f"Patches that also cover ground of a polygon of another class: {len(patches):,}, such as"
                f" {', '.join(patches[:NAMED])}. Smaller patches or less jitter avoid it."
            )
        if len(plan.classes) == 1:
            job.warning(f"All patches are of one class, {plan.classes.names[0]}. A network needs at least two.")

    def _write_report(self, planned: Any, plan: Any, job: Any) -> None:
        from .. import report
        from ..patches import opening, planning_picture

        report.write(
            self.report,
            "patch_plan.html",
            title="Patch plan",
            subtitle=f"{planned.config['polygons']} on {opening.label(planned)}",
            warnings=job.warnings,
            patches=len(plan.manifest),
            polygons=len(plan.polygons),
            rows=report.class_rows(
                plan.classes,
                polygons=[int((plan.polygons["class_id"] == i).sum()) for i in plan.classes.ids],
                patches=[int((plan.manifest["class_id"] == i).sum()) for i in plan.classes.ids],
                inside=[float(plan.manifest["inside_share"][plan.manifest["class_id"] == i].mean())
                        for i in plan.classes.ids],
            ),
            settings=report.settings(
                self, ("patch_size", "patches_per_polygon", "jitter", "smallest", "seed")
            ),
            left_out=list(plan.left_out.items()),
            picture=planning_picture.as_image(planned),
        )  # fmt: skip


def _named(items: list) -> str:
    return ", ".join(map(str, items[:NAMED])) + (f" … ({len(items):,} in all)" if len(items) > NAMED else "")
