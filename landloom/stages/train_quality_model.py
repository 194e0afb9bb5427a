"""Train quality model: records with measured quality become a model that predicts it for others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..stage import FileIn, FileOut, Flag, Integer, Number, NumberOutput, Stage, Text, TextOutput, declare
from . import _common as common

# What of the parameters belongs to the model, as opposed to where files go and how fast.
RECORDED = (
    "metrics", "with_parameters", "components", "members", "hidden", "layers", "dropout", "epochs", "patience",
    "batch_size", "learning_rate", "weight_decay", "seed",
)  # fmt: skip


@dataclass(frozen=True)
class TrainQualityModel(Stage):
    """Learn how good a result will be from the features of its image and the parameters it was made with.

    Several small networks (ridge regression, and a multi-layer perceptron that learns what it misses) learn the same
    from other beginnings; their mean is the prediction. All scaling, and the principal components of the features, come
    from the training records; training stops by the validation records, which also say how wide intervals have to be;
    the figures come from the test records alone. They are compared, on the same records, with what is simpler: the mean
    of the training records, one parameter alone (mean_entropy where there is one, learnt from or not), and ridge
    regression. The report says whether the model earns its place; where it does not, use the simpler one.

    Records that have not been split are dealt by whole groups, those of one image together: 70 % to training, 15 %
    each to validation and test.
    Needs the deep-learning layer (Plugins ▸ Landloom ▸ Set up…).
    """

    id = "train_quality_model"
    title = "Train quality model"
    group = "Features and quality"

    records: Any = declare(
        FileIn("Records", "With metrics; made by Mine results or Describe map tiles.", extensions=("csv",))
    )
    features: Any = declare(
        FileIn("Features", "Made by Extract features with these records.", optional=True, extensions=("h5", "hdf5"))
    )
    metrics: Any = declare(
        Text(
            "Metrics",
            "Names of the metrics to predict, separated by commas; the numbers that come out are those of the first."
            " Empty: all that the records have.",
            optional=True,
        )
    )
    with_parameters: Any = declare(
        Flag("Learn from the parameters", "Else from the features alone.", default=True, advanced=True)
    )
    components: Any = declare(
        Integer(
            "Components of the features",
            "Features are reduced to so many principal components. Empty: one for 20 training records, 32 at most.",
            optional=True,
            minimum=1,
            maximum=4096,
            advanced=True,
        )
    )
    members: Any = declare(
        Integer(
            "Networks",
            "How many learn the same. How far they disagree is part of the uncertainty.",
            default=5,
            minimum=1,
            maximum=100,
            advanced=True,
        )
    )
    hidden: Any = declare(
        Integer("Units a layer", "Of each network.", default=64, minimum=1, maximum=4096, advanced=True)
    )
    layers: Any = declare(
        Integer("Layers", "Hidden ones of each network.", default=2, minimum=1, maximum=16, advanced=True)
    )
    dropout: Any = declare(
        Number(
            "Dropout",
            "Share of the units that are left out at random while learning, so that none is relied on.",
            default=0.2,
            minimum=0.0,
            maximum=0.9,
            advanced=True,
        )
    )
    epochs: Any = declare(
        Integer("Epochs, at most", "How often all records are learnt from.", default=200, minimum=1, maximum=100_000)
    )
    patience: Any = declare(
        Integer(
            "Patience",
            "Stop after so many epochs without a lower validation loss.",
            default=30,
            minimum=1,
            unit="epochs",
        )
    )
    batch_size: Any = declare(
        Integer("Batch size", "Records that one step looks at.", default=64, minimum=2, maximum=65536, advanced=True)
    )
    learning_rate: Any = declare(
        Number(
            "Learning rate",
            "Of the first epoch; it falls along a cosine until the last.",
            default=0.005,
            minimum=1e-7,
            maximum=1.0,
            advanced=True,
        )
    )
    weight_decay: Any = declare(
        Number(
            "Weight decay",
            "Keeps weights small, so that few records are not learnt by heart.",
            default=0.1,
            minimum=0.0,
            maximum=10.0,
            advanced=True,
        )
    )
    device: Any = common.device()
    seed: Any = common.seed()
    record: Any = common.record()
    catalogue: Any = common.catalogue()
    connection: Any = common.connection()
    model: Any = declare(
        FileOut("Model", extension="landloom", filename="quality_model.landloom", folder_variable="MODEL_OUTPUT_DIR")
    )
    report: Any = declare(
        FileOut(
            "Report", "How good predictions are, and whether simpler ones are as good.", extension="html", optional=True
        )
    )
    mae: Any = declare(NumberOutput("Mean absolute error on the test records"))
    rmse: Any = declare(NumberOutput("Root mean squared error on the test records"))
    r2: Any = declare(NumberOutput("R² on the test records"))
    rank_correlation: Any = declare(NumberOutput("Spearman's rank correlation on the test records"))
    calibration_error: Any = declare(
        NumberOutput("Calibration error", "Mean distance of predicted and true quality over bins of test records.")
    )
    coverage: Any = declare(NumberOutput("Coverage", "Share of the test records in their 90 % interval."))
    single_rank_correlation: Any = declare(
        NumberOutput("Rank correlation of one parameter alone", "Mean entropy where the records have it.")
    )
    ridge_rank_correlation: Any = declare(NumberOutput("Rank correlation of the best ridge regression"))
    earns_its_place: Any = declare(
        NumberOutput(
            "Whether the model earns its place",
            "1 where it ranks better than one parameter alone and has a smaller error than all baselines, both beyond"
            " chance, else 0; nothing where that cannot be told, as from test records of fewer than five groups.",
        )
    )
    verdict: Any = declare(TextOutput("Whether the model earns its place, in words"))
    train_count: Any = declare(NumberOutput("Records to train on"))
    val_count: Any = declare(NumberOutput("Records to validate with"))
    test_count: Any = declare(NumberOutput("Records to test with"))
    model_id: Any = declare(NumberOutput("Id in the catalogue"))

    def check(self) -> None:
        """There must be something to learn from."""
        if not self.with_parameters and self.features is None:
            raise ParameterError("Give FEATURES, or switch on WITH_PARAMETERS: there is nothing to learn from.")

    def run(self, job: Any) -> dict:
        """Gather, train, judge, write, record."""
        from .. import catalogue, networks

        networks.require_torch("A quality model is a neural network")
        from ..image_features import feature_store
        from ..networks import devices
        from ..networks.training import Settings
        from ..quality import learning
        from ..records.table import open_records

        device = devices.choose(self.device)
        records = open_records(self.records)
        store = feature_store.open_store(self.features) if self.features else None
        # Opened before the training, so that a wrong address does not cost its time.
        book = (
            catalogue.open_catalogue(self.catalogue, self.connection, job.environ, job.secrets) if self.record else None
        )
        names = [name.strip() for name in (self.metrics or "").split(",") if name.strip()]
        examples = learning.gather(records, store, names, self.with_parameters, self.seed)
        options = learning.Options(
            Settings(self.epochs, self.patience, self.learning_rate, self.weight_decay, self.seed),
            self.batch_size,
            self.hidden,
            self.layers,
            self.dropout,
            self.members,
            self.components,
        )
        # Networks as small as these are faster on one core than shared out.
        with devices.threads(1):
            trained = learning.train(examples, options, device, job.scratch, job)
        for text in learning.explain(examples, trained):
            job.warning(text)
        return self._deliver(job, book, examples, trained)

    def _deliver(self, job: Any, book: Any, examples: Any, trained: Any) -> dict:
        """Write the model, its card and report; record it."""
        from .. import models, report
        from ..quality import model, quality_report

        label = job.origins.get("records") or self.records
        parameters = {name: getattr(self, name) for name in RECORDED}
        card = quality_report.make_card(examples, trained, parameters, label, self.records)
        model.save(self.model, card, trained.model)
        models.write_card(self.model, card, job.warnings)
        for text in (card.metrics["summary"], card.metrics["verdict"]):
            job.message(text)
        if self.report:
            quality_report.write(self.report, card, examples, trained, report.settings(self, RECORDED), job.warnings)
        model_id = None
        if book:
            model_id = book.record_model(
                self.model, "Quality", label, {**card.parameters, **card.network}, card.metrics, None, None
            )
        first = trained.judged[0]
        figures = {name: first.figures[name] for name in ("mae", "rmse", "r2", "rank_correlation")}
        single, ridge = quality_report.rank_correlations_of_baselines(first)
        return {
            **figures,
            "calibration_error": round(first.calibration_error, 6),
            "coverage": round(first.coverage, 6),
            "single_rank_correlation": single,
            "ridge_rank_correlation": ridge,
            "earns_its_place": None if first.earns_its_place is None else int(first.earns_its_place),
            "verdict": card.metrics["verdict"],
            **{f"{part}_count": len(examples.places(part)) for part in ("train", "val", "test")},
            "model_id": model_id,
        }
