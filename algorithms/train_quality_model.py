"""Train quality model."""

from ..landloom.stages import TrainQualityModel
from ..processing_provider.adapter import StageAlgorithm


class TrainQualityModelAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = TrainQualityModel
    icon_name = "network.svg"
    layer = "deep"
