"""Train segmentation network: a tile data set becomes a network that says of each pixel of what class it is."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from ..stage import (
    Choice,
    ClassWeights,
    Encoder,
    EncoderWeights,
    FileOut,
    Flag,
    FolderIn,
    Integer,
    Number,
    NumberOutput,
    Stage,
    Text,
    declare,
)
from . import _common as common

NETWORKS = {
    "unet": "U-Net",
    "unetplusplus": "U-Net++",
    "manet": "MA-Net",
    "linknet": "LinkNet",
    "fpn": "FPN",
    "pspnet": "PSPNet",
    "deeplabv3": "DeepLabV3",
    "deeplabv3plus": "DeepLabV3+",
    "pan": "PAN",
    "upernet": "UPerNet",
    "segformer": "SegFormer",
}
LOSSES = {
    "focal": "Focal",
    "cross_entropy": "Cross entropy",
    "dice": "Dice",
    "lovasz": "Lovász",
    "focal_dice": "Focal and Dice",
    "focal_lovasz": "Focal and Lovász",
    "cross_entropy_dice": "Cross entropy and Dice",
    "cross_entropy_lovasz": "Cross entropy and Lovász",
}
MONITORS = {
    "val_loss": "Lowest validation loss",
    "kappa": "Highest kappa",
    "mean_iou": "Highest mean IoU",
    "balanced_accuracy": "Highest balanced accuracy",
    "quadratic_kappa": "Highest quadratic kappa (ordered classes)",
}

# What of the parameters belongs to the model, as opposed to where files go and how fast.
RECORDED = (
    "network", "encoder", "encoder_weights", "attention", "dropout", "loss", "gamma", "class_weights", "smoothing",
    "ordinal_weight", "decision", "epochs", "patience", "monitor", "batch_size", "accumulate", "learning_rate",
    "find_learning_rate", "warm_up", "weight_decay", "clip", "crop", "flips", "turns", "brightness", "contrast",
    "saturation", "visible_bands", "mixed_precision", "seed",
)  # fmt: skip


def _jitter(what: str) -> Number:
    return Number(
        f"{what}, largest change while learning",
        "As a share, up or down; of the visible bands. 0: none.",
        default=0.4,
        minimum=0.0,
        maximum=1.0,
        advanced=True,
    )


@dataclass(frozen=True)
class TrainSegmentation(Stage):
    """Train a segmentation network on the tiles of a data set and measure its accuracy on tiles held out.

    Training ends when the validation has not become better for a while; the network of the best epoch is kept. A run
    that was stopped goes on from its last epoch when it is started again with the same settings. Needs the
    deep-learning layer (Plugins ▸ Landloom ▸ Set up…); a graphics card makes it many times faster.
    """

    id = "train_segmentation"
    title = "Train segmentation network"
    group = "Models"

    tiles: Any = declare(FolderIn("Tile data set", "A folder made by Cut tiles."))
    network: Any = declare(Choice("Network", default="unet", choices=NETWORKS))
    encoder: Any = declare(
        Encoder(
            "Encoder",
            "The part of the network that finds features, such as resnet18, resnet50, efficientnet-b4 or mit_b2; with"
            " the prefix tu- any model of timm. Smaller ones learn and map faster.",
            default="resnet50",
        )
    )
    encoder_weights: Any = declare(
        EncoderWeights(
            "Weights of the encoder",
            "none: it learns from the beginning. imagenet: weights learnt from photographs, downloaded once. Or the"
            " path of a file with weights (.safetensors or PyTorch's).",
            default="none",
        )
    )
    attention: Any = declare(
        Flag("Attention", "Weigh channels and places of the deepest features by what they hold.", default=True)
    )
    dropout: Any = declare(
        Number(
            "Dropout",
            "Share of the features that is left out at random before the last layer while it learns.",
            default=0.4,
            minimum=0.0,
            maximum=0.9,
            advanced=True,
        )
    )
    loss: Any = declare(Choice("Loss", "What training makes small.", default="focal", choices=LOSSES))
    gamma: Any = declare(
        Number(
            "Gamma of the focal loss",
            "How much less pixels count that the network is sure of. 0: cross entropy.",
            default=2.5,
            minimum=0.0,
            maximum=20.0,
            advanced=True,
        )
    )
    class_weights: Any = declare(
        ClassWeights(
            "Class weights",
            "How much a pixel of each class counts: none, balanced (rare classes as much as frequent ones), or a number"
            " for each class in the order of the ids, such as 0.4, 2.5, 2.0.",
            default="none",
            parent="tiles",
        )
    )
    smoothing: Any = declare(
        Number(
            "Label smoothing",
            "Share of each label that is spread over all classes, for labels that are not quite sure.",
            default=0.0,
            minimum=0.0,
            maximum=0.9,
            advanced=True,
        )
    )
    ordinal_weight: Any = declare(
        Number(
            "Weight of the ordinal loss",
            "How much the loss adds that knows of the order of the classes (CORAL): to take low for high is worse than"
            " to take low for medium. Counts where the tiles were cut with ordered classes alone. 0: none.",
            default=0.3,
            minimum=0.0,
            maximum=100.0,
        )
    )
    decision: Any = declare(
        Choice(
            "Probabilities of ordered classes come from",
            default="classes",
            advanced=True,
            choices={
                "classes": "The scores of the classes",
                "ordinal": "The ordinal outputs",
                "mean": "The mean of both",
            },
        )
    )
    epochs: Any = declare(
        Integer("Epochs, at most", "How often all tiles are learnt from.", default=60, minimum=1, maximum=100_000)
    )
    patience: Any = declare(
        Integer("Patience", "Stop after so many epochs that were not better.", default=15, minimum=1, unit="epochs")
    )
    monitor: Any = declare(
        Choice(
            "The best epoch is that with the",
            "Measured in validation.",
            default="val_loss",
            advanced=True,
            choices=MONITORS,
        )
    )
    batch_size: Any = declare(
        Integer("Batch size", "Tiles that the network looks at together.", default=8, minimum=2, maximum=4096)
    )
    accumulate: Any = declare(
        Integer(
            "Batches in a step",
            "So many batches change the network together, as a larger batch would, without its memory.",
            default=1,
            minimum=1,
            maximum=4096,
            advanced=True,
        )
    )
    learning_rate: Any = declare(
        Number(
            "Learning rate",
            "The highest: it is reached after the warm-up and falls along a cosine until the last epoch.",
            default=0.0005,
            minimum=1e-7,
            maximum=1.0,
        )
    )
    find_learning_rate: Any = declare(
        Flag(
            "Find the learning rate",
            "Try growing rates over one pass first, and train with the one at which the loss falls fastest, in place of"
            " the learning rate above.",
            advanced=True,
        )
    )
    warm_up: Any = declare(
        Number(
            "Warm-up",
            "Share of the epochs in which the learning rate rises.",
            default=0.05,
            minimum=0.0,
            maximum=0.5,
            advanced=True,
        )
    )
    weight_decay: Any = declare(
        Number(
            "Weight decay",
            "How strongly weights are drawn towards 0 (AdamW).",
            default=0.01,
            minimum=0.0,
            maximum=1.0,
            advanced=True,
        )
    )
    clip: Any = declare(
        Number(
            "Longest gradient",
            "Longer ones are shortened to this norm. 0: none is.",
            default=1.0,
            minimum=0.0,
            advanced=True,
        )
    )
    crop: Any = declare(
        Integer(
            "Crop",
            "Learn from pieces of this edge, cut from each tile at random, where whole tiles take too much memory."
            " Empty: whole tiles.",
            optional=True,
            minimum=32,
            unit="pixels",
            advanced=True,
        )
    )
    flips: Any = declare(
        Flag("Mirror tiles while learning", "Each tile is learnt from mirrored as well, at random.", default=True)
    )
    turns: Any = declare(
        Flag(
            "Turn tiles by quarters while learning", "Each tile is learnt from turned as well, at random.", default=True
        )
    )
    brightness: Any = declare(_jitter("Brightness"))
    contrast: Any = declare(_jitter("Contrast"))
    saturation: Any = declare(_jitter("Saturation"))
    visible_bands: Any = declare(
        Text(
            "Visible bands",
            "Names, separated by commas, of the bands whose brightness, contrast and saturation change. Empty: those"
            " called blue, green, red, B, G, R, or B2, B3, B4. none: no band.",
            optional=True,
            advanced=True,
        )
    )
    mixed_precision: Any = declare(
        Flag(
            "Mixed precision",
            "Compute with 16 bits where that is exact enough: faster and in less memory. On a graphics card alone.",
            default=True,
            advanced=True,
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
        FileOut(
            "Model",
            "The network of the best epoch.",
            extension="landloom",
            filename="segmentation_model{month}.landloom",
            folder_variable="MODEL_OUTPUT_DIR",
        )
    )
    last_model: Any = declare(
        FileOut("Model of the last epoch", "For comparison.", extension="landloom", optional=True, advanced=True)
    )
    report: Any = declare(
        FileOut("Report", "Accuracy, learning curves, calibration, example tiles.", extension="html", optional=True)
    )
    overall_accuracy: Any = declare(NumberOutput("Overall accuracy on held-out pixels"))
    balanced_accuracy: Any = declare(NumberOutput("Balanced accuracy on held-out pixels"))
    kappa: Any = declare(NumberOutput("Cohen's kappa on held-out pixels"))
    mean_iou: Any = declare(NumberOutput("Mean intersection over union on held-out pixels"))
    quadratic_kappa: Any = declare(NumberOutput("Quadratic kappa, of ordered classes"))
    rho: Any = declare(NumberOutput("Spearman's rho, of ordered classes"))
    calibration_error: Any = declare(NumberOutput("Expected calibration error on held-out pixels"))
    val_loss: Any = declare(NumberOutput("Validation loss of the best epoch"))
    rate_used: Any = declare(NumberOutput("Learning rate that was used"))
    best_epoch: Any = declare(NumberOutput("Epoch that the network was taken from"))
    epochs_run: Any = declare(NumberOutput("Epochs that were run"))
    train_count: Any = declare(NumberOutput("Tiles to train on"))
    val_count: Any = declare(NumberOutput("Tiles to validate with"))
    test_count: Any = declare(NumberOutput("Tiles to test with"))
    class_count: Any = declare(NumberOutput("Number of classes"))
    model_id: Any = declare(NumberOutput("Id in the catalogue"))

    def check(self) -> None:
        """A month without a year means nothing."""
        common.check_month(self.year, self.month)

    def run(self, job: Any) -> dict:
        """Read, train, measure."""
        from pathlib import Path

        from .. import catalogue, networks
        from ..tiles.dataset import open_tiles

        networks.require_torch("A segmentation network is a neural network")
        from ..networks import devices, tile_data, tile_trainer

        device = devices.choose(self.device)
        source = open_tiles(self.tiles)
        # Opened before the training, so that a wrong address does not cost hours.
        book = (
            catalogue.open_catalogue(self.catalogue, self.connection, job.environ, job.secrets) if self.record else None
        )
        tiles = tile_data.read(source, job.part(0.0, 0.05))
        for text in tiles.notes:
            job.warning(text)
        remedy = (
            "Lower BATCH_SIZE (ACCUMULATE makes up for it), learn from pieces of the tiles with CROP, or choose a"
            " smaller ENCODER."
        )
        with devices.threads(self.jobs), devices.within_memory(remedy), job.within(0.05, 0.98):
            trained = tile_trainer.train(tiles, self._options(), device, Path(self.model), job)
        return self._deliver(job, book, tiles, trained)

    def _options(self) -> Any:
        from ..networks.augmentation import Recipe
        from ..networks.tile_trainer import Options
        from ..networks.training import Settings

        settings = Settings(
            epochs=self.epochs,
            patience=self.patience,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            seed=self.seed,
            warm_up=self.warm_up,
            clip=self.clip or None,
            accumulate=self.accumulate,
            mixed_precision=self.mixed_precision,
            monitor=self.monitor,
        )
        recipe = Recipe(self.flips, self.turns, self.brightness, self.contrast, self.saturation)
        given = {f.name: getattr(self, f.name) for f in fields(Options) if f.name in self.parameters()}
        return Options(settings, recipe=recipe, **given)

    def _deliver(self, job: Any, book: Any, tiles: Any, trained: Any) -> dict:
        """Write the models, their cards and the report; record it."""
        from .. import models, report
        from ..networks import tile_report

        card = tile_report.make_card(tiles, trained, {name: getattr(self, name) for name in RECORDED})
        tile_report.save(self.model, card, tiles, tile_report.best_weights(trained))
        models.write_card(self.model, card, job.warnings)
        if self.last_model:
            last = tile_report.card_of_last(card, trained)
            tile_report.save(self.last_model, last, tiles, tile_report.last_weights(trained))
            models.write_card(self.last_model, last, job.warnings)
        if self.report:
            tile_report.write_report(self.report, card, tiles, trained, report.settings(self, RECORDED), job.warnings)
        for text in (card.metrics["summary"], *models.accuracy_tables(card)):
            job.message(text)
        model_id = None
        if book:
            model_id = book.record_model(
                self.model,
                "Segmentation",
                f"{card.training['labels']} on {card.training['image']}",
                {**card.parameters, **card.network},
                card.metrics,
                self.year,
                self.month,
            )
        found, counts = card.metrics, card.training["tiles"]
        return {
            **{
                name: found[name] for name in ("overall_accuracy", "balanced_accuracy", "kappa", "mean_iou", "val_loss")
            },
            "quadratic_kappa": found.get("kappa_quadratic"),
            "rho": found.get("rho"),
            "calibration_error": found["calibration"]["ece"],
            "rate_used": card.training["learning_rate"],
            "best_epoch": card.training["best_epoch"],
            "epochs_run": card.training["epochs_run"],
            **{f"{part}_count": counts[part] for part in ("train", "val", "test")},
            "class_count": len(card.classes),
            "model_id": model_id,
        }
