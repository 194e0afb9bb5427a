"""A raster that says how unsure a map is, whichever way round it says so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from rasterio.windows import Window

from .. import cog, rasters, vrt
from ..errors import InputError, ParameterError
from ..maps import ClassMap
from ..rasters import Stack

AUTO, HIGH, LOW = "auto", "high", "low"
# Words in the names of the bands that Map with a model writes, and that others usually give.
_SURE = ("confidence", "margin", "probability of the mapped class", "certainty")
_UNSURE = ("entropy", "variance", "uncertain", "quality error")


# A raster with more different numbers, none of which has a name, shows measurements.
_MOST_UNNAMED = 64


def refuse_as_map(mapped: ClassMap, described: bool) -> None:
    """Raise ParameterError where a class map is none but says how sure one is, or measures something else.

    `described`: whether the user has said what its classes are.
    """
    band = mapped.stack.bands[0].name
    if mapped.named or described:
        return
    remedy = "Choose the map itself in MAP: a raster of class ids. If this is one, name its classes in CLASSES."
    if any(word in band.lower() for word in (*_UNSURE, *_SURE, "probability", "probabilities")):
        raise ParameterError(f"MAP is no map of classes: the band of {mapped.label} is called '{band}'. {remedy}")
    if len(mapped.classes) > _MOST_UNNAMED:
        raise ParameterError(
            f"MAP seems to be no map of classes: {mapped.label} holds {len(mapped.classes)} different numbers without"
            f" any names. {remedy}"
        )


@dataclass(frozen=True)
class Uncertainty:
    """Uncertainty on a map's grid: `stack` has one band. `top` is None where high numbers are unsure.

    Else low ones are, and the uncertainty is what is missing to `top`.
    """

    stack: Stack
    top: float | None

    def read(self, window: Window) -> np.ndarray:
        """The uncertainty of a window, float32 (h, w): the higher the less sure; NaN where it is not known."""
        values = self.stack.read_floats(window)[0]
        return values if self.top is None else self.top - values


def open_uncertainty(path: str, label: str | None, mapped: ClassMap, sense: str) -> Uncertainty:
    """Open a raster of one band on a map's grid, by the nearest pixel where it has another one.

    Args:
        path: of the raster.
        label: what the user calls it.
        mapped: the map.
        sense: which numbers mean unsure: high, low, or auto for what the band's name says.

    Raises InputError for a raster of several bands or of another place, ParameterError where the name does not tell.
    """
    label = label or str(path)
    stack = rasters.open_stack([path], "nearest", [label])
    if len(stack.bands) != 1:
        kind = "the probabilities of the classes" if cog.read_band_classes(stack.parts[0].where) else "several bands"
        raise InputError(
            f"{label} holds {kind}, but one band is needed that says how unsure the map is. Choose the entropy,"
            " confidence, margin or variance that Map with a model writes."
        )
    here, there = mapped.stack.grid, stack.grid
    if (here.crs is None) != (there.crs is None) or not vrt.overlap(there, here).area:
        raise InputError(f"{label} does not lie where {mapped.label} lies. Choose the one that was made with the map.")
    band = stack.bands[0]
    sense = _told(band.name.lower(), label) if sense == AUTO else sense
    whole_percents = np.issubdtype(band.dtype, np.integer)
    return Uncertainty(Stack(here, stack.parts, "nearest"), None if sense == HIGH else 100.0 if whole_percents else 1.0)


def _told(name: str, label: str) -> str:
    if any(word in name for word in _UNSURE):
        return HIGH
    if any(word in name for word in _SURE):
        return LOW
    raise ParameterError(
        f"Whether high numbers of {label} mean sure or unsure cannot be told from the name of its band, '{name}'. Say"
        " so in UNSURE: high or low."
    )
