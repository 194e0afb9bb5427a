"""Translate tiles."""

from ..landloom.stages import TranslateTiles
from ..processing_provider.adapter import StageAlgorithm


class TranslateTilesAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = TranslateTiles
    icon_name = "tiles_translate.svg"
    layer = "deep"
