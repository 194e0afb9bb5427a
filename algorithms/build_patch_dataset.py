"""Build patch data set."""

from ..landloom.stages import BuildPatchDataset
from .class_style import PolygonsAlgorithm


class BuildPatchDatasetAlgorithm(PolygonsAlgorithm):
    """The classes look as in the layer of polygons."""

    stage = BuildPatchDataset
    icon_name = "patches.svg"
