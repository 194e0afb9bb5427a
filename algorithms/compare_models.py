"""Compare models."""

from ..landloom.stages import CompareModels
from ..processing_provider.adapter import StageAlgorithm


class CompareModelsAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = CompareModels
    icon_name = "compare.svg"
