"""Version data set."""

from ..landloom.stages import VersionDataset
from ..processing_provider.adapter import StageAlgorithm


class VersionDatasetAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = VersionDataset
    icon_name = "versions.svg"
