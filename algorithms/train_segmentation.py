"""Train segmentation network."""

from ..landloom.stages import TrainSegmentation
from ..processing_provider.adapter import StageAlgorithm


class TrainSegmentationAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = TrainSegmentation
    icon_name = "network.svg"
    layer = "deep"
