"""Create demo scene: imagery and polygons to learn and test with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stage import Integer, NumberOutput, RasterOut, Stage, VectorOut, declare
from . import _common as common


@dataclass(frozen=True)
class CreateDemoScene(Stage):
    """Create a synthetic satellite scene with digitized training polygons and an independent reference.

    The scene looks like a Sentinel-2 composite of farmland with a town, forests and a river: six bands (B2,
    B3, B4, B8, B11, B12), 10 m, reflectance × 10000, some cloud and nodata. Everything in it is computed.
    """

    id = "create_demo_scene"
    title = "Create demo scene"
    group = "Demo"

    size: Any = declare(Integer("Edge of the scene", default=1024, minimum=256, maximum=50000, unit="pixels"))
    points: Any = declare(
        Integer(
            "Reference points",
            "Placed at random over the whole scene, away from the training polygons.",
            default=500,
            minimum=5,
            maximum=100000,
        )
    )
    seed: Any = common.seed()
    jobs: Any = common.jobs()
    image: Any = declare(RasterOut("Image", filename="demo_image.tif"))
    polygons: Any = declare(VectorOut("Training polygons", filename="demo_polygons.gpkg"))
    reference: Any = declare(VectorOut("Reference points", filename="demo_reference.gpkg", geometry="point"))
    truth: Any = declare(RasterOut("True land cover", optional=True))
    risk: Any = declare(
        RasterOut(
            "True flood risk",
            "Low, medium or high, for trying out networks with ordered classes. Water has none; the middle class is"
            " rare.",
            optional=True,
        )
    )
    polygon_count: Any = declare(NumberOutput("Number of training polygons"))
    point_count: Any = declare(NumberOutput("Number of reference points"))

    def run(self, job: Any) -> dict:
        """Compute and write."""
        import os

        from .. import styles, training_layer
        from ..demo import CLASSES, RISK, Scene

        scene = Scene((self.size, self.size), self.seed)
        workers = self.jobs or (os.cpu_count() or 1) if self.size > 2048 else 1
        scene.write_scene(self.image, job.part(0, 0.6).progress, workers=workers)
        styles.write_composite(self.image, (3, 2, 1), (300, 2500))
        if self.truth:
            scene.write_truth(self.truth, job.part(0.6, 0.8).progress, workers=workers)
            styles.write_class_map(self.truth, CLASSES)
        if self.risk:
            scene.write_risk(self.risk, job.part(0.8, 0.95).progress, workers=workers)
            styles.write_class_map(self.risk, RISK)
        job.part(0.95, 1.0).progress(0.0)
        polygons = scene.training_polygons()
        training_layer.write(self.polygons, polygons, CLASSES)
        job.progress(0.7)
        reference = scene.reference_points(self.points, stratified=False)
        training_layer.write(self.reference, reference, CLASSES, "point")
        return {"polygon_count": len(polygons), "point_count": len(reference)}
