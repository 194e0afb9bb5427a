"""Change between maps: what became what, in hectares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stage import FileOut, NumberOutput, Raster, RasterOut, Stage, Text, declare
from . import _common as common


@dataclass(frozen=True)
class ChangeBetweenMaps(Stage):
    """Compare two class maps of one place, such as those of two months.

    Gives the areas from each class to each in hectares, and a raster of the transitions. Each map's errors
    appear as change: unless both maps are accurate, estimate the area of change from a sample
    (Evaluate a map, on the transitions).
    """

    id = "change_between_maps"
    title = "Change between maps"
    group = "Maps"

    before: Any = declare(Raster("Map before", "A raster of class ids. It gives the pixel grid."))
    after: Any = declare(Raster("Map after", "A raster of class ids."))
    from_classes: Any = declare(
        Text(
            "Classes before",
            "Names or ids, separated by commas, of the classes whose change is asked for, such as Forest. Empty: all.",
            optional=True,
        )
    )
    to_classes: Any = declare(
        Text("Classes after", "Names or ids, separated by commas. Empty: all others.", optional=True)
    )
    aoi: Any = common.aoi()
    jobs: Any = common.jobs()
    change: Any = declare(RasterOut("Change", "One value a transition.", filename="change.tif"))
    matrix: Any = declare(FileOut("Areas from class to class", "In hectares.", extension="csv", optional=True))
    report: Any = declare(FileOut("Report", extension="html", optional=True))
    changed_hectares: Any = declare(NumberOutput("Changed area", unit="ha"))
    unchanged_hectares: Any = declare(NumberOutput("Unchanged area", unit="ha"))
    chosen_hectares: Any = declare(
        NumberOutput("Changed area of the chosen classes", "From the classes before to the classes after.", unit="ha")
    )
    changed_pixels: Any = declare(NumberOutput("Changed pixels"))

    def run(self, job: Any) -> dict:
        """Code the transitions, add up, write."""
        from pathlib import Path

        from .. import areas, change, cog, inputs, mapping, maps, provenance, rasters, report, styles

        before = maps.open_map(self.before, job.origins.get("before"))
        after = maps.open_map(self.after, job.origins.get("after"))
        before, after = before.with_names_of(after), after.with_names_of(before)
        both = maps.side_by_side(before, after)
        grid = both.grid
        if not after.stack.grid.aligned_with(grid):
            job.warning("The maps have different pixel grids; that of the map after is brought to the other's.")
        transitions = change.Transitions(before.classes, after.classes)
        chosen_before = change.chosen(self.from_classes, before.classes, "FROM_CLASSES")
        chosen_after = change.chosen(self.to_classes, after.classes, "TO_CLASSES")
        table = transitions.table()
        area = inputs.area_of_interest(self, job, grid)
        layout = cog.Layout(table.dtype, ("transition",), 0, table)
        identity = {
            "before": provenance.fingerprint(self.before),
            "after": provenance.fingerprint(self.after),
            "area": area.wkt if area else None,
            "classes": table.as_list(),
        }
        try:
            mapping.map_windows(
                change.ChangeTask(both, transitions, area, layout.dtype),
                both,
                {"change": mapping.Product(Path(self.change), layout)},
                identity,
                mapping.Effort(self.jobs),
                job,
            )
        finally:
            both.close()
        styles.write_class_map(self.change, table)
        sizes = areas.class_areas(rasters.open_stack([self.change]), table)
        measured, unit = sizes.measured
        pixels, shown = transitions.matrix(sizes.pixels), transitions.matrix(measured)
        same = [[b.name == a.name for a in after.classes] for b in before.classes]
        asked = chosen_before[:, None] & chosen_after[None, :]
        sums = change.sums(shown, same, asked)
        if self.matrix:
            report.write_matrix(
                self.matrix, f"before \\ after ({unit})", before.classes.names, after.classes.names, shown
            )
        if self.report:
            report.write(
                self.report,
                "change.html",
                title="Change between maps",
                subtitle=f"{before.label} to {after.label}",
                warnings=job.warnings,
                sums=sums,
                unit=unit,
                names=after.classes.names,
                matrix=report.matrix_rows(shown, before.classes.names),
                chosen=f"{self.from_classes or 'any class'} to {self.to_classes or 'any other'}",
            )
        known = unit == "hectares"
        return {
            "changed_hectares": sums["changed"] if known else None,
            "unchanged_hectares": sums["unchanged"] if known else None,
            "chosen_hectares": sums["chosen"] if known else None,
            "changed_pixels": int(change.sums(pixels, same, asked)["changed"]),
        }
