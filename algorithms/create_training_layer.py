"""Create training layer."""

from ..landloom.stages import CreateTrainingLayer
from ..processing_provider.adapter import StageAlgorithm


class CreateTrainingLayerAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = CreateTrainingLayer
    icon_name = "polygons.svg"
