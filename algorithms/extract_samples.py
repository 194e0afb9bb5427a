"""Extract samples."""

from ..landloom.stages import ExtractSamples
from ..processing_provider.adapter import StageAlgorithm
from .class_style import classes_of_layer


class ExtractSamplesAlgorithm(StageAlgorithm):
    """Takes names and colours of the classes from the layer's own style."""

    stage = ExtractSamples
    icon_name = "samples.svg"

    def complete_request(self, request, parameters, context):
        """Where no class table was given, that of the layer as QGIS shows it."""
        if "classes" not in request["parameters"]:
            layer = self.parameterAsVectorLayer(parameters, "POLYGONS", context)
            found = classes_of_layer(layer, request["parameters"].get("class_field"))
            if found:
                request["parameters"]["classes"] = found
