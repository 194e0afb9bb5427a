"""One image from many scenes: the expression that Earth Engine computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ee

from ..stages._earth_engine import cloud_property

# Scene classification: no data, saturated or defective, cloud shadow, cloud of medium and of high probability,
# thin cirrus, snow or ice. Dark areas (2) and unclassified pixels (7) stay: dense forest and water are often called so.
# https://developers.google.com/earth-engine/datasets/catalog/COPERNICUS_S2_SR_HARMONIZED
SCL_DROPPED = (0, 1, 3, 8, 9, 10, 11)

CLOUD_PROBABILITY = "COPERNICUS/S2_CLOUD_PROBABILITY"
MOST_CLOUD_PROBABILITY = 40  # per cent, from which on a pixel is cloud; what s2cloudless takes where nothing is said

# The value recommended with the data set:
# https://developers.google.com/earth-engine/datasets/catalog/GOOGLE_CLOUD_SCORE_PLUS_V1_S2_HARMONIZED
CLOUD_SCORE = "GOOGLE/CLOUD_SCORE_PLUS/V1/S2_HARMONIZED"
LEAST_CLOUD_SCORE = 0.6

# What stands for masked pixels in an answer, because NPY has no mask and Earth Engine would write 0, which is a value.
# A power of two is the same number in float32, float64 and decimal text; no measurement comes near it.
NO_DATA = -(2.0**100)


def image(source: dict[str, Any], bands: Sequence[str], region: tuple[float, float, float, float]) -> ee.Image:
    """The image of a data set's `source`, its bands in order as float32; masked pixels hold NO_DATA.

    `region` is west, south, east, north in degrees; scenes that do not touch it are not looked at.
    """
    scenes = (
        ee.ImageCollection(source["collection"])
        .filterDate(source["start_date"], source["end_date"])
        .filterBounds(ee.Geometry.Rectangle(list(region), proj="EPSG:4326", geodesic=False))
    )
    if source["most_cloud"] is not None:
        scenes = scenes.filter(ee.Filter.lte(cloud_property(source["collection"]), source["most_cloud"]))
    # Each scene with the bands wanted alone: others come and go in the course of a collection. Selected once more of
    # the image, which has no bands where there is no scene: the answer then says so, and is no image of nothing.
    composite = getattr(_MASKS[source["cloud_mask"]](scenes).select(list(bands)), source["reducer"])()
    # Float at last: else a constant of 64 bits could make answers twice as large as they may be.
    return composite.select(list(bands)).unmask(NO_DATA, sameFootprint=False).toFloat()


def _by_scl(scenes: ee.ImageCollection) -> ee.ImageCollection:
    dropped = list(SCL_DROPPED)
    return scenes.map(lambda scene: scene.updateMask(scene.select("SCL").remap(dropped, [0] * len(dropped), 1)))


def _by_cloud_probability(scenes: ee.ImageCollection) -> ee.ImageCollection:
    # Linked by system:index; a scene that has no cloud probability is masked as a whole.
    linked = scenes.linkCollection(ee.ImageCollection(CLOUD_PROBABILITY), ["probability"])
    return linked.map(lambda scene: scene.updateMask(scene.select("probability").lt(MOST_CLOUD_PROBABILITY)))


def _by_cloud_score(scenes: ee.ImageCollection) -> ee.ImageCollection:
    linked = scenes.linkCollection(ee.ImageCollection(CLOUD_SCORE), ["cs"])
    return linked.map(lambda scene: scene.updateMask(scene.select("cs").gte(LEAST_CLOUD_SCORE)))


_MASKS = {
    "none": lambda scenes: scenes,
    "scl": _by_scl,
    "cloud_probability": _by_cloud_probability,
    "cloud_score_plus": _by_cloud_score,
}
