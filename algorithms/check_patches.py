"""Check patches."""

from ..landloom.stages import CheckPatches
from ..processing_provider.adapter import StageAlgorithm


class CheckPatchesAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = CheckPatches
    icon_name = "patches_check.svg"
