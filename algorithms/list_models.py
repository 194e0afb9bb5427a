"""List models."""

from ..landloom.stages import ListModels
from ..processing_provider.adapter import StageAlgorithm


class ListModelsAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = ListModels
    icon_name = "catalogue.svg"
