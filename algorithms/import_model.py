"""Import model."""

from ..landloom.stages import ImportModel
from ..processing_provider.adapter import StageAlgorithm


class ImportModelAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = ImportModel
    icon_name = "import.svg"
    layer = "deep"
