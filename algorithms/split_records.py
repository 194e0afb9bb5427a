"""Split records."""

from ..landloom.stages import SplitRecords
from ..processing_provider.adapter import StageAlgorithm


class SplitRecordsAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = SplitRecords
    icon_name = "records_split.svg"
