"""Map tiles."""

from ..landloom.stages import PredictTiles
from ..processing_provider.adapter import StageAlgorithm


class PredictTilesAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = PredictTiles
    icon_name = "tiles_map.svg"
