"""Extract patches."""

from ..landloom.stages import ExtractPatches
from ..processing_provider.adapter import StageAlgorithm


class ExtractPatchesAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = ExtractPatches
    icon_name = "patches.svg"
