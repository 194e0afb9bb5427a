"""Create training layer: an empty layer that is ready to draw training polygons in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stage import Choice, Crs, NumberOutput, Stage, VectorOut, declare
from . import _common as common

SCHEMES = {
    "land_cover": "Agriculture, forest, parcels, urban, water",
    "ipcc": "The six land-use categories of the IPCC",
    "deforestation": "Forest, degraded forest, cleared, other vegetation, water",
    "risk": "Low, medium, high",
}


@dataclass(frozen=True)
class CreateTrainingLayer(Stage):
    """Create an empty polygon layer for training polygons, with its classes.

    The GeoPackage holds the polygons and the class table. Its style shows each class in its colour, and its
    form offers the classes by name and refuses a polygon without one.
    """

    id = "create_training_layer"
    title = "Create training layer"
    group = "Training polygons"

    scheme: Any = declare(
        Choice("Classes", "A ready class table; the one below wins.", default="land_cover", choices=SCHEMES)
    )
    classes: Any = common.classes()
    crs: Any = declare(Crs("Coordinate reference system", "Best that of the image.", default="EPSG:4326"))
    layer: Any = declare(VectorOut("Training polygons", filename="training_polygons.gpkg"))
    class_count: Any = declare(NumberOutput("Number of classes"))

    def run(self, job: Any) -> dict:
        """Write the GeoPackage."""
        from .. import classes, configuration, training_layer

        scheme = configuration.resources() / "schemes" / f"{self.scheme}.csv"
        table = classes.parse(self.classes or str(scheme))
        training_layer.create(self.layer, table, self.crs)
        return {"class_count": len(table)}
