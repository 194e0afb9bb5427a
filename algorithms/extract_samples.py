"""Extract samples."""

from ..landloom.stages import ExtractSamples
from .class_style import PolygonsAlgorithm


class ExtractSamplesAlgorithm(PolygonsAlgorithm):
    """The classes look as in the layer of polygons."""

    stage = ExtractSamples
    icon_name = "samples.svg"
