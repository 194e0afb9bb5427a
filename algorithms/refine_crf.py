"""Refine with a CRF."""

from ..landloom.stages import RefineCrf
from ..processing_provider.adapter import StageAlgorithm


class RefineCrfAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = RefineCrf
    icon_name = "refine.svg"
    layer = "crf"
