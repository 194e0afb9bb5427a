"""Cut tiles."""

from ..landloom.stages import CutTiles
from .class_style import PolygonsAlgorithm


class CutTilesAlgorithm(PolygonsAlgorithm):
    """Everything else comes from the declaration."""

    stage = CutTiles
    icon_name = "tiles.svg"
