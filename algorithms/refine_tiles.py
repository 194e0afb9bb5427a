"""Refine tiles."""

from ..landloom.stages import RefineTiles
from ..processing_provider.adapter import StageAlgorithm


class RefineTilesAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = RefineTiles
    icon_name = "tiles_refine.svg"
    layer = "deep"
