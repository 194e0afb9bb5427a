"""Train random forest: a sample table becomes a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stage import Choice, FileIn, FileOut, Flag, Integer, Number, NumberOutput, Stage, declare
from . import _common as common


@dataclass(frozen=True)
class TrainRandomForest(Stage):
    """Train a random forest on a sample table and measure its accuracy on samples held out.

    By default whole polygons are held out, so that no pixel is tested whose neighbours were trained on. The
    model that is saved is then trained on all samples; its accuracy is that of the models tested before.
    """

    id = "train_random_forest"
    title = "Train random forest"
    group = "Models"

    samples: Any = declare(
        FileIn(
            "Sample table",
            "Made by Extract samples.",
            extensions=("parquet", "feather"),
            filename="prepared_data{month}.parquet",
            folder_variable="MODEL_OUTPUT_DIR",
        )
    )
    trees: Any = declare(Integer("Trees", default=500, minimum=1, maximum=10000))
    max_depth: Any = declare(
        Integer("Depth of a tree, at most", "Empty: until the leaves are pure.", optional=True, minimum=1, maximum=1000)
    )
    min_leaf: Any = declare(Integer("Samples in a leaf, at least", default=1, minimum=1, advanced=True))
    max_features: Any = declare(
        Choice(
            "Columns tried at a split",
            default="sqrt",
            advanced=True,
            choices={
                "sqrt": "Square root of their number",
                "log2": "Logarithm of their number",
                "third": "A third",
                "all": "All",
            },
        )
    )
    class_weight: Any = declare(
        Choice(
            "Class weights",
            "Balanced: rare classes count as much as frequent ones.",
            default="none",
            choices={"none": "None", "balanced": "Balanced", "balanced_subsample": "Balanced in each tree"},
        )
    )
    validation: Any = declare(
        Choice(
            "Hold out for validation",
            "Pixels of one polygon are alike. Held-out single pixels therefore flatter the model: their neighbours were"
            " trained on.",
            default="polygons",
            choices={
                "polygons": "Whole polygons",
                "blocks": "Whole spatial blocks",
                "pixels": "Single pixels (optimistic)",
                "none": "Nothing",
            },
        )
    )
    share: Any = declare(
        Number(
            "Share held out", "Of the polygons, blocks or pixels of each class.", default=0.2, minimum=0.01, maximum=0.9
        )
    )
    folds: Any = declare(
        Integer(
            "Folds",
            "1 holds out a share once. From 2 on: cross-validation, every polygon, block or pixel is held out once.",
            default=1,
            minimum=1,
            maximum=100,
        )
    )
    block_size: Any = declare(
        Number(
            "Edge of a spatial block",
            "In units of the image's CRS. Empty: a tenth of the samples' extent.",
            optional=True,
            advanced=True,
            minimum=1e-9,
        )
    )
    train_on: Any = declare(
        Choice(
            "The saved model is trained on",
            default="all",
            advanced=True,
            choices={"all": "All samples", "training": "The samples that were not held out"},
        )
    )
    importance: Any = declare(
        Flag(
            "Permutation importance",
            "How much accuracy each column is worth, on held-out samples.",
            default=True,
            advanced=True,
        )
    )
    joblib: Any = declare(
        Flag(
            "Write a joblib file too",
            "For use in Python. Opening such files can run code, so pass on the .landloom file instead.",
            default=True,
            advanced=True,
        )
    )
    seed: Any = common.seed()
    jobs: Any = common.jobs()
    year: Any = common.year()
    month: Any = common.month()
    record: Any = common.record()
    catalogue: Any = common.catalogue()
    connection: Any = common.connection()
    model: Any = declare(
        FileOut("Model", extension="landloom", filename="rf_model{month}.landloom", folder_variable="MODEL_OUTPUT_DIR")
    )
    report: Any = declare(FileOut("Report", "Accuracy, confusion matrix, importance.", extension="html", optional=True))
    overall_accuracy: Any = declare(NumberOutput("Overall accuracy on held-out samples"))
    balanced_accuracy: Any = declare(NumberOutput("Balanced accuracy on held-out samples"))
    kappa: Any = declare(NumberOutput("Cohen's kappa on held-out samples"))
    oob_accuracy: Any = declare(
        NumberOutput("Out-of-bag accuracy", "Optimistic: neighbours of one polygon are in the bag.")
    )
    sample_count: Any = declare(NumberOutput("Number of samples"))
    class_count: Any = declare(NumberOutput("Number of classes"))
    model_id: Any = declare(NumberOutput("Id in the catalogue"))

    def check(self) -> None:
        """A month without a year means nothing."""
        common.check_month(self.year, self.month)

    def run(self, job: Any) -> dict:
        """Validate, train, save, record."""
        from .. import catalogue, samples
        from ..forest import training

        data = samples.read(self.samples)
        training.refuse_unfit(data, self.samples)
        # Opened before the training, so that a wrong address does not cost an hour.
        book = (
            catalogue.open_catalogue(self.catalogue, self.connection, job.environ, job.secrets) if self.record else None
        )
        class_id = data.table["class_id"].to_numpy()
        settings = training.ForestSettings(
            self.trees,
            self.max_depth,
            self.min_leaf,
            {"third": max(1, len(data.columns) // 3), "all": None}.get(self.max_features, self.max_features),
            None if self.class_weight == "none" else self.class_weight,
            self.seed,
        )
        validated = None
        if self.validation != "none":
            validated = training.validate(
                settings,
                data,
                self.validation,
                self.share,
                self.folds,
                self.block_size,
                self.importance,
                self.jobs,
                job.part(0, 0.6),
            )
            for text in validated.notes:
                job.warning(text)
        used = validated.training_part if validated and self.train_on == "training" else slice(None)
        values, class_id = data.values[used], class_id[used]
        job.part(0.6 if validated else 0.0, 0.98)
        if validated:  # a forest of as many trees as were tested
            forest = training.grow(validated.settings, values, class_id, self.jobs, job.progress, out_of_bag=True)
        else:
            watch = training.watch_out_of_bag(values, class_id, self.jobs, job)
            forest = training.grow(
                settings, values, class_id, self.jobs, job.progress, True, watch, lambda: job.finish_asked
            )
        return self._deliver(job, book, data, forest, validated, data.table["polygon_id"].iloc[used].unique())

    def _deliver(self, job: Any, book: Any, data: Any, forest: Any, validated: Any, trained_on: Any) -> dict:
        """Write the model, its card and report; record it."""
        from dataclasses import replace

        from .. import classes, formulas, models, provenance, report, training_area
        from ..forest import training
        from ..rasters import Band

        meta, trees = data.meta, len(forest.estimators_)
        ended_early = trees < self.trees
        if ended_early:
            job.warning(f"The training was ended early by hand: the model has {trees} of {self.trees} trees.")
        grown = replace(self, trees=trees)
        metrics = {**(validated.metrics if validated else {}), "oob_accuracy": training.out_of_bag(forest)}
        table = classes.make_table(meta["classes"]).only(forest.classes_.tolist())
        card = models.Card(
            kind="random_forest",
            bands=tuple(Band(**b) for b in meta["bands"]),
            inputs=tuple(meta["inputs"]),
            features=tuple(formulas.Formula(**f) for f in meta["features"]),
            classes=table,
            pixel_size=tuple(meta["pixel_size"]),
            crs=meta["crs"],
            training={
                "image": provenance.redacted(meta["image"]),
                "polygons": provenance.redacted(meta["polygons"]),
                "aoi": meta["aoi"],
                "samples": len(data.table),
                "sample_table": provenance.fingerprint(self.samples),
                "trained_on": self.train_on,
                "aggregation": meta["aggregation"],
                **({"ended_early": True} if ended_early else {}),
            },
            parameters={name: getattr(grown, name) for name in grown.parameters() if name in training.RECORDED},
            metrics=metrics,
            versions=provenance.versions(),
        )
        weights = training_area.as_weight(meta, trained_on)
        hashes = training.save(self.model, card, forest, weights, self.joblib)
        models.write_card(self.model, card, job.warnings)
        if self.report:
            settings = report.settings(grown, training.RECORDED)
            training.write_report(self.report, card, validated, settings, job.warnings)
        for text in (training.summary(metrics), *models.accuracy_tables(card)):
            job.message(text)
        model_id = None
        if book:
            model_id = book.record_model(
                self.model,
                "RandomForestClassifier",
                f"{card.training['polygons']} on {card.training['image']}",
                {**card.parameters, **hashes},
                metrics,
                self.year or meta["year"],
                self.month or meta["month"],
            )
        return {
            **{name: metrics.get(name) for name in ("overall_accuracy", "balanced_accuracy", "kappa", "oob_accuracy")},
            "sample_count": len(data.table),
            "class_count": len(table),
            "model_id": model_id,
        }
