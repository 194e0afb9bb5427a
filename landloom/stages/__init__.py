"""The stages, in the order in which a person meets them. Standard library only at import."""

from .extract_samples import ExtractSamples
from .predict import Predict
from .train_random_forest import TrainRandomForest

STAGES = (
    ExtractSamples,
    TrainRandomForest,
    Predict,
)
