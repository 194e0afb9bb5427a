"""Evaluate a map: a map against a reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..stage import Area, Field, FileOut, Flag, NumberOutput, Raster, Stage, Vector, declare
from . import _common as common


@dataclass(frozen=True)
class Evaluate(Stage):
    """Compare a class map with reference polygons, points or a reference raster.

    Gives the confusion matrix, overall accuracy, kappa and accuracy a class; and, weighted by the areas of
    the map's classes, accuracies and areas with 95 % intervals (Olofsson et al. 2014). Use a reference that
    the model has not been trained on.
    """

    id = "evaluate"
    title = "Evaluate a map"
    group = "Accuracy"

    map: Any = declare(Raster("Map", "A raster of class ids."))
    reference: Any = declare(
        Vector("Reference polygons or points", "Features whose class is known.", geometry="any", optional=True)
    )
    class_field: Any = declare(
        Field("Field with the class", "Class ids as in the map, or class names.", parent="reference", optional=True)
    )
    reference_raster: Any = declare(
        Raster("Reference raster, instead of features", "A raster of class ids.", optional=True)
    )
    classes: Any = common.classes()
    aoi: Any = declare(
        Area(
            "Area of interest",
            "Only reference features that touch it are used, or pixels of the reference raster inside it; areas are"
            " those of the map inside it.",
            optional=True,
            advanced=True,
        )
    )
    all_touched: Any = declare(
        Flag("Every pixel that a polygon touches", "Else only pixels whose centre lies inside.", advanced=True)
    )
    ordinal: Any = declare(
        Flag(
            "The classes have an order",
            "As low, medium, high risk by their ids: also gives rho, weighted kappa and mean class error.",
        )
    )
    seed: Any = common.seed()
    jobs: Any = common.jobs()
    metrics: Any = declare(FileOut("Metrics", "All numbers.", extension="json", filename="evaluation.json"))
    matrix: Any = declare(FileOut("Confusion matrix", extension="csv", optional=True))
    report: Any = declare(FileOut("Report", extension="html", optional=True))
    overall_accuracy: Any = declare(NumberOutput("Overall accuracy"))
    balanced_accuracy: Any = declare(NumberOutput("Balanced accuracy"))
    kappa: Any = declare(NumberOutput("Cohen's kappa"))
    adjusted_accuracy: Any = declare(NumberOutput("Overall accuracy, area-adjusted"))
    adjusted_interval: Any = declare(NumberOutput("Half of its 95 % interval"))
    quadratic_kappa: Any = declare(NumberOutput("Quadratically weighted kappa", "Where the classes have an order."))
    rho: Any = declare(NumberOutput("Spearman's rho", "Where the classes have an order."))
    mean_class_error: Any = declare(NumberOutput("Mean absolute class error", "Where the classes have an order."))
    pixel_count: Any = declare(NumberOutput("Pixels compared"))
    left_out_count: Any = declare(NumberOutput("Pixels left out"))

    def check(self) -> None:
        """One reference, and the class field with it."""
        if (self.reference is None) == (self.reference_raster is None):
            raise ParameterError("Give one reference: features in REFERENCE, or a raster in REFERENCE_RASTER.")
        if self.reference is not None and self.class_field is None:
            raise ParameterError("CLASS_FIELD is missing: name the field of REFERENCE that holds the class.")

    def run(self, job: Any) -> dict:
        """Compare, estimate, write."""
        from contextlib import closing

        from .. import assessment, evaluation, maps, reference

        mapped = maps.open_map(self.map, job.origins.get("map"))
        with closing(mapped.stack):
            found, other, sizes = self._compare(job, mapped)
        result = evaluation.evaluate(found, mapped.classes, sizes, self.ordinal, self.seed)
        result["notes"] += reference.doubts(mapped, other, found)
        for text in result["notes"]:
            job.warning(text)
        result["matching"] = reference.matching(mapped.classes, other)
        evaluation.write(
            result, found, self.metrics, self.matrix, self.report, self._subtitle(job, mapped), job.warnings
        )
        scores, ordinal, adjusted = result["scores"], result.get("ordinal", {}), result.get("area_adjusted", {})
        job.message(
            f"Overall accuracy {scores['overall_accuracy']:.3f}, kappa {assessment.shown(scores['kappa'])} on"
            f" {scores['samples']:,} pixels."
        )
        return {
            **{name: scores[name] for name in ("overall_accuracy", "balanced_accuracy", "kappa")},
            "adjusted_accuracy": adjusted.get("overall"),
            "adjusted_interval": adjusted.get("overall_interval"),
            "quadratic_kappa": ordinal.get("kappa_quadratic"),
            "rho": ordinal.get("rho"),
            "mean_class_error": ordinal.get("mean_absolute_class_error"),
            "pixel_count": scores["samples"],
            "left_out_count": sum(found.left_out.values()),
        }

    def _compare(self, job: Any, mapped: Any) -> tuple:
        """The comparison, the reference's classes and the areas of the map's."""
        from .. import areas, inputs, maps, reference

        area = inputs.area_of_interest(self, job, mapped.stack.grid)
        if self.reference:
            labelled = inputs.reference_features(self, job, mapped)
            self._warn_of_features(job, labelled)
            found = reference.against_features(mapped, labelled, self.all_touched, self.jobs, job)
            other = labelled.classes
        else:
            if self.reference_raster == self.map:
                job.warning("The map is compared with itself, so all of it agrees. Choose another REFERENCE_RASTER.")
            truth = maps.open_map(self.reference_raster, job.origins.get("reference_raster"))
            truth.stack.close()
            found = reference.against_raster(mapped, truth, area, self.jobs, job)
            other = truth.with_names_of(mapped).classes
        return found, other, areas.class_areas(mapped.stack, mapped.classes, area)

    def _warn_of_features(self, job: Any, labelled: Any) -> None:
        from .. import training_area

        for reason, number in labelled.notes.items():
            job.warning(f"Reference features {reason}: {number}.")
        known = training_area.overlapping(self.map, labelled.table)
        if known:
            job.warning(
                f"{known} of the {len(labelled.table)} reference features overlap polygons that the map's model was"
                " trained on, so the accuracy is flattered. Use features that the model has not seen."
            )

    def _subtitle(self, job: Any, mapped: Any) -> str:
        name = "reference" if self.reference else "reference_raster"
        return f"{mapped.label} against {job.origins.get(name) or getattr(self, name)}"
