"""Map a month."""

from ..landloom.stages import MapMonth
from ..processing_provider.adapter import StageAlgorithm


class MapMonthAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = MapMonth
    icon_name = "map.svg"
