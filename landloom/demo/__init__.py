"""A synthetic scene to learn and test with: imagery, its true land cover, training polygons and reference."""

from .landscape import CLASSES
from .risk import RISK
from .scene import BANDS, NODATA, PIXEL_SIZE, Scene

__all__ = ["BANDS", "CLASSES", "NODATA", "PIXEL_SIZE", "RISK", "Scene"]
