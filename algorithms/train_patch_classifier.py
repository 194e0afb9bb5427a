"""Train patch classifier."""

from ..landloom.stages import TrainPatchClassifier
from ..processing_provider.adapter import StageAlgorithm


class TrainPatchClassifierAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = TrainPatchClassifier
    icon_name = "network.svg"
    layer = "deep"
