"""Cut raster into tile files."""

from ..landloom.stages import RasterToTiles
from ..processing_provider.adapter import StageAlgorithm


class RasterToTilesAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = RasterToTiles
    icon_name = "tiles_from_raster.svg"
