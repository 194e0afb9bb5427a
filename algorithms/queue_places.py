"""Queue places for review."""

from ..landloom.stages import QueuePlaces
from ..processing_provider.adapter import StageAlgorithm


class QueuePlacesAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = QueuePlaces
    icon_name = "review.svg"
