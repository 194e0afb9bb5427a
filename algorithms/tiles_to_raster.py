"""Mosaic tile files."""

from ..landloom.stages import TilesToRaster
from ..processing_provider.adapter import StageAlgorithm


class TilesToRasterAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = TilesToRaster
    icon_name = "tiles_to_raster.svg"
