"""Train random forest."""

from ..landloom.stages import TrainRandomForest
from ..processing_provider.adapter import StageAlgorithm


class TrainRandomForestAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = TrainRandomForest
    icon_name = "train.svg"
