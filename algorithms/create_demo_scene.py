"""Create demo scene."""

from ..landloom.stages import CreateDemoScene
from ..processing_provider.adapter import StageAlgorithm


class CreateDemoSceneAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = CreateDemoScene
    icon_name = "demo.svg"
