"""Map with a model."""

from ..landloom.stages import Predict
from ..processing_provider.adapter import StageAlgorithm


class PredictAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = Predict
    icon_name = "map.svg"
