"""Verify tiles."""

from ..landloom.stages import VerifyTiles
from ..processing_provider.adapter import StageAlgorithm


class VerifyTilesAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = VerifyTiles
    icon_name = "tiles_verify.svg"
