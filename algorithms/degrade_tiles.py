"""Degrade tiles."""

from ..landloom.stages import DegradeTiles
from ..processing_provider.adapter import StageAlgorithm


class DegradeTilesAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = DegradeTiles
    icon_name = "tiles_degrade.svg"
