"""Mine results."""

from ..landloom.stages import MineResults
from ..processing_provider.adapter import StageAlgorithm


class MineResultsAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = MineResults
    icon_name = "records.svg"
