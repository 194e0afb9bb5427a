"""Summarize data set."""

from ..landloom.stages import SummarizeDataset
from ..processing_provider.adapter import StageAlgorithm


class SummarizeDatasetAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = SummarizeDataset
    icon_name = "patches_report.svg"
