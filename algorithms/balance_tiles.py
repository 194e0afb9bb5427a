"""Balance tiles."""

from ..landloom.stages import BalanceTiles
from ..processing_provider.adapter import StageAlgorithm


class BalanceTilesAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = BalanceTiles
    icon_name = "tiles_balance.svg"
