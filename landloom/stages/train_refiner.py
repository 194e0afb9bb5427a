"""Train refiner: pairs of tiles become a network that makes such tiles as they should be."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from ..errors import ParameterError
from ..stage import Choice, FileIn, FileOut, Flag, FolderIn, Integer, Number, NumberOutput, Stage, Text, declare
from . import _common as common
from ._common import as_in
from .train_segmentation import TrainSegmentation

TASKS = {
    "refine": "Refine optical tiles (stage 2)",
    "translate": "Translate tiles of another kind, such as radar, into optical ones (stage 1)",
}
SIZES = {
    "tiny": "Tiny (0.3 million weights; learns on a processor in minutes)",
    "small": "Small (5.6 million, as Prithvi-EO-2.0-tiny)",
    "100M": "Prithvi 100M",
    "300M": "Prithvi 300M",
    "600M": "Prithvi 600M",
}
GROUPINGS = {
    "auto": "Groups where the tiles name any, else spatial blocks where they have a place, else tiles",
    "group": "Tiles of one group or raster",
    "blocks": "Tiles of one spatial block",
    "tiles": "Each tile by itself",
}
MONITORS = {
    "val_loss": "Lowest validation loss",
    "psnr": "Highest PSNR",
    "ssim": "Highest SSIM",
    "ndvi_rmse": "Lowest RMSE of the NDVI",
    "edge_correlation": "Highest correlation of edges",
}
PARTS = {"train": "to train on", "val": "to validate with", "test": "to test with"}
FIGURES = ("psnr", "ssim", "ndvi_rmse", "edge_correlation", "spectral_angle")

# What of the parameters belongs to the model, as opposed to where files go and how fast.
RECORDED = (
    "task", "size", "conditions", "freeze_encoder", "spectral_weight", "edge_weight", "grouping", "val_share",
    "test_share", "block_size", "epochs", "patience", "monitor", "batch_size", "accumulate", "learning_rate",
    "find_learning_rate", "warm_up", "weight_decay", "clip", "crop", "flips", "turns", "mixed_precision", "seed",
)  # fmt: skip


@dataclass(frozen=True)
class TrainRefiner(Stage):
    """Train a network that makes tiles clearer, on pairs of a tile and the same tile as it should be.

    The pairs are files of one name in two folders; Degrade tiles makes bad twins of good tiles. Some tiles are held
    out, and the report says how near they are to their targets before and after. A run that was stopped goes on from
    its last epoch when it is started again with the same settings. Needs the deep-learning layer (Plugins ▸ Landloom ▸
    Set up…); a graphics card makes it many times faster, and sizes from 100M on need one.
    """

    id = "train_refiner"
    title = "Train refiner"
    group = "Tile refinement"

    tiles: Any = declare(FolderIn("Tiles", "A folder of tile files (NAME.npz with NAME.json) as they come in."))
    targets: Any = declare(
        FolderIn(
            "Targets",
            "A folder of tile files of the same names, as they should be. Pixels that are NaN there, or had no data"
            " when either was cut, do not count.",
        )
    )
    task: Any = declare(
        Choice(
            "Task",
            "What the network is for. Translating takes any number of channels.",
            default="refine",
            choices=TASKS,
        )
    )
    input_key: Any = declare(
        Text(
            "Array of the tiles",
            "Name of the array in the files. Empty: opt_v1 to refine, sar to translate.",
            optional=True,
            advanced=True,
        )
    )
    target_key: Any = declare(
        Text("Array of the targets", "Name of the array in the files.", default="opt_v1", advanced=True)
    )
    size: Any = declare(
        Choice(
            "Size of the network",
            "The sizes from 100M on are those of the published weights of Prithvi.",
            default="small",
            choices=SIZES,
        )
    )
    encoder_weights: Any = declare(
        FileIn(
            "Weights of the encoder",
            "A published file of Prithvi-EO-1.0 or 2.0 of the size of the network (Prithvi_EO_V….pt). Empty: it learns"
            " from the beginning.",
            optional=True,
        )
    )
    freeze_encoder: Any = declare(
        Integer(
            "Epochs in which the encoder stays as it is",
            "From the first on; as many as there are epochs: throughout.",
            default=0,
            minimum=0,
            maximum=100_000,
            unit="epochs",
            advanced=True,
        )
    )
    conditions: Any = declare(
        Flag("Month and biome", "Tell the network the month and the biome of each tile.", default=True)
    )
    spectral_weight: Any = declare(
        Number(
            "Weight of the spectral angle",
            "How much the loss adds of the mean angle between spectra, in radians. 0: none.",
            default=0.02,
            minimum=0.0,
            maximum=1000.0,
        )
    )
    edge_weight: Any = declare(
        Number(
            "Weight of the edges",
            "How much the loss adds of the mean difference of slopes, in reflectance a pixel. 0: none.",
            default=0.5,
            minimum=0.0,
            maximum=1000.0,
        )
    )
    grouping: Any = declare(
        Choice(
            "What stands whole on one side",
            "Groups are what the tiles' JSON files call group, else raster. What overlaps stays on one side.",
            default="auto",
            advanced=True,
            choices=GROUPINGS,
        )
    )
    val_share: Any = declare(
        Number(
            "Share for validation",
            "Of the tiles; decides which epoch is kept.",
            default=0.15,
            minimum=0.01,
            maximum=0.9,
        )
    )
    test_share: Any = declare(
        Number(
            "Share for a test",
            "Of the tiles; looked at when all is done. 0: no test part.",
            default=0.15,
            minimum=0.0,
            maximum=0.9,
        )
    )
    block_size: Any = declare(
        Number(
            "Edge of a spatial block",
            "In units of the tiles' CRS, degrees where they have several. Empty: a tenth of the tiles' extent, but a"
            " tile at least.",
            optional=True,
            advanced=True,
            minimum=1e-9,
        )
    )
    epochs: Any = declare(
        Integer("Epochs, at most", "How often all tiles are learnt from.", default=100, minimum=1, maximum=100_000)
    )
    patience: Any = declare(
        Integer("Patience", "Stop after so many epochs that were not better.", default=20, minimum=1, unit="epochs")
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
        Integer("Batch size", "Pieces that the network looks at together.", default=8, minimum=2, maximum=4096)
    )
    accumulate: Any = as_in(TrainSegmentation, "accumulate")
    learning_rate: Any = as_in(TrainSegmentation, "learning_rate")
    find_learning_rate: Any = as_in(TrainSegmentation, "find_learning_rate")
    warm_up: Any = as_in(TrainSegmentation, "warm_up")
    weight_decay: Any = as_in(TrainSegmentation, "weight_decay")
    clip: Any = as_in(TrainSegmentation, "clip")
    crop: Any = declare(
        Integer(
            "Crop",
            "Learn from pieces of this edge, cut from each tile at random. Smaller tiles are mirrored to it.",
            default=128,
            minimum=16,
            maximum=4096,
            unit="pixels",
        )
    )
    flips: Any = as_in(TrainSegmentation, "flips")
    turns: Any = as_in(TrainSegmentation, "turns")
    mixed_precision: Any = as_in(TrainSegmentation, "mixed_precision")
    device: Any = common.device()
    seed: Any = common.seed()
    jobs: Any = as_in(TrainSegmentation, "jobs")
    record: Any = common.record()
    catalogue: Any = common.catalogue()
    connection: Any = common.connection()
    model: Any = declare(
        FileOut(
            "Model",
            "The network of the best epoch.",
            extension="landloom",
            filename="refiner_model.landloom",
            folder_variable="MODEL_OUTPUT_DIR",
        )
    )
    report: Any = declare(
        FileOut("Report", "Figures before and after, learning curves, example tiles.", extension="html", optional=True)
    )
    table: Any = declare(
        FileOut(
            "Table of the tiles",
            "Of each its part and, where it was held out, its figures before and after; why a tile was not used.",
            extension="csv",
            optional=True,
        )
    )
    psnr: Any = declare(NumberOutput("PSNR of held-out tiles, refined", unit="dB"))
    ssim: Any = declare(NumberOutput("SSIM of held-out tiles, refined"))
    ndvi_rmse: Any = declare(NumberOutput("RMSE of the NDVI of held-out tiles, refined"))
    edge_correlation: Any = declare(NumberOutput("Correlation of edges of held-out tiles, refined"))
    spectral_angle: Any = declare(NumberOutput("Spectral angle of held-out tiles, refined", unit="degrees"))
    psnr_before: Any = declare(NumberOutput("PSNR of held-out tiles, as they came in", unit="dB"))
    ssim_before: Any = declare(NumberOutput("SSIM of held-out tiles, as they came in"))
    ndvi_rmse_before: Any = declare(NumberOutput("RMSE of the NDVI of held-out tiles, as they came in"))
    edge_correlation_before: Any = declare(NumberOutput("Correlation of edges of held-out tiles, as they came in"))
    spectral_angle_before: Any = declare(
        NumberOutput("Spectral angle of held-out tiles, as they came in", unit="degrees")
    )
    val_loss: Any = declare(NumberOutput("Validation loss of the best epoch"))
    rate_used: Any = declare(NumberOutput("Learning rate that was used"))
    best_epoch: Any = declare(NumberOutput("Epoch that the network was taken from"))
    epochs_run: Any = declare(NumberOutput("Epochs that were run"))
    train_count: Any = declare(NumberOutput("Tiles to train on"))
    val_count: Any = declare(NumberOutput("Tiles to validate with"))
    test_count: Any = declare(NumberOutput("Tiles to test with"))
    bad_count: Any = declare(NumberOutput("Tiles that could not be used"))
    model_id: Any = declare(NumberOutput("Id in the catalogue"))

    def check(self) -> None:
        """Something must be left to train on."""
        if self.val_share + self.test_share > 0.95:
            raise ParameterError(
                f"VAL_SHARE and TEST_SHARE together ({self.val_share + self.test_share:g}) leave too little for"
                " training: at most 0.95 in total."
            )

    def run(self, job: Any) -> dict:
        """Read, hold out, train, measure."""
        from pathlib import Path

        from .. import catalogue, networks
        from ..refinement import holdout, pairs

        networks.require_torch("A refiner is a neural network")
        from ..networks import devices, refiner_trainer

        device = devices.choose(self.device)
        # Opened before the training, so that a wrong address does not cost hours.
        book = (
            catalogue.open_catalogue(self.catalogue, self.connection, job.environ, job.secrets) if self.record else None
        )
        key = self.input_key or self._step().input_key
        optical = self.task == "refine"
        found = pairs.read(self.tiles, self.targets, key, self.target_key, optical, job.part(0.0, 0.05))
        for text in found.notes:
            job.warning(text)
        plan = holdout.Plan(self.grouping, self.block_size, self.val_share, self.test_share, self.seed)
        parts = holdout.hold_out([p.place for p in found.pairs], [p.group for p in found.pairs], plan)
        job.message(self._told(parts))
        remedy = "Lower BATCH_SIZE (ACCUMULATE makes up for it) or CROP, or choose a smaller SIZE."
        with devices.threads(self.jobs), devices.within_memory(remedy), job.within(0.05, 0.98):
            trained = refiner_trainer.train(found, parts, self._options(), device, Path(self.model), job)
        return self._deliver(job, book, found, parts, trained)

    def _step(self) -> Any:
        from ..refinement import steps

        return steps.REFINEMENT if self.task == "refine" else steps.TRANSLATION

    def _told(self, parts: Any) -> str:
        counts = [f"{len(parts.rows(name))} {what}" for name, what in PARTS.items()]
        left_out = len(parts.rows(""))
        return (
            f"Tiles {', '.join(counts)}; what stands whole on one side: {GROUPINGS[parts.grouping].lower()}"
            + (f" (edge {parts.block_size:g})" if parts.block_size else "")
            + (f"; left out because they overlap tiles on another side: {left_out}." if left_out else ".")
        )

    def _options(self) -> Any:
        from ..networks.refiner_losses import RefinerLoss
        from ..networks.refiner_trainer import Options
        from ..networks.training import Settings

        same = [f.name for f in fields(Settings) if f.name not in ("clip", "higher")]
        settings = Settings(**{name: getattr(self, name) for name in same}, clip=self.clip or None)
        return Options(
            settings,
            self.size,
            self.conditions,
            self.encoder_weights,
            self.freeze_encoder,
            RefinerLoss(self.spectral_weight, self.edge_weight),
            self.batch_size,
            self.crop,
            self.flips,
            self.turns,
            self.find_learning_rate,
        )

    def _deliver(self, job: Any, book: Any, pairs: Any, parts: Any, trained: Any) -> dict:
        """Write the model, its card, the report and the table; record it."""
        from .. import models, report
        from ..networks import refiner_report

        parameters = {name: getattr(self, name) for name in RECORDED}
        card = refiner_report.make_card(pairs, parts, trained, self._step(), parameters)
        text = refiner_report.worse(card.metrics)
        if text:
            job.warning(text)
        refiner_report.save(self.model, card, trained)
        models.write_card(self.model, card, job.warnings)
        if self.report:
            rows = report.settings(self, RECORDED)
            refiner_report.write_report(self.report, card, pairs, parts, trained, rows, job.warnings)
        if self.table:
            refiner_report.write_table(self.table, pairs, parts, trained)
        job.message(card.metrics["summary"])
        model_id = None
        if book:
            model_id = book.record_model(
                self.model,
                "Refiner" if pairs.optical else "Translator",
                card.training["summary"],
                {**card.parameters, **card.network},
                card.metrics,
            )
        names = [f"{name}{when}" for name in FIGURES for when in ("", "_before")]
        counts = card.training["tiles"]
        return {
            **{name: card.metrics.get(name) for name in names},
            "val_loss": card.metrics["val_loss"],
            "rate_used": card.training["learning_rate"],
            "best_epoch": card.training["best_epoch"],
            "epochs_run": card.training["epochs_run"],
            **{f"{part}_count": counts[part] for part in PARTS},
            "bad_count": len(pairs.unusable),
            "model_id": model_id,
        }
