"""Compare models: evaluations side by side, and maps at the same reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..stage import FileOut, FilesIn, NumberOutput, RasterOut, Rasters, Stage, Text, declare
from . import _common as common
from .evaluate import Evaluate, check_reference, open_reference, reference_label


@dataclass(frozen=True)
class CompareModels(Stage):
    """Compare evaluations, or maps at one reference: differences of all metrics, and whether they are more than luck.

    Evaluations are files of metrics that Evaluate a map wrote, or any JSON file of numbers by name. They give a
    table with the differences to the first one, such as for an ablation: what did each part of a model give?

    Maps with a reference are compared pixel by pixel: McNemar's test for every two of them (exact where they
    differ on fewer than 25 pixels), and 95 % intervals of the differences by a paired bootstrap. Pixels beside one
    another are alike, so McNemar's test by pixel makes a difference look surer than it is; the bootstrap draws
    whole polygons, blocks of tiles or squares instead, and a sign test counts in how many of these each map is
    better. Where the maps differ, also beside the reference, is a raster.
    """

    id = "compare_models"
    title = "Compare models"
    group = "Accuracy"

    evaluations: Any = declare(
        FilesIn(
            "Evaluations", "Metrics of two or more maps, as Evaluate a map writes them.", optional=True,
            extensions=("json",),
        )
    )  # fmt: skip
    maps: Any = declare(
        Rasters(
            "Maps",
            "Two or more rasters of class ids of one place, to be compared at one reference. The first one gives the"
            " pixel grid.",
            optional=True,
        )
    )
    names: Any = declare(
        Text(
            "Names",
            "What the evaluations and then the maps are called in tables, separated by commas or lines. Empty: the"
            " names of the files.",
            optional=True,
            multiline=True,
        )
    )
    reference: Any = common.as_in(Evaluate, "reference")
    class_field: Any = common.as_in(Evaluate, "class_field")
    reference_raster: Any = common.as_in(Evaluate, "reference_raster")
    tiles: Any = common.as_in(Evaluate, "tiles")
    tiles_part: Any = common.as_in(Evaluate, "tiles_part")
    classes: Any = common.classes()
    aoi: Any = common.as_in(Evaluate, "aoi")
    all_touched: Any = common.as_in(Evaluate, "all_touched")
    ordinal: Any = common.as_in(Evaluate, "ordinal")
    seed: Any = common.seed()
    jobs: Any = common.jobs()
    metrics: Any = declare(FileOut("Comparison", "All numbers.", extension="json", filename="comparison.json"))
    table: Any = declare(FileOut("Table of metrics", extension="csv", optional=True))
    markdown: Any = declare(
        FileOut("Table of metrics as Markdown", "To paste into a text.", extension="md", optional=True)
    )
    report: Any = declare(FileOut("Report", extension="html", optional=True))
    disagreement: Any = declare(
        RasterOut("Disagreement", "How many different classes the maps show at each pixel.", optional=True)
    )
    picture: Any = declare(FileOut("Picture of the disagreement", "With its legend.", extension="png", optional=True))
    best_index: Any = declare(
        NumberOutput("The best", "Its place, from 1, by kappa or else the first metric that all have.")
    )
    accuracy_difference: Any = declare(
        NumberOutput("Difference of overall accuracy", "The best of the others minus the first.")
    )
    kappa_difference: Any = declare(NumberOutput("Difference of kappa", "The best of the others minus the first."))
    mcnemar_p: Any = declare(NumberOutput("McNemar's p", "Of the first map and the best of the others; by pixel."))
    disagreement_share: Any = declare(NumberOutput("Share of the maps' pixels on which they differ", "0 to 1."))
    pixel_count: Any = declare(NumberOutput("Reference pixels compared"))
    left_out_count: Any = declare(NumberOutput("Reference pixels left out"))

    def check(self) -> None:
        """Two at least of something; a reference with the maps."""
        given = [name for name in ("reference", "reference_raster", "tiles") if getattr(self, name) is not None]
        if self.maps:
            if len(self.maps) < 2:
                raise ParameterError("MAPS holds one map. Choose two or more.")
            check_reference(self)
        elif given:
            raise ParameterError(f"{given[0].upper()} is a reference for maps. Choose two or more in MAPS.")
        elif len(self.evaluations or ()) < 2:
            raise ParameterError("There is nothing to compare. Choose two or more files in EVALUATIONS, or MAPS.")
        for name in ("disagreement", "picture"):
            if getattr(self, name) and not self.maps:
                raise ParameterError(f"{name.upper()} needs maps. Choose two or more in MAPS, or leave it out.")

    def run(self, job: Any) -> dict:
        """Read evaluations, compare maps, write."""
        import json

        from .. import comparison, files

        files_given, names = self.evaluations or (), self._names(job)
        evaluated = [comparison.read_metrics(path, name) for path, name in zip(files_given, names)]
        labels = names[len(files_given) :]
        compared = self._compare(job, labels) if self.maps else None
        evaluated += compared["evaluated"] if compared else []
        notes = comparison.doubts(evaluated) + (compared["notes"] if compared else [])
        for text in notes:
            job.warning(text)
        rows = comparison.table(evaluated)
        rank = comparison.ranking(evaluated)
        best = None if rank is None else max(range(len(evaluated)), key=lambda i: rank[1][i])
        result = {
            "names": names,
            "ranked_by": rank[0] if rank else None,
            "best": None if best is None else names[best],
            "metrics": {row.metric: row.values for row in rows},
            "differences_to_first": {row.metric: row.differences for row in rows},
            **(compared["result"] if compared else {}),
            "notes": notes,
        }
        files.write_text(self.metrics, json.dumps(result, indent=2, ensure_ascii=False) + "\n")
        comparison.write_text(self.table, comparison.as_csv(rows, names))
        comparison.write_text(self.markdown, comparison.as_markdown(rows, names))
        if self.report:
            self._write_report(job, names, labels, rows, rank, best, compared)
        other = None if rank is None else max(range(1, len(evaluated)), key=lambda i: rank[1][i])
        for row in rows:
            if row.metric in ("overall_accuracy", "kappa", "mean_iou") and other and row.differences[other] is not None:
                job.message(f"{row.label}: {names[other]} {row.differences[other]:+.4f} against {names[0]}.")
        return {
            "best_index": None if best is None else best + 1,
            "accuracy_difference": _difference(rows, "overall_accuracy", other),
            "kappa_difference": _difference(rows, "kappa", other),
            "mcnemar_p": self._p(compared, rank, len(files_given)),
            "disagreement_share": compared["result"]["disagreement"]["share"] if compared else None,
            "pixel_count": compared["result"]["pixels"] if compared else None,
            "left_out_count": sum(compared["result"]["left_out"].values()) if compared else None,
        }

    def _names(self, job: Any) -> list:
        """What evaluations and maps are called, each otherwise than the others."""
        import re
        from pathlib import Path

        origins = [
            (job.origins.get(n) or "\n".join(getattr(self, n) or ())).split("\n") for n in ("evaluations", "maps")
        ]
        paths = [path for several in origins for path in several if path]
        if not self.names:
            stems = [Path(path).stem for path in paths]
            alike = len(set(stems)) < len(stems)
            names = [f"{Path(path).parent.name}/{stem}" for path, stem in zip(paths, stems)] if alike else stems
            return [f"{n} {i}" if names.count(n) > 1 else n for i, n in enumerate(names, start=1)]
        names = [name.strip() for name in re.split(r"[,\n]", self.names) if name.strip()]
        if len(names) != len(paths):
            raise ParameterError(f"NAMES has {len(names)} names, but {len(paths)} are compared. Give one for each.")
        if len(set(names)) < len(names):
            raise ParameterError("NAMES has a name twice. Give each another one.")
        return names

    def _compare(self, job: Any, labels: list) -> dict:
        """The maps at the reference, and where they differ."""
        from contextlib import closing

        from .. import maps, paired, training_area

        opened = [maps.open_map(path) for path in self.maps]
        for one in opened:
            one.stack.close()
        mapped = maps.together([one.with_names_of(opened[0]) for one in opened])
        with closing(mapped.stack), closing(open_reference(self, job, mapped)) as known:
            trained = [None if self.reference else training_area.of_map(path, known.grid.crs) for path in self.maps]
            found = paired.compare(known, len(self.maps), trained, self.jobs, job)
            ordinal = self.ordinal or known.ordinal
            evaluated = paired.scores(found, labels, ordinal)
            drawn = paired.intervals(found, self.seed, ordinal)
            shares = self._disagreement(job, mapped)
        pairs = paired.pairs(found)
        columns, right = paired.who_is_right(found, labels)
        notes = paired.doubts(found, labels)
        differ = int(shares[1:].sum())
        result = {
            "maps": labels,
            "reference": reference_label(self, job),
            "pixels": found.total,
            "weighted_by": found.weighted_by,
            "left_out": known.left_out,
            "classes": known.classes.as_list(),
            "confusion_matrices": dict(zip(labels, found.matrices().sum(axis=1).tolist())),
            "pairs": [pair.as_dict(labels) for pair in pairs],
            "difference_intervals": None if drawn is None else {"by": drawn[0], **dict(zip(labels[1:], drawn[1][1:]))},
            "who_is_right": {"columns": columns, "pixels": right.tolist()},
            "disagreement": {
                "pixels_by_number_of_classes": shares.tolist(),
                "share": round(differ / int(shares.sum()), 6) if shares.sum() else None,
            },
        }
        return {
            "evaluated": evaluated, "result": result, "notes": notes, "drawn": drawn, "pairs": pairs,
            "right": right, "columns": columns, "known": known,
        }  # fmt: skip

    def _disagreement(self, job: Any, mapped: Any) -> Any:
        """How many pixels show one, two … different classes; with the raster and its picture as wished."""
        from contextlib import closing
        from pathlib import Path

        from .. import areas, cog, disagreement, inputs, mapping, pictures, provenance, rasters, styles

        area = inputs.area_of_interest(self, job, mapped.stack.grid)
        task = disagreement.DisagreementTask(mapped.stack, mapped.classes, area)
        if not (self.disagreement or self.picture):
            return disagreement.count(task, self.jobs, job)
        legend = disagreement.legend(len(self.maps))
        path = self.disagreement or str(job.scratch / "disagreement.tif")
        layout = cog.Layout(legend.dtype, ("different classes",), 0, legend)
        identity = {
            "maps": [provenance.fingerprint(one) for one in self.maps],
            "area": area.wkt if area else None,
            "classes": mapped.classes.as_list(),
        }
        products = {"disagreement": mapping.Product(Path(path), layout)}
        mapping.map_windows(task, task.stack, products, identity, mapping.Effort(self.jobs), job)
        if self.disagreement:
            styles.write_class_map(self.disagreement, legend)
        with closing(rasters.open_stack([path])) as written:
            sizes = areas.class_areas(written, legend)
        if self.picture or self.report:
            pictures.draw_map(self._picture(job), path, legend, sizes)
        return sizes.pixels

    def _picture(self, job: Any) -> str:
        return self.picture or str(job.scratch / "disagreement.png")

    def _p(self, compared: Any, rank: Any, before: int) -> Any:
        """McNemar's p of the first map and the best of the other maps."""
        if compared is None or rank is None:
            return None
        values = rank[1][before:]
        other = max(range(1, len(values)), key=lambda i: values[i])
        return next(pair.p for pair in compared["pairs"] if (pair.first, pair.second) == (0, other))

    def _write_report(
        self, job: Any, names: list, labels: list, rows: list, rank: Any, best: Any, compared: Any
    ) -> None:
        from .. import comparison, report

        known = compared["known"] if compared else None
        drawn = compared["drawn"] if compared else None
        report.write(
            self.report,
            "comparison.html",
            title="Comparison of models",
            subtitle=", ".join(names),
            warnings=job.warnings,
            names=names,
            labels=labels,
            rows=rows,
            best=None if best is None else names[best],
            ranked_by=rank[0] if rank else None,
            result=compared["result"] if compared else None,
            pairs=compared["pairs"] if compared else [],
            drawn=drawn,
            plot=comparison.difference_plot(rows, drawn[1], labels) if drawn else None,
            right=(report.class_rows(known.classes, counts=compared["right"].tolist()) if known else []),
            columns=compared["columns"] if compared else [],
            picture=report.picture(self._picture(job)) if self.picture or self.disagreement else None,
        )


def _difference(rows: list, metric: str, place: Any) -> Any:
    return next((row.differences[place] for row in rows if place and row.metric == metric), None)
