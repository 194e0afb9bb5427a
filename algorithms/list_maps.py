"""List maps."""

from ..landloom.stages import ListMaps
from ..processing_provider.adapter import StageAlgorithm


class ListMapsAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = ListMaps
    icon_name = "catalogue.svg"
