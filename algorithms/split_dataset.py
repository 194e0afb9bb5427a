"""Split data set."""

from ..landloom.stages import SplitDataset
from ..processing_provider.adapter import StageAlgorithm


class SplitDatasetAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = SplitDataset
    icon_name = "patches_split.svg"
