"""Train patch classifier: a patch data set becomes a convolutional network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stage import Choice, FileOut, Flag, FolderIn, Integer, Number, NumberOutput, Stage, declare
from . import _common as common


@dataclass(frozen=True)
class TrainPatchClassifier(Stage):
    """Train a small convolutional network on the patches of a data set and measure its accuracy on patches held out.

    Training ends when the loss on the validation part has not fallen for a while; the network of the best epoch is
    kept. A run that was stopped goes on where it was when it is started again with the same settings. Needs the
    deep-learning layer (Plugins ▸ Landloom ▸ Set up…).
    """

    id = "train_patch_classifier"
    title = "Train patch classifier"
    group = "Models"

    dataset: Any = declare(FolderIn("Patch data set", "A folder with patches that have been split."))
    fold: Any = declare(
        Integer(
            "Fold to validate with",
            "Of a data set that was split into folds. Empty: the parts train, val and test.",
            optional=True,
            minimum=1,
        )
    )
    epochs: Any = declare(
        Integer("Epochs, at most", "How often all patches are learnt from.", default=100, minimum=1, maximum=100_000)
    )
    patience: Any = declare(
        Integer(
            "Patience",
            "Stop after so many epochs without a lower validation loss.",
            default=20,
            minimum=1,
            unit="epochs",
        )
    )
    batch_size: Any = declare(
        Integer("Batch size", "Patches that one step of learning looks at.", default=32, minimum=2, maximum=65536)
    )
    learning_rate: Any = declare(
        Number(
            "Learning rate",
            "Of the first epoch; it falls along a cosine until the last.",
            default=0.001,
            minimum=1e-7,
            maximum=1.0,
        )
    )
    width: Any = declare(
        Integer(
            "Width of the network",
            "Channels of each layer. Twice as many cost about three times the time, in training and in mapping.",
            default=32,
            minimum=4,
            maximum=1024,
            advanced=True,
        )
    )
    scaling: Any = declare(
        Choice(
            "Scaling of the bands",
            default="standardise",
            advanced=True,
            choices={
                "standardise": "By mean and standard deviation of the training patches",
                "reflectance": "Divided by 10000 (reflectance as whole numbers)",
            },
        )
    )
    class_weight: Any = declare(
        Choice(
            "Class weights",
            "Balanced: rare classes count as much as frequent ones.",
            default="none",
            choices={"none": "None", "balanced": "Balanced"},
        )
    )
    augmentation: Any = declare(
        Flag(
            "Turn and mirror patches while learning",
            "Some also lose a strip at their border, as at the edge of an image or a cloud.",
            default=True,
        )
    )
    device: Any = common.device()
    seed: Any = common.seed()
    jobs: Any = declare(
        Integer(
            "Processor cores",
            "Empty: all. Another number can change the last digits of the result.",
            optional=True,
            advanced=True,
            minimum=1,
            maximum=1024,
        )
    )
    year: Any = common.year()
    month: Any = common.month()
    record: Any = common.record()
    catalogue: Any = common.catalogue()
    connection: Any = common.connection()
    model: Any = declare(
        FileOut("Model", extension="landloom", filename="cnn_model{month}.landloom", folder_variable="MODEL_OUTPUT_DIR")
    )
    report: Any = declare(
        FileOut("Report", "Accuracy, learning curves, confusion matrix.", extension="html", optional=True)
    )
    overall_accuracy: Any = declare(NumberOutput("Overall accuracy on held-out patches"))
    balanced_accuracy: Any = declare(NumberOutput("Balanced accuracy on held-out patches"))
    kappa: Any = declare(NumberOutput("Cohen's kappa on held-out patches"))
    val_loss: Any = declare(NumberOutput("Lowest validation loss"))
    best_epoch: Any = declare(NumberOutput("Epoch that the network was taken from"))
    epochs_run: Any = declare(NumberOutput("Epochs that were run"))
    train_count: Any = declare(NumberOutput("Patches to train on"))
    val_count: Any = declare(NumberOutput("Patches to validate with"))
    test_count: Any = declare(NumberOutput("Patches to test with"))
    class_count: Any = declare(NumberOutput("Number of classes"))
    model_id: Any = declare(NumberOutput("Id in the catalogue"))

    def check(self) -> None:
        """A month without a year means nothing."""
        common.check_month(self.year, self.month)

    def run(self, job: Any) -> dict:
        """Read, train, measure."""
        from pathlib import Path

        from .. import catalogue, networks
        from ..patches.dataset import open_dataset

        networks.require_torch("A patch classifier is a neural network")
        from ..networks import devices, patch_classifier, patch_data
        from ..networks.training import Settings

        device = devices.choose(self.device)
        dataset = open_dataset(self.dataset)
        # Opened before the training, so that a wrong address does not cost an hour.
        book = (
            catalogue.open_catalogue(self.catalogue, self.connection, job.environ, job.secrets) if self.record else None
        )
        options = patch_classifier.Options(
            Settings(self.epochs, self.patience, self.learning_rate, seed=self.seed),
            self.batch_size,
            self.width,
            self.scaling,
            self.class_weight,
            self.augmentation,
        )
        patches = patch_data.read(dataset, self.fold, job.part(0.0, 0.05))
        for text in patches.notes:
            job.warning(text)
        with devices.threads(self.jobs):
            trained = patch_classifier.train(
                dataset, patches, options, device, Path(self.model), self.fold, job.part(0.05, 0.98)
            )
        for text in patch_classifier.explain(trained):
            job.warning(text)
        return self._deliver(job, book, dataset, patches, trained)

    def _deliver(self, job: Any, book: Any, dataset: Any, patches: Any, trained: Any) -> dict:
        """Write the model, its card and report; record it."""
        from .. import models, report
        from ..networks import patch_classifier

        parameters = {name: getattr(self, name) for name in patch_classifier.RECORDED}
        card = patch_classifier.make_card(dataset, patches, trained, parameters, self.fold)
        patch_classifier.save(self.model, card, dataset, patches, trained)
        models.write_card(self.model, card, job.warnings)
        if self.report:
            settings = report.settings(self, patch_classifier.RECORDED)
            patch_classifier.write_report(self.report, card, trained, settings, job.warnings)
        for text in (card.metrics["summary"], *models.accuracy_tables(card)):
            job.message(text)
        model_id = None
        if book:
            model_id = book.record_model(
                self.model,
                "PatchCNN",
                f"{card.training['polygons']} on {card.training['image']}",
                {**card.parameters, **card.network},
                card.metrics,
                self.year,
                self.month,
            )
        counts = card.training["patches"]
        return {
            **{name: card.metrics[name] for name in ("overall_accuracy", "balanced_accuracy", "kappa", "val_loss")},
            "best_epoch": card.training["best_epoch"],
            "epochs_run": card.training["epochs_run"],
            **{f"{part}_count": counts[part] for part in ("train", "val", "test")},
            "class_count": len(card.classes),
            "model_id": model_id,
        }
