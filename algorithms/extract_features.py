"""Extract features."""

from ..landloom.stages import ExtractFeatures
from ..processing_provider.adapter import StageAlgorithm


class ExtractFeaturesAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = ExtractFeatures
    icon_name = "features.svg"
    layer = "deep"
