"""An ordinal map of the land: how likely a flood of the rivers, brooks and lakes reaches it."""

import numpy as np

from ..classes import ClassTable, LandClass
from .landscape import WATER, Land
from .noise import noise

# The middle class is rare, as it is in real risk maps: about 2.6 % of the land.
RISK = ClassTable((LandClass(1, "Low", "#fde725"), LandClass(2, "Medium", "#21918c"), LandClass(3, "High", "#440154")))
LOW, MEDIUM, HIGH = RISK.ids
# Heights above the water at which one class ends and the next begins, in pixels of distance on level ground.
LIMITS = (8.0, 11.5)


def risk(land: Land, y: np.ndarray, x: np.ndarray, key: np.uint32) -> np.ndarray:
    """The class of each pixel (h, w) uint8, 0 in the water; `y` (h, 1) and `x` (1, w) are pixel centres.

    Land rises with the distance to the shore, more or less steeply: no band of an image shows it, but the water does.
    """
    height = land.shore + 2.5 * noise(key, 60, y, x)
    classes = np.full(height.shape, LOW, np.uint8)
    classes[height < LIMITS[1]] = MEDIUM
    classes[height < LIMITS[0]] = HIGH
    classes[land.cover == WATER] = 0
    return classes
