"""Evaluate a map: a map against a reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..stage import (
    Area,
    Choice,
    Field,
    FileIn,
    FileOut,
    Flag,
    FolderIn,
    NumberOutput,
    Raster,
    Stage,
    Vector,
    declare,
)
from . import _common as common
from . import _places


@dataclass(frozen=True)
class Evaluate(Stage):
    """Compare a class map with reference polygons, points, a reference raster or the masks of a tile data set.

    Gives the confusion matrix, overall accuracy, kappa, accuracy, F1 and IoU a class with 95 % intervals, in which
    each pixel of the reference counts alike; and beside them the same weighted by the areas of the map's classes, and
    estimated areas (Olofsson et al. 2014). Use a reference that the model has not been trained on.

    Places of a review that were drawn at random, or any points with their stratum and weight, are evaluated by the
    design of that sample, whatever the map's classes are: all scores and areas are estimated for the whole map, each
    place counting for the area that it stands for (Stehman 2014, Stehman and Foody 2019). Places that were chosen
    where the map is unsure say nothing about the map as a whole, so no area is estimated from them.

    With the probabilities that were made with the map, also how well they are calibrated: the expected
    calibration error in 15 bins (Guo et al. 2017), the Brier score and a reliability plot.

    A file of targets gets a verdict a target: met, missed or cannot be decided, and whether the 95 % interval
    settles it. As JSON it is written {"kappa": ">= 0.48", "precision[Medium]": ">= 0.22", "recall[High]": 0.93,
    "rho": ">= 0.58"}; as CSV it has the columns metric, class and target. Metrics of the whole map are
    overall_accuracy, balanced_accuracy, kappa, mean_f1, mean_iou, adjusted_accuracy, with an order of the classes
    kappa_linear, kappa_quadratic, rho, mean_absolute_class_error, with probabilities ece,
    maximum_calibration_error, brier; of a class precision, recall, f1, iou, adjusted_precision and
    adjusted_recall.
    """

    id = "evaluate"
    title = "Evaluate a map"
    group = "Accuracy"

    map: Any = declare(Raster("Map", "A raster of class ids."))
    reference: Any = declare(
        Vector(
            "Reference polygons or points",
            "Features whose class is known, such as the places of a review.",
            geometry="any",
            optional=True,
            carried=(_places.DESIGN, _places.STRATUM, _places.WEIGHT),
        )
    )
    class_field: Any = declare(
        Field("Field with the class", "Class ids as in the map, or class names.", parent="reference", optional=True)
    )
    stratum_field: Any = declare(
        Field(
            "Field with the stratum",
            "For points that were drawn at random within strata, whether these are the map's classes or not. The places"
            " of a review know theirs by themselves.",
            parent="reference",
            optional=True,
            advanced=True,
        )
    )
    weight_field: Any = declare(
        Field(
            "Field with the weight",
            "How many pixels of the map each point stands for: the pixels of its stratum divided by the points drawn"
            " there. Points without a class belong into the layer, too.",
            parent="reference",
            optional=True,
            advanced=True,
        )
    )
    reference_raster: Any = declare(
        Raster("Reference raster, instead of features", "A raster of class ids.", optional=True)
    )
    tiles: Any = declare(
        FolderIn(
            "Tile data set, instead of features",
            "A folder made by Cut tiles; its masks are the reference. Where tiles overlap, each pixel counts once.",
            optional=True,
        )
    )
    tiles_part: Any = declare(
        Choice(
            "Part of the tile data set",
            "Networks learn from the training tiles and are chosen by the validation tiles: only the test tiles are"
            " unseen.",
            default="test",
            choices={"test": "Test", "val": "Validation", "train": "Training"},
        )
    )
    probabilities: Any = declare(
        Raster(
            "Probabilities, for calibration",
            "A raster with a band a class, made with the map by Map with a model: whole percents or numbers from 0 to"
            " 1. Whole percents are rounded, which by itself makes an error of up to 0.005.",
            optional=True,
        )
    )
    targets: Any = declare(
        FileIn(
            "Targets",
            'What the map is to reach, such as {"kappa": ">= 0.48", "recall[High]": 0.93}; see above. A number'
            " without a sign is the least that is asked, of an error the most that is allowed.",
            optional=True,
            extensions=("json", "csv"),
        )
    )
    classes: Any = common.classes()
    aoi: Any = declare(
        Area(
            "Area of interest",
            "Only reference features that touch it are used, or pixels of the reference raster or tiles inside it;"
            " areas are those of the map inside it.",
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
            "As low, medium, high risk by their ids: also gives rho, weighted kappa and mean class error. A tile data"
            " set may say so itself; then they are given anyway.",
        )
    )
    seed: Any = common.seed()
    jobs: Any = common.jobs()
    metrics: Any = declare(FileOut("Metrics", "All numbers.", extension="json", filename="evaluation.json"))
    matrix: Any = declare(FileOut("Confusion matrix", "Counts of pixels or places.", extension="csv", optional=True))
    scores: Any = declare(
        FileOut(
            "All scores", "A row a score, with its 95 % interval, target and verdict.", extension="csv", optional=True
        )
    )
    report: Any = declare(FileOut("Report", extension="html", optional=True))
    overall_accuracy: Any = declare(NumberOutput("Overall accuracy"))
    balanced_accuracy: Any = declare(NumberOutput("Balanced accuracy"))
    kappa: Any = declare(NumberOutput("Cohen's kappa"))
    mean_iou: Any = declare(NumberOutput("Mean IoU"))
    adjusted_accuracy: Any = declare(NumberOutput("Overall accuracy, area-adjusted"))
    adjusted_interval: Any = declare(NumberOutput("Half of its 95 % interval"))
    quadratic_kappa: Any = declare(NumberOutput("Quadratically weighted kappa", "Where the classes have an order."))
    rho: Any = declare(NumberOutput("Spearman's rho", "Where the classes have an order."))
    mean_class_error: Any = declare(NumberOutput("Mean absolute class error", "Where the classes have an order."))
    ece: Any = declare(NumberOutput("Expected calibration error", "Where probabilities were given."))
    targets_met: Any = declare(NumberOutput("Targets met", "Where targets were given."))
    targets_missed: Any = declare(NumberOutput("Targets missed", "Where targets were given."))
    targets_undecided: Any = declare(NumberOutput("Targets that cannot be decided", "Where targets were given."))
    pixel_count: Any = declare(NumberOutput("Pixels compared"))
    left_out_count: Any = declare(NumberOutput("Pixels left out"))

    def check(self) -> None:
        """One reference, and the class field with it."""
        check_reference(self)
        if self.stratum_field and not self.weight_field:
            raise ParameterError(
                "WEIGHT_FIELD is missing: name the field that says how many pixels each point stands for."
            )

    def run(self, job: Any) -> dict:
        """Compare, estimate, judge, write."""
        from contextlib import closing

        from .. import areas, evaluation, evaluation_files, inputs, maps, targets, training_area
        from ..reference import class_match

        asked = targets.read(self.targets) if self.targets else []
        mapped = maps.open_map(self.map, job.origins.get("map"))
        with closing(mapped.stack), closing(open_reference(self, job, mapped)) as known:
            targets.refuse_unknown_classes(asked, known.classes, self.targets)
            grid, shares = known.grid, None
            if self.probabilities:
                label = job.origins.get("probabilities")
                shares = maps.open_probabilities(self.probabilities, label, grid, known.classes)
            # Of features it has been told already.
            trained = None if self.reference else training_area.of_map(self.map, grid.crs)
            found = evaluation.compare(known, shares, trained, self.jobs, job)
            if shares:
                shares.stack.close()
            area = inputs.area_of_interest(self, job, mapped.stack.grid)
            sizes = areas.class_areas(mapped.stack, mapped.classes, area)
        result = evaluation.evaluate(found, mapped.classes, sizes, self.ordinal or known.ordinal, self.seed)
        result["notes"] += class_match.doubts(mapped, known, found.matrix)
        for text in result["notes"]:
            job.warning(text)
        result["matching"] = class_match.matching(mapped.classes, known.own)
        verdicts = targets.judge(asked, result)
        if self.targets:
            result["targets"] = [verdict.as_dict() for verdict in verdicts]
        paths = evaluation_files.Outputs(self.metrics, self.matrix, self.scores, self.report)
        evaluation_files.write(result, found, verdicts, paths, self._subtitle(job, mapped), job.warnings)
        scores, ordinal, adjusted = result["scores"], result.get("ordinal", {}), result.get("area_adjusted", {})
        job.message(_found(result))
        for verdict in verdicts:
            job.message(verdict.sentence)
        counts = {name: sum(v.verdict == name for v in verdicts) for name in targets.VERDICTS}
        return {
            **{name: scores[name] for name in ("overall_accuracy", "balanced_accuracy", "kappa", "mean_iou")},
            "adjusted_accuracy": adjusted.get("overall"),
            "adjusted_interval": adjusted.get("overall_interval"),
            "quadratic_kappa": ordinal.get("kappa_quadratic"),
            "rho": ordinal.get("rho"),
            "mean_class_error": ordinal.get("mean_absolute_class_error"),
            "ece": result.get("calibration", {}).get("ece"),
            "targets_met": counts[targets.MET] if self.targets else None,
            "targets_missed": counts[targets.MISSED] if self.targets else None,
            "targets_undecided": counts[targets.UNDECIDED] if self.targets else None,
            "pixel_count": scores["samples"],
            "left_out_count": sum(known.left_out.values()),
        }

    def _subtitle(self, job: Any, mapped: Any) -> str:
        return f"{mapped.label} against {reference_label(self, job)}"


def _found(result: dict) -> str:
    """The main figures in a sentence, and what they are of."""
    from .. import assessment

    scores, half = result["scores"], result.get("area_adjusted", {}).get("overall_interval")
    accuracy, kappa = assessment.shown(scores["overall_accuracy"]), assessment.shown(scores["kappa"])
    if result["weighted_by"] and scores["overall_accuracy"] is None:
        return f"Nothing can be estimated for the map from the {scores['samples']:,} places."
    if result["weighted_by"]:
        around = "" if half is None else f" ± {half:.3f} (95 % interval)"
        return (
            f"Estimated for the map by {result['weighted_by']}: overall accuracy {accuracy}{around}, kappa {kappa},"
            f" from {scores['samples']:,} places."
        )
    return f"Overall accuracy {accuracy}, kappa {kappa} on {scores['samples']:,} pixels, each counting alike."


def check_reference(stage: Any) -> None:
    """One reference, and the class field with it."""
    given = [name for name in ("reference", "reference_raster", "tiles") if getattr(stage, name) is not None]
    if len(given) != 1:
        raise ParameterError(
            "Give one reference: features in REFERENCE, a raster in REFERENCE_RASTER, or a tile data set in TILES."
            + (f" Got {' and '.join(name.upper() for name in given)}." if given else "")
        )
    if stage.reference is not None and stage.class_field is None:
        raise ParameterError("CLASS_FIELD is missing: name the field of REFERENCE that holds the class.")


def open_reference(stage: Any, job: Any, mapped: Any) -> Any:
    """The reference of a stage for a map, which may be several on one grid; tells what makes it doubtful."""
    from .. import classes, designs, inputs, maps
    from ..reference.features import from_features
    from ..reference.raster import from_raster
    from ..reference.tiles import from_tiles
    from ..tiles import dataset

    if stage.reference:
        labelled = inputs.reference_features(stage, job, mapped)
        design = designs.of_features(
            stage.reference,
            job.origins.get("reference") or stage.reference,
            labelled,
            getattr(stage, "stratum_field", None),
            getattr(stage, "weight_field", None),
            mapped.stack.grid,
        )
        if isinstance(design, designs.Design):  # which says it by itself
            labelled.notes.pop("without a class", None)
        elif isinstance(design, designs.Purposive) and len(maps_of(stage)) > 1:
            job.warning(
                f"{design.number} of the {design.places} places were chosen where a map is unsure or disagrees. That"
                " map fares worse there than elsewhere, so the comparison is unfair to it."
            )
        _warn_of_features(stage, job, labelled)
        return from_features(mapped, labelled, stage.all_touched, stage.jobs, job, design)
    if stage.tiles:
        tiles = dataset.open_tiles(stage.tiles)
        if stage.tiles_part != "test":
            seen = {"train": "learn from the training tiles", "val": "are chosen by the validation tiles"}
            job.warning(
                f"Networks {seen[stage.tiles_part]}, so the accuracy is flattered where the map's model is one of this"
                " tile data set. Choose the test tiles."
            )
        area = inputs.area_of_interest(stage, job, tiles.grid)
        return from_tiles(mapped, tiles, stage.tiles_part, area)
    if stage.reference_raster in maps_of(stage):
        job.warning("The map is compared with itself, so all of it agrees. Choose another REFERENCE_RASTER.")
    truth = maps.open_map(stage.reference_raster, job.origins.get("reference_raster"))
    truth.stack.close()
    truth = truth.with_names_of(mapped)
    if stage.classes:
        truth = truth.named_by(classes.parse(stage.classes))
    area = inputs.area_of_interest(stage, job, mapped.stack.grid)
    return from_raster(mapped, truth, area)


def _warn_of_features(stage: Any, job: Any, labelled: Any) -> None:
    from .. import training_area

    for reason, number in labelled.notes.items():
        job.warning(f"Reference features {reason}: {number}.")
    for path in maps_of(stage):
        known = training_area.overlapping(path, labelled.table)
        if known:
            whose = "the map's model" if len(maps_of(stage)) == 1 else f"the model of {path}"
            job.warning(
                f"{known} of the {len(labelled.table)} reference features overlap polygons that {whose} was trained"
                " on, so the accuracy is flattered. Use features that the model has not seen."
            )


def maps_of(stage: Any) -> tuple:
    """The paths of the maps that a stage looks at."""
    return stage.maps if hasattr(stage, "maps") else (stage.map,)


def reference_label(stage: Any, job: Any) -> str:
    """The reference as the user knows it."""
    if stage.tiles:
        return f"the {stage.tiles_part} tiles of {job.origins.get('tiles') or stage.tiles}"
    name = "reference" if stage.reference else "reference_raster"
    return job.origins.get(name) or getattr(stage, name)
