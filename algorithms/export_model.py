"""Export model."""

from ..landloom.stages import ExportModel
from ..processing_provider.adapter import StageAlgorithm


class ExportModelAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = ExportModel
    icon_name = "export.svg"
    layer = "deep"
