"""Check training polygons."""

from ..landloom.stages import CheckTrainingPolygons
from ..processing_provider.adapter import StageAlgorithm


class CheckTrainingPolygonsAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = CheckTrainingPolygons
    icon_name = "check.svg"
