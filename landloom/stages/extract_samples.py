"""Extract samples: pixels under training polygons as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..stage import Choice, FileOut, Flag, Integer, NumberOutput, Stage, declare
from . import _common as common

# Beyond this a forest of 500 trees grows for many minutes, and gains nothing.
MANY_SAMPLES = 1_000_000


@dataclass(frozen=True)
class ExtractSamples(Stage):
    """Read the pixels under training polygons into a table of samples.

    Each sample has its bands and features, its class, its polygon and its place. Pixels with nodata in any
    band are left out, pixels under polygons of two classes too; both are counted. The polygons are
    reprojected to the image, never the image.
    """

    id = "extract_samples"
    title = "Extract samples"
    group = "Samples"

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
    features: Any = common.features()
    aggregation: Any = declare(
        Choice(
            "One sample for",
            "Each pixel, or each polygon as the mean or median of its pixels.",
            default="pixel",
            choices={"pixel": "Each pixel", "mean": "Each polygon, mean", "median": "Each polygon, median"},
        )
    )
    all_touched: Any = declare(
        Flag("Every pixel that a polygon touches", "Else only pixels whose centre lies inside.", advanced=True)
    )
    most_per_polygon: Any = declare(
        Integer("Pixels per polygon, at most", "Empty: no limit.", optional=True, advanced=True, minimum=1)
    )
    most_per_class: Any = declare(
        Integer("Pixels per class, at most", "Empty: no limit.", optional=True, advanced=True, minimum=1)
    )
    resampling: Any = common.resampling()
    seed: Any = common.seed()
    jobs: Any = common.jobs()
    year: Any = common.year()
    month: Any = common.month()
    samples: Any = declare(
        FileOut(
            "Sample table",
            "Parquet, or Feather where the name ends so.",
            extension="parquet",
            other_extensions=("feather",),
            filename="prepared_data{month}.parquet",
            folder_variable="MODEL_OUTPUT_DIR",
        )
    )
    report: Any = declare(
        FileOut("Report", "What was extracted and what was left out.", extension="html", optional=True)
    )
    sample_count: Any = declare(NumberOutput("Number of samples"))
    polygon_count: Any = declare(NumberOutput("Number of polygons with samples"))
    class_count: Any = declare(NumberOutput("Number of classes"))
    left_out_count: Any = declare(NumberOutput("Pixels left out", "Nodata, under two classes, or above a cap."))

    def check(self) -> None:
        """Polygons must come from somewhere."""
        common.check_month(self.year, self.month)
        common.check_polygons(self.polygons, self.polygon_table)

    def run(self, job: Any) -> dict:
        """Extract, report, write."""
        from .. import formulas, inputs, provenance, samples
        from ..features import feature_reader

        stack = inputs.open_image(self, job)
        reader = feature_reader(stack, self.bands, formulas.parse(self.features, stack.names, samples.PLACE_COLUMNS))
        labelled, area_text = inputs.training_polygons(self, job, stack.grid)
        try:
            table, counts = samples.extract(reader, labelled.table, job.part(0, 0.9), self.all_touched, self.jobs)
            if table.empty:
                self._explain_nothing(stack.names, reader, labelled)
        finally:
            reader.stack.close()
        job.part(0.9, 1.0).progress(0.0)
        kept = len(table)
        for column, most in (("polygon_id", self.most_per_polygon), ("class_id", self.most_per_class)):
            if most:
                table = samples.cap(table, column, most, self.seed)
        counts.capped = kept - len(table)
        counts.polygons["kept"] = (
            counts.polygons["polygon_id"].map(table["polygon_id"].value_counts()).fillna(0).astype(int)
        )
        table = samples.with_class_names(table, labelled.classes)
        if self.aggregation != "pixel":
            table = samples.aggregate(table, reader.names, self.aggregation)
        table = table[[*reader.names, *samples.PLACE_COLUMNS]].reset_index(drop=True)
        classes = labelled.classes.only(table["class_id"])
        self._warn(job, labelled, counts, classes)
        meta = {
            "bands": [vars(b) for b in reader.stack.bands],
            "inputs": list(reader.bands),
            "features": [vars(f) for f in reader.features],
            "classes": classes.as_list(),
            "crs": stack.grid.crs.to_wkt() if stack.grid.crs else None,
            "pixel_size": stack.grid.pixel_size,
            "image": inputs.image_label(self, job),
            "polygons": inputs.polygons_label(self, job),
            "aoi": area_text,
            "training_area": labelled.table.set_index("polygon_id").geometry.to_wkb(hex=True).to_dict(),
            "aggregation": self.aggregation,
            "counts": counts.as_dict(),
            "notes": labelled.notes,
            "seed": self.seed,
            "year": self.year,
            "month": self.month,
            "versions": provenance.versions(),
        }
        result = samples.Samples(table, meta)
        samples.write(self.samples, result)
        if self.report:
            self._write_report(result, counts, classes, job)
        return {
            "sample_count": len(table),
            "polygon_count": int((counts.polygons["kept"] > 0).sum()),
            "class_count": len(classes),
            "left_out_count": counts.nodata + counts.two_classes + counts.capped,
        }

    def _explain_nothing(self, names: list, reader: Any, labelled: Any) -> None:
        """Name the bands without data; `names` are those of all bands of the image, by which they are numbered."""
        from .. import samples

        empty = samples.bands_without_data(reader, labelled.table, self.all_touched)
        kept = [name for name in reader.bands if name not in empty]
        if empty and kept:
            shown, left = (samples.as_ranges(sorted(names.index(n) + 1 for n in found)) for found in (empty, kept))
            raise InputError(
                f"Every pixel under the polygons is nodata in at least one band: {len(empty)} bands ({shown}) hold"
                f" nothing else. Leave them out with BANDS={left}."
            )
        undefined = samples.features_without_data(reader, labelled.table, self.all_touched)
        if undefined:
            raise InputError(
                f"The formula of {', '.join(undefined)} gives no number at any pixel under the polygons: it divides by"
                " zero, takes the root or logarithm of a negative number, or grows too large. Correct it in FEATURES."
            )
        raise InputError(
            "No pixel under the polygons can be used: all are nodata, lie under two classes, or the polygons are"
            " smaller than a pixel. Check the image's nodata value, or switch on 'Every pixel that a polygon touches'."
        )

    def _warn(self, job: Any, labelled: Any, counts: Any, classes: Any) -> None:
        for reason, number in labelled.notes.items():
            job.warning(f"Polygons {reason}: {number}.")
        empty = counts.polygons[counts.polygons["kept"] == 0]
        for reason, found in (
            ("outside the image or smaller than a pixel", empty[empty["inside"] == 0]),
            ("all their pixels are nodata, lie under two classes or are above a cap", empty[empty["inside"] > 0]),
        ):
            if len(found):
                listed = ", ".join(map(str, found["polygon_id"].tolist()[:20])) + (" …" if len(found) > 20 else "")
                job.warning(f"Polygons that yield no sample ({reason}): {listed}.")
        if counts.two_classes:
            job.warning(f"Pixels under polygons of two classes, which were dropped: {counts.two_classes}.")
        lost = [c.name for c in labelled.classes if c.id not in classes.ids]
        if lost:
            job.warning(f"No sample is left of the classes {', '.join(lost)}.")
        kept = counts.polygons["kept"].sum()
        if kept > MANY_SAMPLES and self.aggregation == "pixel":
            job.warning(
                f"{kept:,} samples take long to train on, and most are neighbours that say the same. MOST_PER_POLYGON"
                " or MOST_PER_CLASS limits them."
            )
        if len(classes) == 1:
            job.warning(f"All samples are of one class, {classes.names[0]}. A model needs at least two.")

    def _write_report(self, result: Any, counts: Any, classes: Any, job: Any) -> None:
        from .. import report

        # Computed features are on scales of their own.
        bands, grouped = result.meta["inputs"], result.table.groupby("class_id")
        by_class = counts.polygons[counts.polygons["kept"] > 0].groupby("class_id").size()
        report.write(
            self.report,
            "samples.html",
            title="Samples",
            subtitle=f"{result.meta['polygons']} on {result.meta['image']}",
            warnings=job.warnings,
            counts=counts.as_dict(),
            total=len(result.table),
            rows=report.class_rows(
                classes,
                samples=[int(n) for n in grouped.size()],
                polygons=[int(by_class.get(i, 0)) for i in classes.ids],
            ),
            signature=report.signature_plot(
                bands,
                classes,
                grouped[bands].mean().to_numpy(),
                grouped[bands].std(ddof=0).to_numpy(),
            ),
        )
