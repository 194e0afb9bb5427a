"""Validate data set."""

from ..landloom.stages import ValidateDataset
from ..processing_provider.adapter import StageAlgorithm


class ValidateDatasetAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = ValidateDataset
    icon_name = "patches_check.svg"
