"""Map a month: extract samples, train and map in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stage import Integer, Stage, declare
from ._common import as_in
from .extract_samples import ExtractSamples
from .predict import Predict
from .train_random_forest import TrainRandomForest


@dataclass(frozen=True)
class MapMonth(Stage):
    """Make a month's map from polygons and the month's mosaic in one go.

    Runs Extract samples, Train random forest and Map with a model.
    Files are named after the month and go where the environment variables MODEL_OUTPUT_DIR and
    PREDICTION_OUTPUT_DIR say, if no path is given. For parameters that are not here run the three themselves.
    """

    id = "map_month"
    title = "Map a month"
    group = "Maps"

    year: Any = declare(Integer("Year", "Year of the imagery.", minimum=1900, maximum=2200))
    month: Any = declare(Integer("Month", "Month of the imagery, 1 to 12.", minimum=1, maximum=12))
    images: Any = as_in(ExtractSamples, "images")
    mosaic: Any = as_in(ExtractSamples, "mosaic")
    polygons: Any = as_in(ExtractSamples, "polygons")
    class_field: Any = as_in(ExtractSamples, "class_field")
    name_field: Any = as_in(ExtractSamples, "name_field")
    classes: Any = as_in(ExtractSamples, "classes")
    polygon_table: Any = as_in(ExtractSamples, "polygon_table")
    geometry_column: Any = as_in(ExtractSamples, "geometry_column")
    connection: Any = as_in(ExtractSamples, "connection")
    aoi: Any = as_in(ExtractSamples, "aoi")
    bands: Any = as_in(ExtractSamples, "bands")
    features: Any = as_in(ExtractSamples, "features")
    trees: Any = as_in(TrainRandomForest, "trees")
    validation: Any = as_in(TrainRandomForest, "validation")
    resampling: Any = as_in(ExtractSamples, "resampling")
    memory: Any = as_in(Predict, "memory")
    scheduler: Any = as_in(Predict, "scheduler")
    seed: Any = as_in(ExtractSamples, "seed")
    jobs: Any = as_in(ExtractSamples, "jobs")
    record: Any = as_in(Predict, "record")
    catalogue: Any = as_in(Predict, "catalogue")
    samples: Any = as_in(ExtractSamples, "samples")
    model: Any = as_in(TrainRandomForest, "model")
    map: Any = as_in(Predict, "map")
    report: Any = as_in(TrainRandomForest, "report")
    picture: Any = as_in(Predict, "picture")
    overall_accuracy: Any = as_in(TrainRandomForest, "overall_accuracy")
    kappa: Any = as_in(TrainRandomForest, "kappa")
    sample_count: Any = as_in(TrainRandomForest, "sample_count")
    mapped_hectares: Any = as_in(Predict, "mapped_hectares")
    model_id: Any = as_in(TrainRandomForest, "model_id")
    map_id: Any = as_in(Predict, "map_id")

    def run(self, job: Any) -> dict:
        """Run the three, each with what it has in common with this one."""
        from ..runner import run_stage

        found: dict = {}
        for stage, low, high in ((ExtractSamples, 0.0, 0.1), (TrainRandomForest, 0.1, 0.3), (Predict, 0.3, 1.0)):
            # The training report is the report of the whole.
            shared = [
                n
                for n in stage.parameters()
                if n in self.parameters() and (n != "report" or stage is TrainRandomForest)
            ]
            with job.within(low, high):
                found |= run_stage(stage, {name: getattr(self, name) for name in shared}, job)
        return {name: found[name] for name in self.values()}
