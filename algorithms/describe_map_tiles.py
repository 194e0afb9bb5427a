"""Describe map tiles."""

from ..landloom.stages import DescribeMapTiles
from ..processing_provider.adapter import StageAlgorithm


class DescribeMapTilesAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = DescribeMapTiles
    icon_name = "map_tiles.svg"
