"""Predict quality."""

from ..landloom.stages import PredictQuality
from ..processing_provider.adapter import StageAlgorithm


class PredictQualityAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = PredictQuality
    icon_name = "quality.svg"
    layer = "deep"
