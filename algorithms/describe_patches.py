"""Describe patches."""

from ..landloom.stages import DescribePatches
from ..processing_provider.adapter import StageAlgorithm


class DescribePatchesAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = DescribePatches
    icon_name = "patches_report.svg"
