"""Check training polygons: what is wrong with them, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..stage import FileOut, Integer, NumberOutput, Stage, VectorOut, declare
from . import _common as common


@dataclass(frozen=True)
class CheckTrainingPolygons(Stage):
    """Look for mistakes in training polygons before anything is trained on them.

    Finds invalid outlines, missing classes, overlaps of different classes, polygons outside of the image or
    too small for it, duplicates, class ids with several names, and classes with few polygons. The findings
    come as a layer that shows each where it is, and as a report.
    """

    id = "check_training_polygons"
    title = "Check training polygons"
    group = "Training polygons"

    polygons: Any = common.polygons()
    class_field: Any = common.class_field()
    name_field: Any = common.name_field()
    images: Any = common.images()
    mosaic: Any = common.mosaic()
    resampling: Any = common.resampling()
    year: Any = common.year()
    month: Any = common.month()
    smallest: Any = declare(Integer("Pixels in a polygon, at least", default=9, minimum=1))
    fewest: Any = declare(Integer("Polygons in a class, at least", default=5, minimum=1))
    problems: Any = declare(VectorOut("Problems", filename="polygon_problems.gpkg"))
    report: Any = declare(FileOut("Report", extension="html", optional=True))
    polygon_count: Any = declare(NumberOutput("Number of polygons"))
    error_count: Any = declare(NumberOutput("Errors", "Polygons that are useless or wrong."))
    warning_count: Any = declare(NumberOutput("Warnings"))
    invalid_count: Any = declare(NumberOutput("Invalid or missing outlines"))
    overlap_count: Any = declare(NumberOutput("Overlaps of different classes"))
    unlabelled_count: Any = declare(NumberOutput("Polygons without class"))
    outside_count: Any = declare(NumberOutput("Polygons outside the image, wholly or in part"))
    small_count: Any = declare(NumberOutput("Polygons with too few pixels"))
    rare_class_count: Any = declare(NumberOutput("Classes with too few polygons"))

    def check(self) -> None:
        """A month is whole."""
        common.check_month(self.year, self.month)

    def run(self, job: Any) -> dict:
        """Check, report, write."""
        from collections import Counter

        from .. import inputs, layers, polygon_check, report, vectors

        label = inputs.polygons_label(self, job)
        table = vectors.read_layer(self.polygons, [n for n in (self.class_field, self.name_field) if n], label)
        if table.empty:
            raise InputError(f"{label} has no features. Draw some polygons, or clear the selection or the filter.")
        vectors.refuse_geometries(table, label, ("Polygon",))
        grid = None
        if inputs.has_image(self, job):
            grid = inputs.open_image(self, job).grid
        else:
            job.message("No image was given, so the polygons' size and place are not checked.")
        found = polygon_check.check(table, label, self.class_field, self.name_field, grid, self.smallest, self.fewest)
        layer = polygon_check.as_layer(found, table.crs)
        layers.write(self.problems, layer, "problems", "MultiPolygon", polygon_check.STYLE)
        count = Counter(p.kind for p in found)
        severity = Counter(layer["severity"])
        if self.report:
            report.write(
                self.report,
                "polygon_check.html",
                title="Check of training polygons",
                subtitle=label,
                warnings=job.warnings,
                polygons=len(table),
                severity=severity,
                problems=polygon_check.PROBLEMS,
                count=count,
                rows=found,
            )
        kinds = "; ".join(f"{kind}: {number}" for kind, number in count.most_common())
        job.message(
            f"{len(table)} polygons: {severity['error']} errors, {severity['warning']} warnings"
            + (f" ({kinds})." if kinds else ".")
        )
        return {
            "polygon_count": len(table),
            "error_count": severity["error"],
            "warning_count": severity["warning"],
            "invalid_count": count["invalid geometry"] + count["no geometry"],
            "overlap_count": count["overlap of classes"],
            "unlabelled_count": count["no class"],
            "outside_count": count["outside the image"] + count["partly outside the image"],
            "small_count": count["too small"] + count["no pixel inside"],
            "rare_class_count": count["only polygon of its class"] + count["few polygons of its class"],
        }
