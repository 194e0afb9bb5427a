"""Change between maps."""

from ..landloom.stages import ChangeBetweenMaps
from ..processing_provider.adapter import StageAlgorithm


class ChangeBetweenMapsAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = ChangeBetweenMaps
    icon_name = "change.svg"
