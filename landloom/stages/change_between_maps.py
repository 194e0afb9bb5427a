"""Change between maps: what became what, in hectares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import InputError
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
        from contextlib import closing

        from .. import areas, change, inputs, maps, rasters, report, styles

        before = maps.open_map(self.before, job.origins.get("before"))
        after = maps.open_map(self.after, job.origins.get("after"))
        if self.before == self.after:
            job.warning(f"BEFORE and AFTER are the same map, {before.label}, so nothing can have changed.")
        before, after = before.with_names_of(after), after.with_names_of(before)
        transitions = change.Transitions(before.classes, after.classes)
        asked = transitions.asked(self.from_classes, self.to_classes)
        table = transitions.table()
        with closing(before.stack), closing(after.stack), closing(maps.side_by_side(before, after)) as both:
            area = inputs.area_of_interest(self, job, both.grid)
            if not after.stack.grid.aligned_with(both.grid):
                job.warning("The maps have different pixel grids; that of the map after is brought to the other's.")
            self._map(job, change.ChangeTask(both, transitions, area, table.dtype), table)
            shown_before = areas.class_areas(before.stack, before.classes, area)
        with closing(rasters.open_stack([self.change])) as written:
            sizes = areas.class_areas(written, table)
        if not sizes.pixels.any():
            self._remove()
            raise InputError(
                f"{before.label} and {after.label} have no pixel in common that holds a class in both. Check that they"
                " show the same place, that the area of interest lies there, and that all have the right coordinate"
                " reference system."
            )
        for text in change.doubts(transitions, sizes, shown_before):
            job.warning(text)
        styles.write_class_map(self.change, table)
        measured, unit = sizes.measured
        pixels, shown = transitions.matrix(sizes.pixels), transitions.matrix(measured)
        sums = change.sums(shown, transitions.stays, asked)
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
            "changed_pixels": int(pixels[~transitions.stays].sum()),
        }

    def _remove(self) -> None:
        from pathlib import Path

        for path in (self.change, f"{self.change}.aux.xml"):
            Path(path).unlink()

    def _map(self, job: Any, task: Any, table: Any) -> None:
        from pathlib import Path

        from .. import cog, mapping, provenance

        layout = cog.Layout(table.dtype, ("transition",), 0, table)
        identity = {
            "before": provenance.fingerprint(self.before),
            "after": provenance.fingerprint(self.after),
            "area": task.area.wkt if task.area else None,
            "classes": table.as_list(),
        }
        products = {"change": mapping.Product(Path(self.change), layout)}
        mapping.map_windows(task, task.both, products, identity, mapping.Effort(self.jobs), job)
