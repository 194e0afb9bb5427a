"""The algorithms, one thin class a stage, in the order of the work."""

from .extract_samples import ExtractSamplesAlgorithm
from .predict import PredictAlgorithm
from .train_random_forest import TrainRandomForestAlgorithm

ALGORITHMS = (
    ExtractSamplesAlgorithm,
    TrainRandomForestAlgorithm,
    PredictAlgorithm,
)
