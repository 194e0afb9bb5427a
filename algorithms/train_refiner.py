"""Train refiner."""

from ..landloom.stages import TrainRefiner
from ..processing_provider.adapter import StageAlgorithm


class TrainRefinerAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = TrainRefiner
    icon_name = "network.svg"
    layer = "deep"
