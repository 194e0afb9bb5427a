"""Analyse features."""

from ..landloom.stages import AnalyzeFeatures
from ..processing_provider.adapter import StageAlgorithm


class AnalyzeFeaturesAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = AnalyzeFeatures
    icon_name = "features_analyze.svg"
