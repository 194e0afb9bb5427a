"""Predict quality: records and their features become a list of what to review first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stage import FileIn, FileOut, Number, NumberOutput, Stage, VectorOut, declare


@dataclass(frozen=True)
class PredictQuality(Stage):
    """Predict how good results are that nobody has checked yet.

    Gives for each record the predicted metrics with their uncertainty (the interval that holds the true value in 90 of
    100 cases, for records like those that the model has learnt from) and its rank for review: 1 is the lowest quality.
    The records need no metrics. They, and the features, must be made in the same way as those that the model has learnt
    from; what differs is refused. Needs the deep-learning layer (Plugins ▸ Landloom ▸ Set up…).

    The table has for each metric, here ssim, in its own unit: predicted_ssim; low_ssim and high_ssim, the ends of the
    90 % interval; and deviation_ssim, half the width of the middle 68 %. review_rank goes by the first metric of the
    model; all is empty for records without features.
    """

    id = "predict_quality"
    title = "Predict quality"
    group = "Features and quality"

    model: Any = declare(FileIn("Quality model", "Made by Train quality model.", extensions=("landloom",)))
    records: Any = declare(FileIn("Records", "Made by Describe map tiles or Mine results.", extensions=("csv",)))
    features: Any = declare(
        FileIn(
            "Features",
            "Made by Extract features with these records, where the model needs them.",
            optional=True,
            extensions=("h5", "hdf5"),
        )
    )
    threshold: Any = declare(
        Number("Threshold", "Records with a worse first metric are counted.", optional=True, advanced=True)
    )
    predictions: Any = declare(FileOut("Predictions", "A row a record.", extension="csv", filename="quality.csv"))
    footprints: Any = declare(
        VectorOut(
            "Predicted quality",
            "Outlines of the records that have a place, what to review first in red.",
            optional=True,
        )
    )
    predicted_count: Any = declare(NumberOutput("Records with a prediction"))
    missing_count: Any = declare(NumberOutput("Records without a prediction", "Since they have no features."))
    mean_predicted: Any = declare(NumberOutput("Mean predicted quality", "By the first metric."))
    lowest_predicted: Any = declare(NumberOutput("Lowest predicted quality", "By the first metric."))
    below_count: Any = declare(NumberOutput("Records worse than the threshold"))

    def run(self, job: Any) -> dict:
        """Match, predict, rank, write."""
        from .. import files, networks

        networks.require_torch("A quality model is a neural network")
        import numpy as np

        from ..errors import InputError
        from ..image_features import feature_store
        from ..quality import model, prediction
        from ..records import layers, mining
        from ..records.metrics import ERRORS
        from ..records.table import open_records

        card, quality = model.load(self.model)
        records = open_records(self.records)
        if not len(records):
            raise InputError(f"{self.records} holds no records. Choose another table.")
        store = feature_store.open_store(self.features) if self.features else None
        found = prediction.predict(quality, card, records, store, job.part(0.0, 0.9))
        first = quality.metrics[0]
        column = f"predicted_{first}"
        frame = prediction.footprints(records, found) if self.footprints else None
        if self.footprints and frame is None:
            raise InputError(
                f"No record of {self.records} has a footprint, so there is no layer to write. Leave FOOTPRINTS empty."
            )
        if frame is not None:
            areas = layers.are_polygons(frame)
            if not areas.all():
                left_out = (~areas).sum()
                job.warning(f"Footprints that are no areas, left out of the layer: {left_out:,} of {len(areas):,}.")
            frame = frame[areas]
        with files.replacing(self.predictions) as temporary:
            images = mining.relative_to([image or "" for image in records.images], self.predictions)
            table = found.assign(image=images).sort_values(prediction.RANK)
            table.to_csv(temporary, index=False, lineterminator="\n")
        if self.footprints:
            layers.write_quality(self.footprints, frame, column, first in ERRORS)
        values = found[column].to_numpy(float)
        known = values[np.isfinite(values)]
        worst = None if not len(known) else known.max() if first in ERRORS else known.min()
        return {
            "predicted_count": len(known),
            "missing_count": len(values) - len(known),
            "mean_predicted": round(float(known.mean()), 6) if len(known) else None,
            "lowest_predicted": None if worst is None else round(float(worst), 6),
            "below_count": None if self.threshold is None else prediction.below(first, known, self.threshold),
        }
