"""Queue places for review: which places of a map a person should look at, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..stage import Choice, Integer, NumberOutput, Raster, Stage, Text, Vector, VectorOut, declare
from . import _common as common
from . import _places as fields

DESIGNS = {
    fields.UNCERTAINTY: "Where the map is least sure",
    fields.DISAGREEMENT: "Where another map or a reference shows another class",
    fields.STRATIFIED: "At random within each class of the map (for accuracy and areas)",
    fields.RANDOM: "At random anywhere (for accuracy and areas)",
}


@dataclass(frozen=True)
class QueuePlaces(Stage):
    """Choose places of a map that a person should look at, and queue them for the review.

    The result is a GeoPackage of points, each the middle of a pixel, which the review panel opens: there each place
    is accepted, given another class, or skipped. It then is a reference sample for Evaluate a map, and its training
    polygons can be learnt from in the next round.

    Places where the map is unsure or disagrees show fastest what a model has to learn. They say nothing of how good
    the map is: they were chosen because they are difficult. For accuracy and areas choose a random design, best
    within each class. Then every place stands for a known number of pixels, its weight, and places that come first
    are as random as all: you can stop at any one.
    """

    id = "queue_places"
    title = "Queue places for review"
    group = "Review"

    map: Any = declare(Raster("Map", "A raster of class ids. A place is one of its pixels."))
    design: Any = declare(Choice("Choose places", default=fields.UNCERTAINTY, choices=DESIGNS))
    uncertainty: Any = declare(
        Raster(
            "Uncertainty",
            "Entropy, confidence, margin or variance that Map with a model writes, or another raster of one band. With"
            " other designs it only goes into the result.",
            optional=True,
        )
    )
    unsure: Any = declare(
        Choice(
            "Numbers that mean unsure",
            default="auto",
            advanced=True,
            choices={"auto": "What the name of the band says", "high": "High ones", "low": "Low ones"},
        )
    )
    other: Any = declare(
        Raster(
            "Other map or reference",
            "A raster of classes that the map is compared with. Classes are the same where their names are, or their"
            " ids where one of the two has no names.",
            optional=True,
        )
    )
    count: Any = declare(
        Integer(
            "Number of places",
            "With the same seed more places of a random design are the same ones and others.",
            default=100,
            minimum=1,
            maximum=100_000,
        )
    )
    spacing: Any = declare(
        Integer(
            "Least distance between places",
            "So that they do not lie in one heap; 1 for none. Random designs know none, since it would change what the"
            " places stand for.",
            default=10,
            minimum=1,
            maximum=10_000,
            unit="pixels",
        )
    )
    minimum: Any = declare(
        Integer(
            "Least number of places a class",
            "Of the design within each class, so that rare classes have enough; the rest is shared out by area. 50 make"
            " good estimates, 2 are needed for any.",
            default=10,
            minimum=2,
            maximum=100_000,
            advanced=True,
        )
    )
    map_classes: Any = declare(
        Text(
            "Classes to look at",
            "Names or ids of classes of the map, separated by commas. Empty: all.",
            optional=True,
            advanced=True,
        )
    )
    aoi: Any = common.aoi()
    avoid: Any = declare(
        Vector(
            "Polygons to keep out of",
            "Such as the training polygons: no place is chosen where one of them touches the pixel.",
            geometry="polygon",
            optional=True,
        )
    )
    classes: Any = common.classes()
    seed: Any = common.seed()
    jobs: Any = common.jobs()
    places: Any = declare(VectorOut("Places", "The review file.", geometry="point", filename="review.gpkg"))
    place_count: Any = declare(NumberOutput("Places"))
    pixel_count: Any = declare(NumberOutput("Pixels that they were chosen from"))

    def check(self) -> None:
        """What a design needs."""
        if self.design == fields.UNCERTAINTY and self.uncertainty is None:
            raise ParameterError(
                "UNCERTAINTY is missing: choose the entropy or confidence that Map with a model has written, or another"
                " DESIGN."
            )
        if self.design == fields.DISAGREEMENT and self.other is None:
            raise ParameterError("OTHER is missing: choose the map or reference to compare with, or another DESIGN.")

    def run(self, job: Any) -> dict:
        """Open, choose, write."""
        from ..review import queueing, review_file

        review_file.refuse_decided(self.places)
        with queueing.open_population(self, job) as found:
            chosen = queueing.choose(found, self, job)
            review_file.refuse_decided(self.places)  # it may have been decided in meanwhile
            queueing.write(found, chosen, self, job)
        return {"place_count": len(chosen.pixels), "pixel_count": chosen.size}
