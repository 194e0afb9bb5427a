"""Plan patches."""

from ..landloom.stages import PlanPatches
from .class_style import PolygonsAlgorithm


class PlanPatchesAlgorithm(PolygonsAlgorithm):
    """The classes look as in the layer of polygons."""

    stage = PlanPatches
    icon_name = "patches.svg"
