"""Evaluate a map."""

from ..landloom.stages import Evaluate
from ..processing_provider.adapter import StageAlgorithm


class EvaluateAlgorithm(StageAlgorithm):
    """Everything comes from the declaration."""

    stage = Evaluate
    icon_name = "evaluate.svg"
